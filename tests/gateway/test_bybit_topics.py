"""Topics over real sockets: who comes when, who leaves and comes back, and what a request is refused for."""

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest

from simexchange.runtime.clock import PAUSED
from tests.dialects.bybit.v5.channels import Client
from tests.gateway.bybit import PUBLIC, asks, bybit, places, topic

BOOK = "orderbook.50.BTCUSDT"
WS_LINEAR = PUBLIC.format("linear")


class Reader(Client):
    """The same client at the end of a socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__()
        self.socket = socket

    async def until(self, number: int) -> None:
        """Read until it is at update *number*."""
        while self.number < number:
            message = await self.socket.receive_str(timeout=5)
            if '"topic"' in message:
                self.hears(message.encode())


async def test_who_comes_later_hears_what_the_others_build_on() -> None:
    """The snapshot of the second is the book of the first, and the next delta fits both."""
    async with bybit() as world, world.socket(WS_LINEAR) as one, world.socket(WS_LINEAR) as two:
        first, second = Reader(one), Reader(two)
        assert (await asks(one, "subscribe", [BOOK]))["success"]
        for n in range(10):
            places(world, world.alice, "Buy", "0.1", 59_000 + n)
            await first.until(n + 2)
            if n == 4:
                assert (await asks(two, "subscribe", [BOOK]))["success"]
        await second.until(first.number)

        assert first.book == second.book
        assert len(first.bids) == 10
        assert [message["type"] for message in second.messages].count("snapshot") == 1
        assert second.messages[0]["data"]["u"] == 6


async def test_who_leaves_and_comes_back_begins_with_a_snapshot() -> None:
    """On the same socket, while another goes on hearing, and where nobody does."""
    for others in (True, False):
        async with bybit() as world, world.socket(WS_LINEAR) as one, world.socket(WS_LINEAR) as two:
            if others:
                assert (await asks(two, "subscribe", [BOOK]))["success"]
            assert (await asks(one, "subscribe", [BOOK]))["success"]
            assert (await topic(one))["type"] == "snapshot"
            places(world, world.alice, "Buy", "0.1", 59_000)
            assert (await topic(one))["type"] == "delta"
            left = await asks(one, "unsubscribe", [BOOK], req_id="u1")
            places(world, world.alice, "Buy", "0.1", 59_001)
            await asyncio.sleep(0.05)
            assert (await asks(one, "subscribe", [BOOK]))["success"]
            again = Reader(one)
            places(world, world.alice, "Buy", "0.1", 59_002)
            await again.until(4)

            assert (left["success"], left["req_id"], left["op"]) == (True, "u1", "unsubscribe")
            assert again.messages[0]["type"] == "snapshot"
            assert sorted(again.bids) == ["59000.00", "59001.00", "59002.00"]


async def test_an_unknown_topic_takes_the_whole_request_with_it() -> None:
    async with bybit() as world, world.socket(WS_LINEAR) as socket:
        refused = await asks(socket, "subscribe", [BOOK, "orderbook.7.BTCUSDT"], req_id="a")
        again = await asks(socket, "subscribe", [BOOK])
        twice = await asks(socket, "subscribe", ["publicTrade.BTCUSDT", BOOK])

    assert refused == {
        "success": False, "ret_msg": "error:handler not found,topic:orderbook.7.BTCUSDT",
        "conn_id": refused["conn_id"], "req_id": "a", "op": "subscribe",
    }  # fmt: skip
    assert again["success"]
    assert (twice["success"], twice["ret_msg"]) == (False, f"error:already subscribed,topic:{BOOK}")


@pytest.mark.parametrize(
    ("category", "names", "text"),
    [
        ("spot", ["orderbook.1.BTCUSDT"] + ["publicTrade.BTCUSDT"] * 10, "error:args size >10"),
        ("spot", ["publicTrade.BTCUSD"], "error:handler not found,topic:publicTrade.BTCUSD"),
        ("inverse", ["publicTrade.BTCUSDT"], "error:handler not found,topic:publicTrade.BTCUSDT"),
        ("linear", ["order"], "error:handler not found,topic:order"),
        ("linear", [], "error:args invalid"),
        ("linear", [7], "error:args invalid"),
    ],
)  # fmt: skip
async def test_what_a_public_socket_does_not_take(category: str, names: list[Any], text: str) -> None:
    """More than ten names at once on spot, another category's symbol, what is private, what is no name."""
    async with bybit() as world, world.socket(PUBLIC.format(category)) as socket:
        answer = await asks(socket, "subscribe", names)

        assert (answer["success"], answer["ret_msg"]) == (False, text)


async def test_trades_come_with_their_record() -> None:
    """One message for what one taker traded, without any clock: exchange time stands still here."""
    async with bybit(speed=PAUSED) as world, world.socket(WS_LINEAR) as socket:
        await asks(socket, "subscribe", ["publicTrade.BTCUSDT"])
        for n in range(3):
            places(world, world.alice, "Sell", "0.1", 60_000 + n)
        places(world, world.bob, "Buy", "0.3", 60_010)

        message = await topic(socket)

        assert [row["p"] for row in message["data"]] == ["60000.00", "60001.00", "60002.00"]
        assert message["data"][0]["seq"] == world.exchange.seq


async def test_a_topic_that_was_left_costs_nothing() -> None:
    """No event and no record is told to anybody any more."""
    async with bybit() as world, world.socket(WS_LINEAR) as socket:
        fanout = world.server._fanout
        names = [BOOK, "publicTrade.BTCUSDT", "kline.1.BTCUSDT", "allLiquidation.BTCUSDT"]
        await asks(socket, "subscribe", names)
        heard = len(fanout._followers), len(fanout._gathering)
        await asks(socket, "unsubscribe", names)

        assert heard == (2, 1)
        assert (fanout._followers, fanout._gathering, fanout._market) == ({}, (), {})


async def test_after_a_rewind_a_new_socket_has_the_old_book() -> None:
    async with bybit() as world:
        places(world, world.alice, "Buy", "0.1", 59_000)
        seq = world.exchange.seq
        async with world.socket(WS_LINEAR) as socket:
            await asks(socket, "subscribe", [BOOK])
            places(world, world.alice, "Buy", "0.1", 59_500)
            await topic(socket)
            await world.control("POST", "/rewind", {"to": seq})
            # What was told before may be on its way still.
            while (message := await socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
                pass
            assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        async with world.socket(WS_LINEAR) as socket:
            await asks(socket, "subscribe", [BOOK])
            book = Reader(socket)
            places(world, world.alice, "Buy", "0.1", 58_000)
            await book.until(3)

    assert sorted(book.bids) == ["58000.00", "59000.00"]


async def recovered(socket: aiohttp.ClientWebSocketResponse, levels: int) -> tuple[Reader, int]:
    """A client that begins anew where it misses a message, and leaves out what it has; how often it did either."""
    reader, noticed = Reader(socket), 0
    while len(reader.bids) < levels:
        message = await topic(socket)
        number = message["data"]["u"]
        if message["type"] == "snapshot" or number == reader.number + 1:
            reader.hears(msgspec.json.encode(message))
            continue
        noticed += 1
        if number > reader.number:
            await asks(socket, "unsubscribe", [BOOK])
            await asks(socket, "subscribe", [BOOK])
    return reader, noticed


@pytest.mark.parametrize(
    ("kind", "terms"), [("ws_gap", {"after": 2, "times": 1}), ("duplicate", {"channel": "stream", "times": 2})]
)
async def test_a_client_gets_over_a_book_with_a_gap_and_one_told_twice(kind: str, terms: dict[str, Any]) -> None:
    """Faults strike deltas and snapshots like any message; by ``u`` a client knows what it missed."""
    async with bybit(faults=()) as world, world.socket(WS_LINEAR) as socket:
        world.server.faults.add(kind, **terms)
        await asks(socket, "subscribe", [BOOK])
        for n in range(6):
            places(world, world.alice, "Buy", "0.1", 59_000 + n)
            await asyncio.sleep(0.03)

        reader, noticed = await asyncio.wait_for(recovered(socket, 6), 10)

        assert sorted(reader.bids) == [f"{59_000 + n}.00" for n in range(6)]
        assert noticed
