"""The topic ``order``: each order that a record changed, as it stands afterwards.

What the book refused is told as an order, too: entry is asynchronous there (`errors.LATER`). An order that wakes is
told twice, as ``Triggered`` and as what became of it ("Enums Definitions: orderStatus", docs/v5, snapshot 2026-07-24,
seen 2026-11).
"""

from typing import TYPE_CHECKING

from simexchange.core.vocabulary.events import (
    LegStarted,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderModified,
    OrderRejected,
    OrderTriggered,
    TradeExecuted,
    TradePrevented,
    TrailingStarted,
)
from simexchange.dialects.bybit.v5.errors import LATER
from simexchange.dialects.bybit.v5.orderrows import order_news
from simexchange.dialects.bybit.v5.privatetopic import Topic
from simexchange.dialects.bybit.v5.responses import Json
from simexchange.dialects.bybit.v5.spotbrackets import has_begun

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo, OrderId
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.projections.views import Views

Changed = OrderAccepted | OrderCanceled | OrderExpired | OrderAmended | OrderModified | LegStarted | TrailingStarted
"""Events that name one order and its owner."""


class Orders(Topic):
    """``order`` and ``order.{category}``."""

    rank = 2

    def __init__(self, account: "AccountNo", topic: str, category: str = "") -> None:
        super().__init__(account, topic, category)
        self._changed: dict[OrderId, None] = {}
        self._before: list[Json] = []
        """Rows that were true in the middle of the record."""
        self._hear = {
            OrderAccepted: self._one,
            OrderCanceled: self._one,
            OrderExpired: self._one,
            OrderAmended: self._one,
            OrderModified: self._one,
            LegStarted: self._one,
            TrailingStarted: self._one,
            OrderTriggered: self._triggered,
            OrderRejected: self._rejected,
            TradeExecuted: self._two,
            TradePrevented: self._two,
        }

    def _one(self, event: Changed, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account == self.account and self._told_of(event.market, state):
            self._changed[event.order] = None

    def _two(self, event: TradeExecuted | TradePrevented, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        for side in (event.maker, event.taker):
            if side.account == self.account and side.order and self._told_of(event.market, state):
                self._changed[side.order] = None

    def _triggered(self, event: OrderTriggered, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account != self.account or not self._told_of(event.market, state):
            return
        row = views.orders.get(event.order)
        if row is not None:
            self._before.append({**order_news(row, state, views), "orderStatus": "Triggered"})
            self._changed[event.order] = None

    def _rejected(self, event: OrderRejected, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account != self.account or event.reason not in LATER or not self._told_of(event.market, state):
            return
        row = next((row for row in views.orders.rejected(self.account, event.market) if row.id == event.order), None)
        if row is not None:
            self._before.append(order_news(row, state, views))

    def _rows(self, seq: int, at: "Nanos", views: "Views", state: "ExchangeState") -> list[Json]:
        if not self._changed and not self._before:
            return []
        told, self._before = self._before, []
        rows = (views.orders.get(order) for order in self._changed)
        told += [order_news(row, state, views) for row in rows if row is not None and has_begun(row, views)]
        self._changed.clear()
        return told
