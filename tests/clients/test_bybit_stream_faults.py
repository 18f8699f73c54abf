"""Faults of Bybit's streams and sockets as unmodified clients meet them: ccxt.pro and pybit's WebSocket.

Neither looks at `u` or `seq` of a book, so a gap makes theirs wrong without a word, as at the venue. ccxt.pro raises
where a socket ends and connects at the next call; pybit connects again by itself and tells nobody.
"""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from simexchange.testing import ServedExchange, running, sdk
from tests.clients.test_bybit_faults import faults, waits_for

SYMBOL: Final = "BTC/USDT:USDT"
TERMS: Final = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01"}
WAIT: Final = 15.0
# pybit's thread ends by the exception it makes of a refused handshake, and begins another one.
THREADS: Final = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture(autouse=True)
def no_socket_is_left() -> Iterator[None]:
    """pybit leaves the sockets that ended to the garbage: they are swept up here, and not in somebody else's test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def listed() -> tuple[Any, Any]:
    """Markets and currencies as ccxt keeps them: loaded once."""
    with running(venues="bybit") as exchange:
        client = sdk.ccxt_client(exchange)
        return client.markets, client.currencies


@contextmanager
def served(**options: Any) -> Iterator[ServedExchange]:
    with running(venues="bybit", faults_file=options.pop("faults_file", "none"), **options) as exchange:
        yield exchange


@asynccontextmanager
async def pro(exchange: ServedExchange, listed: tuple[Any, Any], **options: Any) -> AsyncIterator[Any]:
    client = sdk._ccxt(exchange, "ccxt.pro", "bybit", "", {"newUpdates": True, **options})
    client.set_markets(*listed)
    try:
        yield client
    finally:
        await client.close()


@contextmanager
def pybit(exchange: ServedExchange, kind: str, **options: Any) -> Iterator[Any]:
    pytest.importorskip("pybit")
    socket = sdk.pybit_socket(exchange, kind, **options)
    try:
        yield socket
    finally:
        socket.exit()


def bids(exchange: ServedExchange, *prices: int) -> None:
    """Orders of the account itself that rest: each moves the book, and is told by its private stream."""
    for price in prices:
        exchange.account().buy(SYMBOL, "0.01", price=price)


async def fails_with(awaited: Awaitable[Any]) -> Any:
    try:
        await asyncio.wait_for(awaited, WAIT)
    except Exception as error:  # noqa: BLE001 - which it is, is the question
        return error
    pytest.fail("nothing was raised")


async def until(seen: Callable[[], Any]) -> None:
    async with asyncio.timeout(WAIT):
        while not seen():  # noqa: ASYNC110 - clients tell nobody
            await asyncio.sleep(0.02)


def hear(exchange: ServedExchange, count: int) -> Callable[[], bool]:
    """Whether so many sockets hear private topics, each topic counted."""
    return lambda: sum(len(channel.listeners) for channel in list(exchange.gateway._fanout._user.values())) == count


async def watching(client: Any, exchange: ServedExchange, beside: int = 0) -> Any:
    """A task of `watch_orders` that the exchange knows of; *beside* others that hear."""
    await until(hear(exchange, beside))
    task = asyncio.create_task(client.watch_orders(SYMBOL))
    await until(hear(exchange, beside + 1))
    return task


ENDS = [("close", {}), ("close", {"how": "end"}), ("close", {"how": "cut"}), ("day_over", {})]


@pytest.mark.parametrize(("kind", "params"), ENDS)
async def test_a_socket_that_ends_is_a_network_error_of_ccxt_and_the_next_call_connects_again(
    kind: str, params: dict[str, Any], listed: tuple[Any, Any]
) -> None:
    import ccxt

    with served() as exchange:
        async with pro(exchange, listed) as client:
            task = await watching(client, exchange)
            exchange.faults.add(kind, channel="user", where="now", **params)
            error = await fails_with(task)
            task = await watching(client, exchange)
            bids(exchange, 50_000)
            rows = await asyncio.wait_for(task, WAIT)

    assert type(error) is ccxt.NetworkError
    assert [row["status"] for row in rows] == ["open"]


@pytest.mark.parametrize(("kind", "params"), ENDS[:3])
def test_pybit_connects_and_subscribes_again_by_itself(kind: str, params: dict[str, Any]) -> None:
    """And nobody hears of it: what was told meanwhile is missing, and a bot has to ask."""
    with served() as exchange, pybit(exchange, "private") as socket:
        heard: list[Any] = []
        socket.order_stream(heard.append)
        assert waits_for(hear(exchange, 1), WAIT)
        exchange.faults.add(kind, channel="user", where="now", times=1, **params)
        assert waits_for(lambda: exchange.faults.applied, WAIT)

        def told() -> bool:
            bids(exchange, 50_000)
            return bool(heard)

        assert waits_for(told, WAIT)


@pytest.mark.parametrize("kind", ["ws_gap", "drop"])
async def test_after_a_gap_both_books_lack_what_was_lost_and_nobody_says_so(kind: str, listed: tuple[Any, Any]) -> None:
    with served() as exchange:
        async with pro(exchange, listed) as client:
            book = await asyncio.wait_for(client.watch_order_book(SYMBOL, 50), WAIT)
            with pybit(exchange, "linear") as socket:
                told: list[Any] = []
                socket.orderbook_stream(50, "BTCUSDT", told.append)
                await until(lambda: told)
                for number in (1, 2):
                    exchange.faults.add(kind, channel="stream", match="orderbook.*", connection=number, times=1)
                bids(exchange, 50_000)
                await until(lambda: len(exchange.faults.applied) == 2)
                exchange.faults.clear()
                bids(exchange, 49_000)
                while (49_000, 0.01) not in [(row[0], row[1]) for row in book["bids"]]:
                    book = await asyncio.wait_for(client.watch_order_book(SYMBOL, 50), WAIT)
                await until(lambda: "49000" in [price.partition(".")[0] for price, _ in told[-1]["data"]["b"]])
                truth = exchange.market(SYMBOL).levels("bid", 50)

    assert 50_000 in [int(level[0]) for level in truth]
    assert 50_000 not in [row[0] for row in book["bids"]]
    assert "50000" not in [price.partition(".")[0] for price, _ in told[-1]["data"]["b"]]


async def test_a_fill_that_is_told_twice_is_one_trade_for_ccxt_and_two_for_pybit(listed: tuple[Any, Any]) -> None:
    with served() as exchange, pybit(exchange, "private") as socket:
        heard: list[Any] = []
        socket.execution_stream(heard.append)
        async with pro(exchange, listed, newUpdates=False) as client:
            task = asyncio.create_task(client.watch_my_trades(SYMBOL))
            await until(hear(exchange, 2))
            exchange.faults.add("duplicate_fill")
            exchange.account().buy(SYMBOL, "0.01")
            rows = await asyncio.wait_for(task, WAIT)
            await until(lambda: len(heard) == 2)
            await asyncio.sleep(0.2)
            kept = list(client.myTrades)

    assert len({row["execId"] for told in heard for row in told["data"]}) == 1
    assert [row["amount"] for row in rows] == [0.01]
    assert len(kept) == 1


async def test_an_acknowledgement_after_the_fill_makes_the_order_look_open(listed: tuple[Any, Any]) -> None:
    """ccxt believes the last message; a bot has to look at `updatedTime`."""
    with served() as exchange:
        async with pro(exchange, listed) as client:
            await watching(client, exchange)
            exchange.faults.add("ack_after_fill", at_most="10s")
            bids(exchange, 59_000)
            exchange.market(SYMBOL).price = 58_000
            await until(lambda: exchange.faults.applied and client.orders)
            await asyncio.sleep(0.5)
            kept = [(row["status"], row["filled"]) for row in client.orders]

    assert kept == [("open", 0.0)]


@pytest.mark.parametrize(("kind", "first"), [("late_reply", "stream"), ("early_reply", "reply")])
async def test_the_stream_and_the_reply_come_in_the_order_asked_for(
    kind: str, first: str, listed: tuple[Any, Any]
) -> None:
    with served() as exchange:
        async with pro(exchange, listed) as client:
            task = await watching(client, exchange)
            exchange.faults.add(kind, **({"at_most": "10s"} if kind == "late_reply" else {"lead": "1s"}))
            if kind == "late_reply":
                # It is read by another socket of the same client: let it lie a moment longer.
                exchange.faults.add("latency", channel="rest", match="orders", delay="500ms")
            came: list[str] = []
            task.add_done_callback(lambda _: came.append("stream"))
            await client.create_order(SYMBOL, "limit", "buy", 0.01, 50_000)
            came.append("reply")
            await asyncio.wait_for(task, WAIT)
            await asyncio.sleep(0)

    assert came[0] == first
    assert sorted(came) == ["reply", "stream"]


@THREADS
async def test_a_handshake_that_is_refused_is_a_network_error_of_ccxt_and_pybit_tries_again(
    listed: tuple[Any, Any],
) -> None:
    import ccxt

    with served() as exchange:
        exchange.faults.add("refused", status=503, times=2)
        async with pro(exchange, listed) as client:
            error = await fails_with(client.watch_orders(SYMBOL))
        with pybit(exchange, "linear") as socket:
            assert socket.is_connected()
        refused = len(exchange.faults.applied)

    assert (type(error), refused) == (ccxt.NetworkError, 2)


async def test_a_half_open_connection_is_noticed_by_pings(listed: tuple[Any, Any]) -> None:
    """Of ccxt's every 20 s, here five a second; of pybit's every 20 s, here each second."""
    import ccxt

    streaming = {"keepAlive": 200, "maxPingPongMisses": 2}
    with served() as exchange, pybit(exchange, "private", ping_interval=1, ping_timeout=0.5) as socket:
        heard: list[Any] = []
        socket.order_stream(heard.append)
        async with pro(exchange, listed, streaming=streaming) as client:
            task = await watching(client, exchange, beside=1)
            exchange.faults.add("silence", channel="user", where="now", times=2)
            error = await fails_with(task)

        def told() -> bool:
            bids(exchange, 50_000)
            return bool(heard)

        assert waits_for(told, WAIT)
    assert type(error) is ccxt.RequestTimeout


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("silence", {"where": "now", "lasting": "500ms"}),
        ("slow", {"where": "now", "bytes_per_second": 4_000}),
        ("duplicate", {}),
        ("latency", {"delay": "200ms"}),
        ("reorder", {"at_most": "300ms", "behind": 1}),
    ],
)
async def test_what_only_takes_time_or_comes_twice_raises_nothing_and_nothing_is_missing(
    kind: str, params: dict[str, Any], listed: tuple[Any, Any]
) -> None:
    with served() as exchange, pybit(exchange, "private") as socket:
        heard: list[Any] = []
        socket.order_stream(heard.append)
        async with pro(exchange, listed) as client:
            task = await watching(client, exchange, beside=1)
            exchange.faults.add(kind, channel="user", **params)
            bids(exchange, 50_000, 49_000)
            await asyncio.wait_for(task, WAIT)
            await until(lambda: len(client.orders) == 2 and len({_id(told) for told in heard}) == 2)
            assert {row["price"] for row in client.orders} == {50_000, 49_000}


def _id(told: Any) -> Any:
    return told["data"][0]["orderId"]


# The same again, from a log

PLAN: Final = """
[[fault]]
kind = "duplicate"
channel = "user"
connection = 1
ordinal = 2
[[fault]]
kind = "latency"
channel = "user"
connection = 1
ordinal = 3
delay = "20ms"
spread = "10ms"
distribution = "uniform"
[[fault]]
kind = "reorder"
channel = "user"
connection = 1
ordinal = 4
at_most = "5s"
behind = 1
[[fault]]
kind = "drop"
channel = "user"
connection = 1
ordinal = 6
[[fault]]
kind = "ack_after_fill"
after = 2
times = 1
at_most = "200ms"
[[fault]]
kind = "duplicate_fill"
times = 1
[[fault]]
kind = "early_reply"
after = 1
times = 1
lead = "20ms"
[[fault]]
kind = "late_reply"
after = 2
times = 1
at_most = "5s"
[[fault]]
kind = "shuffled"
after = 4
times = 1
lead = "20ms"
at_most = "5s"
[[fault]]
kind = "silence"
channel = "user"
connection = 1
ordinal = 8
lasting = "100ms"
[[fault]]
kind = "slow"
channel = "user"
connection = 1
ordinal = 9
bytes_per_second = 20000
[[fault]]
kind = "close"
channel = "user"
connection = 1
ordinal = 11
how = "cut"
"""
OF_STREAMS: Final = {
    "duplicate", "latency", "reorder", "drop", "ack_after_fill", "duplicate_fill", "silence", "slow", "close",
    "early_reply", "late_reply",
}  # fmt: skip


async def orders_of_ccxt(exchange: ServedExchange, listed: tuple[Any, Any]) -> None:
    """Ten orders that rest or are filled, one after the other, by a bot that hears of them and connects again."""
    import ccxt

    async with pro(exchange, listed) as client:

        async def listen(watch: Callable[[str], Awaitable[Any]]) -> None:
            while True:
                with suppress(ccxt.NetworkError):
                    await watch(SYMBOL)

        listening = [asyncio.create_task(listen(watch)) for watch in (client.watch_orders, client.watch_my_trades)]
        try:
            await until(hear(exchange, 2))
            for number in range(10):
                await client.create_order(SYMBOL, "limit", "buy", 0.01, 61_000 if number % 2 else 50_000 + number)
                await asyncio.sleep(0.3)
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)


async def orders_of_pybit(exchange: ServedExchange, _listed: tuple[Any, Any]) -> None:
    """The same by pybit."""

    def trade() -> None:
        session = sdk.pybit_client(exchange)
        with pybit(exchange, "private") as socket:
            heard: list[Any] = []
            for subscribe in (socket.order_stream, socket.execution_stream):
                subscribe(heard.append)
            assert waits_for(hear(exchange, 2), WAIT)
            for number in range(10):
                session.place_order(**TERMS, price=str(61_000 if number % 2 else 50_000 + number))
                waits_for(lambda: False, 0.3)
        session.client.close()

    await asyncio.to_thread(trade)


@pytest.mark.parametrize("script", [orders_of_ccxt, orders_of_pybit])
async def test_from_its_log_the_same_script_meets_the_same_faults_at_the_same_messages(
    script: Callable[..., Awaitable[None]], tmp_path: Path, listed: tuple[Any, Any]
) -> None:
    pytest.importorskip("pybit")
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    with served(seed=5, faults_file=tmp_path / "plan.toml") as first:
        await script(first, listed)
        told = faults(first)
        first.save_log(tmp_path / "first.jsonl")
    with served(seed=6, faults_file=f"from:{tmp_path / 'first.jsonl'}") as second:
        await script(second, listed)
        told_again = faults(second)

    assert {name for name, *_ in told} >= OF_STREAMS
    assert sorted(told_again) == sorted(told)
