"""`simexchange impact`: what somebody's orders did to prices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from simexchange.cli.logs import JSON, LOG, opened_log
from simexchange.cli.options import scenario_of
from simexchange.config import markets
from simexchange.config.assembling import Setup, feeds
from simexchange.config.logged import opened_with
from simexchange.config.words import duration
from simexchange.core.vocabulary.commands import NoteFeed
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import UsageError
from simexchange.eventlog.inspection import iso_time
from simexchange.eventlog.replay import records
from simexchange.feeds.scripted.feed import NAME as SCRIPTED
from simexchange.runtime.impact import impact as measure

if TYPE_CHECKING:
    from simexchange.eventlog.log import EventLog
    from simexchange.runtime.impact import Fills, Gap, Impact


@click.command()
@LOG
@click.option("--account", "accounts", multiple=True, help="Whose orders are left out; repeatable. [default: all]")
@click.option("--since", type=click.IntRange(min=1), help="Leave LOG after this record. [default: before the first]")
@click.option("--feed", help="What LOG was served with: recorded:PATH, where it was a tape. [default: what LOG says]")
@click.option("--scenario", help="As LOG was served with; the feed is the ladder then, unless --feed says another.")
@click.option("--set", "sets", multiple=True, help="As LOG was served with; repeatable.")
@click.option(
    "--market", "market_files", type=click.Path(path_type=Path), multiple=True, help="As LOG was served with."
)
@click.option("--history", default="2d", show_default=True, help="As LOG was served with.")
@JSON
def impact(
    log: str,
    accounts: tuple[str, ...],
    since: int | None,
    feed: str | None,
    scenario: str | None,
    sets: tuple[str, ...],
    market_files: tuple[Path, ...],
    history: str,
    *,
    as_json: bool,
) -> None:
    """How far the prices in LOG are from those without somebody's orders, with the same seed.

    The feeds run again and answer the books as they find them; everybody else does what he did.
    """
    with opened_log(log) as opened:
        setup = Setup(
            feed=feed or ("ladder" if scenario is not None else _feed_of(opened)),
            scenario=scenario_of(scenario, sets),
            markets=market_files,
            history=Nanos(0) if history in ("0", "0s") else duration(history, "--history"),
        )
        made = feeds(setup, opened_with(opened) or markets.preset(), opened.header)
        found = measure(opened, accounts, made, since)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        _show(found)


def _feed_of(log: EventLog) -> str:
    """What feed the log knows. Raises UsageError where it has to be said."""
    names = {record.command.feed for record in records(log) if isinstance(record.command, NoteFeed)}
    if not names:
        return "none"
    if names <= {"synthetic", SCRIPTED}:
        return "synthetic" if "synthetic" in names else "ladder"
    msg = f"the log was made with {', '.join(sorted(names))}: say --feed as it was served, like recorded:PATH"
    raise UsageError(msg)


def _show(found: Impact) -> None:
    who = ", ".join(found.accounts) or "all clients"
    click.echo(
        f"{found.log} without {found.left_out} commands of {who}, run again from record {found.since},"
        f" {iso_time(found.start)} to {iso_time(found.end)}"
    )
    if not found.markets:
        click.echo("no price is another one")
    for row in found.markets:
        click.echo(f"\n{row.market}")
        for name, fills in (("bought", row.bought), ("sold", row.sold)):
            if fills is not None:
                _show_fills(name, fills)
        _line("middle, on average", row.mean)
        _line("at the most", row.greatest, f"at {iso_time(row.greatest_at)}")
        _line("at the end", row.end, f"{row.price_with} instead of {row.price_without}")


def _show_fills(name: str, fills: Fills) -> None:
    said = f"{fills.qty} in {fills.trades} trades at {fills.price}; the middle without them {fills.untouched}"
    _line(name, fills.gap, said)


def _line(name: str, gap: Gap, said: str = "") -> None:
    click.echo(f"  {name:<20} {gap.price:>16}  {gap.basis_points:>14} bp  {said}".rstrip())
