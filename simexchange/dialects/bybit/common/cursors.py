"""Where a list of rows goes on: cursors that say after which row, so that new rows in front of it change nothing.

What the venue's cursors are made of is not published; clients hand them back as they came.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, TypeVar

Row = TypeVar("Row")
Key = tuple[int, ...]
"""What rows are ordered by, descending."""
LONGEST: Final = 200
"""Characters of a cursor that is looked at."""


class BadCursor(ValueError):
    """A text that no list gave out."""


def page(rows: Iterable[Row], key: Callable[[Row], Key], limit: int, cursor: str) -> tuple[Sequence[Row], str]:
    """At most *limit* of *rows*, which are newest first, after the one *cursor* names, and the cursor of the next page.

    That is empty where there is no next page. Raises BadCursor.
    """
    after = read(cursor) if cursor else None
    found = list(islice((row for row in rows if after is None or key(row) < after), limit + 1))
    more = len(found) > limit
    return found[:limit], write(key(found[limit - 1])) if more else ""


def write(key: Key) -> str:
    """The cursor that goes on after the row with *key*."""
    return urlsafe_b64encode(":".join(map(str, key)).encode()).decode().rstrip("=")


def read(cursor: str) -> Key:
    """The key that `write` made *cursor* of. Raises BadCursor.

    >>> read(write((3, 14)))
    (3, 14)
    """
    try:
        text = urlsafe_b64decode(cursor[:LONGEST] + "=" * (-len(cursor) % 4)).decode("ascii")
        key = tuple(int(part) for part in text.split(":"))
    except ValueError:
        raise BadCursor(cursor) from None
    if write(key) != cursor:
        raise BadCursor(cursor)
    return key
