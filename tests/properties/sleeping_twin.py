"""A naive table of sleeping orders: every order is looked at for every price. It shares no code with the real one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.orders import TradeKind, Trigger, TriggerPrice
from simexchange.core.vocabulary.units import ONE

QUIET = (TradeKind.TAKEOVER, TradeKind.CROSSED)
"""Trades that move no last price."""


class Sleeper:
    """One order: what it waits for, and the extreme it has followed to, if it has begun."""

    def __init__(self, order: int, trigger: Trigger) -> None:
        self.order = order
        self.trigger = trigger
        self.extreme: int | None = None

    def reach(self) -> Fraction:
        """The price at which it wakes."""
        trigger = self.trigger
        if self.extreme is None:
            return Fraction(trigger.price)
        way = 1 if trigger.rising else -1
        return self.extreme * (1 + way * Fraction(trigger.trailing, ONE))


class Table:
    """The sleeping orders that watch one price, and what one price after the other does to them."""

    def __init__(self) -> None:
        self.rows: dict[int, Sleeper] = {}

    def add(self, order: int, trigger: Trigger, price: int) -> bool:
        """One more; whether it wakes at once."""
        row = self.rows[order] = Sleeper(order, trigger)
        if not trigger.trailing:
            if price and (price >= trigger.price if trigger.rising else price <= trigger.price):
                del self.rows[order]
                return True
            return False
        if price and self._begins(row, price):
            row.extreme = price
        return False

    @staticmethod
    def _begins(row: Sleeper, price: int) -> bool:
        trigger = row.trigger
        if not trigger.activation:
            return True
        return price >= trigger.activation if trigger.activation_rising else price <= trigger.activation

    def price(self, price: int) -> list[int]:
        """What *price* wakes, in order."""
        woken = []
        for row in self.rows.values():
            rising = row.trigger.rising
            if row.trigger.trailing and row.extreme is None:
                continue
            if row.extreme is not None:
                row.extreme = min(row.extreme, price) if rising else max(row.extreme, price)
            reach = row.reach()
            if price >= reach if rising else price <= reach:
                woken.append((0 if rising else 1, reach if rising else -reach, row.order))
        found = [order for _, _, order in sorted(woken)]
        for order in found:
            del self.rows[order]
        for row in self.rows.values():
            if row.trigger.trailing and row.extreme is None and self._begins(row, price):
                row.extreme = price
        return found


class Listener:
    """Hears the events of one market and says which orders must be asleep, following from where, and woken."""

    def __init__(self, market: int, index: str) -> None:
        self.market = market
        self.index = index
        self.tables = {watched: Table() for watched in TriggerPrice}
        self.prices = dict.fromkeys(TriggerPrice, 0)
        self.queue: list[int] = []

    def hear(self, event: Any) -> None:
        """Fold one event."""
        if isinstance(event, ev.IndexSet):
            if event.index == self.index:
                self._price(TriggerPrice.INDEX, event.price)
        elif getattr(event, "market", None) == self.market:
            self._hear(event)

    def _hear(self, event: Any) -> None:
        if isinstance(event, ev.OrderAccepted) and event.more is not None and event.more.trigger is not None:
            trigger = event.more.trigger
            if self.tables[trigger.watches].add(event.order, trigger, self.prices[trigger.watches]):
                self.queue.append(event.order)
        elif isinstance(event, ev.TradeExecuted) and event.kind not in QUIET:
            self._price(TriggerPrice.LAST, event.price)
        elif isinstance(event, ev.MarkSet):
            self._price(TriggerPrice.MARK, event.mark)
        elif isinstance(event, ev.OrderTriggered):
            assert self.queue.pop(0) == event.order
        elif isinstance(event, ev.OrderCanceled | ev.OrderExpired):
            if event.order in self.queue:
                self.queue.remove(event.order)
            for table in self.tables.values():
                table.rows.pop(event.order, None)

    def _price(self, watched: TriggerPrice, price: int) -> None:
        self.prices[watched] = price
        self.queue += self.tables[watched].price(price)

    def following(self) -> dict[int, int]:
        """The extreme of every order that follows."""
        rows = [row for table in self.tables.values() for row in table.rows.values()]
        return {row.order: row.extreme for row in rows if row.extreme is not None}

    def asleep(self) -> list[int]:
        """Every order that waits."""
        return sorted(order for table in self.tables.values() for order in table.rows)
