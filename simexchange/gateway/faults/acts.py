"""What is done to whole sockets: closed, cut off, made silent, slow or deaf, or not let in."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.errors import StorageFailed
from simexchange.gateway.connection import GOING_AWAY, POLICY_VIOLATION, Connection
from simexchange.gateway.faults.cutting import Transport, end, hang, reset
from simexchange.gateway.faults.injector import Injector, Stroke
from simexchange.gateway.faults.kinds import CUT, END, HANG
from simexchange.gateway.faults.points import API, NOW, STREAM, USER, Point
from simexchange.gateway.faults.wires import DeadWire, SlowWire, among, without
from simexchange.gateway.venues import SocketRules

if TYPE_CHECKING:
    from simexchange.gateway.websocket import Sockets

NEVER: Final = Nanos(2**62)
REFUSED: Final = "refused"
ARRIVES: Final = 0.02
"""Wall seconds in which what was written is surely read on the other side."""


class Handshake:
    """A socket before it is one."""

    __slots__ = ("strokes",)

    def __init__(self) -> None:
        self.strokes: list[Stroke] = []


class SocketFaults:
    """The way of sockets through the plan."""

    def __init__(self, injector: Injector, sockets: "Sockets") -> None:
        self.injector = injector
        self.sockets = sockets
        self.ending = asyncio.Event()
        """Set when the server stops: nobody is left hanging."""
        self.striking: set[asyncio.Task[None]] = set()
        """Faults that were noted and are not done yet."""
        self._timers: set[asyncio.TimerHandle] = set()
        injector.when_changed(self.strike_now)

    def stop(self) -> None:
        """The server ends: nobody is left hanging, and nothing is still to come."""
        self.ending.set()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Have something done after so many wall seconds, unless the server ends before."""

        def its_time() -> None:
            self._timers.discard(timer)
            call()

        timer = asyncio.get_running_loop().call_later(seconds, its_time)
        self._timers.add(timer)

    # --- handshakes

    def shake(self, channel: str, path: str) -> Handshake:
        """Judge a socket at its handshake. It has its number from now on."""
        handshake = Handshake()
        handshake.strokes = self.injector.judge(self.injector.lines.of(channel, handshake).opens(path))
        return handshake

    async def refuse(self, request: web.BaseRequest, handshake: Handshake) -> web.Response | None:
        """The answer to a handshake that is refused; None where it is not."""
        stroke = next((each for each in handshake.strokes if each.kind == REFUSED), None)
        if stroke is None:
            return None
        self.forget(handshake)
        await self.injector.exchange.durable(stroke.seq)
        how = stroke.params["how"]
        if how == CUT:
            reset(request.transport)
        elif how == HANG:
            await hang(request, self.ending)
        wait = int(stroke.params["retry_after"])
        headers = {"Retry-After": str(-(-wait // SECOND))} if wait else {}
        return web.Response(status=int(stroke.params["status"]), headers=headers)

    def forget(self, handshake: Handshake) -> None:
        """It came to nothing."""
        self.injector.lines.forget(handshake)

    def number(self, handshake: Handshake, connection: Connection) -> None:
        """A handshake has gone well: the socket has its number."""
        self.injector.lines.rename(handshake, connection)

    async def opened(self, connection: Connection, handshake: Handshake) -> None:
        """A socket is there: what strikes it from its beginning."""
        for stroke in handshake.strokes:
            await self.injector.exchange.durable(stroke.seq)
            await self.strike(connection, stroke)

    # --- sockets

    async def strike(self, connection: Connection, stroke: Stroke) -> None:
        """Do a fault to a socket. Its note is durable."""
        if stroke.params.get("how") == CUT:
            # A reset also destroys what has arrived and was not read yet.
            await asyncio.sleep(ARRIVES)
        if not connection.gone:
            DONE[stroke.kind](self, connection, stroke)

    def strike_now(self) -> None:
        """Strike those sockets that rules fit that wait for no message."""
        for standing in self.injector.standing:
            if standing.rule.direction != NOW or standing.spent:
                continue
            found = {point: connection for connection in self.sockets.open for point in self._stands(connection)}
            for stroke in self.injector.strike_now(standing, found):
                task = asyncio.get_running_loop().create_task(self._strike_soon(found[stroke.point], stroke))
                self.striking.add(task)
                task.add_done_callback(self.striking.discard)

    def _stands(self, connection: Connection) -> Iterable[Point]:
        """Where a socket stands, in each channel it is of."""
        for channel in (API, STREAM, USER):
            line = self.injector.lines.known(channel, connection)
            if line is not None:
                yield line.now()

    async def _strike_soon(self, connection: Connection, stroke: Stroke) -> None:
        with suppress(StorageFailed):
            await self.injector.exchange.durable(stroke.seq)
            await self.strike(connection, stroke)


def _close(faults: SocketFaults, connection: Connection, stroke: Stroke) -> None:
    how = stroke.params["how"]
    transport = connection.transport
    if how == CUT:
        reset(transport)
    elif how == END:
        end(transport)
    else:
        faults.sockets.end(connection, int(stroke.params["code"]))


def _reset(_faults: SocketFaults, connection: Connection, _stroke: Stroke) -> None:
    reset(connection.transport)


def _end_of_day(faults: SocketFaults, connection: Connection, stroke: Stroke) -> None:
    notice = stroke.span("notice")
    if notice and connection.announced:
        # Its end is near as it is.
        return
    faults.sockets.announce(connection)
    connection.announced = True
    if notice:
        faults.later(notice, partial(faults.sockets.end, connection, GOING_AWAY))
    else:
        faults.sockets.end(connection, GOING_AWAY)


def _silence(faults: SocketFaults, connection: Connection, stroke: Stroke) -> None:
    lasting, transport = stroke.span("lasting"), connection.transport
    dead = among(connection.wire, DeadWire)
    if dead is not None:
        # One that is silent already is not silent for longer, unless that is for good.
        if not lasting:
            dead.die()
            connection.lost = True
        return
    rules, connection.rules = connection.rules, _unwatched(connection.rules)
    silence, connection.silence = connection.silence, 0
    wire = DeadWire(connection.wire, keep=bool(lasting))
    connection.wire = wire
    heard = transport if stroke.params["deaf"] and isinstance(transport, Transport) else None
    if heard is not None:
        heard.pause_reading()

    def over() -> None:
        if wire.for_good:
            return
        wire.revive()
        connection.wire, connection.rules = without(connection.wire, wire), rules
        connection.silence = silence
        connection.pinged = connection.ponged = connection.active = faults.sockets.wall()
        if heard is not None and not heard.is_closing():
            heard.resume_reading()

    if lasting:
        faults.later(lasting, over)
    else:
        connection.lost = True


def _slow(faults: SocketFaults, connection: Connection, stroke: Stroke) -> None:
    lasting, rate = stroke.span("lasting"), int(stroke.params["bytes_per_second"])
    slow = among(connection.wire, SlowWire)
    if slow is not None:
        slow.rate, slow.for_good = rate, slow.for_good or not lasting
        return
    wire = SlowWire(connection.wire, rate)
    wire.for_good = not lasting
    connection.wire = wire

    def over() -> None:
        if not wire.for_good:
            wire.finish()
            connection.wire = without(connection.wire, wire)

    if lasting:
        faults.later(lasting, over)


def _no_pings(_faults: SocketFaults, connection: Connection, _stroke: Stroke) -> None:
    connection.rules = _unwatched(connection.rules)


def _pongs_lost(faults: SocketFaults, connection: Connection, stroke: Stroke) -> None:
    if not connection.rules.ping_every:
        # Nobody waits for a pong.
        return
    within = stroke.span("within") or connection.rules.pong_within / SECOND
    faults.later(within, partial(faults.sockets.end, connection, POLICY_VIOLATION))


def _expire(faults: SocketFaults, _connection: Connection, stroke: Stroke) -> None:
    faults.sockets.expire_keys(stroke.point.account)


def _unwatched(rules: SocketRules) -> SocketRules:
    """*rules* of a socket that is neither pinged nor ended for its silence."""
    return msgspec.structs.replace(rules, ping_every=NEVER, pong_within=NEVER)


DONE: Final[Mapping[str, Callable[[SocketFaults, Connection, Stroke], None]]] = {
    "close": _close,
    "day_over": _end_of_day,
    "silence": _silence,
    "slow": _slow,
    "no_pings": _no_pings,
    "pongs_lost": _pongs_lost,
    "listen_key_expired": _expire,
    "timeout_unknown_status": _reset,
    "timeout_not_applied": _reset,
    "reset_before": _reset,
    "reset_after": _reset,
}
"""What each kind does to a socket."""
