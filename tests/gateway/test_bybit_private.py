"""Private topics over real sockets: who is let in, what is heard twice, once or not at all, and in which order."""

import asyncio
from typing import Any

import aiohttp
import pytest

from simexchange.dialects.contract import Key
from tests.gateway.bybit import asks, bybit, login, places, topic
from tests.gateway.world import Served, hear

PRIVATE = "/bybit/v5/private"


async def logged_on(world: Served, socket: aiohttp.ClientWebSocketResponse, key: Key | None = None) -> Any:
    """``auth``; the answer."""
    return await asks(socket, "auth", login(key or world.alice, world.now() + 5_000), req_id="auth")


def price(message: Any) -> float:
    """Of the first order a message tells of."""
    return float(message["data"][0]["price"])


async def silent(socket: aiohttp.ClientWebSocketResponse) -> bool:
    """Whether nothing comes for a while."""
    try:
        await socket.receive(timeout=0.1)
    except TimeoutError:
        return True
    return False


async def test_topics_of_one_record_come_in_the_order_of_what_happened() -> None:
    """Executions, then orders, positions and the wallet, however they were subscribed to, and on how many sockets."""
    names = ["wallet", "position", "order", "execution", "execution.fast"]
    async with bybit() as world, world.socket(PRIVATE) as socket:
        await logged_on(world, socket)
        for name in names:
            assert (await asks(socket, "subscribe", [name]))["success"]
        places(world, world.bob, "Sell", "0.1", 60_000)
        places(world, world.alice, "Buy", "0.1", 60_000)

        heard = [await topic(socket) for _ in names]

        assert [message["topic"] for message in heard] == [
            "execution.fast", "execution", "order", "position", "wallet",
        ]  # fmt: skip
        assert await silent(socket)


async def test_a_topic_is_heard_once_however_often_it_was_asked_for() -> None:
    async with bybit() as world, world.socket(PRIVATE) as socket:
        await logged_on(world, socket)
        answers = [await asks(socket, "subscribe", names) for names in (["order"], ["order"], ["order", "order"])]
        places(world, world.alice, "Buy", "0.1", 59_000)
        message = await topic(socket)

        assert [answer["success"] for answer in answers] == [True] * 3
        assert message["data"][0]["orderStatus"] == "New"
        assert await silent(socket)


async def test_who_leaves_a_topic_hears_it_again_when_he_comes_back() -> None:
    async with bybit() as world, world.socket(PRIVATE) as socket:
        await logged_on(world, socket)
        await asks(socket, "subscribe", ["order", "execution"])
        left = await asks(socket, "unsubscribe", ["order", "position"], req_id="u")
        places(world, world.alice, "Buy", "0.1", 59_000)
        assert await silent(socket)
        await asks(socket, "subscribe", ["order"])
        places(world, world.alice, "Buy", "0.1", 59_001)

        assert (left["success"], left["req_id"]) == (True, "u")
        assert price(await topic(socket)) == 59_001


async def test_two_sockets_of_an_account_hear_the_same() -> None:
    async with bybit() as world, world.socket(PRIVATE) as one, world.socket(PRIVATE) as two:
        for socket in (one, two):
            await logged_on(world, socket)
            await asks(socket, "subscribe", ["order"])
        places(world, world.alice, "Buy", "0.1", 59_000)

        assert await topic(one) == await topic(two)


async def test_nothing_private_without_a_key() -> None:
    async with bybit() as world, world.socket(PRIVATE) as socket:
        refused = await asks(socket, "subscribe", ["order"], req_id="s")
        places(world, world.alice, "Buy", "0.1", 59_000)

        assert (refused["success"], refused["ret_msg"]) == (False, "Request not authorized")
        assert refused["req_id"] == "s"
        assert await silent(socket)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ((0, "nobody"), "API key is invalid."),
        ((1, 1), "params error: expires has passed"),
        ((2, "0" * 64), "Error sign, please check your signature generation algorithm."),
    ],
)
async def test_a_bad_login_leaves_the_socket_a_strangers(change: tuple[int, Any], text: str) -> None:
    async with bybit() as world, world.socket(PRIVATE) as socket:
        sent = login(world.alice, world.now() + 5_000)
        sent[change[0]] = change[1]
        refused = await asks(socket, "auth", sent)

        assert (refused["success"], refused["ret_msg"], refused["op"]) == (False, text, "auth")
        assert not (await asks(socket, "subscribe", ["order"]))["success"]


async def test_logging_on_twice_changes_nothing_and_as_another_everything() -> None:
    """The topics of an account end when the socket becomes another one's."""
    async with bybit() as world, world.socket(PRIVATE) as socket:
        await logged_on(world, socket)
        await asks(socket, "subscribe", ["order"])
        assert (await logged_on(world, socket))["success"]
        places(world, world.alice, "Buy", "0.1", 59_000)
        assert (await topic(socket))["topic"] == "order"

        assert (await logged_on(world, socket, world.bob))["success"]
        places(world, world.alice, "Buy", "0.1", 59_001)
        assert await silent(socket)
        await asks(socket, "subscribe", ["order"])
        places(world, world.bob, "Buy", "0.1", 59_002)
        assert price(await topic(socket)) == 59_002


async def test_a_key_that_is_deleted_ends_its_topics_with_the_next_request() -> None:
    """The socket hears that the key is none, nothing more of the account, and that it is over."""
    async with bybit() as world, world.socket(PRIVATE) as socket:
        await logged_on(world, socket)
        await asks(socket, "subscribe", ["order"])
        world.keys.remove(world.alice.api_key)
        revoked = await asks(socket, "ping")
        places(world, world.alice, "Buy", "0.1", 59_000)

        assert (revoked["success"], revoked["op"]) == (False, "auth")
        assert (await socket.receive(timeout=5)).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}


async def test_a_ping_is_answered_with_the_time() -> None:
    async with bybit() as world, world.socket(PRIVATE) as socket:
        pong = await asks(socket, "ping", req_id="p")

        assert (pong["op"], pong["req_id"], list(pong)) == ("pong", "p", ["req_id", "op", "args", "conn_id"])


async def test_a_client_that_reads_late_hears_everything_in_order() -> None:
    async with bybit() as world, world.socket(PRIVATE) as socket:
        await logged_on(world, socket)
        await asks(socket, "subscribe", ["order"])
        for n in range(200):
            places(world, world.alice, "Buy", "0.001", 59_000 + n)
        await asyncio.sleep(0.05)

        assert [price(await hear(socket)) for _ in range(200)] == [59_000 + n for n in range(200)]
