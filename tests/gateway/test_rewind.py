"""Going back while clients are connected: they are cut off, and find what an exchange has that never went on."""

import asyncio
from typing import Any

import aiohttp
import pytest

from simexchange.core.vocabulary.commands import SetAccountOption
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.runtime.clock import PAUSED
from tests.gateway.real import limit, trading
from tests.gateway.world import Served, hear

BTC = {"symbol": "BTCUSDT"}
QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/v3/account", {}), ("/api/v3/openOrders", BTC), ("/api/v3/allOrders", BTC), ("/api/v3/myTrades", BTC),
    ("/fapi/v2/account", {}), ("/fapi/v2/positionRisk", {}), ("/fapi/v1/openOrders", {}), ("/fapi/v1/allOrders", BTC),
    ("/fapi/v1/userTrades", BTC), ("/fapi/v1/income", {}), ("/dapi/v1/account", {}),
)  # fmt: skip
OPEN = (
    "/api/v3/depth?symbol=BTCUSDT", "/api/v3/trades?symbol=BTCUSDT", "/api/v3/aggTrades?symbol=BTCUSDT",
    "/api/v3/klines?symbol=BTCUSDT&interval=1m", "/api/v3/ticker/24hr?symbol=BTCUSDT", "/fapi/v1/depth?symbol=BTCUSDT",
    "/fapi/v1/premiumIndex?symbol=BTCUSDT", "/fapi/v1/ticker/24hr?symbol=BTCUSDT",
)  # fmt: skip


async def trade(world: Served, price: int, n: int) -> None:
    """Both have orders, trade a part of them, and Bob goes long."""
    await world.sign("POST", "/api/v3/order", newClientOrderId=f"ask{n}", **limit("SELL", "0.3", str(price)))
    await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.1", str(price)))
    await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.1", str(price - 500)))
    await world.sign("POST", "/fapi/v1/order", **limit("SELL", "0.2", str(price)))
    await world.sign("POST", "/fapi/v1/order", key=world.bob, **limit("BUY", "0.1", str(price)))


async def answers(world: Served) -> list[Any]:
    """What everybody is told."""
    told = [
        await world.sign("GET", path, key=key, **params)
        for path, params in QUESTIONS
        for key in (world.alice, world.bob)
    ]
    return [*told, *[await world.ask("GET", path) for path in OPEN]]


async def listen_key(world: Served) -> str:
    """Alice's, for derivatives."""
    reply = await world.ask("POST", "/fapi/v1/listenKey", headers={"X-MBX-APIKEY": world.alice.api_key})
    return str(reply["listenKey"])


async def test_every_answer_is_the_one_it_was() -> None:
    """Whatever was traded, canceled and opened since; and what is done again comes to the same."""
    async with trading(speed=PAUSED) as world:
        await trade(world, 60_000, 1)
        before = await answers(world)
        saved = await world.control("POST", "/checkpoints", {"name": "here"})
        await trade(world, 60_500, 2)
        after = await answers(world)
        digest = world.log.last_digest

        back = await world.control("POST", "/rewind", {"to": "here"})

        assert await answers(world) == before
        await trade(world, 60_500, 2)
        assert await answers(world) == after
    assert before != after
    assert (back["seq"], back["kept"]) == (saved["seq"], "memory-1")
    assert world.log.last_digest == digest


async def test_sockets_are_closed_and_new_ones_hear_what_happens_now() -> None:
    """Market stream, user stream and WebSocket API; the listen key of before is nobody's."""
    async with trading() as world:
        await trade(world, 60_000, 1)
        seq = world.exchange.seq
        paths = ("/spot/ws/btcusdt@trade", f"/um/private/ws/{await listen_key(world)}", "/ws-api/v3")
        sockets = [await world.session.ws_connect(world.ws_url + path) for path in paths]
        await trade(world, 60_200, 2)

        await world.control("POST", "/rewind", {"to": seq})

        for socket in sockets:
            while (message := await socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
                pass
            assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING)
        assert (await world.control("GET", "/health"))["sockets"] == 0
        renewed = await world.ask(
            "PUT", "/fapi/v1/listenKey", headers={"X-MBX-APIKEY": world.alice.api_key}, status=400
        )
        assert renewed["code"] == -1125
        async with world.socket("/spot/ws/btcusdt@trade") as socket:
            await trade(world, 59_800, 3)
            assert (await hear(socket))["p"] == "59800.00000000"


async def test_a_depth_stream_after_it_goes_with_the_snapshot_after_it() -> None:
    async with trading() as world:
        await trade(world, 60_000, 1)
        seq = world.exchange.seq
        await trade(world, 60_200, 2)
        await world.control("POST", "/rewind", {"to": seq})

        async with world.socket("/spot/ws/btcusdt@depth@100ms") as socket:
            snapshot = await world.ask("GET", "/api/v3/depth?symbol=BTCUSDT")
            await world.sign("POST", "/api/v3/order", **limit("BUY", "0.1", "59000"))
            diff = await hear(socket)

    assert diff["U"] <= snapshot["lastUpdateId"] + 1 <= diff["u"]
    assert diff["b"] == [["59000.00000000", "0.10000000"]]


async def test_who_waits_for_his_order_has_his_answer() -> None:
    """A request under way is answered before it: what it did is in the log that is kept."""
    async with trading() as world:
        seq = world.exchange.seq
        world.log.pause = 0.2
        order = asyncio.create_task(world.sign("POST", "/api/v3/order", **limit("SELL", "0.3", "60000")))
        await world.under_way()

        await world.control("POST", "/rewind", {"to": seq})

        world.log.pause = 0.0
        assert (await order)["status"] == "NEW"
        assert await world.sign("GET", "/api/v3/openOrders") == []
        assert [kept.last_seq for kept in world.log.kept.values()] == [seq + 1]


async def test_who_asked_over_a_socket_has_his_answer_before_it_closes() -> None:
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        seq = world.exchange.seq
        world.log.pause = 0.2
        await socket.send_json(
            {"id": 1, "method": "order.place", "params": world.params(**limit("SELL", "1", "60000"))}
        )
        await world.under_way()

        back = asyncio.create_task(world.control("POST", "/rewind", {"to": seq}))

        answer = await hear(socket)
        assert (answer["id"], answer["status"], answer["result"]["status"]) == (1, 200, "NEW")
        await back
        assert await world.sign("GET", "/api/v3/openOrders") == []


async def test_what_runs_on_wall_time_has_ended() -> None:
    """A countdown fires no more, orders are counted anew, and nobody's orders are canceled because he was cut off."""
    async with trading() as world:
        world.exchange.submit(SetAccountOption(world.account, AccountOption.CANCEL_ON_DISCONNECT, 1), "control")
        await trade(world, 60_000, 1)
        seq = world.exchange.seq
        socket = await world.session.ws_connect(f"{world.ws_url}/um/private/ws/{await listen_key(world)}")
        opened = await world.sign("GET", "/fapi/v1/openOrders")
        await world.sign("POST", "/fapi/v1/countdownCancelAll", symbol="BTCUSDT", countdownTime=400)
        assert len(opened) == 1

        await world.control("POST", "/rewind", {"to": seq})
        await asyncio.sleep(0.6)

        assert await world.sign("GET", "/fapi/v1/openOrders") == opened
        await socket.receive(timeout=5)
        counts = await world.sign("GET", "/api/v3/rateLimit/order")
        assert {row["count"] for row in counts} == {0}


async def test_a_key_of_an_account_that_is_not_there_any_more_opens_nothing() -> None:
    """Whoever is opened next gets its number, and not its key."""
    async with trading() as world:
        seq = world.exchange.seq
        made = await world.control("POST", "/accounts", {"name": "carol", "balances": {"spot": {"USDT": "5"}}})
        world.keys.find(made["api_key"])

        await world.control("POST", "/rewind", {"to": seq})

        assert world.keys.find(made["api_key"]) is None
        other = await world.control("POST", "/accounts", {"name": "dave", "balances": {"spot": {"USDT": "7"}}})
        dave = world.keys.find(other["api_key"])
        assert dave is not None
        balances = (await world.sign("GET", "/api/v3/account", key=dave))["balances"]
        assert [row["free"] for row in balances if row["asset"] == "USDT"] == ["7.00000000"]
        assert {row["name"] for row in (await world.control("GET", "/accounts"))["accounts"]} >= {
            "alice",
            "bob",
            "dave",
        }


async def test_reset_goes_back_to_when_clients_were_let_in() -> None:
    async with trading() as world:
        refused = await world.control("POST", "/reset", {}, status=409)
        world.exchange.let_in()
        seq = world.exchange.seq
        await trade(world, 60_000, 1)

        back = await world.control("POST", "/reset", {})

        assert refused["error"]["reason"] == "not_started"
        assert back["seq"] == world.exchange.seq == seq
        named = await world.control("GET", "/checkpoints")
        assert named == {"checkpoints": [{"name": "start", "seq": seq}]}
        early = await world.control("POST", "/rewind", {"to": 1}, status=409)
        assert "before clients were let in" in early["error"]["message"]


@pytest.mark.parametrize(
    ("call", "body", "status", "reason"),
    [
        ("/rewind", {"to": 10_000}, 404, "not_there"),
        ("/rewind", {"to": "nowhere"}, 404, "not_there"),
        ("/rewind", {"to": 0}, 400, "malformed"),
        ("/rewind", {"to": -1}, 400, "malformed"),
        ("/rewind", {"to": None}, 400, "malformed"),
        ("/rewind", {}, 400, "malformed"),
        ("/rewind", {"at": 5}, 400, "malformed"),
        ("/checkpoints", {"name": ""}, 409, "config"),
        ("/checkpoints", {"name": "start"}, 409, "config"),
        ("/checkpoints", {"name": "a b"}, 409, "config"),
        ("/checkpoints", {"name": "17"}, 409, "config"),
        ("/checkpoints", {}, 400, "malformed"),
    ],
)
async def test_what_cannot_be_is_refused_and_nobody_is_cut_off(
    call: str, body: dict[str, Any], status: int, reason: str
) -> None:
    async with trading() as world, world.socket("/spot/ws/btcusdt@trade") as socket:
        seq = world.exchange.seq
        answer = await world.control("POST", call, body, status=status)

        assert answer["error"]["reason"] == reason
        assert world.exchange.seq == seq
        await trade(world, 60_000, 1)
        assert (await hear(socket))["e"] == "trade"


async def test_two_servers_on_one_loop_share_nothing() -> None:
    """One is rewound while a client of the other trades and listens."""
    async with trading() as one, trading() as other, other.socket("/spot/ws/btcusdt@trade") as socket:
        await trade(one, 60_000, 1)
        await trade(other, 61_000, 1)
        assert (await hear(socket))["p"] == "61000.00000000"
        seq = one.exchange.seq
        await trade(one, 60_100, 2)

        await one.control("POST", "/rewind", {"to": seq})
        await trade(other, 60_800, 2)

        assert (await hear(socket))["p"] == "60800.00000000"
        refused = await other.sign("GET", "/api/v3/account", key=one.alice, status=401)
        assert refused["code"] == -2015
        assert len(await one.ask("GET", "/api/v3/trades?symbol=BTCUSDT")) == 1
        assert len(await other.ask("GET", "/api/v3/trades?symbol=BTCUSDT")) == 2
