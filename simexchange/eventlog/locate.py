"""From what a person typed as LOG to the log."""

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO, Final, cast

from simexchange.errors import LogUnreadable
from simexchange.eventlog.archive import with_archives
from simexchange.eventlog.jsonl import JsonlLog, standard_input
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog

STANDARD_INPUT: Final = "-"


def open_log(argument: str) -> EventLog:
    """The log *argument* names, for reading: a data folder, its ``events.sqlite``, a ``.jsonl`` export, or ``-``.

    With its archives, where it has any; an archive or a compressed export (``.gz``) is a log by itself.
    Raises LogUnreadable, LogNewer, LogDamaged.
    """
    if argument == STANDARD_INPUT:
        return JsonlLog.from_stream(standard_input())
    path = Path(argument)
    try:
        path = _file_of(path)
    except OSError as error:
        # A folder on the way may not be entered, or a name is none.
        raise LogUnreadable(f"cannot read {path}: {error.strerror}") from None
    if path.name == FILE_NAME or _is_sqlite(path):
        return with_archives(SqliteLog.read_only(path))
    return _unpacked(path) if path.suffix == ".gz" else JsonlLog.read_only(path)


def _file_of(path: Path) -> Path:
    """The file of the log at *path*. Raises LogUnreadable where there is none, OSError."""
    if path.is_dir():
        inside = path / FILE_NAME
        if not inside.exists():
            raise LogUnreadable(f"there is no event log in {path}: it holds no {FILE_NAME}")
        return inside
    if not path.exists():
        raise LogUnreadable(f"there is no event log at {path}")
    return path


def _unpacked(path: Path) -> JsonlLog:
    """An export that was compressed, like an archive by itself."""
    try:
        with gzip.open(path, "rb") as stream:
            return JsonlLog.from_stream(cast("BinaryIO", stream), str(path))
    except (OSError, EOFError, zlib.error) as error:
        raise LogUnreadable(f"cannot unpack {path}: {error}; restore it from a copy") from None


def _is_sqlite(path: Path) -> bool:
    """By content where there is some: a copy may have any name."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise LogUnreadable(f"cannot read {path}: {error.strerror}") from None
    return start.startswith(b"SQLite format 3") or path.suffix in {".sqlite", ".db"}
