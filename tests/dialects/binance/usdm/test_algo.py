"""The Algo Service over the wire: conditional orders under ids of their own, from NEW to their end."""

import json
from typing import Any

import pytest

from simexchange.core.vocabulary.units import MINUTE, Nanos
from tests.dialects.binance.usdm.desk import Desk

ONE = {"symbol": "BTCUSDT"}


@pytest.fixture
def long(desk: Desk) -> Desk:
    """The taker is long 1 from 100; 5 are bid at 96 and 5 asked at 104."""
    desk.opens(desk.taker, "1")
    desk.order(desk.maker, "BUY", "5", "96")
    desk.order(desk.maker, "SELL", "5", "104")
    return desk


def _status(desk: Desk, algo: object) -> Any:
    return desk.ask(desk.taker, "/fapi/v1/algoOrder", algoId=algo)


def test_a_stop_is_answered_as_the_algo_service_does(long: Desk) -> None:
    """Terms as they were sent; nothing has happened to it yet."""
    answer = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="97", quantity="1", clientAlgoId="mine")

    assert answer.reply.order_count == 1
    assert answer.body == {
        "algoId": 10**15 + long.state.accounts[long.taker.no].orders_made,
        "clientAlgoId": "mine",
        "algoType": "CONDITIONAL",
        "orderType": "STOP_MARKET",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "positionSide": "BOTH",
        "timeInForce": "GTC",
        "quantity": "1.000",
        "algoStatus": "NEW",
        "triggerPrice": "97.00",
        "price": "0.00",
        "icebergQuantity": None,
        "selfTradePreventionMode": "NONE",
        "workingType": "CONTRACT_PRICE",
        "priceMatch": "NONE",
        "closePosition": False,
        "priceProtect": False,
        "reduceOnly": False,
        "createTime": long.now_ms(),
        "updateTime": long.now_ms(),
        "triggerTime": 0,
        "goodTillDate": 0,
    }


@pytest.mark.parametrize(
    ("side", "kind", "terms", "sleeps_at", "wakes_at"),
    [
        ("SELL", "STOP_MARKET", {"triggerPrice": "98"}, "98.5", "98"),
        ("BUY", "STOP_MARKET", {"triggerPrice": "102"}, "101.5", "102"),
        ("SELL", "TAKE_PROFIT_MARKET", {"triggerPrice": "102"}, "101.5", "102"),
        ("BUY", "TAKE_PROFIT_MARKET", {"triggerPrice": "98"}, "98.5", "98"),
        ("SELL", "STOP", {"triggerPrice": "98", "price": "97"}, "98.5", "98"),
        ("BUY", "TAKE_PROFIT", {"triggerPrice": "98", "price": "97"}, "98.5", "98"),
        ("SELL", "TRAILING_STOP_MARKET", {"callbackRate": "1"}, "99.5", "99"),
        ("BUY", "TRAILING_STOP_MARKET", {"callbackRate": "1"}, "100.5", "101"),
    ],
)
def test_each_type_waits_for_its_own_side_of_the_price(
    long: Desk, side: str, kind: str, terms: dict[str, str], sleeps_at: str, wakes_at: str
) -> None:
    """The last price is 100. A stop waits for it to go its way, a take-profit against it, trailing ones for a turn."""
    algo = long.algo(long.taker, side, kind, quantity="0.5", **terms).body["algoId"]

    long.prints(sleeps_at)
    before = _status(long, algo)
    long.prints(wakes_at)
    after = _status(long, algo)

    assert (before["algoStatus"], before["actualOrderId"]) == ("NEW", "")
    assert after["algoStatus"] in ("TRIGGERED", "FINISHED")
    assert after["orderType"] == kind
    assert after["triggerTime"] == long.now_ms()
    assert int(after["actualOrderId"]) == algo - 10**15


def test_what_a_triggered_stop_did_is_told_by_both_services(long: Desk) -> None:
    """It sold 1 at 96: the algo order is FINISHED with it, the ordinary one FILLED and says what it was."""
    algo = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="98", quantity="1", clientAlgoId="a").body[
        "algoId"
    ]
    long.prints("98")

    row = _status(long, algo)
    order = long.ask(long.taker, "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="a")

    assert (row["algoStatus"], row["actualPrice"], row["actualQty"], row["actualType"]) == (
        "FINISHED", "96.00000", "1.000", "MARKET",
    )  # fmt: skip
    assert (order["status"], order["type"], order["origType"]) == ("FILLED", "MARKET", "STOP_MARKET")
    assert (order["stopPrice"], order["orderId"]) == ("98.00", int(row["actualOrderId"]))


def test_a_triggered_limit_order_rests_as_an_ordinary_one(long: Desk) -> None:
    """TRIGGERED while it rests at 99; it is canceled as the order it became, and then it is FINISHED."""
    algo = long.algo(long.taker, "SELL", "STOP", triggerPrice="98", price="99", quantity="1").body["algoId"]
    long.prints("98")

    resting = long.ask(long.taker, "/fapi/v1/openOrders", **ONE)
    as_algo = long.signed(long.taker, "DELETE", "/fapi/v1/algoOrder", algoId=algo)
    as_order = long.signed(long.taker, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=resting[0]["orderId"])

    assert [(row["type"], row["origType"], row["price"]) for row in resting] == [("LIMIT", "STOP", "99.00")]
    assert as_algo.code == -2011
    assert as_order.body["status"] == "CANCELED"
    assert _status(long, algo)["algoStatus"] == "FINISHED"


def test_a_waiting_order_is_no_ordinary_order(long: Desk) -> None:
    """Neither found, nor listed, nor canceled where ordinary orders are; nor with all of them."""
    algo = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="97", quantity="1", clientAlgoId="a").body[
        "algoId"
    ]
    long.order(long.taker, "SELL", "0.1", "103")

    listed = long.ask(long.taker, "/fapi/v1/openOrders")
    history = long.ask(long.taker, "/fapi/v1/allOrders", **ONE)
    by_id = long.signed(long.taker, "GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=algo)
    by_name = long.signed(long.taker, "GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="a")
    gone = long.signed(long.taker, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="a")
    swept = long.signed(long.taker, "DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")

    assert [row["price"] for row in listed] == ["103.00"]
    assert [row["origType"] for row in history] == ["MARKET", "LIMIT"]
    assert (by_id.code, by_name.code, gone.code) == (-2013, -2013, -2011)
    assert swept.status == 200
    assert long.ask(long.taker, "/fapi/v1/openOrders") == []
    assert _status(long, algo)["algoStatus"] == "NEW"


def test_a_cancel_is_acknowledged_and_ends_it(long: Desk) -> None:
    """By id or by name; a second time there is nothing to cancel."""
    first = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="97", quantity="1", clientAlgoId="a").body[
        "algoId"
    ]
    second = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="96", quantity="1", clientAlgoId="b").body[
        "algoId"
    ]

    by_id = long.signed(long.taker, "DELETE", "/fapi/v1/algoOrder", algoId=first)
    by_name = long.signed(long.taker, "DELETE", "/fapi/v1/algoOrder", clientAlgoId="b")
    again = long.signed(long.taker, "DELETE", "/fapi/v1/algoOrder", algoId=first)

    assert by_id.body == {"algoId": first, "clientAlgoId": "a", "code": "200", "msg": "success"}
    assert by_name.body["algoId"] == second
    assert again.code == -2011
    assert _status(long, first)["algoStatus"] == "CANCELED"
    assert long.ask(long.taker, "/fapi/v1/openAlgoOrders") == []


def test_all_that_wait_are_canceled_at_once_and_ordinary_ones_stay(long: Desk) -> None:
    long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="97", quantity="1")
    long.algo(long.taker, "SELL", "TAKE_PROFIT_MARKET", triggerPrice="103", quantity="1")
    long.order(long.taker, "SELL", "0.1", "103")

    first = long.signed(long.taker, "DELETE", "/fapi/v1/algoOpenOrders", symbol="BTCUSDT")
    seq = long.seq
    second = long.signed(long.taker, "DELETE", "/fapi/v1/algoOpenOrders", symbol="BTCUSDT")

    assert first.body == second.body == {"code": 200, "msg": "The operation of cancel all open order is done."}
    assert long.seq == seq
    assert long.ask(long.taker, "/fapi/v1/openAlgoOrders", **ONE) == []
    assert len(long.ask(long.taker, "/fapi/v1/openOrders")) == 1


def test_past_conditional_orders_go_up_from_an_id_and_are_cut_at_the_limit(long: Desk) -> None:
    """The oldest from an id on; without one the newest; page by page."""
    ids = [
        long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice=str(price), quantity="1").body["algoId"]
        for price in (97, 96, 95)
    ]
    path = "/fapi/v1/allAlgoOrders"

    def listed(**sent: object) -> list[int]:
        return [row["algoId"] for row in long.ask(long.taker, path, **ONE, **sent)]

    assert listed() == ids
    assert listed(algoId=ids[1], limit=1) == [ids[1]]
    assert listed(limit=2) == ids[1:]
    assert listed(limit=2, page=2) == ids[:1]
    assert listed(startTime=long.now_ms(), limit=2) == ids[:2]
    assert listed(startTime=1, endTime=2) == []


def test_a_whole_position_is_closed_whatever_its_size_is_then(long: Desk) -> None:
    """The stop says no quantity; the position grows to 1.5, and 1.5 are sold."""
    algo = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="98", closePosition="true").body
    long.order(long.taker, "BUY", "0.5")
    long.prints("98")

    row = _status(long, algo["algoId"])

    assert (algo["closePosition"], algo["quantity"], algo["timeInForce"]) == (True, "0.000", "GTE_GTC")
    assert (row["algoStatus"], row["actualQty"], row["quantity"]) == ("FINISHED", "1.500", "0.000")
    assert long.ask(long.taker, "/fapi/v3/positionRisk") == []


def test_one_stop_and_one_take_profit_may_close_a_position(long: Desk) -> None:
    """A second one of either kind is -4130; canceled, it makes room."""
    stop = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="97", closePosition="true")
    profit = long.algo(long.taker, "SELL", "TAKE_PROFIT_MARKET", triggerPrice="103", closePosition="true")
    second = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="96", closePosition="true")
    long.signed(long.taker, "DELETE", "/fapi/v1/algoOrder", algoId=stop.body["algoId"])
    third = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="96", closePosition="true")

    assert (stop.status, profit.status, third.status) == (200, 200, 200)
    assert second.code == -4130


@pytest.mark.parametrize("terms", [{"closePosition": "true"}, {"quantity": "1", "timeInForce": "GTE_GTC"}])
def test_what_ends_with_a_position_needs_one(desk: Desk, terms: dict[str, str]) -> None:
    """-4509 where there is none, or one of the order's own side."""
    desk.opens(desk.third, "1")

    flat = desk.algo(desk.taker, "SELL", "STOP_MARKET", triggerPrice="97", **terms)
    same_side = desk.algo(desk.third, "BUY", "STOP_MARKET", triggerPrice="103", **terms)

    assert (flat.code, same_side.code) == (-4509, -4509)


def test_what_ends_with_a_position_expires_when_that_is_closed(long: Desk) -> None:
    """GTE_GTC: the position is sold by hand, and the stop is gone."""
    algo = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="97", quantity="1", timeInForce="GTE_GTC")

    long.order(long.taker, "SELL", "1")

    assert _status(long, algo.body["algoId"])["algoStatus"] == "EXPIRED"


def test_a_reduce_only_stop_without_a_position_is_rejected_when_it_fires(desk: Desk) -> None:
    """Taken in, because nothing is checked before the trigger; then refused with its reason (recorded 2026-07)."""
    desk.opens(desk.third, "1")
    algo = desk.algo(desk.taker, "SELL", "STOP_MARKET", triggerPrice="98", quantity="1", reduceOnly="true")
    desk.prints("98")

    row = _status(desk, algo.body["algoId"])

    assert (row["algoStatus"], row["rejectReason"], row["actualOrderId"]) == ("REJECTED", "Reduce Only reject", "")
    assert row["triggerTime"] == desk.now_ms()


def test_margin_is_needed_when_it_fires_and_not_before(long: Desk) -> None:
    """10,000 USDT at 10x carry 1,000 at 100, not 5,000: the stop is taken in, and rejected."""
    algo = long.algo(long.taker, "BUY", "STOP", triggerPrice="102", price="103", quantity="999")
    long.prints("102")

    row = _status(long, algo.body["algoId"])

    assert row["algoStatus"] == "REJECTED"
    assert row["rejectReason"].startswith(("Margin is insufficient", "Exceeded the maximum allowable position"))


def test_a_stop_on_the_mark_does_not_hear_the_last_price(long: Desk) -> None:
    """The last price falls to 97, the mark stays: it waits. The mark falls: it fires."""
    algo = long.algo(
        long.taker, "SELL", "STOP_MARKET", triggerPrice="97", quantity="1", workingType="MARK_PRICE"
    ).body["algoId"]  # fmt: skip
    long.prints("97")
    before = _status(long, algo)["algoStatus"]
    long.index(96)

    assert before == "NEW"
    assert _status(long, algo)["algoStatus"] != "NEW"


def test_a_good_till_date_ends_a_waiting_order(long: Desk) -> None:
    """Ten minutes and a second; then it is EXPIRED."""
    until = long.now_ms() + 601_500
    algo = long.algo(
        long.taker, "SELL", "STOP_MARKET", triggerPrice="97", quantity="1", timeInForce="GTD", goodTillDate=until
    ).body  # fmt: skip
    long.passes(Nanos(11 * MINUTE))

    assert (algo["timeInForce"], algo["goodTillDate"]) == ("GTD", until - until % 1_000)
    assert _status(long, algo["algoId"])["algoStatus"] == "EXPIRED"


def test_a_trailing_stop_tells_its_rate_and_its_activation(long: Desk) -> None:
    """It follows from 102 on, up to 103.5, and fires one percent below: at 102.465."""
    algo = long.algo(
        long.taker, "SELL", "TRAILING_STOP_MARKET", callbackRate="1", activatePrice="102", quantity="1"
    ).body  # fmt: skip

    assert (algo["activatePrice"], algo["callbackRate"], algo["triggerPrice"]) == ("102.00", "1.0", "0.00")
    for price, status in (("99", "NEW"), ("102", "NEW"), ("103.5", "NEW"), ("102.5", "NEW"), ("102.4", "FINISHED")):
        long.prints(price)
        assert _status(long, algo["algoId"])["algoStatus"] == status


def test_nobody_sees_or_cancels_another_ones_conditional_order(long: Desk) -> None:
    algo = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="97", quantity="1").body["algoId"]

    seen = long.signed(long.third, "GET", "/fapi/v1/algoOrder", algoId=algo)
    gone = long.signed(long.third, "DELETE", "/fapi/v1/algoOrder", algoId=algo)

    assert (seen.code, gone.code) == (-2013, -2011)


def test_the_socket_api_places_and_cancels_alike(long: Desk) -> None:
    """``algoOrder.place`` and ``algoOrder.cancel``: the same answers in frames."""
    terms = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "quantity": "1"}

    placed = long.api("algoOrder.place", {**terms, "triggerPrice": "97"}, long.taker)
    canceled = long.api("algoOrder.cancel", {"algoId": placed["result"]["algoId"]}, long.taker)
    refused = long.api("algoOrder.place", {**terms, "triggerPrice": "101"}, long.taker)

    assert placed["result"]["algoStatus"] == "NEW"
    assert canceled["result"]["msg"] == "success"
    assert refused["error"]["code"] == -2021


def test_a_batch_takes_no_conditional_orders(long: Desk) -> None:
    """-4120 for the element; the others are placed."""
    batch = [{"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "stopPrice": "97", "quantity": "1"}]

    answer = long.signed(long.taker, "POST", "/fapi/v1/batchOrders", batchOrders=json.dumps(batch))

    assert [row["code"] for row in answer.body] == [-4120]
