"""Every parameter of a market call that is served in full does something: two values of it, two answers."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from simexchange.dialects.bybit.v5.routes import MARKET
from simexchange.dialects.contract import Coverage
from tests.dialects.bybit.payloads.busyday import BEFORE, busy_day

START: Final = BEFORE // 1_000_000
MINUTE: Final = 60_000
BTC: Final = {"category": "linear", "symbol": "BTCUSDT"}
Values = tuple[object, object]

BASE: Final[Mapping[str, Mapping[str, object]]] = {
    "/v5/market/instruments-info": {"category": "linear"},
    "/v5/market/tickers": {"category": "linear"},
    "/v5/market/risk-limit": {"category": "linear"},
    "/v5/market/delivery-price": {"category": "linear"},
    "/v5/market/insurance": {},
    "/v5/market/adlAlert": {},
    "/v5/market/index-price-components": {},
    "/v5/system/status": {},
    "/v5/market/rpi_orderbook": {**BTC, "limit": 5},
    "/v5/market/open-interest": {**BTC, "intervalTime": "5min"},
    "/v5/market/account-ratio": {**BTC, "period": "5min"},
}
"""What is sent beside the parameter; of the others a symbol, and of candles an interval."""
VALUES: Final[Mapping[str, Values]] = {
    "category": ("linear", "inverse"),
    "symbol": ("BTCUSDT", "ETHUSDT"),
    "interval": ("1", "60"),
    "intervalTime": ("5min", "1h"),
    "period": ("5min", "1h"),
    "limit": (1, 2),
    "start": (START, START + 10 * MINUTE),
    "end": (START + 10 * MINUTE, START + 20 * MINUTE),
    "startTime": (START, START + 25 * MINUTE),
    "endTime": (START + 5 * MINUTE, START + 25 * MINUTE),
    "status": ("Trading", "Closed"),
    "symbolType": ("", "xstocks"),
    "baseCoin": ("BTC", "ETH"),
    "settleCoin": ("USDT", "USDC"),
    "coin": ("USDT", "BTC"),
    "indexName": ("BTCUSDT", "ETHUSDT"),
    "cursor": ("", "made%3Dup"),
    "id": ("", "none"),
    "state": ("ongoing", "never"),
}
OF_CALL: Final[Mapping[tuple[str, str], Values]] = {
    ("/v5/market/delivery-price", "symbol"): ("BTCUSDT-27MAR26", "BTCUSDT-26JUN26"),
    ("/v5/market/recent-trade", "limit"): (1, 3),
    ("/v5/market/funding/history", "startTime"): (START, START + 29 * MINUTE),
    ("/v5/market/funding/history", "endTime"): (START + 5 * MINUTE, START + 29 * MINUTE),
}
BESIDE: Final[Mapping[tuple[str, str], Mapping[str, object]]] = {
    ("/v5/market/funding/history", "startTime"): {"endTime": START + 30 * MINUTE},
}
"""What goes together."""
WITHOUT: Final[Mapping[tuple[str, str], str]] = {
    ("/v5/market/funding/history", "limit"): "Only one rate was settled in our day; a test of its own has more.",
    ("/v5/market/delivery-price", "limit"): "Only one contract of a category was delivered in our day.",
    ("/v5/market/delivery-price", "baseCoin"): "Of options alone.",
    ("/v5/market/tickers", "baseCoin"): "Of options alone.",
    ("/v5/market/recent-trade", "baseCoin"): "Of options alone.",
    ("/v5/system/status", "id"): "Nothing paused in our day; a test of its own pauses.",
}


def params() -> Iterator[tuple[str, str]]:
    for route in MARKET:
        if route.coverage is Coverage.FULL and route.check is not None:
            for param in inspect.getclosurevars(route.check).nonlocals["params"]:
                if (route.path, param.name) not in WITHOUT:
                    yield route.path, param.name


def answered(path: str, name: str, value: object) -> Any:
    base = BASE.get(path, {**BTC, "interval": "1"} if path.endswith("kline") else BTC)
    sent = {**base, **BESIDE.get((path, name), {}), name: value}
    body = dict(busy_day().get(path, **{key: each for key, each in sent.items() if each != ""}).body)
    del body["time"]
    return body


@pytest.mark.parametrize(("path", "name"), list(params()))
def test_a_parameter_has_an_effect(path: str, name: str) -> None:
    one, other = OF_CALL.get((path, name)) or VALUES[name]

    assert answered(path, name, one) != answered(path, name, other)


def test_what_has_none_says_why() -> None:
    known = {
        (route.path, param.name)
        for route in MARKET
        for param in inspect.getclosurevars(route.check).nonlocals["params"]  # type: ignore[arg-type]
    }

    assert WITHOUT.keys() <= known
    assert all(why.endswith(".") for why in WITHOUT.values())
