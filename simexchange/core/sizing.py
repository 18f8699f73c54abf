"""How much a sum of money buys by the book as it stands, and what a quantity costs there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import selftrade
from simexchange.core.vocabulary.orders import BUY, Side
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.book import Order
    from simexchange.core.market import MarketState


def size_by_value(
    market: MarketState, side: Side, value: int, step: int, without: Callable[[Order], bool] | None = None
) -> tuple[int, int, bool]:
    """How much *value* of quote buys (or is had for), rounded down to *step*; what that costs at most, as `buy_hold`
    reckons it (0: to be reckoned there); and whether the book has as much.

    What icebergs hide counts; orders that are *without* do not.
    """
    ladder = market.book.opposite(side)
    if without is None:
        # Nearly always the best level has enough: then there is nothing to walk.
        best = ladder.best()
        if best is not None and best.price * best.qty >= value * ONE:
            qty = value * ONE // best.price
            qty -= qty % step
            return qty, -(-best.price * qty // ONE), True
    qty, cost, left = 0, 0, value * ONE
    for level in ladder:
        price = level.price
        there = level.qty + level.hidden if without is None else selftrade.offered(level, without)
        worth = price * there
        if worth >= left:
            taken = left // price
            qty += taken
            over = qty % step
            return qty - over, cost - -price * (taken - over) // ONE if taken >= over else 0, True
        qty += there
        cost -= -worth // ONE
        left -= worth
    return qty - qty % step, 0, False


def buy_hold(market: MarketState, qty: int, without: Callable[[Order], bool] | None = None) -> int:
    """What a market buy of *qty* will cost at most, by the book as it stands, orders that are *without* apart."""
    if without is None:
        best = market.book.asks.best()
        if best is not None and best.qty >= qty:
            return -(-best.price * qty // ONE)
    total, left = 0, qty
    for level in market.book.takeable(BUY, 0):
        taken = min(left, selftrade.offered(level, without))
        total += -(-level.price * taken // ONE)
        left -= taken
        if not left:
            break
    return total
