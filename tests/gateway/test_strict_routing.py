"""Routed paths: lenient as served by default, and as silent as the venue's where asked for.

"Important WebSocket Change Notice" (2026-03-06) and "Market Data Streams" of developers.binance.com, seen 2026-11: a
connection without a routed path delivers only what belongs to /public, and nothing says so.
"""

from typing import Any

import msgspec
import pytest

from simexchange.dialects.binance.usdm.streams import branch
from tests.gateway.real import limit, trading
from tests.gateway.world import Served, hear

PUBLIC = ("btcusdt@depth@100ms", "btcusdt@depth5", "btcusdt@bookTicker", "!bookTicker", "btcusdt@rpiDepth@500ms",
          "btcusdt@trade")  # fmt: skip
MARKET = ("btcusdt@aggTrade", "btcusdt@markPrice@1s", "!markPrice@arr", "btcusdt@kline_1m", "btcusdt@ticker",
          "!miniTicker@arr", "!forceOrder@arr", "!contractInfo", "btcusdt_perpetual@continuousKline_1m",
          "btcusd@assetIndex", "tradingSession", "defiusdt@compositeIndex")  # fmt: skip


def test_every_stream_belongs_to_one_branch() -> None:
    """As the venue's own Python connector sorts them (2026-08-21)."""
    assert {branch(name) for name in PUBLIC} == {"public"}
    assert {branch(name) for name in MARKET} == {"market"}


async def _heard(world: Served, path: str) -> set[str]:
    """Which of three streams say something at *path* when an order rests and the mark price is due."""
    key = (await world.ask("POST", "/fapi/v1/listenKey", headers={"X-MBX-APIKEY": world.alice.api_key}))["listenKey"]
    names = ["btcusdt@bookTicker", "btcusdt@markPrice@1s", key]
    async with world.socket(path) as socket:
        await socket.send_str(msgspec.json.encode({"method": "SUBSCRIBE", "params": names, "id": 1}).decode())
        await hear(socket)
        order = await world.sign("POST", "/fapi/v1/order", **limit("BUY", "0.01", "59000"))
        heard: set[str] = set()
        for channel in list(world.server._fanout._market.values()):
            if channel.stream.every:
                world.server._fanout._flush([channel])
        await socket.send_str(msgspec.json.encode({"method": "LIST_SUBSCRIPTIONS", "id": 2}).decode())
        while True:
            message: Any = await hear(socket)
            if message.get("id") == 2:
                break
            heard.add("key" if message["stream"] == key else message["stream"].partition("@")[2])
        await world.sign("DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=order["orderId"])
    assert message["result"] == names
    return heard


@pytest.mark.parametrize(
    ("path", "strict"),
    [
        ("/um/stream", {"bookTicker"}),
        ("/um/public/stream", {"bookTicker"}),
        ("/um/market/stream", {"markPrice@1s"}),
        ("/um/private/stream", {"key"}),
    ],
)
async def test_what_belongs_elsewhere_is_subscribed_and_silent(path: str, strict: set[str]) -> None:
    """Every name is acknowledged and listed all the same; leniently each path delivers everything."""
    async with trading(strict_routing=True) as world:
        routed = await _heard(world, path)
        health = await world.control("GET", "/health")
    async with trading() as world:
        lenient = await _heard(world, path)

    assert routed == strict
    assert lenient == {"bookTicker", "markPrice@1s", "key"}
    assert health["unserved_calls"] == []
