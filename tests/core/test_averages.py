"""Prices over a while: the average that filters are measured against, and the price range around a reference price."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core import averages, canonical
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.markets import Filters, MarketRules
from simexchange.core.vocabulary.orders import EndReason, OrderKind, Side, Terms, TimeInForce
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import MINUTE, ONE, SECOND, Amount, Nanos, Price, Rate
from tests.core.world import T0, World, only, show, units

GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
FIVE = Nanos(5 * MINUTE)


def rate(text: str) -> Rate:
    return Rate(units(text))


def traded(world: World, qty: str, at: str) -> None:
    world.maker.sells(qty, at=at)
    world.third.buys(qty, at=at)


def average(world: World) -> Any:
    found = world.state.markets[world.market].averages
    assert found is not None
    return show(found.average(world.at, FIVE))


def reason(events: list[Any]) -> RejectReason:
    found = only(events, ev.OrderRejected)[0].reason
    assert isinstance(found, RejectReason)
    return found


def test_the_average_price_is_weighted_by_quantity_and_forgets_what_is_too_old() -> None:
    """1 at 100 and 3 at 120 are 115; five minutes on only what came later counts, and then nothing."""
    world = World(filters=Filters(average_span=FIVE))
    traded(world, "1", "100")
    world.passes(MINUTE)
    traded(world, "3", "120")
    both = average(world)
    world.passes(4 * MINUTE)
    later = average(world)
    world.passes(MINUTE)

    assert (both, later, average(world)) == (115, 120, 0)


def test_a_band_is_around_the_average_and_not_the_last_trade() -> None:
    """9 at 100 and 1 at 200 are 110: a buy may go to 132, not to 240; when they are too old, the last trade counts."""
    world = World(filters=Filters(average_span=FIVE))
    traded(world, "9", "100")
    traded(world, "1", "200")
    rules = MarketRules(Filters(average_span=FIVE, bid_up=rate("1.2")), Rate(0), Rate(0))
    world.run(cmd.SetRules("binance", world.market, rules))

    assert only(world.taker.buys("0.1", at=132), ev.OrderAccepted)
    assert reason(world.taker.buys("0.1", at="132.01")) is RejectReason.PRICE_ABOVE_BAND
    world.passes(6 * MINUTE)
    assert only(world.taker.buys("0.1", at=240), ev.OrderAccepted)


def test_the_worth_of_a_market_order_is_reckoned_at_the_average() -> None:
    """0.09 at an average of 110 is 9.90 of at least 10, although the last trade was at 200."""
    world = World(filters=Filters(average_span=FIVE, notional_min=Amount(units(10))))
    traded(world, "9", "100")
    traded(world, "1", "200")
    world.maker.sells(1, at=200)

    assert reason(world.taker.buys("0.09")) is RejectReason.NOTIONAL_BELOW_MIN


def test_the_buckets_of_an_average_are_bounded_in_number() -> None:
    """A trade a second for twenty minutes leaves sixty buckets and a bit; load gives back what was dumped."""
    world = World(filters=Filters(average_span=FIVE, reference_buckets=4, reference_bucket=Nanos(MINUTE)))
    for _ in range(1_200):
        traded(world, "0.001", "100")
        world.at = Nanos(world.at + SECOND)
    found = world.state.markets[world.market].averages
    assert found is not None

    assert len(found.buckets) <= averages.PARTS + 1
    assert len(found.steps) <= 5
    assert canonical.dump(canonical.load(canonical.dump(world.state))) == canonical.dump(world.state)


def test_the_reference_price_counts_each_trade_once_and_prorates_the_oldest_bucket() -> None:
    """Buckets of 10 s, a window of 20 s. Two trades at 100 in the first, one at 130 in the second: 330 / 3. At 25 s
    half of the first is out: (100 + 130) / 2. At 35 s only half of the second is left: 130.
    """
    world = World(filters=Filters(reference_buckets=2, reference_bucket=Nanos(10 * SECOND)))
    traded(world, "5", "100")
    traded(world, "1", "100")
    world.passes(10 * SECOND)
    traded(world, "1", "130")
    kept = world.state.markets[world.market].averages
    assert kept is not None
    found = [show(kept.reference(T0 + after * SECOND)) for after in (10, 25, 35, 45)]

    assert found == [110, 115, 130, 0]


RANGE = Filters(range_bid_up=rate("2"), range_bid_down=rate("0.5"), range_ask_up=rate("2"), range_ask_down=rate("0.5"))


def ranged(price: str = "10") -> World:
    """A reference price of 10, so trades from 5 to 20."""
    world = World(filters=RANGE)
    world.run(cmd.SetReferencePrice(world.market, Price(units(price))))
    return world


def ended(events: list[Any]) -> tuple[Any, EndReason]:
    found = only(events, ev.OrderExpired)[0]
    return show(found.left), found.reason


@pytest.mark.parametrize("limit", ["21", None])
def test_a_buy_trades_up_to_the_range_and_its_rest_expires(limit: str | None) -> None:
    """1 at 20 is inside; 1 at 20.01 would be outside."""
    world = ranged()
    world.maker.sells(1, at=20)
    world.maker.sells(1, at="20.01")

    events = world.taker.buys(2, at=limit)

    assert world.trades == [(1, 20)]
    assert ended(events) == (1, EndReason.PRICE_RANGE)


def test_a_sell_trades_down_to_the_range_and_its_rest_expires() -> None:
    """1 at 5 is inside; 1 at 4.99 would be outside."""
    world = ranged()
    world.maker.buys(1, at=5)
    world.maker.buys(1, at="4.99")

    events = world.taker.sells(2)

    assert world.trades == [(1, 5)]
    assert ended(events) == (1, EndReason.PRICE_RANGE)


def test_a_match_on_the_side_that_is_too_good_ends_the_order_at_once() -> None:
    """A buy meets 4.99, a sell 20.01."""
    world = ranged()
    world.maker.sells(1, at="4.99")
    cheap = world.taker.buys(2, at=6)
    world.run(cmd.CancelAll(world.maker.no))
    world.maker.buys(1, at="20.01")
    dear = world.taker.sells(2, at=6)

    assert world.trades == []
    assert ended(cheap) == ended(dear) == (2, EndReason.PRICE_RANGE)


def test_an_order_that_meets_nothing_outside_rests_wherever_it_likes() -> None:
    """The range is for trades."""
    world = ranged()
    world.maker.sells(1, at=30)

    assert only(world.taker.buys(1, at=25), ev.OrderRested)


def test_a_fill_or_kill_does_not_go_outside_the_range() -> None:
    """2 are there, 1 of them outside: nothing is filled."""
    world = ranged()
    world.maker.sells(1, at=20)
    world.maker.sells(1, at=21)

    events = world.taker.buys(2, at=21, tif=FOK)

    assert world.trades == []
    assert only(events, ev.OrderExpired)[0].reason is EndReason.FOK_UNFILLED


def test_without_a_reference_price_no_range_is_enforced() -> None:
    """Neither before one is set nor after it is taken back."""
    world = World(filters=RANGE)
    world.maker.sells(1, at=100)
    world.run(cmd.SetReferencePrice(world.market, Price(units(10))))
    world.run(cmd.SetReferencePrice(world.market, Price(0)))

    world.taker.buys(1)

    assert world.trades == [(1, 100)]


def test_the_range_follows_the_trades_where_the_engine_makes_the_reference_price() -> None:
    """Trades at 10, then 20 in the same window: 15, so up to 30."""
    filters = Filters(range_bid_up=rate("2"), reference_buckets=3, reference_bucket=Nanos(10 * SECOND))
    world = World(filters=filters)
    traded(world, "1", "10")
    traded(world, "1", "20")
    world.maker.sells(1, at=30)
    world.maker.sells(1, at=31)

    events = world.taker.order(Side.BUY, 2)

    assert world.trades[2:] == [(1, 30)]
    assert ended(events) == (1, EndReason.PRICE_RANGE)


def test_the_reference_price_comes_before_the_average_in_a_band() -> None:
    """12 × 1.2 is the most, whatever was traded."""
    world = World(filters=Filters(average_span=FIVE, bid_up=rate("1.2")))
    traded(world, "1", "100")
    world.run(cmd.SetReferencePrice(world.market, Price(units(12))))

    assert only(world.taker.buys(1, at="14.4"), ev.OrderRested)
    assert reason(world.taker.buys(1, at="14.41")) is RejectReason.PRICE_ABOVE_BAND


def test_an_order_by_value_fits_both_steps() -> None:
    """Steps of 0.002 and 0.003: 1.007 BTC worth of quote buys 1.002, the greatest multiple of 0.006."""
    world = World(filters=Filters(step=units("0.002"), market_step=units("0.003")))
    world.run(cmd.SetFees(world.maker.no, world.market, Rate(0), Rate(0)))
    world.third.sells("2", at=100)

    events = world.run(
        cmd.PlaceOrder(
            world.taker.no, world.market, Side.BUY, OrderKind.MARKET, units(0), Price(0), GTC, "",
            Terms(quote_qty=Amount(units("100.7"))),
        )
    )  # fmt: skip

    assert show(only(events, ev.OrderAccepted)[0].qty) == 1.002


def test_after_a_span_without_trades_there_is_no_average() -> None:
    """Sixty buckets, the last of them older than the span: nothing, and nothing is walked."""
    kept = averages.Averages(span=MINUTE)
    for second in range(60):
        kept.trade(100 * ONE, ONE, second * SECOND)

    assert kept.average(119 * SECOND - 1, MINUTE) == 100 * ONE
    assert kept.average(119 * SECOND, MINUTE) == 0
