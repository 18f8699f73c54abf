"""What a sleeping order must be to be taken in, and what becomes of it when its trigger comes.

It is checked twice: at entry its own shape, its prices and its place among the account's sleeping orders, and on a
spot market the money it will need; when it wakes, everything that a new order is checked for. A sleeping order of a
derivative holds nothing and needs no margin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import filters, isolating, legs, matching, placing, protection, shapes, triggers
from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.events import OrderExpired, OrderTriggered, TrailingStarted
from simexchange.core.vocabulary.ids import ORDER_ID_SHIFT, AccountNo
from simexchange.core.vocabulary.orders import LIMIT, MARKET, EndReason, Origin, TriggerPrice
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.placing import Ticket
    from simexchange.core.vocabulary.commands import FireTrigger
    from simexchange.core.vocabulary.markets import Filters
    from simexchange.core.vocabulary.orders import Terms, Trigger


# At entry


def check_shape(ticket: Ticket, terms: Terms) -> RejectReason | None:
    """Whether the terms of a sleeping order go together."""
    command, trigger, derivative = ticket.command, terms.trigger, ticket.market.derivative
    if trigger is None:
        return RejectReason.ORDER_SHAPE_INVALID if terms.close_all or terms.with_position else None
    if terms.close_all and (command.kind is LIMIT or command.qty or terms.reduce_only or not derivative):
        return RejectReason.ORDER_SHAPE_INVALID
    if terms.quote_qty or (terms.with_position and not derivative) or (terms.unheld and derivative):
        return RejectReason.ORDER_SHAPE_INVALID
    if trigger.watches is not TriggerPrice.LAST and not derivative:
        return RejectReason.ORDER_SHAPE_INVALID
    if not triggers.sound(trigger) or trigger.limit:
        return RejectReason.ORDER_SHAPE_INVALID
    if trigger.price <= 0 and not trigger.trails:
        return RejectReason.PRICE_NOT_POSITIVE
    return None


def check(engine: Engine, ticket: Ticket, terms: Terms, trigger: Trigger) -> RejectReason | None:
    """The first reason to refuse an order that is to sleep, after its shape; fills in what it holds."""
    rules = None if ticket.rules is None else ticket.rules.filters
    return (
        (None if rules is None else check_filters(engine.at, ticket, terms, trigger, rules))
        or placing.check_counts(engine, ticket)
        or _check_numbers(engine, ticket, rules)
        or placing.check_rare_filters(engine, ticket, terms)
        or check_trigger(engine, ticket, trigger)
        or isolating.check_named(ticket)
        or _check_position(ticket, terms, trigger)
        or protection.check_attached(engine, ticket, terms)
        or placing.check_money(engine, ticket)
    )


def check_starting(engine: Engine, ticket: Ticket, terms: Terms, trigger: Trigger) -> RejectReason | None:
    """The first reason why a leg of a list that waited for another may not begin to sleep."""
    rules = None if ticket.rules is None else ticket.rules.filters
    return (
        (None if rules is None else check_filters(engine.at, ticket, terms, trigger, rules))
        or check_trigger(engine, ticket, trigger)
        or placing.check_money(engine, ticket)
    )


def check_filters(at: int, ticket: Ticket, terms: Terms, trigger: Trigger, rules: Filters) -> RejectReason | None:
    """What the venue's rules say of an order that is to sleep: of its prices, its size and its distance."""
    command, market = ticket.command, ticket.market
    side = command.side
    # The band of a derivative lies around the mark of the moment it works; that of spot is the gateway's, at entry.
    reference = 0 if market.derivative else placing.reference_of(at, market, rules)
    if command.kind is LIMIT and command.price:
        found = filters.check_price(command.price, side, market, rules, reference)
        if found is not None:
            return found
    for price in (trigger.price, trigger.activation):
        found = filters.check_price_bounds(price, market, rules) if price else None
        if found is not None:
            return found
    if trigger.distance % (rules.tick or market.spec.tick):
        return RejectReason.PRICE_OFF_TICK
    if trigger.trailing:
        found = _check_distance(trigger, rules)
        if found is not None:
            return found
    if terms.close_all:
        return None
    found = filters.check_qty(ticket.qty, rules, rules.step or market.spec.step)
    if found is None and command.kind is MARKET:
        worth_at = _likely_price(market, trigger)
        return filters.check_market_order(ticket.qty, rules, worth_at, reduce_only=ticket.reduce_only)
    if not command.price:
        return found  # a pegged one gets its price when it wakes
    return found or filters.check_notional(command.price, ticket.qty, rules, reduce_only=ticket.reduce_only)


def _check_distance(trigger: Trigger, rules: Filters) -> RejectReason | None:
    """How far a trailing order may stay behind: bounds of their own for those that begin above and below the price."""
    if trigger.activation_rising:
        least, most = rules.trailing_above_min, rules.trailing_above_max
    else:
        least, most = rules.trailing_below_min, rules.trailing_below_max
    if trigger.trailing < least:
        return RejectReason.TRAILING_BELOW_MIN
    if most and trigger.trailing > most:
        return RejectReason.TRAILING_ABOVE_MAX
    return None


def check_trigger(engine: Engine, ticket: Ticket, trigger: Trigger) -> RejectReason | None:
    """A trigger must wait for something: a condition that holds already is refused.

    A trailing order without an activation price begins at once, and cannot be refused so.
    """
    if trigger.trails and not trigger.activation:
        return None
    price = triggers.price_of(engine.state, ticket.market, trigger.watches)
    return RejectReason.WOULD_TRIGGER if triggers.holds(trigger, price) else None


def _check_numbers(engine: Engine, ticket: Ticket, rules: Filters | None) -> RejectReason | None:
    """How many sleeping orders an account may have in a market, and over all markets of the kind."""
    state, account, market = engine.state, ticket.account, ticket.market
    most = 0 if rules is None else rules.max_conditional_orders
    if 0 < most <= account.sleeping.get(market.no, 0) and most <= _asleep_in(account, market):
        return RejectReason.TOO_MANY_CONDITIONAL
    bundle = state.bundles.get(account.rules)
    if bundle is None:
        return None
    most = bundle.max_conditional_futures if market.derivative else bundle.max_conditional_orders
    if not most:
        return None
    alike = (count for no, count in account.sleeping.items() if state.markets[no].derivative == market.derivative)
    if sum(alike) < most:
        return None
    return RejectReason.TOO_MANY_CONDITIONAL_FUTURES if market.derivative else RejectReason.TOO_MANY_CONDITIONAL_SPOT


def _asleep_in(account: Account, market: MarketState) -> int:
    """How many orders of *account* sleep in *market*, beside those that protect a position (Bybit counts them apart,
    order/create, seen 2026-11).
    """
    return sum(
        order.asleep and order.market == market.no and (order.more is None or order.more.origin is not Origin.TPSL)
        for order in account.orders.values()
    )


def _check_position(ticket: Ticket, terms: Terms, trigger: Trigger) -> RejectReason | None:
    """What closes a position whole needs one to close, and is alone of its kind.

    Binance answers -4509 and -4130 (seen 2026-11 in the reports of several client libraries).
    """
    if not terms.close_all and not terms.with_position:
        return None
    account, side, key = ticket.account, ticket.command.side, ticket.key
    position = account.positions.get(key)
    if position is None or position.qty * side >= 0:
        return RejectReason.POSITION_MISSING
    for order in account.orders.values() if terms.close_all else ():
        other = order.more
        if order.key != key or order.side is not side or other is None or not other.close_all:
            continue
        if other.trigger is not None and other.trigger.rising is trigger.rising and other.origin is terms.origin:
            return RejectReason.CLOSE_ALL_EXISTS
    return None


def spot_buy_price(market: MarketState, trigger: Trigger) -> int:
    """The price a sleeping market buy's hold is reckoned at; 0 where there is nothing to reckon from.

    Its trigger price; of a trailing one what wakes it if the price goes no further down than where it begins.
    """
    if not trigger.trails:
        return trigger.price
    start = trigger.activation or market.last
    if trigger.distance:
        return start + trigger.distance
    return -(-start * (ONE + trigger.trailing) // ONE)


def _likely_price(market: MarketState, trigger: Trigger) -> int:
    return trigger.activation or market.last if trigger.trails else trigger.price


# When the trigger comes


def fire(engine: Engine, command: FireTrigger) -> None:
    """The next order in the queue becomes what it is to be, and works; or ends, with the reason."""
    state = engine.state
    if next(iter(state.woken), None) != command.order:
        engine.refuse(command, AccountNo(command.order >> ORDER_ID_SHIFT), RejectReason.ORDER_UNKNOWN)
        return
    account = state.accounts[AccountNo(command.order >> ORDER_ID_SHIFT)]
    order, market = account.orders[command.order], state.markets[account.orders[command.order].market]
    terms = order.more
    assert terms is not None
    assert terms.trigger is not None
    if terms.trigger.protect and _apart(engine, order, market):
        matching.expire(engine, order, EndReason.PRICE_PROTECTED)
        return
    if (terms.close_all or terms.with_position) and not matching.closable(account, order):
        matching.expire(engine, order, EndReason.POSITION_GONE)
        return
    ticket = placing.Ticket(
        PlaceOrder(
            order.account, order.market, order.side, order.kind, Quantity(order.qty), Price(order.price), order.tif,
            order.client_id, terms,
        ),
        account, market, state.rules.get((account.rules, order.market)), order.hold, order.key,
    )  # fmt: skip
    _become(engine, order, market, ticket)


def _become(engine: Engine, order: Order, market: MarketState, ticket: Ticket) -> None:
    """Have a sleeping order work, or end where it fails the checks of a new one."""
    legs.end_sibling(engine, order)
    if ticket.command.more is not None and ticket.command.more.close_all:
        ticket.qty = matching.closable(ticket.account, order)
    refused = shapes.take_peg(ticket) or placing.check_again(engine, ticket)
    if refused is not None:
        ticket.qty, ticket.hold = order.qty, order.hold
    engine.emit(
        OrderTriggered(
            order.id, order.account, order.market, order.kind, Quantity(ticket.qty), ticket.command.price,
            Amount(ticket.hold), Amount(order.hold - ticket.hold),
        )
    )  # fmt: skip
    if refused is None:
        placing.work(engine, order, market, ticket.limit)
        return
    engine.emit(
        OrderExpired(
            order.id, order.account, order.market, Quantity(order.left), Amount(order.hold), EndReason.TRIGGER_REFUSED,
            refused,
        )
    )  # fmt: skip


def _apart(engine: Engine, order: Order, market: MarketState) -> bool:
    """Whether last price and mark are further apart than the market's trigger protection allows."""
    rules = engine.state.rules.get((engine.state.accounts[order.account].rules, order.market))
    bound = 0 if rules is None else rules.filters.trigger_protect
    return bool(bound and market.mark) and abs(market.last - market.mark) * ONE > bound * market.mark


def tell(engine: Engine) -> None:
    """Say which trailing orders began to follow in this record, and where."""
    state = engine.state
    for order, price in list(state.started.items()):
        account = state.accounts[AccountNo(order >> ORDER_ID_SHIFT)]
        engine.emit(TrailingStarted(order, account.no, account.orders[order].market, Price(price)))


__all__ = ["check", "check_filters", "check_shape", "check_trigger", "fire", "spot_buy_price", "tell"]
