"""``POST /v5/position/trading-stop``: what closes a position that is there."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary.orders import OrderKind, Slot, Terms, TriggerPrice
from simexchange.core.vocabulary.units import ONE
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, Desk

STOP = "/v5/position/trading-stop"
BTC = {"category": "linear", "symbol": "BTCUSDT", "positionIdx": 0}
FULL = {**BTC, "tpslMode": "Full"}
PART = {**BTC, "tpslMode": "Partial"}


def held(desk: Desk, *, short: bool = False) -> Desk:
    """Bob has half a coin, long or short, from 60,000."""
    desk.trade(LINEAR, 60_000, "0.5", side="Sell" if short else "Buy", taker=desk.bob)
    return desk


def shown(desk: Desk) -> tuple[str, str, str]:
    (row,) = desk.asks("/v5/position/list", category="linear", symbol="BTCUSDT")["list"]
    return row["takeProfit"], row["stopLoss"], row["trailingStop"]


def sleeping(desk: Desk) -> list[Any]:
    """The sleeping orders of bob, oldest first."""
    return desk.views.orders.open(desk.bob.no)


def test_both_stops_are_set_changed_alone_and_taken_away(desk: Desk) -> None:
    held(desk).does(STOP, FULL, takeProfit="70000", stopLoss="50000")
    assert shown(desk) == ("70000.00", "50000.00", "0")
    first = {order.more.trigger.price // ONE: order.id for order in sleeping(desk)}

    desk.does(STOP, FULL, stopLoss="51000")

    assert shown(desk) == ("70000.00", "51000.00", "0")
    assert {order.more.trigger.price // ONE: order.id for order in sleeping(desk)}[70_000] == first[70_000]
    desk.does(STOP, FULL, takeProfit="0")
    assert shown(desk) == ("", "51000.00", "0")
    desk.does(STOP, FULL, stopLoss="0")
    assert shown(desk) == ("", "", "0")
    assert sleeping(desk) == []


def test_a_stop_closes_all_of_the_position_when_its_price_comes(desk: Desk) -> None:
    held(desk).does(STOP, FULL, takeProfit="61000", tpTriggerBy="LastPrice")
    desk.trade(LINEAR, 60_000, "0.3", taker=desk.bob)
    desk.places(desk.alice, LINEAR, "Buy", 5, 60_900)

    desk.trade(LINEAR, 61_000, "0.1")

    (row,) = desk.asks("/v5/position/list", category="linear", symbol="BTCUSDT")["list"]
    assert (row["size"], row["takeProfit"]) == ("0", "")
    (closed,) = desk.asks("/v5/position/closed-pnl", category="linear")["list"]
    assert (closed["closedSize"], closed["orderType"], closed["side"]) == ("0.800", "Market", "Sell")


def test_what_a_later_order_brings_leaves_what_it_says_nothing_of(desk: Desk) -> None:
    held(desk).does(STOP, FULL, stopLoss="50000", trailingStop="2000")
    first = {order.id for order in sleeping(desk)}
    desk.places(desk.alice, LINEAR, "Sell", 2, 60_000)
    more = {**BTC, "side": "Buy", "orderType": "Market", "qty": "0.1"}

    desk.does("/v5/order/create", more, takeProfit="70000")
    assert shown(desk) == ("70000.00", "50000.00", "2000.00")
    assert first < {order.id for order in sleeping(desk)}
    desk.does("/v5/order/create", more, stopLoss="51000")
    assert shown(desk) == ("70000.00", "51000.00", "2000.00")
    desk.does("/v5/order/create", more)
    assert shown(desk) == ("70000.00", "51000.00", "2000.00")

    desk.places(desk.alice, LINEAR, "Buy", 2, 59_990)
    desk.does("/v5/order/create", {**more, "side": "Sell", "qty": "2"}, takeProfit="55000")
    assert shown(desk) == ("55000.00", "", "0")


def test_a_short_stops_above_and_profits_below(desk: Desk) -> None:
    held(desk, short=True)

    assert desk.post(STOP, FULL, takeProfit="70000").code == 10001
    assert desk.post(STOP, FULL, stopLoss="50000").code == 10001
    assert desk.post(STOP, FULL, takeProfit="50000", stopLoss="70000").code == 0
    assert shown(desk) == ("50000.00", "70000.00", "0")


@pytest.mark.parametrize(
    ("word", "watched"),
    [("LastPrice", TriggerPrice.LAST), ("MarkPrice", TriggerPrice.MARK), ("IndexPrice", TriggerPrice.INDEX)],
)
def test_each_stop_says_which_price_it_looks_at(desk: Desk, word: str, watched: TriggerPrice) -> None:
    held(desk).does(STOP, FULL, takeProfit="70000", tpTriggerBy=word, stopLoss="50000")

    took, lost = (order.more.trigger.watches for order in sleeping(desk))

    assert (took, lost) == (watched, TriggerPrice.LAST)


def test_a_stop_that_trails_stands_beside_the_others(desk: Desk) -> None:
    held(desk).does(STOP, FULL, trailingStop="500", activePrice="62000")
    assert shown(desk) == ("", "", "500.00")
    desk.does(STOP, FULL, takeProfit="70000")
    assert shown(desk) == ("70000.00", "", "500.00")
    (trailing,) = [order for order in sleeping(desk) if order.more.trigger.trails]
    assert (trailing.more.trigger.activation, trailing.more.trigger.activation_rising) == (62_000 * ONE, True)
    desk.does(STOP, FULL, trailingStop="0")
    assert shown(desk) == ("70000.00", "", "0")
    assert desk.post(STOP, FULL, activePrice="62000").code == 10001


def test_a_trailing_stop_closes_when_the_price_comes_back(desk: Desk) -> None:
    held(desk).does(STOP, FULL, trailingStop="500")
    desk.places(desk.alice, LINEAR, "Buy", 5, 60_300)
    for price in (60_400, 61_000, 60_600):
        desk.trade(LINEAR, price, "0.01")
    assert shown(desk)[2] == "500.00"

    desk.trade(LINEAR, 60_500, "0.01")

    assert desk.asks("/v5/position/list", category="linear", settleCoin="USDT")["list"] == []


def test_a_part_has_a_pair_of_its_own_at_market_or_by_a_limit(desk: Desk) -> None:
    held(desk).does(STOP, FULL, stopLoss="50000")
    desk.does(
        STOP, PART, takeProfit="65000", stopLoss="55000", tpSize="0.2", slSize="0.2", tpOrderType="Limit",
        tpLimitPrice="65100",
    )  # fmt: skip

    whole, took, lost = sleeping(desk)

    assert shown(desk) == ("", "50000.00", "0")
    assert whole.more.close_all
    assert (took.kind, took.price, took.qty) == (OrderKind.LIMIT, 65_100 * ONE, ONE // 5)
    assert (lost.kind, lost.qty) == (OrderKind.MARKET, ONE // 5)
    desk.does(STOP, PART, takeProfit="66000", tpSize="0.1")
    assert len(sleeping(desk)) == 4


def test_a_part_without_a_size_is_all_there_is(desk: Desk) -> None:
    held(desk).does(STOP, PART, takeProfit="65000")

    (order,) = sleeping(desk)

    assert (order.qty, order.more.close_all) == (ONE // 2, False)


def test_a_part_and_a_stop_that_trails_are_two_calls(desk: Desk) -> None:
    assert held(desk).post(STOP, PART, takeProfit="65000", tpSize="0.1", trailingStop="500").code == 10001
    assert sleeping(desk) == []
    desk.does(STOP, PART, trailingStop="500")
    desk.does(STOP, PART, takeProfit="65000", tpSize="0.1")
    assert len(sleeping(desk)) == 2


def test_what_changes_nothing_is_told(desk: Desk) -> None:
    held(desk).does(STOP, FULL, takeProfit="70000")

    assert desk.post(STOP, FULL, takeProfit="70000").code == 34040
    assert desk.post(STOP, FULL).code == 34040
    assert desk.post(STOP, FULL, stopLoss="0").code == 34040
    assert desk.post(STOP, PART, takeProfit="0").code == 34040
    assert shown(desk) == ("70000.00", "", "0")


@pytest.mark.parametrize(
    "body",
    [
        {"takeProfit": "50000"},
        {"stopLoss": "70000"},
        {"takeProfit": "70000.01"},
        {"takeProfit": "x"},
        {"takeProfit": "-1"},
        {"takeProfit": ["70000"]},
        {"takeProfit": "99999999999"},
        {"takeProfit": "70000", "tpTriggerBy": "BestPrice"},
        {"takeProfit": "70000", "tpOrderType": "Limit", "tpLimitPrice": "70000"},
        {"tpslMode": "Partial", "takeProfit": "70000", "tpOrderType": "Limit"},
        {"tpslMode": "Partial", "takeProfit": "70000", "stopLoss": "50000", "tpSize": "0.1", "slSize": "0.2"},
        {"tpslMode": "Partial", "takeProfit": "70000", "tpSize": "0.0001"},
        {"tpslMode": "Whole", "takeProfit": "70000"},
        {"trailingStop": "0.01"},
        {"positionIdx": 1, "takeProfit": "70000"},
        {"positionIdx": 9, "takeProfit": "70000"},
        {"category": "spot", "takeProfit": "70000"},
        {"symbol": "NOPE", "takeProfit": "70000"},
    ],
)
def test_what_is_no_stop_leaves_all_as_it_was(desk: Desk, body: dict[str, object]) -> None:
    held(desk).does(STOP, FULL, stopLoss="50000")

    assert desk.post(STOP, {**FULL, **body}).code == 10001
    assert shown(desk) == ("", "50000.00", "0")
    assert len(sleeping(desk)) == 1


def test_a_part_is_no_more_than_there_is(desk: Desk) -> None:
    assert held(desk).post(STOP, PART, takeProfit="70000", tpSize="0.6").code == 110058


def test_there_must_be_a_position(desk: Desk) -> None:
    answer = desk.post(STOP, FULL, takeProfit="70000")

    assert (answer.code, answer.text) == (10001, "can not set tp/sl/ts for zero position")


def test_a_size_of_inverse_contracts_is_in_dollars(desk: Desk) -> None:
    desk.trade(INVERSE, 60_000, 10, taker=desk.bob)
    body = {"category": "inverse", "symbol": "BTCUSD", "tpslMode": "Partial", "takeProfit": "70000"}

    desk.does(STOP, body, tpSize="300")

    assert [order.qty for order in sleeping(desk)] == [3 * ONE]
    assert desk.post(STOP, body, tpSize="350").code == 10001


def test_each_side_of_hedge_mode_has_stops_of_its_own(desk: Desk) -> None:
    desk.does("/v5/position/switch-mode", category="linear", symbol="BTCUSDT", mode=3)
    desk.places(desk.alice, LINEAR, "Sell", "0.5", 60_000)
    desk.places(desk.bob, LINEAR, "Buy", "0.5", 60_000, more=Terms(slot=Slot.LONG))
    desk.does(STOP, FULL, positionIdx=1, takeProfit="70000")

    long, short = desk.asks("/v5/position/list", category="linear", symbol="BTCUSDT")["list"]

    assert (long["takeProfit"], short["takeProfit"]) == ("70000.00", "")
    assert desk.post(STOP, FULL, positionIdx=2, takeProfit="50000").code == 10001
