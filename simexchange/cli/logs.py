"""Commands that read an event log: replay, recheck, inspect.

LOG is a data folder, its events.sqlite, a .jsonl export, or - for standard input. A log may be read while it is
being written: what is committed counts.
"""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click
import msgspec

from simexchange.cli.exits import naming
from simexchange.core.engine import REVISION
from simexchange.core.invariants import InvariantBroken, check
from simexchange.core.vocabulary.ids import market_of
from simexchange.core.vocabulary.units import decimal_text
from simexchange.errors import CheckFailed, NotThere, UsageError
from simexchange.eventlog.inspection import inspect as inspect_log, iso_time
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.recheck import recheck as recheck_log
from simexchange.eventlog.replay import replay as replay_log
from simexchange.eventlog.travel import END, Moment
from simexchange.gateway.words import Malformed, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.state import ExchangeState
    from simexchange.eventlog.log import EventLog

LOG = click.argument("log")
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")


@contextmanager
def opened_log(log: str) -> Iterator[EventLog]:
    """The log that LOG names, for reading."""
    with naming(log), closing(open_log(log)) as opened:
        yield opened


def read_moment(text: str | None) -> Moment:
    """What ``--at`` names: a seq, nanoseconds or an ISO-8601 instant. Raises UsageError."""
    if text is None:
        return END
    try:
        return parse_moment(text)
    except Malformed as error:
        msg = f"--at: {error}; write the seq of a record, or an instant like 2026-01-31T12:00:00Z"
        raise UsageError(msg) from None


@click.command()
@LOG
@JSON
def recheck(log: str, *, as_json: bool) -> None:
    """Run the commands of LOG again and demand the same events, to the last digit. Exit code 4 where they differ."""
    with opened_log(log) as opened:
        found = recheck_log(opened)
    if as_json:
        click.echo(msgspec.json.encode(found))
    elif found.ok:
        click.echo(f"the same, to the last digit: {found.records} records")
    if not found.ok:
        first = found.first_difference
        text = "" if first is None else f"; first at record {first.seq}: {first.kind}"
        by = f"; {_decided_by(found.engine)}" if found.engine != str(REVISION) else ""
        msg = f"{log}: {found.differing} of {found.records} records would differ{text}{by}"
        raise CheckFailed(msg)


def _decided_by(engine: str) -> str:
    """Why a log may differ that nobody has touched."""
    by = f"by revision {engine} of the engine" if engine else "by nobody says which revision of the engine"
    return f"it was decided {by}, and this is revision {REVISION} (`simexchange verify` says whether it is whole)"


@click.command()
@LOG
@click.option("--at", "at_seq", type=click.IntRange(min=0), help="Stop after this record.")
def replay(log: str, at_seq: int | None) -> None:
    """Fold LOG and show where everybody stands at its end, or after a record."""
    begun = time.perf_counter()
    with opened_log(log) as opened:
        _must_have(opened, at_seq)
        state = replay_log(opened, to_seq=at_seq)
        last = opened.last_seq if at_seq is None else at_seq
    try:
        check(state)
    except InvariantBroken as broken:
        msg = f"{log} folds, and its money does not add up after record {last}: {broken}"
        raise CheckFailed(msg) from None
    spent = time.perf_counter() - begun
    click.echo(f"{last} records folded in {spent:.2f} s; exchange time {iso_time(state.now)}")
    _show_state(state)


def _must_have(log: EventLog, at_seq: int | None) -> None:
    """Or end just before its first record: what it stands on can be looked at, too."""
    first = log.header.first_seq
    if at_seq is not None and not first - 1 <= at_seq <= log.last_seq:
        # An archive that is missing is named by who reads there.
        if at_seq < first:
            next(log.read(max(at_seq, 1)), None)
        msg = f"there is no record {at_seq} in {log.name}: it has {first} to {log.last_seq}"
        raise NotThere(msg)


def _show_state(state: ExchangeState) -> None:
    for market in state.markets.values():
        mark = f", mark {decimal_text(market.mark)}" if market.derivative else ""
        book = f"{decimal_text(market.book.best_bid())} / {decimal_text(market.book.best_ask())}"
        click.echo(f"{market.spec.id}: {market.trades} trades, last {decimal_text(market.last)}, book {book}{mark}")
    for account in state.accounts.values():
        parts = [
            f"{wallet} {decimal_text(balance.free + balance.held)} {asset}"
            for (wallet, asset), balance in sorted(account.balances.items(), key=lambda item: item[0])
            if balance.free or balance.held
        ]
        parts += [
            f"{decimal_text(position.qty)} of {state.markets[market_of(no)].spec.id}"
            for no, position in account.positions.items()
        ]
        click.echo(f"{account.name}: {', '.join(parts) or 'nothing'}")


@click.command()
@LOG
@click.option("--json", "as_json", is_flag=True, help="One JSON object a record.")
@click.option("--from", "from_seq", type=click.IntRange(min=0), default=0, show_default=True, help="First record.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many records.")
def inspect(log: str, from_seq: int, limit: int | None, *, as_json: bool) -> None:
    """Show records with names, decimal numbers and times a person reads."""
    with opened_log(log) as opened:
        for count, record in enumerate(inspect_log(opened, from_seq)):
            if limit is not None and count >= limit:
                break
            if as_json:
                click.echo(msgspec.json.encode(record))
            else:
                _show_record(record)


def _show_record(record: dict[str, Any]) -> None:
    click.echo(f"{record['seq']} {record['at']} {record['source']} {_words(record['command'])}")
    for event in record["events"]:
        click.echo(f"    {_words(event)}")


def _words(struct: dict[str, Any]) -> str:
    """``Name key=value …``, leaving out what is empty."""
    values = [f"{key}={value}" for key, value in struct.items() if key != "type" and value not in ("", None)]
    return " ".join([str(struct.get("type", "")), *values])
