"""Orders made smaller where they stand. The example is the venue's ("Order Amend Keep Priority", seen 2026-11)."""

from typing import Any

import pytest

from simexchange.core.vocabulary.markets import Filters
from tests.dialects.binance.spot.bench import Answer, Bench, decoded
from tests.dialects.binance.spot.test_lists import OCO, OPO, OTO, place

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "5.5", "price": "90"}


@pytest.fixture
def market(bench: Bench) -> Bench:
    """The last price is 100."""
    bench.maker.sells("0.1", at=100)
    bench.third.buys("0.1", at=100)
    return bench


def bid(bench: Bench, **sent: object) -> int:
    answer = bench.signed(bench.taker, "POST", "/api/v3/order", **{**LIMIT, "newClientOrderId": "mine", **sent})
    return int(answer.body["orderId"])


def amend(bench: Bench, **sent: object) -> Answer:
    return bench.signed(bench.taker, "PUT", "/api/v3/order/amend/keepPriority", symbol="BTCUSDT", **sent)


def test_an_amended_order_is_smaller_and_keeps_its_place(market: Bench) -> None:
    """A has 1, you 5.5, B 4 at one price; you want 5. What comes next still meets you second."""
    market.maker.buys(1, at=90)
    order = bid(market)
    market.third.buys(4, at=90)

    told = amend(market, orderId=order, newQty="5", newClientOrderId="five")
    market.maker.sells(2, at=90)

    assert (told.status, told.reply.order_count) == (200, 0)
    assert told.body == {
        "transactTime": market.now_ms(),
        "executionId": told.body["executionId"],
        "amendedOrder": {
            "symbol": "BTCUSDT",
            "orderId": order,
            "orderListId": -1,
            "origClientOrderId": "mine",
            "clientOrderId": "five",
            "price": "90.00000000",
            "qty": "5.00000000",
            "executedQty": "0.00000000",
            "preventedQty": "0.00000000",
            "quoteOrderQty": "0.00000000",
            "cumulativeQuoteQty": "0.00000000",
            "status": "NEW",
            "timeInForce": "GTC",
            "type": "LIMIT",
            "side": "BUY",
            "selfTradePreventionMode": "NONE",
            "workingTime": market.now_ms(),
        },
    }
    asked = market.signed(market.taker, "GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="five").body
    assert (asked["orderId"], asked["origQty"], asked["executedQty"]) == (order, "5.00000000", "1.00000000")
    assert market.taker.has("USDT")[1] == 360


def test_what_was_held_for_the_rest_is_free(market: Bench) -> None:
    order = bid(market)

    amend(market, orderId=order, newQty="2")

    assert market.taker.has("USDT") == (1_000_000 - 180, 180)


def test_an_amended_order_gets_another_id_unless_it_is_told_to_keep_its_own(market: Bench) -> None:
    order = bid(market)

    first = amend(market, orderId=order, newQty="5").body["amendedOrder"]
    second = amend(market, orderId=order, newQty="4", newClientOrderId=first["clientOrderId"]).body["amendedOrder"]

    assert len(first["clientOrderId"]) == 22
    assert (second["origClientOrderId"], second["clientOrderId"]) == (first["clientOrderId"],) * 2


def test_an_order_is_found_by_its_client_id_too(market: Bench) -> None:
    order = bid(market)

    assert amend(market, origClientOrderId="mine", newQty="5").body["amendedOrder"]["orderId"] == order


def test_the_stream_tells_an_amendment_as_a_replacement(market: Bench) -> None:
    order = bid(market)
    heard = market.listens(market.taker)

    told = amend(market, orderId=order, newQty="5", newClientOrderId="five").body

    events = decoded(heard)
    assert [row["e"] for row in events] == ["executionReport", "outboundAccountPosition"]
    shown = {name: events[0][name] for name in ("x", "X", "c", "C", "q", "z", "w", "I")}
    assert shown == {
        "x": "REPLACED", "X": "NEW", "c": "five", "C": "mine", "q": "5.00000000", "z": "0.00000000", "w": True,
        "I": told["executionId"],
    }  # fmt: skip


def test_amendments_of_an_order_can_be_asked_for(market: Bench) -> None:
    order = bid(market)
    ids = [amend(market, orderId=order, newQty=qty, newClientOrderId=f"n{qty}").body["executionId"] for qty in "54"]

    def asked(**sent: object) -> Any:
        return market.signed(market.taker, "GET", "/api/v3/order/amendments", symbol="BTCUSDT", **sent).body

    assert asked(orderId=order) == [
        {
            "symbol": "BTCUSDT",
            "orderId": order,
            "executionId": number,
            "origClientOrderId": before,
            "newClientOrderId": after,
            "origQty": old,
            "newQty": new,
            "time": market.now_ms(),
        }
        for number, before, after, old, new in (
            (ids[0], "mine", "n5", "5.50000000", "5.00000000"),
            (ids[1], "n5", "n4", "5.00000000", "4.00000000"),
        )
    ]
    assert [row["executionId"] for row in asked(orderId=order, fromExecutionId=ids[1])] == ids[1:]
    assert len(asked(orderId=order, limit=1)) == 1
    assert asked()["code"] == -1102
    assert asked(orderId=99)["code"] == -2013


@pytest.mark.parametrize(
    ("sent", "code", "text"),
    [
        ({"newQty": "6"}, -2038, "Order amend (quantity increase) is not supported."),
        ({"newQty": "5.5"}, -2038, "The requested action would change no state; rejecting"),
        ({"newQty": "0"}, -1013, "Invalid quantity."),
        ({"newQty": "1.0001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"newQty": "0.05"}, -1013, "Filter failure: NOTIONAL"),
        ({"newQty": "5", "newClientOrderId": "other"}, -2038, "Duplicate order sent."),
        ({"newQty": "1"}, -1013, "Invalid quantity."),
        ({}, -1102, None),
        ({"newQty": "1.123456789"}, -1111, None),
        ({"newQty": "5", "orderId": "99"}, -2038, "Unknown order sent."),
        ({"newQty": "5", "orderId": ""}, -1102, None),
    ],
)
def test_an_amendment_that_cannot_be_leaves_the_order_alone(
    market: Bench, sent: dict[str, str], code: int, text: str | None
) -> None:
    """2 of its 5.5 are filled."""
    order = bid(market)
    market.maker.sells(2, at=90)
    bid(market, newClientOrderId="other", price="50")
    named = {"orderId": str(order), **sent}

    answer = amend(market, **{name: value for name, value in named.items() if value})

    assert (answer.status, answer.code) == (400, code), answer.body
    assert text is None or answer.body["msg"] == text
    asked = market.signed(market.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=order).body
    assert (asked["origQty"], asked["clientOrderId"]) == ("5.50000000", "mine")


def test_an_order_may_be_amended_only_so_often() -> None:
    bench = Bench(filters=Filters(max_amends=1))
    order = bid(bench)
    amend(bench, orderId=order, newQty="5")

    answer = amend(bench, orderId=order, newQty="4")

    assert answer.body == {"code": -2038, "msg": "Filter failure: MAX_NUM_ORDER_AMENDS"}


@pytest.mark.parametrize("side", ["SELL", "BUY"])
def test_both_orders_of_a_pair_become_smaller(market: Bench, side: str) -> None:
    """Each report has its own number; the list is told because it names one of them by another id now."""
    above, below = ("110", "90") if side == "SELL" else ("112", "88")
    kinds = ("LIMIT_MAKER", "STOP_LOSS_LIMIT") if side == "SELL" else ("STOP_LOSS_LIMIT", "LIMIT_MAKER")
    sent: dict[str, object] = {"symbol": "BTCUSDT", "side": side, "quantity": "2", "listClientOrderId": "pair"}
    for prefix, kind, price in zip(("above", "below"), kinds, (above, below), strict=True):
        sent |= {f"{prefix}Type": kind, f"{prefix}Price": price}
        if kind == "STOP_LOSS_LIMIT":
            sent |= {f"{prefix}StopPrice": price, f"{prefix}TimeInForce": "GTC"}
    placed = place(market, "oco", **sent).body
    heard = market.listens(market.taker)
    stop, limit = (row["orderId"] for row in placed["orders"])

    told = amend(market, orderId=limit, newQty="1", newClientOrderId="less").body

    assert told["listStatus"] == {
        "orderListId": placed["orderListId"],
        "contingencyType": "OCO",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": "pair",
        "symbol": "BTCUSDT",
        "orders": [placed["orders"][0], {"symbol": "BTCUSDT", "orderId": limit, "clientOrderId": "less"}],
    }
    rows = market.signed(market.taker, "GET", "/api/v3/openOrders", symbol="BTCUSDT").body
    assert [(row["orderId"], row["origQty"]) for row in rows] == [(stop, "1.00000000"), (limit, "1.00000000")]
    assert market.taker.has("BTC" if side == "SELL" else "USDT")[1] == (1 if side == "SELL" else 112)
    events = decoded(heard)
    assert [(row["e"], row.get("i"), row.get("x")) for row in events] == [
        ("executionReport", limit, "REPLACED"),
        ("listStatus", None, None),
        ("executionReport", stop, "REPLACED"),
        ("outboundAccountPosition", None, None),
    ]
    assert events[1]["l"] == "UPDATED"
    numbers = [
        market.signed(market.taker, "GET", "/api/v3/order/amendments", symbol="BTCUSDT", orderId=number).body[0]
        for number in (limit, stop)
    ]
    assert [row["executionId"] for row in numbers] == [events[0]["I"], events[2]["I"]]


def test_what_waits_can_be_amended_alone(market: Bench) -> None:
    """The working order of an OTO stays as large as it was."""
    placed = place(market, "oto", **{**OTO, "pendingQuantity": "2"}).body
    working, pending = (row["orderId"] for row in placed["orders"])

    told = amend(market, orderId=pending, newQty="1").body

    assert (told["amendedOrder"]["status"], told["amendedOrder"]["qty"]) == ("PENDING_NEW", "1.00000000")
    assert "workingTime" not in told["amendedOrder"]
    rows = market.signed(market.taker, "GET", "/api/v3/openOrders", symbol="BTCUSDT").body
    assert {row["orderId"]: row["origQty"] for row in rows} == {working: "2.00000000", pending: "1.00000000"}


def test_what_waits_to_be_paid_cannot_be_amended(market: Bench) -> None:
    placed = place(market, "opo", **OPO).body

    answer = amend(market, orderId=placed["orders"][1]["orderId"], newQty="1")

    assert answer.body == {"code": -2038, "msg": "Order amend (pending OPO order) is not supported."}


def test_the_socket_api_amends_and_tells_alike(market: Bench) -> None:
    place(market, "oco", **OCO)
    order = bid(market)

    told = market.api("order.amend.keepPriority", {"symbol": "BTCUSDT", "orderId": order, "newQty": "5"}, market.taker)
    asked = market.api("order.amendments", {"symbol": "BTCUSDT", "orderId": order}, market.taker)

    assert told["result"]["amendedOrder"]["qty"] == "5.00000000"
    assert [row["executionId"] for row in asked["result"]] == [told["result"]["executionId"]]
