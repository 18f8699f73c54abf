"""`simexchange keys`: the API keys of a data folder."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click
import msgspec

from simexchange.cli.exits import naming
from simexchange.cli.session import KEY_FILE
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.dialects.contract import Key
from simexchange.errors import ConfigError
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.replay import replay
from simexchange.gateway.keys import Keys

DATA = click.argument("data", type=click.Path(path_type=Path))


@click.group()
def keys() -> None:
    """Show, make and add API keys. A running exchange reads them when it starts."""


@keys.command("list")
@DATA
@click.option("--json", "as_json", is_flag=True, help="With secrets, for scripts.")
def list_keys(data: Path, *, as_json: bool) -> None:
    """Every key of the exchange in DATA."""
    for name, key in keys_in(data):
        if as_json:
            row = {"name": name, "api_key": key.api_key, "api_secret": key.secret}
            click.echo(msgspec.json.encode(row))
        else:
            click.echo(f"{name}  {key.api_key}")


@keys.command("make")
@DATA
@click.argument("name")
def make_key(data: Path, name: str) -> None:
    """Make a further key for account NAME and print it with its secret."""
    state, kept = _open(data)
    key = kept.make(_number(state, name))
    click.echo(f"{key.api_key}:{key.secret}")


@keys.command("add")
@DATA
@click.argument("name")
@click.argument("pair", metavar="KEY:SECRET")
@click.option("--allow-any-key", is_flag=True, help="Take a key that looks like a real venue's.")
def add_key(data: Path, name: str, pair: str, *, allow_any_key: bool) -> None:
    """Give account NAME a key of your choice."""
    state, kept = _open(data)
    api_key, colon, secret = pair.partition(":")
    if not colon:
        msg = "write the key as KEY:SECRET"
        raise ConfigError(msg)
    kept.add(_number(state, name), api_key, secret, allow_any=allow_any_key)
    click.echo("added")


def keys_in(data: Path) -> list[tuple[str, Key]]:
    """Every key of the exchange in *data*, with the name of its account."""
    state, kept = _open(data)
    return [(state.accounts[key.account].name, key) for key in kept]


def _open(data: Path) -> tuple[ExchangeState, Keys]:
    with naming(str(data)), closing(open_log(str(data))) as log:
        state = replay(log)
    folder = data if data.is_dir() else data.parent
    return state, Keys(folder / KEY_FILE)


def _number(state: ExchangeState, name: str) -> AccountNo:
    number = state.account_no.get(name)
    if number is None or state.accounts[number].account_class is not AccountClass.USER:
        known = ", ".join(a.name for a in state.accounts.values() if a.account_class is AccountClass.USER)
        msg = f"there is no account {name!r} here; there are: {known or 'none'}"
        raise ConfigError(msg)
    return number
