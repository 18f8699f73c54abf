"""Books kept by python-binance's depth caches, written down at each diff: `run --books SECONDS`."""

import asyncio

from binance import AsyncClient, DepthCacheManager
from binance.ws.depthcache import FuturesDepthCacheManager
from settings import point_to

from clients.books import Kept
from clients.exchange import served

WHOLE = 5_000
"""Levels of the snapshot: more than there are."""


async def spot(client: AsyncClient, kept: Kept, interval: int | None) -> None:
    """The manager tells no update id of a state; the last one it took in is the state's."""
    manager = DepthCacheManager(client, "BTCUSDT", limit=WHOLE, conv_type=str, ws_interval=interval)
    snapshot = 0
    async with manager:
        while not kept.over():
            cache = await asyncio.wait_for(manager.recv(), 20)
            newest = (await client.get_order_book(symbol="BTCUSDT", limit=5))["lastUpdateId"] if not snapshot else 0
            snapshot = snapshot or newest
            update = manager._last_update_id
            # Over a snapshot it first lays diffs that are older: the book is whole once it has passed it.
            if update >= snapshot:
                kept.note("spot:BTC-USDT", update, cache.get_bids(), cache.get_asks())


async def futures(client: AsyncClient, kept: Kept) -> None:
    """This one keeps the best levels only, as each message brings them; the id is taken from the message."""
    manager = FuturesDepthCacheManager(client, "BTCUSDT", conv_type=str)
    async with manager:
        while not kept.over():
            message = await asyncio.wait_for(manager._socket.recv(), 20)
            cache = await manager._depth_event(message)
            kept.note("perp:BTC-USDT", message["data"]["u"], cache.get_bids(), cache.get_asks(), best=10)


async def main() -> None:
    exchange = served()
    point_to(exchange.url, exchange.ws_url)
    kept = Kept()
    client = await AsyncClient.create(*exchange.keys("alice"))
    try:
        await asyncio.gather(spot(client, kept, 100), spot(client, kept, None), futures(client, kept))
    finally:
        await client.close_connection()
        kept.close()


if __name__ == "__main__":
    asyncio.run(main())
