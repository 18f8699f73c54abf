"""Archives: old records moved out of a log into compressed files beside it, their digests kept and chained on.

Each archive is an ordinary export (header, base where there is one, records), compressed with gzip, so that it can be
read and verified by itself. The log then stands on a base: state, feeds and views after the last archived record. Who
reads the log reads its archives too, as one, as far as they are there.

The files come first: only when an archive is whole on the disk and has been read back does one transaction take its
records out of the log. Wherever that is interrupted, every record is in the log, in the archive, or in both.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
import zlib
from contextlib import closing, suppress
from hashlib import blake2b
from typing import IO, TYPE_CHECKING, Final

import msgspec

from simexchange.core import canonical
from simexchange.core.vocabulary.commands import NoteFeed
from simexchange.errors import ConfigError, LogDamaged, LogUnreadable, StorageFailed
from simexchange.eventlog.bases import base_of, decode_base, encode_base
from simexchange.eventlog.checkpoint import Checkpoint, KeptViews, pack_views, thin
from simexchange.eventlog.header import REMEDY, decode_header, encode_header
from simexchange.eventlog.lock import WriterLock
from simexchange.eventlog.newfile import put_on_base
from simexchange.eventlog.reading import became_another
from simexchange.eventlog.recheck import SOURCE_ENGINE
from simexchange.eventlog.record import DIGEST_SIZE, Chain, decode
from simexchange.eventlog.replay import Replay
from simexchange.eventlog.sqlite import SqliteLog, must_have_its_end
from simexchange.projections.views import Views

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from simexchange.eventlog.header import Header
    from simexchange.eventlog.log import EventLog

FACT: Final = "archives"
"""The row of the log's table ``meta`` that lists them."""
KEEPS: Final = ("thinned", "all", "none")
"""What can be done with checkpoints of archived records."""


class Archive(msgspec.Struct, frozen=True):
    """One file of archived records, as the log lists it."""

    file: str
    """Its name, beside the log."""
    first: int
    last: int
    digest: str
    """That of its last record."""
    check_sum: str
    """BLAKE2b-128 of the file."""


class Archived(msgspec.Struct, frozen=True):
    """What `archive` did."""

    file: str
    records: int
    first: int
    last: int
    digest: str
    file_bytes: int
    checkpoints_dropped: int


_decode_list = msgspec.json.Decoder(list[Archive]).decode


def archives_of(log: SqliteLog) -> list[Archive]:
    """The archives *log* says it has, oldest first. Raises LogDamaged."""
    text = log.fact(FACT)
    try:
        return _decode_list(text) if text else []
    except msgspec.MsgspecError as error:
        detail = f"its list of archives cannot be read: {error}"
        raise LogDamaged(f"{log.name} is damaged: {detail}; {REMEDY}", seq=0, kind="header", detail=detail) from None


# Reading


class _Part:
    """One archive as a log that is read from its beginning."""

    def __init__(self, path: Path, listed: Archive) -> None:
        self.path = path
        self.listed = listed
        with self.opened() as file:
            self.header = decode_header(self._line(file), str(path))
            base = self.header.base
            self.base = None if base is None else decode_base(self._line(file), base, str(path))

    def opened(self) -> IO[bytes]:
        try:
            return gzip.open(self.path, "rb")  # type: ignore[return-value]  # of bytes, in this mode
        except OSError as error:
            raise LogUnreadable(f"cannot read {self.path}: {error.strerror}") from None

    def read(self, from_seq: int) -> Iterator[bytes]:
        """The lines from *from_seq* on."""
        first, last = self.listed.first, self.listed.last
        with self.opened() as file:
            for _ in range(1 if self.base is None else 2):
                self._line(file)
            for seq in range(first, last + 1):
                line = self._line(file, seq)
                if seq >= from_seq:
                    yield line.rstrip(b"\n")

    def _line(self, file: IO[bytes], seq: int = 0) -> bytes:
        try:
            line = file.readline()
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged(seq, f"{self.listed.file} cannot be unpacked: {error}") from None
        if not line:
            raise self._damaged(seq, f"{self.listed.file} ends before record {self.listed.last}")
        return line

    def _damaged(self, seq: int, detail: str) -> LogDamaged:
        seq = seq or self.listed.first
        text = f"the archive {self.path} is damaged at record {seq}: {detail}; restore it from a copy"
        return LogDamaged(text, seq=seq, kind="bytes", detail=detail)


class WholeLog:
    """A log with its archives, read as one. Implements EventLog for reading, KeepsCheckpoints and KeepsNotes."""

    def __init__(self, live: SqliteLog, listed: Sequence[Archive]) -> None:
        """Raises LogDamaged, LogUnreadable, LogNewer."""
        self.live = live
        self.name = live.name
        self.path = live.path
        self.missing: list[Archive] = []
        """Archives that are not beside the log, and older ones that nothing can be made of without them."""
        self._parts: list[_Part] = []
        for archive in reversed(listed):
            file = live.path.with_name(archive.file)
            if self.missing or not file.exists():
                self.missing.insert(0, archive)
            else:
                self._parts.insert(0, _Part(file, archive))
        self.header: Header = self._parts[0].header if self._parts else live.header

    @property
    def last_seq(self) -> int:
        return self.live.last_seq

    @property
    def last_digest(self) -> bytes:
        return self.live.last_digest

    def base(self) -> Checkpoint | None:
        """See EventLog."""
        return self._parts[0].base if self._parts else self.live.base()

    def read(self, from_seq: int = 0) -> Iterator[bytes]:
        """See EventLog. Raises LogUnreadable, naming the file, where what is asked for is in one that is missing."""
        if self.missing and 0 < from_seq < self.header.first_seq:
            raise LogUnreadable(self.where_is(from_seq))
        return self._read(from_seq)

    def where_is(self, seq: int) -> str:
        """Which file with record *seq* is missing, in one sentence."""
        found = next((each for each in self.missing if each.first <= seq <= each.last), self.missing[0])
        which = f"records {found.first} to {found.last} of {self.name}"
        return f"{which} are in {found.file}, which is not beside it: put it there"

    def _read(self, from_seq: int) -> Iterator[bytes]:
        rest = self.live.read(max(from_seq, self.live.header.first_seq))
        if self._parts and self._parts[-1].listed.last + 1 != self.live.header.first_seq:
            # More was archived since it was opened.
            raise became_another(self.name)
        for part in self._parts:
            if part.listed.last >= from_seq:
                yield from part.read(from_seq)
        yield from rest

    def append(self, lines: Sequence[bytes], first: int, last: int, digest: bytes) -> None:
        """See EventLog: it is read only."""
        raise StorageFailed(f"{self.name} takes no more records: it was opened for reading")

    def close(self) -> None:
        self.live.close()

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        self.live.save_checkpoint(checkpoint)

    def load_checkpoint(self, at_most: int) -> Checkpoint | None:
        return self.live.load_checkpoint(at_most)

    def save_views(self, kept: KeptViews) -> None:
        self.live.save_views(kept)

    def load_views(self, at_most: int, code: str) -> KeptViews | None:
        return self.live.load_views(at_most, code)

    def note(self, name: str) -> str:
        return self.live.note(name)

    def set_note(self, name: str, text: str) -> None:
        self.live.set_note(name, text)


def with_archives(log: SqliteLog) -> SqliteLog | WholeLog:
    """*log* and its archives as one, where it has any."""
    try:
        listed = archives_of(log)
        return WholeLog(log, listed) if listed else log
    except BaseException:
        log.close()
        raise


def kept_in_sqlite(log: EventLog) -> SqliteLog | None:
    """The SQLite file of *log*, where it is one or ends with one."""
    if isinstance(log, WholeLog):
        return log.live
    return log if isinstance(log, SqliteLog) else None


# Archiving


def archive(path: Path, before: int, keep: str = "thinned") -> Archived:
    """Move the records before *before* of the log at *path* into a file beside it; as many as a checkpoint allows.

    *keep* says what becomes of their checkpoints. Raises ConfigError where there is nothing to move, LogInUse,
    LogDamaged, LogUnreadable where the file cannot be written, StorageFailed where the log cannot.
    """
    SqliteLog.read_only(path).close()
    lock = WriterLock(path)
    try:
        must_have_its_end(path)
        with closing(SqliteLog.read_only(path)) as log:
            return _Mover(log, keep).move(before)
    finally:
        lock.release()


class _Mover:
    """Moves once. The lock is held."""

    def __init__(self, log: SqliteLog, keep: str) -> None:
        self._log = log
        self._keep = keep
        self._listed = archives_of(log)
        base = log.base()
        self._views = Views() if base is None or base.views else None
        self._fold = Replay(log) if self._views is None else Replay(log, self._views)
        self._root = log.header.base.root if log.header.base is not None else 0
        self._fed = False
        """Whether a feed was at work among the records moved."""

    def move(self, before: int) -> Archived:
        log = self._log
        first = log.header.first_seq
        last, marks = self._cut(before)
        file = log.path.with_name(f"{log.path.stem}.{first}-{last}.jsonl.gz")
        unready = file.with_name(f"{file.name}.part")
        try:
            with unready.open("wb") as out:
                self._write(out, last)
                out.flush()
                os.fsync(out.fileno())
            if self._fed and marks is None:
                unready.unlink()
                told = f"no checkpoint at or below record {last} says how the feeds stood"
                raise ConfigError(f"{told}: {self._remedy(last)}")
            unready.replace(file)
            _sync_folder(file.parent)
        except OSError as error:
            raise LogUnreadable(f"cannot write {file}: {error.strerror}; free some space, or repair the disk") from None
        digest = self._fold.chain.digest
        listed = Archive(file.name, first, last, digest.hex(), _check_sum(file))
        self._read_back(listed, file)
        views = b"" if self._views is None else pack_views(self._views)
        base = Checkpoint(last, digest, canonical.dump(self._fold.state), marks or b"", views)
        dropped = self._take_out(base, listed)
        return Archived(
            str(file), last - first + 1, first, last, digest.hex(), file.stat().st_size, dropped
        )  # fmt: skip

    def _cut(self, before: int) -> tuple[int, bytes | None]:
        """The last record to move, and how the feeds stood after it; None where no checkpoint knows."""
        log, limit = self._log, before - 1
        first, last = log.header.first_seq, log.last_seq
        if not first <= limit <= last:
            raise ConfigError(f"nothing of {log.name} is to be moved before record {before}: it has {first} to {last}")
        checkpoint = log.load_checkpoint(limit)
        while checkpoint is not None and checkpoint.seq >= first and not checkpoint.feeds:
            checkpoint = log.load_checkpoint(checkpoint.seq - 1)
        if checkpoint is None or checkpoint.seq < first:
            return limit, None
        return checkpoint.seq, checkpoint.feeds

    def _remedy(self, last: int) -> str:
        """What to say instead where feeds were at work and no checkpoint up to record *last* knows of them."""
        for seq in self._log.checkpoint_seqs():
            checkpoint = self._log.load_checkpoint(seq) if seq > last else None
            if checkpoint is not None and checkpoint.seq == seq and checkpoint.feeds:
                return f"the first that does is of record {seq}; say --before {seq + 1} or later"
        return "none does yet; serve it, and have one made with `simexchange checkpoint save`"

    def _write(self, out: IO[bytes], last: int) -> None:
        """Everything up to *last*, each record checked and folded on the way."""
        log, fold = self._log, self._fold
        fold.fold_views_alone()
        base = log.base()
        # No name and no time in it: the same records make the same file.
        with gzip.GzipFile("", "wb", 6, out, 0) as packed:
            packed.write(encode_header(log.header) + b"\n")
            if base is not None:
                packed.write(encode_base(base) + b"\n")
            for line in log.read():
                fold.chain.check(line)
                fold.fold(line)
                record = decode(line)
                self._root = self._root if record.source == SOURCE_ENGINE else record.seq
                self._fed = self._fed or isinstance(record.command, NoteFeed)
                packed.write(line + b"\n")
                if record.seq == last:
                    return

    def _read_back(self, listed: Archive, file: Path) -> None:
        part = _Part(file, listed)
        chain = Chain(listed.first - 1, part.header.genesis)
        for line in part.read(0):
            chain.check(line)
        if chain.digest.hex() != listed.digest:
            raise StorageFailed(f"{file} does not read as it was written; the log is as it was: repair the disk")

    def _take_out(self, base: Checkpoint, listed: Archive) -> int:
        """In one transaction: the log stands on *base*, lists the archive, and has its records no more."""
        log, last = self._log, listed.last
        header = msgspec.structs.replace(log.header, base=base_of(base, self._root))
        drop = self._dropped(last)
        try:
            with closing(sqlite3.connect(log.path, timeout=30, isolation_level=None)) as database:
                database.execute("PRAGMA synchronous=FULL")
                database.execute("BEGIN IMMEDIATE")
                put_on_base(database, header, base)
                told = msgspec.json.encode([*self._listed, listed]).decode()
                database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (FACT, told))
                for table in ("checkpoints", "kept_views"):
                    if database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                        database.executemany(f"DELETE FROM {table} WHERE seq = ?", [(seq,) for seq in drop])  # noqa: S608
                database.execute("COMMIT")
                with suppress(sqlite3.Error):
                    # Gives the room back; where there is none for that, new records use it.
                    database.execute("VACUUM")
        except sqlite3.Error as error:
            raise StorageFailed(
                f"cannot take the archived records out of {log.name}: {error}; it has them still, free some space"
            ) from None
        return len(drop)

    def _dropped(self, last: int) -> list[int]:
        mine = [seq for seq in self._log.checkpoint_seqs() if seq <= last]
        return {"all": [], "none": mine, "thinned": thin(mine)}[self._keep]


def _check_sum(file: Path) -> str:
    digest = blake2b(digest_size=DIGEST_SIZE)
    with file.open("rb") as read:
        while chunk := read.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
