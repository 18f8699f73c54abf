"""The session of binance-sdk-derivatives-trading-usds-futures against a served exchange: `run` starts both."""

import asyncio
from typing import Any

from binance_sdk_derivatives_trading_usds_futures.websocket_streams import (
    DerivativesTradingUsdsFuturesWebSocketStreams,
)
from settings import client

from clients import official, official_streams
from clients.exchange import Exchange, served
from clients.futures_story import USDM, FuturesStory
from clients.official_streams import Row
from clients.private_keys import KINDS, private_key
from clients.proof import same, shown
from clients.stories import Desk, Mover

NAME = "binance-sdk-derivatives-trading-usds-futures"
CONVERT = "conversions are not served"
FILES = "files of history, made by the venue over night"
REASONS = {
    "GET convert/exchangeInfo": CONVERT,
    "POST convert/getQuote": CONVERT,
    "POST convert/acceptQuote": CONVERT,
    "GET convert/orderStatus": CONVERT,
    **{f"GET {what}/asyn{tail}": FILES for what in ("order", "trade", "income") for tail in ("", "/id")},
    "GET pmAccountInfo": "portfolio margin is not served",
    "POST stock/contract": "no contracts on shares",
}
"""Calls that are not part of the story."""
OVER_WEBSOCKET: dict[str, str] = {}
BTC: dict[str, Any] = {"symbol": "btcusdt"}
STREAMS: list[Row] = [
    ("aggregate_trade_streams", BTC),
    ("all_market_mini_tickers_stream", {}),
    ("all_market_tickers_streams", {}),
    ("continuous_contract_kline_candlestick_streams",
     {"pair": "btcusdt", "contract_type": "perpetual", "interval": "1m"}),
    ("individual_symbol_mini_ticker_stream", BTC),
    ("individual_symbol_ticker_streams", BTC),
    ("kline_candlestick_streams", {**BTC, "interval": "1m"}),
    ("mark_price_stream", {**BTC, "update_speed": "1s"}),
    ("mark_price_stream_for_all_market", {"update_speed": "1s"}),
    ("all_book_tickers_stream", {}),
    ("diff_book_depth_streams", {**BTC, "update_speed": "100ms"}),
    ("individual_symbol_book_ticker_streams", BTC),
    ("rpi_diff_book_depth_streams", BTC),
    ("asset_index", {}),
    ("partial_book_depth_streams", {**BTC, "levels": "5", "update_speed": "100ms"}),
]  # fmt: skip
SILENT: list[Row] = [
    ("all_market_liquidation_order_streams", {}),
    ("liquidation_order_streams", BTC),
    ("contract_info_stream", {}),
    ("composite_index_symbol_information_streams", BTC),
    ("trading_session_stream", {}),
]
"""Nobody is liquidated and nothing listed in the meantime; no index is composite, and no contract has opening hours."""


def told(package: Any) -> Any:
    """The calls as the story names them: of two versions of the last price the newer one is meant."""
    found = official.rest(package.rest_api)
    return {**found, "GET v1/ticker/price": found["GET ticker/price"], "GET ticker/price": found["GET v2/ticker/price"]}


async def streams(exchange: Exchange) -> None:
    package = client(exchange.url, exchange.ws_url, *exchange.keys("dave"))
    connection = await package.websocket_streams.create_connection()
    await official_streams.each_speaks(connection, STREAMS, SILENT)
    await connection.close_connection()
    official_streams.all_streams(DerivativesTradingUsdsFuturesWebSocketStreams, STREAMS, SILENT, {})

    async def account() -> tuple[Any, Any]:
        key = package.rest_api.start_user_data_stream().data().listen_key
        opened = await package.websocket_streams.create_connection()
        return opened, await opened.user_data(key)

    other = Mover(exchange, "dave")
    terms = {"symbol": USDM.symbol, "type": "MARKET", "quantity": "0.01"}
    await official_streams.futures_account(
        account, lambda side: other.ask("POST", "/fapi/v1/order", side=side, **terms), USDM.symbol
    )


def by_private_keys(exchange: Exchange) -> None:
    """Orders signed with an RSA and an Ed25519 key."""
    for kind in KINDS:
        api_key, private = private_key(exchange, "erin", kind)
        calls = told(client(exchange.url, exchange.ws_url, api_key, private_key=private))
        terms = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": USDM.qty, "price": "58000"}
        made = calls["POST order"](symbol=USDM.symbol, **terms)
        gone = calls["DELETE order"](symbol=USDM.symbol, orderId=made["orderId"])
        same("canceled", gone["status"], "CANCELED")
    shown("orders are signed with RSA and with Ed25519 keys")


def main() -> None:
    exchange = served()
    misfits = official.Misfits()
    print("==== REST", flush=True)
    package = client(exchange.url, exchange.ws_url, *exchange.keys("alice"))
    desk = Desk(f"{NAME}, REST", told(package))
    FuturesStory(desk, exchange, "alice", USDM).run()
    asked = {**desk.asked, "GET v2/ticker/price": 1}
    official.left_out(package.rest_api, asked, official.rest_names(package.rest_api), REASONS)
    by_private_keys(exchange)
    print("==== WebSocket API", flush=True)
    package = client(exchange.url, exchange.ws_url, *exchange.keys("carol"))
    with asyncio.Runner() as runner:
        connection = runner.run(package.websocket_api.create_connection())
        over_websocket = official.over_websocket(connection, runner)
        desk = Desk(f"{NAME}, WebSocket API", {**told(package), **over_websocket})
        FuturesStory(desk, exchange, "carol", USDM).run()
        official.left_out_over_websocket(connection, desk.asked, OVER_WEBSOCKET)
        runner.run(connection.close_connection())
    print("==== streams", flush=True)
    asyncio.run(streams(exchange))
    misfits.none()


if __name__ == "__main__":
    main()
