"""Sleeping orders: what wakes them, in which order, what they hold, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simexchange.core import canonical
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.markets import Filters, MarketStatus
from simexchange.core.vocabulary.orders import EndReason, Side, Terms, TimeInForce, TradeKind, Trigger, TriggerPrice
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import SECOND, Amount, Nanos, Price, Rate
from tests.core.taped import TapedWorld
from tests.core.world import PERP, Person, World, kinds, only, units

if TYPE_CHECKING:
    from tests.core.world import Events

BUY, SELL = Side.BUY, Side.SELL
MARK, INDEX = TriggerPrice.MARK, TriggerPrice.INDEX


def when(price: float | str, *, falls: bool = False, **more: Any) -> Trigger:
    """At or above *price*; at or below it where it falls."""
    return Trigger(Price(units(price)), rising=not falls, **more)


def sleeps(
    who: Person, side: Side, qty: float | str, trigger: Trigger, at: float | None = None, **terms: Any
) -> Events:
    """Place an order that waits for *trigger*."""
    events: Events = who.order(side, qty, at, more=Terms(trigger=trigger, **terms))
    return events


def trades_at(world: World, price: float | str) -> Events:
    """Two others trade a little at *price*, with nobody else in the way."""
    world.maker.sells("0.001", at=price)
    events: Events = world.third.buys("0.001", at=price)
    return events


def spot(**more: Any) -> World:
    """A spot market that last traded at 100, with 5 bid at 90 and 5 asked at 110."""
    world = World(**more)
    trades_at(world, 100)
    world.maker.buys(5, at=90)
    world.maker.sells(5, at=110)
    return world


def perp(**more: Any) -> World:
    """A perpetual at 100, last trade and mark, with 5 bid at 90 and 5 asked at 110."""
    world = World(PERP, **more)
    world.index(100)
    trades_at(world, 100)
    world.maker.buys(5, at=90)
    world.maker.sells(5, at=110)
    return world


def test_a_stop_sleeps_until_the_last_price_is_there_and_then_trades() -> None:
    """A sell stop at 95: a trade at 95.01 leaves it, one at 95 wakes it, and it sells at the best bid."""
    world = spot()
    placed = sleeps(world.taker, SELL, 1, when(95, falls=True))

    above = trades_at(world, "95.01")
    below = trades_at(world, 95)

    assert kinds(placed) == ["OrderAccepted"]
    assert "OrderTriggered" not in kinds(above)
    assert kinds(below)[-2:] == ["OrderTriggered", "TradeExecuted"]
    assert world.trades[-1] == (1, 90)


def test_a_sleeping_order_is_in_no_level() -> None:
    """A stop-limit to buy 1 at 101 stands nowhere in the book, and rests there when it woke."""
    world = spot()
    sleeps(world.taker, BUY, 1, when(105), at=101)
    before = world.ladder

    trades_at(world, 105)

    assert "  1 |   101 |" not in before
    assert "  1 |   101 |" in world.ladder


@pytest.mark.parametrize(
    ("side", "trigger"),
    [
        (BUY, when(100)),
        (SELL, when(100, falls=True)),
        (BUY, when(99)),
        (SELL, when(101, falls=True)),
        (BUY, when("120", falls=True)),
        (SELL, when(80)),
    ],
)
def test_a_condition_that_holds_already_is_refused(side: Side, trigger: Trigger) -> None:
    """Equality holds: Binance's "Order would trigger immediately."."""
    world = spot()

    found = only(sleeps(world.taker, side, 1, trigger), ev.OrderRejected)

    assert [event.reason for event in found] == [R.WOULD_TRIGGER]


def test_a_trigger_whose_price_is_unknown_waits_for_the_first_one() -> None:
    """Nobody has traded: the first trade at 100 is above 99 and wakes a buy stop."""
    world = World()
    world.maker.sells(5, at=110)
    placed = sleeps(world.taker, BUY, 1, when(99))

    woken = trades_at(world, 100)

    assert kinds(placed) == ["OrderAccepted"]
    assert "OrderTriggered" in kinds(woken)


def test_orders_wake_as_the_price_reached_them_then_by_age() -> None:
    """A jump from 100 to 104 passes 101, then 102 twice, then 103."""
    world = spot()
    ids = [
        sleeps(who, BUY, "0.1", when(price))[0].order
        for who, price in ((world.taker, 103), (world.taker, 102), (world.third, 101), (world.taker, 102))
    ]

    woken = only(trades_at(world, 104), ev.OrderTriggered)

    assert [event.order for event in woken] == [ids[2], ids[1], ids[3], ids[0]]


def test_orders_wake_from_the_top_when_the_price_falls() -> None:
    """A fall from 100 to 96 passes 99 first."""
    world = spot()
    ids = [sleeps(world.taker, SELL, "0.1", when(price, falls=True))[0].order for price in (97, 99, 98)]

    woken = only(trades_at(world, 96), ev.OrderTriggered)

    assert [event.order for event in woken] == [ids[1], ids[2], ids[0]]


def test_each_woken_order_works_in_a_record_of_its_own_and_may_wake_more() -> None:
    """A stop's own sale at 90 wakes the stop at 92; the one at 89 sleeps on."""
    world = spot()
    ids = [sleeps(world.taker, SELL, 1, when(price, falls=True))[0].order for price in (95, 92, 89)]
    world.maker.sells("0.001", at=95)

    world.engine.execute(cmd.PlaceOrder(*_buy(world, 95)), world.at)
    steps = []
    while (step := world.state.pending()) is not None:
        steps.append((step, [e for e in world.engine.execute(step, world.at) if isinstance(e, ev.TradeExecuted)]))

    assert [step for step, _ in steps] == [cmd.FireTrigger(ids[0]), cmd.FireTrigger(ids[1])]
    assert [len(trades) for _, trades in steps] == [1, 1]


def _buy(world: World, price: int) -> tuple[Any, ...]:
    from simexchange.core.vocabulary.orders import OrderKind

    return (
        world.third.no, world.market, BUY, OrderKind.LIMIT, units("0.001"), units(price), TimeInForce.GTC,
    )  # fmt: skip


def test_a_spot_order_holds_what_it_will_need_from_the_start() -> None:
    """A limit its price, a sell its quantity, a market buy its trigger price; and gets it back when canceled."""
    world = spot()
    usdt = world.taker.has("USDT")[0]

    limit = sleeps(world.taker, BUY, 2, when(105), at=106)[0].order
    assert world.taker.has("USDT") == (usdt - 212, 212)
    market = sleeps(world.taker, BUY, 2, when(105))[0].order
    assert world.taker.has("USDT") == (usdt - 422, 422)
    sell = sleeps(world.taker, SELL, 2, when(95, falls=True))[0].order
    assert world.taker.has("BTC") == (998, 2)
    for order in (limit, market, sell):
        world.taker.cancels(order)

    assert world.taker.has("USDT") == (usdt, 0)
    assert world.taker.has("BTC") == (1000, 0)


def test_a_market_buy_holds_what_the_book_asks_when_it_wakes() -> None:
    """2 at 105 held 210; the book asks 110, so 220 are paid, the rest from what is free."""
    world = spot()
    usdt = world.taker.has("USDT")[0]
    sleeps(world.taker, BUY, 2, when(105))

    woken = only(trades_at(world, 105), ev.OrderTriggered)[0]

    assert (woken.hold, woken.released) == (units(220), units(-10))
    assert world.taker.has("USDT") == (usdt - 220, 0)
    assert world.taker.has("BTC") == (1002, 0)


def test_a_market_buy_that_cannot_be_paid_when_it_wakes_expires_refused() -> None:
    """It held 210 of the 215 there were; 220 are asked."""
    world = spot()
    world.run(cmd.Withdraw(world.taker.no, "spot", "USDT", Amount(units(1_000_000 - 215))))
    sleeps(world.taker, BUY, 2, when(105))

    events = trades_at(world, 105)

    ended = only(events, ev.OrderExpired)[0]
    assert kinds(events)[-2:] == ["OrderTriggered", "OrderExpired"]
    assert (ended.reason, ended.refused) == (EndReason.TRIGGER_REFUSED, R.BALANCE_INSUFFICIENT)
    assert world.taker.has("USDT") == (215, 0)


def test_a_spot_order_that_cannot_be_paid_is_refused_at_entry() -> None:
    """215 are there; a stop-limit for 2 at 108 needs 216."""
    world = spot()
    world.run(cmd.Withdraw(world.taker.no, "spot", "USDT", Amount(units(1_000_000 - 215))))

    found = only(sleeps(world.taker, BUY, 2, when(105), at=108), ev.OrderRejected)

    assert found[0].reason is R.BALANCE_INSUFFICIENT


def test_a_sleeping_derivative_order_needs_no_margin_until_it_wakes() -> None:
    """Nobody asks for 10,000 × 105 at entry; when it wakes it is refused."""
    world = perp()
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(999_990))))
    placed = sleeps(world.taker, BUY, 2, when(105))

    events = trades_at(world, 105)

    ended = only(events, ev.OrderExpired)[0]
    assert kinds(placed) == ["OrderAccepted"]
    assert (ended.reason, ended.refused) == (EndReason.TRIGGER_REFUSED, R.MARGIN_INSUFFICIENT)


@pytest.mark.parametrize("watched", [MARK, INDEX])
def test_mark_and_index_wake_too(watched: TriggerPrice) -> None:
    """Trades at 106 do not; the price that is watched does."""
    world = perp()
    sleeps(world.taker, BUY, 1, when(105, watches=watched))

    traded = trades_at(world, 106)
    moved = world.mark(105) if watched is MARK else world.index(105)

    assert "OrderTriggered" not in kinds(traded)
    assert "OrderTriggered" in kinds(moved)


def test_a_protected_trigger_ends_where_last_price_and_mark_are_too_far_apart() -> None:
    """5 % are allowed: 105 against 100 wakes, 105.01 ends it."""
    filters = Filters(trigger_protect=Rate(units("0.05")))
    found = []
    for price in ("105", "105.01"):
        world = perp(filters=filters)
        sleeps(world.taker, BUY, 1, when(105, protect=True))
        found.append(trades_at(world, price))

    assert "OrderTriggered" in kinds(found[0])
    assert "OrderTriggered" not in kinds(found[1])
    assert only(found[1], ev.OrderExpired)[0].reason is EndReason.PRICE_PROTECTED


def test_a_post_only_order_that_would_take_when_it_wakes_is_refused_then() -> None:
    """As if it had been placed at that moment."""
    world = perp()
    world.taker.order(BUY, 1, 110, tif=TimeInForce.POST_ONLY, more=Terms(trigger=when(105)))

    ended = only(trades_at(world, 105), ev.OrderExpired)[0]

    assert (ended.reason, ended.refused) == (EndReason.TRIGGER_REFUSED, R.POST_ONLY_WOULD_TAKE)


def test_a_halted_market_wakes_nobody_until_it_trades_again() -> None:
    """The mark falls to 94 meanwhile; the stop at 95 wakes with the market."""
    world = perp()
    sleeps(world.taker, SELL, 1, when(95, falls=True, watches=MARK))
    world.run(cmd.SetMarketStatus(world.market, MarketStatus.HALT))

    halted = world.mark(94)
    resumed = world.run(cmd.SetMarketStatus(world.market, MarketStatus.TRADING))

    assert "OrderTriggered" not in kinds(halted)
    assert "OrderTriggered" in kinds(resumed)


def test_a_sleeping_order_ends_at_its_time() -> None:
    """Good till a second from now; it sleeps no more, and a trigger wakes nobody."""
    world = perp()
    terms = Terms(trigger=when(105), good_till=Nanos(world.at + SECOND))
    world.taker.order(BUY, 1, 106, tif=TimeInForce.GTD, more=terms)

    ended = only(world.passes(2 * SECOND), ev.OrderExpired)

    assert [event.reason for event in ended] == [EndReason.GOOD_TILL]
    assert "OrderTriggered" not in kinds(trades_at(world, 105))


def test_a_sleeping_market_order_may_be_good_till_an_instant() -> None:
    """It ends asleep; a market order that does not sleep has no such instant."""
    world = perp()
    terms = Terms(trigger=when(105), good_till=Nanos(world.at + SECOND))
    world.taker.order(BUY, 1, tif=TimeInForce.GTD, more=terms)

    at_once = world.taker.order(BUY, 1, tif=TimeInForce.GTD, more=Terms(good_till=Nanos(world.at + SECOND)))
    ended = only(world.passes(2 * SECOND), ev.OrderExpired)

    assert [event.reason for event in only(at_once, ev.OrderRejected)] == [R.ORDER_SHAPE_INVALID]
    assert [event.reason for event in ended] == [EndReason.GOOD_TILL]


def test_a_woken_good_till_order_still_ends_at_its_time() -> None:
    """It rests at 104 when it woke, and goes when its second is over."""
    world = perp()
    terms = Terms(trigger=when(105), good_till=Nanos(world.at + SECOND))
    world.taker.order(BUY, 1, 104, tif=TimeInForce.GTD, more=terms)
    trades_at(world, 105)

    ended = only(world.passes(2 * SECOND), ev.OrderExpired)

    assert [event.reason for event in ended] == [EndReason.GOOD_TILL]


def test_a_queued_order_may_still_be_canceled() -> None:
    """Between the tick and its turn."""
    world = spot()
    first, second = (sleeps(world.taker, BUY, 1, when(105))[0].order for _ in range(2))
    world.maker.sells("0.001", at=105)
    world.engine.execute(cmd.PlaceOrder(*_buy(world, 105)), world.at)

    world.engine.execute(cmd.CancelOrder(world.taker.no, world.market, first), world.at)

    assert world.state.pending() == cmd.FireTrigger(second)


def test_only_the_next_order_in_the_queue_can_be_fired() -> None:
    """Anything else is refused, and nothing changes."""
    world = spot()
    order = sleeps(world.taker, BUY, 1, when(105))[0].order

    found = [world.run(cmd.FireTrigger(each))[0] for each in (order, OrderId(5))]

    assert [event.reason for event in found] == [R.ORDER_UNKNOWN, R.ORDER_UNKNOWN]


def test_a_state_with_sleepers_survives_being_written_down() -> None:
    """Between the tick and the turn of the woken, with others asleep and following."""
    world = perp()
    for price in (105, 105, 108):
        sleeps(world.taker, BUY, 1, when(price))
    sleeps(world.taker, SELL, 1, Trigger(Price(0), rising=False, trailing=Rate(units("0.1"))))
    sleeps(world.taker, SELL, 1, when(95, falls=True, watches=MARK))
    world.maker.sells("0.001", at=105)
    world.engine.execute(cmd.PlaceOrder(*_buy(world, 105)), world.at)

    written = canonical.dump(world.state)
    read = canonical.load(written)

    assert canonical.dump(read) == written
    assert read.pending() == world.state.pending()
    assert list(read.woken) == list(world.state.woken)
    assert read.accounts[world.taker.no].sleeping == world.state.accounts[world.taker.no].sleeping


def test_a_print_of_the_tape_wakes_and_a_crossed_level_does_not() -> None:
    """The tape's ask comes through ann's bid at 100: a real trade that moves no last price. A print at 100 does."""
    world = TapedWorld(people=("ann", "bob"))
    world.snapshot({99: 5}, {102: 5})
    world.bought(1, at=102)
    sleeps(world.bob, SELL, 1, when(100, falls=True))
    world.ann.buys(1, at=100)

    crossed = world.frame(asks={99.5: 2})
    printed = world.sold(1, at=99)

    assert [event.kind for event in only(crossed, ev.TradeExecuted)] == [TradeKind.CROSSED]
    assert "OrderTriggered" not in kinds(crossed)
    assert "OrderTriggered" in kinds(printed)


def test_triggers_come_before_a_liquidation() -> None:
    """The mark falls to 90.5: the stop at 95 sells all 10 at 92, and there is nothing left to liquidate."""
    world = perp()
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(999_900))))
    world.maker.sells(10, at=100)
    world.taker.buys(10, at=100)
    world.maker.buys(10, at=92)
    sleeps(world.taker, SELL, 0, when(95, falls=True, watches=MARK), close_all=True)

    events = world.mark("90.5")

    watched = ("LiquidationStarted", "OrderTriggered", "LiquidationFinished")
    told = [kind for kind in kinds(events) if kind in watched]
    assert told == ["LiquidationStarted", "OrderTriggered", "LiquidationFinished"]
    assert world.taker.position is None
    assert world.taker.cash == 20


def test_a_funding_round_ends_before_triggers_come() -> None:
    """Both are pending at once: the round is of what was held at its instant, so nothing trades before its end."""
    world = perp()
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)
    sleeps(world.third, BUY, 1, when(105, watches=MARK))
    # The mark moves and the funding interval ends in one instant.
    while not world.state.markets[world.market].round:
        due = world.state.next_due()
        assert due is not None
        world.at = due
        world.engine.execute(cmd.PassTime(), world.at)
    world.engine.execute(cmd.SetMark(world.market, Price(units(105))), world.at)

    steps = []
    while (step := world.state.pending()) is not None:
        steps.append(type(step).__name__)
        world.engine.execute(step, world.at)

    assert steps == ["SettleFunding", "FireTrigger"]
