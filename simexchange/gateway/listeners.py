"""What a server listens on: plain HTTP always, TLS on as many ports as asked for, ports of single venues, the proxy."""

import asyncio
import errno
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import msgspec

from simexchange.errors import AddressTaken
from simexchange.gateway.proxy import HEAD_WITHIN, Places, Proxy, Serve
from simexchange.gateway.settings import Settings

WILDCARDS: Final = ("", "0.0.0.0", "::")  # noqa: S104 - named to be recognised, never a default
CLOSED_WITHIN: Final = 2.0
"""Wall seconds."""
_BACKLOG: Final = 512


class VenueBound(msgspec.Struct, frozen=True):
    """Where one venue can be reached: what comes before its own paths, without a slash at its end."""

    url: str
    ws_url: str
    tls_url: str = ""
    """Empty where no TLS is served."""
    tls_ws_url: str = ""


class Bound(msgspec.Struct, frozen=True):
    """Where a server can be reached: ``scheme://host:port``, without slash or path."""

    url: str
    ws_url: str
    host: str
    port: int
    tls_ports: tuple[int, ...] = ()
    tls_url: str = ""
    """The first of them; empty where no TLS is served."""
    tls_ws_url: str = ""
    proxy_url: str = ""
    """Empty where there is no proxy."""
    venues: dict[str, VenueBound] = {}
    """By name, in the order in which they are served."""
    venue_ports: dict[str, int] = {}
    """Where a venue is alone, by name; the first port where it has several."""
    venue_tls_ports: dict[str, int] = {}


class Listeners:
    """The listening sockets of one server."""

    def __init__(self, settings: Settings, context: ssl.SSLContext | None, places: Places) -> None:
        self._settings = settings
        self._context = context
        self._places = places
        self._servers: list[asyncio.Server] = []
        self._waiting: set[Proxy] = set()
        """Clients of the proxy that have no tunnel yet."""

    async def open(self, serve: Serve, host: str, port: int, alone: Mapping[str, Serve]) -> Bound:
        """Listen. *alone*: what answers at the ports of a single venue, by name.

        Raises AddressTaken, naming address and remedy, where that cannot be; nothing is left open then.
        """
        try:
            return await self._open(serve, host, port, alone)
        except AddressTaken:
            await self.close()
            raise

    async def _open(self, serve: Serve, host: str, port: int, alone: Mapping[str, Serve]) -> Bound:
        settings, places, context = self._settings, self._places, self._context
        bound = await self._listen(serve, host, port, "--port")
        places.own_ports = {bound: False}
        secure = [await self._listen(serve, host, each, "--tls-port", context) for each in settings.tls_ports]
        places.own_ports |= dict.fromkeys(secure, True)
        own: dict[str, int] = {}
        for name, each in settings.venue_ports:
            own.setdefault(name, await self._listen(alone[name], host, each, "--venue-port"))
        own_secure: dict[str, int] = {}
        for name, each in settings.venue_tls_ports:
            own_secure.setdefault(name, await self._listen(alone[name], host, each, "--venue-tls-port", context))
        shown = "127.0.0.1" if host in WILDCARDS else f"[{host}]" if ":" in host else host
        proxy = ""
        if settings.proxy_port is not None and context is not None:
            by_proxy = await self._listen(
                lambda: Proxy(places, context, serve, self._waiting), host, settings.proxy_port, "--proxy-port"
            )
            proxy = f"http://{shown}:{by_proxy}"
        return Bound(
            url=f"http://{shown}:{bound}",
            ws_url=f"ws://{shown}:{bound}",
            host=host,
            port=bound,
            tls_ports=tuple(secure),
            tls_url=f"https://{shown}:{secure[0]}" if secure else "",
            tls_ws_url=f"wss://{shown}:{secure[0]}" if secure else "",
            proxy_url=proxy,
            venue_ports=own,
            venue_tls_ports=own_secure,
        )

    async def _listen(
        self, serve: Serve, host: str, port: int, option: str, context: ssl.SSLContext | None = None
    ) -> int:
        """Listen at one port; which one it became."""
        loop = asyncio.get_running_loop()
        within = None if context is None else HEAD_WITHIN
        try:
            server = await loop.create_server(
                serve, host or None, port, backlog=_BACKLOG, ssl=context, ssl_handshake_timeout=within
            )
        except (OSError, OverflowError) as error:
            raise AddressTaken(_cannot_bind(host, port, option, error)) from error
        self._servers.append(server)
        taken: int = server.sockets[0].getsockname()[1]
        return taken

    def stop_listening(self) -> None:
        """Take nobody in any more; whoever is connected stays so."""
        for server in self._servers:
            server.close()
        for client in list(self._waiting):
            client.abort()

    async def close(self) -> None:
        """Stop listening, and wait for the end of it: not for one who began a handshake and says no more."""
        self.stop_listening()
        for server in self._servers:
            with suppress(TimeoutError):
                await asyncio.wait_for(server.wait_closed(), CLOSED_WITHIN)
        self._servers.clear()


def _cannot_bind(host: str, port: int, option: str, error: Exception) -> str:
    where = f"{host}:{port}"
    code = getattr(error, "errno", None)
    if code == errno.EADDRINUSE:
        return f"cannot listen on {where}: something else does; choose another {option} (0 = any free one)"
    if code == errno.EACCES:
        return f"cannot listen on {where}: not allowed; choose a {option} above 1023"
    return f"cannot listen on {where}: no address of this machine; choose another --host or {option}"
