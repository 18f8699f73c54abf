"""One run of a test in a process of its own, under a schedule of faults that its exchange finds in the environment."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.config.rehearsal import FAULTS, TRACE
from simexchange.errors import UsageError
from simexchange.gateway.exploring.planfile import plan_text
from simexchange.gateway.exploring.search import Outcome
from simexchange.gateway.exploring.trace import read

if TYPE_CHECKING:
    from simexchange.gateway.exploring.steps import Schedule

NOTHING_RUN: Final = {2: "it was interrupted", 3: "it broke", 4: "it was used wrongly", 5: "it found no test"}
"""pytest's other exit codes."""
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
GRACE: Final = 5.0
"""Wall seconds a run that lasts too long has for its end."""


class Target(msgspec.Struct, frozen=True):
    """What is run."""

    name: str
    words: tuple[str, ...]
    """The command."""
    by_pytest: bool = False

    def shown(self) -> str:
        """The command as a person would type it."""
        return shlex.join(("python", *self.words[1:]))


def target_of(test: str, more: tuple[str, ...] = ()) -> Target:
    """How TEST is run: a pytest node, ``FILE.py:function``, ``package.module:function`` or ``FILE.py``.

    *more* is handed to it. Raises UsageError.
    """
    path, colons, _ = test.partition("::")
    file = Path(path)
    if colons or file.is_dir() or (file.suffix == ".py" and file.name.startswith("test_") and ":" not in test):
        if not file.exists():
            msg = f"there is no {path}; name a test as pytest does: tests/test_bot.py::test_it"
            raise UsageError(msg)
        return _pytest(test, more)
    where, colon, name = test.rpartition(":")
    if colon and name.isidentifier():
        if where.endswith(".py") and not Path(where).exists():
            msg = f"there is no {where}"
            raise UsageError(msg)
        return Target(test, (sys.executable, "-m", "simexchange.cli.call", where, name, *more))
    if file.suffix == ".py" and file.exists():
        return Target(test, (sys.executable, test, *more))
    msg = f"{test!r} is no test: write tests/test_bot.py::test_it, bot.py:function, package.module:function or bot.py"
    raise UsageError(msg)


def _pytest(test: str, more: tuple[str, ...]) -> Target:
    if importlib.util.find_spec("pytest") is None:
        msg = f"{test} is a test of pytest, which is not installed: pip install pytest"
        raise UsageError(msg)
    # One process: there is one test, and the order of its messages is what is looked at.
    alone = ("-n", "0") if importlib.util.find_spec("xdist") is not None else ()
    return Target(test, (sys.executable, "-m", "pytest", test, "-q", "-x", *alone, *more), by_pytest=True)


class Trials:
    """Runs the target once for each schedule."""

    def __init__(self, target: Target, folder: Path, seconds: float) -> None:
        """*folder* is for plans and traces. A run that lasts longer than *seconds* has failed."""
        self._target = target
        self._folder = folder
        self._seconds = seconds
        self._count = 0

    def __call__(self, schedule: Schedule) -> Outcome:
        """The outcome of a run under *schedule*. Raises UsageError where nothing was run at all."""
        self._count += 1
        plan, trace = self._folder / f"{self._count}.toml", self._folder / f"{self._count}.jsonl"
        plan.write_text(plan_text(schedule), encoding="utf-8")
        code, said = self._run({**os.environ, FAULTS: str(plan), TRACE: str(trace)})
        met, happened = read(str(trace))
        if code is not None and self._target.by_pytest and code in NOTHING_RUN:
            msg = f"pytest did not run {self._target.name}: {NOTHING_RUN[code]}: {_last_line(said)}"
            raise UsageError(msg)
        why = f"it was not over after {self._seconds:g} s" if code is None else why_of(said)
        struck = sum(1 for row in happened if row.fault)
        return Outcome(code != 0, why if code != 0 else "", met, struck, str(trace), code is None)

    def _run(self, environment: dict[str, str]) -> tuple[int | None, str]:
        """Exit code and output; no code where it took too long."""
        process = subprocess.Popen(  # noqa: S603 - the test the caller has named
            self._target.words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            errors="replace", start_new_session=True,
        )  # fmt: skip
        try:
            said, _ = process.communicate(timeout=self._seconds)
        except BaseException as error:
            # What it started ends with it.
            said = _end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                return None, said
            raise
        with suppress(ProcessLookupError):
            # A test that fails halfway leaves behind what it started.
            os.killpg(process.pid, signal.SIGKILL)
        return process.returncode, said


def _end(process: subprocess.Popen[str]) -> str:
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            # Its own group and session: see `start_new_session`.
            os.killpg(process.pid, sent)
            said, _ = process.communicate(timeout=GRACE)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
        return said
    return ""


def why_of(said: str) -> str:
    r"""The failure in one line, out of what pytest or Python printed.

    >>> why_of("...\nFAILED tests/test_bot.py::test_it - assert 2 == 1\n1 failed in 0.1s")
    'assert 2 == 1'
    """
    said = _COLOURS.sub("", said)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    marked = [line[1:].strip() for line in lines if line.startswith("E  ")]
    for line in reversed(lines):
        if line.startswith(("FAILED ", "ERROR ")) and " - " in line and not line.endswith("..."):
            return line.partition(" - ")[2]
    return marked[0] if marked else _last_line(said)


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
