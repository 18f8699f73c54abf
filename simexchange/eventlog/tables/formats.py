"""The formats a table is written in. Decimals stay exact in all of them but npz, which is another library's."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Context, Decimal
from typing import Any, BinaryIO, Final

import msgspec

from simexchange.core.vocabulary.units import decimal_text
from simexchange.errors import MissingExtra, UsageError
from simexchange.eventlog.inspection import iso_time
from simexchange.eventlog.tables.columns import SCALES, UNITS, Column, Kind, Row, Table

Write = Callable[[Table, Iterable[Row], BinaryIO], int]
"""Writes a table; how many rows it had. Nothing is written before the first row is known."""
BLOCK: Final = 65_536
"""Rows that are turned into columns at a time."""
EXACT: Final = Context(prec=60)
"""Whatever the caller's own decimal context rounds to."""
HINT: Final = "pip install 'simexchange[analysis]'"


def write_csv(table: Table, rows: Iterable[Row], out: BinaryIO) -> int:
    """Comma-separated with a header line; lines end with LF. Times are ISO-8601, decimals exact, None is empty."""
    shows = [_shower(column) for column in table.columns]
    number = 0
    for row in _after_first(rows, lambda: out.write(",".join(table.header).encode() + b"\n")):
        fields = ("" if value is None else _quoted(show(value)) for show, value in zip(shows, row, strict=True))
        out.write(",".join(fields).encode() + b"\n")
        number += 1
    return number


def write_jsonl(table: Table, rows: Iterable[Row], out: BinaryIO) -> int:
    """One JSON object a line. Decimals and times are text, for a JSON number is a binary fraction to most readers."""
    shows = [_shower(column) for column in table.columns]
    plain = [column.kind in (Kind.WHOLE, Kind.FLAG) for column in table.columns]
    names, number = table.header, 0
    for row in rows:
        told = {
            name: value if value is None or is_plain else show(value)
            for name, value, show, is_plain in zip(names, row, shows, plain, strict=True)
        }
        out.write(msgspec.json.encode(told) + b"\n")
        number += 1
    return number


def write_parquet(table: Table, rows: Iterable[Row], out: BinaryIO) -> int:
    """Apache Parquet: decimals as Decimal(38, 8) or (38, 16), times as UTC nanoseconds. Raises MissingExtra."""
    frame = polars_frame(table, rows)
    frame.write_parquet(out)
    return len(frame)


def polars_frame(table: Table, rows: Iterable[Row]) -> Any:
    """A polars DataFrame. Raises MissingExtra."""
    try:
        import polars as pl
    except ModuleNotFoundError:
        raise MissingExtra(f"this needs polars: {HINT}") from None
    kinds = {
        Kind.TEXT: pl.String(),
        Kind.WHOLE: pl.Int64(),
        Kind.FLAG: pl.Boolean(),
        Kind.TIME: pl.Datetime("ns", "UTC"),
        Kind.DECIMAL: pl.Decimal(38, 8),
        Kind.FINE: pl.Decimal(38, 16),
    }
    schema = {column.name: kinds[column.kind] for column in table.columns}
    blocks = [
        pl.DataFrame(
            {
                name: pl.Series(name, values, dtype=pl.Int64()).cast(dtype) if dtype == kinds[Kind.TIME]
                else pl.Series(name, values, dtype=dtype)
                for (name, dtype), values in zip(schema.items(), columns, strict=True)
            }
        )
        for columns in _blocks(table, rows)
    ]  # fmt: skip
    return pl.concat(blocks) if blocks else pl.DataFrame(schema=schema)


def pandas_frame(table: Table, rows: Iterable[Row]) -> Any:
    """A pandas DataFrame; decimals are `decimal.Decimal` objects, so that nothing is rounded. Raises MissingExtra."""
    try:
        import pandas as pd
    except ModuleNotFoundError:
        raise MissingExtra(f"this needs pandas: {HINT}") from None
    whole: list[list[Any]] = [[] for _ in table.columns]
    for columns in _blocks(table, rows):
        for values, more in zip(whole, columns, strict=True):
            values.extend(more)
    made: dict[str, Any] = {}
    for column, values in zip(table.columns, whole, strict=True):
        if column.kind is Kind.TIME:
            made[column.name] = pd.to_datetime(pd.Series(values, dtype="Int64"), unit="ns", utc=True)
        else:
            dtype = {Kind.WHOLE: "Int64", Kind.FLAG: "boolean"}.get(column.kind, "object")
            made[column.name] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(made, columns=list(table.header))


def _blocks(table: Table, rows: Iterable[Row]) -> Iterator[list[list[Any]]]:
    """The columns of so many rows at a time, decimals as `Decimal`."""
    scales = [SCALES.get(column.kind) for column in table.columns]
    block: list[Row] = []
    for row in rows:
        block.append(row)
        if len(block) >= BLOCK:
            yield _turned(block, scales)
            block = []
    if block:
        yield _turned(block, scales)


def _turned(block: list[Row], scales: list[int | None]) -> list[list[Any]]:
    return [
        [each if each is None or scale is None else Decimal(each).scaleb(-scale, EXACT) for each in column]
        for column, scale in zip(zip(*block, strict=True), scales, strict=True)
    ]


def shown(table: Table, row: Row) -> list[str]:
    """A row as people read it: decimal text, ISO times, nothing for None."""
    return ["" if value is None else _shower(column)(value) for column, value in zip(table.columns, row, strict=True)]


def _shower(column: Column) -> Callable[[Any], str]:
    unit = UNITS.get(column.kind)
    if unit is not None:
        return lambda value: decimal_text(value, unit)
    if column.kind is Kind.TIME:
        return iso_time
    if column.kind is Kind.FLAG:
        return lambda value: "true" if value else "false"
    return str


def _quoted(text: str) -> str:
    """*text* as one field (RFC 4180)."""
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n\r') else text


def _after_first(rows: Iterable[Row], begin: Callable[[], object]) -> Iterator[Row]:
    """*rows*, with *begin* called when the first is known, or that there is none."""
    iterator = iter(rows)
    first = next(iterator, None)
    begin()
    if first is not None:
        yield first
        yield from iterator


def write_npz(table: Table, rows: Iterable[Row], out: BinaryIO) -> int:
    """The event array of hftbacktest, of the tape of one market. Raises MissingExtra, UsageError."""
    if table.name != "tape":
        raise UsageError(f"npz is made of the table tape, not of {table.name}: say --table tape --market MARKET")
    from simexchange.eventlog.tables.npz import write

    return write(rows, out)


FORMATS: Final[dict[str, Write]] = {
    "jsonl": write_jsonl, "csv": write_csv, "parquet": write_parquet, "npz": write_npz,
}  # fmt: skip
"""Every format by its name."""


def format_named(name: str) -> Write:
    """The format of that name. Raises UsageError."""
    found = FORMATS.get(name)
    if found is None:
        raise UsageError(f"there is no format {name!r}: {', '.join(FORMATS)}")
    return found
