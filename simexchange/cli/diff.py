"""`simexchange diff`: what is different between two pasts."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import click
import msgspec

from simexchange.cli.logs import JSON, LOG, opened_log, read_moment
from simexchange.errors import UsageError
from simexchange.eventlog.differences import EXCHANGE, Change, differences
from simexchange.eventlog.inspection import iso_time
from simexchange.eventlog.travel import state_at

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState

TWO: Final = 2


class Side(msgspec.Struct, frozen=True):
    """One of the two pasts."""

    log: str
    seq: int
    at: str
    """Exchange time there, ISO-8601."""


class Difference(msgspec.Struct, frozen=True):
    """What ``--json`` prints."""

    before: Side
    after: Side
    changes: list[Change]


@click.command()
@LOG
@click.argument("other", required=False)
@click.option("--at", "moments", multiple=True, help="SEQ or ISO-8601, twice at most. [default: the end]")
@click.option("--all", "everybody", is_flag=True, help="The accounts of feeds, too.")
@JSON
def diff(log: str, other: str | None, moments: tuple[str, ...], *, everybody: bool, as_json: bool) -> None:
    """Show what is different between LOG at two moments, or between LOG and OTHER.

    Of one log: `diff LOG --at 1200 --at 1300`, or with one --at what has changed since. Of two logs each --at is about
    its own; with one --at it is about both.
    """
    if len(moments) > TWO or not (moments or other):
        msg = "say --at once or twice for one log, and at most twice for two: which pasts are compared"
        raise UsageError(msg)
    first = moments[0] if moments else None
    second = moments[1] if len(moments) == TWO else (first if other else None)
    with ExitStack() as stack:
        before, old = _side(stack, log, first)
        after, new = _side(stack, other or log, second)
    changes = differences(old, new, everybody=everybody)
    if as_json:
        click.echo(msgspec.json.encode(Difference(before, after, changes)))
        return
    for mark, side in (("-", before), ("+", after)):
        click.echo(f"{mark} {side.log} after record {side.seq}, {side.at}")
    _show(changes)


def _side(stack: ExitStack, log: str, moment: str | None) -> tuple[Side, ExchangeState]:
    opened = stack.enter_context(opened_log(log))
    seq, state = state_at(opened, read_moment(moment))
    return Side(log, seq, iso_time(state.now)), state


def _show(changes: list[Change]) -> None:
    """A table for each account and market: what, before, after, and how much more."""
    told = [change for change in changes if change.of != EXCHANGE]
    if not told:
        click.echo("nothing is different")
    widths = [max((len(getattr(each, name)) for each in told), default=0) for name in ("what", "before", "after")]
    whose = ""
    for each in told:
        if whose != f"{each.of} {each.name}":
            whose = f"{each.of} {each.name}"
            click.echo(f"{whose}:")
        what, before, after = each.what.ljust(widths[0]), each.before.rjust(widths[1]), each.after.rjust(widths[2])
        click.echo(f"    {what}  {before}  {after}  {each.change}".rstrip())
