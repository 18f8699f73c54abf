"""Why a futures order ended, by the number in ``er`` ("Event: Order Update", seen 2026-11)."""

from collections.abc import Callable
from typing import Any

import pytest

from simexchange.core.vocabulary.commands import AdoptBundle, SetMarketStatus
from simexchange.core.vocabulary.markets import Bundle, MarketStatus
from simexchange.core.vocabulary.units import MINUTE, Nanos
from simexchange.dialects.binance.changes import ApiAsOf
from simexchange.dialects.binance.usdm.product import UsdmProduct
from simexchange.dialects.binance.venue import BinanceDialect
from tests.dialects.binance.usdm.desk import Desk, decoded

TAKES_IN = Bundle("binance", post_only="accept_then_expire", derivative_fok="accept_then_expire")


def past() -> Desk:
    """A desk of the days when conditional orders were ordinary ones."""
    desk = Desk(UsdmProduct(ApiAsOf("2025-12-08")))
    desk.dialect = BinanceDialect((desk.product,))
    return desk


def old_stop(desk: Desk, **terms: object) -> None:
    sent = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "stopPrice": "95", **terms}
    assert desk.signed(desk.taker, "POST", "/fapi/v1/order", **sent).status == 200


def own_maker(desk: Desk) -> None:
    desk.order(desk.taker, "BUY", "1", "99")
    desk.order(desk.taker, "SELL", "1", "99", selfTradePreventionMode="EXPIRE_TAKER")


def rest_of_an_immediate_one(desk: Desk) -> None:
    desk.order(desk.maker, "SELL", "1", "100")
    desk.order(desk.taker, "BUY", "2", "100", timeInForce="IOC")


def own_maker_in_the_way_of_an_immediate_one(desk: Desk) -> None:
    desk.order(desk.taker, "BUY", "1", "99")
    desk.order(desk.taker, "SELL", "1", "99", selfTradePreventionMode="EXPIRE_TAKER", timeInForce="IOC")


def knocked_out(desk: Desk) -> None:
    """Two reduce-only orders close all of 2; 1 is sold by hand, so the farther one has nothing left to close."""
    desk.opens(desk.taker, "2")
    desk.order(desk.taker, "SELL", "1", "105", reduceOnly="true")
    desk.order(desk.taker, "SELL", "1", "106", reduceOnly="true")
    desk.order(desk.maker, "BUY", "1", "100")
    desk.order(desk.taker, "SELL", "1")


def position_gone(desk: Desk) -> None:
    desk.opens(desk.taker, "1")
    old_stop(desk, quantity="1", timeInForce="GTE_GTC")
    desk.order(desk.maker, "BUY", "1", "100")
    desk.order(desk.taker, "SELL", "1")


def market_closes(desk: Desk) -> None:
    desk.order(desk.taker, "BUY", "1", "99")
    desk.run(SetMarketStatus(desk.market, MarketStatus.DELISTED))


def beyond_the_bound(desk: Desk) -> None:
    """At most 5 % from the mark of 100."""
    desk.order(desk.maker, "SELL", "1", "104")
    desk.order(desk.maker, "SELL", "1", "106")
    desk.order(desk.taker, "BUY", "2")


def not_all_there(desk: Desk) -> None:
    desk.order(desk.taker, "BUY", "2", "100", timeInForce="FOK")


def would_take(desk: Desk) -> None:
    desk.order(desk.maker, "SELL", "1", "100")
    desk.order(desk.taker, "BUY", "1", "100", timeInForce="GTX")


STORIES: list[tuple[str, str, Callable[[Desk], None]]] = [
    ("1", "EXPIRED_IN_MATCH", own_maker),
    ("2", "EXPIRED", rest_of_an_immediate_one),
    ("3", "EXPIRED_IN_MATCH", own_maker_in_the_way_of_an_immediate_one),
    ("4", "EXPIRED", knocked_out),
    ("6", "EXPIRED", position_gone),
    ("7", "CANCELED", market_closes),
    ("9", "EXPIRED", beyond_the_bound),
    ("10", "EXPIRED", not_all_there),
    ("11", "EXPIRED", would_take),
]


@pytest.mark.parametrize(("number", "status", "story"), STORIES, ids=[row[2].__name__ for row in STORIES])
def test_every_end_has_its_number(number: str, status: str, story: Callable[[Desk], None]) -> None:
    """5 is a liquidation's, and in the tests of the private stream; 8 that of a stop that became another order."""
    desk = past() if story is position_gone else Desk()
    desk.run(AdoptBundle(TAKES_IN))
    heard = desk.listens(desk.taker)

    story(desk)

    ended = [row for row in updates(heard) if row["er"] != "0"]
    assert [(row["er"], row["X"]) for row in ended] == [(number, status)]


def updates(heard: list[bytes]) -> list[Any]:
    return [event["o"] for event in decoded(heard) if event["e"] == "ORDER_TRADE_UPDATE"]


def test_a_stop_that_became_another_order_ended_for_that() -> None:
    """8, in the days when both were ordinary orders under one id; the market order it became is told after it."""
    desk = past()
    desk.opens(desk.taker, "1")
    desk.order(desk.maker, "BUY", "5", "96")
    old_stop(desk, quantity="1", stopPrice="98")
    heard = desk.listens(desk.taker)

    desk.prints("98")

    assert [(row["o"], row["X"], row["er"]) for row in updates(heard)] == [
        ("STOP_MARKET", "EXPIRED", "8"), ("MARKET", "NEW", "0"), ("MARKET", "FILLED", "0"),
    ]  # fmt: skip


def test_the_farther_of_two_reduce_only_orders_is_knocked_out_first() -> None:
    """At 105 and 106 over a position that became 1: 105 stays."""
    desk = Desk()
    knocked_out(desk)

    assert [row["price"] for row in desk.ask(desk.taker, "/fapi/v1/openOrders")] == ["105.00"]


@pytest.mark.parametrize(("after_ms", "code"), [(600_000, -5040), (600_999, -5040), (601_000, None), (900_500, None)])
def test_a_good_till_date_is_more_than_ten_minutes_away(after_ms: int, code: int | None) -> None:
    """Counted in whole seconds: the rest of a second is dropped."""
    desk = Desk()
    desk.at = Nanos(desk.at // 10**9 * 10**9)
    until = desk.now_ms() + after_ms

    answer = desk.order(desk.taker, "BUY", "1", "99", timeInForce="GTD", goodTillDate=until)

    assert answer.code == code, answer.body


def test_a_good_till_date_ends_a_resting_order() -> None:
    """Of eleven minutes; it is still there after ten."""
    desk = Desk()
    until = desk.now_ms() + 660_000
    order = desk.order(desk.taker, "BUY", "1", "99", timeInForce="GTD", goodTillDate=until).body["orderId"]

    def status() -> Any:
        return desk.ask(desk.taker, "/fapi/v1/order", symbol="BTCUSDT", orderId=order)["status"]

    desk.passes(Nanos(10 * MINUTE))
    before = status()
    desk.passes(Nanos(MINUTE))

    assert (before, status()) == ("NEW", "EXPIRED")
