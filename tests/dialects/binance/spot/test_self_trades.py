"""Self-trade prevention as a client sees it. Scenarios and figures of the venue's "STP FAQ" (seen 2026-11)."""

from typing import Any

import pytest

from simexchange.core.vocabulary.commands import SetAccountOption
from simexchange.core.vocabulary.markets import Filters
from simexchange.core.vocabulary.orders import AccountOption, SelfTrade
from tests.dialects.binance.spot.bench import Answer, Bench, decoded


@pytest.fixture
def bench() -> Bench:
    """No filters, no fees: the FAQ trades around 1."""
    return Bench(filters=Filters(), maker_fee="0", taker_fee="0")


def buys(bench: Bench, qty: str, price: str, **sent: object) -> int:
    """The taker's resting order."""
    return int(order(bench, "BUY", qty, price, **sent).body["orderId"])


def order(bench: Bench, side: str, qty: str, price: str, **sent: object) -> Answer:
    return bench.signed(
        bench.taker, "POST", "/api/v3/order", symbol="BTCUSDT", side=side, type="LIMIT", timeInForce="GTC",
        quantity=qty, price=price, **sent,
    )  # fmt: skip


def ask(bench: Bench, number: int) -> Any:
    return bench.signed(bench.taker, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=number).body


def test_scenario_b_expires_every_maker_and_the_taker_rests(bench: Bench) -> None:
    """EXPIRE_MAKER: three bids end, each a prevented match; the answer lists them, and the sell goes on the book."""
    makers = [buys(bench, "1.2", "1.2"), buys(bench, "1.3", "1.1"), buys(bench, "8.1", "1")]

    taker = order(bench, "SELL", "3", "1", selfTradePreventionMode="EXPIRE_MAKER").body

    assert (taker["status"], taker["selfTradePreventionMode"], taker["fills"]) == ("NEW", "EXPIRE_MAKER", [])
    assert taker["preventedMatches"] == [
        {
            "preventedMatchId": number,
            "makerOrderId": makers[number],
            "price": price,
            "makerPreventedQuantity": qty,
        }
        for number, (price, qty) in enumerate(
            [("1.20000000", "1.20000000"), ("1.10000000", "1.30000000"), ("1.00000000", "8.10000000")]
        )
    ]
    first = ask(bench, makers[0])
    assert (first["status"], first["preventedMatchId"], first["preventedQuantity"]) == (
        "EXPIRED_IN_MATCH", 0, "1.20000000",
    )  # fmt: skip
    assert (first["executedQty"], first["selfTradePreventionMode"]) == ("0.00000000", "NONE")


def test_scenario_c_expires_the_taker_and_leaves_the_makers(bench: Bench) -> None:
    maker = buys(bench, "1.2", "1.2")

    taker = order(bench, "SELL", "3", "1", selfTradePreventionMode="EXPIRE_TAKER").body

    assert (taker["status"], taker["preventedMatchId"], taker["preventedQuantity"]) == (
        "EXPIRED_IN_MATCH", 0, "3.00000000",
    )  # fmt: skip
    assert taker["preventedMatches"][0]["takerPreventedQuantity"] == "3.00000000"
    assert ask(bench, maker)["status"] == "NEW"


def test_scenario_f_expires_a_market_order_that_finds_only_its_own(bench: Bench) -> None:
    """EXPIRED and not EXPIRED_IN_MATCH: nothing of it was prevented, there just was nobody left."""
    buys(bench, "1", "1")

    taker = bench.signed(
        bench.taker, "POST", "/api/v3/order", symbol="BTCUSDT", side="SELL", type="MARKET", quantity="1",
        selfTradePreventionMode="EXPIRE_MAKER",
    ).body  # fmt: skip

    assert (taker["status"], "preventedMatchId" in taker) == ("EXPIRED", False)


def test_scenario_g_takes_the_smaller_order_off_both(bench: Bench) -> None:
    """DECREMENT: 2 of the maker's 6 are prevented, and it goes on with 4."""
    maker = buys(bench, "6", "2")

    taker = order(bench, "SELL", "2", "2", selfTradePreventionMode="DECREMENT").body

    assert (taker["status"], taker["preventedQuantity"]) == ("EXPIRED_IN_MATCH", "2.00000000")
    left = ask(bench, maker)
    assert (left["status"], left["origQty"], left["executedQty"], left["preventedQuantity"]) == (
        "NEW", "6.00000000", "0.00000000", "2.00000000",
    )  # fmt: skip
    assert bench.ladder[1:] == ["  4 |     2 |"]


def test_a_prevented_match_is_told_to_the_stream_instead_of_an_expiry(bench: Bench) -> None:
    """TRADE_PREVENTION for each side that lost something, with what they would have traded; then the balances."""
    maker = buys(bench, "6", "2")
    heard = bench.listens(bench.taker)

    taker = order(bench, "SELL", "2", "2", selfTradePreventionMode="DECREMENT").body["orderId"]

    events = decoded(heard)
    assert [(row["e"], row.get("x"), row.get("X"), row.get("i")) for row in events] == [
        ("executionReport", "NEW", "NEW", taker),
        ("executionReport", "TRADE_PREVENTION", "NEW", maker),
        ("executionReport", "TRADE_PREVENTION", "EXPIRED_IN_MATCH", taker),
        ("outboundAccountPosition", None, None, None),
    ]
    shown = {name: events[2][name] for name in ("v", "A", "B", "u", "U", "Cs", "pl", "pL", "pY", "V", "w")}
    assert shown == {
        "v": 0, "A": "2.00000000", "B": "2.00000000", "u": -1, "U": maker, "Cs": "BTCUSDT", "pl": "2.00000000",
        "pL": "2.00000000", "pY": "4.00000000", "V": "DECREMENT", "w": False,
    }  # fmt: skip
    assert (events[1]["w"], events[1]["U"], events[1]["z"]) == (True, taker, "0.00000000")


def test_prevented_matches_can_be_asked_for(bench: Bench) -> None:
    """One by its number, or those of an order from a number on."""
    first, second = buys(bench, "1", "1.2"), buys(bench, "1", "1.1")
    taker = order(bench, "SELL", "3", "1", selfTradePreventionMode="EXPIRE_MAKER").body["orderId"]

    def told(**sent: object) -> Any:
        return bench.signed(bench.taker, "GET", "/api/v3/myPreventedMatches", symbol="BTCUSDT", **sent).body

    assert told(preventedMatchId=1) == [
        {
            "symbol": "BTCUSDT",
            "preventedMatchId": 1,
            "takerOrderId": taker,
            "makerSymbol": "BTCUSDT",
            "makerOrderId": second,
            "tradeGroupId": -1,
            "selfTradePreventionMode": "EXPIRE_MAKER",
            "price": "1.10000000",
            "makerPreventedQuantity": "1.00000000",
            "transactTime": bench.now_ms(),
        }
    ]
    assert [row["preventedMatchId"] for row in told(orderId=taker)] == [0, 1]
    assert [row["preventedMatchId"] for row in told(orderId=taker, fromPreventedMatchId=1)] == [1]
    assert [row["makerOrderId"] for row in told(orderId=first)] == [first]
    assert told()["code"] == -1102
    assert told(preventedMatchId=1, orderId=taker)["code"] == -1128
    frame = bench.api("myPreventedMatches", {"symbol": "BTCUSDT", "preventedMatchId": 0}, bench.taker)
    assert frame["result"][0]["makerOrderId"] == first


def test_an_order_that_says_nothing_shows_what_it_will_do() -> None:
    """The market's default, or what the account chose; NONE said aloud wins over both."""
    bench = Bench(filters=Filters(self_trade_default=SelfTrade.EXPIRE_MAKER))

    def mode(**sent: object) -> str:
        return str(order(bench, "BUY", "1", "1", **sent).body["selfTradePreventionMode"])

    default = mode()
    bench.run(SetAccountOption(bench.taker.no, AccountOption.SELF_TRADE, SelfTrade.EXPIRE_BOTH))

    assert (default, mode(), mode(selfTradePreventionMode="NONE")) == ("EXPIRE_MAKER", "EXPIRE_BOTH", "NONE")


def test_a_mode_that_the_symbol_does_not_allow_is_refused() -> None:
    bench = Bench(filters=Filters(self_trade_modes=(SelfTrade.NONE, SelfTrade.EXPIRE_TAKER, SelfTrade.EXPIRE_BOTH)))

    answer = order(bench, "BUY", "1", "1", selfTradePreventionMode="EXPIRE_MAKER")

    assert answer.body == {
        "code": -1013,
        "msg": "This symbol does not allow the specified self-trade prevention mode.",
    }
