"""An exchange at work for tests: wall time by hand, a small market, and a feed that keeps it busy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from simexchange.core.engine import REVISION
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.orders import AccountClass, OrderKind, Side, TimeInForce
from simexchange.core.vocabulary.units import HOUR, MILLISECOND, ONE, SECOND, Amount, Nanos, Price, Quantity, Rate
from simexchange.eventlog.header import Header
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.feeds.contract import Feed
from simexchange.runtime.clock import PAUSED, Speed, WallTime
from simexchange.runtime.exchange import Exchange
from tests.core.world import PERP, SPOT, T0, TIERS

HEADER = Header(seed=7, start=T0, engine=str(REVISION))


class HandWall:
    """Wall time that passes only when a test says so."""

    def __init__(self, now: int = T0) -> None:
        self._now = now

    def passes(self, span: int) -> None:
        self._now += span

    def now(self) -> Nanos:
        return Nanos(self._now)

    def monotonic(self) -> Nanos:
        return Nanos(self._now)


class CrowdState(msgspec.Struct):
    """What the crowd remembers: its account and how often it was asked."""

    account: int
    asked: int = 0


class Crowd:
    """A feed: every 100 ms it may place some orders, cancel them all, or do nothing, by a draw from its count."""

    state_type = CrowdState

    def __init__(self, name: str = "crowd", every: int = 100 * MILLISECOND, market: str = SPOT, salt: int = 0) -> None:
        self.name = name
        self.sets_index = market != SPOT
        self.every = every
        self.market = market
        self.salt = salt
        self.steps = 0

    def setup(self, state: ExchangeState) -> Iterable[cmd.Command]:
        if self.name in state.account_no:
            return
        yield cmd.OpenAccount(self.name, "binance", AccountClass.AGENT)
        no = state.account_no[self.name]
        for asset in ("USDT", "BTC"):
            yield cmd.Deposit(no, "spot", asset, Amount(1_000_000 * ONE))
        yield cmd.Deposit(no, "usdm", "USDT", Amount(1_000_000 * ONE))

    def markets(self, state: ExchangeState) -> Sequence[MarketNo]:
        return (state.market_no[self.market],)

    def initial(self, state: ExchangeState, at: Nanos) -> tuple[CrowdState, Nanos | None]:
        return CrowdState(state.account_no[self.name]), Nanos(at + self.every)

    def step(
        self, feed_state: CrowdState, state: ExchangeState, at: Nanos
    ) -> tuple[CrowdState, Sequence[cmd.Command], Nanos | None]:
        self.steps += 1
        feed_state.asked += 1
        k = feed_state.asked
        draw = (k * 2_654_435_761 + self.salt + state.seed) >> 4 & 0xFFFF
        account, market = AccountNo(feed_state.account), state.market_no[self.market]
        wake = Nanos(at + self.every)
        if draw % 7 == 0:
            return feed_state, [], wake
        if draw % 5 == 0:
            return feed_state, [cmd.CancelAll(account, market)], wake
        # Prices hang on the book, so that a feed that meets another state decides otherwise.
        middle = state.markets[market].book.best_bid() or 100 * ONE
        orders: list[cmd.Command] = [
            order(account, market, side, 1 + draw % 3, middle + side * (i - 1) * ONE)
            for i in range(1 + draw % 4)
            for side in (Side.BUY, Side.SELL)
        ]
        if self.sets_index and draw % 3 == 0:
            orders.append(cmd.SetIndex("BTC-USDT", Price(middle)))
        return feed_state, orders, wake

    def resume(self, feed_state: CrowdState, state: ExchangeState, at: Nanos) -> tuple[CrowdState, Nanos | None]:
        return feed_state, Nanos(at + self.every)


def order(account: AccountNo, market: MarketNo, side: Side, qty: int, price: int, client_id: str = "") -> cmd.Command:
    """A limit order for whole units at a price in 10**-8."""
    return cmd.PlaceOrder(
        account, market, side, OrderKind.LIMIT, Quantity(qty * ONE), Price(price), TimeInForce.GTC, client_id
    )


def opening(state: ExchangeState) -> Iterable[cmd.Command]:
    """Markets, rules, capital and the account ``user``."""
    tick, step = Price(ONE // 100), Quantity(ONE // 1000)
    yield cmd.ListMarket(Market(SPOT, MarketKind.SPOT, "BTC", "USDT", "USDT", tick, step))
    yield cmd.ListMarket(
        Market(PERP, MarketKind.PERPETUAL, "BTC", "USDT", "USDT", tick, step, funding_interval=Nanos(8 * HOUR),
               index="BTC-USDT", impact_notional=Amount(100 * ONE))
    )  # fmt: skip
    yield cmd.AdoptBundle(Bundle("binance"))
    for no, market in state.markets.items():
        tiers = TIERS if market.derivative else ()
        yield cmd.SetRules("binance", no, MarketRules(Filters(), Rate(20_000), Rate(50_000), tiers, Rate(0), 10))
    yield cmd.ProvideCapital("usdm", "USDT", Amount(1_000_000 * ONE))
    yield cmd.OpenAccount("user", "binance")
    for wallet, asset in (("spot", "USDT"), ("spot", "BTC"), ("usdm", "USDT")):
        yield cmd.Deposit(state.account_no["user"], wallet, asset, Amount(10_000 * ONE))


def begin(
    log: EventLog | None = None, feeds: Iterable[Feed[Any]] = (), speed: Speed = PAUSED, wall: WallTime | None = None,
    **options: Any,
) -> Exchange:  # fmt: skip
    """A new exchange with its opening done and its feeds started, or an old one found again."""
    wall = wall if wall is not None else HandWall()
    exchange = Exchange(log if log is not None else MemoryLog(HEADER), feeds=feeds, speed=speed, wall=wall, **options)
    exchange.catch_up()
    if not exchange.state.markets:
        for command in opening(exchange.state):
            exchange.submit(command, "control")
    exchange.start_feeds()
    return exchange


def user_order(
    exchange: Exchange, side: Side, qty: int, price: int, client_id: str = "", market: str = SPOT
) -> cmd.Command:
    """An order of the account ``user``, at a whole price."""
    state = exchange.state
    return order(state.account_no["user"], state.market_no[market], side, qty, price * ONE, client_id)


def after(seconds: float) -> Nanos:
    """So many seconds after the start."""
    return Nanos(T0 + int(seconds * SECOND))


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until *condition* holds; the test that waits for it judges it afterwards, so no error here."""
    for _ in range(5_000):
        if condition():
            return
        await asyncio.sleep(0.002)
