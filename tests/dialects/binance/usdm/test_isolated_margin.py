"""Positions with margin of their own: what is put in and taken out, where it is shown, and what the stream tells."""

from typing import Any

import pytest

from simexchange.core.vocabulary.units import HOUR
from tests.dialects.binance.usdm.desk import Answer, Desk, decoded

TYPE = "/fapi/v1/marginType"
MARGIN = "/fapi/v1/positionMargin"


@pytest.fixture
def isolated() -> Desk:
    """The taker holds 2 at 100 with margin of 20 of their own, of 10,000 less a fee of 0.1."""
    desk = Desk()
    assert isolates(desk).body == {"code": 200, "msg": "success"}
    desk.opens(desk.taker, "2")
    return desk


def isolates(desk: Desk, word: str = "ISOLATED") -> Answer:
    return desk.signed(desk.taker, "POST", TYPE, symbol="BTCUSDT", marginType=word)


def moves(desk: Desk, amount: str, way: int, **more: object) -> Answer:
    return desk.signed(desk.taker, "POST", MARGIN, symbol="BTCUSDT", amount=amount, type=way, **more)


def position(desk: Desk, path: str = "/fapi/v3/positionRisk") -> Any:
    (row,) = desk.ask(desk.taker, path)
    return row


def test_the_position_has_a_wallet_of_its_own(isolated: Desk) -> None:
    """200 ÷ 10 went in; what it has gained counts to its margin."""
    isolated.mark(101)
    row = position(isolated)

    assert (row["isolatedWallet"], row["isolatedMargin"], row["unRealizedProfit"]) == (
        "20.00000000", "22.00000000", "2.00000000",
    )  # fmt: skip
    # 20 + 2 p − 200 = 0.01 × 2 p: 180 ÷ 1.98.
    assert row["liquidationPrice"] == "90.9090909"


def test_the_other_calls_say_so(isolated: Desk) -> None:
    row = position(isolated, "/fapi/v2/positionRisk")
    assert (row["marginType"], row["isolatedWallet"], row["isAutoAddMargin"]) == ("isolated", "20.00000000", "false")
    (old,) = isolated.ask(isolated.taker, "/fapi/v2/account")["positions"]
    assert (old["isolated"], old["isolatedWallet"]) == (True, "20.00000000")
    (new,) = isolated.ask(isolated.taker, "/fapi/v3/account")["positions"]
    assert (new["isolatedMargin"], new["isolatedWallet"]) == ("20.00000000", "20.00000000")
    (config,) = isolated.ask(isolated.taker, "/fapi/v1/symbolConfig", symbol="BTCUSDT")
    assert (config["marginType"], config["isAutoAddMargin"]) == ("ISOLATED", False)


def test_the_wallet_is_all_there_is_and_cross_what_is_not_in_positions(isolated: Desk) -> None:
    """9,999.9 in all, 9,979.9 of it cross; unrealised profit of the position is not cross."""
    isolated.mark(101)
    account = isolated.ask(isolated.taker, "/fapi/v2/account")
    (asset,) = account["assets"]
    (balance,) = isolated.ask(isolated.taker, "/fapi/v3/balance")

    for one in (account["totalWalletBalance"], asset["walletBalance"], balance["balance"]):
        assert one == "9999.90000000"
    for one in (account["totalCrossWalletBalance"], asset["crossWalletBalance"], balance["crossWalletBalance"]):
        assert one == "9979.90000000"
    assert (account["totalUnrealizedProfit"], account["totalCrossUnPnl"]) == ("2.00000000", "0.00000000")
    assert (account["totalMarginBalance"], account["availableBalance"]) == ("10001.90000000", "9979.90000000")
    assert account["totalPositionInitialMargin"] == "20.20000000"
    assert account["totalMaintMargin"] == "2.02000000"


def test_margin_goes_in_and_out_and_is_remembered(isolated: Desk) -> None:
    """Taken out may be what neither maintenance nor leverage needs: 20 of initial margin stay."""
    put = moves(isolated, "5.5", 1)
    assert put.reply.body == b'{"amount":5.5,"code":200,"msg":"Successfully modify position margin.","type":1}'
    assert position(isolated)["isolatedWallet"] == "25.50000000"
    assert moves(isolated, "5.51", 2).code == -4051
    assert moves(isolated, "5.5", 2).status == 200
    assert position(isolated)["isolatedWallet"] == "20.00000000"
    told = isolated.ask(isolated.taker, f"{MARGIN}/history", symbol="BTCUSDT")

    assert [(row["type"], row["amount"], row["asset"], row["positionSide"]) for row in told] == [
        (1, "20", "USDT", "BOTH"),
        (1, "5.5", "USDT", "BOTH"),
        (2, "5.5", "USDT", "BOTH"),
    ]
    assert [row["deltaType"] for row in told] == ["TRADE", "USER_ADJUST", "USER_ADJUST"]
    assert [row["type"] for row in isolated.ask(isolated.taker, f"{MARGIN}/history", symbol="BTCUSDT", type=2)] == [2]
    assert isolated.ask(isolated.taker, f"{MARGIN}/history", symbol="BTCUSDT", limit=1) == told[-1:]


def test_a_hedged_position_is_named(isolated: Desk) -> None:
    desk = Desk()
    isolates(desk)
    desk.signed(desk.taker, "POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
    desk.order(desk.maker, "SELL", "1", "100")
    desk.order(desk.taker, "BUY", "1", positionSide="LONG")

    assert moves(desk, "1", 1).code == -4061
    assert moves(desk, "1", 1, positionSide="SHORT").code == -4054
    assert moves(desk, "1", 1, positionSide="LONG").status == 200
    wallets = [row["isolatedWallet"] for row in desk.ask(desk.taker, "/fapi/v3/positionRisk")]
    assert wallets == ["11.00000000", "0"]
    told = desk.ask(desk.taker, f"{MARGIN}/history", symbol="BTCUSDT")
    assert [(row["positionSide"], row["amount"]) for row in told] == [("LONG", "10"), ("LONG", "1")]


def test_the_stream_tells_of_margin_that_was_moved(isolated: Desk) -> None:
    """The balance is as before, less of it is cross."""
    heard = isolated.listens(isolated.taker)
    moves(isolated, "5", 1)

    (told,) = decoded(heard)

    assert (told["e"], told["a"]["m"]) == ("ACCOUNT_UPDATE", "MARGIN_TRANSFER")
    assert told["a"]["B"] == [{"a": "USDT", "wb": "9999.90000000", "cw": "9974.90000000", "bc": "0"}]
    (row,) = told["a"]["P"]
    assert (row["mt"], row["iw"], row["pa"], row["ps"]) == ("isolated", "25.00000000", "2", "BOTH")


def test_the_stream_tells_of_a_changed_margin_type() -> None:
    desk = Desk()
    heard = desk.listens(desk.taker)
    isolates(desk)
    isolates(desk, "CROSSED")

    first, second = (one["a"] for one in decoded(heard))

    assert (first["m"], first["B"]) == ("MARGIN_TYPE_CHANGE", [])
    assert [(row["s"], row["mt"], row["iw"]) for row in first["P"] + second["P"]] == [
        ("BTCUSDT", "isolated", "0"),
        ("BTCUSDT", "cross", "0"),
    ]


def test_a_fill_tells_of_both_wallets(isolated: Desk) -> None:
    """1 of 2 closed at 101: 10 of the margin come back with a profit of 1, less a fee of 0.0505."""
    heard = isolated.listens(isolated.taker)
    isolated.order(isolated.maker, "BUY", "1", "101")
    isolated.order(isolated.taker, "SELL", "1", reduceOnly="true")

    account = decoded(heard)[-2]["a"]

    assert account["B"] == [{"a": "USDT", "wb": "10000.84950000", "cw": "9990.84950000", "bc": "0"}]
    assert [(row["iw"], row["cr"]) for row in account["P"]] == [("10.00000000", "1")]


def test_funding_of_an_isolated_position_is_told_with_it(isolated: Desk) -> None:
    """Cross positions are told by their balance alone; the maker's is one."""
    heard, other = isolated.listens(isolated.taker), isolated.listens(isolated.maker)
    isolated.order(isolated.maker, "BUY", "5", "100.2")
    isolated.order(isolated.third, "SELL", "5", "100.4")
    isolated.passes(8 * HOUR)

    (mine,) = [one["a"] for one in decoded(heard) if one["e"] == "ACCOUNT_UPDATE"]
    (theirs,) = [one["a"] for one in decoded(other) if one["e"] == "ACCOUNT_UPDATE" and one["a"]["m"] == "FUNDING_FEE"]

    assert (mine["m"], len(mine["P"]), theirs["P"]) == ("FUNDING_FEE", 1, [])
    paid = float(mine["B"][0]["bc"])
    assert paid < 0
    assert float(mine["P"][0]["iw"]) == pytest.approx(20 + paid)
    assert mine["B"][0]["cw"] == "9979.90000000"


def test_a_liquidated_position_is_told_without_a_wallet(isolated: Desk) -> None:
    """Sold at 90.5 of 100: of its 20 one is left, which the fund takes. What is told last is what calls say."""
    isolated.order(isolated.third, "BUY", "5", "90.5")
    heard = isolated.listens(isolated.taker)
    isolated.mark("90.5")

    told = [one["a"] for one in decoded(heard) if one["e"] == "ACCOUNT_UPDATE"]

    rows = [(one["m"], row["pa"], row["iw"]) for one in told for row in one["P"]]
    assert rows == [("ORDER", "0", "1.00000000"), ("INSURANCE_CLEAR", "0", "0")]
    assert told[-1]["B"][0]["wb"] == told[-1]["B"][0]["cw"] == "9979.90000000"
    (asked,) = isolated.ask(isolated.taker, "/fapi/v2/positionRisk")
    assert (asked["positionAmt"], asked["isolatedWallet"]) == ("0.000", "0")


def test_the_type_stays_while_anything_is_open(isolated: Desk) -> None:
    assert isolates(isolated).code == -4046
    assert isolates(isolated, "CROSSED").body == {
        "code": -4048, "msg": "Margin type cannot be changed if there exists position.",
    }  # fmt: skip
    isolated.order(isolated.taker, "BUY", "1", "90")
    assert isolates(isolated, "CROSSED").code == -4047


@pytest.mark.parametrize(
    ("amount", "code"), [("0", -4055), ("-1", -4055), ("much", -1102), ("0.123456789", -1111), ("9" * 18, -1111)]
)
def test_an_amount_is_money(isolated: Desk, amount: str, code: int) -> None:
    assert moves(isolated, amount, 1).code == code
