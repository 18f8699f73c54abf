"""Streams of python-binance: every socket of both products, the account's own through a reconnect, in threads too."""

import asyncio
import queue
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from binance import AsyncClient, BinanceSocketManager, ThreadedWebsocketManager
from binance.enums import ContractType, FuturesType
from binance.ws.streams import BinanceSocketType

from clients.exchange import Exchange
from clients.proof import eventually, money, same, shown
from clients.spot_story import SYMBOL
from clients.stories import Mover

COINM = "BTCUSD_PERP"
WITHIN = 20.0
"""Wall seconds for one message."""

SPOT_SOCKETS: list[tuple[str, dict[str, Any], str]] = [
    ("depth_socket", {"symbol": SYMBOL}, "depthUpdate"),
    ("depth_socket", {"symbol": SYMBOL, "interval": 100}, "depthUpdate"),
    ("depth_socket", {"symbol": SYMBOL, "depth": "10"}, "lastUpdateId"),
    ("kline_socket", {"symbol": SYMBOL}, "kline"),
    ("miniticker_socket", {}, "24hrMiniTicker"),
    ("trade_socket", {"symbol": SYMBOL}, "trade"),
    ("aggtrade_socket", {"symbol": SYMBOL}, "aggTrade"),
    ("symbol_miniticker_socket", {"symbol": SYMBOL}, "24hrMiniTicker"),
    ("symbol_ticker_socket", {"symbol": SYMBOL}, "24hrTicker"),
    ("symbol_book_ticker_socket", {"symbol": SYMBOL}, "B"),
    ("multiplex_socket", {"streams": ["btcusdt@trade", "ethusdt@trade"]}, "trade"),
]
USDM_SOCKETS: list[tuple[str, dict[str, Any], str]] = [
    ("kline_futures_socket", {"symbol": SYMBOL, "contract_type": ContractType.PERPETUAL}, "continuous_kline"),
    ("aggtrade_futures_socket", {"symbol": SYMBOL}, "aggTrade"),
    ("futures_ticker_socket", {}, "24hrTicker"),
    ("symbol_mark_price_socket", {"symbol": SYMBOL}, "markPriceUpdate"),
    ("all_mark_price_socket", {}, "markPriceUpdate"),
    ("symbol_ticker_futures_socket", {"symbol": SYMBOL}, "bookTicker"),
    ("individual_symbol_ticker_futures_socket", {"symbol": SYMBOL}, "24hrTicker"),
    ("all_ticker_futures_socket", {}, "bookTicker"),
    ("futures_multiplex_socket", {"streams": ["btcusdt@aggTrade", "btcusdt@markPrice@1s"]}, ""),
    ("futures_depth_socket", {"symbol": SYMBOL}, "depthUpdate"),
    ("futures_rpi_depth_socket", {"symbol": SYMBOL}, "depthUpdate"),
]
COINM_SOCKETS: list[tuple[str, dict[str, Any], str]] = [
    ("futures_coin_ticker_socket", {}, "24hrTicker"),
    ("index_price_socket", {"symbol": "BTCUSD"}, "indexPriceUpdate"),
    ("aggtrade_futures_socket", {"symbol": COINM, "futures_type": FuturesType.COIN_M}, "aggTrade"),
    ("symbol_mark_price_socket", {"symbol": COINM, "futures_type": FuturesType.COIN_M}, "markPriceUpdate"),
    ("futures_depth_socket", {"symbol": COINM, "futures_type": FuturesType.COIN_M}, "depthUpdate"),
]


def kind(message: Any) -> Any:
    """What a message says it is; of a list, what its rows say; of a row without a name, its letters."""
    told = message.get("data", message) if isinstance(message, dict) else message
    row = told[0] if isinstance(told, list) else told
    return row.get("e") or list(row)


async def market_streams(client: AsyncClient) -> None:
    """One message of each, all at once."""
    manager = BinanceSocketManager(client)

    async def first(name: str, given: dict[str, Any], expected: str) -> None:
        async with getattr(manager, name)(**given) as socket:
            message = await asyncio.wait_for(socket.recv(), WITHIN)
        found = kind(message)
        if expected and expected != found and expected not in found:
            raise AssertionError(f"{name}: {message!r}")

    sockets = [*SPOT_SOCKETS, *USDM_SOCKETS, *COINM_SOCKETS]
    await asyncio.gather(*(first(*row) for row in sockets))
    shown(f"{len(sockets)} kinds of market sockets say what they should")


async def told(socket: Any, *kinds: str) -> list[Any]:
    """Messages until one of each kind was there; errors of the connection are passed over."""
    found: list[Any] = []
    missing = set(kinds)
    until = time.monotonic() + WITHIN
    while missing:
        message = await asyncio.wait_for(socket.recv(), until - time.monotonic())
        if message.get("e") == "error":
            continue
        found.append(message)
        missing.discard(message["e"])
    return found


async def broken(connection: Any) -> None:
    """Break it as a bad line does, without a goodbye, and wait until the package has made it anew."""
    before = connection.ws
    before.transport.abort()
    until = time.monotonic() + WITHIN
    while connection.ws in {before, None} or connection.ws_state.value != "Streaming":
        if time.monotonic() > until:
            raise AssertionError("the connection is not made anew")
        await asyncio.sleep(0.05)


async def spot_user(client: AsyncClient) -> None:
    """An order is told from its acceptance to its fill; again after the connection broke."""
    manager = BinanceSocketManager(client)
    for attempt in range(2):
        socket = manager.user_socket()
        await socket.connect()
        made = await client.order_market_buy(symbol=SYMBOL, quantity="0.01")
        events = await told(socket, "executionReport", "outboundAccountPosition")
        while not any(event.get("X") == "FILLED" for event in events):
            events += await told(socket, "executionReport")
        reports = [event for event in events if event["e"] == "executionReport"]
        same("the order told", {event["i"] for event in reports}, {made["orderId"]})
        same("from the first to the last", (reports[0]["x"], reports[-1]["X"]), ("NEW", "FILLED"))
        same("what it traded", sum(money(event["l"]) for event in reports), money("0.01"))
        if attempt == 0:
            # The subscription went with the connection: the account's own program makes it again.
            await broken(client.ws_api)
            await manager._stop_socket(f"{BinanceSocketType.ACCOUNT}_user")
        else:
            await socket.close()
    await client.order_market_sell(symbol=SYMBOL, quantity="0.02")
    shown("the spot account's stream tells orders and balances, and does so again after a broken connection")


async def futures_user(client: AsyncClient, product: str, opened: Any, place: Any, terms: dict[str, str]) -> None:
    """Orders and positions; the socket of the package comes back by itself, with the same listen key."""
    async with opened() as socket:
        for attempt, side in enumerate(("BUY", "SELL")):
            await place(side=side, type="MARKET", **terms)
            events = await told(socket, "ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE")
            while not any(event.get("o", {}).get("X") == "FILLED" for event in events):
                events += await told(socket, "ORDER_TRADE_UPDATE")
            (position,) = [e for e in events if e["e"] == "ACCOUNT_UPDATE"][-1]["a"]["P"]
            same("the position told", money(position["pa"]), money(terms["quantity"]) if attempt == 0 else 0)
            if attempt == 0:
                await broken(socket)
    shown(f"{product}: the account's stream tells orders and positions, and comes back after a broken connection")


def in_threads(exchange: Exchange) -> None:
    """The threaded manager: callbacks get market data and the account's own events."""
    said: queue.Queue[Any] = queue.Queue()
    manager = ThreadedWebsocketManager(*exchange.keys("erin"))
    manager.start()
    sockets = [
        manager.start_trade_socket(said.put, symbol=SYMBOL),
        manager.start_aggtrade_futures_socket(said.put, symbol=SYMBOL),
        manager.start_multiplex_socket(said.put, streams=["btcusdt@miniTicker"]),
        manager.start_user_socket(said.put),
        manager.start_futures_user_socket(said.put),
    ]
    missing: set[str] = {"trade", "aggTrade", "24hrMiniTicker"}
    drain(said, missing)
    ask = exchange_orders(exchange, "erin")
    ask("/api/v3/order", "BUY")
    ask("/fapi/v1/order", "BUY")
    drain(said, {"executionReport", "ORDER_TRADE_UPDATE"})
    ask("/api/v3/order", "SELL")
    ask("/fapi/v1/order", "SELL")
    for socket in sockets:
        manager.stop_socket(socket)
    eventually("its sockets close", lambda: not manager._socket_running)
    manager.stop()
    manager.join(timeout=WITHIN)
    shown("the threaded manager's callbacks get market data, orders and positions")


def exchange_orders(exchange: Exchange, name: str) -> Any:
    """Market orders of an account, without a client."""
    other = Mover(exchange, name)
    return lambda path, side: other.ask("POST", path, symbol=SYMBOL, side=side, type="MARKET", quantity="0.01")


def drain(said: "queue.Queue[Any]", missing: set[str]) -> None:
    """Take messages until one of each kind was there."""
    until = time.monotonic() + WITHIN
    while missing:
        message = said.get(timeout=max(until - time.monotonic(), 0.001))
        missing.discard(kind(message) if isinstance(kind(message), str) else "")


async def _run(exchange: Exchange) -> None:
    client = await AsyncClient.create(*exchange.keys("dave"))
    try:
        await market_streams(client)
        await spot_user(client)
        manager = BinanceSocketManager(client)
        usdm, coinm = {"symbol": SYMBOL, "quantity": "0.01"}, {"symbol": COINM, "quantity": "3"}
        await asyncio.gather(
            futures_user(client, "USDⓈ-M", manager.futures_user_socket, client.futures_create_order, usdm),
            futures_user(client, "COIN-M", manager.coin_futures_user_socket, client.futures_coin_create_order, coinm),
        )
    finally:
        await client.close_connection()


def run(exchange: Exchange) -> None:
    """Both managers at once: each takes long to close, as it waits for one more message."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        threaded = pool.submit(in_threads, exchange)
        asyncio.run(_run(exchange))
        threaded.result()
