"""Order lists of spot: placed, asked for, canceled, and how they are told."""

from collections.abc import Iterable, Mapping
from typing import Any

from simexchange.core.vocabulary.commands import CancelList, Leg as ListLeg, PlaceList
from simexchange.core.vocabulary.events import ListAccepted
from simexchange.core.vocabulary.ids import ListId
from simexchange.core.vocabulary.orders import POST_ONLY, SelfTrade
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Price, Quantity
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.spot import answers, entry, errors, listing, listshapes, responses
from simexchange.dialects.binance.spot.calls import (
    account_of,
    failure,
    limit_of,
    market_of,
    moment,
    orders_after,
    refused,
    self_trade_mode,
    spot_markets,
    until,
)
from simexchange.dialects.binance.spot.shapes import Leg
from simexchange.dialects.binance.spot.trading import Steps
from simexchange.dialects.contract import ApiError, Call, Handler, Reply
from simexchange.projections.lists import ListRow
from simexchange.projections.markets import MarketRow
from simexchange.projections.orders import OrderRow

# Placing


def places(form: listshapes.Form, *, old: bool = False) -> Handler:
    """The handler that places lists of one kind; of *old* ones the parameters have the names of before."""

    def handler(call: Call) -> Steps:
        params = listshapes.renamed(call.params) if old else call.params
        return _place(call, form, params)

    return handler


def _place(call: Call, form: listshapes.Form, params: Mapping[str, str]) -> Steps:
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    account = account_of(call)
    state = call.state.accounts[account]
    list_id = params.get("listClientOrderId") or responses.made_client_id(account, state.lists_made + 1, "list")
    mode = self_trade_mode(call, market.no)
    legs = tuple(
        _leg(params, leg, responses.made_client_id(account, state.orders_made + number), mode)
        for number, leg in enumerate(_in_order(form, params), 1)
    )
    step = yield PlaceList(account, market.no, form.kind, legs, list_id)
    error = refused(step)
    if error is not None:
        return failure(error)
    return responses.reply(_placed(call, market, params, step), order_count=len(legs))


def _in_order(form: listshapes.Form, params: Mapping[str, str]) -> tuple[Leg, ...]:
    """The legs as they get their ids: the working one, then of two that exclude each other the one that stops a loss.

    So the venue's examples have them, whichever of the two is above.
    """
    if not form.pair:
        return form.legs
    above, below = form.pair
    stops_above = above.type(params).startswith("STOP_LOSS")
    pair = (above, below) if stops_above else (below, above)
    return pair if form.working is None else (form.working, *pair)


def _leg(params: Mapping[str, str], leg: Leg, made_id: str, mode: SelfTrade) -> ListLeg:
    kind = leg.type(params)
    tif = leg.get(params, "timeInForce") or "GTC"
    return ListLeg(
        side=entry.side_of(params, leg),
        kind=entry.kind_of(kind),
        qty=Quantity(entry.amount_of(params, leg, "quantity")),
        price=Price(entry.amount_of(params, leg, "price")),
        tif=POST_ONLY if kind == "LIMIT_MAKER" else entry.TIMES_IN_FORCE[tif],
        client_id=leg.get(params, "newClientOrderId") or made_id,
        more=entry.terms(params, leg, mode=mode),
    )


def _placed(call: Call, market: MarketRow, params: Mapping[str, str], step: Step) -> dict[str, Any]:
    """The list as it was when it was taken in; its orders as they stood when the record was whole.

    What waits for another order is told as waiting even where that one was filled at once: it begins in a record of its
    own. Where no form is asked for, orders are told as by RESULT, as in the examples of the documentation.
    """
    accepted = next(event for event in step.events if isinstance(event, ListAccepted))
    orders = orders_after(call, step)
    rows = [row for number in accepted.orders if (row := orders.get(number)) is not None]
    symbol = symbol_of(market.spec)
    told = listing.summary(
        accepted.order_list, accepted.kind, accepted.client_id, symbol, step.at, rows, call.options, is_open=True
    )
    shown = params.get("newOrderRespType") or "RESULT"
    told["orderReports"] = [_report(call, row, symbol, step, shown) for row in rows]
    return told


def _report(call: Call, row: OrderRow, symbol: str, step: Step, shown: str) -> dict[str, Any]:
    if shown == "ACK":
        return answers.acknowledged(row, symbol, step.at, call.options)
    report = answers.resulted(row, symbol, step.at, call.options)
    if shown == "FULL" and row.working_at:
        report["fills"] = answers.fills_of(row.id, step.events)
    return report


def cancel_list(call: Call) -> Steps:
    """Cancel what is open of a list; where both ids were sent they must name the same."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    row = _find(call, "listClientOrderId")
    if row is None or not row.is_open or row.market != market.no:
        return failure(errors.UNKNOWN_ORDER_SENT)
    account = account_of(call)
    cancel_id = call.params.get("newClientOrderId") or responses.made_client_id(account, row.id, "cancel list")
    step = yield CancelList(account, market.no, row.id, cancel_id=cancel_id)
    error = refused(step)
    if error is not None:
        return failure(error)
    return responses.reply(listing.canceled(call, row, symbol_of(market.spec), step, cancel_id))


# Asking


def _find(call: Call, by_client_id: str) -> ListRow | None:
    """The caller's list by ``orderListId``, whose client id must then fit where it was sent too, or by client id."""
    account, number, client_id = account_of(call), call.params.get("orderListId"), call.params.get(by_client_id)
    if not number:
        return call.views.lists.named(account, client_id or "")
    row = call.views.lists.get(ListId(int(number)))
    if row is None or row.account != account:
        return None
    return None if client_id and row.client_id != client_id else row


def query_list(call: Call) -> Reply:
    row = _find(call, "origClientOrderId")
    if row is None:
        return failure(errors.NO_SUCH_ORDER)
    return responses.reply(listing.told(call, row, symbol_of(call.views.markets.by_no[row.market].spec)))


def all_lists(call: Call) -> Reply:
    """Lists of every symbol, oldest first."""
    first = call.params.get("fromId")
    rows = call.views.lists.history(
        account_of(call),
        from_id=ListId(int(first)) if first else None,
        start=moment(call, "startTime"),
        end=until(call),
        limit=limit_of(call),
    )
    return responses.reply(_all_told(call, rows))


def open_lists(call: Call) -> Reply:
    """Open lists of every symbol."""
    return responses.reply(_all_told(call, call.views.lists.open(account_of(call))))


def _all_told(call: Call, rows: Iterable[ListRow]) -> list[dict[str, Any]]:
    symbols = {row.no: symbol_of(row.spec) for row in spot_markets(call)}
    return [listing.told(call, row, symbols[row.market]) for row in rows if row.market in symbols]
