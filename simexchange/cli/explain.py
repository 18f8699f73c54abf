"""`simexchange explain`: why a number in an event log is what it is.

LOG is what it is for the other commands that read logs.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import click
import msgspec

from simexchange.cli.logs import JSON, LOG, opened_log
from simexchange.config.served import ALL, dialects_of
from simexchange.config.words import decimal
from simexchange.core.vocabulary.orders import MarginMode
from simexchange.core.vocabulary.units import Amount
from simexchange.dialects.naming import orders_called
from simexchange.errors import ConfigError, UsageError
from simexchange.eventlog import counterfactual, explaining
from simexchange.eventlog.counterfactual import Extra, Leverage, Mode
from simexchange.eventlog.explained import lines, section_lines
from simexchange.eventlog.inspection import iso_time

if TYPE_CHECKING:
    from simexchange.core.explaining.figures import Explanation
    from simexchange.eventlog.counterfactual import Change, Counterfactual

AT = click.option("--at", "seq", type=click.IntRange(min=1), help="How it stood after this record. [default: the last]")


@click.group()
def explain() -> None:
    """Say why a margin, a liquidation or a funding rate in LOG is what it is, with formulas and records behind them."""


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


@explain.command()
@LOG
@click.argument("which", metavar="[ID]", required=False)
@AT
@JSON
def liquidation(log: str, which: str | None, seq: int | None, *, as_json: bool) -> None:
    """One liquidation from the mark that tripped it to its end; without ID, which there were.

    ID is its number, or ACCOUNT:N for the n-th of an account.
    """
    with opened_log(log) as opened:
        if which is not None:
            _show(explaining.liquidation(opened, which, seq), as_json=as_json)
            return
        rows = explaining.liquidations(opened, seq)
    if as_json:
        click.echo(
            msgspec.json.encode([{"name": f"{name}:{row.number}", **msgspec.to_builtins(row)} for name, row in rows])
        )
        return
    for name, row in rows:
        ended = f"ended in record {row.finished}" if row.finished else "has not ended"
        click.echo(f"{name}:{row.number} of {row.wallet} {row.asset} at {iso_time(row.at)} [{row.started}] {ended}")
    if not rows:
        click.echo("There was no liquidation.")


@explain.command()
@LOG
@click.argument("which", metavar="ID")
@AT
@JSON
def order(log: str, which: str, seq: int | None, *, as_json: bool) -> None:
    """One order: what stood in front of it, who traded, and why it did or did not fill, each line with its record.

    ID is the one the venue gave it, its number, or ACCOUNT:CLIENT-ID, the newest order of that client id.
    """
    with opened_log(log) as opened:
        _show(explaining.order(opened, which, seq, orders_called(which, dialects_of(ALL))), as_json=as_json)


@explain.command("what-if")
@LOG
@click.argument("account")
@click.option("--leverage", "leverages", multiple=True, help="MARKET=N; repeatable.")
@click.option("--margin", "modes", multiple=True, help="MARKET=isolated or MARKET=cross; repeatable.")
@click.option("--deposit", "deposits", multiple=True, help="WALLET.ASSET=AMOUNT more in a wallet; repeatable.")
@click.option(
    "--before", type=click.IntRange(min=1), help="Where the change comes. [default: before the account's first order]"
)
@click.option("--until", type=click.IntRange(min=1), help="Run again up to this record. [default: the last]")
@JSON
def what_if(
    log: str,
    account: str,
    leverages: tuple[str, ...],
    modes: tuple[str, ...],
    deposits: tuple[str, ...],
    before: int | None,
    until: int | None,
    *,
    as_json: bool,
) -> None:
    """How it would have gone for ACCOUNT with another leverage, margin mode or deposit, everybody else as he did.

    The commands of LOG are run again by the engine, with the change before one of them.
    """
    change: list[Change] = [*map(leverage_of, leverages), *map(mode_of, modes), *map(extra_of, deposits)]
    if not change:
        msg = "say what would have been otherwise: --leverage, --margin or --deposit"
        raise UsageError(msg)
    with opened_log(log) as opened:
        found = counterfactual.what_if(opened, account, change, before, until)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        _courses(found)


def _split(text: str, option: str, shape: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        msg = f"{option} {text!r}: write {shape}"
        raise UsageError(msg)
    return name, value


def leverage_of(text: str) -> Leverage:
    market, value = _split(text, "--leverage", "MARKET=N, like perp:BTC-USDT=5")
    if not (value.isascii() and value.isdecimal() and len(value) < 6):
        msg = f"--leverage {text!r}: {value!r} is no whole number"
        raise UsageError(msg)
    return Leverage(market, int(value))


def mode_of(text: str) -> Mode:
    market, value = _split(text, "--margin", "MARKET=isolated or MARKET=cross")
    if value.upper() not in MarginMode.__members__:
        msg = f"--margin {text!r}: {value!r} is neither isolated nor cross"
        raise UsageError(msg)
    return Mode(market, MarginMode[value.upper()])


def extra_of(text: str) -> Extra:
    place, value = _split(text, "--deposit", "WALLET.ASSET=AMOUNT, like usdm.USDT=100")
    wallet, dot, asset = place.partition(".")
    if not (wallet and dot and asset):
        msg = f"--deposit {text!r}: write WALLET.ASSET=AMOUNT, like usdm.USDT=100"
        raise UsageError(msg)
    try:
        return Extra(wallet, asset, Amount(decimal(value, "--deposit")))
    except ConfigError as error:
        raise UsageError(str(error)) from None


def _courses(found: Counterfactual) -> None:
    click.echo(f"{found.account}, records {found.before} to {found.until} run again with")
    for command in found.change:
        said = " ".join(f"{key}={value}" for key, value in command.items() if key not in {"type", "account"})
        click.echo(f"  {command['type']} {said}")
    for name, course in (("as it was", found.actual), ("as it would have been", found.instead)):
        click.echo(f"\n{name}")
        for fall in course.liquidations:
            click.echo(
                f"  liquidation of {fall.wallet} {fall.asset} at {iso_time(fall.at)} [{fall.seq}]: "
                f"balance {fall.balance}, maintenance {fall.maintenance}"
            )
        if not course.liquidations:
            click.echo("  no liquidation")
        for asset in dict.fromkeys(point.asset for point in course.equity):
            points = [point for point in course.equity if point.asset == asset]
            low = min(points, key=lambda point: Fraction(point.equity))
            click.echo(
                f"  equity in {asset}: {points[0].equity} at first, {low.equity} at the lowest "
                f"({iso_time(low.at)}), {points[-1].equity} at last"
            )
    click.echo("\nIts margin at the end, as it would have been:")
    for section in found.instead.final:
        for line in section_lines(section):
            click.echo(line)


def _show(explanation: Explanation, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(explanation))
        return
    for line in lines(explanation):
        click.echo(line)
