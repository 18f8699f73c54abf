"""An exchange whose only feed is a still ladder, in memory, with exchange time in the test's hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simexchange.config import markets, opening
from simexchange.config.markets import Listing
from simexchange.config.scenarios import parse
from simexchange.core.accounts import Account
from simexchange.core.invariants import check
from simexchange.core.market import MarketState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import ONE, SECOND, Nanos, Price, Quantity
from simexchange.eventlog.header import Header
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.feeds.scripted import LadderSettings, ScriptedFeed, Timeline
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange

START = Nanos(1_704_067_200 * SECOND)
"""2024-01-01T00:00:00Z: the first of a funding interval, and of a quarter."""
SPOT, PERP = "spot:BTC-USDT", "perp:BTC-USDT"


class Still:
    """A world to trade in. Money and prices are whole USDT and BTC, or floats of few decimals."""

    def __init__(
        self,
        timeline: Timeline | str | None = None,
        *,
        ladder: LadderSettings | None = None,
        names: Iterable[str] = (SPOT, PERP),
        log: EventLog | None = None,
    ) -> None:
        if isinstance(timeline, str):
            timeline = parse(timeline, "test", "test.toml").timeline
        self.log = log if log is not None else MemoryLog(Header(seed=1, start=START))
        self.feed = ScriptedFeed(ladder or LadderSettings(), timeline)
        self.exchange = Exchange(self.log, feeds=[self.feed], speed=PAUSED)
        self.exchange.catch_up()
        for command in opening.opening(listings(names), self.exchange.state):
            self.exchange.submit(command, "control")
        self.exchange.start_feeds()
        self.exchange.advance_to(self.exchange.now())

    def market(self, name: str = PERP) -> MarketState:
        state = self.exchange.state
        return state.markets[state.market_no[name]]

    def account(self, name: str, **money: float) -> AccountNo:
        """A new account with money in the wallets that hold it."""
        gifts = ",".join(f"{asset}={amount}" for asset, amount in money.items())
        spec = opening.parse_account(f"{name}:{gifts}" if gifts else name)
        for command in opening.account_commands(spec, self.exchange.state):
            self.exchange.submit(command, "control")
        return self.exchange.state.account_no[name]

    def of(self, no: AccountNo) -> Account:
        return self.exchange.state.accounts[no]

    def order(self, no: AccountNo, qty: float, name: str = PERP, price: float = 0) -> Step:
        """A market order, or a limit order where there is a price; a sell where *qty* is below zero."""
        kind, tif = (OrderKind.LIMIT, TimeInForce.GTC) if price else (OrderKind.MARKET, TimeInForce.IOC)
        side = Side.BUY if qty > 0 else Side.SELL
        return self.exchange.submit(
            cmd.PlaceOrder(no, self.market(name).no, side, kind, Quantity(whole(abs(qty))), Price(whole(price)), tif)
        )

    def do(self, command: cmd.Command) -> Step:
        return self.exchange.submit(command)

    def wait(self, seconds: float) -> None:
        self.exchange.advance_to(Nanos(self.exchange.now() + int(seconds * SECOND)))
        self.exchange.flush()
        check(self.exchange.state)

    def index(self, name: str = "BTC-USDT") -> float:
        return self.exchange.state.indexes[name].price / ONE

    def book(self, name: str = PERP, levels: int = 2) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Bids and asks, best first: (price, size)."""
        book = self.market(name).book
        sides = []
        for side in (book.bids, book.asks):
            rows = [(level.price / ONE, level.qty / ONE) for level, _ in zip(side, range(levels), strict=False)]
            sides.append(rows)
        return sides[0], sides[1]


def whole(value: float) -> int:
    return round(value * ONE)


def listings(names: Iterable[str]) -> list[Listing]:
    """Those of the shipped markets, where nobody pays fees."""
    free = markets.without_fees(markets.preset())
    return [free[name] for name in names]


def events(log: EventLog, kind: type) -> list[Any]:
    from simexchange.eventlog.replay import records

    return [event for record in records(log) for event in record.events if isinstance(event, kind)]
