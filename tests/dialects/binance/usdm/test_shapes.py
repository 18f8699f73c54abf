"""Answers have the members, of the JSON types, of published examples (payloads beside the repository)."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary.units import HOUR
from tests.dialects.binance.usdm.desk import Desk, decoded

EXAMPLES = Path(__file__).parents[5] / "shared/payloads/jkorf_binance/Binance.Net.UnitTests"

STOPS = {"activatePrice", "priceRate"}
"""Members of stop orders only."""

COPIED = {"pair", "cumBase"}
"""Members of COIN-M that the page of USDⓈ-M shows."""
TRAILING = {"activatePrice", "callbackRate"}
"""Members of trailing orders only, in recorded answers."""
ATTACHED = {"tpTriggerPrice", "tpPrice", "slTriggerPrice", "slPrice"}
"""Not in every recorded answer."""
THRESHOLD, AUTO_MARGIN = {"autoAssetExchange"}, {"isAutoAddMargin"}
"""A number and a text in the examples, a text and a boolean to readers with types (test_typed_readers.py)."""
BTC = {"symbol": "BTCUSDT"}
MINUTES = {"symbol": "BTCUSDT", "interval": "1m"}
PAIR_MINUTES = {"pair": "BTCUSDT", "interval": "1m"}

CALLS: list[tuple[str, str, str, dict[str, Any], set[str]]] = [
    ("ExchangeData/GetAggregatedTradeHistory", "GET", "/fapi/v1/aggTrades", BTC, set()),
    ("ExchangeData/GetBookPrice", "GET", "/fapi/v1/ticker/bookTicker", BTC, set()),
    ("ExchangeData/GetExchangeInfo", "GET", "/fapi/v1/exchangeInfo", {}, {"settlePlan", "OrderType", *THRESHOLD}),
    ("ExchangeData/GetFundingInfo", "GET", "/fapi/v1/fundingInfo", {}, set()),
    ("ExchangeData/GetFundingRates", "GET", "/fapi/v1/fundingRate", {}, set()),
    ("ExchangeData/GetKlines", "GET", "/fapi/v1/klines", MINUTES, set()),
    ("ExchangeData/GetMarkPrice", "GET", "/fapi/v1/premiumIndex", BTC, set()),
    ("ExchangeData/GetMarkPriceKlines", "GET", "/fapi/v1/markPriceKlines", MINUTES, set()),
    ("ExchangeData/GetIndexPriceKlines", "GET", "/fapi/v1/indexPriceKlines", PAIR_MINUTES, set()),
    ("ExchangeData/GetPremiumIndexKlines", "GET", "/fapi/v1/premiumIndexKlines", MINUTES, set()),
    ("ExchangeData/GetOpenInterest", "GET", "/fapi/v1/openInterest", BTC, set()),
    ("ExchangeData/GetOrderBook", "GET", "/fapi/v1/depth", BTC, set()),
    ("ExchangeData/GetPrice", "GET", "/fapi/v2/ticker/price", BTC, set()),
    ("ExchangeData/GetRecentTrades", "GET", "/fapi/v1/trades", BTC, set()),
    ("ExchangeData/GetTicker", "GET", "/fapi/v1/ticker/24hr", BTC, set()),
    ("Trading/GetOrder", "GET", "/fapi/v1/order", {"symbol": "BTCUSDT", "origClientOrderId": "open"}, STOPS),
    ("Trading/GetOpenOrder", "GET", "/fapi/v1/openOrder", {"symbol": "BTCUSDT", "origClientOrderId": "open"}, STOPS),
    ("Trading/GetOpenOrders", "GET", "/fapi/v1/openOrders", {}, STOPS),
    ("Trading/GetOrders", "GET", "/fapi/v1/allOrders", BTC, STOPS),
    ("Trading/GetUserTrades", "GET", "/fapi/v1/userTrades", BTC, set()),
    ("Trading/CancelOrder", "DELETE", "/fapi/v1/order", {"symbol": "BTCUSDT", "origClientOrderId": "open"}, STOPS),
    ("Trading/CancelAllOrders", "DELETE", "/fapi/v1/allOpenOrders", BTC, set()),
    ("Trading/EditOrder", "PUT", "/fapi/v1/order",
     {"symbol": "BTCUSDT", "origClientOrderId": "open", "side": "BUY", "quantity": "0.6", "price": "95"}, COPIED),
    ("Trading/GetOrderEditHistory", "GET", "/fapi/v1/orderAmendment",
     {"symbol": "BTCUSDT", "origClientOrderId": "open"}, set()),
    ("Trading/CancelAllOrdersAfterTimeout", "POST", "/fapi/v1/countdownCancelAll",
     {"symbol": "BTCUSDT", "countdownTime": 100_000}, set()),
    ("Trading/PlaceConditionalOrder", "POST", "/fapi/v1/algoOrder",
     {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "TAKE_PROFIT", "triggerPrice": "120",
      "price": "120", "quantity": "0.1"}, TRAILING),
    ("Trading/GetConditionalOrder", "GET", "/fapi/v1/algoOrder", {"clientAlgoId": "done"}, ATTACHED),
    ("Trading/GetConditionalOrders", "GET", "/fapi/v1/allAlgoOrders", BTC, ATTACHED),
    ("Trading/GetOpenConditionalOrders", "GET", "/fapi/v1/openAlgoOrders", {}, ATTACHED),
    ("Trading/CancelAllConditionalOrders", "DELETE", "/fapi/v1/algoOpenOrders", BTC, set()),
    ("Account/ChangeInitialLeverage", "POST", "/fapi/v1/leverage", {"symbol": "BTCUSDT", "leverage": 9}, set()),
    ("Account/GetAccountConfiguration", "GET", "/fapi/v1/accountConfig", {}, set()),
    ("Account/GetAccountInfo", "GET", "/fapi/v2/account", {}, set()),
    ("Account/GetAccountInfoV3", "GET", "/fapi/v3/account", {}, set()),
    ("Account/GetBalances", "GET", "/fapi/v3/balance", {}, set()),
    ("Account/GetBnbBurnStatus", "GET", "/fapi/v1/feeBurn", {}, set()),
    ("Account/GetIncomeHistory", "GET", "/fapi/v1/income", {"incomeType": "TRANSFER"}, {"tranId"}),
    ("Account/GetMultiAssetsMode", "GET", "/fapi/v1/multiAssetsMargin", {}, set()),
    ("Account/GetOrderRateLimit", "GET", "/fapi/v1/rateLimit/order", {}, set()),
    ("Account/GetPositionInformation", "GET", "/fapi/v2/positionRisk", {}, set()),
    ("Account/GetSymbolConfiguration", "GET", "/fapi/v1/symbolConfig", {}, AUTO_MARGIN),
    ("Account/GetUserCommissionRate", "GET", "/fapi/v1/commissionRate", BTC, set()),
    ("Account/StartUserStream", "POST", "/fapi/v1/listenKey", {}, set()),
]  # fmt: skip
"""Example, call, and members that need not be there (tranId is a number in the documentation and in live answers)."""


def example(name: str) -> Any:
    """The answer of a published example."""
    file = EXAMPLES / "Endpoints/UsdFutures" / f"{name}.txt"
    if not file.is_file():
        pytest.skip("needs the payloads in ../shared/payloads")
    return msgspec.json.decode(file.read_text().split("\n", 3)[3].replace("\r", ""))


def missing(wanted: Any, given: Any, optional: set[str], place: str = "$") -> list[str]:
    """Members of *wanted* that *given* lacks, or has in another JSON type.

    Of an array of like elements the first stands for all; one of unlike elements (a candle) is compared in full.
    """
    if isinstance(wanted, dict):
        if not isinstance(given, dict):
            return [f"{place} is no object"]
        found = []
        for name in wanted.keys() - optional:
            if name in given:
                found += missing(wanted[name], given[name], optional, f"{place}.{name}")
            else:
                found.append(f"{place}.{name} is missing")
        return found
    if isinstance(wanted, list):
        if not isinstance(given, list):
            return [f"{place} is no array"]
        if not wanted or not given:
            return []
        alike = len({kind(one) for one in wanted}) == 1
        pairs = [(wanted[0], given[0])] if alike else list(zip(wanted, given, strict=True))
        return [one for at, (w, g) in enumerate(pairs) for one in missing(w, g, optional, f"{place}[{at}]")]
    if wanted is None or kind(wanted) == kind(given):
        return []
    return [f"{place} is {given!r}, the example has {wanted!r}"]


def kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def in_use() -> Desk:
    """An exchange where everything has happened once."""
    desk = Desk()
    desk.opens(desk.taker, "1")
    desk.passes(8 * HOUR)
    desk.order(desk.taker, "BUY", "0.5", "95", newClientOrderId="open")
    change = {"symbol": "BTCUSDT", "origClientOrderId": "open", "side": "BUY", "quantity": "0.5", "price": "96"}
    assert desk.signed(desk.taker, "PUT", "/fapi/v1/order", **change).status == 200
    desk.algo(desk.taker, "SELL", "STOP_MARKET", triggerPrice="98", quantity="0.1", clientAlgoId="done")
    desk.order(desk.maker, "BUY", "1", "97")
    desk.prints("98")
    desk.algo(desk.taker, "SELL", "STOP_MARKET", triggerPrice="96", quantity="0.1", clientAlgoId="waits")
    return desk


@pytest.mark.parametrize(("name", "method", "path", "sent", "optional"), CALLS, ids=[call[0] for call in CALLS])
def test_an_answer_has_the_shape_of_the_published_one(
    name: str, method: str, path: str, sent: dict[str, Any], optional: set[str]
) -> None:
    """Every member of the example, in its JSON type; more members do no harm."""
    desk = in_use()
    wanted = example(name)

    answer = desk.signed(desk.taker, method, path, **sent)

    assert answer.status == 200, answer.body
    assert answer.body != []
    assert missing(wanted, answer.body, optional) == []


STREAMS: list[tuple[str, str, set[str]]] = [
    ("AggTrades", "btcusdt@aggTrade", set()),
    ("Book", "btcusdt@depth@100ms", set()),
    ("BookTicker", "btcusdt@bookTicker", set()),
    ("ContKlines", "btcusdt_perpetual@continuousKline_1m", set()),
    ("Klines", "btcusdt@kline_1m", set()),
    ("MarkPrice", "btcusdt@markPrice@1s", set()),
    ("MiniTicker", "btcusdt@miniTicker", set()),
    ("PartialBook", "btcusdt@depth5@100ms", set()),
    ("Ticker", "btcusdt@ticker", set()),
]


def pushed(name: str) -> Any:
    """The pushed payload of a published example."""
    file = EXAMPLES / "Subscriptions/UsdFutures" / f"{name}.txt"
    if not file.is_file():
        pytest.skip("needs the payloads in ../shared/payloads")
    text = file.read_text().replace("\r", "")
    return msgspec.json.decode(text[text.index("\n=") + 2 :])["data"]


@pytest.mark.parametrize(("name", "stream", "optional"), STREAMS, ids=[one[0] for one in STREAMS])
def test_a_stream_has_the_shape_of_the_published_one(name: str, stream: str, optional: set[str]) -> None:
    """Letter by letter."""
    desk = Desk()
    heard = desk.hears(stream)
    desk.opens(desk.taker, "1")
    desk.order(desk.maker, "BUY", "1", "95")
    desk.order(desk.third, "SELL", "1", "105")
    desk.flush()

    assert missing(pushed(name), decoded(heard)[-1], optional) == []


@pytest.mark.parametrize(
    ("name", "event", "optional"),
    [
        ("OrderUpdate", "ORDER_TRADE_UPDATE", {"AP", "cr"}),
        ("AlgoOrderUpdate", "ALGO_UPDATE", set()),
        ("TradeUpdate", "TRADE_LITE", set()),
        ("AccountUpdate", "ACCOUNT_UPDATE", set()),
        ("Leverage", "ACCOUNT_CONFIG_UPDATE", set()),
    ],
)
def test_a_private_event_has_the_shape_of_the_published_one(name: str, event: str, optional: set[str]) -> None:
    """Letter by letter."""
    desk = Desk()
    heard = desk.listens(desk.taker)
    desk.opens(desk.taker, "1")
    desk.signed(desk.taker, "POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=7)
    desk.algo(desk.taker, "SELL", "STOP_MARKET", triggerPrice="98", quantity="0.1")
    desk.order(desk.maker, "BUY", "1", "97")
    desk.prints("98")

    told = [one for one in decoded(heard) if one["e"] == event]

    assert missing(pushed(name), told[-1], optional) == []
