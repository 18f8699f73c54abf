"""No buy above the price limit of a market and no sell below it, and market orders that end there.

Soft bound 1 %, hard bound 2 %; index and mark at 100. (Bybit v5 account/set-price-limit; seen 2026-11.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from simexchange.core import pricelimits
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Bundle, Filters
from simexchange.core.vocabulary.orders import (
    AccountOption,
    EndReason,
    OrderKind,
    Side,
    Terms,
    TimeInForce,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, SPOT, World, only, show, units

if TYPE_CHECKING:
    from typing import Any

    from tests.core.world import Events

BUY, SELL = Side.BUY, Side.SELL
ASYNC = Bundle("binance", post_only="accept_then_expire", fok="accept_then_expire", derivative_fok="accept_then_expire")


def limits(*, moves: bool = False, **more: Any) -> Filters:
    return Filters(limit_soft=Rate(ONE // 100), limit_hard=Rate(ONE // 50), limit_moves=moves, **more)


def world_of(market: str = PERP, *, moves: bool = False, **more: Any) -> World:
    world = World(market, filters=limits(moves=moves, **more), bundle=ASYNC)
    world.index(100)
    return world


def bounds(world: World) -> tuple[float, float]:
    market = world.state.markets[world.market]
    found = pricelimits.bounds(world.state, market, world.state.rules["binance", world.market].filters, world.at)
    return show(found[0]), show(found[1])


def why(events: Events) -> list[Any]:
    return [event.reason for event in events if isinstance(event, ev.OrderRejected | ev.OrderExpired)]


# What the limit is


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (100, (99, 101)),  # soft bounds of the mark
        (99, (98.01, 100)),  # the index is dearer than the soft bound: up to it
        (97, (96.03, 98.94)),  # the index is beyond the hard bound
        (103, (100.94, 104.03)),  # and likewise downward
    ],
)
def test_the_limit_of_a_derivative_lies_around_its_mark_and_reaches_to_the_index(
    mark: float, expected: tuple[float, float]
) -> None:
    world = world_of()

    world.mark(mark)

    assert bounds(world) == expected


def test_where_the_book_is_dearer_than_the_mark_there_is_more_room_upward_and_no_less_downward() -> None:
    """The middle of the book has been 2 above the mark: 101 + 2 up to the hard 102, and 99 still."""
    world = World(PERP, bundle=ASYNC)
    world.maker.buys(1, at=101.5)
    world.third.sells(1, at=102.5)
    rules = msgspec.structs.replace(world.state.rules["binance", world.market], filters=limits())
    world.run(cmd.SetRules("binance", world.market, rules))
    world.index(100)
    world.mark(100)

    assert bounds(world) == (99, 102)


def test_the_limit_of_spot_lies_around_its_index() -> None:
    assert bounds(world_of(SPOT)) == (99, 101)


def test_of_spot_what_was_traded_moves_the_soft_bound_both_ways() -> None:
    """Two minutes of trades at 101: one dearer than the index, so 102 up (the hard bound) and 100 down."""
    world = world_of(SPOT, average_span=Nanos(120 * SECOND))
    world.run(cmd.SetIndex("BTC-USDT", Price(100 * ONE)))
    world.maker.sells(1, at=101)
    world.taker.buys(1, at=101)

    assert bounds(world) == (100, 102)


def test_without_a_price_there_is_no_limit() -> None:
    world = World(PERP, filters=limits(), bundle=ASYNC)

    assert bounds(world) == (0, 0)
    assert only(world.taker.buys(1, at=1000), ev.OrderRested)


# Limit orders


@pytest.mark.parametrize("market", [PERP, SPOT])
def test_orders_beyond_the_limit_are_refused(market: str) -> None:
    """At it, and on the other side of it at any price, they are taken in."""
    world = world_of(market)

    assert why(world.taker.buys(1, at="101.01")) == [R.PRICE_ABOVE_BAND]
    assert why(world.taker.sells(1, at="98.99")) == [R.PRICE_BELOW_BAND]
    assert not why(world.taker.buys(1, at=50) + world.third.sells(1, at=500) + world.taker.buys(1, at=101))


def test_or_moved_to_the_limit_where_the_rules_say_so() -> None:
    """Filled no dearer than the limit, and resting there."""
    world = world_of(moves=True)
    world.maker.sells(1, at=101)
    world.maker.sells(1, at=102)

    events = world.taker.buys(2, at=110)

    (accepted,) = only(events, ev.OrderAccepted)
    assert (show(accepted.price), accepted.kind) == (101, OrderKind.LIMIT)
    assert world.trades == [(1, 101)]
    assert [show(event.left) for event in only(events, ev.OrderRested)] == [1]


def test_an_account_may_choose_for_itself() -> None:
    """Of derivatives and of spot apart."""
    moving, refusing = world_of(moves=False), world_of(moves=True)
    moving.run(cmd.SetAccountOption(moving.taker.no, AccountOption.LIMIT_DERIVATIVES, pricelimits.MOVED))
    moving.run(cmd.SetAccountOption(moving.taker.no, AccountOption.LIMIT_SPOT, pricelimits.REFUSED))
    refusing.run(cmd.SetAccountOption(refusing.taker.no, AccountOption.LIMIT_DERIVATIVES, pricelimits.REFUSED))

    assert not why(moving.taker.buys(1, at=110))
    assert why(moving.maker.buys(1, at=110)) == [R.PRICE_ABOVE_BAND]
    assert why(refusing.taker.buys(1, at=110)) == [R.PRICE_ABOVE_BAND]


def test_an_order_that_is_given_another_price_is_moved_or_refused_likewise() -> None:
    moving, refusing = world_of(moves=True), world_of()
    for world in (moving, refusing):
        (accepted,) = only(world.taker.buys(1, at=90), ev.OrderAccepted)
        found = world.run(
            cmd.ModifyOrder(world.taker.no, world.market, Quantity(ONE), Price(units(110)), accepted.order)
        )
        if world is moving:
            assert [show(event.price) for event in only(found, ev.OrderModified)] == [101]
        else:
            assert [event.reason for event in only(found, ev.CommandRefused)] == [R.PRICE_ABOVE_BAND]


def test_a_moved_order_is_asked_for_what_it_costs_at_the_limit() -> None:
    """10x: 1 at 101 takes 10.1 and one at birth; 11.2 are there, which 110 would not be backed by."""
    world = world_of(moves=True)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(1_000_000) - units("11.2"))))

    assert not why(world.taker.buys(1, at=110))


def test_a_sleeping_order_is_judged_when_it_wakes() -> None:
    world = world_of(moves=True)
    more = Terms(trigger=Trigger(Price(units(103)), TriggerPrice.MARK, rising=True))
    (accepted,) = only(world.taker.order(BUY, 1, 120, more=more), ev.OrderAccepted)
    assert show(accepted.price) == 120

    (woken,) = only(world.mark(103), ev.OrderTriggered)

    assert show(woken.price) == bounds(world)[1] == 104.03


def test_what_protects_a_position_is_exempt() -> None:
    world = world_of()
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)
    limit = Trigger(Price(units(98)), TriggerPrice.MARK, rising=False, limit=Price(units(95)))
    world.run(cmd.ProtectPosition(world.taker.no, world.market, stop_loss=limit, qty=Quantity(ONE)))

    events = world.mark(98)

    assert bounds(world)[0] > 95
    assert [show(event.price) for event in only(events, ev.OrderTriggered)] == [95]
    assert not why(events)


# Market orders


@pytest.mark.parametrize("market", [PERP, SPOT])
def test_a_market_order_takes_up_to_the_limit_and_ends_there(market: str) -> None:
    world = world_of(market)
    world.maker.sells(1, at=101)
    world.run(cmd.SetIndex("BTC-USDT", Price(102 * ONE)))
    world.maker.sells(1, at=103)
    world.run(cmd.SetIndex("BTC-USDT", Price(100 * ONE)))

    events = world.taker.buys(2)

    assert world.trades == [(1, 101)]
    assert why(events) == [EndReason.MARKET_BOUND]


def test_one_that_finds_nothing_so_near_is_taken_in_and_ends_unfilled() -> None:
    world = world_of()
    world.run(cmd.SetIndex("BTC-USDT", Price(102 * ONE)))
    world.maker.sells(1, at=103)
    world.run(cmd.SetIndex("BTC-USDT", Price(100 * ONE)))

    events = world.taker.buys(2)

    assert only(events, ev.OrderAccepted)
    assert why(events) == [EndReason.MARKET_BOUND]
    assert not world.trades


@pytest.mark.parametrize("market", [PERP, SPOT])
def test_a_market_order_goes_no_further_than_its_owner_said(market: str) -> None:
    """Slippage as a price; the limit of the market counts where it is nearer."""
    world = world_of(market)
    for price in (100, "100.5", 101):
        world.maker.sells(1, at=price)

    near = world.taker.buys(3, more=Terms(worst=Price(units("100.5"))))
    far = world.taker.buys(3, more=Terms(worst=Price(units(200))))

    assert world.trades == [(1, 100), (1, 100.5), (1, 101)]
    assert why(near) == [EndReason.MARKET_BOUND]
    assert why(far) == [EndReason.MARKET_UNFILLED]


def test_a_bound_of_ones_own_holds_where_rules_have_none() -> None:
    world = World(SPOT)
    for price in (100, 101):
        world.maker.sells(1, at=price)

    world.taker.buys(2, more=Terms(worst=Price(units(100))))

    assert world.trades == [(1, 100)]


# Why an order ended: what a venue's reject reasons follow from


def test_every_way_an_order_can_end_at_once_has_a_reason_of_its_own() -> None:
    """Post-only that would take, fill-or-kill, immediate-or-cancel in part and not at all, a market order alone."""
    world = world_of()
    world.maker.sells(1, at=100)
    post_only = world.taker.buys(1, at=100, tif=TimeInForce.POST_ONLY)
    fok = world.taker.buys(2, at=100, tif=TimeInForce.FOK)
    partly = world.taker.buys(2, at=100, tif=TimeInForce.IOC)
    unfilled = world.taker.buys(2, at=100, tif=TimeInForce.IOC)
    empty = world.taker.buys(2)

    found = [only(events, ev.OrderExpired)[0] for events in (post_only, fok, partly, unfilled, empty)]
    assert [(event.reason.name, show(event.left)) for event in found] == [
        ("POST_ONLY_WOULD_TAKE", 1), ("FOK_UNFILLED", 2), ("IOC_REMAINDER", 1), ("IOC_REMAINDER", 2),
        ("MARKET_UNFILLED", 2),
    ]  # fmt: skip
