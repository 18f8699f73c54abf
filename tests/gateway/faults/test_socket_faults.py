"""Sockets that end, fall silent, trickle, or are not let in, to a client that is nothing but sockets."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from simexchange.core.vocabulary.units import SECOND
from simexchange.eventlog.recheck import recheck
from tests.gateway.faults.streaming import end_of, news, order, places, reports, silent
from tests.gateway.real import trading
from tests.gateway.world import Served, hear, served

DEPOSITS = "/spot/ws/deposits"


@pytest.mark.parametrize(
    "params, seen",
    [
        ({}, ("CLOSE", 1001)),
        ({"code": 1008}, ("CLOSE", 1008)),
        ({"how": "end"}, ("CLOSED", 1006)),
        ({"how": "cut"}, ("CLOSED", 1006)),
    ],
)
async def test_a_socket_ends_after_a_message(params: dict[str, Any], seen: tuple[str, int]) -> None:
    """After the second one, which still comes."""
    async with served(faults=()) as world, world.socket(DEPOSITS, autoclose=False) as socket:
        world.server.faults.add("close", after=1, times=1, **params)
        for units in (1, 2, 3):
            await world.deposit(units)

        assert [(await hear(socket))["amount"] for _ in range(2)] == [1, 2]
        assert await end_of(socket) == seen

        assert places(world) == [("close", "stream", 1, "out", 2)]
        recheck(world.log)


async def test_an_api_socket_ends_behind_its_reply() -> None:
    async with served(faults=()) as world, world.socket("/ws-api/v3", autoclose=False) as socket:
        world.server.faults.add("close", channel="api", match="hello", after=1, times=1)
        for number in (1, 2):
            await socket.send_json({"id": number, "method": "hello"})

        assert [(await hear(socket))["id"] for _ in range(2)] == [1, 2]
        assert await end_of(socket) == ("CLOSE", 1001)
        assert places(world) == [("close", "api", 1, "out", 2)]


@pytest.mark.parametrize("path", [DEPOSITS, "/ws-api/v3"])
async def test_a_socket_ends_right_after_its_handshake(path: str) -> None:
    async with served(faults=()) as world:
        world.server.faults.add("close", where="open", times=1)
        async with world.socket(path, autoclose=False) as first:
            assert await end_of(first) == ("CLOSE", 1001)
        async with world.socket(path) as second:
            assert await silent(second)

        assert places(world) == [("close", "api" if "api" in path else "stream", 1, "open", 0)]


async def test_every_socket_there_is_ends_now() -> None:
    async with served(faults=()) as world, world.socket(DEPOSITS) as one, world.socket(DEPOSITS) as other:
        await world.deposit(1)
        await hear(one)
        world.server.faults.add("close", where="now", code=1012)

        assert [await end_of(socket) for socket in (one, other)] == [("CLOSE", 1012)] * 2

        async with world.socket(DEPOSITS) as later:
            assert await silent(later)
        assert places(world) == [("close", "stream", 1, "out", 1), ("close", "stream", 2, "out", 1)]


async def test_what_is_to_happen_now_waits_for_the_first_socket() -> None:
    async with served(faults=()) as world:
        world.server.faults.add("close", where="now")
        async with world.socket(DEPOSITS) as socket:
            world.server.sockets.beat()

            assert await end_of(socket) == ("CLOSE", 1001)

        assert places(world) == [("close", "stream", 1, "open", 0)]


async def test_a_day_is_over_at_once_and_announced_where_the_venue_does() -> None:
    async with served(faults=()) as world, world.socket(DEPOSITS) as socket:
        world.server.faults.add("day_over", where="now", notice="50ms")

        assert (await hear(socket))["e"] == "serverShutdown"
        assert await end_of(socket) == ("CLOSE", 1001)


async def test_a_half_open_socket_stays_and_says_nothing() -> None:
    """No message, no pong, no ping, no end, whatever the client says and however long it waits."""
    async with served(faults=()) as world, world.socket(DEPOSITS, autoping=False) as socket:
        world.server.faults.add("silence", times=1)
        await world.deposit(1)
        assert (await hear(socket))["amount"] == 1
        await world.deposit(2)
        await socket.ping(b"are you there")
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        _let_pass(world, 3_600)
        world.server.sockets.beat()

        assert await silent(socket)
        assert not socket.closed
        assert world.server.sockets.count == 1
        assert places(world) == [("silence", "stream", 1, "out", 1)]


async def test_after_an_interruption_everything_comes() -> None:
    async with served(faults=()) as world, world.socket(DEPOSITS) as socket:
        world.server.faults.add("silence", where="now", lasting="400ms")
        await _struck(world)
        await world.deposit(1)
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        assert await silent(socket)

        heard = [await hear(socket), await hear(socket)]

    assert {"amount": 1, "pad": "", "seq": heard[0].get("seq")} in heard
    assert {"result": ["deposits"], "id": 1} in heard


async def test_a_half_open_api_socket_hears_orders_where_only_the_way_back_is_broken() -> None:
    async with trading(faults=()) as world, world.socket("/ws-api/v3") as deaf, world.socket("/ws-api/v3") as mute:
        world.server.faults.add("silence", channel="api", connection=1, where="now")
        world.server.faults.add("silence", channel="api", connection=2, where="now", deaf=False)
        await _struck(world)
        for socket, price in ((deaf, "50000"), (mute, "50001")):
            params = world.params(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01",
                                  price=price)  # fmt: skip
            await socket.send_json({"id": 1, "method": "order.place", "params": params})
            assert await silent(socket)

        open_orders = await world.sign("GET", "/api/v3/openOrders")

    assert [row["price"] for row in open_orders] == ["50001.00000000"]


async def test_a_slow_link_trickles() -> None:
    """Two hundred thousand bytes at a million a second."""
    async with served(faults=()) as world, world.socket("/spot/ws/big") as socket:
        world.server.faults.add("slow", where="now", bytes_per_second=1_000_000)
        await _struck(world)
        began = time.perf_counter()
        await world.deposit(1)
        message = await hear(socket)

    assert len(message["pad"]) == 200_000
    assert 0.15 < time.perf_counter() - began < 5


async def test_a_socket_that_ends_on_a_slow_link_ends_with_whole_frames() -> None:
    async with served(faults=()) as world, world.socket("/spot/ws/big") as socket:
        world.server.faults.add("slow", where="now", bytes_per_second=50_000)
        await _struck(world)
        await world.deposit(1)
        await asyncio.sleep(0.1)
        world.server.faults.add("close", where="now")

        assert len((await hear(socket))["pad"]) == 200_000
        assert await end_of(socket) == ("CLOSE", 1001)


async def test_pongs_that_are_lost_end_a_socket() -> None:
    async with served(faults=()) as world, world.socket(DEPOSITS) as socket:
        world.server.faults.add("pongs_lost", where="now", within="50ms")

        assert await end_of(socket) == ("CLOSE", 1008)


async def test_a_server_that_does_not_ping_does_not_end_a_socket_for_its_silence() -> None:
    async with served(faults=()) as world, world.socket(DEPOSITS, autoping=False) as socket:
        world.server.faults.add("no_pings", where="now")
        await _struck(world)
        for seconds in (20, 100, 200):
            _let_pass(world, seconds)
            world.server.sockets.beat()

        assert await silent(socket)
        assert not socket.closed


async def test_a_listen_key_runs_out_now() -> None:
    """The stream says so and falls silent, a keepalive is refused, and a new key opens a new stream."""
    async with trading(faults=()) as world, news(world) as socket:
        world.server.faults.add("listen_key_expired", where="now")
        last = await hear(socket)
        await order(world, "BUY", "50000")
        headers = {"X-MBX-APIKEY": world.alice.api_key}
        refused = await world.ask(
            "PUT", f"/api/v3/userDataStream?listenKey={last['listenKey']}", headers=headers, status=400
        )

        assert last["e"] == "listenKeyExpired"
        assert refused["code"] == -1125
        assert await silent(socket)
        async with news(world) as again:
            await order(world, "BUY", "50001")
            assert await reports(again, 1) == ["NEW"]


@pytest.mark.parametrize("status, after", [(429, "10"), (503, "")])
async def test_a_handshake_is_refused_and_the_next_one_is_not(status: int, after: str) -> None:
    async with served(faults=()) as world:
        world.server.faults.add("refused", status=status, retry_after=f"{after or 0}s", times=2)
        for _ in range(2):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                await world.session.ws_connect(world.ws_url + DEPOSITS)
            assert refusal.value.status == status
            assert refusal.value.headers is not None
            assert refusal.value.headers.get("Retry-After", "") == after
        async with world.socket(DEPOSITS) as socket:
            await world.deposit(1)
            assert (await hear(socket))["amount"] == 1

        assert places(world) == [("refused", "stream", 1, "open", 0), ("refused", "stream", 2, "open", 0)]


@pytest.mark.parametrize("how, times", [("cut", 2), ("hang", 1)])
async def test_a_handshake_has_no_answer(how: str, times: int) -> None:
    """The client library of these tests tries once more by itself where a connection is reset."""
    async with served(faults=()) as world:
        world.server.faults.add("refused", how=how, times=times)
        with pytest.raises((aiohttp.ClientError, TimeoutError)):
            await asyncio.wait_for(world.session.ws_connect(world.ws_url + DEPOSITS), 0.4)
        async with world.socket(DEPOSITS) as socket:
            assert await silent(socket)


async def test_only_the_sockets_a_rule_names_are_struck() -> None:
    async with trading(faults=()) as world, news(world) as alice, news(world, world.bob) as bob:
        world.server.faults.add("close", channel="user", account="bob", where="now")

        assert await end_of(bob) == ("CLOSE", 1001)
        assert await silent(alice)


async def test_a_stream_that_ends_by_a_fault_cancels_where_the_account_wants_that() -> None:
    """A fault is as real to the exchange as to the client: cancel on disconnect sees the socket go."""
    async with served(faults=()) as world, world.socket(DEPOSITS) as socket:
        world.server.faults.add("close", where="now", how="cut")
        await end_of(socket)
        async with asyncio.timeout(5):
            while world.server.sockets.count:  # noqa: ASYNC110 - sockets tell nobody
                await asyncio.sleep(0.01)


async def _struck(world: Served) -> None:
    """Until what was to happen at once has happened."""
    faults = world.server._socket_faults
    assert faults is not None
    await asyncio.gather(*faults.striking)


def _let_pass(world: Served, seconds: int) -> None:
    """Let the gateway see a wall clock so far ahead of the true one."""
    true = world.exchange.clock.wall.now
    world.server.calls.wall = lambda: true() + seconds * SECOND  # type: ignore[return-value, assignment]
