"""An exchange behind real sockets: on a port of its own on 127.0.0.1, in a thread that ends with it."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import msgspec

from simexchange.config.assembling import GivenKey
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.errors import ConfigError, StorageFailed
from simexchange.gateway.callrecords import record_calls
from simexchange.gateway.tls import CA_FILE, Authority
from simexchange.runtime.clock import SystemTime
from simexchange.runtime.jump import JumpTo
from simexchange.settings.environment import environment, key_names, venue_names
from simexchange.testing.faulting import Faults
from simexchange.testing.inprocess import LocalExchange
from simexchange.testing.options import DEFAULT
from simexchange.testing.words import date_of

if TYPE_CHECKING:
    from datetime import datetime

    from simexchange.config.assembling import Assembly
    from simexchange.gateway.callrecords import CallRecord
    from simexchange.gateway.keys import Keys
    from simexchange.gateway.listeners import Bound
    from simexchange.gateway.server import Server
    from simexchange.testing.options import Options

_T = TypeVar("_T")
ENDS_WITHIN: Final = 5.0
"""Wall seconds the thread has to end; then its tasks are named."""
STARTS_WITHIN: Final = 30.0


class Credentials(msgspec.Struct, frozen=True):
    """The key of an account. Unpacks: ``key, secret = server.credentials()``."""

    api_key: str
    api_secret: str

    def __iter__(self) -> Any:
        return iter((self.api_key, self.api_secret))


class Request(msgspec.Struct, frozen=True):
    """One call of a client and how it was answered."""

    product: str
    method: str
    """``GET``, ``POST``, … or ``WS`` for the WebSocket API."""
    path: str
    params: dict[str, str]
    account: str
    """Whose key it came with; empty without one."""
    status: int
    at: datetime
    """Exchange time."""
    served: bool
    """Whether there is such a call here."""


class Leaked(AssertionError):
    """Something of the server went on after its end."""


class _Loop(asyncio.SelectorEventLoop):
    """The standard loop, whose time goes on while a test's is frozen: only `runtime.clock` is spared."""

    def __init__(self) -> None:
        super().__init__()
        self._wall = SystemTime()

    def time(self) -> float:
        return self._wall.monotonic() / SECOND


class ServedExchange(LocalExchange):
    """The same, and clients may come: HTTP and WebSockets on ``127.0.0.1``, any free port."""

    def __init__(self, options: Options | None = None) -> None:
        super().__init__(options)
        self.requests: list[Request] = []
        """Every call that was answered, oldest first."""
        self.faults = Faults(self)
        """What is done wrong on purpose."""
        self._server: Server | None = None
        self._keys: Keys
        self._bound: Bound
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread | None = None
        self._folder: Path | None = None
        self._again: tuple[int, list[GivenKey]] = (0, [])
        """After a reset: the port and the keys there were."""

    # Beginning and end

    def start(self) -> Self:
        """Open the exchange and listen. Raises ConfigError, AddressTaken."""
        if self.started:
            return self
        super().start()
        self.requests.clear()
        self._loop = _Loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="simexchange", daemon=True)
        self._thread.start()
        ready.wait(STARTS_WITHIN)
        try:
            self._await(self._open(self.assembly))
            for kind, params in self.options.faults:
                self.faults.add(kind, **params)
        except BaseException:
            self.stop()
            raise
        return self

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_soon(ready.set)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def reset(self) -> Self:
        """Begin anew, as if nothing had happened, at the same address and with the same keys: clients need not know."""
        if self.started:
            number = self.state.account_no
            kept = [
                GivenKey(name, key.api_key, key.secret)
                for name in number
                for key in self.do(lambda name=name: self._keys.of(number[name]))  # type: ignore[misc]
            ]
            self._again = (self._where.port, kept)
            self.stop()
        return self.start()

    async def _open(self, assembly: Assembly) -> None:
        authority = None
        if self.options.tls:
            self._folder = Path(tempfile.mkdtemp(prefix="simexchange-test-"))
            authority = Authority(self._folder)
        port, keys = self._again
        self._keys = assembly.open_keys(None, [key for key in keys if key.name in assembly.exchange.state.account_no])
        self._server = assembly.server(self._keys, secrets.token_urlsafe(24), authority)
        record_calls(self._server.calls, self._note)
        self._bound = await self._server.start(port=port)
        assembly.exchange.start()

    def stop(self) -> None:
        """Close every socket, end the thread, and look whether everything adds up. A second call does nothing.

        Raises InvariantBroken; Leaked where something went on.
        """
        if not self.started or self._thread is None:
            return super().stop()
        leaked: list[str] = []
        try:
            self.log.end()
            leaked = self._await(self._close())
        finally:
            self._end_thread()
            super().stop()
        if leaked:
            msg = f"still running after the end: {', '.join(leaked)}"
            raise Leaked(msg)
        return None

    async def _close(self) -> list[str]:
        if self._server is not None:
            await self._server.stop()
        await self.runtime.stop()
        await asyncio.sleep(0)
        own = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not own and not task.done()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return [str(task.get_coro()) for task in left]

    def _end_thread(self) -> None:
        thread, self._thread, self._server = self._thread, None, None
        self._loop.call_soon_threadsafe(self._loop.stop)
        if thread is not None:
            thread.join(ENDS_WITHIN)
            if thread.is_alive():
                tasks = "; ".join(str(task) for task in asyncio.all_tasks(self._loop))
                msg = f"the exchange's thread does not end: {tasks or 'no task is left'}"
                raise Leaked(msg)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    # Across threads

    def do(self, act: Callable[[], _T]) -> _T:
        """Run *act* on the exchange's own loop, and wait for what came of it."""
        if self._thread is None or threading.current_thread() is self._thread:
            return super().do(act)

        async def acting() -> _T:
            return LocalExchange.do(self, act)

        found: _T = self._await(acting())
        return found

    def _await(self, what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()

    def _jump(self, goal: Nanos | JumpTo) -> Nanos:
        if self._thread is None or threading.current_thread() is self._thread:
            return super()._jump(goal)
        return Nanos(self._await(self._jumped(goal)))

    async def _jumped(self, goal: Nanos | JumpTo) -> Nanos:
        exchange = self.runtime
        reached = await exchange.jump(goal)
        # What clients are to hear of it is on its way when this returns.
        with suppress(StorageFailed):
            await exchange.durable(exchange.seq)
        await asyncio.sleep(0)
        return reached

    @property
    def gateway(self) -> Server:
        """The server itself, for what has no word here: by `do` only. Raises ConfigError while there is none."""
        if self._server is None:
            msg = "the exchange is not started: call start(), or use it in a with block"
            raise ConfigError(msg)
        return self._server

    # Where it is, and who may come

    @property
    def _where(self) -> Bound:
        return self._bound if self.gateway.bound is None else self.gateway.bound

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``; with TLS the ``https`` one."""
        return self._where.tls_url or self._where.url

    @property
    def ws_url(self) -> str:
        """``ws://127.0.0.1:PORT``; with TLS the ``wss`` one."""
        return self._where.tls_ws_url or self._where.ws_url

    @property
    def ca_file(self) -> str:
        """What to trust where TLS is spoken; else empty."""
        return "" if self._folder is None else str(self._folder / CA_FILE)

    def credentials(self, name: str = DEFAULT) -> Credentials:
        """The key of an account, made where it has none. Raises NotThere."""
        account = self._known(name)
        found = self.do(lambda: self._keys.of(account) or [self._keys.make(account)])
        return Credentials(found[0].api_key, found[0].secret)

    def _known(self, name: str) -> Any:
        number = self.state.account_no.get(name)
        if number is None:
            msg = f"there is no account {name!r}: open it with account({name!r}, USDT=…)"
            raise ConfigError(msg)
        return number

    def env(self, name: str = DEFAULT) -> dict[str, str]:
        """Variables that tell a program where the exchange is and whose key to use: for ``subprocess``.

        At venues where that account is not at home it is the key of the one that is there without asking.
        """
        home, where = self.account(name).venue, self._where
        found = environment(self.url, self.ws_url, *self.credentials(name))
        for venue, place in where.venues.items():
            key, secret = self.credentials(name if venue == home else self.options.account_at(venue))
            found |= key_names(key, secret, venue)
            found |= venue_names(venue, place.tls_url or place.url, place.tls_ws_url or place.ws_url)
        if where.tls_url:
            found |= {"SIMEXCHANGE_CA_FILE": self.ca_file, "SSL_CERT_FILE": self.ca_file}
        return found

    # What clients did

    def _note(self, call: CallRecord) -> None:
        name = ""
        if call.account is not None:
            name = self.state.accounts[call.account].name
        self.requests.append(
            Request(call.product, call.method, call.path, call.params, name, call.status, date_of(call.at), call.served)
        )

    def requested(self, path: str, method: str = "") -> list[Request]:
        """The calls to *path*: ``requested("/api/v3/order", "POST")``; of the WebSocket API ``"order.place"``."""
        return [one for one in self.requests if one.path == path and method in ("", one.method)]

    def assert_no_unknown_endpoints(self) -> None:
        """Raise AssertionError naming the calls that were asked for and are not served here."""
        if self._server is None:
            missing = Counter(f"{one.method} {one.path}" for one in self.requests if not one.served)
        else:
            missing = Counter(self._server.calls.unserved)
        if missing:
            calls = "\n".join(f"  {count} x {call}" for call, count in missing.most_common())
            msg = f"calls that are not served here:\n{calls}"
            raise AssertionError(msg)
