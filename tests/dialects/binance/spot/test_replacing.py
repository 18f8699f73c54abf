"""Cancel-replace: both went well, one did, none did, or there were too many orders to begin with."""

from typing import Any

import pytest

from simexchange.dialects.contract import ApiError, Throttled
from tests.dialects.binance.spot.bench import Answer, Bench, decoded

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "90"}
MAKER_TAKES = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT_MAKER", "quantity": "1", "price": "101"}
UNKNOWN = {"code": -2011, "msg": "Unknown order sent."}
TAKES = {"code": -2010, "msg": "Order would immediately match and take."}
TOO_MANY = {"code": -1015, "msg": "Too many new orders; current limit is 100 orders per 10 SECOND."}
STOP, ALLOW = "STOP_ON_FAILURE", "ALLOW_FAILURE"


@pytest.fixture
def open_order(bench: Bench) -> int:
    """The taker bids 1 at 90 as "old"; the best ask is 101."""
    bench.maker.sells(5, at=101)
    placed = bench.signed(bench.taker, "POST", "/api/v3/order", **LIMIT, newClientOrderId="old")
    return int(placed.body["orderId"])


def replace(bench: Bench, mode: str, **sent: object) -> Answer:
    return bench.signed(bench.taker, "POST", "/api/v3/order/cancelReplace", cancelReplaceMode=mode, **sent)


def results(body: Any) -> tuple[str, str]:
    """What became of the cancel and of the order."""
    return body["cancelResult"], body["newOrderResult"]


def open_prices(bench: Bench) -> list[str]:
    rows = bench.signed(bench.taker, "GET", "/api/v3/openOrders", symbol="BTCUSDT").body
    return [row["price"] for row in rows]


def test_both_parts_are_answered_where_both_went_well(bench: Bench, open_order: int) -> None:
    """The cancel has an id of its own; the order is told as if it had been placed alone, and counts as one."""
    answer = replace(bench, STOP, **{**LIMIT, "price": "91"}, cancelOrderId=open_order, cancelNewClientOrderId="gone")

    assert (answer.status, answer.reply.order_count) == (200, 1)
    assert results(answer.body) == ("SUCCESS", "SUCCESS")
    canceled, placed = answer.body["cancelResponse"], answer.body["newOrderResponse"]
    assert (canceled["origClientOrderId"], canceled["clientOrderId"], canceled["status"]) == ("old", "gone", "CANCELED")
    assert (placed["price"], placed["status"], placed["fills"]) == ("91.00000000", "NEW", [])
    assert open_prices(bench) == ["91.00000000"]


def test_the_money_of_the_canceled_order_pays_for_the_new_one(bench: Bench) -> None:
    """Who holds a million can put it all into the new order: it is free by then."""
    old = bench.signed(bench.taker, "POST", "/api/v3/order", **{**LIMIT, "quantity": "8000"}).body["orderId"]

    answer = replace(bench, STOP, **{**LIMIT, "quantity": "8000", "price": "91"}, cancelOrderId=old)

    assert results(answer.body) == ("SUCCESS", "SUCCESS")


def test_a_failed_cancel_stops_the_new_order_and_counts_as_one_sent(bench: Bench, open_order: int) -> None:
    """400, -2022: the new order was not attempted."""
    answer = replace(bench, STOP, **LIMIT, cancelOrderId=open_order + 7)

    assert (answer.status, answer.reply.order_count) == (400, 1)
    assert answer.body == {
        "code": -2022,
        "msg": "Order cancel-replace failed.",
        "data": {
            "cancelResult": "FAILURE",
            "newOrderResult": "NOT_ATTEMPTED",
            "cancelResponse": UNKNOWN,
            "newOrderResponse": None,
        },
    }
    assert open_prices(bench) == ["90.00000000"]


@pytest.mark.parametrize("mode", [STOP, ALLOW])
def test_a_refused_order_after_a_good_cancel_is_half_a_failure(bench: Bench, open_order: int, mode: str) -> None:
    """409, -2021: the old order is gone all the same."""
    answer = replace(bench, mode, **MAKER_TAKES, cancelOrigClientOrderId="old")

    assert (answer.status, answer.body["code"]) == (409, -2021)
    assert answer.body["msg"] == "Order cancel-replace partially failed."
    assert results(answer.body["data"]) == ("SUCCESS", "FAILURE")
    assert answer.body["data"]["cancelResponse"]["orderId"] == open_order
    assert answer.body["data"]["newOrderResponse"] == TAKES
    assert open_prices(bench) == []


def test_a_failed_cancel_may_be_allowed(bench: Bench, open_order: int) -> None:
    """409, -2021: there are two orders now. The answer to a maker order is short."""
    answer = replace(bench, ALLOW, **{**MAKER_TAKES, "price": "91"}, cancelOrderId=open_order + 7)

    assert (answer.status, answer.body["code"], answer.reply.order_count) == (409, -2021, 1)
    assert results(answer.body["data"]) == ("FAILURE", "SUCCESS")
    assert answer.body["data"]["cancelResponse"] == UNKNOWN
    assert list(answer.body["data"]["newOrderResponse"]) == [
        "symbol", "orderId", "orderListId", "clientOrderId", "transactTime",
    ]  # fmt: skip
    assert open_prices(bench) == ["90.00000000", "91.00000000"]


def test_both_may_fail(bench: Bench, open_order: int) -> None:
    """400, -2022."""
    answer = replace(bench, ALLOW, **MAKER_TAKES, cancelOrderId=open_order + 7)

    assert (answer.status, answer.body["code"]) == (400, -2022)
    assert results(answer.body["data"]) == ("FAILURE", "FAILURE")
    assert answer.body["data"]["newOrderResponse"] == TAKES


def test_a_filter_is_looked_at_before_anything_happens(bench: Bench, open_order: int) -> None:
    """The old order stays, and the answer is the plain refusal."""
    before = bench.seq

    answer = replace(bench, ALLOW, **{**LIMIT, "quantity": "0.0001"}, cancelOrderId=open_order)

    assert answer.body == {"code": -1013, "msg": "Filter failure: LOT_SIZE"}
    assert (bench.seq, open_prices(bench)) == (before, ["90.00000000"])


def test_restrictions_of_the_cancel_hold(bench: Bench, open_order: int) -> None:
    """Nothing of it is filled, so it is no partly filled one."""
    answer = replace(bench, STOP, **LIMIT, cancelOrderId=open_order, cancelRestrictions="ONLY_PARTIALLY_FILLED")

    assert answer.body["data"]["cancelResponse"] == {
        "code": -2011,
        "msg": "Order was not canceled due to cancel restrictions.",
    }


@pytest.fixture
def throttled(bench: Bench) -> None:
    bench.throttled = Throttled(ApiError(429, -1015, TOO_MANY["msg"]), 4)  # type: ignore[arg-type]


@pytest.mark.usefixtures("throttled")
def test_too_many_orders_leave_the_old_one_alone(bench: Bench, open_order: int) -> None:
    """DO_NOTHING is the default: 429 and nothing else."""
    answer = replace(bench, ALLOW, **LIMIT, cancelOrderId=open_order)

    assert (answer.status, answer.body, answer.reply.headers["Retry-After"]) == (429, TOO_MANY, "4")
    assert open_prices(bench) == ["90.00000000"]


@pytest.mark.usefixtures("throttled")
@pytest.mark.parametrize(
    ("mode", "known", "status", "code", "both"),
    [
        (STOP, True, 429, -2021, ("SUCCESS", "FAILURE")),
        (STOP, False, 429, -2022, ("FAILURE", "NOT_ATTEMPTED")),
        (ALLOW, True, 409, -2021, ("SUCCESS", "FAILURE")),
        (ALLOW, False, 400, -2022, ("FAILURE", "FAILURE")),
    ],
)
def test_the_cancel_may_be_wanted_all_the_same(
    bench: Bench, open_order: int, mode: str, known: bool, status: int, code: int, both: tuple[str, str]
) -> None:
    """CANCEL_ONLY, the statuses as the documentation's table has them."""
    order = open_order if known else open_order + 7

    answer = replace(bench, mode, **LIMIT, cancelOrderId=order, orderRateLimitExceededMode="CANCEL_ONLY")

    assert (answer.status, answer.body["code"]) == (status, code)
    assert results(answer.body["data"]) == both
    assert answer.body["data"]["newOrderResponse"] == (TOO_MANY if both[1] == "FAILURE" else None)
    assert open_prices(bench) == ([] if known else ["90.00000000"])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({**LIMIT, "cancelOrderId": "1"}, -1102),
        ({**LIMIT, "cancelReplaceMode": "STOP_ON_FAILURE"}, -1102),
        ({**LIMIT, "cancelReplaceMode": "PERHAPS", "cancelOrderId": "1"}, -1130),
        ({**LIMIT, "cancelReplaceMode": ALLOW, "cancelOrderId": "1", "orderRateLimitExceededMode": "PANIC"}, -1130),
        ({**LIMIT, "cancelReplaceMode": ALLOW, "cancelOrderId": "1", "cancelRestrictions": "NEVER"}, -1145),
        ({**LIMIT, "cancelReplaceMode": ALLOW, "cancelOrderId": "1", "stopPrice": "5"}, -1106),
        ({**LIMIT, "cancelReplaceMode": ALLOW, "cancelOrderId": "1", "symbol": "NOPE"}, -1121),
    ],
)
def test_a_malformed_request_does_nothing(bench: Bench, open_order: int, sent: dict[str, str], code: int) -> None:
    before = bench.seq

    answer = bench.signed(bench.taker, "POST", "/api/v3/order/cancelReplace", **sent)

    assert (answer.status, answer.code, bench.seq) == (400, code, before)


def test_the_socket_api_says_the_same(bench: Bench, open_order: int) -> None:
    """An error frame carries the two parts as its data."""
    sent = {**LIMIT, "cancelReplaceMode": STOP, "cancelOrderId": open_order + 7}

    failed = bench.api("order.cancelReplace", sent, bench.taker)
    done = bench.api("order.cancelReplace", {**sent, "cancelOrderId": open_order}, bench.taker)

    assert (failed["status"], failed["error"]["code"]) == (400, -2022)
    assert results(failed["error"]["data"]) == ("FAILURE", "NOT_ATTEMPTED")
    assert (done["status"], *results(done["result"])) == (200, "SUCCESS", "SUCCESS")


def test_the_stream_tells_of_an_order_that_was_refused_after_another_was_canceled_for_it(
    bench: Bench, open_order: int
) -> None:
    """REJECTED, with the reason; a refused order that had cost nobody an order is told by its answer alone."""
    heard = bench.listens(bench.taker)

    bench.signed(bench.taker, "POST", "/api/v3/order", **MAKER_TAKES)
    replace(bench, ALLOW, **MAKER_TAKES, cancelOrderId=open_order + 7)
    replace(bench, ALLOW, **MAKER_TAKES, cancelOrderId=open_order, newClientOrderId="instead")

    told = [(row["e"], row.get("x"), row.get("X"), row.get("r"), row.get("c")) for row in decoded(heard)]
    assert [row[:2] for row in told] == [
        ("executionReport", "CANCELED"), ("outboundAccountPosition", None), ("executionReport", "REJECTED"),
    ]  # fmt: skip
    assert told[2][2:] == ("REJECTED", "WOULD_MATCH_IMMEDIATELY", "instead")
