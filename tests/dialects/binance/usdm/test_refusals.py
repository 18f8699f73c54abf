"""Every way to be refused, with the venue's code; and that no refusal changes anything."""

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.usdm.errors import REJECTIONS
from tests.dialects.binance.usdm.desk import Desk

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.1", "price": "99", "timeInForce": "GTC"}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1"}


def without(name: str, order: dict[str, str] = LIMIT) -> dict[str, str]:
    return {key: value for key, value in order.items() if key != name}


def test_every_reason_of_the_core_has_this_venues_words() -> None:
    """The table is total, and every refusal is a client's error, never a server's."""
    assert set(REJECTIONS) == set(RejectReason)
    assert {error.status for error in REJECTIONS.values()} <= {400, 401}
    assert all(error.code < 0 and error.text for error in REJECTIONS.values())


BY_PARAMETERS: list[tuple[dict[str, str], int]] = [
    (without("symbol"), -1102),
    (without("side"), -1102),
    (without("type"), -1102),
    (without("quantity"), -1102),
    (without("price"), -1102),
    (without("timeInForce"), -1102),
    ({**LIMIT, "symbol": "NOPE"}, -1121),
    ({**LIMIT, "symbol": "btcusdt"}, -1121),
    ({**LIMIT, "side": "buy"}, -1117),
    ({**LIMIT, "type": "ICEBERG"}, -1116),
    ({**LIMIT, "timeInForce": "FOREVER"}, -1115),
    ({**LIMIT, "quantity": "much"}, -1102),
    ({**LIMIT, "quantity": "1e3"}, -1102),
    ({**LIMIT, "quantity": "nan"}, -1102),
    ({**LIMIT, "quantity": "-1"}, -4003),
    ({**LIMIT, "quantity": "0"}, -4003),
    ({**LIMIT, "quantity": "0.0001"}, -1111),
    ({**LIMIT, "quantity": "0.0000000001"}, -1111),
    ({**LIMIT, "quantity": "9" * 20}, -4005),
    ({**LIMIT, "quantity": "9" * 200}, -1102),
    ({**LIMIT, "price": "-99"}, -4001),
    ({**LIMIT, "price": "0"}, -4001),
    ({**LIMIT, "price": "99.001"}, -1111),
    ({**LIMIT, "price": "9" * 20}, -4002),
    ({**LIMIT, "newClientOrderId": "x" * 37}, -4015),
    ({**LIMIT, "newClientOrderId": "has space"}, -4015),
    ({**LIMIT, "newOrderRespType": "FULL"}, -1136),
    ({**LIMIT, "positionSide": "LONG"}, -4061),
    ({**LIMIT, "positionSide": "UP"}, -4060),
    ({**LIMIT, "reduceOnly": "perhaps"}, -1130),
    ({**LIMIT, "stopPrice": "98"}, -1106),
    ({**LIMIT, "goodTillDate": "1"}, -1106),
    ({**LIMIT, "timeInForce": "GTD"}, -1102),
    ({**LIMIT, "timeInForce": "GTD", "goodTillDate": "1"}, -5040),
    ({**LIMIT, "timeInForce": "GTD", "goodTillDate": "253402300799001"}, -1130),
    ({**LIMIT, "closePosition": "true"}, -4136),
    ({**LIMIT, "priceMatch": "OPPONENT"}, -1106),
    ({**without("price"), "priceMatch": "OPPONENT"}, -5041),
    ({**LIMIT, "priceMatch": "BEST"}, -5037),
    ({**LIMIT, "selfTradePreventionMode": "ALL"}, -5039),
    ({**LIMIT, "workingType": "GUESS"}, -4031),
    ({**MARKET, "price": "100"}, -1106),
    ({**MARKET, "timeInForce": "IOC"}, -1106),
    ({**MARKET, "priceMatch": "OPPONENT"}, -5038),
    *(({**MARKET, "type": kind, "stopPrice": "98"}, -4120) for kind in ("STOP", "STOP_MARKET", "TAKE_PROFIT")),
    ({**MARKET, "type": "TRAILING_STOP_MARKET", "callbackRate": "1"}, -4120),
    ({**MARKET, "type": "STOP_MARKET", "closePosition": "true"}, -4120),
]


@pytest.mark.parametrize(("order", "code"), BY_PARAMETERS)
def test_a_malformed_order_is_refused_and_changes_nothing(desk: Desk, order: dict[str, str], code: int) -> None:
    """The venue's code, HTTP 400, no open order, no money moved."""
    before = _standing(desk)

    answer = desk.signed(desk.taker, "POST", "/fapi/v1/order", **order)

    assert (answer.status, answer.code) == (400, code), answer.body
    assert _standing(desk) == before


def _standing(desk: Desk) -> tuple[Any, ...]:
    me = desk.state.accounts[desk.taker.no]
    return len(me.orders), len(me.positions), me.free("usdm", "USDT"), desk.state.markets[desk.market].trades


def test_parameters_a_client_sends_besides_are_tolerated(desk: Desk) -> None:
    """ccxt, hummingbot and others send more than is asked for."""
    surplus = {"recvWindow": "10000", "foo": "bar", "priceProtect": "FALSE"}

    answer = desk.signed(desk.taker, "POST", "/fapi/v1/order", **LIMIT, **surplus)

    assert answer.status == 200


@pytest.mark.parametrize(
    ("qty", "price", "terms", "code", "text"),
    [
        ("0.1", "111", {}, -4016, "Price is higher than mark price multiplier cap."),
        ("0.1", "89", {}, -4024, "Price is lower than mark price multiplier floor."),
        ("0.1", "0.5", {}, -4013, "Price less than min price."),
        ("2000", "100", {}, -4005, "Quantity greater than max quantity."),
        ("0.01", "100", {}, -4164, "Order's notional must be no smaller than 5 (unless you choose reduce only)."),
        ("1", "100", {"timeInForce": "GTX"}, -5022, None),
        ("9", "101", {"timeInForce": "FOK"}, -5021, None),
        ("1", "100", {"reduceOnly": "true"}, -2022, "ReduceOnly Order is rejected."),
        ("1000", "101", {}, -2027, "Exceeded the maximum allowable position at current leverage."),
    ],
)
def test_a_refused_limit_order_has_the_venues_words(
    desk: Desk, qty: str, price: str, terms: dict[str, str], code: int, text: str | None
) -> None:
    """The core's reason in the venue's code; the account is as before."""
    desk.order(desk.maker, "SELL", "1", "100")
    before = _standing(desk)

    answer = desk.order(desk.taker, "BUY", qty, price, **terms)

    assert (answer.status, answer.code) == (400, code), answer.body
    assert text is None or answer.body["msg"] == text
    assert _standing(desk) == before


def test_an_order_beyond_the_margin_is_refused() -> None:
    """100 USDT at 10x carry 1,000, not 1,001."""
    desk = Desk(cash=100)

    assert desk.order(desk.taker, "BUY", "10.01", "100").body == {"code": -2019, "msg": "Margin is insufficient."}
    assert desk.order(desk.taker, "BUY", "10", "100").status == 200


def test_a_market_order_finds_nothing_near_the_mark(desk: Desk) -> None:
    """The best ask is more than 5 % above the mark."""
    desk.order(desk.maker, "SELL", "1", "106")

    answer = desk.order(desk.taker, "BUY", "1")

    assert (answer.status, answer.code) == (400, -4131)


def test_a_fourth_open_order_is_one_too_many(desk: Desk) -> None:
    """The rules of this market allow three."""
    for _ in range(3):
        desk.order(desk.taker, "BUY", "0.1", "99")

    assert desk.order(desk.taker, "BUY", "0.1", "99").code == -2025


def test_a_client_id_is_taken_while_its_order_is_open(desk: Desk) -> None:
    """And free again afterwards."""
    desk.order(desk.taker, "BUY", "0.1", "99", newClientOrderId="a")

    second = desk.order(desk.taker, "BUY", "0.1", "99", newClientOrderId="a")
    desk.signed(desk.taker, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="a")
    third = desk.order(desk.taker, "BUY", "0.1", "99", newClientOrderId="a")

    assert (second.code, third.status) == (-4116, 200)


def test_a_halted_market_takes_no_order(desk: Desk) -> None:
    """And says so in the venue's words."""
    desk.run(cmd.SetMarketStatus(desk.market, MarketStatus.HALT))

    assert desk.order(desk.taker, "BUY", "0.1", "99").code == -4140


OTHER_CALLS: list[tuple[str, str, dict[str, object], int]] = [
    ("GET", "/fapi/v1/order", {"symbol": "BTCUSDT"}, -1102),
    ("GET", "/fapi/v1/order", {"symbol": "BTCUSDT", "orderId": 7}, -2013),
    ("GET", "/fapi/v1/order", {"symbol": "BTCUSDT", "orderId": "seven"}, -1100),
    ("GET", "/fapi/v1/order", {"symbol": "BTCUSDT", "origClientOrderId": "none"}, -2013),
    ("GET", "/fapi/v1/order", {"symbol": "NOPE", "orderId": 7}, -1121),
    ("GET", "/fapi/v1/openOrder", {"symbol": "BTCUSDT", "orderId": 7}, -2013),
    ("GET", "/fapi/v1/openOrders", {"symbol": "NOPE"}, -1121),
    ("GET", "/fapi/v1/userTrades", {}, -1102),
    ("GET", "/fapi/v1/allOrders", {"symbol": "BTCUSDT", "limit": 1001}, -1130),
    ("GET", "/fapi/v1/allOrders", {"symbol": "BTCUSDT", "startTime": 2, "endTime": 1}, -1023),
    ("GET", "/fapi/v1/allOrders", {"symbol": "BTCUSDT", "startTime": 1, "endTime": 10**12}, -4165),
    ("GET", "/fapi/v1/userTrades", {"symbol": "BTCUSDT", "fromId": 1, "startTime": 1}, -1128),
    ("DELETE", "/fapi/v1/order", {"symbol": "BTCUSDT"}, -1102),
    ("DELETE", "/fapi/v1/order", {"symbol": "BTCUSDT", "orderId": 7}, -2011),
    ("DELETE", "/fapi/v1/allOpenOrders", {}, -1102),
    ("DELETE", "/fapi/v1/allOpenOrders", {"symbol": "NOPE"}, -1121),
    ("DELETE", "/fapi/v1/batchOrders", {"symbol": "BTCUSDT"}, -1102),
    ("DELETE", "/fapi/v1/batchOrders", {"symbol": "BTCUSDT", "orderIdList": "[1,"}, -1130),
    ("DELETE", "/fapi/v1/batchOrders", {"symbol": "BTCUSDT", "orderIdList": "[true]"}, -1130),
    ("DELETE", "/fapi/v1/batchOrders", {"symbol": "BTCUSDT", "orderIdList": "[1,2,3,4,5,6,7,8,9,10,11]"}, -4032),
    ("POST", "/fapi/v1/batchOrders", {}, -1102),
    ("POST", "/fapi/v1/batchOrders", {"batchOrders": "[]"}, -4082),
    ("POST", "/fapi/v1/batchOrders", {"batchOrders": "[1]"}, -1130),
    ("POST", "/fapi/v1/batchOrders", {"batchOrders": "["}, -1130),
    ("POST", "/fapi/v1/batchOrders", {"batchOrders": "[{},{},{},{},{},{}]"}, -4082),
    ("POST", "/fapi/v1/leverage", {"symbol": "BTCUSDT"}, -1102),
    ("POST", "/fapi/v1/leverage", {"symbol": "BTCUSDT", "leverage": 0}, -4028),
    ("POST", "/fapi/v1/leverage", {"symbol": "BTCUSDT", "leverage": 21}, -4028),
    ("POST", "/fapi/v1/leverage", {"symbol": "NOPE", "leverage": 5}, -1121),
    ("POST", "/fapi/v1/marginType", {"symbol": "BTCUSDT", "marginType": "CROSSED"}, -4046),
    ("POST", "/fapi/v1/marginType", {"symbol": "BTCUSDT", "marginType": "BOTH"}, -1130),
    ("POST", "/fapi/v1/positionSide/dual", {"dualSidePosition": "false"}, -4059),
    ("POST", "/fapi/v1/positionSide/dual", {"dualSidePosition": "both"}, -1130),
    ("POST", "/fapi/v1/multiAssetsMargin", {"multiAssetsMargin": "true"}, -1020),
    ("POST", "/fapi/v1/multiAssetsMargin", {"multiAssetsMargin": "false"}, -4171),
    ("POST", "/fapi/v1/positionMargin", {"symbol": "BTCUSDT", "amount": "1", "type": 1}, -4049),
    ("POST", "/fapi/v1/positionMargin", {"symbol": "BTCUSDT", "amount": "1", "type": 3}, -1130),
    ("POST", "/fapi/v1/countdownCancelAll", {"symbol": "BTCUSDT", "countdownTime": -1}, -1100),
    ("POST", "/fapi/v1/feeBurn", {"feeBurn": "perhaps"}, -1130),
    ("POST", "/fapi/v1/algoOrder", {"symbol": "BTCUSDT"}, -1102),
    ("DELETE", "/fapi/v1/algoOrder", {"algoId": 1}, -2011),
    ("DELETE", "/fapi/v1/algoOrder", {}, -1102),
    ("GET", "/fapi/v1/algoOrder", {"clientAlgoId": "nobody"}, -2013),
    ("GET", "/fapi/v1/allAlgoOrders", {"symbol": "NOPE"}, -1121),
    ("DELETE", "/fapi/v1/algoOpenOrders", {"symbol": "NOPE"}, -1121),
    ("PUT", "/fapi/v1/order", {"symbol": "BTCUSDT"}, -1102),
    ("GET", "/fapi/v1/income", {"incomeType": "GIFT"}, -1130),
    ("GET", "/fapi/v1/commissionRate", {"symbol": "NOPE"}, -1121),
    ("GET", "/fapi/v1/leverageBracket", {"symbol": "NOPE"}, -1121),
    ("GET", "/fapi/v3/positionRisk", {"symbol": "NOPE"}, -1121),
]


@pytest.mark.parametrize(("method", "path", "sent", "code"), OTHER_CALLS)
def test_other_calls_are_refused_in_the_venues_words(
    desk: Desk, method: str, path: str, sent: dict[str, object], code: int
) -> None:
    """HTTP 400 with the code, and the account as it was."""
    before = _standing(desk)

    answer = desk.signed(desk.taker, method, path, **sent)

    assert (answer.status, answer.code) == (400, code), answer.body
    assert _standing(desk) == before


PUBLIC_CALLS: list[tuple[str, dict[str, Any], int]] = [
    ("/fapi/v1/depth", {}, -1102),
    ("/fapi/v1/depth", {"symbol": "NOPE"}, -1121),
    ("/fapi/v1/depth", {"symbol": "BTCUSDT", "limit": 7}, -4021),
    ("/fapi/v1/trades", {"symbol": "BTCUSDT", "limit": 1001}, -1130),
    ("/fapi/v1/aggTrades", {"symbol": "BTCUSDT", "fromId": 1, "startTime": 1}, -1128),
    ("/fapi/v1/klines", {"symbol": "BTCUSDT"}, -1102),
    ("/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120),
    ("/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1m", "limit": 1501}, -1130),
    ("/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1m", "startTime": 2, "endTime": 1}, -1023),
    ("/fapi/v1/continuousKlines", {"pair": "BTCUSDT", "contractType": "ETERNAL", "interval": "1m"}, -4104),
    ("/fapi/v1/continuousKlines", {"pair": "NOPE", "contractType": "PERPETUAL", "interval": "1m"}, -4144),
    ("/fapi/v1/indexPriceKlines", {"pair": "NOPE", "interval": "1m"}, -4144),
    ("/fapi/v1/premiumIndex", {"symbol": "NOPE"}, -1121),
    ("/fapi/v1/ticker/24hr", {"symbol": "NOPE"}, -1121),
    ("/fapi/v1/fundingRate", {"symbol": "NOPE"}, -1121),
    ("/futures/data/openInterestHist", {"symbol": "BTCUSDT", "period": "7m"}, -1102),
]


@pytest.mark.parametrize(("path", "sent", "code"), PUBLIC_CALLS)
def test_public_calls_are_refused_in_the_venues_words(desk: Desk, path: str, sent: dict[str, Any], code: int) -> None:
    """HTTP 400 with the code."""
    answer = desk.public(path, **sent)

    assert (answer.status, answer.code) == (400, code), answer.body


def test_an_unknown_path_is_refused_as_the_futures_gate_does(desk: Desk) -> None:
    """HTTP 404 and -5000."""
    reply = desk.product.unknown_call("GET", "/fapi/v9/nothing", Nanos(0))

    assert reply.status == 404
    assert reply.body == b'{"code":-5000,"msg":"Path /fapi/v9/nothing, Method GET is invalid"}'
