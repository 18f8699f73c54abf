"""Changes of open orders: they keep their ids, and what was not sent stays."""

from typing import Any

import pytest

from tests.dialects.bybit.v5.desk import LINEAR, SPOT, Desk

CREATE, AMEND = "/v5/order/create", "/v5/order/amend"
PERP = {"category": "linear", "symbol": "BTCUSDT"}
PAIR = {"category": "spot", "symbol": "BTCUSDT"}
BUY = {"side": "Buy", "orderType": "Limit", "qty": "0.1", "price": "59900"}
STOP = {"triggerPrice": "59000", "triggerDirection": 2, "orderFilter": "StopOrder"}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The last price is 60,000 in both markets."""
    desk.trade(SPOT, 60_000, "0.01")
    desk.trade(LINEAR, 60_000, "0.01")
    return desk


def place(desk: Desk, terms: dict[str, Any], **more: object) -> dict[str, str]:
    """The order by its venue's name, for changes."""
    sent = {**terms, **BUY, **more}
    if terms is not PAIR:
        sent.pop("orderFilter", None)
    return {**terms, "orderId": desk.does(CREATE, sent)["orderId"]}


def told(desk: Desk, order: dict[str, str]) -> dict[str, Any]:
    found = {name: order[name] for name in ("category", "orderId")}
    row: dict[str, Any] = desk.asks("/v5/order/realtime", None, **found)["list"][0]
    return row


def held(desk: Desk) -> int:
    """What spot orders of bob hold in dollars."""
    return desk.state.accounts[desk.bob.no].balances["unified", "USDT"].held


@pytest.mark.parametrize("market", [PERP, PAIR])
@pytest.mark.parametrize(
    ("change", "qty", "price"),
    [
        ({"price": "59800"}, "0.1", "59800"),
        ({"price": "59950"}, "0.1", "59950"),
        ({"qty": "0.05"}, "0.05", "59900"),
        ({"qty": "0.2"}, "0.2", "59900"),
        ({"qty": "0.2", "price": "59800"}, "0.2", "59800"),
    ],
)
def test_size_and_price_are_changed(
    desk: Desk, market: dict[str, str], change: dict[str, str], qty: str, price: str
) -> None:
    order = place(desk, market, orderLinkId="mine")
    assert desk.does(AMEND, {**order, **change}) == {"orderId": order["orderId"], "orderLinkId": "mine"}
    row = told(desk, order)
    assert (float(row["qty"]), float(row["price"]), row["orderStatus"]) == (float(qty), float(price), "New")
    if market is PAIR:
        assert held(desk) == int(float(qty) * float(price)) * 10**8
    book = desk.state.markets[desk.no(LINEAR if market is PERP else SPOT)].book
    assert book.best_bid() == int(float(price)) * 10**8


def test_a_spot_order_that_is_changed_may_trade(desk: Desk) -> None:
    desk.places(desk.alice, SPOT, "Sell", "0.15", 60_000)
    order = place(desk, PAIR)
    desk.does(AMEND, {**order, "price": "60000", "qty": "0.2"})
    row = told(desk, order)
    assert (row["orderStatus"], row["cumExecQty"], row["leavesQty"]) == ("PartiallyFilled", "0.15", "0.05")
    assert held(desk) == 3_000 * 10**8
    assert desk.post(AMEND, {**order, "qty": "0.15"}).code == 0
    assert told(desk, order)["orderStatus"] == "PartiallyFilledCanceled"
    assert held(desk) == 0


def test_a_spot_sell_holds_what_it_offers(desk: Desk) -> None:
    order = place(desk, PAIR, side="Sell", price="60100")
    balance = desk.state.accounts[desk.bob.no].balances["unified", "BTC"]
    desk.does(AMEND, {**order, "qty": "2"})
    assert (balance.held, told(desk, order)["qty"]) == (2 * 10**8, "2")
    assert desk.post(AMEND, {**order, "qty": "10.5"}).code in (170131, 170033)
    assert balance.held == 2 * 10**8


def test_a_post_only_order_that_would_take_ends(desk: Desk) -> None:
    desk.places(desk.alice, SPOT, "Sell", 1, 60_000)
    order = place(desk, PAIR, timeInForce="PostOnly")
    assert desk.post(AMEND, {**order, "price": "60000"}).code == 0
    assert told(desk, order)["rejectReason"] == "EC_PostOnlyWillTakeLiquidity"
    assert held(desk) == 0


# Conditions


@pytest.mark.parametrize("market", [PERP, PAIR])
def test_a_condition_waits_for_another_price(desk: Desk, market: dict[str, str]) -> None:
    order = place(desk, market, **STOP, price="58900")
    desk.does(AMEND, {**order, "triggerPrice": "59500", "price": "59400", "qty": "0.2"})
    row = told(desk, order)
    assert (float(row["triggerPrice"]), float(row["price"]), float(row["qty"])) == (59_500, 59_400, 0.2)
    assert row["orderStatus"] == "Untriggered"
    desk.trade(LINEAR if market is PERP else SPOT, 59_500, "0.01")
    assert told(desk, order)["orderStatus"] == "New"
    assert desk.post(AMEND, {**order, "triggerPrice": "59000"}).code == 10001


def test_a_condition_may_watch_another_price(desk: Desk) -> None:
    order = place(desk, PERP, **STOP)
    desk.does(AMEND, {**order, "triggerBy": "MarkPrice"})
    assert told(desk, order)["triggerBy"] == "MarkPrice"


def test_a_condition_that_holds_already_is_refused(desk: Desk) -> None:
    order = place(desk, PERP, **STOP)
    answer = desk.post(AMEND, {**order, "triggerPrice": "60500"})
    assert (answer.code, answer.text) == (
        110093, "expect Falling, but trigger_price[60500] >= current[60000]??LastPrice",
    )  # fmt: skip
    assert told(desk, order)["triggerPrice"] == "59000"


def test_a_protecting_order_is_moved(desk: Desk) -> None:
    desk.places(desk.alice, LINEAR, "Sell", 1, 60_000)
    desk.does(CREATE, {**PERP, "side": "Buy", "orderType": "Market", "qty": "0.1", "stopLoss": "59000"})
    stop = desk.asks("/v5/order/realtime", None, **PERP)["list"][0]
    desk.does(AMEND, {**PERP, "orderId": stop["orderId"], "triggerPrice": "59500"})
    row = told(desk, {**PERP, "orderId": stop["orderId"]})
    assert (row["triggerPrice"], row["stopOrderType"]) == ("59500", "StopLoss")
    desk.places(desk.alice, LINEAR, "Buy", 1, "59400")
    desk.trade(LINEAR, 59_450, "0.01", side="Sell")
    assert desk.state.accounts[desk.bob.no].positions == {}


# Attached prices


def test_attached_prices_are_changed_until_the_order_trades(desk: Desk) -> None:
    order = place(desk, PERP, takeProfit="61000", stopLoss="59000")
    desk.does(AMEND, {**order, "takeProfit": "62000", "stopLoss": "0", "tpTriggerBy": "MarkPrice"})
    row = told(desk, order)
    assert (row["takeProfit"], row["stopLoss"], row["tpTriggerBy"]) == ("62000", "", "MarkPrice")
    desk.places(desk.alice, LINEAR, "Sell", "0.05", 59_900)
    assert desk.post(AMEND, {**order, "takeProfit": "63000"}).code == 110059
    children = [row for row in desk.asks("/v5/order/realtime", None, **PERP)["list"] if row["stopOrderType"]]
    assert [(row["stopOrderType"], row["triggerPrice"]) for row in children] == [("TakeProfit", "62000")]


def test_a_plain_order_is_given_prices(desk: Desk) -> None:
    order = place(desk, PERP)
    desk.does(AMEND, {**order, "stopLoss": "59000"})
    desk.places(desk.alice, LINEAR, "Sell", "0.1", 59_900)
    assert [row["stopOrderType"] for row in desk.asks("/v5/order/realtime", None, **PERP)["list"]] == ["StopLoss"]


def test_attached_prices_on_the_wrong_side(desk: Desk) -> None:
    order = place(desk, PERP)
    assert desk.post(AMEND, {**order, "takeProfit": "59000"}).code != 0
    assert told(desk, order)["takeProfit"] == ""


# What makes no sense


@pytest.mark.parametrize(
    ("change", "linear", "spot"),
    [
        ({}, 10001, 10001),
        ({"price": "59900"}, 10001, 10001),
        ({"qty": "0.1"}, 10001, 10001),
        ({"qty": "0"}, 10001, 170136),
        ({"qty": "-1"}, 10001, 10001),
        ({"qty": "x"}, 10001, 10001),
        ({"qty": "0.10000001"}, 10001, 170137),
        ({"qty": "999999999999"}, 10001, 170381),
        ({"price": "0"}, 10001, 170133),
        ({"price": "59900.001"}, 10001, 170134),
        ({"triggerPrice": "58000"}, 10001, 10001),
        ({"triggerBy": "Nothing"}, 10001, 10001),
    ],
)
def test_odd_changes_change_nothing(desk: Desk, change: dict[str, str], linear: int, spot: int) -> None:
    for market, code in ((PERP, linear), (PAIR, spot)):
        order = place(desk, market)
        before = told(desk, order)
        assert desk.post(AMEND, {**order, **change}).code == code
        assert told(desk, order) == before


@pytest.mark.parametrize(("market", "code"), [(PERP, 110001), (PAIR, 170213)])
def test_an_order_that_is_not_there(desk: Desk, market: dict[str, str], code: int) -> None:
    order = place(desk, market)
    desk.does("/v5/order/cancel", order)
    assert desk.post(AMEND, {**order, "qty": "0.2"}).code == code
    assert desk.post(AMEND, {**market, "orderLinkId": "none", "qty": "0.2"}).code == code
    assert desk.post(AMEND, {**market, "qty": "0.2"}).code == 10001


def test_a_batch_of_changes(desk: Desk) -> None:
    first, second = place(desk, PERP, orderLinkId="a"), place(desk, PERP, orderLinkId="b")
    items = [
        {"symbol": "BTCUSDT", "orderId": first["orderId"], "price": "59800"},
        {"symbol": "BTCUSDT", "orderLinkId": "b", "qty": "0.05"},
        {"symbol": "BTCUSDT", "orderLinkId": "c", "qty": "0.05"},
        {"symbol": "BTCUSDT", "orderLinkId": "b"},
    ]
    answer = desk.post("/v5/order/amend-batch", {"category": "linear", "request": items})
    assert [each["code"] for each in answer.body["retExtInfo"]["list"]] == [0, 0, 110001, 10001]
    assert [set(row) for row in answer.rows] == [{"category", "symbol", "orderId", "orderLinkId"}] * 4
    assert (told(desk, first)["price"], told(desk, second)["qty"]) == ("59800", "0.05")
