"""REST: one handler for every path, with a dictionary of its own.

The path decides who answers: a venue's route, a venue's "no such call", the control API, the page at ``/``, or a
socket's address. A request for a host that is not ours is turned away before anything else.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, PayloadEncodingError
from aiohttp.web_exceptions import HTTPRequestEntityTooLarge

from simexchange.dialects.contract import ApiError, Incoming, Reply, Route
from simexchange.errors import StorageFailed
from simexchange.gateway.calls import Calls, Target
from simexchange.gateway.faults.injector import Injector
from simexchange.gateway.faults.rest import RestFaults
from simexchange.gateway.guard import Guard

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

Found = tuple[Target, Route, str]
"""Who answers a call, by which route, and its path as the venue knows it."""

JSON = {"Content-Type": "application/json"}
BROKEN_BODY: Final = (PayloadEncodingError, HttpProcessingError, ConnectionError)
"""It cannot be read as it was sent, or whoever sent it has gone before its end."""


class Paths:
    """Which product answers which REST path."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self.routes: dict[tuple[str, str], Found] = {}
        self._prefixes: list[tuple[str, Target, int]] = []
        self._sockets: set[str] = set()
        """Addresses of sockets: some venues have them below the prefix of their REST calls."""
        for target in targets:
            for start in _starts(target):
                mount = target.mount
                self._sockets |= {start + each for each in (mount.api, mount.by_message and mount.streams) if each}
                for route in target.product.routes:
                    self.routes[route.method, start + route.path] = (target, route, route.path)
                for prefix in target.product.rest_prefixes:
                    self._prefixes.append((start + prefix, target, len(start)))
        # The longest prefix that fits is the answer.
        self._prefixes.sort(key=lambda row: -len(row[0]))

    def owner(self, path: str) -> tuple[Target, str] | None:
        """The product that answers for unknown calls at *path*, and the path as the venue knows it."""
        if path.rstrip("/") in self._sockets:
            return None
        for prefix, target, start in self._prefixes:
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in {"", "/"}:
                return target, path[start:]
        return None


def _starts(target: Target) -> list[str]:
    return ["", target.venue.prefix] if target.venue.at_root else [target.venue.prefix]


class Http:
    """The REST side of a server."""

    def __init__(
        self, calls: Calls, paths: Paths, guard: Guard, elsewhere: Handler, injector: Injector, faults: RestFaults
    ) -> None:
        self._injector = injector
        self._faults = faults
        self._calls = calls
        self._exchange = calls.exchange
        self._routes = paths.routes
        self._paths = paths
        self._guard = guard
        self._elsewhere = elsewhere

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        headers = request.headers
        if not self._guard.knows_host(headers.get("Host")):
            return web.Response(status=403, text="unknown host; add it to allowed_hosts to be served under that name\n")
        path, _, query = request.raw_path.partition("?")
        return await self.route(request, path, query)

    async def route(self, request: web.BaseRequest, path: str, query: str) -> web.StreamResponse:
        """Answer one request as if it had asked for *path*, from a host that is ours."""
        found = self._routes.get((request.method, path))
        if found is not None:
            return await self._serve(request, found, query)
        owner = self._paths.owner(path)
        # A venue may have its sockets among its calls: "/v5/public/linear" is no call, "/v5/market/time" no socket.
        if owner is None or "Upgrade" in request.headers:
            return await self._elsewhere(request)
        target, venue_path = owner
        return respond(self._calls.unknown(target, request.method, venue_path, request.remote or "").reply)

    async def _serve(self, request: web.BaseRequest, found: Found, query: str) -> web.StreamResponse:
        target, route, path = found
        body = b""
        if request.can_read_body:
            try:
                body = await read_body(request)
            except HTTPRequestEntityTooLarge:
                return self._give_up(target, target.venue.refusals.too_large)
            except BROKEN_BODY:
                return self._give_up(target, target.venue.refusals.malformed)
        if not query.isascii():
            # Bytes that are no UTF-8 came in as surrogates; a dialect gets text that can be encoded again.
            query = query.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        incoming = Incoming(request.method, path, query, body, request.headers)
        if self._injector.begun:
            return _answer(await self._faults.serve(request, target, route, incoming))
        answered = self._calls.rest(target, route, incoming, request.remote or "")
        if answered.seq > self._exchange.durable_seq:
            try:
                await self._exchange.durable(answered.seq)
            except StorageFailed:
                return respond(self._calls.lost(target, changed=answered.changed))
        return respond(answered.reply)

    def _give_up(self, target: Target, error: ApiError) -> web.Response:
        """Refuse a body that was not read to its end: the connection is of no more use."""
        response = respond(target.dialect.error(error, self._exchange.now()))
        response.force_close()
        return response


async def read_body(request: web.BaseRequest) -> bytes:
    """The body; a client that waits to be told to go on is told.

    Raises HTTPRequestEntityTooLarge, or one of `BROKEN_BODY`.
    """
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    content = request.content
    if content.is_eof() and content.total_bytes <= request.client_max_size:
        # It has come whole, with the head, as an order's always does: nothing to wait for.
        return content.read_nowait()
    return await request.read()


def _answer(reply: Reply | None) -> web.Response:
    """What is made of no reply reaches nobody: the connection is over."""
    return web.Response(status=500) if reply is None else respond(reply)


def respond(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
