"""Which orders and which markets a call is about."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simexchange.core.vocabulary.ids import OrderId
from simexchange.dialects.bybit.common.ids import order_number
from simexchange.dialects.bybit.common.symbols import OPTION, listed
from simexchange.dialects.bybit.v5.choosing import account_of, market_of
from simexchange.dialects.bybit.v5.errors import LATER
from simexchange.dialects.contract import ApiError, Call

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.projections.orders import OrderRow


def markets_of(call: Call) -> "list[MarketState] | ApiError":
    """The markets that are meant: by symbol, else by base coin, else by settlement coin, else all of the category."""
    params = call.params
    if params["category"] == OPTION:
        return []
    if params.get("symbol"):
        market = market_of(call)
        return market if isinstance(market, ApiError) else [market]
    base, settle = params.get("baseCoin"), params.get("settleCoin")
    found = listed(call.state, params["category"])
    if base:
        return [market for market in found if market.spec.base == base]
    return [market for market in found if settle in (None, "", market.spec.settle)]


def open_order(call: Call, market: "MarketState", params: Mapping[str, str]) -> "OrderRow | None":
    """The open order of the caller in *market* that is named, by the venue's id if there is one."""
    sent, account = params.get("orderId"), account_of(call)
    row = with_id(call, sent) if sent else call.views.orders.latest(account, market.no, params.get("orderLinkId", ""))
    return row if row is not None and row.market == market.no and row.is_open else None


def named_order(call: Call, params: Mapping[str, str]) -> "OrderRow | None":
    """The order that is named, if it is the caller's; of those with one name of the client's, an open or the newest."""
    sent = params.get("orderId")
    if sent:
        return with_id(call, sent)
    orders, link = call.views.orders, params.get("orderLinkId", "")
    if not link:
        return None
    account, category = account_of(call), params.get("category", "")
    found = [orders.latest(account, market.no, link) for market in listed(call.state, category)]
    found += [row for row in orders.rejected(account) if row.client_id == link and row.reject_reason in LATER]
    return max((row for row in found if row is not None), key=lambda row: (row.is_open, row.id), default=None)


def with_id(call: Call, sent: str) -> "OrderRow | None":
    """The caller's order that the venue calls so: one that was taken in, or that the book alone refused."""
    number, account, orders = order_number(sent), account_of(call), call.views.orders
    if number is None:
        return None
    row = orders.get(OrderId(number))
    if row is None:
        row = next((each for each in orders.rejected(account) if each.id == number), None)
        return row if row is not None and row.reject_reason in LATER else None
    return row if row.account == account else None
