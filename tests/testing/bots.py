"""Bots as a reader of the documentation may have them, by the standard library: they know nothing of simexchange."""

import hashlib
import hmac
import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

PATIENCE = 1.0
"""Wall seconds an answer may take."""


class MyBot:
    """Buys on the spot market. It never takes silence for an answer: it asks for its order before it sends it again."""

    def __init__(self, url: str, api_key: str, secret: str) -> None:
        self._url = url
        self._api_key = api_key
        self._secret = secret.encode()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self.prices: list[float] = []
        self.wait: Callable[[str], Any] = lambda _: None
        """How it lets time pass; in a test the exchange's own."""

    @classmethod
    def from_environment(cls) -> "MyBot":
        return cls(*(os.environ[f"SIMEXCHANGE_{name}"] for name in ("URL", "API_KEY", "API_SECRET")))

    def call(self, method: str, path: str, **params: object) -> Any:
        query = urllib.parse.urlencode({**params, "timestamp": int(time.time() * 1000)})
        signature = hmac.new(self._secret, query.encode(), hashlib.sha256).hexdigest()
        url = f"{self._url}{path}?{query}&signature={signature}"
        request = urllib.request.Request(url, method=method, headers={"X-MBX-APIKEY": self._api_key})  # noqa: S310
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - a loopback address
            return json.load(answer)

    def buy(self, symbol: str, qty: float) -> Any:
        """One order, however often its answer is lost."""
        name = uuid.uuid4().hex
        for _ in range(5):
            try:
                return self.call(
                    "POST", "/api/v3/order", symbol=symbol, side="BUY", type="MARKET", quantity=qty,
                    newClientOrderId=name,
                )  # fmt: skip
            except (TimeoutError, ConnectionError, urllib.error.URLError):
                found = self._order(symbol, name)
                if found is not None:
                    return found
        raise RuntimeError("the exchange does not answer")

    def _order(self, symbol: str, name: str) -> Any:
        try:
            return self.call("GET", "/api/v3/order", symbol=symbol, origClientOrderId=name)
        except urllib.error.HTTPError:
            return None

    def run_for(self, span: str) -> None:
        """A little every quarter of an hour."""
        assert span == "1h"
        for _ in range(4):
            self.buy("BTCUSDT", 0.01)
            self.wait("15m")

    # A short with a stop that holds through anything

    def start(self) -> None:
        self.call("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=10)
        self.call("POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1")
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ending.wait(0.02):
            self.prices.append(float(self.call("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT")[0]["markPrice"]))

    def stop(self) -> None:
        self._ending.set()
        assert self._thread is not None
        self._thread.join(5)


class MyHedger:
    """Buys spot and sells as much of the perpetual, by two clients of ccxt."""

    def __init__(self, spot: Any, futures: Any) -> None:
        self._spot = spot
        self._futures = futures

    def open(self, btc: float) -> None:
        self._spot.create_order("BTC/USDT", "market", "buy", btc)
        self._futures.create_order("BTC/USDT:USDT", "market", "sell", btc)
