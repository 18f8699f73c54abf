"""Market streams of COIN-M: those of `simexchange.dialects.binance.usdm.streams`, its own contracts first.

Since 2026-06-30 the sockets of both products know the contracts of both; what only COIN-M has (indexes of pairs,
candles of marks and indexes) stands there with the rest.
"""

from typing import TYPE_CHECKING

from simexchange.dialects.binance.usdm import streams as linear
from simexchange.dialects.binance.usdm.symbols import INVERSE

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.dialects.contract import MarketStream
    from simexchange.projections.views import Views


def market_stream(name: str, state: "ExchangeState", views: "Views", *, of_both: bool) -> "MarketStream | None":
    """The stream of that name (``btcusd_perp@depth``), or None where the venue has none."""
    return linear.market_stream(name, state, views, INVERSE, of_both=of_both)
