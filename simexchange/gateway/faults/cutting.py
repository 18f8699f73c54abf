"""Ending connections rudely, and saying nothing on them."""

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Final

from aiohttp import web

LOOKED_EVERY: Final = 0.02
"""Wall seconds between two looks whether a client has given up."""
_AT_ONCE: Final = struct.pack("ii", 1, 0)


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Cut a TCP connection so that the other side is told of a reset, not of an end."""
    if transport is None or transport.is_closing():
        return
    below = transport.get_extra_info("socket")
    if below is not None:
        with suppress(OSError):
            below.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
    else:
        transport.close()


async def hang(request: web.BaseRequest, ending: asyncio.Event) -> None:
    """Say nothing until the client has given up, or the server stops."""
    while not ending.is_set():
        transport = request.transport
        if transport is None or transport.is_closing():
            return
        await asyncio.sleep(LOOKED_EVERY)
    reset(request.transport)
