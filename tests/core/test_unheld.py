"""Sleeping spot orders that hold nothing: their money is asked for when they wake."""

from __future__ import annotations

import pytest

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.orders import EndReason, Side, Terms, Trigger
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import Price
from tests.core.world import PERP, World, only, units


def waits(price: float, *, rising: bool = False, unheld: bool = True) -> Terms:
    return Terms(trigger=Trigger(Price(units(price)), rising=rising), unheld=unheld)


def last(world: World, price: float) -> list[object]:
    """A trade at *price*, and what it wakes."""
    world.maker.sells(1, at=price)
    return list(world.third.buys(1, at=price))


@pytest.mark.parametrize(("side", "asset", "held"), [(Side.BUY, "USDT", 190), (Side.SELL, "BTC", 2)])
def test_it_holds_when_it_wakes(side: Side, asset: str, held: float) -> None:
    world = World()
    last(world, 100)
    world.taker.order(side, 2, at=95, more=waits(90))
    assert world.taker.has(asset)[1] == 0

    woke = only(last(world, 90), ev.OrderTriggered)

    assert [event.released for event in woke] == [-units(held)]
    order = next(iter(world.state.accounts[world.taker.no].orders.values()), None)
    assert world.taker.has(asset)[1] == (0 if order is None else held)


def test_what_cannot_be_paid_then_ends_with_the_reason() -> None:
    world = World()
    last(world, 100)
    world.taker.order(Side.SELL, 2, at=95, more=waits(90))
    free = world.taker.has("BTC")[0]
    world.taker.sells(free - 1, at=200)

    ended = only(last(world, 90), ev.OrderExpired)

    assert [(event.reason, event.refused) for event in ended] == [(EndReason.TRIGGER_REFUSED, R.BALANCE_INSUFFICIENT)]
    assert world.taker.has("BTC") == (1, free - 1)


def test_of_derivatives_there_are_none() -> None:
    world = World(PERP)
    world.index(100)
    events = world.taker.order(Side.BUY, 1, at=90, more=waits(90))
    assert [event.reason for event in only(events, ev.OrderRejected)] == [R.ORDER_SHAPE_INVALID]
