"""Calls that place and cancel orders. What is answered is that they were taken in: what comes of them is told later.

"Place Order", "Cancel Order", "Cancel All Orders", "Batch …" (docs/v5/order, snapshot 2026-07-24, seen 2026-11). The
methods of the trade socket are the same handlers.
"""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from simexchange.core.pricelimits import bounds
from simexchange.core.vocabulary.commands import CancelAll, CancelOrder, Command, PlaceOrder
from simexchange.core.vocabulary.events import CommandRefused, OrderAccepted, OrderCanceled, OrderRejected
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.step import Step
from simexchange.dialects.bybit.common import errors as common, timestamps
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.symbols import SPOT
from simexchange.dialects.bybit.v5 import errors, orderparams, orderwords as words, responses
from simexchange.dialects.bybit.v5.choosing import account_of, market_of
from simexchange.dialects.bybit.v5.orderfinding import markets_of, open_order
from simexchange.dialects.bybit.v5.orderrequests import attached_wrongly, read_order, would_trigger
from simexchange.dialects.bybit.v5.orderrows import placed
from simexchange.dialects.bybit.v5.spotbrackets import bracket, has_begun, is_bracket
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.projections.orders import OrderRow

Json = dict[str, Any]
Work = Generator[Command, Step, Reply]
Part = Generator[Command, Step, "Json | ApiError"]


# Placing


def create(call: Call) -> Work:
    """``POST /v5/order/create``."""
    made = yield from _created(call, call.params)
    return responses.refused(call, made) if isinstance(made, ApiError) else responses.placed(call, short(made), 1)


def short(item: Json) -> Json:
    """What the call for one order says of it."""
    return {name: item[name] for name in ("orderId", "orderLinkId")}


def _created(call: Call, params: Mapping[str, str]) -> Part:
    """One order, be it alone or in a batch."""
    command = read_order(call, params)
    if isinstance(command, ApiError):
        return command
    market = call.state.markets[command.market]
    spec, brackets = market.spec, is_bracket(command, spot=not market.derivative)
    wrong = attached_wrongly(call, market, command.side, command.price, command.more) if brackets else None
    if wrong is not None:
        return wrong
    step = yield bracket(command) if brackets else command
    for event in step.events:
        if isinstance(event, CommandRefused) or (isinstance(event, OrderRejected) and event.reason not in errors.LATER):
            return rejection(call, command, event.reason)
        if isinstance(event, OrderAccepted | OrderRejected):
            return {
                "category": params["category"],
                "symbol": params["symbol"],
                **placed(spec, event.order, event.client_id),
                "createAt": timestamps.text(step.at),
            }
    return common.SERVER_ERROR


def rejection(call: Call, command: PlaceOrder, reason: RejectReason) -> ApiError:
    """A refused order in the venue's words, with the figures that belong into them."""
    market, more = call.state.markets[command.market], command.more
    spot = not market.derivative
    error = errors.rejection(reason, spot=spot)
    if reason is RejectReason.WOULD_TRIGGER:
        wrong = attached_wrongly(call, market, command.side, command.price, more)
        if wrong is not None:
            return wrong
        if more is not None and more.trigger is not None and not spot:
            return would_trigger(call, market, more.trigger)
    if reason is RejectReason.LEVERAGE_CAP_EXCEEDED:
        return errors.filled_in(error, _lower_leverage(call, command))
    if reason in (RejectReason.PRICE_ABOVE_BAND, RejectReason.PRICE_BELOW_BAND) and spot:
        return errors.filled_in(error, _band(call, command, above=reason is RejectReason.PRICE_ABOVE_BAND))
    return error


def _lower_leverage(call: Call, command: PlaceOrder) -> int:
    """The highest leverage below the account's at which more may be held; 1 where there is none."""
    owner = call.state.accounts[command.account]
    rules = call.state.rules[owner.rules, command.market]
    current = call.views.accounts.leverage(command.account, command.market)
    return max((tier.max_leverage for tier in rules.tiers if tier.max_leverage < current), default=1)


def _band(call: Call, command: PlaceOrder, *, above: bool) -> str:
    """The price beyond which an order of that side is refused."""
    market = call.state.markets[command.market]
    limits = call.state.rules[call.state.accounts[command.account].rules, command.market].filters
    lowest, highest = bounds(call.state, market, limits, call.now)
    return print_plain(highest if above else lowest)


def create_batch(call: Call) -> Work:
    """``POST /v5/order/create-batch``: each order has its own answer, in two lists."""
    return (yield from in_batch(call, orderparams.CREATE, _created, ("createAt",)))


def cancel_batch(call: Call) -> Work:
    """``POST /v5/order/cancel-batch``."""
    return (yield from in_batch(call, orderparams.CANCEL, _canceled))


def in_batch(call: Call, judge: Any, act: Any, more: tuple[str, ...] = ()) -> Work:
    """Every item by itself: what is wrong with one is no matter of the others. The last go where a limit is reached."""
    items = orderparams.read_batch(call.params, call.raw)
    if isinstance(items, ApiError):
        return responses.refused(call, items)
    told, codes = [], []
    for number, params in enumerate(items):
        over = common.TOO_MANY_VISITS if number >= call.allowed else None
        done = over or judge(params) or (yield from act(call, params))
        failed = isinstance(done, ApiError)
        told.append(_nothing(params, more) if failed else done)
        codes.append({"code": done.code, "msg": done.text} if failed else {"code": 0, "msg": "OK"})
    return responses.placed(call, {"list": told}, len(items), {"list": codes})


def _nothing(params: Mapping[str, str], more: tuple[str, ...]) -> Json:
    """What is said of an item that could not be done."""
    named = {name: params.get(name, "") for name in ("category", "symbol")}
    return {**named, "orderId": "", "orderLinkId": params.get("orderLinkId", ""), **dict.fromkeys(more, "")}


# Canceling


def cancel(call: Call) -> Work:
    """``POST /v5/order/cancel``."""
    gone = yield from _canceled(call, call.params)
    return responses.refused(call, gone) if isinstance(gone, ApiError) else responses.ok(call, short(gone))


def _canceled(call: Call, params: Mapping[str, str]) -> Part:
    """One cancel, by the venue's id if there is one, else by the client's."""
    market = market_of(call, params)
    if isinstance(market, ApiError):
        return market
    row = open_order(call, market, params)
    spot = params["category"] == SPOT
    unknown = errors.NO_SUCH_SPOT_ORDER if spot else errors.NO_SUCH_ORDER
    if row is None or (spot and not _in_list(market.spec, row, params.get("orderFilter"))):
        return unknown
    step = yield CancelOrder(row.account, market.no, row.id)
    for event in step.events:
        if isinstance(event, CommandRefused):
            return errors.rejection(event.reason, spot=spot)
        if isinstance(event, OrderCanceled):
            named = {"category": params["category"], "symbol": params["symbol"]}
            return {**named, **placed(market.spec, row.id, row.client_id)}
    return common.SERVER_ERROR


def _in_list(spec: Any, row: "OrderRow", wanted: str | None) -> bool:
    """Whether a spot order is one of the list that was named; of none, of whichever it is."""
    return not wanted or words.filter_word(spec, row) == wanted


def cancel_all(call: Call) -> Work:
    """``POST /v5/order/cancel-all``: by symbol, base coin, settlement coin, or the whole of spot."""
    markets = markets_of(call)
    if isinstance(markets, ApiError):
        return responses.refused(call, markets)
    account = account_of(call)
    told = []
    for market in markets:
        rows = [row for row in call.views.orders.open(account, market.no) if has_begun(row, call.views)]
        gone = [row for row in rows if _is_meant(call, market.spec, row)]
        told += [placed(market.spec, row.id, row.client_id) for row in gone]
        if gone and len(gone) == len(rows):
            yield CancelAll(account, market.no)
            continue
        for row in gone:
            yield CancelOrder(account, market.no, OrderId(row.id))
    return responses.ok(call, {"list": told, "success": "1"})


def _is_meant(call: Call, spec: Any, row: "OrderRow") -> bool:
    """Whether an order is among those that are to go. On spot, ordinary ones are where nothing is said."""
    params, kind = call.params, words.filter_word(spec, row)
    wanted = params.get("orderFilter") or ("Order" if params["category"] == SPOT else "")
    if wanted == "OpenOrder":
        return kind == "Order"
    if wanted and kind != wanted:
        return False
    if wanted == words.STOP_ORDER and params.get("stopOrderType") == "Stop":
        return words.stop_word(spec, row.side, row.more) == "Stop"
    return True
