"""Whether clients that do not say that they wait are idle, as far as that can be seen from here.

A client is known by the API keys of its account. It is at work while a request of it is under way, and for a quiet span
after the last reply or message that was written. What it does with them, and when it will ask again by itself, nobody
here can know: so this is approximate, and the span is there for the client to begin its next request in.

A request without a key is taken for one of theirs, unless it comes over a connection that has shown another's key; and
a message on any socket is taken for theirs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from aiohttp import web

from simexchange.core.state import ExchangeState
from simexchange.gateway.connection import Connection
from simexchange.gateway.keys import Keys

QUIET: Final = 0.05
"""Wall seconds."""
REMEMBERED: Final = 10_000
"""Connections; then all are forgotten, and show their keys again."""
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Idling:
    """Watches the requests and the sockets of a server."""

    def __init__(self, accounts: Iterable[str], keys: Keys, state: Callable[[], ExchangeState], quiet: float) -> None:
        self._accounts = tuple(accounts)
        self._keys = keys
        self._state = state
        self._quiet = quiet
        self._under_way = 0
        self._last = 0.0
        """When something was written last, by the loop's time."""
        self._known: dict[Any, int] = {}
        """Whose key a connection has shown, by the address of its other end."""
        self._over = asyncio.Event()
        """Set when the last request under way has been answered."""
        self._over.set()

    def touch(self) -> None:
        """Something was written."""
        self._last = asyncio.get_running_loop().time()

    @property
    def rests(self) -> bool:
        """Whether they are idle now."""
        return not self._under_way and asyncio.get_running_loop().time() - self._last >= self._quiet

    async def rest(self) -> None:
        """Wait until they are."""
        loop = asyncio.get_running_loop()
        while True:
            await self._over.wait()
            left = self._last + self._quiet - loop.time()
            if left <= 0 and not self._under_way:
                return
            await asyncio.sleep(max(left, 0))

    def watching(self, handle: Handler) -> Handler:
        """*handle*, and what is under way is known."""

        async def watched(request: web.BaseRequest) -> web.StreamResponse:
            # A socket is open for long; what is said on it is seen when it is written.
            if request.headers.get("Upgrade") or request.path.startswith("/sim/") or not self._theirs(request):
                return await handle(request)
            self._under_way += 1
            self._over.clear()
            try:
                return await handle(request)
            finally:
                self._under_way -= 1
                self.touch()
                if not self._under_way:
                    self._over.set()

        return watched

    def connection(self, *given: Any, **named: Any) -> Connection:
        """A socket of which every message is noticed."""
        made = _Noticed(*given, **named)
        made.touch = self.touch
        return made

    def _theirs(self, request: web.BaseRequest) -> bool:
        account = self._account(request)
        if account is None:
            return True
        number = self._state().account_no
        return any(number.get(name) == account for name in self._accounts)

    def _account(self, request: web.BaseRequest) -> int | None:
        """Whose key the request carries, or one before it on the same connection did."""
        transport = request.transport
        peer = None if transport is None else transport.get_extra_info("peername")
        for value in request.headers.values():
            key = self._keys.find(value)
            if key is not None:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[peer] = key.account
                return key.account
        return self._known.get(peer)


class _Noticed(Connection):
    """A socket of which every message is noticed."""

    __slots__ = ("touch",)

    touch: Callable[[], None]

    def write(self, data: bytes) -> None:
        self.touch()
        super().write(data)
