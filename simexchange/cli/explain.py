"""`simexchange explain`: why a number in an event log is what it is.

LOG is what it is for the other commands that read logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from simexchange.cli.logs import JSON, LOG, opened_log
from simexchange.core.explaining.figures import NONE
from simexchange.eventlog import explaining
from simexchange.eventlog.inspection import iso_time

if TYPE_CHECKING:
    from simexchange.core.explaining.figures import Explanation, Figure, Input, Section

AT = click.option("--at", "seq", type=click.IntRange(min=1), help="How it stood after this record. [default: the last]")


@click.group()
def explain() -> None:
    """Say why a margin or a funding rate in LOG is what it is, with formulas and the records behind them."""


@explain.command()
@LOG
@click.argument("account")
@AT
@JSON
def margin(log: str, account: str, seq: int | None, *, as_json: bool) -> None:
    """Every margin figure of ACCOUNT, from its wallets to the price at which each position is liquidated."""
    with opened_log(log) as opened:
        _show(explaining.margin(opened, account, seq), as_json=as_json)


@explain.command()
@LOG
@click.argument("subject", metavar="MARKET|ACCOUNT")
@AT
@JSON
def funding(log: str, subject: str, seq: int | None, *, as_json: bool) -> None:
    """The last funding of a market, its rate and who paid what; or what an account has paid and received."""
    with opened_log(log) as opened:
        _show(explaining.funding(opened, subject, seq), as_json=as_json)


def _show(explanation: Explanation, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(explanation))
        return
    click.echo(f"{explanation.question}, after record {explanation.seq} at {iso_time(explanation.at)}")
    if not explanation.sections:
        click.echo("There is nothing to explain.")
    for section in explanation.sections:
        _section(section)


def _section(section: Section) -> None:
    where = f" [record {section.seq}]" if section.seq else ""
    note = f" ({section.note})" if section.note else ""
    click.echo(f"\n{section.name}{where}{note}")
    names = [*(fact.name for fact in section.facts), *(figure.name for figure in section.figures)]
    width = max(map(len, names), default=0)
    for fact in section.facts:
        click.echo(f"  {fact.name:<{width}}  {_amount(fact.value, fact.unit)}   {_origin(fact)}")
    for figure in section.figures:
        _figure(figure, width)


def _figure(figure: Figure, width: int) -> None:
    if figure.value == NONE:
        click.echo(f"  {figure.name:<{width}}  {NONE}: {figure.note}")
        return
    click.echo(f"  {figure.name:<{width}}  {_amount(figure.value, figure.unit)}   = {figure.formula}")
    margin = " " * (width + 4)
    inputs = ", ".join(f"{each.name} {each.value}" + (f" [{each.seq}]" if each.seq else "") for each in figure.inputs)
    if inputs:
        click.echo(f"{margin}with {inputs}")
    said = "; ".join(text for text in (figure.rounding, figure.note) if text)
    if said:
        click.echo(f"{margin}{said}")


def _amount(value: str, unit: str) -> str:
    return f"{value} {unit}" if unit and unit not in {"price", "rate"} else value


def _origin(fact: Input) -> str:
    return f"[{fact.seq}] {fact.source}" if fact.seq else fact.source
