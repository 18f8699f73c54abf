"""Folds of what befalls an open order besides its trades and its end. Called by state.py alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import triggers
from simexchange.core.moves import apply_postings
from simexchange.core.vocabulary.orders import GTD

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import OrderAmended, OrderModified, OrderReplenished, TradePrevented
    from simexchange.core.vocabulary.units import Nanos


def apply_replenished(state: ExchangeState, event: OrderReplenished, _: Nanos) -> None:
    """The next slice of an iceberg stands last at its price."""
    order = state.accounts[event.account].orders[event.order]
    state.markets[event.market].book.replenish(order, event.shown)


def apply_prevented(state: ExchangeState, event: TradePrevented, at: Nanos) -> None:
    """Both sides are smaller by what was prevented; one with nothing left stays until it is told that it ended."""
    apply_postings(state, event, at)
    market = state.markets[event.market]
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
            exposure = account.exposures[order.key]
            exposure.count(order, side.qty, -1)
        market.book.resize(order, side.left, order.hidden if side.left else 0)


def apply_amended(state: ExchangeState, event: OrderAmended, at: Nanos) -> None:
    """An order is smaller, and may be called by another client id."""
    apply_postings(state, event, at)
    market = state.markets[event.market]
    account = state.accounts[event.account]
    order = account.orders[event.order]
    less = order.left - event.left
    if state.bounded:
        account.to_buy(order, -less, state.bounded)
    if order.level is None:
        order.left = event.left
    else:
        if market.derivative:
            exposure = account.exposures[order.key]
            exposure.count(order, less, -1)
        market.book.resize(order, event.left, event.hidden)
    order.qty = event.qty
    order.hold -= event.released
    order.amends += 1
    if event.client_id != order.client_id:
        _rename(account, order, event.client_id)
    if event.more is not None:
        order.more = event.more
        triggers.apply_attached(account, order)


def _rename(account: Account, order: Order, client_id: str) -> None:
    account.client_ids.pop((order.market, order.client_id), None)
    order.client_id = client_id
    account.client_ids[order.market, client_id] = order


def apply_modified(state: ExchangeState, market: MarketState, event: OrderModified, at: Nanos) -> None:
    """An order is what the event says from now on; a resting one left the book, a sleeping one waits anew."""
    account = state.accounts[event.account]
    order = account.orders[event.order]
    asleep = order.asleep
    if event.released:
        apply_postings(state, event, at)
        order.hold -= event.released
    if asleep:
        triggers.apply_lifted(state, market, order)
    else:
        _leave_book(state, account, market, order)
    if state.bounded:
        account.to_buy(order, event.left - order.left, state.bounded)
    order.qty, order.price, order.left, order.hidden = event.qty, event.price, event.left, 0
    order.amends += 1
    if event.more is not None:
        order.more = event.more
        triggers.apply_attached(account, order)
    if asleep:
        triggers.apply_laid(state, market, order)


def _leave_book(state: ExchangeState, account: Account, market: MarketState, order: Order) -> None:
    if market.derivative:
        account.exposures[order.key].count(order, order.left, -1)
    market.book.remove(order)
    account.open_counts[market.no] -= 1
    if order.tif is GTD and order.more is not None:
        state.good_tills.drop(order.id)
