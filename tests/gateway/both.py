"""Both venues served over the markets that ship: alice is at home at Binance, bob at Bybit."""

import hmac
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from yarl import URL

from simexchange.config.assembling import Assembly, Setup, header
from simexchange.config.opening import parse_account
from simexchange.config.served import ALL
from simexchange.core.vocabulary.units import MILLISECOND, Nanos
from simexchange.dialects.contract import Dialect, Key
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.memory import MemoryLog
from simexchange.gateway.ratelimits import LimitMode
from simexchange.gateway.server import Server
from simexchange.gateway.settings import Settings
from simexchange.gateway.tls import Authority
from simexchange.runtime.clock import PAUSED
from simexchange.testing.preset import listings

TOKEN = "control-token-of-a-test"
WAIT = 5.0


class Both:
    """One served exchange, and clients of both venues."""

    def __init__(self, assembly: Assembly, keys: Any, server: Any, session: aiohttp.ClientSession) -> None:
        self.exchange, self.keys, self.session = assembly.exchange, keys, session
        self.server: Any = server
        assert server.bound is not None
        self.bound = server.bound
        self.url, self.ws_url = self.bound.url, self.bound.ws_url
        number = self.exchange.state.account_no
        self.alice, self.bob = (keys.of(number[name])[0] for name in ("alice", "bob"))

    def now(self) -> int:
        """What a client stamps with."""
        wall: int = self.server.calls.wall()
        return wall // MILLISECOND

    def stand(self, at: int | None = None) -> int:
        """Let the wall clock of clients and gateway stand: where it is, or at *at* (ns)."""
        wall = Nanos(self.server.calls.wall() if at is None else at)
        self.server.calls.wall = lambda: wall
        return wall

    def stamped(self, content: str, key: Key, **change: str) -> dict[str, str]:
        """The headers of a signed request of Bybit's whose query or body is *content*."""
        stamp, window = str(self.now()), "5000"
        text = f"{stamp}{key.api_key}{window}{content}"
        return {
            "X-BAPI-API-KEY": key.api_key,
            "X-BAPI-TIMESTAMP": stamp,
            "X-BAPI-RECV-WINDOW": window,
            "X-BAPI-SIGN": hmac.new(key.secret.encode(), text.encode(), sha256).hexdigest(),
            **change,
        }

    async def get(
        self, path: str, key: Key | None = None, base: str = "", **params: Any
    ) -> tuple[Any, Mapping[str, str]]:
        """A call of Bybit's, signed where there is a *key*: its JSON, and the headers of the answer."""
        query = urlencode(params)
        headers = {} if key is None else self.stamped(query, key)
        return await self._send("GET", f"{base or self.url + '/bybit'}{path}?{query}", headers, None)

    async def post(
        self, path: str, key: Key | None = None, base: str = "", **params: Any
    ) -> tuple[Any, Mapping[str, str]]:
        """A signed call with a body, of bob's unless said."""
        body = msgspec.json.encode(params)
        headers = {"Content-Type": "application/json", **self.stamped(body.decode(), key or self.bob)}
        return await self._send("POST", f"{base or self.url + '/bybit'}{path}", headers, body)

    async def _send(self, method: str, url: str, headers: Any, body: bytes | None) -> tuple[Any, Mapping[str, str]]:
        async with self.session.request(method, URL(url, encoded=True), headers=headers, data=body) as response:
            found = await response.read()
            told = {**response.headers, "status": str(response.status)}
            return (msgspec.json.decode(found) if found.startswith((b"{", b"[")) else found.decode()), told

    async def control(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """One call of the control API; its JSON."""
        data = None if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer, told = await self._send(method, f"{self.url}/sim/v1{path}", headers, data)
        assert told["status"] == str(status), answer
        return answer

    def socket(self, path: str, base: str = "", **options: Any) -> Any:
        """Open a socket of Bybit's: to be used with ``async with``."""
        return self.session.ws_connect(f"{base or self.ws_url + '/bybit'}{path}", **options)

    def log_on(self, key: Key | None = None) -> dict[str, Any]:
        """What a client says to log on; bob unless said."""
        who, expires = key or self.bob, self.now() + 1_000
        signature = hmac.new(who.secret.encode(), f"GET/realtime{expires}".encode(), sha256).hexdigest()
        return {"op": "auth", "args": [who.api_key, expires, signature]}


async def say(socket: aiohttp.ClientWebSocketResponse, **frame: Any) -> Any:
    """Say something, and what is answered."""
    await socket.send_str(msgspec.json.encode(frame).decode())
    return msgspec.json.decode(await socket.receive_str(timeout=WAIT))


@asynccontextmanager
async def serving(
    *accounts: str,
    venues: tuple[str, ...] = ALL,
    authority: Authority | None = None,
    dialects: Iterable[Dialect] = (),
    **options: Any,
) -> AsyncIterator[Both]:
    """Serve both; *accounts* in addition, as ``--account`` says them, and *options* of `Setup`.

    *dialects* instead of the venues' own.
    """
    people = ("alice:USDT=100000", "bob@bybit:USDT=100000,BTC=1", *accounts)
    setup = Setup(
        feed="none", speed=PAUSED, durability=OFF, port=0, venues=venues,
        accounts=tuple(parse_account(text) for text in people), **options,
    )  # fmt: skip
    assembly = Assembly(setup, MemoryLog(header(setup)), listings=listings(fees=False), checkpoints=False)
    keys = assembly.open_keys(None)
    server = assembly.server(keys, TOKEN, authority)
    if dialects:
        settings = Settings(control_token=TOKEN, port=0, rate_limits=LimitMode(setup.limits), faults=setup.faults)
        server = Server(assembly.exchange, dialects, keys, settings, authority)
    await server.start()
    assembly.exchange.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Both(assembly, keys, server, session)
    finally:
        await server.stop()
        await assembly.exchange.stop()
        assembly.exchange.close()
