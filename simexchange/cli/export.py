"""`simexchange export`: the records of a log as they are, or a table of it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from errno import EISDIR
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simexchange.cli.logs import LOG, opened_log
from simexchange.errors import ConfigError, UsageError
from simexchange.eventlog.jsonl import export as export_log
from simexchange.eventlog.sqlite import FILE_NAME
from simexchange.eventlog.tables.columns import Wanted
from simexchange.eventlog.tables.formats import FORMATS, format_named
from simexchange.eventlog.tables.reading import TABLES, rows_of, table_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

STANDARD_OUTPUT = "-"


@click.command()
@LOG
@click.option("--header", is_flag=True, help="Put the log's header before the records, for import elsewhere.")
@click.option("--table", "name", help=f"Instead of records: {', '.join(TABLES)}.")
@click.option("--format", "form", help=f"{', '.join(FORMATS)}. [default: what FILE ends with, else csv]")
@click.option("--account", default="", help="Only of that account. [default: everybody's]")
@click.option("--market", default="", help="Only of that market.")
@click.option("--currency", default="", help="What equity is told in. [default: USDT, where a market has it]")
@click.option("--interval", default="1m", show_default=True, help="Of candles.")
@click.option("-o", "--output", default=STANDARD_OUTPUT, help="FILE, or - for standard output (the default).")
def export(log: str, name: str | None, form: str | None, output: str, *, header: bool, **wanted: Any) -> None:
    """Print the stored records verbatim, one a line; or with --table what they come to, in named columns.

    Decimals are exact in all formats but npz, which is hftbacktest's. Parquet and npz need the extra `analysis`.
    """
    if name is None:
        _records(log, form, output, header=header, **wanted)
        return
    if header:
        msg = "--header is for records; a table has its own columns"
        raise UsageError(msg)
    table, write = table_named(name), format_named(form or _ending(output) or "csv")
    with opened_log(log) as opened, written(output, log) as out:
        number = write(table, rows_of(opened, table, Wanted(**wanted)), out)
    if output != STANDARD_OUTPUT:
        click.echo(f"{number} rows of {name} in {output}", err=True)


def _records(log: str, form: str | None, output: str, *, header: bool, interval: str, **wanted: str) -> None:
    said = [f"--{name}" for name, value in wanted.items() if value]
    if said or form not in (None, "jsonl") or interval != "1m":
        msg = f"records are printed as they are: for {', '.join(said) or '--format'} say which --table"
        raise UsageError(msg)
    with opened_log(log) as opened, written(output, log) as out:
        for line in export_log(opened, header=header):
            out.write(line)


def _ending(output: str) -> str:
    """The format a file's name ends with, if it is one."""
    ending = Path(output).suffix.lstrip(".")
    return ending if ending in FORMATS else ""


@contextmanager
def written(output: str, *logs: str) -> Iterator[BinaryIO]:
    """Where to write: standard output, or a file that is there only once it is whole; never one of *logs*."""
    if output == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    if any(_belongs(path, log) for log in logs):
        msg = f"{output} is the log itself: write to another file"
        raise UsageError(msg)
    try:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        if path.exists() and not path.is_file():
            # A device or a pipe takes what comes: a file in its place would be there for everybody.
            with path.open("wb") as file:
                yield file
            return
        path = path.resolve()
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                yield file
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        msg = f"cannot write {output}: {error.strerror}"
        raise ConfigError(msg) from None


def _belongs(path: Path, log: str) -> bool:
    """Whether *path* is a file that *log* is read from."""
    there = Path(log) / FILE_NAME if Path(log).is_dir() else Path(log)
    return path.exists() and there.exists() and path.samefile(there)
