"""Take-profit and stop-loss of a position, said by an order that opens one or on the position itself.

Both become sleeping orders that close the whole position at market (as Bybit's default, ``tpslMode`` Full, seen
2026-11), of origin TPSL. A position has one pair: who says another replaces it. When the position is gone, so are they:
the one that closes it takes the other along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import filters, isolating, matching, triggers
from simexchange.core.vocabulary.events import OrderAccepted, OrderCanceled, PositionProtected
from simexchange.core.vocabulary.ids import NO_ORDER, OrderId, key_of, market_of, slot_of, sub_of
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import (
    BUY,
    GTC,
    LIMIT,
    MARKET,
    SELL,
    EndReason,
    Origin,
    Side,
    Slot,
    Terms,
)
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.placing import Ticket
    from simexchange.core.vocabulary.commands import ProtectPosition
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.markets import MarketRules
    from simexchange.core.vocabulary.orders import Trigger


def check_shape(terms: Terms, side: Side, market: MarketState) -> RejectReason | None:
    """Whether what is attached to an order of *side* goes with it."""
    if terms.take_profit is None and terms.stop_loss is None:
        return None
    if not market.derivative or terms.reduce_only or terms.close_all:
        return RejectReason.ORDER_SHAPE_INVALID
    return _check_pair(terms.take_profit, terms.stop_loss, side)


def _check_pair(take_profit: Trigger | None, stop_loss: Trigger | None, side: Side) -> RejectReason | None:
    """A long takes its profit above and stops its loss below; a short the other way round."""
    for trigger, rising in ((take_profit, side is BUY), (stop_loss, side is SELL)):
        if trigger is None:
            continue
        if trigger.rising is not rising or trigger.trailing < 0 or trigger.trailing >= ONE or trigger.activation < 0:
            return RejectReason.ORDER_SHAPE_INVALID
        if trigger.price <= 0 and not trigger.trailing:
            return RejectReason.PRICE_NOT_POSITIVE
    return None


def check_attached(engine: Engine, ticket: Ticket, terms: Terms) -> RejectReason | None:
    """Whether the prices attached pass the filters, and lie beyond the price the order would trade at."""
    command, market = ticket.command, ticket.market
    for trigger in (terms.take_profit, terms.stop_loss):
        if trigger is None:
            continue
        price = command.price if command.kind is LIMIT else triggers.price_of(engine.state, market, trigger.watches)
        found = _check_price(trigger, Side(-command.side), market, ticket.rules, price)
        if found is not None:
            return found
    return None


def _check_price(
    trigger: Trigger, side: Side, market: MarketState, rules: MarketRules | None, price: int
) -> RejectReason | None:
    for each in (trigger.price, trigger.activation):
        if each and rules is not None:
            found = filters.check_price(each, side, market, rules.filters, 0)
            if found is not None:
                return found
    if triggers.holds(trigger, price) and (not trigger.trailing or trigger.activation):
        return RejectReason.WOULD_TRIGGER
    return None


def protect(engine: Engine, command: ProtectPosition) -> None:
    """Say what a position is protected by from now on: None takes away."""
    account = engine.state.accounts.get(command.account)
    market = engine.state.markets.get(command.market)
    if account is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
        return
    if market is None:
        engine.refuse(command, command.account, RejectReason.MARKET_UNKNOWN)
        return
    reason = _check(engine, command, account, market)
    if reason is not None:
        engine.refuse(command, command.account, reason)
        return
    key = key_of(command.market, command.slot, command.sub)
    _replace(engine, account, key, command.take_profit, command.stop_loss, NO_ORDER)


def _check(
    engine: Engine, command: ProtectPosition, account: Account, market: MarketState
) -> RejectReason | None:  # fmt: skip
    if market.status is not MarketStatus.TRADING:
        return market.refusal()
    if not isolating.names(account, market, command.slot, command.sub):
        return RejectReason.POSITION_SLOT_MISMATCH if market.derivative else RejectReason.POSITION_MISSING
    position = account.positions.get(key_of(market.no, command.slot, command.sub))
    if position is None:
        return RejectReason.POSITION_MISSING
    side = BUY if position.qty > 0 else SELL
    found = _check_pair(command.take_profit, command.stop_loss, side)
    rules = engine.state.rules.get((account.rules, market.no))
    for trigger in (command.take_profit, command.stop_loss):
        if found is None and trigger is not None:
            price = triggers.price_of(engine.state, market, trigger.watches)
            found = _check_price(trigger, Side(-side), market, rules, price)
    return found


def settle(engine: Engine, account: Account) -> None:
    """After a step: protect what the first fills opened, and end what waits to close a position that is gone."""
    for order_id, (key, side, take_profit, stop_loss) in list(account.attached.items()):
        order = account.orders.get(order_id)
        if order is not None and order.untraded:
            continue
        position = account.positions.get(key)
        if position is not None and position.qty * side > 0:
            _replace(engine, account, key, take_profit, stop_loss, order_id)
        else:
            # It only made a position of the other side smaller.
            slot = Slot(slot_of(key))
            engine.emit(PositionProtected(account.no, market_of(key), slot, None, None, order_id, sub_of(key)))
    for order in list(account.bound.values()):
        if not matching.closable(account, order):
            matching.expire(engine, order, EndReason.POSITION_GONE)


def settle_separate(engine: Engine, account: Account) -> None:
    """End the orders that name a separate position which is gone: nothing opens under its number again."""
    for order in list(account.orders.values()):
        sub = 0 if order.more is None else order.more.sub_position
        if sub > 0 and not isolating.there(account, order.key, sub):
            matching.expire(engine, order, EndReason.POSITION_GONE)


def settle_reducers(engine: Engine) -> None:
    """Expire resting reduce-only orders that together are more than the position.

    Looked at are the accounts this step touched, and those that have one more such order.

    Priority: the price nearest the market first, then the older order (Binance names no rule; decided here). An
    order stays while the ones before it and itself fit into the position.
    """
    resting, engine.reducers = engine.reducers, {}
    for no in {**engine.touched, **resting} if resting else engine.touched:
        account = engine.state.accounts[no]
        if account.bound or account.attached:
            settle(engine, account)
        if account.separates():
            settle_separate(engine, account)
        for key in sorted([key for key, exposure in account.exposures.items() if exposure.reducing]):
            position, exposure = account.positions.get(key), account.exposures[key]
            held = 0 if position is None else position.qty
            if exposure.fits(held):
                continue
            reducing, used = exposure.reducing.values(), 0
            for order in sorted(reducing, key=lambda order: (order.price * order.side * -1, order.id)):
                if used + order.left <= -held * order.side:
                    used += order.left
                else:
                    matching.expire(engine, order, EndReason.REDUCE_ONLY)


def _replace(
    engine: Engine, account: Account, key: PositionKey, take_profit: Trigger | None, stop_loss: Trigger | None,
    parent: OrderId,
) -> None:  # fmt: skip
    """One pair for the position: the one before it goes."""
    market, slot = market_of(key), Slot(slot_of(key))
    engine.emit(PositionProtected(account.no, market, slot, take_profit, stop_loss, parent, sub_of(key)))
    for order in list(account.bound.values()):
        if order.key == key and order.more is not None and order.more.origin is Origin.TPSL:
            left, hold = Quantity(order.left), Amount(order.hold)
            engine.emit(OrderCanceled(order.id, account.no, market, left, hold, EndReason.USER))
    side = SELL if account.positions[key].qty > 0 else BUY
    for trigger in (take_profit, stop_loss):
        if trigger is not None:
            terms = Terms(
                close_all=True, trigger=trigger, parent=parent, origin=Origin.TPSL, with_position=True, slot=slot,
                sub_position=sub_of(key),
            )  # fmt: skip
            made = OrderId(account.orders_made + 1)
            nothing, free = Quantity(0), Amount(0)
            engine.emit(OrderAccepted(made, account.no, market, side, MARKET, nothing, Price(0), GTC, "", free, terms))


__all__ = ["check_attached", "check_shape", "protect", "settle_reducers"]
