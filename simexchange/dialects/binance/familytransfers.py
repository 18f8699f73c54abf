"""Money between the accounts of a family: moving it, and what was moved.

Calls, fields and defaults: "Sub Account", asset management (developers.binance.com, seen 2026-11): from spot to spot,
USDⓈ-M or COIN-M of any account of the family, and from each of those to spot; from futures to futures of the same kind
by a call of their own. A transfer's id is that of its record.
"""

from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.families import TransferInFamily
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import DAY, SECOND, Amount, Nanos
from simexchange.dialects.binance.common.errors import either, invalid, mandatory
from simexchange.dialects.binance.common.numbers import print_plain
from simexchange.dialects.binance.common.params import Param, anything, boolean, checker, decimal, integer, one_of, text
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.families import (
    PAGE,
    child,
    email_of,
    limit,
    me,
    of_family,
    one_of_two,
    parent,
    sub_account,
)
from simexchange.dialects.binance.spot import errors, responses
from simexchange.dialects.binance.spot.calls import failure, moment, refused, until
from simexchange.dialects.binance.spot.entry import amount
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.accounts import AccountRow
from simexchange.projections.transfers import TransferRow

WEEK: Final = Nanos(7 * DAY)
MONTH: Final = Nanos(30 * DAY)
EVERY_ROW: Final = 1_000_000

WALLETS: Final = {"SPOT": "spot", "USDT_FUTURE": "usdm", "COIN_FUTURE": "coinm"}
"""The venue's account types that there are here."""
WORDS: Final = {wallet: word for word, wallet in WALLETS.items()}
ELSEWHERE: Final = {
    "MARGIN": ApiError(400, -3003, "Margin account does not exist."),
    "ISOLATED_MARGIN": ApiError(400, -3003, "Margin account does not exist."),
}
"""Account types that the venue knows and nobody has here."""

ASSET: Final = Param("asset", text(r"^[A-Za-z0-9]{1,20}$"), required=True)
AMOUNT: Final = Param("amount", decimal(positive=True), required=True)
TIMES: Final = (Param("startTime", integer()), Param("endTime", integer()))
FROM, TO = Param("fromEmail", anything), Param("toEmail", anything)


def _account_types(params: Mapping[str, str]) -> ApiError | None:
    if not params.get("fromEmail") and not params.get("toEmail"):
        return either("fromEmail", "toEmail")
    for name in ("fromAccountType", "toAccountType"):
        kind = params[name]
        if kind == "ISOLATED_MARGIN" and not params.get("symbol"):
            return mandatory("symbol")
        if kind not in WALLETS and kind not in ELSEWHERE:
            return invalid(name)
    return None


UNIVERSAL: Final = checker(
    FROM, TO, Param("fromAccountType", anything, required=True), Param("toAccountType", anything, required=True),
    Param("clientTranId", text(r"^.{1,64}$")), Param("symbol", anything), ASSET, AMOUNT, then=_account_types,
)  # fmt: skip


def universal(call: Call) -> Generator[Command, Step, Reply]:
    """``POST /sapi/v1/sub-account/universalTransfer``: an address that is not said is the parent's own."""
    head = parent(call)
    if isinstance(head, ApiError):
        return failure(head)
    source = of_family(call, head, call.params.get("fromEmail", ""))
    target = of_family(call, head, call.params.get("toEmail", ""))
    if isinstance(source, ApiError) or isinstance(target, ApiError):
        return failure(errors.NO_RELATION)
    ends = (call.params["fromAccountType"], call.params["toAccountType"])
    elsewhere = ELSEWHERE.get(ends[0]) or ELSEWHERE.get(ends[1])
    if elsewhere is not None:
        return failure(elsewhere)
    if "SPOT" not in ends:
        return failure(invalid("toAccountType"))
    named = call.params.get("clientTranId", "")
    if named and call.views.transfers.named(head.no, named):
        return failure(invalid("clientTranId"))
    return (yield from _move(call, source, WALLETS[ends[0]], target, WALLETS[ends[1]], _universal_reply, named))


def _universal_reply(call: Call, number: int) -> dict[str, Any]:
    named = call.params.get("clientTranId")
    return {"tranId": number, **({"clientTranId": named} if named else {})}


def _text_reply(_: Call, number: int) -> dict[str, Any]:
    return {"txnId": str(number)}


def _move(
    call: Call, source: AccountRow, wallet: str, target: AccountRow, to_wallet: str,
    told: Callable[[Call, int], dict[str, Any]], named: str = "",
) -> Generator[Command, Step, Reply]:  # fmt: skip
    sent = Amount(amount(call.params, "amount"))
    asset = call.params["asset"].upper()
    step = yield TransferInFamily(source.no, wallet, target.no, to_wallet, asset, sent, me(call).no, named)
    error = refused(step)
    return failure(error) if error is not None else responses.reply(told(call, step.seq))


FUTURES_WAYS: Final = {
    "1": ("spot", "usdm"), "2": ("usdm", "spot"), "3": ("spot", "coinm"), "4": ("coinm", "spot"),
}  # fmt: skip
FUTURES: Final = checker(
    Param("email", anything, required=True), ASSET, AMOUNT, Param("type", one_of(tuple(FUTURES_WAYS)), required=True)
)


def futures_transfer(call: Call) -> Generator[Command, Step, Reply]:
    """``POST /sapi/v1/sub-account/futures/transfer``: between two wallets of one sub-account."""
    row = sub_account(call)
    if isinstance(row, ApiError):
        return failure(row)
    wallet, to_wallet = FUTURES_WAYS[call.params["type"]]
    return (yield from _move(call, row, wallet, row, to_wallet, _text_reply))


FUTURES_WALLETS: Final = {"1": "usdm", "2": "coinm"}
"""The venue's number of a kind of futures."""
FUTURES_TYPE: Final = Param("futuresType", one_of(tuple(FUTURES_WALLETS)), required=True)
INTERNAL: Final = checker(
    Param("fromEmail", anything, required=True), Param("toEmail", anything, required=True), FUTURES_TYPE, ASSET, AMOUNT
)


def internal(call: Call) -> Generator[Command, Step, Reply]:
    """``POST /sapi/v1/sub-account/futures/internalTransfer``: from futures to futures of one kind, in the family."""
    head = parent(call)
    if isinstance(head, ApiError):
        return failure(head)
    source, target = (of_family(call, head, call.params[name]) for name in ("fromEmail", "toEmail"))
    if isinstance(source, ApiError) or isinstance(target, ApiError):
        return failure(errors.NO_RELATION)
    wallet = FUTURES_WALLETS[call.params["futuresType"]]
    return (yield from _move(call, source, wallet, target, wallet, _internal_reply))


def _internal_reply(_: Call, number: int) -> dict[str, Any]:
    return {"success": True, "txnId": str(number)}


TO_MASTER: Final = checker(ASSET, AMOUNT)


def to_master(call: Call) -> Generator[Command, Step, Reply]:
    """``POST /sapi/v1/sub-account/transfer/subToMaster``: from a sub-account's spot wallet to its parent's."""
    row = child(call)
    if isinstance(row, ApiError):
        return failure(row)
    head = call.views.accounts.by_no[row.parent]
    return (yield from _move(call, row, "spot", head, "spot", _text_reply))


TO_SISTER: Final = checker(Param("toEmail", anything, required=True), ASSET, AMOUNT)


def to_sister(call: Call) -> Generator[Command, Step, Reply]:
    """``POST /sapi/v1/sub-account/transfer/subToSub``: to another sub-account of the same parent."""
    row = child(call)
    if isinstance(row, ApiError):
        return failure(row)
    head = call.views.accounts.by_no[row.parent]
    target = of_family(call, head, call.params["toEmail"])
    if isinstance(target, ApiError) or target in (head, row):
        return failure(errors.NO_RELATION)
    return (yield from _move(call, row, "spot", target, "spot", _text_reply))


# What was moved


def _span(call: Call, longest: Nanos | None, default: Nanos) -> tuple[Nanos, Nanos] | ApiError:
    """From when to when: without a start the last *default*; no more than *longest*."""
    end = until(call)
    last = call.now if end is None else end
    start = moment(call, "startTime")
    first = Nanos(max(0, last - default)) if start is None else start
    if first > last or (longest is not None and last - first > longest + SECOND):
        return invalid("startTime")
    return first, last


def _between(call: Call, row: AccountRow, within: tuple[Nanos, Nanos]) -> list[TransferRow]:
    """Transfers of *row* with other accounts, the newest first."""
    rows = call.views.transfers.of(row.no, start=within[0], end=within[1], limit=EVERY_ROW)
    return [one for one in reversed(rows) if one.account != one.to_account]


UNIVERSAL_HISTORY: Final = checker(
    FROM, TO, Param("clientTranId", anything), *TIMES, PAGE, limit(500), then=one_of_two("fromEmail", "toEmail")
)


def universal_history(call: Call) -> Reply:
    """``GET /sapi/v1/sub-account/universalTransfer``: those from one address or to one; else those from the parent.

    Between accounts, the newest first; at most seven days.
    """
    head, within = parent(call), _span(call, WEEK, WEEK)
    if isinstance(head, ApiError):
        return failure(head)
    if isinstance(within, ApiError):
        return failure(within)
    rows = _of_side(call, head, within)
    if isinstance(rows, ApiError):
        return failure(rows)
    named = call.params.get("clientTranId")
    rows = [row for row in rows if not named or row.client_id == named]
    size, page = int(call.params.get("limit") or 500), int(call.params.get("page") or 1)
    shown = rows[(page - 1) * size : page * size]
    return responses.reply({"result": [_universal_row(call, row) for row in shown], "totalCount": len(rows)})


def _of_side(call: Call, head: AccountRow, within: tuple[Nanos, Nanos]) -> list[TransferRow] | ApiError:
    """Transfers in the family from the account that was named, or to it."""
    coming = bool(call.params.get("toEmail"))
    who = of_family(call, head, call.params.get("toEmail" if coming else "fromEmail", ""))
    if isinstance(who, ApiError):
        return who
    return [one for one in _between(call, who, within) if (one.to_account if coming else one.account) == who.no]


def _email(call: Call, no: AccountNo) -> str:
    return email_of(call.views.accounts.by_no[no])


def _universal_row(call: Call, row: TransferRow) -> dict[str, Any]:
    return {
        "tranId": row.seq,
        "fromEmail": _email(call, row.account),
        "toEmail": _email(call, row.to_account),
        "asset": row.asset,
        "amount": print_plain(row.amount),
        "createTimeStamp": millis(row.at),
        "fromAccountType": WORDS.get(row.wallet, row.wallet.upper()),
        "toAccountType": WORDS.get(row.to_wallet, row.to_wallet.upper()),
        "status": "SUCCESS",
        "clientTranId": row.client_id,
    }


SPOT_HISTORY: Final = checker(FROM, TO, *TIMES, PAGE, limit(500), then=one_of_two("fromEmail", "toEmail"))


def spot_history(call: Call) -> Reply:
    """``GET /sapi/v1/sub-account/sub/transfer/history``: from spot to spot, of the last hundred days unless said."""
    head, within = parent(call), _span(call, None, Nanos(100 * DAY))
    if isinstance(head, ApiError):
        return failure(head)
    if isinstance(within, ApiError):
        return failure(within)
    rows = _of_side(call, head, within)
    if isinstance(rows, ApiError):
        return failure(rows)
    rows = [row for row in rows if row.wallet == row.to_wallet == "spot"]
    size, page = int(call.params.get("limit") or 500), int(call.params.get("page") or 1)
    return responses.reply(
        [
            {
                "from": _email(call, row.account),
                "to": _email(call, row.to_account),
                "asset": row.asset,
                "qty": print_plain(row.amount),
                "status": "SUCCESS",
                "tranId": row.seq,
                "time": millis(row.at),
            }
            for row in rows[(page - 1) * size : page * size]
        ]
    )


INTERNAL_HISTORY: Final = checker(Param("email", anything, required=True), FUTURES_TYPE, *TIMES, PAGE, limit(500))


def internal_history(call: Call) -> Reply:
    """``GET /sapi/v1/sub-account/futures/internalTransfer``: from and to one account of the family, the newest first.

    Of the last hundred days unless said.
    """
    head, within = parent(call), _span(call, None, Nanos(100 * DAY))
    if isinstance(head, ApiError):
        return failure(head)
    if isinstance(within, ApiError):
        return failure(within)
    who, kind = of_family(call, head, call.params["email"]), call.params["futuresType"]
    if isinstance(who, ApiError):
        return failure(who)
    rows = [row for row in _between(call, who, within) if row.wallet == row.to_wallet == FUTURES_WALLETS[kind]]
    size, page = int(call.params.get("limit") or 50), int(call.params.get("page") or 1)
    transfers = [
        {
            "from": _email(call, row.account),
            "to": _email(call, row.to_account),
            "asset": row.asset,
            "qty": print_plain(row.amount),
            "tranId": row.seq,
            "time": millis(row.at),
        }
        for row in rows[(page - 1) * size : page * size]
    ]
    return responses.reply({"success": True, "futuresType": int(kind), "transfers": transfers})


OWN_HISTORY: Final = checker(
    Param("asset", text(r"^[A-Za-z0-9]{1,20}$")), Param("type", one_of(("1", "2"))), *TIMES, limit(500),
    Param("returnFailHistory", boolean),
)  # fmt: skip


def own_history(call: Call) -> Reply:
    """``GET /sapi/v1/sub-account/transfer/subUserHistory``: what went out of a sub-account (type 2), or came in (1).

    Of the last thirty days unless said; the newest first. None failed that was carried out.
    """
    row, within = child(call), _span(call, None, MONTH)
    if isinstance(row, ApiError):
        return failure(row)
    if isinstance(within, ApiError):
        return failure(within)
    coming = call.params.get("type") == "1"
    asset = call.params.get("asset", "").upper()
    rows = [
        one
        for one in _between(call, row, within)
        if (one.to_account if coming else one.account) == row.no and asset in ("", one.asset)
    ]
    size = int(call.params.get("limit") or 500)
    return responses.reply([_own_row(call, row, one, coming=coming) for one in rows[:size]])


def _own_row(call: Call, row: AccountRow, one: TransferRow, *, coming: bool) -> dict[str, Any]:
    other = one.account if coming else one.to_account
    return {
        "counterParty": "master" if other == row.parent else "subAccount",
        "email": _email(call, other),
        "type": 1 if coming else 2,
        "asset": one.asset,
        "qty": print_plain(one.amount),
        "fromAccountType": WORDS.get(one.wallet, one.wallet.upper()),
        "toAccountType": WORDS.get(one.to_wallet, one.to_wallet.upper()),
        "status": "SUCCESS",
        "tranId": one.seq,
        "time": millis(one.at),
    }
