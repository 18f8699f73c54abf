"""Take-profit and stop-loss of a position, said by an order that opens one or on the position itself.

Both become sleeping orders of origin TPSL. Those of the whole position close it at market; there is one pair of them
and one stop that trails, and who says others replaces them. Those of a part close so much of it, at market or by a
limit order, as many as one likes: a pair excludes each other from the moment one of it wakes, or is canceled. When the
position is gone, so are all of them. (Bybit v5 position/trading-stop, ``tpslMode`` Full and Partial, and its help
center, "Introduction to Take Profit and Stop Loss"; seen 2026-11.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import filters, isolating, matching, triggers
from simexchange.core.vocabulary.events import ListAccepted, OrderAccepted, OrderCanceled, PositionProtected
from simexchange.core.vocabulary.ids import NO_ORDER, ListId, OrderId, key_of, market_of, slot_of, sub_of
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import (
    BUY,
    GTC,
    LIMIT,
    MARKET,
    SELL,
    EndReason,
    ListKind,
    Origin,
    Side,
    Slot,
    Terms,
)
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Amount, Price, Quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.placing import Ticket
    from simexchange.core.vocabulary.commands import ProtectPosition
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.markets import MarketRules
    from simexchange.core.vocabulary.orders import OrderKind, Trigger


def check_shape(terms: Terms, side: Side, market: MarketState) -> RejectReason | None:
    """Whether what is attached to an order of *side* goes with it."""
    if terms.take_profit is None and terms.stop_loss is None:
        return None
    if not market.derivative or terms.reduce_only or terms.close_all:
        return RejectReason.ORDER_SHAPE_INVALID
    return _check_triggers((terms.take_profit, terms.stop_loss), side, partial=terms.partial)


def _check_triggers(found: Sequence[Trigger | None], side: Side, *, partial: bool) -> RejectReason | None:
    """A long takes its profit above and stops its loss below; a short the other way round.

    *found*: a take-profit, a stop-loss, and a stop that trails. What closes a position whole does so at market.
    """
    for place, trigger in enumerate(found):
        if trigger is None:
            continue
        rising = (side is BUY) if place == 0 else (side is SELL)
        if trigger.rising is not rising or not triggers.sound(trigger) or (place > 1 and not trigger.trails):
            return RejectReason.ORDER_SHAPE_INVALID
        if trigger.limit and (not partial or trigger.trails):
            return RejectReason.ORDER_SHAPE_INVALID
        if trigger.price <= 0 and not trigger.trails:
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
    for each in (trigger.price, trigger.activation, trigger.limit):
        if each and rules is not None:
            found = filters.check_price(each, side, market, rules.filters, 0)
            if found is not None:
                return found
    if trigger.distance % market.spec.tick:
        return RejectReason.PRICE_OFF_TICK
    if triggers.holds(trigger, price) and (not trigger.trails or trigger.activation):
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
    if command.qty:
        _add(engine, account, key, command.take_profit, command.stop_loss, command.qty, NO_ORDER)
    else:
        wanted = (command.take_profit, command.stop_loss, command.trailing)
        _replace(engine, account, key, wanted, NO_ORDER, keep=command.keep)


def _check(engine: Engine, command: ProtectPosition, account: Account, market: MarketState) -> RejectReason | None:
    if market.status is not MarketStatus.TRADING:
        return market.refusal()
    if not isolating.names(account, market, command.slot, command.sub):
        return RejectReason.POSITION_SLOT_MISMATCH if market.derivative else RejectReason.POSITION_MISSING
    position = account.positions.get(key_of(market.no, command.slot, command.sub))
    if position is None:
        return RejectReason.POSITION_MISSING
    side = BUY if position.qty > 0 else SELL
    said = (command.take_profit, command.stop_loss, command.trailing)
    rules = engine.state.rules.get((account.rules, market.no))
    found = _check_triggers(said, side, partial=command.qty > 0) or _check_part(command, market, rules, position.qty)
    for trigger in said:
        if found is None and trigger is not None:
            price = triggers.price_of(engine.state, market, trigger.watches)
            found = _check_price(trigger, Side(-side), market, rules, price)
    return found


def _check_part(
    command: ProtectPosition, market: MarketState, rules: MarketRules | None, held: int
) -> RejectReason | None:
    """A part has a take-profit, a stop-loss or both, none that trails, and is no more than there is."""
    if command.qty < 0:
        return RejectReason.QTY_NOT_POSITIVE
    if not command.qty:
        return None
    if command.trailing is not None or command.keep or (command.take_profit is None and command.stop_loss is None):
        return RejectReason.ORDER_SHAPE_INVALID
    if command.qty > abs(held):
        return RejectReason.REDUCE_ONLY_REFUSED
    if rules is not None:
        return filters.check_qty(command.qty, rules.filters, rules.filters.step or market.spec.step)
    return RejectReason.QTY_OFF_STEP if command.qty % market.spec.step else None


def settle(engine: Engine, account: Account) -> None:
    """After a step: protect what the first fills opened, and end what waits to close a position that is gone."""
    for order_id, attached in list(account.attached.items()):
        order, key = account.orders.get(order_id), attached.key
        if order is not None and (not attached.brought if attached.partial else order.untraded):
            continue
        position = account.positions.get(key)
        if position is None or position.qty * attached.side <= 0 or (attached.partial and not attached.brought):
            # It only made a position of the other side smaller.
            slot = Slot(slot_of(key))
            engine.emit(PositionProtected(account.no, market_of(key), slot, None, None, order_id, sub_of(key)))
        elif attached.partial:
            qty = min(attached.brought, abs(position.qty))
            _add(engine, account, key, attached.take_profit, attached.stop_loss, qty, order_id)
        else:
            wanted = _with_standing(account, key, attached.take_profit, attached.stop_loss)
            _replace(engine, account, key, wanted, order_id, keep=True)
    for order in list(account.bound.values()):
        if not matching.closable(account, order):
            matching.expire(engine, order, EndReason.POSITION_GONE)


def _with_standing(
    account: Account, key: PositionKey, profit: Trigger | None, loss: Trigger | None
) -> tuple[Trigger | None, Trigger | None, Trigger | None]:
    """What an order brings takes the place of what it is; what it says nothing of stays, of the same side of position.

    (Bybit help 360039260454: what is set on a new order replaces that of the position; seen 2026-11. That one of them
    leaves the other, and what trails, was chosen: it is not published.)
    """
    trailing, closing = None, SELL if account.positions[key].qty > 0 else BUY
    for order in account.bound.values():
        trigger = None if order.more is None else order.more.trigger
        if order.key != key or order.side is not closing or not _is_whole(order) or trigger is None:
            continue
        if trigger.trails:
            trailing = trigger
        elif trigger.rising is (closing is SELL):
            profit = profit or trigger
        else:
            loss = loss or trigger
    return profit, loss, trailing


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
    engine: Engine, account: Account, key: PositionKey, wanted: Sequence[Trigger | None], parent: OrderId,
    *, keep: bool = False,
) -> None:  # fmt: skip
    """What protects the position whole from now on: what did before goes, unless it is to be kept and says the same."""
    market, slot = market_of(key), Slot(slot_of(key))
    take_profit, stop_loss, trailing = wanted
    engine.emit(PositionProtected(account.no, market, slot, take_profit, stop_loss, parent, sub_of(key), trailing))
    new = [trigger for trigger in wanted if trigger is not None]
    for order in list(account.bound.values()):
        if order.key != key or not _is_whole(order):
            continue
        trigger = None if order.more is None else order.more.trigger
        if keep and trigger in new:
            new.remove(trigger)
            continue
        left, hold = Quantity(order.left), Amount(order.hold)
        engine.emit(OrderCanceled(order.id, account.no, market, left, hold, EndReason.USER))
    for trigger in new:
        terms = Terms(
            close_all=True, trigger=trigger, parent=parent, origin=Origin.TPSL, with_position=True, slot=slot,
            sub_position=sub_of(key),
        )  # fmt: skip
        _accept(engine, account, key, MARKET, 0, terms)


def _is_whole(order: Order) -> bool:
    """Whether an order protects a position whole."""
    return order.more is not None and order.more.origin is Origin.TPSL and order.more.close_all


def _add(
    engine: Engine, account: Account, key: PositionKey, take_profit: Trigger | None, stop_loss: Trigger | None,
    qty: int, parent: OrderId,
) -> None:  # fmt: skip
    """Protect *qty* of the position besides; two that do it exclude each other."""
    market, slot = market_of(key), Slot(slot_of(key))
    engine.emit(
        PositionProtected(
            account.no, market, slot, take_profit, stop_loss, parent, sub_of(key), None, Quantity(qty)
        )
    )  # fmt: skip
    found = [trigger for trigger in (take_profit, stop_loss) if trigger is not None]
    order_list = ListId(0)
    if len(found) > 1:
        first = account.orders_made + 1
        order_list = ListId(account.lists_made + 1)
        orders = (OrderId(first), OrderId(first + 1))
        engine.emit(ListAccepted(order_list, account.no, market, ListKind.OCO, "", orders))
    for trigger in found:
        terms = Terms(
            reduce_only=True, trigger=trigger, parent=parent, origin=Origin.TPSL, with_position=True, slot=slot,
            sub_position=sub_of(key), order_list=order_list,
        )  # fmt: skip
        _accept(engine, account, key, LIMIT if trigger.limit else MARKET, qty, terms)


def _accept(engine: Engine, account: Account, key: PositionKey, kind: OrderKind, qty: int, terms: Terms) -> None:
    """Take in a sleeping order that closes *qty* of a position when it wakes; 0: all that is there then."""
    made, side = OrderId(account.orders_made + 1), SELL if account.positions[key].qty > 0 else BUY
    price = Price(0) if terms.trigger is None else terms.trigger.limit
    engine.emit(
        OrderAccepted(
            made, account.no, market_of(key), side, kind, Quantity(qty), price, GTC, "", Amount(0), terms
        )
    )  # fmt: skip


__all__ = ["check_attached", "check_shape", "protect", "settle_reducers"]
