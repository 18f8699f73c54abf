"""The session of binance-sdk-spot against a served exchange: `run` starts both."""

import asyncio
from typing import Any

from binance_sdk_spot.websocket_streams import SpotWebSocketStreams
from settings import client

from clients import official, official_streams
from clients.exchange import Exchange, served
from clients.official_streams import Row
from clients.proof import refused, same
from clients.spot_story import SYMBOL, SpotStory
from clients.stories import Desk, Mover

WRONG = "the package looks for the answer where it is not, and finds nothing"
REASONS = {
    "GET historicalBlockTrades": "no block trades here",
    "POST sor/order": "no symbol's books are joined: refused, see below",
    "POST sor/order/test": "likewise",
    "POST order/oco": "the older spelling of orderList/oco: called below",
}
"""Calls that are not part of the story."""
BTC: dict[str, Any] = {"symbol": "btcusdt"}
STREAMS: list[Row] = [
    ("agg_trade", BTC),
    ("all_mini_ticker", {}),
    ("book_ticker", BTC),
    ("diff_book_depth", {**BTC, "update_speed": "100ms"}),
    ("kline", {**BTC, "interval": "1m"}),
    ("mini_ticker", BTC),
    ("partial_book_depth", {**BTC, "levels": "5"}),
    ("ticker", BTC),
    ("all_market_rolling_window_ticker", {"window_size": "1h"}),
    ("avg_price", BTC),
    ("kline_offset", {**BTC, "interval": "1m"}),
    ("rolling_window_ticker", {**BTC, "window_size": "4h"}),
    ("trade", BTC),
]
NOT_SERVED = {
    "block_trade": "no block trades here",
    "reference_price": "no symbol has a reference price",
}


def beside_the_story(calls: Any) -> None:
    """What the story has no place for."""
    terms = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    for call in ("POST sor/order", "POST sor/order/test"):
        refused("a routed order", lambda call=call: calls[call](**terms), -1020)
    price = float(calls["GET ticker/price"](symbol=SYMBOL)["price"])
    pair = {"price": f"{price * 1.03:.2f}", "stopPrice": f"{price * 0.97:.2f}"}
    made = calls["POST order/oco"](symbol=SYMBOL, side="SELL", quantity="0.01", **pair)
    calls["DELETE orderList"](symbol=SYMBOL, orderListId=made["orderListId"])
    same("open orders", calls["GET openOrders"](symbol=SYMBOL), [])


async def streams(exchange: Exchange) -> None:
    package = client(exchange.url, exchange.ws_url, *exchange.keys("dave"))
    connection = await package.websocket_streams.create_connection()
    await official_streams.each_speaks(connection, STREAMS, [])
    await connection.close_connection()
    official_streams.all_streams(SpotWebSocketStreams, STREAMS, [], NOT_SERVED)

    async def account() -> tuple[Any, Any]:
        opened = await package.websocket_api.create_connection()
        answer = await opened.user_data_stream_subscribe_signature()
        return opened, answer.stream

    other = Mover(exchange, "dave")
    terms = {"symbol": SYMBOL, "type": "MARKET", "quantity": "0.01"}
    await official_streams.spot_account(account, lambda side: other.ask("POST", "/api/v3/order", side=side, **terms))


def main() -> None:
    exchange = served()
    misfits = official.Misfits()
    print("==== REST", flush=True)
    package = client(exchange.url, exchange.ws_url, *exchange.keys("alice"))
    desk = Desk("binance-sdk-spot, REST", official.rest(package.rest_api))
    SpotStory(desk, exchange, "alice").run()
    beside_the_story(official.rest(package.rest_api))
    official.left_out(package.rest_api, desk.asked, official.rest_names(package.rest_api), REASONS)
    print("==== WebSocket API", flush=True)
    package = client(exchange.url, exchange.ws_url, *exchange.keys("carol"))
    with asyncio.Runner() as runner:
        connection = runner.run(package.websocket_api.create_connection())
        over_websocket = official.over_websocket(connection, runner)
        # Its type for the answer has no `result`, so that what the venue says is lost on the way.
        del over_websocket["GET myFilters"]
        desk = Desk("binance-sdk-spot, WebSocket API", {**official.rest(package.rest_api), **over_websocket})
        SpotStory(desk, exchange, "carol").run()
        runner.run(connection.close_connection())
    print("==== streams", flush=True)
    asyncio.run(streams(exchange))
    misfits.none()


if __name__ == "__main__":
    main()
