"""The topics ``execution`` and ``execution.fast``: every fill, and what funding and deliveries moved.

The fast one has trades only, and fewer fields ("Fast Execution", docs/v5/websocket/private, snapshot 2026-07-24, seen
2026-11); the message has no id there.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import FundingPaid, TradeExecuted
from simexchange.core.vocabulary.orders import TradeKind
from simexchange.dialects.bybit.common.symbols import category_of
from simexchange.dialects.bybit.common.timestamps import millis
from simexchange.dialects.bybit.v5.executionrows import delivery, fast_news, fill_news, funding
from simexchange.dialects.bybit.v5.privatetopic import NOTHING, Topic
from simexchange.dialects.bybit.v5.responses import Json, encode

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.projections.trades import FillRow
    from simexchange.projections.views import Views

NO_TRADE = (TradeKind.TAKEOVER, TradeKind.ADL, TradeKind.DELIVERY)
"""What the fast topic leaves out: `execType` is another one there."""


class Executions(Topic):
    """``execution`` and ``execution.{category}``."""

    rank = 1

    def __init__(self, account: "AccountNo", topic: str, category: str = "") -> None:
        super().__init__(account, topic, category)
        self._found: list[Json] = []
        self._hear = {TradeExecuted: self._traded, FundingPaid: self._funded, PositionDelivered: self._delivered}

    def _traded(self, event: TradeExecuted, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        """A fill is told as it was: what is left of the order belongs to it."""
        sides = (event.maker.account == self.account) + (event.taker.account == self.account)
        if not sides or not self._told_of(event.market, state):
            return
        for row in views.trades.fills(self.account, event.market, limit=sides):
            self._found += self._row(row, views, state)

    def _row(self, row: "FillRow", views: "Views", state: "ExchangeState") -> list[Json]:
        return [fill_news(row, state, views)]

    def _funded(self, event: FundingPaid, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account == self.account and self._told_of(event.market, state):
            rows = views.statements.of(self.account, limit=1)
            category = category_of(state.markets[event.market].spec)
            self._found += [{"category": category, **funding(self.account, row, state)} for row in rows]

    def _delivered(self, event: PositionDelivered, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account == self.account and self._told_of(event.market, state):
            rows = views.deliveries.of(self.account, limit=1)
            category = category_of(state.markets[event.market].spec)
            self._found += [{"category": category, **delivery(row, state)} for row in rows]

    def _rows(self, seq: int, at: "Nanos", views: "Views", state: "ExchangeState") -> list[Json]:
        found = self._found
        if found:
            self._found = []
        return found


class FastExecutions(Executions):
    """``execution.fast`` and ``execution.fast.{category}``."""

    rank = 0

    def __init__(self, account: "AccountNo", topic: str, category: str = "") -> None:
        super().__init__(account, topic, category)
        self._hear = {TradeExecuted: self._traded}

    def _row(self, row: "FillRow", views: "Views", state: "ExchangeState") -> list[Json]:
        if row.kind in NO_TRADE:
            return []
        told = fast_news(row, state, views)
        # What a maker calls his order is not said here.
        return [{**told, "orderLinkId": ""} if row.is_maker else told]

    def end_of_step(self, seq: int, at: "Nanos", views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        rows = self._rows(seq, at, views, state)
        return (encode({"topic": self.topic, "creationTime": millis(at), "data": rows}),) if rows else NOTHING
