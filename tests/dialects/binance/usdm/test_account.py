"""What the account is told about its money, positions and settings equals what the core reckons."""

from typing import Any

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.core.vocabulary.units import HOUR, ONE, Amount
from tests.dialects.binance.usdm.desk import Desk


def test_a_position_is_shown_with_its_margin_and_liquidation_price(desk: Desk) -> None:
    """2 short at 100, mark 101: worth 202, loss 2, a tenth as margin; breaks even at 100 × (1 − 0.0005)."""
    desk.opens(desk.taker, "2", short=True)
    desk.mark(101)

    row = desk.ask(desk.taker, "/fapi/v3/positionRisk")[0]

    # 10,000 − 0.1 fee + 2 × 100 = 10,199.9 = p × 2 × 1.05 − 40 (second bracket)
    assert row == {
        "symbol": "BTCUSDT",
        "positionSide": "BOTH",
        "positionAmt": "-2.000",
        "entryPrice": "100.0",
        "breakEvenPrice": "99.95",
        "markPrice": "101.00000000",
        "unRealizedProfit": "-2.00000000",
        "liquidationPrice": "4876.14285714",
        "isolatedMargin": "0",
        "notional": "-202.00000000",
        "marginAsset": "USDT",
        "isolatedWallet": "0",
        "initialMargin": "20.20000000",
        "maintMargin": "2.02000000",
        "positionInitialMargin": "20.20000000",
        "openOrderInitialMargin": "0",
        "adl": 4,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": desk.now_ms(),
    }


def test_version_two_of_positions_lists_contracts_without_one_too(desk: Desk) -> None:
    """hummingbot reads leverage and margin type from it."""
    rows = desk.ask(desk.taker, "/fapi/v2/positionRisk")

    assert [(row["symbol"], row["positionAmt"], row["leverage"], row["marginType"]) for row in rows] == [
        ("BTCUSDT", "0.000", "10", "cross")
    ]
    assert (rows[0]["entryPrice"], rows[0]["liquidationPrice"], rows[0]["maxNotionalValue"]) == ("0.0", "0", "100000")


def test_open_orders_bind_margin(desk: Desk) -> None:
    """A bid for 100 at 10x binds 10 of it."""
    desk.order(desk.taker, "BUY", "1", "100")

    account = desk.ask(desk.taker, "/fapi/v3/account")

    assert account["totalOpenOrderInitialMargin"] == "10.00000000"
    assert account["availableBalance"] == "9990.00000000"
    assert account["positions"][0]["initialMargin"] == "10.00000000"
    assert account["positions"][0]["positionAmt"] == "0.000"


def test_the_account_adds_up_after_a_trade(desk: Desk) -> None:
    """Bought 10 at 100 for a fee of 0.5, mark 102: 20 ahead, 102 of margin at 10x, 11 maintained (5 % − 40)."""
    desk.opens(desk.taker, "10")
    desk.mark(102)

    account = desk.ask(desk.taker, "/fapi/v3/account")

    assert account["assets"] == [
        {
            "asset": "USDT",
            "walletBalance": "9999.50000000",
            "unrealizedProfit": "20.00000000",
            "marginBalance": "10019.50000000",
            "maintMargin": "11.00000000",
            "initialMargin": "102.00000000",
            "positionInitialMargin": "102.00000000",
            "openOrderInitialMargin": "0.00000000",
            "crossWalletBalance": "9999.50000000",
            "crossUnPnl": "20.00000000",
            "availableBalance": "9917.50000000",
            "maxWithdrawAmount": "9917.50000000",
            "updateTime": desk.now_ms(),
        }
    ]
    assert account["totalMarginBalance"] == "10019.50000000"
    assert account["positions"] == [
        {
            "symbol": "BTCUSDT",
            "positionSide": "BOTH",
            "positionAmt": "10.000",
            "unrealizedProfit": "20.00000000",
            "isolatedMargin": "0",
            "notional": "1020.00000000",
            "isolatedWallet": "0",
            "initialMargin": "102.00000000",
            "maintMargin": "11.00000000",
            "updateTime": desk.now_ms(),
        }
    ]


def test_both_versions_of_an_answer_agree(desk: Desk) -> None:
    """Version 2 of account and balance has what version 3 has."""
    desk.opens(desk.taker, "10")

    three, two = desk.ask(desk.taker, "/fapi/v3/account"), desk.ask(desk.taker, "/fapi/v2/account")

    assert {key: value for key, value in two.items() if key.startswith("total")} == {
        key: value for key, value in three.items() if key.startswith("total")
    }
    assert two["positions"][0]["positionAmt"] == three["positions"][0]["positionAmt"] == "10.000"
    assert (two["positions"][0]["leverage"], two["positions"][0]["isolated"]) == ("10", False)
    assert (two["canTrade"], two["multiAssetsMargin"]) == (True, False)
    assert desk.ask(desk.taker, "/fapi/v2/balance") == desk.ask(desk.taker, "/fapi/v3/balance")
    assert desk.ask(desk.taker, "/fapi/v3/balance")[0]["balance"] == three["totalWalletBalance"]


def test_leverage_is_set_and_told_everywhere(desk: Desk) -> None:
    """5x allows the whole second bracket; setting it again is no error."""
    for _ in range(2):
        answer = desk.signed(desk.taker, "POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=5)
        assert answer.body == {"symbol": "BTCUSDT", "leverage": 5, "maxNotionalValue": "100000"}

    config = desk.ask(desk.taker, "/fapi/v1/symbolConfig", symbol="BTCUSDT")

    assert config == [
        {
            "symbol": "BTCUSDT",
            "marginType": "CROSSED",
            "isAutoAddMargin": False,
            "leverage": 5,
            "maxNotionalValue": "100000",
        }
    ]


def test_leverage_too_low_for_the_position_is_refused() -> None:
    """1,000 at 10x binds 100 of 200; at 1x it would bind 1,000."""
    desk = Desk(cash=200)
    desk.opens(desk.taker, "10")

    answer = desk.signed(desk.taker, "POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=1)

    assert (answer.status, answer.code) == (400, -2028)


def test_brackets_are_numbers(desk: Desk) -> None:
    """The venue writes brackets as JSON numbers, exact ones."""
    rows = desk.ask(desk.taker, "/fapi/v1/leverageBracket")

    assert rows == [
        {
            "symbol": "BTCUSDT",
            "notionalCoef": 1.0,
            "brackets": [
                {
                    "bracket": 1,
                    "initialLeverage": 20,
                    "notionalCap": 1000,
                    "notionalFloor": 0,
                    "maintMarginRatio": 0.01,
                    "cum": 0,
                },
                {
                    "bracket": 2,
                    "initialLeverage": 10,
                    "notionalCap": 100000,
                    "notionalFloor": 1000,
                    "maintMarginRatio": 0.05,
                    "cum": 40,
                },
            ],
        }
    ]


def test_income_tells_every_line_of_the_wallet(desk: Desk) -> None:
    """Deposit, fee, profit and funding, ascending, and their sum is the wallet's balance."""
    desk.opens(desk.taker, "1")
    desk.order(desk.maker, "BUY", "0.5", "104")
    desk.order(desk.taker, "SELL", "0.5")
    desk.passes(8 * HOUR)

    lines = desk.ask(desk.taker, "/fapi/v1/income")

    assert [line["incomeType"] for line in lines[:4]] == ["TRANSFER", "COMMISSION", "REALIZED_PNL", "COMMISSION"]
    assert [line["income"] for line in lines[:4]] == ["10000.00000000", "-0.05000000", "2.00000000", "-0.02600000"]
    assert "FUNDING_FEE" in [line["incomeType"] for line in lines]
    assert (lines[1]["symbol"], lines[1]["tradeId"], lines[0]["symbol"]) == ("BTCUSDT", "1", "")
    total = sum(round(float(line["income"]) * ONE) for line in lines)
    assert total == desk.state.accounts[desk.taker.no].free("usdm", "USDT")
    only = desk.ask(desk.taker, "/fapi/v1/income", incomeType="REALIZED_PNL")
    assert [line["income"] for line in only] == ["2.00000000"]
    assert desk.ask(desk.taker, "/fapi/v1/income", incomeType="WELCOME_BONUS") == []


def test_income_is_paged_from_the_oldest_where_a_start_is_named(desk: Desk) -> None:
    """Without a start the newest lines are told."""
    desk.opens(desk.taker, "1")

    first = desk.ask(desk.taker, "/fapi/v1/income", startTime=0, limit=1)
    second = desk.ask(desk.taker, "/fapi/v1/income", startTime=0, limit=1, page=2)
    newest = desk.ask(desk.taker, "/fapi/v1/income", limit=1)

    assert [line["incomeType"] for line in (*first, *second)] == ["TRANSFER", "COMMISSION"]
    assert newest == second


def test_money_in_the_coin_wallet_is_not_in_this_account(desk: Desk) -> None:
    """Only the wallet that backs these contracts is told."""
    desk.run(cmd.Deposit(desk.taker.no, "coinm", "BTC", Amount(ONE)))

    assert [row["asset"] for row in desk.ask(desk.taker, "/fapi/v3/balance")] == ["USDT"]
    assert [line["asset"] for line in desk.ask(desk.taker, "/fapi/v1/income")] == ["USDT"]


@pytest.mark.parametrize(
    ("path", "sent", "body"),
    [
        ("/fapi/v1/positionSide/dual", {}, {"dualSidePosition": False}),
        ("/fapi/v1/multiAssetsMargin", {}, {"multiAssetsMargin": False}),
        ("/fapi/v1/feeBurn", {}, {"feeBurn": False}),
        ("/fapi/v1/openAlgoOrders", {}, []),
        ("/fapi/v1/allAlgoOrders", {"symbol": "BTCUSDT"}, []),
        ("/fapi/v1/positionMargin/history", {"symbol": "BTCUSDT"}, []),
        ("/fapi/v1/forceOrders", {}, []),
        ("/fapi/v1/adlQuantile", {}, []),
        (
            "/fapi/v1/commissionRate",
            {"symbol": "BTCUSDT"},
            {"symbol": "BTCUSDT", "makerCommissionRate": "0.000200", "takerCommissionRate": "0.000500"},
        ),
        (
            "/fapi/v1/rateLimit/order",
            {},
            [
                {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
                {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
            ],
        ),
    ],
)
def test_what_bots_ask_at_start_is_answered(desk: Desk, path: str, sent: dict[str, object], body: Any) -> None:
    """freqtrade does not start where one of these fails."""
    assert desk.ask(desk.taker, path, **sent) == body


def test_a_listen_key_is_opened_renewed_and_closed(desk: Desk) -> None:
    """With the key alone; an account has one; after closing there is none to renew."""
    headers = {"x-mbx-apikey": f"key{desk.taker.name}"}

    def call(method: str) -> Any:
        return desk.send(method, "/fapi/v1/listenKey", "", b"", headers)

    opened, again, renewed, closed, gone = call("POST"), call("POST"), call("PUT"), call("DELETE"), call("PUT")

    assert opened.body == again.body == renewed.body
    assert opened.body["listenKey"]
    assert closed.body == {}
    assert (gone.status, gone.code) == (400, -1125)


def test_a_listen_key_may_be_asked_for_with_a_signature(desk: Desk) -> None:
    """hummingbot signs the call, which needs none."""
    assert desk.signed(desk.taker, "POST", "/fapi/v1/listenKey").status == 200


def test_paying_fees_in_the_discount_asset_is_switched_on_and_off(desk: Desk) -> None:
    """What is said twice is one record; it is the caller's choice alone."""
    path = "/fapi/v1/feeBurn"
    on = desk.signed(desk.taker, "POST", path, feeBurn="true")
    seq = desk.seq
    again = desk.signed(desk.taker, "POST", path, feeBurn="true")

    assert on.body == again.body == {"code": 200, "msg": "success"}
    assert desk.seq == seq
    assert (desk.ask(desk.taker, path), desk.ask(desk.maker, path)) == ({"feeBurn": True}, {"feeBurn": False})
    account = [desk.ask(person, "/fapi/v2/account")["feeBurn"] for person in (desk.taker, desk.maker)]
    assert account == [True, False]
    desk.signed(desk.taker, "POST", path, feeBurn="false")
    assert desk.ask(desk.taker, path) == {"feeBurn": False}


def test_the_trade_group_is_shown_where_there_is_one(desk: Desk) -> None:
    before = desk.ask(desk.taker, "/fapi/v1/accountConfig")["tradeGroupId"]
    desk.run(cmd.SetAccountOption(desk.taker.no, AccountOption.TRADE_GROUP, 7))

    assert (before, desk.ask(desk.taker, "/fapi/v1/accountConfig")["tradeGroupId"]) == (-1, 7)
