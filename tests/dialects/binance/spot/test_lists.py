"""Order lists as a client sees them: placed, begun, ended, canceled, asked for."""

from typing import Any

import pytest

from tests.dialects.binance.spot.bench import Answer, Bench, decoded
from tests.dialects.binance.spot.test_trading import order_id

OCO = {
    "symbol": "BTCUSDT", "side": "SELL", "quantity": "1", "listClientOrderId": "pair",
    "aboveType": "LIMIT_MAKER", "abovePrice": "110", "aboveClientOrderId": "profit",
    "belowType": "STOP_LOSS_LIMIT", "belowStopPrice": "90", "belowPrice": "89", "belowTimeInForce": "GTC",
    "belowClientOrderId": "loss",
}  # fmt: skip
OTO = {
    "symbol": "BTCUSDT", "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "95", "workingQuantity": "2",
    "workingTimeInForce": "GTC", "pendingType": "LIMIT_MAKER", "pendingSide": "SELL", "pendingPrice": "120",
    "pendingQuantity": "1",
}  # fmt: skip
PAIR = {
    "pendingSide": "SELL", "pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": "120",
    "pendingBelowType": "STOP_LOSS", "pendingBelowStopPrice": "80",
}  # fmt: skip
WORKING = {name: value for name, value in OTO.items() if not name.startswith("pending")}
OTOCO = {**WORKING, **PAIR, "pendingQuantity": "1"}
OPO = {**WORKING, "pendingType": "LIMIT_MAKER", "pendingSide": "SELL", "pendingPrice": "120"}
OPOCO = {**WORKING, **PAIR}


@pytest.fixture
def market(bench: Bench) -> Bench:
    """The last price is 100, nobody bids or asks. The maker pays 0.1 %, the taker 0.2 %."""
    bench.maker.sells("0.1", at=100)
    bench.third.buys("0.1", at=100)
    return bench


def place(bench: Bench, kind: str, **sent: object) -> Answer:
    return bench.signed(bench.taker, "POST", f"/api/v3/orderList/{kind}", **sent)


def statuses(bench: Bench, body: Any) -> list[str]:
    """Of every order of a list, as queries tell them now."""
    return [
        bench.signed(bench.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=row["orderId"]).body["status"]
        for row in body["orders"]
    ]


def told(heard: list[bytes]) -> list[str]:
    """Events in short: LIST word, or execution type and status of an order."""
    short = {"listStatus": "LIST {l}", "executionReport": "{c} {x} {X}", "outboundAccountPosition": "BALANCES"}
    return [short[row["e"]].format(**row) for row in decoded(heard)]


def test_a_pair_is_answered_with_a_report_of_each_order(market: Bench) -> None:
    """The one that stops a loss first; RESULT is the form where none was asked for, and two orders were sent."""
    answer = place(market, "oco", **OCO)

    now = market.now_ms()
    common = {
        "symbol": "BTCUSDT", "orderListId": order_id(market), "transactTime": now, "origQty": "1.00000000",
        "executedQty": "0.00000000", "origQuoteOrderQty": "0.00000000", "cummulativeQuoteQty": "0.00000000",
        "status": "NEW", "timeInForce": "GTC", "side": "SELL", "selfTradePreventionMode": "NONE",
    }  # fmt: skip
    assert (answer.status, answer.reply.order_count) == (200, 2)
    assert answer.body == {
        "orderListId": order_id(market),
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": "pair",
        "transactionTime": now,
        "symbol": "BTCUSDT",
        "orders": [
            {"symbol": "BTCUSDT", "orderId": order_id(market, 1), "clientOrderId": "loss"},
            {"symbol": "BTCUSDT", "orderId": order_id(market, 2), "clientOrderId": "profit"},
        ],
        "orderReports": [
            {
                **common, "orderId": order_id(market, 1), "clientOrderId": "loss", "price": "89.00000000",
                "type": "STOP_LOSS_LIMIT", "stopPrice": "90.00000000", "workingTime": -1,
            },
            {
                **common, "orderId": order_id(market, 2), "clientOrderId": "profit", "price": "110.00000000",
                "type": "LIMIT_MAKER", "workingTime": now,
            },
        ],
    }  # fmt: skip
    assert market.taker.has("BTC") == (999, 1)


def test_ids_that_were_not_given_are_made(market: Bench) -> None:
    """22 letters and digits each, all different."""
    sent = {name: value for name, value in OCO.items() if not name.endswith("ClientOrderId")}

    body = place(market, "oco", **sent).body

    ids = [body["listClientOrderId"], *(row["clientOrderId"] for row in body["orders"])]
    assert [len(made) for made in ids] == [22, 22, 22]
    assert len(set(ids)) == 3


def test_a_fill_of_one_ends_the_other(market: Bench) -> None:
    """The first fill of the limit order expires the stop, for the reason that the pair is done with it."""
    body = place(market, "oco", **OCO).body
    heard = market.listens(market.taker)

    market.third.buys("0.4", at=110)
    asked = market.signed(market.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=order_id(market, 1)).body
    market.third.buys("0.6", at=110)

    assert (asked["status"], asked["expiryReason"], asked["orderListId"]) == (
        "EXPIRED", "OCO_TRIGGER", body["orderListId"],
    )  # fmt: skip
    assert statuses(market, body) == ["EXPIRED", "FILLED"]
    assert told(heard) == [
        "loss EXPIRED EXPIRED",
        "profit TRADE PARTIALLY_FILLED",
        "BALANCES",
        "profit TRADE FILLED",
        "LIST ALL_DONE",
        "BALANCES",
    ]


def test_the_trigger_of_one_ends_the_other(market: Bench) -> None:
    body = place(market, "oco", **OCO).body

    market.maker.buys("0.1", at=90)
    market.third.sells("0.1", at=90)

    assert statuses(market, body) == ["NEW", "EXPIRED"]
    asked = market.signed(market.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=order_id(market, 1)).body
    assert (asked["isWorking"], asked["type"]) == (True, "STOP_LOSS_LIMIT")


def test_the_stream_tells_a_list_after_its_orders(market: Bench) -> None:
    heard = market.listens(market.taker)

    place(market, "oco", **OCO)
    market.signed(market.taker, "DELETE", "/api/v3/orderList", symbol="BTCUSDT", listClientOrderId="pair")

    events = decoded(heard)
    assert told(heard) == [
        "loss NEW NEW",
        "profit NEW NEW",
        "LIST EXEC_STARTED",
        "BALANCES",
        f"{events[4]['c']} CANCELED CANCELED",
        f"{events[5]['c']} CANCELED CANCELED",
        "LIST ALL_DONE",
        "BALANCES",
    ]
    assert [row["C"] for row in events[4:6]] == ["loss", "profit"]
    assert [row["g"] for row in events if row["e"] == "executionReport"] == [order_id(market)] * 4
    assert events[2] == {
        "e": "listStatus",
        "E": market.now_ms(),
        "s": "BTCUSDT",
        "g": order_id(market),
        "c": "OCO",
        "l": "EXEC_STARTED",
        "L": "EXECUTING",
        "r": "NONE",
        "C": "pair",
        "T": market.now_ms(),
        "O": [
            {"s": "BTCUSDT", "i": order_id(market, 1), "c": "loss"},
            {"s": "BTCUSDT", "i": order_id(market, 2), "c": "profit"},
        ],
    }


def test_the_form_of_before_makes_the_same_pair(market: Bench) -> None:
    """To sell, the limit is above; to buy, below. Without a stop limit price the stop is a market order."""
    sells = market.signed(
        market.taker, "POST", "/api/v3/order/oco", symbol="BTCUSDT", side="SELL", quantity="1", price="110",
        stopPrice="90", stopLimitPrice="89", stopLimitTimeInForce="GTC", stopClientOrderId="s",
    ).body  # fmt: skip
    market.signed(market.taker, "DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
    buys = market.signed(
        market.taker, "POST", "/api/v3/order/oco", symbol="BTCUSDT", side="BUY", quantity="1", price="90",
        stopPrice="110",
    ).body  # fmt: skip

    assert [(row["type"], row["price"], row.get("stopPrice")) for row in sells["orderReports"]] == [
        ("STOP_LOSS_LIMIT", "89.00000000", "90.00000000"), ("LIMIT_MAKER", "110.00000000", None),
    ]  # fmt: skip
    assert sells["orders"][0]["clientOrderId"] == "s"
    assert [(row["type"], row["price"], row.get("stopPrice")) for row in buys["orderReports"]] == [
        ("STOP_LOSS", "0.00000000", "110.00000000"), ("LIMIT_MAKER", "90.00000000", None),
    ]  # fmt: skip


def test_an_order_waits_until_the_working_one_is_filled(market: Bench) -> None:
    """PENDING_NEW, holding nothing; half filled is not filled."""
    body = place(market, "oto", **OTO).body
    held = market.taker.has("BTC")
    market.third.sells(1, at=95)
    half = statuses(market, body)

    market.third.sells(1, at=95)

    assert (body["contingencyType"], [row["status"] for row in body["orderReports"]]) == ("OTO", ["NEW", "PENDING_NEW"])
    assert body["orderReports"][1]["workingTime"] == -1
    assert held == (1_000, 0)
    assert half == ["PARTIALLY_FILLED", "PENDING_NEW"]
    assert statuses(market, body) == ["FILLED", "NEW"]
    assert market.ladder[1:] == ["    |   120 |   1"]


def test_what_waits_is_told_as_waiting_even_where_the_working_one_is_filled_at_once(market: Bench) -> None:
    """It begins in a step of its own: asked for afterwards, it works."""
    market.third.sells(2, at=95)

    body = place(market, "oto", **OTO, newOrderRespType="FULL").body

    assert [row["status"] for row in body["orderReports"]] == ["FILLED", "PENDING_NEW"]
    assert [row["qty"] for row in body["orderReports"][0]["fills"]] == ["2.00000000"]
    assert "fills" not in body["orderReports"][1]
    assert statuses(market, body) == ["FILLED", "NEW"]


def test_the_end_of_the_working_order_ends_what_waits(market: Bench) -> None:
    """An IOC that finds nobody expires, and with it the order that waited, for that reason."""
    body = place(market, "oto", **{**OTO, "workingTimeInForce": "IOC"}).body

    assert statuses(market, body) == ["EXPIRED", "EXPIRED"]
    asked = market.signed(market.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=order_id(market, 2)).body
    assert asked["expiryReason"] == "OTO_PHASE_ONE_EXPIRED"


def test_a_pair_may_wait_for_an_order(market: Bench) -> None:
    """Three orders; when the first is filled, the two exclude each other."""
    answer = place(market, "otoco", **OTOCO)
    body = answer.body
    market.third.sells(2, at=95)
    begun = statuses(market, body)

    market.third.buys(1, at=120)

    assert (answer.reply.order_count, body["contingencyType"]) == (3, "OTO")
    assert [(row["type"], row["status"]) for row in body["orderReports"]] == [
        ("LIMIT", "NEW"), ("STOP_LOSS", "PENDING_NEW"), ("LIMIT_MAKER", "PENDING_NEW"),
    ]  # fmt: skip
    assert begun == ["FILLED", "NEW", "NEW"]
    assert statuses(market, body) == ["FILLED", "EXPIRED", "FILLED"]


@pytest.mark.parametrize(("kind", "sent", "orders"), [("opo", OPO, 2), ("opoco", OPOCO, 3)])
def test_an_order_may_pay_for_those_that_wait(market: Bench, kind: str, sent: dict[str, str], orders: int) -> None:
    """They have no size until it is filled; then it is what came in. The fee was paid from what was free."""
    heard = market.listens(market.taker)
    answer = place(market, kind, **sent)
    body = answer.body

    market.third.sells(2, at=95)

    assert (answer.reply.order_count, len(body["orders"])) == (orders, orders)
    assert ["origQty" in row for row in body["orderReports"]] == [True] + [False] * (orders - 1)
    assert statuses(market, body) == ["FILLED"] + ["NEW"] * (orders - 1)
    asked = market.signed(market.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=order_id(market, 2)).body
    assert asked["origQty"] == "2.00000000"
    assert market.taker.has("BTC") == (999.998, 2)
    assert decoded(heard)[-1]["e"] == "outboundAccountPosition"
    assert [row["l"] for row in decoded(heard)[-1]["B"] if row["a"] == "BTC"] == ["2.00000000"]


# Canceling and asking


def test_the_cancel_of_one_order_cancels_its_list_and_is_answered_as_such(market: Bench) -> None:
    placed = place(market, "oco", **OCO).body
    heard = market.listens(market.taker)

    body = market.signed(
        market.taker, "DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="profit", newClientOrderId="gone"
    ).body

    assert (body["orderListId"], body["listStatusType"], body["listOrderStatus"]) == (
        placed["orderListId"], "ALL_DONE", "ALL_DONE",
    )  # fmt: skip
    assert [(row["origClientOrderId"], row["clientOrderId"], row["status"]) for row in body["orderReports"]] == [
        ("loss", "gone", "CANCELED"), ("profit", "gone", "CANCELED"),
    ]  # fmt: skip
    assert [(row["c"], row["C"]) for row in decoded(heard) if row.get("x") == "CANCELED"] == [
        ("gone", "profit"), ("gone", "loss"),
    ]  # fmt: skip
    assert statuses(market, placed) == ["CANCELED", "CANCELED"]
    assert market.taker.has("BTC") == (1_000, 0)


def test_a_list_is_canceled_by_either_id(market: Bench) -> None:
    for name in ("listClientOrderId", "orderListId"):
        placed = place(market, "oco", **OCO).body

        body = market.signed(
            market.taker, "DELETE", "/api/v3/orderList", symbol="BTCUSDT", **{name: placed[name]}, newClientOrderId="x"
        ).body

        assert [row["clientOrderId"] for row in body["orderReports"]] == ["x", "x"]
        assert statuses(market, placed) == ["CANCELED", "CANCELED"]
    again = market.signed(market.taker, "DELETE", "/api/v3/orderList", symbol="BTCUSDT", listClientOrderId="pair")
    assert again.body == {"code": -2011, "msg": "Unknown order sent."}


def test_the_cancel_of_all_tells_single_orders_and_lists(market: Bench) -> None:
    alone = market.signed(
        market.taker, "POST", "/api/v3/order", symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC",
        quantity="1", price="50",
    ).body["orderId"]  # fmt: skip
    listed = place(market, "oco", **OCO).body["orderListId"]

    body = market.signed(market.taker, "DELETE", "/api/v3/openOrders", symbol="BTCUSDT").body

    assert body[0]["orderId"] == alone
    assert (body[1]["orderListId"], len(body[1]["orderReports"]), len(body)) == (listed, 2, 2)


def test_a_leg_that_is_replaced_takes_its_list_with_it(market: Bench) -> None:
    placed = place(market, "oco", **OCO).body

    body = market.signed(
        market.taker, "POST", "/api/v3/order/cancelReplace", symbol="BTCUSDT", side="SELL", type="LIMIT",
        timeInForce="GTC", quantity="1", price="120", cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrigClientOrderId="profit",
    ).body  # fmt: skip

    assert (body["cancelResponse"]["orderId"], body["cancelResponse"]["orderListId"]) == (
        placed["orders"][1]["orderId"], placed["orderListId"],
    )  # fmt: skip
    assert statuses(market, placed) == ["CANCELED", "CANCELED"]


def test_lists_can_be_asked_for(market: Bench) -> None:
    """One by either id, the open ones, all of them from an id on; without reports of their orders."""
    first = place(market, "oco", **OCO).body
    market.signed(market.taker, "DELETE", "/api/v3/orderList", symbol="BTCUSDT", listClientOrderId="pair")
    second = place(market, "oco", **{**OCO, "listClientOrderId": "two"}).body

    def asked(path: str, **sent: object) -> Any:
        return market.signed(market.taker, "GET", path, **sent).body

    shown = {name: value for name, value in second.items() if name != "orderReports"}
    assert asked("/api/v3/orderList", orderListId=second["orderListId"]) == shown
    assert asked("/api/v3/orderList", origClientOrderId="two") == shown
    assert asked("/api/v3/orderList", origClientOrderId="pair")["listOrderStatus"] == "ALL_DONE"
    assert asked("/api/v3/openOrderList") == [shown]
    assert [row["orderListId"] for row in asked("/api/v3/allOrderList")] == [
        first["orderListId"], second["orderListId"],
    ]  # fmt: skip
    assert asked("/api/v3/allOrderList", fromId=second["orderListId"]) == [shown]
    assert asked("/api/v3/orderList", orderListId=1)["code"] == -2013
    assert asked("/api/v3/orderList")["code"] == -1102
    assert asked("/api/v3/allOrderList", fromId=1, startTime=1)["code"] == -1128


def test_somebody_elses_list_does_not_exist(market: Bench) -> None:
    placed = place(market, "oco", **OCO).body["orderListId"]

    query = market.signed(market.third, "GET", "/api/v3/orderList", orderListId=placed)
    cancel = market.signed(market.third, "DELETE", "/api/v3/orderList", symbol="BTCUSDT", orderListId=placed)

    assert (query.code, cancel.code) == (-2013, -2011)


def test_the_socket_api_places_asks_and_cancels_alike(market: Bench) -> None:
    placed = market.api("orderList.place.oco", OCO, market.taker)["result"]
    asked = market.api("orderList.status", {"origClientOrderId": "pair"}, market.taker)["result"]
    opened = market.api("openOrderLists.status", {}, market.taker)["result"]
    canceled = market.api("orderList.cancel", {"symbol": "BTCUSDT", "listClientOrderId": "pair"}, market.taker)[
        "result"
    ]
    every = market.api("allOrderLists", {}, market.taker)["result"]

    assert asked["orders"] == placed["orders"] == canceled["orders"]
    assert opened == [asked]
    assert [row["listOrderStatus"] for row in every] == ["ALL_DONE"]
    for kind, sent in (("oto", OTO), ("otoco", OTOCO), ("opo", OPO), ("opoco", OPOCO)):
        assert market.api(f"orderList.place.{kind}", sent, market.taker)["status"] == 200, kind
        market.api("openOrders.cancelAll", {"symbol": "BTCUSDT"}, market.taker)
