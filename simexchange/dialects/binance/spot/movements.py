"""Money between an account's own wallets, what came in from outside, and what went out.

"Asset" and "Capital" of the venue's wallet pages (developers.binance.com, seen 2026-11). Nothing goes in or out over
the API: what an operator gave or took stands in the histories of deposits and withdrawals, done, and without a chain.
"""

from collections.abc import Generator, Mapping
from typing import Any, Final

from simexchange.core.vocabulary.commands import Command, Transfer
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import DAY, SECOND, Amount, Nanos
from simexchange.dialects.binance.common.errors import mandatory
from simexchange.dialects.binance.common.numbers import print_plain
from simexchange.dialects.binance.common.params import Param, anything, boolean, checker, decimal, integer, text
from simexchange.dialects.binance.common.timestamps import date_text, millis
from simexchange.dialects.binance.spot import errors, responses
from simexchange.dialects.binance.spot.calls import account_of, failure, moment, refused, until
from simexchange.dialects.binance.spot.entry import amount
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.transfers import OutsideRow, TransferRow

WALLETS: Final[Mapping[str, str]] = {"MAIN": "spot", "UMFUTURE": "usdm", "CMFUTURE": "coinm", "FUNDING": "funding"}
"""The venue's word for a wallet, as transfer types spell it."""
TRANSFER_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    f"{source}_{target}": (WALLETS[source], WALLETS[target])
    for source in WALLETS
    for target in WALLETS
    if source != target and {source, target} != {"UMFUTURE", "CMFUTURE"}
}
"""The venue has none between its two kinds of futures."""
NO_MARGIN: Final = ApiError(400, -3003, "Margin account does not exist.")
OF_MARGIN: Final = frozenset(
    f"{source}_{target}"
    for one in ("MAIN", "UMFUTURE", "CMFUTURE", "FUNDING", "OPTION", "ISOLATEDMARGIN")
    for source, target in ((one, "MARGIN"), ("MARGIN", one))
) | {"ISOLATEDMARGIN_ISOLATEDMARGIN", "MAIN_ISOLATED_MARGIN", "ISOLATED_MARGIN_MAIN"}
"""Types of wallets that nobody has here; the last two as ccxt spells them."""
FROM_ISOLATED: Final = ("ISOLATEDMARGIN_MARGIN", "ISOLATEDMARGIN_ISOLATEDMARGIN")
TO_ISOLATED: Final = ("MARGIN_ISOLATEDMARGIN", "ISOLATEDMARGIN_ISOLATEDMARGIN")
EVERY_ROW: Final = 1_000_000

ASSET: Final = Param("asset", text(r"^[A-Za-z0-9]{1,20}$"))
OF_ASSET: Final = checker(ASSET)
COIN: Final = Param("coin", text(r"^[A-Za-z0-9]{1,20}$"))
TIMES: Final = (Param("startTime", integer()), Param("endTime", integer()))
SYMBOLS: Final = (Param("fromSymbol", anything), Param("toSymbol", anything))


def _isolated_symbols(params: Mapping[str, str]) -> ApiError | None:
    kind = params["type"]
    if kind in FROM_ISOLATED and not params.get("fromSymbol"):
        return mandatory("fromSymbol")
    return mandatory("toSymbol") if kind in TO_ISOLATED and not params.get("toSymbol") else None


TRANSFER: Final = checker(
    Param("type", anything, required=True), ASSET.needed(), Param("amount", decimal(), required=True), *SYMBOLS,
    then=_isolated_symbols, words=("type", "fromSymbol", "toSymbol"),
)  # fmt: skip


def transfer(call: Call) -> Generator[Command, Step, Reply]:
    """``POST /sapi/v1/asset/transfer``: between the account's wallets; the id is that of the record."""
    wallets = _wallets(call)
    if isinstance(wallets, ApiError):
        return failure(wallets)
    sent = amount(call.params, "amount")
    step = yield Transfer(account_of(call), wallets[0], wallets[1], call.params["asset"].upper(), Amount(sent))
    error = refused(step)
    return failure(error) if error is not None else responses.reply({"tranId": step.seq})


def _wallets(call: Call) -> tuple[str, str] | ApiError:
    kind = call.params["type"]
    if kind in OF_MARGIN:
        return NO_MARGIN
    return TRANSFER_TYPES.get(kind, errors.BAD_TRANSFER_TYPE)


TRANSFERS: Final = checker(
    Param("type", anything, required=True), *TIMES, Param("current", integer(1)), Param("size", integer(1, 100)),
    *SYMBOLS, then=_isolated_symbols, words=("type", "fromSymbol", "toSymbol"),
)  # fmt: skip


def transfers(call: Call) -> Reply:
    """``GET /sapi/v1/asset/transfer``: those of one type, the newest first; of the last seven days unless said."""
    wallets = _wallets(call)
    if isinstance(wallets, ApiError):
        return failure(wallets)
    me, (start, end) = account_of(call), _span(call, Nanos(7 * DAY))
    rows = call.views.transfers.of(me, start=start, end=end, limit=EVERY_ROW)
    fitting = [row for row in reversed(rows) if _is_between(row, wallets)]
    page, size = int(call.params.get("current") or 1), int(call.params.get("size") or 10)
    shown = [_transfer_row(row, call.params["type"]) for row in fitting[(page - 1) * size : page * size]]
    return responses.reply({"total": len(fitting), "rows": shown})


def _span(call: Call, default: Nanos) -> tuple[Nanos, Nanos]:
    """From when to when: without a start the last *default*."""
    end, start = until(call), moment(call, "startTime")
    last = Nanos(call.now + SECOND) if end is None else end
    return (Nanos(max(0, last - default)) if start is None else start), last


def _is_between(row: TransferRow, wallets: tuple[str, str]) -> bool:
    return row.account == row.to_account and (row.wallet, row.to_wallet) == wallets


def _transfer_row(row: TransferRow, kind: str) -> dict[str, Any]:
    return {
        "asset": row.asset,
        "amount": print_plain(row.amount),
        "type": kind,
        "status": "CONFIRMED",
        "tranId": row.seq,
        "timestamp": millis(row.at),
    }


# From outside

BOOKED: Final = {"spot": 0, "funding": 1}
"""The venue's number of a wallet that money comes into and leaves from."""
DEPOSITED, WITHDRAWN = 1, 6
"""The venue's words for what is done."""

DEPOSITS: Final = checker(
    COIN, Param("status", integer()), *TIMES, Param("offset", integer()), Param("limit", integer(1, 1_000)),
    Param("txId", anything), Param("includeSource", boolean),
)  # fmt: skip
WITHDRAWALS: Final = checker(
    COIN, Param("withdrawOrderId", anything), Param("status", integer()), *TIMES, Param("offset", integer()),
    Param("limit", integer(1, 1_000)), Param("idList", anything),
)  # fmt: skip


def deposits(call: Call) -> Reply:
    """``GET /sapi/v1/capital/deposit/hisrec``: the newest first, of the last ninety days unless said."""
    return responses.reply([_deposit_row(row) for row in _outside(call, incoming=True, status=DEPOSITED)])


def withdrawals(call: Call) -> Reply:
    """``GET /sapi/v1/capital/withdraw/history``: likewise. None has an order id of the client's."""
    rows = [] if call.params.get("withdrawOrderId") else _outside(call, incoming=False, status=WITHDRAWN)
    wanted = call.params.get("idList")
    if wanted:
        rows = [row for row in rows if _id(row) in wanted.split(",")]
    return responses.reply([_withdrawal_row(row) for row in rows])


def _outside(call: Call, *, incoming: bool, status: int) -> list[OutsideRow]:
    if call.params.get("status") not in (None, "", str(status)):
        return []
    start, end = _span(call, Nanos(90 * DAY))
    rows = call.views.transfers.outside(account_of(call), incoming=incoming, start=start, end=end, limit=EVERY_ROW)
    coin, tx = call.params.get("coin", "").upper(), call.params.get("txId")
    fitting = [
        row for row in reversed(rows) if row.wallet in BOOKED and coin in ("", row.asset) and (not tx or _tx(row) == tx)
    ]
    skipped = int(call.params.get("offset") or 0)
    return fitting[skipped : skipped + int(call.params.get("limit") or 1_000)]


def _id(row: OutsideRow) -> str:
    return str((row.account << 32) + row.id)


def _tx(row: OutsideRow) -> str:
    """A text as long as a transaction's, which is on no chain."""
    return f"sim{_id(row):0>61}"


def _deposit_row(row: OutsideRow) -> dict[str, Any]:
    return {
        "id": _id(row),
        "amount": print_plain(row.amount),
        "coin": row.asset,
        "network": row.asset,
        "status": DEPOSITED,
        "address": "",
        "addressTag": "",
        "txId": _tx(row),
        "insertTime": millis(row.at),
        "completeTime": millis(row.at),
        "transferType": 0,
        "confirmTimes": "1/1",
        "unlockConfirm": 0,
        "walletType": BOOKED[row.wallet],
    }


def _withdrawal_row(row: OutsideRow) -> dict[str, Any]:
    at = date_text(row.at)
    return {
        "id": _id(row),
        "amount": print_plain(-row.amount),
        "transactionFee": "0",
        "coin": row.asset,
        "status": WITHDRAWN,
        "address": "",
        "txId": _tx(row),
        "applyTime": at,
        "network": row.asset,
        "transferType": 0,
        "info": "",
        "confirmNo": 1,
        "walletType": BOOKED[row.wallet],
        "txKey": "",
        "completeTime": at,
    }
