"""The same connectors with no constant assigned: their built-in addresses, in a network of their own.

sudo simexchange run --sealed --account demo:USDT=1000000,BTC=10 -- PYTHON clients/hummingbot/untouched.py
"""

import os

from session import alone, each

from clients.exchange import Exchange
from clients.proof import shown


def sealed() -> Exchange:
    """The exchange as `simexchange run` tells of it; only the ledger is asked by this address."""
    told = {name: os.environ[f"SIMEXCHANGE_{name.upper()}"] for name in ("url", "ws_url", "log", "control_token")}
    key = {
        "name": "demo",
        "api_key": os.environ["SIMEXCHANGE_API_KEY"],
        "api_secret": os.environ["SIMEXCHANGE_API_SECRET"],
    }
    return Exchange({**told, "accounts": [key]})


if __name__ == "__main__":
    if product := each(__file__):
        exchange = sealed()
        alone(product, "demo", exchange, exchange.cut)
        missing = exchange.unserved()
        if missing:
            raise SystemExit(f"not served: {missing}")
        shown(f"{product}: no unserved call; its own addresses led here")
