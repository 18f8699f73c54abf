"""What market a recording is of, in our words, and what can be said of it where nobody gave its specification."""

from itertools import islice
from math import gcd

from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.units import HOUR, Nanos, Price, Quantity
from simexchange.feeds.recorded.items import Diff, Print, Product, Snapshot, TapeUnreadable
from simexchange.feeds.recorded.playback import items_of
from simexchange.feeds.recorded.sources import Source

# Longest first, so that FDUSD is not taken for USD.
QUOTES = ("FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USD", "BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "JPY")
LOOKED_AT = 2_000
"""Items from which tick and step are learnt."""


def pair_of(source: Source) -> tuple[str, str]:
    """(base, quote) of a recording's symbol. Raises TapeUnreadable where the symbol ends in no known quote asset."""
    pair = source.symbol.partition("_")[0].upper()
    for quote in QUOTES:
        if pair.endswith(quote) and len(pair) > len(quote):
            return pair.removesuffix(quote), quote
    raise TapeUnreadable(f"{source.path}: no quote asset we know ends the symbol {source.symbol}")


def market_id(source: Source) -> str:
    """``spot:BTC-USDT``, ``perp:BTC-USDT``, ``perp:BTC-USD`` (COIN-M), ``dated:BTC-USD-261225``."""
    base, quote = pair_of(source)
    if source.product is Product.SPOT:
        return f"spot:{base}-{quote}"
    delivery = source.symbol.partition("_")[2]
    if delivery and delivery != "PERP":
        return f"dated:{base}-{quote}-{delivery}"
    return f"perp:{base}-{quote}"


def inferred_market(source: Source) -> Market:
    """A specification from the recording itself: tick and step are the greatest that divide what it says."""
    base, quote = pair_of(source)
    tick = step = 0
    for _, item in islice(items_of(source, Price(1), Quantity(1)), LOOKED_AT):
        if isinstance(item, Print):
            tick, step = gcd(tick, item.price), gcd(step, item.qty)
        elif isinstance(item, Diff | Snapshot) and source.has_book:
            for price, size in item.bids + item.asks:
                tick, step = gcd(tick, price), gcd(step, size)
    spot, inverse = source.product is Product.SPOT, source.product is Product.COINM
    if spot:
        return Market(market_id(source), MarketKind.SPOT, base, quote, quote, Price(tick or 1), Quantity(step or 1))
    return Market(
        id=market_id(source),
        kind=MarketKind.DATED if market_id(source).startswith("dated") else MarketKind.PERPETUAL,
        base=base,
        quote=quote,
        settle=base if inverse else quote,
        tick=Price(tick or 1),
        step=Quantity(step or 1),
        inverse=inverse,
        funding_interval=Nanos(8 * HOUR),
        index=f"{base}-{quote}",
    )
