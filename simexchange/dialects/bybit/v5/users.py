"""The key that asks, and the accounts of a family: ``/v5/user``.

Pages of docs/v5/user (snapshot 2026-07-24, seen 2026-11). A sub-account can be opened; its keys are made, changed and
deleted where the exchange is run from, never over a venue's API, and nobody is frozen or deleted: what happened stays.
"""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.commands import Command, OpenAccount
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.families import JoinFamily
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.params import Param, anything, integer, one_of, text
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.account import UNIFIED_PRO
from simexchange.dialects.bybit.v5.errors import CONTRACTS
from simexchange.dialects.bybit.v5.members import NOT_OURS, UID, children_of, head_of, row_of
from simexchange.dialects.contract import RSA, ApiError, Call, Key, Permission, Reply

if TYPE_CHECKING:
    from simexchange.projections.accounts import AccountRow

Work = Generator[Command, Step, Reply]

RIGHTS: Final[Mapping[str, tuple[tuple[Permission, str], ...]]] = {
    "ContractTrade": ((Permission.FUTURES, "Order"), (Permission.FUTURES, "Position")),
    "Spot": ((Permission.SPOT_TRADING, "SpotTrade"),),
    "Wallet": (
        (Permission.UNIVERSAL_TRANSFER, "AccountTransfer"),
        (Permission.INTERNAL_TRANSFER, "SubMemberTransfer"),
        (Permission.WITHDRAWALS, "Withdraw"),
    ),
    "Derivatives": ((Permission.FUTURES, "DerivativesTrade"),),
}
NO_RIGHTS: Final = (
    "Options", "CopyTrading", "BlockTrade", "Exchange", "NFT", "Affiliate", "Earn", "FiatP2P", "FiatBitPay",
    "FiatConvertBroker", "BitCard", "ByXPost",
)  # fmt: skip
WRITING: Final = frozenset(Permission) - {Permission.READING}
NAME_TAKEN: Final = errors.invalid("username invalid: it is taken")
USERNAME: Final = Param(
    "username", text(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9]{6,16}", errors.invalid("username invalid")), required=True
)
CREATE: Final = (
    USERNAME, Param("password", anything), Param("memberType", one_of(("1", "6")), required=True),
    Param("switch", one_of(("0", "1"))), Param("isUta", anything), Param("note", anything),
)  # fmt: skip
PAGED: Final = (Param("pageSize", integer(1, 100)), Param("nextCursor", integer(0)))
MEMBERS: Final = (Param("memberIds", text(r"[0-9]{1,18}(,[0-9]{1,18}){0,199}")),)
KEYS_AT_ONCE: Final = 20
SUB_KEYS: Final = (
    Param("subMemberId", UID, required=True), Param("limit", integer(1, KEYS_AT_ONCE)), Param("cursor", integer(0)),
)  # fmt: skip
FREEZE: Final = (Param("subuid", UID, required=True), Param("frozen", one_of(("0", "1")), required=True))
NORMAL: Final = 1
LASTING: Final = 1
"""Of a key: it does not run out."""
HIDDEN: Final = "******"
NO_EXPIRY: Final = "1970-01-01T00:00:00Z"
"""Keys do not run out; so the venue writes it of keys that are bound to an address."""


def key_info(call: Call) -> Reply:
    """``GET /v5/user/query-api``: the key that asks."""
    key, row = call.key, row_of(call)
    assert key is not None, "a signed call without a key"  # noqa: S101 - a bug, never input
    return responses.ok(
        call,
        {
            "id": _key_id(call, key),
            "note": key.label or row.name,
            "apiKey": key.api_key,
            "readOnly": 0 if key.permissions & WRITING else 1,
            "secret": "",
            **_terms(key, row),
            "unified": 0,
            "uta": 1,
            "userID": row.no,
            "inviterID": 0,
            "vipLevel": "No VIP",
            "mktMakerLevel": "0",
            "affiliateID": 0,
            "rsaPublicKey": key.secret if key.kind == RSA else "",
            "isMaster": not row.parent,
            "parentUid": str(row.parent),
            "kycLevel": "LEVEL_DEFAULT",
            "kycRegion": "",
        },
    )


def _key_id(call: Call, key: Key) -> str:
    """The account's own number of its first key, with the place behind it of further ones."""
    names = [each.api_key for each in call.keys_of(key.account)]
    place = names.index(key.api_key) if key.api_key in names else 0
    return f"{key.account}{place:04}" if place else str(key.account)


def _terms(key: Key, row: "AccountRow") -> dict[str, Any]:
    """What is told of a key alike, whoever asks."""
    return {
        "permissions": _rights(key, row),
        "ips": list(key.addresses) or ["*"],
        "type": 1,
        "deadlineDay": 0,
        "expiredAt": NO_EXPIRY,
        "createdAt": timestamps.date_text(Nanos(key.created_at or row.opened_at)),
    }


def _rights(key: Key, row: "AccountRow") -> dict[str, list[str]]:
    """What the key may do; a sub-account's word for moving money in the family is another one."""
    found = {
        group: [word for permission, word in rights if permission in key.permissions]
        for group, rights in RIGHTS.items()
    }
    if row.parent:
        found["Wallet"] = [word.replace("SubMemberTransfer", "SubMemberTransferList") for word in found["Wallet"]]
    return {**found, **{group: [] for group in NO_RIGHTS}}


# Sub-accounts


def _member(row: "AccountRow") -> dict[str, Any]:
    return {
        "uid": str(row.no),
        "username": row.name,
        "memberType": NORMAL,
        "status": NORMAL,
        "remark": "",
        "accountMode": UNIFIED_PRO,
    }


def sub_members(call: Call) -> Reply:
    """``GET /v5/user/query-sub-members``."""
    head = head_of(call)
    if isinstance(head, ApiError):
        return responses.refused(call, head)
    return responses.ok(call, {"subMembers": [_member(row) for row in children_of(call, head)]})


def paged_members(call: Call) -> Reply:
    """``GET /v5/user/submembers``: the same page by page; the cursor is where the next one begins, "0" at the end."""
    head = head_of(call)
    if isinstance(head, ApiError):
        return responses.refused(call, head)
    size, start = int(call.params.get("pageSize") or 100), int(call.params.get("nextCursor") or 0)
    rows = children_of(call, head)
    after = start + size
    return responses.ok(
        call,
        {
            "subMembers": [_member(row) for row in rows[start:after]],
            "nextCursor": str(after) if after < len(rows) else "0",
        },
    )


def no_custodials(call: Call) -> Reply:
    """``GET /v5/user/escrow_sub_members``: there are none."""
    head = head_of(call)
    return (
        responses.refused(call, head)
        if isinstance(head, ApiError)
        else responses.ok(call, {"subMembers": [], "nextCursor": "0"})
    )


def create_member(call: Call) -> Work:
    """``POST /v5/user/create-sub-member``: a new account under the one that asks, with its rules and without money."""
    head = head_of(call)
    if isinstance(head, ApiError):
        return responses.refused(call, head)
    name = call.params["username"]
    if name in call.state.account_no or name.startswith("house"):
        return responses.refused(call, NAME_TAKEN)
    step = yield OpenAccount(name, head.rules)
    error = _refusal(step)
    if error is None:
        step = yield JoinFamily(AccountNo(call.state.account_no[name]), head.no)
        error = _refusal(step)
    if error is not None:
        return responses.refused(call, error)
    return responses.ok(
        call,
        {
            "uid": str(call.state.account_no[name]),
            "username": name,
            "memberType": int(call.params["memberType"]),
            "status": NORMAL,
            "remark": call.params.get("note", ""),
        },
    )


def _refusal(step: Step) -> ApiError | None:
    for event in step.events:
        if isinstance(event, CommandRefused):
            return CONTRACTS[event.reason]
    return None


def member_types(call: Call) -> Reply:
    """``GET /v5/user/get-member-type``: which wallets there are, of who asks and of sub-accounts of his."""
    me = row_of(call)
    rows = [me]
    if not me.parent and call.params.get("memberIds"):
        own = {str(row.no): row for row in children_of(call, me)}
        asked = [uid for uid in call.params["memberIds"].split(",") if uid != str(me.no)]
        if not own.keys() >= set(asked):
            return responses.refused(call, NOT_OURS)
        rows += [own[uid] for uid in asked]
    accounts = [{"uid": str(row.no), "accountType": ["UNIFIED", "FUND"]} for row in rows]
    return responses.ok(call, {"accounts": accounts})


def sub_keys(call: Call) -> Reply:
    """``GET /v5/user/sub-apikeys``: the keys of a sub-account, page by page, without their secrets."""
    head = head_of(call)
    if isinstance(head, ApiError):
        return responses.refused(call, head)
    row = next((each for each in children_of(call, head) if str(each.no) == call.params["subMemberId"]), None)
    if row is None:
        return responses.refused(call, NOT_OURS)
    keys, start = call.keys_of(row.no), int(call.params.get("cursor") or 0)
    after = start + int(call.params.get("limit") or KEYS_AT_ONCE)
    shown = [
        {
            "id": _key_id(call, key),
            "apiKey": key.api_key,
            "note": key.label or row.name,
            "status": LASTING,
            "secret": HIDDEN,
            "readOnly": not key.permissions & WRITING,
            "flag": key.kind,
            **_terms(key, row),
        }
        for key in keys[start:after]
    ]
    return responses.ok(call, {"result": shown, "nextPageCursor": str(after) if after < len(keys) else ""})


def not_served(call: Call) -> Reply:
    """Keys made, changed or deleted, accounts frozen or deleted: not over a venue's API."""
    return responses.refused(call, errors.PERMISSION_DENIED)
