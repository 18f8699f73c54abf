"""Where each of a venue's limits begins and ends, and which orders it does not bind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Filters, MarketRules
from simexchange.core.vocabulary.orders import AccountClass, Side, Terms, Trigger
from simexchange.core.vocabulary.rejections import RejectReason as R
from simexchange.core.vocabulary.units import SECOND, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, Person, World, only, units

if TYPE_CHECKING:
    from tests.core.world import Events


def reason(events: Events) -> R | None:
    """Why the order was refused; None where it was not."""
    found = only(events, ev.OrderRejected)
    return found[0].reason if found else None


def traded(filters: Filters) -> World:
    """The last price is 100, and 100 are offered at 100."""
    world = World()
    world.maker.sells(101, at=100)
    world.third.buys(1, at=100)
    rules = world.state.rules["binance", world.market]
    world.run(cmd.SetRules("binance", world.market, MarketRules(filters, rules.maker, rules.taker)))
    return world


def test_a_bound_of_nought_binds_nobody() -> None:
    """One tick and one step, or a great deal: only the market's own grid is asked."""
    world = traded(Filters())

    for qty, price in (("0.001", "0.01"), ("900", "0.01"), ("0.001", "900000")):
        assert reason(world.taker.buys(qty, at=price)) is None
    assert reason(world.taker.buys("0.001", at="0.015")) is R.PRICE_OFF_TICK
    assert reason(world.taker.buys("0.0015", at=1)) is R.QTY_OFF_STEP


@pytest.mark.parametrize(
    ("price", "reason_of_it"),
    [
        ("10", None),
        ("9.9", R.PRICE_BELOW_MIN),
        ("200", None),
        ("200.1", R.PRICE_ABOVE_MAX),
        ("10.05", R.PRICE_OFF_TICK),
    ],
)
def test_the_bounds_of_a_price_may_be_had(price: str, reason_of_it: R | None) -> None:
    """10 to 200 in steps of 0.1, coarser than the market's own."""
    limits = Filters(price_min=Price(units(10)), price_max=Price(units(200)), tick=Price(units("0.1")))

    assert reason(traded(limits).taker.buys(1, at=price)) is reason_of_it


@pytest.mark.parametrize(
    ("price", "reason_of_it"),
    [("9.9", R.PRICE_BELOW_MIN), ("200.1", R.PRICE_ABOVE_MAX), ("150.05", R.PRICE_OFF_TICK), ("150", None)],
)
def test_the_price_of_a_trigger_has_the_bounds_of_a_price(price: str, reason_of_it: R | None) -> None:
    limits = Filters(price_min=Price(units(10)), price_max=Price(units(200)), tick=Price(units("0.1")))
    trigger = Trigger(Price(units(price)), rising=units(price) > units(100))

    assert reason(traded(limits).taker.sells(1, at=50, more=Terms(trigger=trigger))) is reason_of_it


@pytest.mark.parametrize(
    ("qty", "reason_of_it"),
    [
        ("0.009", R.QTY_BELOW_MIN),
        ("0.010", R.MARKET_QTY_BELOW_MIN),
        ("0.020", None),
        ("0.025", R.QTY_OFF_STEP),
        ("0.030", R.MARKET_QTY_OFF_STEP),
        ("50.020", R.MARKET_QTY_ABOVE_MAX),
        ("60.010", R.QTY_ABOVE_MAX),
    ],
)
def test_a_market_order_fits_both_lot_sizes(qty: str, reason_of_it: R | None) -> None:
    """0.01 to 60 in steps of 0.01 for every order, and 0.02 to 50 in steps of 0.02 for those at market."""
    limits = Filters(
        qty_min=Quantity(units("0.01")), qty_max=Quantity(units(60)), step=Quantity(units("0.01")),
        market_qty_min=Quantity(units("0.02")), market_qty_max=Quantity(units(50)), market_step=Quantity(units("0.02")),
    )  # fmt: skip

    assert reason(traded(limits).taker.buys(qty)) is reason_of_it


@pytest.mark.parametrize(("applies", "found"), [(True, R.NOTIONAL_BELOW_MIN), (False, None)])
def test_the_least_worth_binds_market_orders_only_where_it_says_so(applies: bool, found: R | None) -> None:
    """0.04 at the last price of 100 are 4 of at least 5; a limit order of as much is refused either way."""
    world = traded(Filters(notional_min=Amount(units(5)), notional_min_applies_to_market=applies))

    assert reason(world.taker.buys("0.04")) is found
    assert reason(world.taker.buys("0.05")) is None
    assert reason(world.taker.buys("0.04", at=100)) is R.NOTIONAL_BELOW_MIN


@pytest.mark.parametrize(("applies", "found"), [(True, R.NOTIONAL_ABOVE_MAX), (False, None)])
def test_the_greatest_worth_binds_market_orders_only_where_it_says_so(applies: bool, found: R | None) -> None:
    """10.001 at 100 are more than 1,000."""
    world = traded(Filters(notional_max=Amount(units(1000)), notional_max_applies_to_market=applies))

    assert reason(world.taker.buys("10.001")) is found
    assert reason(world.taker.buys("10")) is None
    assert reason(world.taker.buys("10.001", at=100)) is R.NOTIONAL_ABOVE_MAX


def test_the_band_of_a_derivative_is_around_its_mark_whatever_the_average() -> None:
    """Trades were at 100 and the mark is 200: twice the mark may be bid, though it is four times the average."""
    world = World(market=PERP, filters=Filters(bid_up=Rate(units(2)), average_span=Nanos(300 * SECOND)))
    world.maker.sells(1, at=100)
    world.taker.buys(1, at=100)
    world.mark(200)

    assert reason(world.third.buys(1, at=401)) is R.PRICE_ABOVE_BAND
    assert reason(world.third.buys(1, at=400)) is None


def test_the_greatest_holding_binds_buys_alone() -> None:
    """1,000 are owned and 1,002 allowed: a sell passes, and so does a buy up to the last unit, its own size counted."""
    world = traded(Filters(max_position=Quantity(units(1002))))

    assert reason(world.taker.sells(1, at=200)) is None
    assert reason(world.taker.buys("2.001", at=10)) is R.POSITION_ABOVE_MAX
    assert reason(world.taker.buys(2, at=10)) is None


def test_the_greatest_holding_does_not_bind_the_makers_of_a_market() -> None:
    """An agent stands for many people's offers: else a limit meant for a person would leave the book without bids."""
    world = traded(Filters(max_position=Quantity(units(1002))))
    world.run(cmd.OpenAccount("maker of markets", "binance", AccountClass.AGENT))
    agent = Person(world, "maker of markets")
    world.run(cmd.Deposit(agent.no, "spot", "USDT", Amount(units(100_000))))

    assert reason(agent.buys(1003, at=10)) is None


def test_an_order_that_cannot_be_paid_to_its_end_is_refused_whole() -> None:
    """The book asks 100 and 110 for 2; 209 would pay for the first and most of the second."""
    world = World(cash=209)
    world.maker.sells(1, at=100)
    world.maker.sells(1, at=110)

    assert reason(world.taker.buys(2)) is R.BALANCE_INSUFFICIENT
    assert world.trades == []
    assert world.taker.has("USDT") == (209, 0)


def test_orders_that_only_reduce_have_no_least_worth() -> None:
    """0.01 at 100 are 1 of at least 5: refused alone, taken to reduce, and a close-all order closes as little."""
    world = World(PERP)
    world.index(100)
    world.maker.sells("0.02", at=100)
    world.taker.buys("0.02")
    rules = world.state.rules["binance", world.market]
    limits = Filters(notional_min=Amount(units(5)))
    world.run(cmd.SetRules("binance", world.market, MarketRules(limits, Rate(0), Rate(0), rules.tiers)))

    assert reason(world.taker.sells("0.01", at=110)) is R.NOTIONAL_BELOW_MIN
    assert reason(world.taker.reduces(Side.SELL, "0.01", at=110)) is None
    stop = Terms(trigger=Trigger(Price(units(95)), rising=False), close_all=True)
    assert reason(world.taker.sells(0, more=stop)) is None
    world.maker.buys(1, at=94)
    world.third.sells("0.1", at=94)
    assert world.taker.position is None
