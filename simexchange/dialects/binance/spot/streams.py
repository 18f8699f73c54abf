"""Market streams of spot: what each name says, how often, in the venue's letters.

Names, payloads and speeds: "WebSocket Streams" of binance/binance-spot-api-docs (2026-07-21). Streams that follow the
clock are flushed on wall time; one that follows events speaks as they happen.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from simexchange.core import display
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.events import Event, TapePrinted, TradeExecuted
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.orders import OFF_TAPE, Side
from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.dialects.binance.common.intervals import SPOT_INTERVALS
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.symbols import SPOT, find_market, symbol_of
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.binance.spot import responses
from simexchange.dialects.binance.spot.responses import Options
from simexchange.dialects.binance.spot.tickers import NO_TRADE
from simexchange.dialects.contract import MarketStream
from simexchange.projections.candle import Candle
from simexchange.projections.markets import MarketRow
from simexchange.projections.tickers import TickerRow
from simexchange.projections.views import Views

Json = dict[str, Any]

FASTEST: Final = Nanos(100 * MILLISECOND)
DEPTH_EVERY: Final = Nanos(SECOND)
TICKER_EVERY: Final = Nanos(SECOND)
SECOND_CANDLES_EVERY: Final = Nanos(SECOND)
CANDLES_EVERY: Final = Nanos(2 * SECOND)
MOST_CANDLES: Final = 1_000
"""Closed candles told in one flush at most: at high speed many close between two flushes."""

encode = msgspec.json.Encoder().encode


class Stream:
    """A market stream with nothing to say; the streams below override what they have. Implements `MarketStream`."""

    def __init__(self, name: str, every: Nanos, market: MarketRow, options: Options) -> None:
        self.name = name
        self.every = every
        self.market = market
        self.symbol = symbol_of(market.spec)
        self.options = options

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views) -> Iterable[bytes]:
        return ()

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        return ()


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
        self._told = views.depth.seq(market.no)

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        before, newest = self._told, views.depth.seq(self.market.no)
        if newest == before:
            return ()
        self._told = newest
        try:
            bids, asks = views.depth.changes(self.market.no, before)
        except LookupError:
            # More has changed than is remembered: the client finds the gap in the next message, and asks anew.
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

    def __init__(self, name: str, market: MarketRow, options: Options, interval: str) -> None:
        super().__init__(name, SECOND_CANDLES_EVERY if interval == "1s" else CANDLES_EVERY, market, options)
        self._interval = interval
        self._from: Nanos | None = None
        """Where the candle begins that was told last and had not closed."""

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        candles = views.candles
        if self._from is None:
            rows = candles.get(self.market.no, self._interval, at=at, limit=1)
        else:
            rows = candles.get(self.market.no, self._interval, at=at, start=self._from, end=at, limit=MOST_CANDLES)
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


class Ticker(Stream):
    """``@ticker`` and ``@miniTicker``: the rolling day, each time it changed."""

    def __init__(
        self, name: str, market: MarketRow, options: Options, row: Callable[[MarketRow, Nanos, Views, Options], Json]
    ) -> None:
        super().__init__(name, TICKER_EVERY, market, options)
        self._row = row
        self._told: Json = {}

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        row = self._row(self.market, at, views, self.options)
        still = _without_times(row)
        if still == self._told:
            return ()
        self._told = still
        return (encode(row),)


class AllMiniTickers:
    """``!miniTicker@arr``: the days that changed, of all markets in one array. Implements `MarketStream`."""

    def __init__(self, name: str, every: Nanos, options: Options) -> None:
        self.name = name
        self.every = every
        self._options = options
        self._told: dict[MarketNo, Json] = {}

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views) -> Iterable[bytes]:
        return ()

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        changed = []
        for market in views.markets.all():
            if not market.is_spot:
                continue
            row = mini_ticker(market, at, views, self._options)
            still = _without_times(row)
            if self._told.get(market.no) != still:
                self._told[market.no] = still
                changed.append(row)
        return (encode(changed),) if changed else ()


def _without_times(row: Json) -> Json:
    return {letter: value for letter, value in row.items() if letter not in ("E", "O", "C")}


def mini_ticker(market: MarketRow, at: Nanos, views: Views, options: Options) -> Json:
    """``24hrMiniTicker``."""
    row = views.tickers.get(market.no, at=at)
    return {"e": "24hrMiniTicker", "E": wire_time(at, options), "s": symbol_of(market.spec), **_day(row)}


def _day(row: TickerRow) -> Json:
    return {
        "c": print_decimal(row.last),
        "o": print_decimal(row.open),
        "h": print_decimal(row.high),
        "l": print_decimal(row.low),
        "v": print_decimal(row.volume),
        "q": print_decimal(row.quote),
    }


def full_ticker(market: MarketRow, at: Nanos, views: Views, options: Options) -> Json:
    """``24hrTicker``."""
    row = views.tickers.get(market.no, at=at)
    return {
        "e": "24hrTicker",
        "E": wire_time(at, options),
        "s": symbol_of(market.spec),
        "p": print_decimal(row.change),
        "P": responses.percent(row.change, row.open),
        "w": print_decimal(display.average_price(row.quote, row.volume)),
        "x": print_decimal(row.previous_close),
        "Q": print_decimal(row.last_qty),
        "b": print_decimal(row.bid),
        "B": print_decimal(row.bid_qty),
        "a": print_decimal(row.ask),
        "A": print_decimal(row.ask_qty),
        **_day(row),
        "O": wire_time(row.start, options),
        "C": wire_time(at, options),
        "F": row.first_id or NO_TRADE,
        "L": row.last_id or NO_TRADE,
        "n": row.count,
    }


_name = re.compile(r"([^@!]+)@([A-Za-z0-9_]+)(?:@([0-9]{1,6})ms)?").fullmatch
_all_minis = re.compile(r"!miniTicker@arr(?:@([0-9]{1,6})ms)?").fullmatch


def open_stream(name: str, state: ExchangeState, views: Views, options: Mapping[str, str]) -> MarketStream | None:
    """The stream of that name; None where there is none. Symbols in stream names are in lower case.

    Clients ask for speeds the venue does not have: any number of milliseconds will do, but nothing is sent more often
    than every 100 ms.
    """
    options = {key: value.upper() for key, value in options.items()}
    every_day = _all_minis(name)
    if every_day is not None:
        return AllMiniTickers(name, _speed(every_day[1], TICKER_EVERY), options)
    match = _name(name)
    if match is None or match[1] != match[1].lower():
        return None
    no = find_market(state.market_no, SPOT, match[1].upper())
    if no is None:
        return None
    return _of_one(name, match[2], _speed(match[3], DEPTH_EVERY), views.markets.by_no[no], options, views)


def _speed(sent: str | None, default: Nanos) -> Nanos:
    return default if sent is None else Nanos(max(int(sent) * MILLISECOND, FASTEST))


def _of_one(
    name: str, what: str, every: Nanos, market: MarketRow, options: Options, views: Views
) -> MarketStream | None:
    """A stream of one market."""
    match what:
        case "trade":
            return Trades(name, Nanos(0), market, options)
        case "aggTrade":
            return Aggregates(name, market, options, views)
        case "bookTicker":
            return BookTicker(name, market, options, views)
        case "depth":
            return DepthDiff(name, every, market, options, views)
        case "depth5" | "depth10" | "depth20":
            return PartialDepth(name, every, market, options, int(what[5:]))
        case "ticker":
            return Ticker(name, market, options, full_ticker)
        case "miniTicker":
            return Ticker(name, market, options, mini_ticker)
        case _:
            interval = what.removeprefix("kline_")
            if interval == what or interval not in SPOT_INTERVALS:
                return None
            return Klines(name, market, options, interval)
