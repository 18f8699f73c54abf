"""Six days of a real XRPUSDT perpetual (15–21 November 2021), bar by bar, with the funding rates really settled then.

Twelve settlements lie in both files. Their stamps are 0–17 ms late and are snapped to the eight-hour grid; the files
carry no mark, so the mark is the open of the bar that begins at the stamp. The recorded rate is made the market's own
by giving it as cap and floor of its interval (`SetFunding`). Everything is worked out again with fractions.
"""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.units import HOUR, MILLISECOND, MINUTE, ONE, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import Person, World, only, units

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BARS, RATES = DATA / "xrpusdt_perp_5m.csv", DATA / "xrpusdt_funding_8h.csv"
TIERS = DATA / "binance_leverage_tiers.json"
EIGHT_HOURS = 8 * HOUR
PERP = "perp:XRP-USDT"

pytestmark = pytest.mark.skipif(
    not (BARS.exists() and RATES.exists() and TIERS.exists()), reason=f"the recorded XRPUSDT files are not in {DATA}"
)


class Bar(NamedTuple):
    """Five minutes: when they begin, and the prices in the order they are taken to have come."""

    at: int
    prices: tuple[int, int, int, int]
    """Open, low, high, close."""


def read(text: str) -> int:
    """A figure of the files in 10**-8: some were written by way of binary fractions, 1.0735000000000001 for 1.0735."""
    return int((Decimal(text) * ONE).to_integral_value())


def bars() -> list[Bar]:
    """All of them, ascending."""
    with BARS.open() as lines:
        return [
            Bar(int(row["time_ms"]) * MILLISECOND, tuple(read(row[name]) for name in ("open", "low", "high", "close")))  # type: ignore[arg-type]
            for row in csv.DictReader(lines)
        ]


def settlements(known: list[Bar]) -> dict[int, int]:
    """Instant → rate of the settlements that a bar begins at."""
    begins = {bar.at for bar in known}
    found = {}
    with RATES.open() as lines:
        for row in csv.DictReader(lines):
            late = int(row["time_ms"]) * MILLISECOND % EIGHT_HOURS
            at = int(row["time_ms"]) * MILLISECOND - late
            if at in begins:
                assert late <= 17 * MILLISECOND
                found[at] = read(row["funding_rate"])
    return found


def real_tiers() -> tuple[Tier, ...]:
    """The brackets of XRPUSDT as recorded in 2026."""
    rows = json.loads(TIERS.read_text(), parse_float=Decimal)["symbols"]["XRP/USDT:USDT"]
    return tuple(
        Tier(
            Amount(units(str(row["floor"]))), Amount(units(str(row["cap"]))), int(row["max_leverage"]),
            Rate(units(str(row["mmr"]))), Amount(units(str(row["cum"]))),
        )
        for row in rows
    )  # fmt: skip


class Replay:
    """An exchange that lives through the bars."""

    def __init__(self, known: list[Bar]) -> None:
        self.world = world = World()
        self.rates = settlements(known)
        self.bars = known
        world.at = Nanos(known[0].at)
        world.run(
            cmd.ListMarket(
                Market(
                    PERP, MarketKind.PERPETUAL, "XRP", "USDT", "USDT", Price(units("0.0001")), Quantity(units("0.1")),
                    funding_interval=Nanos(EIGHT_HOURS), funding_cap=Rate(0), funding_floor=Rate(0), index="XRP-USDT",
                )
            )
        )  # fmt: skip
        world.market = world.state.market_no[PERP]
        rules = MarketRules(Filters(), Rate(0), Rate(0), real_tiers(), default_leverage=20)
        world.run(cmd.SetRules("binance", world.market, rules))
        # Set from outside once: from then on only the bars say what the mark is.
        world.run(cmd.SetIndex("XRP-USDT", Price(known[0].prices[0])))
        world.run(cmd.SetMark(world.market, Price(known[0].prices[0])))
        self.happened: list[tuple[Bar, int, list[Any]]] = []

    def joins(self, name: str, cash: str) -> Person:
        """Somebody with so much USDT for derivatives."""
        person = self.world.joins(name, 0)
        self.world.run(cmd.Deposit(person.no, "usdm", "USDT", Amount(units(cash))))
        return person

    def trades(self, buyer: Person, seller: Person, qty: str, price: int) -> None:
        """A long and a short are opened with each other."""
        text = str(Decimal(price) / ONE)
        seller.sells(qty, at=text)
        buyer.buys(qty, at=text)

    def lives(self, through: list[Bar]) -> None:
        """One bar after the other. Its open stands when it begins, so that what is settled then is settled at it."""
        for bar in through:
            for step, price in enumerate(bar.prices):
                at = bar.at + step * MINUTE if step else bar.at - 1
                events = self.world.passes(at - self.world.at)
                events += self.world.run(cmd.SetMark(self.world.market, Price(price)))
                if not step:
                    events += self.world.passes(1)
                    events += self._next_rate(bar.at)
                self.happened.append((bar, price, events))

    def _next_rate(self, at: int) -> list[Any]:
        """At a settlement: what the interval after the one that begins now is to settle at."""
        rate = Rate(self.rates.get(at + 2 * EIGHT_HOURS, 0))
        terms = cmd.SetFunding(self.world.market, Nanos(EIGHT_HOURS), rate, rate, Rate(units("0.0001")))
        return [] if at % EIGHT_HOURS else self.world.run(terms)

    def told(self, kind: type) -> list[tuple[Bar, int, Any]]:
        """Events of one kind, with the bar and the price they came at."""
        return [(bar, price, event) for bar, price, events in self.happened for event in only(events, kind)]


def test_the_twelve_settlements_of_both_files_pay_what_they_should() -> None:
    """Quantity × mark × rate, the payer rounded up and the receiver down; every unit is with somebody, or dust."""
    known = bars()
    replay = Replay(known)
    world = replay.world
    long, one, other = (replay.joins(name, "1000000") for name in ("long", "one", "other"))
    replay.trades(long, one, "12345.6", known[0].prices[0])
    replay.trades(long, other, "777.7", known[0].prices[0])
    held = {long.no: units("13123.3"), one.no: -units("12345.6"), other.no: -units("777.7")}

    replay.lives(known[1:])

    rates = [(bar.at, event) for bar, _, event in replay.told(ev.FundingRateSet) if event.market == world.market]
    assert len(replay.rates) == 12
    assert {at: event.rate for at, event in rates if event.rate} == replay.rates
    assert {at: event.mark for at, event in rates if event.rate} == {
        bar.at: bar.prices[0] for bar in known if bar.at in replay.rates
    }
    paid = [(bar, event) for bar, _, event in replay.told(ev.FundingPaid) if event.rate]
    assert len(paid) == 12 * 3
    sums = dict.fromkeys(held, 0)
    for bar, event in paid:
        exact = Fraction(-held[event.account] * bar.prices[0] * replay.rates[bar.at], ONE * ONE)
        assert event.amount == exact.numerator // exact.denominator
        sums[event.account] += event.amount
    for no, total in sums.items():
        assert world.state.accounts[no].free("usdm", "USDT") == units(1_000_000) + total
    assert world.state.purses.amount("dust", "USDT") == -sum(sums.values())
    assert 0 <= -sum(sums.values()) <= 12 * 3


@pytest.mark.parametrize(("leverage", "begins"), [(20, 0), (20, 700), (10, 0), (10, 700), (20, 1500), (5, 864)])
def test_a_long_is_liquidated_at_the_bar_where_brute_force_says_so(leverage: int, begins: int) -> None:
    """Its margin is all it has; maintenance by the real brackets, funding on the way. Nobody buys, so the fund does."""
    known = bars()
    entry = known[begins].prices[0]
    qty = units("20000")
    cash = -(-qty * entry // (ONE * leverage))
    expected = by_brute_force(known[begins:], qty, entry, cash)
    replay = Replay(known[begins:])
    long, short = replay.joins("long", str(Decimal(cash) / ONE)), replay.joins("short", "1000000")
    replay.world.run(cmd.SetLeverage(AccountNo(long.no), replay.world.market, leverage))
    replay.trades(long, short, "20000", entry)

    replay.lives(known[begins + 1 :])

    started = [(bar.at, price) for bar, price, event in replay.told(ev.LiquidationStarted)]
    assert started == ([] if expected is None else [expected])
    assert long.position is None or expected is None


def by_brute_force(known: list[Bar], qty: int, entry: int, cash: int) -> tuple[int, int] | None:
    """The bar and the price at which a long of *qty* has no more than its maintenance margin; None: at none.

    Worked out in fractions from the files alone, price by price; a settlement comes before anything else at its bar.
    """
    rates, tiers = settlements(known), real_tiers()
    held, paid_in, wallet = Fraction(qty, ONE), Fraction(entry, ONE), Fraction(cash, ONE)
    for bar in known[1:]:
        for step, price in enumerate(bar.prices):
            mark = Fraction(price, ONE)
            if enough(held, mark, wallet + held * (mark - paid_in), tiers):
                return bar.at, price
            if not step and bar.at in rates:
                wallet -= Fraction(-(-qty * price * rates[bar.at] // (ONE * ONE)), ONE)
                if enough(held, mark, wallet + held * (mark - paid_in), tiers):
                    return bar.at, price
    return None


def enough(held: Fraction, mark: Fraction, balance: Fraction, tiers: tuple[Tier, ...]) -> bool:
    """Whether that is enough to be liquidated."""
    worth = held * mark
    tier = next(tier for tier in tiers if worth <= Fraction(tier.cap, ONE))
    return balance <= worth * Fraction(tier.maintenance_rate, ONE) - Fraction(tier.cum, ONE)


def test_brute_force_says_what_the_formula_says() -> None:
    """20x from 1.1893, 0.5 % to keep: (23,786 − 1,189.30) ÷ 19,900 = 1.13551256…; no price before was as low."""
    known = bars()

    found = by_brute_force(known, units("20000"), known[0].prices[0], units("1189.3"))

    bound = Fraction(225_967, 199_000) * ONE
    first = next(bar for bar in known if min(bar.prices) <= bound)
    assert found == (first.at, next(price for price in first.prices if price <= bound))
