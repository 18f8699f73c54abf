"""Doors that lead to one venue alone: ports of its own, and the host names its clients have built in.

There it is at the root: whatever comes in by such a door is as if its path had the venue's prefix, REST and sockets
alike. This is the one place where paths are led so; everything behind it knows the whole path only.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from yarl import URL

from simexchange.gateway.calls import Target
from simexchange.gateway.guard import host_name
from simexchange.gateway.hosts import HOSTS
from simexchange.gateway.pasts import ROOT as PAST

CONTROL: Final = "/sim/"
_KNOWN: Final = 64
"""Header texts that are remembered; a client sends the same one every time."""


def led(path: str, prefix: str) -> str:
    """*path* as it is called behind the door of the venue with *prefix*. What is no venue's stays as it is.

    >>> led("/v5/market/time", "/bybit"), led("/bybit/v5/market/time", "/bybit"), led("/sim/v1/health", "/bybit")
    ('/bybit/v5/market/time', '/bybit/v5/market/time', '/sim/v1/health')
    >>> led("/at/17/v5/market/time", "/bybit"), led("/", "/bybit")
    ('/at/17/bybit/v5/market/time', '/')
    """
    if path.startswith(PAST):
        moment, slash, rest = path.removeprefix(PAST).partition("/")
        return f"{PAST}{moment}{led(slash + rest, prefix)}"
    bare = path.partition("?")[0]
    if bare == "/" or not path.startswith("/") or path.startswith((CONTROL, f"{prefix}/")) or bare == prefix:
        return path
    return prefix + path


class Doors:
    """The host names of the venues that are served, as far as a path does not say by itself which venue it is of."""

    def __init__(self, targets: Iterable[Target], *, by_name: bool) -> None:
        """*by_name*: whether clients may come under host names of the venues."""
        self._prefixes: Mapping[str, str] = {
            host: target.venue.prefix
            for target in targets
            if by_name and not target.venue.at_root
            for host in HOSTS.get(target.dialect.name, ())
        }
        self._known: dict[str, str] = {}

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._prefixes)

    def prefix(self, host: str) -> str:
        """Where the door of that Host header leads; empty where it is none."""
        found = self._known.get(host)
        if found is None:
            found = self._prefixes.get(host_name(host), "")
            if len(self._known) < _KNOWN:
                self._known[host] = found
        return found


def through(message: Any, prefix: str) -> Any:
    """A request's first line and headers, as they are behind the door."""
    path = led(message.path, prefix)
    return message if path == message.path else message._replace(path=path, url=URL(path, encoded=True))
