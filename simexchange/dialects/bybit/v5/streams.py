"""Public topics by name: ``orderbook.50.BTCUSDT``, ``publicTrade.BTCUSDT``, ``tickers.BTCUSDT``.

A topic is one of an address: ``/v5/public/linear`` knows no symbol of spot. What an address does not have is refused by
name, and then nothing of the request is subscribed to ("Connect", docs/v5, snapshot 2026-07-24, seen 2026-11).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from simexchange.dialects.bybit.common.intervals import INTERVALS
from simexchange.dialects.bybit.common.symbols import SPOT, find_market
from simexchange.dialects.bybit.v5.bookstreams import Stream, book_stream
from simexchange.dialects.bybit.v5.candlestreams import Candles
from simexchange.dialects.bybit.v5.poolstreams import Alerts, Pools, contracts
from simexchange.dialects.bybit.v5.statusstreams import STATUS, TOPIC, SystemStatus
from simexchange.dialects.bybit.v5.tickerstreams import PriceLimits, SpotTicker, Ticker
from simexchange.dialects.bybit.v5.tradestreams import LatestLiquidation, Liquidations, Trades

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.dialects.contract import MarketStream
    from simexchange.projections.views import Views


class Asked(NamedTuple):
    """A topic of one market that was asked for."""

    name: str
    market: "MarketState"
    state: "ExchangeState"
    views: "Views"


EVERYWHERE: "Final[Mapping[str, Callable[[Asked], Stream]]]" = {
    "publicTrade": lambda asked: Trades(asked.name, asked.market, asked.views),
    "priceLimit": lambda asked: PriceLimits(asked.name, asked.market, asked.state),
}
OF_SPOT: "Final[Mapping[str, Callable[[Asked], Stream]]]" = {
    **EVERYWHERE,
    "tickers": lambda asked: SpotTicker(asked.name, asked.market, asked.state),
}
OF_CONTRACTS: "Final[Mapping[str, Callable[[Asked], Stream]]]" = {
    **EVERYWHERE,
    "tickers": lambda asked: Ticker(asked.name, asked.market, asked.state, asked.views),
    "allLiquidation": lambda asked: Liquidations(asked.name, asked.market),
    "liquidation": lambda asked: LatestLiquidation(asked.name, asked.market),
}
"""By what stands before the symbol."""
POOLS: Final = {"insurance": Pools, "adlAlert": Alerts}
"""Topics of all contracts of a coin."""


def market_stream(name: str, state: "ExchangeState", views: "Views", category: str) -> "MarketStream | None":
    """The topic of that name in *category*, or None where it has none."""
    if category == STATUS:
        return SystemStatus(name, views) if name == TOPIC else None
    what, _, rest = name.partition(".")
    if what in POOLS:
        return None if contracts(state, rest, category) is None else POOLS[what](name, rest, category, state)
    detail, _, symbol = rest.rpartition(".")
    market = find_market(state, category, symbol)
    if market is None:
        return None
    if what == "orderbook":
        return book_stream(name, detail, market, views)
    if what == "kline":
        return Candles(name, market, detail) if detail in INTERVALS else None
    opened = (OF_SPOT if category == SPOT else OF_CONTRACTS).get(what)
    return None if detail or opened is None else opened(Asked(name, market, state, views))
