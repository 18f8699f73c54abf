"""A proxy for clients with built-in host names: CONNECT to a venue's name, and the tunnel ends here.

It opens no connection to anybody, so nothing that goes through it can leave the machine. A tunnel to a name of the
venue, or to one of our own addresses, is handed to the server that answers the same requests without a proxy; the TLS
of the tunnel is spoken by us. Every other name, port or method is refused with 403 and a line that says so.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable
from typing import Final, cast

from simexchange.gateway.guard import host_name

_logger = logging.getLogger(__name__)

HEAD_MAX: Final = 8_192
"""Bytes of a request's head."""
HEAD_WITHIN: Final = 10.0
"""Wall seconds a client has to say where it wants to go, and again to shake hands."""
PLAIN_PORT: Final = 80
"""Where a venue's name is spoken to without TLS."""

Serve = Callable[[], asyncio.Protocol]
"""Makes what answers on one connection."""


class Places:
    """Where a tunnel may lead, and whether TLS is spoken there."""

    def __init__(self, venue_hosts: Iterable[str], own_hosts: Iterable[str]) -> None:
        self._venue = frozenset(venue_hosts)
        self._own = frozenset(own_hosts)
        self.own_ports: dict[int, bool] = {}
        """Ports we listen on → whether by TLS."""

    def find(self, target: str) -> bool | None:
        """Whether TLS is spoken at *target* (``host:port``); None where no tunnel may lead there."""
        name, port = host_name(target), _port(target)
        if port is None:
            return None
        if name in self._own:
            return self.own_ports.get(port)
        return port != PLAIN_PORT if name in self._venue else None


class Proxy(asyncio.Protocol):
    """One client of the proxy, up to the moment its tunnel is open."""

    def __init__(self, places: Places, context: ssl.SSLContext, serve: Serve, waiting: set[Proxy]) -> None:
        self._places = places
        self._context = context
        self._serve = serve
        self._waiting = waiting
        """Whoever has no tunnel yet: to be let go of when the server stops."""
        self._head = b""
        self._transport: asyncio.Transport
        self._late: asyncio.TimerHandle
        self._handshake: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A TCP server makes no other kind; uvloop's is no subclass of the standard library's.
        self._transport = cast("asyncio.Transport", transport)
        self._waiting.add(self)
        self._late = asyncio.get_running_loop().call_later(HEAD_WITHIN, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()

    def abort(self) -> None:
        """The server stops."""
        self._leave()
        if self._handshake is not None:
            self._handshake.cancel()
        self._transport.abort()

    def _leave(self) -> None:
        self._late.cancel()
        self._waiting.discard(self)

    def data_received(self, data: bytes) -> None:
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end:
            if len(self._head) > HEAD_MAX:
                self._refuse("400 Bad Request", "the request's head is too long")
            return
        method, target = _words(head)
        if method != "CONNECT":
            self._refuse("403 Forbidden", "this proxy only takes CONNECT: set HTTPS_PROXY, and leave HTTP_PROXY unset")
            return
        secure = self._places.find(target)
        if secure is None:
            _logger.warning("proxy: refused a tunnel to %s", ascii(target[:200])[1:-1])
            self._refuse(
                "403 Forbidden", f"{target[:200]} is no name of the venue's and not ours; nothing leaves this machine"
            )
        elif rest:
            self._refuse("400 Bad Request", "nothing may follow CONNECT before it is answered")
        else:
            self._open(secure=secure)

    def _refuse(self, status: str, why: str) -> None:
        body = f"simexchange: {why}\n".encode("utf-8", "replace")
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self._late.cancel()
        self._transport.write(head.encode() + body)
        self._transport.close()

    def _open(self, *, secure: bool) -> None:
        self._late.cancel()
        transport = self._transport
        if secure:
            # Nothing is read until TLS reads it.
            transport.pause_reading()
        transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if secure:
            self._handshake = asyncio.get_running_loop().create_task(self._shake_hands())
        else:
            self._waiting.discard(self)
            _hand_over(transport, self._serve(), b"")

    async def _shake_hands(self) -> None:
        waiting = _Waiting()
        try:
            tunnel = await asyncio.get_running_loop().start_tls(
                self._transport, waiting, self._context, server_side=True, ssl_handshake_timeout=HEAD_WITHIN
            )
        except (OSError, ssl.SSLError) as error:
            # Most often: the client does not trust the authority. What it is told it says itself.
            _logger.info("proxy: no TLS in a tunnel: %s", error)
            self.abort()
            return
        self._waiting.discard(self)
        if tunnel is None or waiting.gone:
            self._transport.abort()
            return
        _hand_over(tunnel, self._serve(), waiting.data)


class _Waiting(asyncio.Protocol):
    """Keeps what a client sends along with the end of its handshake, before anybody is there to answer it."""

    def __init__(self) -> None:
        self.data = b""
        self.gone = False

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True


def _hand_over(transport: asyncio.Transport, protocol: asyncio.Protocol, data: bytes) -> None:
    protocol.connection_made(transport)
    transport.set_protocol(protocol)
    if data:
        protocol.data_received(data)


def _words(head: bytes) -> tuple[str, str]:
    """Method and target of a request's first line; empty where it is none."""
    parts = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    return (parts[0], parts[1]) if len(parts) == 3 else ("", "")


def _port(target: str) -> int | None:
    _, colon, text = target.rpartition(":")
    return int(text) if colon and text.isascii() and text.isdecimal() and len(text) <= 5 else None
