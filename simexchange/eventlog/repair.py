"""Repair: a new log with the sound beginning of a damaged one. The damaged file is read and never changed.

What stands behind the sound beginning is put aside as it is, beside the new log. The new log has a note of that among
its notes; whoever serves it next writes it down as its first record (`NoteRepair`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from simexchange.core.vocabulary.notes import NoteRepair
from simexchange.errors import ConfigError, LogDamaged, LogUnreadable
from simexchange.eventlog.bases import encode_base
from simexchange.eventlog.header import encode_header
from simexchange.eventlog.integrity import lines_behind
from simexchange.eventlog.jsonl import JsonlLog
from simexchange.eventlog.log import KeepsNotes
from simexchange.eventlog.record import DIGEST_SIZE, Chain, decode
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.eventlog.verify import Verification, VerifyError, verify

if TYPE_CHECKING:
    from simexchange.eventlog.log import EventLog

NOTE: Final = "repair"
"""Under which name the new log keeps what is to be written down."""
_GROUP: Final = 512
_JSONL: Final = ".jsonl"


class Repaired(msgspec.Struct, frozen=True):
    """What `repair` did."""

    log: str
    """The new log."""
    records: int
    last: int
    digest: str
    what: str
    """The name of the damage."""
    put_aside: str
    """The file with what stood behind the sound beginning."""
    put_aside_bytes: int
    put_aside_digest: str
    """BLAKE2b-128, 32 hex digits."""
    lost: str
    """What was wrong, in words."""


def repair(log: EventLog, new: Path) -> Repaired:
    """Write the sound beginning of *log* to *new* and put the rest aside there.

    *new* is a folder, or a ``.jsonl`` file, that does not exist. Raises ConfigError where there is nothing to mend or
    something is there already, LogDamaged where the base is, LogUnreadable where it cannot be written, StorageFailed.
    """
    found = verify(log)
    if found.error is None:
        raise ConfigError(f"{log.name} is sound to its last record, {found.last}: there is nothing to repair")
    # Raises where the base is damaged: then nothing behind it can be made anything of.
    log.base()
    _must_be_new(new)
    file, aside = _places(new, found.last)
    told = f"{found.error.kind}: {found.error.damage}"
    with _whole_or_not_at_all(new, file, aside) as out:
        try:
            size, digest = _put_aside(_rest_of(log, found), out)
        except OSError as error:
            raise LogUnreadable(f"cannot write {aside}: {error.strerror}; choose another place") from None
        detail = f"{told}; {size} bytes, BLAKE2b-128 {digest}, put aside in {aside.name}"
        if file.suffix == _JSONL:
            _write_jsonl(log, found.last, file)
        else:
            _write_sqlite(log, found.last, file, NoteRepair(found.error.name, found.last, detail))
    return Repaired(
        str(file), found.records, found.last, found.digest, found.error.name, str(aside), size, digest, told
    )  # fmt: skip


def pending_note(log: EventLog) -> NoteRepair | None:
    """The note of its repair that *log* has not got as a record yet."""
    text = log.note(NOTE) if isinstance(log, KeepsNotes) else ""
    if not text:
        return None
    try:
        note = msgspec.json.decode(text, type=NoteRepair)
    except msgspec.MsgspecError:
        return None
    # Written down and not taken off the notes yet: the process died in between.
    done = any(decode(line).command == note for line in log.read(note.seq + 1))
    return None if done else note


def forget_note(log: EventLog) -> None:
    """The note is a record now, and durable."""
    if isinstance(log, KeepsNotes):
        log.set_note(NOTE, "")


@contextmanager
def _whole_or_not_at_all(new: Path, file: Path, aside: Path) -> Iterator[BinaryIO]:
    """*aside*, to be written; where it comes to nothing all is taken back, to be in nobody's way who tries again.

    Raises LogUnreadable. Whoever makes *aside* is the only one here: of two repairs at once the other is refused.
    """
    folder_was_there = new.exists()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        out = aside.open("xb")
    except OSError as error:
        raise LogUnreadable(f"cannot write {error.filename or new}: {error.strerror}; choose another place") from None
    try:
        with out:
            yield out
    except BaseException:
        with suppress(OSError):
            for part in (*file.parent.glob(f"{file.name}.part*"), file, aside):
                part.unlink(missing_ok=True)
            if not folder_was_there and new.is_dir():
                new.rmdir()
        raise


def _must_be_new(new: Path) -> None:
    try:
        if new.is_dir() and not any(new.iterdir()):
            return
        taken = new.exists()
    except OSError as error:
        raise LogUnreadable(f"cannot look at {new}: {error.strerror}; choose another place") from None
    if taken:
        raise ConfigError(f"{new} exists: a repair writes to a new place and changes nothing that is there")


def _places(new: Path, last: int) -> tuple[Path, Path]:
    """The new log, and the file beside it for what is put aside."""
    if new.suffix == _JSONL:
        return new, new.with_name(f"{new.stem}.damaged-after-{last}.rest")
    return new / FILE_NAME, new / f"damaged-after-{last}.rest"


def _rest_of(log: EventLog, found: Verification) -> Iterator[bytes]:
    """What stands behind the sound beginning, verbatim; with the write-ahead log, where a file is hurt as such."""
    error: VerifyError | None = found.error
    if isinstance(log, JsonlLog):
        yield from log.bytes_behind(found.last)
        return
    with suppress(LogDamaged):
        for line in lines_behind(log, found.last):
            yield line + b"\n"
    if isinstance(log, SqliteLog) and error is not None and error.kind == "bytes":
        with suppress(OSError), log.path.with_name(log.path.name + "-wal").open("rb") as wal:
            while chunk := wal.read(1 << 20):
                yield chunk


def _put_aside(chunks: Iterable[bytes], out: BinaryIO) -> tuple[int, str]:
    size, digest = 0, blake2b(digest_size=DIGEST_SIZE)
    for chunk in chunks:
        out.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    out.flush()
    os.fsync(out.fileno())
    return size, digest.hexdigest()


def _write_jsonl(log: EventLog, last: int, file: Path) -> None:
    try:
        with file.open("xb") as out:
            out.write(encode_header(log.header) + b"\n")
            base = log.base()
            if base is not None:
                out.write(encode_base(base) + b"\n")
            for line in _sound(log, last):
                out.write(line + b"\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise LogUnreadable(f"cannot write {file}: {error.strerror}; choose another place") from None


def _sound(log: EventLog, last: int) -> Iterator[bytes]:
    """The records up to *last*, each of which `verify` has found sound; damage behind them is not met."""
    if last >= log.header.first_seq:
        for seq, line in enumerate(log.read(), log.header.first_seq):
            yield line
            if seq == last:
                return


def _write_sqlite(log: EventLog, last: int, file: Path, note: NoteRepair) -> None:
    """Under another name until it is whole: a repair that is interrupted leaves no log that could be taken for one."""
    unready = file.with_name(f"{file.name}.part")
    new = SqliteLog.create(unready, log.header, base=log.base())
    try:
        _copy(_sound(log, last), new)
        # No checkpoint goes with it: of a damaged file only what has a digest is believed.
        new.set_note(NOTE, msgspec.json.encode(note).decode())
    finally:
        new.close()
    _settle(unready)
    unready.with_name(f"{unready.name}.lock").unlink(missing_ok=True)
    unready.replace(file)
    _sync_folder(file.parent)


def _copy(lines: Iterable[bytes], new: SqliteLog) -> None:
    chain = Chain(new.last_seq, new.last_digest)
    group: list[bytes] = []
    for line in lines:
        chain.check(line)
        group.append(line)
        if len(group) == _GROUP:
            new.append(group, new.last_seq + 1, chain.seq, chain.digest)
            group = []
    if group:
        new.append(group, new.last_seq + 1, chain.seq, chain.digest)


def _settle(file: Path) -> None:
    """Nothing of it only in the write-ahead log, which would not be renamed with it."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _sync_folder(folder: Path) -> None:
    """Make a new name in *folder* outlive a power cut."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
