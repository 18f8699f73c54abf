"""Take-profit, stop-loss and trailing stop said of a position that is there: of all of it, or of parts.

(Bybit v5 position/trading-stop, ``tpslMode`` Full and Partial; seen 2026-11.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simexchange.core import canonical
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Filters
from simexchange.core.vocabulary.orders import EndReason, OrderKind, Origin, Side, Terms, Trigger
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import ONE, Price, Quantity, Rate
from tests.core.test_modes import refused
from tests.core.test_protection import closes, long, reasons
from tests.core.test_triggers import trades_at
from tests.core.world import only, show, units

if TYPE_CHECKING:
    from tests.core.world import Events, World

BUY, SELL = Side.BUY, Side.SELL


def above(price: float, limit: float = 0) -> Trigger:
    return Trigger(Price(units(price)), rising=True, limit=Price(units(limit)))


def below(price: float, limit: float = 0) -> Trigger:
    return Trigger(Price(units(price)), rising=False, limit=Price(units(limit)))


def behind(distance: float, activation: float = 0) -> Trigger:
    """A stop of a long that trails by a price."""
    return Trigger(
        Price(0), rising=False, distance=Price(units(distance)), activation=Price(units(activation)),
        activation_rising=True,
    )  # fmt: skip


def protects(world: World, **said: Any) -> Events:
    if "qty" in said:
        said["qty"] = Quantity(units(said["qty"]))
    events: Events = world.run(cmd.ProtectPosition(world.taker.no, world.market, **said))
    return events


def asleep(world: World) -> list[tuple[Any, ...]]:
    """(number, trigger price or distance, quantity, limit price) of each order that protects the taker's position."""
    orders = world.state.accounts[world.taker.no].orders
    return [
        (no & 0xFFFFFFFF, show(o.more.trigger.price or o.more.trigger.distance), show(o.qty), show(o.price))
        for no, o in orders.items()
        if o.more is not None and o.more.origin is Origin.TPSL and o.more.trigger is not None
    ]


# The whole position


def test_a_position_has_a_take_profit_a_stop_loss_and_a_stop_that_trails_at_once() -> None:
    world = long()

    (said, *made) = protects(world, take_profit=above(130), stop_loss=below(80), trailing=behind(15))

    assert isinstance(said, ev.PositionProtected)
    assert (said.take_profit, said.stop_loss, said.trailing) == (above(130), below(80), behind(15))
    assert [event.more.trigger for event in made if isinstance(event, ev.OrderAccepted) and event.more] == [
        above(130), below(80), behind(15),
    ]  # fmt: skip
    assert all(event.more.close_all for event in only(made, ev.OrderAccepted))


def test_what_says_the_same_stays_the_order_it_is_where_it_is_to_be_kept() -> None:
    """Only the stop moves: the take-profit keeps its number, and the one that trails goes on following."""
    world = long()
    protects(world, take_profit=above(130), stop_loss=below(80), trailing=behind(15))
    before = {price: no for no, price, _, _ in asleep(world)}

    events = protects(world, take_profit=above(130), stop_loss=below(85), trailing=behind(15), keep=True)

    assert [show(event.price) for event in only(events, ev.OrderAccepted)] == [0]
    assert len(only(events, ev.OrderCanceled)) == 1
    after = {price: no for no, price, _, _ in asleep(world)}
    assert (after[130], after[15]) == (before[130], before[15])
    assert 80 not in after


def test_one_side_is_taken_away_by_leaving_it_out() -> None:
    world = long()
    protects(world, take_profit=above(130), stop_loss=below(80))

    events = protects(world, take_profit=above(130), keep=True)

    assert [event.reason for event in only(events, ev.OrderCanceled)] == [EndReason.USER]
    assert [price for _, price, _, _ in asleep(world)] == [130]
    protects(world)
    assert not asleep(world)


def test_they_follow_the_position_and_end_with_it() -> None:
    """Bought on, it is closed whole; closed by hand, they are gone."""
    world = long()
    protects(world, take_profit=above(130), stop_loss=below(95), trailing=behind(15))
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)

    events = trades_at(world, 95)

    assert [show(event.qty) for event in only(events, ev.OrderTriggered)] == [3]
    assert world.taker.position is None
    assert not asleep(world)
    assert reasons(events).count(EndReason.POSITION_GONE) == 2


def test_a_stop_trails_by_a_price_from_where_it_is_activated() -> None:
    """Activated at 105 it follows to 109 and wakes at 106: three behind. What the price did before does not count."""
    world = long()
    protects(world, trailing=behind(3, activation=105))
    trades_at(world, 104)
    trades_at(world, 95)
    assert asleep(world)

    trades_at(world, 106)
    trades_at(world, 109)
    held = trades_at(world, 107)
    woken = trades_at(world, 106)

    assert not only(held, ev.OrderTriggered)
    assert len(only(woken, ev.OrderTriggered)) == 1
    assert world.taker.position is None


def test_stops_by_price_and_by_rate_trail_side_by_side_and_survive_a_checkpoint() -> None:
    """Both follow to 109: the later one wakes five behind, at 104, and what it sells at 90 wakes the other."""
    world = long(2)
    by_rate = Trigger(Price(0), rising=False, trailing=Rate(ONE // 20))
    world.taker.order(SELL, 1, more=Terms(reduce_only=True, trigger=by_rate))
    world.taker.order(SELL, 1, more=Terms(reduce_only=True, trigger=behind(5)))
    trades_at(world, 109)
    before = canonical.dump(world.state)

    assert canonical.dump(canonical.load(before)) == before
    assert not only(trades_at(world, "104.01"), ev.OrderTriggered)
    woken = [event.order for event in only(trades_at(world, 104), ev.OrderTriggered)]
    assert woken == sorted(woken, reverse=True)
    assert len(woken) == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"trailing": below(90)}, R.ORDER_SHAPE_INVALID),
        ({"trailing": Trigger(Price(0), rising=True, distance=Price(ONE))}, R.ORDER_SHAPE_INVALID),
        (
            {"trailing": Trigger(Price(0), rising=False, distance=Price(ONE), trailing=Rate(ONE // 10))},
            R.ORDER_SHAPE_INVALID,
        ),
        ({"trailing": Trigger(Price(0), rising=False, distance=Price(-1))}, R.ORDER_SHAPE_INVALID),
        ({"trailing": behind(0.001)}, R.PRICE_OFF_TICK),
        ({"trailing": behind(5, activation=99)}, R.WOULD_TRIGGER),
        ({"take_profit": above(130, limit=129)}, R.ORDER_SHAPE_INVALID),
        ({"take_profit": above(90)}, R.WOULD_TRIGGER),
        ({"stop_loss": below(0)}, R.PRICE_NOT_POSITIVE),
        ({"take_profit": below(90)}, R.ORDER_SHAPE_INVALID),
        ({"take_profit": above(130), "qty": -1}, R.QTY_NOT_POSITIVE),
        ({"take_profit": above(130), "qty": 3}, R.REDUCE_ONLY_REFUSED),
        ({"take_profit": above(130), "qty": 0.0001}, R.QTY_OFF_STEP),
        ({"qty": 1}, R.ORDER_SHAPE_INVALID),
        ({"qty": 1, "trailing": behind(5)}, R.ORDER_SHAPE_INVALID),
        ({"take_profit": above(130), "qty": 1, "keep": True}, R.ORDER_SHAPE_INVALID),
        ({"take_profit": above(130, limit=129.001), "qty": 1}, R.PRICE_OFF_TICK),
    ],
)
def test_what_does_not_go_together_is_refused_and_changes_nothing(said: dict[str, Any], reason: R) -> None:
    world = long()
    if "qty" in said:
        said = said | {"qty": Quantity(units(said["qty"]))}
    before = canonical.dump(world.state)

    assert refused(world, cmd.ProtectPosition(world.taker.no, world.market, **said)) is reason
    assert canonical.dump(world.state) == before


def test_a_part_below_the_least_quantity_is_refused() -> None:
    world = long(filters=Filters(qty_min=Quantity(ONE)))

    part = cmd.ProtectPosition(world.taker.no, world.market, take_profit=above(130), qty=Quantity(ONE // 2))

    assert refused(world, part) is R.QTY_BELOW_MIN


def test_what_protects_a_position_is_not_counted_among_its_owners_sleeping_orders() -> None:
    """One may sleep; three protect, and one more sleeps."""
    world = long(filters=Filters(max_conditional_orders=1))
    protects(world, take_profit=above(130), stop_loss=below(80), trailing=behind(15))

    first = world.taker.order(SELL, 1, more=Terms(reduce_only=True, trigger=below(85)))
    second = world.taker.order(SELL, 1, more=Terms(reduce_only=True, trigger=below(84)))

    assert only(first, ev.OrderAccepted)
    assert reasons(second) == [R.TOO_MANY_CONDITIONAL]


# Parts of it


def test_parts_have_pairs_of_their_own_at_market_or_by_limit() -> None:
    """Nothing that is there goes: neither the whole's nor the other part's."""
    world = long(3)
    protects(world, stop_loss=below(70))

    first = protects(world, take_profit=above(120), stop_loss=below(90), qty=1)
    protects(world, take_profit=above(130, limit=129), qty=2)

    assert isinstance(first[0], ev.PositionProtected)
    assert first[0].qty == ONE
    assert [(price, qty, limit) for _, price, qty, limit in asleep(world)] == [
        (70, 0, 0), (120, 1, 0), (90, 1, 0), (130, 2, 129),
    ]  # fmt: skip


def test_one_of_a_pair_ends_when_the_other_wakes() -> None:
    """The stop sells its part and takes the take-profit along; the rest of the position stays."""
    world = long(3)
    protects(world, take_profit=above(120), stop_loss=below(95), qty=1)

    events = trades_at(world, 95)

    assert reasons(events) == [EndReason.LIST_SIBLING]
    assert world.taker.position == (2, 200)
    assert not asleep(world)
    assert not world.state.accounts[world.taker.no].lists


def test_one_of_a_pair_takes_the_other_along_when_it_is_canceled() -> None:
    world = long(3)
    protects(world, take_profit=above(120), stop_loss=below(95), qty=1)

    world.taker.cancels(next(iter(world.state.accounts[world.taker.no].orders)))

    assert not asleep(world)


def test_a_limit_order_rests_when_its_trigger_comes() -> None:
    """It closes at its limit or better, and cannot open."""
    world = long(2)
    protects(world, take_profit=above(108, limit=109), qty=1)

    (event,) = only(trades_at(world, 108), ev.OrderTriggered)

    order = world.state.accounts[world.taker.no].orders[event.order]
    assert (order.kind, show(order.price), order.reduce_only, order.level is not None) == (
        OrderKind.LIMIT, 109, True, True,
    )  # fmt: skip
    assert order.more is not None
    assert order.more.origin is Origin.TPSL


def test_a_part_larger_than_what_is_left_closes_what_is_left() -> None:
    world = long(3)
    protects(world, stop_loss=below(95), qty=2)
    closes(world, 2)

    events = trades_at(world, 95)

    assert [show(event.qty) for event in only(events, ev.OrderTriggered)] == [1]
    assert world.taker.position is None


def test_parts_end_with_the_position() -> None:
    world = long(3)
    protects(world, take_profit=above(120), stop_loss=below(90), qty=1)
    protects(world, take_profit=above(130), qty=2)

    events = closes(world, 3)

    assert set(reasons(events)) == {EndReason.POSITION_GONE}
    assert not asleep(world)
    assert not world.state.accounts[world.taker.no].lists


# Brought along by an order, for what it fills


def test_each_fill_brings_a_pair_for_what_it_opened() -> None:
    world = long(1)
    attached = Terms(take_profit=above(120), stop_loss=below(90), partial=True)
    world.maker.sells(1, at=100)

    first = world.taker.buys(3, at=100, more=attached)
    second = world.maker.sells(2, at=100)

    assert [(price, qty) for _, price, qty, _ in asleep(world)] == [(120, 1), (90, 1), (120, 2), (90, 2)]
    (accepted,) = [e for e in only(first, ev.OrderAccepted) if e.more is attached]
    assert [show(e.qty) for e in only(second, ev.PositionProtected)] == [2]
    assert {e.order for e in only(second, ev.PositionProtected)} == {accepted.order}
    assert not world.state.accounts[world.taker.no].attached


def test_what_only_closed_brings_nothing_and_what_flips_brings_the_rest() -> None:
    """Short 1; a buy of 3 closes it and opens 2."""
    world = long(1)
    closes(world, 1)
    world.maker.buys(1, at=100)
    world.taker.sells(1, at=100)
    world.maker.sells(3, at=100)

    world.taker.buys(3, at=100, more=Terms(take_profit=above(120), partial=True))

    assert [(price, qty) for _, price, qty, _ in asleep(world)] == [(120, 2)]


def test_an_order_that_ends_unfilled_brings_nothing_more() -> None:
    world = long(1)
    world.maker.sells(1, at=100)
    events = world.taker.buys(3, at=100, more=Terms(take_profit=above(120), partial=True))
    order = only(events, ev.OrderAccepted)[0].order
    assert canonical.dump(canonical.load(canonical.dump(world.state))) == canonical.dump(world.state)

    world.taker.cancels(order)

    assert not world.state.accounts[world.taker.no].attached
    assert [qty for _, _, qty, _ in asleep(world)] == [1]


def test_a_limit_belongs_to_parts() -> None:
    world = long(1)

    (whole,) = world.taker.buys(1, at=90, more=Terms(take_profit=above(120, limit=119)))
    part = world.taker.buys(1, at=90, more=Terms(take_profit=above(120, limit=119), partial=True))

    assert whole.reason is R.ORDER_SHAPE_INVALID
    assert only(part, ev.OrderAccepted)


def test_a_sleeping_order_of_ones_own_trails_by_a_price_too() -> None:
    world = long(1)
    world.taker.order(SELL, 1, more=Terms(reduce_only=True, trigger=behind(5)))
    trades_at(world, 109)

    assert not only(trades_at(world, 105), ev.OrderTriggered)
    assert only(trades_at(world, 104), ev.OrderTriggered)
