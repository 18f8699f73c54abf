"""Positions of a perpetual: what they cost, what closing realises."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from simexchange.core.positions import effect, leaving_cost
from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.ids import PositionId
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import ONE
from tests.core.world import PERP, World, kinds, only, show, units


@pytest.fixture
def world() -> World:
    """A perpetual with the index at 100."""
    made = World(PERP)
    made.index(100)
    return made


def test_an_open_position_remembers_what_it_cost(world: World) -> None:
    """1 at 100 and 1 at 102 cost 202."""
    world.maker.sells(1, at=100)
    world.maker.sells(1, at=102)

    world.taker.buys(2)

    assert world.taker.position == (2, 202)
    assert world.maker.position == (-2, -202)


def test_a_partial_close_realises_its_share(world: World) -> None:
    """2 cost 202; selling 1 at 104 realises 3, and the other still cost 101."""
    world.maker.sells(1, at=100)
    world.maker.sells(1, at=102)
    world.taker.buys(2)
    world.maker.buys(1, at=104)

    world.taker.sells(1)

    assert world.taker.cash == 1_000_003
    assert world.taker.position == (1, 101)


def test_a_flip_is_a_close_and_an_open_with_a_new_position(world: World) -> None:
    """Long 1 at 100, sell 3 at 105: 5 realised, short 2 at 105."""
    world.maker.sells(1, at=100)
    world.taker.buys(1)
    first = world.state.accounts[world.taker.no].positions[world.market].id
    world.maker.buys(3, at=105)

    events = world.taker.sells(3)

    side = only(events, ev.TradeExecuted)[0].taker
    assert (side.closed.realised, side.opened.qty_after) == (5 * ONE, -2 * ONE)
    assert side.closed.position == first
    assert side.opened.position != first
    assert world.taker.position == (-2, -210)


@given(
    st.lists(st.tuples(st.integers(1, 400), st.sampled_from([1, -1]), st.integers(1, 10**6)), min_size=1, max_size=30)
)
def test_realised_profit_is_the_cash_that_moved(fills: list[tuple[int, int, int]]) -> None:
    """Whatever the fills: cash paid for them + realised profit + what is left at cost balance to zero."""
    qty = cost = paid = realised = 0
    number = PositionId(1)
    for size, side, price in fills:
        value = size * price
        closed, opened = effect(qty, cost, number, side * size, value * ONE, PositionId(2))
        paid += side * value
        if closed is not None:
            realised += closed.realised
            assert closed.residue == 0
            qty += -closed.qty if qty > 0 else closed.qty
            cost -= closed.cost_out
        if opened is not None:
            qty, cost = opened.qty_after, opened.cost_after
    assert cost == (paid + realised) * ONE
    assert (qty == 0) <= (cost == 0)


def test_closing_in_many_parts_realises_what_closing_at_once_does() -> None:
    """A third of a cost of 10**-8 × 100 is rounded toward zero, and the last part takes the rest."""
    cost = 100 * ONE

    first = leaving_cost(cost, 1, 3)
    second = leaving_cost(cost - first, 1, 2)
    third = leaving_cost(cost - first - second, 1, 1)

    assert (first, second, third) == (33 * ONE, 33 * ONE, 34 * ONE)


def test_a_reduce_only_order_is_trimmed_to_what_it_can_close(world: World) -> None:
    """Asking to close 5 of a position of 2 is an order for 2."""
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    world.maker.buys(9, at=100)

    events = world.taker.reduces(Side.SELL, 5)

    assert only(events, ev.OrderAccepted)[0].qty == 2 * ONE
    assert world.taker.position is None


def test_resting_reduce_only_orders_are_knocked_out_when_the_position_shrinks(world: World) -> None:
    """Long 3 with reducers of 2 at 110 and 1 at 105; selling 2 leaves 1: the nearer one stays."""
    world.maker.sells(3, at=100)
    world.taker.buys(3)
    world.taker.reduces(Side.SELL, 2, at=110)
    world.taker.reduces(Side.SELL, 1, at=105)
    world.maker.buys(2, at=100)

    events = world.taker.sells(2)

    assert kinds(only(events, ev.OrderExpired)) == ["OrderExpired"]
    assert world.ladder == [
        "bid | price | ask",
        "    |   105 |   1",
    ]


def test_a_resting_reduce_only_order_never_flips_its_owner(world: World) -> None:
    """The taker sells all but 1 in the same sweep that meets its own maker's reducer: only 1 trades."""
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    world.taker.reduces(Side.SELL, 2, at=110)

    events = world.third.buys(5, at=110)

    assert world.taker.position is None
    assert sum(event.qty for event in only(events, ev.TradeExecuted)) == 2 * ONE


def test_of_two_reduce_only_orders_at_one_price_the_younger_is_knocked_out(world: World) -> None:
    """Long 2 with 1 and 1 at 110; one is closed by hand."""
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    older, younger = (world.taker.reduces(Side.SELL, 1, at=110)[0].order for _ in range(2))
    world.maker.buys(1, at=100)

    events = world.taker.sells(1)

    assert [event.order for event in only(events, ev.OrderExpired)] == [younger]
    assert older in world.state.accounts[world.taker.no].orders


def test_a_reduce_only_order_trades_no_more_than_what_is_left_to_close(world: World) -> None:
    """Long 3, a plain offer of 2 at 109 and a reducer of 3 at 110. One buyer takes both: 2, then the 1 that is left."""
    world.maker.sells(3, at=100)
    world.taker.buys(3)
    world.taker.sells(2, at=109)
    world.taker.reduces(Side.SELL, 3, at=110)

    events = world.third.buys(9, at=110)

    assert world.trades[-2:] == [(2, 109), (1, 110)]
    assert world.taker.position is None
    assert [(event.account, show(event.left)) for event in only(events, ev.OrderExpired)] == [(world.taker.no, 2)]
    assert world.ladder == ["bid | price | ask", "  6 |   110 |"]


def test_fees_of_a_perpetual_come_out_of_the_margin_wallet() -> None:
    """0.1 % and 0.2 % of 100."""
    world = World(PERP, maker_fee="0.001", taker_fee="0.002")
    world.index(100)
    world.maker.sells(1, at=100)

    world.taker.buys(1)

    assert world.maker.cash == 999_999.9
    assert world.taker.cash == 999_999.8
    assert world.state.purses.amount("fee:perp:BTC-USDT", "USDT") == units("0.3")
