"""Orders that close a position: close-all, those that end with it, attached take-profit and stop-loss, reducers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simexchange.core import canonical
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import NO_ORDER, AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Bundle, Filters, MarketStatus
from simexchange.core.vocabulary.orders import (
    EndReason,
    Origin,
    SelfTrade,
    Side,
    Slot,
    Terms,
    TimeInForce,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import Amount, Price, Rate
from tests.core.test_triggers import perp, sleeps, spot, trades_at, when
from tests.core.world import kinds, only, units

if TYPE_CHECKING:
    from tests.core.world import Events, World

BUY, SELL = Side.BUY, Side.SELL
MARK = TriggerPrice.MARK


def long(qty: int = 2, **more: Any) -> World:
    """A perpetual at 100 with 5 bid at 90 and 5 asked at 110; the taker is long *qty* from 100."""
    world = perp(**more)
    world.maker.sells(qty, at=100)
    world.taker.buys(qty, at=100)
    return world


def closes(world: World, qty: int) -> Events:
    """The taker sells by hand at 99, where no stop wakes."""
    world.maker.buys(qty, at=99)
    events: Events = world.taker.sells(qty, at=99)
    return events


def reasons(events: Events) -> list[Any]:
    """Why orders ended, or were refused."""
    return [event.reason for event in events if isinstance(event, ev.OrderExpired | ev.OrderRejected)]


def test_a_close_all_order_closes_what_is_there_when_it_wakes() -> None:
    """Placed with 2 held; 1 more is bought; all 3 are sold."""
    world = long()
    sleeps(world.taker, SELL, 0, when(95, falls=True), close_all=True)
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)

    woken = only(trades_at(world, 95), ev.OrderTriggered)

    assert woken[0].qty == units(3)
    assert world.taker.position is None
    assert world.trades[-1] == (3, 90)


def test_a_close_all_order_with_nothing_left_to_close_ends_when_its_trigger_comes() -> None:
    """It does not open a position the other way."""
    world = long()
    sleeps(world.taker, SELL, 0, when(95, falls=True), close_all=True)
    closes(world, 2)

    events = trades_at(world, 95)

    assert EndReason.POSITION_GONE in reasons(events)
    assert world.taker.position is None


@pytest.mark.parametrize(
    ("qty", "at", "terms"),
    [
        (1, None, {"close_all": True, "trigger": when(95, falls=True)}),
        (0, 94, {"close_all": True, "trigger": when(95, falls=True)}),
        (0, None, {"close_all": True, "trigger": when(95, falls=True), "reduce_only": True}),
        (0, None, {"close_all": True}),
        (1, 90, {"with_position": True}),
        (0, None, {"close_all": True, "trigger": when(95, falls=True), "quote_qty": Amount(1)}),
    ],
)
def test_close_all_goes_with_a_trigger_and_nothing_else(qty: int, at: int | None, terms: dict[str, Any]) -> None:
    """No quantity, no price, no reduce-only, and never without a trigger."""
    world = long()

    found = only(world.taker.order(SELL, qty, at, more=Terms(**terms)), ev.OrderRejected)

    assert [event.reason for event in found] == [R.ORDER_SHAPE_INVALID]


def test_close_all_needs_a_position_on_the_other_side() -> None:
    """None, or one that a sell would make larger: Binance's -4509."""
    world = long()

    for who, side, trigger in (
        (world.maker, SELL, when(95, falls=True)),
        (world.taker, BUY, when(105)),
    ):
        found = only(sleeps(who, side, 0, trigger, close_all=True), ev.OrderRejected)
        assert [event.reason for event in found] == [R.POSITION_MISSING]


def test_there_is_one_close_all_order_of_each_kind() -> None:
    """A stop and a take-profit, but no second stop: Binance's -4130."""
    world = long()
    sleeps(world.taker, SELL, 0, when(95, falls=True), close_all=True)

    profit = sleeps(world.taker, SELL, 0, when(105), close_all=True)
    stop = sleeps(world.taker, SELL, 0, when(94, falls=True), close_all=True)

    assert kinds(profit) == ["OrderAccepted"]
    assert reasons(stop) == [R.CLOSE_ALL_EXISTS]


def test_an_order_bound_to_its_position_ends_with_it() -> None:
    """Good till the position is closed (``GTE_GTC``): an unbound one sleeps on."""
    world = long()
    bound = sleeps(world.taker, SELL, 1, when(95, falls=True), reduce_only=True, with_position=True)[0].order
    unbound = sleeps(world.taker, SELL, 1, when(95, falls=True), reduce_only=True)[0].order

    partly = closes(world, 1)
    closed = closes(world, 1)

    assert reasons(partly) == []
    assert [(e.order, e.reason) for e in only(closed, ev.OrderExpired)] == [(bound, EndReason.POSITION_GONE)]
    assert unbound in world.state.accounts[world.taker.no].orders


def test_an_order_bound_to_its_position_ends_when_it_turns() -> None:
    """From 2 long to 1 short there is no long to close."""
    world = long()
    sleeps(world.taker, SELL, 1, when(80, falls=True), reduce_only=True, with_position=True)

    turned = world.taker.sells(3, at=90)

    assert reasons(turned) == [EndReason.POSITION_GONE]


def test_sleeping_orders_have_limits_of_their_own() -> None:
    """Two in this market, three over all futures; and the spot total."""
    bundle = Bundle("binance", max_conditional_orders=1, max_conditional_futures=1)
    found = []
    for world in (
        perp(filters=Filters(max_conditional_orders=1)),
        perp(bundle=bundle),
        spot(bundle=bundle),
    ):
        first = sleeps(world.taker, BUY, "0.1", when(105))
        found += reasons(sleeps(world.taker, BUY, "0.1", when(106)))
        world.taker.cancels(first[0].order)
        assert kinds(sleeps(world.taker, BUY, "0.1", when(106))) == ["OrderAccepted"]

    assert found == [R.TOO_MANY_CONDITIONAL, R.TOO_MANY_CONDITIONAL_FUTURES, R.TOO_MANY_CONDITIONAL_SPOT]


def test_sleeping_orders_count_among_the_open_ones_of_spot_only() -> None:
    """Binance: MAX_NUM_ORDERS counts stops; a futures account has 200 conditional orders beside its open ones."""
    filters = Filters(max_orders=1)
    world, other = spot(filters=filters), perp(filters=filters)
    for each in (world, other):
        sleeps(each.taker, BUY, "0.1", when(105))

    assert reasons(world.taker.buys("0.1", at=80)) == [R.TOO_MANY_ORDERS]
    assert kinds(other.taker.buys("0.1", at=80)) == ["OrderAccepted", "OrderRested"]
    assert kinds(sleeps(other.taker, BUY, "0.1", when(105))) == ["OrderAccepted"]


# Attached take-profit and stop-loss


def opens(world: World, qty: float = 2, at: float = 100, **terms: Any) -> Events:
    """The taker buys, with a take-profit at 108 and a stop-loss at 95."""
    pair = {"take_profit": when(108), "stop_loss": when(95, falls=True)} | terms
    events: Events = world.taker.order(BUY, qty, at, more=Terms(**pair))
    return events


def test_an_order_brings_its_take_profit_and_stop_loss_with_its_first_fill() -> None:
    """Nothing while it rests; with 1 of 2 filled both sleep, and the second fill brings no more."""
    world = perp()
    placed = opens(world)
    parent = placed[0].order

    first = world.maker.sells(1, at=100)
    second = world.maker.sells(1, at=100)

    assert kinds(placed) == ["OrderAccepted", "OrderRested"]
    brought = only(first, ev.OrderAccepted)[1:]
    assert [(e.side, e.qty, e.more.close_all, e.more.origin, e.more.parent) for e in brought] == [
        (SELL, 0, True, Origin.TPSL, parent)
    ] * 2
    assert only(first, ev.PositionProtected)[0].order == parent
    assert len(only(second, ev.OrderAccepted)) == 1


def test_the_stop_that_closes_the_position_takes_the_take_profit_along() -> None:
    """All 2 are sold at 90; nothing sleeps any more."""
    world = perp()
    opens(world)
    world.maker.sells(2, at=100)

    events = trades_at(world, 95)

    assert world.taker.position is None
    assert reasons(events)[-1] is EndReason.POSITION_GONE
    assert world.state.accounts[world.taker.no].orders == {}


def test_closing_by_hand_takes_both_along() -> None:
    """Whoever closes it."""
    world = perp()
    opens(world)
    world.maker.sells(2, at=100)

    events = world.taker.sells(2, at=90)

    assert reasons(events) == [EndReason.POSITION_GONE] * 2


def test_a_stop_that_has_been_passed_at_the_first_fill_closes_at_once() -> None:
    """The mark fell to 94 while the order at 96 rested: bought at 96, sold at 90."""
    world = perp()
    opens(world, at=96, stop_loss=when(95, falls=True, watches=MARK))
    world.mark(94)

    events = world.maker.sells(2, at=96)

    assert "OrderTriggered" in kinds(events)
    assert world.trades[-2:] == [(2, 96), (2, 90)]
    assert world.taker.position is None


def test_an_order_that_ends_unfilled_brings_nothing() -> None:
    """Canceled before its first fill."""
    world = perp()
    order = opens(world)[0].order

    world.taker.cancels(order)

    assert world.state.accounts[world.taker.no].attached == {}


def test_an_order_that_only_met_its_own_kind_brings_nothing() -> None:
    """What self-trade prevention takes from an order is no fill: it ends, and nothing of it is remembered."""
    world = perp()
    world.taker.sells(1, at=100)
    terms = Terms(stop_loss=when(80, falls=True), self_trade=SelfTrade.EXPIRE_BOTH)

    events = world.taker.buys(1, at=100, more=terms)

    assert len(only(events, ev.TradePrevented)) == 1
    assert only(events, ev.PositionProtected) == []
    assert not world.state.accounts[world.taker.no].attached


def test_an_order_that_only_makes_the_other_side_smaller_brings_nothing() -> None:
    """Short 3, buying 2: there is no long to protect."""
    world = perp()
    world.maker.buys(3, at=100)
    world.taker.sells(3, at=100)
    world.maker.sells(2, at=100)

    events = opens(world)

    assert len(only(events, ev.OrderAccepted)) == 1
    told = only(events, ev.PositionProtected)[0]
    assert (told.take_profit, told.stop_loss) == (None, None)


@pytest.mark.parametrize(
    ("reason", "at", "terms"),
    [
        (R.ORDER_SHAPE_INVALID, 100, {"take_profit": when(108, falls=True)}),
        (R.ORDER_SHAPE_INVALID, 100, {"stop_loss": when(95)}),
        (R.ORDER_SHAPE_INVALID, 100, {"reduce_only": True}),
        (R.PRICE_NOT_POSITIVE, 100, {"take_profit": when(0)}),
        (R.PRICE_OFF_TICK, 100, {"take_profit": when("108.001")}),
        (R.WOULD_TRIGGER, 109, {}),
        (R.WOULD_TRIGGER, 94, {}),
        (R.WOULD_TRIGGER, None, {"take_profit": when(100)}),
    ],
)
def test_what_is_attached_must_lie_beyond_the_price(reason: R, at: int | None, terms: dict[str, Any]) -> None:
    """A limit order's own price; the last one for a market order."""
    world = perp()
    pair = {"take_profit": when(108), "stop_loss": when(95, falls=True)} | terms

    assert reasons(world.taker.order(BUY, 1, at, more=Terms(**pair))) == [reason]


def test_a_spot_order_has_nothing_attached() -> None:
    """Lists do that."""
    world = spot()

    assert reasons(opens(world)) == [R.ORDER_SHAPE_INVALID]


def protect(world: World, take_profit: Trigger | None, stop_loss: Trigger | None) -> Events:
    """Protect the taker's position."""
    events: Events = world.run(cmd.ProtectPosition(world.taker.no, world.market, Slot.NET, take_profit, stop_loss))
    return events


def test_a_position_is_protected_by_one_pair() -> None:
    """A second one replaces the first, and none takes it away."""
    world = long()

    first = protect(world, when(108), when(95, falls=True))
    second = protect(world, None, when(96, falls=True))
    third = protect(world, None, None)

    assert kinds(first) == ["PositionProtected", "OrderAccepted", "OrderAccepted"]
    assert kinds(second) == ["PositionProtected", "OrderCanceled", "OrderCanceled", "OrderAccepted"]
    assert kinds(third) == ["PositionProtected", "OrderCanceled"]
    assert only(second, ev.PositionProtected)[0].order == NO_ORDER


def test_a_position_may_be_protected_by_a_trailing_stop() -> None:
    """It follows from 100 to 105 and sells at 94.5, 10 % below."""
    world = long()
    protect(world, None, Trigger(Price(0), rising=False, trailing=Rate(units("0.1"))))

    trades_at(world, 105)
    above = trades_at(world, "94.51")
    below = trades_at(world, "94.5")

    assert "OrderTriggered" not in kinds(above)
    assert "OrderTriggered" in kinds(below)
    assert world.taker.position is None


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        (R.ACCOUNT_UNKNOWN, {"account": AccountNo(99)}),
        (R.MARKET_UNKNOWN, {"market": MarketNo(99)}),
        (R.POSITION_SLOT_MISMATCH, {"slot": Slot.LONG}),
        (R.POSITION_MISSING, {"market": MarketNo(1)}),
        (R.ORDER_SHAPE_INVALID, {"stop_loss": when(95)}),
        (R.PRICE_OFF_TICK, {"stop_loss": when("94.999", falls=True)}),
        (R.WOULD_TRIGGER, {"stop_loss": when(100, falls=True)}),
    ],
)
def test_protecting_a_position_may_be_refused(reason: R, change: dict[str, Any]) -> None:
    """By name; nothing changes."""
    world = long()
    fields = {"account": world.taker.no, "market": world.market, "take_profit": when(108)} | change

    refused = world.run(cmd.ProtectPosition(**fields))

    assert [(type(event), event.reason) for event in refused] == [(ev.CommandRefused, reason)]


def test_a_halted_market_protects_nobody_anew() -> None:
    """Refused until it trades."""
    world = long()
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.HALT))

    assert [event.reason for event in protect(world, when(108), None)] == [R.MARKET_NOT_TRADING]


# The queue of reduce-only orders


def test_a_sleeping_reducer_does_not_count_until_it_wakes() -> None:
    """2 held, a sleeping one for 2: a resting one for 2 is taken all the same; when the first wakes it is refused."""
    world = long()
    asleep = sleeps(world.taker, SELL, 2, when(95, falls=True), reduce_only=True)

    resting = world.taker.reduces(SELL, 2, at=112)
    woken = trades_at(world, 95)

    assert kinds(asleep) == ["OrderAccepted"]
    assert "OrderRested" in kinds(resting)
    ended = only(woken, ev.OrderExpired)[0]
    assert (ended.reason, ended.refused) == (EndReason.TRIGGER_REFUSED, R.REDUCE_ONLY_COVERED)


def test_a_close_all_order_goes_first_whatever_rests() -> None:
    """A stop closes all 2 though a take-profit for 2 rests; the take-profit is knocked out."""
    world = long()
    world.taker.reduces(SELL, 2, at=112)
    sleeps(world.taker, SELL, 0, when(95, falls=True), close_all=True)

    events = trades_at(world, 95)

    assert world.taker.position is None
    assert reasons(events)[-1] is EndReason.REDUCE_ONLY


def test_a_woken_reducer_is_trimmed_to_what_is_closable() -> None:
    """5 asked, 2 held."""
    world = long()
    sleeps(world.taker, SELL, 5, when(95, falls=True), reduce_only=True)

    woken = only(trades_at(world, 95), ev.OrderTriggered)

    assert woken[0].qty == units(2)
    assert world.taker.position is None


def test_a_woken_reducer_without_a_position_is_refused() -> None:
    """It never opens one."""
    world = perp()
    sleeps(world.taker, SELL, 5, when(95, falls=True), reduce_only=True)

    ended = only(trades_at(world, 95), ev.OrderExpired)[0]

    assert (ended.reason, ended.refused) == (EndReason.TRIGGER_REFUSED, R.REDUCE_ONLY_REFUSED)


def test_closing_part_of_a_position_knocks_out_what_no_longer_fits() -> None:
    """3 held, take-profits of 1 at 105, 107 and 109; 1 is closed by hand: the farthest goes, the nearer two stay."""
    world = long(3)
    orders = [world.taker.reduces(SELL, 1, at=price)[0].order for price in (107, 109, 105)]

    events = world.taker.sells(1, at=90)

    assert [(e.order, e.reason) for e in only(events, ev.OrderExpired)] == [(orders[1], EndReason.REDUCE_ONLY)]


def test_a_state_with_protection_survives_being_written_down() -> None:
    """What is attached and what is bound is found again."""
    world = long()
    protect(world, when(108), when(95, falls=True))
    opens(world, at=96, stop_loss=when(94, falls=True))

    written = canonical.dump(world.state)
    read = canonical.load(written)

    assert canonical.dump(read) == written
    mine, theirs = world.state.accounts[world.taker.no], read.accounts[world.taker.no]
    assert theirs.attached == mine.attached
    assert list(theirs.bound) == list(mine.bound)


def test_a_reducer_that_must_be_filled_whole_is_asked_for_no_more_than_it_can_close() -> None:
    """2 are held and 2 bid: to sell 3 or nothing sells the 2 there are; where 1 is bid it is refused."""
    world = long()
    world.maker.buys(1, at=99)
    whole = {"tif": TimeInForce.FOK, "more": Terms(reduce_only=True)}

    refused = world.taker.sells(3, at=99, **whole)
    world.maker.buys(1, at=99)
    filled = world.taker.sells(3, at=99, **whole)

    assert reasons(refused) == [R.FOK_NOT_FILLABLE]
    assert reasons(filled) == []
    assert world.taker.position is None
