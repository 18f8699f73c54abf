"""One served exchange from opening the log to closing it: what `serve` and `demo` share."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import shlex
import shutil
import signal
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from simexchange.cli.exits import naming
from simexchange.cli.ready import NOT_READY, Ready, ReadyAccount, ReadyVenue
from simexchange.config.assembling import Assembly, open_log
from simexchange.config.venuerules import OWN
from simexchange.core.vocabulary.units import MINUTE, SECOND
from simexchange.dialects.contract import HMAC
from simexchange.errors import ConfigError, StorageFailed
from simexchange.eventlog.sqlite import FILE_NAME
from simexchange.gateway.budget import report, unserved_lines
from simexchange.gateway.keys import KEY_FILE, Keys
from simexchange.gateway.server import Server, new_event_loop
from simexchange.gateway.tls import CA_FILE, MADE as TLS_MADE, Authority
from simexchange.runtime.clock import Mode
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.jump import JumpTo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simexchange.cli.options import ServeOptions
    from simexchange.dialects.contract import Key
    from simexchange.eventlog.log import EventLog
    from simexchange.gateway.listeners import Bound, VenueBound

COLLECT_AFTER: Final = (20_000, 20, 50)
"""Containers made since the last collection, young collections to a middle one, and those to a full one."""
MADE: Final = (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", f"{FILE_NAME}.lock", KEY_FILE, *TLS_MADE)
"""What a data folder consists of."""
OPENING_MAX: Final = MINUTE
"""How far a tape plays for its first whole book where exchange time was asked to stand still."""
BOOK_WAIT: Final = 20.0
"""Wall seconds after which a book that is still one-sided is reported."""


class Session:
    """An exchange, its server and its log. `run` does everything, in order, and undoes it in reverse."""

    def __init__(self, options: ServeOptions, *, err: bool = False) -> None:
        """*err*: what is said goes to standard error, because somebody else has standard output."""
        self.options = options
        self._err = err
        self.temporary = options.data is None
        self.folder = options.data.absolute() if options.data else Path(tempfile.mkdtemp(prefix="simexchange-"))
        self.where = str(self.folder)
        """Where the log is, for the ready file."""
        self.ready = NOT_READY
        self.exchange: Exchange
        self.server: Server
        self.keys: Keys
        self._log: EventLog
        self._begun: list[Path] = []
        """Files and folders this run made, to be removed again where it does not come to serving."""
        self._stop = asyncio.Event()
        self.interrupt: Callable[[int], None] = lambda _: self.stop()
        """What is done about SIGINT and SIGTERM."""

    def run(self, work: Callable[[Session], Awaitable[None]] | None = None) -> None:
        """Serve until a signal, ``--for`` or ``--until``; *work* runs once clients may come.

        Raises StorageFailed where the log could not be written any more while serving.
        """
        try:
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                runner.run(self._run(work))
        finally:
            if self.temporary:
                shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        """End serving."""
        self._stop.set()

    def _interrupted(self, number: int) -> None:
        self.interrupt(number)

    # Opening

    def _open_log(self) -> None:
        path = self.folder / FILE_NAME
        if not path.exists():
            self._begun = [self.folder.joinpath(name) for name in MADE if not self.folder.joinpath(name).exists()]
            if not self.folder.exists():
                self._begun.append(self.folder)
        self._log = open_log(self.options, path)

    def _assemble(self) -> Assembly:
        return Assembly(self.options, self._log, say=self.say)

    def _begin(self) -> None:
        """Let time pass."""
        self.exchange.start()

    def _open_keys(self, assembly: Assembly) -> list[ReadyAccount]:
        """Every user account has at least one key; given ones are stored."""
        self.keys = assembly.open_keys(self.folder / KEY_FILE)
        return self._ready_accounts(assembly)

    def _ready_accounts(self, assembly: Assembly) -> list[ReadyAccount]:
        state = assembly.exchange.state
        return [
            _ready_account(name, key, state.accounts[key.account].rules)
            for name, key in assembly.keys_by_account(self.keys)
        ]

    # Running

    async def _run(self, work: Callable[[Session], Awaitable[None]] | None) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, self._interrupted, number)
        self._check_ready_file()
        with ExitStack() as ending:
            ending.callback(self._undo)
            self._open_log()
            ending.callback(self._log.close)
            ending.callback(self._remove_ready_file)
            with naming(str(self.folder)):
                assembly = self._assemble()
            self.exchange = assembly.exchange
            ending.callback(self.exchange.close)
            accounts = self._open_keys(assembly)
            token = secrets.token_urlsafe(24)
            authority = Authority(self.folder) if self.options.by_name else None
            self.server = assembly.server(self.keys, token, authority)
            bound = await self.server.start()
            self._begun = []
            self._begin()
            try:
                await self._serve(bound, token, accounts, work)
            finally:
                await self.server.stop()
                await self.exchange.stop()
                self._report()
        if self.exchange.failure is not None:
            raise StorageFailed(str(self.exchange.failure))

    async def _serve(
        self,
        bound: Bound,
        token: str,
        accounts: list[ReadyAccount],
        work: Callable[[Session], Awaitable[None]] | None,
    ) -> None:
        ends: list[asyncio.Task[Any]] = [
            asyncio.create_task(self._stop.wait()),
            asyncio.create_task(self.exchange.finished.wait()),
        ]
        if self.options.run_for is not None:
            ends.append(asyncio.create_task(asyncio.sleep(self.options.run_for / SECOND)))
        try:
            await self._until_two_sided(ends)
            if self.exchange.failure is not None:
                return
            await self.exchange.durable(self.exchange.seq)
            self.exchange.let_in()
            _rest_the_collector()
            self.ready = self._ready(bound, token, accounts)
            self._write_ready_file(self.ready)
            self._announce(bound.url)
            self._tell_homes(accounts)
            if self.options.by_name:
                self.say(_by_name(self.ready))
            if work is not None:
                ends.append(asyncio.create_task(_ended_by_failure(work(self), ends)))
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in ends:
                if task.done():
                    task.result()
        finally:
            for task in ends:
                task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)

    def _announce(self, url: str) -> None:
        log, waits = str(self.folder), self.options.lockstep
        passes = f"waits for {', '.join(waits)}" if waits else str(self.exchange.clock.speed)
        self.say(f"simexchange serves {url} (exchange time {passes}, log {log})")
        homes = {account.venue for account in self.ready.accounts}
        for name in [name for name in self.ready.venues if name in homes] or [next(iter(self.ready.venues))]:
            venue = "" if name == OWN else f" --venue {name}"
            self.say(f"settings for a client: simexchange snippet ccxt{venue} --data {shlex.quote(log)} --url {url}")

    def _tell_homes(self, accounts: list[ReadyAccount]) -> None:
        """Where each venue is, where an account is missing, and who is at home where nobody serves."""
        served, homes = self.ready.venues, {account.name: account.venue for account in accounts}
        empty = {name: f" (nobody is at home there: --account NAME@{name}:USDT=100000)" for name in served}
        empty |= dict.fromkeys(homes.values(), "")
        self.say(f"venues: {', '.join(f'{name} at {where.url}{empty[name]}' for name, where in served.items())}")
        for name, home in homes.items():
            if home not in served:
                self.say(
                    f"account {name} is at home at {home}, which is not served: nobody can trade as it here; "
                    f"say --venue {','.join(served)},{home} to serve both"
                )

    def _ready(self, bound: Bound, token: str, accounts: list[ReadyAccount]) -> Ready:
        ca = str(self.folder / CA_FILE) if self.options.by_name else ""
        return Ready(
            bound.url, bound.ws_url, token, os.getpid(), self.where, accounts,
            bound.tls_url, bound.tls_ws_url, bound.proxy_url, ca,
            {name: _ready_venue(where) for name, where in bound.venues.items()},
        )  # fmt: skip

    def _report(self) -> None:
        """What clients asked for: all of it where that was wanted, else what is not served, where there is any."""
        unserved, spent = self.server.calls.unserved, self.server.calls.budget
        for line in report(spent, unserved) if self.options.budget else unserved_lines(unserved):
            click.echo(line)

    async def _until_two_sided(self, ends: list[asyncio.Task[Any]]) -> None:
        """Wait until every market a feed quotes can be traded both ways. In vain once the writer has stopped."""
        waited, told = 0.0, False
        opened_by = self.exchange.now() + OPENING_MAX
        while not self._two_sided() and self.exchange.failure is None and not any(task.done() for task in ends):
            if self.exchange.clock.speed.mode is Mode.PAUSED and self.exchange.now() < opened_by:
                # Who pauses it may have no token yet to let it go on: a tape plays up to its first whole book.
                await self.exchange.jump(JumpTo.EVENT)
            await asyncio.sleep(0.01)
            waited += 0.01
            if waited > BOOK_WAIT and not told:
                told = True
                self.say("still waiting for a two-sided book; is the clock paused, or the tape without a snapshot?")

    def _two_sided(self) -> bool:
        state = self.exchange.state
        for feed in self.exchange.feeds:
            for no in feed.markets(state):
                book = state.markets[no].book
                if not (book.best_bid() and book.best_ask()):
                    return False
        return True

    def say(self, text: str) -> None:
        """One line for a person."""
        if not self.options.quiet:
            click.echo(text, err=self._err)

    def _undo(self) -> None:
        """Leave no half-made folder behind where serving did not begin: the next try may say something else."""
        for path in self._begun:
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)

    # The ready file

    def _check_ready_file(self) -> None:
        """That it can be written, before anything else is; what a killed process left there is removed."""
        path = self.options.ready_file
        if path is None:
            return
        if path.is_dir() or not path.absolute().parent.is_dir():
            msg = f"--ready-file {path}: no file can be written there; choose a folder that is there, and a file in it"
            raise ConfigError(msg)
        pid = _writer_of(path)
        if pid and not _alive(pid):
            path.unlink(missing_ok=True)

    def _write_ready_file(self, ready: Ready) -> None:
        path = self.options.ready_file
        if path is None:
            return
        name = ""
        try:
            handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=path.name)
            with os.fdopen(handle, "wb") as out:
                out.write(msgspec.json.format(msgspec.json.encode(ready), indent=2) + b"\n")
            Path(name).replace(path)
        except OSError as error:
            if name:
                Path(name).unlink(missing_ok=True)
            msg = f"--ready-file {path}: cannot be written ({error.strerror}); choose a folder that is there"
            raise ConfigError(msg) from None

    def _remove_ready_file(self) -> None:
        """Only one's own: a second exchange may have been given the same file."""
        path = self.options.ready_file
        if path is not None and _writer_of(path) == os.getpid():
            path.unlink(missing_ok=True)


def _ready_account(name: str, key: Key, venue: str) -> ReadyAccount:
    return ReadyAccount(name, key.api_key, key.secret if key.kind == HMAC else "", venue)


def _ready_venue(where: VenueBound) -> ReadyVenue:
    return ReadyVenue(where.url, where.ws_url, where.tls_url, where.tls_ws_url)


async def _ended_by_failure(work: Awaitable[None], ends: list[asyncio.Task[Any]]) -> None:
    """Work that ends well does not end serving; only its failure does."""
    await work
    await asyncio.wait(ends[:2], return_when=asyncio.FIRST_COMPLETED)


def _writer_of(ready_file: Path) -> int:
    """The process that wrote it; 0 where there is none to be read."""
    try:
        return msgspec.json.decode(ready_file.read_bytes(), type=Ready).pid
    except (OSError, msgspec.MsgspecError):
        return 0


def _alive(pid: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _rest_the_collector() -> None:
    """What is there by now stays: the cyclic collector need not look at it again, nor at the rest so often.

    A full collection takes 11 ms of a fresh exchange (mostly its modules), in which nobody is served; frozen, nothing.
    The core makes no cycles per order (links are cleared when an order leaves the book), so there is little to find.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _by_name(ready: Ready) -> str:
    """Where clients with built-in host names come in, and what they must trust."""
    where = [text for text in (ready.tls_url, ready.proxy_url and f"the proxy {ready.proxy_url}") if text]
    return f"also {' and '.join(where)}; for a client to trust it: simexchange tls env {shlex.quote(ready.log)}"
