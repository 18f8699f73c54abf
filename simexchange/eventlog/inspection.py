"""Records for people: names instead of positions, decimal text instead of 10**-8, ISO times instead of nanoseconds."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec

from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.units import ONE, SECOND, Amount, Cost, Nanos, Price, Quantity, Rate, decimal_text
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import Record
from simexchange.eventlog.replay import records

_Show = Callable[[Any], Any]


def inspect(log: EventLog, from_seq: int = 0) -> Iterator[dict[str, Any]]:
    """The records of *log* as `readable` shows them. Raises LogDamaged."""
    return map(readable, records(log, from_seq))


def readable(record: Record) -> dict[str, Any]:
    """One record as what JSON can hold, with the names of fields, commands and events."""
    return {
        "seq": record.seq,
        "at": iso_time(record.at),
        "source": record.source,
        "cause": record.cause,
        "command": describe(record.command),
        "events": [describe(event) for event in record.events],
        "digest": record.digest,
    }


def describe(value: msgspec.Struct) -> dict[str, Any]:
    """A command or an event by its name and the names of its fields."""
    return {"type": type(value).__name__, **_show_struct(value)}


def iso_time(at: int) -> str:
    """An instant in ns since 1970 as ISO 8601 in UTC, to the nanosecond where it has any.

    >>> iso_time(1_700_000_000_123_000_000), iso_time(0)
    ('2023-11-14T22:13:20.123Z', '1970-01-01T00:00:00Z')
    """
    seconds, nanos = divmod(at, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if nanos:
        digits = f"{nanos:09d}"
        text += "." + (digits[:3] if digits.endswith("000000") else digits[:6] if digits.endswith("000") else digits)
    return text + "Z"


def _show_struct(value: msgspec.Struct) -> dict[str, Any]:
    return {name: show(getattr(value, name)) for name, show in _fields(type(value))}


@cache
def _fields(struct: type[msgspec.Struct]) -> tuple[tuple[str, _Show], ...]:
    hints = get_type_hints(struct)
    return tuple((name, _shower(hints[name], name)) for name in struct.__struct_fields__)


def _shower(hint: Any, name: str) -> _Show:
    """How a field of that type is shown. A moment and a span are both Nanos: the name of a span says so."""
    if hint is Nanos:
        return _show_span if name in _SPANS else _show_moment
    if hint in _UNITS:
        return _UNITS[hint]
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        kept = [each for each in inside if each is not NoneType]
        return _optional(_shower(kept[0], name)) if len(kept) == 1 else _show_any
    if name in _FINE:
        return _UNITS[Cost]
    if hint is Levels:
        return _show_levels
    if origin in (tuple, list) and inside:
        shower = _shower(inside[0], name)
        return lambda rows: [shower(row) for row in rows]
    return _show_any


def _optional(show: _Show) -> _Show:
    return lambda value: None if value is None else show(value)


def _show_moment(at: int) -> str | None:
    """0 says never, wherever a moment may be missing."""
    return iso_time(at) if at else None


def _show_span(span: int) -> str:
    return f"{decimal_text(span, SECOND)}s"


def _show_levels(levels: Levels) -> list[list[str]]:
    return [[_level_text(price), _level_text(size)] for price, size in levels]


_level_text = lru_cache(1 << 16)(decimal_text)
"""Books change at the same prices again and again: most of a recording's log is them."""


def _show_any(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _show_struct(value)
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, (list, tuple)):
        return [_show_any(each) for each in value]
    return value


_UNITS: Final[Mapping[Any, _Show]] = {
    Price: decimal_text,
    Quantity: decimal_text,
    Amount: decimal_text,
    Rate: decimal_text,
    Cost: lambda value: decimal_text(value, ONE * ONE),
}
_FINE: Final = frozenset({"residue"})
"""What rounding left is counted at 10**-16 like the costs it comes from."""
_SPANS: Final = frozenset(
    {
        "basis_window", "funding_interval", "interval", "premium_every", "resilience", "settlement_window", "span",
        "stale_after",
    }
)  # fmt: skip
