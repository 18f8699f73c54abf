"""Public topics by name: ``orderbook.50.BTCUSDT``, ``publicTrade.BTCUSDT``, ``tickers.BTCUSDT``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.dialects.contract import MarketStream
    from simexchange.projections.views import Views


def market_stream(name: str, state: "ExchangeState", views: "Views", category: str) -> "MarketStream | None":
    """The topic of that name in *category*, or None where it has none."""
    return None
