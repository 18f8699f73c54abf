"""Prices taken from the book: pegged orders (spot) and price match (derivatives).

The price is taken once, when the order enters the market: at placing, or when its trigger comes. It does not follow
the book (Binance, pegged orders FAQ, seen 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core import filters
from simexchange.core.vocabulary.orders import LIMIT, Side
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Price

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.commands import PlaceOrder
    from simexchange.core.vocabulary.markets import Filters
    from simexchange.core.vocabulary.orders import Peg


def price_of(market: MarketState, side: Side, peg: Peg) -> int:
    """What *peg* says of the book as it stands, for an order of *side*; 0 where there is no such level.

    Never worse than the guard: "buy for 100 or best offer" pays 100 where the best offer is 101.
    """
    price = market.book.price_at(Side(-side) if peg.other else side, peg.level)
    if price and peg.guard and (price - peg.guard) * side > 0:
        return peg.guard
    return price


def sound(order: PlaceOrder, peg: Peg) -> bool:
    """Whether an order may be pegged so: a limit order, to a level there can be, with no other price of its own."""
    return order.kind is LIMIT and peg.level >= 1 and peg.guard >= 0 and order.price in (0, peg.guard)


def priced(order: PlaceOrder, market: MarketState, peg: Peg) -> PlaceOrder | None:
    """*order* with the price its peg gives it now; None where the book has no such level."""
    price = price_of(market, order.side, peg)
    return msgspec.structs.replace(order, price=Price(price)) if price else None


def check_guard(
    order: PlaceOrder, qty: int, market: MarketState, rules: Filters, reference: int, peg: Peg
) -> RejectReason | None:
    """The guard passes the filters like the price that was chosen."""
    if not peg.guard:
        return None
    return filters.check_price(peg.guard, order.side, market, rules, reference) or filters.check_notional(
        peg.guard, qty, rules, reduce_only=False
    )
