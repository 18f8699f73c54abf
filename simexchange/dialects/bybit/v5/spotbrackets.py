"""Take-profit and stop-loss attached to a limit order of spot: orders that begin when it is filled.

"Place Order" (docs/v5/order/create-order.mdx, snapshot 2026-07-24, seen 2026-11). What a buy brought is sold, less its
fee where no other coins pay that; of two the one that loses ends when the other begins to work. That they begin with
the last fill, and not with the first, was chosen: it is not published.
"""

from typing import TYPE_CHECKING

import msgspec

from simexchange.core.vocabulary.commands import Leg, PlaceList, PlaceOrder
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.orders import GTC, IOC, LIMIT, MARKET, ListKind, Side, Terms, Trigger
from simexchange.core.vocabulary.units import Price, Quantity
from simexchange.projections.lists import Role

if TYPE_CHECKING:
    from simexchange.projections.orders import OrderRow
    from simexchange.projections.views import Views


def is_bracket(order: PlaceOrder, *, spot: bool) -> bool:
    """Whether an order of spot brings others along."""
    return spot and order.more is not None and (order.more.take_profit is not None or order.more.stop_loss is not None)


def bracket(order: PlaceOrder) -> PlaceList:
    """The order and what is attached to it, as orders that hang together."""
    assert order.more is not None, "an order that brings others along says so"  # noqa: S101 - a bug, never input
    terms = msgspec.structs.replace(order.more, take_profit=None, stop_loss=None, partial=False)
    first = Leg(
        order.side, order.kind, order.qty, order.price, order.tif, order.client_id, None if terms == Terms() else terms
    )
    found = [trigger for trigger in (order.more.take_profit, order.more.stop_loss) if trigger is not None]
    pays = order.side is Side.BUY
    qty = Quantity(0) if pays else order.qty
    legs = (first, *(_leg(Side(-order.side), qty, trigger) for trigger in found))
    single, pair = (ListKind.OPO, ListKind.OPOCO) if pays else (ListKind.OTO, ListKind.OTOCO)
    return PlaceList(order.account, order.market, pair if len(found) > 1 else single, legs)


def _leg(side: Side, qty: Quantity, trigger: Trigger) -> Leg:
    kind, tif = (LIMIT, GTC) if trigger.limit else (MARKET, IOC)
    return Leg(side, kind, qty, trigger.limit, tif, "", Terms(trigger=msgspec.structs.replace(trigger, limit=Price(0))))


def has_begun(row: "OrderRow", views: "Views") -> bool:
    """Whether an order is one of its own: what waits for another, or never came to be, is told as a part of that."""
    if row.more is None or not (row.more.parent and row.more.order_list):
        return True
    found = views.lists.get(row.order_list)
    return found is not None and found.started_at > 0


def brought(row: "OrderRow", views: "Views") -> tuple[Trigger | None, Trigger | None]:
    """Take-profit and stop-loss that an order brings, or brought, along; their limits among them."""
    more = row.more
    if more is None or not more.order_list:
        return (None, None) if more is None else (more.take_profit, more.stop_loss)
    found = views.lists.get(row.order_list)
    if found is None or found.role(row.id) is not Role.WORKING:
        return None, None
    profit = loss = None
    for number in found.orders[1:]:
        leg = views.orders.get(OrderId(number))
        if leg is None or leg.more is None or leg.more.trigger is None:
            continue
        trigger = msgspec.structs.replace(leg.more.trigger, limit=leg.price)
        if trigger.rising is (row.side is Side.BUY):
            profit = trigger
        else:
            loss = trigger
    return profit, loss
