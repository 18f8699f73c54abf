"""Sleeping orders: one table per market of what waits for which price, and the queue of what woke.

The event that moves a price moves what it wakes from the market's table into `ExchangeState.woken`, in the order in
which the price reached it, and lets trailing orders begin and follow. What an order becomes when its turn comes is
decided in `waking`; here is only the fold (``apply_*``, called by state.py).

A market that does not trade wakes nobody: its orders sleep on, and are held against the prices as they stand when it
trades again. A trigger whose price nobody has said yet waits for the first one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sortedcontainers import SortedList

from simexchange.core import legs
from simexchange.core.accounts import Attached
from simexchange.core.trailing import Followers
from simexchange.core.vocabulary.ids import ORDER_ID_SHIFT, AccountNo
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import GTD, TriggerPrice
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.trailing import Woken
    from simexchange.core.vocabulary.events import Fill, OrderTriggered, PositionProtected, TrailingStarted
    from simexchange.core.vocabulary.ids import OrderId
    from simexchange.core.vocabulary.orders import Trigger
    from simexchange.core.vocabulary.units import Nanos

TRADING = MarketStatus.TRADING
LAST, MARK, INDEX = TriggerPrice.LAST, TriggerPrice.MARK, TriggerPrice.INDEX


class Watch:
    """Everything that waits for one of the prices of a market."""

    __slots__ = (
        "above", "below", "highest", "highest_by", "lowest", "lowest_by", "starts_above", "starts_below",
    )  # fmt: skip

    def __init__(self) -> None:
        self.above: SortedList[tuple[int, OrderId]] = SortedList()
        """(price, order): wakes at or above."""
        self.below: SortedList[tuple[int, OrderId]] = SortedList()
        """(−price, order): wakes at or below."""
        self.starts_above: SortedList[tuple[int, OrderId]] = SortedList()
        """Trailing orders that begin to follow at or above."""
        self.starts_below: SortedList[tuple[int, OrderId]] = SortedList()
        self.highest, self.highest_by = Followers(1), Followers(1, by_price=True)
        """Those that stay behind by a rate, and by a price."""
        self.lowest, self.lowest_by = Followers(-1), Followers(-1, by_price=True)

    def followers(self, trigger: Trigger) -> Followers:
        """Among whom a trailing *trigger* follows: it that wakes rising follows the lowest price."""
        if trigger.distance:
            return self.lowest_by if trigger.rising else self.highest_by
        return self.lowest if trigger.rising else self.highest

    def place(self, trigger: Trigger) -> tuple[SortedList[tuple[int, OrderId]], int]:
        """Where an order that does not follow waits, and its key there."""
        if not trigger.trails:
            return (self.above, trigger.price) if trigger.rising else (self.below, -trigger.price)
        if trigger.activation_rising or not trigger.activation:
            return self.starts_above, trigger.activation
        return self.starts_below, -trigger.activation

    def lay(self, order: OrderId, trigger: Trigger) -> None:
        """Have *order* wait. O(log n)."""
        rows, key = self.place(trigger)
        rows.add((key, order))

    def lift(self, order: OrderId, trigger: Trigger) -> None:
        """Take *order* out, wherever it waits or follows. O(log n)."""
        if trigger.trails and order in self.followers(trigger).of:
            self.followers(trigger).leave(order, trigger.distance or trigger.trailing)
            return
        rows, key = self.place(trigger)
        rows.remove((key, order))

    def wake(self, price: int) -> list[OrderId]:
        """Take out what *price* wakes, as the price reached it; trailing orders follow. O(1) where nothing wakes."""
        found: list[OrderId] = []
        for rows, followers, by_price, way in (
            (self.above, self.lowest, self.lowest_by, 1),
            (self.below, self.highest, self.highest_by, -1),
        ):
            woken: list[Woken] = []
            if rows and rows[0][0] <= price * way:
                woken = [(key * ONE, order) for key, order in _cut(rows, price * way)]
            if followers.groups:
                followers.advance(price)
                woken += followers.take(price)
            if by_price.groups:
                by_price.advance(price)
                woken += by_price.take(price)
            if woken:
                woken.sort()
                found += [order for _, order in woken]
        return found

    def begin(self, price: int) -> list[OrderId]:
        """Take out the trailing orders that *price* lets begin."""
        found: list[OrderId] = []
        for rows, way in ((self.starts_above, 1), (self.starts_below, -1)):
            if rows and rows[0][0] <= price * way:
                found += [order for _, order in _cut(rows, price * way)]
        return found

    def fault(self, price: int) -> str | None:
        """What is wrong in here while the watched price is *price* (0: unknown), in words; None where all is well."""
        if price:
            for rows, way in ((self.above, 1), (self.below, -1), (self.starts_above, 1), (self.starts_below, -1)):
                if rows and rows[0][0] <= price * way:
                    return f"order {rows[0][1]} sleeps though the price is {price}"
        sets = (self.lowest, self.highest, self.lowest_by, self.highest_by)
        return next((found for found in (each.fault(price) for each in sets) if found), None)

    def __iter__(self) -> Iterator[OrderId]:
        """Every order in here, once for each place it is in."""
        for rows in (self.above, self.below, self.starts_above, self.starts_below):
            for _, order in rows:
                yield order
        for followers in (self.lowest, self.highest, self.lowest_by, self.highest_by):
            yield from followers.of


def _cut(rows: SortedList[tuple[int, OrderId]], upto: int) -> list[tuple[int, OrderId]]:
    """Take the rows with keys up to *upto* off the front."""
    end = rows.bisect_left((upto + 1,))
    cut = list(rows.islice(0, end))
    del rows[:end]
    return cut


class TriggerTable:
    """The sleeping orders of one market, by the price they watch."""

    __slots__ = ("watches",)

    def __init__(self) -> None:
        self.watches: dict[TriggerPrice, Watch] = {watched: Watch() for watched in TriggerPrice}

    def extremes(self) -> Iterator[tuple[OrderId, int]]:
        """Every order that follows a price, with its extreme."""
        for watch in self.watches.values():
            for followers in (watch.lowest, watch.highest, watch.lowest_by, watch.highest_by):
                yield from followers


def price_of(state: ExchangeState, market: MarketState, watched: TriggerPrice) -> int:
    """What the *watched* price of *market* is now; 0 where nobody has said yet."""
    if watched is LAST:
        return market.last
    if watched is MARK:
        return market.mark
    index = state.indexes.get(market.spec.index)
    return 0 if index is None else index.price


def holds(trigger: Trigger, price: int) -> bool:
    """Whether *price* wakes *trigger*; of a trailing one, whether it lets it begin to follow."""
    if not price:
        return False
    if not trigger.trails:
        return price >= trigger.price if trigger.rising else price <= trigger.price
    if not trigger.activation:
        return True
    return price >= trigger.activation if trigger.activation_rising else price <= trigger.activation


def sound(trigger: Trigger) -> bool:
    """Whether what a trigger says of trailing goes together: a rate or a price, and neither below zero."""
    if not 0 <= trigger.trailing < ONE or trigger.distance < 0 or trigger.activation < 0 or trigger.limit < 0:
        return False
    return not (trigger.trailing and trigger.distance)


# Folding


def apply_laid(state: ExchangeState, market: MarketState, order: Order) -> None:
    """*order* sleeps until its trigger; where the price is there already it is woken at once, or begins to follow."""
    assert order.more is not None
    trigger = order.more.trigger
    assert trigger is not None
    account = state.accounts[order.account]
    order.asleep = True
    account.sleeping[order.market] = account.sleeping.get(order.market, 0) + 1
    if order.tif is GTD:
        state.good_tills.add(order.more.good_till, order.id)
    watch = _watch(market, trigger)
    price = price_of(state, market, trigger.watches)
    if not holds(trigger, price):
        watch.lay(order.id, trigger)
    elif trigger.trails:
        watch.followers(trigger).follow(order.id, trigger.distance or trigger.trailing, price)
        state.started[order.id] = price
    else:
        state.woken[order.id] = None


def _watch(market: MarketState, trigger: Trigger) -> Watch:
    if market.triggers is None:
        market.triggers = TriggerTable()
    return market.triggers.watches[trigger.watches]


def apply_loaded(state: ExchangeState, order: Order, extreme: int) -> None:
    """Put a sleeping order of a loaded state where it was: *extreme* is not 0 where it follows."""
    assert order.more is not None
    trigger = order.more.trigger
    if trigger is None or legs.is_waiting(state, order):
        return
    account = state.accounts[order.account]
    account.sleeping[order.market] = account.sleeping.get(order.market, 0) + 1
    watch = _watch(state.markets[order.market], trigger)
    if extreme:
        watch.followers(trigger).follow(order.id, trigger.distance or trigger.trailing, extreme)
    elif order.id not in state.woken:
        watch.lay(order.id, trigger)


def apply_bound(account: Account, order: Order) -> None:
    """Note what an order is to bring, or to go with: see `protection`."""
    more = order.more
    if more is None:
        return
    if more.with_position:
        account.bound[order.id] = order
    if (more.take_profit is not None or more.stop_loss is not None) and (order.untraded or more.partial):
        account.attached[order.id] = Attached(
            order.key, order.side, more.take_profit, more.stop_loss, more.partial
        )  # fmt: skip


def apply_attached(account: Account, order: Order) -> None:
    """What an order is to bring was said anew: see `protection`."""
    before = account.attached.pop(order.id, None)
    apply_bound(account, order)
    after = account.attached.get(order.id)
    if before is not None and after is not None:
        account.attached[order.id] = after._replace(brought=before.brought)


def apply_brought(account: Account, fill: Fill, qty: int) -> None:
    """A fill of an order that brings something to what it opens."""
    attached = account.attached.get(fill.order)
    if attached is not None and attached.partial and fill.opened is not None:
        opened = qty - (0 if fill.closed is None else fill.closed.qty)
        account.attached[fill.order] = attached._replace(brought=attached.brought + opened)


def apply_unattached(account: Account, order: Order) -> None:
    """An order ended: what it was to bring is not to come, unless it is on its way."""
    attached = account.attached.get(order.id)
    if attached is not None and (not attached.brought if attached.partial else order.untraded):
        del account.attached[order.id]


def apply_protected(account: Account, event: PositionProtected) -> None:
    """What was attached has come; it comes again with the next fill where each brings it."""
    attached = account.attached.pop(event.order, None)
    if attached is not None and attached.partial and event.order in account.orders:
        account.attached[event.order] = attached._replace(brought=0)


def apply_price(state: ExchangeState, market: MarketState, watched: TriggerPrice, price: int) -> None:
    """The *watched* price of a market with a trigger table is *price* now."""
    table = market.triggers
    if table is None or market.status is not TRADING:
        return
    watch = table.watches[watched]
    for order in watch.wake(price):
        state.woken[order] = None
        # It began and came back within one record: nobody was told that it began.
        state.started.pop(order, None)
    for order in watch.begin(price):
        trigger = _trigger_of(state, order)
        watch.followers(trigger).follow(order, trigger.distance or trigger.trailing, price)
        state.started[order] = price


def apply_index(state: ExchangeState, name: str, price: int) -> None:
    """An index moved: the markets that follow it look at who watches it."""
    for market in state.markets.values():
        if market.triggers is not None and market.spec.index == name:
            apply_price(state, market, INDEX, price)


def apply_resumed(state: ExchangeState, market: MarketState) -> None:
    """The market trades again: its sleeping orders meet the prices as they stand."""
    for watched in TriggerPrice:
        price = price_of(state, market, watched)
        if price:
            apply_price(state, market, watched, price)


def apply_lifted(state: ExchangeState, market: MarketState, order: Order) -> None:
    """A sleeping order is asleep no more, or gone."""
    assert order.more is not None
    order.asleep = False
    trigger = order.more.trigger
    if trigger is None or legs.is_waiting(state, order):
        return
    state.accounts[order.account].sleeping[order.market] -= 1
    if order.tif is GTD:
        state.good_tills.drop(order.id)
    state.started.pop(order.id, None)
    if order.id in state.woken:
        del state.woken[order.id]
        return
    assert market.triggers is not None
    market.triggers.watches[trigger.watches].lift(order.id, trigger)


def apply_triggered(state: ExchangeState, event: OrderTriggered) -> None:
    """An order woke and is what the event says from now on; its hold has moved already."""
    order = state.accounts[event.account].orders[event.order]
    apply_lifted(state, state.markets[event.market], order)
    if state.bounded:
        state.accounts[event.account].to_buy(order, event.qty - order.left, state.bounded)
    order.kind, order.price, order.hold = event.kind, event.price, event.hold
    order.qty = order.left = event.qty


def apply_started(state: ExchangeState, event: TrailingStarted, _: Nanos) -> None:
    """It has been told that the order follows."""
    state.started.pop(event.order, None)


def _trigger_of(state: ExchangeState, order: OrderId) -> Trigger:
    more = state.accounts[AccountNo(order >> ORDER_ID_SHIFT)].orders[order].more
    assert more is not None
    assert more.trigger is not None
    return more.trigger


__all__ = ["TriggerTable", "Watch", "holds", "price_of", "sound"]
