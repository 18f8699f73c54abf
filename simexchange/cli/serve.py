"""`simexchange serve`: an exchange on a port, until told to stop."""

from __future__ import annotations

from typing import Any

import click

from simexchange.cli.options import exchange_options, read_options
from simexchange.cli.session import Session


@click.command()
@exchange_options
def serve(**given: Any) -> None:
    """Serve an exchange to clients that believe it is the venue."""
    Session(read_options(given)).run()
