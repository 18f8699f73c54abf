"""Commands that let a running exchange go back: checkpoint, rewind, reset. READY is its ready file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from simexchange.cli.accounts import READY
from simexchange.cli.control import running
from simexchange.cli.logs import JSON

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def checkpoint() -> None:
    """Give the newest record of a running exchange a name, and go back to it. READY is its ready file."""


@checkpoint.command("save")
@READY
@click.argument("name")
@JSON
def save(ready: Path, name: str, *, as_json: bool) -> None:
    """Call the newest record NAME."""
    made = running(ready).post("/checkpoints", name=name)
    _told(made, f"{made['name']} is record {made['seq']} at {made['at']['iso']}", as_json=as_json)


@checkpoint.command("load")
@READY
@click.argument("name")
@JSON
def load(ready: Path, name: str, *, as_json: bool) -> None:
    """Go back to the record called NAME. Everybody connected is disconnected."""
    _back(running(ready).post("/rewind", to=name), as_json=as_json)


@checkpoint.command("list")
@READY
@JSON
def list_checkpoints(ready: Path, *, as_json: bool) -> None:
    """The names there are, in order of their records."""
    found = running(ready).get("/checkpoints")
    rows = [f"{row['name']}  record {row['seq']}" for row in found["checkpoints"]]
    _told(found, "\n".join(rows) or "there is none", as_json=as_json)


@click.command()
@READY
@click.argument("to", metavar="SEQ|NAME")
@JSON
def rewind(ready: Path, to: str, *, as_json: bool) -> None:
    """Let a running exchange go on from record SEQ, or the one called NAME, as if nothing had come after it.

    Everybody connected is disconnected. The log that went on is kept beside the log, under the name that is printed.
    """
    place = int(to) if to.isascii() and to.isdecimal() and len(to) < 20 else to
    _back(running(ready).post("/rewind", to=place), as_json=as_json)


@click.command()
@READY
@JSON
def reset(ready: Path, *, as_json: bool) -> None:
    """Let a running exchange go back to when clients were first let in."""
    _back(running(ready).post("/reset"), as_json=as_json)


def _back(done: Any, *, as_json: bool) -> None:
    _told(done, f"goes on from record {done['seq']} at {done['at']['iso']}; before: {done['kept']}", as_json=as_json)


def _told(answer: Any, text: str, *, as_json: bool) -> None:
    click.echo(msgspec.json.encode(answer) if as_json else text)
