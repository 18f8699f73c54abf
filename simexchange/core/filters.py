"""A venue's limits on one order in one market, checked in the order of `RejectReason`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.vocabulary.orders import BUY, LIMIT, Side
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import PlaceOrder
    from simexchange.core.vocabulary.markets import Filters


def check(
    order: PlaceOrder, qty: int, market: MarketState, filters: Filters, reference: int, *, reduce_only: bool
) -> RejectReason | None:
    """The first filter that *order* fails, or None. *qty* is its size in base, *reference* the price of the band."""
    # What an inverse contract is worth in quote does not depend on a price.
    contract = market.spec.contract_size if market.inverse else 0
    if order.kind is LIMIT:
        return (
            check_price(order.price, order.side, market, filters, reference)
            or check_qty(qty, filters, filters.step or market.spec.step)
            or check_notional(contract or order.price, qty, filters, reduce_only=reduce_only)
        )
    return check_qty(qty, filters, filters.step or market.spec.step) or check_market_order(
        qty, filters, contract or reference, reduce_only=reduce_only
    )


def check_price(price: int, side: Side, market: MarketState, filters: Filters, reference: int) -> RejectReason | None:
    """Bounds, tick, and the band around the reference price (its bounds included); 0: there is none."""
    if price < filters.price_min:
        return RejectReason.PRICE_BELOW_MIN
    if filters.price_max and price > filters.price_max:
        return RejectReason.PRICE_ABOVE_MAX
    if price % (filters.tick or market.spec.tick):
        return RejectReason.PRICE_OFF_TICK
    if reference:
        up, down = (filters.bid_up, filters.bid_down) if side is BUY else (filters.ask_up, filters.ask_down)
        scaled = price * ONE
        if up and scaled > reference * up:
            return RejectReason.PRICE_ABOVE_BAND
        if down and scaled < reference * down:
            return RejectReason.PRICE_BELOW_BAND
    return None


def check_price_bounds(price: int, market: MarketState, filters: Filters) -> RejectReason | None:
    """Bounds and tick alone: what the price of a trigger must pass, too."""
    return check_price(price, BUY, market, filters, 0)


def check_position(account: Account, market: MarketState, qty: int, most: int) -> RejectReason | None:
    """What is owned of the base asset, what open buys are still to bring, and *qty* more: at most *most*."""
    owned = account.balances.get((account.spot_wallet, market.spec.base))
    held = 0 if owned is None else owned.free + owned.held
    return RejectReason.POSITION_ABOVE_MAX if held + account.buying.get(market.no, 0) + qty > most else None


def check_account(engine: Engine, account: Account, market: MarketState, qty: int, worth: int) -> RejectReason | None:
    """What one account may have open in all and move at once. *worth* is the order's, in quote, at 10**-16."""
    if market.derivative:
        return None
    most = engine.order_limits.get(account.rules)
    # An account without as many orders of any kind has not as many in spot markets either.
    if most and len(account.orders) >= most and open_in_all(engine.state, account) >= most:
        return RejectReason.TOO_MANY_ORDERS_IN_ALL
    return check_asset(account, market, qty, worth)


def check_asset(account: Account, market: MarketState, qty: int, worth: int) -> RejectReason | None:
    """What one account may move at once of the two assets. *worth* is the order's, in quote, at 10**-16."""
    base, quote = account.asset_limits.get(market.spec.base), account.asset_limits.get(market.spec.quote)
    if (base and qty > base) or (quote and worth > quote * ONE):
        return RejectReason.ASSET_ABOVE_MAX
    return None


def open_in_all(state: ExchangeState, account: Account) -> int:
    """Open orders of *account* in all spot markets, sleeping ones too."""
    return sum(1 for order in account.orders.values() if not state.markets[order.market].derivative)


def check_qty(qty: int, filters: Filters, step: int) -> RejectReason | None:
    """Bounds and step."""
    if qty < filters.qty_min:
        return RejectReason.QTY_BELOW_MIN
    if filters.qty_max and qty > filters.qty_max:
        return RejectReason.QTY_ABOVE_MAX
    if qty % step:
        return RejectReason.QTY_OFF_STEP
    return None


def check_notional(price: int, qty: int, filters: Filters, *, reduce_only: bool) -> RejectReason | None:
    """Worth at the order's own price. An order that only reduces has no minimum."""
    worth = price * qty
    if worth < filters.notional_min * ONE and not reduce_only:
        return RejectReason.NOTIONAL_BELOW_MIN
    if filters.notional_max and worth > filters.notional_max * ONE:
        return RejectReason.NOTIONAL_ABOVE_MAX
    return None


def check_market_order(qty: int, filters: Filters, reference: int, *, reduce_only: bool) -> RejectReason | None:
    """The market order's own bounds, and its worth at the reference price where the rules say so."""
    if qty < filters.market_qty_min:
        return RejectReason.MARKET_QTY_BELOW_MIN
    if filters.market_qty_max and qty > filters.market_qty_max:
        return RejectReason.MARKET_QTY_ABOVE_MAX
    if filters.market_step and qty % filters.market_step:
        return RejectReason.MARKET_QTY_OFF_STEP
    if not reference:
        return None
    worth = reference * qty
    if filters.notional_min_applies_to_market and not reduce_only and worth < filters.notional_min * ONE:
        return RejectReason.NOTIONAL_BELOW_MIN
    if filters.notional_max and filters.notional_max_applies_to_market and worth > filters.notional_max * ONE:
        return RejectReason.NOTIONAL_ABOVE_MAX
    return None
