"""Binance over real sockets: orders, streams, private events."""

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest

from simexchange.core.invariants import check
from simexchange.gateway.ratelimits import LimitMode
from simexchange.gateway.venues import VENUES
from tests.gateway.real import limit, trading
from tests.gateway.world import Served, hear


async def _until(socket: aiohttp.ClientWebSocketResponse, kind: str) -> Any:
    """The next message whose event type is *kind*, whatever its envelope."""
    while True:
        message = await hear(socket)
        event = message.get("event", message.get("data", message))
        if event.get("e") == kind:
            return message


async def _crossed(world: Served) -> dict[str, Any]:
    """Alice offers 0.5 at 60,000; Bob takes 0.2. Bob's reply."""
    await world.sign("POST", "/api/v3/order", **limit("SELL", "0.5", "60000"))
    reply: dict[str, Any] = await world.sign(
        "POST", "/api/v3/order", key=world.bob, newOrderRespType="FULL", **limit("BUY", "0.2", "60000")
    )
    return reply


async def test_two_people_trade_spot_by_signed_requests() -> None:
    """0.2 BTC at 60,000 with 0.1 % from both: 12,000 USDT change hands, less 12; 0.2 BTC, less 0.0002."""
    async with trading() as world:
        reply = await _crossed(world)
        mine = await world.sign("GET", "/api/v3/account", key=world.bob)
        check(world.exchange.state)

    balances = {row["asset"]: (row["free"], row["locked"]) for row in mine["balances"]}
    assert (reply["status"], reply["executedQty"]) == ("FILLED", "0.20000000")
    assert balances["BTC"] == ("2.19980000", "0.00000000")
    assert balances["USDT"] == ("88000.00000000", "0.00000000")


async def test_the_depth_stream_rebuilds_the_book_from_a_snapshot() -> None:
    """By the venue's own recipe: drop what the snapshot has, then every U follows the u before."""
    async with trading() as world, world.socket("/spot/ws/btcusdt@depth@100ms") as socket:
        await world.sign("POST", "/api/v3/order", **limit("SELL", "0.5", "60000"))
        snapshot = await world.ask("GET", "/api/v3/depth?symbol=BTCUSDT&limit=1000")
        for n in range(5):
            await world.sign("POST", "/api/v3/order", **limit("BUY", "0.1", str(59_000 + n)))
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.2", "60000"))
        book = {side: dict(snapshot[side]) for side in ("bids", "asks")}
        last = snapshot["lastUpdateId"]
        final = (await world.ask("GET", "/api/v3/depth?symbol=BTCUSDT&limit=1000"))["lastUpdateId"]
        while last < final:
            diff = await hear(socket)
            if diff["u"] <= last:
                continue
            assert diff["U"] <= last + 1
            last = diff["u"]
            for side, key in (("bids", "b"), ("asks", "a")):
                for price, qty in diff[key]:
                    book[side][price] = qty
        now = await world.ask("GET", "/api/v3/depth?symbol=BTCUSDT&limit=1000")

    rebuilt = {
        side: {price: qty for price, qty in rows.items() if float(qty)} for side, rows in book.items()
    }  # fmt: skip
    assert rebuilt == {side: dict(now[side]) for side in ("bids", "asks")}
    assert len(now["bids"]) == 5


async def test_public_streams_tell_of_a_trade() -> None:
    async with trading() as world:
        streams = "btcusdt@trade/btcusdt@aggTrade/btcusdt@bookTicker"
        async with world.socket(f"/spot/stream?streams={streams}") as socket:
            await _crossed(world)
            trade = await _until(socket, "trade")

    assert trade["stream"] == "btcusdt@trade"
    assert (trade["data"]["p"], trade["data"]["q"], trade["data"]["m"]) == ("60000.00000000", "0.20000000", False)


async def test_spot_private_events_come_over_the_websocket_api() -> None:
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        request = {"id": 1, "method": "userDataStream.subscribe.signature", "params": world.params()}
        await socket.send_str(msgspec.json.encode(request).decode())
        subscribed = await hear(socket)
        await _crossed(world)
        accepted = await _until(socket, "executionReport")
        filled = await _until(socket, "executionReport")

    number = subscribed["result"]["subscriptionId"]
    assert accepted["subscriptionId"] == filled["subscriptionId"] == number
    assert (accepted["event"]["x"], accepted["event"]["X"]) == ("NEW", "NEW")
    assert (filled["event"]["x"], filled["event"]["l"]) == ("TRADE", "0.20000000")


async def test_futures_private_events_come_by_listen_key() -> None:
    async with trading() as world:
        headers = {"X-MBX-APIKEY": world.alice.api_key}
        key = (await world.ask("POST", "/fapi/v1/listenKey", headers=headers))["listenKey"]
        async with world.socket(f"/um/private/ws/{key}") as socket:
            placed = await world.sign("POST", "/fapi/v1/order", **limit("BUY", "0.1", "59000"))
            update = await _until(socket, "ORDER_TRADE_UPDATE")
        extended = await world.ask("PUT", "/fapi/v1/listenKey", headers=headers)
        await world.ask("DELETE", "/fapi/v1/listenKey", headers=headers)

    assert update["o"]["i"] == placed["orderId"]
    assert update["o"]["X"] == "NEW"
    assert extended.get("listenKey", key) == key


async def test_orders_over_the_websocket_api_reach_the_same_book() -> None:
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        order = world.params(**limit("SELL", "0.5", "60000"))
        await socket.send_str(msgspec.json.encode({"id": "a", "method": "order.place", "params": order}).decode())
        reply = await hear(socket)
        book = await world.ask("GET", "/api/v3/depth?symbol=BTCUSDT")

    assert (reply["id"], reply["status"]) == ("a", 200)
    assert book["asks"] == [["60000.00000000", "0.50000000"]]


async def test_a_cancel_goes_through_where_there_were_too_many_orders_only_if_that_is_wanted() -> None:
    """CANCEL_ONLY: the order is canceled and nothing put in its stead; else nothing happens at all."""
    async with trading(rate_limits=LimitMode.STRICT) as world:
        old = await world.sign("POST", "/api/v3/order", **limit("BUY", "0.1", "50000"))
        spot = VENUES["binance"].mounts["spot"].limits
        world.server.calls.limits.order_headers(spot, world.account, 200_000, world.exchange.clock.wall.now())
        sent = {
            **limit("BUY", "0.1", "51000"),
            "cancelReplaceMode": "STOP_ON_FAILURE",
            "cancelOrderId": str(old["orderId"]),
        }
        nothing = await world.sign("POST", "/api/v3/order/cancelReplace", status=429, **sent)
        waiting = await world.sign("GET", "/api/v3/openOrders")
        sent["orderRateLimitExceededMode"] = "CANCEL_ONLY"
        canceled = await world.sign("POST", "/api/v3/order/cancelReplace", status=429, **sent)
        gone = await world.sign("GET", "/api/v3/openOrders")

    assert (nothing["code"], [row["orderId"] for row in waiting]) == (-1015, [old["orderId"]])
    assert (canceled["code"], canceled["data"]["newOrderResponse"]["code"], gone) == (-2021, -1015, [])


async def test_order_counts_are_shown_and_enforced_when_strict() -> None:
    """Above the limit an order is refused before it reaches the exchange; others go on."""
    async with trading(rate_limits=LimitMode.STRICT) as world:
        spot = VENUES["binance"].mounts["spot"].limits
        wall = world.exchange.clock.wall.now()
        # A whole day's orders, so that no ten seconds can end meanwhile.
        world.server.calls.limits.order_headers(spot, world.account, 200_000, wall)
        refused = await world.sign("POST", "/api/v3/order", status=429, **limit("BUY", "0.1", "50000"))
        served_to_bob = await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.1", "50000"))

        assert refused["code"] == -1015
        assert served_to_bob["status"] == "NEW"
        assert len(world.exchange.state.accounts[world.account].orders) == 0


async def test_a_change_and_a_stop_count_as_orders() -> None:
    """Of ten seconds' 300 orders all are used: neither is let through, a cancel is."""
    async with trading(rate_limits=LimitMode.STRICT) as world:
        made = await world.sign("POST", "/fapi/v1/order", **limit("BUY", "0.1", "50000"))
        futures = VENUES["binance"].mounts["usdm"].limits
        world.server.calls.limits.order_headers(futures, world.account, 1_200, world.exchange.clock.wall.now())
        changed = {"symbol": "BTCUSDT", "side": "BUY", "orderId": made["orderId"], "quantity": "0.1", "price": "51000"}
        stop: dict[str, Any] = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "quantity": "0.1"}
        stop |= {"algoType": "CONDITIONAL", "triggerPrice": "40000"}

        modify = await world.sign("PUT", "/fapi/v1/order", status=429, **changed)
        algo = await world.sign("POST", "/fapi/v1/algoOrder", status=429, **stop)
        gone = await world.sign("DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=made["orderId"])

    assert (modify["code"], algo["code"]) == (-1015, -1015)
    assert (gone["status"], gone["price"]) == ("CANCELED", "50000.00")


async def test_a_hundred_orders_at_once_are_each_answered_and_each_in_the_log() -> None:
    """What was acknowledged is in the log; the client ids come back as they were sent."""
    async with trading() as world:
        asked = [
            world.sign("POST", "/api/v3/order", newClientOrderId=f"n{n}", **limit("BUY", "0.001", str(50_000 + n)))
            for n in range(100)
        ]
        replies = await asyncio.gather(*asked)
        stored = b"\n".join(world.log.read())

        assert sorted(reply["clientOrderId"] for reply in replies) == sorted(f"n{n}" for n in range(100))
        assert all(b'"n%d"' % n in stored for n in range(100))
        check(world.exchange.state)


@pytest.mark.parametrize("path", ["/api/v3/exchangeInfo", "/fapi/v1/exchangeInfo", "/api/v3/time", "/fapi/v1/ping"])
async def test_public_calls_need_no_key(path: str) -> None:
    async with trading() as world:
        reply = await world.ask("GET", path)

    assert isinstance(reply, dict)


async def test_private_events_of_both_futures_come_at_either_address() -> None:
    """Since the integration both products have one house of sockets; a listen key of spot is none of theirs."""
    async with trading() as world:
        headers = {"X-MBX-APIKEY": world.alice.api_key}
        keys = {
            name: (await world.ask("POST", path, headers=headers))["listenKey"]
            for name, path in (("spot", "/api/v3/userDataStream"), ("coinm", "/dapi/v1/listenKey"))
        }
        async with (
            world.socket(f"/um/private/ws?listenKey={keys['coinm']}&listenKey={keys['spot']}") as um,
            world.socket(f"/cm/ws/{keys['coinm']}") as cm,
        ):
            await world.sign("POST", "/api/v3/order", **limit("BUY", "0.01", "59000"))
            sent = {**limit("BUY", "1", "50000"), "symbol": "BTCUSD_PERP"}
            await world.sign("POST", "/dapi/v1/order", **sent)

            heard = [await hear(um), await hear(cm)]

        health = await world.control("GET", "/health")

    assert [one["o"]["s"] for one in heard] == ["BTCUSD_PERP", "BTCUSD_PERP"]
    assert health["unserved_calls"] == []
