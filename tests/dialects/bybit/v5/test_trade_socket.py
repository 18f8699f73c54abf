"""Orders over the trade socket: the calls of REST in another envelope."""

from tests.dialects.bybit.v5.desk import Desk

BUY = {
    "category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.1", "price": "59900",
}  # fmt: skip
NAMED = {"category": "linear", "symbol": "BTCUSDT"}


def test_an_order_is_placed_changed_and_canceled(desk: Desk) -> None:
    socket = desk.trade_socket()
    made = socket.asks("order.create", {**BUY, "orderLinkId": "mine"})
    assert (made["retCode"], made["retMsg"], made["op"], made["reqId"]) == (0, "OK", "order.create", "r1")
    assert made["data"]["orderLinkId"] == "mine"
    assert made["retExtInfo"] == {}
    assert {"X-Bapi-Limit", "X-Bapi-Limit-Status", "X-Bapi-Limit-Reset-Timestamp"} <= set(made["header"])
    changed = socket.asks("order.amend", {**NAMED, "orderId": made["data"]["orderId"], "qty": "0.2"}, 7)
    assert (changed["data"], changed["reqId"]) == (made["data"], 7)
    gone = socket.asks("order.cancel", {**NAMED, "orderLinkId": "mine"})
    assert gone["data"] == made["data"]
    assert desk.views.orders.open(desk.bob.no) == []


def test_refusals_are_shaped_like_answers(desk: Desk) -> None:
    socket = desk.trade_socket()
    for op, order, code in (
        ("order.create", {**BUY, "qty": "0"}, 10001),
        ("order.create", {**BUY, "side": "Up"}, 10001),
        ("order.create", {}, 10001),
        ("order.cancel", {**NAMED, "orderId": "1"}, 110001),
        ("order.amend", {**NAMED, "orderLinkId": "none", "qty": "1"}, 110001),
    ):
        answer = socket.asks(op, order)
        assert (answer["retCode"], answer["op"], answer["data"]) == (code, op, {})


def test_batches(desk: Desk) -> None:
    socket = desk.trade_socket()
    items = [{**BUY, "orderLinkId": "a"}, {**BUY, "qty": "0"}]
    made = socket.asks("order.create-batch", {"category": "linear", "request": items})
    assert [each["code"] for each in made["retExtInfo"]["list"]] == [0, 10001]
    assert made["data"]["list"][0]["orderLinkId"] == "a"
    changes = [{"symbol": "BTCUSDT", "orderLinkId": "a", "price": "59800"}]
    changed = socket.asks("order.amend-batch", {"category": "linear", "request": changes})
    assert changed["retExtInfo"]["list"] == [{"code": 0, "msg": "OK"}]
    gone = socket.asks("order.cancel-batch", {"category": "linear", "request": changes})
    assert gone["retExtInfo"]["list"] == [{"code": 0, "msg": "OK"}]
    empty = socket.asks("order.cancel-batch", {"category": "linear", "request": []})
    assert empty["retCode"] == 10001


def test_nobody_trades_who_has_not_logged_on(desk: Desk) -> None:
    socket = desk.trade_socket(logged_on=False)
    assert socket.asks("order.create", BUY)["retCode"] == 20003
    assert socket.says("order.create", [BUY, BUY])["retCode"] != 0
    assert desk.views.orders.open(desk.bob.no) == []
