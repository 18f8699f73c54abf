"""Market streams: what each name says, how often, in the venue's letters.

Names and rhythms: developers.binance.com, "USDⓈ-M Futures, WebSocket Market Streams", and names real clients send, seen
2026-11. Any ``@<n>ms`` is taken at its word (nautilus asks ``@depth@0ms``, python-binance ``!miniTicker@arr@1000ms``).
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.dialects.binance.common.intervals import FUTURES_INTERVALS
from simexchange.dialects.binance.usdm.bookstreams import (
    Before,
    BookTicker,
    DepthDiff,
    PartialDepth,
    Stream,
    Universe,
)
from simexchange.dialects.binance.usdm.collateral import AssetIndexes, counted
from simexchange.dialects.binance.usdm.contractnews import ContractInfo
from simexchange.dialects.binance.usdm.pricestreams import (
    Aggregates,
    Candles,
    ContinuousCandles,
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
RPI_EVERY: Final = Nanos(500 * MILLISECOND)
TICKER_EVERY: Final = Nanos(2 * SECOND)
MINI_TICKER_EVERY: Final = Nanos(500 * MILLISECOND)
ALL_EVERY: Final = Nanos(SECOND)
MARK_EVERY: Final = Nanos(3 * SECOND)

_rhythm = re.compile(r"(?P<rest>.+)@(?P<ms>[0-9]{1,6})ms").fullmatch
_partial = re.compile(r"depth(5|10|20)").fullmatch
_price_candle_name = re.compile(r"(markPrice|indexPrice)Kline_(\w+)").fullmatch
PRICES: Final = {"markPrice": CandleKind.MARK, "indexPrice": CandleKind.INDEX}
_candle_name = re.compile(r"(kline|continuousKline)_(\w+)").fullmatch
_public = re.compile(r"!bookTicker|.+@(?:bookTicker|trade|(?:depth|rpiDepth)[^@]*)(?:@.*)?").fullmatch

PUBLIC: Final = "public"
MARKET: Final = "market"
PRIVATE: Final = "private"
SILENT: Final = ("tradingSession",)
"""What there is nothing to say of: hours of stock markets, whose contracts are not listed."""
CONTINUOUS_INTERVALS: Final = {"1s": Nanos(SECOND), **FUTURES_INTERVALS}
"""Continuous candles come in seconds, too."""


def branch(name: str) -> str:
    """Which routed path carries a market stream ("Important WebSocket Change Notice" of 2026-03-06, seen 2026-11)."""
    return PUBLIC if _public(name) else MARKET


def market_stream(
    name: str, state: "ExchangeState", views: "Views", own: Contracts = LINEAR, *, of_both: bool = True
) -> "MarketStream | None":
    """The stream of that name, or None where the venue has none, as of the venue's day. See `_stream`."""
    stream = _stream(name, state, views, own, of_both=of_both)
    if stream is None or of_both:
        return stream
    return Before(stream, own)


def _stream(
    name: str, state: "ExchangeState", views: "Views", own: Contracts, *, of_both: bool
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
        return _of_all(name, rest, every, Universe(state, universe), state)
    if rest in SILENT:
        return Stream(name, Nanos(0))
    symbol, _, what = rest.partition("@")
    if symbol != symbol.lower():
        return None
    if what == "assetIndex":
        return AssetIndexes(name, state, symbol.upper()) if counted(state, symbol.upper()) else None
    if what.startswith("continuousKline_"):
        return _continuous(name, symbol, what, Universe(state, universe), state.now)
    for contracts in universe:
        market = contracts.find(state, symbol.upper())
        if market is not None:
            return _of_one(what, Asked(name, every, market, Universe(state, (contracts,), market), views))
    pair = Universe(state, (INVERSE,), pair=symbol.upper())
    return _of_pair(name, what, pair) if INVERSE in universe and any(pair.all()) else None


def rhythm(milliseconds: int) -> Nanos:
    """How often a stream speaks that was asked for so often: at each event for 0, else not below `FASTEST`."""
    return max(FASTEST, Nanos(milliseconds * MILLISECOND)) if milliseconds else Nanos(0)


def _of_all(
    name: str, rest: str, every: Nanos | None, universe: Universe, state: "ExchangeState"
) -> "MarketStream | None":
    """Streams of every contract; those that are listed later join."""
    match rest:
        case "!bookTicker":
            return BookTicker(name, universe)
        case "!miniTicker@arr":
            return Tickers(name, every or ALL_EVERY, universe, mini_ticker, array=True)
        case "!ticker@arr":
            return Tickers(name, every or ALL_EVERY, universe, full_ticker, array=True)
        case "!markPrice@arr":
            return MarkPrice(name, MARK_EVERY, universe, array=True)
        case "!markPrice@arr@1s":
            return MarkPrice(name, Nanos(SECOND), universe, array=True)
        case "!forceOrder@arr":
            return ForcedOrders(name, universe)
        case "!contractInfo":
            return ContractInfo(name, universe, state)
        case _:
            return None


class Asked(NamedTuple):
    """A stream of one contract that was asked for."""

    name: str
    every: Nanos | None
    """The rhythm, where one was named."""
    market: "MarketState"
    one: Universe
    """The same market as all there is."""
    views: "Views"

    def rhythm(self, default: Nanos) -> Nanos:
        return default if self.every is None else self.every


def _of_one(what: str, asked: Asked) -> "MarketStream | None":
    """Streams of one contract."""
    partial, candle = _partial(what), _candle_name(what)
    if partial is not None:
        return PartialDepth(asked.name, asked.rhythm(DEPTH_EVERY), asked.market, int(partial[1]))
    if candle is not None:
        return Candles(asked.name, asked.market, candle[2]) if candle[2] in FUTURES_INTERVALS else None
    opened = _OF_ONE.get(what)
    if opened is None:
        return _price_candles(asked.name, what, asked.market) if asked.market.spec.inverse else None
    return opened(asked)


_OF_ONE: Final[Mapping[str, "Callable[[Asked], MarketStream]"]] = {
    "depth": lambda asked: DepthDiff(asked.name, asked.rhythm(DEPTH_EVERY), asked.market, asked.views),
    # It shows retail orders, too, which nobody can place here: it is the same book.
    "rpiDepth": lambda asked: DepthDiff(asked.name, asked.rhythm(RPI_EVERY), asked.market, asked.views),
    "aggTrade": lambda asked: Aggregates(asked.name, asked.market, asked.views),
    "trade": lambda asked: Trades(asked.name, asked.market),
    "bookTicker": lambda asked: BookTicker(asked.name, asked.one),
    "markPrice": lambda asked: MarkPrice(asked.name, MARK_EVERY, asked.one, array=False),
    "markPrice@1s": lambda asked: MarkPrice(asked.name, Nanos(SECOND), asked.one, array=False),
    "ticker": lambda asked: Tickers(asked.name, asked.every or TICKER_EVERY, asked.one, full_ticker, array=False),
    "miniTicker": lambda asked: Tickers(
        asked.name, asked.every or MINI_TICKER_EVERY, asked.one, mini_ticker, array=False
    ),
    "forceOrder": lambda asked: ForcedOrders(asked.name, asked.one),
    # Of an index that is traded itself; no contract here is one.
    "compositeIndex": lambda asked: Stream(asked.name, Nanos(0)),
}
"""By what stands behind the symbol."""


def _of_pair(name: str, what: str, pair: Universe) -> "MarketStream | None":
    """Streams of a pair of COIN-M: its index, and the marks of all its contracts in one array."""
    first = next(iter(pair.all()))
    match what:
        case "indexPrice":
            return IndexPrice(name, MARK_EVERY, first)
        case "indexPrice@1s":
            return IndexPrice(name, Nanos(SECOND), first)
        case "markPrice":
            return MarkPrice(name, MARK_EVERY, pair, array=True)
        case "markPrice@1s":
            return MarkPrice(name, Nanos(SECOND), pair, array=True)
        case _:
            return _price_candles(name, what, first, CandleKind.INDEX)


def _price_candles(
    name: str, what: str, market: "MarketState", kind: CandleKind = CandleKind.MARK
) -> "MarketStream | None":
    """``markPriceKline_1m`` of a contract of COIN-M, ``indexPriceKline_1m`` of a pair."""
    found = _price_candle_name(what)
    if found is None or found[2] not in FUTURES_INTERVALS or PRICES[found[1]] is not kind:
        return None
    return PriceCandles(name, market, found[2], kind=kind)


def _continuous(name: str, contract: str, what: str, universe: Universe, now: int) -> "MarketStream | None":
    """``btcusdt_perpetual@continuousKline_1m``: by pair and contract type, whichever contract is of it by then."""
    pair, _, kind = contract.partition("_")
    found = _candle_name(what)

    def current(at: int) -> "MarketState | None":
        for market in universe.all():
            if (pair_of(market.spec).lower(), contract_type(market.spec, at).lower()) == (pair, kind):
                return market
        return None

    if found is None or found[2] not in CONTINUOUS_INTERVALS or current(now) is None:
        return None
    return ContinuousCandles(name, found[2], current)
