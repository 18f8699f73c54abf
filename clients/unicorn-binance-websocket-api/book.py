"""Books kept by unicorn-binance-local-depth-cache, written down at each update: `run --books SECONDS`."""

import os
import sys
import time
from typing import Any

import settings

from clients.books import Kept
from clients.exchange import served

BOOKS = {"spot:BTC-USDT": settings.SPOT, "perp:BTC-USDT": settings.USDM}
MARKET = "BTCUSDT"


def book(manager: Any) -> tuple[int, list[Any], list[Any]]:
    """Its newest update id, and both sides; 0 where it changed meanwhile or is not in step."""
    kept = manager.depth_caches[MARKET.lower()]
    if not kept["is_synchronized"]:
        return 0, [], []
    update = kept["last_update_id"]
    with manager.threading_lock_ask[MARKET.lower()], manager.threading_lock_bid[MARKET.lower()]:
        bids, asks = list(kept["bids"].items()), list(kept["asks"].items())
    # The id is set after both sides: seen unchanged before and after, it is theirs.
    time.sleep(0.002)
    return (update if kept["last_update_id"] == update else 0), bids, asks


def main() -> None:
    exchange = served()
    settings.point_to(exchange.url, exchange.ws_url)
    kept = Kept()
    ubra = settings.rest(*exchange.keys("alice"))
    managers = {market: settings.books(name, ubra, depth_cache_update_interval=100) for market, name in BOOKS.items()}
    for manager in managers.values():
        manager.create_depth_cache(markets=[MARKET])
    last = dict.fromkeys(managers, 0)
    while not kept.over():
        for market, manager in managers.items():
            update, bids, asks = book(manager)
            if update and update != last[market]:
                last[market] = update
                kept.note(market, update, bids, asks)
        time.sleep(0.005)
    kept.close()
    sys.stdout.flush()
    os._exit(0)  # its threads wait for their next look at the clock


if __name__ == "__main__":
    main()
