"""How the SQLite file of a log is read beside its writer: by whom nothing is held, and nothing changed.

The file is opened for each few groups. In between it may become another one: a rewind exchanges it, an archiving takes
its first records out. Either changes the header, and then what was read and what is to come do not belong together.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from simexchange.errors import LogUnreadable

Row = tuple[int, int, str, bytes]
"""A commit group: its first and last seq, its digest and its records, if the file is sound."""
_HEADER: Final = "SELECT CAST(value AS BLOB) FROM meta WHERE name = 'header'"
_GROUPS: Final = (
    "SELECT first_seq, last_seq, digest, CAST(records AS BLOB) FROM groups WHERE first_seq BETWEEN ? AND ?"
    " ORDER BY first_seq LIMIT ?"
)


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing."""
    return sqlite3.connect(read_address(path), uri=True, timeout=30, isolation_level=None)


def read_address(path: Path) -> str:
    """Where a reader connects to, who changes nothing."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    if _all_in_one(path):
        # Nothing is in the write-ahead log: without an index of it, which whoever reads would leave behind in the
        # folder (or could not make there), the file says everything.
        address += "&immutable=1"
    return address


def _all_in_one(path: Path) -> bool:
    """Whether everything that was committed is in the file itself."""
    try:
        return not path.with_name(path.name + "-wal").stat().st_size
    except OSError:
        return True


class Reading:
    """One walk through the groups of a file, which stays one log the while."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._header: bytes | None = None

    def group_of(self, seq: int) -> int:
        """Where the group begins that has record *seq*, or should have; 0 where there is none before."""
        with closing(connect_reader(self._path)) as reader:
            self._header = header_in(reader)
            found = reader.execute("SELECT max(first_seq) FROM groups WHERE first_seq <= ?", (seq,)).fetchone()
        return int(found[0] or 0)

    def groups(self, start: int, to_seq: int, count: int) -> list[Row]:
        """At most *count* groups from *start* on. Raises LogUnreadable where the file is another log's by now."""
        with closing(connect_reader(self._path)) as reader:
            reader.execute("BEGIN")
            if header_in(reader) != self._header:
                raise became_another(str(self._path))
            return reader.execute(_GROUPS, (start, to_seq, count)).fetchall()


def header_in(reader: sqlite3.Connection) -> bytes | None:
    """The bytes of the header, as they stand in the file by now."""
    row = reader.execute(_HEADER).fetchone()
    return None if row is None else row[0]


def became_another(name: str) -> LogUnreadable:
    """What to raise where a log became another one under its reader."""
    return LogUnreadable(f"{name} was rewound or archived while it was being read: read it again")
