"""`simexchange accounts`: the accounts of a running exchange."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from simexchange.cli.control import Control, running
from simexchange.config.opening import wallets_of
from simexchange.config.venuerules import OWN
from simexchange.core.vocabulary.assets import WALLETS
from simexchange.errors import ConfigError

READY = click.argument("ready", type=click.Path(path_type=Path))
AMOUNTS = click.argument("amounts", metavar="[[WALLET.]ASSET=AMOUNT]...", nargs=-1)


@click.group()
def accounts() -> None:
    """Look at accounts, open them, give them money, let one begin anew. READY is the ready file of a running exchange.

    An amount without a wallet is of the one that spot trades settle in: spot, or unified under bybit's rules.
    """


@accounts.command("list")
@READY
@click.option("--json", "as_json", is_flag=True, help="Everything, one account a line.")
def list_accounts(ready: Path, *, as_json: bool) -> None:
    """Every account with what it has."""
    for row in running(ready).get("/accounts")["accounts"]:
        click.echo(json.dumps(row) if as_json else _line(row))


@accounts.command("open")
@READY
@click.argument("name", metavar="NAME[@RULES]")
@AMOUNTS
@click.option("--parent", help="The account it is to be a sub-account of.")
def open_account(ready: Path, name: str, amounts: tuple[str, ...], parent: str | None) -> None:
    """Open account NAME and print its key.

    Without RULES it is at home where its parent is, or at the first venue that is served.
    """
    control = running(ready)
    name, at, rules = name.partition("@")
    served = control.get("/health")["venues"] or [OWN]
    if not at:
        rules = served[0] if parent is None else _rules_of(control, parent)
    balances = _balances(amounts, rules)
    made = control.post("/accounts", name=name, rules=rules, balances=balances, parent=parent)
    click.echo(f"{made['api_key']}:{made['api_secret']}")
    if rules not in served:
        click.echo(f"account {name} is at home at {rules}, which is not served: nobody can trade as it here", err=True)


@accounts.command("join")
@READY
@click.argument("name")
@click.argument("parent")
def join(ready: Path, name: str, parent: str) -> None:
    """Make account NAME a sub-account of PARENT, for good."""
    running(ready).post("/accounts/join", account=name, parent=parent)
    click.echo(f"{name} is a sub-account of {parent}")


@accounts.command("top-up")
@READY
@click.argument("name")
@AMOUNTS
def top_up(ready: Path, name: str, amounts: tuple[str, ...]) -> None:
    """Give account NAME money."""
    control = running(ready)
    given = _balances(amounts, _rules_of(control, name))
    if not given:
        msg = "say how much, like 100 USDT in USDⓈ-M: usdm.USDT=100"
        raise ConfigError(msg)
    for wallet, assets in given.items():
        for asset, amount in assets.items():
            told = control.post("/deposit", account=name, wallet=wallet, asset=asset, amount=amount)
            row = told["balance"]
            click.echo(f"{name}  {row['wallet']}.{row['asset']}  free {row['free']}  held {row['held']}")


@accounts.command("reset")
@READY
@click.argument("name")
@AMOUNTS
@click.option("--close", is_flag=True, help="Hand open positions to the insurance fund at their marks.")
def reset(ready: Path, name: str, amounts: tuple[str, ...], *, close: bool) -> None:
    """Cancel everything of account NAME and give it these balances, and nothing else.

    Its key, its settings and its open streams stay. With open positions it is refused, unless --close.
    """
    control = running(ready)
    balances = _balances(amounts, _rules_of(control, name))
    told = control.post("/accounts/reset", account=name, balances=balances, close=close)
    click.echo(f"canceled {told['canceled']}, closed {told['closed']}")
    click.echo(_line(told["account"]))


def _rules_of(control: Control, name: str) -> str:
    """Where the account is at home; of one that is not there the exchange says so when it is asked for something."""
    rows = control.get("/accounts")["accounts"]
    return next((str(row["rules"]) for row in rows if row["name"] == name), OWN)


def _balances(amounts: tuple[str, ...], rules: str) -> dict[str, dict[str, str]]:
    """What was written, by wallet and asset, of an account under *rules*."""
    found: dict[str, dict[str, str]] = {}
    for text in amounts:
        place, equals, amount = text.partition("=")
        wallet, dot, asset = place.rpartition(".")
        wallet = wallet if dot else wallets_of(rules)[0]
        if not equals or not asset.isalnum() or wallet not in WALLETS or asset in found.get(wallet, {}):
            msg = f"{text!r} is not ASSET=AMOUNT or WALLET.ASSET=AMOUNT, each once (wallets: {', '.join(WALLETS)})"
            raise ConfigError(msg)
        found.setdefault(wallet, {})[asset] = amount
    return found


def _line(row: dict[str, Any]) -> str:
    held = [f"{one['wallet']}.{one['asset']}={one['free']}" for one in row["balances"] if _has(one)]
    open_now = [
        f"{len(row[name])} {word}"
        for name, word in (("open_orders", "orders"), ("positions", "positions"))
        if row[name]
    ]
    parts = [row["name"], *([f"under {row['parent']}"] if row["parent"] else []), " ".join(held) or "nothing"]
    return "  ".join([*parts, *open_now])


def _has(row: dict[str, Any]) -> bool:
    return any(digit in "123456789" for digit in row["free"] + row["held"])
