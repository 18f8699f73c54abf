"""Buy a hundredth of a bitcoin, sell it again, and account for every cent.

    python spot_round_trip.py READY_FILE

READY_FILE is what `simexchange serve --ready-file` wrote.
"""

import json
import sys
from pathlib import Path
from typing import Any

import ccxt

import simexchange

SYMBOL = "BTC/USDT"


def connect(ready: dict[str, Any]) -> ccxt.binance:
    """An ordinary ccxt client; only its addresses are others."""
    who = ready["accounts"][0]
    return ccxt.binance(
        simexchange.ccxt_config("binance", ready["url"], who["api_key"], who["api_secret"], ready["ws_url"])
    )


def main() -> None:
    exchange = connect(json.loads(Path(sys.argv[1]).read_text()))
    start = exchange.fetch_balance()["total"]

    bought = exchange.create_market_buy_order(SYMBOL, 0.01)
    print(f"bought {bought['filled']} at {bought['average']} for {bought['cost']} USDT")

    # The fee of a buy is taken from what is bought, so there is a little less to sell.
    received = 0.01 - bought["fee"]["cost"]
    sold = exchange.create_market_sell_order(SYMBOL, float(exchange.amount_to_precision(SYMBOL, received)))
    print(f"sold {sold['filled']} at {sold['average']} for {sold['cost']} USDT")

    end = exchange.fetch_balance()["total"]
    for asset in ("BTC", "USDT"):
        print(f"{asset}: {end[asset] - start.get(asset, 0):+.8f}")


if __name__ == "__main__":
    main()
