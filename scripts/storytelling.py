"""What the stories of `make_fixture_logs` are told with: a small exchange, and a log that is written as it goes."""

from __future__ import annotations

from simexchange.core.engine import REVISION, Engine
from simexchange.core.invariants import check
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.markets import (
    Bundle,
    Filters,
    Market,
    MarketKind,
    MarketRules,
    Tier,
)
from simexchange.core.vocabulary.orders import (
    OrderKind,
    Side,
    Terms,
    TimeInForce,
)
from simexchange.core.vocabulary.units import HOUR, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recorder import Recorder

START = Nanos(1_704_067_200 * SECOND)
"""2024-01-01 00:00:00 UTC."""
SPOT, PERP, OTHER = MarketNo(1), MarketNo(2), MarketNo(3)
BUY, SELL = Side.BUY, Side.SELL
GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
POST_ONLY, GTD = TimeInForce.POST_ONLY, TimeInForce.GTD

TIERS = (
    Tier(Amount(0), Amount(1_000 * ONE), 20, Rate(1_000_000), Amount(0)),
    Tier(Amount(1_000 * ONE), Amount(100_000 * ONE), 10, Rate(5_000_000), Amount(40 * ONE)),
)
MARKETS = (
    Market("spot:BTC-USDT", MarketKind.SPOT, "BTC", "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 1000)),
    Market(
        "perp:BTC-USDT", MarketKind.PERPETUAL, "BTC", "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 1000),
        funding_interval=Nanos(8 * HOUR), index="BTC-USDT", impact_notional=Amount(100 * ONE),
    ),
    Market(
        "perp:ETH-USDT", MarketKind.PERPETUAL, "ETH", "USDT", "USDT", Price(1), Quantity(1),
        funding_interval=Nanos(4 * HOUR), index="ETH-USDT", impact_notional=Amount(100 * ONE),
    ),
)  # fmt: skip


def units(text: str | int) -> int:
    """Decimal text in units of 10**-8."""
    whole, _, fraction = str(text).partition(".")
    return int(whole) * ONE + int(fraction.ljust(8, "0"))


class Story:
    """One log in the making: what is done, and what follows from it."""

    def __init__(self, seed: int, **rules: int) -> None:
        self.state = ExchangeState()
        self.engine = Engine(self.state)
        self.at = START
        self.log = MemoryLog(Header(seed=seed, start=START, engine=str(REVISION)))
        self.recorder = Recorder(self.log)
        self.does(cmd.OpenExchange(seed, START), "control")
        for market in MARKETS:
            self.does(cmd.ListMarket(market), "control")
        self.does(cmd.AdoptBundle(Bundle("binance", fok="refuse")), "control")
        for no, market in enumerate(MARKETS, 1):
            tiers = () if market.kind is MarketKind.SPOT else TIERS
            self.rules(MarketNo(no), Filters(), tiers, **rules)

    def rules(
        self, market: MarketNo, filters: Filters, tiers: tuple[Tier, ...], maker: int = 20_000, taker: int = 50_000,
        liquidation_fee: int = 1_250_000,
    ) -> None:  # fmt: skip
        """What the bundle says of one market."""
        rules = MarketRules(filters, Rate(maker), Rate(taker), tiers, Rate(liquidation_fee), 10, "invented")
        self.does(cmd.SetRules("binance", market, rules), "control")

    def does(self, command: cmd.Command, source: str = "client") -> list[ev.Event]:
        """Execute *command*, then what it makes necessary, each as a record of its own."""
        events = self.engine.execute(command, self.at)
        root = self.recorder.record(self.at, source, 0, command, events)
        check(self.state)
        while (following := self.state.pending()) is not None:
            self.recorder.record(self.at, "engine", root, following, self.engine.execute(following, self.at))
            check(self.state)
        return events

    def joins(self, name: str, *, usdt: str = "0", btc: str = "0", margin: str = "0") -> AccountNo:
        """Open an account and give it something."""
        self.does(cmd.OpenAccount(name, "binance"), "control")
        no = self.state.account_no[name]
        for wallet, asset, amount in (("spot", "USDT", usdt), ("spot", "BTC", btc), ("usdm", "USDT", margin)):
            if units(amount):
                self.does(cmd.Deposit(no, wallet, asset, Amount(units(amount))), "control")
        return no

    def order(
        self, who: AccountNo, side: Side, qty: str, price: str = "0", tif: TimeInForce = GTC, market: MarketNo = SPOT,
        client_id: str = "", more: Terms | None = None,
    ) -> OrderId:  # fmt: skip
        """Place an order: a market order where no price is given. Its id."""
        kind = OrderKind.LIMIT if price != "0" else OrderKind.MARKET
        return self.place(who, side, kind, qty, price, tif, market, client_id, more)

    def place(
        self, who: AccountNo, side: Side, kind: OrderKind, qty: str, price: str, tif: TimeInForce = GTC,
        market: MarketNo = SPOT, client_id: str = "", more: Terms | None = None,
    ) -> OrderId:  # fmt: skip
        """Place an order of any shape; its id."""
        command = cmd.PlaceOrder(
            who, market, side, kind, Quantity(units(qty)), Price(units(price)), tif, client_id, more
        )
        first = self.does(command)[0]
        assert isinstance(first, ev.OrderAccepted | ev.OrderRejected)
        return first.order

    def index(self, price: str, name: str = "BTC-USDT", *, frozen: bool = False) -> None:
        """A feed sets an index."""
        self.does(cmd.SetIndex(name, Price(units(price)), frozen), "feed:index")

    def mark(self, price: str, market: MarketNo = PERP) -> None:
        """The operator puts a mark."""
        self.does(cmd.SetMark(market, Price(units(price))), "control")

    def passes(self, span: int) -> None:
        """Time passes: whatever falls due does, at its instant."""
        end = self.at + span
        while (due := self.state.next_due()) is not None and due <= end:
            self.at = due
            self.does(cmd.PassTime(), "timer")
        self.at = Nanos(end)
