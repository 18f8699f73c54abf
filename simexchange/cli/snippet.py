"""`simexchange snippet`: settings to paste, with a ready key."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click
import msgspec

from simexchange.cli.session import Ready
from simexchange.errors import ConfigError
from simexchange.settings import ccxt_config, environment, python_binance_lines

PLACEHOLDER = Ready("http://127.0.0.1:8420", "ws://127.0.0.1:8420", "", 0, "", [])


@click.command()
@click.argument("client", type=click.Choice(["ccxt", "python-binance", "env"]))
@click.option("--ready-file", type=click.Path(path_type=Path), help="What `serve --ready-file` wrote.")
@click.option("--account", help="Whose key; the first one without.")
@click.option("--venue", default="binance", show_default=True, help="For ccxt: binance, binanceusdm or binancecoinm.")
def snippet(client: str, ready_file: Path | None, account: str | None, venue: str) -> None:
    """Print settings for CLIENT. Without --ready-file they are for the default port, with a place for the key."""
    ready = PLACEHOLDER if ready_file is None else _read(ready_file)
    api_key, secret = _key(ready, account)
    if client == "ccxt":
        config = ccxt_config(venue, ready.url, api_key, secret, ready.ws_url)
        text = json.dumps(config, indent=4).replace(": false", ": False")
        click.echo(f"import ccxt\n\nexchange = ccxt.{venue}({text})")
    elif client == "python-binance":
        click.echo("\n".join(python_binance_lines(ready.url, ready.ws_url, api_key, secret)))
    else:
        for name, value in environment(ready.url, ready.ws_url, api_key, secret).items():
            click.echo(f"export {name}={shlex.quote(value)}")


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
    if account is not None and ready is not PLACEHOLDER:
        msg = f"the exchange has no account {account!r}; it has: {', '.join(row.name for row in ready.accounts)}"
        raise ConfigError(msg)
    return "YOUR_KEY", "YOUR_SECRET"
