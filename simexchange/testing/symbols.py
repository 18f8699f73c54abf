"""Which market a test means by a symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.vocabulary.markets import MarketKind
from simexchange.errors import NotThere

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Market

KINDS = {"spot": MarketKind.SPOT, "perp": MarketKind.PERPETUAL, "dated": MarketKind.DATED}


def find(state: ExchangeState, symbol: str, kind: str = "") -> MarketState:
    """The market called *symbol*: ``BTCUSDT``, ``BTC/USDT``, ``BTC/USDT:USDT`` or ``perp:BTC-USDT``.

    What may be several things is the perpetual, unless *kind* says ``spot``, ``perp`` or ``dated``. Raises NotThere.
    """
    if kind and kind not in KINDS:
        msg = f"kind {kind!r} is not one of {', '.join(KINDS)}"
        raise NotThere(msg)
    exact = state.market_no.get(symbol)
    if exact is not None:
        return state.markets[exact]
    found = [
        market
        for market in state.markets.values()
        if symbol in spellings(market.spec) and (not kind or market.spec.kind is KINDS[kind])
    ]
    if not found:
        asked = f"{kind} market" if kind else "market"
        msg = f"there is no {asked} {symbol!r}; there are {', '.join(state.market_no)}"
        raise NotThere(msg)
    return next((market for market in found if market.spec.kind is MarketKind.PERPETUAL), found[0])


def spellings(market: Market) -> tuple[str, ...]:
    """What a market is called, besides its id: as one word, and as ccxt writes it."""
    pair = market.base + market.quote
    if market.kind is MarketKind.SPOT:
        return pair, f"{market.base}/{market.quote}"
    ccxt = f"{market.base}/{market.quote}:{market.settle}"
    day = market.id.rpartition("-")[2]
    if market.kind is MarketKind.DATED:
        return f"{pair}_{day}", f"{ccxt}-{day}"
    return (f"{pair}_PERP", ccxt, pair) if market.inverse else (pair, ccxt)
