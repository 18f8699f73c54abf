"""Streams of trades, candles, marks, tickers and liquidations."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display, marks
from simexchange.core.margin import price_of
from simexchange.core.vocabulary.events import Event, OrderAccepted, OrderExpired, TapePrinted, TradeExecuted
from simexchange.core.vocabulary.ids import MarketNo, OrderId
from simexchange.core.vocabulary.orders import OFF_TAPE, Origin, Side, TradeKind
from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.dialects.binance.common.numbers import print_decimal, print_plain
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.bookstreams import Stream, Universe, stream_type
from simexchange.dialects.binance.usdm.market import day_figures
from simexchange.dialects.binance.usdm.orderwords import SIDE
from simexchange.dialects.binance.usdm.responses import encode
from simexchange.dialects.binance.usdm.symbols import contract_type, pair_of, price_text, qty_text
from simexchange.projections.candle import CandleKind

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.projections.candle import Candle
    from simexchange.projections.views import Views

Json = dict[str, Any]

AGGREGATES_EVERY: Final = Nanos(100 * MILLISECOND)
CANDLES_EVERY: Final = Nanos(250 * MILLISECOND)
FORCED_EVERY: Final = Nanos(SECOND)

TRADE_WORDS: Final = {TradeKind.FUND: "INSURANCE_FUND", TradeKind.ADL: "ADL"}
"""The ``X`` of a trade; MARKET for all others."""


class Trades(Stream):
    """Every print."""

    def __init__(self, name: str, market: "MarketState") -> None:
        super().__init__(name, Nanos(0), (market.no,))
        self._market = market

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        if not isinstance(event, TradeExecuted | TapePrinted) or event.market != self._market.no:
            return ()
        kind = event.kind if isinstance(event, TradeExecuted) else TradeKind.TRADE
        if kind in OFF_TAPE:
            return ()
        spec = self._market.spec
        told = {
            "e": "trade",
            "E": millis(at),
            "T": millis(at),
            "s": symbol_of(spec),
            "t": event.trade,
            "p": price_text(spec, event.price),
            "q": qty_text(spec, event.qty),
            "X": TRADE_WORDS.get(kind, "MARKET"),
            "m": event.aggressor is Side.SELL,
            "st": stream_type(spec),
        }
        return (encode(told),)


class Aggregates(Stream):
    """What each taker traded at each price, once the record it stands in is whole."""

    def __init__(self, name: str, market: "MarketState", views: "Views") -> None:
        super().__init__(name, AGGREGATES_EVERY)
        self._market = market
        last = views.trades.last_aggregate(market.no)
        self._sent = 0 if last is None else last.id

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        no, spec = self._market.no, self._market.spec
        last = views.trades.last_aggregate(no)
        if last is None or last.id == self._sent:
            return ()
        rows = views.trades.aggregates(no, from_id=self._sent + 1, limit=last.id - self._sent)
        self._sent = last.id
        return [
            encode(
                {
                    "e": "aggTrade",
                    "E": millis(at),
                    "a": row.id,
                    "s": symbol_of(spec),
                    "p": price_text(spec, row.price),
                    "q": qty_text(spec, row.qty),
                    "nq": qty_text(spec, row.qty),
                    "f": row.first,
                    "l": row.last,
                    "T": millis(row.at),
                    "m": row.aggressor is Side.SELL,
                    "st": stream_type(spec),
                }
            )
            for row in rows
        ]


class Candles(Stream):
    """The running candle whenever it changed, and each one once more when it is closed."""

    def __init__(
        self,
        name: str,
        market: "MarketState",
        interval: str,
        *,
        continuous: bool = False,
        kind: CandleKind = CandleKind.TRADE,
    ) -> None:
        super().__init__(name, CANDLES_EVERY)
        self._market = market
        self._kind = kind
        self._interval = interval
        self._continuous = continuous
        self._start: Nanos | None = None
        self._count = -1

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        candles = views.candles
        if self._start is None:
            rows = candles.get(self._market.no, self._interval, kind=self._kind, at=at, limit=1)
        else:
            rows = candles.get(
                self._market.no, self._interval, kind=self._kind, at=at, start=self._start, end=at, limit=1500
            )
        told = []
        for row in rows:
            closed = row.end <= at
            if closed or (row.start, row.count) != (self._start, self._count):
                told.append(self._payload(row, at, closed=closed))
        if rows:
            newest = rows[-1]
            # One that was closed just now is not told again: the next one is waited for.
            self._start, self._count = (newest.end, -1) if newest.end <= at else (newest.start, newest.count)
        return told

    def _payload(self, row: "Candle", at: Nanos, *, closed: bool) -> bytes:
        spec = self._market.spec
        head: Json = {"e": "kline", "E": millis(at), "s": symbol_of(spec)}
        figures = _candle(self._market, row, self._interval, closed=closed)
        if self._continuous:
            head = {"e": "continuous_kline", "E": millis(at), "ps": pair_of(spec), "ct": contract_type(spec, at)}
            del figures["s"]
        return encode({**head, "k": figures, "st": stream_type(spec)})


class ContinuousCandles(Stream):
    """Candles of the contract that is of a type now: at the roll of a quarter the next one goes on."""

    def __init__(self, name: str, interval: str, current: "Callable[[int], MarketState | None]") -> None:
        super().__init__(name, CANDLES_EVERY)
        self._interval = interval
        self._current = current
        self._market: MarketState | None = None
        self._candles: Candles | None = None

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        market = self._current(at)
        if market is None:
            return ()
        if self._candles is None or market is not self._market:
            self._market = market
            self._candles = Candles(self.name, market, self._interval, continuous=True)
        return self._candles.flush(at, views)


def _candle(market: "MarketState", row: "Candle", interval: str, *, closed: bool) -> Json:
    spec = market.spec
    return {
        "t": millis(row.start),
        "T": millis(row.end) - 1,
        "s": symbol_of(spec),
        "i": interval,
        "f": row.first_id or -1,
        "L": row.last_id or -1,
        "o": price_text(spec, row.open),
        "c": price_text(spec, row.close),
        "h": price_text(spec, row.high),
        "l": price_text(spec, row.low),
        "v": qty_text(spec, row.volume),
        "n": row.count,
        "x": closed,
        "q": print_plain(row.quote),
        "V": qty_text(spec, row.taker_volume),
        "Q": print_plain(row.taker_quote),
        "B": "0",
    }


PRICE_EVENTS: Final = {CandleKind.MARK: "markPrice_kline", CandleKind.INDEX: "indexPrice_kline"}


class PriceCandles(Candles):
    """Candles of a mark or an index price of COIN-M: only prices and the count mean anything."""

    def _payload(self, row: "Candle", at: Nanos, *, closed: bool) -> bytes:
        spec = self._market.spec
        o, c, h, low = (print_decimal(price) for price in (row.open, row.close, row.high, row.low))
        nothing = dict.fromkeys(("v", "q", "V", "Q", "B"), "0")
        figures = {
            "t": millis(row.start),
            "T": millis(row.end) - 1,
            # The venue writes no symbol where the price is that of a pair, and times where ids would be.
            "s": "0" if self._kind is CandleKind.INDEX else symbol_of(spec),
            "i": self._interval,
            "f": millis(row.start),
            "L": min(millis(at), millis(row.end) - 1),
            "o": o,
            "c": c,
            "h": h,
            "l": low,
            "n": row.count,
            "x": closed,
            **nothing,
        }
        return encode({"e": PRICE_EVENTS[self._kind], "E": millis(at), "ps": pair_of(spec), "k": figures})


class IndexPrice(Stream):
    """The index of a pair of COIN-M. Documents call the event so; a client of 2026 met it as ``IndexUpdate``."""

    def __init__(self, name: str, every: Nanos, market: "MarketState") -> None:
        super().__init__(name, every)
        self._market = market

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        index = self._market.index_price
        if not index:
            return ()
        pair = pair_of(self._market.spec)
        return (encode({"e": "indexPriceUpdate", "E": millis(at), "i": pair, "p": print_decimal(index)}),)


class MarkPrice(Stream):
    """Mark, index and the estimate of the next funding rate; of one market or of all."""

    def __init__(self, name: str, every: Nanos, universe: Universe, *, array: bool) -> None:
        super().__init__(name, every)
        self._universe = universe
        self._array = array

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        rows = [_mark_price(market, at) for market in self._universe.all() if price_of(market)]
        if not rows:
            return ()
        return (encode(rows),) if self._array else [encode(row) for row in rows]


def _mark_price(market: "MarketState", at: Nanos) -> Json:
    spec, funding = market.spec, market.funding
    index = market.index_price or price_of(market)
    return {
        "e": "markPriceUpdate",
        "E": millis(at),
        "s": symbol_of(spec),
        "p": print_decimal(price_of(market)),
        "i": print_decimal(index),
        "P": print_decimal(index),
        "r": print_decimal(marks.predicted_rate(market, at)) if funding is not None else "",
        "T": millis(Nanos(funding.next_at)) if funding is not None else 0,
        "st": stream_type(spec),
    }


class Tickers(Stream):
    """The rolling day of one market, or in an array of those whose day changed."""

    def __init__(
        self,
        name: str,
        every: Nanos,
        universe: Universe,
        row: "Callable[[MarketState, Nanos, Views], Json]",
        *,
        array: bool,
    ) -> None:
        super().__init__(name, every)
        self._universe = universe
        self._row = row
        self._array = array
        self._seen: dict[int, Json] = {}

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        rows = [(market.no, self._row(market, at, views)) for market in self._universe.all()]
        if not self._array:
            return [encode(row) for _, row in rows]
        changed = []
        for no, row in rows:
            still = {letter: value for letter, value in row.items() if letter not in ("E", "O", "C")}
            if self._seen.get(no) != still:
                self._seen[no] = still
                changed.append(row)
        return (encode(changed),) if changed else ()


def full_ticker(market: "MarketState", at: Nanos, views: "Views") -> Json:
    """``24hrTicker``."""
    row = views.tickers.get(market.no, at=at)
    figures = day_figures(market.spec, row)
    return {
        "e": "24hrTicker",
        "E": millis(at),
        "s": symbol_of(market.spec),
        "ps": pair_of(market.spec),
        "p": figures["priceChange"],
        "P": figures["priceChangePercent"],
        "w": figures["weightedAvgPrice"],
        "c": figures["lastPrice"],
        "Q": figures["lastQty"],
        "o": figures["openPrice"],
        "h": figures["highPrice"],
        "l": figures["lowPrice"],
        "v": figures["volume"],
        "q": figures["quoteVolume"],
        "O": millis(row.start),
        "C": millis(at),
        "F": row.first_id or -1,
        "L": row.last_id or -1,
        "n": row.count,
        "st": stream_type(market.spec),
    }


def mini_ticker(market: "MarketState", at: Nanos, views: "Views") -> Json:
    """``24hrMiniTicker``."""
    figures = day_figures(market.spec, views.tickers.get(market.no, at=at))
    return {
        "e": "24hrMiniTicker",
        "E": millis(at),
        "s": symbol_of(market.spec),
        "ps": pair_of(market.spec),
        "c": figures["lastPrice"],
        "o": figures["openPrice"],
        "h": figures["highPrice"],
        "l": figures["lowPrice"],
        "v": figures["volume"],
        "q": figures["quoteVolume"],
        "st": stream_type(market.spec),
    }


class ForcedOrders(Stream):
    """Liquidation orders: of each market the latest one of each second ("All Market Liquidation Order Streams", in the
    venue's Python connector of 2026-08-21; an older page says the largest).
    """

    def __init__(self, name: str, universe: Universe) -> None:
        super().__init__(name, FORCED_EVERY, universe.follows)
        self._universe = universe
        self._orders: dict[OrderId, Json] = {}
        """Of this second: order → its figures so far."""

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        if isinstance(event, OrderAccepted):
            forced = event.more is not None and event.more.origin is Origin.LIQUIDATION
            if forced and self._universe.get(event.market) is not None:
                self._orders[event.order] = {"order": event, "at": at, "last": 0, "done": 0, "quote": 0, "X": "NEW"}
        elif isinstance(event, TradeExecuted) and event.taker.order in self._orders:
            figures = self._orders[event.taker.order]
            figures.update(last=event.qty, done=figures["done"] + event.qty, quote=event.taker.cum_quote, at=at)
            figures["X"] = "PARTIALLY_FILLED" if event.taker.left else "FILLED"
        elif isinstance(event, OrderExpired) and event.order in self._orders:
            self._orders[event.order]["X"] = "EXPIRED"
        return ()

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        orders, self._orders = self._orders, {}
        latest: dict[MarketNo, Json] = {figures["order"].market: figures for figures in orders.values()}
        told = [(self._universe.get(no), figures) for no, figures in latest.items()]
        return [_force_order(market, figures, at) for market, figures in told if market is not None]


def _force_order(market: "MarketState", figures: Json, at: Nanos) -> bytes:
    spec = market.spec
    order: OrderAccepted = figures["order"]
    average = display.trade_average(spec, figures["quote"], figures["done"])
    return encode({
        "e": "forceOrder",
        "E": millis(at),
        "o": {
            "s": symbol_of(spec),
            "ps": pair_of(spec),
            "S": SIDE[order.side],
            "o": "LIMIT",
            "f": "IOC",
            "q": qty_text(spec, order.qty),
            "p": price_text(spec, order.price),
            "ap": price_text(spec, average),
            "X": figures["X"],
            "l": qty_text(spec, figures["last"]),
            "z": qty_text(spec, figures["done"]),
            "T": millis(figures["at"]),
            "st": stream_type(spec),
        },
    })  # fmt: skip
