"""An account's private events: each fact once, in the venue's order, exact."""

from typing import Any

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import HOUR, ONE, Amount
from tests.dialects.binance.usdm.desk import Desk, decoded


def names(payloads: list[Any]) -> list[str]:
    """Event names, with execution type or reason."""
    told = []
    for one in payloads:
        detail = one.get("o", {}).get("x") or one.get("a", {}).get("m")
        told.append(f"{one['e']} {detail}" if detail else one["e"])
    return told


def test_an_order_is_told_when_it_is_taken_in_and_when_it_is_canceled(desk: Desk) -> None:
    """An order alone moves no money, so there is no account update."""
    heard = desk.listens(desk.maker)
    order = desk.order(desk.maker, "BUY", "0.1", "99", newClientOrderId="mine").body["orderId"]
    desk.signed(desk.maker, "DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=order)

    told = decoded(heard)

    assert names(told) == ["ORDER_TRADE_UPDATE NEW", "ORDER_TRADE_UPDATE CANCELED"]
    new, gone = (one["o"] for one in told)
    assert (new["s"], new["c"], new["S"], new["o"], new["f"]) == ("BTCUSDT", "mine", "BUY", "LIMIT", "GTC")
    assert (new["q"], new["p"], new["X"], new["i"], new["ps"]) == ("0.1", "99", "NEW", order, "BOTH")
    assert (gone["X"], gone["c"], gone["z"]) == ("CANCELED", "mine", "0")


def test_every_letter_a_client_insists_on_is_there(desk: Desk) -> None:
    """nautilus refuses an order update that lacks one of these."""
    heard = desk.listens(desk.maker)
    desk.order(desk.maker, "BUY", "0.1", "99")

    order = decoded(heard)[0]["o"]

    letters = "s c S o f q p ap x X i l z L T t b a m R wt ot ps pP si ss rp gtd"
    assert set(letters.split()) <= set(order)


def test_a_fill_is_told_lightly_then_as_money_then_fully(desk: Desk) -> None:
    """1 at 100 and 1 at 102 for a taker at 0.05 %: fees 0.05 and 0.051; each fill tells what it left."""
    desk.order(desk.maker, "SELL", "1", "100")
    desk.order(desk.maker, "SELL", "1", "102")
    heard = desk.listens(desk.taker)
    order = desk.order(desk.taker, "BUY", "2").body["orderId"]

    told = decoded(heard)

    assert names(told) == [
        "ORDER_TRADE_UPDATE NEW",
        "TRADE_LITE",
        "ACCOUNT_UPDATE ORDER",
        "ORDER_TRADE_UPDATE TRADE",
        "TRADE_LITE",
        "ACCOUNT_UPDATE ORDER",
        "ORDER_TRADE_UPDATE TRADE",
    ]
    before, first, account, second = told[2]["a"], told[3]["o"], told[5]["a"], told[6]["o"]
    assert (first["X"], first["l"], first["z"], first["L"], first["ap"]) == ("PARTIALLY_FILLED", "1", "1", "100", "100")
    assert (second["X"], second["l"], second["z"], second["L"], second["ap"]) == ("FILLED", "1", "2", "102", "101")
    assert (first["n"], second["n"], second["N"]) == ("0.05000000", "0.05100000", "USDT")
    assert (first["t"], second["t"], second["m"], second["rp"]) == (1, 2, False, "0")
    assert (before["B"][0]["wb"], before["P"][0]["pa"], before["P"][0]["ep"], before["P"][0]["up"]) == (
        "9999.95000000", "1", "100.0", "0",
    )  # fmt: skip
    assert told[4] == {
        "e": "TRADE_LITE", "E": desk.now_ms(), "T": desk.now_ms(), "s": "BTCUSDT", "q": "2", "p": "0", "m": False,
        "c": second["c"], "S": "BUY", "L": "102", "l": "1", "t": 2, "i": order,
    }  # fmt: skip
    assert account == {
        "B": [{"a": "USDT", "wb": "9999.89900000", "cw": "9999.89900000", "bc": "0"}],
        "P": [
            {
                "s": "BTCUSDT", "pa": "2", "ep": "101.0", "cr": "0", "up": "-2", "mt": "cross", "iw": "0",
                "ps": "BOTH", "ma": "USDT", "bep": "101.0505",
            }
        ],
        "m": "ORDER",
    }  # fmt: skip


def test_the_maker_hears_of_the_same_trade(desk: Desk) -> None:
    """As a maker, at 0.02 %."""
    desk.order(desk.maker, "SELL", "1", "100")
    heard = desk.listens(desk.maker)
    desk.order(desk.taker, "BUY", "1")

    told = decoded(heard)

    assert names(told) == ["TRADE_LITE", "ACCOUNT_UPDATE ORDER", "ORDER_TRADE_UPDATE TRADE"]
    assert (told[2]["o"]["m"], told[2]["o"]["n"], told[2]["o"]["X"]) == (True, "0.02000000", "FILLED")
    assert told[1]["a"]["P"][0]["pa"] == "-1"


def test_profit_is_told_with_the_fill_and_counted_since_ever(desk: Desk) -> None:
    """Two round trips of 4 each, the stream opened between them: cr is 8, the flat position is told as zero."""
    for number in range(2):
        desk.opens(desk.taker, "1")
        if number == 1:
            heard = desk.listens(desk.taker)
        desk.order(desk.maker, "BUY", "1", "104")
        desk.order(desk.taker, "SELL", "1")

    told = decoded(heard)

    assert told[3]["o"]["rp"] == "4.00000000"
    (position,) = told[2]["a"]["P"]
    assert (position["pa"], position["ep"], position["up"], position["cr"]) == ("0", "0.0", "0", "8")


def test_what_ends_by_a_rule_has_expired_for_a_reason(desk: Desk) -> None:
    """The rest of an IOC: reason 2."""
    desk.order(desk.maker, "SELL", "1", "100")
    heard = desk.listens(desk.taker)
    desk.order(desk.taker, "BUY", "2", "100", timeInForce="IOC")

    told = decoded(heard)

    assert names(told)[-2:] == ["ORDER_TRADE_UPDATE TRADE", "ORDER_TRADE_UPDATE EXPIRED"]
    assert (told[-1]["o"]["X"], told[-1]["o"]["er"], told[-1]["o"]["z"]) == ("EXPIRED", "2", "1")


def test_a_refused_order_is_told_to_nobody(desk: Desk) -> None:
    """On futures a refusal is an answer, not an event."""
    heard = desk.listens(desk.taker)
    desk.order(desk.taker, "BUY", "1", "100", reduceOnly="true")

    assert heard == []


def test_leverage_is_told(desk: Desk) -> None:
    """As a change of the account's configuration."""
    heard = desk.listens(desk.taker)
    desk.signed(desk.taker, "POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=7)

    assert decoded(heard) == [
        {"e": "ACCOUNT_CONFIG_UPDATE", "T": desk.now_ms(), "E": desk.now_ms(), "ac": {"s": "BTCUSDT", "l": 7}}
    ]


def test_funding_is_told_as_money_only(desk: Desk) -> None:
    """0.01 % of 100: the long pays 0.01, the short gets it; a cross position is not told."""
    desk.opens(desk.taker, "1")
    long, short = desk.listens(desk.taker), desk.listens(desk.maker)
    desk.passes(8 * HOUR)

    (paid,), (received,) = decoded(long), decoded(short)

    assert (paid["a"]["m"], paid["a"]["P"]) == ("FUNDING_FEE", [])
    assert paid["a"]["B"] == [{"a": "USDT", "wb": "9999.94000000", "cw": "9999.94000000", "bc": "-0.01"}]
    assert received["a"]["B"][0]["bc"] == "0.01"


def test_money_in_and_out_is_told_for_this_wallet_only(desk: Desk) -> None:
    """A transfer from spot is a deposit here, one back a withdrawal; what moves in spot is not ours to tell."""
    heard = desk.listens(desk.taker)
    no = desk.taker.no
    desk.run(cmd.Transfer(no, "spot", "usdm", "USDT", Amount(5 * ONE)))
    desk.run(cmd.Transfer(no, "usdm", "spot", "USDT", Amount(2 * ONE)))
    desk.run(cmd.Deposit(no, "spot", "USDT", Amount(ONE)))

    told = decoded(heard)

    assert [(one["a"]["m"], one["a"]["B"][0]["bc"], one["a"]["B"][0]["wb"]) for one in told] == [
        ("DEPOSIT", "5", "10005.00000000"),
        ("WITHDRAW", "-2", "10003.00000000"),
    ]


def test_a_liquidation_is_told_as_the_venue_does_it() -> None:
    """Resting orders expire for reason 5; the venue's order is CALCULATED; its fee is an INSURANCE_CLEAR."""
    desk = Desk(cash=200)
    desk.opens(desk.taker, "10")
    desk.order(desk.taker, "SELL", "1", "105")
    desk.order(desk.third, "BUY", "10", "91")
    heard = desk.listens(desk.taker)
    desk.mark("80.85")

    told = decoded(heard)

    told_names = names(told)
    assert told_names[:5] == [
        "ORDER_TRADE_UPDATE EXPIRED",
        "ORDER_TRADE_UPDATE NEW",
        "TRADE_LITE",
        "ACCOUNT_UPDATE ORDER",
        "ORDER_TRADE_UPDATE CALCULATED",
    ]
    assert "ACCOUNT_UPDATE INSURANCE_CLEAR" in told_names
    assert (told[0]["o"]["X"], told[0]["o"]["er"]) == ("EXPIRED", "5")
    forced = told[4]["o"]
    assert (forced["o"], forced["S"], forced["X"], forced["L"]) == ("LIQUIDATION", "SELL", "FILLED", "91")
    assert forced["c"].startswith("autoclose-")


def test_nobody_hears_of_others(desk: Desk) -> None:
    """Nor of this account's spot orders."""
    heard = desk.listens(desk.third)
    desk.opens(desk.taker, "1")
    desk.market = desk.state.market_no["spot:BTC-USDT"]
    desk.third.buys("1", at="10")

    assert heard == []
