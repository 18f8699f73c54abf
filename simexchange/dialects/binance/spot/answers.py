"""Orders as answers tell them: placed, asked for, canceled.

Field names and their order: "REST API" of binance/binance-spot-api-docs (2026-07-21); conditional fields appear where
their condition holds ("Conditional fields in Order Responses").
"""

from collections.abc import Sequence
from typing import Any, Final

from simexchange.core.vocabulary.events import Event, TradeExecuted
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.orders import BUY, MARKET, POST_ONLY, EndReason, OrderStatus, Terms, Trigger
from simexchange.core.vocabulary.units import Nanos, Price
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.binance.spot.entry import BIP, SELF_TRADE_MODES
from simexchange.dialects.binance.spot.responses import (
    EXPIRY_REASONS,
    NO_LIST,
    SIDES,
    STATUSES,
    TIMES_IN_FORCE,
    ZERO,
    Options,
)
from simexchange.dialects.binance.spot.shapes import STOP_TYPES
from simexchange.projections.orders import OrderRow

SELF_TRADE: Final = EndReason.SELF_TRADE
EXPIRED: Final = OrderStatus.EXPIRED
MODES: Final = {mode: name for name, mode in SELF_TRADE_MODES.items()}
"""How the venue writes a self-trade mode."""


def order_type(row: OrderRow) -> str:
    """As it was sent; of an order that came another way, what it does decides."""
    more = row.more
    if more is not None and more.trigger is not None:
        return more.wire if more.wire in STOP_TYPES else _stop_type(row, more.trigger)
    if row.kind is MARKET:
        return "MARKET"
    return "LIMIT_MAKER" if row.tif is POST_ONLY else "LIMIT"


def _stop_type(row: OrderRow, trigger: Trigger) -> str:
    above = trigger.activation_rising if trigger.trailing else trigger.rising
    what = "STOP_LOSS" if above is (row.side is BUY) else "TAKE_PROFIT"
    return what if row.kind is MARKET else f"{what}_LIMIT"


def stop_price(row: OrderRow) -> Price:
    """The price it waits for; of a trailing order that from which it follows. 0: none."""
    trigger = row.more.trigger if row.more is not None else None
    if trigger is None:
        return Price(0)
    return trigger.activation if trigger.trailing else trigger.price


def trailing_delta(row: OrderRow) -> int:
    """How far a trailing order stays behind, in basis points; 0: it does not trail."""
    trigger = row.more.trigger if row.more is not None else None
    return 0 if trigger is None else trigger.trailing // BIP


def time_in_force(row: OrderRow) -> str:
    """A market order is shown as GTC."""
    return "GTC" if row.kind is MARKET else TIMES_IN_FORCE[row.tif]


def status(row: OrderRow) -> str:
    return "EXPIRED_IN_MATCH" if row.end_reason is SELF_TRADE else STATUSES[row.status]


def expiry_reason(row: OrderRow) -> str | None:
    """Why it expired; None where it did not."""
    if row.end_reason is None or row.status is not EXPIRED:
        return None
    return EXPIRY_REASONS[row.end_reason]


def _conditional(row: OrderRow, options: Options) -> dict[str, Any]:
    """Fields that are there only where they say something."""
    found: dict[str, Any] = {}
    if row.more is not None:
        found = _of_terms(row, row.more, options)
    reason = expiry_reason(row)
    if reason is not None:
        found["expiryReason"] = reason
    return found


def _of_terms(row: OrderRow, more: Terms, options: Options) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if more.trigger is not None:
        found["stopPrice"] = print_decimal(stop_price(row))
        if more.trigger.trailing:
            found["trailingDelta"] = trailing_delta(row)
            found["trailingTime"] = wire_time(row.trailing_at, options) if row.trailing_at else -1
    if more.strategy_id:
        found["strategyId"] = more.strategy_id
    if more.strategy_type:
        found["strategyType"] = more.strategy_type
    return found


def _working_time(row: OrderRow, options: Options) -> int:
    """When it came to the book; -1: it sleeps or waits."""
    return wire_time(row.working_at, options) if row.working_at else -1


def acknowledged(row: OrderRow, symbol: str, at: Nanos, options: Options) -> dict[str, Any]:
    """The answer of ``newOrderRespType=ACK``."""
    return {
        "symbol": symbol,
        "orderId": row.id,
        "orderListId": NO_LIST,
        "clientOrderId": row.client_id,
        "transactTime": wire_time(at, options),
    }


def resulted(row: OrderRow, symbol: str, at: Nanos, options: Options) -> dict[str, Any]:
    """The answer of ``newOrderRespType=RESULT``."""
    return {
        **acknowledged(row, symbol, at, options),
        **_amounts(row),
        "workingTime": _working_time(row, options),
        "selfTradePreventionMode": "NONE",
        **_conditional(row, options),
    }


def _amounts(row: OrderRow) -> dict[str, Any]:
    return {
        "price": print_decimal(row.price),
        "origQty": print_decimal(row.qty),
        "executedQty": print_decimal(row.filled),
        "origQuoteOrderQty": print_decimal(row.quote_qty),
        "cummulativeQuoteQty": print_decimal(row.cum_quote),
        "status": status(row),
        "timeInForce": time_in_force(row),
        "type": order_type(row),
        "side": SIDES[row.side],
    }


def fills_of(order: OrderId, events: Sequence[Event]) -> list[dict[str, Any]]:
    """The trades an order made as it came in, for newOrderRespType FULL."""
    return [
        {
            "price": print_decimal(event.price),
            "qty": print_decimal(event.qty),
            "commission": print_decimal(event.taker.fee),
            "commissionAsset": event.taker.fee_asset,
            "tradeId": event.trade,
        }
        for event in events
        if isinstance(event, TradeExecuted) and event.taker.order == order
    ]


def queried(row: OrderRow, symbol: str, options: Options) -> dict[str, Any]:
    """An order as openOrders, allOrders and order queries show it."""
    return {
        "symbol": symbol,
        "orderId": row.id,
        "orderListId": NO_LIST,
        "clientOrderId": row.client_id,
        "price": print_decimal(row.price),
        "origQty": print_decimal(row.qty),
        "executedQty": print_decimal(row.filled),
        "cummulativeQuoteQty": print_decimal(row.cum_quote),
        "status": status(row),
        "timeInForce": time_in_force(row),
        "type": order_type(row),
        "side": SIDES[row.side],
        "stopPrice": print_decimal(stop_price(row)),
        "icebergQty": ZERO,
        "time": wire_time(row.accepted_at, options),
        "updateTime": wire_time(row.updated_at, options),
        "isWorking": row.working_at > 0,
        "origQuoteOrderQty": print_decimal(row.quote_qty),
        "workingTime": _working_time(row, options),
        "selfTradePreventionMode": "NONE",
        **_conditional(row, options),
    }


def canceled(row: OrderRow, symbol: str, client_id: str, at: Nanos, options: Options) -> dict[str, Any]:
    """An order as its cancel answers; *client_id* is that of the cancel."""
    return {
        "symbol": symbol,
        "origClientOrderId": row.client_id,
        "orderId": row.id,
        "orderListId": NO_LIST,
        "clientOrderId": client_id,
        "transactTime": wire_time(at, options),
        **_amounts(row),
        "selfTradePreventionMode": "NONE",
        **_conditional(row, options),
    }
