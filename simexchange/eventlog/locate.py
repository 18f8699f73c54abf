"""From what a person typed as LOG to the log."""

from pathlib import Path
from typing import Final

from simexchange.errors import LogUnreadable
from simexchange.eventlog.jsonl import JsonlLog, standard_input
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog

STANDARD_INPUT: Final = "-"


def open_log(argument: str) -> EventLog:
    """The log *argument* names, for reading: a data folder, its ``events.sqlite``, a ``.jsonl`` export, or ``-``.

    Raises LogUnreadable, LogNewer, LogDamaged.
    """
    if argument == STANDARD_INPUT:
        return JsonlLog.from_stream(standard_input())
    path = Path(argument)
    if path.is_dir():
        inside = path / FILE_NAME
        if not inside.exists():
            raise LogUnreadable(f"there is no event log in {path}: it holds no {FILE_NAME}")
        return SqliteLog.read_only(inside)
    if not path.exists():
        raise LogUnreadable(f"there is no event log at {path}")
    return SqliteLog.read_only(path) if _is_sqlite(path) else JsonlLog.read_only(path)


def _is_sqlite(path: Path) -> bool:
    """By content where there is some: a copy may have any name."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise LogUnreadable(f"cannot read {path}: {error.strerror}") from None
    return start.startswith(b"SQLite format 3") or path.suffix in {".sqlite", ".db"}
