"""The session of binance-sdk-derivatives-trading-coin-futures against a served exchange: `run` starts both."""

import asyncio
from typing import Any

from binance_sdk_derivatives_trading_coin_futures.websocket_streams import (
    DerivativesTradingCoinFuturesWebSocketStreams,
)
from settings import client

from clients import official, official_streams
from clients.exchange import Exchange, served
from clients.futures_story import COINM, FuturesStory
from clients.official_streams import Row
from clients.private_keys import KINDS, private_key
from clients.proof import same, shown
from clients.stories import Desk, Mover

NAME = "binance-sdk-derivatives-trading-coin-futures"
FILES = "files of history, made by the venue over night"
REASONS = {f"GET {what}/asyn{tail}": FILES for what in ("order", "trade", "income") for tail in ("", "/id")}
"""Calls that are not part of the story."""
OVER_WEBSOCKET: dict[str, str] = {}
BTC: dict[str, Any] = {"symbol": "btcusd_perp"}
PAIR: dict[str, Any] = {"pair": "btcusd"}
STREAMS: list[Row] = [
    ("aggregate_trade_streams", BTC),
    ("all_book_tickers_stream", {}),
    ("all_market_mini_tickers_stream", {}),
    ("all_market_tickers_streams", {}),
    ("continuous_contract_kline_candlestick_streams", {**PAIR, "contract_type": "perpetual", "interval": "1m"}),
    ("diff_book_depth_streams", {**BTC, "update_speed": "100ms"}),
    ("individual_symbol_book_ticker_streams", BTC),
    ("individual_symbol_mini_ticker_stream", BTC),
    ("individual_symbol_ticker_streams", BTC),
    ("kline_candlestick_streams", {**BTC, "interval": "1m"}),
    ("mark_price_stream", {**BTC, "update_speed": "1s"}),
    ("index_kline_candlestick_streams", {**PAIR, "interval": "1m"}),
    ("index_price_stream", {**PAIR, "update_speed": "1s"}),
    ("mark_price_kline_candlestick_streams", {**BTC, "interval": "1m"}),
    ("mark_price_of_all_symbols_of_a_pair", {**PAIR, "update_speed": "1s"}),
    ("partial_book_depth_streams", {**BTC, "levels": "5", "update_speed": "100ms"}),
]
SILENT: list[Row] = [
    ("all_market_liquidation_order_streams", {}),
    ("market_liquidation_order_streams", BTC),
    ("contract_info_stream", {}),
]
"""Nobody is liquidated and nothing listed in the meantime."""


def told(package: Any) -> Any:
    """The calls as the story names them."""
    found = official.rest(package.rest_api)
    return {
        **found,
        "GET leverageBracket": found["GET v2/leverageBracket"],
        "GET leverageBracket of a pair": found["GET leverageBracket"],
    }


async def streams(exchange: Exchange) -> None:
    package = client(exchange.url, exchange.ws_url, *exchange.keys("dave"))
    connection = await package.websocket_streams.create_connection()
    await official_streams.each_speaks(connection, STREAMS, SILENT)
    await connection.close_connection()
    official_streams.all_streams(DerivativesTradingCoinFuturesWebSocketStreams, STREAMS, SILENT, {})

    async def account() -> tuple[Any, Any]:
        key = package.rest_api.start_user_data_stream().data().listen_key
        opened = await package.websocket_streams.create_connection()
        return opened, await opened.user_data(key)

    other = Mover(exchange, "dave")
    terms = {"symbol": COINM.symbol, "type": "MARKET", "quantity": COINM.qty}
    await official_streams.futures_account(
        account, lambda side: other.ask("POST", "/dapi/v1/order", side=side, **terms), COINM.symbol
    )


def by_private_keys(exchange: Exchange) -> None:
    """Orders signed with an RSA and an Ed25519 key."""
    for kind in KINDS:
        api_key, private = private_key(exchange, "erin", kind)
        calls = told(client(exchange.url, exchange.ws_url, api_key, private_key=private))
        terms = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": COINM.qty, "price": "58000"}
        made = calls["POST order"](symbol=COINM.symbol, **terms)
        gone = calls["DELETE order"](symbol=COINM.symbol, orderId=made["orderId"])
        same("canceled", gone["status"], "CANCELED")
    shown("orders are signed with RSA and with Ed25519 keys")


def main() -> None:
    exchange = served()
    misfits = official.Misfits()
    print("==== REST", flush=True)
    package = client(exchange.url, exchange.ws_url, *exchange.keys("alice"))
    desk = Desk(f"{NAME}, REST", told(package))
    FuturesStory(desk, exchange, "alice", COINM).run()
    asked = {**desk.asked, "GET v2/leverageBracket": 1}
    official.left_out(package.rest_api, asked, official.rest_names(package.rest_api), REASONS)
    by_private_keys(exchange)
    print("==== WebSocket API", flush=True)
    package = client(exchange.url, exchange.ws_url, *exchange.keys("carol"))
    with asyncio.Runner() as runner:
        connection = runner.run(package.websocket_api.create_connection())
        over_websocket = official.over_websocket(connection, runner)
        desk = Desk(f"{NAME}, WebSocket API", {**told(package), **over_websocket})
        FuturesStory(desk, exchange, "carol", COINM).run()
        official.left_out_over_websocket(connection, desk.asked, OVER_WEBSOCKET)
        runner.run(connection.close_connection())
    print("==== streams", flush=True)
    asyncio.run(streams(exchange))
    misfits.none()


if __name__ == "__main__":
    main()
