"""How `simexchange doctor` asks each venue: for its time, and one signed question, as a client of it would."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import msgspec

TIME: Final = "time"
SIGNATURE: Final = "signature"
SHAPE: Final = "shape"
KEY: Final = "key"
"""What a venue's code may mean."""


class Question(msgspec.Struct, frozen=True):
    """A signed question."""

    path: str
    """What comes behind the address, query and all."""
    headers: Mapping[str, str]
    signed: str
    """The text that was signed."""


class Probe(Protocol):
    """One venue, as a client asks it. Addresses are called by ccxt's names for them."""

    @property
    def products(self) -> Mapping[str, str]:
        """Name of an address → what it is of, for a person."""
        ...

    @property
    def calls(self) -> Mapping[str, str]:
        """Under which path the exchange knows the signed question of each."""
        ...

    @property
    def time_path(self) -> str: ...

    @property
    def meanings(self) -> Mapping[int, str]:
        """Code → what it is about."""
        ...

    def time_of(self, body: Any) -> int | None:
        """The exchange's time in ms, where *body* is an answer that tells it."""
        ...

    def ask(self, name: str, key: str, secret: str, window: int, stamp: int) -> Question:
        """The signed question to the address called *name*."""
        ...

    def code_of(self, body: Any) -> int | None:
        """The code of a refusal; 0 of a good answer; None where it is neither."""
        ...


class BinanceProbe:
    """Signs the query, and puts the signature at its end."""

    products: Final = {"private": "spot", "fapiPrivate": "USDⓈ-M", "dapiPrivate": "COIN-M"}
    calls: Final = {
        "private": "/api/v3/account",
        "fapiPrivate": "/fapi/v1/openOrders",
        "dapiPrivate": "/dapi/v1/openOrders",
    }
    time_path: Final = "/time"
    meanings: Final = {-1021: TIME, -1022: SIGNATURE, -2014: SHAPE, -2015: KEY}

    def time_of(self, body: Any) -> int | None:
        told = body.get("serverTime") if isinstance(body, dict) else None
        return told if isinstance(told, int) else None

    def ask(self, name: str, key: str, secret: str, window: int, stamp: int) -> Question:
        query = urlencode({"timestamp": stamp, "recvWindow": window})
        path = "/" + self.calls[name].rpartition("/")[2]
        return Question(f"{path}?{query}&signature={_hmac(secret, query)}", {"X-MBX-APIKEY": key}, query)

    def code_of(self, body: Any) -> int | None:
        """A good answer has none."""
        return body.get("code", 0) if isinstance(body, dict) else 0 if isinstance(body, list) else None


class BybitProbe:
    """Signs time, key, window and query, all of which but the query are headers."""

    products: Final = {"private": "Bybit"}
    calls: Final = {"private": "/v5/user/query-api"}
    time_path: Final = "/v5/market/time"
    meanings: Final = {10002: TIME, 10004: SIGNATURE, 10003: KEY, 10005: KEY, 10010: KEY}

    def time_of(self, body: Any) -> int | None:
        told = body.get("time") if isinstance(body, dict) and body.get("retCode") == 0 else None
        return told if isinstance(told, int) else None

    def ask(self, name: str, key: str, secret: str, window: int, stamp: int) -> Question:
        text = f"{stamp}{key}{window}"
        headers = {
            "X-BAPI-API-KEY": key,
            "X-BAPI-TIMESTAMP": str(stamp),
            "X-BAPI-RECV-WINDOW": str(window),
            "X-BAPI-SIGN": _hmac(secret, text),
        }
        return Question(self.calls[name], headers, text)

    def code_of(self, body: Any) -> int | None:
        told = body.get("retCode") if isinstance(body, dict) else None
        return told if isinstance(told, int) else None


PROBES: Final[Mapping[str, Probe]] = {"binance": BinanceProbe(), "bybit": BybitProbe()}
"""By the venue's name."""


def _hmac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
