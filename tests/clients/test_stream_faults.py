"""Faults of streams and sockets as an unmodified ccxt.pro meets them: exception, retry, and what it then believes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

import simexchange
from simexchange.gateway.faults.plan import again
from tests.gateway.faults.streaming import places
from tests.gateway.faults.test_requests import applied
from tests.gateway.real import limit, trading
from tests.gateway.world import Served

SPOT, PERP = "BTC/USDT", "BTC/USDT:USDT"
WAIT = 10.0


@asynccontextmanager
async def client(world: Served, venue: str = "binance", **more: Any) -> AsyncIterator[Any]:
    """alice's ccxt.pro, its markets loaded."""
    import ccxt.pro

    config = simexchange.ccxt_config(venue, world.url, world.alice.api_key, world.alice.secret, world.ws_url)
    made = getattr(ccxt.pro, venue)({**config, "enableRateLimit": False, **more})
    try:
        await made.load_markets()
        yield made
    finally:
        await made.close()


async def bid(world: Served, price: int, path: str = "/api/v3/order") -> None:
    """Somebody else's order, which moves the book."""
    await world.sign("POST", path, key=world.bob, **limit("BUY", "0.001", str(price)))


async def fails_with(awaited: Awaitable[Any]) -> Any:
    """The exception of a call that does not go well."""
    try:
        await asyncio.wait_for(awaited, WAIT)
    except Exception as error:  # noqa: BLE001 - which it is, is the question
        return error
    pytest.fail("nothing was raised")


async def moved(world: Served, watch: Callable[[], Awaitable[Any]]) -> Any:
    """What *watch* says while the book goes on moving."""

    async def move() -> None:
        price = 40_000
        while True:
            price += 1
            await bid(world, price)
            await asyncio.sleep(0.05)

    moving = asyncio.create_task(move())
    try:
        return await asyncio.wait_for(watch(), WAIT)
    finally:
        moving.cancel()
        with suppress(asyncio.CancelledError):
            await moving


@pytest.mark.parametrize(
    "kind, params, says",
    [
        ("close", {}, "1001"),
        ("close", {"code": 1008}, "1008"),
        ("close", {"how": "end"}, "1006"),
        ("close", {"how": "cut"}, "1006"),
        ("day_over", {}, "1001"),
        ("pongs_lost", {"within": "100ms"}, "1008"),
    ],
)
async def test_a_socket_that_ends_is_a_network_error_and_the_next_call_connects_again(
    kind: str, params: dict[str, Any], says: str
) -> None:
    import ccxt

    async with trading(faults=()) as world, client(world) as exchange:
        await moved(world, lambda: exchange.watch_order_book(SPOT))
        world.server.faults.add(kind, channel="stream", where="now", **params)

        async def until_it_fails() -> None:
            while True:
                await exchange.watch_order_book(SPOT)

        error = await fails_with(until_it_fails())
        book = await moved(world, lambda: exchange.watch_order_book(SPOT))

    assert type(error) is ccxt.NetworkError
    assert says in str(error)
    assert book["bids"]


@pytest.mark.parametrize(
    "kind, params",
    [("ws_gap", {}), ("drop", {"channel": "stream"}), ("reorder", {"channel": "stream", "behind": 1})],
)
async def test_a_gap_is_a_checksum_error_and_the_next_book_is_right(kind: str, params: dict[str, Any]) -> None:
    import ccxt

    async with trading(faults=()) as world, client(world) as exchange:
        await moved(world, lambda: exchange.watch_order_book(SPOT))
        world.server.faults.add(kind, times=1, **params)

        async def until_it_fails() -> None:
            while True:
                await exchange.watch_order_book(SPOT)

        error = await fails_with(moved(world, until_it_fails))
        book = await moved(world, lambda: exchange.watch_order_book(SPOT))
        truth = await exchange.fetch_order_book(SPOT)
        while book["nonce"] < truth["nonce"]:
            book = await asyncio.wait_for(exchange.watch_order_book(SPOT), WAIT)

    assert type(error) is ccxt.ChecksumError
    assert book["bids"] == truth["bids"]
    assert [fault[0] for fault in places(world)] == [kind]


async def test_a_gap_in_a_futures_book_is_a_checksum_error() -> None:
    import ccxt

    async with trading(faults=()) as world, client(world, "binanceusdm") as exchange:
        world.server.faults.add("ws_gap", after=2, times=1)

        async def until_it_fails() -> None:
            while True:
                await exchange.watch_order_book(PERP)

        async def move() -> None:
            for price in range(40_000, 40_100):
                await bid(world, price, "/fapi/v1/order")
                await asyncio.sleep(0.05)

        moving = asyncio.create_task(move())
        error = await fails_with(until_it_fails())
        book = await asyncio.wait_for(exchange.watch_order_book(PERP), WAIT)
        moving.cancel()

    assert type(error) is ccxt.ChecksumError
    assert book["bids"]


async def test_a_stale_snapshot_is_a_checksum_error_and_is_asked_for_again() -> None:
    import ccxt

    async with trading(faults=()) as world, client(world) as exchange:
        world.server.faults.add("stale_snapshot", age="600s", times=1)
        for price in range(30_000, 30_005):
            await bid(world, price)

        async def until_it_fails() -> None:
            while True:
                await exchange.watch_order_book(SPOT)

        error = await fails_with(moved(world, until_it_fails))
        book = await moved(world, lambda: exchange.watch_order_book(SPOT))

    assert type(error) is ccxt.ChecksumError
    assert len(book["bids"]) >= 5


@pytest.mark.parametrize("how, status, raised", [("status", 503, "NetworkError"), ("status", 429, "NetworkError"),
                                                 ("cut", 503, "NetworkError")])  # fmt: skip
async def test_a_handshake_that_is_refused_is_a_network_error(how: str, status: int, raised: str) -> None:
    async with trading(faults=()) as world, client(world) as exchange:
        world.server.faults.add("refused", how=how, status=status, retry_after="1s", times=2)
        error = await fails_with(exchange.watch_trades(SPOT))
        world.server.faults.clear()

        trades = asyncio.create_task(exchange.watch_trades(SPOT))
        await asyncio.sleep(1.5)
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("SELL", "0.01", "60000"))
        await world.sign("POST", "/api/v3/order", **limit("BUY", "0.01", "60000"))
        rows = await asyncio.wait_for(_retried(trades, exchange), WAIT)

    assert type(error).__name__ == raised
    assert rows[0]["price"] == 60_000


async def _retried(first: "asyncio.Task[Any]", exchange: Any) -> Any:
    with suppress(Exception):
        return await first
    return await exchange.watch_trades(SPOT)


async def test_a_half_open_connection_is_a_timeout_once_pongs_are_missed() -> None:
    """ccxt pings every three minutes; here five times a second."""
    import ccxt

    streaming = {"keepAlive": 200, "maxPingPongMisses": 2}
    async with trading(faults=()) as world, client(world, streaming=streaming) as exchange:
        await moved(world, lambda: exchange.watch_order_book(SPOT))
        world.server.faults.add("silence", channel="stream", where="now")

        async def until_it_fails() -> None:
            while True:
                await exchange.watch_order_book(SPOT)

        error = await fails_with(until_it_fails())
        book = await moved(world, lambda: exchange.watch_order_book(SPOT))

    assert type(error) is ccxt.RequestTimeout
    assert book["bids"]


@pytest.mark.parametrize(
    "kind, params",
    [
        ("silence", {"where": "now", "lasting": "500ms"}),
        ("slow", {"where": "now", "bytes_per_second": 2_000}),
        ("no_pings", {"where": "now"}),
        ("duplicate", {}),
        ("latency", {"delay": "200ms"}),
    ],
)
async def test_what_only_takes_time_or_comes_twice_raises_nothing_and_nothing_is_missing(
    kind: str, params: dict[str, Any]
) -> None:
    async with trading(faults=()) as world, client(world) as exchange:
        await moved(world, lambda: exchange.watch_order_book(SPOT))
        world.server.faults.add(kind, channel="stream", **params)
        await bid(world, 41_000)
        truth = await exchange.fetch_order_book(SPOT)
        book = await asyncio.wait_for(exchange.watch_order_book(SPOT), WAIT)
        while book["nonce"] < truth["nonce"]:
            book = await asyncio.wait_for(exchange.watch_order_book(SPOT), WAIT)

    assert book["bids"] == truth["bids"]


async def listening(world: Served, exchange: Any) -> None:
    """Let the private stream begin."""
    asking = asyncio.create_task(exchange.watch_orders(SPOT))
    await somebody_hears(world)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking


async def somebody_hears(world: Served) -> None:
    """Until somebody hears a private stream."""
    async with asyncio.timeout(WAIT):
        while not world.server._fanout._user:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)


async def filled(kind: str) -> tuple[Any, Any, Any]:
    """An order that is filled at once, under a fault: its reply, the orders and the trades ccxt then knows."""
    async with trading(faults=()) as world, client(world) as exchange:
        await listening(world, exchange)
        world.server.faults.add(kind)
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("SELL", "0.01", "60000"))
        reply = await exchange.create_order(SPOT, "limit", "buy", 0.01, 60_000)
        async with asyncio.timeout(WAIT):
            while not (exchange.orders and exchange.myTrades and applied(world)):  # noqa: ASYNC110 - they tell nobody
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        return reply, list(exchange.orders), list(exchange.myTrades)


async def test_a_fill_that_is_told_twice_is_counted_once() -> None:
    """ccxt keeps an order's total as the venue tells it, and knows trades by their id."""
    _, known, trades = await filled("duplicate_fill")

    assert [(row["status"], row["filled"]) for row in known] == [("closed", 0.01)]
    assert [row["amount"] for row in trades] == [0.01]


async def test_an_acknowledgement_after_the_fill_makes_the_order_look_open() -> None:
    """ccxt believes the last message: as at the venue, a bot has to look at the times the messages tell."""
    reply, known, trades = await filled("ack_after_fill")

    assert reply["status"] == "closed"
    assert [(row["status"], row["filled"]) for row in known] == [("open", 0.0)]
    assert len(trades) == 1


@pytest.mark.parametrize("kind, first", [("late_reply", "stream"), ("early_reply", "reply")])
async def test_the_stream_and_the_reply_come_in_the_order_asked_for(kind: str, first: str) -> None:
    async with trading(faults=()) as world, client(world, newUpdates=True) as exchange:
        await listening(world, exchange)
        # A reply that waits for the stream is read by another socket of the same client: let it lie a moment longer.
        world.server.faults.add(
            kind, **({"event": "outboundAccountPosition"} if kind == "late_reply" else {"lead": "300ms"})
        )
        if kind == "late_reply":
            world.server.faults.add("latency", channel="rest", match="orders", delay="100ms")
        came: list[str] = []
        watching = asyncio.create_task(exchange.watch_orders(SPOT))
        watching.add_done_callback(lambda _: came.append("stream"))
        await asyncio.sleep(0)
        await exchange.create_order(SPOT, "limit", "buy", 0.01, 50_000)
        came.append("reply")
        await asyncio.wait_for(watching, WAIT)
        await asyncio.sleep(0)

    assert came[0] == first
    assert sorted(came) == ["reply", "stream"]


async def test_a_listen_key_that_runs_out_is_an_error_at_the_next_keepalive() -> None:
    """ccxt does not look at listenKeyExpired; its keepalive, every twenty minutes, finds out, and it connects anew."""
    async with trading(faults=()) as world, client(world, "binanceusdm", newUpdates=True) as exchange:
        watching = asyncio.create_task(exchange.watch_orders(PERP))
        await somebody_hears(world)
        world.server.faults.add("listen_key_expired", channel="user", where="now")
        await asyncio.sleep(0.1)
        await exchange.keep_alive_listen_key({"type": "linear"})
        error = await fails_with(watching)
        again_ = asyncio.create_task(exchange.watch_orders(PERP))
        await somebody_hears(world)
        await exchange.create_order(PERP, "limit", "buy", 0.01, 50_000)
        rows = await asyncio.wait_for(again_, WAIT)

    assert "-1125" in str(error)
    assert rows[0]["status"] == "open"


SCRIPTED: dict[str, dict[str, Any]] = {
    "drop": {"channel": "user", "after": 1},
    "duplicate_fill": {},
    "ack_after_fill": {"after": 1},
    "reorder": {"channel": "user", "behind": 1},
    "close": {"channel": "user", "after": 2},
    "refused": {"connection": 1},
    "early_reply": {"lead": "20ms"},
}


@pytest.mark.parametrize("kind", SCRIPTED)
async def test_the_same_script_meets_the_same_fault_again(kind: str) -> None:
    """What a log tells is done again at the same connection, direction and message of an unmodified client."""
    told = await _script([], lambda world: world.server.faults.add(kind, times=1, **SCRIPTED[kind]))
    rules = [again(fault, number) for number, fault in enumerate(told, 1)]
    told_again = await _script(rules, lambda _: None)

    assert told
    assert [_placed(fault) for fault in told_again] == [_placed(fault) for fault in told]


async def _script(rules: Any, plan: Callable[[Served], Any]) -> Any:
    async with trading(faults=rules) as world:
        plan(world)
        async with client(world, newUpdates=True) as exchange:
            watching = asyncio.create_task(_watch_on(exchange))
            await somebody_hears(world)
            await world.sign("POST", "/api/v3/order", key=world.bob, **limit("SELL", "0.01", "60000"))
            for price in (50_000, 60_000):
                await exchange.create_order(SPOT, "limit", "buy", 0.01, price)
                await asyncio.sleep(0.1)
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        return applied(world)


async def _watch_on(exchange: Any) -> None:
    """As a bot does: after an error, connect again."""
    import ccxt

    while True:
        try:
            await exchange.watch_orders(SPOT)
        except ccxt.NetworkError:
            await asyncio.sleep(0.1)


def _placed(fault: Any) -> tuple[Any, ...]:
    return fault.kind, fault.channel, fault.connection, fault.direction, fault.ordinal, fault.name, fault.detail
