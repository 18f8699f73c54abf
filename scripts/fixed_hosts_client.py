"""A client that knows the venue's addresses by heart and takes no setting but its key: plain aiohttp.

It trades on spot and USDⓈ-M and hears of both on the venue's stream hosts. `scripts/fixed_hosts.py` runs it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import time
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp

SPOT: Final = "https://api.binance.com"
FUTURES: Final = "https://fapi.binance.com"
SPOT_STREAMS: Final = "wss://stream.binance.com:9443"
FUTURES_STREAMS: Final = "wss://fstream.binance.com"
WITHIN: Final = 20.0
"""Wall seconds for each message that must come."""


async def signed(session: aiohttp.ClientSession, method: str, url: str, **params: Any) -> Any:
    """One signed call; its JSON."""
    query = urlencode({**params, "timestamp": int(time.time() * 1000)})
    secret = os.environ["SIMEXCHANGE_API_SECRET"].encode()
    signature = hmac.new(secret, query.encode(), hashlib.sha256).hexdigest()
    headers = {"X-MBX-APIKEY": os.environ["SIMEXCHANGE_API_KEY"]}
    async with session.request(method, f"{url}?{query}&signature={signature}", headers=headers) as answer:
        told = await answer.json()
        if answer.status != 200:
            raise SystemExit(f"{method} {url}: {told}")
        return told


async def heard(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next message of *kind*."""
    async with asyncio.timeout(WITHIN):
        while True:
            message: dict[str, Any] = await socket.receive_json()
            if message.get("e") == kind:
                return message


async def main() -> None:
    # Whoever sets HTTPS_PROXY wants it used; without this aiohttp does not look.
    async with aiohttp.ClientSession(trust_env=True) as session:
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
        async with session.ws_connect(f"{SPOT_STREAMS}/ws/btcusdt@trade") as socket:
            bought = await signed(session, "POST", f"{SPOT}/api/v3/order", **order)
            trade = await heard(socket, "trade")
        print(f"spot: {bought['status']} {bought['executedQty']} BTC; heard a trade at {trade['p']} on {SPOT_STREAMS}")

        async with session.post(
            f"{FUTURES}/fapi/v1/listenKey", headers={"X-MBX-APIKEY": os.environ["SIMEXCHANGE_API_KEY"]}
        ) as answer:
            key = (await answer.json())["listenKey"]
        async with session.ws_connect(f"{FUTURES_STREAMS}/private/ws/{key}") as socket:
            sold = await signed(
                session, "POST", f"{FUTURES}/fapi/v1/order", **{**order, "side": "SELL", "newOrderRespType": "RESULT"}
            )
            update = await heard(socket, "ORDER_TRADE_UPDATE")
        print(f"futures: {sold['status']} {sold['executedQty']}; heard {update['o']['X']} on {FUTURES_STREAMS}")


if __name__ == "__main__":
    asyncio.run(main())
