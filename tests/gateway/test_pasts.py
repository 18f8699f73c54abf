"""A past that is asked over the wire: of a running exchange by a path, of a finished log by a server of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from simexchange.core import canonical
from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.dialects.binance.venue import binance_as_of
from simexchange.eventlog.inspection import iso_time
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.replay import records
from simexchange.eventlog.travel import Moment, open_past
from simexchange.gateway.keys import Keys
from simexchange.gateway.pasts import KEPT
from simexchange.gateway.server import Server
from simexchange.gateway.settings import Settings
from simexchange.projections.views import Views
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange
from tests.gateway.real import limit, trading
from tests.gateway.world import TOKEN, Served, hear

BOOK = "/api/v3/depth?symbol=BTCUSDT&limit=5"


async def three_moments(world: Served) -> tuple[int, int, int]:
    """Seqs: before anything, with alice's order in the book, and after bob has taken half of it."""
    empty = world.exchange.seq
    await world.sign("POST", "/api/v3/order", **limit("SELL", "1", "60000"))
    offered = world.exchange.seq
    await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.5", "60000"))
    return empty, offered, world.exchange.seq


@asynccontextmanager
async def looking_back(log: EventLog, keys: Keys, moment: Moment) -> AsyncIterator[Served]:
    """A server that shows *log* as of *moment*."""
    past = Exchange(log, past=open_past(log, moment, Views))
    server = Server(past, [binance_as_of("")], keys, Settings(control_token=TOKEN, port=0))
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Served(past, log, keys, server, session)  # type: ignore[arg-type]  # it is never written
    finally:
        await server.stop()
        await past.stop()


async def test_a_longer_base_url_asks_a_past_of_a_running_exchange() -> None:
    """Market data and the account's own, while the present goes on; by seq, and by the prefix of the venue."""
    async with trading() as world:
        empty, offered, taken = await three_moments(world)

        books = [(await world.ask("GET", f"/at/{seq}{BOOK}"))["asks"] for seq in (empty, offered, taken)]
        mine = [await world.sign("GET", f"/at/{seq}/api/v3/openOrders", symbol="BTCUSDT") for seq in (empty, offered)]
        account = await world.sign("GET", f"/at/{offered}/binance/api/v3/account")
        now = await world.ask("GET", BOOK)

        sizes = [[[float(price), float(size)] for price, size in book] for book in books]
        assert sizes == [[], [[60_000, 1]], [[60_000, 0.5]]]
        assert [len(rows) for rows in mine] == [0, 1]
        assert float(mine[1][0]["executedQty"]) == 0
        btc = next(row for row in account["balances"] if row["asset"] == "BTC")
        assert (float(btc["free"]), float(btc["locked"])) == (1, 1)
        assert float(now["asks"][0][1]) == 0.5


async def test_an_account_that_was_not_opened_yet_has_no_key() -> None:
    async with trading() as world:
        answer = await world.sign("GET", "/at/1/api/v3/account", status=401)

        assert answer["code"] == -2015


async def test_an_instant_stands_for_the_last_record_by_then() -> None:
    """As nanoseconds or ISO-8601; the venue's clock stands there."""
    async with trading(speed=PAUSED, ago=60 * SECOND) as world:
        await three_moments(world)
        start = world.log.header.start
        record = next(iter(records(world.log, world.exchange.seq)))

        told = await world.ask("GET", f"/at/{record.at}/api/v3/time")
        early = await world.status(f"/at/{start - 1}/api/v3/time")
        iso = await world.ask("GET", f"/at/{quote(iso_time(record.at))}/api/v3/time")

        assert told == iso == {"serverTime": record.at // MILLISECOND}
        assert early == 404


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/at/1000000/api/v3/time", 404, "there is no record 1000000"),
        ("/at/0/api/v3/time", 404, "there is no record 0"),
        ("/at/x/api/v3/time", 400, "neither an ISO-8601 time"),
        ("/at//api/v3/time", 400, "neither an ISO-8601 time"),
        ("/at/9223372036854775808/api/v3/time", 400, "no instant"),
        ("/at/2100-01-01T00:00:00Z/api/v3/time", 404, "has not come yet"),
        ("/at/5", 404, "a past answers the REST calls"),
        ("/at/5/ws/btcusdt@trade", 404, "a past answers the REST calls"),
        ("/at/5/sim/v1/health", 404, "a past answers the REST calls"),
    ],
)
async def test_what_is_no_past_or_no_call_of_one_is_refused_in_words(path: str, status: int, says: str) -> None:
    async with trading() as world, world.session.get(world.url + path) as response:
        assert (response.status, says in await response.text()) == (status, True)


async def test_a_past_takes_no_orders_and_changes_nothing() -> None:
    """The venue's own words for a service that is unavailable; the present and the past stay as they are."""
    async with trading() as world:
        _, offered, _ = await three_moments(world)
        await world.ask("GET", f"/at/{offered}{BOOK}")
        seq, state = world.exchange.seq, canonical.dump(world.exchange.state)

        refused = await world.sign("POST", f"/at/{offered}/api/v3/order", status=503, **limit("BUY", "1", "60000"))
        order = (await world.sign("GET", f"/at/{offered}/api/v3/openOrders"))[0]
        kept = await world.sign(
            "DELETE", f"/at/{offered}/api/v3/order", status=503, symbol="BTCUSDT", orderId=order["orderId"]
        )
        beat = await world.sign(
            "POST", f"/at/{offered}/fapi/v1/countdownCancelAll", status=503, symbol="BTCUSDT", countdownTime=1_000
        )
        unknown = await world.status(f"/at/{offered}/api/v3/nonsense")

        assert [each["code"] for each in (refused, kept, beat)] == [-1001] * 3
        assert unknown == await world.status("/api/v3/nonsense") == 404
        assert len(await world.sign("GET", f"/at/{offered}/api/v3/openOrders")) == 1
        assert (world.exchange.seq, canonical.dump(world.exchange.state)) == (seq, state)


async def test_only_a_few_pasts_stay_open() -> None:
    async with trading() as world:
        await three_moments(world)
        for seq in range(1, world.exchange.seq + 1):
            assert await world.status(f"/at/{seq}/api/v3/ping") == 200

        assert len(world.server._pasts) == KEPT


async def test_a_log_is_served_as_of_a_moment_and_the_moment_moves() -> None:
    """Every dialect read stands there; the control API says where that is and moves it, forth and back."""
    async with trading() as world:
        empty, offered, taken = await three_moments(world)
        async with looking_back(world.log, world.keys, Moment(seq=offered)) as past:
            first = await past.ask("GET", BOOK)
            health = await past.control("GET", "/health")
            moved = await past.control("POST", "/moment", {"seq": empty})
            second = await past.ask("GET", BOOK)
            back = await past.control("POST", "/moment", {"at": moved["now"]["ns"]})
            end = await past.control("POST", "/moment", {})
            third = await past.ask("GET", BOOK)

        assert [len(each["asks"]) for each in (first, second, third)] == [1, 0, 1]
        assert (health["read_only"], health["status"], health["seq"]) == (True, "ok", offered)
        assert (moved["seq"], moved["first"], moved["last"], moved["read_only"]) == (empty, 1, taken, True)
        assert back["seq"] >= empty
        assert end["seq"] == taken
        assert float(third["asks"][0][1]) == 0.5


async def test_what_changes_anything_is_refused_by_the_control_api_of_a_past() -> None:
    """409 read_only, whatever the body says; what only asks is answered."""
    calls: list[tuple[str, Any]] = [
        ("/clock", {"mode": "run"}),
        ("/accounts", {"name": "carol"}),
        ("/deposit", {"account": "alice", "wallet": "spot", "asset": "USDT", "amount": "1"}),
        ("/index", {"asset": "BTC", "price": "1"}),
        ("/keys", {"account": "alice"}),
        ("/alarms", {}),
    ]
    async with trading() as world:
        _, offered, _ = await three_moments(world)
        async with looking_back(world.log, world.keys, Moment(seq=offered)) as past:
            before = canonical.dump(past.exchange.state)
            for path, body in calls:
                refused = await past.control("POST", path, body, status=409)
                assert refused["error"]["reason"] == "read_only"
            order = {"account": "alice", "market": "perp:BTC-USDT", "side": "buy", "qty": "1", "price": "60000"}
            assert (await past.control("POST", "/preview", order))["seq"] == offered
            assert (await past.control("GET", "/accounts"))["accounts"]
            for body in ({"seq": 10**6}, {"at": 1}):
                assert (await past.control("POST", "/moment", body, status=404))["error"]["reason"] == "not_there"
            assert (await past.control("POST", "/moment", {"seq": 1, "at": 1}, status=400))["error"]
            assert (past.exchange.seq, canonical.dump(past.exchange.state)) == (offered, before)
        assert (await world.control("POST", "/moment", {"seq": 1}, status=409))["error"]["reason"] == "not_read_only"


async def test_who_listens_to_a_past_is_cut_off_when_it_moves() -> None:
    """As when a venue restarts: what comes after it is another story."""
    async with trading() as world:
        empty, offered, _ = await three_moments(world)
        async with (
            looking_back(world.log, world.keys, Moment(seq=offered)) as past,
            past.socket("/spot/ws/btcusdt@depth5@100ms") as socket,
        ):
            heard = await hear(socket)
            await past.control("POST", "/moment", {"seq": empty})
            ended = await socket.receive(timeout=5)
            while ended.type is aiohttp.WSMsgType.TEXT:
                ended = await socket.receive(timeout=5)

        assert float(heard["asks"][0][1]) == 1
        assert ended.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def test_a_websocket_api_of_a_past_answers_reads_and_takes_no_orders() -> None:
    async with trading() as world:
        _, offered, _ = await three_moments(world)
        async with (
            looking_back(world.log, world.keys, Moment(seq=offered)) as past,
            past.socket("/ws-api/v3") as socket,
        ):
            await socket.send_json({"id": 1, "method": "depth", "params": {"symbol": "BTCUSDT"}})
            book = await hear(socket)
            params = past.params(**limit("BUY", "1", "60000"))
            await socket.send_json({"id": 2, "method": "order.place", "params": params})
            refused = await hear(socket)

        assert float(book["result"]["asks"][0][1]) == 1
        assert (refused["status"], refused["error"]["code"]) == (503, -1001)


async def test_the_state_is_told_as_of_a_seq_or_an_instant() -> None:
    async with trading() as world:
        empty, offered, _ = await three_moments(world)

        by_seq = [await world.control("GET", f"/state?seq={seq}") for seq in (empty, offered)]
        by_time = await world.control("GET", f"/state?at={by_seq[0]['at']['ns']}")
        spot = [each["markets"][0]["best_ask"] for each in by_seq]

        assert [each["seq"] for each in by_seq] == [empty, offered]
        assert spot == [None, "60000"]
        assert by_time["seq"] >= empty
        for query, status in (("seq=0", 404), ("seq=1000000", 404), ("seq=x", 400), ("at=1", 404), ("at=1&seq=1", 400)):
            await world.control("GET", f"/state?{query}", status=status)


async def test_exchange_time_of_a_past_stands_still() -> None:
    async with trading() as world:
        await three_moments(world)
        async with looking_back(world.log, world.keys, Moment(at=Nanos(world.exchange.now()))) as past:
            times = [(await past.ask("GET", "/api/v3/time"))["serverTime"] for _ in range(3)]
            clock = await past.control("GET", "/clock")

        assert len(set(times)) == 1
        assert clock["mode"] == "pause"
