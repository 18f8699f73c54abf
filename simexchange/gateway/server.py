"""The server: sockets that listen, and who answers behind them."""

import asyncio
import errno
import logging
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from simexchange.dialects.contract import Dialect
from simexchange.errors import AddressTaken, ConfigError
from simexchange.gateway.addresses import Addresses
from simexchange.gateway.calls import Calls, Target
from simexchange.gateway.control import Control
from simexchange.gateway.control_acts import Acts
from simexchange.gateway.control_clock import ClockActs
from simexchange.gateway.control_explain import ExplainActs
from simexchange.gateway.control_preview import PreviewActs
from simexchange.gateway.control_prices import PriceActs
from simexchange.gateway.control_rules import RulesActs
from simexchange.gateway.control_statements import StatementActs
from simexchange.gateway.disconnects import Disconnects
from simexchange.gateway.fanout import Fanout
from simexchange.gateway.guard import Guard
from simexchange.gateway.http import Http, Paths
from simexchange.gateway.keys import Keys
from simexchange.gateway.listenkeys import ListenKey, ListenKeyTable
from simexchange.gateway.openapi import describe
from simexchange.gateway.pages import Page
from simexchange.gateway.ratelimits import RateLimits
from simexchange.gateway.settings import Settings
from simexchange.gateway.venues import VENUES
from simexchange.gateway.websocket import Sockets
from simexchange.runtime.exchange import Exchange

# Bulk calls carry their orders in the query (a library sends POST parameters there), so a line may be long.
LINE_MAX = 65_536
SWITCH_INTERVAL = 0.001
"""Seconds one thread may keep the interpreter while another waits for it."""
_http_logger = logging.getLogger(f"{__name__}.http")
# Bytes that are no HTTP are refused and need no traceback; they may be anything, a key among them.
_http_logger.addFilter(lambda said: not (said.exc_info and isinstance(said.exc_info[1], HttpProcessingError)))
WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104 - named to be recognised, never a default


class Bound(msgspec.Struct, frozen=True):
    """Where a server can be reached: ``scheme://host:port``, without slash or path."""

    url: str
    ws_url: str
    host: str
    port: int


class Server:
    """Serves one exchange to clients of every dialect given."""

    def __init__(self, exchange: Exchange, dialects: Iterable[Dialect], keys: Keys, settings: Settings) -> None:
        self._settings = settings
        self._targets = _targets(dialects)
        wall = exchange.clock.wall.now
        listen_keys = ListenKeyTable(wall, self._listen_key_closed)
        self._disconnects = Disconnects(exchange)
        self._fanout = Fanout(exchange, self._disconnects.unheard)
        self.calls = Calls(
            exchange, keys, listen_keys, RateLimits(settings.rate_limits), settings.timestamp_policy, wall
        )
        guard = Guard((*settings.allowed_hosts, settings.host), settings.control_token)
        self.sockets = Sockets(
            self.calls,
            self._fanout,
            Addresses(self._targets.values()),
            guard,
            self._targets,
            frame_max=settings.frame_max,
        )
        tables = (
            Acts(self.calls, lambda: self.sockets.count, allow_any_key=settings.allow_any_key),
            ClockActs(exchange),
            RulesActs(exchange, settings.fee_tables),
            ExplainActs(exchange),
            PriceActs(exchange),
            PreviewActs(exchange),
            StatementActs(exchange),
        )
        endpoints = tuple(endpoint for acts in tables for endpoint in acts.endpoints())
        self._control = Control(endpoints, guard, describe(endpoints))
        self._page = Page(exchange, sorted({target.dialect.name for target in self._targets.values()}))
        self._http = Http(self.calls, Paths(self._targets.values()), guard, self._elsewhere)
        self._web: web.Server | None = None
        self._listener: asyncio.Server | None = None
        self.bound: Bound | None = None

    async def start(self, host: str | None = None, port: int | None = None) -> Bound:
        """Listen. Raises AddressTaken, naming the address and the remedy, where that cannot be."""
        host = self._settings.host if host is None else host
        port = self._settings.port if port is None else port
        loop = asyncio.get_running_loop()
        self._web = web.Server(
            self._http.handle,
            request_factory=self._request,
            access_log=None,
            logger=_http_logger,
            auto_decompress=False,
            max_line_size=LINE_MAX,
            max_field_size=LINE_MAX,
        )
        try:
            self._listener = await loop.create_server(self._web, host or None, port, backlog=512)
        except (OSError, OverflowError) as error:
            raise AddressTaken(_cannot_bind(host, port, error)) from error
        self._disconnects.leaving = False
        self._fanout.start()
        self.calls.unfilled.start()
        self.sockets.start()
        self.bound = _bound(host, self._listener.sockets[0].getsockname()[1])
        return self.bound

    async def stop(self) -> None:
        """Close every socket, let running requests finish, and stop listening."""
        if self._listener is not None:
            self._listener.close()
        self._disconnects.leaving = True
        await self.sockets.stop()
        await self.calls.countdowns.stop()
        if self._web is not None:
            self._web.pre_shutdown()
            await self._web.shutdown(timeout=2)
        await self._fanout.stop()
        self.calls.unfilled.stop()
        if self._listener is not None:
            await self._listener.wait_closed()
        self._listener = self._web = self.bound = None

    def _request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        """What aiohttp makes of a request by itself, but for the size of a body."""
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=self._settings.body_max)

    async def _elsewhere(self, request: web.BaseRequest) -> web.StreamResponse:
        """What no venue's REST prefix claims."""
        path = request.raw_path.partition("?")[0]
        if path.startswith("/sim/"):
            return await self._control.handle(request)
        if path == "/":
            return self._page.respond(request)
        answer = await self.sockets.handle(request)
        if answer is not None:
            return answer
        return web.Response(status=404, text="nothing is served at this path; / says what is\n")

    def _listen_key_closed(self, key: ListenKey) -> None:
        target = self._targets.get(key.product)
        if target is not None:
            self._fanout.end_user(target, key.account, key.text)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The loop to serve on: uvloop's where it is installed (extra ``fast``), else the standard one."""
    # A commit thread that comes back from the disk may wait this long for a busy feed to let go of the interpreter,
    # and an order's reply waits with it.
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def _targets(dialects: Iterable[Dialect]) -> Mapping[str, Target]:
    """Every product of every dialect by its name, with its place."""
    targets: dict[str, Target] = {}
    for dialect in dialects:
        venue = VENUES.get(dialect.name)
        if venue is None:
            raise ConfigError(f"the gateway knows no place for the venue {dialect.name!r}")
        for product in dialect.products:
            targets[product.name] = Target(venue, venue.mounts[product.name], dialect, product)
    return targets


def _bound(host: str, port: int) -> Bound:
    name = "127.0.0.1" if host in WILDCARDS else f"[{host}]" if ":" in host else host
    return Bound(url=f"http://{name}:{port}", ws_url=f"ws://{name}:{port}", host=host, port=port)


def _cannot_bind(host: str, port: int, error: Exception) -> str:
    where = f"{host}:{port}"
    code = getattr(error, "errno", None)
    if code == errno.EADDRINUSE:
        return f"cannot listen on {where}: something else does; choose another --port (0 = any free one)"
    if code == errno.EACCES:
        return f"cannot listen on {where}: not allowed; choose a --port above 1023"
    return f"cannot listen on {where}: no address of this machine; choose another --host or --port"
