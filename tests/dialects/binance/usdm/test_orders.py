"""Orders over the wire: what is placed, canceled and asked for is what the events and views say."""

import json

from simexchange.core.vocabulary.units import SECOND
from tests.dialects.binance.usdm.desk import Desk


def test_a_resting_limit_order_is_answered_as_new(desk: Desk) -> None:
    """A limit order that nobody takes is NEW, with its terms as they were sent."""
    answer = desk.order(desk.maker, "BUY", "0.1", "99.5", newClientOrderId="mine-1")

    assert answer.status == 200
    assert answer.reply.order_count == 1
    assert answer.body == {
        "orderId": desk.views.orders.open(desk.maker.no)[0].id,
        "symbol": "BTCUSDT",
        "status": "NEW",
        "clientOrderId": "mine-1",
        "price": "99.50",
        "avgPrice": "0.00000",
        "origQty": "0.100",
        "executedQty": "0.000",
        "cumQty": "0.000",
        "cumQuote": "0.00000",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "reduceOnly": False,
        "closePosition": False,
        "side": "BUY",
        "positionSide": "BOTH",
        "stopPrice": "0.00",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": "LIMIT",
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
        "updateTime": desk.now_ms(),
    }


def test_a_market_order_is_answered_with_its_fills_and_exact_average(desk: Desk) -> None:
    """1 at 100 and 1 at 101 cost 201, so the average is 100.5."""
    desk.order(desk.maker, "SELL", "1", "100")
    desk.order(desk.maker, "SELL", "1", "101")

    body = desk.order(desk.taker, "BUY", "2").body

    assert (body["status"], body["executedQty"], body["cumQuote"]) == ("FILLED", "2.000", "201.00000")
    assert body["avgPrice"] == "100.50000"
    assert (body["type"], body["timeInForce"], body["price"]) == ("MARKET", "GTC", "0.00")


def test_ack_answers_the_order_as_it_was_taken_in(desk: Desk) -> None:
    """ACK does not wait for the fill, although the order is filled in the same step."""
    desk.order(desk.maker, "SELL", "1", "100")

    body = desk.order(desk.taker, "BUY", "1", newOrderRespType="ACK").body

    assert (body["status"], body["executedQty"]) == ("NEW", "0.000")
    row = desk.ask(desk.taker, "/fapi/v1/order", symbol="BTCUSDT", orderId=body["orderId"])
    assert (row["status"], row["executedQty"]) == ("FILLED", "1.000")


def test_an_order_without_a_client_id_gets_one_by_which_it_is_found(desk: Desk) -> None:
    """The venue gives 22 letters and digits; the next order gets others."""
    first = desk.order(desk.maker, "BUY", "0.1", "99").body["clientOrderId"]
    second = desk.order(desk.maker, "BUY", "0.1", "99").body["clientOrderId"]

    assert len(first) == 22
    assert first.isalnum()
    assert first != second
    found = desk.ask(desk.maker, "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId=second)
    assert found["clientOrderId"] == second


def test_a_reduce_only_order_is_trimmed_to_the_position(desk: Desk) -> None:
    """Closing 3 of a position of 1 is an order for 1 (venue behaviour since 2026-05)."""
    desk.opens(desk.taker, "1")
    desk.order(desk.maker, "BUY", "3", "100")

    body = desk.order(desk.taker, "SELL", "3", reduceOnly="true").body

    assert (body["origQty"], body["executedQty"], body["reduceOnly"]) == ("1.000", "1.000", True)
    assert desk.ask(desk.taker, "/fapi/v3/positionRisk") == []


def test_a_reduce_only_order_beside_others_that_close_everything_is_refused(desk: Desk) -> None:
    """-4118: 1 is held, and a take-profit at 105 closes it. Nearer the market or at once makes no difference; a plain
    order closes all the same, and takes the take-profit along.
    """
    desk.opens(desk.taker, "1")
    desk.order(desk.taker, "SELL", "1", "105", reduceOnly="true")
    desk.order(desk.maker, "BUY", "1", "99")

    refused = [desk.order(desk.taker, "SELL", "1", price, reduceOnly="true").body for price in ("106", "104", None)]
    plain = desk.order(desk.taker, "SELL", "1").body

    assert [row["code"] for row in refused] == [-4118] * 3
    assert "Please check your existing position and open orders" in refused[0]["msg"]
    assert plain["status"] == "FILLED"
    assert desk.ask(desk.taker, "/fapi/v1/openOrders") == []


def test_gtd_keeps_whole_seconds(desk: Desk) -> None:
    """goodTillDate is read in milliseconds and kept in seconds."""
    until = desk.now_ms() + 700_123

    body = desk.order(desk.maker, "BUY", "0.1", "99", timeInForce="GTD", goodTillDate=until).body

    assert (body["timeInForce"], body["goodTillDate"]) == ("GTD", until - until % 1_000)


def test_a_canceled_order_is_answered_as_it_ended(desk: Desk) -> None:
    """By client id; what was unfilled stays unfilled."""
    desk.order(desk.maker, "BUY", "0.1", "99", newClientOrderId="a")

    gone = desk.signed(desk.maker, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="a")

    assert gone.status == 200
    assert (gone.body["status"], gone.body["clientOrderId"], gone.body["executedQty"]) == ("CANCELED", "a", "0.000")
    assert desk.ask(desk.maker, "/fapi/v1/openOrders") == []
    again = desk.signed(desk.maker, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="a")
    assert (again.status, again.code) == (400, -2011)


def test_cancel_all_is_done_even_where_there_is_nothing(desk: Desk) -> None:
    """The venue says the same whether there were orders or none; without any, nothing is recorded."""
    desk.order(desk.maker, "BUY", "0.1", "99")
    desk.order(desk.maker, "BUY", "0.1", "98")
    done = {"code": 200, "msg": "The operation of cancel all open order is done."}

    first = desk.signed(desk.maker, "DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    after = desk.seq
    second = desk.signed(desk.maker, "DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")

    assert first.body == second.body == done
    assert desk.views.orders.open(desk.maker.no) == []
    assert desk.seq == after


def test_a_batch_answers_each_order_for_itself(desk: Desk) -> None:
    """Good, malformed and refused side by side; numbers may be JSON's."""
    good = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": 0.1, "price": "99", "timeInForce": "GTC"}
    batch = [good, {**good, "side": "UP"}, {**good, "quantity": "0.01"}, {**good, "type": "STOP"}]

    answer = desk.signed(desk.maker, "POST", "/fapi/v1/batchOrders", batchOrders=json.dumps(batch))

    assert answer.status == 200
    assert answer.body[0]["status"] == "NEW"
    assert [row["code"] for row in answer.body[1:]] == [-1117, -4164, -4120]
    assert answer.reply.order_count == 5


def test_a_batch_cancel_takes_both_spellings_of_its_list(desk: Desk) -> None:
    """ccxt writes orderidlist, the documentation orderIdList."""
    ids = [desk.order(desk.maker, "BUY", "0.1", "99").body["orderId"] for _ in range(2)]

    first = desk.signed(desk.maker, "DELETE", "/fapi/v1/batchOrders", symbol="BTCUSDT", orderIdList=f"[{ids[0]}]")
    rest = desk.signed(
        desk.maker, "DELETE", "/fapi/v1/batchOrders", symbol="BTCUSDT", orderidlist=json.dumps([ids[1], ids[0]])
    )

    assert [row["status"] for row in first.body] == ["CANCELED"]
    assert rest.body[0]["status"] == "CANCELED"
    assert rest.body[1] == {"code": -2011, "msg": "Unknown order sent."}


def test_nobody_sees_another_ones_order(desk: Desk) -> None:
    """An id is no key: another account's order does not exist for the caller, nor can it be canceled."""
    order = desk.order(desk.maker, "BUY", "0.1", "99").body["orderId"]

    seen = desk.signed(desk.taker, "GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=order)
    gone = desk.signed(desk.taker, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=order)

    assert (seen.code, gone.code) == (-2013, -2011)
    assert len(desk.views.orders.open(desk.maker.no)) == 1


def test_all_orders_go_up_from_an_id_and_are_cut_at_the_limit(desk: Desk) -> None:
    """The oldest from an id on; without one the newest."""
    ids = [desk.order(desk.maker, "BUY", "0.1", "99").body["orderId"] for _ in range(3)]

    from_second = desk.ask(desk.maker, "/fapi/v1/allOrders", symbol="BTCUSDT", orderId=ids[1], limit=1)
    newest = desk.ask(desk.maker, "/fapi/v1/allOrders", symbol="BTCUSDT", limit=2)

    assert [row["orderId"] for row in from_second] == [ids[1]]
    assert [row["orderId"] for row in newest] == ids[1:]


def test_a_fill_is_told_with_its_exact_fee_and_profit(desk: Desk) -> None:
    """1 bought at 100 and sold at 104: profit 4, taker fees 0.05 and 0.052."""
    desk.opens(desk.taker, "1")
    desk.order(desk.maker, "BUY", "1", "104")
    sold = desk.order(desk.taker, "SELL", "1").body["orderId"]

    fills = desk.ask(desk.taker, "/fapi/v1/userTrades", symbol="BTCUSDT")

    assert fills[1] == {
        "symbol": "BTCUSDT",
        "id": 2,
        "orderId": sold,
        "side": "SELL",
        "price": "104.00",
        "qty": "1.000",
        "realizedPnl": "4.00000000",
        "quoteQty": "104.00000",
        "commission": "0.05200000",
        "commissionAsset": "USDT",
        "time": desk.now_ms(),
        "positionSide": "BOTH",
        "buyer": False,
        "maker": False,
    }
    assert fills[0]["commission"] == "0.05000000"
    by_order = desk.ask(desk.taker, "/fapi/v1/userTrades", symbol="BTCUSDT", orderId=sold)
    assert by_order == fills[1:]


def test_a_test_order_is_judged_like_a_real_one_and_changes_nothing(desk: Desk) -> None:
    """Good ones answer their terms, bad ones the refusal; no record is made of either."""
    terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "price": "101", "timeInForce": "GTC"}
    before = desk.seq

    good = desk.signed(desk.maker, "POST", "/fapi/v1/order/test", quantity="0.1", **terms)
    poor = desk.signed(desk.maker, "POST", "/fapi/v1/order/test", quantity="1000", **terms)
    odd = desk.signed(desk.maker, "POST", "/fapi/v1/order/test", quantity="0.0001", **terms)

    assert (good.status, good.body["origQty"]) == (200, "0.100")
    assert (poor.code, odd.code) == (-2027, -1111)
    assert desk.seq == before
    assert desk.views.orders.history(desk.maker.no) == []


def test_a_liquidated_order_is_a_forced_one() -> None:
    """200 USDT carry 10 bought at 100 down to 80.85: 8 are left and 8.085 needed. The venue's order is listed apart."""
    desk = Desk(cash=200)
    desk.opens(desk.taker, "10")
    desk.order(desk.third, "BUY", "10", "91")
    desk.mark("80.85")

    forced = desk.ask(desk.taker, "/fapi/v1/forceOrders", autoCloseType="LIQUIDATION")

    assert len(forced) == 1
    assert forced[0]["clientOrderId"].startswith("autoclose-")
    assert (forced[0]["side"], forced[0]["timeInForce"], forced[0]["type"]) == ("SELL", "IOC", "LIMIT")
    assert desk.ask(desk.taker, "/fapi/v1/forceOrders", autoCloseType="ADL") == []


def test_a_countdown_is_set_in_milliseconds_for_one_symbol(desk: Desk) -> None:
    """The gateway keeps the time; the dialect says whose, where and how long. 0 stops it."""
    path = "/fapi/v1/countdownCancelAll"

    answer = desk.signed(desk.maker, "POST", path, symbol="BTCUSDT", countdownTime=120_000)
    after = dict(desk.countdowns.running)
    desk.signed(desk.maker, "POST", path, symbol="BTCUSDT", countdownTime=0)

    assert answer.body == {"symbol": "BTCUSDT", "countdownTime": "120000"}
    assert list(after.values()) == [120 * SECOND]
    assert list(desk.countdowns.running.values()) == [0]
