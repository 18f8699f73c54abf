"""One open WebSocket, as the fan-out sees it: frames wait for their record to be durable, then go out joined.

Frames are written to the transport ready-made. The transport's buffer is the bounded queue: a client that lets it
fill is dropped, as the venue drops it, and never holds anybody up.
"""

from collections import deque
from itertools import count
from typing import Protocol

from simexchange.core.vocabulary.units import SECOND
from simexchange.gateway.frames import PING, PONG, frame
from simexchange.gateway.venues import SocketRules

BUFFER_MAX = 4 * 1024 * 1024
"""Bytes a client may lag behind."""

POLICY_VIOLATION = 1008
GOING_AWAY = 1001


_number = count(1)


class Wire(Protocol):
    """What frames are written to: a transport, or what stands in for one."""

    def write(self, data: bytes) -> None: ...

    def is_closing(self) -> bool: ...

    def get_write_buffer_size(self) -> int: ...

    def abort(self) -> None: ...


class Connection:
    """The sending side of one socket and what is known of its liveness. Instants are wall time."""

    __slots__ = (
        "_arrived",
        "_window",
        "active",
        "announced",
        "busy",
        "closing",
        "combined",
        "events",
        "id",
        "lost",
        "names",
        "opened",
        "pinged",
        "ponged",
        "rules",
        "silence",
        "transport",
        "waiting",
        "wire",
    )

    def __init__(self, transport: Wire, rules: SocketRules, opened: int, *, combined: bool) -> None:
        self.rules = rules
        self.silence: int = rules.silence
        """How long nobody may say anything; 0: for ever."""
        self.active = opened
        """When somebody did, as far as was looked."""
        self.busy = False
        """Whether somebody did since then."""
        self.id = f"{opened:x}-{next(_number):x}"
        """What it is called where a venue names connections: a name nobody else here has."""
        self.combined = combined
        """Whether payloads travel in an envelope that names their stream."""
        self.opened = self.pinged = self.ponged = opened
        self.names: dict[str, None] = {}
        """Streams subscribed, in order."""
        self.events: frozenset[str] = frozenset()
        """The private events it wants to hear of; none: all."""
        self.announced = False
        """Whether it was told that it will end."""
        self.closing: int | None = None
        """The close code, once somebody has decided to end it."""
        self.wire = self.transport = transport
        """What is written to, and what it stands on."""
        self.lost = False
        """Whether nothing reaches the client any more, not even that it ends."""
        self.waiting: deque[tuple[int, bytes]] = deque()
        """Frames, each with the record that must be durable before it may go out, in order."""
        self._window = 0
        self._arrived = 0

    @property
    def gone(self) -> bool:
        return self.closing is not None or self.wire.is_closing()

    def release(self, durable: int) -> bool:
        """Write what waited for records up to *durable*, in one piece. False where something still waits."""
        waiting = self.waiting
        if not waiting or self.gone:
            waiting.clear()
            return True
        ready = []
        while waiting and waiting[0][0] <= durable:
            ready.append(waiting.popleft()[1])
        if ready:
            self.write(ready[0] if len(ready) == 1 else b"".join(ready))
        return not waiting

    @property
    def waits(self) -> bool:
        return bool(self.waiting)

    def abort(self) -> None:
        """Cut it off; what was not written is lost."""
        self.waiting.clear()
        self.wire.abort()

    def write(self, data: bytes) -> None:
        """Write finished frames now; drop the client if it does not keep up."""
        if self.wire.is_closing():
            return
        self.busy = True
        self.wire.write(data)
        if self.wire.get_write_buffer_size() > BUFFER_MAX:
            self.closing = POLICY_VIOLATION
            self.wire.abort()

    def pong(self, payload: bytes) -> None:
        self.write(frame(payload, PONG))

    def hear_pong(self, payload: bytes, wall: int) -> None:
        """A pong counts where it repeats the last ping; on some venues any does."""
        if self.rules.any_pong or payload == _beat(self.pinged):
            self.ponged = max(wall, self.pinged)

    def ends_soon(self, wall: int) -> bool:
        """Whether it is time to tell it that its day is nearly over; true once."""
        rules = self.rules
        if self.announced or not rules.announced or wall - self.opened < rules.life - rules.announced:
            return False
        self.announced = True
        return True

    def beat(self, wall: int) -> int | None:
        """Ping where it is time. The code to close with, where the client is silent or its day is over."""
        rules = self.rules
        if rules.life and wall - self.opened >= rules.life:
            return GOING_AWAY
        if self.busy:
            self.busy, self.active = False, wall
        elif self.silence and wall - self.active >= self.silence:
            return GOING_AWAY
        if not rules.ping_every:
            return None
        if self.pinged > self.ponged and wall - self.pinged >= rules.pong_within:
            return POLICY_VIOLATION
        if wall - self.pinged >= rules.ping_every and self.ponged >= self.pinged:
            self.pinged = wall
            self.write(frame(_beat(wall), PING))
        return None

    def hears_too_much(self, wall: int) -> bool:
        """Count one message from the client; True where that is more than the venue takes in a second."""
        second = wall // SECOND
        if second != self._window:
            self._window, self._arrived = second, 0
        self._arrived += 1
        return 0 < self.rules.messages_per_second < self._arrived


def _beat(wall: int) -> bytes:
    """What a ping sent at *wall* says."""
    return str(wall // 1_000_000).encode()
