"""A fork in place: the log so far is kept whole under another name, and under its own it ends with an earlier record.

Its writer goes on with the same object. A file is exchanged for another in one step, so that a process that is killed
meanwhile leaves one or the other.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import ConfigError, NotThere, StorageFailed
from simexchange.eventlog.bookmarks import START, bookmarks, seq_of_bookmark
from simexchange.eventlog.forking import forkable, write_fork
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.sqlite import SqliteLog

if TYPE_CHECKING:
    from pathlib import Path

    from simexchange.eventlog.log import EventLog

FRESH: Final = ".rewound"
"""After the name of a file that is being made; one that was left behind is written over."""


class Rewound(msgspec.Struct, frozen=True):
    """Where an exchange went back to."""

    seq: int
    at: Nanos
    digest: str
    """That of record *seq*."""
    kept: str
    """The name under which the log is kept that went on."""


def place_of(log: EventLog, to: int | str, newest: int) -> int:
    """The record that *to*, a seq or a name, means, where one may go back to it. Raises NotThere, ConfigError."""
    named = bookmarks(log)
    seq = seq_of_bookmark(log, to) if isinstance(to, str) else to
    first = log.header.first_seq
    if 0 < seq < first:
        msg = f"record {seq} is in no running log any more, but in an archive or a parent: the first here is {first}"
        raise ConfigError(msg)
    if START in named and seq < named[START]:
        msg = f"record {seq} is before clients were let in: the first to go back to is {named[START]}, called {START}"
        raise ConfigError(msg)
    if seq > newest:
        raise NotThere(f"there is no record {seq} yet: the newest is {newest}")
    return seq


def go_back(log: EventLog, seq: int) -> str:
    """Let *log*, of which this is the writer, end with record *seq*; the name under which what it was is kept.

    Everything appended is committed. Raises NotThere where there is no such record, ConfigError where the log cannot be
    kept, LogError; in each case it is as it was.
    """
    seq = forkable(log, seq)
    if isinstance(log, MemoryLog):
        return log.go_back(seq)
    if not isinstance(log, SqliteLog):
        msg = f"{log.name} cannot be gone back in: only a data folder, or a log in memory"
        raise ConfigError(msg)
    kept = _free_name(log.path)
    fresh = log.path.with_name(log.path.name + FRESH)
    try:
        fresh.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed(f"cannot write {fresh}: {error.strerror}; repair the disk") from None
    write_fork(log, seq, fresh, kept.name)
    log.exchange_file(lambda: _swap(log.path, fresh, kept))
    return kept.name


def _swap(path: Path, fresh: Path, kept: Path) -> None:
    """*fresh* takes the place of *path*, which nobody has open, and which becomes *kept*."""
    try:
        try:
            os.link(path, kept)
        except OSError:
            # A file system that knows no second names: a copy is as good, and takes longer.
            shutil.copy2(path, kept)
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        fresh.replace(path)
    except OSError as error:
        # A second name of a log that goes on is nobody's to open.
        with suppress(OSError):
            kept.unlink(missing_ok=True)
        raise StorageFailed(f"cannot keep {path} as {kept.name}: {error.strerror}; make some room") from None


def _free_name(path: Path) -> Path:
    """``events-1.sqlite``, ``events-2.sqlite`` …: the first that is not there."""
    return next(found for n in count(1) if not (found := path.with_name(f"{path.stem}-{n}{path.suffix}")).exists())
