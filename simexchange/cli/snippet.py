"""`simexchange snippet`: settings to paste, with a ready key."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click
import msgspec

from simexchange.cli.keys import keys_in
from simexchange.cli.session import Ready, ReadyAccount
from simexchange.errors import ConfigError
from simexchange.settings import ccxt_config, environment, python_binance_lines

PLACEHOLDER = Ready("http://127.0.0.1:8420", "ws://127.0.0.1:8420", "", 0, "", [])


@click.command()
@click.argument("client", type=click.Choice(["ccxt", "python-binance", "env"]))
@click.option("--ready-file", type=click.Path(path_type=Path), help="What `serve --ready-file` wrote.")
@click.option("--data", type=click.Path(path_type=Path), help="The data folder, for its keys.")
@click.option("--url", default=PLACEHOLDER.url, show_default=True, help="Where the exchange listens, with --data.")
@click.option("--account", help="Whose key; the first one without.")
@click.option("--venue", default="binance", show_default=True, help="For ccxt: binance, binanceusdm or binancecoinm.")
def snippet(client: str, ready_file: Path | None, data: Path | None, url: str, account: str | None, venue: str) -> None:
    """Print settings for CLIENT, with a key of a running exchange (--ready-file) or of a data folder (--data).

    Without either there is a place for the key.
    """
    ready = _ready(ready_file, data, url)
    api_key, secret = _key(ready, account)
    if client == "ccxt":
        click.echo("\n".join(_ccxt_lines(venue, ccxt_config(venue, ready.url, api_key, secret, ready.ws_url))))
    elif client == "python-binance":
        click.echo("\n".join(python_binance_lines(ready.url, ready.ws_url, api_key, secret)))
    else:
        for name, value in environment(ready.url, ready.ws_url, api_key, secret).items():
            click.echo(f"export {name}={shlex.quote(value)}")


def _ccxt_lines(venue: str, config: dict[str, Any]) -> list[str]:
    """As Python: the one table of addresses that everything points to is written once."""
    urls = config.pop("urls")
    return [
        "import ccxt",
        "",
        f"api = {json.dumps(urls['api'], indent=4)}",
        f"exchange = ccxt.{venue}(",
        "    {",
        f'        "urls": {{{", ".join(f"{json.dumps(name)}: api" for name in urls)}}},',
        *(f"        {json.dumps(name)}: {_literal(value)}," for name, value in config.items()),
        "    }",
        ")",
    ]


def _literal(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _ready(ready_file: Path | None, data: Path | None, url: str) -> Ready:
    if ready_file is not None:
        return _read(ready_file)
    base = url.rstrip("/")
    accounts = [] if data is None else [ReadyAccount(name, key.api_key, key.secret) for name, key in keys_in(data)]
    return Ready(base, "ws" + base.removeprefix("http"), "", 0, "", accounts)


def _read(path: Path) -> Ready:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ready)
    except (OSError, msgspec.MsgspecError):
        msg = f"{path} is no ready file; start `simexchange serve --ready-file {path}` first"
        raise ConfigError(msg) from None


def _key(ready: Ready, account: str | None) -> tuple[str, str]:
    for row in ready.accounts:
        if account in (None, row.name):
            return row.api_key, row.api_secret
    if account is not None and ready.accounts:
        msg = f"the exchange has no account {account!r}; it has: {', '.join(row.name for row in ready.accounts)}"
        raise ConfigError(msg)
    return "YOUR_KEY", "YOUR_SECRET"
