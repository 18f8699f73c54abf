"""The clock: how far exchange time may go by now. The only module that reads the wall clock."""

import re
import time
from collections import deque
from enum import Enum
from typing import Final, Protocol

import msgspec

from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.errors import ConfigError

NEVER: Final = Nanos((1 << 63) - 1)
_SPEED: Final = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,3}))?x")
_MILLE: Final = 1000
_PATIENCE: Final = SECOND // 4
"""How far, in wall time, the exchange may be behind before its clock is set back to where it is."""
_WINDOW: Final = 5 * SECOND
"""Over how much wall time the reached speed is measured."""


class WallTime(Protocol):
    """Where wall time comes from."""

    def now(self) -> Nanos:
        """Wall time, ns since 1970."""
        ...

    def monotonic(self) -> Nanos:
        """A count of ns that never goes back or jumps."""
        ...


class SystemTime:
    """The machine's own clocks."""

    def now(self) -> Nanos:
        return Nanos(time.time_ns())

    def monotonic(self) -> Nanos:
        return Nanos(time.monotonic_ns())


def wall_now() -> Nanos:
    """Wall time, for whoever begins a log: where exchange time starts unless somebody says otherwise."""
    return SystemTime().now()


class Mode(Enum):
    """What exchange time does."""

    RUN = "run"
    """Passes at so many times the pace of wall time."""
    MAX = "max"
    """Jumps from one instant at which something is due to the next, as fast as the machine can."""
    PAUSED = "paused"
    """Stands still; commands are executed at the instant it stands at."""


class Speed(msgspec.Struct, frozen=True):
    """How exchange time passes: ``1x``, ``60x``, ``0.5x``, ``max`` or ``paused``."""

    mode: Mode
    thousandths: int = _MILLE
    """The pace in a thousandth of wall time's, where it runs."""

    def __str__(self) -> str:
        if self.mode is not Mode.RUN:
            return str(self.mode.value)
        whole, rest = divmod(self.thousandths, _MILLE)
        return f"{whole}.{rest:03d}".rstrip("0").rstrip(".") + "x"


WALL: Final = Speed(Mode.RUN)
MAX: Final = Speed(Mode.MAX)
PAUSED: Final = Speed(Mode.PAUSED)


def parse_speed(text: str) -> Speed:
    """``1x``, ``60x``, ``0.5x``, ``max`` or ``paused``. Raises ConfigError for anything else.

    >>> str(parse_speed("0.5x"))
    '0.5x'
    """
    if text in {"max", "paused"}:
        return MAX if text == "max" else PAUSED
    found = _SPEED.fullmatch(text)
    thousandths = int(found[1]) * _MILLE + int((found[2] or "").ljust(3, "0")) if found else 0
    if not thousandths:
        raise ConfigError(f"speed {text!r} is not known: say 1x, 60x, 0.5x, max or paused")
    return Speed(Mode.RUN, thousandths)


class Clock:
    """How far exchange time may go by now, at the asked speed from the instant it was last set at."""

    def __init__(self, at: Nanos, speed: Speed = WALL, wall: WallTime | None = None) -> None:
        self.wall = wall if wall is not None else SystemTime()
        self._speed = speed
        self._at = at
        self._since = self.wall.monotonic()
        self.followed = False
        """Whether clients have a clock that is led by this one. Set anew it is another, which nobody follows."""
        self._seen: deque[tuple[Nanos, Nanos]] = deque()

    @property
    def speed(self) -> Speed:
        """What was asked for."""
        return self._speed

    def limit(self) -> Nanos:
        """The instant exchange time may have reached by now."""
        if self._speed.mode is Mode.PAUSED:
            return self._at
        if self._speed.mode is Mode.MAX:
            return NEVER
        elapsed = self.wall.monotonic() - self._since
        return Nanos(self._at + elapsed * self._speed.thousandths // _MILLE)

    def seconds_until(self, at: Nanos) -> float | None:
        """Wall seconds until *at* may be reached; None where it never comes by itself."""
        if self._speed.mode is Mode.PAUSED:
            return None
        if self._speed.mode is Mode.MAX:
            return 0.0
        wait = (at - self._at) * _MILLE // self._speed.thousandths - (self.wall.monotonic() - self._since)
        return max(wait / SECOND, 0.0)

    def set(self, at: Nanos, speed: Speed | None = None) -> None:
        """Go on from *at*, at *speed* or as before."""
        self._at = at
        self._since = self.wall.monotonic()
        self.followed = False
        if speed is not None:
            self._speed = speed
        self._seen.clear()

    def reached(self, at: Nanos) -> None:
        """The exchange has come to *at*. Too far behind, time goes on from there: it slows, never jumps."""
        now = self.wall.monotonic()
        seen = self._seen
        if not seen or now - seen[-1][0] >= 100 * MILLISECOND:
            seen.append((now, at))
            while now - seen[0][0] > _WINDOW:
                seen.popleft()
        # At the pace of wall time the exchange tries to catch up, because clients take it for wall time.
        if self._speed.mode is Mode.RUN and self._speed.thousandths > _MILLE:
            behind = (self.limit() - at) * _MILLE // self._speed.thousandths
            if behind > _PATIENCE:
                self._at, self._since = at, now

    def reached_speed(self) -> float:
        """How many times faster than wall time exchange time went over the last seconds."""
        if len(self._seen) < 2:
            return 0.0
        (since, from_at), (until, to_at) = self._seen[0], self._seen[-1]
        return (to_at - from_at) / (until - since) if until > since else 0.0

    def offset(self) -> Nanos | None:
        """How far exchange time is behind wall time, where it passes at the same pace; None where it does not."""
        return Nanos(self.wall.now() - self.limit()) if self._speed == WALL else None
