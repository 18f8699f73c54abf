"""Faults at the second venue: in its own words, on its calls and on its sockets, or refused with a reason."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest

from simexchange.core.vocabulary.commands import Command, Deposit
from simexchange.core.vocabulary.events import FundsDeposited
from simexchange.core.vocabulary.notes import FaultApplied
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import ONE, Amount
from simexchange.dialects.bybit.common import logon
from simexchange.dialects.bybit.common.limits import RESET_HEADER
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.product import PRODUCTS, V5Product
from simexchange.dialects.bybit.venue import BybitDialect
from simexchange.dialects.contract import Auth, Call, Method, Reply, Route
from simexchange.errors import ConfigError
from simexchange.eventlog.record import decode
from simexchange.gateway.faults.kinds import ANSWERS, FRAMES, KINDS, SOCKETS
from simexchange.gateway.faults.plan import BEGUN, again
from tests.gateway.both import WAIT, Both, say, serving

CREATE, REALTIME, BOOK = "/v5/order/create", "/v5/order/realtime", "/v5/market/orderbook"
TOPIC = "orderbook.1.BTCUSDT"
NEEDLESS = sorted(name for name, kind in KINDS.items() if kind.needs)
SPANS = {
    "latency": {"delay": "1ms"},
    "late_reply": {"at_most": "50ms"},
    "shuffled": {"at_most": "50ms"},
    "silence": {"lasting": "50ms"},
}


# An "order" is one dollar more on the account, of which its private topics and one public topic tell.


def _create(call: Call) -> Generator[Command, Step, Reply]:
    assert call.account is not None
    yield Deposit(call.account, "unified", "USDT", Amount(ONE))
    return responses.placed(call, {"orderId": "7"}, 1)


def _asked(call: Call) -> Reply:
    assert call.account is not None
    money = call.state.accounts[call.account].free("unified", "USDT")
    return responses.ok(call, {"money": money // ONE})


def _snapshot(call: Call) -> Reply:
    return responses.ok(call, {"a": [], "b": [], "u": call.state.now})


class Deposits:
    """What a topic says of each deposit. Implements `MarketStream` and `UserStream`."""

    every = 0
    follows = None

    def __init__(self, name: str) -> None:
        self.name = name

    def on_event(self, seq: int, at: int, event: Any, *seen: Any) -> Iterable[bytes]:
        if isinstance(event, FundsDeposited):
            row = {"orderId": "7", "orderStatus": "New", "seq": seq}
            if self.name == TOPIC:
                yield msgspec.json.encode({"topic": TOPIC, "type": "delta", "data": {"u": seq}})
            else:
                yield msgspec.json.encode({"id": f"{seq:x}", "topic": self.name, "data": [row]})

    def flush(self, *seen: Any) -> Iterable[bytes]:
        return ()

    def end_of_step(self, *seen: Any) -> Iterable[bytes]:
        return ()


class Toy(V5Product):
    """The venue's addresses with few things at them."""

    def market_stream(self, name: str, *seen: Any) -> Any:
        return Deposits(name) if name == TOPIC else None

    def user_stream(self, account: Any, state: Any, views: Any, topic: str = "") -> Any:
        return Deposits(topic)


def toy() -> BybitDialect:
    routes = (
        Route("POST", CREATE, _create, Auth.SIGNED, 0, rate=10),
        Route("GET", REALTIME, _asked, Auth.SIGNED, 0, rate=50),
        Route("GET", BOOK, _snapshot, Auth.NONE, 0),
    )
    orders = (*logon.methods(), Method("order.create", _create, Auth.SIGNED, 0, rate=10))
    private = logon.methods(("order", "execution"))
    rest = [Toy(product.name, category="linear") for product in PRODUCTS[2:]]
    return BybitDialect((Toy("v5", routes, orders), Toy("v5-private", methods=private), *rest))


@asynccontextmanager
async def world_with(*rules: dict[str, Any], limits: str = "headers") -> AsyncIterator[Both]:
    async with serving(dialects=[toy()], faults=(), limits=limits) as world:
        for rule in rules:
            given = dict(rule)
            world.server.faults.add(given.pop("kind"), **given)
        yield world


def money(world: Both) -> int:
    """How many orders were carried out."""
    free: int = world.exchange.state.accounts[world.bob.account].free("unified", "USDT")
    return free // ONE - 100_000


def applied(world: Both) -> list[FaultApplied]:
    """What the log tells of faults."""
    world.exchange.flush()
    events = (event for line in world.exchange.log.read() for event in decode(line).events)
    return [each for each in events if isinstance(each, FaultApplied) and each.kind != BEGUN]


async def order(socket: aiohttp.ClientWebSocketResponse, world: Both, number: str) -> None:
    header = {"X-BAPI-TIMESTAMP": str(world.now())}
    frame = {"op": "order.create", "reqId": number, "header": header, "args": [{"category": "linear"}]}
    await socket.send_json(frame)


@asynccontextmanager
async def logged_on(world: Both, path: str, *topics: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with world.socket(path) as socket:
        await say(socket, **world.log_on())
        if topics:
            await say(socket, op="subscribe", args=list(topics))
        yield socket


# REST


@pytest.mark.parametrize(
    ("kind", "more", "status", "code", "done"),
    [
        ("error", {}, 200, 10016, 0),
        ("error", {"status": 200, "code": 110007, "text": "ab not enough for new order"}, 200, 110007, 0),
        ("unavailable", {}, 200, 10016, 0),
        ("overloaded", {}, 200, 10429, 0),
        ("unknown_status", {}, 200, 10000, 1),
        ("unknown_status", {"where": "in"}, 200, 10000, 0),
        ("maintenance", {}, 200, 10016, 0),
        ("clock_skew", {"skew": "-1m"}, 200, 10002, 0),
        ("latency", {"delay": "1ms"}, 200, 0, 1),
        ("early_reply", {}, 200, 0, 1),
    ],
)
async def test_a_call_hears_the_venues_own_words(
    kind: str, more: dict[str, Any], status: int, code: int, done: int
) -> None:
    async with world_with({"kind": kind, "channel": "rest", **more}) as world:
        answer, told = await world.post(CREATE, category="linear")

        assert (answer["retCode"], int(told["status"]), money(world)) == (code, status, done)
        assert set(answer) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
        assert [(each.kind, each.name) for each in applied(world)] == [(kind, f"POST {CREATE}")]


async def test_who_asks_too_often_hears_10006_then_403_and_never_429() -> None:
    """When there is room again stands in the header that a client sleeps by."""
    rule = {"kind": "too_many_requests", "retry_after": "30s", "patience": 2}
    async with world_with(rule) as world:
        before = world.now()
        answers = [await world.post(CREATE, category="linear") for _ in range(3)]

    assert [answer["retCode"] for answer, _ in answers] == [10006, 10006, 10018]
    assert [told["status"] for _, told in answers] == ["200", "200", "403"]
    assert 0 <= int(answers[0][1][RESET_HEADER]) - before - 30_000 < 10_000
    assert not [told for _, told in answers if "Retry-After" in told]


@pytest.mark.parametrize(
    ("kind", "done"),
    [("timeout_unknown_status", 1), ("timeout_not_applied", 0), ("reset_before", 0), ("reset_after", 1)],
)
async def test_an_answer_that_never_comes_leaves_open_what_was_done(kind: str, done: int) -> None:
    more = {"how": "cut"} if kind.startswith("timeout") else {}
    async with world_with({"kind": kind, "channel": "rest", "match": "orders", "times": 1, **more}) as world:
        with pytest.raises(aiohttp.ClientError):
            await world.post(CREATE, category="linear")
        found, _ = await world.get(REALTIME, world.bob)

    assert found["result"]["money"] == 100_000 + done


async def test_a_page_of_a_proxy_is_no_json() -> None:
    async with world_with({"kind": "proxy_error", "status": 504}) as world:
        answer, told = await world.post(CREATE, category="linear")

    assert (told["status"], answer[:6]) == ("504", "<html>")


async def test_questions_may_be_answered_as_things_were() -> None:
    """And snapshots of a book, which are another group of calls."""
    rules = ({"kind": "read_lag", "lag": "1m"}, {"kind": "stale_snapshot", "age": "1m"})
    async with world_with(*rules) as world:
        await world.post(CREATE, category="linear")
        old, _ = await world.get(REALTIME, world.bob)
        await world.get(BOOK)

        assert (old["result"]["money"], money(world)) == (100_000, 1)
        assert [each.kind for each in applied(world)] == ["read_lag", "stale_snapshot"]


@pytest.mark.parametrize(("kind", "first"), [("late_reply", "stream"), ("early_reply", "reply")])
async def test_reply_and_private_stream_come_in_the_order_that_is_asked_for(kind: str, first: str) -> None:
    rule = {"kind": kind, "channel": "rest", **({"lead": "200ms"} if kind == "early_reply" else {"at_most": "5s"})}
    async with world_with(rule) as world, logged_on(world, "/v5/private", "order") as socket:
        heard: list[str] = []

        async def listen() -> None:
            await socket.receive_str(timeout=WAIT)
            heard.append("stream")

        listening = asyncio.create_task(listen())
        await world.post(CREATE, category="linear")
        heard.append("reply")
        await listening

    assert heard[0] == first


# The trade socket


@pytest.mark.parametrize(
    ("kind", "code", "done"),
    [
        ("error", 10016, 0), ("unavailable", 10016, 0), ("overloaded", 10429, 0), ("unknown_status", 10000, 1),
        ("maintenance", 10016, 0), ("too_many_requests", 10006, 0), ("clock_skew", 10002, 0),
    ],
)  # fmt: skip
async def test_an_order_on_the_trade_socket_hears_them_too(kind: str, code: int, done: int) -> None:
    more = {"skew": "-1m"} if kind == "clock_skew" else {}
    rule = {"kind": kind, "channel": "api", "match": "order.*", **more}
    async with world_with(rule) as world, logged_on(world, "/v5/trade") as socket:
        await order(socket, world, "5")
        answer = await socket.receive_json(timeout=WAIT)

        assert (answer["reqId"], answer["retCode"], answer["op"], money(world)) == ("5", code, "order.create", done)


@pytest.mark.parametrize(("kind", "done"), [("timeout_unknown_status", 1), ("timeout_not_applied", 0)])
async def test_an_order_there_may_be_lost_before_or_after_it_is_carried_out(kind: str, done: int) -> None:
    rule = {"kind": kind, "channel": "api", "match": "orders", "times": 1}
    async with world_with(rule) as world, logged_on(world, "/v5/trade") as socket:
        await order(socket, world, "1")
        pong = await say(socket, op="ping", reqId="2")

        assert (pong["reqId"], money(world)) == ("2", done)


async def test_a_banned_address_is_shut_out_of_the_trade_socket() -> None:
    rule = {"kind": "too_many_requests", "channel": "api", "match": "order.*", "status": 418}
    async with world_with(rule) as world, logged_on(world, "/v5/trade") as socket:
        await order(socket, world, "1")
        answer, end = await socket.receive_json(timeout=WAIT), await socket.receive(timeout=WAIT)

    assert (answer["retCode"], end.type) == (10018, aiohttp.WSMsgType.CLOSE)


# Streams


async def heard_after_two_orders(world: Both, socket: aiohttp.ClientWebSocketResponse) -> list[int]:
    """The records that the messages tell of, in the order they came."""
    for _ in range(2):
        await world.post(CREATE, category="linear")
    heard: list[int] = []
    while True:
        try:
            told = msgspec.json.decode(await socket.receive_str(timeout=0.3))
        except (TimeoutError, TypeError):
            return heard
        data = told["data"]
        heard.append(data["u"] if isinstance(data, dict) else data[0]["seq"])


@pytest.mark.parametrize(
    ("rule", "topic", "which"),
    [
        ({"kind": "drop", "channel": "user", "ordinal": 1}, "order", [1]),
        ({"kind": "duplicate", "channel": "user", "ordinal": 1}, "order", [0, 0, 1]),
        ({"kind": "reorder", "channel": "user", "ordinal": 1, "at_most": "2s"}, "order", [1, 0]),
        ({"kind": "duplicate_fill", "ordinal": 2}, "execution", [0, 1, 1]),
        ({"kind": "drop", "channel": "stream", "ordinal": 2}, TOPIC, [0]),
        ({"kind": "ws_gap", "ordinal": 1}, TOPIC, [1]),
    ],
)
async def test_messages_of_topics_are_lost_doubled_and_mixed_up(
    rule: dict[str, Any], topic: str, which: list[int]
) -> None:
    async with world_with(rule) as world:
        public = topic == TOPIC
        opening = world.socket("/v5/public/linear") if public else logged_on(world, "/v5/private", topic)
        async with opening as socket:
            if public:
                await say(socket, op="subscribe", args=[topic])
            heard = await heard_after_two_orders(world, socket)

    first, second = min(heard), max(heard)
    if rule["kind"] in ("drop", "ws_gap"):
        assert len(heard) == 1
    else:
        assert heard == [(first, second)[place] for place in which]


async def test_an_acknowledgement_may_come_after_the_fill() -> None:
    """Of two topics on one socket."""
    rule = {"kind": "ack_after_fill", "at_most": "2s"}
    async with world_with(rule) as world, logged_on(world, "/v5/private", "order", "execution") as socket:
        await world.post(CREATE, category="linear")
        heard = [(await socket.receive_json(timeout=WAIT))["topic"] for _ in range(2)]

    assert heard == ["execution", "order"]


@pytest.mark.parametrize("path", ["/v5/public/linear", "/v5/private", "/v5/trade"])
@pytest.mark.parametrize("kind", ["close", "day_over"])
async def test_any_of_its_sockets_may_be_closed(kind: str, path: str) -> None:
    async with world_with() as world, world.socket(path) as socket:
        await say(socket, op="ping")
        world.server.faults.add(kind, where="now")
        end = await socket.receive(timeout=WAIT)

    assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, 1001)


async def test_a_silent_socket_is_not_ended_for_its_silence() -> None:
    rule = {"kind": "silence", "where": "open", "lasting": "0s", "deaf": False}
    async with world_with(rule) as world, world.socket("/v5/private"):
        (connection,) = world.server.sockets.open
        await asyncio.sleep(0.05)

        assert connection.silence == 0
        assert connection.lost


async def test_a_socket_may_not_be_let_in() -> None:
    async with world_with({"kind": "refused", "status": 503, "times": 2}) as world:
        for path in ("/v5/public/spot", "/v5/trade"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as failed:
                await world.socket(path)
            assert failed.value.status == 503


async def test_its_link_may_be_slow() -> None:
    rule = {"kind": "slow", "where": "open", "bytes_per_second": 100_000}
    async with world_with(rule) as world, world.socket("/v5/private") as socket:
        assert (await say(socket, op="ping"))["op"] == "pong"


# Orders in earnest

LIMIT = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Limit",
    "qty": "0.01",
    "price": "50000",
}


@pytest.mark.parametrize(
    ("kind", "code", "placed"),
    [("timeout_unknown_status", None, 1), ("timeout_not_applied", None, 0), ("unknown_status", 10000, 1)],
)
async def test_an_order_of_which_nobody_knows_is_found_by_asking(kind: str, code: int | None, placed: int) -> None:
    """By its own id, which the client chose: over the trade socket."""
    rule = {"kind": kind, "channel": "api", "match": "orders", "times": 1}
    async with serving(faults=()) as world, logged_on(world, "/v5/trade") as socket:
        world.server.faults.add(str(rule.pop("kind")), **rule)
        header = {"X-BAPI-TIMESTAMP": str(world.now())}
        args = [{**LIMIT, "orderLinkId": "mine"}]
        await socket.send_json({"op": "order.create", "reqId": "1", "header": header, "args": args})
        heard = await say(socket, op="ping", reqId="2")
        found, _ = await world.get("/v5/order/realtime", world.bob, category="linear", orderLinkId="mine")

    assert (heard["retCode"] if heard["reqId"] == "1" else None) == code
    assert len(found["result"]["list"]) == placed


# What is about nothing here, and what is tried above


@pytest.mark.parametrize("kind", NEEDLESS)
async def test_what_the_venue_does_not_do_cannot_go_wrong(kind: str) -> None:
    """Where the other venue is served besides, it can: for that one."""
    async with serving(venues=("bybit",)) as world:
        with pytest.raises(ConfigError, match=r"bybit (has no listen keys|pings nobody)"):
            world.server.faults.add(kind)
        assert not world.server.faults.begun
    async with serving() as world:
        assert world.server.faults.add(kind) == kind


@pytest.mark.parametrize("kind", sorted({kind.name for kind in (*ANSWERS, *FRAMES, *SOCKETS)} - set(NEEDLESS)))
async def test_every_other_kind_strikes_something_of_the_venues(kind: str) -> None:
    """With nothing said of it but how short its spans are: in the log stands where it struck."""
    rule = {"kind": kind, "times": 1, **SPANS.get(kind, {})}
    if kind.startswith("timeout_"):
        rule["how"] = "cut"
    async with world_with(rule) as world:
        await exercise(world)
        names = {each.kind for each in applied(world)}

    assert names & ({kind} | ({"late_reply", "early_reply"} if kind == "shuffled" else set()))


async def exercise(world: Both) -> None:
    """Sockets of each kind, an order, a question, a snapshot; whatever fails of it."""
    errors = (aiohttp.ClientError, AssertionError, TimeoutError, TypeError, ConnectionError)
    for attempt in range(2):
        try:
            async with logged_on(world, "/v5/private", "order", "execution") as private:
                async with world.socket("/v5/public/linear") as public:
                    await say(public, op="subscribe", args=[TOPIC])
                    for call in (world.post(CREATE, category="linear"), world.get(REALTIME, world.bob)):
                        try:
                            await call
                        except errors:
                            continue
                    await world.post(CREATE, category="linear")
                    await world.get(BOOK)
                    await asyncio.sleep(0.05)
                    assert private is not None
                return
        except errors:
            assert attempt == 0


async def test_what_a_log_tells_of_both_venues_is_done_again() -> None:
    """The same calls hear the same, at whichever venue they are."""
    rules: list[dict[str, Any]] = [
        {"kind": "error", "channel": "rest", "chance": 0.5, "text": "Once."},
        {"kind": "unavailable", "channel": "api", "chance": 0.5},
    ]

    async def play(world: Both) -> list[tuple[str, int]]:
        heard = []
        async with logged_on(world, "/v5/trade") as socket:
            for number in range(8):
                answer, _ = await world.get("/v5/market/time")
                heard.append(("bybit", answer["retCode"]))
                answer, told = await world.get("/api/v3/time", base=world.url)
                heard.append(("binance", int(told["status"])))
                pong = await say(socket, op="ping", reqId=str(number))
                heard.append(("trade", pong["retCode"]))
        return heard

    async with serving(faults=()) as world:
        for rule in rules:
            world.server.faults.add(rule["kind"], **{name: value for name, value in rule.items() if name != "kind"})
        first, told = await play(world), applied(world)
    async with serving(faults=tuple(again(each, number) for number, each in enumerate(told, 1))) as world:
        second = await play(world)

    assert first == second
    assert {("bybit", 10016), ("binance", 500), ("trade", 10016)} <= set(first)
    assert {("bybit", 0), ("binance", 200)} <= set(first)
