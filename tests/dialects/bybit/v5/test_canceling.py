"""Cancels of one order, of many, and batches: what is gone, what stays, and what is said of each."""

from typing import Any

import pytest

from tests.dialects.bybit.v5.desk import LINEAR, Desk

CREATE, CANCEL, ALL = "/v5/order/create", "/v5/order/cancel", "/v5/order/cancel-all"
PERP = {"category": "linear", "symbol": "BTCUSDT"}
ETHER = {"category": "linear", "symbol": "ETHUSDT"}
PAIR = {"category": "spot", "symbol": "BTCUSDT"}
BUY = {"side": "Buy", "orderType": "Limit", "qty": "0.1", "price": "59900"}
STOP = {"triggerPrice": "59000", "triggerDirection": 2}


def place(desk: Desk, terms: dict[str, Any], **more: object) -> str:
    order_id: str = desk.does(CREATE, {**terms, **BUY, **more})["orderId"]
    return order_id


def open_ids(desk: Desk, category: str = "linear") -> list[str]:
    """Every open order, oldest first."""
    sent = {} if category == "spot" else {"settleCoin": "USDT"}
    rows = desk.asks("/v5/order/realtime", None, category=category, limit=50, **sent)["list"]
    return [row["orderId"] for row in reversed(rows)]


@pytest.mark.parametrize("market", [PERP, PAIR])
@pytest.mark.parametrize("name", ["orderId", "orderLinkId"])
def test_one_order_is_canceled_by_either_name(desk: Desk, market: dict[str, str], name: str) -> None:
    made = desk.does(CREATE, {**market, **BUY, "orderLinkId": "mine"})
    gone = desk.does(CANCEL, {**market, name: made[name]})
    assert gone == made
    assert open_ids(desk, market["category"]) == []
    row = desk.asks("/v5/order/history", None, **market)["list"][0]
    assert (row["orderStatus"], row["cancelType"], row["rejectReason"]) == (
        "Cancelled", "CancelByUser", "EC_PerCancelRequest",
    )  # fmt: skip


def test_the_venues_name_wins(desk: Desk) -> None:
    first, second = place(desk, PERP, orderLinkId="one"), place(desk, PERP, orderLinkId="two")
    assert desk.does(CANCEL, {**PERP, "orderId": second, "orderLinkId": "one"})["orderLinkId"] == "two"
    assert open_ids(desk) == [first]


@pytest.mark.parametrize(("market", "code"), [(PERP, 110001), (PAIR, 170213)])
def test_an_order_that_is_not_there(desk: Desk, market: dict[str, str], code: int) -> None:
    mine, other = place(desk, market), desk.post(CREATE, {**market, **BUY}, desk.carol).result["orderId"]
    desk.does(CANCEL, {**market, "orderId": mine})
    for named in ({"orderId": mine}, {"orderId": other}, {"orderId": "1"}, {"orderLinkId": "none"}):
        assert desk.post(CANCEL, {**market, **named}).code == code
    assert desk.post(CANCEL, market).code == 10001


def test_an_order_of_another_symbol_is_not_that_one(desk: Desk) -> None:
    mine = place(desk, PERP)
    assert desk.post(CANCEL, {**ETHER, "orderId": mine}).code == 110001
    assert desk.post(CANCEL, {**PAIR, "orderId": mine}).code == 170213
    assert open_ids(desk) == [mine]


# All of them


@pytest.fixture
def orders(desk: Desk) -> dict[str, str]:
    """An order, a condition and an order of ether in contracts; an order and a condition of spot."""
    desk.trade(LINEAR, 60_000, "0.01")
    return {
        "limit": place(desk, PERP),
        "stop": place(desk, PERP, **STOP),
        "ether": place(desk, ETHER, price="1999"),
        "spot": place(desk, PAIR),
        "spot stop": place(desk, PAIR, triggerPrice="59000", orderFilter="StopOrder"),
    }


@pytest.mark.parametrize(
    ("sent", "gone"),
    [
        ({"symbol": "BTCUSDT"}, ["limit", "stop"]),
        ({"baseCoin": "ETH"}, ["ether"]),
        ({"settleCoin": "USDT"}, ["limit", "stop", "ether"]),
        ({"settleCoin": "USDC"}, []),
        ({"symbol": "ETHUSDT", "settleCoin": "USDT"}, ["ether"]),
        ({"settleCoin": "USDT", "orderFilter": "Order"}, ["limit", "ether"]),
        ({"settleCoin": "USDT", "orderFilter": "OpenOrder"}, ["limit", "ether"]),
        ({"settleCoin": "USDT", "orderFilter": "StopOrder"}, ["stop"]),
        ({"settleCoin": "USDT", "orderFilter": "StopOrder", "stopOrderType": "Stop"}, ["stop"]),
    ],
)
def test_contracts_orders_go_by_what_was_named(
    desk: Desk, orders: dict[str, str], sent: dict[str, str], gone: list[str]
) -> None:
    answer = desk.does(ALL, {"category": "linear", **sent})
    assert answer["success"] == "1"
    assert [row["orderId"] for row in answer["list"]] == [orders[name] for name in gone]
    stay = [orders[name] for name in ("limit", "stop", "ether") if name not in gone]
    assert open_ids(desk) == stay
    assert len(open_ids(desk, "spot")) == 2


def test_of_spot_the_ordinary_ones_go_where_nothing_is_said(desk: Desk, orders: dict[str, str]) -> None:
    assert [row["orderId"] for row in desk.does(ALL, category="spot")["list"]] == [orders["spot"]]
    assert [row["orderId"] for row in desk.does(ALL, category="spot", orderFilter="StopOrder")["list"]] == [
        orders["spot stop"]
    ]
    assert open_ids(desk, "spot") == []
    assert len(open_ids(desk)) == 3


@pytest.mark.parametrize(
    "sent",
    [{"category": "linear"}, {"category": "linear", "symbol": "XRPUSD"}, {"symbol": "BTCUSDT"}, {"category": "margin"}],
)
def test_it_must_be_said_which(desk: Desk, orders: dict[str, str], sent: dict[str, str]) -> None:
    assert desk.post(ALL, sent).code == 10001
    assert len(open_ids(desk)) == 3


def test_where_there_is_nothing_to_cancel_that_is_done(desk: Desk) -> None:
    assert desk.does(ALL, **PERP) == {"list": [], "success": "1"}
    assert desk.does(ALL, category="option") == {"list": [], "success": "1"}


# Batches


def test_each_order_of_a_batch_has_an_answer_of_its_own(desk: Desk) -> None:
    items = [
        {"symbol": "BTCUSDT", **BUY, "orderLinkId": "good"},
        {"symbol": "BTCUSDT", **BUY, "qty": "0"},
        {"symbol": "NONE", **BUY},
        {"symbol": "BTCUSDT", **BUY, "orderLinkId": "good"},
        {"symbol": "BTCUSDT", "side": "Buy"},
    ]
    answer = desk.post("/v5/order/create-batch", {"category": "linear", "request": items})
    assert answer.code == 0
    codes = [each["code"] for each in answer.body["retExtInfo"]["list"]]
    assert codes == [0, 10001, 10001, 110072, 10001]
    rows = answer.rows
    assert [bool(row["orderId"]) for row in rows] == [True, False, False, False, False]
    assert rows[0] == {
        "category": "linear", "symbol": "BTCUSDT", "orderId": open_ids(desk)[0], "orderLinkId": "good",
        "createAt": str(desk.now_ms()),
    }  # fmt: skip
    assert set(rows[1]) == set(rows[0])
    assert rows[3]["orderLinkId"] == "good"
    assert answer.reply.order_count == len(items)


def test_a_batch_of_cancels(desk: Desk) -> None:
    first = place(desk, PAIR, orderLinkId="a")
    place(desk, PAIR, orderLinkId="b")
    items = [
        {"symbol": "BTCUSDT", "orderId": first},
        {"symbol": "BTCUSDT", "orderLinkId": "b"},
        {"symbol": "BTCUSDT", "orderLinkId": "c"},
        {"symbol": "BTCUSDT"},
    ]
    answer = desk.post("/v5/order/cancel-batch", {"category": "spot", "request": items})
    assert [each["code"] for each in answer.body["retExtInfo"]["list"]] == [0, 0, 170213, 10001]
    assert [row["orderLinkId"] for row in answer.rows] == ["a", "b", "c", ""]
    assert open_ids(desk, "spot") == []


@pytest.mark.parametrize("path", ["create-batch", "cancel-batch", "amend-batch"])
@pytest.mark.parametrize(
    ("category", "request_"),
    [
        ("linear", []), ("linear", [{}] * 21), ("spot", [{}] * 11), ("linear", "all"), ("linear", {}), ("linear", [1]),
        ("linear", None), ("swap", [{}]),
    ],
)  # fmt: skip
def test_a_batch_that_is_none_is_refused_whole(desk: Desk, path: str, category: str, request_: object) -> None:
    answer = desk.post(f"/v5/order/{path}", {"category": category, "request": request_})
    assert (answer.code, answer.result) == (10001, {})


def test_what_goes_beyond_a_limit_is_refused_item_by_item(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = desk.call

    def limited(*args: Any, **more: Any) -> Any:
        call = made(*args, **more)
        call.allowed = 2
        return call

    monkeypatch.setattr(desk, "call", limited)
    items = [{"symbol": "BTCUSDT", **BUY} for _ in range(4)]
    answer = desk.post("/v5/order/create-batch", {"category": "linear", "request": items})
    assert [each["code"] for each in answer.body["retExtInfo"]["list"]] == [0, 0, 10006, 10006]
    assert len(open_ids(desk)) == 2


def test_the_largest_batch(desk: Desk) -> None:
    items = [{"symbol": "BTCUSDT", **BUY, "orderLinkId": f"n{number}"} for number in range(20)]
    answer = desk.post("/v5/order/create-batch", {"category": "linear", "request": items})
    assert {each["code"] for each in answer.body["retExtInfo"]["list"]} == {0}
    assert len(open_ids(desk)) == 20
