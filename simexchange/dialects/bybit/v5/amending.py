"""Calls that change an open order, which keeps its id: size, price, trigger, and the prices attached to it.

"Amend Order" and "Batch Amend Order" (docs/v5/order/amend-order.mdx, snapshot 2026-07-24, seen 2026-11). Whether an
order keeps its place in the queue is not published: here it does where it is made smaller, or brings other prices
along, and nothing else.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.core.vocabulary.commands import AmendOrder, ModifyOrder
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.orders import Side, Terms, Trigger
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Price, Quantity
from simexchange.dialects.bybit.common import errors as common
from simexchange.dialects.bybit.common.numbers import NotANumber, Overflowed, TooPrecise, parse_decimal
from simexchange.dialects.bybit.common.quantities import qty_of
from simexchange.dialects.bybit.common.symbols import SPOT
from simexchange.dialects.bybit.v5 import errors, orderparams, orderwords as words, responses
from simexchange.dialects.bybit.v5.choosing import market_of
from simexchange.dialects.bybit.v5.orderfinding import open_order
from simexchange.dialects.bybit.v5.orderrequests import attached_wrongly, too_large, would_trigger
from simexchange.dialects.bybit.v5.orderrows import placed
from simexchange.dialects.bybit.v5.trading import Part, Work, in_batch, short
from simexchange.dialects.contract import ApiError, Call

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.projections.orders import OrderRow

CHANGES: Final = ("qty", "price", "triggerPrice", "triggerBy", "takeProfit", "stopLoss", "tpLimitPrice", "slLimitPrice")


def amend(call: Call) -> Work:
    """``POST /v5/order/amend``."""
    made = yield from _amended(call, call.params)
    return responses.refused(call, made) if isinstance(made, ApiError) else responses.placed(call, short(made), 1)


def amend_batch(call: Call) -> Work:
    """``POST /v5/order/amend-batch``."""
    return (yield from in_batch(call, orderparams.AMEND, _amended))


def _amended(call: Call, params: Mapping[str, str]) -> Part:
    """One change, be it alone or in a batch."""
    market = market_of(call, params)
    if isinstance(market, ApiError):
        return market
    row = open_order(call, market, params)
    spot = params["category"] == SPOT
    if row is None:
        return errors.rejection(RejectReason.ORDER_UNKNOWN, spot=spot)
    command = _read(call, params, market, row)
    if isinstance(command, ApiError):
        return command
    step = yield command
    for event in step.events:
        if isinstance(event, CommandRefused):
            return _refusal(call, market, row, command, event.reason)
    named = {"category": params["category"], "symbol": params["symbol"]}
    return {**named, **placed(market.spec, row.id, row.client_id)}


def _read(
    call: Call, params: Mapping[str, str], market: "MarketState", row: "OrderRow"
) -> "AmendOrder | ModifyOrder | ApiError":
    """The change, with what was not sent as it stands."""
    spot = not market.derivative
    if not any(params.get(name) for name in CHANGES):
        return errors.UNCHANGED
    try:
        qty = qty_of(market.spec, params["qty"]) if params.get("qty") else row.qty
        price = parse_decimal(params["price"]) if params.get("price") else row.price
        more = _terms(params, row)
    except TooPrecise as error:
        return errors.rejection(_too_fine(params, str(error)), spot=spot)
    except (NotANumber, Overflowed) as error:
        return errors.rejection(too_large(params, str(error)), spot=spot)
    if isinstance(more, ApiError):
        return more
    if params.get("qty") and not qty:
        return errors.rejection(RejectReason.QTY_NOT_POSITIVE, spot=spot)
    if more == row.more and price == row.price and row.filled < qty < row.qty:
        return AmendOrder(row.account, market.no, Quantity(qty), row.id)
    changed = None if more == row.more else more
    return ModifyOrder(row.account, market.no, Quantity(qty), Price(price), row.id, anywhere=True, more=changed)


def _too_fine(params: Mapping[str, str], text: str) -> RejectReason:
    return RejectReason.QTY_OFF_STEP if text == params.get("qty") else RejectReason.PRICE_OFF_TICK


def _terms(params: Mapping[str, str], row: "OrderRow") -> Terms | ApiError | None:
    """What it waits for and what is attached to it from now on."""
    more = row.more
    sent = bool(params.get("triggerPrice") or params.get("triggerBy"))
    if sent:
        if more is None or more.trigger is None or not words.sleeps(row):
            return common.invalid("triggerPrice invalid: the order waits for none")
        more = msgspec.structs.replace(more, trigger=_moved(params, more.trigger, row))
    attached = _attached(params, row, more)
    return attached if attached is not None else more


def _moved(params: Mapping[str, str], trigger: Trigger, row: "OrderRow") -> Trigger:
    """The trigger with another price; a limit that goes with it follows the order's own."""
    price = Price(parse_decimal(params["triggerPrice"])) if params.get("triggerPrice") else trigger.price
    watches = words.WATCHED[params["triggerBy"]] if params.get("triggerBy") else trigger.watches
    limit = Price(parse_decimal(params["price"])) if trigger.limit and params.get("price") else trigger.limit
    if trigger.trails:
        return msgspec.structs.replace(trigger, activation=price, watches=watches)
    return msgspec.structs.replace(trigger, price=price, watches=watches, limit=limit)


def _attached(params: Mapping[str, str], row: "OrderRow", more: Terms | None) -> Terms | ApiError | None:
    """The terms with other attached prices; None where nothing was said of them. "0" takes one away."""
    if not any(params.get(name) for name in ("takeProfit", "stopLoss", "tpLimitPrice", "slLimitPrice")):
        return None
    if row.filled:
        return errors.FILLED_PARTLY
    if words.reduces(row):
        return errors.REDUCING_WITH_PRICES
    more = more or Terms()
    partial = params["tpslMode"] == "Partial" if params.get("tpslMode") else more.partial
    buys = row.side is Side.BUY
    return msgspec.structs.replace(
        more,
        take_profit=_price(params, "takeProfit", "tp", more.take_profit, rising=buys),
        stop_loss=_price(params, "stopLoss", "sl", more.stop_loss, rising=not buys),
        partial=partial,
    )


def _price(
    params: Mapping[str, str], name: str, short_name: str, before: Trigger | None, *, rising: bool
) -> Trigger | None:
    """One attached price as it is to be."""
    sent, by, limit = (params.get(each) for each in (name, f"{short_name}TriggerBy", f"{short_name}LimitPrice"))
    price = before.price if before is not None and not sent else Price(parse_decimal(sent or "0"))
    if not price:
        return None
    trigger = before or Trigger(price, rising=rising)
    return msgspec.structs.replace(
        trigger,
        price=price,
        watches=words.WATCHED[by] if by else trigger.watches,
        limit=Price(parse_decimal(limit)) if limit else trigger.limit,
    )


def _refusal(
    call: Call, market: "MarketState", row: "OrderRow", command: AmendOrder | ModifyOrder, reason: RejectReason
) -> ApiError:
    """Why it could not be changed, with the figures that belong into the text."""
    spot = not market.derivative
    if reason is RejectReason.WOULD_TRIGGER and isinstance(command, ModifyOrder) and command.more is not None:
        wrong = attached_wrongly(call, market, row.side, command.price, command.more)
        if wrong is not None:
            return wrong
        if command.more.trigger is not None and not spot:
            return would_trigger(call, market, command.more.trigger)
    if reason is RejectReason.FEATURE_NOT_SERVED:
        return errors.SPOT_FIXED if spot else errors.rejection(RejectReason.ORDER_SHAPE_INVALID, spot=False)
    return errors.rejection(reason, spot=spot)
