"""Golden logs: what a run came to, kept in a file beside the tests and compared with every later run."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.core.vocabulary.units import SECOND
from simexchange.errors import ConfigError
from simexchange.testing.differing import Difference, first_difference, report
from simexchange.testing.inprocess import LocalExchange
from simexchange.testing.logview import LogView
from simexchange.testing.tellings import BUSINESS, LEVELS, Telling, tell

if TYPE_CHECKING:
    from collections.abc import Callable

CHECK: Final = "check"
UPDATE: Final = "update"
MISSING: Final = "missing"
MODES: Final = (CHECK, UPDATE, MISSING)
FORMAT: Final = 1
LARGE: Final = 200_000
"""Bytes above which a golden log is a burden to whoever reads a diff of it."""


class GoldenHeader(msgspec.Struct, omit_defaults=True):
    """The first line of a golden log."""

    simexchange_golden: int
    level: str
    seed: int
    start: int


class GoldenMismatch(AssertionError):
    """A run was otherwise than its golden log says."""

    def __init__(self, text: str, difference: Difference | None = None) -> None:
        super().__init__(text)
        self.difference = difference


class Golden:
    """Golden logs in one folder."""

    def __init__(
        self,
        folder: Path,
        *,
        mode: str = CHECK,
        accept: str = "--simx-golden=update",
        keep: Callable[[LogView], Path | None] = lambda _: None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        """*accept* is the command that takes what is now for right, *keep* stores a log and says where."""
        if mode not in MODES:
            msg = f"golden mode {mode!r} is not one of {', '.join(MODES)}"
            raise ConfigError(msg)
        self.folder = folder
        self.mode = mode
        self.written: list[Path] = []
        """What was made or changed."""
        self._accept = accept
        self._keep = keep
        self._warn = warn

    def check(self, log: LogView | LocalExchange, name: str, level: str = BUSINESS) -> None:
        """Compare *log* with the golden log *name* at *level*: ``exact``, ``business`` or ``final``.

        exact: every record, whoever made it, with its seq, time and ids. business: what users did and what they have;
        other people's orders, prices, and the names that libraries draw for orders do not matter. final: what users
        have at the end.

        Raises GoldenMismatch saying what is first otherwise, ConfigError for a file that is no golden log.
        """
        view = log.log if isinstance(log, LocalExchange) else log
        path = self.folder / name
        committed = view.committed()
        header = GoldenHeader(FORMAT, level, committed.header.seed, committed.header.start)
        found = tell(committed, level)
        if self.mode == UPDATE or (self.mode == MISSING and not path.exists()):
            self._write(path, header, found)
            return
        if not path.exists():
            msg = f"there is no golden log {path}; to make it:\n  {self._accept}"
            raise GoldenMismatch(msg)
        expected_header, expected = read(path)
        if expected_header.level != level:
            was = expected_header.level
            msg = f"{path} was written at level {was!r}, not {level!r}; to write it anew:\n  {self._accept}"
            raise GoldenMismatch(msg)
        difference = first_difference(expected, found, level)
        if difference is not None:
            where = self._keep(view)
            notes = _of_headers(expected_header, header)
            raise GoldenMismatch(report(path.name, level, difference, where, self._accept, notes), difference)

    def _write(self, path: Path, header: GoldenHeader, rows: list[Telling]) -> None:
        content = b"".join(msgspec.json.encode(row) + b"\n" for row in (header, *rows))
        if path.exists() and _bytes(path) == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
        self.written.append(path)
        if len(content) > LARGE:
            said = f"{path.name} has {len(content):,} bytes: level 'business' or 'final' keeps less, '.gz' packs it"
            self._warn(said)


def _of_headers(expected: GoldenHeader, found: GoldenHeader) -> list[str]:
    """What was set otherwise from the beginning: then nothing else need surprise."""
    notes = []
    if expected.seed != found.seed:
        notes.append(f"the seed is {found.seed}, and was {expected.seed}: a test's default seed follows its name")
    if expected.start != found.start:
        notes.append(f"exchange time begins {(found.start - expected.start) // SECOND} s later than it did")
    return notes


def _bytes(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def read(path: Path) -> tuple[GoldenHeader, list[Telling]]:
    """A golden log. Raises ConfigError where it is none."""
    try:
        first, *rest = _bytes(path).splitlines()
        header = msgspec.json.decode(first, type=GoldenHeader)
        rows: list[dict[str, Any]] = [msgspec.json.decode(line) for line in rest]
    except (OSError, ValueError, EOFError, msgspec.MsgspecError) as error:
        msg = f"{path} is no golden log: {error}; remove it, or write it anew with --simx-golden=update"
        raise ConfigError(msg) from None
    if header.simexchange_golden != FORMAT or header.level not in LEVELS:
        msg = f"{path} is a golden log of another version of simexchange: write it anew with --simx-golden=update"
        raise ConfigError(msg)
    return header, rows
