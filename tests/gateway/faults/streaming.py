"""What the tests of stream faults share: private streams, books as a client keeps them, and a socket's messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from simexchange.dialects.contract import Key
from tests.gateway.faults.test_requests import applied
from tests.gateway.real import limit
from tests.gateway.world import Served, hear

DEPTH = "btcusdt@depth@100ms"
SILENT = 0.25
"""Seconds without a word after which a test takes a socket for silent."""


@asynccontextmanager
async def news(world: Served, who: Key | None = None) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A socket that hears alice's private stream of spot."""
    key = await world.ask("POST", "/api/v3/userDataStream", headers={"X-MBX-APIKEY": (who or world.alice).api_key})
    async with world.socket(f"/spot/ws/{key['listenKey']}") as socket:
        yield socket


async def order(world: Served, side: str, price: str, who: Key | None = None, quantity: str = "0.01") -> Any:
    """A limit order on spot; its reply."""
    return await world.sign("POST", "/api/v3/order", key=who, **limit(side, quantity, price))


async def reports(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[str]:
    """What the next *count* execution reports are about; other private messages are passed over."""
    told: list[str] = []
    while len(told) < count:
        message = await hear(socket)
        if message["e"] == "executionReport":
            told.append(message["x"])
    return told


async def silent(socket: aiohttp.ClientWebSocketResponse) -> bool:
    """Whether nothing comes for a while."""
    try:
        await socket.receive(timeout=SILENT)
    except TimeoutError:
        return True
    return False


async def end_of(socket: aiohttp.ClientWebSocketResponse) -> tuple[str, Any]:
    """How a socket ends: the type of its last message and the close code."""
    while True:
        message = await socket.receive(timeout=5)
        if message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}:
            return message.type.name, socket.close_code


def places(world: Served) -> list[tuple[str, str, int, str, int]]:
    """Kind and place of each fault in the log."""
    return [
        (fault.kind, fault.channel, fault.connection, fault.direction, fault.ordinal)
        for fault in applied(world)
        if fault.kind != "faults_begun"
    ]


class Book:
    """A book kept as the venue says: a snapshot, and changes that join on to it ("How to manage a local order book
    correctly", WebSocket Streams of spot, seen 2026-11)."""

    def __init__(self, world: Served, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._world = world
        self._socket = socket
        self.last = 0
        self.sides: dict[str, dict[str, str]] = {"b": {}, "a": {}}
        self.snapshots = 0
        self.too_old = 0

    async def follow(self, until: int) -> None:
        """Take changes in until the book is at update *until*."""
        while self.last < until:
            change = msgspec.json.decode(await self._socket.receive_str(timeout=5))
            if change["u"] <= self.last:
                continue
            if not self.last or change["U"] > self.last + 1:
                await self._begin(change["U"])
            if change["u"] > self.last:
                self._take(change)

    async def _begin(self, first: int) -> None:
        """A snapshot that is not older than the change it is to go on with."""
        while True:
            book = await self._world.ask("GET", "/api/v3/depth?symbol=BTCUSDT&limit=5000")
            self.snapshots += 1
            if book["lastUpdateId"] >= first - 1:
                break
            self.too_old += 1
            await asyncio.sleep(0.02)
        self.last = book["lastUpdateId"]
        self.sides = {"b": dict(map(tuple, book["bids"])), "a": dict(map(tuple, book["asks"]))}

    def _take(self, change: Any) -> None:
        for side in "ba":
            for price, size in change[side]:
                if float(size):
                    self.sides[side][price] = size
                else:
                    self.sides[side].pop(price, None)
        self.last = change["u"]


async def truth(world: Served) -> tuple[int, dict[str, dict[str, str]]]:
    """The book as it is: its update id, and both sides."""
    book = await world.ask("GET", "/api/v3/depth?symbol=BTCUSDT&limit=5000")
    return book["lastUpdateId"], {"b": dict(map(tuple, book["bids"])), "a": dict(map(tuple, book["asks"]))}
