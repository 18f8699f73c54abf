"""Market ids and Binance's symbols.

| market id | symbol | product |
|---|---|---|
| ``spot:BTC-USDT`` | BTCUSDT | spot |
| ``perp:BTC-USDT`` | BTCUSDT | usdm |
| ``dated:BTC-USDT-261225`` | BTCUSDT_261225 | usdm |
| ``perp:BTC-USD`` | BTCUSD_PERP | coinm |
| ``dated:BTC-USD-261225`` | BTCUSD_261225 | coinm |

A symbol does not say where base ends and quote begins, so the listed market ids decide.
"""

from collections.abc import Mapping
from typing import Final

from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Market, MarketKind

SPOT: Final = "spot"
USDM: Final = "usdm"
COINM: Final = "coinm"

_QUOTE_LENGTHS: Final = (4, 3, 5, 2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
"""Lengths of quote assets, the common ones first."""


def product_of(market: Market) -> str:
    """Which product of the venue trades it."""
    if market.kind is MarketKind.SPOT:
        return SPOT
    return COINM if market.inverse else USDM


def symbol_of(market: Market) -> str:
    """The venue's name for a market."""
    pair = market.base + market.quote
    if market.kind is MarketKind.DATED:
        return f"{pair}_{market.id.rpartition('-')[2]}"
    return f"{pair}_PERP" if market.inverse and market.kind is MarketKind.PERPETUAL else pair


def find_market(market_no: Mapping[str, MarketNo], product: str, symbol: str) -> MarketNo | None:
    """The number of the market that *product* calls *symbol*, or None."""
    pair, _, suffix = symbol.partition("_")
    kind, tail = "spot" if product == SPOT else "perp", ""
    if product == COINM and not suffix:
        return None
    if suffix and not (product == COINM and suffix == "PERP"):
        if product == SPOT:
            return None
        kind, tail = "dated", f"-{suffix}"
    for length in _QUOTE_LENGTHS:
        if length >= len(pair):
            continue
        base, quote = pair[:-length], pair[-length:]
        if product != SPOT and (quote == "USD") is not (product == COINM):
            # Contracts quoted in dollars are the inverse ones, and no others are.
            continue
        no = market_no.get(f"{kind}:{base}-{quote}{tail}")
        if no is not None:
            return no
    return None
