"""Calls that place, cancel and ask for orders. Answers are made of the step's events and of views."""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Final

from simexchange.core.engine import Engine
from simexchange.core.placing import Ticket, check
from simexchange.core.vocabulary.commands import CancelAll, CancelOrder, Command, PlaceOrder
from simexchange.core.vocabulary.events import CommandRefused, OrderAccepted, OrderCanceled, OrderRejected
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId, TradeId
from simexchange.core.vocabulary.orders import Origin
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import DAY, MILLISECOND, Nanos, Quantity
from simexchange.dialects.binance.changes import ALGO_SERVICE
from simexchange.dialects.binance.common import errors as common
from simexchange.dialects.binance.common.numbers import print_plain
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.choosing import known, newest
from simexchange.dialects.binance.usdm.conditions import CONDITIONS, check_any_order, read_stop_order
from simexchange.dialects.binance.usdm.orderwords import is_waiting, self_trade_word
from simexchange.dialects.binance.usdm.requests import (
    BATCH_COUNT,
    check_new_order,
    read_batch,
    read_cancel_list,
    read_new_order,
    span,
    whole,
)
from simexchange.dialects.binance.usdm.symbols import contracts_of, find
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.orders import OrderRow

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.projections.trades import FillRow

Work = Generator[Command, Step, Reply]
Part = Generator[Command, Step, "responses.Json | ApiError"]

WEEK: Final = Nanos(7 * DAY)
"""How far one query of orders or trades looks."""


def rejection(reason: RejectReason, state: "ExchangeState", command: PlaceOrder) -> ApiError:
    """A refused order in the venue's words, with the figures that belong into them."""
    error = errors.REJECTIONS[reason]
    if reason is RejectReason.NOTIONAL_BELOW_MIN:
        rules = state.rules[state.accounts[command.account].rules, command.market]
        return errors.filled_in(error, print_plain(rules.filters.notional_min))
    return error


def account_of(call: Call) -> AccountNo:
    """The account of a signed call."""
    assert call.account is not None, "the gateway authorises before it calls"  # noqa: S101 - contract, never input
    return call.account


def self_trade_of(call: Call, row: OrderRow) -> str:
    """What an order does about self-trades, as a word."""
    return self_trade_word(call.state, row.account, row.market, row.more)


def is_hidden(call: Call, row: OrderRow) -> bool:
    """Whether an order is the Algo Service's: one that has not come to the market is no ordinary order."""
    return is_waiting(row) and ALGO_SERVICE not in call.options


# Placing


def place(call: Call) -> Work:
    """``POST /fapi/v1/order``."""
    made = yield from _placed(call, call.params)
    if isinstance(made, ApiError):
        return responses.refused(made)
    return responses.ok(made, order_count=1)


def _read(call: Call, params: Mapping[str, str]) -> PlaceOrder | ApiError:
    """The order that was sent: before the Algo Service, a conditional one may be."""
    if params["type"] in CONDITIONS:
        return read_stop_order(params, contracts_of(call), call.state, account_of(call), call.now)
    return read_new_order(params, contracts_of(call), call.state, account_of(call), call.now)


def _placed(call: Call, params: Mapping[str, str]) -> Part:
    """One order, be it alone or in a batch."""
    command = _read(call, params)
    if isinstance(command, ApiError):
        return command
    step = yield command
    spec = call.state.markets[command.market].spec
    for event in step.events:
        if isinstance(event, OrderRejected):
            return rejection(event.reason, call.state, command)
        if isinstance(event, OrderAccepted):
            if params.get("newOrderRespType") == "RESULT":
                row = call.views.orders.get(event.order)
                if row is not None:
                    return responses.order(spec, row, self_trade_of(call, row))
            taken = accepted_row(event, step.at)
            return responses.new_order(spec, taken, self_trade_of(call, taken))
    return common.UNKNOWN


def accepted_row(event: OrderAccepted, at: Nanos) -> OrderRow:
    """An order at the moment it was taken in."""
    return OrderRow(
        event.order, event.account, event.market, event.side, event.kind, event.tif, event.price, event.qty, event.qty,
        event.client_id, event.more, at, at, at,
    )  # fmt: skip


def place_test(call: Call) -> Reply:
    """``POST /fapi/v1/order/test``: every check of a real order, and nothing happens."""
    account = account_of(call)
    command = _read(call, call.params)
    if isinstance(command, ApiError):
        return responses.refused(command)
    engine = Engine(call.state)
    engine.at = call.now
    market = call.state.markets[command.market]
    owner = call.state.accounts[account]
    ticket = Ticket(command, owner, market, call.state.rules.get((owner.rules, market.no)))
    reason = check(engine, ticket)
    if reason is not None:
        return responses.refused(rejection(reason, call.state, command))
    # What the checks made of it: its price may come from the book, its size from the position.
    taken, qty = ticket.command, Quantity(ticket.qty)
    row = OrderRow(
        OrderId(0), account, market.no, taken.side, taken.kind, taken.tif, taken.price, qty, qty, taken.client_id,
        taken.more, call.now, call.now, call.now,
    )  # fmt: skip
    return responses.ok(responses.new_order(market.spec, row, self_trade_of(call, row)))


def place_batch(call: Call) -> Work:
    """``POST /fapi/v1/batchOrders``: up to five orders, each with its own answer."""
    batch = read_batch(call.params["batchOrders"])
    if isinstance(batch, ApiError):
        return responses.refused(batch)
    judge = check_any_order if ALGO_SERVICE in call.options else check_new_order
    answers = []
    for params in batch:
        made = judge(params) or (yield from _placed(call, params))
        answers.append(responses.inline(made) if isinstance(made, ApiError) else made)
    return responses.ok(answers, order_count=BATCH_COUNT)


# Canceling


def cancel(call: Call) -> Work:
    """``DELETE /fapi/v1/order``."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    gone = yield from _canceled(call, market, call.params)
    return responses.refused(gone) if isinstance(gone, ApiError) else responses.ok(gone)


def _canceled(call: Call, market: "MarketState", params: Mapping[str, str]) -> Part:
    """One cancel, by the venue's id if there is one, else by the client's."""
    order = OrderId(whole(params, "orderId") or 0)
    client_id = "" if order else params.get("origClientOrderId", "")
    if not (order or client_id) or _sleeps(call, market, order, client_id):
        return errors.CANCEL_REJECTED
    step = yield CancelOrder(account_of(call), market.no, order, client_id)
    for event in step.events:
        if isinstance(event, CommandRefused):
            return errors.REJECTIONS[event.reason]
        if isinstance(event, OrderCanceled):
            row = call.views.orders.get(event.order)
            if row is not None:
                return responses.order(market.spec, row, self_trade_of(call, row))
    return common.UNKNOWN


def _sleeps(call: Call, market: "MarketState", order: OrderId, client_id: str) -> bool:
    """Whether it is an order of the Algo Service that is named: none that can be canceled here."""
    owner = call.state.accounts[account_of(call)]
    named = owner.orders.get(order) if order else owner.client_ids.get((market.no, client_id))
    return named is not None and named.asleep and ALGO_SERVICE not in call.options


def cancel_batch(call: Call) -> Work:
    """``DELETE /fapi/v1/batchOrders``: up to ten cancels, each with its own answer."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    batch = read_cancel_list(call.params)
    if isinstance(batch, ApiError):
        return responses.refused(batch)
    answers = []
    for params in batch:
        gone = yield from _canceled(call, market, params)
        answers.append(responses.inline(gone) if isinstance(gone, ApiError) else gone)
    return responses.ok(answers)


def cancel_all(call: Call) -> Work:
    """``DELETE /fapi/v1/allOpenOrders``: where there is nothing to cancel, that is done, too.

    What the Algo Service keeps is not touched.
    """
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    account = account_of(call)
    rows = call.views.orders.open(account, market.no)
    kept = [row for row in rows if is_hidden(call, row)]
    if kept:
        for row in rows:
            if not is_hidden(call, row):
                yield CancelOrder(account, market.no, row.id)
    elif rows:
        yield CancelAll(account, market.no)
    return responses.done("The operation of cancel all open order is done.")


def countdown(call: Call) -> Reply:
    """``POST /fapi/v1/countdownCancelAll``: a heart-beat on wall time, one per account and symbol; 0 stops it."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    after = whole(call.params, "countdownTime") or 0
    assert call.countdowns is not None, "the gateway gives its heart-beats to every call"  # noqa: S101 - contract
    call.countdowns.set(account_of(call), market.no, Nanos(after * MILLISECOND))
    return responses.ok({"symbol": call.params["symbol"], "countdownTime": str(after)})


# Asking


def find_order(call: Call, market: "MarketState", params: Mapping[str, str]) -> OrderRow | None:
    """The order that is named, if it is the caller's and an ordinary one."""
    account = account_of(call)
    order = whole(params, "orderId")
    if order is None:
        rows = call.views.orders.with_client_id(account, market.no, params["origClientOrderId"])
        return next((row for row in rows if not is_hidden(call, row)), None)
    row = call.views.orders.get(OrderId(order))
    if row is None or (row.account, row.market) != (account, market.no) or is_hidden(call, row):
        return None
    return row


def status(call: Call) -> Reply:
    """``GET /fapi/v1/order``."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    row = find_order(call, market, call.params)
    if row is None:
        return responses.refused(errors.NO_SUCH_ORDER)
    return responses.ok(responses.queried_order(market.spec, row, self_trade_of(call, row)))


def open_order(call: Call) -> Reply:
    """``GET /fapi/v1/openOrder``: as the query of one order, for open ones only."""
    market = find(call, call.params["symbol"])
    if market is None:
        return responses.refused(errors.BAD_SYMBOL)
    row = find_order(call, market, call.params)
    if row is None or not row.is_open:
        return responses.refused(errors.NO_SUCH_ORDER)
    return responses.ok(responses.queried_order(market.spec, row, self_trade_of(call, row)))


def open_orders(call: Call) -> Reply:
    """``GET /fapi/v1/openOrders``, of one symbol, on COIN-M of one pair, or of all."""
    markets = known(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    rows = call.views.orders.open(account_of(call), markets[0].no if len(markets) == 1 else None)
    return responses.ok(_shown(call, rows, markets))


def _shown(call: Call, rows: list[OrderRow], markets: "list[MarketState]") -> list[responses.Json]:
    """Rows of these markets."""
    specs = {market.no: market.spec for market in markets}
    return [
        responses.queried_order(specs[row.market], row, self_trade_of(call, row))
        for row in rows
        if row.market in specs and not is_hidden(call, row)
    ]


def markets_and_week(call: Call) -> "tuple[list[MarketState], Nanos, Nanos | None] | ApiError":
    """The markets that a call names, and from when to when it asks: within at most seven days."""
    markets = known(call)
    if isinstance(markets, ApiError):
        return markets
    within = span(call.params, WEEK, call.now)
    return within if isinstance(within, ApiError) else (markets, *within)


def all_orders(call: Call) -> Reply:
    """``GET /fapi/v1/allOrders``: from an id on, or within at most seven days."""
    asked = markets_and_week(call)
    if isinstance(asked, ApiError):
        return responses.refused(asked)
    markets, start, end = asked
    from_id, limit = whole(call.params, "orderId"), whole(call.params, "limit") or 500
    orders, account = call.views.orders, account_of(call)
    timed = bool(call.params.get("startTime"))

    def shown(row: OrderRow) -> bool:
        return not is_hidden(call, row)

    def rows_of(market: MarketNo) -> list[OrderRow]:
        if from_id is not None:
            return orders.history(account, market, from_id=OrderId(from_id), limit=limit, keep=shown)
        if timed:
            return orders.history(account, market, start=start, end=end, limit=limit, keep=shown)
        rows = orders.history(account, market, end=end, limit=limit, keep=shown)
        return [row for row in rows if row.accepted_at >= start]

    oldest_first = timed or from_id is not None
    rows = newest(markets, limit, rows_of, _accepted, oldest_first=oldest_first)
    return responses.ok(_shown(call, rows, markets))


def _accepted(row: OrderRow) -> tuple[int, int]:
    return row.accepted_at, row.id


def _traded(row: "FillRow") -> tuple[int, int]:
    return row.at, row.id


def user_trades(call: Call) -> Reply:
    """``GET /fapi/v1/userTrades``: from a trade id on, or within at most seven days."""
    asked = markets_and_week(call)
    if isinstance(asked, ApiError):
        return responses.refused(asked)
    markets, start, end = asked
    order, from_id, limit = (whole(call.params, "orderId"), whole(call.params, "fromId"), whole(call.params, "limit"))
    started = call.params.get("startTime")
    if from_id is not None and (started or call.params.get("endTime")):
        return responses.refused(errors.BAD_COMBINATION)
    account, fills = account_of(call), call.views.trades.fills
    off_tape = from_id is not None and from_id > responses.FIRST_OFF_TAPE

    def rows_of(market: MarketNo) -> "list[FillRow]":
        rows = fills(
            account,
            market,
            from_id=None if from_id is None or off_tape else TradeId(from_id),
            from_nameless=from_id - responses.FIRST_OFF_TAPE if from_id is not None and off_tape else None,
            start=start if started else None,
            end=None if from_id is not None else end,
            order=None if order is None else OrderId(order),
            limit=limit or 500,
        )
        return rows if from_id is not None or order is not None else [row for row in rows if row.at >= start]

    rows = newest(markets, limit or 500, rows_of, _traded, oldest_first=bool(started))
    specs = {market.no: market.spec for market in markets}
    return responses.ok([responses.user_trade(specs[row.market], row) for row in rows])


FORCED: Final = {"LIQUIDATION": Origin.LIQUIDATION, "ADL": Origin.ADL}


def forced_orders(call: Call) -> Reply:
    """``GET /fapi/v1/forceOrders``: the caller's orders that the venue itself placed."""
    asked = markets_and_week(call)
    if isinstance(asked, ApiError):
        return responses.refused(asked)
    markets, start, end = asked
    kind = call.params.get("autoCloseType")
    wanted = (FORCED[kind],) if kind else tuple(FORCED.values())
    rows = call.views.orders.history(
        account_of(call), markets[0].no if len(markets) == 1 else None, start=start, end=end, limit=1_000_000
    )
    forced = [row for row in rows if row.origin in wanted]
    return responses.ok(_shown(call, forced, markets)[-(whole(call.params, "limit") or 50) :])
