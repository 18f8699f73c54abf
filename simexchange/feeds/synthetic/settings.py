"""What the synthetic market is like. The numbers and their reasons: docs/explanation/synthetic-market.md."""

from dataclasses import dataclass, field, replace
from typing import Final

from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.units import DAY, MILLISECOND, ONE, SECOND, Amount, Nanos, Price

MODEL: Final = "sv3t/1"
"""Three log-OU volatility factors × Student-t shocks; the number changes when the same seed gives another path."""
HISTORY: Final = Nanos(2 * DAY)
"""How much past an exchange has unless told otherwise."""


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """One index and how it moves."""

    name: str
    price: Price
    """Where it stands at the start of the exchange; what history joins."""
    volatility: float
    """Of an ordinary hour, a year's worth: 0.5 is 50 %."""
    loading: float
    """Correlation with what moves everything; two indexes correlate by the product of theirs."""
    size: float
    """How much is offered and traded here, 1 being BTC."""
    quantum: Price = Price(1_000_000)
    """Whole multiples of this are published: 0.01."""


@dataclass(frozen=True, slots=True)
class LadderSettings:
    """How a maker quotes. Distances from fair value are in basis points, sizes in quote currency."""

    levels: int = 14
    """On each side."""
    nearest: float = 0.05
    """Half the spread in a market without any volatility."""
    nearest_per_vol: float = 0.15
    """What ordinary volatility adds to it; twice that at twice the volatility."""
    gap: float = 0.35
    """From the first level to the second; then growing by *growth* a level."""
    growth: float = 1.45
    size: float = 25_000.0
    """Of the first level, growing by *size_growth* a level."""
    size_growth: float = 1.35
    period: Nanos = Nanos(SECOND)
    """How often it looks at all its quotes; lost ones are put back *refill* later."""
    refill: Nanos = Nanos(500 * MILLISECOND)
    skew: float = 0.4
    """How far, in basis points, it shades its prices at its inventory's limit."""
    inventory: float = 8_000_000.0
    """That limit, in quote currency. Beyond it, it offers more of the same only far out; beyond thrice, not at all."""
    impact: float = 25.0
    """Basis points by which one million of quote currency, taken from it, moves its fair value at first."""


@dataclass(frozen=True, slots=True)
class TakerSettings:
    """Whose orders are split into children."""

    rate: float = 0.35
    """Children a second, before excitement and volatility."""
    excitement: float = 0.55
    """Further children that one child causes, on average (a Hawkes process; below 1)."""
    memory: float = 6.0
    """How long that lasts, in seconds."""
    parent_least: float = 2.0
    parent_tail: float = 1.5
    parent_most: float = 300.0
    """Children of one parent order: Pareto with this exponent from *parent_least*, cut."""
    flips: float = 0.15
    """The share of children that go the other way."""
    size: float = 350.0
    size_tail: float = 1.5
    size_most: float = 60_000.0
    """Quote currency of one child: Pareto with this exponent from *size*, cut."""
    inventory: float = 4_000_000.0
    """At which holding, in quote currency, every new parent order goes against it."""


@dataclass(frozen=True, slots=True)
class NoiseSettings:
    """People without a view who leave limit orders about."""

    rate: float = 1.8
    """New orders a second."""
    life: float = 20.0
    """Seconds an order stands on average."""
    at_most: int = 40
    nearest: float = 0.4
    distance_tail: float = 1.2
    farthest: float = 150.0
    """Distance behind the best price in basis points: Pareto from *nearest*, cut."""
    size: float = 250.0
    size_tail: float = 1.5
    size_most: float = 30_000.0
    inventory: float = 1_000_000.0


@dataclass(frozen=True, slots=True)
class ArbitrageSettings:
    """Who sells the dearer of perpetual and spot and buys the cheaper."""

    threshold: float = 4.0
    """Gap in basis points below which it does nothing (its fees and two more)."""
    full: float = 12.0
    """Gap at which it wants to hold its limit."""
    inventory: float = 3_000_000.0
    clip: float = 15_000.0
    """Quote currency of one trade."""
    period: Nanos = Nanos(2 * SECOND)


@dataclass(frozen=True, slots=True)
class PremiumSettings:
    """The perpetual above its index, in basis points: an Ornstein-Uhlenbeck process."""

    mean: float = 2.0
    deviation: float = 5.0
    memory: float = 8 * 3600.0
    """Seconds."""
    carry: float = 0.05
    """What a dated contract stands above its index for each year that is left."""
    carry_swing: float = 0.004
    """What a basis point of the process adds to that."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much goes on in a market, against the busiest kind."""

    size: float = 1.0
    """Of offers, trades and holdings."""
    rate: float = 1.0
    """Of takers and noise."""
    stride: int = 1
    """Participants come on every so many beats, and the maker looks so many times more seldom."""
    spread: float = 1.0
    """How much wider the maker quotes: it is slower to follow."""


BUSY: Final = Pace()


@dataclass(frozen=True, slots=True)
class Settings:
    """A synthetic market as a whole."""

    mode: str = "normal"
    indexes: tuple[IndexSettings, ...] = (
        IndexSettings("BTC-USDT", Price(60_000 * ONE), volatility=0.50, loading=0.95, size=1.0),
        IndexSettings("ETH-USDT", Price(3_000 * ONE), volatility=0.65, loading=0.90, size=0.6),
        IndexSettings("BNB-USDT", Price(600 * ONE), volatility=0.55, loading=0.85, size=0.3),
    )
    markets: tuple[str, ...] = (
        "spot:BTC-USDT", "spot:ETH-USDT", "perp:BTC-USDT", "perp:ETH-USDT", "spot:BNB-USDT", "perp:BTC-USD",
        "perp:ETH-USD", "dated:BTC-USDT/0", "dated:BTC-USDT/1", "dated:BTC-USD/0", "dated:BTC-USD/1",
    )  # fmt: skip
    """Those of them that are listed are quoted. A series of dated contracts has two places: see `quarters`."""
    coin: Pace = Pace(size=0.4, rate=0.3, stride=2, spread=2.0)
    """Of perpetuals paid in coin."""
    dated: Pace = Pace(size=0.15, rate=0.1, stride=5, spread=4.0)
    beat: Nanos = Nanos(100 * MILLISECOND)
    """The grid on which things happen; a whole part of a second."""
    index_period: Nanos = Nanos(SECOND)
    ladder: LadderSettings = field(default_factory=LadderSettings)
    taker: TakerSettings = field(default_factory=TakerSettings)
    noise: NoiseSettings = field(default_factory=NoiseSettings)
    arbitrage: ArbitrageSettings = field(default_factory=ArbitrageSettings)
    premium: PremiumSettings = field(default_factory=PremiumSettings)
    rules: str = "binance"
    """Whose rules the participants trade under."""
    capital: Amount = Amount(400_000_000 * ONE)
    """Quote currency each of them brings per wallet; of a base asset as much as that buys."""
    maker_fee: int = 0
    taker_fee: int = 10_000
    """Rates in 10**-8, those of somebody who trades very much: 0 and 0.01 %."""
    leverage: int = 5
    history: Nanos = HISTORY
    """How much past there is before the start; 0: none."""

    def pace(self, name: str) -> Pace:
        """How much goes on in the market or place *name*."""
        if name.startswith("dated:"):
            return self.dated
        return self.coin if name.startswith("perp:") and name.endswith("-USD") else BUSY

    def knows(self, name: str) -> bool:
        """Whether the index *name* is one of ours."""
        return any(settings.name == name for settings in self.indexes)

    def index(self, name: str) -> IndexSettings:
        """The settings of the index *name*; KeyError where it is none of ours."""
        for settings in self.indexes:
            if settings.name == name:
                return settings
        raise KeyError(name)


def index_of(market: Market) -> str:
    """The index a market is quoted by: the one it follows, or that of its pair."""
    return market.index or f"{market.base}-{market.quote}"


def settings_for(mode: str, history: Nanos = HISTORY) -> Settings:
    """The settings of a mode; KeyError where there is none of that name."""
    return replace(MODES[mode], history=history)


MODES: Final[dict[str, Settings]] = {
    "normal": Settings(),
    "lite": Settings(
        mode="lite",
        beat=Nanos(SECOND),
        index_period=Nanos(5 * SECOND),
        ladder=LadderSettings(
            levels=7, growth=2.1, size_growth=2.2, period=Nanos(5 * SECOND), refill=Nanos(2 * SECOND)
        ),
        taker=TakerSettings(rate=0.05, size=2_500.0, memory=30.0),
        noise=NoiseSettings(rate=0.04, life=120.0, at_most=8),
        arbitrage=ArbitrageSettings(period=Nanos(10 * SECOND)),
    ),
}
"""``normal`` makes 70 to 90 book operations a second over all markets, ``lite`` 10 to 20."""
