"""The topic ``position``: every position that a record touched, as it stands afterwards.

An order that is created, changed or canceled is told here, too, whether or not anything changed ("Position",
docs/v5/websocket/private, snapshot 2026-07-24, seen 2026-11).
"""

from typing import TYPE_CHECKING, Any

from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import (
    FundingPaid,
    LeverageSet,
    LiquidationFinished,
    LiquidationStarted,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderModified,
    PositionProtected,
    TradeExecuted,
)
from simexchange.core.vocabulary.ids import key_of, market_of
from simexchange.core.vocabulary.modeevents import AutoMarginSet, MarginAdjusted, MarginModeSet, PositionModeSet
from simexchange.dialects.bybit.common.symbols import category_of
from simexchange.dialects.bybit.v5.positionrows import keys_of, position_row
from simexchange.dialects.bybit.v5.privatetopic import Topic
from simexchange.dialects.bybit.v5.responses import Json

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo, PositionKey
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.projections.views import Views

REST_ONLY = ("avgPrice", "mmrSysUpdateTime", "delta", "gamma", "vega", "theta")
"""What answers have and this topic calls otherwise, or has of options only."""


class Positions(Topic):
    """``position`` and ``position.{category}``."""

    rank = 3

    def __init__(self, account: "AccountNo", topic: str, category: str = "") -> None:
        super().__init__(account, topic, category)
        self._touched: dict[PositionKey, None] = {}
        self._falling: dict[PositionKey, None] = {}
        """Under liquidation: they are told once more when that is over, if only that nothing is left of them."""
        self._hear = {
            OrderAccepted: self._ordered,
            OrderCanceled: self._ordered,
            OrderExpired: self._ordered,
            OrderAmended: self._ordered,
            OrderModified: self._ordered,
            TradeExecuted: self._traded,
            FundingPaid: self._of_market,
            LeverageSet: self._of_market,
            MarginModeSet: self._of_market,
            PositionModeSet: self._of_market,
            PositionProtected: self._of_slot,
            MarginAdjusted: self._of_slot,
            AutoMarginSet: self._of_slot,
            PositionDelivered: self._of_slot,
            LiquidationStarted: self._liquidated,
            LiquidationFinished: self._through,
        }

    def _touch(self, key: "PositionKey", state: "ExchangeState") -> None:
        market = market_of(key)
        if state.markets[market].derivative and self._told_of(market, state):
            self._touched[key] = None

    def _ordered(self, event: Any, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account != self.account:
            return
        row = views.orders.get(event.order)
        more = None if row is None else row.more
        self._touch(event.market if more is None else key_of(event.market, more.slot, more.sub_position), state)

    def _traded(self, event: TradeExecuted, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        for side in (event.maker, event.taker):
            if side.account == self.account:
                self._touch(key_of(event.market, side.slot, side.sub), state)

    def _of_slot(self, event: Any, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account == self.account:
            self._touch(key_of(event.market, event.slot, event.sub), state)

    def _of_market(self, event: Any, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        """Both positions of a market; where none is named, those there are."""
        if event.account != self.account:
            return
        if event.market:
            for key in keys_of(state.accounts[self.account], state.markets[event.market]):
                self._touch(key, state)
        else:
            self._of_account(event, at, views, state)

    def _of_account(self, event: Any, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account == self.account:
            for key in state.accounts[self.account].positions:
                self._touch(key, state)

    def _liquidated(self, event: LiquidationStarted, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account == self.account:
            for risk in event.positions:
                key = key_of(risk.market, risk.slot, risk.sub)
                self._falling[key] = None
                self._touch(key, state)

    def _through(self, event: LiquidationFinished, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account == self.account:
            for key in self._falling:
                self._touch(key, state)
            self._falling.clear()

    def _rows(self, seq: int, at: "Nanos", views: "Views", state: "ExchangeState") -> list[Json]:
        if not self._touched:
            return []
        account = state.accounts[self.account]
        rows = []
        for key in self._touched:
            market = state.markets[market_of(key)]
            if key in keys_of(account, market):
                row = position_row(state, views, account, market, key, at)
                rows.append(_told({"category": category_of(market.spec), **row}))
        self._touched.clear()
        return rows


def _told(row: Json) -> Json:
    """A position as the topic names its fields."""
    told = {name: value for name, value in row.items() if name not in REST_ONLY}
    return {**told, "entryPrice": row["avgPrice"]}
