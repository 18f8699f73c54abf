"""Trailing orders: where they begin, what they follow, when they wake."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.orders import Side, Trigger, TriggerPrice
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import Price, Rate
from tests.core.test_triggers import perp, sleeps, spot, trades_at
from tests.core.world import World, kinds, only, units

BUY, SELL = Side.BUY, Side.SELL
MARK = TriggerPrice.MARK
TRAILS: dict[str, Any] = {"trailing": Rate(units("0.1"))}
"""10 % behind."""


@pytest.mark.parametrize(
    ("side", "trigger"),
    [
        (SELL, Trigger(Price(0), rising=False, activation=Price(units(100)), activation_rising=True, **TRAILS)),
        (SELL, Trigger(Price(0), rising=False, activation=Price(units(100)), activation_rising=False, **TRAILS)),
        (BUY, Trigger(Price(0), rising=True, activation=Price(units(101)), activation_rising=False, **TRAILS)),
        (BUY, Trigger(Price(0), rising=True, activation=Price(units(99)), activation_rising=True, **TRAILS)),
    ],
)
def test_an_activation_price_that_is_reached_already_is_refused(side: Side, trigger: Trigger) -> None:
    """Futures: "Order would immediately trigger."; without an activation price it begins at once."""
    world = perp()

    refused = sleeps(world.taker, side, 1, trigger)
    at_once = sleeps(world.taker, side, 1, Trigger(Price(0), rising=trigger.rising, **TRAILS))

    assert [event.reason for event in only(refused, ev.OrderRejected)] == [R.WOULD_TRIGGER]
    assert kinds(at_once) == ["OrderAccepted", "TrailingStarted"]


def test_a_trailing_order_follows_the_mark_where_it_watches_the_mark() -> None:
    """From 100 to 120 and back to 108; last trades do not matter."""
    world = perp()
    sleeps(world.taker, SELL, 1, Trigger(Price(0), MARK, rising=False, **TRAILS))

    traded = trades_at(world, 91)
    world.mark(120)
    above, below = world.mark("108.01"), world.mark(108)

    assert "OrderTriggered" not in kinds(traded) + kinds(above)
    assert "OrderTriggered" in kinds(below)


def test_a_trailing_order_without_any_price_follows_from_the_first_one() -> None:
    """Nobody has traded yet: it begins with the first trade (Binance: "from the next trade")."""
    world = World()
    placed = sleeps(world.taker, SELL, 1, Trigger(Price(0), rising=False, **TRAILS))

    first = trades_at(world, 100)

    assert kinds(placed) == ["OrderAccepted"]
    assert [event.price for event in only(first, ev.TrailingStarted)] == [units(100)]


def test_a_trailing_market_buy_without_any_price_cannot_be_reckoned_with() -> None:
    """There is no price to hold money for."""
    world = World()

    found = only(sleeps(world.taker, BUY, 1, Trigger(Price(0), rising=True, **TRAILS)), ev.OrderRejected)

    assert found[0].reason is R.NO_LIQUIDITY


def test_a_trailing_market_buy_holds_what_wakes_it_where_it_begins() -> None:
    """From 100, 10 % above: 110 for each of 2."""
    world = spot()

    placed = sleeps(world.taker, BUY, 2, Trigger(Price(0), rising=True, **TRAILS))

    assert placed[0].hold == units(220)
    assert world.taker.has("USDT")[1] == 220


def test_trailing_orders_with_one_extreme_stand_in_one_group() -> None:
    """Three began at 100, 99 and 98; a rise to 101 makes one of them, and each still wakes at its own distance."""
    world = spot()
    rates = ("0.1", "0.05", "0.02")
    ids = []
    for price, rate in zip((100, 99, 98), rates, strict=True):
        trades_at(world, price)
        trigger = Trigger(Price(0), rising=False, trailing=Rate(units(rate)))
        ids.append(sleeps(world.taker, SELL, "0.1", trigger, at=105)[0].order)
    table = world.state.markets[world.market].triggers
    assert table is not None
    followers = table.watches[TriggerPrice.LAST].highest

    apart = len(followers.groups)
    trades_at(world, 101)
    together = len(followers.groups)
    woken = [only(trades_at(world, price), ev.OrderTriggered) for price in (99, "98.98", "95.95", "90.9")]

    assert (apart, together) == (3, 1)
    assert [[event.order for event in events] for events in woken] == [[], [ids[2]], [ids[1]], [ids[0]]]
