"""Positions, and what closing them brought: the questions of ``/v5/position``. How they are set: `leverage`, `stops`.

"Get Position Info" and "Get Closed PnL" (docs/v5/position, snapshot 2026-07-24, seen 2026-11). Closed profit is after
the fees of both ends, as the sample of that page reckons (−43.1305 − 4.2760323 = −47.4065323); it has no funding in it.
"""

from typing import TYPE_CHECKING, Final

from simexchange.core import display, margin
from simexchange.core.vocabulary.ids import market_of as market_of_key, slot_of
from simexchange.core.vocabulary.orders import BUY, OrderKind, Origin
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.ids import order_id
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.params import Param, one_of, text
from simexchange.dialects.bybit.common.quantities import price_text, qty_text
from simexchange.dialects.bybit.common.symbols import LINEAR, OPTION, category_of, listed, symbol_of
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.choosing import market_of, me_of
from simexchange.dialects.bybit.v5.paging import LIMIT, page_of, span_of
from simexchange.dialects.bybit.v5.positionrows import keys_of, position_row
from simexchange.dialects.bybit.v5.requests import CONTRACTS, CURSOR, STAMP, SYMBOL
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.projections.closings import ClosingRow

WEEK: Final = 7
TIMES: Final = (Param("startTime", STAMP), Param("endTime", STAMP))
SETTLE: Final = Param("settleCoin", text(r"[A-Z0-9]{1,20}", errors.invalid("settleCoin invalid")))
BASE: Final = Param("baseCoin", text(r"[A-Z0-9]{1,20}"))
LIST: Final = (CONTRACTS, SYMBOL, BASE, SETTLE, LIMIT, CURSOR)
CLOSED: Final = (CONTRACTS, SYMBOL, *TIMES, LIMIT, CURSOR)
OPTIONS_CLOSED: Final = (
    Param("category", one_of((OPTION,), errors.BAD_CATEGORY), required=True), SYMBOL, *TIMES, LIMIT, CURSOR,
)  # fmt: skip
NEEDS_ONE: Final = ApiError(200, 10001, "Missing some parameters that must be filled in, symbol or settleCoin.")


def listed_positions(call: Call) -> Reply:
    """``GET /v5/position/list``: of one symbol, empty or not; else what is there of a category or a coin."""
    category = call.params["category"]
    if category == OPTION:
        return responses.ok(call, {"list": [], "nextPageCursor": "", "category": category})
    if call.params.get("symbol"):
        market = market_of(call)
        if isinstance(market, ApiError):
            return responses.refused(call, market)
        keys = keys_of(me_of(call), market)
    elif category == LINEAR and not call.params.get("settleCoin"):
        return responses.refused(call, NEEDS_ONE)
    else:
        keys = _open_in(call, category, call.params.get("settleCoin", ""))
    page = page_of(call, [_Held(number, key) for number, key in enumerate(reversed(keys), 1)], 20, 200)
    if isinstance(page, ApiError):
        return responses.refused(call, page)
    return responses.ok(
        call,
        {
            "list": [_shown(call, held.key) for held in page.rows],
            "nextPageCursor": page.cursor,
            "category": category,
        },
    )


class _Held:
    """A position in the order in which they are shown."""

    __slots__ = ("id", "key")

    def __init__(self, number: int, key: "PositionKey") -> None:
        self.id, self.key = number, key


def _open_in(call: Call, category: str, settle: str) -> "list[PositionKey]":
    """The positions that are not empty, in the order of listing."""
    me, state = me_of(call), call.state
    return [
        key
        for key in sorted(me.positions, key=lambda key: (market_of_key(key), key))
        if category_of(state.markets[market_of_key(key)].spec) == category
        and settle in ("", state.markets[market_of_key(key)].spec.settle)
    ]


def _shown(call: Call, key: "PositionKey") -> responses.Json:
    market = call.state.markets[market_of_key(key)]
    return position_row(call.state, call.views, me_of(call), market, key, call.now)


def leverages(call: Call) -> Reply:
    """``GET /v5/position/symbol-info``: the leverage of each contract, whether or not there is a position."""
    category, me = call.params["category"], me_of(call)
    chosen = _markets(call, category)
    if isinstance(chosen, ApiError):
        return responses.refused(call, chosen)
    rows = [
        {
            "symbol": symbol_of(market.spec),
            "leverage": str(margin.leverage_of(call.state, me, key)),
            "side": "",
            "positionIdx": slot_of(key),
        }
        for market in chosen.values()
        for key in keys_of(me, market)
    ]
    return responses.ok(call, {"category": category, "list": rows})


def closed_profit(call: Call) -> Reply:
    """``GET /v5/position/closed-pnl``: one row for each order that closed something, of seven days."""
    category, me = call.params["category"], me_of(call)
    within = span_of(call, WEEK)
    if isinstance(within, ApiError):
        return responses.refused(call, within)
    chosen = _markets(call, category)
    if isinstance(chosen, ApiError):
        return responses.refused(call, chosen)
    rows = call.views.closings.of(me.no, start=within.start, end=within.end)
    page = page_of(call, [row for row in rows if row.market in chosen], 50, 100)
    if isinstance(page, ApiError):
        return responses.refused(call, page)
    shown = [_closing(call, row) for row in page.rows]
    return responses.ok(call, {"nextPageCursor": page.cursor, "category": category, "list": shown})


def _markets(call: Call, category: str) -> "dict[int, MarketState] | ApiError":
    """The market that is named, or all of the category."""
    if category != OPTION and call.params.get("symbol"):
        market = market_of(call)
        return market if isinstance(market, ApiError) else {market.no: market}
    return {market.no: market for market in listed(call.state, category)}


EXEC_TYPES: Final = {Origin.LIQUIDATION: "BustTrade", Origin.ADL: "AdlTrade", Origin.EXPIRY: "Settle"}


def _closing(call: Call, row: "ClosingRow") -> responses.Json:
    spec = call.state.markets[row.market].spec
    contract = display.contract_of(spec)
    return {
        "symbol": symbol_of(spec),
        "orderId": order_id(row.order, spot=False) if row.order else "",
        "side": "Buy" if row.side is BUY else "Sell",
        "qty": qty_text(spec, row.order_qty or row.qty),
        "orderPrice": price_text(spec, row.order_price),
        "orderType": "Limit" if row.kind is OrderKind.LIMIT else "Market",
        "execType": EXEC_TYPES.get(row.origin, "Trade"),
        "closedSize": qty_text(spec, row.qty),
        "cumEntryValue": print_plain(row.entry),
        "avgEntryPrice": print_plain(display.entry_price(row.qty, row.cost, contract)),
        "cumExitValue": print_plain(row.exit),
        "avgExitPrice": print_plain(display.entry_price(row.qty, row.exit_fine, contract)),
        "closedPnl": print_plain(row.profit),
        "fillCount": str(row.fills),
        "leverage": str(row.leverage),
        "openFee": print_plain(row.open_fee),
        "closeFee": print_plain(row.close_fee),
        "createdTime": timestamps.text(row.at),
        "updatedTime": timestamps.text(row.updated_at),
    }


def options_closed(call: Call) -> Reply:
    """``GET /v5/position/get-closed-positions``: of options, and there are none."""
    return responses.ok(call, {"nextPageCursor": "", "category": call.params["category"], "list": []})


def move_history(call: Call) -> Reply:
    """``GET /v5/position/move-history``: no position was ever moved."""
    return responses.ok(call, {"list": [], "nextPageCursor": ""})
