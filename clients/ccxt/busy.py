"""Keeps an account busy until it is told to stop, so that private streams have something to tell.

    python busy.py SETTINGS_FILE

SETTINGS_FILE holds ccxt's constructor settings by venue, as keys.local.json of ccxt's test suite.
"""

import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

import ccxt

MARKETS = {
    "binance": {"BTC/USDT": (0.001, 0), "ETH/USDT": (0.01, 0)},
    "binanceusdm": {"BTC/USDT:USDT": (0.002, 0.05), "ETH/USDT:USDT": (0.05, 1)},
    "binancecoinm": {"BTC/USD:BTC": (1, 10), "ETH/USD:ETH": (1, 100)},
}
"""Venue → symbol → how much is traded at a time, and how much of a contract is held throughout."""
LIVES_AT_MOST = 3000
"""Wall seconds."""


def prepare(client: Any, symbol: str, held: float) -> None:
    """A position, in cross mode: of an isolated one the suite demands sums that do not hold at the venue either."""
    client.set_leverage(10, symbol)
    client.create_order(symbol, "market", "buy", held)


def trade(client: Any, symbol: str, amount: float, side: str) -> None:
    """A market order, and one that rests and is canceled."""
    client.create_order(symbol, "market", side, amount)
    far = client.price_to_precision(symbol, client.fetch_ticker(symbol)["last"] * 0.97)
    resting = client.create_order(symbol, "limit", "buy", amount * 2, float(far))
    client.cancel_order(resting["id"], symbol)


def main(settings: dict[str, Any]) -> None:
    clients = {venue: getattr(ccxt, venue)(settings[venue]) for venue in MARKETS}
    desks = [(clients[venue], symbol, *sizes) for venue, of in MARKETS.items() for symbol, sizes in of.items()]
    until = time.monotonic() + LIVES_AT_MOST
    for client, symbol, _, held in desks:
        if held:
            prepare(client, symbol, held)
    print("trading", flush=True)
    for beat in itertools.count():
        for client, symbol, amount, _ in desks:
            trade(client, symbol, amount, ("buy", "sell")[beat % 2])
        if time.monotonic() > until:
            return
        time.sleep(0.3)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
