"""How much of a public list is told at once, and where the next page begins.

Of a ``limit`` above the most that a call tells, the most is meant: what the venue does then is not published, and
clients send the limits of other calls. A cursor names what it stands behind (``lastid``, ``lasttime``), in percent
signs; clients may put it into percent signs once more.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar
from urllib.parse import quote, unquote

from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.params import whole
from simexchange.dialects.bybit.common.timestamps import nanos
from simexchange.dialects.contract import ApiError

if TYPE_CHECKING:
    from simexchange.dialects.contract import Call

Row = TypeVar("Row")


class Page(NamedTuple, Generic[Row]):
    """Rows, and the cursor of those behind them; empty where there are none."""

    rows: Sequence[Row]
    cursor: str


def count(params: Mapping[str, str], default: int, most: int) -> int:
    """How many rows are told."""
    return min(whole(params, "limit", default), most)


def span(
    params: Mapping[str, str], start: str = "startTime", end: str = "endTime"
) -> "tuple[Nanos | None, Nanos | None] | ApiError":
    """From when to when; None where nothing was sent."""
    first, last = (nanos(int(params[name])) if params.get(name) else None for name in (start, end))
    if first is not None and last is not None and first > last:
        return errors.invalid(f"{start} is after {end}")
    return first, last


def page(call: "Call", rows: Sequence[Row], most: int, name: Callable[[Row], str]) -> "Page[Row] | ApiError":
    """The *most* rows behind the one that ``cursor`` names, which *name* must find again."""
    begin, cursor = 0, call.params.get("cursor")
    if cursor:
        fields = unpack(cursor, "first", "last")
        place = next((no for no, row in enumerate(rows) if fields and name(row) == fields["last"]), None)
        if place is None:
            return errors.invalid("cursor invalid")
        begin = place + 1
    shown, left = rows[begin : begin + most], len(rows) - begin - most
    return Page(shown, pack(first=name(shown[0]), last=name(shown[-1])) if left > 0 and shown else "")


def pack(**fields: object) -> str:
    """``lastid%3D5%26lasttime%3D1780617600``."""
    return quote("&".join(f"{name}={value}" for name, value in fields.items()), safe="")


def unpack(text: str, *names: str) -> dict[str, str] | None:
    """The fields of a cursor; None where it is none with just these names."""
    for _ in range(2):
        text = unquote(text)
    pairs = [pair.partition("=") for pair in text.split("&")]
    return {name: value for name, _, value in pairs} if [pair[0] for pair in pairs] == list(names) else None
