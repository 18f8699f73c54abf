"""What the private stream says of conditional orders: ALGO_UPDATE, and the ordinary events of what they become."""

from typing import Any

import pytest

from tests.dialects.binance.usdm.desk import Desk, decoded


@pytest.fixture
def long(desk: Desk) -> Desk:
    """The taker is long 1 from 100; 5 are bid at 96."""
    desk.opens(desk.taker, "1")
    desk.order(desk.maker, "BUY", "5", "96")
    return desk


def _said(heard: list[bytes]) -> list[tuple[str, str]]:
    """(event, status) of every order and algo event, in order."""
    return [(event["e"], event["o"]["X"]) for event in decoded(heard) if "o" in event and "X" in event["o"]]


def _algo(heard: list[bytes]) -> list[Any]:
    return [event["o"] for event in decoded(heard) if event["e"] == "ALGO_UPDATE"]


def test_a_new_conditional_order_is_told_by_the_algo_service_alone(long: Desk) -> None:
    """Every letter as recorded (testnet, 2026-09), for one that closes the whole position on the mark."""
    heard = long.listens(long.taker)

    algo = long.algo(
        long.taker, "SELL", "STOP_MARKET", triggerPrice="97", closePosition="true", workingType="MARK_PRICE",
        priceProtect="TRUE", clientAlgoId="a",
    ).body  # fmt: skip

    assert decoded(heard) == [
        {
            "e": "ALGO_UPDATE",
            "T": long.now_ms(),
            "E": long.now_ms(),
            "o": {
                "caid": "a",
                "aid": algo["algoId"],
                "at": "CONDITIONAL",
                "o": "STOP_MARKET",
                "s": "BTCUSDT",
                "S": "SELL",
                "ps": "BOTH",
                "f": "GTE_GTC",
                "q": "0",
                "X": "NEW",
                "ai": "",
                "tp": "97",
                "p": "0",
                "V": "NONE",
                "wt": "MARK_PRICE",
                "pm": "NONE",
                "cp": True,
                "pP": True,
                "R": True,
                "tt": 0,
                "gtd": 0,
                "ia": False,
            },
        }
    ]


def test_a_stop_that_fires_and_fills_is_told_to_its_end(long: Desk) -> None:
    """TRIGGERING, the order and its fill, and when that is through TRIGGERED and FINISHED."""
    long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="98", quantity="1", clientAlgoId="a")
    heard = long.listens(long.taker)

    long.prints("98")

    assert _said(heard) == [
        ("ALGO_UPDATE", "TRIGGERING"),
        ("ORDER_TRADE_UPDATE", "NEW"),
        ("ORDER_TRADE_UPDATE", "FILLED"),
        ("ALGO_UPDATE", "TRIGGERED"),
        ("ALGO_UPDATE", "FINISHED"),
    ]
    _, triggered, finished = _algo(heard)
    order = next(event["o"] for event in decoded(heard) if event["e"] == "ORDER_TRADE_UPDATE")
    assert (triggered["ai"], triggered["act"], triggered["tt"]) == (str(order["i"]), "MARKET", long.now_ms())
    assert (finished["ap"], finished["aq"]) == ("96", "1")
    assert (order["c"], order["o"], order["ot"], order["sp"], order["cp"], order["pP"], order["si"]) == (
        "a", "MARKET", "STOP_MARKET", "98", False, False, 0,
    )  # fmt: skip
    assert [event["e"] for event in decoded(heard)].count("ACCOUNT_UPDATE") == 1


def test_a_triggered_order_that_rests_is_finished_when_it_ends(long: Desk) -> None:
    """TRIGGERED at once; FINISHED follows its cancel."""
    long.algo(long.taker, "SELL", "STOP", triggerPrice="98", price="99", quantity="1")
    heard = long.listens(long.taker)
    long.prints("98")
    order = long.ask(long.taker, "/fapi/v1/openOrders")[0]["orderId"]

    long.signed(long.taker, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=order)

    assert _said(heard) == [
        ("ALGO_UPDATE", "TRIGGERING"),
        ("ORDER_TRADE_UPDATE", "NEW"),
        ("ALGO_UPDATE", "TRIGGERED"),
        ("ORDER_TRADE_UPDATE", "CANCELED"),
        ("ALGO_UPDATE", "FINISHED"),
    ]
    assert [row.get("aq") for row in _algo(heard)] == [None, "0", "0"]


def test_a_refused_trigger_is_told_with_its_reason_and_makes_no_order(desk: Desk) -> None:
    """Reduce-only without a position: TRIGGERING, then REJECTED."""
    desk.opens(desk.third, "1")
    desk.algo(desk.taker, "SELL", "STOP_MARKET", triggerPrice="98", quantity="1", reduceOnly="true")
    heard = desk.listens(desk.taker)

    desk.prints("98")

    assert _said(heard) == [("ALGO_UPDATE", "TRIGGERING"), ("ALGO_UPDATE", "REJECTED")]
    assert [(row["ai"], row.get("rm")) for row in _algo(heard)] == [("", None), ("", "Reduce Only reject")]


def test_what_ends_while_it_waits_is_told_as_canceled_or_expired(long: Desk) -> None:
    """By its owner, or with its position."""
    by_hand = long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="97", quantity="1").body["algoId"]
    long.algo(long.taker, "SELL", "TAKE_PROFIT_MARKET", triggerPrice="103", closePosition="true")
    heard = long.listens(long.taker)

    long.signed(long.taker, "DELETE", "/fapi/v1/algoOrder", algoId=by_hand)
    long.order(long.taker, "SELL", "1")
    long.prints("103")

    assert [row["X"] for row in _algo(heard)] == ["CANCELED", "EXPIRED"]
    assert ("ORDER_TRADE_UPDATE", "CANCELED") not in _said(heard)


def test_a_trailing_stop_is_told_again_when_it_begins_to_follow(long: Desk) -> None:
    """``ia`` says so; its rate and activation have letters of their own, on the order, too."""
    long.algo(long.taker, "SELL", "TRAILING_STOP_MARKET", callbackRate="1", activatePrice="102", quantity="1")
    heard = long.listens(long.taker)
    long.prints("102")
    begun = _algo(heard)
    long.prints("100.9")

    order = next(event["o"] for event in decoded(heard) if event["e"] == "ORDER_TRADE_UPDATE")
    assert [(row["X"], row["ia"], row["cr"], row["AP"]) for row in begun] == [("NEW", True, "1.0", "102")]
    assert (order["ot"], order["AP"], order["cr"]) == ("TRAILING_STOP_MARKET", "102", "1.0")


def test_others_hear_nothing_of_it(long: Desk) -> None:
    heard = long.listens(long.third)

    long.algo(long.taker, "SELL", "STOP_MARKET", triggerPrice="97", quantity="1")

    assert heard == []
