"""The book as anybody outside sees it."""

import pytest
from hypothesis import given, strategies as st

from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.orders import Side, TradeKind
from simexchange.projections.depth import DepthView
from tests.projections.tale import ANN, BOB, FUND, HOUSE, PERP, SPOT, Tale, fill, units

Sizes = dict[float, float]


@pytest.fixture
def tale() -> Tale:
    return Tale()


def book(tale: Tale, limit: int = 99) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Bids and asks, best first, in whole units."""
    bids, asks = tale.views.depth.levels(SPOT, limit)
    return plain(bids), plain(asks)


def plain(levels: list[tuple[int, int]]) -> list[tuple[float, float]]:
    return [(price / 10**8, size / 10**8) for price, size in levels]


def test_orders_at_one_price_are_one_size_best_first(tale: Tale) -> None:
    tale.accepts(ANN, Side.BUY, 1, 99)
    tale.accepts(BOB, Side.BUY, 2, 99)
    tale.accepts(BOB, Side.BUY, 4, 98)
    tale.accepts(ANN, Side.SELL, 1, 102)
    tale.accepts(ANN, Side.SELL, 3, 101)

    assert book(tale) == ([(99, 3), (98, 4)], [(101, 3), (102, 1)])
    assert book(tale, 1) == ([(99, 3)], [(101, 3)])
    assert tale.views.depth.best(SPOT) == (units(99), units(3), units(101), units(3))
    assert tale.views.depth.size(SPOT, Side.SELL, units(102)) == units(1)
    assert tale.views.depth.levels(SPOT, 0) == ([], [])


def test_an_order_that_never_rested_leaves_no_trace(tale: Tale) -> None:
    order = tale.accepts(ANN, Side.BUY, 1, 99, rests=False)
    tale.ends(order, ANN, left=1)

    assert book(tale) == ([], [])
    assert tale.views.depth.seq(SPOT) == 0
    assert tale.views.depth.best(SPOT) == (0, 0, 0, 0)


def test_trades_and_cancels_take_sizes_away(tale: Tale) -> None:
    first = tale.accepts(ANN, Side.SELL, 2, 101)
    second = tale.accepts(ANN, Side.SELL, 1, 101)
    tale.step(tale.trade(fill(BOB, 9), fill(ANN, first, left=0.5), 1.5, 101))
    assert book(tale) == ([], [(101, 1.5)])

    tale.ends(first, ANN, left=0.5)
    assert book(tale) == ([], [(101, 1)])

    tale.step(tale.trade(fill(BOB, 9), fill(ANN, second), 1, 101))
    assert book(tale) == ([], [])


def test_a_takeover_leaves_the_book_alone(tale: Tale) -> None:
    tale.accepts(ANN, Side.BUY, 1, 99, market=PERP)

    tale.step(tale.trade(fill(ANN), fill(FUND), 1, 99, market=PERP, aggressor=Side.SELL, kind=TradeKind.TAKEOVER))

    assert tale.views.depth.best(PERP)[1] == units(1)


def test_the_tapes_sizes_stand_beside_the_users(tale: Tale) -> None:
    """A frame says how much of a level is the tape's, whatever users have there."""
    tale.frame({99: 5, 98: 1}, {101: 2})
    tale.accepts(ANN, Side.BUY, 1, 99)
    tale.frame({99: 3, 98: 0}, {})

    assert book(tale) == ([(99, 4)], [(101, 2)])


def test_what_the_tape_lost_to_takers_and_prints_is_no_longer_the_tapes(tale: Tale) -> None:
    """5 at 101: a user takes 1, a print takes 2 of the rest, so a frame that says 2 changes nothing."""
    tale.frame({}, {101: 5})
    tale.step(tale.trade(fill(ANN, 9), fill(HOUSE), 1, 101))
    tale.prints(3, 101, ghosts=2)
    assert book(tale) == ([], [(101, 2)])
    before = tale.views.depth.seq(SPOT)

    tale.frame({}, {101: 2})
    assert tale.views.depth.seq(SPOT) == before


def test_a_snapshot_takes_away_what_it_does_not_name(tale: Tale) -> None:
    tale.frame({99: 5, 98: 1}, {101: 2})
    tale.accepts(ANN, Side.BUY, 1, 98)
    tale.frame({97: 7}, {101: 2}, snapshot=True)

    assert book(tale) == ([(98, 1), (97, 7)], [(101, 2)])


def test_each_changed_level_counts_one_and_changes_are_told_once(tale: Tale) -> None:
    tale.accepts(ANN, Side.BUY, 1, 99)
    seen = tale.views.depth.seq(SPOT)
    gone = tale.accepts(ANN, Side.BUY, 1, 98)
    tale.accepts(ANN, Side.SELL, 1, 101)
    tale.accepts(ANN, Side.SELL, 1, 101)
    tale.ends(gone, ANN, left=1)

    bids, asks = tale.views.depth.changes(SPOT, seen)
    assert tale.views.depth.seq(SPOT) == seen + 4
    assert (plain(bids), plain(asks)) == ([(98, 0)], [(101, 2)])
    assert tale.views.depth.changes(SPOT, seen + 4) == ([], [])
    assert tale.views.depth.changes(PERP, 0) == ([], [])


def test_changes_further_back_than_the_journal_are_refused(tale: Tale) -> None:
    """Room for 4 changes, and never more than 8."""
    view = DepthView(tale.views.orders, keep=4)
    tale.accepts(ANN, Side.BUY, 1, 99)
    rested = tale.told[-1]
    for _ in range(9):
        view.apply(*rested)

    assert view.seq(SPOT) == 9
    assert view.changes(SPOT, 5)[0] == [(units(99), units(9))]
    with pytest.raises(LookupError):
        view.changes(SPOT, 0)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("place"), st.sampled_from([Side.BUY, Side.SELL]), st.integers(1, 3), st.integers(1, 4)),
            st.tuples(st.just("end"), st.integers(0, 9), st.just(0), st.just(0)),
            st.tuples(st.just("hit"), st.integers(0, 9), st.integers(1, 2), st.just(0)),
            st.tuples(st.just("frame"), st.sampled_from([Side.BUY, Side.SELL]), st.integers(1, 3), st.integers(0, 4)),
        ),
        max_size=40,
    ),
    st.integers(1, 7),
)
def test_a_reader_who_asks_for_changes_now_and_then_rebuilds_the_naive_book(
    deeds: list[tuple[str, int, int, int]], every: int
) -> None:
    """A dict of sums over all open orders, and a client's copy kept up by changes, agree with the levels."""
    tale = Tale()
    resting: dict[OrderId, tuple[Side, int, float]] = {}
    ghosts: dict[tuple[int, int], float] = {}
    copy: dict[tuple[int, int], int] = {}
    seen = 0
    for number, (deed, what, qty, size) in enumerate(deeds):
        if deed == "place":
            side, price = Side(what), 100 - what * qty
            resting[tale.accepts(ANN, side, size, price)] = (side, price, size)
        elif deed == "frame":
            price = 100 - what * qty
            ghosts[what, price] = size
            tale.frame({price: size} if what > 0 else {}, {price: size} if what < 0 else {})
        elif resting:
            order = list(resting)[what % len(resting)]
            side, price, left = resting.pop(order)
            if deed == "end":
                tale.ends(order, ANN, left=left)
            else:
                taken = min(qty, left)
                maker = fill(ANN, order, left=left - taken)
                tale.step(tale.trade(fill(BOB), maker, taken, price, aggressor=Side(-side)))
                if left > taken:
                    resting[order] = (side, price, left - taken)
        if number % every == 0:
            seen = read(tale, copy, seen)
    read(tale, copy, seen)

    naive = {place: units(size) for place, size in ghosts.items()}
    for side, price, left in resting.values():
        naive[int(side), price] = naive.get((int(side), price), 0) + units(left)
    bids, asks = tale.views.depth.levels(SPOT, 99)
    told = {(1, price): size for price, size in bids} | {(-1, price): size for price, size in asks}
    assert told == {(side, units(price)): size for (side, price), size in naive.items() if size}
    assert {place: size for place, size in copy.items() if size} == told
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)


def read(tale: Tale, copy: dict[tuple[int, int], int], seen: int) -> int:
    bids, asks = tale.views.depth.changes(SPOT, seen)
    copy.update({(1, price): size for price, size in bids} | {(-1, price): size for price, size in asks})
    return tale.views.depth.seq(SPOT)
