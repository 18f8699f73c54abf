"""The same seed and the same requests meet the same faults; what a log tells of is done again at the same messages."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
import pytest

from simexchange.core.invariants import check
from simexchange.core.vocabulary.notes import FaultApplied
from simexchange.core.vocabulary.units import ONE
from simexchange.eventlog.recheck import recheck
from simexchange.feeds.synthetic.draws import stream
from simexchange.gateway.faults import draws
from simexchange.gateway.faults.kinds import ANSWERS, KINDS
from simexchange.gateway.faults.plan import Rule, again, rule_of
from simexchange.gateway.faults.points import Point
from tests.gateway.faults.streaming import news
from tests.gateway.faults.test_requests import applied
from tests.gateway.real import limit, trading
from tests.gateway.toy import signed
from tests.gateway.world import hear

PLAN = (
    rule_of({"kind": "error", "status": 409, "code": -2021, "chance": "0.4", "name": "refused"}, "here"),
    rule_of({"kind": "latency", "delay": "2ms", "distribution": "exponential", "chance": "0.5"}, "here"),
    rule_of({"kind": "unknown_status", "chance": "0.5"}, "here"),
    rule_of({"kind": "unavailable", "every": 3, "after": 2, "channel": "api"}, "here"),
    rule_of({"kind": "drop", "chance": "0.5"}, "here"),
)
Seen = list[tuple[str, int]]
PATIENCE = 5.0
"""Seconds after which no answer will come; here none is waited for in vain."""


async def session(rules: Sequence[Rule]) -> tuple[Seen, list[FaultApplied]]:
    """What a client that always does the same hears, and what the log tells."""
    async with trading(faults=tuple(rules)) as world, world.socket("/ws-api/v3") as socket:
        heard: Seen = []
        for number in range(12):
            for key in (world.alice, world.bob):
                query = limit("BUY", "0.01", "50000", newClientOrderId=f"n{number}")
                heard.append(("order", await status(world, key, query)))
            async with world.session.get(f"{world.url}/api/v3/time") as response:
                heard.append(("time", response.status))
            await socket.send_json({"id": number, "method": "ping"})
            heard.append(("ping", (await hear(socket))["status"]))
        recheck(world.log)
        check(world.exchange.state)
        return heard, applied(world)


async def status(world: Any, key: Any, query: dict[str, Any]) -> int:
    text = signed(key.secret, **query, timestamp=world.now())
    headers = {"X-MBX-APIKEY": key.api_key}
    async with world.session.post(f"{world.url}/api/v3/order?{text}", headers=headers) as response:
        return int(response.status)


def bare(faults: Sequence[FaultApplied]) -> list[tuple[Any, ...]]:
    """What must agree; the rule's name is another when it is done again."""
    return [(f.kind, f.channel, f.name, f.connection, f.direction, f.ordinal, f.account) for f in faults]


async def test_the_same_seed_and_requests_meet_the_same_faults() -> None:
    first, second = await session(PLAN), await session(PLAN)
    assert first[0] == second[0]
    assert first[1] == second[1]
    assert {fault.kind for fault in first[1]} == {"error", "latency", "unknown_status", "unavailable"}


async def test_from_its_log_a_session_is_met_by_the_same_faults_at_the_same_messages() -> None:
    heard, faults = await session(PLAN)
    again_heard, again_faults = await session([again(fault, n) for n, fault in enumerate(faults, 1)])
    assert again_heard == heard
    assert bare(again_faults) == bare(faults)


def test_a_draw_hangs_on_nothing_but_seed_rule_and_place() -> None:
    here = Point("rest", 1, "in", 5, "GET /x")
    key = draws.place(7, "ban", here)
    assert key == stream(7, "fault/ban/rest/1/in")
    assert key != draws.place(8, "ban", here)
    assert key != draws.place(7, "other", here)
    hits = sum(draws.happens(key, ordinal, ONE // 4) for ordinal in range(4_000))
    assert 900 < hits < 1_100
    assert all(draws.happens(key, ordinal, ONE) for ordinal in range(100))
    assert not any(draws.happens(key, ordinal, 0) for ordinal in range(100))


@pytest.mark.parametrize(
    ("distribution", "mean", "spread", "within"),
    [
        ("fixed", 50, 20, (50, 50)),
        ("uniform", 50, 20, (30, 70)),
        ("exponential", 50, 0, (0, 2_000)),
        ("lognormal", 50, 25, (1, 3_000)),
    ],
)
def test_delays_have_the_mean_they_are_asked_for(
    distribution: str, mean: int, spread: int, within: tuple[int, int]
) -> None:
    key = draws.place(1, "slow", Point("rest", 1, "out", 1, "GET /x"))
    unit = 1_000_000
    drawn = [draws.delay(key, k, distribution, mean * unit, spread * unit) for k in range(4_000)]
    assert within[0] * unit <= min(drawn) <= max(drawn) <= within[1] * unit
    assert abs(sum(drawn) / len(drawn) - mean * unit) < 0.06 * mean * unit


async def test_latency_grows_with_what_is_under_way() -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("latency", where="in", delay="300ms", load="300ms")
        await asyncio.gather(*(world.ask("GET", "/api/v3/ping") for _ in range(3)))
        told = [fault.detail for fault in applied(world)]
        assert told == [f'{{"where":"in","delay":"{ms}ms"}}' for ms in (300, 600, 900)]


async def test_windows_counts_and_accounts_say_when() -> None:
    async with trading(faults=()) as world:
        faults = world.server.faults
        faults.add("error", match="GET /api/v3/ping", after=1, every=2, times=2)
        faults.add("error", match="GET /api/v3/time", wall_from="1h")
        faults.add("error", match="GET /api/v3/time", until="2001-01-01T00:00:00Z")
        faults.add("error", match="GET /api/v3/depth", until="1h")
        faults.add("error", match="GET /api/v3/account", account="bob", status=400)
        statuses = [await world.status("/api/v3/ping") for _ in range(7)]
        assert statuses == [200, 500, 200, 500, 200, 200, 200]
        assert await world.status("/api/v3/time") == 200
        assert await world.status("/api/v3/depth?symbol=BTCUSDT") == 500
        await world.sign("GET", "/api/v3/account")
        await world.sign("GET", "/api/v3/account", key=world.bob, status=400)
        assert [(fault.connection, fault.ordinal) for fault in applied(world)][-1] == (3, 1)


async def test_once_storage_has_failed_nothing_is_faulted() -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("error", status=418, match="GET /api/v3/ping")
        world.log.full = True
        await world.sign("POST", "/api/v3/order", status=503, **limit("BUY", "0.01", "50000"))
        assert await world.status("/api/v3/ping") == 200


CASES: dict[str, dict[str, Any]] = {
    "latency": {"distribution": "lognormal", "delay": "10ms", "spread": "5ms", "match": "orders"},
    "error": {"status": 409, "code": -2021, "match": "orders"},
    "proxy_error": {"status": 504, "match": "orders"},
    "unavailable": {"match": "orders"},
    "overloaded": {"match": "orders"},
    "unknown_status": {"where": "in"},
    "timeout_unknown_status": {"how": "cut"},
    "timeout_not_applied": {"how": "cut"},
    "reset_before": {"match": "orders"},
    "reset_after": {"match": "orders"},
    "too_many_requests": {"match": "orders", "retry_after": "60s", "patience": 1},
    "read_lag": {"lag": "60s"},
    "clock_skew": {"skew": "-60s", "match": "orders"},
    "maintenance": {"match": "orders"},
    "late_reply": {"at_most": "20ms"},
    "early_reply": {"lead": "5ms"},
    "shuffled": {"lead": "5ms", "at_most": "20ms"},
    "stale_snapshot": {"age": "60s"},
}
"""A fault of each kind that answers, after the first message it matches."""
ESCALATES = {"too_many_requests"}
BECOMES = {"shuffled": {"early_reply", "late_reply"}}
"""What it is drawn to be, and is in the log."""


def test_there_is_a_case_of_every_kind_that_answers() -> None:
    assert set(CASES) == {kind.name for kind in ANSWERS}


@pytest.mark.parametrize("channel", ["rest", "api"])
@pytest.mark.parametrize("kind", CASES)
async def test_every_kind_is_done_again_to_the_same_request(kind: str, channel: str) -> None:
    if channel not in KINDS[kind].channels:
        pytest.skip("the channel does not have it")
    rule = {"kind": kind, "channel": channel, "after": 1, "times": 1, **CASES[kind]}
    run = over_rest if channel == "rest" else over_api
    heard, told = await run([rule_of(rule, "here")])
    heard_again, told_again = await run([again(fault, number) for number, fault in enumerate(told, 1)])

    assert {fault.kind for fault in told} <= BECOMES.get(kind, {kind})
    assert len(told) == (3 if kind in ESCALATES else 1)
    assert bare(told_again) == bare(told)
    if kind not in ESCALATES:
        # How long is still to be waited is another thing each time.
        assert [fault.detail for fault in told_again] == [fault.detail for fault in told]
    assert heard_again == heard


CALLS = (
    ("POST", "/api/v3/order", "order.place"),
    ("GET", "/api/v3/openOrders", "openOrders.status"),
    ("GET", "/api/v3/depth", "depth"),
)


def asked(method: str, number: int) -> dict[str, Any]:
    """The parameters of one call."""
    return limit("BUY", "0.01", "50000", newClientOrderId=f"n{number}") if method == "POST" else {"symbol": "BTCUSDT"}


async def over_rest(rules: Sequence[Rule]) -> tuple[list[Any], list[FaultApplied]]:
    """Orders and questions by turns; each answer's status and how many rows it has."""
    async with trading(faults=tuple(rules), timestamp_policy="strict") as world, news(world):
        heard: list[Any] = []
        for number in range(4):
            for method, path, _ in CALLS:
                params = asked(method, number)
                query = urlencode(params) if path.endswith("depth") else signed(
                    world.alice.secret, **params, timestamp=world.now()
                )  # fmt: skip
                headers = {"X-MBX-APIKEY": world.alice.api_key}
                try:
                    async with (
                        asyncio.timeout(PATIENCE),
                        world.session.request(method, f"{world.url}{path}?{query}", headers=headers) as response,
                    ):
                        body = await response.text()
                        heard.append((response.status, body.count("orderId")))
                except (TimeoutError, aiohttp.ClientError):
                    heard.append("nothing")
        recheck(world.log)
        check(world.exchange.state)
        return heard, applied(world)


async def over_api(rules: Sequence[Rule]) -> tuple[list[Any], list[FaultApplied]]:
    """The same over a WebSocket API; who is cut off comes again."""
    async with trading(faults=tuple(rules), timestamp_policy="strict") as world, news(world):
        heard: list[Any] = []
        socket = await world.session.ws_connect(f"{world.ws_url}/ws-api/v3")
        for number in range(4):
            for method, path, name in CALLS:
                params = asked(method, number)
                sent = params if path.endswith("depth") else world.params(**params)
                try:
                    await socket.send_json({"id": number, "method": name, "params": sent})
                    told = await hear_within(socket)
                    heard.append((told["status"], str(told).count("orderId")))
                except TimeoutError:
                    heard.append("nothing")
                except (aiohttp.ClientError, TypeError):
                    heard.append("gone")
                    socket = await world.session.ws_connect(f"{world.ws_url}/ws-api/v3")
        await socket.close()
        recheck(world.log)
        return heard, applied(world)


async def hear_within(socket: aiohttp.ClientWebSocketResponse) -> Any:
    return msgspec.json.decode(await socket.receive_str(timeout=PATIENCE))
