"""Halts, and closing a market for good: what stays, what is canceled, and who gets what."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core import canonical
from simexchange.core.invariants import check
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Market, MarketKind, MarketRules, MarketStatus
from simexchange.core.vocabulary.orders import (
    EndReason,
    ListKind,
    OrderKind,
    Side,
    Terms,
    TimeInForce,
    TradeKind,
    Trigger,
    TriggerPrice,
)
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Nanos, Price, Quantity
from tests.core.listed import leg, places
from tests.core.world import PERP, SPOT, Person, World, only, show, units

CLOSED = [MarketStatus.HALT, MarketStatus.BREAK, MarketStatus.CANCEL_ONLY, MarketStatus.SETTLING]


def becomes(world: World, status: MarketStatus) -> list[Any]:
    return world.run(cmd.SetMarketStatus(world.market, status))


@pytest.mark.parametrize("status", CLOSED)
def test_orders_rest_through_a_halt_and_trade_again_without_an_auction(status: MarketStatus) -> None:
    """Nothing is matched while it lasts; a cancel is served all the same."""
    world = World()
    first = world.maker.sells(1, at=100)[0].order
    world.maker.sells(1, at=101)
    becomes(world, status)

    refused = world.taker.buys(1, at=101)
    world.maker.cancels(first)
    becomes(world, MarketStatus.TRADING)
    world.taker.buys(1, at=101)

    assert only(refused, ev.OrderRejected)
    assert world.trades == [(1, 101)]


def test_an_order_good_till_a_moment_in_a_halt_ends_in_the_halt() -> None:
    """Time goes on."""
    world = World()
    world.maker.order(Side.SELL, 1, 100, tif=TimeInForce.GTD, more=Terms(good_till=Nanos(world.at + 5 * SECOND)))
    becomes(world, MarketStatus.HALT)

    ended = only(world.passes(6 * SECOND), ev.OrderExpired)

    assert [event.reason for event in ended] == [EndReason.GOOD_TILL]


def test_a_trigger_that_is_met_in_a_halt_fires_when_the_market_trades_again() -> None:
    """The mark comes to 90 while nothing trades: the stop waits, then sells."""
    world = World(PERP)
    world.index(100)
    world.maker.sells(2, at=100)
    world.taker.buys(2)
    world.maker.buys(2, at=88)
    watches = Trigger(Price(units(92)), watches=TriggerPrice.MARK, rising=False)
    world.taker.order(Side.SELL, 2, more=Terms(trigger=watches, reduce_only=True))
    becomes(world, MarketStatus.HALT)
    world.mark(90)
    during = list(world.trades)

    becomes(world, MarketStatus.TRADING)

    assert during == [(2, 100)]
    assert world.trades == [(2, 100), (2, 88)]


def test_a_market_may_be_listed_at_any_time() -> None:
    """It trades at once; its rules come with it."""
    world = World()
    world.passes(3600 * SECOND)
    world.run(cmd.ListMarket(Market("spot:NEW-USDT", MarketKind.SPOT, "NEW", "USDT", "USDT", Price(1), Quantity(1))))
    world.market = world.state.market_no["spot:NEW-USDT"]
    world.run(cmd.SetRules("binance", world.market, world.state.rules["binance", MarketNo(1)]))
    world.run(cmd.Deposit(world.maker.no, "spot", "NEW", Amount(ONE)))
    world.maker.sells(1, at=5)

    world.taker.buys(1)

    assert world.trades == [(1, 5)]


def test_delisting_a_spot_market_cancels_its_orders_and_gives_back_what_they_held() -> None:
    """Resting and sleeping ones; other markets keep theirs, and what people own stays theirs."""
    world = World()
    elsewhere = world.state.market_no[PERP]
    there = cmd.PlaceOrder(
        world.taker.no, elsewhere, Side.BUY, OrderKind.LIMIT, Quantity(ONE), Price(ONE), TimeInForce.GTC
    )
    world.run(there)
    world.taker.buys(1, at=100)
    world.maker.sells(2, at=101)
    world.maker.order(Side.SELL, 1, 80, more=Terms(trigger=Trigger(Price(units(90)), rising=False)))

    events = becomes(world, MarketStatus.DELISTED)

    assert [event.reason for event in only(events, ev.OrderCanceled)] == [EndReason.DELISTED] * 3
    assert world.taker.has("USDT") == (1_000_000, 0)
    assert world.maker.has("BTC") == (1_000, 0)
    assert len(world.state.accounts[world.taker.no].orders) == 1
    assert world.state.pending() is None


def test_delisting_a_perpetual_closes_every_position_at_the_mark() -> None:
    """3 long from 100 against 2 and 1 short, the mark at 110: +30, −20, −10, no fee, and nothing is left to clear."""
    world = World(PERP, taker_fee="0.01")
    world.index(100)
    world.taker.buys(3, at=100)
    with_fees = world.taker.cash
    world.maker.sells(2, at=100)
    world.third.sells(1, at=100)
    paid = {person.name: person.cash for person in world.people}
    world.mark(110)

    events = becomes(world, MarketStatus.DELISTED)

    trades = only(events, ev.TradeExecuted)
    assert {trade.kind for trade in trades} == {TradeKind.DELIVERY}
    assert [show(trade.price) for trade in trades] == [110, 110]
    assert [person.position for person in world.people] == [None, None, None]
    gained = [round(person.cash - paid[person.name], 8) for person in world.people]
    assert gained == [-20, 30, -10]
    assert with_fees == 1_000_000
    assert world.state.purses.amount("clr:pnl:" + PERP, "USDT") == 0
    assert world.state.markets[world.market].last == units(100)


def test_what_a_closing_costs_beyond_a_wallet_the_fund_makes_good() -> None:
    """The short has 12 and loses 20 at the mark of the closing: the fund pays 8."""
    world = World(PERP, capital=100)
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(999_988))))
    world.maker.buys(1, at=100)
    world.taker.sells(1, at=100)
    world.run(cmd.SetIndex("BTC-USDT", Price(units(100)), frozen=True))
    world.mark(120)

    events = becomes(world, MarketStatus.DELISTED)

    assert [show(event.amount) for event in only(events, ev.InsurancePaid)] == [8]
    assert (world.taker.cash, world.maker.cash) == (0, 1_000_020)


def test_a_closed_perpetual_has_no_funding_any_more() -> None:
    """Nothing falls due."""
    world = World(PERP)
    world.index(100)
    becomes(world, MarketStatus.DELISTED)

    assert only(world.passes(24 * 3600 * SECOND), ev.FundingRateSet) == []


def test_a_closing_goes_in_steps_of_five_hundred_and_may_be_taken_up_after_any_of_them() -> None:
    """601 orders and 400 positions: two records of cancels, one of settlements."""
    world = World(PERP, people=("maker", "taker"))
    world.index(100)
    for number in range(200):
        person = Person(world, joined(world, f"p{number}"))
        person.buys(1, at=100)
        world.maker.sells(1, at=100)
        person.buys("0.001", at=50)
        person.buys("0.001", at=51)
        person.buys("0.001", at=52)
    world.maker.sells(1, at=200)
    steps = [list(world.engine.execute(cmd.SetMarketStatus(world.market, MarketStatus.DELISTED), world.at))]

    while (following := world.state.pending()) is not None:
        assert canonical.load(canonical.dump(world.state)).pending() == following
        steps.append(list(world.engine.execute(following, world.at)))
        check(world.state)

    assert [len(step) for step in steps] == [1, 500, 101, 200]
    assert not world.state.markets[world.market].holders


def joined(world: World, name: str) -> str:
    world.joins(name, 1_000)
    return name


def test_a_rule_of_a_spot_market_stays_readable_after_it_closed() -> None:
    """Views ask for it."""
    world = World(SPOT)
    becomes(world, MarketStatus.DELISTED)

    assert isinstance(world.state.rules["binance", world.market], MarketRules)


def test_lists_end_with_the_market_their_orders_stood_in() -> None:
    """A buy that works and a sell that waits: one is canceled, the other ends with it, and the list with both."""
    world = World()
    places(world.taker, ListKind.OTO, leg(Side.BUY, 1, 100), leg(Side.SELL, 1, 110))

    events = becomes(world, MarketStatus.DELISTED)

    assert {type(event).__name__ for event in events} >= {"OrderCanceled", "ListEnded"}
    assert not world.state.accounts[world.taker.no].orders
    assert world.taker.has("USDT") == (1_000_000, 0)
    assert world.state.pending() is None
