"""Sockets: opening them, keeping them alive, closing them. What is said on them is in `conversations`."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping

from aiohttp import WSMessage, WSMsgType, web

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import MINUTE, SECOND
from simexchange.gateway.addresses import Addresses, ApiAddress, StreamAddress
from simexchange.gateway.calls import Calls, Target
from simexchange.gateway.connection import GOING_AWAY, POLICY_VIOLATION, Connection
from simexchange.gateway.conversations import ApiTalk, Conversation, MarketTalk
from simexchange.gateway.fanout import Fanout
from simexchange.gateway.faults.acts import Handshake, SocketFaults
from simexchange.gateway.faults.api import ApiFaults
from simexchange.gateway.faults.points import API, STREAM
from simexchange.gateway.faults.wires import SlowWire
from simexchange.gateway.guard import Guard, host_name
from simexchange.gateway.ratelimits import LimitMode, Refusal
from simexchange.gateway.venues import SocketRules

_logger = logging.getLogger(__name__)

INTERNAL_ERROR = 1011
BEAT = 1.0
"""Seconds between two looks at every socket."""


class Sockets:
    """All open sockets of one server."""

    def __init__(
        self,
        calls: Calls,
        fanout: Fanout,
        addresses: Addresses,
        guard: Guard,
        targets: Mapping[str, Target],
        roots: Mapping[str, Target],
        api_faults: ApiFaults,
        *,
        frame_max: int,
        strict_routing: bool = False,
    ) -> None:
        self._calls = calls
        self._fanout = fanout
        self._addresses = addresses
        self._guard = guard
        self._targets = targets
        self._roots = roots
        self._api_faults = api_faults
        self._frame_max = frame_max
        self._strict_routing = strict_routing
        self._open: dict[Connection, tuple[web.WebSocketResponse, Conversation]] = {}
        self._there: Counter[tuple[str, str]] = Counter()
        """How many sockets of each product an address has open."""
        self.connect: Callable[..., Connection] = Connection
        """What makes the sending side of a new socket."""
        self._faults: SocketFaults | None = None
        """What sockets pass on their way, once faults have begun."""
        self._keeper: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[bool]] = set()

    @property
    def count(self) -> int:
        return len(self._open)

    @property
    def open(self) -> tuple[Connection, ...]:
        """The sockets there are, in order of opening."""
        return tuple(self._open)

    def let_through(self, faults: SocketFaults) -> None:
        """From now on sockets pass *faults*. Those that are open are counted, in order of opening."""
        self._faults = faults
        for connection, (_, talk) in self._open.items():
            faults.injector.lines.of(API if isinstance(talk, ApiTalk) else STREAM, connection)

    def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep(), name="socket keeper")

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        for connection, (_, talk) in list(self._open.items()):
            if connection.rules.announced:
                talk.announce_end()
            self.end(connection, GOING_AWAY)
        if self._closing:
            await asyncio.wait(self._closing, timeout=2)

    def abort(self) -> None:
        """Cut off whoever is connected still."""
        for connection in list(self._open):
            connection.abort()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """Serve a socket until it ends; None where the path is no socket's address."""
        path, _, query = request.raw_path.partition("?")
        # At a host of the venue's own the streams are at the root.
        root = self._roots.get(host_name(request.headers.get("Host", "")))
        address = self._addresses.find(path, query, root)
        if address is None:
            return None
        if not self._guard.knows_origin(request.headers.get("Origin"), request.headers.get("Host", "")):
            return web.Response(status=403, text="unknown origin\n")
        refused = self._too_many(request, address)
        if refused is not None:
            return refused
        handshake = None
        if self._faults is not None:
            handshake = self._faults.shake(API if isinstance(address, ApiAddress) else STREAM, path)
            refused = await self._faults.refuse(request, handshake)
            if refused is not None:
                return refused
        if isinstance(address, ApiAddress):
            return await self._serve_api(request, address, handshake)
        return await self._serve_streams(request, address, handshake)

    def _too_many(self, request: web.BaseRequest, address: ApiAddress | StreamAddress) -> web.Response | None:
        """What an address hears instead that opens more connections than the venue takes, or that is banned."""
        target, client, wall = address.target, request.remote or "", self._calls.wall()
        limits, refusals = self._calls.limits, target.venue.refusals
        refusal = limits.connect(target.mount, refusals, client, type(address).__name__, wall)
        if refusal is None and self._crowded(target, client):
            refusal = Refusal(refusals.too_many_connections, 0)
        if refusal is None and isinstance(address, ApiAddress) and target.mount.limits.sockets:
            refusal = limits.refusal(target.mount.limits, client, wall)
        if refusal is None:
            return None
        reply = target.dialect.error(refusal.error, self._calls.exchange.now())
        headers = dict(reply.headers)
        if target.venue.retry_after:
            headers["Retry-After"] = str(refusal.retry_after)
        return web.Response(status=reply.status, body=reply.body, headers=headers)

    def _crowded(self, target: Target, client: str) -> bool:
        """Whether an address has as many sockets of a kind as it may have; strict limits only."""
        most = target.mount.socket.open_at_once
        strict = self._calls.limits.mode is LimitMode.STRICT
        return strict and 0 < most <= self._there[target.product.name, client]

    async def _serve_streams(
        self, request: web.BaseRequest, address: StreamAddress, handshake: Handshake | None
    ) -> web.StreamResponse:
        def begin(connection: Connection) -> Conversation:
            return MarketTalk(
                connection, address, self._fanout, self._calls, self._targets, routed=self._strict_routing
            )

        return await self._serve(request, address, begin, handshake, combined=address.combined)

    async def _serve_api(
        self, request: web.BaseRequest, address: ApiAddress, handshake: Handshake | None
    ) -> web.StreamResponse:
        calls, target, client = self._calls, address.target, request.remote or ""
        calls.connect(target, client)

        def begin(connection: Connection) -> Conversation:
            return ApiTalk(connection, address, self._fanout, calls, client, self._api_faults)

        return await self._serve(request, address, begin, handshake, combined=False)

    async def _serve(
        self, request: web.BaseRequest, address: ApiAddress | StreamAddress,
        begin: Callable[[Connection], Conversation], handshake: Handshake | None, *, combined: bool,
    ) -> web.StreamResponse:  # fmt: skip
        target = address.target
        # Frames are written to the transport as they are, hence no compression and pings by hand.
        socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=self._frame_max)
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            # The client went before its handshake was answered, and nobody is left to hear anything.
            if self._faults is not None and handshake is not None:
                self._faults.forget(handshake)
            return web.Response(status=400)
        transport = request.transport
        if transport is None:
            return socket
        connection = self.connect(transport, target.mount.socket, self._calls.wall(), combined=combined)
        connection.silence = silence_of(target.mount.socket, address.options)
        place = target.product.name, request.remote or ""
        faults = self._faults
        if faults is not None and handshake is not None:
            faults.number(handshake, connection)
        self._there[place] += 1
        try:
            talk = begin(connection)
            self._open[connection] = socket, talk
            if faults is not None and handshake is not None:
                await faults.opened(connection, handshake)
            async for message in socket:
                if connection.closing is None:
                    self._hear(connection, talk, message)
                if connection.closing is not None:
                    await self._close(connection, socket, connection.closing)
            if connection.rules.breath:
                # A client that goes has still said what it said last.
                await asyncio.sleep(connection.rules.breath / SECOND)
        finally:
            self._there[place] -= 1
            if not self._there[place]:
                del self._there[place]
            self._open.pop(connection, None)
            self._fanout.forget(connection)
        return socket

    def _hear(self, connection: Connection, talk: Conversation, message: WSMessage) -> None:
        wall = self._calls.wall()
        connection.busy = True
        strict = self._calls.limits.mode is LimitMode.STRICT and not isinstance(talk, ApiTalk)
        if strict and connection.hears_too_much(wall):
            connection.closing = POLICY_VIOLATION
            return
        match message.type:
            case WSMsgType.PING:
                connection.pong(message.data)
            case WSMsgType.PONG:
                connection.hear_pong(message.data, wall)
            case WSMsgType.TEXT:
                self._breathe(connection, talk, message.data)
            case WSMsgType.BINARY:
                self._breathe(connection, talk, message.data.decode("utf-8", "replace"))
            case _:
                pass

    def _breathe(self, connection: Connection, talk: Conversation, text: str) -> None:
        """Hear a message after the venue's breath; all of a connection wait as long, so their order stays."""
        breath = connection.rules.breath
        if not breath:
            self._talk(connection, talk, text)
            return
        asyncio.get_running_loop().call_later(breath / SECOND, self._hear_late, connection, talk, text)

    def _hear_late(self, connection: Connection, talk: Conversation, text: str) -> None:
        if connection in self._open and connection.closing is None:
            self._talk(connection, talk, text)
            self._end_if_decided(connection)

    def _end_if_decided(self, connection: Connection) -> None:
        if connection.closing is not None:
            self.end(connection, connection.closing)

    def _talk(self, connection: Connection, talk: Conversation, text: str) -> None:
        try:
            talk.hear(text)
        except Exception:
            _logger.exception("a socket message failed unexpectedly")
            connection.closing = INTERNAL_ERROR

    # --- keeping

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            self.beat()

    def beat(self) -> None:
        """Ping, close what is silent or too old, and end the private streams of listen keys that ran out."""
        wall = self._calls.wall()
        if self._faults is not None:
            self._faults.strike_now()
        for connection, (_, talk) in list(self._open.items()):
            if connection.closing is None and connection.ends_soon(wall):
                talk.announce_end()
            talk.look_at_key()
            code = connection.closing if connection.closing is not None else connection.beat(wall)
            if code is not None:
                self.end(connection, code)
        self._end_run_out_keys()

    def _end_run_out_keys(self) -> None:
        now = self._calls.exchange.now()
        for key in self._calls.listen_keys.expire():
            target = self._targets.get(key.product)
            if target is not None:
                self._fanout.end_user(target, key.account, key.text, target.dialect.listen_key_expired(key.text, now))

    def expire_keys(self, account: AccountNo) -> None:
        """Let the listen keys of *account* run out now."""
        self._calls.listen_keys.run_out(account)
        self._end_run_out_keys()

    def end(self, connection: Connection, code: int) -> None:
        """Close a socket with *code*; nothing where it is gone."""
        found = self._open.get(connection)
        if found is None:
            return
        if connection.lost:
            connection.abort()
            return
        connection.closing = code
        task = asyncio.create_task(self._close(connection, found[0], code))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _close(self, connection: Connection, socket: web.WebSocketResponse, code: int) -> bool:
        if isinstance(connection.wire, SlowWire):
            connection.wire.finish()
        return await socket.close(code=code)

    def announce(self, connection: Connection) -> None:
        """Tell a client that its connection will end, where the venue does that."""
        found = self._open.get(connection)
        if found is not None and connection.rules.announced:
            found[1].announce_end()

    def wall(self) -> int:
        """Wall time."""
        return self._calls.wall()


_SPAN = re.compile(r"([0-9]{1,3})([sm])", re.ASCII)
_LEAST, _MOST = 30 * SECOND, 10 * MINUTE


def silence_of(rules: SocketRules, options: Mapping[str, str]) -> int:
    """How long a socket with *options* in its address may be silent: ``30s`` or ``2m``; what is none is not heeded."""
    said = _SPAN.fullmatch(options.get(rules.silence_option, "")) if rules.silence_option else None
    if said is None:
        return rules.silence
    return min(max(int(said[1]) * (SECOND if said[2] == "s" else MINUTE), _LEAST), _MOST)
