"""Wires that are not as they should be: one that carries nothing, and one that carries little.

They stand in for a socket's transport, so that a socket without a fault pays nothing for there being faults.
"""

import asyncio
from collections import deque
from typing import Final, TypeVar

from simexchange.gateway.connection import Wire

TICK: Final = 0.02
"""Seconds between two portions on a slow wire."""
OddWire = TypeVar("OddWire", "DeadWire", "SlowWire")


class DeadWire:
    """Takes bytes and keeps them, or loses them: the other side hears nothing, and is told of no end."""

    def __init__(self, transport: Wire, *, keep: bool) -> None:
        self.below = transport
        self.for_good = not keep
        self._keep = keep
        self._kept: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        if self._keep:
            self._kept.append(bytes(data))
            self._size += len(data)

    def revive(self) -> None:
        """Deliver what was kept, all at once, as TCP does after an interruption."""
        if self._kept and not self.below.is_closing():
            self.below.write(b"".join(self._kept))
        self._kept.clear()

    def die(self) -> None:
        """Nothing of it comes any more."""
        self.for_good, self._keep = True, False
        self._kept.clear()
        self._size = 0

    def is_closing(self) -> bool:
        return self.below.is_closing()

    def get_write_buffer_size(self) -> int:
        return self._size

    def abort(self) -> None:
        self.below.abort()


class SlowWire:
    """Carries so many bytes a second; what comes faster waits, and is lost where the socket is cut off for it."""

    def __init__(self, transport: Wire, bytes_per_second: int) -> None:
        self.below = transport
        self.for_good = False
        self.rate = bytes_per_second
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._credit = 0.0
        self._seen = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def write(self, data: bytes) -> None:
        self._waiting.append(bytes(data))
        self._size += len(data)
        if self._timer is None:
            self._seen = asyncio.get_running_loop().time()
            self._credit = 0.0
            self._carry()

    def _carry(self) -> None:
        """Put on as much as the time since the last portion allows, and come back for the rest."""
        loop = asyncio.get_running_loop()
        self._timer = None
        now = loop.time()
        self._credit += (now - self._seen) * self.rate
        self._seen = now
        portion = bytearray()
        while self._waiting and self._credit >= 1.0:
            data = self._waiting.popleft()
            size = min(len(data), int(self._credit))
            portion += data[:size]
            self._credit -= size
            if size < len(data):
                self._waiting.appendleft(data[size:])
        self._size -= len(portion)
        if self.below.is_closing():
            self._waiting.clear()
            return
        if portion:
            self.below.write(bytes(portion))
        if self._waiting:
            self._timer = loop.call_later(TICK, self._carry)

    def finish(self) -> None:
        """Put on all that waits: the socket ends, and no frame may be left in halves."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting and not self.below.is_closing():
            self.below.write(b"".join(self._waiting))
        self._waiting.clear()
        self._size = 0

    def is_closing(self) -> bool:
        return self.below.is_closing()

    def get_write_buffer_size(self) -> int:
        return self._size + self.below.get_write_buffer_size()

    def abort(self) -> None:
        self._waiting.clear()
        self.below.abort()


Odd = DeadWire | SlowWire


def among(wire: Wire, kind: type[OddWire]) -> OddWire | None:
    """The one of that *kind* among those that *wire* stands on, itself included."""
    while isinstance(wire, Odd):
        if isinstance(wire, kind):
            return wire
        wire = wire.below
    return None


def without(wire: Wire, taken: Odd) -> Wire:
    """What to write to when *taken* is taken out from *wire* and those that it stands on."""
    if wire is taken:
        return taken.below
    if isinstance(wire, Odd):
        wire.below = without(wire.below, taken)
    return wire
