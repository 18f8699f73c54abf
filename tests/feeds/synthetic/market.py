"""An exchange with the four markets the synthetic feed knows, and a runner that is as plain as a runner can be."""

from collections.abc import Callable, Iterator

from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import (
    AdoptBundle,
    Command,
    ListMarket,
    OpenExchange,
    PassTime,
    ProvideCapital,
    SetRules,
)
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules, Tier
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.feeds.synthetic import SyntheticFeed, SyntheticHistory, SyntheticState

START = Nanos(1_795_428_061 * SECOND + 300_000_000)
"""2026-11-23 10:01:01.3 UTC, a Monday: no whole minute and no whole second."""


def specs() -> list[Market]:
    """The four markets, with ticks and steps as Binance has them."""
    found = []
    for base, tick, step, perp_tick in (("BTC", 1_000_000, 1_000, 10_000_000), ("ETH", 1_000_000, 10_000, 1_000_000)):
        pair = f"{base}-USDT"
        found += [
            Market(f"spot:{pair}", MarketKind.SPOT, base, "USDT", "USDT", Price(tick), Quantity(step)),
            Market(
                f"perp:{pair}", MarketKind.PERPETUAL, base, "USDT", "USDT", Price(perp_tick), Quantity(100_000),
                funding_interval=Nanos(8 * HOUR), index=pair,
            ),
        ]  # fmt: skip
    return found


def rules(market: Market) -> MarketRules:
    """Filters like the real ones: least worth, bands, size limits."""
    if market.kind is MarketKind.SPOT:
        filters = Filters(
            qty_min=market.step, qty_max=Quantity(9_000 * ONE), market_qty_max=Quantity(100 * ONE),
            notional_min=Amount(5 * ONE), bid_up=Rate(5 * ONE), bid_down=Rate(ONE // 5), ask_up=Rate(5 * ONE),
            ask_down=Rate(ONE // 5),
        )  # fmt: skip
        return MarketRules(filters, Rate(100_000), Rate(100_000))
    filters = Filters(
        qty_min=market.step, qty_max=Quantity(1_000 * ONE), market_qty_max=Quantity(120 * ONE),
        notional_min=Amount(100 * ONE), bid_up=Rate(105_000_000), ask_down=Rate(95_000_000),
        market_take_bound=Rate(5_000_000),
    )  # fmt: skip
    tiers = (
        Tier(Amount(0), Amount(300_000 * ONE), 125, Rate(400_000), Amount(0)),
        Tier(Amount(300_000 * ONE), Amount(800_000_000 * ONE), 10, Rate(2_500_000), Amount(6_300 * ONE)),
    )
    return MarketRules(filters, Rate(20_000), Rate(50_000), tiers)


class Market4:
    """An exchange that is run by nothing but its synthetic feed."""

    def __init__(self, feed: SyntheticFeed, seed: int = 1, markets: list[Market] | None = None) -> None:
        self.feed = feed
        self.state = ExchangeState()
        self.engine = Engine(self.state)
        self.commands: list[tuple[Nanos, Command]] = []
        self.listeners: list[Callable[[Nanos, Command, list[Event]], None]] = []
        self.keep = True
        self.setup_events = self.do(OpenExchange(seed, START), START)
        self.do(ProvideCapital("usdm", "USDT", Amount(1_000_000 * ONE)), START)
        self.do(AdoptBundle(Bundle("binance")), START)
        for market in specs() if markets is None else markets:
            self.setup_events += self.do(ListMarket(market), START)
            no = self.state.market_no[market.id]
            self.do(SetRules("binance", no, rules(market)), START)
        for command in feed.setup(self.state):
            self.setup_events += self.do(command, START)
        self.feed_state: SyntheticState
        self.feed_state, self.wake = feed.initial(self.state, START)

    def do(self, command: Command, at: Nanos) -> list[Event]:
        """Execute one command and whatever it makes necessary."""
        events = self.engine.execute(command, at)
        if self.keep:
            self.commands.append((at, command))
        for listener in self.listeners:
            listener(at, command, events)
        while (pending := self.state.pending()) is not None:
            self.engine.execute(pending, at)
        return events

    def step(self) -> Nanos:
        """One step of the feed; when it happened."""
        at = self.wake
        assert at is not None, "the feed has ended"
        while (due := self.state.next_due()) is not None and due <= at:
            self.do(PassTime(), due)
        self.feed_state, commands, self.wake = self.feed.step(self.feed_state, self.state, at)
        for command in commands:
            self.do(command, at)
        return at

    def run(self, span: int) -> None:
        """Let *span* of exchange time pass from the start of this call."""
        for _ in self.beats(span):
            pass

    def beats(self, span: int) -> Iterator[Nanos]:
        """Step by step through *span*."""
        until = (self.wake or 0) + span
        while (self.wake or until) < until:
            yield self.step()

    @property
    def now(self) -> Nanos:
        """The instant of the last event."""
        return Nanos(self.state.now)

    def market(self, market_id: str) -> MarketNo:
        """The number of a market."""
        return self.state.market_no[market_id]


def past_of(exchange: Market4) -> SyntheticHistory:
    """History as its log describes it."""
    history = SyntheticHistory(exchange.feed.settings)
    for event in exchange.setup_events:
        history.apply(1, START, event)
    return history
