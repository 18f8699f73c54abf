"""`simexchange alarm`: an account's own alarms on a running exchange."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from simexchange.cli.control import running
from simexchange.errors import UsageError
from simexchange.projections.alarms import KINDS

READY = click.argument("ready", type=click.Path(path_type=Path))
_PERCENT = re.compile(r"(\d{1,2})(?:\.(\d{1,6}))?%", re.ASCII)


@click.group()
def alarm() -> None:
    """Have an account told when a figure of it comes to a bound. READY is the ready file of a running exchange.

    An alarm goes off once, and again only after its figure was back behind the bound by a tenth of it. Both are in the
    event log.
    """


@alarm.command("add")
@READY
@click.argument("account")
@click.argument("kind", type=click.Choice(tuple(KINDS)))
@click.argument("bound")
@click.option("--name", help="What it is called; one of the same name goes.  [default: KIND]")
@click.option("--wallet", default="", help="Only of that wallet, like usdm.")
@click.option("--market", help="Only of positions in that market, like perp:BTC-USDT.")
@click.option("--pause", is_flag=True, help="Let exchange time stand still when it goes off.")
def add(
    ready: Path, account: str, kind: str, bound: str, name: str | None, wallet: str, market: str | None, *, pause: bool
) -> None:
    """Set an alarm for ACCOUNT: at BOUND, a share like 0.5 or 50%, of KIND."""
    share = _share(bound)
    told = running(ready).post(
        "/alarms", account=account, kind=kind, bound=share, name=name, wallet=wallet, market=market, pause=pause
    )
    for row in told["alarms"]:
        if row["name"] == (name or kind):
            click.echo(_line(row))


@alarm.command("list")
@READY
@click.option("--account", help="Only its own.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as one JSON object.")
def list_alarms(ready: Path, account: str | None, *, as_json: bool) -> None:
    """Every alarm with its figure now, then which went off when."""
    told = running(ready).get("/alarms", **({} if account is None else {"account": account}))
    if as_json:
        click.echo(json.dumps(told))
        return
    for row in told["alarms"]:
        click.echo(_line(row))
    for row in told["raised"]:
        what = "is over" if row["over"] else "went off and stopped the clock" if row["paused"] else "went off"
        where = " ".join(filter(None, (row["wallet"], row["market"])))
        click.echo(f"{row['at']['iso']}  record {row['seq']}  {row['account']}  {row['name']} {what}"
                   f" at {row['value']}  {where}".rstrip())  # fmt: skip


@alarm.command("remove")
@READY
@click.argument("account")
@click.argument("name")
def remove(ready: Path, account: str, name: str) -> None:
    """End the alarm NAME of ACCOUNT."""
    running(ready).post("/alarms/remove", account=account, name=name)
    click.echo(f"{account} has no alarm {name} any more")


def _share(text: str) -> str:
    """``50%`` as ``0.50``; anything else as it is."""
    found = _PERCENT.fullmatch(text)
    if found is not None:
        return f"0.{found[1]:0>2}{found[2] or ''}"
    if not re.fullmatch(r"0?\.\d{1,8}", text, re.ASCII):
        msg = f"{text!r} is no share above 0 and below 1: say 0.5, or 50%"
        raise UsageError(msg)
    return f"0{text}" if text.startswith(".") else text


def _line(row: dict[str, Any]) -> str:
    where = " ".join(filter(None, (row["wallet"], row["market"]))) or "everywhere"
    state = "" if row["armed"] else "  went off, waits until it is over"
    stops = ", stops the clock" if row["pause"] else ""
    value = "none now" if row["value"] is None else f"{row['value']} now"
    return f"{row['account']}  {row['name']}  {row['kind']} {row['bound']} {where}{stops}  {value}{state}"
