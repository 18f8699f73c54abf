"""`simexchange report`: what an account came to, on one page."""

from __future__ import annotations

import click

from simexchange.cli.export import written
from simexchange.cli.logs import LOG, opened_log
from simexchange.errors import UsageError


@click.command()
@LOG
@click.option("--account", default="", help="Whose. [default: the person with the most fills]")
@click.option("--currency", default="", help="What worths are told in. [default: USDT, where a market has it]")
@click.option("--compare", "other", default="", help="Another log to stand beside it, with its account of that name.")
@click.option("-o", "--output", default="report.html", show_default=True, help="FILE, or - for standard output.")
def report(log: str, account: str, currency: str, other: str, output: str) -> None:
    """Draw what an account of LOG came to, on one HTML page that needs no network and no scripts.

    Equity, falls, exposure, hedge ratio, the way to a liquidation, funding, fees, fills on the price, the quality of
    orders, and everything that was refused, with its reason in words.
    """
    from simexchange.eventlog.reporting.gathering import gather
    from simexchange.eventlog.reporting.page import page

    if other == log == "-":
        msg = "only one of the two logs can come from standard input"
        raise UsageError(msg)
    with opened_log(log) as opened:
        story = gather(opened, account, currency)
    compared = None
    if other:
        with opened_log(other) as opened:
            compared = gather(opened, account, story.currency)
    text = page(story, log, compared, other)
    with written(output, log, other) as out:
        out.write(text.encode())
    if output != "-":
        click.echo(f"{output}: {story.account}, {len(story.fills)} fills, {len(text.encode()) // 1024} KiB", err=True)
