"""What an iceberg must be like: an order that shows the book a slice at a time.

Only a limit order that may rest for good can be one (GTC or post-only, mechanics §1.1). What it shows must itself be a
lawful size, and it may not fall into too many parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import filters
from simexchange.core.vocabulary.orders import GTC, LIMIT, POST_ONLY
from simexchange.core.vocabulary.rejections import RejectReason

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.commands import PlaceOrder
    from simexchange.core.vocabulary.markets import Bundle, MarketRules
    from simexchange.core.vocabulary.orders import Terms


def sound(order: PlaceOrder, terms: Terms) -> bool:
    """Whether an order of that kind can show a part of itself."""
    return terms.iceberg_qty > 0 and order.kind is LIMIT and order.tif in (GTC, POST_ONLY)


def parts(qty: int, slice_qty: int) -> int:
    """Into how many slices *qty* falls, the last one perhaps smaller."""
    return -(-qty // slice_qty)


def check(
    account: Account, market: MarketState, qty: int, slice_qty: int, rules: MarketRules, bundle: Bundle | None
) -> RejectReason | None:
    """The slice against the lot size, the number of slices, and the number of icebergs the account has open."""
    if slice_qty > qty:
        return RejectReason.ICEBERG_ABOVE_QTY
    limits = rules.filters
    found = filters.check_qty(slice_qty, limits, limits.step or market.spec.step)
    if found is not None:
        return found
    if limits.iceberg_parts and parts(qty, slice_qty) > limits.iceberg_parts:
        return RejectReason.TOO_MANY_ICEBERG_PARTS
    most, most_anywhere = limits.max_iceberg_orders, 0 if bundle is None else bundle.max_iceberg_orders
    if most or most_anywhere:
        places = [order.market for order in account.orders.values() if order.more and order.more.iceberg_qty]
        if most and places.count(market.no) >= most:
            return RejectReason.TOO_MANY_ICEBERGS
        if most_anywhere and len(places) >= most_anywhere:
            return RejectReason.TOO_MANY_ICEBERGS_IN_ALL
    return None
