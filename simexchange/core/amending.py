"""Changing an open order: make it smaller where it stands, or take it out and have it work anew.

`amend` keeps the order's place in its level, so all it may do is make it smaller (Binance spot, "Order Amend Keep
Priority", seen 2026-11). `modify` gives a derivative's limit order another size or price, and its place is lost
(Binance USDⓈ-M, mechanics §2.2). What fails a check is refused, and the order stands as it stood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import costing, filters, legs, margin, matching, pegs, placing, pricelimits, rewriting, valuing
from simexchange.core.vocabulary.events import OrderAmended, OrderCanceled, OrderModified
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import BUY, LIMIT, POST_ONLY, EndReason
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.commands import AmendOrder, ModifyOrder
    from simexchange.core.vocabulary.markets import Filters


def _found(engine: Engine, command: AmendOrder | ModifyOrder) -> tuple[Account, Order, MarketState] | RejectReason:
    account = engine.state.accounts.get(command.account)
    if account is None:
        return RejectReason.ACCOUNT_UNKNOWN
    market = engine.state.markets.get(command.market)
    if market is None:
        return RejectReason.MARKET_UNKNOWN
    if command.order:
        order = account.orders.get(command.order)
    else:
        order = account.client_ids.get((command.market, command.client_id))
    if order is None or order.market != command.market:
        return RejectReason.ORDER_UNKNOWN
    return account, order, market


def _limits(engine: Engine, account: Account, market: MarketState) -> Filters | None:
    rules = engine.state.rules.get((account.rules, market.no))
    return None if rules is None else rules.filters


def done_of(order: Order) -> int:
    """How much of an order is past changing: what was filled, and what was prevented."""
    return order.qty - order.left


# Smaller, where it stands


def amend(engine: Engine, command: AmendOrder) -> None:
    """Make an order smaller, working or asleep, without costing it its place."""
    found = _found(engine, command)
    if isinstance(found, RejectReason):
        engine.refuse(command, command.account, found)
        return
    account, order, market = found
    reason = check_amend(engine, account, market, order, command.qty, command.new_client_id)
    other = legs.sibling(engine.state, order)
    if reason is None and other is not None:
        reason = check_amend(engine, account, market, other, command.qty, "")
    if reason is not None:
        engine.refuse(command, command.account, reason)
    elif other is None:
        lessen(engine, market, order, command.qty, command.new_client_id)
    else:
        _lessen_pair(engine, market, order, other, command)


def check_amend(
    engine: Engine, account: Account, market: MarketState, order: Order, qty: int, client_id: str
) -> RejectReason | None:
    """The first reason why *order* may not be made *qty* large, or None."""
    if market.status not in (MarketStatus.TRADING, MarketStatus.CANCEL_ONLY):
        return RejectReason.MARKET_NOT_TRADING
    if qty <= 0:
        return RejectReason.QTY_NOT_POSITIVE
    if not order.qty:
        return RejectReason.AMEND_UNPAID
    limits = _limits(engine, account, market)
    if limits is not None:
        found = filters.check_qty(qty, limits, limits.step or market.spec.step)
        if found is None and order.kind is LIMIT and order.price:
            found = filters.check_notional(order.price, qty, limits, reduce_only=order.reduce_only)
        if found is not None:
            return found
    if client_id and account.client_ids.get((market.no, client_id)) not in (None, order):
        return RejectReason.CLIENT_ID_DUPLICATE
    return _check_change(order, limits, unchanged=qty == order.qty) or _check_smaller(order, qty)


def _check_smaller(order: Order, qty: int) -> RejectReason | None:
    if qty > order.qty:
        return RejectReason.AMEND_NOT_SMALLER
    return RejectReason.AMEND_BELOW_FILLED if qty <= done_of(order) else None


def _check_change(order: Order, limits: Filters | None, *, unchanged: bool) -> RejectReason | None:
    if unchanged:
        return RejectReason.AMEND_UNCHANGED
    if limits is not None and limits.max_amends and order.amends >= limits.max_amends:
        return RejectReason.TOO_MANY_AMENDS
    return None


def _lessen_pair(engine: Engine, market: MarketState, order: Order, other: Order, command: AmendOrder) -> None:
    """Two legs that exclude each other stay of one size, and hold the larger need once.

    The one that holds its own need comes first, so that nothing is ever free that is not there.
    """
    own, excess = legs.by_hold(order, other)
    left = command.qty - done_of(order)
    needed = own.hold - _freed(own, left)
    rest = max(0, _whole_need(own, excess, left) - needed)
    for each, hold in ((own, needed), (excess, rest)):
        client_id = command.new_client_id if each is order else ""
        lessen(engine, market, each, command.qty, client_id, each.hold - hold)


def _whole_need(own: Order, excess: Order, left: int) -> int:
    """What the leg needs for *left* that holds only what it needs more than its sibling does."""
    if not own.hold or excess.side is not BUY:
        return 0
    if excess.kind is LIMIT:
        return -(-excess.price * left // ONE)
    # A sleeping market order holds by its trigger: the same share of it stays.
    return -(-(own.hold + excess.hold) * left // excess.left) if excess.hold else 0


def lessen(
    engine: Engine, market: MarketState, order: Order, qty: int, client_id: str, freed: int | None = None
) -> None:
    """*order* is *qty* large from now on, and what it held for the rest is free. It shows what it showed, if it can."""
    left = qty - done_of(order)
    shown = min(order.left - order.hidden, left)
    hidden = left - shown if order.level is not None else 0
    engine.emit(
        OrderAmended(
            order.id, order.account, order.market, Quantity(qty), Quantity(left), Quantity(hidden),
            Amount(_freed(order, left) if freed is None else freed), client_id or order.client_id,
        )
    )  # fmt: skip
    if order.reduce_only:
        engine.touch(order.account)


def _freed(order: Order, left: int) -> int:
    if not order.hold:
        return 0
    if order.side is not BUY:
        return min(order.hold, order.left - left)
    if order.kind is LIMIT and order.price:
        return max(0, order.hold - -(-order.price * left // ONE))
    # A sleeping market order holds by its trigger: the same share of it stays.
    return order.hold - -(-order.hold * left // order.left)


# Taken out, and working anew


def modify(engine: Engine, command: ModifyOrder) -> None:
    """Give a resting limit order of a derivative another size or price; it goes to the back of the queue."""
    found = _found(engine, command)
    if isinstance(found, RejectReason):
        engine.refuse(command, command.account, found)
        return
    account, order, market = found
    if command.anywhere and (order.asleep or not market.derivative):
        rewriting.rewrite(engine, account, market, order, command)
        return
    price: int = command.price
    if command.peg is not None:
        price = pegs.price_of(market, order.side, command.peg)
    limits = _limits(engine, account, market)
    reason = None
    if limits is not None and limits.limit_hard and price > 0:
        moved = pricelimits.within(engine, account, market, limits, order.side, price)
        reason, price = (moved, price) if isinstance(moved, RejectReason) else (None, moved)
    reason = reason or _check_modify(engine, account, market, order, command, price)
    if reason is not None:
        engine.refuse(command, command.account, reason)
        return
    if command.qty <= done_of(order):
        _cancel(engine, order, EndReason.AMENDED)
    elif command.more is not None and (command.qty, price) == (order.qty, order.price):
        # Only what it brings is another: it stands where it stood.
        left, hidden = Quantity(order.left), Quantity(order.hidden)
        engine.emit(
            OrderAmended(
                order.id, order.account, order.market, command.qty, left, hidden, Amount(0), order.client_id,
                command.more,
            )
        )  # fmt: skip
    elif order.tif is POST_ONLY and matching.would_take(market, order.side, price):
        _cancel(engine, order, EndReason.POST_ONLY_WOULD_TAKE)
    else:
        left = Quantity(command.qty - done_of(order))
        event = OrderModified(
            order.id, order.account, order.market, command.qty, Price(price), left, command.peg, command.label,
            Amount(0), command.more,
        )  # fmt: skip
        engine.emit(event)
        placing.work(engine, order, market, price)


def _cancel(engine: Engine, order: Order, reason: EndReason) -> None:
    engine.emit(OrderCanceled(order.id, order.account, order.market, Quantity(order.left), Amount(order.hold), reason))


def _check_modify(
    engine: Engine, account: Account, market: MarketState, order: Order, command: ModifyOrder, price: int
) -> RejectReason | None:
    if market.status is not MarketStatus.TRADING:
        return RejectReason.MARKET_NOT_TRADING
    if not market.derivative:
        return RejectReason.FEATURE_NOT_SERVED
    if order.level is None or order.kind is not LIMIT:
        return RejectReason.ORDER_SHAPE_INVALID
    if command.qty <= 0:
        return RejectReason.QTY_NOT_POSITIVE
    if price <= 0:
        return RejectReason.PRICE_NOT_POSITIVE if command.peg is None else RejectReason.PEG_LEVEL_MISSING
    limits = _limits(engine, account, market)
    if limits is not None:
        reference = placing.reference_of(engine.at, market, limits)
        found = (
            filters.check_price(price, order.side, market, limits, reference)
            or filters.check_qty(command.qty, limits, limits.step or market.spec.step)
            or filters.check_notional(price, command.qty, limits, reduce_only=order.reduce_only)
        )
        if found is not None:
            return found
    same = command.more is None or command.more == order.more
    unchanged = same and (price, command.qty) == (order.price, order.qty)
    found = rewriting.check_terms(order, market, command) or _check_change(order, limits, unchanged=unchanged)
    found = found or rewriting.check_attached(engine, account, market, order, command)
    left = command.qty - done_of(order)
    if found is not None or left <= 0:
        return found
    if order.reduce_only:
        return _check_reducing(account, order, left)
    return _check_margin(engine, account, market, order, price, left)


def _check_reducing(account: Account, order: Order, left: int) -> RejectReason | None:
    """With the account's other reducers it may not close more than there is."""
    others = account.exposures[order.key].reduces(order.side) - order.left
    return RejectReason.REDUCE_ONLY_COVERED if others + left > matching.closable(account, order) else None


def _check_margin(
    engine: Engine, account: Account, market: MarketState, order: Order, price: int, left: int
) -> RejectReason | None:
    """As for a new order, the old one thought away."""
    state = engine.state
    leverage = margin.leverage_of(state, account, order.key)
    rules = state.rules.get((account.rules, market.no))
    if engine.at >= market.closes_at and placing.opens(account, order.key, order.side, left - order.left):
        return RejectReason.CONTRACT_CLOSING
    spec = market.spec
    more = valuing.worth(spec, price, left) - valuing.worth(spec, order.price, order.left)
    if (
        more > 0
        and rules is not None
        and rules.tiers
        and placing.above_cap(engine, account, market, order.side, more, leverage, order.key)
    ):
        return RejectReason.LEVERAGE_CAP_EXCEEDED
    least = costing.least_price(market, order.side, costing.rules_of(state, account), engine.at)
    cost = margin.entry_cost(state, account, market, order.side, price, left, order, order.key, least)
    if cost and not margin.covers(state, account, market, cost):
        return RejectReason.MARGIN_INSUFFICIENT
    return None
