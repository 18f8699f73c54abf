"""Orders and fills of spot, as they are asked for."""

from simexchange.core.vocabulary.ids import OrderId, TradeId
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.spot import answers, errors, requests, responses
from simexchange.dialects.binance.spot.calls import (
    account_of,
    failure,
    find_order,
    limit_of,
    market_of,
    moment,
    spot_markets,
    until,
)
from simexchange.dialects.contract import ApiError, Call, Reply


def query_order(call: Call) -> Reply:
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    row = find_order(call, market.no)
    if row is None:
        return failure(errors.NO_SUCH_ORDER)
    return responses.reply(answers.queried(row, symbol_of(market.spec), call.options))


def open_orders(call: Call) -> Reply:
    """Open orders of a symbol, or of all."""
    account = account_of(call)
    if not call.params.get("symbol"):
        markets = {row.no: symbol_of(row.spec) for row in spot_markets(call)}
        rows = call.views.orders.open(account)
        return responses.reply(
            [answers.queried(row, markets[row.market], call.options) for row in rows if row.market in markets]
        )
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    symbol = symbol_of(market.spec)
    rows = call.views.orders.open(account, market.no)
    return responses.reply([answers.queried(row, symbol, call.options) for row in rows])


def all_orders(call: Call) -> Reply:
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    first = call.params.get("orderId")
    rows = call.views.orders.history(
        account_of(call),
        market.no,
        from_id=OrderId(int(first)) if first else None,
        start=moment(call, "startTime"),
        end=until(call),
        limit=limit_of(call),
    )
    symbol = symbol_of(market.spec)
    return responses.reply([answers.queried(row, symbol, call.options) for row in rows])


def my_trades(call: Call) -> Reply:
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    order, first = call.params.get("orderId"), call.params.get("fromId")
    rows = call.views.trades.fills(
        account_of(call),
        market.no,
        from_id=requests.trade_id(first),
        start=moment(call, "startTime"),
        end=until(call),
        order=OrderId(int(order)) if order else None,
        limit=limit_of(call),
    )
    symbol = symbol_of(market.spec)
    return responses.reply([responses.my_trade(row, symbol, _list_of(call, row.order), call.options) for row in rows])


def _list_of(call: Call, order: OrderId) -> int:
    row = call.views.orders.get(order)
    return responses.NO_LIST if row is None else answers.list_id(row)


def prevented_matches(call: Call) -> Reply:
    """Matches that were prevented: one, or those of an order."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    one, order, first = (call.params.get(name) for name in ("preventedMatchId", "orderId", "fromPreventedMatchId"))
    rows = call.views.preventions.of(
        account_of(call),
        market.no,
        prevention=int(one) if one else None,
        order=OrderId(int(order)) if order else None,
        from_prevention=int(first or 0),
        limit=limit_of(call),
    )
    symbol = symbol_of(market.spec)
    return responses.reply([answers.prevented_match(row, symbol, call.options) for row in rows])


def my_allocations(call: Call) -> Reply:
    """What routed orders sent to one symbol were given, oldest first."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    order, first = call.params.get("orderId"), call.params.get("fromAllocationId")
    start, end = moment(call, "startTime"), until(call)
    # By the symbol alone the oldest are told; the venue's numbers are one below ours.
    from_the_first = not (first or start or end)
    rows = call.views.trades.allocations(
        account_of(call),
        market.no,
        from_id=TradeId(int(first or 0) + 1) if first or from_the_first else None,
        start=start,
        end=end,
        order=OrderId(int(order)) if order else None,
        limit=limit_of(call),
    )
    symbol = symbol_of(market.spec)
    return responses.reply([answers.allocation(row, symbol, call.options) for row in rows])
