"""Canceling an order and placing another in its stead, in one call.

Modes and statuses: "Cancel an Existing Order and Send a New Order" of binance/binance-spot-api-docs (2026-07-21). What
is wrong with the new order in itself (its filters, and how many orders the account has sent) is found before either is
tried, so that nothing happens then.
"""

from typing import Any

import msgspec

from simexchange.dialects.binance.common.errors import JSON_HEADERS, error_body
from simexchange.dialects.binance.spot import errors, responses
from simexchange.dialects.binance.spot.calls import failure, find_order, market_of
from simexchange.dialects.binance.spot.judging import failed_filter
from simexchange.dialects.binance.spot.trading import Answer, Steps, canceled, placed
from simexchange.dialects.contract import ApiError, Call, Reply, Throttled


def cancel_replace(call: Call) -> Steps:
    """Cancel first; by the mode, place the new order whatever became of that, or only where it went well."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    throttled = call.throttled()
    if throttled is not None and call.params.get("orderRateLimitExceededMode") != "CANCEL_ONLY":
        return _held_up(failure(throttled.error), throttled)
    reason = failed_filter(call, market)
    if reason is not None:
        return failure(errors.REJECTIONS[reason])
    stops = call.params["cancelReplaceMode"] == "STOP_ON_FAILURE"
    row = find_order(call, market.no, "cancelOrderId", "cancelOrigClientOrderId")
    cancel = yield from canceled(call, market, row, call.params.get("cancelNewClientOrderId"))
    order: Answer | ApiError | None = None
    if throttled is not None:
        order = None if stops and isinstance(cancel, ApiError) else throttled.error
    elif not stops or not isinstance(cancel, ApiError):
        gone = row.id if row is not None and not isinstance(cancel, ApiError) else 0
        order = yield from placed(call, market, replaces=gone)
    reply = _answer(cancel, order)
    return _held_up(reply, throttled) if throttled is not None and stops else reply


def _answer(cancel: Answer | ApiError, order: Answer | ApiError | None) -> Reply:
    """Both went well, or one of them, or none; a new order that was not tried counts as one that was sent."""
    both = {
        "cancelResult": _word(cancel),
        "newOrderResult": _word(order),
        "cancelResponse": _part(cancel),
        "newOrderResponse": _part(order),
    }
    failed = (isinstance(cancel, ApiError), order is None or isinstance(order, ApiError))
    sent = 0 if isinstance(order, ApiError) else 1
    if not any(failed):
        return responses.reply(both, order_count=sent)
    error = errors.REPLACE_FAILED if all(failed) else errors.REPLACE_HALF_FAILED
    return Reply(error.status, msgspec.json.encode({**error_body(error), "data": both}), JSON_HEADERS, sent)


def _held_up(reply: Reply, throttled: Throttled) -> Reply:
    headers = {**reply.headers, "Retry-After": str(throttled.retry_after)}
    return Reply(throttled.error.status, reply.body, headers)


def _word(part: Answer | ApiError | None) -> str:
    if part is None:
        return "NOT_ATTEMPTED"
    return "FAILURE" if isinstance(part, ApiError) else "SUCCESS"


def _part(part: Answer | ApiError | None) -> Any:
    return error_body(part) if isinstance(part, ApiError) else part
