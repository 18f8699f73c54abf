"""Changing a resting order over the wire: same id, another size or price, the back of the queue."""

import json
from typing import Any

import msgspec
import pytest

from simexchange.core.vocabulary.commands import SetMarketStatus
from simexchange.core.vocabulary.markets import MarketStatus
from tests.core.world import Person
from tests.dialects.binance.usdm.desk import FILTERS, Answer, Desk, decoded

BID = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "price": "99"}


def _bid(desk: Desk, who: Person | None = None, **terms: object) -> Any:
    return desk.order(who or desk.taker, "BUY", "1", "99", **terms).body


def _change(desk: Desk, order: object, **changes: object) -> Answer:
    return desk.signed(desk.taker, "PUT", "/fapi/v1/order", **{**BID, "orderId": order, **changes})


def test_an_order_is_answered_as_it_is_since(desk: Desk) -> None:
    """2 at 98.5 instead of 1 at 99, under the same id and name; the client's number for it comes back."""
    made = _bid(desk, newClientOrderId="a")

    answer = _change(desk, made["orderId"], quantity="2", price="98.5", modifyId=17)

    assert answer.status == 200
    assert answer.reply.order_count == 1
    assert (answer.body["orderId"], answer.body["clientOrderId"], answer.body["modifyId"]) == (made["orderId"], "a", 17)
    assert (answer.body["status"], answer.body["origQty"], answer.body["price"]) == ("NEW", "2.000", "98.50")
    assert desk.ask(desk.taker, "/fapi/v1/openOrders")[0]["origQty"] == "2.000"


def test_it_is_found_by_its_name(desk: Desk) -> None:
    _bid(desk, newClientOrderId="a")

    answer = desk.signed(desk.taker, "PUT", "/fapi/v1/order", **{**BID, "price": "98"}, origClientOrderId="a")

    assert (answer.status, answer.body["price"]) == (200, "98.00")


def test_its_place_in_the_queue_is_lost(desk: Desk) -> None:
    """First at 99, and after a change to 0.9 last: the other is filled."""
    mine = _bid(desk)["orderId"]
    _bid(desk, desk.third)
    _change(desk, mine, quantity="0.9")

    desk.order(desk.maker, "SELL", "1", "99")

    assert [row["executedQty"] for row in desk.ask(desk.taker, "/fapi/v1/openOrders")] == ["0.000"]
    assert desk.ask(desk.third, "/fapi/v1/openOrders") == []


def test_a_better_price_may_trade_at_once(desk: Desk) -> None:
    """Raised to the offer at 101."""
    desk.order(desk.maker, "SELL", "1", "101")
    mine = _bid(desk)["orderId"]

    answer = _change(desk, mine, price="101")

    assert (answer.body["status"], answer.body["avgPrice"]) == ("FILLED", "101.00000")


def test_a_post_only_order_that_would_take_is_canceled(desk: Desk) -> None:
    """The venue does not refuse the change: the order is gone."""
    desk.order(desk.maker, "SELL", "1", "101")
    mine = _bid(desk, timeInForce="GTX")["orderId"]

    answer = _change(desk, mine, price="101")

    assert (answer.status, answer.body["status"], answer.body["executedQty"]) == (200, "CANCELED", "0.000")


def test_a_size_below_what_was_filled_cancels_the_rest(desk: Desk) -> None:
    """0.4 of 1 filled, changed to 0.4: canceled with 0.4."""
    mine = _bid(desk)["orderId"]
    desk.order(desk.maker, "SELL", "0.4", "99")

    answer = _change(desk, mine, quantity="0.4")

    assert (answer.body["status"], answer.body["executedQty"]) == ("CANCELED", "0.400")


def test_the_price_may_come_from_the_book(desk: Desk) -> None:
    desk.order(desk.maker, "SELL", "1", "101")
    desk.order(desk.maker, "BUY", "1", "99.5")
    mine = _bid(desk)["orderId"]

    answer = desk.signed(
        desk.taker, "PUT", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", quantity="1", orderId=mine,
        priceMatch="QUEUE",
    )  # fmt: skip

    assert (answer.body["price"], answer.body["priceMatch"]) == ("99.50", "QUEUE")


def test_the_last_change_says_where_the_price_is_from(desk: Desk) -> None:
    """From the book, then by hand: the answer, the stream, the query and the history of changes say the same."""
    desk.order(desk.maker, "SELL", "1", "101")
    desk.order(desk.maker, "BUY", "1", "99.5")
    mine = _bid(desk)["orderId"]
    heard = desk.listens(desk.taker)

    for sent in ({"priceMatch": "QUEUE"}, {"price": "98"}):
        answer = desk.signed(
            desk.taker, "PUT", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", quantity="1", orderId=mine, **sent
        )
        word = sent.get("priceMatch", "NONE")
        assert answer.body["priceMatch"] == word
        assert decoded(heard)[-1]["o"]["pm"] == word
        assert desk.ask(desk.taker, "/fapi/v1/order", symbol="BTCUSDT", orderId=mine)["priceMatch"] == word
    rows = desk.ask(desk.taker, "/fapi/v1/orderAmendment", symbol="BTCUSDT", orderId=mine)
    assert [row["priceMatch"] for row in rows] == ["NONE", "QUEUE"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, -5027),
        ({"quantity": "", "price": "98"}, -1102),
        ({"price": ""}, -1105),
        ({"price": "98", "priceMatch": "QUEUE"}, -1106),
        ({"side": "SELL", "price": "98"}, -2013),
        ({"orderId": 7, "price": "98"}, -2013),
        ({"symbol": "NOPE"}, -1121),
        ({"price": "98.001"}, -1111),
        ({"quantity": "0.01"}, -5029),
        ({"price": "91"}, None),
        ({"price": "80"}, -4024),
        ({"price": "111"}, -4016),
        ({"quantity": "9999"}, -4005),
        ({"quantity": "990", "price": "104"}, -2027),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_the_order_stands(
    desk: Desk, changes: dict[str, object], code: int | None
) -> None:
    """With the venue's code; a change within the band is none of them."""
    mine = _bid(desk)["orderId"]

    answer = _change(desk, mine, **changes)

    assert answer.code == code, answer.body
    if code is not None:
        row = desk.ask(desk.taker, "/fapi/v1/openOrders")[0]
        assert (row["orderId"], row["origQty"], row["price"]) == (mine, "1.000", "99.00")


def test_an_order_is_changed_so_often_and_no_oftener() -> None:
    """Twice where the rules say two (10,000 on the venue)."""
    desk = Desk(filters=msgspec.structs.replace(FILTERS, max_amends=2))
    mine = _bid(desk)["orderId"]

    codes = [_change(desk, mine, price=price).code for price in ("98", "97", "96")]

    assert codes == [None, None, -5026]


def test_a_change_says_reduce_only_of_an_order_that_is_it_or_is_refused(desk: Desk) -> None:
    """-5047 of a plain one; a reduce-only one may be said to be so."""
    desk.opens(desk.taker, "1", short=True)
    plain = _bid(desk)["orderId"]
    reducing = _bid(desk, reduceOnly="true")["orderId"]

    refused = _change(desk, plain, price="98", reduceOnly="true")
    changed = _change(desk, reducing, price="98", reduceOnly="true")

    assert (refused.code, changed.body["price"], changed.body["reduceOnly"]) == (-5047, "98.00", True)
    assert desk.ask(desk.taker, "/fapi/v1/order", symbol="BTCUSDT", orderId=plain)["price"] == "99.00"


def test_a_market_that_does_not_trade_lets_nothing_be_changed(desk: Desk) -> None:
    mine = _bid(desk)["orderId"]
    desk.run(SetMarketStatus(desk.market, MarketStatus.HALT))

    assert _change(desk, mine, price="98").code == -5024


def test_a_waiting_order_is_no_order_to_change(desk: Desk) -> None:
    desk.opens(desk.taker, "1")
    desk.algo(desk.taker, "SELL", "STOP", triggerPrice="95", price="94", quantity="1", clientAlgoId="a")

    answer = desk.signed(
        desk.taker, "PUT", "/fapi/v1/order", symbol="BTCUSDT", side="SELL", quantity="1", price="93",
        origClientOrderId="a",
    )  # fmt: skip

    assert answer.code == -2013


def test_a_batch_of_changes_answers_each_for_itself(desk: Desk) -> None:
    """Good, unchanged, unknown."""
    ids = [_bid(desk)["orderId"] for _ in range(2)]
    batch = [
        {**BID, "orderId": ids[0], "price": "98"},
        {**BID, "orderId": ids[1]},
        {**BID, "orderId": 7, "price": 98},
        {**BID, "price": "98"},
    ]

    answer = desk.signed(desk.taker, "PUT", "/fapi/v1/batchOrders", batchOrders=json.dumps(batch))

    assert answer.body[0]["price"] == "98.00"
    assert [row["code"] for row in answer.body[1:]] == [-5027, -2013, -1102]
    assert answer.reply.order_count == 5


def test_changes_are_remembered_the_newest_first(desk: Desk) -> None:
    mine = _bid(desk, newClientOrderId="a")["orderId"]
    _change(desk, mine, price="98")
    _change(desk, mine, price="97", quantity="2")
    path = "/fapi/v1/orderAmendment"

    rows = desk.ask(desk.taker, path, symbol="BTCUSDT", orderId=mine)
    newest = desk.ask(desk.taker, path, symbol="BTCUSDT", origClientOrderId="a", limit=1)

    assert rows[1] == {
        "amendmentId": rows[1]["amendmentId"],
        "symbol": "BTCUSDT",
        "pair": "BTCUSDT",
        "orderId": mine,
        "clientOrderId": "a",
        "time": desk.now_ms(),
        "amendment": {
            "price": {"before": "99.00", "after": "98.00"},
            "origQty": {"before": "1.000", "after": "1.000"},
            "count": 1,
        },
        "priceMatch": "NONE",
    }
    assert [row["amendment"]["count"] for row in rows] == [2, 1]
    assert newest == rows[:1]
    assert desk.ask(desk.taker, path, symbol="BTCUSDT", orderId=mine, endTime=1) == []
    assert desk.signed(desk.third, "GET", path, symbol="BTCUSDT", orderId=mine).code == -2013


def test_the_stream_tells_of_the_change(desk: Desk) -> None:
    """AMENDMENT with the new size and price; what a change ends is CANCELED."""
    desk.order(desk.maker, "SELL", "1", "101")
    mine = _bid(desk, timeInForce="GTX")["orderId"]
    heard = desk.listens(desk.taker)

    _change(desk, mine, price="98", quantity="2")
    _change(desk, mine, price="101")

    told = [event["o"] for event in decoded(heard)]
    assert [(row["x"], row["X"], row["q"], row["p"], row["i"]) for row in told] == [
        ("AMENDMENT", "NEW", "2", "98", mine),
        ("CANCELED", "CANCELED", "2", "98", mine),
    ]


def test_the_clients_number_is_told_with_the_change_and_kept(desk: Desk) -> None:
    """``M`` in the event and ``modifyId`` in the history, of changes that have one; 64 bits of it."""
    mine = _bid(desk)["orderId"]
    heard = desk.listens(desk.taker)
    greatest = 2**63 - 1

    _change(desk, mine, price="98", modifyId=greatest)
    _change(desk, mine, price="97")

    rows = desk.ask(desk.taker, "/fapi/v1/orderAmendment", symbol="BTCUSDT", orderId=mine)
    assert [event["o"].get("M") for event in decoded(heard)] == [str(greatest), None]
    assert [row["amendment"].get("modifyId") for row in rows] == [None, greatest]
    assert _change(desk, mine, price="96", modifyId=2**64).status == 400
    assert _change(desk, mine, price="96", modifyId="x").code == -1100


def test_the_socket_api_changes_alike(desk: Desk) -> None:
    """``order.modify``."""
    mine = _bid(desk)["orderId"]

    frame = desk.api("order.modify", {**BID, "orderId": mine, "price": "98"}, desk.taker)

    assert (frame["status"], frame["result"]["price"]) == (200, "98.00")
