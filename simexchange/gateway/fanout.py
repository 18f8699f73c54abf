"""Fan-out: events to streams, payloads to sockets, each message encoded once for everybody who hears it.

Streams are fed event by event, each with those of the markets it follows, so that a payload tells exactly the state
after its event; what they say is held until its record is durable. Joined frames go out in one write per client and
round.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.dialects.contract import Dialect, Gathering, MarketStream, Opening, Ranked, UserStream
from simexchange.dialects.guarding import Guarding
from simexchange.gateway.calls import Target
from simexchange.gateway.connection import Connection
from simexchange.gateway.faults.pipes import Frame, Pipes, plain
from simexchange.gateway.faults.points import NOBODY, STREAM, USER, Lines
from simexchange.gateway.frames import frame
from simexchange.runtime.exchange import Exchange

_logger = logging.getLogger(__name__)

S = TypeVar("S")
K = TypeVar("K", bound=Hashable)
NO_MARKET = MarketNo(-1)
"""Stands for the market of an event that has none."""
UserKey = tuple[str, str, AccountNo, str]
"""Dialect, product, account, topic."""


def _nobody_cares(_account: AccountNo) -> None:
    """Who hears of an account that is listened to no more, where nobody does."""


def _nobody_guards(_account: AccountNo, _option: AccountOption, _on: bool) -> None:
    """The same of an account whose orders are watched over, or are no more."""


class Channel(Generic[S]):
    """One stream and the sockets that hear it.

    A socket hears it under a *label*: the stream's name as that socket knows it, or the number of a WebSocket API
    subscription.
    """

    __slots__ = ("account", "dialect", "key", "listeners", "private", "stream")

    def __init__(
        self, key: Hashable, dialect: Dialect, stream: S, *, private: bool = False, account: AccountNo = NOBODY
    ) -> None:
        """*account*: whose private stream it is."""
        self.account = account
        self.key = key
        self.dialect = dialect
        self.stream = stream
        self.private = private
        self.listeners: dict[Connection, str | int] = {}

    def wants(self, connection: Connection, payload: bytes) -> bool:
        """Whether a socket that hears some private events only hears this one."""
        return not self.private or self.dialect.event_name(payload) in connection.events

    def spell(self, payload: bytes, label: str | int, *, combined: bool) -> bytes:
        """The frame of *payload* for who hears it under *label*."""
        if isinstance(label, int):
            return frame(self.dialect.subscription_event(label, payload))
        return frame(self.dialect.envelope(label, payload) if combined else payload)


class Fanout:
    """All channels of one server, and the sockets with frames that wait."""

    def __init__(
        self,
        exchange: Exchange,
        unheard: Callable[[AccountNo], None] = _nobody_cares,
        guarded: Callable[[AccountNo, AccountOption, bool], None] = _nobody_guards,
    ) -> None:
        """*unheard* is told of an account when the last of its private streams, of whatever product, has ended.

        *guarded* when a stream that watches over its orders is heard by somebody, and when by nobody any more.
        """
        self._exchange = exchange
        self._unheard = unheard
        self._guarded = guarded
        self._market: dict[Hashable, Channel[MarketStream]] = {}
        self._followers: dict[MarketNo | None, tuple[Channel[MarketStream], ...]] = {}
        """The same by the market they follow; under None those that follow all."""
        self._gathering: tuple[tuple[Channel[MarketStream], Gathering], ...] = ()
        """Those of them that speak once a record."""
        self._user: dict[UserKey, Channel[UserStream]] = {}
        self._tickers: dict[Nanos, asyncio.Task[None]] = {}
        self._dirty: dict[Connection, None] = {}
        self._oldest = 0
        """The oldest record that something waits for; what becomes durable before it lets nothing go."""
        self._due = False
        """A round of writing is scheduled."""
        self.pipes: Pipes | None = None
        """What frames pass on their way, once faults have begun."""

    def start(self) -> None:
        self._exchange.subscribe(self)

    async def stop(self) -> None:
        self._exchange.unsubscribe(self)
        tasks = list(self._tickers.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def now(self) -> Nanos:
        """Exchange time."""
        return self._exchange.now()

    # --- who hears what

    def hear_market(self, connection: Connection, target: Target, name: str, options: Mapping[str, str]) -> bool:
        """Let *connection* hear a market stream; False where the venue has none of that name."""
        key = _market_key(target, name, options)
        channel = self._market.get(key)
        if channel is None:
            stream = target.product.market_stream(name, self._exchange.state, self._exchange.views, options)
            if stream is None:
                return False
            channel = self._market[key] = Channel(key, target.dialect, stream)
            for market in _followed(stream):
                self._followers[market] = (*self._followers.get(market, ()), channel)
            if isinstance(stream, Gathering):
                self._gathering = (*self._gathering, (channel, stream))
            self._keep_ticking(stream.every)
        if isinstance(channel.stream, Opening):
            self._open(channel, channel.stream, connection, name)
        channel.listeners[connection] = name
        return True

    def _open(self, channel: Channel[MarketStream], stream: Opening, connection: Connection, name: str) -> None:
        """Tell a newcomer where the stream stands; what the others hear next builds on it."""
        exchange = self._exchange
        try:
            for payload in stream.opening(exchange.now(), exchange.views):
                data = channel.spell(payload, name, combined=connection.combined)
                if self.pipes is None:
                    self.deliver(connection, exchange.seq, data)
                    continue
                telling, order = channel.dialect.telling(name, payload)
                self.pipes.put(connection, Frame(STREAM, name, NOBODY, exchange.seq, data, telling.value, order))
        except Exception as error:  # noqa: BLE001 - a bug in a stream must not reach the writer
            self._end_market(channel, error)

    def has_market(self, target: Target, name: str, options: Mapping[str, str]) -> bool:
        """Whether the venue has a market stream of that name."""
        if _market_key(target, name, options) in self._market:
            return True
        exchange = self._exchange
        return target.product.market_stream(name, exchange.state, exchange.views, options) is not None

    def hear_user(
        self, connection: Connection, target: Target, account: AccountNo, label: str | int, topic: str = ""
    ) -> None:
        """Let *connection* hear an account's private stream under *label*."""
        key = _user_key(target, account, topic)
        channel = self._user.get(key)
        if channel is None:
            stream = target.product.user_stream(account, self._exchange.state, self._exchange.views, topic)
            channel = self._user[key] = Channel(key, target.dialect, stream, private=True, account=account)
            # Whoever was subscribed to first: of one record each is told in its turn.
            self._user = dict(sorted(self._user.items(), key=_rank))
            if isinstance(stream, Guarding):
                self._guarded(account, stream.guards, True)
        channel.listeners[connection] = label
        if self.pipes is not None:
            self.pipes.injector.lines.of(USER, connection).account = account

    def number_private(self, lines: Lines) -> None:
        """Count the sockets that hear private streams already."""
        for channel in self._user.values():
            for connection in channel.listeners:
                lines.of(USER, connection).account = channel.account

    def ignore_market(self, connection: Connection, target: Target, name: str, options: Mapping[str, str]) -> None:
        self._leave_market(_market_key(target, name, options), connection)

    def ignore_user(self, connection: Connection, target: Target, account: AccountNo, topic: str = "") -> None:
        self._leave_user(_user_key(target, account, topic), connection)

    def forget(self, connection: Connection) -> None:
        """The socket is gone."""
        for key in list(self._market):
            self._leave_market(key, connection)
        for user in list(self._user):
            self._leave_user(user, connection)
        self._dirty.pop(connection, None)
        if self.pipes is not None:
            self.pipes.forget(connection)

    def end_user(self, target: Target, account: AccountNo, label: str, last_words: bytes | None = None) -> None:
        """End an account's stream for who hears it under *label*, with a last payload or without a word."""
        key = _user_key(target, account)
        channel = self._user.get(key)
        if channel is None:
            return
        for connection in [heard for heard, name in channel.listeners.items() if name == label]:
            if last_words is not None:
                last_frame = channel.spell(last_words, label, combined=connection.combined)
                self.send(connection, self._exchange.seq, last_frame)
            connection.names.pop(label, None)
            self._leave_user(key, connection)

    def _leave_market(self, key: Hashable, connection: Connection) -> None:
        channel = self._market.get(key)
        if channel is not None and _leave(self._market, key, connection):
            self._unfollow(channel)

    def _unfollow(self, channel: Channel[MarketStream]) -> None:
        for market in _followed(channel.stream):
            left = tuple(other for other in self._followers.get(market, ()) if other is not channel)
            if left:
                self._followers[market] = left
            else:
                self._followers.pop(market, None)
        self._gathering = tuple(pair for pair in self._gathering if pair[0] is not channel)

    def _leave_user(self, key: UserKey, connection: Connection) -> None:
        channel, account = self._user.get(key), key[2]
        if channel is None or not _leave(self._user, key, connection):
            return
        if isinstance(channel.stream, Guarding):
            self._guarded(account, channel.stream.guards, False)
        if not any(each == account for _, _, each, _ in self._user):
            self._unheard(account)

    # --- what they hear

    def on_event(self, seq: int, at: Nanos, event: Event) -> None:
        """Feed one event, right after the views were folded to it."""
        if self._followers:
            of_market = self._followers.get(getattr(event, "market", NO_MARKET))
            if of_market is not None:
                self._tell_market(of_market, seq, at, event)
            of_all = self._followers.get(None)
            if of_all is not None:
                self._tell_market(of_all, seq, at, event)
        if not self._user:
            return
        views, state = self._exchange.views, self._exchange.state
        for owner, user in tuple(self._user.items()):
            try:
                for payload in user.stream.on_event(seq, at, event, views, state):
                    self._spread(user, seq, payload)
            except Exception as error:  # noqa: BLE001 - a bug in a stream must not reach the writer
                _end(self._user, owner, error)

    def _tell_market(self, channels: Iterable[Channel[MarketStream]], seq: int, at: Nanos, event: Event) -> None:
        views = self._exchange.views
        for channel in channels:
            try:
                for payload in channel.stream.on_event(seq, at, event, views):
                    self._spread(channel, seq, payload)
            except Exception as error:  # noqa: BLE001 - a bug in a stream must not reach the writer
                self._end_market(channel, error)

    def _end_market(self, channel: Channel[MarketStream], error: Exception) -> None:
        _end(self._market, channel.key, error)
        self._unfollow(channel)

    def on_step(self, step: Step) -> None:
        """A record is complete."""
        if self._gathering:
            self._tell_gathered(step)
        if not self._user:
            return
        seq, at, views, state = step.seq, step.at, self._exchange.views, self._exchange.state
        for owner, user in tuple(self._user.items()):
            try:
                for payload in user.stream.end_of_step(seq, at, views, state):
                    self._spread(user, seq, payload)
            except Exception as error:  # noqa: BLE001 - a bug in a stream must not reach the writer
                _end(self._user, owner, error)

    def _tell_gathered(self, step: Step) -> None:
        views = self._exchange.views
        for channel, stream in self._gathering:
            try:
                for payload in stream.end_of_step(step.seq, step.at, views):
                    self._spread(channel, step.seq, payload)
            except Exception as error:  # noqa: BLE001 - a bug in a stream must not reach the writer
                self._end_market(channel, error)

    def on_durable(self, seq: int) -> None:
        """What waited for records up to *seq* goes out: one write per client for all of a commit group."""
        if self._dirty and seq >= self._oldest:
            self._release()

    def on_failed(self, seq: int) -> None:
        """What waits did not happen. Every listener is cut off, as when a venue restarts."""
        lost = dict(self._dirty)
        for market in self._market.values():
            lost |= dict.fromkeys(market.listeners)
        for user in self._user.values():
            lost |= dict.fromkeys(user.listeners)
        for connection in lost:
            connection.abort()
        self._dirty.clear()
        self._market.clear()
        self._followers.clear()
        self._gathering = ()
        self._user.clear()

    def send(self, connection: Connection, seq: int, data: bytes) -> None:
        """Send one finished frame once record *seq* is durable, behind everything that waits for this socket."""
        if self.pipes is not None:
            self.pipes.put(connection, plain(seq, data))
            return
        self.deliver(connection, seq, data)

    def deliver(self, connection: Connection, seq: int, data: bytes) -> None:
        """The same, whatever faults there are: it has passed them."""
        if seq <= self._exchange.durable_seq and not connection.waits:
            connection.write(data)
            return
        connection.waiting.append((seq, data))
        self._dirty[connection] = None
        self._see_to(connection.waiting[0][0])

    def _spread(self, channel: Channel[S], seq: int, payload: bytes) -> None:
        if self.pipes is not None:
            self._spread_through(self.pipes, channel, seq, payload)
            return
        # One pass per listener and message: this is what a stream with many listeners costs.
        frames: dict[tuple[str | int, bool], tuple[int, bytes]] = {}
        dirty = self._dirty
        for connection, label in channel.listeners.items():
            if connection.events and not channel.wants(connection, payload):
                continue
            spelling = (label, connection.combined)
            held = frames.get(spelling)
            if held is None:
                held = frames[spelling] = seq, channel.spell(payload, label, combined=connection.combined)
            connection.waiting.append(held)
            dirty[connection] = None
        if frames:
            self._see_to(seq)

    def _spread_through(self, pipes: Pipes, channel: Channel[S], seq: int, payload: bytes) -> None:
        """The same, each frame on a way of its own."""
        private = channel.private
        name = channel.dialect.event_name(payload) if private else str(next(iter(channel.listeners.values()), ""))
        telling, order = channel.dialect.telling("" if private else name, payload)
        for connection, label in list(channel.listeners.items()):
            if connection.events and not channel.wants(connection, payload):
                continue
            data = channel.spell(payload, label, combined=connection.combined)
            kind = USER if private else STREAM
            pipes.put(connection, Frame(kind, name, channel.account, seq, data, telling.value, order))

    def _see_to(self, seq: int) -> None:
        """Have what waits for record *seq* written soon, where nobody else will."""
        self._oldest = min(self._oldest, seq) if self._oldest else seq
        if not self._due and seq <= self._exchange.durable_seq:
            # Already durable (a periodic message, or durability off): nobody will call again.
            self._due = True
            asyncio.get_running_loop().call_soon(self._release)

    def _release(self) -> None:
        """Let waiting frames out whose records are durable."""
        self._due = False
        durable = self._exchange.durable_seq
        self._dirty = {connection: None for connection in self._dirty if not connection.release(durable)}
        self._oldest = min((connection.waiting[0][0] for connection in self._dirty), default=0)

    # --- periodic streams

    def _keep_ticking(self, every: Nanos) -> None:
        if every and every not in self._tickers:
            self._tickers[every] = asyncio.create_task(self._tick(every), name=f"flush every {every} ns")

    async def _tick(self, every: Nanos) -> None:
        """Flush the streams of one interval on wall time, as long as there are any."""
        loop = asyncio.get_running_loop()
        period = every / SECOND
        due = loop.time()
        while True:
            # A late round is not made up for: the next one is a whole interval away.
            due = max(due + period, loop.time())
            await asyncio.sleep(due - loop.time())
            channels = [channel for channel in self._market.values() if channel.stream.every == every]
            if not channels:
                del self._tickers[every]
                return
            self._flush(channels)

    def _flush(self, channels: Iterable[Channel[MarketStream]]) -> None:
        at, seq, views = self._exchange.now(), self._exchange.seq, self._exchange.views
        for channel in channels:
            try:
                for payload in channel.stream.flush(at, views):
                    self._spread(channel, seq, payload)
            except Exception as error:  # noqa: BLE001 - a bug in a stream must not reach the writer
                self._end_market(channel, error)


def _rank(item: tuple[UserKey, Channel[UserStream]]) -> int:
    stream = item[1].stream
    return stream.rank if isinstance(stream, Ranked) else 0


def _followed(stream: MarketStream) -> tuple[MarketNo | None, ...]:
    """The keys under which a stream is told of events."""
    return (None,) if stream.follows is None else tuple(stream.follows)


def _market_key(target: Target, name: str, options: Mapping[str, str]) -> Hashable:
    return target.dialect.name, target.product.name, name, tuple(sorted(options.items()))


def _user_key(target: Target, account: AccountNo, topic: str = "") -> UserKey:
    return target.dialect.name, target.product.name, account, topic


def _leave(channels: dict[K, Channel[S]], key: K, connection: Connection) -> bool:
    """Let *connection* hear no more of it; whether it was the last one that did."""
    channel = channels.get(key)
    if channel is None or channel.listeners.pop(connection, None) is None or channel.listeners:
        return False
    del channels[key]
    return True


def _end(channels: dict[K, Channel[S]], key: K, error: Exception) -> None:
    """A stream has raised: it is told to nobody any more."""
    _logger.error("stream %s failed and was ended", key, exc_info=error)
    channels.pop(key, None)
