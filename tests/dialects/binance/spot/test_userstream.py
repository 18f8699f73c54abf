"""Private events, in the venue's letters and in its order."""

from typing import Any

from simexchange.core.vocabulary.commands import Deposit, Transfer
from simexchange.core.vocabulary.orders import TimeInForce
from simexchange.core.vocabulary.units import ONE, SECOND, Amount
from tests.dialects.binance.spot.bench import Bench, decoded

LETTERS = frozenset("eEscSofqpPFgCxXrilzLnNTtIwmMOZYQWV")
"""What strict clients demand of every executionReport."""


def told(payloads: list[bytes]) -> list[str]:
    """Kinds of events, executions with their type and status."""
    return [f"{row['x']} {row['X']}" if row["e"] == "executionReport" else row["e"] for row in decoded(payloads)]


def picked(row: dict[str, Any], letters: str) -> dict[str, Any]:
    return {letter: row[letter] for letter in letters.split()}


def test_a_resting_order_is_told_then_the_money_it_holds(bench: Bench) -> None:
    """NEW, and one balance message."""
    heard = bench.listens(bench.taker)

    bench.taker.buys(2, at=100, client_id="mine")

    report, position = decoded(heard)
    now = bench.now_ms()
    assert set(report) == LETTERS
    assert report == {
        "e": "executionReport", "E": now, "s": "BTCUSDT", "c": "mine", "S": "BUY", "o": "LIMIT", "f": "GTC",
        "q": "2.00000000", "p": "100.00000000", "P": "0.00000000", "F": "0.00000000", "g": -1, "C": "", "x": "NEW",
        "X": "NEW", "r": "NONE", "i": bench.taker.no * 2**32 + 1, "l": "0.00000000", "z": "0.00000000",
        "L": "0.00000000", "n": "0", "N": None, "T": now, "t": -1, "I": report["I"], "w": True, "m": False, "M": False,
        "O": now, "Z": "0.00000000", "Y": "0.00000000", "Q": "0.00000000", "W": now, "V": "NONE",
    }  # fmt: skip
    assert position == {
        "e": "outboundAccountPosition",
        "E": now,
        "u": now,
        "B": [
            {"a": "BTC", "f": "1000.00000000", "l": "0.00000000"},
            {"a": "USDT", "f": "999800.00000000", "l": "200.00000000"},
        ],
    }


def test_a_taker_is_told_every_fill_and_its_balances_once(bench: Bench) -> None:
    """NEW, a TRADE per level, and one balance message with everything in it."""
    bench.maker.sells(1, at=100)
    bench.third.sells(5, at=101)
    heard = bench.listens(bench.taker)

    bench.taker.buys(3)

    assert told(heard) == ["NEW NEW", "TRADE PARTIALLY_FILLED", "TRADE FILLED", "outboundAccountPosition"]
    last = decoded(heard)[2]
    assert picked(last, "l L n N t z Z Y m M w") == {
        "l": "2.00000000", "L": "101.00000000", "n": "0.00400000", "N": "BTC", "t": 2, "z": "3.00000000",
        "Z": "302.00000000", "Y": "202.00000000", "m": False, "M": True, "w": False,
    }  # fmt: skip
    assert decoded(heard)[3]["B"] == [
        {"a": "BTC", "f": "1002.99400000", "l": "0.00000000"},
        {"a": "USDT", "f": "999698.00000000", "l": "0.00000000"},
    ]


def test_a_maker_is_told_each_fill_and_stays_on_the_book(bench: Bench) -> None:
    """As the maker, with the maker's fee in what it receives."""
    bench.maker.sells(3, at=100)
    heard = bench.listens(bench.maker)

    bench.taker.buys(1)

    assert told(heard) == ["TRADE PARTIALLY_FILLED", "outboundAccountPosition"]
    assert picked(decoded(heard)[0], "S m w n N") == {"S": "SELL", "m": True, "w": True, "n": "0.10000000", "N": "USDT"}


def test_a_cancel_has_its_own_id_and_names_the_original(bench: Bench) -> None:
    """c is the cancel's, C the order's; REST tells the same."""
    bench.taker.buys(2, at=100, client_id="mine")
    heard = bench.listens(bench.taker)

    answer = bench.signed(bench.taker, "DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="mine")

    assert told(heard) == ["CANCELED CANCELED", "outboundAccountPosition"]
    assert picked(decoded(heard)[0], "c C") == {"c": answer.body["clientOrderId"], "C": "mine"}
    assert decoded(heard)[1]["B"][1] == {"a": "USDT", "f": "1000000.00000000", "l": "0.00000000"}


def test_an_expired_order_says_why(bench: Bench) -> None:
    """What an immediate-or-cancel could not get."""
    bench.maker.sells(1, at=100)
    heard = bench.listens(bench.taker)

    bench.taker.buys(2, at=100, tif=TimeInForce.IOC)

    assert told(heard) == ["NEW NEW", "TRADE PARTIALLY_FILLED", "EXPIRED EXPIRED", "outboundAccountPosition"]
    assert decoded(heard)[2]["eR"] == "UNFILLED_IOC_QUANTITY_EXPIRED"


def test_execution_ids_grow(bench: Bench) -> None:
    """Over reports and records, and never twice the same."""
    heard = bench.listens(bench.taker)

    bench.taker.buys(1, at=100)
    bench.maker.sells(3, at=100)
    bench.taker.buys(1, at=100)

    ids = [row["I"] for row in decoded(heard) if row["e"] == "executionReport"]
    assert ids == sorted(set(ids))
    assert len(ids) == 4


def test_somebody_who_trades_with_himself_is_told_both_sides(bench: Bench) -> None:
    """The maker's side first."""
    bench.taker.sells(1, at=100)
    heard = bench.listens(bench.taker)

    bench.taker.buys(1)

    assert told(heard) == ["NEW NEW", "TRADE FILLED", "TRADE FILLED", "outboundAccountPosition"]
    assert [row.get("m") for row in decoded(heard)] == [False, True, False, None]


def test_a_refused_order_is_not_told(bench: Bench) -> None:
    """As on the venue: the answer is all there is."""
    heard = bench.listens(bench.taker)

    bench.taker.buys("0.0001", at=100)

    assert heard == []


def test_others_and_other_products_are_not_told(bench: Bench) -> None:
    """Nor is a deposit into another wallet."""
    heard = bench.listens(bench.taker)

    bench.maker.buys(1, at=100)
    bench.run(Deposit(bench.taker.no, "usdm", "USDT", Amount(ONE)))

    assert heard == []


def test_money_from_outside_is_told_twice_as_on_the_venue(bench: Bench) -> None:
    """The change, then the balance."""
    heard = bench.listens(bench.taker)

    bench.run(Deposit(bench.taker.no, "spot", "USDT", Amount(5 * ONE)))
    bench.run(Transfer(bench.taker.no, "spot", "usdm", "USDT", Amount(2 * ONE)))

    now = bench.now_ms()
    rows = decoded(heard)
    assert [row["e"] for row in rows] == ["balanceUpdate", "outboundAccountPosition"] * 2
    assert rows[0] == {"e": "balanceUpdate", "E": now, "a": "USDT", "d": "5.00000000", "T": now}
    assert rows[2]["d"] == "-2.00000000"
    assert rows[3]["B"] == [{"a": "USDT", "f": "1000003.00000000", "l": "0.00000000"}]


def test_an_order_keeps_the_time_it_came_in(bench: Bench) -> None:
    """O and W stay, T and E move."""
    bench.taker.buys(1, at=100)
    came = bench.now_ms()
    bench.passes(SECOND)
    heard = bench.listens(bench.taker)

    bench.maker.sells(1, at=100)

    assert picked(decoded(heard)[0], "O W T E") == {"O": came, "W": came, "T": came + 1_000, "E": came + 1_000}


def test_the_id_that_a_client_gave_a_cancel_is_in_the_stream(bench: Bench) -> None:
    """Of a cancel-replace, too; where none was given the answer and the stream have the same made one."""
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "90"}
    heard = bench.listens(bench.taker)

    def place() -> int:
        return int(bench.signed(bench.taker, "POST", "/api/v3/order", **order).body["orderId"])

    bench.signed(bench.taker, "DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=place(), newClientOrderId="one")
    made = bench.signed(bench.taker, "DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=place()).body["clientOrderId"]
    bench.signed(
        bench.taker, "POST", "/api/v3/order/cancelReplace", **order, cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrderId=place(), cancelNewClientOrderId="two",
    )  # fmt: skip

    assert [row["c"] for row in decoded(heard) if row.get("x") == "CANCELED"] == ["one", made, "two"]
