"""`simexchange snippet`: settings to paste, with a ready key."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import msgspec

from simexchange.cli.keys import keys_in
from simexchange.cli.ready import Ready, ReadyAccount
from simexchange.dialects.contract import HMAC
from simexchange.errors import ConfigError
from simexchange.gateway.tls import CA_FILE
from simexchange.settings import environment
from simexchange.settings.ccxt import HOMES, VENUES
from simexchange.settings.clients import CLIENTS, client_lines, venue_of
from simexchange.settings.environment import key_names, venue_names
from simexchange.settings.places import Place, under_prefix

PLACEHOLDER = Ready("http://127.0.0.1:8420", "ws://127.0.0.1:8420", "", 0, "", [])
SECURE = "https://"


@click.command()
@click.argument("client", type=click.Choice(["ccxt", "pybit", "python-binance", "env"]))
@click.option("--ready-file", type=click.Path(path_type=Path), help="What `serve --ready-file` wrote.")
@click.option("--data", type=click.Path(path_type=Path), help="The data folder, for its keys.")
@click.option("--url", default=PLACEHOLDER.url, show_default=True, help="Where the exchange listens, with --data.")
@click.option("--account", help="Whose key; the first one without.")
@click.option("--venue", type=click.Choice(VENUES), help="ccxt's class. [default: binance; of pybit bybit]")
def snippet(
    client: str, ready_file: Path | None, data: Path | None, url: str, account: str | None, venue: str | None
) -> None:
    """Print settings for CLIENT, with a key of a running exchange (--ready-file) or of a data folder (--data).

    Without either there is a place for the key. With env and --venue there are variables of that venue besides: where
    its own paths begin, and the key by the names that its clients look for.
    """
    chosen = venue_of(client, venue or "") if client in CLIENTS else venue or VENUES[0]
    ready = given_place(ready_file, data, url)
    api_key, secret = given_key(ready, account, HOMES[chosen])
    if client in CLIENTS:
        place = Place(url=ready.url, ws_url=ready.ws_url, api_key=api_key, secret=secret, ca_file=ready.ca_file)
        click.echo("\n".join(client_lines(client, place, chosen)))
    else:
        values = environment(ready.url, ready.ws_url, api_key, secret)
        if venue is not None:
            home = HOMES[chosen]
            values |= venue_names(home, *_beginning(ready, home)) | key_names(api_key, secret, home)
        for name, value in values.items():
            click.echo(f"export {name}={shlex.quote(value)}")


def given_place(ready_file: Path | None, data: Path | None, url: str) -> Ready:
    if ready_file is not None:
        return _read(ready_file)
    base = url.rstrip("/")
    sockets = "ws" + base.removeprefix("http")
    known = [] if data is None else [(whose, key) for whose, key in keys_in(data) if key.kind == HMAC]
    accounts = [ReadyAccount(whose.name, key.api_key, key.secret, whose.rules) for whose, key in known]
    if not base.startswith(SECURE):
        return Ready(base, sockets, "", 0, "", accounts)
    ca = "" if data is None else str((data if data.is_dir() else data.parent).absolute() / CA_FILE)
    return Ready(base, sockets, "", 0, "", accounts, base, sockets, ca_file=ca)


def _beginning(ready: Ready, venue: str) -> tuple[str, str]:
    """Where *venue*'s own paths begin, for calls and for sockets."""
    where = ready.venues.get(venue)
    if where is not None:
        return where.url, where.ws_url
    if venue == VENUES[0]:
        return ready.url, ready.ws_url
    return under_prefix(ready.url, venue), under_prefix(ready.ws_url, venue)


def _read(path: Path) -> Ready:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ready)
    except (OSError, msgspec.MsgspecError):
        msg = f"{path} is no ready file; start `simexchange serve --ready-file {path}` first"
        raise ConfigError(msg) from None


def given_key(ready: Ready, account: str | None, venue: str) -> tuple[str, str]:
    """A key that opens something at *venue*; a place for one where no account is known. Raises ConfigError."""
    named = [row for row in ready.accounts if account in (None, row.name)]
    for row in named:
        # A file of an older version does not say where its accounts are at home.
        if row.api_secret and row.venue in ("", venue):
            return row.api_key, row.api_secret
    if account is not None and ready.accounts and not named:
        msg = f"the exchange has no account {account!r}; it has: {', '.join(row.name for row in ready.accounts)}"
        raise ConfigError(msg)
    elsewhere = [row.name for row in named if row.venue not in ("", venue)]
    if elsewhere:
        msg = (
            f"no key of {', '.join(dict.fromkeys(elsewhere))} opens anything at {venue}; open an account that is at "
            f"home there: --account NAME@{venue}:USDT=100000"
        )
        raise ConfigError(msg)
    return "YOUR_KEY", "YOUR_SECRET"
