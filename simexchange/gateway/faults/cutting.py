"""Ending connections rudely, and saying nothing on them."""

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any, Final, Protocol, runtime_checkable

from aiohttp import web

LOOKED_EVERY: Final = 0.02
"""Wall seconds between two looks whether a client has given up."""
_AT_ONCE: Final = struct.pack("ii", 1, 0)


@runtime_checkable
class Transport(Protocol):
    """A transport of any loop: those of uvloop are no subclasses of the standard library's."""

    def is_closing(self) -> bool: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def get_extra_info(self, name: str) -> Any: ...


def reset(transport: object) -> None:
    """Cut a TCP connection so that the other side is told of a reset, not of an end."""
    if not isinstance(transport, Transport) or transport.is_closing():
        return
    below = transport.get_extra_info("socket")
    if below is not None:
        with suppress(OSError):
            below.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()


def end(transport: object) -> None:
    """End a TCP connection behind what was written, without a word."""
    if isinstance(transport, Transport):
        transport.close()


async def hang(request: web.BaseRequest, ending: asyncio.Event) -> None:
    """Say nothing until the client has given up, or the server stops."""
    while not ending.is_set():
        transport = request.transport
        if transport is None or transport.is_closing():
            return
        await asyncio.sleep(LOOKED_EVERY)
    reset(request.transport)
