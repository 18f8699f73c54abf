"""Multi-assets mode at the wire: every asset backs every position, at what it counts for."""

from decimal import Decimal
from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import ONE, Amount
from tests.core.test_pooled_assets import RULES
from tests.dialects.binance.usdm.desk import Answer, Desk, decoded

MODE = "/fapi/v1/multiAssetsMargin"


def pooled(usdt: int = 1_000, btc: str = "1") -> Desk:
    """The taker has *usdt* and *btc*; BTC counts 90 % of 100 where there is some, USDT 99 %."""
    desk = Desk(cash=1_000)
    desk.run(cmd.AdoptBundle(RULES))
    if usdt < 1_000:
        desk.run(cmd.Withdraw(desk.taker.no, "usdm", "USDT", Amount((1_000 - usdt) * ONE)))
    desk.run(cmd.Deposit(desk.taker.no, "usdm", "BTC", Amount(round(float(btc) * ONE))))
    return desk


def pools(desk: Desk, wanted: str = "true") -> Answer:
    return desk.signed(desk.taker, "POST", MODE, multiAssetsMargin=wanted)


def test_the_mode_is_what_was_set() -> None:
    desk = pooled()
    assert desk.ask(desk.taker, MODE) == {"multiAssetsMargin": False}
    assert pools(desk, "false").body == {"code": -4171, "msg": "No need to change multi-assets mode."}
    assert pools(desk).body == {"code": 200, "msg": "success"}
    assert desk.ask(desk.taker, MODE) == {"multiAssetsMargin": True}
    assert desk.ask(desk.taker, "/fapi/v2/account")["multiAssetsMargin"] is True
    assert desk.ask(desk.taker, "/fapi/v1/accountConfig")["multiAssetsMargin"] is True
    assert pools(desk).code == -4171


def test_the_account_is_told_in_dollars_and_each_asset_in_itself() -> None:
    """1,000 × 0.99 and 100 × 0.9: 1,080; before, the account was its USDT."""
    desk = pooled()
    before = desk.ask(desk.taker, "/fapi/v3/account")
    pools(desk)
    after = desk.ask(desk.taker, "/fapi/v3/account")

    assert before["totalMarginBalance"] == "1000.00000000"
    assert (after["totalMarginBalance"], after["availableBalance"]) == ("1080.00000000", "1080.00000000")
    assert {row["asset"]: row["walletBalance"] for row in after["assets"]} == {
        "USDT": "1000.00000000", "BTC": "1.00000000",
    }  # fmt: skip
    rows = {row["asset"]: row for row in desk.ask(desk.taker, "/fapi/v2/balance")}
    assert (rows["BTC"]["balance"], rows["BTC"]["marginAvailable"]) == ("1.00000000", True)
    # What is available of BTC is what 1,080 are at 110.
    assert rows["BTC"]["availableBalance"] == "9.81818181"


def test_a_position_is_backed_by_what_is_no_dollar() -> None:
    """No USDT and 10 BTC, which count 900: 8 at 100 and 10x need 80, at the ask 80.8."""
    desk = pooled(0, "10")
    assert desk.order(desk.taker, "BUY", "8", "100").code == -2019
    pools(desk)
    desk.order(desk.maker, "SELL", "8", "100")
    assert desk.order(desk.taker, "BUY", "8", "100").body["status"] == "FILLED"

    account = desk.ask(desk.taker, "/fapi/v3/account")

    assert account["totalPositionInitialMargin"] == "80.80000000"
    # 900 and a fee of 0.4 that is owed at 101 %.
    assert account["totalMarginBalance"] == "899.59600000"


def test_an_asset_tells_what_it_counts_for() -> None:
    desk = pooled()
    path = "/fapi/v1/assetIndex"
    one = desk.public(path, symbol="BTCUSD").body
    every = desk.public(path).body

    assert (one["index"], one["bidBuffer"], one["bidRate"], one["askRate"]) == (
        "100.00000000", "0.10000000", "90.00000000", "110.00000000",
    )  # fmt: skip
    assert (one["autoExchangeBidRate"], one["autoExchangeAskRate"]) == ("95.00000000", "105.00000000")
    assert [row["symbol"] for row in every] == ["USDTUSD", "BTCUSD"]
    assert desk.public(path, symbol="NOPEUSD").code == -1121


def test_the_stream_of_assets_says_the_same() -> None:
    desk = pooled()
    every, one = desk.hears("!assetIndex@arr"), desk.hears("btcusd@assetIndex")
    desk.flush()
    (asked,) = [row for row in desk.public("/fapi/v1/assetIndex").body if row["symbol"] == "BTCUSD"]

    (row,) = decoded(one)
    assert (row["e"], row["s"], row["i"], row["B"], row["A"]) == (
        "assetIndexUpdate", "BTCUSD", asked["index"], asked["bidRate"], asked["askRate"],
    )  # fmt: skip
    assert (row["q"], row["Q"], row["G"]) == (
        asked["autoExchangeBidBuffer"], asked["autoExchangeBidRate"], asked["autoExchangeAskRate"],
    )  # fmt: skip
    assert [each["s"] for each in decoded(every)[0]] == ["USDTUSD", "BTCUSD"]


def told(desk: Desk, *, act: Any) -> list[Any]:
    heard = desk.listens(desk.taker)
    act()
    return decoded(heard)


def test_the_stream_tells_of_the_mode() -> None:
    desk = pooled()
    (one,) = told(desk, act=lambda: pools(desk))

    assert (one["e"], one["ai"]) == ("ACCOUNT_CONFIG_UPDATE", {"j": True})


def test_the_stream_tells_of_a_debt_that_was_bought_back() -> None:
    """1 bought at 100 and sold at 40: 60.07 USDT are owed, more than 50; BTC is sold for them at 95."""
    desk = pooled(0, "10")
    pools(desk)
    desk.opens(desk.taker, "1")
    desk.mark(42)
    desk.order(desk.maker, "BUY", "1", "40")
    updates = [one["a"] for one in told(desk, act=lambda: desk.order(desk.taker, "SELL", "1")) if "a" in one]

    exchanged = next(one for one in updates if one["m"] == "AUTO_EXCHANGE")
    rows = {row["a"]: row for row in exchanged["B"]}
    assert float(rows["BTC"]["bc"]) < 0
    assert float(rows["USDT"]["bc"]) == pytest.approx(60.07)
    assert rows["USDT"]["wb"] == "0.00000000"
    lines = desk.ask(desk.taker, "/fapi/v1/income", incomeType="AUTO_EXCHANGE")
    assert {(row["asset"], row["income"]) for row in lines} == {
        ("BTC", f"{Decimal(rows['BTC']['bc']):.8f}"), ("USDT", f"{Decimal(rows['USDT']['bc']):.8f}"),
    }  # fmt: skip


def test_exchange_info_names_what_counts_and_from_which_debt_on_it_is_bought_back() -> None:
    rows = {row["asset"]: row["autoAssetExchange"] for row in pooled().public("/fapi/v1/exchangeInfo").body["assets"]}

    assert rows == {"BTC": "-0.1", "USDT": "-50"}
