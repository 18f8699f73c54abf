"""What a faulted request hears: the venue's own words for each product, a proxy's page, limits that grow teeth."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from yarl import URL

from simexchange.core.vocabulary.units import Nanos
from simexchange.gateway.faults.kinds import Value
from simexchange.gateway.faults.plan import rule_of
from simexchange.gateway.faults.throttling import Throttle
from tests.gateway.faults.test_requests import accepted, applied, buy
from tests.gateway.real import limit, trading
from tests.gateway.world import Served

SPOT, FUTURES = "/api/v3/order", "/fapi/v1/order"


async def answer(world: Served, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a plain request."""
    async with world.session.request(method, URL(world.url + path, encoded=True)) as response:
        return response.status, dict(response.headers), await response.read()


async def place(world: Served, path: str, status: int) -> Any:
    return await world.sign("POST", path, status=status, **limit("BUY", "0.01", "50000"))


@pytest.mark.parametrize("where", ["in", "out"])
async def test_of_unknown_status_spot_says_1007_and_only_the_log_knows(where: str) -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("unknown_status", where=where, times=1)
        heard = await place(world, SPOT, 503)
        assert heard["code"] == -1007
        assert heard["msg"].endswith("execution status unknown.")
        assert accepted(world) == (1 if where == "out" else 0)


async def test_of_unknown_status_futures_say_it_without_a_code() -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("unknown_status", times=1)
        heard = await place(world, FUTURES, 503)
        assert heard["msg"] == "Unknown error, please check your request or try again later."
        assert (heard["path"], "code" in heard) == (FUTURES, False)
        assert accepted(world) == 1


@pytest.mark.parametrize(
    ("kind", "path", "code"),
    [
        ("unavailable", SPOT, -1001),
        ("unavailable", FUTURES, None),
        ("overloaded", SPOT, -1008),
        ("overloaded", FUTURES, -1008),
    ],
)
async def test_a_503_that_was_not_done(kind: str, path: str, code: int | None) -> None:
    async with trading(faults=()) as world:
        world.server.faults.add(kind, times=1)
        heard = await place(world, path, 503)
        assert heard.get("code") == code
        assert accepted(world) == 0
        await place(world, path, 200)


@pytest.mark.parametrize("status", [403, 502, 504])
async def test_a_proxy_answers_with_a_page(status: int) -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("proxy_error", status=status, times=1)
        heard, headers, body = await answer(world, "/api/v3/time")
        assert heard == status
        assert headers["Content-Type"].startswith("text/html")
        assert f"<h1>{status} ".encode() in body


async def test_limits_grow_teeth() -> None:
    async with trading(faults=()) as world:
        world.server.faults.add(
            "too_many_requests", times=1, match="GET /api/v3/time", retry_after="30s", patience=2, ban="90s"
        )
        heard = [await answer(world, "/api/v3/time") for _ in range(5)]
        assert [status for status, _, _ in heard] == [429, 429, 418, 418, 418]
        waits = [int(headers["Retry-After"]) for _, headers, _ in heard]
        assert waits[0] == 30
        assert 20 <= waits[1] <= 30
        assert waits[2] == 90
        assert 80 <= waits[4] <= 90
        assert msgspec.json.decode(heard[0][2])["code"] == -1003
        assert re.search(r"IP banned until \d{13}\.", msgspec.json.decode(heard[2][2])["msg"])
        assert (await answer(world, "/api/v3/ping"))[0] == 200
        assert [fault.ordinal for fault in applied(world)] == [1, 2, 3, 4, 5]


def test_who_waits_is_heard_again_and_each_ban_is_twice_as_long() -> None:
    params = rule_of(
        {"kind": "too_many_requests", "retry_after": "10s", "patience": 1, "ban": "60s"}, "here"
    ).params  # fmt: skip
    throttle, second = Throttle(), 1_000_000_000

    def waits(told: Mapping[str, Value] | None) -> tuple[Value, int] | None:
        return None if told is None else (told["status"], int(told["retry_after"]) // second)

    assert waits(throttle.begin(params, 0)) == (429, 10)
    assert throttle.goes_on(params, 10 * second) is None
    assert waits(throttle.begin(params, 20 * second)) == (429, 10)
    assert waits(throttle.goes_on(params, 23 * second)) == (418, 60)
    assert waits(throttle.goes_on(params, 43 * second)) == (418, 40)
    assert throttle.goes_on(params, 83 * second) is None
    assert waits(throttle.begin(params, 100 * second)) == (429, 10)
    assert waits(throttle.goes_on(params, 101 * second)) == (418, 120)


async def test_in_maintenance_only_the_status_is_told() -> None:
    async with trading(faults=()) as world:
        name = world.server.faults.add("maintenance")
        assert await world.ask("GET", "/sapi/v1/system/status") == {"status": 1, "msg": "system_maintenance"}
        assert (await buy(world, status=503))["msg"] == "System is under maintenance."
        world.server.faults.remove(name)
        assert (await world.ask("GET", "/sapi/v1/system/status"))["status"] == 0
        await buy(world)


async def test_a_wrong_clock_tells_the_wrong_time_and_refuses_the_right_one() -> None:
    async with trading(faults=(), timestamp_policy="strict") as world:
        world.server.faults.add("clock_skew", skew="-10s")
        before = world.now()
        told = (await world.ask("GET", "/api/v3/time"))["serverTime"]
        assert before - 12_000 <= told <= world.now() - 9_900
        assert (await buy(world, status=400))["code"] == -1021
        await buy(world, timestamp=world.now() - 10_000)


async def test_read_lag_does_not_find_an_order_until_it_is_old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    async with trading(faults=(), timestamp_policy="ignore") as world:
        wall, ahead = world.exchange.clock.wall.now, [0]
        monkeypatch.setattr(world.exchange.clock.wall, "now", lambda: Nanos(wall() + ahead[0]))
        world.server.faults.add("read_lag", lag="60s")
        await buy(world, newClientOrderId="mine")
        mine: dict[str, Any] = {"symbol": "BTCUSDT", "origClientOrderId": "mine"}
        assert (await world.sign("GET", SPOT, status=400, **mine))["code"] == -2013
        assert await world.sign("GET", "/api/v3/openOrders", symbol="BTCUSDT") == []
        account = await world.sign("GET", "/api/v3/account")
        assert all(float(row["locked"]) == 0 for row in account["balances"])
        ahead[0] = 61 * 10**9
        assert (await world.sign("GET", SPOT, **mine))["status"] == "NEW"
        assert len(await world.sign("GET", "/api/v3/openOrders", symbol="BTCUSDT")) == 1
        assert {fault.kind for fault in applied(world)} == {"read_lag"}
