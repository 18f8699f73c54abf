"""Who may knock: Host names, Origins and the control token.

A page in the user's browser can reach a loopback port. The Host allow-list stops DNS rebinding, the Origin check
stops a foreign page from opening sockets, and the control API wants a token besides.
"""

import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def host_name(host: str) -> str:
    """The name in a Host header, without the port, in lower case; empty where it makes no sense.

    >>> host_name("LocalHost:8420"), host_name("[::1]:80"), host_name("[::1]")
    ('localhost', '[::1]', '[::1]')
    """
    host = host.strip().lower()
    if host.startswith("["):
        name, bracket, rest = host.partition("]")
        return name + bracket if bracket and (not rest or _is_port(rest)) else ""
    name, colon, _ = host.partition(":")
    return name.removesuffix(".") if not colon or _is_port(host[len(name) :]) else ""


def _is_port(text: str) -> bool:
    return text.startswith(":") and text[1:].isascii() and text[1:].isdecimal()


class Guard:
    """The allow-list and the control token of one server."""

    def __init__(self, hosts: Iterable[str], token: str, venue_hosts: Iterable[str] = ()) -> None:
        """*hosts* are ours: pages served from there may open sockets. *venue_hosts* only clients may ask under."""
        self.names = {*LOOPBACK, *(host_name(host) or host.lower() for host in hosts)}
        self._hosts = {*self.names, *venue_hosts}
        self._token = token.encode()
        # Header texts found good; a client sends the same one every time.
        self._known: set[str] = set()

    def knows_host(self, header: str | None) -> bool:
        """True where the Host header names this server."""
        if header in self._known:
            return True
        if header is None or host_name(header) not in self._hosts:
            return False
        if len(self._known) < 64:
            self._known.add(header)
        return True

    def knows_origin(self, header: str | None, asked: str = "") -> bool:
        """True without an Origin (no browser), with one of this server's names, or with the very name that is *asked*.

        websocket-client, which pybit and others are built on, says the name it asks under. No page comes from there: at
        such a name is this server. ``null`` is nobody.
        """
        if header is None:
            return True
        parts = urlsplit(header)
        name = host_name(parts.netloc)
        return parts.scheme in {"http", "https"} and bool(name) and (name in self.names or name == host_name(asked))

    def knows_token(self, authorization: str | None) -> bool:
        """True for ``Bearer TOKEN`` with the right token, compared in constant time."""
        scheme, _, token = (authorization or "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._token)
