"""Market streams of COIN-M: those of USDⓈ-M over inverse contracts."""

from typing import TYPE_CHECKING

from simexchange.dialects.binance.coinm.symbols import CONTRACTS
from simexchange.dialects.binance.usdm import streams as linear

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.dialects.contract import MarketStream
    from simexchange.projections.views import Views


def market_stream(name: str, state: "ExchangeState", views: "Views") -> "MarketStream | None":
    """The stream of that name (``btcusd_perp@depth``), or None where the venue has none."""
    return linear.market_stream(name, state, views, CONTRACTS)
