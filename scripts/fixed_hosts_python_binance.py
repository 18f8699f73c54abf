"""python-binance as it is installed, with its own addresses, for `scripts/fixed_hosts.py`.

    python -m scripts.fixed_hosts -- ENVIRONMENT/bin/python scripts/fixed_hosts_python_binance.py

ENVIRONMENT is one with python-binance 1.0.37 in it, and with websockets_proxy for its streams through the proxy. Both
halves of the library are driven: the blocking client, and the awaited one with its streams.
"""

from __future__ import annotations

import asyncio
import os
from importlib import import_module
from typing import Any, Final

WITHIN: Final = 20.0
"""Wall seconds for what must come."""
KEYS: Final = (os.environ["SIMEXCHANGE_API_KEY"], os.environ["SIMEXCHANGE_API_SECRET"])


def blocking(binance: Any) -> None:
    client = binance.Client(*KEYS)
    bought = client.order_market_buy(symbol="BTCUSDT", quantity="0.01")
    sold = client.futures_create_order(symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.01")
    print(f"blocking: spot {bought['status']}, futures {sold['status']}")


async def awaited(binance: Any) -> None:
    # This half looks at no variable: it is told of the proxy.
    proxy = os.environ.get("HTTPS_PROXY")
    client = await binance.AsyncClient.create(*KEYS, https_proxy=proxy)
    try:
        streams = binance.BinanceSocketManager(client)
        for name, socket in (
            ("spot", streams.trade_socket("BTCUSDT")),
            ("futures", streams.symbol_mark_price_socket("BTCUSDT")),
        ):
            async with socket as stream, asyncio.timeout(WITHIN):
                message = await stream.recv()
            heard = message.get("data", message)
            print(f"awaited: heard {heard['e']} of {name}")
    finally:
        await client.close_connection()


if __name__ == "__main__":
    library = import_module("binance")
    blocking(library)
    asyncio.run(awaited(library))
