"""What a run cost: weights given back, peaks, what was turned away, what is not served; and bans over the wire."""

from typing import Any

import aiohttp
import msgspec

from simexchange.core.vocabulary.units import DAY, MINUTE, SECOND, Nanos
from simexchange.dialects.binance.spot import freecalls
from simexchange.dialects.binance.spot.methods import METHODS
from simexchange.dialects.binance.spot.routes import ROUTES
from simexchange.gateway.budget import Budget, report
from simexchange.gateway.ratelimits import LimitMode, RateLimits
from simexchange.gateway.venues import VENUES
from tests.gateway.real import limit, trading
from tests.gateway.test_sockets import _move_wall
from tests.gateway.toy import signed
from tests.gateway.world import Served, hear, served

SPOT = VENUES["binance"].mounts["spot"].limits
USED = "X-MBX-USED-WEIGHT-1M"


def test_the_most_in_a_minute_is_kept_beside_the_sum() -> None:
    """Three calls in one minute, one in the next."""
    budget = Budget(RateLimits())
    for wall in (0, SECOND, 59 * SECOND, MINUTE):
        budget.spend("spot", SPOT, "GET", "/api/v3/depth", 5, wall)

    ((product, call, spent),) = budget.calls()

    assert (product, call) == ("spot", "GET /api/v3/depth")
    assert (spent.calls, spent.weight, spent.most_calls, spent.most_weight) == (4, 20, 3, 15)


def test_a_report_names_limits_calls_and_what_is_not_served() -> None:
    """The heaviest call first."""
    limits = RateLimits()
    budget = Budget(limits)
    budget.spend("spot", SPOT, "GET", "/api/v3/time", 1, 0)
    budget.spend("spot", SPOT, "GET", "/api/v3/account", 20, 0)
    budget.refuse("spot", SPOT, "GET", "/api/v3/account")
    limits.spend(SPOT, "here", 21, 0)

    lines = [line.split() for line in report(budget, {"GET /api/v3/nothing": 2})]

    assert lines[1] == ["spot", "weight", "1M", "21", "of", "6,000"]
    assert lines[5] == ["spot", "GET", "/api/v3/account", "1", "20", "1", "20", "1"]
    assert lines[6] == ["spot", "GET", "/api/v3/time", "1", "1", "1", "1"]
    assert lines[-1] == ["2", "x", "GET", "/api/v3/nothing"]


def test_the_table_of_free_calls_names_calls_that_are_served() -> None:
    assert {(route.method, route.path) for route in ROUTES} >= freecalls.ROUTES
    assert {method.name for method in METHODS} >= freecalls.METHODS


async def _used(world: Served, method: str, path: str, **params: Any) -> tuple[int, int]:
    """Status and used weight of a signed call."""
    query = signed(world.alice.secret, **{**params, "timestamp": world.now()})
    headers = {"X-MBX-APIKEY": world.alice.api_key}
    async with world.session.request(method, f"{world.url}{path}?{query}", headers=headers) as answer:
        return answer.status, int(answer.headers[USED])


async def test_a_spot_order_weighs_only_where_it_fails() -> None:
    """Since 2026-04-02 (spot change log): placed and canceled for nothing, refused for one; a question as ever."""
    async with trading() as world:
        _, begin = await _used(world, "GET", "/api/v3/openOrders", symbol="BTCUSDT")
        placed = await _used(world, "POST", "/api/v3/order", **limit("BUY", "0.01", "59000", newClientOrderId="a"))
        refused = await _used(world, "POST", "/api/v3/order", **limit("BUY", "50", "59000"))
        canceled = await _used(world, "DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="a")
        again = await _used(world, "DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="a")
        async with world.socket("/ws-api/v3") as socket:
            sent = world.params(**limit("BUY", "0.01", "59000"))
            await socket.send_str(msgspec.json.encode({"id": 1, "method": "order.place", "params": sent}).decode())
            reply = await hear(socket)
        asked = await world.control("GET", "/budget")

    assert begin == 6
    assert [placed, refused, canceled, again] == [(200, 6), (400, 7), (200, 7), (400, 8)]
    assert reply["status"] == 200
    assert reply["rateLimits"][0]["count"] == 8 + 2
    rows = {row["call"]: (row["calls"], row["weight"]) for row in asked["calls"]}
    assert rows["POST /api/v3/order"] == (2, 1)
    assert rows["DELETE /api/v3/order"] == (2, 1)
    assert rows["WS order.place"] == (1, 0)
    assert rows["WS connection"] == (1, 2)
    assert {"pool": "spot", "limit": "orders 10S", "allowed": 100, "most": 2} in asked["limits"]


async def test_going_on_after_429_earns_a_ban_that_is_lifted_and_grows() -> None:
    """Over the wire, with a wall clock moved by hand: 429 with Retry-After, 418, patience, 418 for longer."""
    async with served(rate_limits=LimitMode.STRICT) as world:
        calls = world.server.calls
        begun = calls.wall()
        begun = Nanos(begun - begun % MINUTE)
        seen: list[tuple[int, int]] = []
        for minute in (0, 10):
            _move_wall(world, begun + minute * MINUTE - world.exchange.clock.wall.now())
            assert await world.status("/api/v3/hello") == 200
            calls.limits.spend(SPOT, "127.0.0.1", SPOT.weight, calls.wall())
            for _ in range(21):
                async with world.session.get(world.url + "/api/v3/hello") as answer:
                    body = await answer.json()
                    seen.append((answer.status, int(answer.headers["Retry-After"])))
                    assert body["code"] == -1003
        banned = body
        _move_wall(world, begun + 10 * MINUTE + 4 * MINUTE + 5 * SECOND - world.exchange.clock.wall.now())
        free = await world.status("/api/v3/hello")
        asked = await world.control("GET", "/budget")

    first, second = seen[:21], seen[21:]
    assert [status for status, _ in first] == [429] * 20 + [418]
    assert [status for status, _ in second] == [429] * 20 + [418]
    assert 110 <= first[-1][1] <= 120
    assert 230 <= second[-1][1] <= 240
    assert all(1 <= wait <= 60 for status, wait in seen if status == 429)
    assert banned["msg"].startswith("Way too much request weight used; IP banned until ")
    assert free == 200
    (row,) = asked["calls"]
    assert (row["call"], row["calls"], row["refused"]) == ("GET /api/v3/hello", 3, 42)


async def test_a_websocket_api_says_when_to_come_back_and_disconnects_who_is_banned() -> None:
    """``data`` as documented for status 418 ("IP limits", 2026-07-21); a ban closes the connection."""
    async with served(rate_limits=LimitMode.STRICT) as world, world.socket("/ws-api/v3") as socket:
        calls = world.server.calls
        calls.limits.spend(SPOT, "127.0.0.1", SPOT.weight, calls.wall())
        replies = []
        for number in range(21):
            await socket.send_str(f'{{"id":{number},"method":"hello"}}')
            replies.append(await hear(socket))
        end = await socket.receive(timeout=5)
        try:
            await world.session.ws_connect(f"{world.ws_url}/ws-api/v3")
            again = 101
        except aiohttp.WSServerHandshakeError as refused:
            again = refused.status

    assert [reply["status"] for reply in replies] == [429] * 20 + [418]
    for reply in replies:
        data = reply["error"]["data"]
        assert set(data) == {"serverTime", "retryAfter"}
        assert data["serverTime"] < data["retryAfter"] <= data["serverTime"] + 120_000
        assert reply["rateLimits"][0]["count"] >= SPOT.weight
    assert str(replies[-1]["error"]["data"]["retryAfter"]) in replies[-1]["error"]["msg"]
    assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, 1008)
    assert again == 418


async def test_what_is_no_request_weighs_one_and_says_so() -> None:
    """A failed response carries the counts, too ("Response format", 2026-07-21); unknown methods are listed."""
    async with trading() as world:
        async with world.socket("/ws-api/v3") as socket:
            counts = []
            for text in ("{", '{"id":1,"method":"order.shout"}', '{"id":2,"method":"v3/time","params":{"x":1}}',
                         '{"id":3,"method":"time","params":{"x":1,"returnRateLimits":false}}'):  # fmt: skip
                await socket.send_str(text)
                reply = await hear(socket)
                assert reply["status"] == 400
                counts.append(reply["rateLimits"][0]["count"] if "rateLimits" in reply else None)
        health = await world.control("GET", "/health")
        asked = await world.control("GET", "/budget")

    assert counts == [3, 4, 5, None]
    assert health["unserved_calls"] == [{"call": "WS order.shout", "count": 1}]
    rows = {row["call"]: (row["calls"], row["weight"]) for row in asked["calls"]}
    assert rows == {"WS connection": (1, 2), "WS no method": (2, 2), "WS time": (2, 2)}


async def test_what_is_no_letter_in_the_name_of_a_call_moves_nobodys_cursor() -> None:
    """The list is printed when the exchange ends: one call is one line, and has no colours of its own."""
    async with trading() as world:
        async with world.socket("/ws-api/v3") as socket:
            await socket.send_str('{"id":1,"method":"a\\u001b[2Jb\\ncü"}')
            await hear(socket)
        health = await world.control("GET", "/health")

    assert health["unserved_calls"] == [{"call": "WS a?[2Jb?cü", "count": 1}]


async def test_opening_a_futures_websocket_api_weighs_five() -> None:
    """Two on spot ("IP limits"), five on derivatives ("WebSocket API General Info", seen 2026-11)."""
    async with trading() as world:
        counts = []
        for path, method in (("/ws-api/v3", "time"), ("/ws-fapi/v1", "ticker.price")):
            async with world.socket(path) as socket:
                await socket.send_str(f'{{"id":1,"method":"{method}"}}')
                counts.append((await hear(socket))["rateLimits"][0]["count"])

    assert counts == [2 + 1, 5 + 2]


async def test_a_day_is_long_enough_for_every_window() -> None:
    """A limit's window divides the day, so that counts begin anew at midnight as the venue's do."""
    for mount in VENUES["binance"].mounts.values():
        assert all(DAY % each.window == 0 for each in mount.limits.orders)


async def test_calls_of_the_wallet_are_limited_each_by_itself() -> None:
    """12,000 a minute of an address, 180,000 of an account; other calls' weight is left alone, and so is theirs."""
    async with trading(rate_limits=LimitMode.STRICT) as world:
        headers = []
        for method, path, params in (
            ("GET", "/sapi/v1/capital/config/getall", {}),
            ("GET", "/sapi/v1/capital/config/getall", {}),
            ("GET", "/sapi/v1/asset/tradeFee", {}),
            ("POST", "/sapi/v1/asset/transfer", {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "1"}),
        ):
            query = signed(world.alice.secret, **{**params, "timestamp": world.now()})
            key = {"X-MBX-APIKEY": world.alice.api_key}
            async with world.session.request(method, f"{world.url}{path}?{query}", headers=key) as answer:
                assert answer.status == 200, await answer.text()
                headers.append({name: int(value) for name, value in answer.headers.items() if "WEIGHT" in name})
        for _ in range(599):
            world.server.calls.limits.spend(
                world.server.calls._alone_limits["POST", "/sapi/v1/asset/transfer"],
                f"account {world.alice.account}", 300, world.server.calls.wall(),
            )  # fmt: skip
        more: dict[str, Any] = {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "1"}
        await world.sign("POST", "/sapi/v1/asset/transfer", status=429, **more)
        await world.sign("POST", "/sapi/v1/asset/transfer", key=world.bob, **more)
        _, used = await _used(world, "GET", "/api/v3/openOrders", symbol="BTCUSDT")

    ip, uid = "X-SAPI-USED-IP-WEIGHT-1M", "X-SAPI-USED-UID-WEIGHT-1M"
    assert headers == [{ip: 10}, {ip: 20}, {ip: 1}, {uid: 300}]
    assert used == 6
