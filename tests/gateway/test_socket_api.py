"""The WebSocket API: calls over a socket, and private streams that come with it."""

from typing import Any

import aiohttp
import msgspec
import pytest

from tests.gateway.world import hear, served


async def _call(socket: aiohttp.ClientWebSocketResponse, method: str, **params: Any) -> Any:
    await socket.send_str(msgspec.json.encode({"id": method, "method": method, "params": params}).decode())
    return await hear(socket)


async def test_a_call_is_answered_with_its_id_and_the_rate_limits() -> None:
    """Connecting weighs 2, the call 2."""
    async with served() as world, world.socket("/ws-api/v3") as socket:
        reply = await _call(socket, "hello", name="you")

    assert (reply["id"], reply["status"], reply["result"]) == ("hello", 200, {"hello": "you"})
    assert reply["rateLimits"][0]["count"] == 4


@pytest.mark.parametrize(
    "path, params, shown",
    [
        ("/ws-api/v3", {}, True),
        ("/ws-api/v3", {"returnRateLimits": False}, False),
        ("/ws-api/v3?returnRateLimits=false", {}, False),
        ("/ws-api/v3?returnRateLimits=false", {"returnRateLimits": True}, True),
    ],
)
async def test_rate_limits_are_left_out_on_wish(path: str, params: dict[str, Any], shown: bool) -> None:
    async with served() as world, world.socket(path) as socket:
        reply = await _call(socket, "hello", **params)

    assert ("rateLimits" in reply) is shown


async def test_a_signed_call_is_carried_out_and_counted() -> None:
    async with served() as world, world.socket("/ws-api/v3") as socket:
        reply = await _call(socket, "deposit", **world.params(units=7))

        orders = [limit for limit in reply["rateLimits"] if limit["rateLimitType"] == "ORDERS"]
        counts = {limit["interval"]: limit["count"] for limit in orders}
        assert reply["result"] == {"seq": world.exchange.seq}
        assert counts == {"SECOND": 1, "DAY": 1}
        assert world.exchange.state.accounts[world.account].free("spot", "USDT") == 7


async def test_calls_in_one_burst_are_answered_in_order() -> None:
    async with served() as world, world.socket("/ws-api/v3") as socket:
        for number in range(20):
            request = {"id": number, "method": "deposit", "params": world.params(units=1)}
            await socket.send_str(msgspec.json.encode(request).decode())

        replies = [await hear(socket) for _ in range(20)]

    assert [reply["id"] for reply in replies] == list(range(20))
    assert sorted(reply["result"]["seq"] for reply in replies) == [reply["result"]["seq"] for reply in replies]


async def test_a_subscription_carries_private_events_with_its_number() -> None:
    async with served() as world, world.socket("/ws-api/v3") as socket:
        first = await _call(socket, "subscribe", **world.params())
        again = await _call(socket, "subscribe", **world.params())
        other = await _call(socket, "subscribe", **world.params(world.bob))
        seq = await world.deposit(key=world.bob)
        events = [await hear(socket), await hear(socket)]
        ended = await _call(socket, "unsubscribe")
        last = [await hear(socket), await hear(socket)]
        await world.deposit()
        silent = await _call(socket, "hello")

    assert first["result"] == {"subscriptionId": 0}
    assert again["result"] == {"subscriptionId": None}
    assert other["result"] == {"subscriptionId": 1}
    assert events == [
        {"subscriptionId": 1, "event": {"e": "deposit", "seq": seq}},
        {"subscriptionId": 1, "event": {"e": "end", "seq": seq}},
    ]
    assert ended["result"] == {"ended": True, "left": []}
    assert [(each["subscriptionId"], each["event"]["e"]) for each in last] == [
        (0, "eventStreamTerminated"),
        (1, "eventStreamTerminated"),
    ]
    assert silent["id"] == "hello"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "5",
        '{"id":1}',
        '{"id":1,"method":5}',
        '{"id":1,"method":"hello","params":[]}',
        '{"id":1,"method":"nothing"}',
        '{"id":{"a":1},"method":"hello"}',
        '{"id":1,"method":"deposit"}',
        '{"id":1,"method":"deposit","params":{"apiKey":"k","timestamp":"x","signature":"y","units":1}}',
        '{"id":1,"method":"deposit","params":{"apiKey":null,"timestamp":1,"signature":"y","units":1}}',
        '{"id":1,"method":"deposit","params":{"apiKey":"\\u00e9","timestamp":1,"signature":"\\u00e9"}}',
    ],
)
async def test_bad_requests_are_the_venues_errors_and_the_socket_lives(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with served() as world, world.socket("/ws-api/v3") as socket:
        seq = world.exchange.seq
        await socket.send_str(text)
        refusal = await hear(socket)
        reply = await _call(socket, "hello")

        assert 400 <= refusal["status"] < 500
        assert refusal["error"]["code"] < -1000
        assert reply["status"] == 200
        assert world.exchange.seq == seq
        assert "unexpectedly" not in caplog.text


async def test_a_bug_in_a_method_is_the_venues_unknown_error(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as world, world.socket("/ws-api/v3") as socket:
        reply = await _call(socket, "boom")

    assert (reply["status"], reply["error"]["code"]) == (500, -1000)
    assert "boom failed unexpectedly" in caplog.text
