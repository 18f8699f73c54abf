"""Calls that ask for orders and executions: newest first, page by page.

"Get Open & Closed Orders", "Get Order History", "Get Trade History" and "Get Borrow Quota" (docs/v5/order, snapshot
2026-07-24, seen 2026-11). What the venue forgets after a day or a restart is kept here as long as the views keep it.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import DAY, MILLISECOND, ONE, Nanos
from simexchange.dialects.bybit.common import cursors, errors as common
from simexchange.dialects.bybit.common.numbers import print_fixed
from simexchange.dialects.bybit.common.params import whole
from simexchange.dialects.bybit.v5 import errors, executionrows, orderrows, orderwords as words, responses
from simexchange.dialects.bybit.v5.choosing import account_of, market_of
from simexchange.dialects.bybit.v5.orderfinding import markets_of, named_order
from simexchange.dialects.bybit.v5.spotbrackets import has_begun
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.ids import MarketNo
    from simexchange.projections.orders import OrderRow

Json = dict[str, Any]
WEEK: Final = Nanos(7 * DAY)
RECENT: Final = 500
"""Orders that ended of which the call for open ones still knows."""
EVERY: Final = 1_000_000
PLACES: Final = 8


def realtime(call: Call) -> Reply:
    """``GET /v5/order/realtime``: open orders, or the last that ended."""
    markets = markets_of(call)
    if isinstance(markets, ApiError):
        return responses.refused(call, markets)
    if _names_one(call):
        found = _one(call, markets)
    elif call.params.get("openOnly", "0") == "0":
        found = [row for row in call.views.orders.open(account_of(call)) if _is_in(markets, row)]
    else:
        found = _ended(call, markets)[-RECENT:]
    return _orders(call, found)


def history(call: Call) -> Reply:
    """``GET /v5/order/history``: orders that ended, created within at most seven days."""
    markets, within = markets_of(call), span(call)
    if isinstance(markets, ApiError):
        return responses.refused(call, markets)
    if isinstance(within, ApiError):
        return responses.refused(call, within)
    if _names_one(call):
        return _orders(call, [row for row in _one(call, markets) if not row.is_open])
    start, end = within
    return _orders(call, [row for row in _ended(call, markets) if start <= row.accepted_at <= end])


def _names_one(call: Call) -> bool:
    return bool(call.params.get("orderId") or call.params.get("orderLinkId"))


def _one(call: Call, markets: "list[MarketState]") -> "list[OrderRow]":
    row = named_order(call, call.params)
    return [row] if row is not None and _is_in(markets, row) else []


def _is_in(markets: "list[MarketState]", row: "OrderRow") -> bool:
    return any(market.no == row.market for market in markets)


def _ended(call: Call, markets: "list[MarketState]") -> "list[OrderRow]":
    """What ended, and what only the book refused: oldest first."""
    orders, account = call.views.orders, account_of(call)
    rows: list[OrderRow] = []
    for market in markets:
        rows += orders.history(account, market.no, limit=EVERY, keep=_has_ended)
        rows += [row for row in orders.rejected(account, market.no) if row.reject_reason in errors.LATER]
    return sorted(rows, key=lambda row: row.id)


def _has_ended(row: "OrderRow") -> bool:
    return not row.is_open


def _orders(call: Call, rows: "list[OrderRow]") -> Reply:
    """The page that was asked for, of those that are of the wanted list and status."""
    state, views, params = call.state, call.views, call.params
    wanted, status = params.get("orderFilter"), params.get("orderStatus")

    def is_meant(row: "OrderRow") -> bool:
        spec = state.markets[row.market].spec
        if not has_begun(row, views):
            return False
        if wanted and words.filter_word(spec, row) != ("Order" if wanted == "OpenOrder" else wanted):
            return False
        return not status or words.status_word(row, spot=not state.markets[row.market].derivative) == status

    newest = (row for row in reversed(rows) if is_meant(row))
    return _page(call, newest, lambda row: (row.id,), 20, lambda row: orderrows.order(row, state, views))


def _page(
    call: Call, rows: Iterable[Any], key: Callable[[Any], cursors.Key], default: int, show: Callable[[Any], Json]
) -> Reply:
    params = call.params
    try:
        found, cursor = cursors.page(rows, key, whole(params, "limit", default), params.get("cursor", ""))
    except cursors.BadCursor:
        return responses.refused(call, common.invalid("cursor invalid"))
    shown = [show(row) for row in found]
    return responses.ok(call, {"nextPageCursor": cursor, "category": params["category"], "list": shown})


def span(call: Call) -> tuple[Nanos, Nanos] | ApiError:
    """From when to when: seven days where only one end, or none, was sent; both ends belong to it."""
    first, last = call.params.get("startTime"), call.params.get("endTime")
    start = None if not first else Nanos(int(first) * MILLISECOND)
    end = None if not last else Nanos(int(last) * MILLISECOND + MILLISECOND - 1)
    if start is not None and end is not None:
        if start > end:
            return errors.TIMES_REVERSED
        return errors.BOTH_TIMES if end - start >= WEEK + MILLISECOND else (start, end)
    if start is not None:
        return start, Nanos(start + WEEK)
    until = Nanos(call.now) if end is None else end
    return Nanos(max(0, until - WEEK)), until


# Executions

Executed = tuple[int, int, int, Callable[[], Json]]
"""(record, which kind of thing, its number there, how it is shown): newest first."""


def executions(call: Call) -> Reply:
    """``GET /v5/execution/list``: trades, funding and deliveries within at most seven days."""
    markets, within = markets_of(call), span(call)
    if isinstance(markets, ApiError):
        return responses.refused(call, markets)
    if isinstance(within, ApiError):
        return responses.refused(call, within)
    if _names_one(call):
        # An order's name has priority: nothing else that was sent is looked at.
        found = _of_one(call, markets)
    else:
        numbers = {market.no for market in markets}
        found = sorted((*_fills(call, markets, *within), *_others(call, numbers, *within)), key=_when, reverse=True)
    wanted = call.params.get("execType")
    shown = ((*row[:3], made) for row in found if (made := row[3]()) and wanted in (None, "", made["execType"]))
    return _page(call, shown, _when, 50, lambda row: row[3])


def _when(row: Any) -> cursors.Key:
    return row[0], row[1], row[2]


def _of_one(call: Call, markets: "list[MarketState]") -> list[Executed]:
    row = named_order(call, call.params)
    if row is None or not _is_in(markets, row):
        return []
    fills = call.views.trades.fills(row.account, row.market, order=row.id, limit=EVERY)
    return sorted((_executed(call, fill) for fill in fills), key=_when, reverse=True)


def _executed(call: Call, fill: Any) -> Executed:
    return fill.seq, fill.market, fill.id, partial(executionrows.fill, fill, call.state, call.views)


def _fills(call: Call, markets: "list[MarketState]", start: Nanos, end: Nanos) -> Iterable[Executed]:
    for market in markets:
        for fill in call.views.trades.fills(account_of(call), market.no, start=start, end=end, limit=EVERY):
            yield _executed(call, fill)


def _others(call: Call, markets: "set[MarketNo]", start: Nanos, end: Nanos) -> Iterable[Executed]:
    """Funding and deliveries."""
    account, state = account_of(call), call.state
    for paid in call.views.statements.of(account, start=start, end=end, limit=EVERY):
        if paid.market in markets:
            yield paid.seq, 0, paid.id, partial(executionrows.funding, account, paid, state)
    for delivered in call.views.deliveries.of(account, start=start, end=end, limit=EVERY):
        if delivered.market in markets:
            yield delivered.seq, 0, delivered.id, partial(executionrows.delivery, delivered, state)


# What can be bought


def quota(call: Call) -> Reply:
    """``GET /v5/order/spot-borrow-check``: nothing is borrowed here, so it is what is there."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return responses.refused(call, market)
    spec, side = market.spec, words.SIDES[call.params["side"]]
    owner = call.state.accounts[account_of(call)]
    coin = spec.quote if side is Side.BUY else spec.base
    balance = owner.balances.get((owner.spot_wallet, coin))
    free = 0 if balance is None else max(0, balance.free)
    best = market.book.opposite(side).best()
    price = best.price if best is not None else market.last
    if side is Side.BUY:
        qty, amount = (free * ONE // price if price else 0), free
    else:
        qty, amount = free, free * price // ONE
    told = {"Qty": print_fixed(qty, 4), "Amount": print_fixed(amount, PLACES)}
    shown = {f"{kind}{name}": text for kind in ("maxTrade", "spotMaxTrade") for name, text in told.items()}
    return responses.ok(
        call, {"symbol": call.params["symbol"], "side": call.params["side"], **shown, "borrowCoin": coin}
    )


__all__ = ["executions", "history", "quota", "realtime", "span"]
