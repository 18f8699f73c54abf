"""The event log in one SQLite file: the default.

One row per commit group, in WAL mode: crash-safe, readable with any SQLite tool while the exchange runs, and copied
with ``sqlite3 events.sqlite ".backup copy.sqlite"``. One writer holds the lock beside the file.
"""

import os
import sqlite3
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from simexchange.errors import LogDamaged, LogError, LogUnreadable, StorageFailed
from simexchange.eventlog.bases import checked_base, damaged_base
from simexchange.eventlog.blobs import read_blob
from simexchange.eventlog.checkpoint import Checkpoint, KeptViews, digest_of
from simexchange.eventlog.durability import ALWAYS, Durability
from simexchange.eventlog.header import REMEDY, SCHEMA, Header, decode_header, too_new
from simexchange.eventlog.lock import WriterLock
from simexchange.eventlog.newfile import INSERT, PAGE, VIEWS_TABLE, make_file
from simexchange.eventlog.reading import Reading, connect_reader, header_in
from simexchange.eventlog.record import instant_of, split
from simexchange.eventlog.wal import commits_behind_damage

FILE_NAME: Final = "events.sqlite"
_PAGES_IN_WAL: Final = 256
"""After so many the write-ahead log is carried over into the file: 4 MiB."""
_BUSY, _READERS_HAVE = 30_000, 2_000
"""Milliseconds for which a writer waits for others, and for which it does to have the file to itself."""
_ROWS_AT_ONCE: Final = 64
"""How many groups a reader fetches at most before it lets go of its view of the file; it begins with one and doubles,
because many want a single record."""
_ENDS: Final = "SELECT first_seq, last_seq, digest FROM groups"


class SqliteLog:
    """Implements EventLog, KeepsCheckpoints and KeepsNotes. Made by `create`, `open` or `read_only`."""

    def __init__(
        self,
        path: Path,
        header: Header,
        lock: WriterLock | None,
        writer: sqlite3.Connection | None,
        durability: Durability = ALWAYS,
    ) -> None:
        self.name = str(path)
        self.path = path
        self.header = header
        self.last_seq = header.first_seq - 1
        self.last_digest = header.genesis
        self._lock = lock
        self._writer = writer
        self._durability = durability
        self._broken = ""
        self._seen = b""
        """The bytes of the header that were seen last, by a reader."""
        self._unreadable = ""
        """Why what is behind the last record cannot be read, where something is."""
        self._sync_lock = threading.Lock()
        self._wal_fd = -1
        self._find_end()

    @classmethod
    def create(
        cls, path: Path, header: Header, durability: Durability = ALWAYS, base: Checkpoint | None = None
    ) -> "SqliteLog":
        """Begin a new log at *path*, as its writer; missing folders are made.

        *base* is what *header* describes, where it describes any.
        Raises LogUnreadable where that cannot be, or where there is a log already; LogInUse.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LogUnreadable(f"cannot make the folder {path.parent}: {error.strerror}; choose another") from None
        lock = WriterLock(path)
        try:
            make_file(path, header, base, sync=durability.sync_each_commit)
            writer = _connect_writer(path, durability)
        except sqlite3.Error as error:
            lock.release()
            raise LogUnreadable(f"cannot write {path}: {error}; choose another folder or free some space") from None
        except BaseException:
            lock.release()
            raise
        return cls(path, header, lock, writer, durability)

    @classmethod
    def open(cls, path: Path, durability: Durability = ALWAYS) -> "SqliteLog":
        """Go on with the log at *path*, as its writer.

        Raises LogUnreadable, LogNewer, LogDamaged, LogInUse.
        """
        _must_exist(path)
        lock = WriterLock(path)
        try:
            _drop_second_names(path)
            header = _read_header(path)
            must_have_its_end(path)
            writer = _connect_writer(path, durability)
            if header.schema < SCHEMA:
                _say_who_writes(writer)
            return cls(path, header, lock, writer, durability)
        except sqlite3.Error as error:
            lock.release()
            raise _unreadable(path, error) from None
        except BaseException:
            lock.release()
            raise

    @classmethod
    def read_only(cls, path: Path) -> "SqliteLog":
        """The committed part of the log at *path*, which may be being written.

        Raises LogUnreadable, LogNewer, LogDamaged.
        """
        _must_exist(path)
        return cls(path, _read_header(path), None, None)

    def base(self) -> Checkpoint | None:
        """See EventLog."""
        described = self.header.base
        if described is None:
            return None
        try:
            with closing(connect_reader(self.path)) as reader:
                row = reader.execute("SELECT state, feeds, views FROM base").fetchone()
        except sqlite3.Error as error:
            raise damaged_base(described, self.name, str(error)) from None
        if row is None or not all(isinstance(each, bytes) for each in row):
            raise damaged_base(described, self.name, "it is missing")
        state, feeds, views = row
        return checked_base(described, state, feeds, views, self.name)

    def append(self, lines: Sequence[bytes], first: int, last: int, digest: bytes) -> None:
        """See EventLog. Called from one thread at a time, which need not be the one that opened the log."""
        if self._broken or self._writer is None:
            raise StorageFailed(f"{self.name} takes no more records: {self._broken or 'it is closed'}")
        if first != self.last_seq + 1 or last - first + 1 != len(lines):
            raise StorageFailed(f"records {first} to {last} do not follow record {self.last_seq} of {self.name}")
        try:
            self._writer.execute(
                INSERT,
                (first, last, digest.hex(), b"\n".join(lines)),
            )
        except sqlite3.Error as error:
            # Never tried again: after a failed sync the system may have dropped what it could not write, and would
            # report the next sync as good.
            self._broken = str(error)
            raise StorageFailed(
                f"cannot write {self.name}: {error}; free some space or repair the disk, then start again"
            ) from None
        self.last_seq = last
        self.last_digest = digest

    def sync(self) -> None:
        """Ask the disk to keep what was committed. Raises StorageFailed."""
        with self._sync_lock:
            if self._writer is None:
                return
            try:
                if self._wal_fd < 0:
                    self._wal_fd = os.open(f"{self.path}-wal", os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
                os.fsync(self._wal_fd)
            except OSError as error:
                self._broken = str(error)
                raise StorageFailed(f"cannot sync {self.name}: {error.strerror}; repair the disk") from None

    def read(self, from_seq: int = 0) -> Iterator[bytes]:
        """See EventLog. Raises LogDamaged where the rows do not hold together.

        LogUnreadable where it became another log meanwhile.
        """
        if self._writer is None:
            self._find_end()
        return self._read(from_seq, self.last_seq)

    def _read(self, from_seq: int, to_seq: int) -> Iterator[bytes]:
        expected = 0
        reading = Reading(self.path)
        try:
            start = reading.group_of(from_seq) or self.header.first_seq
            fetched, most = 1, _ROWS_AT_ONCE
            while start <= to_seq:
                try:
                    rows = reading.groups(start, to_seq, fetched)
                except sqlite3.Error:
                    if fetched == 1:
                        raise
                    # Up to the page that cannot be read everything counts.
                    fetched = most = 1
                    continue
                fetched = min(fetched + fetched, most)
                for first, last, digest, records in rows:
                    lines = lines_of(self.name, expected or start, first, last, digest, records)
                    yield from lines[max(from_seq - first, 0) :]
                    expected = start = last + 1
                if not rows:
                    raise _damaged(self.name, start, "seq", "its commit group is missing")
            if self._unreadable and to_seq == self.last_seq:
                raise _damaged(self.name, start, "bytes", self._unreadable)
        except sqlite3.Error as error:
            raise _damaged(self.name, expected, "bytes", str(error)) from None

    def seq_at(self, at: int) -> int:
        """See FindsInstants: the groups are halved, then the lines of one. Raises LogDamaged."""
        if self._writer is None:
            self._find_end()
        low, high = self.header.first_seq - 1, self.last_seq
        try:
            with closing(connect_reader(self.path)) as reader:
                while low < high:
                    # The group that holds the middle: either all we look for is in it, or on one side of it.
                    middle = (low + high + 1) // 2
                    row = reader.execute(
                        "SELECT first_seq, last_seq, digest, CAST(records AS BLOB) FROM groups"
                        " WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1",
                        (middle,),
                    ).fetchone()
                    if row is None or row[1] < middle:
                        raise _damaged(self.name, middle, "seq", "its commit group is missing")
                    first, last, lines = row[0], row[1], lines_of(self.name, row[0], *row)
                    if instant_of(lines[0]) > at:
                        high = first - 1
                    elif instant_of(lines[-1]) <= at:
                        low = last
                    else:
                        return int(first) + bisect_right(lines, at, key=instant_of) - 1
        except sqlite3.Error as error:
            raise _damaged(self.name, low, "bytes", str(error)) from None
        return min(low, self.last_seq)

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """See KeepsCheckpoints. May be called by a process other than the writer. Raises StorageFailed."""
        row = (checkpoint.seq, checkpoint.digest, checkpoint.check_sum(), checkpoint.state, checkpoint.feeds)
        self._keep("INSERT OR REPLACE INTO checkpoints (seq, digest, check_sum, state, feeds) VALUES (?,?,?,?,?)", row)

    def save_views(self, kept: KeptViews) -> None:
        """See KeepsCheckpoints. May be called by a process other than the writer. Raises StorageFailed."""
        row = (kept.seq, kept.digest, kept.check_sum(), kept.code, kept.body)
        self._keep("INSERT OR REPLACE INTO kept_views (seq, digest, check_sum, code, body) VALUES (?,?,?,?,?)", row)

    def _keep(self, statement: str, row: tuple[object, ...]) -> None:
        try:
            with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
                # A cache: the next commit of the writer carries it to the disk, and losing it loses nothing.
                connection.execute("PRAGMA synchronous=OFF")
                connection.execute("PRAGMA wal_autocheckpoint=0")
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(VIEWS_TABLE)
                connection.execute(statement, row)
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StorageFailed(f"cannot keep a checkpoint in {self.name}: {error}") from None

    def load_checkpoint(self, at_most: int) -> Checkpoint | None:
        """See KeepsCheckpoints. A damaged one is passed over."""
        try:
            with closing(connect_reader(self.path)) as reader:
                rows = reader.execute(
                    "SELECT seq, digest, state, feeds, check_sum FROM checkpoints WHERE seq <= ? ORDER BY seq DESC",
                    (at_most,),
                )
                for seq, digest, state, feeds, check_sum in rows:
                    checkpoint = Checkpoint(seq, bytes(digest), bytes(state), bytes(feeds))
                    if checkpoint.check_sum() == check_sum:
                        return checkpoint
        except (sqlite3.Error, TypeError):
            return None
        return None

    def load_views(self, at_most: int, code: str) -> KeptViews | None:
        """See KeepsCheckpoints. Damaged ones are passed over."""
        try:
            with closing(connect_reader(self.path)) as reader:
                rows = reader.execute(
                    "SELECT seq, digest, code, check_sum FROM kept_views WHERE seq <= ? AND code = ? ORDER BY seq DESC",
                    (at_most, code),
                )
                for seq, digest, by, check_sum in rows:
                    body = read_blob(reader, "kept_views", "body", seq)
                    kept = KeptViews(seq, bytes(digest), by, body, digest_of(body))
                    if kept.holds(check_sum):
                        return kept
        except (sqlite3.Error, TypeError):
            return None
        return None

    def checkpoint_seqs(self) -> list[int]:
        """The seqs of every checkpoint there is, sound or not; none where they cannot be read."""
        try:
            with closing(connect_reader(self.path)) as reader:
                return [seq for (seq,) in reader.execute("SELECT seq FROM checkpoints ORDER BY seq")]
        except sqlite3.Error:
            return []

    def sound_views(self, seq: int, digest: bytes) -> bool:
        """Whether what is kept of views after record *seq*, if anything is, is whole and of this log."""
        try:
            with closing(connect_reader(self.path)) as reader:
                rows = reader.execute("SELECT digest, code, body, check_sum FROM kept_views WHERE seq = ?", (seq,))
                return all(
                    bytes(of) == digest and KeptViews(seq, bytes(of), by, bytes(body)).holds(check_sum)
                    for of, by, body, check_sum in rows
                )
        except sqlite3.OperationalError:
            # There is no such table before the first ones are kept.
            return True
        except (sqlite3.Error, TypeError):
            return False

    def fault_in_the_file(self) -> str:
        """What SQLite finds wrong with its own pages and tables; empty where nothing is. Reads the whole file."""
        try:
            with closing(connect_reader(self.path)) as reader:
                said = str(reader.execute("PRAGMA integrity_check(1)").fetchone()[0])
        except sqlite3.Error as error:
            return str(error)
        return "" if said == "ok" else " ".join(said.split())

    def salvage(self, from_seq: int) -> Iterator[bytes]:
        """The lines from *from_seq* on, in the order they lie in, judged by nobody, as far as SQLite can read them."""
        try:
            with closing(connect_reader(self.path)) as reader:
                start = reader.execute("SELECT max(first_seq) FROM groups WHERE first_seq <= ?", (from_seq,)).fetchone()
                rows = reader.execute(
                    "SELECT first_seq, CAST(records AS BLOB) FROM groups WHERE first_seq >= ? ORDER BY first_seq",
                    (start[0] or 0,),
                )
                for first, records in rows:
                    if isinstance(records, bytes):
                        yield from records.split(b"\n")[max(from_seq - first, 0) :]
        except (sqlite3.Error, TypeError):
            # What lies behind an unreadable page is out of reach: the file itself is kept.
            return

    def fact(self, name: str) -> str:
        """What the file says of itself under *name*, in its table ``meta``; empty where it says nothing."""
        try:
            with closing(connect_reader(self.path)) as reader:
                row = reader.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        except sqlite3.Error:
            return ""
        return "" if row is None else str(row[0])

    def note(self, name: str) -> str:
        """See KeepsNotes."""
        return self.fact(f"note:{name}")

    def set_note(self, name: str, text: str) -> None:
        """See KeepsNotes. Where it cannot be kept it is lost, and nothing else is."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.path, timeout=5, isolation_level=None)) as other:
            other.execute("PRAGMA synchronous=OFF")
            other.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"note:{name}", text))

    def notes(self, prefix: str) -> dict[str, str]:
        """See KeepsNotes."""
        try:
            with closing(connect_reader(self.path)) as reader:
                rows = reader.execute(
                    "SELECT name, value FROM meta WHERE substr(name, 1, ?) = ?",
                    (len(prefix) + len("note:"), f"note:{prefix}"),
                )
                return {name.removeprefix("note:"): str(value) for name, value in rows}
        except sqlite3.Error:
            return {}

    def exchange_file(self, swap: Callable[[], None]) -> None:
        """Let go of the file while *swap* puts another one in its place, and go on as the writer of what is there then.

        Raises StorageFailed where somebody holds the file: then *swap* is not called.
        """
        with self._sync_lock:
            writer, durability = self._writer, self._durability
            if writer is None or self._broken:
                raise StorageFailed(f"{self.name} takes no more records: {self._broken or 'it is closed'}")
            # Nothing may be left in the write-ahead log: it would be taken for that of the new file. Who reads on for
            # long is not waited for: nobody is served meanwhile.
            try:
                writer.execute(f"PRAGMA busy_timeout={_READERS_HAVE}")
                busy = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                writer.execute(f"PRAGMA busy_timeout={_BUSY}")
            except sqlite3.Error as error:
                raise StorageFailed(f"cannot write {self.name}: {error}; free some space or repair the disk") from None
            if busy:
                raise StorageFailed(f"somebody else is reading or writing {self.name}: try again when that is done")
            self._let_go()
            try:
                swap()
            finally:
                self._take_up(durability)

    def _take_up(self, durability: Durability) -> None:
        """Be the writer of what is at the path now. Raises StorageFailed."""
        try:
            self.header = _read_header(self.path)
            self._writer = _connect_writer(self.path, durability)
            self.last_seq, self.last_digest = self.header.first_seq - 1, self.header.genesis
            self._find_end()
        except (sqlite3.Error, LogError) as error:
            self._broken = str(error)
            raise StorageFailed(f"cannot open {self.name} again: {error}; repair the disk, then start again") from None

    def _let_go(self) -> None:
        if self._wal_fd >= 0:
            os.close(self._wal_fd)
            self._wal_fd = -1
        if self._writer is not None:
            with suppress(sqlite3.Error):
                self._writer.close()
            self._writer = None

    def close(self) -> None:
        self._let_go()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _find_end(self) -> None:
        try:
            with closing(connect_reader(self.path)) as reader:
                header = header_in(reader) if self._writer is None else None
                row = reader.execute(f"{_ENDS} ORDER BY first_seq DESC LIMIT 1").fetchone()
            if header is not None and header != self._seen:
                # Another one may have begun meanwhile: after a rewind, or where old records were archived.
                self.header, self._seen = decode_header(header, self.name), header
            if row is not None:
                self._take_end(*row)
        except (sqlite3.Error, TypeError, ValueError) as error:
            if self._writer is None and self._find_readable_end(str(error)):
                return
            self.close()
            if isinstance(error, sqlite3.Error):
                raise _unreadable(self.path, error) from None
            raise _damaged(self.name, self.last_seq, "bytes", f"its last commit group: {error}") from None

    def _take_end(self, first: int, last: int, digest: str) -> None:
        if last < first:
            raise ValueError(f"it begins with record {first} and ends with {last}")
        self.last_seq, self.last_digest = int(last), bytes.fromhex(digest)

    def _find_readable_end(self, why: str) -> bool:
        """Of a log that is only read, and whose end cannot be: how far it can. Who reads on is told *why*."""
        try:
            with closing(connect_reader(self.path)) as reader:
                for row in reader.execute(f"{_ENDS} ORDER BY first_seq"):
                    self._take_end(*row)
                    self._unreadable = why
        except (sqlite3.Error, TypeError, ValueError):
            pass
        return bool(self._unreadable)


def _connect_writer(path: Path, durability: Durability) -> sqlite3.Connection:
    # Used by one thread at a time, which is not always the one that opened it: the commit thread.
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={_PAGES_IN_WAL}")
    wanted = "FULL" if durability.sync_each_commit else "NORMAL" if durability.interval else "OFF"
    connection.execute(f"PRAGMA synchronous={wanted}")
    if durability.sync_each_commit:
        _make_room(connection)
    return connection


def _make_room(connection: sqlite3.Connection) -> None:
    """Let the write-ahead log be as long as it becomes, before the first record.

    A commit that overwrites is synced in a third of the time of one that makes the file longer, because a longer file
    has metadata to sync, too (measured on ext4: 120 against 450 microseconds).
    """
    with suppress(sqlite3.Error):  # a disk without room for it will say so when there is something to write
        connection.execute("BEGIN")
        try:
            connection.execute("CREATE TABLE room (space BLOB)")
            connection.execute("INSERT INTO room VALUES (zeroblob(?))", (PAGE * _PAGES_IN_WAL,))
            connection.execute("DROP TABLE room")
            connection.execute("COMMIT")
        except sqlite3.Error:
            connection.execute("ROLLBACK")
            raise
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _drop_second_names(path: Path) -> None:
    """A process that died while it went back may have left the log under both names: what goes on has one only."""
    with suppress(OSError):
        if path.stat().st_nlink > 1:
            for other in path.parent.glob(f"{path.stem}-*{path.suffix}"):
                if other.stem.removeprefix(f"{path.stem}-").isdecimal() and other.samefile(path):
                    other.unlink()


def _must_exist(path: Path) -> None:
    try:
        if path.stat().st_size == 0:
            raise LogUnreadable(f"{path} is empty: it is no event log")
        with path.open("rb") as file:
            if file.read(16) != b"SQLite format 3\0":
                raise LogUnreadable(f"{path} is no event log: it is not an SQLite file")
    except FileNotFoundError:
        raise LogUnreadable(f"there is no event log at {path}") from None
    except OSError as error:
        raise LogUnreadable(f"cannot read {path}: {error.strerror}") from None


def _read_header(path: Path) -> Header:
    try:
        with closing(connect_reader(path)) as reader:
            rows = dict(
                reader.execute("SELECT name, CAST(value AS BLOB) FROM meta WHERE name IN ('header', 'written')")
            )
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # The words of SQLite's own error may have bytes of the damaged file in them.
        raise _unreadable(path, error) from None
    if rows.get("header") is None:
        raise LogUnreadable(f"{path} is no event log: it has no header")
    written = rows.get("written") or b""
    if written.isdigit() and int(written) > SCHEMA:
        raise too_new(str(path), int(written))
    return decode_header(rows["header"], str(path))


def _say_who_writes(writer: sqlite3.Connection) -> None:
    """An older log gets newer records from here on: an older program must not take it for one of its own again."""
    if writer.execute("SELECT value FROM meta WHERE name = 'written'").fetchone() != (str(SCHEMA),):
        writer.execute("INSERT OR REPLACE INTO meta VALUES ('written', ?)", (str(SCHEMA),))


def must_have_its_end(path: Path) -> None:
    """Refuse a log whose last commits were acknowledged and cannot be read: SQLite would pass over them in silence."""
    lost = commits_behind_damage(path)
    if lost > 1:
        raise _damaged(str(path), 0, "bytes", f"its write-ahead log is damaged, and {lost} commits behind it are lost")
    try:
        with closing(connect_reader(path)) as reader:
            last, checkpoint = reader.execute(
                "SELECT (SELECT last_seq FROM groups ORDER BY first_seq DESC LIMIT 1),"
                " (SELECT max(seq) FROM checkpoints)"
            ).fetchone()
    except sqlite3.Error as error:
        raise _unreadable(path, error) from None
    if checkpoint is not None and isinstance(last, int) and checkpoint > last:
        raise _damaged(str(path), last + 1, "seq", f"it ends with record {last} and has a checkpoint of {checkpoint}")


def _unreadable(path: Path, error: sqlite3.Error | UnicodeDecodeError) -> LogUnreadable | LogDamaged:
    if isinstance(error, UnicodeDecodeError) or "malformed" in str(error) or "encrypted" in str(error):
        return _damaged(str(path), 0, "bytes", str(error))
    return LogUnreadable(f"cannot read {path} as an event log: {error}")


def lines_of(name: str, expected: int, first: int, last: object, digest: object, records: object) -> list[bytes]:
    """The lines of one group, where its row says what they say."""
    if not isinstance(records, bytes) or not isinstance(last, int):
        raise _damaged(name, expected, "bytes", "the row of its commit group holds something else")
    lines: list[bytes] = records.split(b"\n")
    if first != expected:
        raise _damaged(name, expected, "seq", f"after it comes a commit group that begins with {first}")
    if len(lines) != last - first + 1:
        raise _damaged(name, first, "seq", f"its commit group has {len(lines)} records, not {last - first + 1}")
    if split(lines[-1]) is not None and not lines[-1].endswith(b'"%b"]' % str(digest).encode()):
        # A last line that is no record any more is named by whoever checks the lines.
        raise _damaged(name, first, "chain", "its commit group ends with another digest")
    return lines


def _damaged(name: str, seq: int, kind: str, detail: str) -> LogDamaged:
    return LogDamaged(f"{name} is damaged at record {seq}: {detail}; {REMEDY}", seq=seq, kind=kind, detail=detail)
