"""Rows in the order they happened, the oldest let go, and how venues page through them."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar

from simexchange.core.vocabulary.units import Nanos

Row = TypeVar("Row")

_ID: Callable[[Any], int] = attrgetter("id")
_AT: Callable[[Any], Nanos] = attrgetter("at")


class Series(Generic[Row]):
    """A list that keeps at least its newest *cap* rows and never more than an eighth above that."""

    __slots__ = ("_most", "cap", "rows")

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self._most = most_of(cap)
        self.rows: list[Row] = []

    def append(self, row: Row) -> None:
        rows = self.rows
        rows.append(row)
        if len(rows) >= self._most:
            # In blocks: letting go one row per append would move the whole list each time.
            del rows[: len(rows) - self.cap]


def most_of(cap: int) -> int:
    """With how many rows the oldest are let go, down to *cap*."""
    return cap + (cap >> 3) + 1


def select(
    rows: Sequence[Row],
    *,
    from_id: int | None = None,
    start: Nanos | None = None,
    end: Nanos | None = None,
    limit: int = 500,
    keep: Callable[[Row], bool] | None = None,
    time_of: Callable[[Row], Nanos] = _AT,
) -> list[Row]:
    """At most *limit* of *rows*, oldest first. *rows* are ascending by ``id`` and by time.

    With *from_id* or *start* (both inclusive) the oldest that fit, else the newest. *end* is inclusive. *keep*
    leaves out rows before they are counted.
    """
    low, high = 0, len(rows)
    if from_id is not None:
        low = bisect_left(rows, from_id, key=_ID)
    if start is not None:
        low = max(low, bisect_left(rows, start, key=time_of))
    if end is not None:
        high = bisect_right(rows, end, key=time_of)
    newest = from_id is None and start is None
    if keep is not None:
        return _filtered(rows, low, high, limit, keep, newest=newest)
    if newest:
        low = max(low, high - limit)
    return list(rows[low : min(high, low + limit)])


def _filtered(
    rows: Sequence[Row], low: int, high: int, limit: int, keep: Callable[[Row], bool], *, newest: bool
) -> list[Row]:
    found: list[Row] = []
    for index in range(high - 1, low - 1, -1) if newest else range(low, high):
        if len(found) >= limit:
            break
        if keep(rows[index]):
            found.append(rows[index])
    if newest:
        found.reverse()
    return found
