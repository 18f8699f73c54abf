"""What the handlers of spot calls have in common: finding the market, the order, the window of time."""

from collections.abc import Mapping

from simexchange.core.vocabulary.events import CommandRefused, OrderRejected
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.orders import AccountOption, SelfTrade
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.errors import error_reply
from simexchange.dialects.binance.common.symbols import SPOT, find_market
from simexchange.dialects.binance.common.timestamps import nanos, parse_zone
from simexchange.dialects.binance.spot import errors, responses
from simexchange.dialects.binance.spot.requests import symbol_list
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.markets import MarketRow
from simexchange.projections.orders import OrderRow, OrdersView

MOST_ROWS = 1_000
UNSAID = SelfTrade.UNSAID
_REFUSALS = (OrderRejected, CommandRefused)


def market_of(call: Call) -> MarketRow | ApiError:
    """The market that ``symbol`` names, or -1121."""
    no = find_market(call.state.market_no, SPOT, call.params["symbol"])
    return errors.BAD_SYMBOL if no is None else call.views.markets.by_no[no]


def spot_markets(call: Call) -> list[MarketRow]:
    """Every spot market, in order of listing."""
    return [row for row in call.views.markets.all() if row.is_spot]


def asked_markets(call: Call) -> list[MarketRow] | ApiError:
    """The markets that ``symbol``, ``symbols`` or neither (all of them) names, as far as their status fits."""
    names = _asked_names(call.params)
    if isinstance(names, ApiError):
        return names
    rows = spot_markets(call)
    if names is not None:
        numbers = [find_market(call.state.market_no, SPOT, name) for name in names]
        if None in numbers:
            return errors.BAD_SYMBOL
        rows = [call.views.markets.by_no[no] for no in numbers if no is not None]
    status = call.params.get("symbolStatus")
    if not status:
        return rows
    fitting = [row for row in rows if responses.MARKET_STATUSES[row.status] == status]
    return errors.STATUS_MISMATCH if call.params.get("symbol") and not fitting else fitting


def _asked_names(params: Mapping[str, str]) -> list[str] | ApiError | None:
    if params.get("symbol"):
        return [params["symbol"]]
    return symbol_list(params["symbols"]) if params.get("symbols") else None


def account_of(call: Call) -> AccountNo:
    """The account the key opens: `authorise` has seen to it that there is one."""
    assert call.account is not None, "a signed call without an account"  # noqa: S101 - a bug, never input
    return call.account


def limit_of(call: Call, default: int = 500, most: int = MOST_ROWS) -> int:
    """How many rows are wanted; more than the most is the most."""
    return min(int(call.params.get("limit") or default), most)


def moment(call: Call, name: str) -> Nanos | None:
    """A point in exchange time that was sent."""
    sent = call.params.get(name)
    return nanos(int(sent)) if sent else None


def until(call: Call) -> Nanos | None:
    """endTime, to its last nanosecond: what happened within that millisecond belongs to it."""
    end = moment(call, "endTime")
    return None if end is None else Nanos(end + 999_999)


def zone_of(call: Call) -> int:
    """How many nanoseconds ``timeZone`` is ahead of UTC."""
    return parse_zone(call.params.get("timeZone") or "0") or 0


def self_trade_mode(call: Call, market: MarketNo) -> SelfTrade:
    """What an order that says nothing of self-trades does: what the account chose, else the market's rules.

    UNSAID where that is to trade, so that a plain order stays one.
    """
    row = call.views.accounts.by_no[account_of(call)]
    of_market = call.views.markets.rules(row.rules, market)
    filters = of_market.filters if of_market is not None else None
    if not row.options and (filters is None or not filters.self_trade_default):
        return UNSAID
    chosen = row.options.get(AccountOption.SELF_TRADE, 0)
    if chosen and (filters is None or not filters.self_trade_modes or chosen in filters.self_trade_modes):
        return SelfTrade(chosen)
    return SelfTrade(filters.self_trade_default) if filters is not None else SelfTrade.UNSAID


def find_order(
    call: Call, market: MarketNo, by_id: str = "orderId", by_client_id: str = "origClientOrderId"
) -> OrderRow | None:
    """The caller's order by ``orderId``, whose client id must then fit where it was sent too, or by client id."""
    account, order, client_id = account_of(call), call.params.get(by_id), call.params.get(by_client_id)
    if not order:
        return call.views.orders.latest(account, market, client_id or "")
    row = call.views.orders.get(OrderId(int(order)))
    if row is None or row.account != account or row.market != market:
        return None
    return None if client_id and row.client_id != client_id else row


def orders_after(call: Call, step: Step) -> OrdersView:
    """Orders that *step* took in, as they stood when its record was whole: what it made necessary came later.

    A stop that it woke may have traded with one of them by now, and the answer must not know.
    """
    if call.views.seq == step.seq:
        return call.views.orders
    orders = OrdersView(call.views.accounts)
    for event in step.events:
        orders.apply(step.seq, step.at, event)
    return orders


def refused(step: Step) -> ApiError | None:
    """The venue's words for a refusal in *step*, or None where nothing was refused."""
    for event in step.events:
        if isinstance(event, _REFUSALS):
            return errors.REJECTIONS[event.reason]
    return None


def failure(error: ApiError) -> Reply:
    return error_reply(error)
