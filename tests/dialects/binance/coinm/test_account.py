"""What an account of COIN-M is told and may set: money in coins, positions in contracts."""

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import PositionMode
from simexchange.core.vocabulary.units import DAY, HOUR
from simexchange.dialects.binance.usdm.product import UsdmProduct
from tests.core.world import units
from tests.dialects.binance.coinm.desk import PERP, QUARTER, CoinDesk


def _position(desk: CoinDesk, symbol: str = "BTCUSD_PERP", **sent: object) -> Any:
    return next(row for row in desk.ask(desk.taker, "/dapi/v1/positionRisk", **sent) if row["symbol"] == symbol)


@pytest.fixture
def long(desk: CoinDesk) -> CoinDesk:
    """The taker is long 1,000 contracts of BTC from 50,000 (2 BTC) and paid 0.001 BTC for it; the mark is at 62,500."""
    desk.opens(desk.taker, "1000")
    desk.mark("62500")
    return desk


def test_the_account_is_told_in_coins(long: CoinDesk) -> None:
    """100,000 USD are 1.6 BTC at 62,500: 0.4 gained; 10 % of that is its margin and 1 % maintains it."""
    body = long.ask(long.taker, "/dapi/v1/account")
    btc, eth = body["assets"]
    position = next(row for row in body["positions"] if row["symbol"] == "BTCUSD_PERP")

    assert (btc["asset"], btc["walletBalance"], btc["unrealizedProfit"], btc["marginBalance"]) == (
        "BTC", "9.99900000", "0.40000000", "10.39900000",
    )  # fmt: skip
    assert (btc["initialMargin"], btc["maintMargin"], btc["availableBalance"]) == (
        "0.16000000", "0.01600000", "10.23900000",
    )  # fmt: skip
    assert (eth["asset"], eth["walletBalance"]) == ("ETH", "100.00000000")
    assert (position["positionAmt"], position["leverage"], position["notionalValue"]) == ("1000", "10", "1.60000000")
    assert (position["entryPrice"], position["unrealizedProfit"], position["isolated"]) == (
        "50000.0",
        "0.40000000",
        False,
    )
    assert (body["canTrade"], body["feeTier"]) == (True, 0)
    assert [row["symbol"] for row in body["positions"]] == ["BTCUSD_PERP", QUARTER, "ETHUSD_PERP"]


def test_a_balance_is_a_row_per_coin(long: CoinDesk) -> None:
    btc, eth = long.ask(long.taker, "/dapi/v1/balance")

    assert (btc["balance"], btc["crossUnPnl"], btc["availableBalance"]) == ("9.99900000", "0.40000000", "10.23900000")
    assert btc["withdrawAvailable"] < btc["balance"]
    assert btc["accountAlias"] == eth["accountAlias"]
    assert btc["accountAlias"] != long.ask(long.maker, "/dapi/v1/balance")[0]["accountAlias"]


def test_a_position_is_told_in_contracts_and_coins(long: CoinDesk) -> None:
    """It breaks even where 2 − 0.001 BTC buy it back: 100,000 ÷ 1.999."""
    row = _position(long)

    assert (row["positionAmt"], row["entryPrice"], row["breakEvenPrice"]) == ("1000", "50000.0", "50025.01250625")
    assert (row["markPrice"], row["unRealizedProfit"], row["notionalValue"]) == (
        "62500.00000000", "0.40000000", "1.60000000",
    )  # fmt: skip
    assert (row["leverage"], row["marginType"], row["maxQty"], row["positionSide"]) == ("10", "cross", "100000", "BOTH")
    assert "notional" not in row
    assert "maxNotionalValue" not in row


def test_positions_are_asked_for_by_coin_or_by_pair(long: CoinDesk) -> None:
    """All contracts otherwise, flat ones included."""

    def symbols(**sent: str) -> list[str]:
        return [row["symbol"] for row in long.ask(long.taker, "/dapi/v1/positionRisk", **sent)]

    assert symbols() == ["BTCUSD_PERP", QUARTER, "ETHUSD_PERP"]
    assert symbols(marginAsset="ETH") == ["ETHUSD_PERP"]
    assert symbols(pair="BTCUSD") == ["BTCUSD_PERP", QUARTER]
    assert symbols(pair="BTCUSD", marginAsset="ETH") == []


def test_leverage_says_how_many_coins_it_allows(desk: CoinDesk) -> None:
    """``maxQty``: 20x is allowed up to 1,000 BTC here."""
    path = "/dapi/v1/leverage"

    made = desk.signed(desk.taker, "POST", path, **PERP, leverage=20)

    assert made.body == {"symbol": "BTCUSD_PERP", "leverage": 20, "maxQty": "1000"}
    assert _position(desk)["leverage"] == "20"
    assert _position(desk, QUARTER)["leverage"] == "10"
    assert desk.signed(desk.taker, "POST", path, **PERP, leverage=126).code == -4028
    assert desk.signed(desk.taker, "POST", path, symbol="NOPE", leverage=2).code == -1121
    assert desk.signed(desk.taker, "POST", path, **PERP).code == -1102


def test_brackets_are_in_coins(desk: CoinDesk) -> None:
    """v2 by symbol, v1 by pair."""
    (row,) = desk.ask(desk.taker, "/dapi/v2/leverageBracket", symbol=QUARTER)
    pairs = desk.ask(desk.taker, "/dapi/v1/leverageBracket")
    (pair,) = desk.ask(desk.taker, "/dapi/v1/leverageBracket", pair="ETHUSD")

    assert [(one["qtyFloor"], one["qtyCap"], one["initialLeverage"]) for one in row["brackets"]] == [
        (0, 1_000, 20), (1_000, 100_000, 10),
    ]  # fmt: skip
    assert "notionalCap" not in row["brackets"][0]
    assert [one["symbol"] for one in desk.ask(desk.taker, "/dapi/v2/leverageBracket")] == [
        "BTCUSD_PERP", QUARTER, "ETHUSD_PERP",
    ]  # fmt: skip
    assert [one["pair"] for one in pairs] == ["BTCUSD", "ETHUSD"]
    assert (pair["pair"], pair["brackets"]) == ("ETHUSD", row["brackets"])
    assert desk.signed(desk.taker, "GET", "/dapi/v2/leverageBracket", symbol="NOPE").code == -1121


def test_margin_of_an_isolated_position_is_moved_in_coins(desk: CoinDesk) -> None:
    """0.2 BTC by the trade, 0.1 by its owner, 0.05 back; the list is cut by way, time and number."""
    path = "/dapi/v1/marginType"
    assert desk.signed(desk.taker, "POST", path, **PERP, marginType="ISOLATED").body == {"code": 200, "msg": "success"}
    assert desk.signed(desk.taker, "POST", path, **PERP, marginType="ISOLATED").code == -4046
    assert desk.signed(desk.taker, "POST", path, symbol="NOPE", marginType="ISOLATED").code == -1121
    assert desk.signed(desk.taker, "POST", path, **PERP, marginType="MAYBE").code == -1130
    desk.opens(desk.taker, "1000")
    move = {**PERP, "positionSide": "BOTH"}
    added = desk.signed(desk.taker, "POST", "/dapi/v1/positionMargin", **move, amount="0.1", type=1)
    desk.passes(HOUR)
    taken = desk.signed(desk.taker, "POST", "/dapi/v1/positionMargin", **move, amount="0.05", type=2)

    def amounts(**sent: object) -> list[str]:
        rows = desk.ask(desk.taker, "/dapi/v1/positionMargin/history", **PERP, **sent)
        return [row["amount"] for row in rows if row["asset"] == "BTC"]

    assert (added.body["amount"], added.body["type"], taken.body["amount"]) == (0.1, 1, 0.05)
    row = _position(desk)
    assert (row["marginType"], row["isolatedWallet"]) == ("isolated", "0.25000000")
    assert amounts() == ["0.2", "0.1", "0.05"]
    assert amounts(type=2) == ["0.05"]
    assert amounts(limit=1) == ["0.05"]
    assert amounts(startTime=desk.now_ms()) == ["0.05"]
    assert amounts(endTime=desk.now_ms() - 1) == ["0.2", "0.1"]
    assert desk.signed(desk.taker, "POST", "/dapi/v1/positionMargin", **PERP, amount="50", type=1).code == -4050
    assert desk.signed(desk.taker, "POST", "/dapi/v1/positionMargin", symbol=QUARTER, amount="1", type=1).code == -4049
    assert desk.signed(desk.taker, "POST", "/dapi/v1/positionMargin", **PERP, amount="-1", type=1).code == -4055
    hedged = desk.signed(desk.taker, "POST", "/dapi/v1/positionMargin", **PERP, amount="1", type=1, positionSide="LONG")
    assert hedged.code == -4061


def test_one_position_mode_holds_for_both_products(desk: CoinDesk) -> None:
    """Either call flips it for both, and orders or positions of either block it."""
    path = "/dapi/v1/positionSide/dual"
    coin, usd = desk.product, UsdmProduct()

    assert desk.ask(desk.taker, path) == {"dualSidePosition": False}
    assert desk.signed(desk.taker, "POST", path, dualSidePosition="true").body["msg"] == "success"
    assert desk.signed(desk.taker, "POST", path, dualSidePosition="true").code == -4059
    desk.product = usd
    assert desk.ask(desk.taker, "/fapi/v1/positionSide/dual") == {"dualSidePosition": True}
    desk.product = coin
    desk.order(desk.taker, "BUY", "1", "49000", positionSide="LONG")
    desk.product = usd
    assert desk.signed(desk.taker, "POST", "/fapi/v1/positionSide/dual", dualSidePosition="false").code == -4067
    desk.product = coin
    assert desk.signed(desk.taker, "POST", path, dualSidePosition="false").code == -4067


def test_the_commission_is_that_of_the_account(desk: CoinDesk) -> None:
    body = desk.ask(desk.taker, "/dapi/v1/commissionRate", **PERP)

    assert (body["symbol"], body["makerCommissionRate"], body["takerCommissionRate"]) == (
        "BTCUSD_PERP", "0.000100", "0.000500",
    )  # fmt: skip
    assert desk.signed(desk.taker, "GET", "/dapi/v1/commissionRate", symbol="NOPE").code == -1121


def test_a_place_in_the_queue_is_told_of_what_is_held(long: CoinDesk) -> None:
    """Of contracts with a position; in hedge mode cross sides fall together."""
    (row,) = long.ask(long.taker, "/dapi/v1/adlQuantile")

    assert row["symbol"] == "BTCUSD_PERP"
    assert row["adlQuantile"]["LONG"] in range(5)
    assert long.ask(long.taker, "/dapi/v1/adlQuantile", **PERP) == [row]
    assert long.ask(long.taker, "/dapi/v1/adlQuantile", symbol=QUARTER) == []
    assert long.signed(long.taker, "GET", "/dapi/v1/adlQuantile", symbol="NOPE").code == -1121


def test_income_is_of_the_coin_wallet_alone(desk: CoinDesk) -> None:
    """Its deposits, fees and profits; ids are texts here; cut by symbol, type, time and number."""
    desk.opens(desk.taker, "1000")
    desk.passes(HOUR)
    desk.order(desk.maker, "BUY", "1000", "52000")
    desk.order(desk.taker, "SELL", "1000")

    def lines(**sent: object) -> list[tuple[str, str, str]]:
        rows = desk.ask(desk.taker, "/dapi/v1/income", **sent)
        return [(row["incomeType"], row["income"], row["asset"]) for row in rows]

    assert lines(incomeType="TRANSFER") == [("TRANSFER", "10.00000000", "BTC"), ("TRANSFER", "100.00000000", "ETH")]
    assert lines(**PERP) == [
        ("COMMISSION", "-0.00100000", "BTC"),
        ("REALIZED_PNL", "0.07692307", "BTC"),
        ("COMMISSION", "-0.00096154", "BTC"),
    ]
    assert lines(symbol=QUARTER) == []
    assert lines(limit=1) == [("COMMISSION", "-0.00096154", "BTC")]
    assert lines(startTime=desk.now_ms(), limit=1) == [("REALIZED_PNL", "0.07692307", "BTC")]
    assert len(lines(endTime=desk.now_ms() - 1)) == 3
    assert isinstance(desk.ask(desk.taker, "/dapi/v1/income")[0]["tranId"], str)
    assert desk.signed(desk.taker, "GET", "/dapi/v1/income", symbol="NOPE").code == -1121
    assert desk.signed(desk.taker, "GET", "/dapi/v1/income", incomeType="AUTO_EXCHANGE").code == -1130
    year = {"startTime": desk.now_ms() - 366 * DAY // 1_000_000, "endTime": desk.now_ms()}
    assert desk.signed(desk.taker, "GET", "/dapi/v1/income", **year).code == -4165


def test_income_has_no_pages(desk: CoinDesk) -> None:
    """A name that the call does not have is not looked at, whatever it says."""
    every = desk.ask(desk.taker, "/dapi/v1/income")

    assert every
    assert [desk.ask(desk.taker, "/dapi/v1/income", page=page) for page in ("2", "x")] == [every, every]


def test_funding_is_paid_in_coins(long: CoinDesk) -> None:
    """1.6 BTC at the mark × 0.3 %, the cap (the mark stands far above its index)."""
    long.passes(9 * HOUR)

    rows = long.ask(long.taker, "/dapi/v1/income", incomeType="FUNDING_FEE")

    assert rows
    assert (rows[0]["asset"], rows[0]["symbol"]) == ("BTC", "BTCUSD_PERP")
    assert rows[0]["income"].startswith("-0.00")


def test_what_was_moved_by_the_venue_adds_up(long: CoinDesk) -> None:
    """Everybody's coins and the fund's are what came in, to the last unit."""
    long.passes(9 * HOUR)
    long.order(long.maker, "BUY", "400", "61000")
    long.order(long.taker, "SELL", "400")

    for person in (long.maker, long.taker):
        came = sum(
            units(row["income"]) for row in long.ask(person, "/dapi/v1/income", limit=1000) if row["asset"] == "BTC"
        )
        assert came == long.coins(person)


def test_listen_keys_are_had_renewed_and_given_back(desk: CoinDesk) -> None:
    """One of each product."""
    headers = {"x-mbx-apikey": f"key{desk.taker.name}"}

    opened, renewed, closed, gone, lost = (
        desk.send(method, "/dapi/v1/listenKey", "", b"", headers)
        for method in ("POST", "PUT", "DELETE", "DELETE", "PUT")
    )

    assert opened.body["listenKey"] == renewed.body["listenKey"]
    assert (closed.body, gone.code, lost.code) == ({}, -1125, -1125)
    assert desk.send("POST", "/dapi/v1/listenKey", "", b"", {}).code == -2014


def test_both_sides_of_a_hedge_are_positions(desk: CoinDesk) -> None:
    """In hedge mode LONG and SHORT are told, also flat."""
    for person in (desk.maker, desk.taker):
        desk.run(cmd.SetPositionMode(person.no, PositionMode.HEDGE))

    sides = [row["positionSide"] for row in desk.ask(desk.taker, "/dapi/v1/positionRisk", marginAsset="ETH")]

    assert sides == ["LONG", "SHORT"]
