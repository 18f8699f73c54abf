"""The key that asks, and the accounts of a family, at the wire."""

from __future__ import annotations

import pytest
from msgspec import structs

from simexchange.core.vocabulary.families import JoinFamily
from simexchange.core.vocabulary.units import SECOND
from simexchange.dialects.contract import EVERYTHING, Key, Permission
from tests.core.world import Person
from tests.dialects.bybit.v5.desk import SECRET, Desk

KEY = "/v5/user/query-api"
CREATE = "/v5/user/create-sub-member"


def child(desk: Desk, who: str) -> Person:
    person = desk.joined(who, money={"unified": {"USDT": 100}})
    desk.run(JoinFamily(person.no, desk.bob.no))
    return person


def test_a_key_says_what_it_may_do(desk: Desk) -> None:
    told = desk.asks(KEY)

    assert (told["apiKey"], told["userID"], told["uta"], told["unified"]) == ("bob", desk.bob.no, 1, 0)
    assert (told["isMaster"], told["parentUid"], told["secret"], told["readOnly"]) == (True, "0", "", 0)
    assert told["permissions"]["ContractTrade"] == ["Order", "Position"]
    assert told["permissions"]["Wallet"] == ["AccountTransfer", "SubMemberTransfer"]
    assert told["ips"] == ["*"]
    assert told["createdAt"] == "2026-03-02T12:00:00Z"


def test_a_key_that_only_reads_says_so_and_moves_nothing(desk: Desk) -> None:
    desk.keys["bob"] = structs.replace(
        desk.keys["bob"], permissions=frozenset({Permission.READING}), addresses=("10.0.0.1",), label="eyes",
        created_at=1_700_000_000 * SECOND,
    )  # fmt: skip

    told = desk.asks(KEY)

    assert (told["readOnly"], told["ips"], told["note"]) == (1, ["10.0.0.1"], "eyes")
    assert told["createdAt"] == "2023-11-14T22:13:20Z"
    assert not any(told["permissions"].values())
    body = {"category": "linear", "symbol": "BTCUSDT", "buyLeverage": "5", "sellLeverage": "5"}
    assert desk.post("/v5/position/set-leverage", body).code == 10005
    assert desk.post(CREATE, username="sub001", memberType=1).code == 10005


def test_a_key_that_may_withdraw_still_cannot(desk: Desk) -> None:
    desk.keys["bob"] = structs.replace(desk.keys["bob"], permissions=EVERYTHING)
    body = {"coin": "USDT", "address": "0x", "amount": "1", "accountType": "FUND"}

    assert "Withdraw" in desk.asks(KEY)["permissions"]["Wallet"]
    assert desk.post("/v5/asset/withdraw/create", body).code == 131097
    assert desk.post("/v5/asset/withdraw/create", body, coin="NOPE").code == 10001


def test_a_key_pair_shows_its_public_half(desk: Desk) -> None:
    desk.takes_rsa(desk.bob)

    assert desk.asks(KEY)["rsaPublicKey"].startswith("-----BEGIN PUBLIC KEY-----")


def test_a_sub_account_knows_its_master(desk: Desk) -> None:
    kid = child(desk, "kid")

    told = desk.asks(KEY, kid)

    assert (told["isMaster"], told["parentUid"]) == (False, str(desk.bob.no))
    assert told["permissions"]["Wallet"] == ["AccountTransfer", "SubMemberTransferList"]


def test_a_sub_account_is_opened_under_its_master_and_trades_by_its_rules(desk: Desk) -> None:
    told = desk.does(CREATE, username="sub001", memberType=1, note="a note")

    assert (told["username"], told["memberType"], told["status"], told["remark"]) == ("sub001", 1, 1, "a note")
    account = desk.state.accounts[desk.state.account_no["sub001"]]
    assert (str(account.no), account.parent, account.rules) == (told["uid"], desk.bob.no, "bybit")
    (row,) = desk.asks("/v5/user/query-sub-members")["subMembers"]
    assert (row["uid"], row["username"], row["accountMode"]) == (told["uid"], "sub001", 6)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "sub001"},
        {"username": "sub001", "memberType": 2},
        {"username": "sub1", "memberType": 1},
        {"username": "onlyletters", "memberType": 1},
        {"username": "123456", "memberType": 1},
        {"username": "sub 001", "memberType": 1},
        {"username": ["sub001"], "memberType": 1},
        {"username": "house1", "memberType": 1},
        {"username": "taken1", "memberType": 1},
    ],
)
def test_what_is_no_name_of_a_sub_account(desk: Desk, body: dict[str, object]) -> None:
    desk.joined("taken1")
    before = len(desk.state.accounts)

    assert desk.post(CREATE, body).code == 10001
    assert len(desk.state.accounts) == before


def test_a_sub_account_asks_for_none_of_what_is_its_masters(desk: Desk) -> None:
    kid = child(desk, "kid")

    for path in ("query-sub-members", "submembers", "escrow_sub_members"):
        assert desk.get(f"/v5/user/{path}", kid).code == 10005
    assert desk.post(CREATE, {"username": "sub001", "memberType": 1}, kid).code == 10005
    assert desk.asks("/v5/user/get-member-type", kid, memberIds="1,2")["accounts"][0]["uid"] == str(kid.no)


def test_sub_accounts_come_in_pages(desk: Desk) -> None:
    kids = [str(child(desk, f"kid{n}").no) for n in range(3)]

    first = desk.asks("/v5/user/submembers", pageSize=2)
    rest = desk.asks("/v5/user/submembers", pageSize=2, nextCursor=first["nextCursor"])

    assert [row["uid"] for row in (*first["subMembers"], *rest["subMembers"])] == kids
    assert rest["nextCursor"] == "0"
    assert desk.asks("/v5/user/escrow_sub_members") == {"subMembers": [], "nextCursor": "0"}
    types = desk.asks("/v5/user/get-member-type", memberIds=",".join(kids))["accounts"]
    assert [row["uid"] for row in types] == [str(desk.bob.no), *kids]
    assert types[0]["accountType"] == ["UNIFIED", "FUND"]
    assert desk.get("/v5/user/get-member-type", memberIds="999").code == 500010
    assert desk.get("/v5/user/sub-apikeys", subMemberId="999").code == 500010


def test_a_master_sees_the_keys_of_a_sub_account_and_never_their_secrets(desk: Desk) -> None:
    kid = child(desk, "kid")
    reading = frozenset({Permission.READING})
    desk.keys["second"] = Key("second", SECRET, kid.no, "rsa", reading, ("10.0.0.1",), 0, "watcher")
    uid = str(kid.no)

    first = desk.asks("/v5/user/sub-apikeys", subMemberId=uid, limit=1)
    rest = desk.asks("/v5/user/sub-apikeys", subMemberId=uid, cursor=first["nextPageCursor"])

    (plain,), (narrow,) = first["result"], rest["result"]
    assert rest["nextPageCursor"] == ""
    assert (plain["apiKey"], plain["note"], plain["readOnly"], plain["flag"]) == ("kid", "kid", False, "hmac")
    assert plain["permissions"]["Wallet"] == ["AccountTransfer", "SubMemberTransferList"]
    assert (narrow["apiKey"], narrow["note"], narrow["readOnly"], narrow["flag"]) == ("second", "watcher", True, "rsa")
    assert (plain["ips"], narrow["ips"], plain["secret"], narrow["secret"]) == (["*"], ["10.0.0.1"], *["******"] * 2)
    assert plain["id"] == desk.asks("/v5/user/query-api", kid)["id"] == uid
    assert narrow["id"] not in {uid, ""}
    assert desk.asks("/v5/user/sub-apikeys", subMemberId=uid, cursor=9) == {"result": [], "nextPageCursor": ""}
    assert desk.get("/v5/user/sub-apikeys", subMemberId=uid, cursor="x").code == 10001
    assert desk.get("/v5/user/sub-apikeys", kid, subMemberId=uid).code == 10005


@pytest.mark.parametrize(
    "path", ["create-sub-api", "update-api", "update-sub-api", "delete-api", "delete-sub-api", "del-submember"]
)
def test_keys_are_no_business_of_the_api(desk: Desk, path: str) -> None:
    assert desk.post(f"/v5/user/{path}").code == 10005


def test_nobody_is_frozen(desk: Desk) -> None:
    kid = child(desk, "kid")

    assert desk.post("/v5/user/frozen-sub-member", subuid=kid.no, frozen=1).code == 10005
    assert desk.post("/v5/user/frozen-sub-member", subuid=kid.no).code == 10001
