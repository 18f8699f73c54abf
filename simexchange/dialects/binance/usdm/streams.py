"""Market streams: what each name says, how often, in the venue's letters.

Names and rhythms: developers.binance.com, "USDⓈ-M Futures, WebSocket Market Streams", and names real clients send, seen
2026-11. Any ``@<n>ms`` is taken at its word (nautilus asks ``@depth@0ms``, python-binance ``!miniTicker@arr@1000ms``).
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.dialects.binance.common.intervals import FUTURES_INTERVALS
from simexchange.dialects.binance.usdm.bookstreams import BookTicker, DepthDiff, PartialDepth
from simexchange.dialects.binance.usdm.collateral import AssetIndexes, counted
from simexchange.dialects.binance.usdm.pricestreams import (
    Aggregates,
    Candles,
    ForcedOrders,
    IndexPrice,
    MarkPrice,
    PriceCandles,
    Tickers,
    Trades,
    full_ticker,
    mini_ticker,
)
from simexchange.dialects.binance.usdm.symbols import EVERY, INVERSE, LINEAR, Contracts, contract_type, pair_of
from simexchange.projections.candle import CandleKind

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.dialects.contract import MarketStream
    from simexchange.projections.views import Views

Json = dict[str, Any]

FASTEST: Final = Nanos(100 * MILLISECOND)
"""The shortest interval the venue has besides none."""
DEPTH_EVERY: Final = Nanos(250 * MILLISECOND)
TICKER_EVERY: Final = Nanos(2 * SECOND)
MINI_TICKER_EVERY: Final = Nanos(500 * MILLISECOND)
ALL_EVERY: Final = Nanos(SECOND)
MARK_EVERY: Final = Nanos(3 * SECOND)

_rhythm = re.compile(r"(?P<rest>.+)@(?P<ms>[0-9]{1,6})ms").fullmatch
_partial = re.compile(r"depth(5|10|20)").fullmatch
_price_candle_name = re.compile(r"(markPrice|indexPrice)Kline_(\w+)").fullmatch
PRICES: Final = {"markPrice": CandleKind.MARK, "indexPrice": CandleKind.INDEX}
_candle_name = re.compile(r"(kline|continuousKline)_(\w+)").fullmatch


def market_stream(
    name: str, state: "ExchangeState", views: "Views", own: Contracts = LINEAR, *, of_both: bool = True
) -> "MarketStream | None":
    """The stream of that name, or None where the venue has none. Symbols are in lower case here.

    *own*: whose sockets it was asked of. *of_both*: whether these know the contracts of both products, and tell of both
    where all are told, as since 2026-06-30.
    """
    found = _rhythm(name)
    rest, every = (found["rest"], rhythm(int(found["ms"]))) if found else (name, None)
    universe = (own, *(other for other in EVERY if of_both and other is not own))
    if rest.startswith("!"):
        if rest == "!assetIndex@arr":
            return AssetIndexes(name, state)
        return _of_all(name, rest, every, tuple(market for one in universe for market in one.listed(state)))
    symbol, _, what = rest.partition("@")
    if symbol != symbol.lower():
        return None
    if what == "assetIndex":
        return AssetIndexes(name, state, symbol.upper()) if counted(state, symbol.upper()) else None
    if what.startswith("continuousKline_"):
        return _continuous(name, symbol, what, [market for one in universe for market in one.listed(state)], state.now)
    for contracts in universe:
        market = contracts.find(state, symbol.upper())
        if market is not None:
            return _of_one(name, what, every, market, views)
    if INVERSE in universe:
        pair = tuple(market for market in INVERSE.listed(state) if pair_of(market.spec) == symbol.upper())
        return _of_pair(name, what, pair) if pair else None
    return None


def rhythm(milliseconds: int) -> Nanos:
    """How often a stream speaks that was asked for so often: at each event for 0, else not below `FASTEST`."""
    return max(FASTEST, Nanos(milliseconds * MILLISECOND)) if milliseconds else Nanos(0)


def _of_all(name: str, rest: str, every: Nanos | None, markets: "tuple[MarketState, ...]") -> "MarketStream | None":
    """Streams of every contract listed when they were asked for."""
    match rest:
        case "!bookTicker":
            return BookTicker(name, markets)
        case "!miniTicker@arr":
            return Tickers(name, every or ALL_EVERY, markets, mini_ticker, array=True)
        case "!ticker@arr":
            return Tickers(name, every or ALL_EVERY, markets, full_ticker, array=True)
        case "!markPrice@arr":
            return MarkPrice(name, MARK_EVERY, markets, array=True)
        case "!markPrice@arr@1s":
            return MarkPrice(name, Nanos(SECOND), markets, array=True)
        case "!forceOrder@arr":
            return ForcedOrders(name, markets)
        case _:
            return None


def _of_one(name: str, what: str, every: Nanos | None, market: "MarketState", views: "Views") -> "MarketStream | None":
    """Streams of one contract."""
    partial, candle = _partial(what), _candle_name(what)
    if partial is not None:
        return PartialDepth(name, DEPTH_EVERY if every is None else every, market, int(partial[1]))
    if candle is not None:
        return Candles(name, market, candle[2]) if candle[2] in FUTURES_INTERVALS else None
    match what:
        case "depth":
            return DepthDiff(name, DEPTH_EVERY if every is None else every, market, views)
        case "aggTrade":
            return Aggregates(name, market, views)
        case "trade":
            return Trades(name, market)
        case "bookTicker":
            return BookTicker(name, (market,))
        case "markPrice":
            return MarkPrice(name, MARK_EVERY, (market,), array=False)
        case "markPrice@1s":
            return MarkPrice(name, Nanos(SECOND), (market,), array=False)
        case "ticker":
            return Tickers(name, every or TICKER_EVERY, (market,), full_ticker, array=False)
        case "miniTicker":
            return Tickers(name, every or MINI_TICKER_EVERY, (market,), mini_ticker, array=False)
        case "forceOrder":
            return ForcedOrders(name, (market,))
        case _:
            return _price_candles(name, what, market) if market.spec.inverse else None


def _of_pair(name: str, what: str, markets: "tuple[MarketState, ...]") -> "MarketStream | None":
    """Streams of a pair of COIN-M: its index, and the marks of all its contracts in one array."""
    match what:
        case "indexPrice":
            return IndexPrice(name, MARK_EVERY, markets[0])
        case "indexPrice@1s":
            return IndexPrice(name, Nanos(SECOND), markets[0])
        case "markPrice":
            return MarkPrice(name, MARK_EVERY, markets, array=True)
        case "markPrice@1s":
            return MarkPrice(name, Nanos(SECOND), markets, array=True)
        case _:
            return _price_candles(name, what, markets[0], CandleKind.INDEX)


def _price_candles(
    name: str, what: str, market: "MarketState", kind: CandleKind = CandleKind.MARK
) -> "MarketStream | None":
    """``markPriceKline_1m`` of a contract of COIN-M, ``indexPriceKline_1m`` of a pair."""
    found = _price_candle_name(what)
    if found is None or found[2] not in FUTURES_INTERVALS or PRICES[found[1]] is not kind:
        return None
    return PriceCandles(name, market, found[2], kind=kind)


def _continuous(
    name: str, contract: str, what: str, markets: "Iterable[MarketState]", now: int
) -> "MarketStream | None":
    """``btcusdt_perpetual@continuousKline_1m``: by pair and contract type."""
    pair, _, kind = contract.partition("_")
    found = _candle_name(what)
    if found is None or found[2] not in FUTURES_INTERVALS:
        return None
    for market in markets:
        if (pair_of(market.spec).lower(), contract_type(market.spec, now).lower()) == (pair, kind):
            return Candles(name, market, found[2], continuous=True)
    return None
