"""A fork: a log of its own that has another's records up to one of them, byte for byte, and goes on from there.

The parent is only read, so that it may be running. Its first records are taken along whole, in the groups they were
committed in: a fork needs no parent to be read, verified or explained, and every later version of the program folds
it anew. What a parent stands on, its fork stands on. A short fork stands on a checkpoint of its parent instead: it is
made as quickly from a log of any length, and knows of what was before only what the checkpoint does.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from simexchange.errors import ConfigError, LogDamaged, LogUnreadable, NotThere
from simexchange.eventlog.archive import FACT
from simexchange.eventlog.bases import base_of
from simexchange.eventlog.bookmarks import PREFIX
from simexchange.eventlog.checkpoint import code_of_views
from simexchange.eventlog.header import Parent
from simexchange.eventlog.log import KeepsCheckpoints
from simexchange.eventlog.newfile import VIEWS_TABLE, make_file
from simexchange.eventlog.reading import read_address
from simexchange.eventlog.recheck import SOURCE_ENGINE
from simexchange.eventlog.record import decode, split
from simexchange.eventlog.replay import beginning, usable_checkpoint
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simexchange.eventlog.checkpoint import Checkpoint
    from simexchange.eventlog.log import EventLog

GROUP: Final = 512
"""Records in one row, where the parent has no rows."""
_MAPPED: Final = 1 << 30
"""Bytes of the parent that are read without being copied first."""


class Fork(msgspec.Struct, frozen=True):
    """What was made."""

    folder: str
    parent: str
    seq: int
    """The last record that is the same in both."""
    digest: str
    records: int
    """How many were taken along."""


def fork(log: EventLog, seq: int | None, folder: Path, take_along: Iterable[Path] = (), *, short: bool = False) -> Fork:
    """Make *folder* a data folder with the records of *log* up to *seq* (None: all) and the files *take_along*.

    A *short* one stands on the newest checkpoint of *log* and has the records after it only.
    The folder appears whole or not at all. Raises NotThere where the log has no such record, ConfigError where there
    is something at *folder* already, LogUnreadable where it cannot be written, LogDamaged.
    """
    seq = forkable(log, seq)
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise LogUnreadable(f"cannot look at {folder}: {error.strerror}; choose another folder") from None
    if taken:
        msg = f"there is something at {folder} already: choose another folder for the fork"
        raise ConfigError(msg)
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.absolute().parent))
    except OSError as error:
        raise LogUnreadable(f"cannot make a folder beside {folder}: {error.strerror}; choose another") from None
    try:
        base, views = checkpoint_before(log, seq) if short else (None, "")
        parent = write_fork(log, seq, fresh / FILE_NAME, base=base, views=views)
        for file in take_along:
            if file.exists():
                shutil.copy2(file, fresh / file.name)
        if folder.exists():
            folder.rmdir()
        fresh.rename(folder)
    except OSError as error:
        raise LogUnreadable(f"cannot write {folder}: {error.strerror}; choose another folder") from None
    except LogUnreadable as error:
        # Where it was written until it was whole is nobody's concern.
        raise LogUnreadable(str(error).replace(str(fresh), str(folder))) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    first = log.header.first_seq if base is None else base.seq + 1
    return Fork(str(folder), parent.name, seq, parent.digest, seq - first + 1)


def forkable(log: EventLog, seq: int | None) -> int:
    """*seq*, if *log* can be left after it; its last record where nothing was said. Raises NotThere."""
    first, last = log.header.first_seq, log.last_seq
    if last < first:
        raise NotThere(f"{log.name} has no records yet: there is nothing to fork")
    if seq is None:
        return last
    if not first <= seq <= last:
        raise NotThere(f"there is no record {seq} in {log.name}: it has {first} to {last}")
    return seq


def checkpoint_before(log: EventLog, seq: int) -> tuple[Checkpoint, str]:
    """The newest checkpoint of *log* below record *seq* that knows state, feeds and views; the digest of its views.

    That is empty where nobody has reckoned it. Raises NotThere.
    """
    at_most = seq - 1
    while (found := usable_checkpoint(log, at_most)) is not None and isinstance(log, KeepsCheckpoints):
        kept = log.load_views(found.seq, code_of_views())
        if kept is not None and kept.seq == found.seq and kept.digest == found.digest and found.feeds:
            return replace(found, views=kept.body), kept.body_digest
        at_most = found.seq - 1
    raise NotThere(f"{log.name} keeps no checkpoint before record {seq} that a fork can stand on: leave out --short")


def write_fork(
    log: EventLog, seq: int, path: Path, name: str = "", base: Checkpoint | None = None, views: str = ""
) -> Parent:
    """Write the fork of *log*, called *name*, after record *seq* to the file *path*; where it leaves it.

    On *base*, whose views have the digest *views* if that is known, or on what *log* stands on.
    Raises LogUnreadable, LogDamaged.
    """
    parts = split(next(log.read(seq), b""))
    if parts is None:
        raise _damaged(log, seq, "it has not the shape of a record")
    parent = Parent(name or parent_name(log), seq, parts[1].hex())
    header = replace(log.header, parent=parent)
    if base is None:
        base = log.base()
    else:
        header = replace(header, base=base_of(base, _root(log, base.seq), views))

    def fill(connection: sqlite3.Connection) -> None:
        if isinstance(log, SqliteLog):
            _copy_rows(log, header.first_seq, seq, connection, beside=path.parent == log.path.parent)
        else:
            _copy_lines(log, header.first_seq, seq, connection)

    make_file(path, header, base, fill=fill)
    return parent


def parent_name(log: EventLog) -> str:
    """What a fork calls *log*: the name of its folder, or of its file; nobody else's paths are told."""
    path = Path(log.name).absolute()
    return path.parent.name if path.name == FILE_NAME else path.name


def _root(log: EventLog, seq: int) -> int:
    """The newest record up to *seq* that is no engine step."""
    record = decode(next(log.read(seq)))
    return record.cause if record.source == SOURCE_ENGINE else seq


def _copy_rows(log: SqliteLog, start: int, seq: int, connection: sqlite3.Connection, *, beside: bool) -> None:
    """*beside*: the fork stays in its parent's folder, where archives are that lie before both."""
    connection.execute("ATTACH ? AS parent", (read_address(log.path),))
    connection.execute(f"PRAGMA parent.mmap_size={_MAPPED}")
    connection.execute("BEGIN")
    # The key has an upper bound too: else what comes behind would be looked at, to the end of a long log.
    connection.execute(
        "INSERT INTO groups SELECT * FROM parent.groups WHERE first_seq BETWEEN ? AND ? AND last_seq <= ?",
        (start, seq, seq),
    )
    for first, last, digest, records in _groups_at(connection, start, seq):
        begin, end = max(first, start), min(last, seq)
        if begin <= end and (first, last) != (begin, end):
            lines = lines_of(log.name, first, first, last, digest, records)
            _insert(connection, begin, lines[begin - first : end - first + 1])
    held = connection.execute("SELECT coalesce(sum(last_seq - first_seq + 1), 0), max(last_seq) FROM groups").fetchone()
    if held != (seq - start + 1, seq):
        raise _damaged(log, seq, "some of the records before it are missing")
    _copy_newest(connection, start, seq)
    connection.execute(
        "INSERT INTO meta SELECT * FROM parent.meta WHERE name LIKE ? AND CAST(value AS INTEGER) <= ?",
        (f"note:{PREFIX}%", seq),
    )
    # Which programs can read the records taken along.
    connection.execute("INSERT INTO meta SELECT * FROM parent.meta WHERE name = 'written'")
    if beside:
        connection.execute("INSERT INTO meta SELECT * FROM parent.meta WHERE name = ?", (FACT,))
    connection.execute("COMMIT")
    connection.execute("DETACH parent")


def _groups_at(connection: sqlite3.Connection, *seqs: int) -> list[tuple[int, int, str, bytes]]:
    """The parent's groups that hold these records, each once."""
    rows = {}
    for seq in seqs:
        found = connection.execute(
            "SELECT first_seq, last_seq, digest, CAST(records AS BLOB) FROM parent.groups"
            " WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1",
            (seq,),
        ).fetchone()
        if found is not None:
            rows[found[0]] = found
    return list(rows.values())


def _copy_newest(connection: sqlite3.Connection, start: int, seq: int) -> None:
    """The newest checkpoint, and the newest views: caches, without which the fork folds a little longer."""
    for table, made in (("checkpoints", ""), ("kept_views", VIEWS_TABLE)):
        with suppress(sqlite3.Error):
            connection.execute(made)
            connection.execute(
                f"INSERT INTO {table} SELECT * FROM parent.{table} WHERE seq BETWEEN ? AND ?"  # noqa: S608
                " ORDER BY seq DESC LIMIT 1",
                (start, seq),
            )


def _copy_lines(log: EventLog, start: int, seq: int, connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")
    lines = islice(_sound(log, seq), start - log.header.first_seq, None)
    first = start
    while group := list(islice(lines, GROUP)):
        _insert(connection, first, group)
        first += len(group)
    connection.execute("COMMIT")


def _sound(log: EventLog, seq: int) -> Iterator[bytes]:
    chain = beginning(log)
    for line in log.read():
        chain.check(line)
        yield line
        if chain.seq == seq:
            return


def _insert(connection: sqlite3.Connection, first: int, lines: list[bytes]) -> None:
    parts = split(lines[-1])
    digest = "" if parts is None else parts[1].hex()
    connection.execute(
        "INSERT INTO groups (first_seq, last_seq, digest, records) VALUES (?, ?, ?, CAST(? AS TEXT))",
        (first, first + len(lines) - 1, digest, b"\n".join(lines)),
    )


def _damaged(log: EventLog, seq: int, detail: str) -> LogDamaged:
    text = f"{log.name} cannot be forked after record {seq}: {detail}; restore it from a copy"
    return LogDamaged(text, seq=seq, kind="seq", detail=detail)
