"""Changing what `amending.modify` cannot: spot orders, which hold money, and orders that sleep.

A resting spot order leaves the book and works anew, with another hold. A sleeping order waits for something else from
then on, or becomes something else when it wakes; what it protects, and whose it is, stays. (Bybit v5 order/amend:
price, quantity, trigger and attached prices of an order of any kind, which keeps its id; seen 2026-11.) What fails a
check is refused, and the order stands as it stood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core import filters, legs, matching, placing, pricelimits, protection, shapes, waking
from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.events import OrderCanceled, OrderModified
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import LIMIT, POST_ONLY, EndReason, Terms
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Amount, Price, Quantity

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.commands import ModifyOrder


def check_terms(order: Order, market: MarketState, command: ModifyOrder) -> RejectReason | None:
    """Whether the terms sent differ from the order's own in what may be changed alone."""
    if command.more is None:
        return None
    if order.more is None:
        return None if _bare(command.more) == _bare(None) and command.more.trigger is None else _SHAPE
    if _bare(command.more) != _bare(order.more) or (command.more.trigger is None) is not (order.more.trigger is None):
        return _SHAPE
    if not order.asleep and command.more.trigger != order.more.trigger:
        return _SHAPE
    return protection.check_shape(command.more, order.side, market)


_SHAPE = RejectReason.ORDER_SHAPE_INVALID


def _bare(more: Terms | None) -> Terms:
    """Terms without what may be changed."""
    bare = Terms() if more is None else more
    return msgspec.structs.replace(bare, trigger=None, take_profit=None, stop_loss=None, partial=False)


def check_attached(
    engine: Engine, account: Account, market: MarketState, order: Order, command: ModifyOrder
) -> RejectReason | None:
    """Whether the prices that a resting order is to bring lie beyond its own."""
    if command.more is None or order.asleep:
        return None
    return protection.check_attached(engine, _ticket(engine, account, market, order, command), command.more)


def rewrite(engine: Engine, account: Account, market: MarketState, order: Order, command: ModifyOrder) -> None:
    """Change a spot order or one that sleeps."""
    reason = check_terms(order, market, command) or _check_kind(engine, market, order, command)
    ticket = _ticket(engine, account, market, order, command)
    reason = reason or (_check_asleep(engine, ticket) if order.asleep else _check_resting(engine, ticket))
    if reason is not None:
        engine.refuse(command, command.account, reason)
        return
    done, wanted = order.qty - order.left, ticket.command
    if not order.asleep and command.qty <= done:
        _cancel(engine, order, EndReason.AMENDED)
        return
    if order.tif is POST_ONLY and not order.asleep and matching.would_take(market, order.side, wanted.price):
        _cancel(engine, order, EndReason.POST_ONLY_WOULD_TAKE)
        return
    asleep = order.asleep
    engine.emit(
        OrderModified(
            order.id, order.account, order.market, command.qty, wanted.price, Quantity(command.qty - done), None,
            command.label, Amount(order.hold - ticket.hold), command.more,
        )
    )  # fmt: skip
    if not asleep:
        placing.work(engine, order, market, wanted.price)


def _cancel(engine: Engine, order: Order, reason: EndReason) -> None:
    engine.emit(OrderCanceled(order.id, order.account, order.market, Quantity(order.left), Amount(order.hold), reason))


def _ticket(
    engine: Engine, account: Account, market: MarketState, order: Order, command: ModifyOrder
) -> placing.Ticket:
    """The order as it is to be, what is left of it: judged as if it were new."""
    more = command.more or order.more
    if more is not None and more.trigger is not None:
        # What was attached to another order, or said of a position, is an ordinary sleeping order by now.
        more = msgspec.structs.replace(
            more, order_list=0, trigger=msgspec.structs.replace(more.trigger, limit=Price(0))
        )
    left = Quantity(max(0, command.qty - (order.qty - order.left)))
    wanted = PlaceOrder(
        order.account, order.market, order.side, order.kind, left, command.price, order.tif, order.client_id, more
    )
    rules = engine.state.rules.get((account.rules, market.no))
    ticket = placing.Ticket(wanted, account, market, rules, order.hold, order.key)
    ticket.sleeps = more.trigger if order.asleep and more is not None else None
    return ticket


def _check_kind(engine: Engine, market: MarketState, order: Order, command: ModifyOrder) -> RejectReason | None:
    """Whether it is an order that may be changed, and is changed."""
    if market.status is not MarketStatus.TRADING:
        return RejectReason.MARKET_NOT_TRADING
    listed = order.more is not None and order.more.order_list
    if legs.is_waiting(engine.state, order) or (listed and (not market.derivative or command.qty != order.qty)):
        # Legs of a list are of one size, and those of spot hold their money together.
        return RejectReason.FEATURE_NOT_SERVED
    whole = order.more is not None and order.more.close_all
    if whole is not (not command.qty) or command.qty < 0:
        return RejectReason.QTY_NOT_POSITIVE
    if (order.kind is LIMIT) is not (command.price > 0):
        return RejectReason.PRICE_NOT_POSITIVE if order.kind is LIMIT else _SHAPE
    same = command.more is None or command.more == order.more
    return RejectReason.AMEND_UNCHANGED if same and (command.qty, command.price) == (order.qty, order.price) else None


def _check_asleep(engine: Engine, ticket: placing.Ticket) -> RejectReason | None:
    terms, trigger = ticket.command.more, ticket.sleeps
    if terms is None or trigger is None:
        return RejectReason.FEATURE_NOT_SERVED
    rules = None if ticket.rules is None else ticket.rules.filters
    return (
        shapes.check(engine, ticket)
        or (None if rules is None else waking.check_filters(engine.at, ticket, terms, trigger, rules))
        or waking.check_trigger(engine, ticket, trigger)
        or protection.check_attached(engine, ticket, terms)
        or placing.check_money(engine, ticket)
    )


def _check_resting(engine: Engine, ticket: placing.Ticket) -> RejectReason | None:
    """A resting spot order: what is left of it is judged as an order of that size."""
    command, market, rules = ticket.command, ticket.market, ticket.rules
    if command.kind is not LIMIT:
        return _SHAPE
    if not command.qty:
        return None
    if rules is not None:
        limits = rules.filters
        if limits.limit_hard:
            moved = pricelimits.within(engine, ticket.account, market, limits, command.side, command.price)
            if isinstance(moved, RejectReason):
                return moved
            ticket.command = command = msgspec.structs.replace(command, price=Price(moved))
        reference = placing.reference_of(engine.at, market, limits)
        found = (
            filters.check_price(command.price, command.side, market, limits, reference)
            or filters.check_qty(command.qty, limits, limits.step or market.spec.step)
            or filters.check_notional(command.price, command.qty, limits, reduce_only=False)
        )
        if found is not None:
            return found
    return placing.check_money(engine, ticket)


__all__ = ["check_attached", "check_terms", "rewrite"]
