"""The Algo Service of COIN-M, and the WebSocket API: the calls of USDⓈ-M over inverse contracts."""

from typing import Any

import pytest

from simexchange.dialects.binance.usdm.product import UsdmProduct
from tests.dialects.binance.coinm.desk import PERP, QUARTER, CoinDesk


@pytest.fixture
def waiting(desk: CoinDesk) -> CoinDesk:
    """The taker is long 5 and has two stops in the perpetual, "a" and "b", and one in ETHUSD_PERP."""
    desk.opens(desk.taker, "5")
    for own, price in (("a", "49000"), ("b", "48000")):
        assert (
            desk.algo(desk.taker, "SELL", "STOP_MARKET", triggerPrice=price, quantity="5", clientAlgoId=own).status
            == 200
        )
    eth = desk.algo(desk.taker, "BUY", "STOP_MARKET", symbol="ETHUSD_PERP", triggerPrice="2600", quantity="1")
    assert eth.status == 200
    return desk


TERMS: list[tuple[str, dict[str, Any], str, Any]] = [
    ("STOP_MARKET", {"triggerPrice": "48500"}, "triggerPrice", "48500"),
    ("STOP_MARKET", {"workingType": "MARK_PRICE"}, "workingType", "MARK_PRICE"),
    ("STOP_MARKET", {"priceProtect": "true"}, "priceProtect", True),
    ("STOP_MARKET", {"reduceOnly": "true"}, "reduceOnly", True),
    ("STOP_MARKET", {"closePosition": "true", "quantity": None}, "closePosition", True),
    ("STOP_MARKET", {"clientAlgoId": "mine"}, "clientAlgoId", "mine"),
    ("STOP_MARKET", {"quantity": "3"}, "quantity", "3"),
    ("STOP_MARKET", {"selfTradePreventionMode": "EXPIRE_TAKER"}, "selfTradePreventionMode", "EXPIRE_TAKER"),
    ("STOP_MARKET", {"newOrderRespType": "RESULT"}, "algoStatus", "NEW"),
    ("STOP_MARKET", {"positionSide": "BOTH"}, "positionSide", "BOTH"),
    ("STOP", {"price": "48900"}, "price", "48900"),
    ("STOP", {"price": "48900", "timeInForce": "GTX"}, "timeInForce", "GTX"),
    ("STOP", {"priceMatch": "OPPONENT"}, "priceMatch", "OPPONENT"),
    ("TAKE_PROFIT", {"price": "51000", "triggerPrice": "51000"}, "orderType", "TAKE_PROFIT"),
    ("TAKE_PROFIT_MARKET", {"triggerPrice": "51000"}, "orderType", "TAKE_PROFIT_MARKET"),
    ("TRAILING_STOP_MARKET", {"triggerPrice": None, "callbackRate": "1"}, "callbackRate", "1.0"),
    ("TRAILING_STOP_MARKET", {"triggerPrice": None, "callbackRate": "1", "activatePrice": "50500"}, "activatePrice",
     "50500"),
    ("TRAILING_STOP_MARKET", {"triggerPrice": None, "callbackRate": "10"}, "callbackRate", "10.0"),
    ("TRAILING_STOP_MARKET", {"triggerPrice": None, "callbackRate": "10.1"}, "code", -2007),
    ("STOP_MARKET", {"triggerPrice": None}, "code", -1102),
    ("STOP_MARKET", {"triggerPrice": "50001"}, "code", -2021),
    ("STOP_MARKET", {"symbol": "NOPE"}, "code", -1121),
    ("STOP_MARKET", {"algoType": "VP"}, "code", -1130),
    ("STOP_MARKET", {"timeInForce": "GTD", "goodTillDate": 1_800_000_000_000}, "code", -1115),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "sent", "member", "value"), TERMS)
def test_each_term_of_a_conditional_order_is_kept(
    desk: CoinDesk, kind: str, sent: dict[str, Any], member: str, value: Any
) -> None:
    desk.opens(desk.taker, "5")
    terms = {"triggerPrice": "49000", "quantity": "5", **sent}

    row = desk.algo(desk.taker, "SELL", kind, **{name: one for name, one in terms.items() if one is not None}).body

    assert row[member] == value, row


def test_a_conditional_order_is_found_and_canceled_by_either_id(waiting: CoinDesk) -> None:
    first, second, _ = waiting.ask(waiting.taker, "/dapi/v1/openAlgoOrders")

    assert waiting.ask(waiting.taker, "/dapi/v1/algoOrder", algoId=first["algoId"])["clientAlgoId"] == "a"
    assert waiting.ask(waiting.taker, "/dapi/v1/algoOrder", clientAlgoId="b")["algoId"] == second["algoId"]
    gone = waiting.signed(waiting.taker, "DELETE", "/dapi/v1/algoOrder", algoId=first["algoId"])
    lost = waiting.signed(waiting.taker, "DELETE", "/dapi/v1/algoOrder", clientAlgoId="b")
    assert (gone.body["code"], lost.body["code"]) == ("200", "200")
    assert waiting.signed(waiting.taker, "DELETE", "/dapi/v1/algoOrder", clientAlgoId="b").code == -2011
    assert waiting.signed(waiting.taker, "GET", "/dapi/v1/algoOrder").code == -1102


def test_each_service_knows_the_orders_of_its_product(waiting: CoinDesk) -> None:
    """An id of the other one is none here."""
    number = waiting.ask(waiting.taker, "/dapi/v1/openAlgoOrders")[0]["algoId"]
    waiting.product = UsdmProduct()

    assert waiting.signed(waiting.taker, "GET", "/fapi/v1/algoOrder", algoId=number).code == -2013
    assert waiting.signed(waiting.taker, "DELETE", "/fapi/v1/algoOrder", algoId=number).code == -2011


def test_lists_of_conditional_orders_are_cut(waiting: CoinDesk) -> None:
    """By symbol, id, time, page and number; all of one symbol can be canceled at once."""

    def own(path: str, **sent: object) -> list[str]:
        return [row["clientAlgoId"] for row in waiting.ask(waiting.taker, f"/dapi/v1/{path}", **sent)]

    rows = waiting.ask(waiting.taker, "/dapi/v1/openAlgoOrders")
    assert [row["symbol"] for row in rows] == ["BTCUSD_PERP", "BTCUSD_PERP", "ETHUSD_PERP"]
    assert own("openAlgoOrders", **PERP) == ["a", "b"]
    assert own("openAlgoOrders", algoId=rows[1]["algoId"]) == ["b"]
    assert own("openAlgoOrders", algoType="CONDITIONAL", symbol=QUARTER) == []
    assert own("allAlgoOrders", **PERP) == ["a", "b"]
    assert own("allAlgoOrders", **PERP, algoId=rows[1]["algoId"]) == ["b"]
    assert own("allAlgoOrders", **PERP, limit=1) == ["b"]
    assert own("allAlgoOrders", **PERP, limit=1, page=2) == ["a"]
    assert own("allAlgoOrders", **PERP, startTime=waiting.now_ms() + 1) == []
    assert own("allAlgoOrders", **PERP, endTime=waiting.now_ms() - 1) == []
    assert waiting.signed(waiting.taker, "DELETE", "/dapi/v1/algoOpenOrders", **PERP).body["code"] == 200
    assert [row["symbol"] for row in waiting.ask(waiting.taker, "/dapi/v1/openAlgoOrders")] == ["ETHUSD_PERP"]


def test_conditional_orders_are_no_ordinary_ones(waiting: CoinDesk) -> None:
    assert waiting.ask(waiting.taker, "/dapi/v1/openOrders") == []
    assert waiting.signed(waiting.taker, "DELETE", "/dapi/v1/order", **PERP, origClientOrderId="a").code == -2011


# The WebSocket API


def test_an_order_is_placed_changed_asked_for_and_canceled_by_socket(desk: CoinDesk) -> None:
    terms = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": 2, "price": "49000"}
    made = desk.api("order.place", {**PERP, **terms, "newClientOrderId": "mine"}, desk.taker)
    changed = desk.api(
        "order.modify", {**PERP, "origClientOrderId": "mine", "side": "BUY", "quantity": 3, "price": 48500}, desk.taker
    )
    asked = desk.api("order.status", {**PERP, "origClientOrderId": "mine"}, desk.taker)
    gone = desk.api("order.cancel", {**PERP, "orderId": made["result"]["orderId"]}, desk.taker)

    assert [one["status"] for one in (made, changed, asked, gone)] == [200] * 4
    assert (made["result"]["pair"], made["result"]["cumBase"]) == ("BTCUSD", "0")
    assert (changed["result"]["origQty"], asked["result"]["price"], gone["result"]["status"]) == (
        "3", "48500", "CANCELED",
    )  # fmt: skip
    assert desk.api("order.place", {"symbol": "BTCUSDT", **terms}, desk.taker)["error"]["code"] == -1121


def test_an_account_is_asked_for_by_socket(desk: CoinDesk) -> None:
    """The answers of REST, positions by coin or pair."""
    desk.opens(desk.taker, "1000")

    def result(method: str, **sent: object) -> Any:
        return desk.api(method, sent, desk.taker)["result"]

    assert result("account.status") == desk.ask(desk.taker, "/dapi/v1/account")
    assert result("account.balance") == desk.ask(desk.taker, "/dapi/v1/balance")
    assert result("account.position") == desk.ask(desk.taker, "/dapi/v1/positionRisk")
    assert [row["symbol"] for row in result("account.position", pair="ETHUSD")] == ["ETHUSD_PERP"]
    assert [row["symbol"] for row in result("account.position", marginAsset="ETH")] == ["ETHUSD_PERP"]


def test_conditional_orders_are_not_taken_by_socket(desk: CoinDesk) -> None:
    """Neither as ordinary orders nor as algo orders, which USDⓈ-M takes."""
    terms = {**PERP, "side": "BUY", "type": "STOP_MARKET", "quantity": 1}
    unknown = desk.api("nothing")["error"]["code"]

    ordinary = desk.api("order.place", {**terms, "stopPrice": "51000"}, desk.taker)
    algo = desk.api("algoOrder.place", {**terms, "algoType": "CONDITIONAL", "triggerPrice": "51000"}, desk.taker)

    assert (ordinary["error"]["code"], algo["error"]["code"]) == (-4120, unknown)


def test_a_stream_is_opened_kept_and_closed_by_socket(desk: CoinDesk) -> None:
    key = {"apiKey": f"key{desk.taker.name}"}

    opened, kept, closed = (desk.api(f"userDataStream.{word}", key) for word in ("start", "ping", "stop"))

    assert opened["result"]["listenKey"] == kept["result"]["listenKey"]
    assert closed["status"] == 200


def test_there_is_no_market_data_by_socket(desk: CoinDesk) -> None:
    """As on the venue; USDⓈ-M has some."""
    assert desk.api("depth", PERP)["error"]["code"] == desk.api("nothing")["error"]["code"]
