"""Orders as answers tell them: placed, asked for, canceled.

Field names and their order: "REST API" of binance/binance-spot-api-docs (2026-07-21); conditional fields appear where
their condition holds ("Conditional fields in Order Responses").
"""

from collections.abc import Sequence
from typing import Any, Final

from simexchange.core.vocabulary.events import Event, TradeExecuted, TradePrevented
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.orders import BUY, MARKET, POST_ONLY, EndReason, OrderStatus, Peg, Terms, Trigger
from simexchange.core.vocabulary.units import Nanos, Price, Quantity
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
from simexchange.projections.preventions import PreventedRow
from simexchange.projections.trades import FillRow

NO_GROUP: Final = -1
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


def list_id(row: OrderRow) -> int:
    """The list it is a leg of; −1: none."""
    return row.order_list or NO_LIST


def price(row: OrderRow) -> Price:
    """The price that was sent: of a pegged order not the one the book gave it."""
    peg = row.more.peg if row.more is not None else None
    return row.price if peg is None else peg.guard


def working_floor(row: OrderRow) -> str:
    """Where a routed order was last at work: over all its books, or in the one it was sent to."""
    return "SOR" if row.last_allocation and not row.resting else "EXCHANGE"


def peg_type(peg: Peg) -> str:
    return "MARKET_PEG" if peg.other else "PRIMARY_PEG"


def self_trade_mode(row: OrderRow) -> str:
    """What it does about self-trades, as it was told when it was placed."""
    return MODES.get(row.more.self_trade, "NONE") if row.more is not None else "NONE"


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
    if row.prevention >= 0:
        found["preventedMatchId"] = row.prevention
        found["preventedQuantity"] = print_decimal(row.prevented)
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
    if more.iceberg_qty:
        found["icebergQty"] = print_decimal(more.iceberg_qty)
    if more.strategy_id:
        found["strategyId"] = more.strategy_id
    if more.strategy_type:
        found["strategyType"] = more.strategy_type
    if more.peg is not None:
        found |= _of_peg(row, more.peg)
    if more.routed:
        found["workingFloor"] = working_floor(row)
        found["usedSor"] = True
    return found


def _of_peg(row: OrderRow, peg: Peg) -> dict[str, Any]:
    found: dict[str, Any] = {"pegPriceType": peg_type(peg)}
    if peg.level > 1:
        found["pegOffsetType"] = "PRICE_LEVEL"
        found["pegOffsetValue"] = peg.level - 1
    if row.working_at:
        found["peggedPrice"] = print_decimal(row.price)
    return found


def _working_time(row: OrderRow, options: Options) -> int:
    """When it came to the book; -1: it sleeps or waits."""
    return wire_time(row.working_at, options) if row.working_at else -1


def acknowledged(row: OrderRow, symbol: str, at: Nanos, options: Options) -> dict[str, Any]:
    """The answer of ``newOrderRespType=ACK``."""
    return {
        "symbol": symbol,
        "orderId": row.id,
        "orderListId": list_id(row),
        "clientOrderId": row.client_id,
        "transactTime": wire_time(at, options),
    }


def resulted(row: OrderRow, symbol: str, at: Nanos, options: Options) -> dict[str, Any]:
    """The answer of ``newOrderRespType=RESULT``."""
    found = acknowledged(row, symbol, at, options)
    _add_amounts(found, row)
    found["workingTime"] = _working_time(row, options)
    found["selfTradePreventionMode"] = self_trade_mode(row)
    if row.more is not None or row.prevention >= 0 or row.end_reason is not None:
        found |= _conditional(row, options)
    return found


def _add_amounts(found: dict[str, Any], row: OrderRow) -> None:
    found["price"] = print_decimal(price(row))
    if row.qty:
        # What waits to be paid by another order of its list has no size yet.
        found["origQty"] = print_decimal(row.qty)
    found["executedQty"] = print_decimal(row.filled)
    found["origQuoteOrderQty"] = print_decimal(row.quote_qty) if row.more is not None else ZERO
    found["cummulativeQuoteQty"] = print_decimal(row.cum_quote)
    found["status"] = status(row)
    found["timeInForce"] = time_in_force(row)
    found["type"] = order_type(row)
    found["side"] = SIDES[row.side]


def fills_of(order: OrderId, events: Sequence[Event]) -> list[dict[str, Any]]:
    """The trades an order made as it came in, for newOrderRespType FULL; of a routed one its allocations, too."""
    return [
        {
            **({"matchType": "ONE_PARTY_TRADE_REPORT"} if event.allocation else {}),
            "price": print_decimal(event.price),
            "qty": print_decimal(event.qty),
            "commission": print_decimal(event.taker.fee),
            "commissionAsset": event.taker.fee_asset,
            **({"tradeId": -1, "allocId": event.allocation - 1} if event.allocation else {"tradeId": event.trade}),
        }
        for event in events
        if isinstance(event, TradeExecuted) and event.taker.order == order
    ]


def preventions_of(order: OrderId, events: Sequence[Event]) -> list[dict[str, Any]]:
    """The matches that were prevented as an order came in, for newOrderRespType FULL."""
    return [
        {
            "preventedMatchId": event.prevention,
            "makerOrderId": event.maker.order,
            "price": print_decimal(event.price),
            **prevented_quantities(event.taker.qty, event.maker.qty),
        }
        for event in events
        if isinstance(event, TradePrevented) and event.taker.order == order
    ]


def prevented_quantities(taker: Quantity, maker: Quantity) -> dict[str, str]:
    """What either side lost; a side that lost nothing is not mentioned."""
    lost = {"takerPreventedQuantity": taker, "makerPreventedQuantity": maker}
    return {name: print_decimal(qty) for name, qty in lost.items() if qty}


def prevented_match(row: PreventedRow, symbol: str, options: Options) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "preventedMatchId": row.prevention,
        "takerOrderId": row.taker_order,
        "makerSymbol": symbol,
        "makerOrderId": row.maker_order,
        "tradeGroupId": row.group or NO_GROUP,
        "selfTradePreventionMode": MODES[row.mode],
        "price": print_decimal(row.price),
        **prevented_quantities(row.taker_qty, row.maker_qty),
        "transactTime": wire_time(row.at, options),
    }


def allocation(row: FillRow, symbol: str, options: Options) -> dict[str, Any]:
    """What a routed order was given; the venue counts from 0."""
    return {
        "symbol": symbol,
        "allocationId": row.allocation - 1,
        "allocationType": "SOR",
        "orderId": row.order,
        "orderListId": NO_LIST,
        "price": print_decimal(row.price),
        "qty": print_decimal(row.qty),
        "quoteQty": print_decimal(row.quote),
        "commission": print_decimal(row.fee),
        "commissionAsset": row.fee_asset,
        "time": wire_time(row.at, options),
        "isBuyer": row.is_buyer,
        "isMaker": row.is_maker,
        "isAllocator": False,
    }


def queried(row: OrderRow, symbol: str, options: Options) -> dict[str, Any]:
    """An order as openOrders, allOrders and order queries show it."""
    return {
        "symbol": symbol,
        "orderId": row.id,
        "orderListId": list_id(row),
        "clientOrderId": row.client_id,
        "price": print_decimal(price(row)),
        "origQty": print_decimal(row.qty),
        "executedQty": print_decimal(row.filled),
        "cummulativeQuoteQty": print_decimal(row.cum_quote),
        "status": status(row),
        "timeInForce": time_in_force(row),
        "type": order_type(row),
        "side": SIDES[row.side],
        "stopPrice": print_decimal(stop_price(row)),
        "icebergQty": print_decimal(row.more.iceberg_qty) if row.more is not None else ZERO,
        "time": wire_time(row.accepted_at, options),
        "updateTime": wire_time(row.updated_at, options),
        "isWorking": row.working_at > 0,
        "origQuoteOrderQty": print_decimal(row.quote_qty),
        "workingTime": _working_time(row, options),
        "selfTradePreventionMode": self_trade_mode(row),
        **_conditional(row, options),
    }


def amended(row: OrderRow, before: str, symbol: str, options: Options) -> dict[str, Any]:
    """An order as its amendment answers; *before* is the client id it had."""
    found = {
        "symbol": symbol,
        "orderId": row.id,
        "orderListId": list_id(row),
        "origClientOrderId": before,
        "clientOrderId": row.client_id,
        "price": print_decimal(price(row)),
        "qty": print_decimal(row.qty),
        "executedQty": print_decimal(row.filled),
        "preventedQty": print_decimal(row.prevented),
        "quoteOrderQty": print_decimal(row.quote_qty),
        "cumulativeQuoteQty": print_decimal(row.cum_quote),
        "status": status(row),
        "timeInForce": time_in_force(row),
        "type": order_type(row),
        "side": SIDES[row.side],
        "selfTradePreventionMode": self_trade_mode(row),
        **_conditional(row, options),
    }
    if row.working_at:
        found["workingTime"] = wire_time(row.working_at, options)
    return found


def canceled(row: OrderRow, symbol: str, client_id: str, at: Nanos, options: Options) -> dict[str, Any]:
    """An order as its cancel answers; *client_id* is that of the cancel."""
    found: dict[str, Any] = {
        "symbol": symbol,
        "origClientOrderId": row.client_id,
        "orderId": row.id,
        "orderListId": list_id(row),
        "clientOrderId": client_id,
        "transactTime": wire_time(at, options),
    }
    _add_amounts(found, row)
    found["selfTradePreventionMode"] = self_trade_mode(row)
    return found | _conditional(row, options)
