"""Sub-accounts and the money of a family over `/sapi`."""

from typing import Any

import pytest

from simexchange.core.vocabulary.commands import Deposit
from simexchange.core.vocabulary.families import JoinFamily
from simexchange.core.vocabulary.units import DAY, ONE, Amount
from tests.dialects.binance.spot.bench import Bench

SUB = "/sapi/v1/sub-account"
MAKER, TAKER, THIRD = (f"{name}@simexchange.invalid" for name in ("maker", "taker", "third"))
NO_RELATION = {"code": -5021, "msg": "This parent sub have no relation"}
UNSUPPORTED = {"code": 100001002, "msg": "Unsupported operation"}


@pytest.fixture
def family(bench: Bench) -> Bench:
    """The maker with the taker under him; the third belongs to nobody."""
    bench.run(JoinFamily(bench.taker.no, bench.maker.no))
    return bench


def universal(bench: Bench, who: Any, **said: Any) -> Any:
    sent = {"fromAccountType": "SPOT", "toAccountType": "SPOT", "asset": "USDT", "amount": "100", **said}
    return bench.signed(who, "POST", f"{SUB}/universalTransfer", **sent)


def test_a_parent_lists_his_sub_accounts_one_a_page_unless_he_says_how_many(family: Bench) -> None:
    family.run(JoinFamily(family.third.no, family.maker.no))

    first = family.signed(family.maker, "GET", f"{SUB}/list").body["subAccounts"]
    second = family.signed(family.maker, "GET", f"{SUB}/list", page=2).body["subAccounts"]
    both = family.signed(family.maker, "GET", f"{SUB}/list", limit=200).body["subAccounts"]
    named = family.signed(family.maker, "GET", f"{SUB}/list", email=THIRD).body["subAccounts"]
    frozen = family.signed(family.maker, "GET", f"{SUB}/list", isFreeze="true", limit=200).body["subAccounts"]

    assert [row["email"] for row in first + second] == [row["email"] for row in both] == [TAKER, THIRD]
    assert [row["email"] for row in named] == [THIRD]
    assert frozen == []
    assert set(first[0]) == {
        "subUserId", "email", "remark", "isFreeze", "createTime", "isManagedSubAccount", "isAssetManagementSubAccount",
    }  # fmt: skip


def test_a_sub_account_is_opened_over_the_api_and_has_its_parents_rules(bench: Bench) -> None:
    opened = bench.signed(bench.maker, "POST", f"{SUB}/virtualSubAccount", subAccountString="bot")
    again = bench.signed(bench.maker, "POST", f"{SUB}/virtualSubAccount", subAccountString="bot")
    status = bench.signed(bench.maker, "GET", f"{SUB}/status").body

    assert opened.body == {"email": "bot_virtual@simexchange.invalid"}
    assert again.code == -1130
    assert [(row["email"], row["isFutureEnabled"]) for row in status] == [(opened.body["email"], True)]
    assert bench.views.accounts.by_name["bot_virtual"].rules == bench.views.accounts.by_name["maker"].rules


def test_money_moves_down_and_up_and_both_sides_find_it_again(family: Bench) -> None:
    """100 from the parent's spot to the child's, 40 of them on to its futures, and 10 back up."""
    down = universal(family, family.maker, toEmail=TAKER, clientTranId="mine").body
    own = universal(
        family, family.maker, fromEmail=TAKER, toEmail=TAKER, toAccountType="USDT_FUTURE", amount="40"
    ).body  # fmt: skip
    up = universal(family, family.maker, fromEmail=TAKER, fromAccountType="USDT_FUTURE", amount="10").body

    sent = family.signed(family.maker, "GET", f"{SUB}/universalTransfer").body
    coming = family.signed(family.maker, "GET", f"{SUB}/universalTransfer", toEmail=MAKER).body
    named = family.signed(family.maker, "GET", f"{SUB}/universalTransfer", clientTranId="mine").body
    spot = family.signed(family.maker, "GET", f"{SUB}/sub/transfer/history").body
    child = family.signed(family.taker, "GET", f"{SUB}/transfer/subUserHistory", type=1).body
    gone = family.signed(family.taker, "GET", f"{SUB}/transfer/subUserHistory").body

    assert family.maker.has("USDT") == (1_000_000 - 100 + 10, 0)
    assert family.taker.has("USDT") == (1_000_000 + 100 - 40, 0)
    assert family.taker.cash == 1_000_000 + 40 - 10
    assert down == {"tranId": sent["result"][0]["tranId"], "clientTranId": "mine"}
    assert (
        sent
        == named
        == {
            "result": [
                {
                    "tranId": down["tranId"],
                    "fromEmail": MAKER,
                    "toEmail": TAKER,
                    "asset": "USDT",
                    "amount": "100",
                    "createTimeStamp": family.now_ms(),
                    "fromAccountType": "SPOT",
                    "toAccountType": "SPOT",
                    "status": "SUCCESS",
                    "clientTranId": "mine",
                }
            ],
            "totalCount": 1,
        }
    )
    assert [row["tranId"] for row in coming["result"]] == [up["tranId"]]
    assert own["tranId"] not in {row["tranId"] for row in (*coming["result"], *sent["result"])}
    assert [(row["from"], row["to"], row["qty"]) for row in spot] == [(MAKER, TAKER, "100")]
    assert [(row["counterParty"], row["email"], row["type"], row["qty"]) for row in child] == [
        ("master", MAKER, 1, "100")
    ]
    assert [(row["type"], row["qty"], row["fromAccountType"]) for row in gone] == [(2, "10", "USDT_FUTURE")]


def test_histories_come_in_pages_the_newest_first(family: Bench) -> None:
    numbers = [universal(family, family.maker, toEmail=TAKER, amount=n).body["tranId"] for n in (1, 2, 3)]

    first = family.signed(family.maker, "GET", f"{SUB}/universalTransfer", limit=2).body
    second = family.signed(family.maker, "GET", f"{SUB}/universalTransfer", limit=2, page=2).body
    spot = family.signed(family.maker, "GET", f"{SUB}/sub/transfer/history", limit=1, page=2).body
    child = family.signed(family.taker, "GET", f"{SUB}/transfer/subUserHistory", type=1, limit=2).body

    assert [row["tranId"] for row in first["result"]] == numbers[:0:-1]
    assert [row["tranId"] for row in second["result"]] == numbers[:1]
    assert first["totalCount"] == second["totalCount"] == 3
    assert [row["tranId"] for row in spot] == [numbers[1]]
    assert [row["tranId"] for row in child] == numbers[:0:-1]


def test_histories_keep_to_their_span(family: Bench) -> None:
    """Without a start the last seven days; never more than seven."""
    universal(family, family.maker, toEmail=TAKER)
    then = family.now_ms()
    family.passes(8 * DAY)

    path = f"{SUB}/universalTransfer"
    late = family.signed(family.maker, "GET", path).body
    there = family.signed(family.maker, "GET", path, startTime=then, endTime=then + 1).body
    too_long = family.signed(family.maker, "GET", path, startTime=then - 1)
    backwards = family.signed(family.maker, "GET", path, startTime=then, endTime=then - 1)

    assert (late["totalCount"], there["totalCount"]) == (0, 1)
    assert (too_long.code, backwards.code) == (-1130, -1130)


def test_a_child_sends_up_and_to_its_sister(family: Bench) -> None:
    family.run(JoinFamily(family.third.no, family.maker.no))

    up = family.signed(family.taker, "POST", f"{SUB}/transfer/subToMaster", asset="usdt", amount=5)
    over = family.signed(family.taker, "POST", f"{SUB}/transfer/subToSub", toEmail=THIRD, asset="USDT", amount=7)
    history = family.signed(family.taker, "GET", f"{SUB}/transfer/subUserHistory", asset="USDT").body
    to_itself = family.signed(family.taker, "POST", f"{SUB}/transfer/subToSub", toEmail=TAKER, asset="USDT", amount=7)

    assert up.body == {"txnId": str(family.seq - 1)}
    assert over.body == {"txnId": str(family.seq)}
    assert [(row["counterParty"], row["qty"]) for row in history] == [("subAccount", "7"), ("master", "5")]
    assert to_itself.body == NO_RELATION
    assert family.third.has("USDT") == (1_000_007, 0)


@pytest.mark.parametrize(
    ("number", "spot", "futures"),
    [(1, 999_975, 1_000_025), (2, 1_000_025, 999_975), (3, 999_975, 1_000_000)],
)
def test_a_parent_moves_money_inside_a_sub_account(family: Bench, number: int, spot: int, futures: int) -> None:
    """25 from spot to USDⓈ-M (1), back (2), or to COIN-M (3)."""
    moved = family.signed(
        family.maker, "POST", f"{SUB}/futures/transfer", email=TAKER, asset="USDT", amount=25, type=number
    )

    assert moved.body == {"txnId": str(family.seq)}
    assert (family.taker.has("USDT"), family.taker.cash) == ((spot, 0), futures)


REFUSED = [
    ("maker", {"toEmail": THIRD}, NO_RELATION),
    ("maker", {"toEmail": "nobody@simexchange.invalid"}, NO_RELATION),
    ("maker", {"toEmail": "taker"}, NO_RELATION),
    ("taker", {"toEmail": TAKER}, UNSUPPORTED),
    ("third", {"toEmail": TAKER}, NO_RELATION),
    ("maker", {"toEmail": TAKER, "amount": "1000001"}, {"code": -5013,
                                                        "msg": "Asset transfer failed: insufficient balance"}),
    ("maker", {"toEmail": TAKER, "asset": "NOPE"}, {"code": -5013,
                                                    "msg": "Asset transfer failed: insufficient balance"}),
    ("maker", {"toEmail": TAKER, "toAccountType": "MARGIN"}, {"code": -3003, "msg": "Margin account does not exist."}),
    ("maker", {"toEmail": TAKER, "toAccountType": "ISOLATED_MARGIN", "symbol": "BTCUSDT"},
     {"code": -3003, "msg": "Margin account does not exist."}),
]  # fmt: skip


@pytest.mark.parametrize(("who", "said", "error"), REFUSED)
def test_what_is_not_the_familys_stays_where_it_is(
    family: Bench, who: str, said: dict[str, Any], error: dict[str, Any]
) -> None:
    answer = universal(family, getattr(family, who), **said)

    assert (answer.status, answer.body) == (400, error)
    assert [person.has("USDT") for person in family.people] == [(1_000_000, 0)] * len(family.people)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, -1102),
        ({"toEmail": TAKER, "toAccountType": "POCKET"}, -1130),
        ({"toEmail": TAKER, "toAccountType": "ISOLATED_MARGIN"}, -1102),
        ({"toEmail": TAKER, "fromAccountType": "USDT_FUTURE", "toAccountType": "COIN_FUTURE"}, -1130),
        ({"toEmail": TAKER, "amount": "0"}, -1102),
        ({"toEmail": TAKER, "amount": "-1"}, -1100),
        ({"toEmail": TAKER, "amount": "1e3"}, -1100),
        ({"toEmail": TAKER, "asset": "$$$"}, -1100),
        ({"toEmail": TAKER, "clientTranId": "mine"}, -1130),
    ],
)
def test_a_transfer_that_says_nothing_possible_is_refused(family: Bench, said: dict[str, Any], code: int) -> None:
    """The last one names a transfer that was made already."""
    universal(family, family.maker, toEmail=TAKER, clientTranId="mine")
    seq = family.seq

    assert universal(family, family.maker, **said).code == code
    assert family.seq == seq


PARENTS_ONLY: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", f"{SUB}/list", {}),
    ("GET", f"{SUB}/status", {}),
    ("POST", f"{SUB}/virtualSubAccount", {"subAccountString": "x"}),
    ("GET", f"{SUB}/universalTransfer", {}),
    ("GET", f"{SUB}/sub/transfer/history", {}),
    ("POST", f"{SUB}/futures/transfer", {"email": TAKER, "asset": "USDT", "amount": 1, "type": 1}),
    ("GET", "/sapi/v3/sub-account/assets", {"email": TAKER}),
    ("GET", "/sapi/v4/sub-account/assets", {"email": TAKER}),
    ("GET", f"{SUB}/futures/account", {"email": TAKER}),
    ("GET", "/sapi/v2/sub-account/futures/account", {"email": TAKER, "futuresType": 1}),
    ("GET", f"{SUB}/futures/accountSummary", {}),
    ("GET", "/sapi/v2/sub-account/futures/accountSummary", {"futuresType": 2}),
    ("GET", f"{SUB}/futures/positionRisk", {"email": TAKER}),
    ("GET", "/sapi/v2/sub-account/futures/positionRisk", {"email": TAKER, "futuresType": 1}),
]
CHILDREN_ONLY: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", f"{SUB}/transfer/subToMaster", {"asset": "USDT", "amount": 1}),
    ("POST", f"{SUB}/transfer/subToSub", {"toEmail": TAKER, "asset": "USDT", "amount": 1}),
    ("GET", f"{SUB}/transfer/subUserHistory", {}),
]


@pytest.mark.parametrize(
    ("who", "call"),
    [*(("taker", call) for call in PARENTS_ONLY), *(("maker", call) for call in CHILDREN_ONLY)],
)
def test_a_call_for_the_other_generation_is_an_unsupported_operation(family: Bench, who: str, call: Any) -> None:
    method, path, sent = call

    assert family.signed(getattr(family, who), method, path, **sent).body == UNSUPPORTED


OF_ONE = [call for call in PARENTS_ONLY if call[2].get("email")]


@pytest.mark.parametrize("call", OF_ONE)
def test_nobody_looks_into_an_account_that_is_not_his_childs(family: Bench, call: Any) -> None:
    method, path, sent = call

    for email in (THIRD, MAKER, "x"):
        assert family.signed(family.maker, method, path, **{**sent, "email": email}).body == NO_RELATION


def test_a_parent_sees_what_a_child_has_in_spot(family: Bench) -> None:
    """As numbers in v3, as texts in v4."""
    family.taker.buys(1, at=50)

    numbers = family.signed(family.maker, "GET", "/sapi/v3/sub-account/assets", email=TAKER).body["balances"]
    texts = family.signed(family.maker, "GET", "/sapi/v4/sub-account/assets", email=TAKER).body["balances"]

    assert numbers[1] == {"freeze": 0, "withdrawing": 0, "asset": "USDT", "free": 999_950, "locked": 50}
    assert texts[1] == {"freeze": "0", "withdrawing": "0", "asset": "USDT", "free": "999950", "locked": "50"}


def test_money_moves_between_futures_wallets_of_a_family(family: Bench) -> None:
    """The venue's own call for it, and its history by either end; 30 down and 10 back of coins, 5 of USDⓈ-M."""
    family.run(Deposit(family.maker.no, "coinm", "BTC", Amount(30 * ONE)))
    family.run(Deposit(family.maker.no, "usdm", "USDT", Amount(5 * ONE)))
    path = f"{SUB}/futures/internalTransfer"
    ends = {"fromEmail": MAKER, "toEmail": TAKER}

    down = family.signed(family.maker, "POST", path, **ends, futuresType=2, asset="btc", amount=30).body
    up = family.signed(
        family.maker, "POST", path, fromEmail=TAKER, toEmail=MAKER, futuresType=2, asset="BTC", amount=10
    ).body
    family.signed(family.maker, "POST", path, **ends, futuresType=1, asset="USDT", amount=5)
    told = family.signed(family.maker, "GET", path, email=TAKER, futuresType=2).body
    older = family.signed(family.maker, "GET", path, email=MAKER, futuresType=2, page=2, limit=1).body
    linear = family.signed(family.maker, "GET", path, email=TAKER, futuresType=1).body

    assert (down["success"], up["success"]) == (True, True)
    assert told == {
        "success": True,
        "futuresType": 2,
        "transfers": [
            {
                "from": TAKER, "to": MAKER, "asset": "BTC", "qty": "10", "tranId": int(up["txnId"]),
                "time": family.now_ms(),
            },
            {
                "from": MAKER, "to": TAKER, "asset": "BTC", "qty": "30", "tranId": int(down["txnId"]),
                "time": family.now_ms(),
            },
        ],
    }  # fmt: skip
    assert older["transfers"] == told["transfers"][1:]
    assert [row["qty"] for row in linear["transfers"]] == ["5"]
    assert family.taker.cash == 1_000_000 + 5


def test_futures_money_stays_in_the_family_and_is_moved_by_its_head(family: Bench) -> None:
    path = f"{SUB}/futures/internalTransfer"
    sent = {"fromEmail": MAKER, "toEmail": TAKER, "futuresType": 1, "asset": "USDT", "amount": 5}

    assert family.signed(family.maker, "POST", path, **{**sent, "toEmail": THIRD}).body == NO_RELATION
    assert family.signed(family.taker, "POST", path, **sent).body == UNSUPPORTED
    assert family.signed(family.maker, "POST", path, **{**sent, "futuresType": 3}).code == -1130
    assert family.signed(family.taker, "GET", path, email=TAKER, futuresType=1).body == UNSUPPORTED
    assert family.signed(family.maker, "GET", path, email=THIRD, futuresType=1).body == NO_RELATION
