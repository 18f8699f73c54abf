"""Mark and funding by the rules of their date: Binance before and after 2025-09-18, Bybit's own shapes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from simexchange.core import marks
from simexchange.core.funding import payment
from simexchange.core.market import Funding, MarketState, settlement_average
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import FundingRounding, MarketKind, MarkFormula, PriceRules
from simexchange.core.vocabulary.priceevents import FundingTermsBegan, FundingTermsSet
from simexchange.core.vocabulary.units import FINE, HOUR, MINUTE, SECOND, Nanos, Price, Rate, div_zero
from tests.core.world import PERP, T0, Events, World, kinds, only, show, units


def moment(text: str) -> Nanos:
    """An instant of the calendar."""
    return Nanos(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND)


CHANGE = moment("2025-09-18T08:01")
BINANCE = (
    PriceRules(basis_window=Nanos(60 * SECOND), divided=False),
    PriceRules(since=CHANGE),
)
BYBIT = (PriceRules(basis_window=Nanos(5 * MINUTE), premium_every=Nanos(MINUTE), divided=False),)
BYBIT_DATED = (PriceRules(formula=MarkFormula.AVERAGE_RATIO, basis_window=Nanos(10 * MINUTE)),)


def perpetual(prices: tuple[PriceRules, ...], at: Nanos = T0, **facts: Any) -> World:
    """A perpetual under *prices* whose funding began with the interval that *at* falls into."""
    world = World(PERP)
    world.at = at
    market = market_of(world)
    spec = msgspec.structs.replace(market.spec, id="perp:X", prices=prices, **facts)
    world.run(cmd.ListMarket(spec))
    world.market = world.state.market_no["perp:X"]
    rules = world.state.rules["binance", market.no]
    world.run(cmd.SetRules("binance", world.market, rules))
    return world


def market_of(world: World) -> MarketState:
    """The market of the world."""
    found: MarketState = world.state.markets[world.market]
    return found


def marked(events: Events, world: World) -> Any:
    """The mark of the world's own market among *events*."""
    return [event for event in only(events, ev.MarkSet) if event.market == world.market][-1]


def test_the_rules_of_the_date_count() -> None:
    """The first ones also before they were written down."""
    spec = market_of(perpetual(BINANCE)).spec

    assert spec.prices_at(0) is BINANCE[0]
    assert spec.prices_at(CHANGE - 1) is BINANCE[0]
    assert spec.prices_at(CHANGE) is BINANCE[1]


@pytest.mark.parametrize(("prices", "at", "window"), [
    (BINANCE, CHANGE - HOUR, 60), (BINANCE, CHANGE, 30), (BYBIT, CHANGE, 300),
])  # fmt: skip
def test_the_basis_is_averaged_over_the_venues_window(prices: tuple[PriceRules, ...], at: Nanos, window: int) -> None:
    """A basis of 0 until *at*, 3 from then on: each second adds 3 ÷ window, and after the window it is 3."""
    world = perpetual(prices, Nanos(at - 400 * SECOND))
    world.index(100)
    world.maker.buys(1, at=102)
    world.maker.sells(1, at=104)
    for second in range(window + 5):
        world.at = Nanos(at + second * SECOND)

        found = marked(world.index(100), world)

        samples = min(second + 1, window)
        second_price = units(100) + units(3) * samples // window
        assert found.mark == second_price, second


def test_the_window_shortens_at_the_date_and_not_before() -> None:
    """59 seconds before 08:01 the basis was 6; at 08:01 the last thirty samples count, all of them 3."""
    world = perpetual(BINANCE, Nanos(CHANGE - 60 * SECOND))
    order = world.maker.buys(1, at=105)[0].order
    world.maker.sells(1, at=107)
    world.index(100)
    world.at = Nanos(CHANGE - 59 * SECOND)
    world.maker.cancels(order)
    world.maker.buys(1, at=99)
    world.index(100)

    world.at = Nanos(CHANGE - 1)
    before = marked(world.index(100), world)
    world.at = CHANGE
    after = marked(world.index(100), world)

    assert before.mark == units(100) + (units(6) + 59 * units(3)) // 60
    assert after.mark == units(103)


def test_a_dated_future_is_marked_at_the_index_with_its_basis() -> None:
    """Nobody has traded: index 100 and a book at 103."""
    market = dated(expiry=T0 + HOUR)
    assert marks.mark_price(market, units(100), units(3), T0) == units(103)


def dated(expiry: int, prices: tuple[PriceRules, ...] = ()) -> MarketState:
    """A dated future of its own, as the formulas see it."""
    world = World(PERP)
    spec = msgspec.structs.replace(
        market_of(world).spec, id="dated:X", kind=MarketKind.DATED, funding_interval=Nanos(0), expiry=Nanos(expiry),
        prices=prices,
    )  # fmt: skip
    return MarketState(world.market, spec)


def test_in_the_settlement_window_a_dated_future_is_marked_at_the_running_average() -> None:
    """Half an hour before expiry; the book says nothing any more. 100 for ten seconds and 130 for twenty: 120."""
    expiry = T0 + 30 * MINUTE
    world = World(PERP)
    market = world.state.markets[world.market]
    market.spec = dated(expiry).spec
    world.at = T0 - SECOND
    world.index(100)
    world.maker.buys(1, at=500)
    world.at = Nanos(T0 + 10 * SECOND)
    world.index(130)

    world.at = Nanos(T0 + 29 * SECOND)
    found = marked(world.index(130), world)

    assert show(found.mark) == 120
    world.at = Nanos(expiry)
    average = settlement_average(market, world.state.indexes["BTC-USDT"])
    assert average.sums(world.at) == (10 * units(100) + 1790 * units(130), 1800)


def test_in_the_settlement_window_the_mark_moves_each_second_by_itself() -> None:
    """From the window's start on, once the index has moved: 100 for a minute, then 130, and not a word more."""
    expiry = T0 + HOUR
    world = World(PERP)
    market = world.state.markets[world.market]
    market.spec, market.funding = dated(expiry).spec, None
    start = expiry - 30 * MINUTE
    world.maker.buys(1, at=500)
    world.index(100)

    before = only(world.passes(start - SECOND - world.at), ev.MarkSet)
    at_start = only(world.passes(2 * SECOND), ev.MarkSet)
    quiet = only(world.passes(59 * SECOND - 1), ev.MarkSet)
    world.at = Nanos(start + MINUTE)
    moved = only(world.index(130), ev.MarkSet)
    later = only(world.passes(2 * MINUTE), ev.MarkSet)
    at_end = only(world.passes(2 * HOUR), ev.MarkSet)

    assert (before, [show(e.mark) for e in at_start], quiet) == ([], [100], [])
    assert [e.mark for e in moved + later] == [
        (60 * units(100) + (n + 1) * units(130)) // (61 + n) for n in range(121)
    ]  # fmt: skip
    assert (len(at_end), world.state.next_due()) == (1800 - 60 - 121, None)


def test_a_frozen_index_moves_no_mark_by_itself() -> None:
    """Its source is quiet: the mark stands until it speaks, and is the average of all samples then."""
    expiry = T0 + HOUR
    world = World(PERP)
    market = world.state.markets[world.market]
    market.spec, market.funding = dated(expiry).spec, None
    start = expiry - 30 * MINUTE
    world.index(100)
    world.passes(start + MINUTE - world.at)
    world.run(cmd.SetIndex("BTC-USDT", Price(units(130)), frozen=True))

    quiet = world.passes(2 * MINUTE)
    thawed = only(world.index(130), ev.MarkSet)
    later = only(world.passes(3 * SECOND), ev.MarkSet)

    assert quiet == []
    assert thawed[0].mark == (60 * units(100) + 121 * units(130)) // 181
    assert len(later) == 3


def test_a_long_is_liquidated_by_the_running_average_while_nobody_says_anything() -> None:
    """9 long at 100 with 100 of cash fall at 800 ÷ 8.91 = 89.786…; a minute of the window the index is 100, then 80.

    (6,000 + 80 k) ÷ (60 + k) is below that from k = 63 on: 122 seconds after the window began.
    """
    world = World(cash=100)
    expiry = Nanos(T0 + 2 * HOUR)
    start = expiry - 30 * MINUTE
    spec = msgspec.structs.replace(
        world.state.markets[MarketNo(2)].spec, id="dated:X", kind=MarketKind.DATED, funding_interval=Nanos(0),
        expiry=expiry,
    )  # fmt: skip
    world.run(cmd.ListMarket(spec))
    world.market = world.state.market_no["dated:X"]
    world.run(cmd.SetRules("binance", world.market, world.state.rules["binance", MarketNo(2)]))
    world.index(100)
    world.maker.sells(9, at=100)
    world.taker.buys(9)

    world.passes(start + MINUTE - world.at)
    world.index(80)
    quiet = world.passes(62 * SECOND - 1)
    falls = world.passes(1)

    assert only(quiet, ev.LiquidationStarted) == []
    assert [event.account for event in only(falls, ev.LiquidationStarted)] == [world.taker.no]
    assert world.at == start + 122 * SECOND
    assert market_of(world).mark == (6_000 + 63 * 80) * units(1) // 123


def test_an_index_that_stands_still_settles_where_it_stands() -> None:
    """No word in the window is 1,800 samples all the same."""
    world = World(PERP)
    market = world.state.markets[world.market]
    world.index(77)
    market.spec = dated(T0 + DAY).spec

    average = settlement_average(market, world.state.indexes["BTC-USDT"])

    assert (average.sums(T0 + DAY), average.value(T0 + DAY)) == ((1800 * units(77), 1800), units(77))


DAY = 24 * HOUR


def test_before_the_change_of_2024_an_hour_was_averaged() -> None:
    """The rules in force at the expiry count: 3,600 samples for one before 2024-11-11."""
    change = moment("2024-11-11T00:00")
    prices = (
        PriceRules(formula=MarkFormula.AVERAGE_BASIS, settlement_window=Nanos(HOUR)),
        PriceRules(since=change, formula=MarkFormula.AVERAGE_BASIS),
    )
    index = World(PERP).state.indexes["BTC-USDT"]

    old, new = (settlement_average(dated(at, prices), index) for at in (change - 1, change))

    assert (old.end - old.start, new.end - new.start) == (HOUR, 30 * MINUTE)


def test_bybits_dated_mark_is_the_index_times_an_average_ratio() -> None:
    """Impact mid 102 of an index of 100 is 2 %: an index of 200 makes a mark of 204, not 202."""
    world = World(PERP)
    market = world.state.markets[world.market]
    market.spec = dated(T0 + DAY, BYBIT_DATED).spec
    world.maker.buys(5, at=101)
    world.maker.sells(5, at=103)

    first = marked(world.index(100), world)
    ratio = marks.basis_of(market, units(100), marks.impact_prices(market), world.at)

    assert (show(first.mark), first.basis, ratio) == (102, units("0.02"), units("0.02"))
    assert show(marks.mark_price(market, units(200), units("0.02"), world.at)) == 204


def test_impact_prices_look_into_the_book() -> None:
    """A hundred dollars sold into 0.5 at 100 and 0.625 at 80: 100 ÷ 1.125 = 88.88888888."""
    world = World(PERP)
    world.maker.buys("0.5", at=100)
    world.maker.buys(5, at=80)

    bid, ask = marks.impact_prices(market_of(world))

    assert (bid, ask) == (units("88.88888888"), 0)


def test_inverse_impact_prices_are_harmonic() -> None:
    """100 USD in contracts of 10: five at 100 are 0.5 coin, five at 50 are 1 coin, so ten are 100 ÷ 1.5 = 66.6…"""
    levels: Any = [Depth(units(100), units(5)), Depth(units(50), units(9))]

    assert marks.inverse_impact_price(levels, units(10)) == units("66.66666666")
    assert marks.inverse_impact_price(levels, units(5)) == units(100)
    assert marks.inverse_impact_price(levels[:1], units(10)) == units(100)
    assert marks.inverse_impact_price([], units(10)) == 0


class Depth(msgspec.Struct):
    """One level of a book."""

    price: int
    qty: int


# Funding


@pytest.mark.parametrize(("prices", "at", "rate"), [
    (BINANCE, CHANGE, "0.00025"), (BINANCE, CHANGE - 1, "0.0005"), (BYBIT, CHANGE, "0.0005"),
])  # fmt: skip
def test_a_premium_of_a_tenth_of_a_percent_over_four_hours(prices: tuple[PriceRules, ...], at: int, rate: str) -> None:
    """Binance divides since 2025-09-18, and neither Binance before nor Bybit."""
    spec = market_of(perpetual(prices)).spec

    assert marks.funding_rate(units("0.001"), spec, at, 4 * HOUR) == units(rate)


def test_undivided_interest_goes_by_the_hour() -> None:
    """Within the band the rate is interest: 0.03 % a day ÷ 24 for one hour."""
    spec = market_of(perpetual(BYBIT)).spec

    assert marks.funding_rate(0, spec, 0, HOUR) == units("0.0000125")
    assert marks.funding_rate(0, spec, 0, 8 * HOUR) == units("0.0001")


def test_premiums_are_sampled_as_often_as_the_rules_say() -> None:
    """Once a minute: in an hour sixty samples, whose weights are 1 + 2 + … + 60 = 1,830."""
    world = perpetual(BYBIT, funding_interval=Nanos(HOUR))
    funding: Any = market_of(world).funding
    world.maker.buys(10, at=101)
    world.maker.sells(10, at=102)
    world.at = Nanos(funding.started_at)
    world.index(100)

    average, weight = marks.average_premium(funding, funding.next_at)

    assert (average, weight) == (units("0.01"), 1830)


def test_the_rate_shown_is_the_rate_settled_whatever_the_rules() -> None:
    """A nanosecond before, and at the instant."""
    for prices in ((), BINANCE, BYBIT):
        world = perpetual(prices, funding_interval=Nanos(HOUR))
        world.maker.buys(10, at=101)
        world.maker.sells(10, at=102)
        world.index(100)
        market = market_of(world)
        assert market.funding is not None
        due = market.funding.next_at

        shown = marks.predicted_rate(market, due)
        settled = [e for e in only(world.passes(due - world.at), ev.FundingRateSet) if e.market == world.market]

        assert [event.rate for event in settled] == [shown]
        assert settled[0].next_at == due + HOUR


@given(st.integers(-(10**30), 10**30), st.integers(-(10**8), 10**8))
def test_rounding_is_a_rule_of_the_market(value: int, rate: int) -> None:
    """Payer up and receiver down leaves a unit at most, and never lacks one; truncation is the same for both."""
    paid, received = payment(value, rate), payment(-value, rate)
    assert 0 <= -(paid + received) <= 1
    assert paid * FINE <= -value * rate < (paid + 1) * FINE

    cut, other = (payment(side, rate, FundingRounding.TRUNCATED) for side in (value, -value))
    assert cut == -other
    assert abs(cut) * FINE <= abs(value * rate) < (abs(cut) + 1) * FINE


def test_truncated_payments_leave_their_rest_to_dust() -> None:
    """What the long pays and what each of the shorts receives is cut off; the clearing account is empty after it."""
    world = perpetual((PriceRules(rounding=FundingRounding.TRUNCATED),), funding_interval=Nanos(HOUR))
    market = market_of(world)
    world.index("33.33")
    for person in world.people[1:]:
        person.sells("0.001", at="33.33")
    world.maker.buys("0.002")
    assert market.funding is not None

    paid = [e for e in only(world.passes(HOUR), ev.FundingPaid) if e.market == world.market]

    exact = units("0.001") * units("33.33") * paid[0].rate
    assert sorted(event.amount for event in paid) == sorted([-(2 * exact // FINE), exact // FINE, exact // FINE])
    assert world.state.purses.amount(market.clr_funding, "USDT") == 0


@given(
    st.lists(st.tuples(st.integers(0, 40 * SECOND), st.integers(-(10**6), 10**6)), min_size=1, max_size=40),
    st.sampled_from([SECOND, 5 * SECOND, 60 * SECOND]),
    st.integers(0, 90 * SECOND),
)
def test_the_average_premium_is_that_of_its_samples(changes: list[tuple[int, int]], every: int, after: int) -> None:
    """The i-th sample weighs i; what stands at the instant of a sample is its value, before the first nothing is."""
    funding, now, history = Funding(0, 10**15, every), 0, []
    for later, value in changes:
        now += later
        funding.sample(now, value)
        history.append((now, value))
    asked = now + after

    average, weight = marks.average_premium(funding, asked)

    weights = [i for i in range(1, asked // every + 1) if i * every >= history[0][0]]
    samples = [[value for when, value in history if when <= i * every][-1] for i in weights]
    exact = sum(i * value for i, value in zip(weights, samples, strict=True))
    assert weight == sum(weights)
    assert average == (div_zero(exact, weight) if weight else history[-1][1])


# Changing the terms


def set_funding(
    world: World, interval: int, cap: str = "0.02", floor: str = "-0.02", interest: str = "0.0001"
) -> Events:
    """Change the funding of the world's market."""
    rates = [Rate(units(text)) for text in (cap, floor, interest)]
    return world.run(cmd.SetFunding(world.market, Nanos(interval), *rates))


def test_a_change_of_funding_counts_from_the_next_settlement_on() -> None:
    """The interval that runs ends as it began: with its eight hours, its cap and its interest."""
    world = perpetual(())
    world.index(100)
    market = market_of(world)
    assert market.funding is not None
    due = market.funding.next_at

    said = set_funding(world, 4 * HOUR, cap="0.00005", interest="0.0002")
    settled = world.passes(due - world.at)
    after = world.passes(4 * HOUR)

    assert only(said, FundingTermsSet)[0].since == due
    rates = [e for e in only(settled + after, ev.FundingRateSet) if e.market == world.market]
    assert [(show(e.rate), e.next_at - due) for e in rates] == [(0.0001, 4 * HOUR), (0.00005, 8 * HOUR)]
    assert only(settled, FundingTermsBegan)[0].terms.interval == 4 * HOUR
    assert market.spec.funding_interval == 4 * HOUR
    assert market.funding.coming is None


def test_intervals_fall_on_the_grid_of_the_day() -> None:
    """From hourly to eight-hourly at 23:00: the next settlement is at midnight, for one hour's worth."""
    world = perpetual((), moment("2026-01-01T22:30"), funding_interval=Nanos(HOUR))
    world.index(100)

    set_funding(world, 8 * HOUR)
    settled = [e for e in only(world.passes(10 * HOUR), ev.FundingRateSet) if e.market == world.market]

    assert [e.next_at for e in settled] == [moment(f"2026-01-02T{hour}:00") for hour in ("00", "08", "16")]
    assert [show(e.rate) for e in settled] == [0.0000125, 0.0000125, 0.0001]


def test_a_rate_at_its_cap_makes_the_next_intervals_an_hour_long() -> None:
    """Binance since 2025-05-02: capped at 08:00, the next settlement is at 09:00; the cap stays."""
    world = perpetual((PriceRules(hourly_at_bound=True),), moment("2026-01-01T07:00"))
    world.maker.buys(10, at=110)
    world.index(100)

    events = world.passes(3 * HOUR)

    settled = [e for e in only(events, ev.FundingRateSet) if e.market == world.market]
    assert [(show(e.rate), e.next_at) for e in settled[:2]] == [
        (0.02, moment("2026-01-01T09:00")), (pytest.approx(0.0995 / 8), moment("2026-01-01T10:00")),
    ]  # fmt: skip
    assert market_of(world).spec.funding_cap == units("0.02")


def test_terms_that_wait_become_hourly_too_where_the_rate_was_capped() -> None:
    """Cap, floor and interest are as somebody said, the interval is as the policy says."""
    world = perpetual((PriceRules(hourly_at_bound=True),), moment("2026-01-01T07:00"))
    world.maker.buys(10, at=110)
    world.index(100)
    set_funding(world, 4 * HOUR, cap="0.05", interest="0.0002")

    began = only(world.passes(HOUR), FundingTermsBegan)

    assert [(e.terms.interval, show(e.terms.cap), show(e.terms.interest)) for e in began] == [(HOUR, 0.05, 0.0002)]


def test_without_the_policy_a_capped_rate_changes_nothing() -> None:
    """The next settlement is eight hours later."""
    world = perpetual((), moment("2026-01-01T07:00"))
    world.maker.buys(10, at=110)
    world.index(100)

    settled = [e for e in only(world.passes(HOUR), ev.FundingRateSet) if e.market == world.market]

    assert [(show(e.rate), e.next_at) for e in settled] == [(0.02, moment("2026-01-01T16:00"))]


@pytest.mark.parametrize(
    ("interval", "cap", "floor", "detail"),
    [
        (HOUR, "-0.01", "0.01", "funding_floor: above funding_cap"),
        (7 * HOUR, "0.01", "-0.01", "funding_interval: a day is no whole number of them"),
        (0, "0.01", "-0.01", "funding_interval: shorter than a second"),
        (HOUR, "2", "-0.01", "funding_cap: a position would pay more than it is worth"),
        (8 * SECOND, "0.01", "-0.01", "prices[0].premium_every: funding_interval is no whole number of them"),
    ],
)
def test_terms_that_contradict_themselves_are_refused(interval: int, cap: str, floor: str, detail: str) -> None:
    """With the field and the reason."""
    world = perpetual(BYBIT)

    events = set_funding(world, interval, cap, floor)

    assert (kinds(events), events[0].detail) == (["CommandRefused"], detail)


def test_saying_the_same_again_is_no_change() -> None:
    """Neither of what is, nor of what is to come; but one may take a change back."""
    world = perpetual(())

    assert kinds(set_funding(world, 8 * HOUR)) == ["CommandRefused"]
    assert kinds(set_funding(world, 4 * HOUR)) == ["FundingTermsSet"]
    assert kinds(set_funding(world, 4 * HOUR)) == ["CommandRefused"]
    assert kinds(set_funding(world, 8 * HOUR)) == ["FundingTermsSet"]
