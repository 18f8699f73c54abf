"""Orders of spot: placing them, trying whether they would be placed, canceling them."""

from collections.abc import Generator

from simexchange.core import routing
from simexchange.core.vocabulary.commands import CancelAll, CancelOrder, Command
from simexchange.core.vocabulary.events import OrderAccepted, OrderCanceled
from simexchange.core.vocabulary.orders import OrderStatus
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.dialects.binance.common.params import is_true
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.spot import answers, entry, errors, listing, responses
from simexchange.dialects.binance.spot.account import order_commission
from simexchange.dialects.binance.spot.calls import (
    account_of,
    failure,
    find_order,
    market_of,
    orders_after,
    refused,
    self_trade_mode,
)
from simexchange.dialects.binance.spot.judging import failed_filter
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.markets import MarketRow
from simexchange.projections.orders import OrderRow

Answer = dict[str, object]
Steps = Generator[Command, Step, Reply]
Part = Generator[Command, Step, Answer | ApiError]
"""One thing among several that a call does: what it answers, or why it was refused."""

FULL_BY_DEFAULT = ("LIMIT", "MARKET")


def new_order(call: Call) -> Steps:
    """Place an order; answered by its row as it stands after the step."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    answer = yield from placed(call, market)
    return failure(answer) if isinstance(answer, ApiError) else responses.reply(answer, order_count=1)


def new_routed_order(call: Call) -> Steps:
    """Place an order that takes from the books of other quote assets too; it is told in full unless asked otherwise."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    answer = yield from placed(call, market, routed=True)
    return failure(answer) if isinstance(answer, ApiError) else responses.reply(answer, order_count=1)


def placed(call: Call, market: MarketRow, *, routed: bool = False, replaces: int = 0) -> Part:
    """Place the order that the parameters describe, in the stead of *replaces* where that was canceled for it."""
    account = account_of(call)
    number = call.state.accounts[account].orders_made + 1
    client_id = call.params.get("newClientOrderId") or responses.made_client_id(account, number)
    mode = self_trade_mode(call, market.no)
    step = yield entry.place_order(call.params, account, market.no, client_id, mode, routed=routed, replaces=replaces)
    error = refused(step)
    if error is not None:
        return error
    # Not *number*: what was due before the command may have placed an order of this account, a liquidation's.
    orders = orders_after(call, step)
    row = None
    for event in step.events:
        if type(event) is OrderAccepted:
            row = orders.get(event.order)
            break
    assert row is not None, "an accepted order without a row"  # noqa: S101 - a bug, never input
    return _told(call, row, symbol_of(market.spec), step)


def _told(call: Call, row: OrderRow, symbol: str, step: Step) -> Answer:
    in_full = call.params["type"] in FULL_BY_DEFAULT
    kind = call.params.get("newOrderRespType") or ("FULL" if in_full else "ACK")
    if kind == "ACK":
        return answers.acknowledged(row, symbol, step.at, call.options)
    answer = answers.resulted(row, symbol, step.at, call.options)
    if kind == "FULL":
        answer["fills"] = answers.fills_of(row.id, step.events)
        prevented = answers.preventions_of(row.id, step.events)
        if prevented:
            answer["preventedMatches"] = prevented
    return answer


def check_routed_order(call: Call) -> Reply:
    """The same of an order to be routed. Of special commissions nothing is told."""
    return check_order(call, routed=True)


def check_order(call: Call, *, routed: bool = False) -> Reply:
    """Judge a new order as far as the venue does before its matching engine, and place nothing."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    if routed and not _is_routed(call, market):
        return failure(errors.REJECTIONS[RejectReason.FEATURE_NOT_SERVED])
    reason = failed_filter(call, market)
    if reason is not None:
        return failure(errors.REJECTIONS[reason])
    if not is_true(call.params, "computeCommissionRates"):
        return responses.reply({})
    told = order_commission(call, market, entry.side_of(call.params))
    if routed:
        del told["specialCommissionForOrder"]
    return responses.reply(told)


def _is_routed(call: Call, market: MarketRow) -> bool:
    rules = call.state.accounts[account_of(call)].rules
    return len(routing.route(call.state, rules, call.state.markets[market.no])) > 1


# Canceling


def cancel_order(call: Call) -> Steps:
    """Cancel one order; where both ids were sent they must name the same."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    row = find_order(call, market.no)
    answer = yield from canceled(call, market, row, call.params.get("newClientOrderId"), whole=True)
    return failure(answer) if isinstance(answer, ApiError) else responses.reply(answer)


def canceled(
    call: Call, market: MarketRow, row: OrderRow | None, client_id: str | None, *, whole: bool = False
) -> Part:
    """Cancel the order of *row*, and with it the list it is a leg of; *client_id* is that of the cancel.

    With *whole*, a list is answered as such.
    """
    if row is None or not row.is_open:
        return errors.UNKNOWN_ORDER_SENT
    if not _allowed(row, call.params.get("cancelRestrictions")):
        return errors.CANCEL_RESTRICTED
    account = account_of(call)
    name = client_id or responses.cancel_id(account, row.id)
    # What the client does not name has a name that the stream knows, too; but all orders of a list have one.
    step = yield CancelOrder(account, market.no, row.id, cancel_id=name if client_id or row.order_list else "")
    error = refused(step)
    if error is not None:
        return error
    found = call.views.lists.get(row.order_list) if whole and row.order_list else None
    if found is not None:
        return listing.canceled(call, found, symbol_of(market.spec), step, name)
    return answers.canceled(row, symbol_of(market.spec), name, step.at, call.options)


def _allowed(row: OrderRow, restrictions: str | None) -> bool:
    if restrictions == "ONLY_NEW":
        return row.status is OrderStatus.NEW
    if restrictions == "ONLY_PARTIALLY_FILLED":
        return row.status is OrderStatus.PARTIALLY_FILLED
    return True


def cancel_open_orders(call: Call) -> Steps:
    """Cancel all open orders of a symbol; that there are none is -2011."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    account = account_of(call)
    if not call.views.orders.open(account, market.no):
        return failure(errors.UNKNOWN_ORDER_SENT)
    step = yield CancelAll(account, market.no)
    error = refused(step)
    if error is not None:
        return failure(error)
    return responses.reply(_all_canceled(call, market, step))


def _all_canceled(call: Call, market: MarketRow, step: Step) -> list[Answer]:
    """Single orders, then lists with what was canceled of them."""
    account, symbol = account_of(call), symbol_of(market.spec)
    rows = _canceled_rows(call, step)
    found: list[Answer] = [
        answers.canceled(row, symbol, responses.cancel_id(account, row.id), step.at, call.options)
        for row in rows
        if not row.order_list
    ]
    lists = [call.views.lists.get(number) for number in dict.fromkeys(row.order_list for row in rows) if number]
    found += [listing.canceled(call, row, symbol, step) for row in lists if row is not None]
    return found


def _canceled_rows(call: Call, step: Step) -> list[OrderRow]:
    rows = [call.views.orders.get(event.order) for event in step.events if isinstance(event, OrderCanceled)]
    return [row for row in rows if row is not None]
