"""`simexchange clock`: the clock of a running exchange in your hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from simexchange.cli.control import running

READY = click.argument("ready", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="The clock as one JSON object.")
LONGEST: Final = 86_400.0
"""Wall seconds a jump may take: years of a busy market are long."""


@click.group()
def clock() -> None:
    """Pause exchange time, step, jump, or change its speed. READY is the ready file of a running exchange.

    TO is a span like 8h or +90s, an instant, or the next of a kind: event, record, fill, funding, expiry, liquidation,
    alarm. Everything that is due on the way happens, in order. Exit code 3, with a reason, where TO is not reached.
    """


@clock.command()
@READY
@JSON
def show(ready: Path, *, as_json: bool) -> None:
    """Where exchange time is, and how it passes."""
    _tell(running(ready).get("/clock"), as_json=as_json)


@clock.command()
@READY
@JSON
def pause(ready: Path, *, as_json: bool) -> None:
    """Let exchange time stand still. Orders are taken at the instant it stands at."""
    _set(ready, as_json, mode="pause")


@clock.command()
@READY
@JSON
def run(ready: Path, *, as_json: bool) -> None:
    """Let exchange time pass, at the speed it had before the pause."""
    _set(ready, as_json, mode="run")


@clock.command()
@READY
@click.argument("to")
@JSON
def speed(ready: Path, to: str, *, as_json: bool) -> None:
    """Let exchange time pass at the speed TO: 1x, 60x, 0.5x or max."""
    _set(ready, as_json, mode="run", speed=to)


@clock.command()
@READY
@click.argument("to", default="event")
@JSON
def step(ready: Path, to: str, *, as_json: bool) -> None:
    """Stand still, and go on from there to TO (the next instant at which anything is due, where it is left out)."""
    _set(ready, as_json, mode="step", to=to)


@clock.command()
@READY
@click.argument("to")
@JSON
def jump(ready: Path, to: str, *, as_json: bool) -> None:
    """Go to TO as fast as the machine can; afterwards time passes as before."""
    _set(ready, as_json, mode="jump", to=to)


def _set(ready: Path, as_json: bool, **what: str) -> None:
    _tell(running(ready, LONGEST).post("/clock", **what), as_json=as_json)


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told))
    elif told["mode"] == "pause":
        click.echo(f"{told['now']['iso']}  stands still")
    else:
        click.echo(f"{told['now']['iso']}  passes at {told['speed']['asked']}")
