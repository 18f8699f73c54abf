"""A new SQLite file for an event log: its tables, and what it begins with. It appears whole or not at all."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from simexchange.errors import LogUnreadable
from simexchange.eventlog.blobs import write_blob
from simexchange.eventlog.checkpoint import Checkpoint
from simexchange.eventlog.header import Header, encode_header

_APPLICATION_ID: Final = 0x53494D58
"""``SIMX``: what `file` and SQLite tools recognise the file by."""
PAGE: Final = 16_384
"""Bytes. A group is a few kilobytes: on pages of 4 KiB a quarter of the file would be empty ends of overflow pages, and
a lone record takes as long to sync on either (measured 2026-11: 0.2 ms)."""
_CACHE: Final = 65_536
"""KiB of pages that wait to be written, if there are so many: what is made room for and then filled is written once."""
_BASE_TABLE: Final = "CREATE TABLE base (state BLOB NOT NULL, feeds BLOB NOT NULL, views BLOB NOT NULL)"
INSERT: Final = "INSERT INTO groups (first_seq, last_seq, digest, records) VALUES (?, ?, ?, CAST(? AS TEXT))"
"""One commit group."""
_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE groups (
    first_seq INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL,
    digest TEXT NOT NULL,
    records TEXT NOT NULL
);
CREATE TABLE checkpoints (
    seq INTEGER PRIMARY KEY,
    digest BLOB NOT NULL,
    check_sum TEXT NOT NULL,
    state BLOB NOT NULL,
    feeds BLOB NOT NULL
);
"""
VIEWS_TABLE: Final = """
CREATE TABLE IF NOT EXISTS kept_views (
    seq INTEGER PRIMARY KEY,
    digest BLOB NOT NULL,
    check_sum TEXT NOT NULL,
    code TEXT NOT NULL,
    body BLOB NOT NULL
)
"""
"""Made with the first ones that are kept: an older file has no such table."""


def make_file(
    path: Path,
    header: Header,
    base: Checkpoint | None,
    *,
    sync: bool = True,
    fill: Callable[[sqlite3.Connection], None] | None = None,
) -> None:
    """A new file with its tables, header, base and what *fill* puts in. It appears whole or not at all.

    Raises LogUnreadable where it cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    if path.exists() and path.stat().st_size:
        raise LogUnreadable(f"there is a log at {path} already: open it, or choose another folder")
    try:
        left_over = [fresh.name, f"{fresh.name}-journal"]
        for name in [*left_over, *(f"{log}{end}" for log in (fresh.name, path.name) for end in ("-wal", "-shm"))]:
            path.with_name(name).unlink(missing_ok=True)
        with closing(sqlite3.connect(fresh.absolute().as_uri(), uri=True, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA page_size={PAGE}")
            # A file that nobody knows of yet needs no journal, and is synced once, whole. Before anything is written:
            # the first write would have had a journal, and synced it, the file and the folder.
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(f"PRAGMA cache_size={-_CACHE}")
            connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO meta VALUES ('header', ?)", (encode_header(header).decode(),))
            if base is not None:
                _put_base(connection, base)
            if fill is not None:
                fill(connection)
            # Before it has its name: the change of the mode has a journal, and a log that dies in it could not be read.
            connection.execute("PRAGMA journal_mode=WAL")
        if sync:
            _sync(fresh)
        fresh.replace(path)
    except sqlite3.Error as error:
        _drop(fresh)
        raise LogUnreadable(f"cannot write {path}: {error}; choose another folder or free some space") from None
    except OSError as error:
        _drop(fresh)
        raise LogUnreadable(f"cannot write {path}: {error.strerror}; choose another folder") from None


def _drop(fresh: Path) -> None:
    """Half a file has room that others may need."""
    with suppress(OSError):
        fresh.unlink(missing_ok=True)


def _put_base(connection: sqlite3.Connection, base: Checkpoint) -> None:
    """Room first, then what is in it."""
    connection.execute(_BASE_TABLE)
    connection.execute("BEGIN")
    made = connection.execute("INSERT INTO base VALUES (?, ?, zeroblob(?))", (base.state, base.feeds, len(base.views)))
    write_blob(connection, "base", "views", made.lastrowid or 0, base.views)
    connection.execute("COMMIT")


def put_on_base(database: sqlite3.Connection, header: Header, base: Checkpoint) -> None:
    """Make the log in *database* stand on *base*, as *header* says, without the records before.

    Within a transaction of the caller, who is the log's writer.
    """
    first = base.seq + 1
    cut = database.execute(
        "SELECT first_seq, last_seq, digest, CAST(records AS BLOB) FROM groups WHERE first_seq < ? AND last_seq >= ?",
        (first, first),
    ).fetchone()
    database.execute("DELETE FROM groups WHERE first_seq < ?", (first,))
    if cut is not None:
        rest = b"\n".join(cut[3].split(b"\n")[first - cut[0] :])
        database.execute(INSERT, (first, cut[1], cut[2], rest))
    database.execute("UPDATE meta SET value = ? WHERE name = 'header'", (encode_header(header).decode(),))
    database.execute(_BASE_TABLE.replace("TABLE", "TABLE IF NOT EXISTS"))
    database.execute("DELETE FROM base")
    database.execute("INSERT INTO base VALUES (?, ?, ?)", (base.state, base.feeds, base.views))


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
