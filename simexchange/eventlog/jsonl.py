"""The event log as JSON lines: fixtures, exports, bug reports.

The first line may be the header; without it, seed and start are read from the first record. Where the header names a
base, its bytes are the next line. Every further line is one stored record.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, BinaryIO

from simexchange.errors import LogUnreadable, StorageFailed
from simexchange.eventlog.bases import decode_base, encode_base
from simexchange.eventlog.checkpoint import Checkpoint
from simexchange.eventlog.durability import OFF, Durability
from simexchange.eventlog.header import Header, decode_header, encode_header, header_of_first_record
from simexchange.eventlog.lock import WriterLock
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import Chain, seq_of, split


class JsonlLog:
    """Implements EventLog. Made by `create`, `read_only` or `from_stream`."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        """Read what is in *file*: its header, and where it ends. Raises LogUnreadable, LogNewer, LogDamaged."""
        self.name = name
        self._file = file
        self._lock: WriterLock | None = None
        self._durability = OFF
        self._broken = ""
        first = self._line_at(0)
        if not first:
            raise LogUnreadable(f"{name} is empty: it is no event log")
        if first.startswith(b"{"):
            self.header = decode_header(first, name)
            self._records_at = len(first)
        else:
            self.header = header_of_first_record(first.rstrip(b"\n"), name)
            self._records_at = 0
        self._base_at = self._records_at
        if self.header.base is not None:
            self._records_at += len(self._line_at(self._base_at))
        self.last_seq = self.header.first_seq - 1
        self.last_digest = self.header.genesis
        self._find_end()

    @classmethod
    def create(
        cls, path: Path, header: Header, durability: Durability = OFF, base: Checkpoint | None = None
    ) -> "JsonlLog":
        """Begin a new log at *path*, as its writer; *base* is what *header* describes, where it describes any.

        Raises LogUnreadable, LogInUse.
        """
        lock = WriterLock(path)
        try:
            file = path.open("x+b", buffering=0)
            file.write(encode_header(header) + b"\n")
            if base is not None:
                file.write(encode_base(base) + b"\n")
            log = cls(str(path), file)
        except OSError as error:
            lock.release()
            raise LogUnreadable(f"cannot begin a log at {path}: {error.strerror}") from None
        except BaseException:
            lock.release()
            raise
        log._lock = lock
        log._durability = durability
        return log

    @classmethod
    def read_only(cls, path: Path) -> "JsonlLog":
        """The log at *path*. Raises LogUnreadable, LogNewer, LogDamaged."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            raise LogUnreadable(f"there is no event log at {path}") from None
        except OSError as error:
            raise LogUnreadable(f"cannot read {path}: {error.strerror}") from None
        return _or_close(file, str(path))

    @classmethod
    def from_stream(cls, stream: BinaryIO, name: str = "standard input") -> "JsonlLog":
        """A log that can be read once from *stream*, kept in a temporary file so that it can be read again."""
        file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the log
        shutil.copyfileobj(stream, file)
        return _or_close(file, name)

    def base(self) -> Checkpoint | None:
        """See EventLog."""
        described = self.header.base
        return None if described is None else decode_base(self._line_at(self._base_at), described, self.name)

    def append(self, lines: Sequence[bytes], first: int, last: int, digest: bytes) -> None:
        """See EventLog. A group that was cut off in the middle is found by the next reader."""
        if self._lock is None or self._broken:
            raise StorageFailed(f"{self.name} takes no more records: {self._broken or 'it was opened for reading'}")
        if first != self.last_seq + 1 or last - first + 1 != len(lines):
            raise StorageFailed(f"records {first} to {last} do not follow record {self.last_seq} of {self.name}")
        try:
            self._file.seek(0, os.SEEK_END)
            rest = memoryview(b"".join(line + b"\n" for line in lines))
            while rest:
                rest = rest[self._file.write(rest) :]
            if self._durability.sync_each_commit:
                os.fsync(self._file.fileno())
        except OSError as error:
            self._broken = str(error)
            raise StorageFailed(f"cannot write {self.name}: {error.strerror}; free some space") from None
        self.last_seq = last
        self.last_digest = digest

    def read(self, from_seq: int = 0) -> Iterator[bytes]:
        """See EventLog. A last line without its newline is handed out too: the reader judges it."""
        skip = max(from_seq - self.header.first_seq, 0)
        end = self._end
        at = self._records_at
        while at < end:
            # Seek each time: another reader may have moved the file meanwhile.
            self._file.seek(at)
            for line in self._file.readlines(1 << 20):
                at += len(line)
                if not line.strip():
                    continue
                if skip:
                    skip -= 1
                else:
                    yield line.rstrip(b"\n")

    def bytes_behind(self, seq: int) -> Iterator[bytes]:
        """The bytes of the file behind the line of record *seq*, as they are, blank lines and all."""
        skip, at = seq - self.header.first_seq + 1, self._records_at
        self._file.seek(at)
        while skip > 0 and (line := self._file.readline()):
            at += len(line)
            skip -= bool(line.strip())
        self._file.seek(at)
        while chunk := self._file.read(1 << 20):
            yield chunk

    def close(self) -> None:
        self._file.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @property
    def _end(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def _line_at(self, offset: int) -> bytes:
        self._file.seek(offset)
        return self._file.readline()

    def _find_end(self) -> None:
        """Take seq and digest from the last whole line; what follows it is the reader's to judge."""
        end = self._end
        reach = 1 << 12
        while True:
            start = max(end - reach, self._records_at)
            self._file.seek(start)
            whole = self._file.read(end - start).rpartition(b"\n")[0]
            line = whole.rpartition(b"\n")[2] if start > self._records_at or b"\n" in whole else whole
            if b"\n" in whole or start == self._records_at:
                break
            reach *= 4
        parts = split(line)
        if parts is not None:
            self.last_seq, self.last_digest = seq_of(line), parts[1]


def _or_close(file: IO[bytes], name: str) -> JsonlLog:
    try:
        return JsonlLog(name, file)
    except OSError as error:
        file.close()
        raise LogUnreadable(f"cannot read {name}: {error.strerror}") from None
    except BaseException:
        file.close()
        raise


def export(log: EventLog, *, header: bool = False) -> Iterator[bytes]:
    """The stored records of *log*, verbatim, each with its newline; the header first where asked for.

    Where the log stands on a base, header and base always come first: without them nobody could tell what its first
    digest follows. So does the header of a fork: it names the parent.
    """
    base = log.base()
    if header or log.header.parent is not None or base is not None:
        yield encode_header(log.header) + b"\n"
    if base is not None:
        yield encode_base(base) + b"\n"
    for line in log.read():
        yield line + b"\n"


def import_records(source: EventLog, target: EventLog, group: int = 512) -> int:
    """Copy *source* into the empty log *target* on the same base, in groups; how many records there were.

    Raises LogDamaged where the chain does not hold: only sound records are copied.
    """
    chain = Chain(source.header.first_seq - 1, source.header.genesis)
    first = chain.seq + 1
    lines: list[bytes] = []
    for line in source.read():
        chain.check(line)
        lines.append(line)
        if len(lines) == group:
            target.append(lines, first, chain.seq, chain.digest)
            first, lines = chain.seq + 1, []
    if lines:
        target.append(lines, first, chain.seq, chain.digest)
    return chain.seq - source.header.first_seq + 1


def standard_input() -> BinaryIO:
    """Where ``-`` is read from."""
    return sys.stdin.buffer
