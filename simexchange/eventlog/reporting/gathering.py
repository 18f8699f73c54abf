"""What a report is made of: one fold of a log, looked at for one account."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import msgspec

from simexchange.core import alarming
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.notes import AlarmRaised
from simexchange.core.vocabulary.orders import AccountClass, Side
from simexchange.core.vocabulary.units import MILLISECOND, ONE, SECOND, Nanos
from simexchange.errors import NotThere
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import decode
from simexchange.eventlog.replay import Replay, checked_lines
from simexchange.eventlog.tables.accounts import Portfolios
from simexchange.eventlog.tables.columns import Teller, Wanted
from simexchange.eventlog.tables.prices import printed
from simexchange.eventlog.tables.reading import begun
from simexchange.projections.valuation import Point, points
from simexchange.projections.views import Views

MOST: Final = 200_000
"""Samples of a price or a figure; then every second one is let go, and they are taken half as often."""


class Samples:
    """A figure over time, at most one for each span, and never more than `MOST` in all."""

    def __init__(self) -> None:
        self.points: list[tuple[int, float]] = []
        self._every = SECOND

    def add(self, at: int, value: float) -> None:
        """Take one, unless the last is too near."""
        if self.points and at - self.points[-1][0] < self._every:
            return
        self.points.append((at, value))
        if len(self.points) > MOST:
            del self.points[1::2]
            self._every += self._every


class FillSeen(msgspec.Struct, frozen=True):
    """One fill of the account."""

    at: int
    seq: int
    market: str
    side: int
    price: int
    qty: int
    quote: int
    taker: bool
    fee: int
    fee_asset: str
    realised: int
    asset: str
    """What *quote* and *realised* are in."""
    slippage: float | None
    """How much worse than the middle of the book when the order came, as a share; better below zero."""
    kind: str


class Refusal(msgspec.Struct, frozen=True):
    """One order or command of the account that was refused."""

    at: int
    seq: int
    what: str
    reason: str
    detail: str


class OrderSeen(msgspec.Struct):
    """What became of one order."""

    at: int
    qty: int
    mid: int
    filled: int = 0
    first_fill: int | None = None
    status: str = "open"


class Story(msgspec.Struct):
    """Everything a report of one account says."""

    log: str
    account: str
    currency: str
    seed: int
    digest: str
    records: int
    start: int
    """Of the exchange; *base* is the record the log begins after, 0: it begins with it."""
    end: int
    base: int
    others: list[str]
    points: list[Point]
    prices: dict[str, list[tuple[int, float]]]
    fills: list[FillSeen]
    orders: list[OrderSeen]
    refusals: list[Refusal]
    distance: list[tuple[int, float]]
    ratio: list[tuple[int, float]]
    funding: list[tuple[int, int, str]]
    """(instant, amount, asset)"""
    counts: Counter[str]
    """Margin calls, liquidations and alarms."""


def gather(log: EventLog, account: str = "", currency: str = "") -> Story:
    """Fold *log* for *account*: where it is not said, the person with the most fills, the older of two.

    Where the log stands on a base, its fills, orders and refusals begin there. Raises NotThere, ConfigError where the
    base lacks what a report needs, LogDamaged.
    """
    name = account or _busiest(log)
    seen = _Seen(name)
    replay = begun(log, seen, "a report")
    seen.no = replay.state.account_no.get(name, AccountNo(0))
    for line in checked_lines(log, replay.chain):
        record = decode(line)
        seen.seq, seen.at = record.seq, record.at
        replay.fold(line, before=seen.look)
        seen.margin(replay.state)
    state = replay.state
    Wanted(account=name).check(state)
    return seen.story(log, state, currency)


def _busiest(log: EventLog) -> str:
    before = Replay(log).state.accounts.values()
    names = {each.no: each.name for each in before if each.account_class is AccountClass.USER}
    fills: Counter[AccountNo] = Counter()
    for line in log.read():
        for event in decode(line).events:
            if isinstance(event, ev.AccountOpened) and event.account_class is AccountClass.USER:
                names[event.no] = event.name
                fills[event.no] += 0
            elif isinstance(event, ev.TradeExecuted):
                for fill in (event.taker, event.maker):
                    if fill.account in names:
                        fills[fill.account] += 1
    if not names:
        msg = f"{log.name} has no account of a person, so there is nothing to report"
        raise NotThere(msg)
    return names[max(names, key=lambda no: (fills[no], -no))]


class _Seen(Teller):
    """The fold under way."""

    def __init__(self, name: str) -> None:
        super().__init__(Wanted(account=name))
        self.name = name
        self.folded = Portfolios()
        self.views = self.folded.views
        self.seq = 0
        self.at = Nanos(0)
        self.no = AccountNo(0)
        self.prices: dict[MarketNo, Samples] = {}
        self.fills: list[FillSeen] = []
        self.orders: dict[OrderId, OrderSeen] = {}
        self.refusals: list[Refusal] = []
        self.distance, self.ratio = Samples(), Samples()
        self.funding: list[tuple[int, int, str]] = []
        self.counts: Counter[str] = Counter()
        self._looked = 0

    def take_whole(self, views: Views) -> None:
        super().take_whole(views)
        self.folded.take_whole(views)

    def look(self, event: Any, state: ExchangeState) -> None:
        """Look at an event before it is folded."""
        if isinstance(event, ev.TradeExecuted):
            self._price(event.market, event.price)
            for fill, taker in ((event.taker, True), (event.maker, False)):
                if fill.account == self.no:
                    self._fill(event, fill, state, taker=taker)
        elif printed(event):
            self._price(event.market, event.price)
        elif isinstance(event, ev.MarkSet):
            self._price(event.market, event.mark)
        elif isinstance(event, ev.AccountOpened):
            if event.name == self.name:
                self.no = event.no
        elif getattr(event, "account", 0) == self.no:
            self._own(event, state)

    def _price(self, market: MarketNo, price: int) -> None:
        found = self.prices.get(market)
        if found is None:
            found = self.prices[market] = Samples()
        found.add(self.at, price / ONE)

    def _own(self, event: Any, state: ExchangeState) -> None:
        if isinstance(event, ev.OrderAccepted):
            self.orders[event.order] = OrderSeen(self.at, event.qty, state.markets[event.market].book.mid())
        elif isinstance(event, ev.OrderRejected):
            market = state.markets.get(event.market)
            price = "" if not event.price else f" at {event.price / ONE:.8g}"
            where = "" if market is None else market.spec.id
            what = f"{Side(event.side).name.lower()} {event.qty / ONE:.8g}{price} {where}".rstrip()
            self.orders[event.order] = OrderSeen(self.at, event.qty, 0, status="rejected")
            self.refusals.append(Refusal(self.at, self.seq, what, str(event.reason), event.client_id))
        elif isinstance(event, ev.CommandRefused):
            self.refusals.append(Refusal(self.at, self.seq, event.command, str(event.reason), event.detail))
        elif isinstance(event, (ev.OrderCanceled, ev.OrderExpired)):
            found = self.orders.get(event.order)
            if found is not None:
                found.status = "canceled" if isinstance(event, ev.OrderCanceled) else "expired"
        elif isinstance(event, ev.FundingPaid):
            self.funding.append((self.at, event.amount, event.asset))
        elif isinstance(event, ev.MarginCallIssued):
            self.counts["margin calls"] += 1
        elif isinstance(event, ev.LiquidationStarted):
            self.counts["liquidations"] += 1
        elif isinstance(event, AlarmRaised) and not event.over:
            self.counts["alarms"] += 1

    def _fill(self, event: ev.TradeExecuted, fill: ev.Fill, state: ExchangeState, *, taker: bool) -> None:
        spec, order = state.markets[event.market].spec, self.orders.get(fill.order)
        side = event.aggressor if taker else -event.aggressor
        slippage = None
        if order is not None:
            order.filled += event.qty
            order.first_fill = self.at if order.first_fill is None else order.first_fill
            if not fill.left:
                order.status = "filled"
            if order.mid:
                slippage = side * (event.price - order.mid) / order.mid
        closed = 0 if fill.closed is None else fill.closed.realised
        asset = spec.settle if state.markets[event.market].derivative else spec.quote
        self.fills.append(
            FillSeen(
                self.at, self.seq, spec.id, side, event.price, event.qty, event.quote, taker, fill.fee, fill.fee_asset,
                closed, asset, slippage, event.kind.name.lower(),
            )
        )  # fmt: skip

    def margin(self, state: ExchangeState) -> None:
        """Look at the account's margin, once a second at most."""
        account = state.accounts.get(self.no)
        if account is None or not account.positions or self.at - self._looked < SECOND:
            return
        self._looked = self.at
        nearest = alarming.least_distance(state, account)
        if nearest is not None:
            self.distance.add(self.at, nearest.value / ONE)
        self.ratio.add(self.at, min(alarming.worst_ratio(state, account).value / ONE, 1.5))

    def story(self, log: EventLog, state: ExchangeState, currency: str) -> Story:
        """What was seen."""
        currency = self.folded.currency(currency)
        traded = Counter(fill.market for fill in self.fills)
        used = {name for name, _ in traded.most_common(4)}
        people = [each.name for each in state.accounts.values() if each.account_class is AccountClass.USER]
        return Story(
            log.name, self.name, currency, log.header.seed, log.last_digest.hex(),
            log.last_seq - log.header.first_seq + 1, log.header.start, state.now,
            0 if log.header.base is None else log.header.base.seq,
            [name for name in people if name != self.name],
            list(points(self.folded.portfolio.rows(self.no, Nanos(state.now)), currency)),
            {
                state.markets[no].spec.id: found.points
                for no, found in self.prices.items()
                if state.markets[no].spec.id in used
            },
            self.fills, list(self.orders.values()), self.refusals, self.distance.points, self.ratio.points,
            self.funding, self.counts,
        )  # fmt: skip


def waits(story: Story) -> list[float]:
    """Seconds from each order to its first fill, ascending."""
    return sorted(
        (order.first_fill - order.at) // MILLISECOND / 1_000 for order in story.orders if order.first_fill is not None
    )
