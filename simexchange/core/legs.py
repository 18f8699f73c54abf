"""What the engine keeps of an order list: who hangs together with whom, and what happened to them.

A list is kept while any of its legs is open. The decisions are in `orderlists`; what is here looks things up, and
folds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.ids import ORDER_ID_SHIFT, AccountNo, ListId
from simexchange.core.vocabulary.orders import BUY, EndReason, ListKind
from simexchange.core.vocabulary.units import Amount, Quantity

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import MarketNo, OrderId
    from simexchange.core.vocabulary.units import Nanos

SIBLING = EndReason.LIST_SIBLING


class Form(NamedTuple):
    """How the legs of one kind of list hang together."""

    legs: int
    waits: bool = False
    """The first leg works, the others wait until it is filled."""
    pair: tuple[int, int] | None = None
    """Which two exclude each other."""
    pays: bool = False
    """What the working leg buys is what the waiting ones sell."""


FORMS: dict[ListKind, Form] = {
    ListKind.OCO: Form(2, pair=(0, 1)),
    ListKind.OTO: Form(2, waits=True),
    ListKind.OTOCO: Form(3, waits=True, pair=(1, 2)),
    ListKind.OPO: Form(2, waits=True, pays=True),
    ListKind.OPOCO: Form(3, waits=True, pair=(1, 2), pays=True),
}


class OrderList:
    """Orders that hang together, while any of them is open."""

    __slots__ = ("account", "client_id", "id", "kind", "market", "orders", "started")

    def __init__(
        self,
        list_id: ListId,
        account: AccountNo,
        market: MarketNo,
        kind: ListKind,
        client_id: str,
        orders: tuple[OrderId, ...],
    ) -> None:
        self.id = list_id
        self.account = account
        self.market = market
        self.kind = kind
        self.client_id = client_id
        self.orders = orders
        """In the order of the legs, the closed ones too."""
        self.started = False
        """The legs that waited have begun."""


class Stir(NamedTuple):
    """A leg ended, so its list does, or must begin its next part."""

    leg: OrderId
    canceled: bool
    reason: EndReason | None
    """None: it was filled."""
    cancel_id: str = ""
    """What the owner calls the cancel that ended it."""


def owner_of_list(order_list: ListId) -> AccountNo:
    """The account a list belongs to."""
    return AccountNo(order_list >> ORDER_ID_SHIFT)


def list_of(state: ExchangeState, order: Order) -> OrderList | None:
    """The open list *order* is a leg of."""
    if order.more is None or not order.more.order_list:
        return None
    return state.accounts[order.account].lists.get(ListId(order.more.order_list))


def open_legs(account: Account, found: OrderList) -> list[Order]:
    """Legs of a list that are open, in their order."""
    return [account.orders[leg] for leg in found.orders if leg in account.orders]


def sibling(state: ExchangeState, order: Order) -> Order | None:
    """The open order that ends when *order* begins to work, or trades."""
    found = list_of(state, order)
    pair = None if found is None else FORMS[found.kind].pair
    if found is None or pair is None:
        return None
    first, second = found.orders[pair[0]], found.orders[pair[1]]
    if order.id == first:
        return state.accounts[order.account].orders.get(second)
    if order.id == second:
        return state.accounts[order.account].orders.get(first)
    return None


def by_hold(one: Order, other: Order) -> tuple[Order, Order]:
    """Two legs that exclude each other: the one that holds its own need, then the one that holds the excess.

    Its own holds what can be filled at once; of two that sleep, or wait, the first.
    """
    first, second = (one, other) if one.id < other.id else (other, one)
    return (second, first) if _sleeps(first) and not _sleeps(second) else (first, second)


def _sleeps(order: Order) -> bool:
    return order.more is not None and order.more.trigger is not None


def end_sibling(engine: Engine, order: Order) -> None:
    """A leg is about to trade, to be kept from it, or to work: the one it excludes ends first.

    So what that one held is free by then.
    """
    other = sibling(engine.state, order)
    if other is not None:
        engine.emit(
            ev.OrderExpired(other.id, other.account, other.market, Quantity(other.left), Amount(other.hold), SIBLING)
        )


def paid_by(state: ExchangeState, order: Order) -> Order | None:
    """The waiting order that gets what *order* buys."""
    found = list_of(state, order)
    if found is None or not FORMS[found.kind].pays or order.id != found.orders[0]:
        return None
    return state.accounts[order.account].orders.get(found.orders[1])


def proceeds(state: ExchangeState, market: MarketState, qty: int, fill: ev.Fill) -> int:
    """What of *qty* bought is put aside: all of it where the fee is paid elsewhere, or out of what was free before.

    In the discount asset the fee always comes off (Binance, faqs/opo.md, 2026-07-21). Never more than is free: of a
    trade with itself the account has paid the other side's fee too.
    """
    base = market.spec.base
    account = state.accounts[fill.account]
    free: int = account.free(account.spot_wallet, base)
    if fill.fee <= 0 or fill.fee_asset != base:
        return min(qty, free)
    bundle = state.bundles.get(account.rules)
    if (bundle is None or bundle.discount_asset != base) and free >= qty:
        return qty
    return min(qty - fill.fee, free)


def is_waiting(state: ExchangeState, order: Order) -> bool:
    """Whether *order* waits for another leg of its list to be filled."""
    found = list_of(state, order)
    return found is not None and _waits(found, order)


def _waits(found: OrderList, order: Order) -> bool:
    return FORMS[found.kind].waits and not found.started and order.id != found.orders[0]


# Folding: called by state.py alone


def apply_list_accepted(state: ExchangeState, event: ev.ListAccepted, _: Nanos) -> None:
    """The list is open; its orders follow."""
    account = state.accounts[event.account]
    account.lists_made += 1
    found = OrderList(event.order_list, event.account, event.market, event.kind, event.client_id, event.orders)
    account.lists[event.order_list] = found
    if event.client_id:
        account.list_ids[event.market, event.client_id] = found


def apply_waiting(account: Account, order: Order) -> None:
    """A leg waits for another. It is one of the account's open orders of the market meanwhile."""
    order.asleep = True
    account.open_counts[order.market] = account.open_counts.get(order.market, 0) + 1


def apply_list_ended(state: ExchangeState, event: ev.ListEnded, _: Nanos) -> None:
    """The list is forgotten."""
    account = state.accounts[event.account]
    found = account.lists.pop(event.order_list)
    key = (found.market, found.client_id)
    if account.list_ids.get(key) is found:
        del account.list_ids[key]
    state.stirred.pop(found.id, None)
    state.starts.pop(found.id, None)


def apply_leg_ended(
    state: ExchangeState, order: Order, event: ev.OrderCanceled | ev.OrderExpired, *, canceled: bool
) -> None:
    """A leg ended without being filled. That one whose sibling lives on changes nothing else."""
    found = list_of(state, order)
    if found is not None and _waits(found, order):
        state.accounts[order.account].open_counts[order.market] -= 1
    if found is not None and event.reason is not SIBLING and found.id not in state.stirred:
        cancel_id = event.cancel_id if isinstance(event, ev.OrderCanceled) else ""
        state.stirred[found.id] = Stir(order.id, canceled, event.reason, cancel_id)


def apply_leg_filled(state: ExchangeState, order: Order) -> None:
    """A leg was filled: the list is through, or the waiting legs begin."""
    found = list_of(state, order)
    if found is None:
        return
    if FORMS[found.kind].waits and order.id == found.orders[0]:
        state.starts[found.id] = None
    elif found.id not in state.stirred:
        state.stirred[found.id] = Stir(order.id, canceled=False, reason=None)


def apply_leg_started(state: ExchangeState, order: Order, event: ev.LegStarted) -> None:
    """A leg begins, with its final size and hold."""
    found = list_of(state, order)
    assert found is not None
    _put_aside(state, order, event.held)
    order.qty = order.left = event.qty
    if event.price:
        order.price = event.price
    order.hold = event.hold
    order.asleep = False
    state.accounts[order.account].open_counts[order.market] -= 1
    found.started = True
    state.starts.pop(found.id, None)


def apply_proceeds_locked(state: ExchangeState, event: ev.ProceedsLocked, _: Nanos) -> None:
    """What a working leg brought is held for the waiting one."""
    order = state.accounts[event.account].orders[event.order]
    _put_aside(state, order, event.amount)
    order.hold += event.amount


def _put_aside(state: ExchangeState, order: Order, amount: int) -> None:
    spec = state.markets[order.market].spec
    account = state.accounts[order.account]
    balance = account.balance(account.spot_wallet, spec.quote if order.side is BUY else spec.base)
    balance.free -= amount
    balance.held += amount
