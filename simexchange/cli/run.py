"""`simexchange run`: an exchange, and a client beside it that is told by its environment where it is."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from simexchange.cli.clientclock import Hand, client_clock
from simexchange.cli.options import exchange_options, read_options
from simexchange.cli.sealed import enter, settle
from simexchange.cli.session import Session
from simexchange.cli.tls import proxies
from simexchange.errors import UsageError
from simexchange.gateway.hosts import HTTPS_PORTS
from simexchange.gateway.tls import Authority, environment as trust
from simexchange.settings.environment import environment, key_names, venue_names

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from simexchange.cli.options import ServeOptions
    from simexchange.cli.ready import Ready

ENDS_WITHIN: Final = 10.0
"""Wall seconds a client has, once it is told to end."""
LOOKED_AFTER: Final = 0.1
"""Wall seconds between two looks at the client's clock."""
BY_SIGNAL: Final = 128
"""A shell's exit status for a program that a signal ended is this and the signal's number."""


@click.command(context_settings={"allow_interspersed_args": False})
@exchange_options
@click.option("--no-proxy", is_flag=True, help="Let the client connect to the internet itself.")
@click.option("--sealed", is_flag=True, help="In a network of their own: the venue's names lead here, nothing leaves.")
@click.argument("command", nargs=-1, required=True, metavar="-- COMMAND [ARGUMENT]...", type=click.UNPROCESSED)
def run(*, no_proxy: bool, sealed: bool, command: tuple[str, ...], **given: Any) -> int:
    """Start an exchange, and COMMAND as its client; end with it, with its exit status.

    COMMAND finds address, keys and the certificate authority in its environment (SIMEXCHANGE_URL and others), and the
    proxy in HTTPS_PROXY: a client that follows it comes here by the venue's own host names, and to no other host. One
    that does not follow it is led here by --sealed (Linux). Its clock runs at the exchange's speed where libfaketime is
    installed. The log is kept; the last line says where.
    """
    program = shutil.which(command[0])
    if program is None:
        msg = f"{command[0]}: there is no such command"
        raise UsageError(msg)
    if sealed:
        enter()
    options = _options(given, sealed=sealed)
    session = Session(options, err=True)
    client = _Client((program, *command[1:]), proxied=not no_proxy)
    try:
        with tempfile.TemporaryDirectory(prefix="simexchange-hosts-") as name:
            if sealed:
                settle(Path(name))
                session.say("sealed: nothing leaves, and nobody else reaches this exchange")
            session.run(client.live)
    finally:
        if not given["ephemeral"] and options.data is not None:
            with suppress(OSError):
                # Nothing was logged where serving did not begin.
                options.data.rmdir()
    if not session.temporary:
        session.say(f"event log: {session.folder}")
    return client.status


def _options(given: dict[str, Any], *, sealed: bool) -> ServeOptions:
    """As for `serve`, but the log is kept, TLS is spoken, and there is a proxy."""
    options = read_options(given)
    changes: dict[str, Any] = {}
    if options.data is None and not given["ephemeral"]:
        changes["data"] = Path(tempfile.mkdtemp(prefix="simexchange-run-"))
    if not options.tls_ports:
        changes["tls_ports"] = HTTPS_PORTS if sealed else (0,)
    if options.proxy_port is None:
        changes["proxy_port"] = 0
    return msgspec.structs.replace(options, **changes)


class _Client:
    """The command beside an exchange."""

    def __init__(self, command: tuple[str, ...], *, proxied: bool) -> None:
        self._command = command
        self._proxied = proxied
        self._process: Process
        self._told_to_end = False
        self.status = 0

    async def live(self, session: Session) -> None:
        """Start it, wait for its end, end the exchange. Where the exchange ends first, so does the client."""
        with tempfile.TemporaryDirectory(prefix="simexchange-client-") as name:
            await self._live(session, Path(name))
        session.stop()

    async def _live(self, session: Session, folder: Path) -> None:
        exchange_clock = session.exchange.clock
        # Something may have to be compiled for it.
        clock = await asyncio.to_thread(client_clock, exchange_clock, folder)
        if clock.told:
            session.say(clock.told)
        values = {**os.environ, **self._environment(session.ready, session.folder)}
        exchange_clock.followed = clock.follows
        hand = Hand(folder / "clock", exchange_clock, session.exchange.now) if clock.preload else None
        values |= clock.variables(folder / "clock")
        self._process = await asyncio.create_subprocess_exec(*self._command, env=values)
        leading = None if hand is None else asyncio.create_task(_lead(hand))
        session.interrupt = self._pass_on
        try:
            ended = await self._process.wait()
        except asyncio.CancelledError:
            session.say("the exchange ends, and the client with it")
            ended = await self._end()
        finally:
            if leading is not None:
                leading.cancel()
        self.status = BY_SIGNAL - ended if ended < 0 else ended

    def _environment(self, ready: Ready, folder: Path) -> dict[str, str]:
        authority = Authority(folder)
        # Of a key that signs by a private key of its own there is no secret here.
        account = next((row for row in ready.accounts if row.api_secret), ready.accounts[0])
        values = environment(ready.url, ready.ws_url, account.api_key, account.api_secret)
        values |= {
            "SIMEXCHANGE_TLS_URL": ready.tls_url,
            "SIMEXCHANGE_TLS_WS_URL": ready.tls_ws_url,
            "SIMEXCHANGE_PROXY_URL": ready.proxy_url,
            "SIMEXCHANGE_CA_FILE": ready.ca_file,
            "SIMEXCHANGE_CONTROL_TOKEN": ready.control_token,
            "SIMEXCHANGE_LOG": ready.log,
        }
        for venue, where in ready.venues.items():
            # Where nobody is at home there, a key that opens nothing covers up the one that a client would find.
            home = (row for row in ready.accounts if row.api_secret and row.venue == venue)
            whose = next(home, account)
            values |= key_names(whose.api_key, whose.api_secret, venue) | venue_names(venue, where.url, where.ws_url)
        values |= trust(authority.ca, authority.write_bundle(os.environ))
        return values | proxies(ready.proxy_url if self._proxied else None)

    def _pass_on(self, number: int) -> None:
        """A signal to us is meant for the client; a second one ends it for good."""
        if self._told_to_end and number == signal.SIGTERM:
            self._send(signal.SIGKILL)
            return
        self._told_to_end = True
        if number == signal.SIGINT and _in_foreground():
            # The terminal has sent it to the client as well.
            return
        self._send(number)

    def _send(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _end(self) -> int:
        self._send(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self._process.wait(), ENDS_WITHIN)
        except TimeoutError:
            self._send(signal.SIGKILL)
            return await self._process.wait()


async def _lead(hand: Hand) -> None:
    """Keep the clock of a client that was started just now with the exchange's."""
    hand.begin()
    while True:
        hand.lead()
        await asyncio.sleep(LOOKED_AFTER)


def _in_foreground() -> bool:
    """Whether a terminal sends its Ctrl-C to our whole group of processes."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
