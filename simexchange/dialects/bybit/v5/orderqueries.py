"""Calls that ask for orders and executions: newest first, page by page.

"Get Open & Closed Orders", "Get Order History", "Get Trade History" and "Get Borrow Quota" (docs/v5/order, snapshot
2026-07-24, seen 2026-11). What the venue forgets after a day or a restart is kept here as long as the views keep it.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

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
    from simexchange.projections.orders import OrderRow
    from simexchange.projections.trades import FillRow

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
        return _orders(call, _one(call, markets))
    if call.params.get("openOnly", "0") != "0":
        return _orders(call, islice(_ended(call, markets), RECENT))
    rows = call.views.orders.open(account_of(call))
    return _orders(call, (row for row in reversed(rows) if _is_in(markets, row)))


def history(call: Call) -> Reply:
    """``GET /v5/order/history``: orders that ended, created within at most seven days."""
    markets, within = markets_of(call), span(call)
    if isinstance(markets, ApiError):
        return responses.refused(call, markets)
    if isinstance(within, ApiError):
        return responses.refused(call, within)
    if _names_one(call):
        return _orders(call, (row for row in _one(call, markets) if not row.is_open))
    return _orders(call, _ended(call, markets, *within))


def _names_one(call: Call) -> bool:
    return bool(call.params.get("orderId") or call.params.get("orderLinkId"))


def _one(call: Call, markets: "list[MarketState]") -> "list[OrderRow]":
    row = named_order(call, call.params)
    return [row] if row is not None and _is_in(markets, row) else []


def _is_in(markets: "list[MarketState]", row: "OrderRow") -> bool:
    return any(market.no == row.market for market in markets)


def _ended(
    call: Call, markets: "list[MarketState]", start: Nanos | None = None, end: Nanos | None = None
) -> "Iterator[OrderRow]":
    """What ended, and what only the book refused: newest first. Created from *start* to *end*."""
    orders, account = call.views.orders, account_of(call)
    rows: list[OrderRow] = []
    for market in markets:
        rows += orders.history(account, market.no, start=start, end=end, limit=EVERY)
        rows += [row for row in orders.rejected(account, market.no) if _is_told(row, start, end)]
    rows.sort(key=_ORDER_ID)
    return (row for row in reversed(rows) if not row.is_open)


_ORDER_ID = attrgetter("id")


def _is_told(row: "OrderRow", start: Nanos | None, end: Nanos | None) -> bool:
    """Whether a refused order was acknowledged all the same, in that time."""
    in_time = (start is None or row.accepted_at >= start) and (end is None or row.accepted_at <= end)
    return in_time and row.reject_reason in errors.LATER


def _orders(call: Call, rows: "Iterable[OrderRow]") -> Reply:
    """The page that was asked for, of those that are of the wanted list and status. *rows* are newest first."""
    state, views, params = call.state, call.views, call.params
    wanted, status = params.get("orderFilter"), params.get("orderStatus")

    def is_meant(row: "OrderRow") -> bool:
        spec = state.markets[row.market].spec
        if not has_begun(row, views):
            return False
        if wanted and words.filter_word(spec, row) != ("Order" if wanted == "OpenOrder" else wanted):
            return False
        return not status or words.status_word(row, spot=not state.markets[row.market].derivative) == status

    newest = (row for row in rows if is_meant(row))
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


class Executed(NamedTuple):
    """One execution, before it is shown."""

    key: cursors.Key
    """By which they are ordered: record, market, number there, and of a trade with oneself the side."""
    kind: str
    """``execType``."""
    show: Callable[[], Json]


def executions(call: Call) -> Reply:
    """``GET /v5/execution/list``: trades, funding and deliveries within at most seven days."""
    markets, within = markets_of(call), span(call)
    if isinstance(markets, ApiError):
        return responses.refused(call, markets)
    if isinstance(within, ApiError):
        return responses.refused(call, within)
    if _names_one(call):
        # An order's name has priority: neither times nor symbols beside it are looked at.
        found = _of_one(call, markets)
    else:
        fills = (_fills(call, market, *within) for market in markets)
        others = (*_funding(call, markets, *within), *_deliveries(call, markets, *within))
        found = merge(*fills, sorted(others, key=_key, reverse=True), key=_key, reverse=True)
    wanted = call.params.get("execType")
    meant = (row for row in found if wanted in (None, "", row.kind))
    return _page(call, meant, _key, 50, lambda row: row.show())


_key = attrgetter("key")


def _of_one(call: Call, markets: "list[MarketState]") -> "Iterable[Executed]":
    row = named_order(call, call.params)
    if row is None or not _is_in(markets, row):
        return ()
    return _newest(call, call.views.trades.fills(row.account, row.market, order=row.id, limit=EVERY))


def _fills(call: Call, market: "MarketState", start: Nanos, end: Nanos) -> "Iterator[Executed]":
    return _newest(call, call.views.trades.fills(account_of(call), market.no, start=start, end=end, limit=EVERY))


def _newest(call: Call, fills: "list[FillRow]") -> "Iterator[Executed]":
    state, views = call.state, call.views
    for row in reversed(fills):
        yield Executed(
            (row.seq, row.market, row.id, 0 if row.is_maker else 1),
            executionrows.kind_of(row),
            partial(executionrows.fill, row, state, views),
        )


def _funding(call: Call, markets: "list[MarketState]", start: Nanos, end: Nanos) -> "Iterator[Executed]":
    account, state = account_of(call), call.state
    numbers = [market.no for market in markets]
    for row in call.views.statements.of(account, start=start, end=end, limit=EVERY):
        if row.market in numbers:
            yield Executed((row.seq, 0, row.id), "Funding", partial(executionrows.funding, account, row, state))


def _deliveries(call: Call, markets: "list[MarketState]", start: Nanos, end: Nanos) -> "Iterator[Executed]":
    state = call.state
    specs = {market.no: market.spec for market in markets}
    for row in call.views.deliveries.of(account_of(call), start=start, end=end, limit=EVERY):
        if row.market in specs:
            kind = executionrows.delivery_kind(specs[row.market])
            yield Executed((row.seq, 0, row.id), kind, partial(executionrows.delivery, row, state))


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
