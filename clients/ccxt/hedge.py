"""Buy a tenth of a bitcoin and short as much of the perpetual: whatever the price does, the sum stays.

    python hedge.py READY_FILE

READY_FILE is what `simexchange serve --ready-file` wrote.
"""

import json
import sys
from pathlib import Path
from typing import Any

import ccxt

import simexchange

SPOT, PERPETUAL, SIZE = "BTC/USDT", "BTC/USDT:USDT", 0.1


def connect(ready: dict[str, Any], venue: str) -> ccxt.Exchange:
    """ccxt's class *venue*; only its addresses are others."""
    who = ready["accounts"][0]
    settings = simexchange.ccxt_config(venue, ready["url"], who["api_key"], who["api_secret"], ready["ws_url"])
    return getattr(ccxt, venue)(settings)


def main() -> None:
    ready = json.loads(Path(sys.argv[1]).read_text())
    spot, futures = connect(ready, "binance"), connect(ready, "binanceusdm")
    futures.set_leverage(10, PERPETUAL)

    bought = spot.create_market_buy_order(SPOT, SIZE)
    opened = futures.create_market_sell_order(PERPETUAL, SIZE)
    (position,) = futures.fetch_positions([PERPETUAL])
    print(f"bought at {bought['average']}, short {position['contracts']} at {position['entryPrice']}")
    print(f"margin {position['initialMargin']}, liquidation at {position['liquidationPrice']}")
    rate = futures.fetch_funding_rate(PERPETUAL)
    print(f"funding {rate['fundingRate']} at {rate['fundingDatetime']}")

    closed = futures.create_market_buy_order(PERPETUAL, SIZE, {"reduceOnly": True})
    sold = spot.create_market_sell_order(SPOT, SIZE)
    on_spot, on_futures = sold["cost"] - bought["cost"], opened["cost"] - closed["cost"]
    print(f"spot {on_spot:+.4f}, futures {on_futures:+.4f}, together {on_spot + on_futures:+.4f} USDT before fees")
    print(f"open positions: {len(futures.fetch_positions([PERPETUAL]))}")


if __name__ == "__main__":
    main()
