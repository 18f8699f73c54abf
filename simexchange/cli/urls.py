"""`simexchange urls`: an exchange's addresses as one client spells them."""

from __future__ import annotations

from pathlib import Path

import click

from simexchange.cli.snippet import given_key, given_place
from simexchange.settings.ccxt import HOMES, VENUES
from simexchange.settings.clients import CLIENTS, client_lines, venue_of
from simexchange.settings.places import Place


@click.command()
@click.argument("client", type=click.Choice(list(CLIENTS)))
@click.option("--ready-file", type=click.Path(path_type=Path), help="What `serve --ready-file` wrote.")
@click.option("--data", type=click.Path(path_type=Path), help="The data folder, for its keys and its authority.")
@click.option("--url", default="http://127.0.0.1:8420", show_default=True, help="Where the exchange listens.")
@click.option("--account", help="Whose key; the first one without.")
@click.option("--venue", type=click.Choice(VENUES), help="ccxt's class. [default: binance; of pybit bybit]")
@click.option("--tls/--no-tls", default=None, help="By TLS or not. [default: by TLS where the exchange speaks it]")
def urls(
    client: str,
    ready_file: Path | None,
    data: Path | None,
    url: str,
    account: str | None,
    venue: str | None,
    tls: bool | None,
) -> None:
    """Print settings for CLIENT in its own spelling, with a key where one is known.

    For ccxt an https address is spelt so that it raises the very exceptions it raises at the venue: it chooses them by
    how the address begins.
    """
    chosen = venue_of(client, venue or "")
    ready = given_place(ready_file, data, url)
    api_key, secret = given_key(ready, account, HOMES[chosen])
    by_tls = bool(ready.tls_url) if tls is None else tls and bool(ready.tls_url)
    place = Place(
        url=ready.tls_url if by_tls else ready.url,
        ws_url=ready.tls_ws_url if by_tls else ready.ws_url,
        api_key=api_key,
        secret=secret,
        proxy_url=ready.proxy_url,
        ca_file=ready.ca_file if by_tls else "",
    )
    click.echo("\n".join(client_lines(client, place, chosen)))
