"""WebSocket frames as a server sends them: unmasked, whole, built once for every listener."""

import struct

TEXT = 0x81
PING = 0x89
PONG = 0x8A


def frame(payload: bytes, head: int = TEXT) -> bytes:
    r"""*payload* as one finished frame (RFC 6455 §5.2).

    >>> frame(b"hi")
    b'\x81\x02hi'
    """
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 65_536:
        return struct.pack("!BBH", head, 126, size) + payload
    return struct.pack("!BBQ", head, 127, size) + payload
