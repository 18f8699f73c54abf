"""The server: sockets that listen, and who answers behind them."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from simexchange.dialects.contract import Dialect
from simexchange.errors import ConfigError
from simexchange.eventlog.rewinding import Rewound
from simexchange.gateway import pasts
from simexchange.gateway.addresses import Addresses
from simexchange.gateway.calls import Calls, Target
from simexchange.gateway.control import Control
from simexchange.gateway.control_acts import Acts
from simexchange.gateway.control_alarms import AlarmActs
from simexchange.gateway.control_clock import ClockActs
from simexchange.gateway.control_explain import ExplainActs
from simexchange.gateway.control_families import FamilyActs
from simexchange.gateway.control_faults import FaultActs
from simexchange.gateway.control_keys import KeyActs
from simexchange.gateway.control_lockstep import LockstepActs
from simexchange.gateway.control_moment import MomentActs
from simexchange.gateway.control_portfolio import PortfolioActs
from simexchange.gateway.control_preview import PreviewActs
from simexchange.gateway.control_prices import PriceActs
from simexchange.gateway.control_refused import RefusedActs
from simexchange.gateway.control_rewind import RewindActs
from simexchange.gateway.control_rules import RulesActs
from simexchange.gateway.control_statements import StatementActs
from simexchange.gateway.disconnects import Disconnects
from simexchange.gateway.doors import Doors, through
from simexchange.gateway.fanout import Fanout
from simexchange.gateway.faults.acts import SocketFaults
from simexchange.gateway.faults.api import ApiFaults
from simexchange.gateway.faults.bending import Bending
from simexchange.gateway.faults.injector import Injector
from simexchange.gateway.faults.kinds import LISTEN_KEYS, NEEDS, PINGS
from simexchange.gateway.faults.pipes import Pipes
from simexchange.gateway.faults.rest import RestFaults
from simexchange.gateway.guard import Guard
from simexchange.gateway.hosts import hosts_of, roots_of
from simexchange.gateway.http import Http, Paths
from simexchange.gateway.idling import Idling
from simexchange.gateway.keys import Keys
from simexchange.gateway.listeners import WILDCARDS, Bound, Listeners, VenueBound
from simexchange.gateway.listenkeys import ListenKey, ListenKeyTable
from simexchange.gateway.openapi import describe
from simexchange.gateway.pages import Page
from simexchange.gateway.pasts import Pasts
from simexchange.gateway.proxy import Places
from simexchange.gateway.ratelimits import RateLimits
from simexchange.gateway.settings import Settings
from simexchange.gateway.tls import Authority
from simexchange.gateway.venues import VENUES
from simexchange.gateway.websocket import Sockets
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.lockstep import ACCOUNT, Lockstep

# Bulk calls carry their orders in the query (a library sends POST parameters there), so a line may be long.
LINE_MAX = 65_536
SWITCH_INTERVAL = 0.001
"""Seconds one thread may keep the interpreter while another waits for it."""
_http_logger = logging.getLogger(f"{__name__}.http")
# Bytes that are no HTTP are refused and need no traceback; they may be anything, a key among them.
_http_logger.addFilter(lambda said: not (said.exc_info and isinstance(said.exc_info[1], HttpProcessingError)))


class Server:
    """Serves one exchange to clients of every dialect given."""

    def __init__(
        self,
        exchange: Exchange,
        dialects: Iterable[Dialect],
        keys: Keys,
        settings: Settings,
        authority: Authority | None = None,
    ) -> None:
        """*authority* signs for TLS and the proxy; without one there is neither, and no host name of the venue's."""
        if authority is None and (settings.tls_ports or settings.venue_tls_ports or settings.proxy_port is not None):
            raise ConfigError("TLS and the proxy need a certificate authority")
        self._settings = settings
        self._targets = _targets(dialects)
        self._alone = _alone(settings, self._targets.values())
        """Prefixes of the venues with ports of their own, by name."""
        self._doors = Doors(self._targets.values(), by_name=authority is not None)
        self._exchange, self._keys = exchange, keys
        self._venue_hosts = hosts_of(venues_of(self._targets.values())) if authority else ()
        self._guard = Guard((*settings.allowed_hosts, settings.host), settings.control_token, self._venue_hosts)
        self._assemble()
        self._webs: list[web.Server] = []
        own = () if settings.host in WILDCARDS else (settings.host,)
        names = (*settings.allowed_hosts, *own, *self._venue_hosts)
        context = authority.context(names) if authority else None
        self._listeners = Listeners(settings, context, Places(self._venue_hosts, self._guard.names))
        self._rewinding = asyncio.Lock()
        self.bound: Bound | None = None

    def _assemble(self) -> None:
        """Whatever is between the sockets that listen and the exchange, and remembers anything of either."""
        exchange, keys, settings, guard = self._exchange, self._keys, self._settings, self._guard
        wall = exchange.clock.wall.now
        listen_keys = ListenKeyTable(wall, self._listen_key_closed)
        self._disconnects = Disconnects(exchange)
        self._fanout = Fanout(exchange, self._disconnects.unheard, self._disconnects.guarded)
        self.calls = Calls(
            exchange, keys, listen_keys, RateLimits(settings.rate_limits), settings.timestamp_policy, wall
        )
        self._disconnects.countdowns = self.calls.countdowns
        self.faults = Injector(exchange, groups_of(self._targets.values()), lacks_of(self._targets.values()))
        bending = Bending(self.faults)
        self._rest_faults = RestFaults(self.faults, self.calls, bending)
        self._socket_faults: SocketFaults | None = None
        roots = roots_of(self._targets.values()) if self._venue_hosts else {}
        self.sockets = Sockets(
            self.calls,
            self._fanout,
            Addresses(self._targets.values()),
            guard,
            self._targets,
            roots,
            ApiFaults(self.faults, self.calls, bending),
            frame_max=settings.frame_max,
            strict_routing=settings.strict_routing,
        )
        self.faults.when_begun(self._let_frames_through)
        self._idling, self.lockstep = self._stepping(exchange, keys)
        tables = (
            Acts(
                self.calls,
                lambda: self.sockets.count,
                settings.adopting,
                allow_any_key=settings.allow_any_key,
                venues=venues_of(self._targets.values()),
            ),
            RefusedActs(self.calls.refused),
            KeyActs(
                exchange,
                keys,
                allow_any_key=settings.allow_any_key,
                kinds={target.dialect.name: target.dialect.key_kinds for target in self._targets.values()},
            ),
            FamilyActs(exchange),
            ClockActs(exchange, owners=settings.lockstep),
            LockstepActs(exchange, self.lockstep),
            RulesActs(exchange, settings.fee_tables),
            ExplainActs(exchange, dialects_of(self._targets.values())),
            PriceActs(exchange),
            PreviewActs(exchange),
            StatementActs(exchange),
            FaultActs(self.faults),
            PortfolioActs(exchange),
            AlarmActs(exchange),
            RewindActs(exchange, self.rewind),
            MomentActs(exchange),
        )
        endpoints = tuple(endpoint for acts in tables for endpoint in acts.endpoints())
        if settings.faults is not None:
            self.faults.begin()
            self.faults.put(settings.faults)
        self._control = Control(endpoints, guard, partial(describe, endpoints), read_only=exchange.read_only)
        self._page = Page(exchange, self._targets.values())
        self._paths = Paths(self._targets.values())
        http = Http(self.calls, self._paths, guard, self._elsewhere, self.faults, self._rest_faults)
        self._answer = http.handle if self._idling is None else self._idling.watching(http.handle)
        self._pasts = Pasts(exchange, self._serve_past)

    async def start(self, host: str | None = None, port: int | None = None) -> Bound:
        """Listen. Raises AddressTaken, naming the address and the remedy, where that cannot be."""
        host = self._settings.host if host is None else host
        port = self._settings.port if port is None else port
        whole = self._serving(self._by_host if self._doors else self._request)
        alone = {name: self._serving(partial(self._behind, prefix)) for name, prefix in self._alone.items()}
        self._webs = [whole, *alone.values()]
        bound = await self._listeners.open(whole, host, port, alone)
        self.bound = bound = msgspec.structs.replace(bound, venues=_reached(bound, self._targets.values()))
        self._begin()
        return bound

    def _serving(self, make_request: Callable[..., web.BaseRequest]) -> web.Server:
        """What answers at some of the ports: *make_request* says what a request there is."""
        return web.Server(
            self._handle,
            request_factory=make_request,
            access_log=None,
            logger=_http_logger,
            auto_decompress=False,
            max_line_size=LINE_MAX,
            max_field_size=LINE_MAX,
        )

    def _begin(self) -> None:
        self._disconnects.leaving = False
        if self.lockstep is not None:
            self.lockstep.start()
        self._fanout.start()
        self.faults.open()
        self._rest_faults.ending.clear()
        if self._socket_faults is not None:
            self._socket_faults.ending.clear()
        self.calls.unfilled.start()
        self.sockets.start()

    async def rewind(self, to: int | str) -> Rewound:
        """Let the exchange go on from the record *to*, or the one of that name; everybody connected is disconnected.

        Afterwards the gateway is as after a start: listen keys, logins, counts, countdowns and faults that were added
        have ended, and keys of accounts that are not there open nothing. Requests under way are answered before it.
        Raises as `Exchange.rewind` does: then sockets were closed, and nothing else has changed.
        """
        async with self._rewinding:
            self._exchange.can_rewind(to)
            # Whoever has asked something over a socket hears the answer before it closes.
            await self._exchange.durable(self._exchange.seq)
            await asyncio.sleep(0)
            await self._end()
            await self._hear_no_more()
            self.faults.clear()
            try:
                rewound = self._exchange.rewind(to)
                self._keys.forget_others(self._exchange.state.accounts)
            finally:
                # Who came in while the sockets were being closed hears a stream of what is no more.
                self.sockets.abort()
                self._assemble()
                self._begin()
        return rewound

    async def _end(self) -> None:
        """Nobody's stream goes on, and nothing happens by itself any more."""
        if self.lockstep is not None:
            self.lockstep.close()
        self._disconnects.leaving = True
        self._rest_faults.ending.set()
        if self._socket_faults is not None:
            self._socket_faults.stop()
        await self.sockets.stop()
        await self.calls.countdowns.stop()

    async def _hear_no_more(self) -> None:
        """Events of the exchange come to nobody here any more."""
        await self._fanout.stop()
        if self._fanout.pipes is not None:
            self._fanout.pipes.stop()
        self.calls.unfilled.stop()

    async def stop(self) -> None:
        """Close every socket, let running requests finish, and stop listening."""
        self._listeners.stop_listening()
        await self._end()
        for each in self._webs:
            each.pre_shutdown()
        await asyncio.gather(*(each.shutdown(timeout=2) for each in self._webs))
        await self._hear_no_more()
        await self._listeners.close()
        self._webs, self.bound = [], None

    def _stepping(self, exchange: Exchange, keys: Keys) -> tuple[Idling | None, Lockstep | None]:
        """Who is waited for, and how it is seen that those are idle that do not say so."""
        asked, settings = self._settings.lockstep, self._settings
        if not asked:
            return None, None
        accounts = [name.removeprefix(ACCOUNT) for name in asked if name.startswith(ACCOUNT)]
        idling = None
        if accounts:
            idling = Idling(accounts, keys, lambda: exchange.state, settings.lockstep_quiet)
            self.sockets.connect = idling.connection
        names = [name for name in asked if not name.startswith(ACCOUNT)]
        return idling, Lockstep(
            exchange, names, settings.lockstep_patience, idle=idling, watched=accounts, pace=settings.lockstep_pace
        )

    def _handle(self, request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        """Whoever answers now: another one after a rewind."""
        return self._answer(request)

    def _request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        """What aiohttp makes of a request by itself, but for the size of a body."""
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=self._settings.body_max)

    def _by_host(self, message: Any, *carried: Any) -> web.BaseRequest:
        """The same where a host name may say which venue is meant."""
        prefix = self._doors.prefix(message.headers.get("Host", ""))
        return self._request(through(message, prefix) if prefix else message, *carried)

    def _behind(self, prefix: str, message: Any, *carried: Any) -> web.BaseRequest:
        """The same at a port of the venue with *prefix*."""
        return self._request(through(message, prefix), *carried)

    async def _elsewhere(self, request: web.BaseRequest) -> web.StreamResponse:
        """What no venue's REST prefix claims."""
        path = request.raw_path.partition("?")[0]
        if path.startswith("/sim/"):
            return await self._control.handle(request)
        if path.startswith(pasts.ROOT):
            return await self._pasts.handle(request)
        if path == "/":
            return self._page.respond(request)
        answer = await self.sockets.handle(request)
        if answer is not None:
            return answer
        return web.Response(status=404, text="nothing is served at this path; / says what is\n")

    def _serve_past(self, past: Exchange) -> Http:
        """What answers REST calls as of *past*: the same venues, keys and limits. Faults are for the present."""
        here, wall = self.calls, past.clock.wall.now
        calls = Calls(
            past, here.keys, ListenKeyTable(wall, _nobody), here.limits, self._settings.timestamp_policy, wall
        )
        calls.budget, calls.refused, calls.unserved = here.budget, here.refused, here.unserved
        none = Injector(past, groups_of(self._targets.values()))
        return Http(calls, self._paths, self._guard, _not_there, none, RestFaults(none, calls, Bending(none)))

    def _let_frames_through(self) -> None:
        """From now on each frame passes the faults on its way."""
        self._socket_faults = faults = SocketFaults(self.faults, self.sockets)
        self._fanout.pipes = Pipes(self.faults, self._fanout.deliver, faults.strike)
        self.sockets.let_through(faults)
        self._fanout.number_private(self.faults.lines)

    def _listen_key_closed(self, key: ListenKey) -> None:
        target = self._targets.get(key.product)
        if target is not None:
            self._fanout.end_user(target, key.account, key.text)


def _nobody(_key: ListenKey) -> None:
    """A past has no streams that would have to end."""


async def _not_there(_request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(status=404, text="a past answers the REST calls of the venues; streams tell what happens now\n")


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


def _reached(bound: Bound, targets: Iterable[Target]) -> dict[str, VenueBound]:
    """Where each venue is: at a port of its own, at the root of the address, or below its prefix."""
    found: dict[str, VenueBound] = {}
    for target in targets:
        name, start = target.dialect.name, "" if target.venue.at_root else target.venue.prefix
        places = (bound.url, bound.ws_url, bound.tls_url, bound.tls_ws_url)
        ports = (*(2 * [bound.venue_ports.get(name)]), *(2 * [bound.venue_tls_ports.get(name)]))
        whole = [
            f"{place.rpartition(':')[0]}:{port}" if port else place + start if place else ""
            for place, port in zip(places, ports, strict=True)
        ]
        found.setdefault(name, VenueBound(*whole))
    return found


def _alone(settings: Settings, targets: Iterable[Target]) -> dict[str, str]:
    """Venue → prefix, of those with ports of their own. Raises ConfigError for one that is not served."""
    served = {target.dialect.name: target.venue.prefix for target in targets}
    names = dict.fromkeys(name for name, _ in (*settings.venue_ports, *settings.venue_tls_ports))
    for name in names:
        if name not in served:
            raise ConfigError(f"--venue-port: {name!r} is not served; served are {', '.join(served)}")
    return {name: served[name] for name in names}


def venues_of(targets: Iterable[Target]) -> tuple[str, ...]:
    """The names of the venues that are served."""
    return tuple(dict.fromkeys(target.dialect.name for target in targets))


def dialects_of(targets: Iterable[Target]) -> tuple[Dialect, ...]:
    """The dialects that are served."""
    return tuple(dict.fromkeys(target.dialect for target in targets))


def groups_of(targets: Iterable[Target]) -> Mapping[str, tuple[str, ...]]:
    """The groups of calls of all dialects together."""
    found: dict[str, tuple[str, ...]] = {}
    for dialect in dialects_of(targets):
        for name, patterns in dialect.groups.items():
            found[name] = (*found.get(name, ()), *patterns)
    return found


def lacks_of(targets: Iterable[Target]) -> Mapping[str, str]:
    """What no venue that is served does, of what faults may need, and what is said of it."""
    served = tuple(targets)
    there = {PINGS} if any(target.mount.socket.ping_every for target in served) else set()
    if any(target.venue.listen_keys for target in served):
        there.add(LISTEN_KEYS)
    names = ", ".join(venues_of(served))
    return {need: f"{names} {words}" for need, words in NEEDS.items() if need not in there}


def _targets(dialects: Iterable[Dialect]) -> Mapping[str, Target]:
    """Every product of every dialect by its name, with its place."""
    targets: dict[str, Target] = {}
    # Whether or not the other one is served: a handler may count on the rules of its own venue.
    names = frozenset(VENUES)
    for dialect in dialects:
        venue = VENUES.get(dialect.name)
        if venue is None:
            raise ConfigError(f"the gateway knows no place for the venue {dialect.name!r}")
        for product in dialect.products:
            mount = venue.mounts[product.name]
            targets[product.name] = Target(venue, mount, dialect, product, names - {dialect.name})
    return targets
