"""A master and his sub-accounts, by pybit; and what the venue keeps of money that came from outside."""

import uuid
from typing import Any

from story import LINEAR, Json, refused

from clients.exchange import Exchange
from clients.private_keys import private_key
from clients.proof import money, same, shown

ELSEWHERE = 10005
"""Keys are made where the exchange is run from: a key is told that it may not."""
NOT_HIS = 131202


def result(answer: Json) -> Any:
    same("retCode", answer["retCode"], 0)
    return answer["result"]


def family(client: Any, exchange: Exchange, master: str, session: Any) -> None:
    """*session* makes a client of two keys."""
    opened = result(client.create_sub_uid(username="first001", memberType=1))
    # The other one is opened at the control API, with a key of its own.
    key, secret = exchange.opened("second001", parent=master, rules="bybit")
    second = session(key, secret)
    uids = [row["uid"] for row in result(client.get_sub_uid_list())["subMembers"]]
    same("those listed", (len(uids), opened["uid"] in uids), (2, True))
    same("the same by pages", [r["uid"] for r in result(client.get_sub_uid_list_unlimited())["subMembers"]], uids)
    same("who may be sent to", set(result(client.get_sub_uid())["subMemberIds"]), set(uids))
    types = result(client.get_uid_wallet_type(memberIds=",".join(uids)))["accounts"]
    same("their wallets", [row["accountType"] for row in types][1:], [["UNIFIED", "FUND"]] * 2)
    same("custodial accounts", result(client.get_escrow_sub_members())["subMembers"], [])
    (other,) = (uid for uid in uids if uid != opened["uid"])
    (shown_key,) = result(client.get_all_sub_api_keys(subMemberId=other))["result"]
    same("its key, and not its secret", (shown_key["apiKey"], secret in str(shown_key)), (key, False))
    same("keys of one that has none", result(client.get_all_sub_api_keys(subMemberId=opened["uid"]))["result"], [])
    same("all of them may send", client.enable_universal_transfer_for_sub_uid(subMemberIds=uids)["retCode"], 0)
    same("its deposits", result(client.get_sub_deposit_records(subMemberId=other))["rows"], [])
    refused("a sub-account that asks what its master may", second.get_sub_uid_list, ELSEWHERE)
    sent(client, second, other)
    keys(client, other)
    shown("a master opens and lists two sub-accounts; money goes down and up; keys are shown, and made elsewhere")


def sent(client: Any, second: Any, uid: str) -> None:
    """1000 down, 400 of it up again."""
    me = result(client.get_api_key_information())["userID"]
    ids = [str(uuid.uuid4()) for _ in range(2)]
    terms = {"coin": "USDT", "fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    for transfer, amount, source, target in ((ids[0], "1000", me, uid), (ids[1], "400", uid, me)):
        wallets = terms if target == uid else {**terms, "fromAccountType": "FUND", "toAccountType": "UNIFIED"}
        given = {"fromMemberId": int(source), "toMemberId": int(target)}
        made = result(client.create_universal_transfer(transferId=transfer, amount=amount, **given, **wallets))
        same("the transfer", made["transferId"], transfer)
    rows = result(client.get_universal_transfer_records())["list"]
    same("both in the list", [(row["transferId"], row["amount"]) for row in rows], [(ids[1], "400"), (ids[0], "1000")])
    (held,) = result(second.get_coins_balance(accountType="FUND", coin="USDT"))["balance"]
    same("what is left there", money(held["walletBalance"]), 600)


def keys(client: Any, uid: str) -> None:
    """Not here."""
    for call, given in (
        (client.create_sub_api_key, {"subuid": int(uid), "readOnly": 1, "permissions": {}}),
        (client.modify_sub_api_key, {"apikey": "none"}),
        (client.delete_sub_api_key, {"apikey": "none"}),
        (client.modify_master_api_key, {"readOnly": 1}),
        (client.delete_master_api_key, {}),
        (client.delete_sub_uid, {"subMemberId": uid}),
    ):
        refused(call.__name__, lambda call=call, given=given: call(**given), ELSEWHERE)


def from_outside(client: Any, exchange: Exchange, name: str) -> None:
    """What an operator gave is a deposit; there is no chain, so there are no addresses."""
    exchange.control("deposit", {"account": name, "wallet": "unified", "asset": "USDT", "amount": "777"})
    rows = result(client.get_deposit_records(coin="USDT"))["rows"]
    same("the deposit", money(rows[0]["amount"]), 777)
    same("what went out", result(client.get_withdrawal_records())["rows"], [])
    for call in (client.get_internal_deposit_records, client.get_withdrawal_address_list):
        same(call.__name__, result(call())["rows"], [])
    same("addresses", result(client.get_master_deposit_address(coin="BTC"))["chains"], [])
    refused("a stranger's", lambda: client.get_sub_deposit_records(subMemberId="999999"), NOT_HIS)
    refused("a stranger's", lambda: client.get_sub_deposit_address(coin="BTC", chainType="BTC", subMemberId=1), NOT_HIS)
    amounts = result(client.get_withdrawable_amount(coin="USDT"))["withdrawableAmount"]
    same("a figure for each wallet", set(amounts) >= {"FUND"}, True)
    shown("money of an operator is in the history of deposits; nothing goes out, and there are no addresses")


def by_private_key(exchange: Exchange, name: str, session: Any) -> None:
    """Requests signed with an RSA key."""
    client = session(*private_key(exchange, name, "rsa"), rsa_authentication=True)
    of = {"category": LINEAR.category, "symbol": LINEAR.symbol}
    made = client.place_order(**of, side="Buy", orderType="Limit", qty=LINEAR.qty, price="58000")["result"]
    same("canceled", client.cancel_order(**of, orderId=made["orderId"])["retCode"], 0)
    shown("orders are signed with an RSA key")
