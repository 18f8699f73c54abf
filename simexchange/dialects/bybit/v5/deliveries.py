"""Dated contracts that were delivered: ``/v5/asset/delivery-record``.

docs/v5/asset/delivery.mdx (snapshot 2026-07-24, seen 2026-11): newest first; ``side`` is that of the position.
"""

from typing import TYPE_CHECKING, Final

from simexchange.core import display
from simexchange.core.vocabulary.orders import SELL, Origin
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.params import Param, one_of, text
from simexchange.dialects.bybit.common.quantities import price_text, qty_text
from simexchange.dialects.bybit.common.symbols import LINEAR, category_of, expiry_of, symbol_of
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.choosing import account_of
from simexchange.dialects.bybit.v5.paging import LIMIT, page_of, span_of
from simexchange.dialects.bybit.v5.requests import CONTRACTS, CURSOR, STAMP, SYMBOL
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.projections.closings import ClosingRow

MONTH: Final = 30
TIMES: Final = (Param("startTime", STAMP), Param("endTime", STAMP))
DELIVERED: Final = (
    CONTRACTS, SYMBOL, *TIMES, Param("expDate", text(r"[0-9]{1,2}[A-Z]{3}[0-9]{2}")), LIMIT, CURSOR,
)  # fmt: skip
SETTLED: Final = (
    Param("category", one_of((LINEAR,), errors.BAD_CATEGORY), required=True), SYMBOL, *TIMES, LIMIT, CURSOR,
)  # fmt: skip


def delivered(call: Call) -> Reply:
    """``GET /v5/asset/delivery-record``: of the last thirty days unless said."""
    within = span_of(call, MONTH)
    if isinstance(within, ApiError):
        return responses.refused(call, within)
    rows = call.views.closings.of(account_of(call), start=within.start, end=within.end)
    page = page_of(call, [row for row in rows if row.origin is Origin.EXPIRY and _asked(call, row)], 20, 50)
    if isinstance(page, ApiError):
        return responses.refused(call, page)
    shown = [_row(call, row) for row in page.rows]
    return responses.ok(
        call, {"nextPageCursor": page.cursor, "category": call.params["category"], "list": shown}
    )  # fmt: skip


def _asked(call: Call, row: "ClosingRow") -> bool:
    spec, sent = call.state.markets[row.market].spec, call.params.get
    return (
        category_of(spec) == sent("category")
        and sent("symbol") in (None, "", symbol_of(spec))
        and sent("expDate") in (None, "", expiry_of(spec))
    )


def _row(call: Call, row: "ClosingRow") -> responses.Json:
    spec = call.state.markets[row.market].spec
    return {
        "deliveryTime": timestamps.millis(row.at),
        "symbol": symbol_of(spec),
        "side": "Buy" if row.side is SELL else "Sell",
        "position": qty_text(spec, row.qty),
        "entryPrice": print_plain(display.entry_price(row.qty, row.cost, display.contract_of(spec))),
        "deliveryPrice": price_text(spec, row.order_price),
        "strike": "",
        "fee": print_plain(row.close_fee),
        "deliveryRpl": print_plain(row.realised),
    }


def settled(call: Call) -> Reply:
    """``GET /v5/asset/settlement-record``: of sessions of contracts in USDC, which here only pay funding."""
    return responses.ok(call, {"nextPageCursor": "", "category": LINEAR, "list": []})
