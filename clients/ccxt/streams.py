"""Follow the market and one's own orders with ccxt.pro: book, trades, candles, order updates.

    python streams.py READY_FILE

READY_FILE is what `simexchange serve --ready-file` wrote.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import ccxt.pro

import simexchange

PRODUCTS = {"binance": "BTC/USDT", "binanceusdm": "BTC/USDT:USDT"}


async def follow(ready: dict[str, Any], venue: str, symbol: str) -> None:
    who = ready["accounts"][0]
    settings = simexchange.ccxt_config(venue, ready["url"], who["api_key"], who["api_secret"], ready["ws_url"])
    exchange = getattr(ccxt.pro, venue)(settings)
    try:
        book = await exchange.watch_order_book(symbol)
        print(f"{symbol}: bid {book['bids'][0][0]}, ask {book['asks'][0][0]}")
        ticker = await exchange.watch_ticker(symbol)
        print(f"{symbol}: last {ticker['last']}, {ticker['baseVolume']} traded in a day")
        candles = await exchange.watch_ohlcv(symbol, "1m")
        print(f"{symbol}: this minute from {candles[-1][1]} to {candles[-1][4]}")

        # A private stream first, then the order, so that its news are not missed.
        updates = asyncio.ensure_future(exchange.watch_orders(symbol))
        await asyncio.sleep(1)
        order = await exchange.create_market_buy_order(symbol, 0.01)
        update = (await updates)[-1]
        print(f"{symbol}: heard of order {update['id']}, sent {order['id']}: {update['status']}")
        trades = await exchange.watch_trades(symbol)
        print(f"{symbol}: {trades[-1]['side']} {trades[-1]['amount']} at {trades[-1]['price']}")
    finally:
        await exchange.close()


async def main(ready: dict[str, Any]) -> None:
    for venue, symbol in PRODUCTS.items():
        await follow(ready, venue, symbol)


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
