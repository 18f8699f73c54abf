"""What came in from outside and what went out: records of what whoever runs the exchange gave and took.

Pages of docs/v5/asset/deposit and docs/v5/asset/withdraw (snapshot 2026-07-24, seen 2026-11). Nothing goes in or out
over the API: there are no addresses, and a withdrawal is refused. Records are done, and on no chain.
"""

from typing import TYPE_CHECKING, Final

from simexchange.core import coins
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.params import Param, anything, one_of
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.choosing import me_of
from simexchange.dialects.bybit.v5.coinnames import BAD_COIN, COIN, every_coin
from simexchange.dialects.bybit.v5.members import UID, head_of, member_named, row_of
from simexchange.dialects.bybit.v5.paging import LIMIT, page_of, span_of
from simexchange.dialects.bybit.v5.requests import CURSOR, STAMP
from simexchange.dialects.bybit.v5.walletrows import FUND
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.projections.accounts import AccountRow
    from simexchange.projections.transfers import OutsideRow

MONTH: Final = 30
DONE: Final = 3
EVERY_ROW: Final = 1_000_000
NO_WITHDRAWALS: Final = ApiError(200, 131097, "Withdrawal of this currency has been closed")

TIMES: Final = (Param("startTime", STAMP), Param("endTime", STAMP))
DEPOSITS: Final = (Param("id", anything), Param("txID", anything), COIN, *TIMES, LIMIT, CURSOR)
SUB_DEPOSITS: Final = (Param("subMemberId", UID, required=True), *DEPOSITS)
WITHDRAWALS: Final = (
    Param("withdrawID", anything), Param("txID", anything), COIN, Param("withdrawType", one_of(("0", "1", "2"))),
    *TIMES, LIMIT, CURSOR,
)  # fmt: skip
ADDRESS: Final = (COIN.needed(), Param("chainType", anything))
SUB_ADDRESS: Final = (*ADDRESS, Param("subMemberId", UID, required=True))
ALLOWED: Final = (COIN, Param("chain", anything), LIMIT, CURSOR)
DEPOSIT_TO: Final = (Param("accountType", one_of(("UNIFIED", "FUND", "EARN")), required=True),)
WITHDRAW: Final = (
    COIN.needed(), Param("address", anything, required=True), Param("amount", anything, required=True),
    Param("accountType", anything),
)  # fmt: skip
CANCEL: Final = (Param("id", anything, required=True),)


def deposits(call: Call) -> Reply:
    """``GET /v5/asset/deposit/query-record``: of the last thirty days unless said."""
    return _deposits(call, row_of(call))


def sub_deposits(call: Call) -> Reply:
    """``GET /v5/asset/deposit/query-sub-member-record``: those of a sub-account, for its master."""
    head = head_of(call)
    row = head if isinstance(head, ApiError) else member_named(call, call.params["subMemberId"])
    return responses.refused(call, row) if isinstance(row, ApiError) else _deposits(call, row)


def _deposits(call: Call, owner: "AccountRow") -> Reply:
    return _records(call, owner, incoming=True)


def withdrawals(call: Call) -> Reply:
    """``GET /v5/asset/withdraw/query-record``."""
    if call.params.get("withdrawType") == "1":
        return _none(call)
    return _records(call, row_of(call), incoming=False)


def _records(call: Call, owner: "AccountRow", *, incoming: bool) -> Reply:
    within = span_of(call, MONTH)
    if isinstance(within, ApiError):
        return responses.refused(call, within)
    start, end = within
    sent = call.params.get
    named = sent("id") if incoming else sent("withdrawID")
    rows = [
        row
        for row in call.views.transfers.outside(owner.no, incoming=incoming, start=start, end=end, limit=EVERY_ROW)
        if sent("coin") in (None, "", row.asset)
        and named in (None, "", _id(row))
        and sent("txID") in (None, "", _transaction(row))
    ]
    page = page_of(call, rows, 50, 50)
    if isinstance(page, ApiError):
        return responses.refused(call, page)
    shown = [_deposit(row) if incoming else _withdrawal(row) for row in page.rows]
    return responses.ok(call, {"rows": shown, "nextPageCursor": page.cursor})


def _id(row: "OutsideRow") -> str:
    return str((row.account << 32) + row.id)


def _transaction(row: "OutsideRow") -> str:
    """A text as long as a transaction's, which is on no chain."""
    return f"sim{_id(row):0>61}"


def _deposit(row: "OutsideRow") -> responses.Json:
    return {
        "id": _id(row),
        "coin": row.asset,
        "chain": row.asset,
        "amount": print_plain(row.amount),
        "txID": _transaction(row),
        "status": DONE,
        "toAddress": "",
        "tag": "",
        "depositFee": "",
        "successAt": timestamps.text(row.at),
        "confirmations": "1",
        "txIndex": "0",
        "blockHash": "",
        "batchReleaseLimit": "-1",
        "depositType": "0",
        "fromAddress": "",
        "taxDepositRecordsId": "0",
        "taxStatus": 0,
    }


def _withdrawal(row: "OutsideRow") -> responses.Json:
    return {
        "withdrawId": _id(row),
        "coin": row.asset,
        "chain": row.asset,
        "amount": print_plain(abs(row.amount)),
        "txID": _transaction(row),
        "status": "success",
        "toAddress": "",
        "tag": "",
        "withdrawFee": "0",
        "createTime": timestamps.text(row.at),
        "updateTime": timestamps.text(row.at),
        "withdrawType": 0,
        "fee": "",
        "tax": "",
        "taxRate": "",
        "taxType": "",
    }


def _none(call: Call) -> Reply:
    return responses.ok(call, {"rows": [], "nextPageCursor": ""})


def no_records(call: Call) -> Reply:
    """``GET /v5/asset/deposit/query-internal-record`` and ``withdraw/query-address``: there are none."""
    return _none(call)


# Addresses


def address(call: Call) -> Reply:
    """``GET /v5/asset/deposit/query-address``: there is no chain to send anything on."""
    if call.params["coin"] not in every_coin(call, me_of(call)):
        return responses.refused(call, BAD_COIN)
    return responses.ok(call, {"coin": call.params["coin"], "chains": []})


def sub_address(call: Call) -> Reply:
    """``GET /v5/asset/deposit/query-sub-member-address``: the same of a sub-account."""
    row = member_named(call, call.params["subMemberId"])
    return responses.refused(call, row) if isinstance(row, ApiError) else address(call)


def allowed(call: Call) -> Reply:
    """``GET /v5/asset/deposit/query-allowed-list``: no coin can be sent in."""
    return responses.ok(call, {"configList": [], "nextPageCursor": ""})


def deposit_to(call: Call) -> Reply:
    """``POST /v5/asset/deposit/deposit-to-account``: an operator says where what he gives goes."""
    return responses.refused(call, errors.NOT_SUPPORTED)


# Withdrawals


def withdrawable(call: Call) -> Reply:
    """``GET /v5/asset/withdraw/withdrawable-amount``: what may leave each wallet; no part of it waits for anything."""
    me, coin = me_of(call), call.params["coin"]
    if coin not in every_coin(call, me):
        return responses.refused(call, BAD_COIN)
    free = {
        "FUND": call.views.balances.get(me.no, FUND, coin).free,
        "UTA": coins.coin_state(call.state, me, coin).withdrawable,
    }
    return responses.ok(
        call,
        {
            "limitAmountUsd": "0",
            "withdrawableAmount": {
                word: {
                    "coin": coin,
                    "withdrawableAmount": print_plain(amount),
                    "availableBalance": print_plain(amount),
                }
                for word, amount in free.items()
            },
        },
    )


def withdraw(call: Call) -> Reply:
    """``POST /v5/asset/withdraw/create``: nothing leaves the exchange over the API."""
    known = call.params["coin"] in every_coin(call, me_of(call))
    return responses.refused(call, NO_WITHDRAWALS if known else BAD_COIN)


def cancel_withdrawal(call: Call) -> Reply:
    """``POST /v5/asset/withdraw/cancel``: none is under way."""
    return responses.refused(call, errors.invalid("id invalid"))


def vasps(call: Call) -> Reply:
    """``GET /v5/asset/withdraw/vasp/list``: there is nobody to send to."""
    return responses.ok(call, {"vasp": []})
