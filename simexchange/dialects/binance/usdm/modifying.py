"""Calls that change a resting order, and what was changed: it keeps its id and loses its place in the queue."""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.commands import Command, ModifyOrder
from simexchange.core.vocabulary.events import CommandRefused
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Price, Quantity
from simexchange.dialects.binance.changes import MODIFY_BOTH
from simexchange.dialects.binance.common.errors import either, mandatory, not_required
from simexchange.dialects.binance.common.numbers import print_plain
from simexchange.dialects.binance.common.params import Param, Surplus, boolean, check_params, integer, is_true, one_of
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.orderwords import match_word, reduces
from simexchange.dialects.binance.usdm.requests import (
    BATCH_COUNT,
    ONE_ORDER,
    PRICE,
    PRICE_MATCHES,
    QUANTITY,
    SIDES,
    last_moment,
    matched,
    moment,
    one_of_two,
    peg_of,
    read_batch,
    read_sizes,
    whole,
)
from simexchange.dialects.binance.usdm.symbols import find, pair_of, price_text, qty_text
from simexchange.dialects.binance.usdm.trading import account_of, find_order, self_trade_of
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.projections.orders import Amendment, OrderRow

Work = Generator[Command, Step, Reply]
Part = Generator[Command, Step, "responses.Json | ApiError"]

MODIFY: Final = {
    param.name: param
    for param in (
        *ONE_ORDER,
        Param("side", one_of(tuple(SIDES), errors.BAD_SIDE), required=True),
        Param("quantity", QUANTITY, required=True),
        Param("price", PRICE),
        Param("priceMatch", one_of(PRICE_MATCHES, errors.BAD_PRICE_MATCH)),
        Param("modifyId", integer()),
        Param("reduceOnly", boolean),
    )
}
REFUSED: Final[Mapping[RejectReason, ApiError]] = {
    RejectReason.ORDER_UNKNOWN: errors.NO_SUCH_ORDER,
    RejectReason.MARKET_NOT_TRADING: errors.MODIFY_NOT_TRADING,
    RejectReason.ORDER_SHAPE_INVALID: errors.MODIFY_LIMIT_ONLY,
}
"""What a change is refused with where that is not what a new order is."""


def check_modify(params: Mapping[str, str]) -> ApiError | None:
    """What is wrong with a change by its parameters alone."""
    return check_params(MODIFY, Surplus.TOLERATED, params) or one_of_two(params) or _check_price(params)


EITHER: Final = {**MODIFY, "quantity": Param("quantity", QUANTITY)}


def check_either(params: Mapping[str, str]) -> ApiError | None:
    """As `check_modify` on COIN-M before 2026-06-30: a quantity or a price, and the other stays."""
    error = check_params(EITHER, Surplus.TOLERATED, params) or one_of_two(params)
    if error is not None:
        return error
    if matched(params):
        return not_required("price") if params.get("price") else None
    return None if params.get("quantity") or params.get("price") else either("quantity", "price")


def _check_price(params: Mapping[str, str]) -> ApiError | None:
    """Quantity and price are both sent, even where one of them stays; or the book gives the price."""
    if matched(params):
        return not_required("price") if params.get("price") else None
    return None if params.get("price") else mandatory("price")


def modify(call: Call) -> Work:
    """``PUT /fapi/v1/order``."""
    made = yield from _modified(call, call.params)
    return responses.refused(made) if isinstance(made, ApiError) else responses.ok(made, order_count=1)


def modify_batch(call: Call) -> Work:
    """``PUT /fapi/v1/batchOrders``: up to five changes, each with its own answer."""
    batch = read_batch(call.params["batchOrders"])
    if isinstance(batch, ApiError):
        return responses.refused(batch)
    judge = check_either if MODIFY_BOTH in call.options else check_modify
    answers = []
    for params in batch:
        made = judge(params) or (yield from _modified(call, params))
        answers.append(responses.inline(made) if isinstance(made, ApiError) else made)
    return responses.ok(answers, order_count=BATCH_COUNT)


def _modified(call: Call, params: Mapping[str, str]) -> Part:
    """One change, be it alone or in a batch."""
    market = find(call, params["symbol"])
    if market is None:
        return errors.BAD_SYMBOL
    row = find_order(call, market, params)
    if row is not None and MODIFY_BOTH in call.options:
        params = _completed(params, row)
    sizes = read_sizes(params, market)
    if isinstance(sizes, ApiError):
        return sizes
    if row is None or not row.is_open or row.side is not SIDES[params["side"]]:
        return errors.NO_SUCH_ORDER
    if is_true(params, "reduceOnly") and not reduces(row):
        return errors.MODIFY_NOT_REDUCING
    qty, price = sizes
    own = whole(params, "modifyId") or 0
    step = yield ModifyOrder(
        account_of(call), market.no, Quantity(qty), Price(price), row.id, peg=peg_of(params), label=own
    )
    for event in step.events:
        if isinstance(event, CommandRefused):
            return _refusal(call, market, event.reason)
    answer = responses.order(market.spec, row, self_trade_of(call, row))
    if params.get("modifyId"):
        answer["modifyId"] = own
    return answer


def _completed(params: Mapping[str, str], row: "OrderRow") -> dict[str, str]:
    """A change of which only one half was sent, with the other as it stands."""
    sent = {name: value for name, value in params.items() if value}
    stays = {"quantity": print_plain(row.qty)}
    if not matched(params):
        stays["price"] = print_plain(row.price)
    return {**stays, **sent}


def _refusal(call: Call, market: "MarketState", reason: RejectReason) -> ApiError:
    if reason is RejectReason.NOTIONAL_BELOW_MIN:
        rules = call.state.rules[call.state.accounts[account_of(call)].rules, market.no]
        return errors.filled_in(errors.MODIFY_NOTIONAL, print_plain(rules.filters.notional_min))
    return REFUSED.get(reason) or errors.REJECTIONS[reason]


def history(call: Call) -> Reply:
    """``GET /fapi/v1/orderAmendment``: how an order was changed, the newest change first."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    row = find_order(call, market, call.params)
    if row is None:
        return responses.refused(errors.NO_SUCH_ORDER)
    start, end = moment(call.params, "startTime"), last_moment(call.params)
    told = [
        _told(market, row, change, count)
        for count, change in enumerate(row.amendments, 1)
        if (start is None or change.at >= start) and (end is None or change.at <= end)
    ]
    return responses.ok(told[: -(whole(call.params, "limit") or 50) - 1 : -1])


def _told(market: "MarketState", row: "OrderRow", change: "Amendment", count: int) -> responses.Json:
    spec = market.spec
    # The client's own number, where it gave one (change log of 2026-07-28).
    own = {"modifyId": change.label} if change.label else {}
    return {
        "amendmentId": change.seq,
        "symbol": symbol_of(spec),
        "pair": pair_of(spec),
        "orderId": row.id,
        "clientOrderId": row.client_id,
        "time": millis(change.at),
        "amendment": {
            "price": {"before": price_text(spec, change.price), "after": price_text(spec, change.new_price)},
            "origQty": {"before": qty_text(spec, change.qty), "after": qty_text(spec, change.new_qty)},
            "count": count,
            **own,
        },
        "priceMatch": match_word(change.peg),
    }
