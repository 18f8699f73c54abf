"""The topic ``wallet``: the account, and the coins that a record moved or took as margin.

There is no snapshot for who subscribes, and what a price alone changes is not told ("Wallet",
docs/v5/websocket/private, snapshot 2026-07-24, seen 2026-11).
"""

from typing import TYPE_CHECKING, Any

from simexchange.core.vocabulary.assets import whole_wallet
from simexchange.core.vocabulary.events import (
    LeverageSet,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderModified,
    OrderTriggered,
    TradeExecuted,
)
from simexchange.core.vocabulary.modeevents import MarginModeSet
from simexchange.core.vocabulary.poolevents import CollateralModeSet
from simexchange.dialects.bybit.v5.privatetopic import Topic
from simexchange.dialects.bybit.v5.responses import Json
from simexchange.dialects.bybit.v5.walletrows import UNIFIED, wallet_row

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.projections.views import Views


class Wallet(Topic):
    """``wallet``."""

    rank = 4

    def __init__(self, account: "AccountNo", topic: str, category: str = "") -> None:
        super().__init__(account, topic, category)
        self._coins: dict[str, None] = {}
        """Those whose margin may be another one."""
        self._whole = False
        """Whether every coin is to be told."""
        self._hear = {
            OrderAccepted: self._margined,
            OrderCanceled: self._margined,
            OrderExpired: self._margined,
            OrderAmended: self._margined,
            OrderModified: self._margined,
            OrderTriggered: self._margined,
            LeverageSet: self._margined,
            TradeExecuted: self._traded,
            MarginModeSet: self._switched,
            CollateralModeSet: self._switched,
        }

    def _margin(self, market: "MarketNo", state: "ExchangeState") -> None:
        spec = state.markets[market].spec
        if state.markets[market].derivative:
            self._coins[spec.settle] = None

    def _margined(self, event: Any, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account == self.account:
            self._margin(event.market, state)

    def _traded(self, event: TradeExecuted, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if self.account in (event.maker.account, event.taker.account):
            self._margin(event.market, state)

    def _switched(self, event: Any, at: "Nanos", views: "Views", state: "ExchangeState") -> None:
        if event.account == self.account:
            self._whole = True

    def _rows(self, seq: int, at: "Nanos", views: "Views", state: "ExchangeState") -> list[Json]:
        coins = self._coins
        if views.balances.updated_at(self.account) == at:
            for row in views.balances.of(self.account):
                if row.seq == seq and whole_wallet(row.wallet) == UNIFIED:
                    coins[row.asset] = None
        if not coins and not self._whole:
            return []
        assets, self._coins, self._whole = None if self._whole else list(coins), {}, False
        return [wallet_row(state, views, state.accounts[self.account], assets)]
