"""Socket addresses: which product a WebSocket path names, and which streams it asks for at once.

``/spot/ws/a/b``, ``/spot/stream?streams=a/b``, ``/um/private/ws?listenKey=K``, ``/spot/stream/ws`` (raw frames under a
path with ``/stream`` in it, which one client library looks for), ``/ws-api/v3``. A numeric last segment means nothing:
one client library numbers its connections so.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, unquote

import msgspec

from simexchange.gateway.calls import Target

_OWN_WORDS = ("streams", "listenKey")


class StreamAddress(msgspec.Struct, frozen=True):
    """A market-data or user-data socket."""

    target: Target
    combined: bool
    names: tuple[str, ...]
    options: Mapping[str, str]
    """The rest of the query, for the dialect."""


class ApiAddress(msgspec.Struct, frozen=True):
    """A WebSocket API socket."""

    target: Target
    options: Mapping[str, str]


class Addresses:
    """All socket addresses of a server."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._apis: dict[str, Target] = {}
        self._streams: list[tuple[str, Target]] = []
        for target in targets:
            for start in ("", target.venue.prefix) if target.venue.at_root else (target.venue.prefix,):
                self._apis[start + target.mount.api] = target
                self._streams.append((start + target.mount.streams + "/", target))

    def find(self, path: str, query: str, at_root: Target | None = None) -> StreamAddress | ApiAddress | None:
        """What the address names; None where there is no socket.

        *at_root* is the product whose streams are at the root of the host that was asked, where it is a venue's own.
        """
        options = dict(parse_qsl(query, keep_blank_values=True))
        path = path.rstrip("/")
        head, _, tail = path.rpartition("/")
        target = self._apis.get(path) or (self._apis.get(head) if tail.isdecimal() else None)
        if target is not None:
            return ApiAddress(target, options)
        for prefix, owner in self._streams:
            if path.startswith(prefix):
                return _stream_address(owner, path[len(prefix) :], options)
        return None if at_root is None else _stream_address(at_root, path, options)


def _stream_address(target: Target, rest: str, options: Mapping[str, str]) -> StreamAddress | None:
    segments = [unquote(segment) for segment in rest.split("/") if segment]
    if segments and segments[0] in target.mount.branches:
        del segments[0]
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
    if options.get("listenKey"):
        names.append(options["listenKey"])
    further = {name: value for name, value in options.items() if name not in _OWN_WORDS}
    return StreamAddress(target, combined, tuple(dict.fromkeys(names)), further)
