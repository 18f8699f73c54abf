"""The book of an account: every entry of its unified wallet with what was there after it, newest first.

"Get Transaction Log" (docs/v5/account/transaction-log.mdx, snapshot 2026-07-24, seen 2026-11). change = cashFlow +
funding − fee; funding above zero was received, which is the other way round than in lists of executions. A spot trade
has an entry in each of its two coins. Which side a transfer or a bonus has is not published: ``None``.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from simexchange.core import display
from simexchange.core.vocabulary.orders import BUY, SELL
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.ids import execution_id, order_id, uuid_of
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.params import Param, anything, integer, one_of, text
from simexchange.dialects.bybit.common.quantities import price_text, qty_text
from simexchange.dialects.bybit.common.symbols import CATEGORIES, INVERSE, OPTION, SPOT, category_of, symbol_of
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.account import CURRENCY, UNIFIED_TYPE
from simexchange.dialects.bybit.v5.choosing import account_of
from simexchange.dialects.bybit.v5.paging import LIMIT, page_of, span_of
from simexchange.dialects.bybit.v5.requests import CURSOR, STAMP
from simexchange.dialects.bybit.v5.walletrows import FUND, UNIFIED
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.cashbook import CashKind, CashRow

if TYPE_CHECKING:
    from simexchange.core.market import MarketState

TYPE: Final = {
    CashKind.TRADE: "TRADE",
    CashKind.FUNDING: "SETTLEMENT",
    CashKind.DELIVERY: "DELIVERY",
    CashKind.MOVED_IN: "TRANSFER_IN",
    CashKind.MOVED_OUT: "TRANSFER_OUT",
    CashKind.DEPOSIT: "TRANSFER_IN",
    CashKind.WITHDRAWAL: "TRANSFER_OUT",
    CashKind.LIQUIDATION: "LIQUIDATION",
    CashKind.ADL: "ADL",
    CashKind.BONUS: "BONUS",
    CashKind.BONUS_TAKEN: "BONUS_RECOLLECT",
    CashKind.EXCHANGE_IN: "CURRENCY_BUY",
    CashKind.EXCHANGE_OUT: "CURRENCY_SELL",
}

TIMES: Final = (Param("startTime", STAMP), Param("endTime", STAMP))
LOG: Final = (
    UNIFIED_TYPE, Param("category", one_of((*CATEGORIES, OPTION), errors.BAD_CATEGORY)), CURRENCY,
    Param("baseCoin", text(r"[A-Z0-9]{1,20}")), Param("type", text(r"[A-Z_]{1,60}")),
    Param("transSubType", anything), *TIMES, LIMIT, CURSOR,
)  # fmt: skip
FUND_LOG: Final = (
    Param("createTimeFrom", integer(0, 2**63 // 10**9)), Param("createTimeTo", integer(0, 2**63 // 10**9)), LIMIT,
    CURSOR,
)  # fmt: skip
WEEK: Final = 7


def transaction_log(call: Call) -> Reply:
    """``GET /v5/account/transaction-log``: of the last day unless said, at most seven days."""
    return _log(call, lambda _: True)


def contract_log(call: Call) -> Reply:
    """``GET /v5/account/contract-transaction-log``: the same of inverse contracts, which once had a wallet."""
    return _log(call, lambda row: _category(call, row) == INVERSE)


def _log(call: Call, fits: Callable[[CashRow], bool]) -> Reply:
    within = span_of(call, 1, WEEK)
    if isinstance(within, ApiError):
        return responses.refused(call, within)
    rows = call.views.cashbook.of(account_of(call), UNIFIED, start=within.start, end=within.end)
    page = page_of(call, [row for row in rows if fits(row) and _asked(call, row)], 20, 50)
    if isinstance(page, ApiError):
        return responses.refused(call, page)
    return responses.ok(call, {"nextPageCursor": page.cursor, "list": [_row(call, row) for row in page.rows]})


def _asked(call: Call, row: CashRow) -> bool:
    """Whether an entry is among those that the parameters ask for."""
    sent = call.params.get
    if sent("transSubType"):
        # Nothing here is of a kind within a type: no position is moved.
        return False
    market = _market(call, row)
    return (
        sent("currency") in (None, "", row.asset)
        and sent("type") in (None, "", TYPE[row.kind])
        and sent("category") in (None, "", _category(call, row))
        and sent("baseCoin") in (None, "", "" if market is None else market.spec.base)
    )


def _market(call: Call, row: CashRow) -> "MarketState | None":
    return call.state.markets[row.market] if row.market else None


def _category(call: Call, row: CashRow) -> str:
    market = _market(call, row)
    return "" if market is None else category_of(market.spec)


def _row(call: Call, row: CashRow) -> responses.Json:
    market, funded = _market(call, row), row.kind is CashKind.FUNDING
    symbol = "" if market is None else symbol_of(market.spec)
    spot = market is not None and category_of(market.spec) == SPOT
    return {
        "id": f"{row.account}_{symbol}_{row.id}",
        "symbol": symbol,
        "category": _category(call, row),
        "side": "None" if row.side is None else "Buy" if row.side is BUY else "Sell",
        "transactionTime": timestamps.text(row.at),
        "type": TYPE[row.kind],
        "transSubType": "",
        "qty": "0" if market is None else qty_text(market.spec, row.qty),
        "size": "0" if market is None or spot else qty_text(market.spec, row.size),
        "currency": row.asset,
        "tradePrice": price_text(market.spec, row.price) if market is not None and row.price else "",
        "funding": print_plain(row.funding) if funded else "",
        "fee": print_plain(row.fee),
        "cashFlow": print_plain(row.flow),
        "change": print_plain(row.change),
        "cashBalance": print_plain(row.balance),
        "feeRate": print_plain(-row.rate if funded and row.side is SELL else row.rate) if row.rate else "",
        "bonusChange": print_plain(row.bonus) if row.bonus else "",
        "tradeId": execution_id(row.market, row.trade) if row.trade else uuid_of(row.seq, "5d"),
        "orderId": order_id(row.order, spot=spot) if row.order else "",
        "orderLinkId": row.client_id,
        "extraFees": "",
    }


# The funding wallet

FUND_WORDS: Final = {
    CashKind.DEPOSIT: "Deposit",
    CashKind.WITHDRAWAL: "Withdraw",
    CashKind.MOVED_IN: "Transfer",
    CashKind.MOVED_OUT: "Transfer",
}


def fund_log(call: Call) -> Reply:
    """``GET /v5/asset/fundinghistory``: entries of the funding wallet, of seven days at most."""
    both = [bool(call.params.get(name)) for name in ("createTimeFrom", "createTimeTo")]
    if any(both) and not all(both):
        return responses.refused(call, errors.invalid("createTimeFrom and createTimeTo must be used together"))
    within = span_of(call, WEEK, start="createTimeFrom", end="createTimeTo", unit=1_000)
    if isinstance(within, ApiError):
        return responses.refused(call, within)
    rows = call.views.cashbook.of(account_of(call), FUND, start=within.start, end=within.end)
    page = page_of(call, rows, 10, 100)
    if isinstance(page, ApiError):
        return responses.refused(call, page)
    return responses.ok(call, {"nextPageCursor": page.cursor, "list": [_fund_row(row) for row in page.rows]})


# What was changed to pay a debt

EXCHANGES: Final = (
    Param("fromCoin", text(r"[A-Z0-9]{1,20}")), Param("toCoin", text(r"[A-Z0-9]{1,20}")), LIMIT, CURSOR,
)  # fmt: skip


def exchanges(call: Call) -> Reply:
    """``GET /v5/asset/exchange/order-record``: what the exchange changed by itself where an asset was owed."""
    found, given, sent = [], None, call.params.get
    for row in call.views.cashbook.of(account_of(call), UNIFIED):
        if row.kind is CashKind.EXCHANGE_OUT:
            given = row
        elif row.kind is CashKind.EXCHANGE_IN and given is not None:
            if sent("fromCoin") in (None, "", given.asset) and sent("toCoin") in (None, "", row.asset):
                found.append(_Exchange(row.id, given, row))
            given = None
    page = page_of(call, found, 10, 50)
    if isinstance(page, ApiError):
        return responses.refused(call, page)
    shown = [_exchange(each.given, each.got) for each in page.rows]
    return responses.ok(call, {"orderBody": shown, "nextPageCursor": page.cursor})


class _Exchange(NamedTuple):
    """The two entries of one exchange."""

    id: int
    given: CashRow
    got: CashRow


def _exchange(given: CashRow, got: CashRow) -> responses.Json:
    return {
        "fromCoin": given.asset,
        "fromAmount": print_plain(-given.flow),
        "toCoin": got.asset,
        "toAmount": print_plain(got.flow),
        "exchangeRate": print_plain(display.ratio(got.flow, -given.flow)),
        "createdTime": str(timestamps.millis(got.at) // 1_000),
        "exchangeTxId": str((got.account << 32) + got.id),
    }


def _fund_row(row: CashRow) -> responses.Json:
    word = FUND_WORDS.get(row.kind, "Other")
    return {
        "memberId": str(row.account),
        "currency": row.asset,
        "ioDirection": "I" if row.change > 0 else "O",
        "txnAmt": print_plain(abs(row.change)),
        "afterAmt": print_plain(row.balance),
        "createTime": str(timestamps.millis(row.at) // 1_000),
        "showBusiType": f"fundingAccountRecord{word}",
        "showBusiTypeEn": word,
        "description": f"fundingAccountRecord{word}",
        "descriptionEn": word,
    }
