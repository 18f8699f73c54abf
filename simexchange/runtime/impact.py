"""Impact: what somebody's orders did to prices. The same seed runs again without them, and both price paths are told.

The feeds are run again, not their records: agents answer the book as they find it, so that what they would have done
had nobody traded is in the comparison. A price here is the middle between the best bid and the best ask, kept as their
sum; where a side of the book is empty, or both, the middle there was last stands.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.core.vocabulary.commands import NoteFeed
from simexchange.core.vocabulary.events import Fill, TradeExecuted
from simexchange.core.vocabulary.units import ONE, Nanos, decimal_text
from simexchange.errors import ConfigError, NotThere
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.explaining import seq_in
from simexchange.eventlog.forking import parent_name, write_fork
from simexchange.eventlog.recheck import SOURCE_ENGINE, SOURCE_TIMER
from simexchange.eventlog.record import decode
from simexchange.eventlog.replay import Replay, records
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.divergence import account_of_command
from simexchange.runtime.exchange import SOURCE_CLIENT, Exchange
from simexchange.runtime.recovery import SOURCE_CONTROL, SOURCE_FEED
from simexchange.runtime.watch import SOURCE_WATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo
    from simexchange.core.vocabulary.step import Step
    from simexchange.eventlog.log import EventLog
    from simexchange.eventlog.record import Record
    from simexchange.feeds.contract import Feed

BASIS: Final = 10_000
Path2 = list[tuple[int, int]]
"""Instants and twice the middle from then on; at most one row an instant."""


class Gap(msgspec.Struct, frozen=True):
    """How far the price was from what it would have been; above zero: it was higher."""

    price: str
    basis_points: str


class Fills(msgspec.Struct, frozen=True):
    """What was traded on one side, against the middle there would have been just before each trade."""

    trades: int
    qty: str
    price: str
    """On average, by quantity; prices are cut at 10⁻⁸."""
    untouched: str
    """The middle without the orders, weighted alike."""
    gap: Gap


class MarketImpact(msgspec.Struct, frozen=True):
    """One market."""

    market: str
    bought: Fills | None
    sold: Fills | None
    mean: Gap
    """Over time, from the first of the orders to the end."""
    greatest: Gap
    greatest_at: int
    end: Gap
    price_with: str
    """The middle at the end."""
    price_without: str


class Impact(msgspec.Struct, frozen=True):
    """Every market in which one of the two paths is other than the other, or somebody traded."""

    log: str
    accounts: tuple[str, ...]
    """Whose orders were left out; none: everybody's."""
    since: int
    """The last record that both have."""
    start: int
    """The instant of the first of the orders."""
    end: int
    left_out: int
    """How many commands."""
    markets: tuple[MarketImpact, ...]


def impact(log: EventLog, accounts: Sequence[str], feeds: Iterable[Feed[Any]], since: int | None = None) -> Impact:
    """Run *log* again from record *since* (None: from before the first of the orders) without those of *accounts*.

    No account means all of them. *feeds* are those the log was made with, fresh. Raises NotThere, ConfigError where the
    feeds are others, LogDamaged.
    """
    last = seq_in(log, None)
    state = _fold(log, last).state
    unknown = [name for name in accounts if name not in state.account_no]
    if unknown:
        raise NotThere(f"there is no account {', '.join(unknown)} in {log.name}")
    numbers = frozenset(state.account_no[name] for name in accounts)
    since = _before_first(log, numbers) if since is None else seq_in(log, since)
    actual = _Actual(log, since, numbers)
    actual.run()
    if not actual.started:
        raise NotThere("the log has no command of their clients after that record: there is nothing to leave out")
    with tempfile.TemporaryDirectory(prefix="simexchange-impact-") as folder:
        path = Path(folder) / FILE_NAME
        write_fork(log, since, path)
        with closing(SqliteLog.open(path, OFF)) as fork:
            without, left_out = _rerun(fork, log, since, numbers, list(feeds), actual.end)
    markets = tuple(_markets(actual, without, state))
    return Impact(parent_name(log), tuple(accounts), since, actual.start, actual.end, left_out, markets)


class Middles:
    """The price paths of all markets. Implements `Subscriber`."""

    def __init__(self, state: ExchangeState) -> None:
        self.paths: dict[MarketNo, Path2] = {}
        for no in state.markets:
            self.look(no, int(state.now), state)

    def look(self, no: MarketNo, at: int, state: ExchangeState) -> None:
        """See where the middle of a market is at *at*."""
        book = state.markets[no].book
        bid, ask = book.best_bid(), book.best_ask()
        path = self.paths.setdefault(no, [])
        if not (bid and ask) or (path and path[-1][1] == bid + ask):
            return
        if path and path[-1][0] == at:
            path.pop()
        path.append((at, bid + ask))

    def take(self, at: int, events: Iterable[Event], state: ExchangeState) -> None:
        """A record came to *events* at *at*."""
        for no in {event.market: None for event in events if hasattr(event, "market")}:
            if no in state.markets:
                self.look(no, at, state)


class _Listener:
    """Implements `Subscriber`: looks at the books after each step of an exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.middles = Middles(exchange.state)

    def on_event(self, _seq: int, _at: Nanos, _event: Event) -> None:
        """A step is looked at whole."""

    def on_step(self, step: Step) -> None:
        """Look where the middles are now."""
        self.middles.take(step.at, step.events, self._exchange.state)

    def on_durable(self, _seq: int) -> None:
        """Nothing waits for the disk."""

    def on_failed(self, _seq: int) -> None:
        """The run has ended."""


class _Actual:
    """How it went: the paths, and what the accounts traded."""

    def __init__(self, log: EventLog, since: int, accounts: frozenset[AccountNo]) -> None:
        self._log = log
        self._fold = _fold(log, since)
        self._accounts = accounts
        self.start = self.end = int(self._fold.state.now)
        self.started = False
        """Whether the first of the orders was met."""
        self.middles = Middles(self._fold.state)
        self.fills: dict[tuple[MarketNo, bool], list[tuple[int, int, int]]] = defaultdict(list)
        """By market and whether they were bought: instant, price, quantity."""

    def run(self) -> None:
        """Fold it to its end."""
        fold = self._fold
        for line in self._log.read(fold.chain.seq + 1):
            fold.chain.check(line)
            fold.fold(line)
            record = decode(line)
            self.end = record.at
            if not self.started and record.source == SOURCE_CLIENT and _of(record, self._accounts):
                self.start, self.started = record.at, True
            self.middles.take(record.at, record.events, fold.state)
            for event in record.events:
                if isinstance(event, TradeExecuted):
                    self._note(record.at, event)

    def _note(self, at: int, trade: TradeExecuted) -> None:
        taker_buys = trade.aggressor > 0
        for fill, bought in ((trade.taker, taker_buys), (trade.maker, not taker_buys)):
            if self._is_ours(fill):
                self.fills[trade.market, bought].append((at, trade.price, trade.qty))

    def _is_ours(self, fill: Fill) -> bool:
        if self._accounts:
            return fill.account in self._accounts
        account = self._fold.state.accounts.get(fill.account)
        return account is not None and account.account_class.name == "USER"


def _rerun(
    fork: EventLog, parent: EventLog, since: int, accounts: frozenset[AccountNo], feeds: list[Feed[Any]], end: int
) -> tuple[Middles, int]:
    """Run *fork* to *end* with *feeds* and everybody else's commands; the paths, and how many were left out."""
    exchange = Exchange(fork, feeds=feeds, speed=PAUSED, durability=OFF)
    try:
        _same_feeds(exchange, feeds)
        listener = _Listener(exchange)
        exchange.subscribe(listener)
        exchange.start_feeds()
        left_out = 0
        for record in records(parent, since + 1):
            if not _is_said(record):
                continue
            if record.source == SOURCE_CLIENT and _of(record, accounts):
                left_out += 1
                continue
            exchange.advance_to(record.at)
            exchange.submit(record.command, record.source)
        exchange.advance_to(Nanos(end))
    finally:
        exchange.close()
    return listener.middles, left_out


def _same_feeds(exchange: Exchange, feeds: list[Feed[Any]]) -> None:
    for feed in feeds:
        if exchange.feed_state(feed.name) is None:
            msg = (
                f"the feed {feed.name} would have done otherwise than the log says: give the options it was served with"
            )
            raise ConfigError(msg)


def _is_said(record: Record) -> bool:
    """Whether somebody outside said it: feeds, timers, alarms and the engine say it again by themselves."""
    if record.source in (SOURCE_ENGINE, SOURCE_TIMER, SOURCE_WATCH) or record.source.startswith(SOURCE_FEED):
        return False
    return not (record.source == SOURCE_CONTROL and isinstance(record.command, NoteFeed))


def _of(record: Record, accounts: frozenset[AccountNo]) -> bool:
    return not accounts or account_of_command(record.command) in accounts


def _before_first(log: EventLog, accounts: frozenset[AccountNo]) -> int:
    """The record before the first command of those accounts' clients. Raises NotThere."""
    for record in records(log):
        if record.source == SOURCE_CLIENT and _of(record, accounts):
            return record.seq - 1
    raise NotThere("the log has no command of their clients: there is nothing to leave out")


def _fold(log: EventLog, seq: int) -> Replay:
    fold = Replay(log)
    fold.from_checkpoint(seq)
    if fold.chain.seq < seq:
        fold.run(seq)
    return fold


def _markets(actual: _Actual, without: Middles, state: ExchangeState) -> Iterator[MarketImpact]:
    for no, market in sorted(state.markets.items()):
        path, other = actual.middles.paths.get(no, []), without.paths.get(no, [])
        bought, sold = (_fills(actual.fills.get((no, side), []), other) for side in (True, False))
        if not (path and other) or (path == other and bought is None and sold is None):
            continue
        mean, greatest = _compare(path, other, actual.start, actual.end)
        last, last_without = path[-1][1], other[-1][1]
        yield MarketImpact(
            market.spec.id, bought, sold, mean, _gap(greatest[1] - greatest[2], greatest[2]), greatest[0],
            _gap(last - last_without, last_without), _middle(last), _middle(last_without),
        )  # fmt: skip


def _compare(path: Path2, other: Path2, start: int, end: int) -> tuple[Gap, tuple[int, int, int]]:
    """The mean gap over time; the greatest one, with its instant and both prices (doubled)."""
    start = max(start, path[0][0], other[0][0])
    instants = sorted({start, end, *(at for at, _ in (*path, *other) if start < at < end)})
    total = weight = 0
    greatest = (start, 0, 0)
    mine, theirs = _Walk(path), _Walk(other)
    for at, until in zip(instants, [*instants[1:], end], strict=True):
        price, untouched = mine.at(at), theirs.at(at)
        total += (price - untouched) * (until - at)
        weight += untouched * (until - at)
        # What lasts no time was seen by nobody, but for what stands at the end.
        lasts = until > at or at == end
        if lasts and (not greatest[2] or abs(price - untouched) > abs(greatest[1] - greatest[2])):
            greatest = (at, price, untouched)
    span = end - start
    if not span:
        return _gap(greatest[1] - greatest[2], greatest[2]), greatest
    return Gap(decimal_text(_whole(total, 2 * span)), decimal_text(_whole(total * BASIS * ONE, weight))), greatest


class _Walk:
    """A path, asked at instants that only grow."""

    def __init__(self, path: Path2) -> None:
        self._path = path
        self._place = 0

    def at(self, at: int) -> int:
        """Twice the middle in force at *at*."""
        path = self._path
        while self._place + 1 < len(path) and path[self._place + 1][0] <= at:
            self._place += 1
        return path[self._place][1]


def _fills(rows: list[tuple[int, int, int]], other: Path2) -> Fills | None:
    if not rows or not other:
        return None
    walk = _Walk(other)
    qty = sum(row[2] for row in rows)
    paid = sum(price * each for _, price, each in rows)
    untouched = sum(walk.at(at - 1) * each for at, _, each in rows)
    price, fair = _whole(paid, qty), _whole(untouched, 2 * qty)
    gap = Gap(
        decimal_text(_whole(2 * paid - untouched, 2 * qty)),
        decimal_text(_whole((2 * paid - untouched) * BASIS * ONE, untouched)),
    )
    return Fills(len(rows), decimal_text(qty), decimal_text(price), decimal_text(fair), gap)


def _gap(doubled: int, untouched: int) -> Gap:
    """Of a difference and a price that are both doubled."""
    return Gap(decimal_text(_whole(doubled, 2)), decimal_text(_whole(doubled * BASIS * ONE, untouched)))


def _middle(doubled: int) -> str:
    return decimal_text(_whole(doubled, 2))


def _whole(value: int, divisor: int) -> int:
    """Toward zero, so that a gap and its opposite are told alike."""
    if not divisor:
        return 0
    return value // divisor if (value < 0) is (divisor < 0) else -(-value // divisor)
