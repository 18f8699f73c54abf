"""Market streams: what each name says, how often, in the venue's letters.

Names and rhythms: developers.binance.com, "USDⓈ-M Futures, WebSocket Market Streams", and names real clients send, seen
2026-11. Any ``@<n>ms`` is taken at its word (nautilus asks ``@depth@0ms``, python-binance ``!miniTicker@arr@1000ms``).
"""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display, marks
from simexchange.core.margin import price_of
from simexchange.core.vocabulary.events import Event, OrderAccepted, OrderExpired, TapePrinted, TradeExecuted
from simexchange.core.vocabulary.ids import MarketNo, OrderId
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.orders import Origin, Side, TradeKind
from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.dialects.binance.common.intervals import FUTURES_INTERVALS
from simexchange.dialects.binance.common.numbers import print_decimal, print_plain
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.market import day_figures, levels
from simexchange.dialects.binance.usdm.responses import SIDE, encode
from simexchange.dialects.binance.usdm.symbols import CONTRACTS, Contracts, contract_type, pair_of, price_text, qty_text

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.dialects.contract import MarketStream
    from simexchange.projections.candle import Candle
    from simexchange.projections.views import Views

Json = dict[str, Any]

DEPTH_EVERY: Final = Nanos(250 * MILLISECOND)
AGGREGATES_EVERY: Final = Nanos(100 * MILLISECOND)
CANDLES_EVERY: Final = Nanos(250 * MILLISECOND)
TICKER_EVERY: Final = Nanos(2 * SECOND)
MINI_TICKER_EVERY: Final = Nanos(500 * MILLISECOND)
ALL_EVERY: Final = Nanos(SECOND)
MARK_EVERY: Final = Nanos(3 * SECOND)
FORCED_EVERY: Final = Nanos(SECOND)

TRADE_WORDS: Final = {TradeKind.FUND: "INSURANCE_FUND", TradeKind.ADL: "ADL"}
"""The ``X`` of a trade; MARKET for all others."""


class Stream:
    """What all market streams have: a name, a rhythm, and nothing to say until they override it."""

    def __init__(self, name: str, every: Nanos) -> None:
        self.name = name
        self.every = every

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        """Payloads this event causes now."""
        return ()

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        """Payloads that are due by the clock."""
        return ()


class DepthDiff(Stream):
    """Changed levels since the message before. Each ``pu`` is the ``u`` before it, at whatever speed."""

    def __init__(self, name: str, every: Nanos, market: "MarketState", views: "Views") -> None:
        super().__init__(name, every)
        self._market = market
        self._sent = views.depth.seq(market.no)

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        return () if self.every else self.flush(at, views)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        no, before = self._market.no, self._sent
        newest = views.depth.seq(no)
        if newest == before:
            return ()
        self._sent = newest
        try:
            bids, asks = views.depth.changes(no, before)
        except LookupError:
            # So much happened that it is no longer known. The chain breaks, and clients fetch a snapshot.
            return ()
        return (encode(_depth_update(self._market, at, before, newest, bids, asks)),)


class PartialDepth(Stream):
    """The best levels, whole, whenever they may have changed."""

    def __init__(self, name: str, every: Nanos, market: "MarketState", depth: int) -> None:
        super().__init__(name, every)
        self._market = market
        self._depth = depth
        self._sent = -1

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        return () if self.every else self.flush(at, views)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        no = self._market.no
        newest = views.depth.seq(no)
        if newest == self._sent:
            return ()
        before = newest if self._sent < 0 else self._sent
        self._sent = newest
        bids, asks = views.depth.levels(no, self._depth)
        return (encode(_depth_update(self._market, at, before, newest, bids, asks)),)


def _depth_update(
    market: "MarketState",
    at: Nanos,
    before: int,
    newest: int,
    bids: Iterable[tuple[int, int]],
    asks: Iterable[tuple[int, int]],
) -> Json:
    return {
        "e": "depthUpdate",
        "E": millis(at),
        "T": millis(at),
        "s": symbol_of(market.spec),
        "ps": pair_of(market.spec),
        "U": min(before + 1, newest),
        "u": newest,
        "pu": before,
        "b": levels(market.spec, bids),
        "a": levels(market.spec, asks),
        "st": stream_type(market.spec),
    }


class BookTicker(Stream):
    """The best bid and ask, each time either changes; of one market or of all."""

    def __init__(self, name: str, markets: "Iterable[MarketState]") -> None:
        super().__init__(name, Nanos(0))
        self._markets = {market.no: market for market in markets}
        self._seen = dict.fromkeys(self._markets, -1)
        self._best: dict[int, tuple[int, int, int, int]] = {}

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        told = []
        for no, market in self._markets.items():
            newest = views.depth.seq(no)
            if newest == self._seen[no]:
                continue
            self._seen[no] = newest
            best = views.depth.best(no)
            if best != self._best.get(no):
                self._best[no] = best
                told.append(_book_ticker(market, at, newest, *best))
        return told


def _book_ticker(
    market: "MarketState", at: Nanos, newest: int, bid: int, bid_qty: int, ask: int, ask_qty: int
) -> bytes:
    spec = market.spec
    return encode({
        "e": "bookTicker",
        "u": newest,
        "s": symbol_of(spec),
        "ps": pair_of(spec),
        "b": price_text(spec, bid),
        "B": qty_text(spec, bid_qty),
        "a": price_text(spec, ask),
        "A": qty_text(spec, ask_qty),
        "T": millis(at),
        "E": millis(at),
        "st": stream_type(spec),
    })  # fmt: skip


class Trades(Stream):
    """Every print."""

    def __init__(self, name: str, market: "MarketState") -> None:
        super().__init__(name, Nanos(0))
        self._market = market

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        if not isinstance(event, TradeExecuted | TapePrinted) or event.market != self._market.no:
            return ()
        kind = event.kind if isinstance(event, TradeExecuted) else TradeKind.TRADE
        if kind is TradeKind.TAKEOVER:
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

    def __init__(self, name: str, market: "MarketState", interval: str, *, continuous: bool = False) -> None:
        super().__init__(name, CANDLES_EVERY)
        self._market = market
        self._interval = interval
        self._continuous = continuous
        self._start: Nanos | None = None
        self._count = -1

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        candles = views.candles
        if self._start is None:
            rows = candles.get(self._market.no, self._interval, at=at, limit=1)
        else:
            rows = candles.get(self._market.no, self._interval, at=at, start=self._start, end=at, limit=1500)
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
            head = {"e": "continuous_kline", "E": millis(at), "ps": pair_of(spec), "ct": contract_type(spec)}
            del figures["s"]
        return encode({**head, "k": figures, "st": stream_type(spec)})


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


class MarkPrice(Stream):
    """Mark, index and the estimate of the next funding rate; of one market or of all."""

    def __init__(self, name: str, every: Nanos, markets: "Iterable[MarketState]", *, array: bool) -> None:
        super().__init__(name, every)
        self._markets = tuple(markets)
        self._array = array

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        rows = [_mark_price(market, at) for market in self._markets if price_of(market)]
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
        markets: "Iterable[MarketState]",
        row: "Callable[[MarketState, Nanos, Views], Json]",
        *,
        array: bool,
    ) -> None:
        super().__init__(name, every)
        self._markets = tuple(markets)
        self._row = row
        self._array = array
        self._seen: dict[int, Json] = {}

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        rows = [(market.no, self._row(market, at, views)) for market in self._markets]
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
    """Liquidation orders: of each market the largest one of each second."""

    def __init__(self, name: str, markets: "Iterable[MarketState]") -> None:
        super().__init__(name, FORCED_EVERY)
        self._markets = {market.no: market for market in markets}
        self._orders: dict[OrderId, Json] = {}
        """Of this second: order → its figures so far."""

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        if isinstance(event, OrderAccepted):
            forced = event.more is not None and event.more.origin is Origin.LIQUIDATION
            if forced and event.market in self._markets:
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
        largest: dict[MarketNo, Json] = {}
        for figures in orders.values():
            order = figures["order"]
            rival = largest.get(order.market)
            if rival is None or order.qty > rival["order"].qty:
                largest[order.market] = figures
        return [_force_order(self._markets[no], figures, at) for no, figures in largest.items()]


def _force_order(market: "MarketState", figures: Json, at: Nanos) -> bytes:
    spec = market.spec
    order: OrderAccepted = figures["order"]
    average = display.average_price(figures["quote"], figures["done"])
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


def stream_type(spec: Market) -> int:
    """The ``st`` of a payload: 1 for USDⓈ-M, 2 for COIN-M, whose streams were merged on 2026-06-30."""
    return 2 if spec.inverse else 1


# Names

_rhythm = re.compile(r"(?P<rest>.+)@(?P<ms>[0-9]{1,6})ms").fullmatch
_partial = re.compile(r"depth(5|10|20)").fullmatch
_candle_name = re.compile(r"(kline|continuousKline)_(\w+)").fullmatch


def market_stream(
    name: str, state: "ExchangeState", views: "Views", contracts: Contracts = CONTRACTS
) -> "MarketStream | None":
    """The stream of that name, or None where the venue has none. Symbols are in lower case here."""
    found = _rhythm(name)
    rest, every = (found["rest"], Nanos(int(found["ms"]) * MILLISECOND)) if found else (name, None)
    if rest.startswith("!"):
        return _of_all(name, rest, every, tuple(contracts.listed(state)))
    symbol, _, what = rest.partition("@")
    if symbol != symbol.lower():
        return None
    if what.startswith("continuousKline_"):
        return _continuous(name, symbol, what, contracts.listed(state))
    market = contracts.find(state, symbol.upper())
    return None if market is None else _of_one(name, what, every, market, views)


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
            return None


def _continuous(name: str, contract: str, what: str, markets: "Iterable[MarketState]") -> "MarketStream | None":
    """``btcusdt_perpetual@continuousKline_1m``: by pair and contract type."""
    pair, _, kind = contract.partition("_")
    found = _candle_name(what)
    if found is None or found[2] not in FUTURES_INTERVALS:
        return None
    for market in markets:
        if (pair_of(market.spec).lower(), contract_type(market.spec).lower()) == (pair, kind):
            return Candles(name, market, found[2], continuous=True)
    return None
