"""Streams of figures over a while: the rolling day and shorter windows, averages, the reference price.

Sources: "WebSocket Streams" of binance/binance-spot-api-docs (2026-07-21). All are flushed on wall time, and say
nothing where nothing changed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

import msgspec

from simexchange.core import display
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.units import DAY, HOUR, SECOND, Nanos
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.binance.spot import responses
from simexchange.dialects.binance.spot.responses import Options
from simexchange.dialects.binance.spot.tickers import AVERAGE_MINUTES, NO_TRADE, average_of
from simexchange.projections.markets import MarketRow
from simexchange.projections.tickers import TickerRow
from simexchange.projections.views import Views

Json = dict[str, Any]
Row = Callable[[MarketRow, Nanos, Views, Options], Json]

TICKER_EVERY: Final = Nanos(SECOND)
WINDOWS: Final[Mapping[str, int]] = {"1h": HOUR, "4h": 4 * HOUR, "1d": DAY}
"""The windows that are streamed, by name."""

encode = msgspec.json.Encoder().encode


class Stream:
    """A market stream with nothing to say; the streams below override what they have. Implements `MarketStream`."""

    def __init__(self, name: str, every: Nanos, market: MarketRow, options: Options) -> None:
        self.name = name
        self.every = every
        self.market = market
        self.symbol = symbol_of(market.spec)
        self.options = options
        self.follows: Collection[MarketNo] | None = () if every else (market.no,)

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views) -> Iterable[bytes]:
        return ()

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        return ()


class Ticker(Stream):
    """``@ticker``, ``@miniTicker`` and ``@ticker_1h``: what a window holds, each time it changed."""

    def __init__(self, name: str, market: MarketRow, options: Options, row: Row) -> None:
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


class AllTickers:
    """``!miniTicker@arr`` and ``!ticker_1h@arr``: the windows that changed, of all markets in one array.

    A market that is listed later joins. Implements `MarketStream`.
    """

    follows: Collection[MarketNo] | None = ()

    def __init__(self, name: str, every: Nanos, options: Options, row: Row) -> None:
        self.name = name
        self.every = every
        self._options = options
        self._row = row
        self._told: dict[MarketNo, Json] = {}

    def on_event(self, seq: int, at: Nanos, event: Event, views: Views) -> Iterable[bytes]:
        return ()

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        changed = []
        for market in views.markets.all():
            if not market.is_spot:
                continue
            row = self._row(market, at, views, self._options)
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


def _change(row: TickerRow) -> Json:
    return {
        "p": print_decimal(row.change),
        "P": responses.percent(row.change, row.open),
        "w": print_decimal(display.average_price(row.quote, row.volume)),
    }


def _span(row: TickerRow, at: Nanos, options: Options) -> Json:
    return {
        "O": wire_time(row.start, options),
        "C": wire_time(at, options),
        "F": row.first_id or NO_TRADE,
        "L": row.last_id or NO_TRADE,
        "n": row.count,
    }


def full_ticker(market: MarketRow, at: Nanos, views: Views, options: Options) -> Json:
    """``24hrTicker``."""
    row = views.tickers.get(market.no, at=at)
    return {
        "e": "24hrTicker",
        "E": wire_time(at, options),
        "s": symbol_of(market.spec),
        **_change(row),
        "x": print_decimal(row.previous_close),
        "Q": print_decimal(row.last_qty),
        "b": print_decimal(row.bid),
        "B": print_decimal(row.bid_qty),
        "a": print_decimal(row.ask),
        "A": print_decimal(row.ask_qty),
        **_day(row),
        **_span(row, at, options),
    }


def window_ticker(window: str) -> Row:
    """The row of ``1hTicker`` and its like: the window begins with a minute, so it is up to a minute wider."""

    def row(market: MarketRow, at: Nanos, views: Views, options: Options) -> Json:
        figures = views.tickers.get(market.no, at=at, window=WINDOWS[window])
        return {
            "e": f"{window}Ticker",
            "E": wire_time(at, options),
            "s": symbol_of(market.spec),
            **_change(figures),
            **_day(figures),
            **_span(figures, at, options),
        }

    return row


class AveragePrice(Stream):
    """``@avgPrice``: the average of five minutes, each time it or the last trade is another one."""

    def __init__(self, name: str, market: MarketRow, options: Options) -> None:
        super().__init__(name, TICKER_EVERY, market, options)
        self._told: tuple[int, int] | None = None

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        last = views.trades.last(self.market.no)
        average, traded_at = average_of(self.market, at, views), last.at if last is not None else Nanos(0)
        if not average or (average, traded_at) == self._told:
            return ()
        self._told = average, traded_at
        told = {
            "e": "avgPrice",
            "E": wire_time(at, self.options),
            "s": self.symbol,
            "i": f"{AVERAGE_MINUTES}m",
            "w": print_decimal(average),
            "T": wire_time(traded_at, self.options),
        }
        return (encode(told),)


class ReferencePrice(Stream):
    """``@referencePrice``: the price of a price range, each time it is another one; null while there is none.

    Of a market whose rules know no reference price it says nothing.
    """

    def __init__(self, name: str, market: MarketRow, options: Options, state: ExchangeState) -> None:
        super().__init__(name, TICKER_EVERY, market, options)
        self._state = state
        self._told: int | None = None

    def flush(self, at: Nanos, views: Views) -> Iterable[bytes]:
        averages = self._state.markets[self.market.no].averages
        if averages is None or not (averages.given or averages.window):
            return ()
        price = averages.reference(at)
        if price == self._told:
            return ()
        self._told = price
        told = {
            "e": "referencePrice",
            "s": self.symbol,
            "r": print_decimal(price) if price else None,
            "t": wire_time(at, self.options),
        }
        return (encode(told),)
