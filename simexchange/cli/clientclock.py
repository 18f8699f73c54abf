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
CLOSE: Final = Nanos(SECOND)
"""Clocks that are so far apart are taken for one."""


class ClientClock(msgspec.Struct, frozen=True):
    """How a client is started so that its clock is the exchange's, and what there is to say about it."""

    told: str = ""
    follows: bool = False
    """Whether its clock runs with the exchange's."""
    preload: str = ""
    """Empty where its clock needs no help."""
    pace: str = ""

    def variables(self, ahead: int) -> dict[str, str]:
        """What its environment has besides, where exchange time is *ahead* ns of the computer's at its start."""
        if not self.preload:
            return {}
        # Relative to the computer's time, so that the time zone does not matter. What the client starts itself has
        # the same beginning.
        return {
            "FAKETIME": f"{_seconds(ahead)} x{self.pace}",
            "LD_PRELOAD": self.preload,
            "SIMEXCHANGE_PACE": self.pace,
        }


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
        pace=str(speed).removesuffix("x"),
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
