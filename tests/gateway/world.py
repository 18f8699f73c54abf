"""A served exchange for tests: real sockets on 127.0.0.1, a log in memory, two people with keys."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from simexchange.core.vocabulary.commands import AdoptBundle, Command, OpenAccount
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.units import MILLISECOND, Nanos
from simexchange.dialects.binance.venue import BinanceDialect
from simexchange.dialects.contract import Dialect, Key, Product
from simexchange.errors import StorageFailed
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.gateway.keys import Keys
from simexchange.gateway.ratelimits import LimitMode
from simexchange.gateway.server import Server
from simexchange.gateway.settings import Settings
from simexchange.gateway.tls import Authority
from simexchange.runtime.clock import WALL, Speed
from simexchange.runtime.exchange import Exchange
from tests.gateway.toy import Toy, signed, signed_params

TOKEN = "control-token-of-a-test"
WAIT = 5.0
"""Seconds a test waits for what must come."""


class FailingLog(MemoryLog):
    """A log whose disk can be full, or slow for as long as a test likes."""

    def __init__(self, header: Header) -> None:
        super().__init__(header)
        self.full = False
        self.pause = 0.0

    def append(self, lines: Sequence[bytes], first: int, last: int, digest: bytes) -> None:
        if self.full:
            raise StorageFailed("the disk is full")
        time.sleep(self.pause)
        super().append(lines, first, last, digest)


class Served:
    """One served exchange and a client's view of it."""

    def __init__(
        self, exchange: Exchange, log: FailingLog, keys: Keys, server: Server, session: aiohttp.ClientSession
    ) -> None:
        self.exchange = exchange
        self.log = log
        self.keys = keys
        self.server = server
        self.session = session
        assert server.bound is not None
        self.url = server.bound.url
        self.ws_url = server.bound.ws_url
        self.alice, self.bob = (self._key_of(name) for name in ("alice", "bob"))

    def _key_of(self, name: str) -> Key:
        return self.keys.of(self.exchange.state.account_no[name])[0]

    @property
    def account(self) -> AccountNo:
        return self.alice.account

    def now(self) -> int:
        """What a client puts into ``timestamp``."""
        return self.exchange.clock.wall.now() // MILLISECOND

    async def ask(
        self, method: str, path: str, *, status: int = 200, headers: dict[str, str] | None = None, data: Any = None
    ) -> Any:
        """One REST call; its JSON."""
        url = URL(self.url + path, encoded=True)
        async with self.session.request(method, url, headers=headers, data=data) as response:
            body = await response.read()
            assert response.status == status, body
            return msgspec.json.decode(body)

    async def sign(self, method: str, path: str, *, status: int = 200, key: Key | None = None, **params: Any) -> Any:
        """One signed REST call with its parameters in the query; its JSON."""
        who = key or self.alice
        query = signed(who.secret, **{**params, "timestamp": params.get("timestamp", self.now())})
        return await self.ask(method, f"{path}?{query}", status=status, headers={"X-MBX-APIKEY": who.api_key})

    async def control(self, method: str, path: str, body: Any = None, *, status: int = 200, token: str = TOKEN) -> Any:
        """One call of the control API; its JSON."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else msgspec.json.encode(body)
        return await self.ask(method, f"/sim/v1{path}", status=status, headers=headers, data=data)

    async def status(self, path: str, headers: dict[str, str] | None = None) -> int:
        """The HTTP status of a plain GET."""
        async with self.session.get(self.url + path, headers=headers) as response:
            return response.status

    async def under_way(self) -> None:
        """Wait until a record is being committed."""
        while self.exchange.seq == self.exchange.durable_seq:  # noqa: ASYNC110 - the exchange tells nobody of this
            await asyncio.sleep(0.001)

    async def deposit(self, units: int = 1, key: Key | None = None) -> int:
        """Have the toy deposit; the seq of its record."""
        reply = await self.sign("POST", "/api/v3/deposit", units=units, key=key)
        return int(reply["seq"])

    def socket(self, path: str, **options: Any) -> Any:
        """Open a socket: to be used with ``async with``."""
        return self.session.ws_connect(self.ws_url + path, **options)

    def params(self, key: Key | None = None, **params: Any) -> dict[str, Any]:
        """Signed parameters for the WebSocket API."""
        who = key or self.alice
        return signed_params(who.secret, apiKey=who.api_key, timestamp=self.now(), **params)


async def hear(socket: aiohttp.ClientWebSocketResponse) -> Any:
    """The next message, decoded."""
    return msgspec.json.decode(await socket.receive_str(timeout=WAIT))


@asynccontextmanager
async def served(
    *,
    products: Iterable[Product] | None = None,
    dialect: Dialect | None = None,
    rules: str = "binance",
    commands: Iterable[Command] = (),
    speed: Speed = WALL,
    ago: int = 0,
    rate_limits: LimitMode = LimitMode.HEADERS,
    authority: Authority | None = None,
    **settings: Any,
) -> AsyncIterator[Served]:
    """Serve an exchange that began *ago* ns before now, with alice and bob under *rules*, after *commands*."""
    log = FailingLog(Header(seed=1, start=Nanos(time.time_ns() - ago)))
    exchange = Exchange(log, speed=speed)
    people = (OpenAccount("alice", rules), OpenAccount("bob", rules))
    for command in (AdoptBundle(Bundle("binance")), *commands, *people):
        exchange.submit(command, source="control")
    keys = Keys()
    for name in ("alice", "bob"):
        keys.make(exchange.state.account_no[name])
    exchange.start()
    options = Settings(control_token=TOKEN, port=0, rate_limits=rate_limits, **settings)
    venue = dialect or BinanceDialect([Toy()] if products is None else products)
    server = Server(exchange, [venue], keys, options, authority)
    await server.start()
    await exchange.durable(exchange.seq)
    try:
        async with aiohttp.ClientSession() as session:
            yield Served(exchange, log, keys, server, session)
    finally:
        await server.stop()
        await exchange.stop()
