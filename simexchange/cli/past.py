"""One served past: a log that is asked and not gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from simexchange.cli.logs import read_moment
from simexchange.cli.session import Session
from simexchange.config.assembling import Assembly
from simexchange.errors import UsageError
from simexchange.eventlog.archive import kept_in_sqlite
from simexchange.eventlog.inspection import iso_time
from simexchange.eventlog.locate import STANDARD_INPUT, open_log
from simexchange.eventlog.travel import Moment
from simexchange.gateway.keys import KEY_FILE

if TYPE_CHECKING:
    from simexchange.cli.options import ServeOptions
    from simexchange.cli.ready import ReadyAccount

_OF_THE_PRESENT: Final = (
    "data", "ephemeral", "feed", "scenario", "sets", "preset", "no_fees", "markets", "fees", "seed", "speed", "start",
    "tape_time", "on_end", "accounts", "until", "durability", "lockstep", "faults",
)  # fmt: skip
"""Options about an exchange that goes on: in a past they have nothing to say."""


def refuse_what_is_of_the_present(context: click.Context) -> None:
    """Raises UsageError naming the first option that has no place beside ``--read-only``."""
    given = {option.name: option for option in context.command.params}
    for name in _OF_THE_PRESENT:
        source = context.get_parameter_source(name)
        if name in given and source is not click.core.ParameterSource.DEFAULT:
            msg = f"{given[name].opts[0]} has no place beside --read-only: the log says what was; leave it out"
            raise UsageError(msg)


class PastSession(Session):
    """Serves a log as of a moment. Nothing is written beside it: what has to be made up is kept in a folder of its own
    that is gone afterwards.
    """

    def __init__(self, options: ServeOptions, log: str, moment: Moment) -> None:
        """*log* as a person names it. Raises nothing yet."""
        super().__init__(options)
        self._named = log
        self.where = str(Path(log).absolute())
        self._moment = moment

    def _open_log(self) -> None:
        self._log = open_log(self._named)

    def _assemble(self) -> Assembly:
        return Assembly(self.options, self._log, say=self.say, moment=self._moment)

    def _open_keys(self, assembly: Assembly) -> list[ReadyAccount]:
        self.keys = assembly.open_keys(self._key_file(), keep=False)
        return self._ready_accounts(assembly)

    def _key_file(self) -> Path | None:
        """The log's own, where it has one."""
        kept = kept_in_sqlite(self._log)
        path = kept.path.with_name(KEY_FILE) if kept is not None else None
        return path if path is not None and path.exists() else None

    def _begin(self) -> None:
        """A past stands still."""

    def _announce(self, url: str) -> None:
        exchange, log = self.exchange, self._log
        where = f"record {exchange.seq} of {log.header.first_seq} to {log.last_seq}, {iso_time(exchange.now())}"
        self.say(f"simexchange serves {url} (read only, {self._named} as of {where})")
        self.say(f"to move it: POST {url}/sim/v1/moment; or ask {url}/at/SEQ/… for a single past")
        if self._key_file() is None:
            self.say("the log has no key file: keys were made up, in the --ready-file; or give one with --key")


def past_session(options: ServeOptions, log: str, at: str | None) -> PastSession:
    """The session that ``serve LOG --read-only`` runs. Raises UsageError."""
    if log == STANDARD_INPUT:
        msg = "serve reads a log from a folder or a file, not from standard input"
        raise UsageError(msg)
    return PastSession(options, log, read_moment(at))


def no_log_without(log: str | None, at: str | None) -> None:
    """LOG and ``--at`` belong to ``--read-only``. Raises UsageError."""
    if log is not None:
        msg = f"to look at {log}, add --read-only; to go on with it, say --data {log}"
        raise UsageError(msg)
    if at is not None:
        msg = "--at goes with LOG --read-only: which past of which log"
        raise UsageError(msg)
