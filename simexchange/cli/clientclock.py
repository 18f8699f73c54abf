"""The clock of a client that we start: at exchange speed, where libfaketime is installed.

The library is preloaded into the client and answers whenever it asks for the time; sleeps and timeouts become shorter
by the same factor. A client so begun stamps, waits and reckons days in exchange time without knowing it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.runtime.clock import WALL, Mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.runtime.clock import Clock

# The variant for programs with threads, below the root: Debian's, Ubuntu's and Fedora's folders, and `make install`'s.
PLACES: Final = (
    "usr/lib/*/faketime/libfaketimeMT.so.1",
    "usr/lib64/faketime/libfaketimeMT.so.1",
    "usr/lib/faketime/libfaketimeMT.so.1",
    "usr/local/lib/faketime/libfaketimeMT.so.1",
)
COMPILERS: Final = ("cc", "gcc", "clang")
COMPILED_WITHIN: Final = 30.0
"""Wall seconds."""
APART: Final = SECOND // 10
"""Wall time by which the two clocks may differ."""
TOGETHER: Final = 2 * SECOND
"""Wall time in which a client's clock that is ahead is caught up with."""
SLOWEST: Final = 20
"""A clock is slowed to this part of its pace and no further."""
_MILLE: Final = 1_000
CLOSE: Final = Nanos(SECOND)
"""Clocks that are so far apart are taken for one."""


class ClientClock(msgspec.Struct, frozen=True):
    """How a client is started so that its clock is the exchange's, and what there is to say about it."""

    told: str = ""
    follows: bool = False
    """Whether its clock runs with the exchange's."""
    preload: str = ""
    """Empty where its clock needs no help."""

    def variables(self, file: Path) -> dict[str, str]:
        """What its environment has besides; *file* says what its clock does."""
        if not self.preload:
            return {}
        # Looked at whenever the client asks for the time: else a change would reach it late, and throw it back.
        looks = {"FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1"}
        return {**looks, "LD_PRELOAD": self.preload}


class Hand:
    """Leads a client's clock: libfaketime reads from a file how far it is ahead of the computer's, and its pace.

    A client's clock shows ``start + ahead + pace × (now − start)``, where *start* is the computer's time at which the
    client began, the same for all that it starts. Where the exchange falls behind, the clock is slowed until they are
    together again, and never turned back; where the client is behind, it is put forward.
    """

    def __init__(self, file: Path, clock: Clock, there: Callable[[], Nanos]) -> None:
        """*there*: exchange time."""
        self._file = file
        self._clock = clock
        self._there = there
        self._asked = self._pace = clock.speed.thousandths
        self.start = clock.wall.now()
        self._ahead = there() - self.start
        self._write()

    def begin(self) -> None:
        """The client has begun, a moment ago: libfaketime counts from there."""
        self.start = self._clock.wall.now()

    def shows(self, now: int) -> int:
        """The client's clock at the computer's time *now*."""
        return self.start + self._ahead + (now - self.start) * self._pace // _MILLE

    def lead(self) -> None:
        """Compare the two clocks, and mend what is between them."""
        now, there = self._clock.wall.now(), self._there()
        shown = self.shows(now)
        reached = self._reached()
        apart, much = shown - there, self._asked * APART // _MILLE
        if apart < -much:
            self._set(now, there, reached)
        elif apart > much:
            # In so much wall time they would be together.
            less = apart * _MILLE // TOGETHER
            self._set(now, shown, max(reached - less, reached // SLOWEST, 1))
        elif abs(reached - self._pace) > self._asked // 20:
            self._set(now, shown, reached)

    def _reached(self) -> int:
        """The exchange's own pace lately, in thousandths; the one that was asked for where it is not known yet."""
        reached = int(self._clock.reached_speed() * _MILLE)
        return min(reached, self._asked) if reached > 0 else self._asked

    def _set(self, now: int, shown: int, pace: int) -> None:
        self._pace = pace
        self._ahead = shown - self.start - (now - self.start) * pace // _MILLE
        self._write()

    def _write(self) -> None:
        whole, rest = divmod(self._pace, _MILLE)
        new = self._file.with_suffix(".new")
        new.write_text(f"{_seconds(self._ahead)} x{whole}.{rest:03d}\n", encoding="ascii")
        new.replace(self._file)


def client_clock(clock: Clock, folder: Path) -> ClientClock:
    """For a client beside an exchange with this *clock*; *folder* takes what has to be compiled."""
    speed = clock.speed
    if speed == WALL and abs(clock.limit() - clock.wall.now()) <= CLOSE:
        return ClientClock(follows=True)
    if speed.mode is not Mode.RUN:
        why = f"exchange time has no steady pace at --speed {speed}"
        return ClientClock(f"the client's clock is the computer's: {why}")
    library = next((path for place in PLACES for path in sorted(Path("/").glob(place))), None)
    if library is None or not sys.platform.startswith("linux"):
        return ClientClock(
            f"the client's clock is the computer's, exchange time runs at {speed}: libfaketime is not installed "
            "(on Debian and Ubuntu: apt install libfaketime)"
        )
    waits = _timed_waits(folder)
    note = "" if waits else "; no C compiler was found, so a thread's wait with a timeout may not end: install gcc"
    return ClientClock(
        told=f"the client's clock runs with exchange time, at {speed}{note}",
        follows=True,
        preload=":".join([*([str(waits)] if waits else []), str(library), *os.environ.get("LD_PRELOAD", "").split()]),
    )


def _seconds(span: int) -> str:
    """*span* as a signed number of seconds, as libfaketime reads an offset."""
    sign = "-" if span < 0 else "+"
    whole, rest = divmod(abs(span), SECOND)
    return f"{sign}{whole}.{rest:09d}"


def _timed_waits(folder: Path) -> Path | None:
    """The waits that libfaketime does not know, compiled; None where nothing on this machine can."""
    compiler = next((found for name in COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        return None
    source, made = folder / "timed_waits.c", folder / "timed_waits.so"
    try:
        source.write_text(files("simexchange").joinpath("cli/timed_waits.c").read_text("utf-8"), encoding="utf-8")
        subprocess.run(  # noqa: S603 - the compiler of this machine, on a file of ours
            [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl", "-lpthread"],
            check=True, capture_output=True, timeout=COMPILED_WITHIN,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return made
