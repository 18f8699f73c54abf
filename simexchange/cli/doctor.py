"""`simexchange doctor`: why a client is refused, in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simexchange.cli.checkup import Checkup, Finding
from simexchange.cli.clientsettings import BINANCE, ClientSettings, plain, read
from simexchange.cli.control import Control, running
from simexchange.cli.probes import PROBES
from simexchange.errors import CheckFailed, ConfigError

if TYPE_CHECKING:
    from simexchange.cli.ready import Ready


@click.command()
@click.option(
    "--settings", type=click.Path(path_type=Path), help="ccxt's constructor settings as JSON, or freqtrade's."
)
@click.option("--url", help="Instead: the address the client is given.")
@click.option("--ws-url", default="", help="And the one of its streams.")
@click.option(
    "--venue", type=click.Choice(list(PROBES)), help="Whose client it is. [default: the first that is served]"
)
@click.option("--key", "api_key", help="Its API key.")
@click.option("--secret", help="Its secret; asked for where --key is given and this is not.")
@click.option(
    "--ready-file", type=click.Path(path_type=Path), help="Of the exchange, which then says what it expected."
)
def doctor(
    settings: Path | None,
    url: str | None,
    ws_url: str,
    venue: str | None,
    api_key: str | None,
    secret: str | None,
    ready_file: Path | None,
) -> None:
    """Check a client's settings against a running exchange and explain what is wrong with them.

    Run it where the client runs: with its clock, its environment, its network. Reachability, the clock (-1021, or
    10002), the signature (-1022, 10004; with what was signed and what should have been), the key (-2014, 10003) and
    what it may do from where (-2015, 10005, 10010). With --ready-file alone: the last requests of any client that were
    refused for one of these.
    """
    control = None if ready_file is None else running(ready_file)
    if settings is None and url is None and api_key is None:
        if control is None:
            msg = "say what to check: --settings, or --url with --key, or --ready-file for what was refused lately"
            raise ConfigError(msg)
        _tell(Checkup(ClientSettings(rest={}), control).refused_lately())
        return
    told = read(settings) if settings is not None else _given(url, ws_url, venue, api_key, secret, control)
    _tell(Checkup(told, control).findings())


def _given(
    url: str | None, ws_url: str, venue: str | None, api_key: str | None, secret: str | None, control: Control | None
) -> ClientSettings:
    ready: Ready | None = None if control is None else control.ready
    address = url or (ready.url if ready is not None else "http://127.0.0.1:8420")
    sockets = ws_url or (ready.ws_url if ready is not None and url is None else "")
    if api_key and secret is None:
        secret = click.prompt("secret", hide_input=True, err=True)
    served = () if ready is None else tuple(ready.venues)
    home = venue or next(iter(served), BINANCE)
    return plain(address, sockets, api_key or "", secret or "", "" if ready is None else ready.ca_file, home)


def _tell(findings: list[Finding]) -> None:
    """One line for each, more where there is more to see; fails where one of them is bad."""
    for finding in findings:
        mark = "ok" if finding.good else "!!"
        click.echo(f"{mark}  {finding.text}")
        for line in finding.more:
            click.echo(f"    {line}")
    bad = sum(not finding.good for finding in findings)
    if bad:
        msg = f"{bad} thing{'s' * (bad > 1)} to mend"
        raise CheckFailed(msg)
