"""A long and a short side by side: orders name their position, and everything told names it, too."""

from typing import Any

import pytest

from tests.dialects.binance.usdm.desk import Desk, decoded

DUAL = "/fapi/v1/positionSide/dual"


@pytest.fixture
def hedged() -> Desk:
    """The taker hedges; the others do not."""
    desk = Desk()
    assert hedges(desk).body == {"code": 200, "msg": "success"}
    return desk


def hedges(desk: Desk, wanted: str = "true") -> Any:
    return desk.signed(desk.taker, "POST", DUAL, dualSidePosition=wanted)


def opens(desk: Desk, side: str, qty: str) -> None:
    """The taker opens a LONG or a SHORT at 100 from the maker."""
    buys = side == "LONG"
    assert desk.order(desk.maker, "SELL" if buys else "BUY", qty, "100").status == 200
    answer = desk.order(desk.taker, "BUY" if buys else "SELL", qty, positionSide=side)
    assert answer.body["status"] == "FILLED", answer.body


def positions(desk: Desk, path: str = "/fapi/v3/positionRisk") -> dict[str, Any]:
    """The taker's rows by position side."""
    return {row["positionSide"]: row for row in desk.ask(desk.taker, path)}


def test_the_mode_is_what_was_set(hedged: Desk) -> None:
    assert hedged.ask(hedged.taker, DUAL) == {"dualSidePosition": True}
    assert hedged.ask(hedged.maker, DUAL) == {"dualSidePosition": False}
    assert hedged.ask(hedged.taker, "/fapi/v1/accountConfig")["dualSidePosition"] is True
    assert hedges(hedged).code == -4059
    assert hedges(hedged, "false").status == 200
    assert hedges(hedged, "false").code == -4059


def test_the_mode_stays_while_anything_is_open(hedged: Desk) -> None:
    """Orders first: -4067, then positions: -4068."""
    opens(hedged, "LONG", "1")
    hedged.order(hedged.taker, "BUY", "1", "90", positionSide="LONG")
    assert hedges(hedged, "false").code == -4067
    hedged.signed(hedged.taker, "DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    assert hedges(hedged, "false").body == {
        "code": -4068, "msg": "Position side cannot be changed if there exists position.",
    }  # fmt: skip


def test_an_order_names_its_position_or_is_refused(hedged: Desk) -> None:
    """BOTH is what one-way mode has; a name nobody knows is wrong whatever the mode."""
    for sent in ({}, {"positionSide": "BOTH"}):
        assert hedged.order(hedged.taker, "BUY", "1", "90", **sent).code == -4061
    assert hedged.order(hedged.maker, "BUY", "1", "90", positionSide="LONG").code == -4061
    assert hedged.order(hedged.taker, "BUY", "1", "90", positionSide="UP").code == -4060
    assert hedged.algo(hedged.taker, "BUY", "STOP_MARKET", quantity="1", triggerPrice="110").code == -4061


def test_reduce_only_is_not_to_be_sent(hedged: Desk) -> None:
    """The position says it. As clients meet it, whatever the value is."""
    for value in ("true", "false"):
        answer = hedged.order(hedged.taker, "SELL", "1", "110", positionSide="LONG", reduceOnly=value)
        assert answer.body == {"code": -1106, "msg": "Parameter 'reduceonly' sent when not required."}
    sent = {"quantity": "1", "triggerPrice": "90", "positionSide": "LONG", "reduceOnly": "true"}
    assert hedged.algo(hedged.taker, "SELL", "STOP_MARKET", **sent).code == -1106


def test_a_long_and_a_short_stand_side_by_side(hedged: Desk) -> None:
    """2 long and 1 short at 100, mark 101: +2 and −1; each with its own margin, one price at which both fall."""
    opens(hedged, "LONG", "2")
    opens(hedged, "SHORT", "1")
    hedged.mark(101)

    rows = positions(hedged)
    long, short = rows["LONG"], rows["SHORT"]

    assert set(rows) == {"LONG", "SHORT"}
    assert (long["positionAmt"], short["positionAmt"]) == ("2.000", "-1.000")
    assert (long["unRealizedProfit"], short["unRealizedProfit"]) == ("2.00000000", "-1.00000000")
    assert (long["positionInitialMargin"], short["positionInitialMargin"]) == ("20.20000000", "10.10000000")
    assert (long["notional"], short["notional"]) == ("202.00000000", "-101.00000000")
    assert long["liquidationPrice"] == short["liquidationPrice"]


@pytest.mark.parametrize("path", ["/fapi/v2/positionRisk", "/fapi/v2/account", "/fapi/v3/account"])
def test_every_call_shows_both_sides_and_none_of_one_way_mode(hedged: Desk, path: str) -> None:
    opens(hedged, "SHORT", "1")

    body = hedged.ask(hedged.taker, path)
    rows = body["positions"] if isinstance(body, dict) else body

    assert [(row["positionSide"], row["positionAmt"]) for row in rows] == [("LONG", "0.000"), ("SHORT", "-1.000")]


def test_what_closes_a_side_is_reduce_only_by_its_nature(hedged: Desk) -> None:
    """Told as reduce-only; refused where there is not so much to close."""
    assert hedged.order(hedged.taker, "SELL", "1", "110", positionSide="LONG").code == -2022
    opens(hedged, "LONG", "1")
    assert hedged.order(hedged.taker, "SELL", "1.001", "110", positionSide="LONG").code == -2022
    answer = hedged.order(hedged.taker, "SELL", "1", "110", positionSide="LONG").body

    assert (answer["reduceOnly"], answer["positionSide"], answer["origQty"]) == (True, "LONG", "1.000")
    opening = hedged.order(hedged.taker, "SELL", "3", "110", positionSide="SHORT").body
    assert (opening["reduceOnly"], opening["positionSide"], opening["origQty"]) == (False, "SHORT", "3.000")


def test_orders_trades_and_batches_name_the_side(hedged: Desk) -> None:
    opens(hedged, "LONG", "1")
    hedged.order(hedged.taker, "SELL", "1", "109", positionSide="LONG", newClientOrderId="a")
    batch = (
        '[{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","quantity":"1","price":"90","timeInForce":"GTC",'
        '"positionSide":"LONG"},'
        '{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","quantity":"1","price":"90","timeInForce":"GTC"}]'
    )
    made = hedged.signed(hedged.taker, "POST", "/fapi/v1/batchOrders", batchOrders=batch).body

    assert hedged.ask(hedged.taker, "/fapi/v1/userTrades", symbol="BTCUSDT")[0]["positionSide"] == "LONG"
    one = hedged.ask(hedged.taker, "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="a")
    assert (one["positionSide"], one["reduceOnly"]) == ("LONG", True)
    assert (made[0]["positionSide"], made[1]["code"]) == ("LONG", -4061)
    sides = {row["positionSide"] for row in hedged.ask(hedged.taker, "/fapi/v1/openOrders")}
    assert sides == {"LONG"}


def test_a_conditional_order_closes_its_own_side(hedged: Desk) -> None:
    """The long's stop fires and leaves the short alone."""
    opens(hedged, "LONG", "1")
    opens(hedged, "SHORT", "1")
    hedged.order(hedged.maker, "BUY", "5", "96")
    made = hedged.algo(
        hedged.taker, "SELL", "STOP_MARKET", closePosition="true", triggerPrice="98", positionSide="LONG"
    )
    assert made.body["positionSide"] == "LONG"
    heard = hedged.listens(hedged.taker)
    hedged.prints("97")

    rows = positions(hedged)
    assert (rows["LONG"]["positionAmt"], rows["SHORT"]["positionAmt"]) == ("0.000", "-1.000")
    told = decoded(heard)
    assert {one["o"]["ps"] for one in told if "o" in one} == {"LONG"}


@pytest.mark.parametrize(("side", "position"), [("BUY", "LONG"), ("SELL", "SHORT")])
def test_nothing_closes_a_position_by_making_it_larger(hedged: Desk, side: str, position: str) -> None:
    opens(hedged, position, "1")
    kind = "STOP_MARKET" if side == "BUY" else "TAKE_PROFIT_MARKET"
    terms = {"closePosition": "true", "triggerPrice": "120", "positionSide": position}

    assert hedged.algo(hedged.taker, side, kind, **terms).code == -2022


def test_the_stream_names_the_side(hedged: Desk) -> None:
    """Of the order, and of the position that changed; the other is not told."""
    opens(hedged, "SHORT", "1")
    heard = hedged.listens(hedged.taker)
    opens(hedged, "LONG", "2")

    told = decoded(heard)

    assert {one["o"]["ps"] for one in told if one["e"] == "ORDER_TRADE_UPDATE"} == {"LONG"}
    (position,) = told[-2]["a"]["P"]
    assert (position["ps"], position["pa"], position["ep"]) == ("LONG", "2", "100.0")


def test_profit_is_counted_by_side(hedged: Desk) -> None:
    """1 of the long closed at 101 gains 1; the short's own sum stays 0."""
    opens(hedged, "LONG", "2")
    opens(hedged, "SHORT", "1")
    heard = hedged.listens(hedged.taker)
    hedged.order(hedged.maker, "BUY", "1", "101")
    hedged.order(hedged.taker, "SELL", "1", positionSide="LONG")
    first = decoded(heard)[-2]["a"]["P"][0]
    hedged.order(hedged.maker, "SELL", "1", "101")
    hedged.order(hedged.taker, "BUY", "1", positionSide="SHORT")
    second = decoded(heard)[-2]["a"]["P"][0]

    assert (first["ps"], first["cr"]) == ("LONG", "1")
    assert (second["ps"], second["cr"]) == ("SHORT", "-1")


def test_the_queue_of_auto_deleveraging_has_a_word_for_hedged_positions(hedged: Desk) -> None:
    opens(hedged, "LONG", "1")

    (row,) = hedged.ask(hedged.taker, "/fapi/v1/adlQuantile")
    (other,) = hedged.ask(hedged.maker, "/fapi/v1/adlQuantile")

    assert (row["symbol"], set(row["adlQuantile"])) == ("BTCUSDT", {"LONG", "SHORT", "HEDGE"})
    assert set(other["adlQuantile"]) == {"LONG", "SHORT", "BOTH"}


def test_leverage_holds_for_both_sides(hedged: Desk) -> None:
    hedged.signed(hedged.taker, "POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=5)
    opens(hedged, "LONG", "1")
    opens(hedged, "SHORT", "1")

    rows = hedged.ask(hedged.taker, "/fapi/v2/positionRisk")

    assert [row["leverage"] for row in rows] == ["5", "5"]
