"""Socket addresses: which product a WebSocket path names, and which streams it asks for at once.

``/spot/ws/a/b``, ``/spot/stream?streams=a/b``, ``/um/private/ws?listenKey=K&events=A/B``, ``/spot/stream/ws`` (raw
frames under a path with ``/stream`` in it, which one client library looks for), ``/ws-api/v3``. A numeric last segment
means nothing: one client library numbers its connections so. A plus sign is one, as in ``btcusdt@kline_1d@+08:00``.
"""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

import msgspec

from simexchange.gateway.calls import Target

_OWN_WORDS = ("streams", "listenKey", "events")


class StreamAddress(msgspec.Struct, frozen=True):
    """A market-data or user-data socket."""

    target: Target
    combined: bool
    names: tuple[str, ...]
    options: Mapping[str, str]
    """The rest of the query, for the dialect."""
    branch: str = ""
    """The routed path it was opened at, where the venue splits its streams."""
    events: frozenset[str] = frozenset()
    """The private events it wants to hear of; none: all."""


class ApiAddress(msgspec.Struct, frozen=True):
    """A WebSocket API socket."""

    target: Target
    options: Mapping[str, str]


class Addresses:
    """All socket addresses of a server."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._apis: dict[str, Target] = {}
        self._streams: list[tuple[str, Target]] = []
        self._by_message: dict[str, Target] = {}
        for target in targets:
            for start in ("", target.venue.prefix) if target.venue.at_root else (target.venue.prefix,):
                mount = target.mount
                if mount.api:
                    self._apis[start + mount.api] = target
                if mount.by_message:
                    self._by_message[start + mount.streams] = target
                elif mount.streams:
                    self._streams.append((start + mount.streams + "/", target))

    def find(self, path: str, query: str, at_root: Target | None = None) -> StreamAddress | ApiAddress | None:
        """What the address names; None where there is no socket.

        *at_root* is the product whose streams are at the root of the host that was asked, where it is a venue's own.
        """
        options: dict[str, str] = {}
        for name, value in _pairs(query):
            # Named again, what lists names goes on.
            options[name] = f"{options[name]}/{value}" if name in _OWN_WORDS and name in options else value
        path = path.rstrip("/")
        head, _, tail = path.rpartition("/")
        target = self._apis.get(path) or (self._apis.get(head) if tail.isdecimal() else None)
        if target is not None:
            return ApiAddress(target, options)
        talking = self._by_message.get(path)
        if talking is not None:
            return StreamAddress(talking, combined=False, names=(), options=options)
        for prefix, owner in self._streams:
            if path.startswith(prefix):
                return _stream_address(owner, path[len(prefix) :], options)
        if at_root is None:
            return None
        # At a port of the venue's own the path has its prefix.
        return _stream_address(at_root, path.removeprefix(at_root.venue.prefix), options)


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name:
            yield unquote(name), unquote(value)


def _stream_address(target: Target, rest: str, options: Mapping[str, str]) -> StreamAddress | None:
    segments = [unquote(segment) for segment in rest.split("/") if segment]
    branch = segments.pop(0) if segments and segments[0] in target.mount.branches else ""
    match segments:
        case ["stream", "ws", *names] | ["ws", *names]:
            combined = False
        case ["stream", *names]:
            combined = True
        case _:
            return None
    if names and names[-1].isdecimal():
        names.pop()
    names += [name for name in options.get("streams", "").split("/") if name]
    names += [key for key in options.get("listenKey", "").split("/") if key]
    events = frozenset(name for name in options.get("events", "").split("/") if name)
    further = {name: value for name, value in options.items() if name not in _OWN_WORDS}
    return StreamAddress(target, combined, tuple(dict.fromkeys(names)), further, branch, events)
