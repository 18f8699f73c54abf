"""Orders that show the book a slice at a time."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core import icebergs
from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.markets import Bundle, Filters
from simexchange.core.vocabulary.orders import Side, Terms, TimeInForce
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import Amount, Quantity
from tests.core.world import PERP, World, only, units


def shows(qty: float | str, **more: Any) -> Terms:
    """The terms of an iceberg."""
    return Terms(iceberg_qty=Quantity(units(qty)), **more)


def test_only_a_slice_of_an_iceberg_is_seen_and_all_of_it_is_held() -> None:
    """9 in slices of 2: the book shows 2, the seller's 9 are held."""
    world = World()

    world.maker.sells(9, at=100, more=shows(2))

    assert world.ladder == ["bid | price | ask", "    |   100 |   2"]
    assert world.maker.has("BTC") == (991, 9)


def test_the_next_slice_stands_behind_everything_at_the_price() -> None:
    """Iceberg 5 in slices of 2, then another's 3: a buyer of 4 takes 2 of the iceberg and 2 of the other."""
    world = World()
    world.maker.sells(5, at=100, more=shows(2))
    other = world.third.sells(3, at=100)[0].order

    events = world.taker.buys(4, at=100)

    assert world.trades == [(2, 100), (2, 100)]
    assert [trade.maker.account for trade in only(events, ev.TradeExecuted)] == [world.maker.no, world.third.no]
    shown = only(events, ev.OrderReplenished)
    assert [(event.shown, event.left) for event in shown] == [(units(2), units(3))]
    assert world.ladder == ["bid | price | ask", "    |   100 |   3"]
    level = world.state.markets[world.market].book.asks.best()
    assert level is not None
    assert [order.id for order in level] == [other, shown[0].order]


def test_a_taker_may_have_all_of_an_iceberg_slice_by_slice() -> None:
    """5 in slices of 2 are trades of 2, 2 and 1."""
    world = World()
    world.maker.sells(5, at=100, more=shows(2))
    world.third.sells(1, at=101)

    world.taker.buys(6, at=101)

    assert world.trades == [(2, 100), (2, 100), (1, 100), (1, 101)]
    assert world.ladder == ["bid | price | ask"]


def test_an_iceberg_takes_with_its_whole_size() -> None:
    """It buys 4 of 4 on offer at once, though it shows 1; what rests shows 1."""
    world = World()
    world.maker.sells(4, at=100)

    world.taker.buys(7, at=100, more=shows(1))

    assert world.trades == [(4, 100)]
    assert world.ladder == ["bid | price | ask", "  1 |   100 |"]
    assert world.taker.has("USDT") == (1_000_000 - 700, 300)


@pytest.mark.parametrize("market", ["spot:BTC-USDT", PERP])
def test_what_is_hidden_fills_a_fill_or_kill(market: str) -> None:
    """5 in slices of 1 fill 5 and not 6."""
    world = World(market)
    world.maker.sells(5, at=100, more=shows(1))

    killed = world.taker.buys(6, at=100, tif=TimeInForce.FOK)
    filled = world.taker.buys(5, at=100, tif=TimeInForce.FOK)

    assert not only(killed, ev.TradeExecuted)
    assert len(only(filled, ev.TradeExecuted)) == 5


def test_what_is_hidden_is_there_for_orders_by_value_and_their_money() -> None:
    """450 of quote buy 4 at 100 and, of the next level, 0.495 at 101; the market order's hold covers it all."""
    world = World()
    world.maker.sells(4, at=100, more=shows(1))
    world.maker.sells(5, at=101, more=shows(1))

    events = world.taker.order(Side.BUY, 0, more=Terms(quote_qty=Amount(units(450))))

    assert only(events, ev.OrderAccepted)[0].qty == units("4.495")
    assert world.trades[4:] == [(0.495, 101)]
    assert world.taker.has("USDT")[1] == 0


def test_a_canceled_iceberg_gives_everything_back() -> None:
    """Shown and hidden, after a slice and a half."""
    world = World()
    order = world.maker.sells(9, at=100, more=shows(2))[0].order
    world.taker.buys(3, at=100)
    assert world.ladder == ["bid | price | ask", "    |   100 |   1"]

    events = world.maker.cancels(order)

    assert only(events, ev.OrderCanceled)[0].released == units(6)
    assert world.maker.has("BTC") == (997, 0)
    assert world.ladder == ["bid | price | ask"]


def test_an_iceberg_of_a_perpetual_needs_margin_for_all_of_it() -> None:
    """Sums of open orders count what is hidden: the invariants compare them after every step."""
    world = World(PERP)
    world.index(100)
    world.maker.sells(5, at=100, more=shows(2))

    assert world.state.accounts[world.maker.no].exposures[world.market].ask_qty == units(5)
    world.taker.buys(3, at=100)
    assert world.maker.position == (-3, -300)
    assert world.state.accounts[world.maker.no].exposures[world.market].ask_qty == units(2)


@pytest.mark.parametrize(
    ("kind", "tif", "reason"),
    [
        ("limit", TimeInForce.GTC, None),
        ("limit", TimeInForce.POST_ONLY, None),
        ("limit", TimeInForce.IOC, R.ORDER_SHAPE_INVALID),
        ("limit", TimeInForce.FOK, R.ORDER_SHAPE_INVALID),
        ("market", TimeInForce.GTC, R.ORDER_SHAPE_INVALID),
    ],
)
def test_only_a_limit_order_that_may_rest_can_be_an_iceberg(kind: str, tif: TimeInForce, reason: R | None) -> None:
    """Mechanics §1.1."""
    world = World()
    world.maker.sells(9, at=200)

    events = world.taker.buys(3, at=100 if kind == "limit" else None, tif=tif, more=shows(1))

    refused = only(events, ev.OrderRejected)
    assert [event.reason for event in refused] == ([] if reason is None else [reason])


FILTERS = Filters(qty_min=Quantity(units("0.01")), iceberg_parts=10, max_iceberg_orders=2)


@pytest.mark.parametrize(
    ("qty", "shown", "reason"),
    [
        ("10", "3", None),
        ("10", "1", None),
        ("10.001", "1", R.TOO_MANY_ICEBERG_PARTS),
        ("1", "0.009", R.QTY_BELOW_MIN),
        ("1", "0.0105", R.QTY_OFF_STEP),
    ],
)
def test_a_slice_is_a_lawful_size_and_there_are_not_too_many(qty: str, shown: str, reason: R | None) -> None:
    """ICEBERG_PARTS is ceil(size ÷ slice); the slice passes LOT_SIZE (filters.md, seen 2026-11)."""
    world = World(filters=FILTERS)

    events = world.taker.buys(qty, at=100, more=shows(shown))

    assert [event.reason for event in only(events, ev.OrderRejected)] == ([] if reason is None else [reason])


def test_an_account_has_only_so_many_icebergs() -> None:
    """Two here; plain orders do not count, and one may follow a cancel."""
    world = World(filters=FILTERS)
    world.taker.buys(1, at=100)
    first = world.taker.buys(1, at=100, more=shows("0.5"))[0].order
    world.taker.buys(1, at=100, more=shows("0.5"))

    third = world.taker.buys(1, at=100, more=shows("0.5"))
    world.taker.cancels(first)
    after = world.taker.buys(1, at=100, more=shows("0.5"))

    assert only(third, ev.OrderRejected)[0].reason is R.TOO_MANY_ICEBERGS
    assert only(after, ev.OrderRested)


def test_an_account_has_only_so_many_icebergs_over_all_markets() -> None:
    """EXCHANGE_MAX_NUM_ICEBERG_ORDERS."""
    world = World(bundle=Bundle("binance", max_iceberg_orders=1))
    world.taker.buys(1, at=100, more=shows("0.5"))

    events = world.taker.buys(1, at=99, more=shows("0.5"))

    assert only(events, ev.OrderRejected)[0].reason is R.TOO_MANY_ICEBERGS_IN_ALL


def test_the_last_part_may_be_smaller() -> None:
    """10 in slices of 3 are four parts."""
    assert icebergs.parts(units(10), units(3)) == 4
    assert icebergs.parts(units(9), units(3)) == 3
