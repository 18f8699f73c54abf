"""The tape, its aggregates, and fills."""

from typing import Any

from msgspec.structs import replace

from simexchange.core.vocabulary.ids import TradeId
from simexchange.core.vocabulary.orders import Side, TradeKind
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.projections.trades import TradesView
from tests.projections.tale import ANN, BOB, BOT, FUND, HOUSE, PERP, SPOT, T0, Tale, closed, fill, opened, units


def test_trades_and_prints_are_on_the_tape_and_takeovers_are_not() -> None:
    tale = Tale()
    tale.step(tale.trade(fill(ANN, 11), fill(BOB, 12), 1, 100))
    tale.prints(2, 101, aggressor=Side.SELL)
    tale.step(tale.trade(fill(ANN), fill(FUND), 3, 90, kind=TradeKind.TAKEOVER))

    rows = tale.views.trades.tape(SPOT)
    assert [(row.id, row.price, row.qty, row.quote, row.aggressor) for row in rows] == [
        (1, units(100), units(1), units(100), Side.BUY),
        (2, units(101), units(2), units(202), Side.SELL),
    ]
    assert tale.views.trades.last(SPOT) == rows[-1]
    assert tale.views.trades.last(PERP) is None


def test_what_one_taker_trades_at_one_price_in_one_step_is_one_aggregate() -> None:
    """Two makers at 100, one at 101; then another record at 101 begins a new one."""
    tale = Tale()
    tale.step(
        tale.trade(fill(ANN, 11, left=3), fill(BOB, 12), 1, 100),
        tale.trade(fill(ANN, 11, left=1), fill(BOT, 13), 2, 100),
        tale.trade(fill(ANN, 11), fill(BOT, 14), 1, 101),
    )
    tale.step(tale.trade(fill(ANN, 15), fill(BOT, 14), 1, 101))

    rows = tale.views.trades.aggregates(SPOT)
    assert [(row.id, row.price, row.qty, row.quote, row.first, row.last) for row in rows] == [
        (1, units(100), units(3), units(300), 1, 2),
        (2, units(101), units(1), units(101), 3, 3),
        (3, units(101), units(1), units(101), 4, 4),
    ]
    assert tale.views.trades.last_aggregate(SPOT) is rows[-1]


def test_a_print_that_a_user_shares_is_one_aggregate() -> None:
    """The tape sold 3 at 100: one to a user, two between strangers."""
    tale = Tale()
    shared = tale.trade(fill(HOUSE), fill(ANN, 11), 1, 100, aggressor=Side.SELL)
    tale.step(shared)
    tale.seq -= 1
    tale.prints(2, 100, aggressor=Side.SELL)

    assert [(row.qty, row.first, row.last, row.taker) for row in tale.views.trades.aggregates(SPOT)] == [
        (units(3), 1, 2, 0)
    ]


def test_each_side_of_a_trade_is_a_fill_of_its_owner() -> None:
    tale = Tale()
    taker = fill(ANN, 11, fee=0.5, asset="BTC", opened=opened(8, 1, 100))
    maker = fill(BOB, 12, fee=-0.25, closed=closed(9, 1, 7, 93))
    tale.step(tale.trade(taker, maker, 1, 100, market=PERP))

    (mine,) = tale.views.trades.fills(ANN, PERP)
    (other,) = tale.views.trades.fills(BOB, PERP)
    assert (mine.is_buyer, mine.is_maker, mine.position) == (True, False, 8)
    assert (mine.fee, mine.fee_asset) == (units(0.5), "BTC")
    assert (other.is_buyer, other.is_maker, other.fee, other.realised, other.position) == (
        False, True, units(-0.25), units(7), 9,
    )  # fmt: skip


def test_a_sellers_trade_makes_the_maker_the_buyer() -> None:
    tale = Tale()
    tale.step(tale.trade(fill(ANN, 11), fill(BOB, 12), 1, 100, aggressor=Side.SELL))

    assert [row.side for row in tale.views.trades.fills(ANN)] == [Side.SELL]
    assert [row.side for row in tale.views.trades.fills(BOB)] == [Side.BUY]


def test_a_trade_with_oneself_is_two_fills_maker_first() -> None:
    tale = Tale()
    tale.step(tale.trade(fill(ANN, 11), fill(ANN, 12), 1, 100))

    assert [(row.id, row.order) for row in tale.views.trades.fills(ANN, SPOT)] == [(1, 12), (1, 11)]


def test_fills_of_agents_are_not_kept_and_takeovers_of_users_are() -> None:
    tale = Tale()
    tale.step(tale.trade(fill(BOT, 11), fill(ANN, 12), 1, 100))
    tale.step(tale.trade(fill(ANN), fill(FUND), 1, 90, kind=TradeKind.TAKEOVER, market=PERP))

    assert tale.views.trades.fills(BOT) == []
    assert tale.views.trades.fills(FUND) == []
    assert [row.kind for row in tale.views.trades.fills(ANN)] == [TradeKind.TRADE, TradeKind.TAKEOVER]


def test_fills_and_prints_are_paged_by_id_time_and_order() -> None:
    tale = Tale()
    for order in (11, 12, 11, 12):
        tale.step(tale.trade(fill(ANN, order), fill(BOB, 9), 1, 100))
        tale.later()

    trades = tale.views.trades
    assert [row.id for row in trades.fills(ANN, SPOT, from_id=TradeId(2), limit=2)] == [2, 3]
    assert [row.id for row in trades.fills(ANN, SPOT, start=Nanos(T0 + SECOND), end=Nanos(T0 + 2 * SECOND))] == [2, 3]
    assert [row.id for row in trades.fills(ANN, SPOT, limit=1)] == [4]
    assert [row.id for row in trades.fills(ANN, SPOT, order=tale.views.trades.fills(ANN)[0].order)] == [1, 3]
    assert [row.id for row in trades.tape(SPOT, from_id=TradeId(3))] == [3, 4]
    assert [row.id for row in trades.aggregates(SPOT, end=Nanos(T0 + SECOND), limit=1)] == [2]


def test_the_tape_is_a_ring() -> None:
    tale = Tale()
    ring = TradesView(tale.views.accounts, keep_tape=8)
    for _ in range(40):
        tale.prints(1, 100)
    for seq, at, event in tale.told:
        ring.apply(seq, at, event)

    kept = [row.id for row in ring.tape(SPOT)]
    assert kept[-1] == 40
    assert 8 <= len(kept) <= 9


def test_fills_are_found_from_a_trade_on_though_some_have_no_id() -> None:
    """Ann trades twice, is taken over three times, and trades twice again: nothing of it is passed over."""
    tale = Tale()
    taken = replace(tale.trade(fill(ANN), fill(FUND), 1, 90, kind=TradeKind.TAKEOVER), trade=TradeId(0))
    for off_tape in (False, False, True, True, True, False, False):
        tale.step(taken if off_tape else tale.trade(fill(ANN, 11, left=1), fill(BOB, 12, left=1), 1, 100))
    fills = tale.views.trades.fills

    def found(**sent: int) -> list[tuple[int, int]]:
        asked: dict[str, Any] = {"limit": 10, **sent}
        return [(row.id, row.nameless) for row in fills(ANN, SPOT, **asked)]

    every = found()
    assert every == [(2, 0), (3, 0), (0, 1), (0, 2), (0, 3), (4, 0), (5, 0)]
    assert [len(found(from_id=number)) for number in range(7)] == [7, 7, 7, 6, 5, 1, 0]
    assert [len(found(from_nameless=number)) for number in range(1, 6)] == [5, 4, 3, 2, 0]
    assert found(from_id=3, limit=2) == every[1:3]
    assert [row.id for row in fills(BOB, SPOT, from_id=TradeId(4))] == [4, 5]
