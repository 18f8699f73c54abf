"""Topics of what was traded: every print once, and who was liquidated."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import AccountClass, Side
from simexchange.core.vocabulary.units import MILLISECOND, ONE, SECOND, Amount, Price, Quantity
from simexchange.dialects.bybit.common.ids import execution_id
from simexchange.dialects.bybit.v5 import tradestreams
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, SPOT, Desk


def test_a_print_has_the_venues_fields(desk: Desk) -> None:
    heard = desk.hears("linear", "publicTrade.BTCUSDT")

    desk.trade(LINEAR, 60_000, "0.5")

    (message,) = heard.all
    assert message == {
        "topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": desk.now_ms(),
        "data": [{
            "T": desk.now_ms(), "s": "BTCUSDT", "S": "Buy", "v": "0.500", "p": "60000.00", "L": "ZeroPlusTick",
            "i": execution_id(desk.no(LINEAR), 1), "BT": False, "RPI": False, "seq": desk.seq,
        }],
    }  # fmt: skip


def test_spot_prints_have_no_direction(desk: Desk) -> None:
    heard = desk.hears("spot", "publicTrade.BTCUSDT")

    desk.trade(SPOT, 60_000, "0.5", side="Sell")

    (row,) = heard.last["data"]
    assert (row["S"], row["v"], row["p"], "L" in row) == ("Sell", "0.5", "60000", False)


def test_inverse_prints_are_in_dollars(desk: Desk) -> None:
    heard = desk.hears("inverse", "publicTrade.BTCUSD")

    desk.trade(INVERSE, 60_000, 7)

    assert heard.last["data"][0]["v"] == "700"


def test_the_trades_of_one_record_come_in_one_message(desk: Desk) -> None:
    """Three makers and one taker: one message, in the order of the fills, all of one cross sequence."""
    heard = desk.hears("linear", "publicTrade.BTCUSDT")
    for n, qty in enumerate(("0.1", "0.2", "0.3")):
        desk.places(desk.alice, LINEAR, "Sell", qty, 60_000 + n)

    desk.places(desk.bob, LINEAR, "Buy", "0.55", 60_010)

    (message,) = heard.all
    rows = message["data"]
    assert [(row["p"], row["v"], row["L"]) for row in rows] == [
        ("60000.00", "0.100", "ZeroPlusTick"), ("60001.00", "0.200", "PlusTick"), ("60002.00", "0.250", "PlusTick"),
    ]  # fmt: skip
    assert {row["seq"] for row in rows} == {desk.seq}


def test_more_than_fit_go_into_several_messages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tradestreams, "MOST_TRADES", 2)
    heard = desk.hears("linear", "publicTrade.BTCUSDT")
    for n in range(5):
        desk.places(desk.alice, LINEAR, "Sell", "0.1", 60_000 + n)

    desk.places(desk.bob, LINEAR, "Buy", "0.5", 60_010)

    assert [len(message["data"]) for message in heard.all] == [2, 2, 1]
    assert len({row["i"] for message in heard.all for row in message["data"]}) == 5


def test_the_direction_remembers_the_last_other_price(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, "0.1")
    desk.trade(LINEAR, 59_990, "0.1")
    desk.trade(LINEAR, 59_990, "0.1")
    heard = desk.hears("linear", "publicTrade.BTCUSDT")

    for price in (59_990, 59_995, 59_995, 59_980):
        desk.trade(LINEAR, price, "0.1")

    words = [message["data"][0]["L"] for message in heard.all]
    assert words == ["ZeroMinusTick", "PlusTick", "ZeroPlusTick", "MinusTick"]


def liquidated(desk: Desk, qty: str = "1") -> None:
    """carol is long at 60,000 with little money; the price falls to where she has none left."""
    desk.run(cmd.Withdraw(desk.carol.no, "unified", "BTC", Amount(10 * ONE)))
    desk.run(cmd.Withdraw(desk.carol.no, "unified", "USDT", Amount(992_000 * ONE)))
    desk.trade(LINEAR, 60_000, qty)
    desk.places(desk.alice, LINEAR, "Buy", qty, 55_000)
    desk.run(cmd.SetIndex("BTC-USDT", Price(52_100 * ONE)))
    desk.mark(52_100)


def test_a_liquidation_is_told_by_the_position(desk: Desk) -> None:
    """`Buy` is a long one, at its bankruptcy price, and as much of it as was sold or taken over."""
    heard = desk.hears("linear", "allLiquidation.BTCUSDT")
    older = desk.hears("linear", "liquidation.BTCUSDT")
    liquidated(desk)
    assert heard.all == []
    desk.flush()

    message = heard.last
    rows: list[Any] = message["data"]
    assert message["topic"] == "allLiquidation.BTCUSDT"
    assert {(row["s"], row["S"]) for row in rows} == {("BTCUSDT", "Buy")}
    assert sum(float(row["v"]) for row in rows) == 1
    assert all(51_000 < float(row["p"]) < 53_000 for row in rows)
    assert older.last["data"] == {
        "updatedTime": rows[-1]["T"], "symbol": "BTCUSDT", "side": "Buy", "size": rows[-1]["v"],
        "price": rows[-1]["p"],
    }  # fmt: skip
    desk.flush()
    assert len(heard.all) == len(older.all) == 1


def test_a_liquidation_elsewhere_is_not_told(desk: Desk) -> None:
    heard = desk.hears("linear", "allLiquidation.ETHUSDT")
    liquidated(desk)
    desk.flush()

    assert heard.all == []


def test_liquidations_come_twice_a_second(desk: Desk) -> None:
    for name, every in (("allLiquidation.BTCUSDT", 500 * MILLISECOND), ("liquidation.BTCUSDT", SECOND)):
        desk.hears("linear", name)
        assert desk.streams.market[-1][0].every == every


def test_prints_of_a_tape_are_trades_like_others(desk: Desk) -> None:
    """They are told with their record: nothing waits for a clock."""
    desk.run(cmd.OpenAccount(f"house:{LINEAR}", "", AccountClass.HOUSE))
    heard = desk.hears("linear", "publicTrade.BTCUSDT")
    desk.run(cmd.PrintTrade(desk.no(LINEAR), Price(60_000 * ONE), Quantity(ONE), Side.SELL))

    (row,) = heard.last["data"]
    assert (row["S"], row["v"], row["p"], row["seq"]) == ("Sell", "1.000", "60000.00", desk.seq)
