"""Bookmarks: names of records, noted beside them.

They are no history: losing one loses no record, and naming another record by the same name is no contradiction.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from simexchange.errors import ConfigError, NotThere
from simexchange.eventlog.log import KeepsNotes

if TYPE_CHECKING:
    from simexchange.eventlog.log import EventLog

PREFIX: Final = "bookmark:"
"""Before the name, in the log's notes; the note is the seq."""
START: Final = "start"
"""Where clients were let in for the first time. Nobody else may have the name."""
_NAME: Final = re.compile(r"(?!\d+$)[\w-]{1,64}", re.ASCII)


def bookmarks(log: EventLog) -> dict[str, int]:
    """All names with their seqs, by seq, then name.

    Where the log does not reach back to a record its name is none any more; but for the start, which is then the first
    record there is.
    """
    found = log.notes(PREFIX) if isinstance(log, KeepsNotes) else {}
    first = log.header.first_seq
    rows = [(int(text), name.removeprefix(PREFIX)) for name, text in found.items() if text.isdecimal()]
    rows = [(max(seq, first), name) for seq, name in rows if seq >= first or name == START]
    return {name: seq for seq, name in sorted(rows)}


def set_bookmark(log: EventLog, name: str, seq: int) -> None:
    """Name record *seq*; a name somebody chose has been through `fit_name`."""
    if isinstance(log, KeepsNotes):
        log.set_note(PREFIX + name, str(seq))


def fit_name(name: str) -> str:
    """*name*, if a person may give it to a record. Raises ConfigError."""
    if not _NAME.fullmatch(name):
        msg = f"{name!r} is no name of a checkpoint: 1 to 64 letters, digits, - and _, not digits alone"
        raise ConfigError(msg)
    if name == START:
        msg = f"{START} is the moment when clients were first let in: choose another name"
        raise ConfigError(msg)
    return name


def seq_of_bookmark(log: EventLog, name: str) -> int:
    """The record of that name. Raises NotThere, naming those there are."""
    known = bookmarks(log)
    if name not in known:
        there = f"there are {', '.join(known)}" if known else "there is none yet"
        raise NotThere(f"there is no checkpoint {name!r}: {there}")
    return known[name]


def is_kept(name: str, text: str, seq: int) -> bool:
    """Whether the note *text* under *name* is a bookmark of a record up to *seq*."""
    return name.startswith(PREFIX) and text.isdecimal() and int(text) <= seq
