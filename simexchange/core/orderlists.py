"""Order lists: OCO, OTO, OTOCO, OPO, OPOCO (Binance, rest-api.md and faqs/opo.md, 2026-07-21).

All legs are judged before any is accepted, and the first reason in the order of `RejectReason` refuses the list; a
refused one uses up no id. What follows from the end of a leg (`settle`) is in the record in which it ended; the
beginning of waiting legs (`start`) is a step of its own.

Two legs that exclude each other hold once what the larger of them needs: the one that can be filled at once holds
its own, the other the excess. The one that loses ends *before* the other works or trades, so that what it held is
free by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core import filters, legs, matching, placing
from simexchange.core.legs import FORMS
from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.events import (
    LegStarted,
    ListAccepted,
    ListEnded,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
)
from simexchange.core.vocabulary.ids import ListId, OrderId
from simexchange.core.vocabulary.orders import BUY, LIMIT, MARKET, SELL, EndReason, Terms
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Amount, Price, Quantity, floor_to

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.legs import Form, OrderList, Stir
    from simexchange.core.market import MarketState
    from simexchange.core.placing import Ticket
    from simexchange.core.vocabulary.commands import CancelList, Leg, PlaceList, StartLegs
    from simexchange.core.vocabulary.markets import MarketRules
    from simexchange.core.vocabulary.orders import Trigger

PLAIN = Terms()
PRECEDENCE = {reason: place for place, reason in enumerate(RejectReason)}
OF_SIZE = {
    RejectReason.QTY_BELOW_MIN, RejectReason.QTY_ABOVE_MAX, RejectReason.QTY_OFF_STEP,
    RejectReason.MARKET_QTY_BELOW_MIN, RejectReason.MARKET_QTY_ABOVE_MAX, RejectReason.MARKET_QTY_OFF_STEP,
    RejectReason.NOTIONAL_BELOW_MIN, RejectReason.NOTIONAL_ABOVE_MAX,
}  # fmt: skip
"""Refusals that a leg cannot get whose size is not known yet."""


# Placing


def place(engine: Engine, command: PlaceList) -> None:
    """Refuse *command* as a whole, or accept every leg and let those work that do not wait."""
    state = engine.state
    account, market = state.accounts.get(command.account), state.markets.get(command.market)
    if account is None:
        return engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
    if market is None:
        return engine.refuse(command, command.account, RejectReason.MARKET_UNKNOWN)
    form = FORMS[command.kind]
    misshapen = market.derivative or not _well_shaped(form, command.legs)
    tickets = [] if misshapen else _tickets(engine, command, form, account, market)
    reasons = [RejectReason.LIST_SHAPE_INVALID] if misshapen else _reasons(engine, command, form, tickets)
    if reasons:
        first = min(reasons, key=PRECEDENCE.__getitem__)
        return engine.refuse(command, command.account, first, command.client_id)
    _accept(engine, command, form, tickets)
    return None


def _well_shaped(form: Form, given: tuple[Leg, ...]) -> bool:
    """Whether legs of this form may hang together so."""
    if len(given) != form.legs:
        return False
    for leg in given:
        if leg.more is not None and _foreign(leg.more):
            return False
    if form.waits and (given[0].kind is not LIMIT or _trigger_of(given[0]) is not None):
        return False
    if form.pays and (given[0].side is not BUY or any(leg.side is not SELL or leg.qty for leg in given[1:])):
        return False
    return form.pair is None or _exclusive(given[form.pair[0]], given[form.pair[1]])


def _foreign(terms: Terms) -> bool:
    """Terms that no leg of a list can have."""
    return bool(
        terms.quote_qty
        or terms.reduce_only
        or terms.close_all
        or terms.take_profit is not None
        or terms.stop_loss is not None
        or terms.order_list
        or terms.parent
        or terms.routed
    )


def _exclusive(one: Leg, other: Leg) -> bool:
    """One waits for a price above, the other for one below; both for the same quantity. One may rest in the book."""
    if one.side is not other.side or one.qty != other.qty or _is_above(one) is _is_above(other):
        return False
    rests = _trigger_of(one) is None
    if _trigger_of(other) is None:
        return not rests and other.kind is LIMIT
    return not rests or one.kind is LIMIT


def _trigger_of(leg: Leg | PlaceOrder) -> Trigger | None:
    return None if leg.more is None else leg.more.trigger


def _is_above(leg: Leg | PlaceOrder) -> bool:
    """Whether a leg waits for a higher price; a trailing one: whether it begins to follow at one."""
    trigger = _trigger_of(leg)
    if trigger is None:
        return leg.side is SELL
    return trigger.activation_rising if trigger.trails else trigger.rising


def _tickets(engine: Engine, command: PlaceList, form: Form, account: Account, market: MarketState) -> list[Ticket]:
    """What the checks of an order are asked about, for each leg."""
    rules = engine.state.rules.get((account.rules, command.market))
    size = command.legs[0].qty
    return [
        placing.Ticket(
            PlaceOrder(
                command.account, command.market, leg.side, leg.kind, size if form.pays else leg.qty, leg.price, leg.tif,
                leg.client_id, leg.more,
            ),
            account, market, rules,
        )
        for leg in command.legs
    ]  # fmt: skip


def _reasons(engine: Engine, command: PlaceList, form: Form, tickets: list[Ticket]) -> list[RejectReason]:
    """Why the list cannot be taken: what its orders would be refused for, and what only lists can be."""
    found: list[RejectReason] = []
    for ticket in tickets:
        if form.waits and ticket is not tickets[0]:
            reason = placing.check_waiting(engine, ticket)
            if form.pays and reason in OF_SIZE:
                reason = None
        else:
            reason = placing.check(engine, ticket)
        if reason is not None:
            found.append(reason)
    account, market = tickets[0].account, tickets[0].market
    reason = _too_many(engine, account, market, tickets)
    if reason is not None:
        found.append(reason)
    reason = _duplicate(account, command)
    if reason is not None:
        found.append(reason)
    if form.pair is not None:
        first, second = form.pair
        last = 0 if form.waits else market.last
        if not _fit(tickets[first].command, tickets[second].command, last):
            found.append(RejectReason.LIST_PRICES_WRONG)
    return found


def _too_many(engine: Engine, account: Account, market: MarketState, tickets: list[Ticket]) -> RejectReason | None:
    """Bounds on open orders and on open lists, in the market and over all spot markets."""
    rules, bundle = tickets[0].rules, engine.state.bundles.get(account.rules)
    if not account.margined:
        return None
    here = account.open_counts.get(market.no, 0) + account.sleeping.get(market.no, 0)
    if rules is not None:
        most = rules.filters.max_orders
        if most and here + len(tickets) > most:
            return RejectReason.TOO_MANY_ORDERS
        asleep, most = sum(1 for ticket in tickets if _sleeps(ticket)), rules.filters.max_conditional_orders
        if asleep and 0 < most < account.sleeping.get(market.no, 0) + asleep:
            return RejectReason.TOO_MANY_CONDITIONAL
        most = engine.order_limits.get(account.rules, 0)
        if most and filters.open_in_all(engine.state, account) + len(tickets) > most:
            return RejectReason.TOO_MANY_ORDERS_IN_ALL
        most = rules.filters.max_order_lists
        if most and sum(1 for each in account.lists.values() if each.market == market.no) >= most:
            return RejectReason.TOO_MANY_LISTS
    if bundle is not None and bundle.max_order_lists and len(account.lists) >= bundle.max_order_lists:
        return RejectReason.TOO_MANY_LISTS_OVERALL
    return None


def _duplicate(account: Account, command: PlaceList) -> RejectReason | None:
    named = [leg.client_id for leg in command.legs if leg.client_id]
    if len(dict.fromkeys(named)) < len(named):
        return RejectReason.CLIENT_ID_DUPLICATE
    if command.client_id and (command.market, command.client_id) in account.list_ids:
        return RejectReason.LIST_ID_DUPLICATE
    return None


def _fit(one: PlaceOrder, other: PlaceOrder, last: int) -> bool:
    """The leg above waits above the last price (0: not asked) and the one below under it.

    Of what has no price nothing is known. Judged where the pair begins: at once, or when the leg is filled for which
    it waits; till then the two are compared with each other.
    """
    above, below = (one, other) if _is_above(one) else (other, one)
    return _apart(_level(above), _level(below), last)


def _apart(above: int, below: int, last: int) -> bool:
    if above and last and above <= last:
        return False
    if below and last and below >= last:
        return False
    return not (above and below) or above > below


def _level(leg: PlaceOrder) -> int:
    """The price by which a leg is compared: of what takes a profit its limit where it has one, else its trigger's."""
    trigger = None if leg.more is None else leg.more.trigger
    if trigger is None:
        return leg.price
    takes_profit = _is_above(leg) is (leg.side is SELL)
    if takes_profit and leg.kind is LIMIT:
        return leg.price
    return trigger.activation if trigger.trails else trigger.price


def _accept(engine: Engine, command: PlaceList, form: Form, tickets: list[Ticket]) -> None:
    account, market = tickets[0].account, tickets[0].market
    list_id = ListId(account.lists_made + 1)
    orders = tuple(OrderId(account.orders_made + 1 + number) for number in range(form.legs))
    engine.emit(ListAccepted(list_id, command.account, command.market, command.kind, command.client_id, orders))
    if form.pair is not None and not form.waits:
        _share(*tickets)
    for number, ticket in enumerate(tickets):
        c, waits = ticket.command, form.waits and number > 0
        more = msgspec.structs.replace(c.more or PLAIN, order_list=list_id, parent=orders[0] if waits else 0)
        engine.emit(
            OrderAccepted(
                orders[number], c.account, c.market, c.side, c.kind, Quantity(0 if waits and form.pays else ticket.qty),
                c.price, c.tif, c.client_id, Amount(0 if waits else ticket.hold), more,
            )
        )  # fmt: skip
    for number, ticket in enumerate(tickets):
        order = account.orders.get(orders[number])
        if order is not None and not order.asleep:
            placing.work(engine, order, market, ticket.limit)


def _share(one: Ticket, other: Ticket) -> None:
    """Of two legs that exclude each other, what can be filled at once holds what it needs, the other the excess."""
    if _sleeps(one) and not _sleeps(other):
        one.hold = max(0, one.hold - other.hold)
    else:
        other.hold = max(0, other.hold - one.hold)


def _sleeps(ticket: Ticket) -> bool:
    return ticket.command.more is not None and ticket.command.more.trigger is not None


# What follows from the end of a leg


def settle(engine: Engine) -> None:
    """End what is left of the lists of which this step ended a leg.

    What a wish ended (a cancel) cancels the rest; what a rule ended expires it.
    """
    state = engine.state
    while state.stirred:
        list_id, stir = next(iter(state.stirred.items()))
        account = state.accounts[legs.owner_of_list(list_id)]
        found = account.lists[list_id]
        for order in legs.open_legs(account, found):
            _end(engine, order, found, stir)
        engine.emit(ListEnded(list_id, account.no, found.market, stir.reason))


def _end(engine: Engine, order: Order, found: OrderList, stir: Stir) -> None:
    if stir.canceled and stir.reason is not None:
        engine.emit(_canceled(order, stir.reason, stir.cancel_id))
    elif FORMS[found.kind].waits and stir.leg == found.orders[0]:
        matching.expire(engine, order, EndReason.LIST_PARENT)
    else:
        matching.expire(engine, order, EndReason.LIST_SIBLING)


def _canceled(order: Order, reason: EndReason, cancel_id: str) -> OrderCanceled:
    left, hold = Quantity(order.left), Amount(order.hold)
    return OrderCanceled(order.id, order.account, order.market, left, hold, reason, cancel_id)


def cancel(engine: Engine, command: CancelList) -> None:
    """Cancel the open legs of a list, oldest first."""
    account = engine.state.accounts.get(command.account)
    if account is None:
        return engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
    if command.order_list:
        found = account.lists.get(command.order_list)
    else:
        found = account.list_ids.get((command.market, command.client_id))
    if found is None or found.market != command.market:
        return engine.refuse(command, command.account, RejectReason.LIST_UNKNOWN, command.client_id)
    for order in legs.open_legs(account, found):
        engine.emit(_canceled(order, EndReason.USER, command.cancel_id))
    return None


# Waiting legs


def start(engine: Engine, command: StartLegs) -> None:
    """Let the legs begin that waited for the working one, or end the list where one of them cannot."""
    state = engine.state
    if command.order_list not in state.starts:
        return engine.refuse(command, command.account, RejectReason.LIST_UNKNOWN)
    account = state.accounts[legs.owner_of_list(command.order_list)]
    found = account.lists[command.order_list]
    market, waiting = state.markets[found.market], legs.open_legs(account, found)
    tickets = _waiting_tickets(engine, account, market, waiting, pays=FORMS[found.kind].pays)
    for order, ticket in zip(waiting, tickets, strict=True):
        reason = placing.check_starting(engine, ticket) if ticket.qty else RejectReason.QTY_BELOW_MIN
        if reason is not None:
            return _cannot_start(engine, order, reason)
    if len(tickets) > 1:
        if not _fit(tickets[0].command, tickets[1].command, market.last):
            return _cannot_start(engine, waiting[0], RejectReason.LIST_PRICES_WRONG)
        _share(*tickets)
    for order, ticket in zip(waiting, tickets, strict=True):
        hold, price = Amount(ticket.hold), ticket.command.price
        engine.emit(
            LegStarted(
                order.id, account.no, market.no, Quantity(ticket.qty), hold, Amount(hold - order.hold),
                Price(0) if price == order.price else price,
            )
        )  # fmt: skip
    for order, ticket in zip(waiting, tickets, strict=True):
        # The first may have traded already, and so ended the other.
        if not order.asleep and order.id in account.orders:
            placing.work(engine, order, market, ticket.limit)
    return None


def _waiting_tickets(
    engine: Engine, account: Account, market: MarketState, waiting: list[Order], *, pays: bool
) -> list[Ticket]:
    rules = engine.state.rules.get((account.rules, market.no))
    size = _payable(waiting, market, rules) if pays else waiting[0].qty
    aside = sum(order.hold for order in waiting)
    return [placing.Ticket(_as_new(order, size), account, market, rules, aside) for order in waiting]


def _cannot_start(engine: Engine, order: Order, reason: RejectReason) -> None:
    engine.emit(
        OrderExpired(
            order.id, order.account, order.market, Quantity(order.left), Amount(order.hold), EndReason.TRIGGER_REFUSED,
            reason,
        )
    )  # fmt: skip


def _as_new(order: Order, size: int) -> PlaceOrder:
    """The order that a leg is now, judged like any other. Its client id is its own already."""
    more = msgspec.structs.replace(order.more or PLAIN, order_list=0, parent=0)
    return PlaceOrder(
        order.account, order.market, order.side, order.kind, Quantity(size), Price(order.price), order.tif,
        "", more,
    )  # fmt: skip


def _payable(waiting: list[Order], market: MarketState, rules: MarketRules | None) -> int:
    """What was put aside, made to fit the lot sizes: not above the largest, and a multiple of the steps."""
    size = waiting[0].hold
    if rules is None:
        return floor_to(size, market.spec.step)
    limits = rules.filters
    if limits.qty_max:
        size = min(size, limits.qty_max)
    size = floor_to(size, limits.step or market.spec.step)
    if any(order.kind is MARKET for order in waiting):
        if limits.market_qty_max:
            size = min(size, limits.market_qty_max)
        if limits.market_step:
            size = floor_to(size, limits.market_step)
    return size
