"""Books kept by ccxt.pro, written down at each diff: `run --books SECONDS`."""

import asyncio
from collections.abc import Mapping
from typing import Any

import ccxt.pro
from settings import settings

from clients.books import Kept
from clients.exchange import Exchange, served

BOOKS: Mapping[str, tuple[str, str, int]] = {
    "binance": ("BTC/USDT", "spot:BTC-USDT", 5000),
    "binanceusdm": ("BTC/USDT:USDT", "perp:BTC-USDT", 1000),
    "binancecoinm": ("BTC/USD:BTC", "perp:BTC-USD", 1000),
}
"""Class → symbol, market as the engine names it, levels of the snapshot: as many as a call gives."""


def following(exchange: Exchange, venue: str, kept: Kept) -> Any:
    """ccxt's class, which is asked after each diff it has taken in: its callers may be told of two at a time."""
    cls = getattr(ccxt.pro, venue)
    _, market, _ = BOOKS[venue]

    class Watched(cls):  # type: ignore[misc, valid-type]
        def handle_order_book_message(self, client: Any, message: Any, orderbook: Any) -> Any:
            told = super().handle_order_book_message(client, message, orderbook)
            kept.note(market, told["nonce"], told["bids"], told["asks"])
            return told

    return Watched(settings(exchange.url, exchange.ws_url, *exchange.keys("alice")))


async def follow(client: Any, kept: Kept) -> None:
    symbol, _, levels = BOOKS[client.id]
    try:
        while not kept.over():
            await asyncio.wait_for(client.watch_order_book(symbol, levels), 20)
    finally:
        await client.close()


async def main() -> None:
    exchange = served()
    kept = Kept()
    try:
        await asyncio.gather(*(follow(following(exchange, venue, kept), kept) for venue in BOOKS))
    finally:
        kept.close()


if __name__ == "__main__":
    asyncio.run(main())
