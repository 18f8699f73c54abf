"""What an account has and what holds for it, at the wire: to the last digit what the ledger says."""

from __future__ import annotations

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import DAY, ONE, SECOND, Amount, Price, Rate, decimal_text
from simexchange.dialects.bybit.common import ids
from tests.core.world import Person, units
from tests.dialects.bybit.v5.desk import INVERSE, LINEAR, SPOT, Desk

BALANCE = "/v5/account/wallet-balance"
LOG = "/v5/account/transaction-log"


def ledger(desk: Desk, person: Person, wallet: str = "unified") -> dict[str, int]:
    """What an account has in a wallet and in the own ones of its positions there."""
    found: dict[str, int] = {}
    for (place, asset), money in desk.state.accounts[person.no].balances.items():
        if place.partition(":")[0] == wallet:
            found[asset] = found.get(asset, 0) + money.free + money.held
    return {asset: amount for asset, amount in found.items() if amount}


def coins(desk: Desk, **query: object) -> dict[str, Any]:
    (account,) = desk.asks(BALANCE, accountType="UNIFIED", **query)["list"]
    return {row["coin"]: row for row in account["coin"]}


def whole(desk: Desk) -> dict[str, str]:
    (account,) = desk.asks(BALANCE, accountType="UNIFIED")["list"]
    return {name: value for name, value in account.items() if isinstance(value, str)}


def busy(desk: Desk) -> None:
    """Bob trades on every kind of market, takes some profit, pays funding, and moves money."""
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    desk.trade(SPOT, 60_000, "0.1", taker=desk.bob)
    desk.trade(INVERSE, 60_000, 10, taker=desk.bob)
    desk.trade(LINEAR, 60_500, "0.2", side="Sell", taker=desk.bob)
    desk.wait(9 * 3600)
    desk.run(cmd.Transfer(desk.bob.no, "unified", "funding", "USDT", Amount(units("12.5"))))


def test_wallet_balances_are_those_of_the_ledger_to_the_last_digit(desk: Desk) -> None:
    busy(desk)

    assert {coin: units(row["walletBalance"]) for coin, row in coins(desk).items()} == ledger(desk, desk.bob)


def test_equity_has_the_unrealised_profit_in_it_and_the_whole_is_in_dollars(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    desk.run(cmd.SetMark(desk.no(LINEAR), Price(61_000 * ONE)))

    rows, account = coins(desk), whole(desk)

    assert units(rows["USDT"]["unrealisedPnl"]) == 500 * ONE
    assert units(rows["USDT"]["equity"]) == units(rows["USDT"]["walletBalance"]) + 500 * ONE
    assert units(account["totalEquity"]) == sum(units(row["usdValue"]) for row in rows.values())
    assert units(account["totalMarginBalance"]) == units(account["totalWalletBalance"]) + units(account["totalPerpUPL"])
    assert units(account["totalInitialMargin"]) == units(rows["USDT"]["totalPositionIM"])
    assert units(account["totalMaintenanceMargin"]) == units(rows["USDT"]["totalPositionMM"])
    assert account["accountIMRate"] == account["accountIMRateByMp"] != "0"


def test_an_open_spot_order_locks_and_one_of_a_contract_takes_margin(desk: Desk) -> None:
    desk.places(desk.bob, SPOT, "Buy", "0.1", 50_000)
    desk.places(desk.bob, LINEAR, "Buy", "0.1", 50_000)

    row = coins(desk)["USDT"]

    assert row["locked"] == "5000"
    assert units(row["totalOrderIM"]) > 500 * ONE
    assert row["walletBalance"] == "1000000"


def test_what_is_owed_of_a_coin_is_told(desk: Desk) -> None:
    poor = desk.joined("poor", money={"unified": {"BTC": 1, "USDT": 5_000}})
    desk.trade(LINEAR, 60_000, 2, taker=poor)
    desk.run(cmd.SetMark(desk.no(LINEAR), Price(55_000 * ONE)))

    (account,) = desk.asks(BALANCE, poor, accountType="UNIFIED", coin="USDT,BTC")["list"]

    usdt, btc = account["coin"]
    assert units(usdt["borrowAmount"]) == -units(usdt["equity"]) > 5_000 * ONE
    assert btc["borrowAmount"] == "0"


def test_coins_that_are_named_are_shown_though_there_are_none_of_them(desk: Desk) -> None:
    assert list(coins(desk)) == ["BTC", "USDT"]
    assert list(coins(desk, coin="ETH,USDT")) == ["ETH", "USDT"]
    assert coins(desk, coin="ETH")["ETH"]["walletBalance"] == "0"


def test_isolated_margin_has_no_figures_of_the_whole_and_its_wallets_are_told(desk: Desk) -> None:
    desk.does("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)

    account, row = whole(desk), coins(desk)["USDT"]

    assert account["totalMarginBalance"] == account["accountMMRate"] == ""
    assert units(account["totalEquity"]) > 1_500_000 * ONE
    assert units(row["walletBalance"]) == ledger(desk, desk.bob)["USDT"]
    assert units(row["totalPositionIM"]) > 3_000 * ONE


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, "accountType is required"),
        ({"accountType": "SPOT"}, "accountType only support UNIFIED."),
        ({"accountType": "UNIFIED", "coin": "NOPE"}, "coin invalid"),
        ({"accountType": "UNIFIED", "coin": "usdt"}, "coin invalid"),
    ],
)
def test_what_a_balance_cannot_be_asked_for(desk: Desk, query: dict[str, object], text: str) -> None:
    answer = desk.get(BALANCE, **query)

    assert (answer.code, text in answer.text) == (10001, True)


def test_what_may_leave_is_what_can_leave(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, 50, taker=desk.bob)
    most = desk.asks("/v5/account/withdrawal", coinName="USDT,BTC")

    assert most["availableWithdrawal"] == most["availableWithdrawalMap"]["USDT"]
    move, free = "/v5/asset/transfer/inter-transfer", most["availableWithdrawal"]
    named = {
        "transferId": "00000000-0000-0000-0000-000000000001", "fromAccountType": "UNIFIED", "toAccountType": "FUND",
        "coin": "USDT",
    }  # fmt: skip
    assert desk.post(move, named, amount=decimal_text(units(free) + 1)).code == 131212
    assert desk.post(move, named, amount=free).code == 0


# The book


def test_the_book_sums_to_the_ledger_and_each_entry_says_what_it_left(desk: Desk) -> None:
    busy(desk)

    rows = desk.asks(LOG, limit=50)["list"]

    assert [row["type"] for row in rows] == [
        "TRANSFER_OUT", "SETTLEMENT", "SETTLEMENT", "TRADE", "TRADE", "TRADE", "TRADE", "TRADE", "TRANSFER_IN",
        "TRANSFER_IN",
    ]  # fmt: skip
    sums: dict[str, int] = {}
    for row in reversed(rows):
        before = sums.get(row["currency"], 0)
        change = units(row["cashFlow"]) + units(row["funding"] or 0) - units(row["fee"])
        assert units(row["change"]) == change
        assert units(row["cashBalance"]) == before + change
        sums[row["currency"]] = before + change
    assert sums == ledger(desk, desk.bob)


def test_a_trade_in_the_book_has_the_ids_of_its_execution_and_its_order(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    fill = desk.views.trades.fills(desk.bob.no, desk.no(LINEAR))[-1]

    row = desk.asks(LOG, type="TRADE")["list"][0]

    assert row["tradeId"] == ids.execution_id(fill.market, fill.id)
    assert row["orderId"] == ids.order_id(fill.order, spot=False)
    assert (row["side"], row["qty"], row["size"], row["tradePrice"]) == ("Buy", "0.500", "0.500", "60000.00")
    assert (row["fee"], row["feeRate"], row["category"]) == ("16.5", "0.00055", "linear")


def test_the_book_can_be_asked_for_a_part_of_it(desk: Desk) -> None:
    busy(desk)

    def asked(**query: object) -> set[tuple[str, str]]:
        return {(row["type"], row["currency"]) for row in desk.asks(LOG, limit=50, **query)["list"]}

    assert asked(currency="BTC") == {("TRADE", "BTC"), ("SETTLEMENT", "BTC"), ("TRANSFER_IN", "BTC")}
    assert asked(type="SETTLEMENT", category="inverse") == {("SETTLEMENT", "BTC")}
    assert asked(category="spot") == {("TRADE", "BTC"), ("TRADE", "USDT")}
    assert asked(baseCoin="ETH") == set()
    assert asked(transSubType="movePosition") == set()
    assert asked(type="AIRDROP") == set()
    inverse = desk.asks("/v5/account/contract-transaction-log")["list"]
    assert {row["category"] for row in inverse} == {"inverse"}


def test_pages_go_on_where_the_one_before_ended(desk: Desk) -> None:
    busy(desk)
    every = [row["id"] for row in desk.asks(LOG, limit=50)["list"]]

    found, cursor = [], ""
    while True:
        page = desk.asks(LOG, limit=3, cursor=cursor)
        found += [row["id"] for row in page["list"]]
        cursor = page["nextPageCursor"]
        if not cursor:
            break

    assert found == every
    for wrong in ("x", "YmVmb3JlOng", "%%%", "🙂"):
        assert desk.get(LOG, cursor=wrong).code == 10001


def test_times_bound_the_book(desk: Desk) -> None:
    busy(desk)
    desk.wait(3 * DAY // SECOND)
    now = desk.now_ms()

    def trades(**query: object) -> int:
        return len(desk.asks(LOG, type="TRADE", limit=50, **query)["list"])

    assert trades() == trades(endTime=now - 86_400_000) == 0
    assert trades(startTime=now - 4 * 86_400_000, endTime=now) == 5
    assert trades(startTime=now - 4 * 86_400_000) == trades(endTime=now - 3 * 86_400_000) == 5
    for wrong in ({"startTime": now, "endTime": now - 1}, {"startTime": now - 8 * 86_400_000, "endTime": now}):
        assert desk.get(LOG, **wrong).code == 10001
    for unread in ({"startTime": "soon"}, {"limit": "many"}, {"limit": 0}, {"endTime": 10**30}):
        assert desk.get(LOG, **unread).code == 10001


def test_of_a_limit_beyond_the_most_the_most_is_meant(desk: Desk) -> None:
    for _ in range(60):
        desk.run(cmd.Deposit(desk.bob.no, "unified", "USDT", Amount(ONE)))

    assert len(desk.asks(LOG, limit=1_000)["list"]) == 50
    assert len(desk.asks(LOG)["list"]) == 20


def test_a_debt_that_was_bought_back_is_an_exchange(desk: Desk) -> None:
    poor = desk.joined("poor", money={"unified": {"BTC": 1, "USDT": 5_000}})
    desk.trade(LINEAR, 60_000, 5, taker=poor)
    desk.places(desk.alice, LINEAR, "Buy", 5, 49_700)
    desk.run(cmd.SetIndex("BTC-USDT", Price(49_700 * ONE)))
    desk.run(cmd.SetMark(desk.no(LINEAR), Price(49_700 * ONE)))
    desk.wait(5)

    (row,) = desk.asks("/v5/asset/exchange/order-record", poor)["orderBody"]

    assert (row["fromCoin"], row["toCoin"]) == ("BTC", "USDT")
    assert 49_000 * ONE < units(row["exchangeRate"]) < 49_700 * ONE
    book = {each["type"]: each for each in desk.asks(LOG, poor)["list"]}
    assert units(book["CURRENCY_SELL"]["change"]) == -units(row["fromAmount"])
    assert book["CURRENCY_BUY"]["change"] == row["toAmount"]
    assert desk.asks("/v5/asset/exchange/order-record", poor, fromCoin="ETH")["orderBody"] == []


def test_bonus_money_stands_in_the_book_and_in_the_wallet(desk: Desk) -> None:
    desk.run(cmd.GrantBonus(desk.bob.no, "unified", "USDT", Amount(50 * ONE)))
    assert coins(desk)["USDT"]["bonus"] == "50"
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    desk.run(cmd.ExpireBonus(desk.bob.no, "unified", "USDT"))

    taken, traded, given = desk.asks(LOG)["list"][:3]

    assert (given["type"], given["bonusChange"], given["change"]) == ("BONUS", "50", "50")
    assert (taken["type"], units(taken["bonusChange"])) == ("BONUS_RECOLLECT", units(taken["change"]))
    assert 50 * ONE + units(traded["bonusChange"] or 0) + units(taken["bonusChange"]) == 0


def test_the_funding_wallet_has_a_book_of_its_own(desk: Desk) -> None:
    busy(desk)

    moved, given = desk.asks("/v5/asset/fundinghistory")["list"]

    assert (moved["ioDirection"], moved["txnAmt"], moved["afterAmt"]) == ("I", "12.5", "10012.5")
    assert (given["showBusiTypeEn"], given["afterAmt"], given["currency"]) == ("Deposit", "10000", "USDT")
    assert desk.get("/v5/asset/fundinghistory", createTimeFrom=1).code == 10001


# What holds for it


def test_fees_are_those_of_the_account(desk: Desk) -> None:
    desk.run(cmd.SetFees(desk.bob.no, desk.no(LINEAR), Rate(units("0.0001")), Rate(units("0.0003"))))

    (row,) = desk.asks("/v5/account/fee-rate", category="linear", symbol="BTCUSDT")["list"]

    assert (row["makerFeeRate"], row["takerFeeRate"]) == ("0.0001", "0.0003")
    every = desk.asks("/v5/account/fee-rate", category="spot")
    assert every["category"] == "spot"
    assert {"BTCUSDT", "ETHUSDT"} <= {row["symbol"] for row in every["list"]}
    assert desk.asks("/v5/account/fee-rate", category="option")["list"] == []
    assert {row["symbol"] for row in desk.asks("/v5/account/fee-rate", category="inverse", baseCoin="ETH")["list"]} < {
        row["symbol"] for row in desk.asks("/v5/account/fee-rate", category="inverse")["list"]
    }
    assert desk.get("/v5/account/fee-rate", category="linear", symbol="NOPE").code == 10001
    assert desk.asks("/v5/account/fee-rate", symbol="BTCUSDT")["list"] == [row]
    assert desk.get("/v5/account/fee-rate", category="stocks").code == 10001


def test_the_margin_mode_is_the_accounts(desk: Desk) -> None:
    def mode() -> Any:
        return desk.asks("/v5/account/info")["marginMode"]

    assert mode() == "REGULAR_MARGIN"
    assert desk.does("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN") == {"reasons": []}
    assert mode() == "ISOLATED_MARGIN"
    assert desk.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN").code == 110026
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    held = desk.post("/v5/account/set-margin-mode", setMarginMode="REGULAR_MARGIN")
    assert (held.code, held.result["reasons"][0]["reasonCode"]) == (3400045, "3400101")
    assert mode() == "ISOLATED_MARGIN"


def test_a_margin_mode_that_cannot_be_says_why(desk: Desk) -> None:
    desk.places(desk.bob, LINEAR, "Buy", "0.1", 50_000)

    ordered = desk.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    portfolio = desk.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")

    assert (ordered.code, ordered.result["reasons"][0]["reasonCode"]) == (3400045, "3400102")
    assert (portfolio.code, portfolio.result["reasons"][0]["reasonMsg"]) == (3400045, "Pm mode cannot support")
    assert desk.post("/v5/account/set-margin-mode", setMarginMode="NONE").code == 10001
    assert desk.post("/v5/account/set-margin-mode").code == 10001


def test_collateral_counts_and_cannot_be_switched_off(desk: Desk) -> None:
    rows = {row["currency"]: row for row in desk.asks("/v5/account/collateral-info")["list"]}

    assert (rows["BTC"]["collateralRatio"], rows["BTC"]["collateralSwitch"]) == ("0.95", True)
    assert [row["currency"] for row in desk.asks("/v5/account/collateral-info", currency="BTC")["list"]] == ["BTC"]
    switch = "/v5/account/set-collateral-switch"
    assert desk.post(switch, coin="BTC", collateralSwitch="ON").code == 0
    assert desk.post(switch, coin="BTC", collateralSwitch="OFF").code == 182110
    assert desk.post(switch, coin="USDT", collateralSwitch="OFF").code == 182111
    assert desk.post(switch, coin="NOPE", collateralSwitch="ON").code == 10001
    both = [{"coin": "BTC", "collateralSwitch": "ON"}, {"coin": "ETH", "collateralSwitch": "ON"}]
    assert desk.does(f"{switch}-batch", request=both) == {"list": both}
    assert desk.post(f"{switch}-batch", request=[both[0], both[0]]).code == 182112
    wrong: Any
    for wrong in ([], ["BTC"], "BTC", 7, [{}], [{"coin": {"a": 1}, "collateralSwitch": "ON"}]):
        assert desk.post(f"{switch}-batch", request=wrong).code == 10001


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("set-hedging-mode", {"setHedgingMode": "OFF"}, 0),
        ("set-hedging-mode", {"setHedgingMode": "ON"}, 10032),
        ("set-limit-px-action", {"category": "spot", "modifyEnable": "maybe"}, 10001),
        ("set-limit-px-action", {"category": "option", "modifyEnable": True}, 10001),
        ("set-delta-mode", {"deltaEnable": "0"}, 0),
        ("set-delta-mode", {"deltaEnable": "1"}, 10032),
        ("upgrade-to-uta", {}, 0),
        ("repay", {"coin": "USDT"}, 182102),
        ("quick-repayment", {}, 182102),
        ("mmp-modify", {"baseCoin": "BTC"}, 110065),
        ("mmp-reset", {"baseCoin": "BTC"}, 110065),
        ("demo-apply-money", {"adjustType": 0}, 10032),
    ],
)
def test_what_is_not_here_is_refused_in_the_venues_words(
    desk: Desk, path: str, body: dict[str, object], code: int
) -> None:
    before = ledger(desk, desk.bob)

    assert desk.post(f"/v5/account/{path}", body).code == code
    assert ledger(desk, desk.bob) == before


def test_orders_beyond_the_price_limits_are_moved_or_refused_as_was_chosen(desk: Desk) -> None:
    def behaviour() -> tuple[bool, bool]:
        told = desk.asks("/v5/account/user-setting-config")
        return told["lpaSpot"], told["lpaPerp"]

    def dear() -> int:
        """What becomes of a buy of a contract far above its limit: how it is priced, 0 where it is refused."""
        (event, *_) = desk.places(desk.bob, LINEAR, "Buy", "0.1", 90_000)
        return int(getattr(event, "price", 0)) if type(event).__name__ == "OrderAccepted" else 0

    assert behaviour() == (False, False)
    assert 60_000 * ONE < dear() < 90_000 * ONE
    for category in ("spot", "inverse"):
        desk.does("/v5/account/set-limit-px-action", category=category, modifyEnable=category == "spot")
        desk.does("/v5/account/set-limit-px-action", category=category, modifyEnable=category == "spot")
    assert behaviour() == (True, True)
    assert dear() == 0


def test_what_is_empty_here_is_empty(desk: Desk) -> None:
    assert desk.asks("/v5/account/borrow-history") == {"nextPageCursor": "", "list": []}
    assert desk.asks("/v5/account/query-dcp-info") == {"dcpInfos": []}
    assert desk.asks("/v5/account/mmp-state", baseCoin="BTC") == {"result": []}
    assert desk.asks("/v5/account/smp-group") == {"smpGroup": 0}
    assert desk.asks("/v5/account/info")["unifiedMarginStatus"] == 6


def test_what_the_account_may_trade_is_what_is_listed(desk: Desk) -> None:
    for category in ("spot", "linear", "inverse"):
        mine = desk.asks("/v5/account/instruments-info", category=category)["list"]
        every = desk.asks("/v5/market/instruments-info", category=category)["list"]

        assert [{**row, "isPublicRpi": False, "myRpiPermission": False} for row in every] == mine
    first = desk.asks("/v5/account/instruments-info", category="linear", limit=1)
    assert first["nextPageCursor"]
    assert desk.get("/v5/account/instruments-info", category="linear", symbol="NOPE").code == 10001
    assert desk.get("/v5/account/instruments-info", category="option").code == 10001


def test_there_is_no_spot_margin(desk: Desk) -> None:
    margin = "/v5/spot-margin-trade"

    assert desk.asks(f"{margin}/state")["spotMarginMode"] == "0"
    assert desk.does(f"{margin}/switch-mode", spotMarginMode=0) == {"spotMarginMode": "0"}
    assert desk.post(f"{margin}/switch-mode", spotMarginMode=1).code == 10032
    assert desk.post(f"{margin}/set-leverage", leverage="4").code == 176038
    (btc,) = desk.asks(f"{margin}/collateral", currency="BTC")["list"]
    assert btc["collateralRatioList"] == [{"minQty": "0", "maxQty": "", "collateralRatio": "0.95"}]
    (level,) = desk.asks(f"{margin}/data")["vipCoinList"]
    assert {row["borrowable"] for row in level["list"]} == {False}
