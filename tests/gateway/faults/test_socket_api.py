"""Faults of WebSocket API requests and replies."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from simexchange.gateway.server import new_event_loop
from tests.gateway.faults.test_requests import accepted, applied
from tests.gateway.real import limit, trading
from tests.gateway.world import Served, hear

API = "/ws-api/v3"


async def ask(world: Served, socket: Any, name: str, number: int, **params: Any) -> None:
    await socket.send_json({"id": number, "method": name, "params": world.params(**params) if params else {}})


async def order(world: Served, socket: Any, number: int) -> None:
    await ask(world, socket, "order.place", number, **limit("BUY", "0.01", "50000"))


async def test_requests_and_replies_are_counted_by_socket() -> None:
    async with trading(faults=()) as world, world.socket(API) as one, world.socket(API) as two:
        world.server.faults.add("error", status=400, code=-1, text="No.", connection=2, ordinal=2)
        for number, socket in ((1, one), (2, one), (1, two), (2, two)):
            await ask(world, socket, "ping", number)
        assert [(await hear(one))["status"] for _ in range(2)] == [200, 200]
        assert (await hear(two))["status"] == 200
        assert await hear(two) == {"id": 2, "status": 400, "error": {"code": -1, "msg": "No."}}
        (fault,) = applied(world)
        assert (fault.channel, fault.name, fault.connection, fault.direction, fault.ordinal) == (
            "api", "ping", 2, "in", 2,
        )  # fmt: skip


async def test_a_reply_that_never_comes_was_an_order_all_the_same() -> None:
    async with trading(faults=()) as world, world.socket(API) as socket:
        world.server.faults.add("timeout_unknown_status", channel="api", times=1)
        await order(world, socket, 1)
        await ask(world, socket, "ping", 2)
        assert (await hear(socket))["id"] == 2
        assert accepted(world) == 1
        (fault,) = applied(world)
        assert (fault.name, fault.direction, fault.ordinal, fault.account) == ("order.place", "out", 1, world.account)


async def test_a_request_that_is_lost_was_none() -> None:
    async with trading(faults=()) as world, world.socket(API) as socket:
        world.server.faults.add("timeout_not_applied", channel="api", times=1)
        await order(world, socket, 1)
        await ask(world, socket, "ping", 2)
        assert (await hear(socket))["id"] == 2
        assert accepted(world) == 0


@pytest.mark.parametrize(("kind", "orders"), [("reset_before", 0), ("reset_after", 1)])
async def test_the_socket_is_reset(kind: str, orders: int) -> None:
    async with trading(faults=()) as world, world.socket(API) as socket:
        world.server.faults.add(kind, match="orders", times=1)
        await order(world, socket, 1)
        message = await socket.receive(timeout=5)
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert accepted(world) == orders


@pytest.mark.parametrize(("where", "orders"), [("in", 0), ("out", 1)])
async def test_unknown_status_leaves_it_open(where: str, orders: int) -> None:
    async with trading(faults=()) as world, world.socket(API) as socket:
        world.server.faults.add("unknown_status", where=where, times=1)
        await order(world, socket, 7)
        heard = await hear(socket)
        assert (heard["id"], heard["status"], heard["error"]["code"]) == (7, 503, -1007)
        assert accepted(world) == orders


async def test_what_is_no_request_is_answered_as_without_a_plan() -> None:
    odd = [
        "no json", "[]", "{}", '{"id":{}}', '{"id":1,"method":5}', '{"id":1,"method":"no\\u001bsuch"}', '{"id":"x"',
        '{"id":1,"method":"ping","params":[]}', '{"id":1,"method":"ping","params":{"apiKey":{}}}',
        '{"id":1,"method":"' + "m" * 5_000 + '"}',
    ]  # fmt: skip
    heard = []
    for faults in (None, ()):
        async with trading(faults=faults) as world, world.socket(API) as socket:
            if faults is not None:
                world.server.faults.add("latency", channel="api", where="in", delay="0s")
            for text in odd:
                await socket.send_str(text)
            heard.append([{**await hear(socket), "rateLimits": None} for _ in odd])
            names = [fault.name for fault in applied(world)]
    assert heard[0] == heard[1]
    assert max(map(len, names)) == 100
    assert all(name.isprintable() for name in names)


def test_on_the_loop_that_is_served_on_a_socket_is_reset_too() -> None:
    """Transports of uvloop, where it is there, are no subclasses of the standard library's."""

    async def scene() -> None:
        async with trading(faults=()) as world, world.socket(API) as socket:
            world.server.faults.add("reset_after", match="orders", channel="api", times=1)
            world.server.faults.add("timeout_unknown_status", channel="rest", how="cut", times=1)
            await order(world, socket, 1)
            assert (await socket.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
            with pytest.raises(aiohttp.ClientError):
                await world.sign("POST", "/api/v3/order", **limit("BUY", "0.01", "50000"))
            assert accepted(world) == 2

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(scene())


async def test_late_requests_keep_their_order() -> None:
    async with trading(faults=()) as world, world.socket(API) as socket:
        world.server.faults.add("latency", channel="api", where="in", delay="80ms", times=1)
        began = time.perf_counter()
        for number in (1, 2, 3):
            await ask(world, socket, "ping", number)
        assert [(await hear(socket))["id"] for _ in range(3)] == [1, 2, 3]
        assert time.perf_counter() - began >= 0.08


async def test_limits_tell_how_long_in_the_body() -> None:
    async with trading(faults=()) as world, world.socket(API) as socket:
        world.server.faults.add("too_many_requests", channel="api", times=1, retry_after="5s", patience=1)
        for number in (1, 2):
            await ask(world, socket, "ping", number)
        first, second = await hear(socket), await hear(socket)
        assert (first["status"], second["status"]) == (429, 418)
        data = first["error"]["data"]
        assert data["retryAfter"] - data["serverTime"] == 5_000


async def test_a_late_reply_comes_after_the_stream_has_told() -> None:
    async with trading(faults=()) as world, world.socket(API) as socket:
        await ask(world, socket, "userDataStream.subscribe.signature", 1, recvWindow=5000)
        assert (await hear(socket))["status"] == 200
        world.server.faults.add("late_reply", channel="api", event="executionReport", times=1)
        await order(world, socket, 2)
        heard = [await hear(socket) for _ in range(3)]
        assert [message.get("id") for message in heard].index(2) > 0
        assert heard[0]["event"]["e"] == "executionReport"


async def test_on_rest_a_late_reply_waits_for_the_private_stream_of_another_socket() -> None:
    async with trading(faults=()) as world, world.socket(API) as socket:
        await ask(world, socket, "userDataStream.subscribe.signature", 1, recvWindow=5000)
        assert (await hear(socket))["status"] == 200
        world.server.faults.add("late_reply", event="executionReport", at_most="30s", times=1)
        began = time.perf_counter()
        await world.sign("POST", "/api/v3/order", **limit("BUY", "0.01", "50000"))
        assert time.perf_counter() - began < 20
        assert (await hear(socket))["event"]["e"] == "executionReport"


async def test_a_late_reply_waits_no_longer_than_it_may() -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("late_reply", at_most="100ms", times=1)
        began = time.perf_counter()
        await world.sign("POST", "/api/v3/order", **limit("BUY", "0.01", "50000"))
        assert time.perf_counter() - began >= 0.1
