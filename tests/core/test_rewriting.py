"""Spot orders and sleeping ones with another size, price or condition: holds, triggers, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from simexchange.core import canonical
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.orders import Side, Terms, TimeInForce, Trigger, TriggerPrice
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import Price, Quantity
from tests.core.world import PERP, World, only, units

if TYPE_CHECKING:
    from tests.core.world import Events, Person


def change(
    person: Person, order: OrderId, qty: float | str, at: float | str = 0, more: Terms | None = None, *,
    anywhere: bool = True,
) -> Events:  # fmt: skip
    """Give an order another size, price or condition."""
    world = person.world
    size, price = Quantity(units(qty)), Price(units(at))
    events: Events = world.run(
        cmd.ModifyOrder(person.no, world.market, size, price, order, anywhere=anywhere, more=more)
    )
    return events


def stop(price: float, *, rising: bool = False, **terms: object) -> Terms:
    """Terms of an order that waits for *price*."""
    return Terms(trigger=Trigger(Price(units(price)), rising=rising), **terms)  # type: ignore[arg-type]


def refused(events: Events) -> list[R]:
    assert len(events) == len(only(events, ev.CommandRefused))
    return [event.reason for event in events]


# Resting orders of spot


@pytest.mark.parametrize(("qty", "price", "held"), [(5, 99, 495), (8, 100, 800), (2, 100, 200), (6, "99.5", 597)])
def test_a_spot_order_holds_what_it_needs_now(qty: float, price: float, held: float) -> None:
    world = World()
    mine = world.taker.buys(5, at=100)[0].order

    events = change(world.taker, mine, qty, price)

    assert [event.released for event in only(events, ev.OrderModified)] == [units(500 - float(held))]
    assert world.taker.has("USDT") == (1_000_000 - float(held), float(held))
    assert world.state.markets[world.market].book.best_bid() == units(price)


def test_a_spot_order_goes_to_the_back_and_may_trade() -> None:
    world = World()
    mine = world.taker.buys(5, at=99)[0].order
    world.maker.sells(2, at=100)

    events = change(world.taker, mine, 5, 100)

    assert [event.qty for event in only(events, ev.TradeExecuted)] == [units(2)]
    assert world.taker.has("USDT") == (999_500, 300)


def test_what_cannot_be_paid_is_refused_and_nothing_moves() -> None:
    world = World()
    mine = world.taker.buys(5, at=100)[0].order
    assert refused(change(world.taker, mine, 10_001, 100)) == [R.BALANCE_INSUFFICIENT]
    assert refused(change(world.taker, mine, 5, 100)) == [R.AMEND_UNCHANGED]
    assert refused(change(world.taker, mine, 0, 100)) == [R.QTY_NOT_POSITIVE]
    assert refused(change(world.taker, mine, 5, 0)) == [R.PRICE_NOT_POSITIVE]
    assert refused(change(world.taker, mine, 6, 100, anywhere=False)) == [R.FEATURE_NOT_SERVED]
    assert refused(change(world.maker, mine, 6, 100)) == [R.ORDER_UNKNOWN]
    assert world.taker.has("USDT") == (999_500, 500)


def test_an_order_made_smaller_than_its_fills_ends() -> None:
    world = World()
    mine = world.taker.buys(5, at=100)[0].order
    world.maker.sells(2, at=100)

    assert only(change(world.taker, mine, 2, 100), ev.OrderCanceled)
    assert world.taker.has("USDT")[1] == 0


# Orders that sleep


def test_a_sleeping_order_waits_for_something_else() -> None:
    world = World(PERP)
    world.index(100)
    world.maker.sells(1, at=100)
    world.third.buys(1, at=100)
    mine = world.taker.order(Side.BUY, 1, at=90, more=stop(90))[0].order

    change(world.taker, mine, 2, 94, stop(95))

    order = world.state.accounts[world.taker.no].orders[mine]
    assert (order.qty, order.price, order.left) == (units(2), units(94), units(2))
    assert world.state.accounts[world.taker.no].sleeping[world.market] == 1
    world.maker.sells(1, at=95)
    woke = world.third.buys(1, at=95)
    assert [event.order for event in only(woke, ev.OrderTriggered)] == [mine]


def test_a_sleeping_spot_order_holds_by_what_it_is_now() -> None:
    world = World()
    world.maker.sells(1, at=100)
    world.third.buys(1, at=100)
    mine = world.taker.order(Side.BUY, 2, at=90, more=stop(90))[0].order
    assert world.taker.has("USDT")[1] == 180

    change(world.taker, mine, 3, 80, stop(85))

    assert world.taker.has("USDT")[1] == 240
    assert refused(change(world.taker, mine, 3, 80, stop(120))) == [R.WOULD_TRIGGER]
    world.taker.cancels(mine)
    assert world.taker.has("USDT")[1] == 0


def test_only_triggers_and_attached_prices_may_differ() -> None:
    world = World(PERP)
    world.index(100)
    mine = world.taker.order(Side.BUY, 1, at=90, more=stop(90, reduce_only=False))[0].order
    plain = world.taker.buys(1, at=90)[0].order
    for more in (stop(95, reduce_only=True), Terms(), stop(95, strategy_id=7)):
        assert refused(change(world.taker, mine, 1, 91, more)) == [R.ORDER_SHAPE_INVALID]
    for more in (stop(95), Terms(reduce_only=True)):
        assert refused(change(world.taker, plain, 1, 91, more)) == [R.ORDER_SHAPE_INVALID]


def test_a_resting_order_brings_other_prices() -> None:
    world = World(PERP)
    world.index(100)
    mine = world.taker.buys(1, at=90)[0].order
    loss = Trigger(Price(units(80)), TriggerPrice.MARK)

    assert refused(change(world.taker, mine, 1, 90, Terms(stop_loss=Trigger(Price(units(95)), rising=False)))) == [
        R.WOULD_TRIGGER
    ]
    change(world.taker, mine, 1, 90, Terms(stop_loss=msgspec.structs.replace(loss, rising=False)))
    world.maker.sells(1, at=90)

    waiting = [order for order in world.state.accounts[world.taker.no].orders.values() if order.asleep]
    assert [order.more.trigger.price for order in waiting if order.more and order.more.trigger] == [units(80)]


def test_an_order_that_brings_other_prices_keeps_its_place() -> None:
    world = World(PERP)
    world.index(100)
    mine = world.taker.buys(1, at=90)[0].order
    world.third.buys(1, at=90)

    events = change(world.taker, mine, 1, 90, Terms(stop_loss=Trigger(Price(units(80)), rising=False)))

    assert [event.order for event in only(events, ev.OrderAmended)] == [mine]
    assert only(events, ev.OrderModified) == []
    first = world.state.markets[world.market].book.bids.best()
    assert first is not None
    assert first.head is not None
    assert first.head.id == mine


# Whatever is changed


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 12), st.integers(80, 120), st.integers(80, 120), st.booleans()),
        max_size=25,
    ),
    st.booleans(),
)
def test_no_sequence_of_changes_breaks_the_books(acts: list[tuple[int, int, int, int, bool]], derivative: bool) -> None:
    """Orders of two people, asleep and awake, changed at random: `World` checks every record, and a state that is
    written and read is the same.
    """
    world = World(PERP) if derivative else World()
    if derivative:
        world.index(100)
    world.maker.sells(1, at=100)
    world.third.buys(1, at=100)
    for number, (act, qty, price, trigger, rising) in enumerate(acts):
        person = (world.taker, world.third)[number % 2]
        open_orders = list(world.state.accounts[person.no].orders)
        if act == 0 or not open_orders:
            person.order(Side.BUY if rising else Side.SELL, qty or 1, at=price)
        elif act == 1:
            person.order(Side.BUY if rising else Side.SELL, qty or 1, at=price, more=stop(trigger, rising=rising))
        elif act == 2:
            world.maker.order(Side.SELL if rising else Side.BUY, 1, at=price, tif=TimeInForce.IOC)
        else:
            order = open_orders[qty % len(open_orders)]
            more = stop(trigger, rising=rising) if act == 4 else None
            change(person, order, qty, price, more)
    kept = canonical.dump(world.state)
    assert canonical.dump(canonical.load(kept)) == kept
