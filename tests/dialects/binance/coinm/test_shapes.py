"""Answers of COIN-M have the members, of the JSON types, of published examples (payloads beside the repository)."""

from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary.units import HOUR
from simexchange.dialects.binance.usdm.product import UsdmProduct
from tests.dialects.binance.coinm.desk import PERP, CoinDesk
from tests.dialects.binance.usdm.test_shapes import EXAMPLES, missing

STOPS = {"activatePrice", "priceRate"}
"""Members of trailing orders only."""
MINE = {**PERP, "origClientOrderId": "open"}
MINUTES = {**PERP, "interval": "1m"}
PAIR = {"pair": "BTCUSD", "contractType": "PERPETUAL", "period": "5m"}

CALLS: list[tuple[str, str, str, dict[str, Any], set[str]]] = [
    ("ExchangeData/GetAggregatedTradeHistory", "GET", "/dapi/v1/aggTrades", PERP, set()),
    ("ExchangeData/GetBookPrices", "GET", "/dapi/v1/ticker/bookTicker", {}, set()),
    (
        "ExchangeData/GetContinuousContractKlines",
        "GET",
        "/dapi/v1/continuousKlines",
        {"pair": "BTCUSD", "contractType": "PERPETUAL", "interval": "1m"},
        set(),
    ),
    ("ExchangeData/GetExchangeInfo", "GET", "/dapi/v1/exchangeInfo", {}, {"multiplierDecimal"}),
    ("ExchangeData/GetFundingInfo", "GET", "/dapi/v1/fundingInfo", {}, set()),
    ("ExchangeData/GetFundingRates", "GET", "/dapi/v1/fundingRate", {}, set()),
    ("ExchangeData/GetIndexPriceConstituents", "GET", "/dapi/v1/constituents", {"symbol": "BTCUSD"}, set()),
    (
        "ExchangeData/GetIndexPriceKlines",
        "GET",
        "/dapi/v1/indexPriceKlines",
        {"pair": "BTCUSD", "interval": "1m"},
        set(),
    ),
    ("ExchangeData/GetKlines", "GET", "/dapi/v1/klines", MINUTES, set()),
    ("ExchangeData/GetMarkPriceKlines", "GET", "/dapi/v1/markPriceKlines", MINUTES, set()),
    ("ExchangeData/GetMarkPrices", "GET", "/dapi/v1/premiumIndex", {}, set()),
    ("ExchangeData/GetOpenInterest", "GET", "/dapi/v1/openInterest", PERP, set()),
    ("ExchangeData/GetOpenInterestHistory", "GET", "/futures/data/openInterestHist", PAIR, set()),
    ("ExchangeData/GetTakerBuySellVolumeRatio", "GET", "/futures/data/takerBuySellVol", PAIR, set()),
    ("ExchangeData/GetBasis", "GET", "/futures/data/basis", PAIR, set()),
    ("ExchangeData/GetOrderBook", "GET", "/dapi/v1/depth", PERP, set()),
    ("ExchangeData/GetPremiumIndexKlines", "GET", "/dapi/v1/premiumIndexKlines", MINUTES, set()),
    ("ExchangeData/GetPrices", "GET", "/dapi/v1/ticker/price", {}, set()),
    ("ExchangeData/GetRecentTrades", "GET", "/dapi/v1/trades", PERP, set()),
    ("ExchangeData/GetServerTime", "GET", "/dapi/v1/time", {}, set()),
    ("ExchangeData/GetTickers", "GET", "/dapi/v1/ticker/24hr", {}, set()),
    ("ExchangeData/GetTradeHistory", "GET", "/dapi/v1/historicalTrades", PERP, set()),
    ("Trading/CancelAllOrders", "DELETE", "/dapi/v1/allOpenOrders", PERP, set()),
    (
        "Trading/CancelAllOrdersAfterTimeout",
        "POST",
        "/dapi/v1/countdownCancelAll",
        {**PERP, "countdownTime": 9_000},
        set(),
    ),
    (
        "Trading/CancelMultipleOrders",
        "DELETE",
        "/dapi/v1/batchOrders",
        {**PERP, "origClientOrderIdList": '["open"]'},
        STOPS,
    ),
    ("Trading/CancelOrder", "DELETE", "/dapi/v1/order", MINE, STOPS),
    ("Trading/GetForcedOrders", "GET", "/dapi/v1/allOrders", PERP, set()),
    ("Trading/GetOpenOrder", "GET", "/dapi/v1/openOrder", MINE, STOPS),
    ("Trading/GetOpenOrders", "GET", "/dapi/v1/openOrders", {}, STOPS),
    ("Trading/GetOrder", "GET", "/dapi/v1/order", MINE, STOPS),
    ("Trading/GetOrders", "GET", "/dapi/v1/allOrders", PERP, STOPS),
    ("Trading/GetUserTrades", "GET", "/dapi/v1/userTrades", PERP, set()),
    (
        "Trading/PlaceOrder",
        "POST",
        "/dapi/v1/order",
        {**PERP, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "48000"},
        STOPS,
    ),
    ("Account/ChangeInitialLeverage", "POST", "/dapi/v1/leverage", {**PERP, "leverage": 9}, set()),
    (
        "Account/ChangeMarginType",
        "POST",
        "/dapi/v1/marginType",
        {"symbol": "ETHUSD_PERP", "marginType": "ISOLATED"},
        set(),
    ),
    ("Account/GetAccountInfo", "GET", "/dapi/v1/account", {}, set()),
    ("Account/GetBalances", "GET", "/dapi/v1/balance", {}, set()),
    ("Account/GetBrackets", "GET", "/dapi/v2/leverageBracket", {}, set()),
    ("Account/GetIncomeHistory", "GET", "/dapi/v1/income", {}, set()),
    ("Account/GetPositionAdlQuantileEstimation", "GET", "/dapi/v1/adlQuantile", {}, {"HEDGE"}),
    ("Account/GetPositionInformation", "GET", "/dapi/v1/positionRisk", {}, set()),
    ("Account/GetPositionMode", "GET", "/dapi/v1/positionSide/dual", {}, set()),
    ("Account/GetUserCommissionRate", "GET", "/dapi/v1/commissionRate", PERP, set()),
    ("Account/StartUserStream", "POST", "/dapi/v1/listenKey", {}, set()),
]
"""Example, call, and members that need not be there (multiplierDecimal is a text in live answers)."""


def example(name: str) -> Any:
    """The answer of a published example."""
    file = EXAMPLES / "Endpoints/CoinFutures" / f"{name}.txt"
    if not file.is_file():
        pytest.skip("needs the payloads in ../shared/payloads")
    return msgspec.json.decode(file.read_text().split("\n", 3)[3].replace("\r", ""))


@pytest.fixture
def in_use(desk: CoinDesk) -> CoinDesk:
    """An exchange where everything has happened once."""
    desk.opens(desk.taker, "3")
    desk.passes(9 * HOUR)
    desk.order(desk.third, "SELL", "1", "50100")
    desk.order(desk.third, "BUY", "1", "49900")
    assert desk.order(desk.taker, "BUY", "2", "49000", newClientOrderId="open").status == 200
    return desk


@pytest.mark.parametrize(("name", "method", "path", "sent", "optional"), CALLS, ids=[call[0] for call in CALLS])
def test_an_answer_has_the_shape_of_the_published_one(
    in_use: CoinDesk, name: str, method: str, path: str, sent: dict[str, Any], optional: set[str]
) -> None:
    """Every member of the example, in its JSON type; more members do no harm."""
    wanted = example(name)
    if path.startswith("/futures"):
        in_use.product = UsdmProduct()

    answer = in_use.signed(in_use.taker, method, path, **sent)

    assert answer.status == 200, answer.body
    assert answer.body != []
    assert missing(wanted, answer.body, optional) == []


METHODS: list[tuple[str, str, dict[str, Any]]] = [
    ("Account/GetAccountInfo", "account.status", {}),
    ("Account/GetBalances", "account.balance", {}),
    ("Trading/GetPositions", "account.position", {}),
    ("Trading/GetOrder", "order.status", MINE),
    ("Trading/EditOrder", "order.modify", {**MINE, "side": "BUY", "quantity": 1, "price": "48000"}),
    ("Trading/CancelOrder", "order.cancel", MINE),
    (
        "Trading/PlaceOrder",
        "order.place",
        {**PERP, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": 1, "price": "48000"},
    ),
]


@pytest.mark.parametrize(("name", "method", "sent"), METHODS, ids=[one[0] for one in METHODS])
def test_a_method_answers_in_the_shape_of_the_recorded_one(
    in_use: CoinDesk, name: str, method: str, sent: dict[str, Any]
) -> None:
    """Recorded answers of the WebSocket API (2024)."""
    file = EXAMPLES / "Socket/CoinFutures" / f"{name}.txt"
    if not file.is_file():
        pytest.skip("needs the payloads in ../shared/payloads")
    text = file.read_text().replace("\r", "")

    told = in_use.api(method, sent, in_use.taker)

    assert told["status"] == 200, told
    assert missing(msgspec.json.decode(text[text.index("\n=") + 2 :])["result"], told["result"], set()) == []
