"""A connector of hummingbot on its own clock: what it says is kept, what it is asked for is awaited."""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.event_logger import EventLogger
from hummingbot.core.event.events import MarketEvent
from settings import PAIR

from clients.proof import money, same

WITHIN = 25.0
"""Wall seconds in which a thing has to come: its own polls come every few seconds."""
BUY, SELL = TradeType.BUY, TradeType.SELL


async def eventually(what: str, ask: Callable[[], Any], within: float = WITHIN) -> Any:
    """The first answer of *ask* that is true; the connector goes on meanwhile."""
    until = time.monotonic() + within
    while not (answer := ask()):
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {within:g} s")
        await asyncio.sleep(0.05)
    return answer


class Desk:
    """One connector, as a strategy sees it."""

    def __init__(self, connector: Any) -> None:
        self.connector = connector
        self._log = EventLogger()
        for event in MarketEvent:
            connector.add_listener(event, self._log)

    def said(self, client_order_id: str) -> list[str]:
        """The events told of an order, fills apart."""
        return [type(event).__name__.removesuffix("Event") for event in self._log.event_log
                if getattr(event, "order_id", None) == client_order_id]  # fmt: skip

    def fills(self, client_order_id: str) -> list[Any]:
        return [event for event in self._log.event_log
                if type(event).__name__ == "OrderFilledEvent" and event.order_id == client_order_id]  # fmt: skip

    @property
    def book(self) -> Any:
        return self.connector.get_order_book(PAIR)

    def at(self, percent: str) -> Decimal:
        """A price so many percent from the middle, on the tick."""
        middle = (money(self.book.get_price(True)) + money(self.book.get_price(False))) / 2
        return self.connector.quantize_order_price(PAIR, middle * (100 + Decimal(percent)) / 100)

    def submit(self, side: Any, kind: Any, amount: str, percent: str = "0", **more: Any) -> str:
        """Its own id of an order it is on the way to place."""
        act = self.connector.buy if side is BUY else self.connector.sell
        return act(PAIR, Decimal(amount), kind, self.at(percent), **more)

    async def heard(self, order: str, event: str) -> None:
        """Wait for an event of *order*; a failure that is not what is waited for is an error at once."""
        await eventually(f"{event} of {order}, {self.said(order)}",
                         lambda: event in self.said(order) or "MarketOrderFailure" in self.said(order))  # fmt: skip
        same(f"{event} among what was said of {order}: {self.said(order)}", event in self.said(order), True)

    async def rest(self, side: Any, kind: Any, amount: str, percent: str, **more: Any) -> str:
        """An order that is accepted and waits."""
        order = self.submit(side, kind, amount, percent, **more)
        await self.heard(order, f"{'Buy' if side is BUY else 'Sell'}OrderCreated")
        return order

    async def trade(self, side: Any, kind: Any, amount: str, percent: str = "0", **more: Any) -> list[Any]:
        """An order that fills; its fills."""
        order = self.submit(side, kind, amount, percent, **more)
        await self.heard(order, f"{'Buy' if side is BUY else 'Sell'}OrderCompleted")
        fills = self.fills(order)
        same(f"what {order} filled", sum(fill.amount for fill in fills), Decimal(amount))
        return fills

    async def refused(self, side: Any, kind: Any, amount: str, percent: str = "0", **more: Any) -> None:
        """An order the venue refuses."""
        order = self.submit(side, kind, amount, percent, **more)
        await eventually(f"{order} fails", lambda: "MarketOrderFailure" in self.said(order))

    async def take_back(self, order: str) -> None:
        self.connector.cancel(PAIR, order)
        await self.heard(order, "OrderCancelled")


LIMIT, MAKER, MARKET = OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.MARKET
