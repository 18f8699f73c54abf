"""Positions and what closing them brought, at the wire."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import Slot, Terms
from simexchange.core.vocabulary.units import ONE, Price
from tests.core.world import units
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, QUARTER, SPOT, Desk

LIST = "/v5/position/list"
CLOSED = "/v5/position/closed-pnl"


def row(desk: Desk, **query: object) -> Any:
    (found,) = desk.asks(LIST, **{"category": "linear", "symbol": "BTCUSDT", **query})["list"]
    return found


def test_a_position_shows_the_cores_figures(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    desk.run(cmd.SetMark(desk.no(LINEAR), Price(61_000 * ONE)))

    found = row(desk)

    assert (found["side"], found["size"], found["avgPrice"], found["positionValue"]) == (
        "Buy",
        "0.500",
        "60000",
        "30000",
    )
    assert (found["markPrice"], found["unrealisedPnl"], found["leverage"]) == ("61000.00", "500", "10")
    assert found["curRealisedPnl"] == found["cumRealisedPnl"] == "-16.5"
    assert found["positionIM"] == found["positionIMByMp"] == found["positionBalance"]
    coin = desk.asks("/v5/account/wallet-balance", accountType="UNIFIED", coin="USDT")["list"][0]["coin"][0]
    assert (coin["totalPositionIM"], coin["totalPositionMM"]) == (found["positionIM"], found["positionMM"])
    assert (found["positionIdx"], found["riskId"], found["positionStatus"]) == (0, 1, "Normal")
    assert 1 <= found["adlRankIndicator"] <= 5


def test_what_never_was_is_an_empty_row_where_its_symbol_is_named(desk: Desk) -> None:
    found = row(desk)

    assert (found["side"], found["size"], found["avgPrice"], found["seq"]) == ("", "0", "0", -1)
    assert (found["liqPrice"], found["takeProfit"], found["trailingStop"], found["openTime"]) == ("", "", "0", 0)
    assert found["adlRankIndicator"] == 0
    assert desk.asks(LIST, category="linear", settleCoin="USDT")["list"] == []


def test_a_short_has_a_size_above_zero_and_a_price_at_which_it_is_liquidated(desk: Desk) -> None:
    poor = desk.joined("poor", money={"unified": {"USDT": 200_000}})
    desk.trade(LINEAR, 60_000, 20, side="Sell", taker=poor)

    found = row_of(desk, poor)

    assert (found["side"], found["size"]) == ("Sell", "20.000")
    assert units(found["liqPrice"]) > 60_000 * ONE


def test_an_inverse_position_is_counted_in_dollars(desk: Desk) -> None:
    desk.trade(INVERSE, 60_000, 10, taker=desk.bob)

    found = row(desk, category="inverse", symbol="BTCUSD")

    assert (found["size"], found["avgPrice"], found["positionValue"]) == ("1000", "60000", "0.01666666")


def test_positions_of_a_coin_or_category_are_those_that_are_not_empty(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    desk.trade(QUARTER, 60_000, "0.5", taker=desk.bob)
    desk.trade(INVERSE, 60_000, 10, taker=desk.bob)

    def symbols(**query: object) -> list[str]:
        return [each["symbol"] for each in desk.asks(LIST, **query)["list"]]

    assert symbols(category="linear", settleCoin="USDT") == ["BTCUSDT", "BTCUSDT-27MAR26"]
    assert symbols(category="linear", settleCoin="USDC") == []
    assert symbols(category="inverse") == ["BTCUSD"]
    assert symbols(category="option") == []
    first = desk.asks(LIST, category="linear", settleCoin="USDT", limit=1)
    rest = desk.asks(LIST, category="linear", settleCoin="USDT", limit=1, cursor=first["nextPageCursor"])
    assert [first["list"][0]["symbol"], rest["list"][0]["symbol"]] == ["BTCUSDT", "BTCUSDT-27MAR26"]
    assert rest["nextPageCursor"] == ""


def test_hedge_mode_has_two_rows(desk: Desk) -> None:
    desk.does("/v5/position/switch-mode", category="linear", symbol="BTCUSDT", mode=3)
    desk.places(desk.alice, LINEAR, "Sell", "0.5", 60_000)
    more = Terms(slot=Slot.LONG)
    desk.places(desk.bob, LINEAR, "Buy", "0.5", 60_000, more=more)

    long, short = desk.asks(LIST, category="linear", symbol="BTCUSDT")["list"]

    assert (long["positionIdx"], long["side"], long["size"]) == (1, "Buy", "0.500")
    assert (short["positionIdx"], short["side"], short["size"]) == (2, "", "0")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"category": "spot", "symbol": "BTCUSDT"},
        {"category": "linear"},
        {"category": "linear", "symbol": "NOPE"},
        {"category": "linear", "symbol": "btcusdt"},
        {"category": "inverse", "symbol": "BTCUSDT"},
        {"category": "linear", "settleCoin": "USDT", "limit": 0},
        {"category": "linear", "settleCoin": "USDT", "cursor": "nonsense"},
    ],
)
def test_what_positions_cannot_be_asked_for(desk: Desk, query: dict[str, object]) -> None:
    assert desk.get(LIST, **query).code == 10001


# What closing brought


def test_closed_profit_is_after_both_fees_and_by_order(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    desk.places(desk.alice, LINEAR, "Buy", "0.1", 60_500)
    desk.places(desk.alice, LINEAR, "Buy", "0.1", 60_400)
    desk.places(desk.bob, LINEAR, "Sell", "0.2", 60_400)

    (found,) = desk.asks(CLOSED, category="linear")["list"]

    assert (found["side"], found["qty"], found["closedSize"], found["fillCount"]) == ("Sell", "0.200", "0.200", "2")
    assert (found["avgEntryPrice"], found["avgExitPrice"]) == ("60000", "60450")
    assert (found["cumEntryValue"], found["cumExitValue"]) == ("12000", "12090")
    assert (found["openFee"], found["closeFee"]) == ("6.6", "6.6495")
    assert found["closedPnl"] == "76.7505"
    assert (found["orderType"], found["execType"], found["leverage"]) == ("Limit", "Trade", "10")


def test_an_inverse_position_closed_at_one_price_tells_that_price(desk: Desk) -> None:
    """What it came to is rounded to whole satoshis, and so are profits; prices are not reckoned back from those."""
    desk.trade(INVERSE, "60038.3", 3, taker=desk.bob)
    desk.trade(INVERSE, "60036.8", 1, side="Sell", taker=desk.bob)
    desk.trade(INVERSE, "60001.1", 2, side="Sell", taker=desk.bob)

    last, first = desk.asks(CLOSED, category="inverse")["list"]

    assert (first["avgEntryPrice"], first["avgExitPrice"], first["closedSize"]) == ("60038.3", "60036.8", "100")
    assert (last["avgExitPrice"], last["closedSize"]) == ("60001.1", "200")


def test_a_delivery_closes_what_was_there(desk: Desk) -> None:
    desk.trade(QUARTER, 60_000, "0.5", taker=desk.bob)
    desk.wait(26 * 86_400)

    (found,) = desk.asks(CLOSED, category="linear", symbol="BTCUSDT-27MAR26")["list"]
    (told,) = desk.asks("/v5/asset/delivery-record", category="linear")["list"]

    assert (found["execType"], found["closedSize"], found["orderId"]) == ("Settle", "0.500", "")
    assert (told["symbol"], told["side"], told["position"], told["entryPrice"]) == (
        "BTCUSDT-27MAR26", "Buy", "0.500", "60000",
    )  # fmt: skip
    assert told["deliveryPrice"] == found["orderPrice"]
    assert desk.asks("/v5/account/transaction-log", type="DELIVERY", endTime=desk.now_ms())["list"] == []
    day = found["createdTime"]
    (entry,) = desk.asks("/v5/account/transaction-log", type="DELIVERY", startTime=day)["list"]
    assert (entry["cashFlow"], entry["fee"]) == (told["deliveryRpl"], told["fee"])
    assert desk.asks("/v5/asset/delivery-record", category="linear", expDate="27MAR26")["list"] == [told]
    assert desk.asks("/v5/asset/delivery-record", category="linear", expDate="26JUN26")["list"] == []
    assert desk.asks("/v5/asset/delivery-record", category="inverse")["list"] == []


def test_closed_profit_is_of_what_was_asked(desk: Desk) -> None:
    for market, qty in ((LINEAR, "0.5"), (INVERSE, 10), (SPOT, "0.1")):
        desk.trade(market, 60_000, qty, taker=desk.bob)
        desk.trade(market, 60_000, qty, side="Sell", taker=desk.bob)

    def symbols(**query: object) -> list[str]:
        return [each["symbol"] for each in desk.asks(CLOSED, **query)["list"]]

    assert symbols(category="linear") == ["BTCUSDT"]
    assert symbols(category="inverse") == ["BTCUSD"]
    assert symbols(category="linear", symbol="ETHUSDT") == []
    assert symbols(category="option") == []
    assert desk.asks("/v5/position/get-closed-positions", category="option")["list"] == []
    assert desk.asks("/v5/position/move-history")["list"] == []
    assert desk.asks("/v5/asset/settlement-record", category="linear")["list"] == []
    for wrong in (
        {},
        {"category": "spot"},
        {"category": "linear", "symbol": "NOPE"},
        {"category": "linear", "limit": 0},
    ):
        assert desk.get(CLOSED, **wrong).code == 10001
    desk.wait(8 * 86_400)
    assert symbols(category="linear") == []
    assert symbols(category="linear", startTime=desk.now_ms() - 9 * 86_400_000) == ["BTCUSDT"]


def test_a_liquidation_is_told_as_one(desk: Desk) -> None:
    poor = desk.joined("poor", money={"unified": {"USDT": 700}})
    desk.trade(LINEAR, 60_000, "0.1", taker=poor)
    desk.run(cmd.SetIndex("BTC-USDT", Price(54_000 * ONE)))
    desk.run(cmd.SetMark(desk.no(LINEAR), Price(53_000 * ONE)))
    desk.wait(5)

    (found,) = desk.asks(CLOSED, poor, category="linear")["list"]

    assert found["execType"] == "BustTrade"
    assert {each["type"] for each in desk.asks("/v5/account/transaction-log", poor)["list"]} >= {"LIQUIDATION"}
    assert row_of(desk, poor)["size"] == "0"


def row_of(desk: Desk, person: Any) -> Any:
    (found,) = desk.asks(LIST, person, category="linear", symbol="BTCUSDT")["list"]
    return found
