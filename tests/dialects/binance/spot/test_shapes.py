"""Our answers have the fields, and the JSON types, that a client library's own examples have.

The examples are kept beside the repository (`../shared/payloads`), for shapes and not for values.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.dialects.binance.spot.bench import Bench, decoded

Ask = Callable[[Bench], Any]

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "90"}

OURS_LACK = {
    "stopPrice", "trailingDelta", "trailingTime", "icebergQty", "preventedMatchId", "preventedQuantity", "usedSor",
    "workingFloor", "strategyId", "strategyType", "delistTime", "id", "enableReading",
}  # fmt: skip
"""Fields of the examples that are there only under a condition, or of features that are not served."""


@pytest.fixture(scope="session")
def examples(root: Path) -> Path:
    folder = root.parent / "shared" / "payloads" / "jkorf_binance" / "Binance.Net.UnitTests"
    if not folder.is_dir():
        pytest.skip("needs the example payloads in ../shared/payloads")
    return folder


def signed(method: str, path: str, **sent: object) -> Ask:
    return lambda bench: bench.signed(bench.taker, method, path, **sent).body


def public(path: str, **sent: object) -> Ask:
    return lambda bench: bench.public(path, **sent).body


def canceled(bench: Bench) -> Any:
    placed = signed("POST", "/api/v3/order", **LIMIT)(bench)["orderId"]
    return signed("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=placed)(bench)


def canceled_all(bench: Bench) -> Any:
    signed("POST", "/api/v3/order", **LIMIT)(bench)
    return signed("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")(bench)


CALLS = [
    ("Trading/PlaceOrder", signed("POST", "/api/v3/order", **LIMIT)),
    ("Trading/CancelOrder", canceled),
    ("Trading/CancelAllOrders", canceled_all),
    ("Trading/GetOrder", lambda bench: signed("GET", "/api/v3/allOrders", symbol="BTCUSDT")(bench)[0]),
    ("Trading/GetOrders", signed("GET", "/api/v3/allOrders", symbol="BTCUSDT")),
    ("Trading/GetUserTrades", signed("GET", "/api/v3/myTrades", symbol="BTCUSDT")),
    ("Account/GetAccountInfo", signed("GET", "/api/v3/account")),
    ("Account/GetCommissionRates", signed("GET", "/api/v3/account/commission", symbol="BTCUSDT")),
    ("Account/GetOrderRateLimitStatus", signed("GET", "/api/v3/rateLimit/order")),
    ("Account/GetTradeFee", signed("GET", "/sapi/v1/asset/tradeFee")),
    ("Account/GetUserAssets", signed("GET", "/sapi/v1/capital/config/getall")),
    ("Account/GetAccountStatus", signed("GET", "/sapi/v1/account/status")),
    ("Account/GetTradingStatus", signed("GET", "/sapi/v1/account/apiTradingStatus")),
    ("Account/GetAccountVipLevelAndStatus", signed("GET", "/sapi/v1/account/info")),
    ("Account/GetBnbBurnStatus", signed("GET", "/sapi/v1/bnbBurn")),
    ("Account/GetAPIKeyPermissions", signed("GET", "/sapi/v1/account/apiRestrictions")),
    ("ExchangeData/GetServerTime", public("/api/v3/time")),
    ("ExchangeData/GetExchangeInfo", public("/api/v3/exchangeInfo")),
    ("ExchangeData/GetKlines", public("/api/v3/klines", symbol="BTCUSDT", interval="1m")),
    ("ExchangeData/GetRecentTrades", public("/api/v3/trades", symbol="BTCUSDT")),
    ("ExchangeData/GetAggregatedTradeHistory", public("/api/v3/aggTrades", symbol="BTCUSDT")),
    ("ExchangeData/GetTicker", public("/api/v3/ticker/24hr", symbol="BTCUSDT")),
    ("ExchangeData/GetTradingDayTicker", public("/api/v3/ticker/tradingDay", symbol="BTCUSDT")),
    ("ExchangeData/GetRollingWindowTicker", public("/api/v3/ticker", symbol="BTCUSDT", windowSize="1h")),
    ("ExchangeData/GetPrice", public("/api/v3/ticker/price", symbol="BTCUSDT")),
    ("ExchangeData/GetBookPrice", public("/api/v3/ticker/bookTicker", symbol="BTCUSDT")),
    ("ExchangeData/GetAvgPrice", public("/api/v3/avgPrice", symbol="BTCUSDT")),
    ("ExchangeData/GetSystemStatus", public("/sapi/v1/system/status")),
]


def alive(bench: Bench) -> Bench:
    """A bench where something was traded, by the taker."""
    bench.maker.sells(5, at=100)
    bench.taker.buys(1)
    return bench


@pytest.mark.parametrize(("example", "ask"), CALLS, ids=[name for name, _ in CALLS])
def test_an_answer_has_the_shape_of_the_example(examples: Path, bench: Bench, example: str, ask: Ask) -> None:
    """Line 1 is the method, 2 the path, 3 whether signed, the rest the answer."""
    text = (examples / "Endpoints" / "Spot" / f"{example}.txt").read_text(encoding="utf-8-sig")
    shown = msgspec.json.decode(text.split("\n", 3)[3].replace("\t", " "))

    answer = ask(alive(bench))

    assert missing(shown, answer, example) == []


STREAMS = ["AggregatedTrades", "BookTicker", "Klines", "MiniTicker", "PartialBook", "Ticker", "Trades"]
NAMES = {
    "AggregatedTrades": "btcusdt@aggTrade",
    "BookTicker": "btcusdt@bookTicker",
    "Klines": "btcusdt@kline_8h",
    "MiniTicker": "btcusdt@miniTicker",
    "PartialBook": "btcusdt@depth5@100ms",
    "Ticker": "btcusdt@ticker",
    "Trades": "btcusdt@trade",
}


@pytest.mark.parametrize("example", STREAMS)
def test_a_stream_has_the_shape_of_the_example(examples: Path, bench: Bench, example: str) -> None:
    """``=`` begins what is pushed."""
    text = (examples / "Subscriptions" / "Spot" / "ExchangeData" / f"{example}.txt").read_text(encoding="utf-8-sig")
    shown = msgspec.json.decode(text.partition("\n=")[2])["data"]
    heard = bench.hears(NAMES[example])

    alive(bench)
    bench.maker.buys(1, at=90)
    bench.flush()

    # The buyer's and seller's order ids were taken out of the stream (documentation of 2026-07-21).
    assert [name for name in missing(shown, decoded(heard)[-1], example) if name not in ("Trades.b", "Trades.a")] == []


@pytest.mark.parametrize("example", ["Order", "AccountPosition"])
def test_a_private_event_has_the_shape_of_the_example(examples: Path, bench: Bench, example: str) -> None:
    text = (examples / "Subscriptions" / "Spot" / "Account" / f"{example}.txt").read_text(encoding="utf-8-sig")
    shown = msgspec.json.decode(text.partition("\n=")[2])["event"]
    heard = bench.listens(bench.taker)

    bench.taker.buys(1, at=90)

    event = next(row for row in decoded(heard) if row["e"] == shown["e"])
    assert missing(shown, event, example) == []


def missing(shown: Any, ours: Any, where: str) -> list[str]:
    """Paths of what the example has and ours has not, or has with another JSON type."""
    if isinstance(shown, dict):
        if not isinstance(ours, dict):
            return [where]
        lacking = [f"{where}.{name}" for name in shown if name not in ours and name not in OURS_LACK]
        return lacking + [
            path
            for name, value in shown.items()
            if name in ours
            for path in missing(value, ours[name], f"{where}.{name}")
        ]
    if isinstance(shown, list):
        if not isinstance(ours, list):
            return [where]
        return missing(shown[0], ours[0], f"{where}[]") if shown and ours else []
    kinds = {type(shown), type(ours)}
    return [] if len(kinds) == 1 or type(None) in kinds else [f"{where}: {type(shown).__name__} {type(ours).__name__}"]
