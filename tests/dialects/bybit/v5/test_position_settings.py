"""How positions are held, at the wire: leverage, modes, margin of isolated positions."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary.commands import CancelAll
from simexchange.core.vocabulary.orders import Slot, Terms
from simexchange.core.vocabulary.units import ONE
from tests.core.world import units
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, Desk

LIST = "/v5/position/list"
LEVERAGE = "/v5/position/set-leverage"
MODE = "/v5/position/switch-mode"
MARGIN = "/v5/position/add-margin"
AUTO = "/v5/position/set-auto-add-margin"
BTC = {"category": "linear", "symbol": "BTCUSDT"}


def rows(desk: Desk, **query: object) -> list[Any]:
    found: list[Any] = desk.asks(LIST, **{**BTC, **query})["list"]
    return found


def lever(desk: Desk, buy: object, sell: object = None, **more: object) -> int:
    return desk.post(LEVERAGE, {**BTC, **more}, buyLeverage=buy, sellLeverage=buy if sell is None else sell).code


def isolate(desk: Desk) -> None:
    desk.does("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")


def hedge(desk: Desk) -> None:
    desk.does(MODE, BTC, mode=3)


def test_leverage_is_of_a_symbol_and_saying_it_again_is_told(desk: Desk) -> None:
    assert lever(desk, "20") == 0
    assert rows(desk)[0]["leverage"] == "20"
    assert rows(desk, symbol="ETHUSDT")[0]["leverage"] == "10"
    assert lever(desk, "20") == 110043
    assert lever(desk, "20.0") == 110043
    assert lever(desk, "20.5") == 10001
    assert lever(desk, "0") == 110013
    assert lever(desk, "1000") == 110013
    assert rows(desk)[0]["leverage"] == "20"


def test_more_leverage_needs_less_margin(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    before = units(rows(desk)[0]["positionIM"])
    assert lever(desk, "20") == 0

    assert units(rows(desk)[0]["positionIM"]) < before * 6 // 10


def test_the_two_sides_differ_in_hedge_mode_with_isolated_margin_alone(desk: Desk) -> None:
    assert lever(desk, "5", "6") == 10001
    hedge(desk)
    assert lever(desk, "5", "6") == 10001
    isolate(desk)
    assert lever(desk, "5", "6") == 0

    assert [row["leverage"] for row in rows(desk)] == ["5", "6"]
    assert lever(desk, "5", "6") == 110043
    assert lever(desk, "7", "1000") == 110013
    assert [row["leverage"] for row in rows(desk)] == ["5", "6"]
    assert lever(desk, "7", "7") == 0
    assert [row["leverage"] for row in rows(desk)] == ["7", "7"]


def test_leverage_is_told_without_a_position(desk: Desk) -> None:
    lever(desk, "20")
    hedge(desk)

    told = desk.asks("/v5/position/symbol-info", category="linear")["list"]

    both = [(row["leverage"], row["positionIdx"]) for row in told if row["symbol"] == "BTCUSDT"]
    assert both == [("20", 1), ("20", 2)]
    (inverse,) = desk.asks("/v5/position/symbol-info", category="inverse", symbol="BTCUSD")["list"]
    assert inverse["leverage"] == "10"
    assert desk.asks("/v5/position/symbol-info", category="option")["list"] == []
    assert desk.get("/v5/position/symbol-info", category="linear", symbol="NOPE").code == 10001


@pytest.mark.parametrize(
    "body",
    [
        {"category": "linear", "symbol": "BTCUSDT"},
        {"category": "linear", "symbol": "BTCUSDT", "buyLeverage": "x", "sellLeverage": "x"},
        {"category": "spot", "symbol": "BTCUSDT", "buyLeverage": "5", "sellLeverage": "5"},
        {"category": "linear", "symbol": "NOPE", "buyLeverage": "5", "sellLeverage": "5"},
        {"category": "linear", "buyLeverage": "5", "sellLeverage": "5"},
        {"category": "linear", "symbol": "BTCUSDT", "buyLeverage": "-5", "sellLeverage": "-5"},
        {"category": "linear", "symbol": ["BTCUSDT"], "buyLeverage": {}, "sellLeverage": None},
    ],
)
def test_what_is_no_leverage(desk: Desk, body: dict[str, object]) -> None:
    assert desk.post(LEVERAGE, body).code == 10001


def test_hedge_mode_is_of_a_symbol_or_of_a_coin_and_of_tethers_perpetuals_alone(desk: Desk) -> None:
    hedge(desk)
    assert [row["positionIdx"] for row in rows(desk)] == [1, 2]
    assert [row["positionIdx"] for row in rows(desk, symbol="ETHUSDT")] == [0]
    assert desk.post(MODE, BTC, mode=3).code == 110025
    assert desk.post(MODE, category="linear", coin="USDT", mode=3).code == 0
    assert [row["positionIdx"] for row in rows(desk, symbol="ETHUSDT")] == [1, 2]
    assert [row["positionIdx"] for row in rows(desk, symbol="BTCUSDT-27MAR26")] == [0]
    assert desk.post(MODE, category="linear", coin="USDT", mode=0).code == 0
    assert [row["positionIdx"] for row in rows(desk)] == [0]
    assert desk.post(MODE, category="inverse", symbol="BTCUSD", mode=3).code == 110029
    assert desk.post(MODE, category="linear", symbol="BTCUSDT-27MAR26", mode=3).code == 110029
    assert desk.post(MODE, category="inverse", coin="BTC", mode=3).code == 110029
    assert desk.post(MODE, category="linear", coin="DOGE", mode=3).code == 110029
    assert desk.post(MODE, category="linear", mode=3).code == 10001
    assert desk.post(MODE, BTC, mode=1).code == 10001


def test_the_mode_stays_where_something_is_open(desk: Desk) -> None:
    desk.places(desk.bob, LINEAR, "Buy", "0.1", 50_000)
    assert desk.post(MODE, BTC, mode=3).code == 110028
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    desk.run(CancelAll(desk.bob.no))
    assert desk.post(MODE, BTC, mode=3).code == 110024


# Margin of isolated positions


def test_margin_goes_into_an_isolated_position_and_out_of_it(desk: Desk) -> None:
    isolate(desk)
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    before = units(rows(desk)[0]["positionBalance"])

    told = desk.does(MARGIN, BTC, margin="100.5")

    assert units(rows(desk)[0]["positionBalance"]) == before + units("100.5")
    assert (told["category"], told["symbol"], told["size"], told["positionIdx"]) == ("linear", "BTCUSDT", "0.500", 0)
    assert told["liqPrice"] == rows(desk)[0]["liqPrice"] != ""
    desk.does(MARGIN, BTC, margin="-50")
    assert units(rows(desk)[0]["positionBalance"]) == before + units("50.5")
    coin = desk.asks("/v5/account/wallet-balance", accountType="UNIFIED", coin="USDT")["list"][0]["coin"][0]
    assert coin["walletBalance"] == "999983.5"


@pytest.mark.parametrize(
    ("margin", "code"),
    [
        ("0", 10001),
        ("-0", 10001),
        ("0.00001", 10001),
        ("1e3", 10001),
        ("", 10001),
        ("99999999", 110014),
        ("-99999999", 110078),
        ("999999999999", 10001),
    ],
)
def test_margin_that_cannot_be_moved(desk: Desk, margin: str, code: int) -> None:
    isolate(desk)
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    before = rows(desk)[0]["positionBalance"]

    assert desk.post(MARGIN, BTC, margin=margin).code == code
    assert rows(desk)[0]["positionBalance"] == before


def test_margin_is_of_isolated_positions_that_are_there(desk: Desk) -> None:
    assert desk.post(MARGIN, BTC, margin="10").code == 110015
    isolate(desk)
    assert desk.post(MARGIN, BTC, margin="10").code == 110033
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    assert desk.post(MARGIN, BTC, margin="10", positionIdx=1).code == 10001


def test_auto_add_is_shown_and_is_of_isolated_positions_alone(desk: Desk) -> None:
    assert desk.post(AUTO, BTC, autoAddMargin=1).code == 110076
    isolate(desk)
    assert desk.post(AUTO, BTC, autoAddMargin=1).code == 0
    assert rows(desk)[0]["autoAddMargin"] == 1
    assert desk.post(AUTO, BTC, autoAddMargin=1).code == 110027
    assert desk.post(AUTO, BTC, autoAddMargin=0).code == 0
    assert rows(desk)[0]["autoAddMargin"] == 0
    assert desk.post(AUTO, BTC, autoAddMargin=2).code == 10001
    assert desk.post(AUTO, category="linear", symbol="NOPE", autoAddMargin=1).code == 10001


def test_inverse_positions_have_their_margin_in_coin(desk: Desk) -> None:
    isolate(desk)
    desk.trade(INVERSE, 60_000, 10, taker=desk.bob)
    before = units(rows(desk, category="inverse", symbol="BTCUSD")[0]["positionBalance"])

    desk.does(MARGIN, category="inverse", symbol="BTCUSD", margin="0.01")

    after = units(rows(desk, category="inverse", symbol="BTCUSD")[0]["positionBalance"])
    assert after - before == ONE // 100


def test_each_side_of_hedge_mode_has_margin_of_its_own(desk: Desk) -> None:
    isolate(desk)
    hedge(desk)
    desk.places(desk.alice, LINEAR, "Sell", "0.5", 60_000)
    desk.places(desk.bob, LINEAR, "Buy", "0.5", 60_000, more=Terms(slot=Slot.LONG))
    desk.does(MARGIN, BTC, margin="10", positionIdx=1)

    long, short = rows(desk)

    assert units(long["positionBalance"]) > 3_000 * ONE
    assert short["positionBalance"] == "0"
    assert desk.post(MARGIN, BTC, margin="10", positionIdx=2).code == 110033


# What a unified account has as a whole, or by itself


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("switch-isolated", {"tradeMode": 1, "buyLeverage": "5", "sellLeverage": "5"}, 100028),
        ("switch-isolated", {"tradeMode": 2, "buyLeverage": "5", "sellLeverage": "5"}, 10001),
        ("set-tpsl-mode", {"tpSlMode": "Partial"}, 0),
        ("set-tpsl-mode", {"tpSlMode": "Half"}, 10001),
        ("set-risk-limit", {"riskId": 2}, 0),
        ("set-risk-limit", {"riskId": 999}, 110031),
        ("set-risk-limit", {"riskId": 0}, 10001),
        ("confirm-pending-mmr", {}, 110082),
        ("move-positions", {"fromUid": "1", "toUid": "2", "list": []}, 10032),
        ("move-positions", {}, 10001),
    ],
)
def test_calls_of_classic_accounts_are_told_so(desk: Desk, path: str, body: dict[str, object], code: int) -> None:
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    before = rows(desk)

    assert desk.post(f"/v5/position/{path}", {**BTC, **body}).code == code
    assert rows(desk) == before


def test_a_risk_limit_is_told_as_it_is(desk: Desk) -> None:
    told = desk.does("/v5/position/set-risk-limit", BTC, riskId=1)

    assert told == {"riskId": 1, "riskLimitValue": rows(desk)[0]["riskLimitValue"], "category": "linear"}
