"""What is in the two wallets, moving it, and what came in and went out, at the wire."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.families import JoinFamily
from simexchange.core.vocabulary.units import ONE, Amount
from tests.core.world import Person, units
from tests.dialects.bybit.v5.desk import LINEAR, Desk

ALL = "/v5/asset/transfer/query-account-coins-balance"
ONE_COIN = "/v5/asset/transfer/query-account-coin-balance"
MOVE = "/v5/asset/transfer/inter-transfer"
MOVED = "/v5/asset/transfer/query-inter-transfer-list"
SEND = "/v5/asset/transfer/universal-transfer"
SENT = "/v5/asset/transfer/query-universal-transfer-list"
OUT = {"coin": "USDT", "fromAccountType": "UNIFIED", "toAccountType": "FUND"}
BACK = {"coin": "USDT", "fromAccountType": "FUND", "toAccountType": "UNIFIED"}


def name(number: int) -> str:
    return str(UUID(int=number))


def has(desk: Desk, kind: str, coin: str = "USDT", person: Person | None = None) -> int:
    (row,) = desk.asks(ALL, person, accountType=kind, coin=coin)["balance"]
    return int(units(row["walletBalance"]))


def child(desk: Desk, who: str = "kid", money: Any = None) -> Person:
    """A sub-account of bob, with a key."""
    person = desk.joined(who, money=money or {"unified": {"USDT": 100}})
    desk.run(JoinFamily(person.no, desk.bob.no))
    return person


def test_balances_are_those_of_the_wallets(desk: Desk) -> None:
    desk.trade(LINEAR, 60_000, "0.5", taker=desk.bob)
    told = desk.asks(ALL, accountType="UNIFIED", coin="USDT,ETH", withBonus=1)

    assert (told["accountType"], told["memberId"]) == ("UNIFIED", str(desk.bob.no))
    assert told["balance"][0] == {
        "coin": "USDT", "walletBalance": "999983.5", "transferBalance": "999983.5", "bonus": "0",
    }  # fmt: skip
    assert told["balance"][1]["walletBalance"] == "0"
    fund = desk.asks(ALL, accountType="FUND")["balance"]
    assert {row["coin"]: row["walletBalance"] for row in fund if row["walletBalance"] != "0"} == {"USDT": "10000"}
    one = desk.asks(ONE_COIN, accountType="FUND", coin="USDT", withTransferSafeAmount=1)
    assert (one["balance"]["transferBalance"], one["balance"]["transferSafeAmount"]) == ("10000", "10000")
    assert desk.get(ALL, accountType="UNIFIED").code == 10001
    assert desk.get(ALL, accountType="SPOT").code == 131204
    assert desk.get(ALL, accountType="UNIFIED", coin=",".join(f"C{n}" for n in range(11))).code == 10001
    assert desk.get(ONE_COIN, accountType="FUND", coin="NOPE").code == 10001
    assert desk.get(ONE_COIN, accountType="FUND").code == 10001


def test_money_moves_between_the_two_wallets_once_by_each_name(desk: Desk) -> None:
    told = desk.does(MOVE, OUT, transferId=name(1), amount="12.5")

    assert told == {"transferId": name(1), "status": "SUCCESS"}
    assert (has(desk, "UNIFIED"), has(desk, "FUND")) == (999_987_50000000, 10_012_50000000)
    assert desk.post(MOVE, OUT, transferId=name(1), amount="12.5").code == 131214
    assert desk.post(MOVE, BACK, transferId=name(2), amount="2.5").code == 0
    assert has(desk, "FUND") == 10_010 * ONE
    listed = desk.asks(MOVED)["list"]
    assert [(row["transferId"], row["amount"], row["toAccountType"]) for row in listed] == [
        (name(2), "2.5", "UNIFIED"), (name(1), "12.5", "FUND"),
    ]  # fmt: skip
    assert {row["status"] for row in listed} == {"SUCCESS"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"transferId": "x"}, 10001),
        ({"transferId": ""}, 10001),
        ({"amount": "0"}, 131215),
        ({"amount": "-1"}, 131215),
        ({"amount": "x"}, 131215),
        ({"amount": "0.000000001"}, 131210),
        ({"amount": "1000000.00000001"}, 131212),
        ({"amount": "99999999999999999999"}, 131215),
        ({"amount": None}, 10001),
        ({"coin": "NOPE"}, 10001),
        ({"coin": "usdt"}, 10001),
        ({"toAccountType": "UNIFIED"}, 131211),
        ({"toAccountType": "SPOT"}, 131204),
        ({"fromAccountType": ["UNIFIED"]}, 131204),
    ],
)
def test_what_cannot_be_moved_stays(desk: Desk, body: dict[str, object], code: int) -> None:
    assert desk.post(MOVE, {**OUT, "transferId": name(1), "amount": "1", **body}).code == code
    assert (has(desk, "UNIFIED"), has(desk, "FUND")) == (1_000_000 * ONE, 10_000 * ONE)
    assert desk.asks(MOVED)["list"] == []


def test_lists_of_transfers_can_be_narrowed_and_paged(desk: Desk) -> None:
    for number in range(1, 5):
        desk.does(MOVE, OUT, transferId=name(number), amount=str(number))
    desk.does(MOVE, OUT, coin="BTC", transferId=name(9), amount="1")

    def amounts(**query: object) -> list[str]:
        return [row["amount"] for row in desk.asks(MOVED, **query)["list"]]

    assert amounts(coin="USDT") == ["4", "3", "2", "1"]
    assert amounts(transferId=name(3)) == ["3"]
    assert amounts(status="PENDING") == []
    first = desk.asks(MOVED, limit=3)
    assert [row["amount"] for row in first["list"]] == ["1", "4", "3"]
    assert amounts(limit=3, cursor=first["nextPageCursor"]) == ["2", "1"]
    now = desk.now_ms()
    assert amounts(startTime=now, endTime=now, coin="BTC") == ["1"]
    assert amounts(endTime=now - 1_000) == []
    assert desk.get(MOVED, startTime=now, endTime=now + 8 * 86_400_000).code == 10001
    assert desk.get(MOVED, status="DONE").code == 10001


# Families


def test_money_moves_within_a_family_and_no_further(desk: Desk) -> None:
    kid, other = child(desk), desk.carol
    ends = {**OUT, "toAccountType": "UNIFIED", "fromMemberId": desk.bob.no, "toMemberId": kid.no}

    assert desk.post(SEND, ends, transferId=name(1), amount="40").code == 0
    assert (has(desk, "UNIFIED"), has(desk, "UNIFIED", person=kid)) == (999_960 * ONE, 140 * ONE)
    back = {**ends, "fromMemberId": str(kid.no), "toMemberId": str(desk.bob.no)}
    assert desk.post(SEND, back, kid, transferId=name(1), amount="15").code == 0
    assert desk.post(SEND, ends, kid, transferId=name(2), amount="15").code == 10005
    assert desk.post(SEND, ends, transferId=name(1), amount="40").code == 131214
    assert desk.post(SEND, {**ends, "toMemberId": other.no}, transferId=name(3), amount="1").code == 131202
    assert desk.post(SEND, {**ends, "toMemberId": desk.bob.no}, transferId=name(4), amount="1").code == 131206
    assert desk.post(SEND, {**ends, "toMemberId": "x"}, transferId=name(5), amount="1").code == 131202
    assert has(desk, "UNIFIED", person=kid) == 125 * ONE

    rows = desk.asks(SENT)["list"]
    assert [(row["fromMemberId"], row["toMemberId"], row["amount"]) for row in rows] == [
        (str(kid.no), str(desk.bob.no), "15"), (str(desk.bob.no), str(kid.no), "40"),
    ]  # fmt: skip
    assert len(desk.asks(SENT, kid)["list"]) == 2
    assert desk.asks(SENT, other)["list"] == desk.asks(MOVED)["list"] == []


def test_a_master_sees_what_its_sub_accounts_have_and_moves_it_among_them(desk: Desk) -> None:
    kid, twin = child(desk), child(desk, "twin")
    ends = {**OUT, "toAccountType": "FUND", "fromMemberId": kid.no, "toMemberId": twin.no}

    assert desk.post(SEND, ends, transferId=name(1), amount="30").code == 0

    (row,) = desk.asks(ALL, accountType="FUND", coin="USDT", memberId=twin.no)["balance"]
    assert row["walletBalance"] == "30"
    assert desk.asks(ONE_COIN, accountType="UNIFIED", coin="USDT", memberId=kid.no)["balance"]["walletBalance"] == "70"
    assert desk.get(ALL, kid, accountType="FUND", memberId=desk.bob.no).code == 131202
    assert desk.get(ALL, accountType="FUND", memberId=desk.carol.no).code == 131202
    assert len(desk.asks(SENT)["list"]) == 1
    members = desk.asks("/v5/asset/transfer/query-sub-member-list")
    assert members == {
        "subMemberIds": [str(kid.no), str(twin.no)],
        "transferableSubMemberIds": [str(kid.no), str(twin.no)],
    }
    assert desk.get("/v5/asset/transfer/query-sub-member-list", kid).code == 10005
    assert desk.post("/v5/asset/transfer/save-transfer-sub-member", subMemberIds=[kid.no]).code == 0
    assert desk.post("/v5/asset/transfer/save-transfer-sub-member", None, kid).code == 10005


# From outside


def test_what_was_given_and_taken_is_in_the_records(desk: Desk) -> None:
    desk.run(cmd.Withdraw(desk.bob.no, "funding", "USDT", Amount(25 * ONE)))

    given = desk.asks("/v5/asset/deposit/query-record")["rows"]
    (taken,) = desk.asks("/v5/asset/withdraw/query-record")["rows"]

    assert [(row["coin"], row["amount"], row["status"]) for row in given] == [
        ("USDT", "10000", 3), ("BTC", "10", 3), ("USDT", "1000000", 3),
    ]  # fmt: skip
    assert (taken["coin"], taken["amount"], taken["status"]) == ("USDT", "25", "success")
    assert desk.asks("/v5/asset/deposit/query-record", id=given[1]["id"])["rows"] == [given[1]]
    assert desk.asks("/v5/asset/deposit/query-record", coin="BTC", limit=1)["rows"] == [given[1]]
    assert desk.asks("/v5/asset/deposit/query-record", txID="none")["rows"] == []
    assert desk.asks("/v5/asset/withdraw/query-record", withdrawID=taken["withdrawId"])["rows"] == [taken]
    assert desk.asks("/v5/asset/withdraw/query-record", withdrawType=1)["rows"] == []
    kid = child(desk)
    assert desk.asks("/v5/asset/deposit/query-sub-member-record", subMemberId=kid.no)["rows"][0]["amount"] == "100"
    assert desk.get("/v5/asset/deposit/query-sub-member-record", subMemberId=desk.carol.no).code == 131202
    assert desk.get("/v5/asset/deposit/query-sub-member-record", kid, subMemberId=desk.bob.no).code == 10005


def test_nothing_goes_in_or_out_over_the_api(desk: Desk) -> None:
    rows = {row["coin"]: row for row in desk.asks("/v5/asset/coin/query-info")["rows"]}

    assert {"BTC", "ETH", "USDT"} <= rows.keys()
    assert "USD" not in rows
    assert {chain["chainWithdraw"] for row in rows.values() for chain in row["chains"]} == {"0"}
    assert desk.asks("/v5/asset/coin/query-info", coin="BTC")["rows"] == [rows["BTC"]]
    assert desk.get("/v5/asset/coin/query-info", coin="NOPE").code == 10001
    assert desk.asks("/v5/asset/deposit/query-address", coin="BTC") == {"coin": "BTC", "chains": []}
    assert desk.get("/v5/asset/deposit/query-address").code == 10001
    kid = child(desk)
    assert desk.asks("/v5/asset/deposit/query-sub-member-address", coin="BTC", subMemberId=kid.no)["chains"] == []
    assert desk.get("/v5/asset/deposit/query-sub-member-address", coin="BTC", subMemberId=999).code == 131202
    out = desk.post("/v5/asset/withdraw/create", coin="USDT", address="0x", amount="1", accountType="FUND")
    # Which right a key needs is looked at first: none may, of those that nothing was said of.
    assert out.code == 10005
    assert desk.post("/v5/asset/withdraw/cancel", id="1").code == 10001
    assert desk.post("/v5/asset/deposit/deposit-to-account", accountType="FUND").code == 10032
    for path in ("deposit/query-internal-record", "withdraw/query-address"):
        assert desk.asks(f"/v5/asset/{path}") == {"rows": [], "nextPageCursor": ""}
    assert desk.asks("/v5/asset/deposit/query-allowed-list")["configList"] == []
    assert desk.asks("/v5/asset/withdraw/vasp/list") == {"vasp": []}
    assert has(desk, "FUND") == 10_000 * ONE


def test_what_may_be_taken_out_of_each_wallet(desk: Desk) -> None:
    told = desk.asks("/v5/asset/withdraw/withdrawable-amount", coin="USDT")["withdrawableAmount"]

    assert told["FUND"] == {"coin": "USDT", "withdrawableAmount": "10000", "availableBalance": "10000"}
    assert told["UTA"]["withdrawableAmount"] == "1000000"
    assert desk.get("/v5/asset/withdraw/withdrawable-amount", coin="NOPE").code == 10001


def test_both_wallets_are_valued_in_dollars(desk: Desk) -> None:
    told = desk.asks("/v5/asset/asset-overview")

    fund, unified = told["list"]
    assert (fund["accountType"], fund["totalEquity"]) == ("FundingAccount", "10000")
    assert (unified["accountType"], unified["totalEquity"]) == ("UnifiedTradingAccount", "1600000")
    assert told["totalEquity"] == "1610000"
    assert unified["coinDetail"] == [{"coin": "BTC", "equity": "10"}, {"coin": "USDT", "equity": "1000000"}]
    assert desk.asks("/v5/asset/asset-overview", accountType="FundingAccount")["list"][0]["totalEquity"] == "10000"
    assert desk.asks("/v5/asset/transfer/query-transfer-coin-list", fromAccountType="UNIFIED", toAccountType="FUND")[
        "list"
    ] == [row["coin"] for row in desk.asks("/v5/asset/coin/query-info")["rows"]]
    assert desk.asks("/v5/asset/transfer/query-asset-info")["spot"]["assets"] == []
