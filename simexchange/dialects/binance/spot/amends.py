"""Making an open order smaller without costing it its place, and what became smaller so.

Shapes: "Order Amend Keep Priority" and "Query Order Amendments" of binance/binance-spot-api-docs (2026-07-21).
"""

from collections.abc import Mapping
from typing import Any, Final

from simexchange.core.vocabulary.commands import AmendOrder
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Quantity
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.binance.spot import answers, entry, errors, listing, responses
from simexchange.dialects.binance.spot.calls import account_of, failure, find_order, limit_of, market_of
from simexchange.dialects.binance.spot.trading import Steps
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.orders import Amendment, OrderRow

REFUSALS: Final[Mapping[RejectReason, ApiError]] = {
    RejectReason.ORDER_UNKNOWN: errors.AMEND_UNKNOWN_ORDER,
    RejectReason.MARKET_NOT_TRADING: errors.AMEND_MARKET_CLOSED,
    RejectReason.CLIENT_ID_DUPLICATE: errors.AMEND_DUPLICATE,
}
"""Refusals that have a code of their own where an order is amended; their words are those of a new order."""


def amend(call: Call) -> Steps:
    """Make an order smaller; it gets another client id, unless it is told to keep the one it has."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    row = find_order(call, market.no)
    if row is None or not row.is_open:
        return failure(errors.AMEND_UNKNOWN_ORDER)
    before, qty = row.client_id, Quantity(entry.amount(call.params, "newQty"))
    client_id = call.params.get("newClientOrderId") or responses.made_client_id(
        row.account, row.id, f"amend{len(row.amendments)}"
    )
    step = yield AmendOrder(account_of(call), market.no, qty, row.id, new_client_id=client_id)
    refusal = next((event for event in step.events if isinstance(event, CommandRefused)), None)
    if refusal is not None:
        return failure(REFUSALS.get(refusal.reason) or errors.REJECTIONS[refusal.reason])
    return responses.reply(_amended(call, row, before, symbol_of(market.spec), step))


def _amended(call: Call, row: OrderRow, before: str, symbol: str, step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {
        "transactTime": wire_time(step.at, call.options),
        "executionId": execution_id(call, row, row.amendments[-1]),
        "amendedOrder": answers.amended(row, before, symbol, call.options),
    }
    listed = call.views.lists.get(row.order_list) if row.order_list else None
    if listed is not None:
        told = listing.told(call, listed, symbol)
        found["listStatus"] = {name: told[name] for name in _LIST_STATUS}
    return found


_LIST_STATUS: Final = ("orderListId", "contingencyType", "listOrderStatus", "listClientOrderId", "symbol", "orders")


def execution_id(call: Call, row: OrderRow, change: Amendment) -> int:
    """The number of a change in the private stream.

    Of two that exclude each other both are changed in one record, the one that holds its own need first: what works
    before what sleeps, else the older one.
    """
    listed = call.views.lists.get(row.order_list) if row.order_list else None
    pair = listing.pair_of(call, listed) if listed is not None else []
    place = pair.index(row) if row in pair else 0
    # Each event of a record has two numbers, because a trade needs them.
    return change.seq * responses.EXECUTIONS_PER_RECORD + 2 * place


def amendments(call: Call) -> Reply:
    """Every change of one order, oldest first."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    row = call.views.orders.get(OrderId(int(call.params["orderId"])))
    if row is None or (row.account, row.market) != (account_of(call), market.no):
        return failure(errors.NO_SUCH_ORDER)
    first, symbol = int(call.params.get("fromExecutionId") or 0), symbol_of(market.spec)
    found = [
        {
            "symbol": symbol,
            "orderId": row.id,
            "executionId": number,
            "origClientOrderId": change.client_id,
            "newClientOrderId": change.new_client_id,
            "origQty": print_decimal(change.qty),
            "newQty": print_decimal(change.new_qty),
            "time": wire_time(change.at, call.options),
        }
        for change in row.amendments
        if (number := execution_id(call, row, change)) >= first
    ]
    return responses.reply(found[: limit_of(call)])
