"""`simexchange serve`: an exchange on a port, until told to stop; or a past of one."""

from __future__ import annotations

from typing import Any

import click

from simexchange.cli.options import exchange_options, read_options
from simexchange.cli.past import no_log_without, past_session, refuse_what_is_of_the_present
from simexchange.cli.session import Session
from simexchange.errors import UsageError


@click.command()
@click.argument("log", required=False)
@click.option("--read-only", is_flag=True, help="Serve LOG as it was, and write nothing.")
@click.option("--at", help="With --read-only: as of which record or instant, SEQ or ISO-8601. [default: the end]")
@exchange_options
@click.pass_context
def serve(context: click.Context, /, log: str | None, at: str | None, *, read_only: bool, **given: Any) -> None:
    """Serve an exchange to clients that believe it is the venue.

    With LOG and --read-only the exchange of that log is served as it was, for every read call of the venue: a data
    folder, its events.sqlite or a .jsonl export, finished or being written.
    """
    if not read_only:
        no_log_without(log, at)
        Session(read_options(given)).run()
        return
    if log is None:
        msg = "--read-only needs a LOG to look at: a data folder, its events.sqlite or a .jsonl export"
        raise UsageError(msg)
    refuse_what_is_of_the_present(context)
    past_session(read_options(given), log, at).run()
