"""What the engine keeps of a delivery while it goes on, and the folds of its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import distress
from simexchange.core.accounts import apply_orders_left
from simexchange.core.moves import apply_postings
from simexchange.core.vocabulary.ids import key_of

if TYPE_CHECKING:
    from simexchange.core.market import Holder
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary import deliveries as ev


class Delivery:
    """A contract's positions being closed at its delivery price, at most five hundred in a record."""

    __slots__ = ("delivered", "price", "queue")

    def __init__(self, price: int, queue: list[Holder], delivered: int = 0) -> None:
        self.price = price
        self.delivered = delivered
        """The sum of the sizes that are closed: what is left open is the opposite."""
        self.queue = queue
        """Positions still to be closed, last first: the lowest account first, and in it the lowest key."""


def apply_priced(state: ExchangeState, event: ev.DeliveryPriceSet, _: int) -> None:
    """The expiry came: from now on the contract is being delivered."""
    market = state.markets[event.market]
    market.delivery = Delivery(event.price, sorted(market.holders, reverse=True))
    market.expires = market.mark_due = 0
    market.funding = None
    apply_orders_left(state, event.market)
    state.apply_schedule_changed()


def apply_delivered(state: ExchangeState, event: ev.PositionDelivered, at: int) -> None:
    """One position is closed."""
    apply_postings(state, event, at)
    market, account = state.markets[event.market], state.accounts[event.account]
    delivery = market.delivery
    assert delivery is not None
    key = key_of(event.market, event.slot, event.sub)
    due = delivery.queue.pop()
    assert due == (event.account, key)
    delivery.delivered += event.qty
    del account.positions[key]
    account.forget_wallet(event.wallet, market.spec.settle)
    account.forget_sub(key)
    market.holders.pop(due)
    if state.deleveragings:
        distress.apply_gone(state, *due)
    market.fund_due, market.fund_until, market.fund_waits = 0, 0, False


def apply_followed(state: ExchangeState, event: ev.ContractFollowed, _: int) -> None:
    """Whoever has rates of his own in a contract has them in the one that follows it."""
    for account in state.accounts.values():
        own = account.fees.get(event.after)
        if own is not None:
            account.fees[event.market] = own
