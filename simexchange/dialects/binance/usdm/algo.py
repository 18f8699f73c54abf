"""Calls of the Algo Service: conditional orders are placed, canceled and asked for under ids of their own."""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.commands import CancelOrder, Command
from simexchange.core.vocabulary.events import CommandRefused, OrderAccepted, OrderCanceled, OrderRejected
from simexchange.core.vocabulary.step import Step
from simexchange.dialects.binance.common import errors as common
from simexchange.dialects.binance.usdm import algorows, errors, responses
from simexchange.dialects.binance.usdm.choosing import known
from simexchange.dialects.binance.usdm.conditions import read_algo_order
from simexchange.dialects.binance.usdm.orderwords import is_conditional, is_waiting
from simexchange.dialects.binance.usdm.requests import whole
from simexchange.dialects.binance.usdm.symbols import contracts_of, find, listed
from simexchange.dialects.binance.usdm.trading import account_of, markets_and_week, rejection, self_trade_of
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.orders import OrderRow

if TYPE_CHECKING:
    from simexchange.core.market import MarketState

Work = Generator[Command, Step, Reply]
ALL: Final = 1_000_000


def place(call: Call) -> Work:
    """``POST /fapi/v1/algoOrder``."""
    command = read_algo_order(call.params, contracts_of(call), call.state, account_of(call), call.now)
    if isinstance(command, ApiError):
        return responses.refused(command)
    step = yield command
    for event in step.events:
        if isinstance(event, OrderRejected):
            return responses.refused(rejection(event.reason, call.state, command))
        if isinstance(event, OrderAccepted):
            row = call.views.orders.get(event.order)
            if row is not None:
                return responses.ok(_answer(call, row), order_count=1)
    return responses.refused(common.UNKNOWN)


def _answer(call: Call, row: OrderRow) -> responses.Json:
    spec = call.state.markets[row.market].spec
    return algorows.order(spec, row, self_trade_of(call, row))


def _asked(call: Call, row: OrderRow) -> responses.Json:
    spec = call.state.markets[row.market].spec
    return algorows.queried_order(spec, row, self_trade_of(call, row))


def _found(call: Call, params: Mapping[str, str]) -> OrderRow | None:
    """The conditional order that is named, if it is the caller's and of this product; by client id the newest."""
    account, orders = account_of(call), call.views.orders
    number = whole(params, "algoId")
    if number is not None:
        row = orders.get(algorows.order_of(number))
        if row is None or row.account != account or not is_conditional(row):
            return None
        return row if contracts_of(call).has(call.state, call.state.markets[row.market]) else None
    named = [
        row
        for market in listed(call)
        for row in orders.with_client_id(account, market.no, params["clientAlgoId"])[:1]
        if is_conditional(row)
    ]
    return max(named, key=lambda row: row.accepted_at, default=None)


def status(call: Call) -> Reply:
    """``GET /fapi/v1/algoOrder``."""
    row = _found(call, call.params)
    return responses.refused(errors.NO_SUCH_ORDER) if row is None else responses.ok(_asked(call, row))


def cancel(call: Call) -> Work:
    """``DELETE /fapi/v1/algoOrder``: only while it waits; what was triggered is canceled as the order it became."""
    row = _found(call, call.params)
    if row is None or not row.is_open or not is_waiting(row):
        return responses.refused(errors.CANCEL_REJECTED)
    step = yield CancelOrder(account_of(call), row.market, row.id)
    for event in step.events:
        if isinstance(event, CommandRefused):
            return responses.refused(errors.REJECTIONS[event.reason])
        if isinstance(event, OrderCanceled):
            # The code is a text here and a number where all are canceled (recorded 2026-09).
            return responses.ok({
                "algoId": algorows.algo_id(row.id),
                "clientAlgoId": row.client_id,
                "code": "200",
                "msg": "success",
            })  # fmt: skip
    return responses.refused(common.UNKNOWN)


def _waiting(call: Call, markets: "list[MarketState]") -> list[OrderRow]:
    """The caller's conditional orders in these markets that wait, oldest first."""
    numbers = {market.no for market in markets}
    rows = call.views.orders.open(account_of(call), markets[0].no if len(markets) == 1 else None)
    return [row for row in rows if is_waiting(row) and row.market in numbers]


def cancel_all(call: Call) -> Work:
    """``DELETE /fapi/v1/algoOpenOrders``: where there is nothing to cancel, that is done, too."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    for row in _waiting(call, [market]):
        yield CancelOrder(account_of(call), market.no, row.id)
    return responses.done("The operation of cancel all open order is done.")


def open_orders(call: Call) -> Reply:
    """``GET /fapi/v1/openAlgoOrders``, of one symbol or of all."""
    markets = known(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    rows = _waiting(call, markets)
    number = whole(call.params, "algoId")
    return responses.ok([_asked(call, row) for row in rows if number in (None, algorows.algo_id(row.id))])


def all_orders(call: Call) -> Reply:
    """``GET /fapi/v1/allAlgoOrders``: from an id on, or within at most seven days."""
    asked = markets_and_week(call)
    if isinstance(asked, ApiError):
        return responses.refused(asked)
    (market,), start, end = asked
    number, limit, page = whole(call.params, "algoId"), whole(call.params, "limit") or 500, whole(call.params, "page")
    rows = call.views.orders.history(account_of(call), market.no, end=None if number else end, limit=ALL)
    rows = [row for row in rows if is_conditional(row)]
    if number is not None:
        rows = [row for row in rows if algorows.algo_id(row.id) >= number][:limit]
    else:
        rows = [row for row in rows if row.accepted_at >= start]
        skipped = limit * ((page or 1) - 1)
        oldest_first = bool(call.params.get("startTime"))
        rows = rows[skipped : skipped + limit] if oldest_first else rows[: len(rows) - skipped][-limit:]
    return responses.ok([_asked(call, row) for row in rows])
