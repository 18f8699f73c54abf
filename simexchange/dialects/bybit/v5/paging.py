"""Lists of what happened: newest first, within a span of time, page by page by an opaque cursor."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from simexchange.core.vocabulary.units import DAY, Nanos
from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.params import Param, integer, whole
from simexchange.dialects.bybit.common.timestamps import nanos
from simexchange.dialects.contract import ApiError, Call


class Numbered(Protocol):
    """A row that has its number in the order in which rows came."""

    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=Numbered)


class Span(NamedTuple):
    """From when to when, both inclusive."""

    start: Nanos
    end: Nanos


class Page(NamedTuple, Generic[Row]):
    """Some rows, the newest first, and where to go on; empty: there are no more."""

    rows: list[Row]
    cursor: str


def span_of(
    call: Call, days: int, most: int = 0, *, start: str = "startTime", end: str = "endTime", unit: int = 1
) -> Span | ApiError:
    """What `start` and `end` say: neither is the last *days* days, one is so many from there; both at most *most*.

    *unit*: how many milliseconds the numbers count by.
    """
    longest = Nanos((most or days) * DAY)
    default = Nanos(days * DAY)
    first, last = call.params.get(start), call.params.get(end)
    if first and last:
        within = Span(nanos(int(first) * unit), nanos(int(last) * unit))
        if within.end < within.start:
            return errors.invalid(f"{start} should be smaller than {end}")
        if within.end - within.start > longest:
            return errors.invalid(f"the time range between {start} and {end} cannot exceed {most or days} days")
        return within
    if first:
        begin = nanos(int(first) * unit)
        return Span(begin, Nanos(begin + default))
    finish = nanos(int(last) * unit) if last else Nanos(call.now)
    return Span(Nanos(max(0, finish - default)), finish)


LIMIT: Final = Param("limit", integer(1))
"""How many rows are asked for; of more than a call tells, the most is meant: clients send the limits of other calls."""


def page_of(call: Call, rows: Sequence[Row], default: int, most: int) -> Page[Row] | ApiError:
    """The page that ``limit`` and ``cursor`` ask for of *rows*, which are ascending by their numbers."""
    size, below = min(whole(call.params, "limit", default), most), 0
    cursor = call.params.get("cursor")
    if cursor:
        number = _number(cursor)
        if number is None:
            return errors.invalid("cursor invalid")
        below = number
    found = [row for row in reversed(rows) if not below or row.id < below]
    shown = found[:size]
    return Page(shown, _token(shown[-1].id) if len(found) > size else "")


def _token(number: int) -> str:
    return urlsafe_b64encode(f"before:{number}".encode()).decode().rstrip("=")


def _number(cursor: str) -> int | None:
    """The number that a cursor stands for; None where it was not made here."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        return None
    word, _, number = text.partition(":")
    fits = word == "before" and number.isascii() and number.isdecimal() and len(number) <= 19
    return int(number) if fits else None
