"""Market streams of spot: what each name says, how often, in the venue's letters.

Names, payloads and speeds: "WebSocket Streams" of binance/binance-spot-api-docs (2026-07-21). Streams that follow the
clock are flushed on wall time; one that follows events speaks as they happen.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.events import Event, TapePrinted, TradeExecuted
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.orders import OFF_TAPE, Side
from simexchange.core.vocabulary.units import HOUR, MILLISECOND, SECOND, Nanos
from simexchange.dialects.binance.common.intervals import SPOT_INTERVALS
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.symbols import SPOT, find_market
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.binance.spot import responses
from simexchange.dialects.binance.spot.responses import Options
from simexchange.dialects.binance.spot.tickers import NO_TRADE
from simexchange.dialects.binance.spot.tickerstreams import (
    TICKER_EVERY,
    WINDOWS,
    AllTickers,
    AveragePrice,
    ReferencePrice,
    Row,
    Stream,
    Ticker,
    encode,
    full_ticker,
    mini_ticker,
    window_ticker,
)
from simexchange.dialects.contract import MarketStream
from simexchange.projections.candle import Candle
from simexchange.projections.markets import MarketRow
from simexchange.projections.views import Views

FASTEST: Final = Nanos(100 * MILLISECOND)
DEPTH_EVERY: Final = Nanos(SECOND)
SECOND_CANDLES_EVERY: Final = Nanos(SECOND)
CANDLES_EVERY: Final = Nanos(2 * SECOND)
MOST_CHANGES: Final = 16_384
"""Changes of a book that are told at the latest, however long the interval: four times as many are remembered."""
MOST_CANDLES: Final = 1_000
"""Closed candles told in one flush at most: at high speed many close between two flushes."""


def printed(event: Event, market: MarketNo) -> TradeExecuted | TapePrinted | None:
    """*event* where it is a print on the public tape of *market*."""
    if not isinstance(event, TradeExecuted | TapePrinted) or event.market != market:
        return None
    if isinstance(event, TradeExecuted) and event.kind in OFF_TAPE:
        return None
    return event


class Trades(Stream):
    """``@trade``: every print."""

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views) -> Iterable[bytes]:
        trade = printed(event, self.market.no)
        if trade is None:
            return ()
        moment = wire_time(at, self.options)
        told = {
            "e": "trade",
            "E": moment,
            "s": self.symbol,
            "t": trade.trade,
            "p": print_decimal(trade.price),
            "q": print_decimal(trade.qty),
            "T": moment,
            "m": trade.aggressor is Side.SELL,
            "M": True,
        }
        return (encode(told),)


class Aggregates(Stream):
    """``@aggTrade``: what one taker traded at one price, as soon as its record is surely whole."""

    def __init__(self, name: str, market: MarketRow, options: Options, views: Views) -> None:
        super().__init__(name, FASTEST, market, options)
        # An event of another market tells, too, that the records before are whole.
        self.follows = None
        last = views.trades.last_aggregate(market.no)
        self._told = 0 if last is None else last.id

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views) -> Iterable[bytes]:
        """An event of a later record tells that those before are whole."""
        last = views.trades.last_aggregate(self.market.no)
        if last is None or last.id == self._told:
            return ()
        return self._tell(at, views, before=seq)

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        """Between two records all are whole."""
        last = views.trades.last_aggregate(self.market.no)
        return () if last is None or last.id == self._told else self._tell(at, views, before=last.seq + 1)

    def _tell(self, at: Nanos, views: Views, before: int) -> Iterator[bytes]:
        for row in views.trades.aggregates(self.market.no, from_id=self._told + 1, limit=MOST_CANDLES):
            if row.seq >= before:
                return
            self._told = row.id
            told = {"e": "aggTrade", "E": wire_time(at, self.options), "s": self.symbol}
            yield encode({**told, **responses.aggregate(row, self.options)})


class BookTicker(Stream):
    """``@bookTicker``: the best bid and ask, each time either changes."""

    def __init__(self, name: str, market: MarketRow, options: Options, views: Views) -> None:
        super().__init__(name, Nanos(0), market, options)
        self._seen = views.depth.seq(market.no)
        self._best = views.depth.best(market.no)

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views) -> Iterable[bytes]:
        newest = views.depth.seq(self.market.no)
        if newest == self._seen:
            return ()
        self._seen = newest
        best = views.depth.best(self.market.no)
        if best == self._best:
            return ()
        self._best = best
        bid, bid_qty, ask, ask_qty = map(print_decimal, best)
        return (encode({"u": newest, "s": self.symbol, "b": bid, "B": bid_qty, "a": ask, "A": ask_qty}),)


class DepthDiff(Stream):
    """``@depth``: the levels that changed since the message before; each ``U`` is the ``u`` before it plus one."""

    def __init__(self, name: str, every: Nanos, market: MarketRow, options: Options, views: Views) -> None:
        super().__init__(name, every, market, options)
        self.follows = (market.no,)
        self._told = views.depth.seq(market.no)

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views) -> Iterable[bytes]:
        """Much may happen between two flushes, above all where exchange time runs fast: none of it is lost."""
        if views.depth.seq(self.market.no) - self._told < MOST_CHANGES:
            return ()
        return self.flush(at, views)

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        before, newest = self._told, views.depth.seq(self.market.no)
        if newest == before:
            return ()
        self._told = newest
        try:
            bids, asks = views.depth.changes(self.market.no, before)
        except LookupError:
            # One event changed more than is remembered: the client finds the gap in the next message, and asks anew.
            return ()
        told = {
            "e": "depthUpdate",
            "E": wire_time(at, self.options),
            "s": self.symbol,
            "U": before + 1,
            "u": newest,
            "b": responses.levels(bids),
            "a": responses.levels(asks),
        }
        return (encode(told),)


class PartialDepth(Stream):
    """``@depth5``: the best levels, whole, each time its interval is over."""

    def __init__(self, name: str, every: Nanos, market: MarketRow, options: Options, depth: int) -> None:
        super().__init__(name, every, market, options)
        self._depth = depth

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        bids, asks = views.depth.levels(self.market.no, self._depth)
        told = {
            "lastUpdateId": views.depth.seq(self.market.no),
            "bids": responses.levels(bids),
            "asks": responses.levels(asks),
        }
        return (encode(told),)


class Klines(Stream):
    """``@kline_1m``: the running candle each time its interval is over, and each candle once more when it closed."""

    def __init__(self, name: str, market: MarketRow, options: Options, interval: str, ahead: int = 0) -> None:
        """*ahead*: how many nanoseconds the clocks by which candles begin are ahead of UTC."""
        super().__init__(name, SECOND_CANDLES_EVERY if interval == "1s" else CANDLES_EVERY, market, options)
        self._interval = interval
        self._ahead = ahead
        self._from: Nanos | None = None
        """Where the candle begins that was told last and had not closed."""

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        since, most = self._from, 1 if self._from is None else MOST_CANDLES
        rows = views.candles.get(
            self.market.no, self._interval, at=at, start=since, end=at, limit=most, ahead=self._ahead
        )
        if rows:
            self._from = rows[-1].start if rows[-1].end > at else rows[-1].end
        return [self._payload(row, at) for row in rows]

    def _payload(self, row: Candle, at: Nanos) -> bytes:
        return encode(
            {
                "e": "kline",
                "E": wire_time(at, self.options),
                "s": self.symbol,
                "k": {
                    "t": wire_time(row.start, self.options),
                    "T": wire_time(row.end, self.options) - 1,
                    "s": self.symbol,
                    "i": self._interval,
                    "f": row.first_id or NO_TRADE,
                    "L": row.last_id or NO_TRADE,
                    "o": print_decimal(row.open),
                    "c": print_decimal(row.close),
                    "h": print_decimal(row.high),
                    "l": print_decimal(row.low),
                    "v": print_decimal(row.volume),
                    "n": row.count,
                    "x": row.end <= at,
                    "q": print_decimal(row.quote),
                    "V": print_decimal(row.taker_volume),
                    "Q": print_decimal(row.taker_quote),
                    "B": "0",
                },
            }
        )


_name = re.compile(r"([^@!]+)@([A-Za-z0-9_]+)(?:@(?:([0-9]{1,6})ms|(\+08:00)))?").fullmatch
_all = re.compile(r"!(miniTicker|ticker|ticker_1h|ticker_4h|ticker_1d)@arr(?:@([0-9]{1,6})ms)?").fullmatch

_ZONED: Final = 8 * HOUR
"""The only time zone besides UTC in which candles are streamed."""

_Opened = Callable[[str, Nanos, MarketRow, Options, ExchangeState, Views], MarketStream]


_OF_ALL: Final[Mapping[str, Row]] = {
    "miniTicker": mini_ticker,
    "ticker": full_ticker,
    **{f"ticker_{window}": window_ticker(window) for window in WINDOWS},
}
"""Rows of the streams of all markets."""


def open_stream(
    name: str, state: ExchangeState, views: Views, options: Mapping[str, str], *, all_tickers: bool = True
) -> MarketStream | None:
    """The stream of that name; None where there is none. Symbols in stream names are in lower case.

    *all_tickers*: whether ``!ticker@arr`` is one, as it was until 2026-03-26 and old clients ask still. Clients ask for
    speeds the venue does not have: any number of milliseconds will do, but not below 100.
    """
    options = {key: value.upper() for key, value in options.items()}
    of_all = _all(name)
    if of_all is not None:
        if of_all[1] == "ticker" and not all_tickers:
            return None
        return AllTickers(name, _speed(of_all[2], TICKER_EVERY), options, _OF_ALL[of_all[1]])
    match = _name(name)
    if match is None or match[1] != match[1].lower():
        return None
    no = find_market(state.market_no, SPOT, match[1].upper())
    if no is None:
        return None
    market = views.markets.by_no[no]
    kline, _, interval = match[2].partition("_")
    if kline == "kline" and interval in SPOT_INTERVALS:
        return Klines(name, market, options, interval, _ZONED if match[4] else 0)
    opened = None if match[4] else _OF_ONE.get(match[2])
    return None if opened is None else opened(name, _speed(match[3], DEPTH_EVERY), market, options, state, views)


def _speed(sent: str | None, default: Nanos) -> Nanos:
    return default if sent is None else Nanos(max(int(sent) * MILLISECOND, FASTEST))


def _partial(depth: int) -> _Opened:
    return lambda name, every, market, options, _state, _views: PartialDepth(name, every, market, options, depth)


def _ticker(row: Row) -> _Opened:
    return lambda name, _every, market, options, _state, _views: Ticker(name, market, options, row)


_OF_ONE: Final[Mapping[str, _Opened]] = {
    "trade": lambda name, _every, market, options, _state, _views: Trades(name, Nanos(0), market, options),
    # Blocks are traded off the book, which nobody does here: the stream is there and has nothing to tell.
    "blockTrade": lambda name, _every, market, options, _state, _views: Stream(name, Nanos(0), market, options),
    "aggTrade": lambda name, _every, market, options, _state, views: Aggregates(name, market, options, views),
    "bookTicker": lambda name, _every, market, options, _state, views: BookTicker(name, market, options, views),
    "depth": lambda name, every, market, options, _state, views: DepthDiff(name, every, market, options, views),
    **{f"depth{depth}": _partial(depth) for depth in (5, 10, 20)},
    "ticker": _ticker(full_ticker),
    "miniTicker": _ticker(mini_ticker),
    **{f"ticker_{window}": _ticker(window_ticker(window)) for window in WINDOWS},
    "avgPrice": lambda name, _every, market, options, _state, _views: AveragePrice(name, market, options),
    "referencePrice": lambda name, _every, market, options, state, _views: ReferencePrice(name, market, options, state),
}
"""Streams of one market by what stands behind its name."""
