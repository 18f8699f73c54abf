"""Index, mark, premium and funding."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core import marks
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.orders import Side, Terms, TradeKind, Trigger, TriggerPrice
from simexchange.core.vocabulary.units import HOUR, MINUTE, SECOND, Amount, Nanos, Price
from tests.core.world import PERP, SPOT, World, kinds, only, show, units


def test_without_a_feed_the_index_follows_the_spot_mid() -> None:
    """One second after the book appeared, and then only while something moves."""
    world = World("spot:BTC-USDT")
    world.maker.buys(1, at=99)
    world.maker.sells(1, at=101)

    first = world.passes(2 * SECOND)
    later = world.passes(10 * MINUTE)
    silent = world.passes(10 * MINUTE)

    assert show(world.state.indexes["BTC-USDT"].price) == 100
    assert "IndexSet" in kinds(first)
    assert 20 <= len(only(later, ev.MarkSet)) <= 30
    assert silent == []


def test_without_a_spot_market_the_index_is_the_last_trade() -> None:
    """And the mark is the same price."""
    world = World(PERP)
    world.maker.sells(1, at=100)
    world.taker.buys(1)

    world.passes(SECOND)

    market = world.state.markets[world.market]
    assert (show(market.mark), show(market.index_price)) == (100, 100)


def test_the_mark_is_the_median_of_three_prices() -> None:
    """Index 100; book mid 103 gives a basis of 3; last 110: the median is 103."""
    world = World(PERP)
    world.maker.sells(1, at=110)
    world.taker.buys(1)
    world.maker.buys(1, at=102)
    world.maker.sells(1, at=104)

    event = only(world.index(100), ev.MarkSet)[0]

    assert (show(event.index), show(event.basis), show(event.mark)) == (100, 3, 103)


def test_the_basis_is_averaged_over_thirty_seconds() -> None:
    """Mid 101 for one second and 103 for two more: (1 + 3 + 3) ÷ 3 = 2.33333333."""
    world = World(PERP)
    world.maker.buys(1, at=100)
    order = world.maker.sells(1, at=102)[0].order
    world.index(100)
    world.maker.cancels(order)
    world.maker.sells(1, at=106)
    world.at += SECOND
    world.index(100)
    world.at += SECOND

    event = only(world.index(100), ev.MarkSet)[0]

    assert event.mark == units(102) + units("0.33333333")


def test_a_trade_never_moves_the_mark() -> None:
    """Only the index, the operator or the one-second grid do."""
    world = World(PERP)
    world.index(100)
    world.maker.sells(1, at=140)

    events = world.taker.buys(1)

    assert kinds(events) == ["OrderAccepted", "TradeExecuted"]


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        ("0", "0.0001"),
        ("0.0005", "0.0001"),
        ("-0.0004", "0.0001"),
        ("0.0006", "0.0001"),
        ("0.001", "0.0005"),
        ("-0.001", "-0.0005"),
        ("0.5", "0.02"),
    ],
)
def test_the_funding_rate_is_the_premium_pulled_to_interest(premium: str, rate: str) -> None:
    """Within 0.05 % of interest the rate is interest; outside the premium less 0.05 %; then cap and floor."""
    world = World(PERP)

    found = marks.funding_rate(units(premium), world.state.markets[world.market].spec, world.at, 8 * HOUR)

    assert found == units(rate)


def test_late_premium_samples_weigh_more() -> None:
    """Premium 0 for the first half of eight hours and 0.4 % for the second: 3/4 of the weight is in the second."""
    world = World(PERP)
    market: Any = world.state.markets[world.market]
    world.at = market.funding.next_at - 8 * HOUR
    world.maker.buys(10, at=100)
    world.maker.sells(10, at=100.5)
    world.index(100.25)
    world.at += 4 * HOUR
    world.index("99.60159363")  # the bid of 100 is 0.4 % above

    event = only(world.passes(4 * HOUR), ev.FundingRateSet)[0]

    assert event.premium == pytest.approx(units("0.003"), rel=1e-3)
    assert event.rate == event.premium - units("0.0005")


def test_funding_is_paid_from_longs_to_shorts_at_the_instant() -> None:
    """0.01 % of 2 × 100: the long pays 0.02 and the short gets it."""
    world = World(PERP)
    world.index(100)
    world.maker.sells(2, at=100)
    world.taker.buys(2)

    events = world.passes(8 * HOUR)

    paid = only(events, ev.FundingPaid)
    assert [(event.account, show(event.amount)) for event in paid] == [
        (world.maker.no, 0.02),
        (world.taker.no, -0.02),
    ]
    assert world.at > only(events, ev.FundingRateSet)[0].next_at - 8 * HOUR
    assert world.taker.cash == 999_999.98


def test_what_a_mark_wakes_at_the_instant_of_funding_trades_after_it() -> None:
    """The mark falls to 90 at that very instant and wakes a stop that closes 6 of 10: all 10 pay, and receive.

    Whoever bought them would not be in the round, and dust would pay for him.
    """
    world = World(PERP)
    perp, spot = world.market, world.state.market_no[SPOT]
    market: Any = world.state.markets[perp]
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.third.buys(6, at=98)
    world.market = spot
    world.third.buys(1, at=100)
    world.maker.sells(1, at=100)
    world.market = perp
    world.passes(2 * SECOND)
    sleeping = Terms(trigger=Trigger(Price(units(99)), TriggerPrice.MARK, rising=False))
    world.taker.order(Side.SELL, 6, more=sleeping)
    world.passes(market.funding.next_at - world.at - 1)
    world.market = spot
    world.third.sells(1, at=90)
    world.maker.buys(1, at=90)
    world.market = perp

    events = world.passes(SECOND)

    assert only(events, ev.TradeExecuted)[-1].qty == units(6)
    assert [(e.account, show(e.qty)) for e in only(events, ev.FundingPaid)] == [
        (world.maker.no, -10),
        (world.taker.no, 10),
    ]
    assert abs(world.state.purses.amount("dust", "USDT")) <= 2


def test_the_fund_sells_before_funding_at_the_same_instant() -> None:
    """It took 10 over half a second before, and sells them at that instant: who bought them pays, not the fund."""
    world = World(PERP)
    market: Any = world.state.markets[world.market]
    world.index(100)
    world.run(cmd.Withdraw(world.taker.no, "usdm", "USDT", Amount(units(1_000_000 - 110))))
    world.maker.sells(10, at=100)
    world.taker.buys(10)
    world.at = Nanos(market.funding.next_at - SECOND // 2)
    world.mark(89)
    world.third.buys(10, at="88.99")

    events = world.passes(SECOND)

    assert [e.kind for e in only(events, ev.TradeExecuted)] == [TradeKind.FUND]
    assert [(e.account, show(e.qty)) for e in only(events, ev.FundingPaid)] == [
        (world.maker.no, -10),
        (world.third.no, 10),
    ]


def test_what_rounding_leaves_of_funding_goes_to_dust() -> None:
    """Three shorts of 0.001 at a mark of 33.33 receive 33 units each of 99.99…; the long pays 100 and 1 is dust."""
    world = World(PERP, people=("long", "a", "b", "c"))
    world.index("33.33")
    for person in world.people[1:]:
        person.sells("0.001", at="33.33")
    world.people[0].buys("0.003")

    world.passes(8 * HOUR)

    assert 0 <= world.state.purses.amount("dust", "USDT") <= 4
    assert world.state.purses.amount("clr:funding:perp:BTC-USDT", "USDT") == 0


def test_a_round_of_more_than_five_hundred_payments_takes_several_steps() -> None:
    """No record is unbounded."""
    world = World(PERP, people=("long",))
    world.index(100)
    for number in range(501):
        world.joins(f"short{number}", 100).sells("0.001", at=100)
    world.people[0].buys("0.501")
    steps: list[int] = []
    run = world.engine.execute

    def counted(command: Any, at: Any) -> Any:
        events = run(command, at)
        steps.append(len(only(events, ev.FundingPaid)))
        return events

    world.engine.execute = counted
    world.passes(8 * HOUR)

    assert [count for count in steps if count] == [500, 2]
