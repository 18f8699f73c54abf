"""Money between an account's own wallets, and between the accounts of a family. ``/v5/asset/transfer``

Pages of docs/v5/asset/transfer (snapshot 2026-07-24, seen 2026-11). The client calls each transfer by a UUID, and none
twice (131214). One of an account's own wallets and one of a family are told apart by their calls, in the lists too.
"""

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.families import TransferInFamily
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import SECOND, Amount, Nanos
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.ids import uuid_of
from simexchange.dialects.bybit.common.numbers import (
    NotANumber,
    Overflowed,
    TooPrecise,
    parse_decimal,
    print_plain,
)
from simexchange.dialects.bybit.common.params import Param, anything, one_of, text
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.balances import KIND, WALLETS, WORDS
from simexchange.dialects.bybit.v5.choosing import account_of, me_of
from simexchange.dialects.bybit.v5.coinnames import BAD_COIN, COIN, every_coin
from simexchange.dialects.bybit.v5.errors import CONTRACTS
from simexchange.dialects.bybit.v5.members import BAD_MEMBER, UID, family_of, head_of, row_of
from simexchange.dialects.bybit.v5.paging import LIMIT, page_of, span_of
from simexchange.dialects.bybit.v5.requests import CURSOR, STAMP
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.projections.accounts import AccountRow
    from simexchange.projections.transfers import TransferRow

Work = Generator[Command, Step, Reply]

SAME_TYPE: Final = ApiError(200, 131211, "fromAccountType can't be the same as toAccountType")
EXISTS: Final = ApiError(200, 131214, "TransferId exist")
BAD_AMOUNT: Final = ApiError(200, 131215, "Amount error")
TOO_FINE: Final = ApiError(200, 131210, "Amount accuracy error")
SAME_MEMBER: Final = ApiError(200, 131206, "cannot be transfer")
BAD_ID: Final = errors.invalid("transferId must be a UUID")
WEEK: Final = 7
EVERY_ROW: Final = 1_000_000

UUID: Final = text(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", BAD_ID)
ENDS: Final = (Param("fromAccountType", KIND, required=True), Param("toAccountType", KIND, required=True))
MONEY: Final = (
    Param("transferId", UUID, required=True), COIN.needed(),
    Param("amount", text(r"[0-9]{1,20}(\.[0-9]{1,20})?", BAD_AMOUNT), required=True),
)  # fmt: skip
BETWEEN: Final = (*MONEY, *ENDS)
UNIVERSAL: Final = (
    *MONEY, Param("fromMemberId", UID, required=True), Param("toMemberId", UID, required=True), *ENDS,
)  # fmt: skip
LIST: Final = (
    Param("transferId", anything), COIN, Param("status", one_of(("SUCCESS", "PENDING", "FAILED"))),
    Param("startTime", STAMP), Param("endTime", STAMP), LIMIT, CURSOR,
)  # fmt: skip


def between(call: Call) -> Work:
    """``POST /v5/asset/transfer/inter-transfer``: between the two wallets of one account."""
    if call.params["fromAccountType"] == call.params["toAccountType"]:
        return responses.refused(call, SAME_TYPE)
    me = row_of(call)
    return (yield from _move(call, me, me))


def universal(call: Call) -> Work:
    """``POST /v5/asset/transfer/universal-transfer``: of a family's accounts; by a sub-account to its master."""
    me, members = row_of(call), {str(row.no): row for row in family_of(call)}
    source, target = members.get(call.params["fromMemberId"]), members.get(call.params["toMemberId"])
    if source is None or target is None:
        return responses.refused(call, BAD_MEMBER)
    if source is target:
        return responses.refused(call, SAME_MEMBER)
    if me.parent and (source is not me or target.no != me.parent):
        return responses.refused(call, errors.PERMISSION_DENIED)
    return (yield from _move(call, source, target))


def _move(call: Call, source: "AccountRow", target: "AccountRow") -> Work:
    amount = _amount(call)
    if isinstance(amount, ApiError):
        return responses.refused(call, amount)
    me, named, coin = account_of(call), call.params["transferId"].lower(), call.params["coin"]
    if call.views.transfers.named(me, named):
        return responses.refused(call, EXISTS)
    if coin not in every_coin(call, me_of(call)):
        return responses.refused(call, BAD_COIN)
    wallets = [WALLETS[call.params[name]] for name in ("fromAccountType", "toAccountType")]
    step = yield TransferInFamily(source.no, wallets[0], target.no, wallets[1], coin, amount, me, named)
    for event in step.events:
        if isinstance(event, CommandRefused):
            return responses.refused(call, _WORDS.get(event.reason, CONTRACTS[event.reason]))
    return responses.ok(call, {"transferId": call.params["transferId"], "status": "SUCCESS"})


_WORDS: Final[Mapping[RejectReason, ApiError]] = {
    RejectReason.AMOUNT_NOT_POSITIVE: BAD_AMOUNT,
    RejectReason.ACCOUNT_NOT_RELATED: BAD_MEMBER,
    RejectReason.WALLET_UNKNOWN: SAME_TYPE,
}


def _amount(call: Call) -> Amount | ApiError:
    try:
        value = parse_decimal(call.params["amount"])
    except TooPrecise:
        return TOO_FINE
    except (NotANumber, Overflowed):
        return BAD_AMOUNT
    return Amount(value) if value else BAD_AMOUNT


# What was moved


def own_list(call: Call) -> Reply:
    """``GET /v5/asset/transfer/query-inter-transfer-list``."""
    return _list(call, lambda row: row.account == row.to_account, _own_row)


def universal_list(call: Call) -> Reply:
    """``GET /v5/asset/transfer/query-universal-transfer-list``: a master is told those among its sub-accounts, too."""
    return _list(call, lambda row: row.account != row.to_account, _universal_row)


def _list(call: Call, fits: "Callable[[TransferRow], bool]", shown: "Callable[[TransferRow], responses.Json]") -> Reply:
    within = span_of(call, WEEK)
    if isinstance(within, ApiError):
        return responses.refused(call, within)
    # The venue looks at whole seconds.
    start, end = Nanos(within.start - within.start % SECOND), Nanos(within.end - within.end % SECOND + SECOND - 1)
    rows = [row for row in _told(call, start, end) if fits(row) and _asked(call, row)]
    page = page_of(call, [_Told(row.seq, row) for row in rows], 20, 50)
    if isinstance(page, ApiError):
        return responses.refused(call, page)
    return responses.ok(call, {"list": [shown(each.row) for each in page.rows], "nextPageCursor": page.cursor})


class _Told:
    """A transfer by its record: in a family those of several accounts stand in one list."""

    __slots__ = ("id", "row")

    def __init__(self, number: int, row: "TransferRow") -> None:
        self.id, self.row = number, row


def _told(call: Call, start: Nanos, end: Nanos) -> "list[TransferRow]":
    """The transfers that touch who asks, or a sub-account of his, by record."""
    head = head_of(call)
    members = [row_of(call)] if isinstance(head, ApiError) else family_of(call)
    own = row_of(call).no
    found = {
        row.seq: row
        for member in members
        for row in call.views.transfers.of(member.no, start=start, end=end, limit=EVERY_ROW)
        if row.account != row.to_account or row.account == own
    }
    return [found[seq] for seq in sorted(found)]


def _asked(call: Call, row: "TransferRow") -> bool:
    sent = call.params.get
    return (
        sent("status") in (None, "", "SUCCESS")
        and sent("coin") in (None, "", row.asset)
        and (sent("transferId") or "").lower() in ("", _name(row))
        and row.wallet in WORDS
        and row.to_wallet in WORDS
    )


def _name(row: "TransferRow") -> str:
    """What the client called it; of one that an operator made a name of ours."""
    return row.client_id or uuid_of(row.seq, "6a")


def _own_row(row: "TransferRow") -> responses.Json:
    return {
        "transferId": _name(row),
        "coin": row.asset,
        "amount": print_plain(row.amount),
        "fromAccountType": WORDS[row.wallet],
        "toAccountType": WORDS[row.to_wallet],
        "timestamp": timestamps.text(row.at),
        "status": "SUCCESS",
    }


def _universal_row(row: "TransferRow") -> responses.Json:
    return {**_own_row(row), "fromMemberId": str(row.account), "toMemberId": str(row.to_account)}


# Who and what may be moved


def sub_members(call: Call) -> Reply:
    """``GET /v5/asset/transfer/query-sub-member-list``: each of them can be moved to and from."""
    head = head_of(call)
    if isinstance(head, ApiError):
        return responses.refused(call, head)
    members = [str(no) for no in head.children]
    return responses.ok(call, {"subMemberIds": members, "transferableSubMemberIds": members})


def allow_members(call: Call) -> Reply:
    """``POST /v5/asset/transfer/save-transfer-sub-member``: every sub-account may from its beginning."""
    head = head_of(call)
    return responses.refused(call, head) if isinstance(head, ApiError) else responses.ok(call, {})


def transferable(call: Call) -> Reply:
    """``GET /v5/asset/transfer/query-transfer-coin-list``: every coin both ways."""
    if call.params["fromAccountType"] == call.params["toAccountType"]:
        return responses.refused(call, SAME_TYPE)
    return responses.ok(call, {"list": every_coin(call, me_of(call))})
