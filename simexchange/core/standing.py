"""Folds of what befalls an open order besides its trades and its end. Called by state.py alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import OrderReplenished, TradePrevented
    from simexchange.core.vocabulary.units import Nanos


def apply_replenished(state: ExchangeState, event: OrderReplenished, _: Nanos) -> None:
    """The next slice of an iceberg stands last at its price."""
    order = state.accounts[event.account].orders[event.order]
    state.markets[event.market].book.replenish(order, event.shown)


def apply_prevented(state: ExchangeState, market: MarketState, event: TradePrevented) -> None:
    """Both sides are smaller by what was prevented; one with nothing left stays until it is told that it ended."""
    market.preventions = event.prevention + 1
    for side in (event.maker, event.taker):
        if not side.qty:
            continue
        account = state.accounts[side.account]
        order = account.orders[side.order]
        if state.bounded:
            account.to_buy(order, -side.qty, state.bounded)
        order.prevented += side.qty
        order.hold -= side.released
        if order.level is None:
            order.left = side.left
            continue
        if market.derivative:
            exposure = account.exposures[market.no]
            exposure.count(order, side.qty, -1)
        market.book.resize(order, side.left, order.hidden if side.left else 0)
