"""Sockets: opening them, keeping them alive, closing them. What is said on them is in `conversations`."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from aiohttp import WSMessage, WSMsgType, web

from simexchange.gateway.addresses import Addresses, ApiAddress, StreamAddress
from simexchange.gateway.calls import Calls, Target
from simexchange.gateway.connection import GOING_AWAY, POLICY_VIOLATION, Connection
from simexchange.gateway.conversations import ApiTalk, Conversation, MarketTalk
from simexchange.gateway.fanout import Fanout
from simexchange.gateway.faults.points import API, STREAM, Lines
from simexchange.gateway.guard import Guard, host_name
from simexchange.gateway.ratelimits import LimitMode

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
        self._frame_max = frame_max
        self._strict_routing = strict_routing
        self._open: dict[Connection, tuple[web.WebSocketResponse, Conversation]] = {}
        self._lines: Lines | None = None
        """Where sockets are numbered, once faults have begun."""
        self._keeper: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[bool]] = set()

    @property
    def count(self) -> int:
        return len(self._open)

    def number(self, lines: Lines) -> None:
        """Count the sockets that are open already, in order of opening, and those to come."""
        self._lines = lines
        for connection, (_, talk) in self._open.items():
            lines.of(API if isinstance(talk, ApiTalk) else STREAM, connection)

    def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep(), name="socket keeper")

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        for connection, (_, talk) in list(self._open.items()):
            if connection.rules.announced:
                talk.announce_end()
            self._close(connection, GOING_AWAY)
        if self._closing:
            await asyncio.wait(self._closing, timeout=2)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """Serve a socket until it ends; None where the path is no socket's address."""
        path, _, query = request.raw_path.partition("?")
        # At a host of the venue's own the streams are at the root.
        root = self._roots.get(host_name(request.headers.get("Host", "")))
        address = self._addresses.find(path, query, root)
        if address is None:
            return None
        if not self._guard.knows_origin(request.headers.get("Origin")):
            return web.Response(status=403, text="unknown origin\n")
        refused = self._too_many(request, address)
        if refused is not None:
            return refused
        if isinstance(address, ApiAddress):
            return await self._serve_api(request, address)
        return await self._serve_streams(request, address)

    def _too_many(self, request: web.BaseRequest, address: ApiAddress | StreamAddress) -> web.Response | None:
        """What an address hears instead that opens more connections than the venue takes, or that is banned."""
        target, client, wall = address.target, request.remote or "", self._calls.wall()
        limits, refusals = self._calls.limits, target.venue.refusals
        refusal = limits.connect(target.mount, refusals, client, type(address).__name__, wall)
        if refusal is None and isinstance(address, ApiAddress):
            refusal = limits.refusal(target.mount.limits, client, wall)
        if refusal is None:
            return None
        reply = target.dialect.error(refusal.error)
        headers = {**reply.headers, "Retry-After": str(refusal.retry_after)}
        return web.Response(status=reply.status, body=reply.body, headers=headers)

    async def _serve_streams(self, request: web.BaseRequest, address: StreamAddress) -> web.StreamResponse:
        def begin(connection: Connection) -> Conversation:
            return MarketTalk(
                connection, address, self._fanout, self._calls, self._targets, routed=self._strict_routing
            )

        return await self._serve(request, address.target, begin, STREAM, combined=address.combined)

    async def _serve_api(self, request: web.BaseRequest, address: ApiAddress) -> web.StreamResponse:
        calls, target, client = self._calls, address.target, request.remote or ""
        calls.connect(target, client)

        def begin(connection: Connection) -> Conversation:
            return ApiTalk(connection, address, self._fanout, calls, client)

        return await self._serve(request, target, begin, API, combined=False)

    async def _serve(
        self, request: web.BaseRequest, target: Target, begin: Callable[[Connection], Conversation], channel: str,
        *, combined: bool,
    ) -> web.StreamResponse:  # fmt: skip
        # Frames are written to the transport as they are, hence no compression and pings by hand.
        socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=self._frame_max)
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            # The client went before its handshake was answered, and nobody is left to hear anything.
            return web.Response(status=400)
        transport = request.transport
        if transport is None:
            return socket
        connection = Connection(transport, target.mount.socket, self._calls.wall(), combined=combined)
        if self._lines is not None:
            self._lines.of(channel, connection)
        try:
            talk = begin(connection)
            self._open[connection] = socket, talk
            async for message in socket:
                if connection.closing is None:
                    self._hear(connection, talk, message)
                if connection.closing is not None:
                    await socket.close(code=connection.closing)
        finally:
            self._open.pop(connection, None)
            self._fanout.forget(connection)
        return socket

    def _hear(self, connection: Connection, talk: Conversation, message: WSMessage) -> None:
        wall = self._calls.wall()
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
                self._talk(connection, talk, message.data)
            case WSMsgType.BINARY:
                self._talk(connection, talk, message.data.decode("utf-8", "replace"))
            case _:
                pass

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
        for connection, (_, talk) in list(self._open.items()):
            if connection.closing is None and connection.ends_soon(wall):
                talk.announce_end()
            code = connection.closing if connection.closing is not None else connection.beat(wall)
            if code is not None:
                self._close(connection, code)
        now = self._calls.exchange.now()
        for key in self._calls.listen_keys.expire():
            target = self._targets.get(key.product)
            if target is not None:
                self._fanout.end_user(target, key.account, key.text, target.dialect.listen_key_expired(key.text, now))

    def _close(self, connection: Connection, code: int) -> None:
        connection.closing = code
        task = asyncio.create_task(self._open[connection][0].close(code=code))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
