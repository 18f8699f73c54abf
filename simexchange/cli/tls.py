"""`simexchange tls`: what a client needs to take us for a venue: an authority it trusts, and names that lead here."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from simexchange.errors import ConfigError
from simexchange.gateway.hosts import HOSTS, hosts_of
from simexchange.gateway.tls import Authority, environment

DATA = click.argument("data", type=click.Path(path_type=Path))


@click.group()
def tls() -> None:
    """Show what a client needs to reach an exchange by TLS. DATA is its data folder."""


@tls.command()
@DATA
@click.option("--proxy", help="Address of the exchange's proxy, to be exported as well.")
@click.option("--address", default="127.0.0.1", show_default=True, help="Where the host names should lead.")
def env(data: Path, proxy: str | None, address: str) -> None:
    """Print what to export, for `eval "$(simexchange tls env DATA)"`, and lines for a hosts file as comments."""
    if not data.exists():
        msg = f"{data}: there is no such folder; `simexchange tls path {shlex.quote(str(data))}` makes it"
        raise ConfigError(msg)
    authority = _authority(data)
    values = environment(authority.ca, authority.write_bundle(os.environ))
    for name, value in (values | proxies(proxy)).items():
        click.echo(f"export {name}={shlex.quote(value)}")
    if proxy is None:
        click.echo("# Where a client has host names built in, these lines in its /etc/hosts lead it here:")
        for line in host_lines(address):
            click.echo(f"# {line}")


@tls.command()
@DATA
@click.option("--bundle", is_flag=True, help="The file with everything this machine trusts besides.")
def path(data: Path, *, bundle: bool) -> None:
    """Print the path of the authority's certificate, made where there is none yet; DATA may be a new folder."""
    authority = _authority(data)
    click.echo(authority.write_bundle(os.environ) if bundle else authority.ca)


@tls.command()
@click.option("--address", default="127.0.0.1", show_default=True, help="Where the host names should lead.")
def hosts(address: str) -> None:
    """Print lines for a hosts file: every host name of the venue's that its clients have built in."""
    for line in host_lines(address):
        click.echo(line)


def host_lines(address: str) -> list[str]:
    """One line for each name."""
    return [f"{address} {name}" for name in hosts_of(HOSTS)]


def proxies(url: str | None) -> dict[str, str]:
    """The variables that send a client to the proxy at *url*; none where there is no proxy.

    Both spellings, because programs differ in which one they read. Our own address is asked without it.
    """
    if url is None:
        return {}
    ours = "127.0.0.1,localhost,::1"
    return {"HTTPS_PROXY": url, "https_proxy": url, "WSS_PROXY": url, "NO_PROXY": ours, "no_proxy": ours}


def _authority(data: Path) -> Authority:
    folder = data if data.is_dir() or not data.exists() else data.parent
    if not folder.exists() and not folder.absolute().parent.is_dir():
        msg = f"{data}: there is no such folder, and none can be made there"
        raise ConfigError(msg)
    return Authority(folder.absolute())
