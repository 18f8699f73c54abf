"""`simexchange fault`: the fault plan of a running exchange."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from simexchange.cli.control import running
from simexchange.config import faultplans
from simexchange.errors import ConfigError

READY = click.argument("ready", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Everything, one JSON document.")
LAST = 20
"""Applied faults that are shown to a person."""


@click.group()
def fault() -> None:
    """Let things go wrong on purpose, and see what did. READY is the ready file of a running exchange."""


@fault.command("add")
@READY
@click.argument("kind", required=False)
@click.argument("settings", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--plan", "plans", multiple=True, help="All rules of a plan: FILE, a shipped one's name, from:LOG; many.")
def add(ready: Path, kind: str | None, settings: tuple[str, ...], plans: tuple[str, ...]) -> None:
    """Add a fault of that KIND, like `timeout_unknown_status times=1`, or the rules of plans. Prints their names."""
    rules: list[dict[str, Any]] = [dict(rule.written) for rule in faultplans.read(plans) or ()]
    if kind is not None:
        rules.append({"kind": kind, **_settings(settings)})
    if not rules:
        msg = "say which KIND of fault (`simexchange fault kinds` lists them), or --plan"
        raise ConfigError(msg)
    for name in running(ready).post("/faults", faults=rules)["names"]:
        click.echo(name)


@fault.command("list")
@READY
@JSON
def list_faults(ready: Path, *, as_json: bool) -> None:
    """The rules, how often each was applied, and the last faults that were."""
    told = running(ready).get("/faults")
    if as_json:
        click.echo(json.dumps(told))
        return
    for row in told["faults"]:
        rest = " ".join(f"{key}={value}" for key, value in row["rule"].items() if key not in ("name", "kind"))
        click.echo(f"{row['name']}  {row['kind']}  applied {row['applied']} of {row['seen']}  {rest}".rstrip())
    for one in told["last"][-LAST:]:
        click.echo(_line(one))


@fault.command("remove")
@READY
@click.argument("name")
def remove(ready: Path, name: str) -> None:
    """End the rule of that NAME."""
    running(ready).post("/faults/remove", name=name)


@fault.command("clear")
@READY
def clear(ready: Path) -> None:
    """End every rule."""
    click.echo(f"ended {running(ready).post('/faults/clear')['ended']}")


@fault.command("kinds")
@JSON
def kinds(*, as_json: bool) -> None:
    """The kinds of faults with what each takes, and the plans that ship."""
    from simexchange.gateway.faults.kinds import KINDS
    from simexchange.gateway.faults.plan import shown

    shipped = faultplans.presets()
    rows: list[dict[str, Any]] = [
        {
            "kind": each.name, "about": each.doc, "channels": each.channels, "direction": each.direction,
            "match": each.match, "params": shown(each.name, {key: one.default for key, one in each.params.items()}),
        }
        for each in KINDS.values()
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps({"kinds": rows, "plans": shipped}))
        return
    for row in rows:
        params = " ".join(f"{key}={_word(value)}" for key, value in row["params"].items())
        click.echo(f"{row['kind']}  {params}".rstrip())
    for name, about in shipped.items():
        click.echo(f"plan {name}: {about}")


def _settings(texts: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key or key in found:
            msg = f"{text!r} is not KEY=VALUE, each key once"
            raise ConfigError(msg)
        found[key] = value
    return found


def _line(one: dict[str, Any]) -> str:
    detail = " ".join(f"{key}={_word(value)}" for key, value in one["detail"].items())
    where = f"{one['channel']} {one['connection']} {one['direction']} {one['ordinal']}"
    return f"{one['at']['iso']}  #{one['seq']}  {one['kind']}  {where}  {one['name']}  {detail}".rstrip()


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
