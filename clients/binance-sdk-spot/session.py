"""The session of binance-sdk-spot against a served exchange: `run` starts both."""

import asyncio
from typing import Any

from binance_sdk_spot.websocket_streams import SpotWebSocketStreams
from settings import client

from clients import official, official_streams
from clients.exchange import Exchange, served
from clients.official_streams import Row
from clients.private_keys import KINDS, private_key
from clients.proof import refused, same, shown
from clients.spot_story import SYMBOL, SpotStory
from clients.stories import Desk, Mover

REASONS = {"GET historicalBlockTrades": "no block trades here"}
"""Calls that are not part of the story."""
OVER_WEBSOCKET = {
    "blockTrades.historical": "no block trades here",
    "myFilters": "its type for the answer has no `result`, so that what the venue says is lost on the way",
    "orderList.place": "the older spelling of orderList.place.oco",
    "sor.order.place": "no symbol's books are joined: refused over REST",
    "sor.order.test": "likewise",
}
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
SILENT: list[Row] = [("block_trade", BTC), ("reference_price", BTC)]
"""There are no block trades, and no symbol has a reference price."""


def beside_the_story(calls: Any) -> set[str]:
    """What the story has no place for: no symbol's books are joined, and lists have an older spelling."""
    terms = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    for call in ("POST sor/order", "POST sor/order/test"):
        refused("a routed order", lambda call=call: calls[call](**terms), -1020)
    price = float(calls["GET ticker/price"](symbol=SYMBOL)["price"])
    pair = {"price": f"{price * 1.03:.2f}", "stopPrice": f"{price * 0.97:.2f}"}
    made = calls["POST order/oco"](symbol=SYMBOL, side="SELL", quantity="0.01", **pair)
    calls["DELETE orderList"](symbol=SYMBOL, orderListId=made["orderListId"])
    same("open orders", calls["GET openOrders"](symbol=SYMBOL), [])
    return {"POST sor/order", "POST sor/order/test", "POST order/oco"}


def by_private_keys(exchange: Exchange) -> None:
    """Orders signed with an RSA and an Ed25519 key."""
    for kind in KINDS:
        api_key, private = private_key(exchange, "erin", kind)
        calls = official.rest(client(exchange.url, exchange.ws_url, api_key, private_key=private).rest_api)
        terms = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "30000"}
        made = calls["POST order"](symbol=SYMBOL, **terms)
        same("canceled", calls["DELETE order"](symbol=SYMBOL, orderId=made["orderId"])["status"], "CANCELED")
    shown("orders are signed with RSA and with Ed25519 keys")


async def logged_on(exchange: Exchange) -> set[str]:
    """With an Ed25519 key one logs on, and signs nothing from then on. The methods that were asked."""
    api_key, private = private_key(exchange, "erin", "ed25519")
    package = client(exchange.url, exchange.ws_url, api_key, private_key=private)
    connection = await package.websocket_api.create_connection()

    async def ask(method: str, **given: Any) -> Any:
        data = (await getattr(connection, method)(**given)).data()
        return official.plain(data)["result"]

    same("nobody is logged on", (await ask("session_status")).get("apiKey"), None)
    same("the key logged on", (await ask("session_logon"))["apiKey"], api_key)
    same("the key that is", (await ask("session_status"))["apiKey"], api_key)
    said = official_streams.Said()
    opened = await connection.user_data_stream_subscribe()
    opened.stream.on("message", said)
    (row,) = await ask("session_subscriptions")
    made = await ask("order_place", symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.01")
    await said.until(lambda event: event.get("X") == "FILLED")
    same("the order", made["status"], "FILLED")
    same("its stream is known", (await ask("session_status"))["userDataStream"], True)
    await ask("user_data_stream_unsubscribe", subscription_id=row["subscriptionId"])
    same("subscriptions", await ask("session_subscriptions"), [])
    await ask("session_logout")
    same("nobody is logged on", (await ask("session_status")).get("apiKey"), None)
    await connection.close_connection()
    shown("an Ed25519 key logs on; an order and the account's stream need no signature then; it logs out")
    return {"session.logon", "session.logout", "session.status", "session.subscriptions", "userDataStream.subscribe",
            "userDataStream.unsubscribe"}  # fmt: skip


async def streams(exchange: Exchange) -> None:
    package = client(exchange.url, exchange.ws_url, *exchange.keys("dave"))
    connection = await package.websocket_streams.create_connection()
    await official_streams.each_speaks(connection, STREAMS, SILENT)
    await connection.close_connection()
    official_streams.all_streams(SpotWebSocketStreams, STREAMS, SILENT, {})

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
    asked = {*desk.asked, *beside_the_story(official.rest(package.rest_api))}
    by_private_keys(exchange)
    official.left_out(package.rest_api, asked, official.rest_names(package.rest_api), REASONS)
    print("==== WebSocket API", flush=True)
    package = client(exchange.url, exchange.ws_url, *exchange.keys("carol"))
    with asyncio.Runner() as runner:
        connection = runner.run(package.websocket_api.create_connection())
        over_websocket = official.over_websocket(connection, runner)
        # What the venue says is lost on the way.
        del over_websocket["GET myFilters"]
        desk = Desk("binance-sdk-spot, WebSocket API", {**official.rest(package.rest_api), **over_websocket})
        SpotStory(desk, exchange, "carol").run()
        asked = runner.run(logged_on(exchange))
        asked |= {call for call in desk.asked if call in over_websocket} | {"userDataStream.subscribe.signature"}
        official.left_out_over_websocket(connection, asked, OVER_WEBSOCKET)
        runner.run(connection.close_connection())
    print("==== streams", flush=True)
    asyncio.run(streams(exchange))
    misfits.none()


if __name__ == "__main__":
    main()
