"""Tables of markets: candles, the best bid and ask, and the tape with every change of a level."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.events import TapePrinted, TradeExecuted
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.orders import BUY, OFF_TAPE, SELL
from simexchange.errors import UsageError
from simexchange.eventlog.tables.columns import AT, MARKET, SEQ, Column, Kind, Place, Row, Table, Teller, Wanted
from simexchange.projections.accounts import AccountsView
from simexchange.projections.depth import DepthView
from simexchange.projections.intervals import INTERVALS, start_of
from simexchange.projections.markets import MarketsView
from simexchange.projections.orders import OrdersView
from simexchange.projections.views import Views


class _Candle(msgspec.Struct):
    start: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    quote: int = 0
    trades: int = 0
    taker_bought: int = 0


def printed(event: Any) -> bool:
    """Whether an event is a print of the tape."""
    return isinstance(event, TapePrinted) or (isinstance(event, TradeExecuted) and event.kind not in OFF_TAPE)


class CandlesTeller(Teller):
    """One row per market and interval in which it traded."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        if wanted.interval not in INTERVALS:
            msg = f"there is no interval {wanted.interval!r}: {', '.join(INTERVALS)}"
            raise UsageError(msg)
        self._candles: dict[MarketNo, _Candle] = {}

    def event(self, place: Place, event: Any, state: ExchangeState) -> Iterable[Row]:
        if not printed(event) or not self.wanted.trades(state.markets[event.market].spec.id):
            return
        start = start_of(self.wanted.interval, place.at)
        found = self._candles.get(event.market)
        if found is None or found.start != start:
            if found is not None:
                yield self._row(event.market, found, state)
            price = event.price
            found = self._candles[event.market] = _Candle(start, price, price, price, price)
        found.high, found.low = max(found.high, event.price), min(found.low, event.price)
        found.close = event.price
        found.volume += event.qty
        found.quote += event.quote
        found.trades += 1
        if event.aggressor is BUY:
            found.taker_bought += event.qty

    def _row(self, market: MarketNo, of: _Candle, state: ExchangeState) -> Row:
        return (
            of.start, state.markets[market].spec.id, self.wanted.interval, of.open, of.high, of.low, of.close,
            of.volume, of.quote, of.trades, of.taker_bought,
        )  # fmt: skip

    def end(self, state: ExchangeState) -> Iterable[Row]:
        for market, found in self._candles.items():
            yield self._row(market, found, state)


class BookTopTeller(Teller):
    """One row whenever the best bid or ask of a market, or the size there, was another after a record."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        self._tops: dict[MarketNo, tuple[int, int, int, int]] = {}

    def step(self, place: Place, events: list[Any], state: ExchangeState) -> Iterable[Row]:
        for no, market in state.markets.items():
            bids, asks = market.book.levels(BUY, 1), market.book.levels(SELL, 1)
            top = (*(bids[0][:2] if bids else (0, 0)), *(asks[0][:2] if asks else (0, 0)))
            if top != self._tops.get(no, (0, 0, 0, 0)) and self.wanted.trades(market.spec.id):
                self._tops[no] = top
                yield place.seq, place.at, market.spec.id, *(value or None for value in top)


class TapeTeller(Teller):
    """Prints, and after each record the levels that changed."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        markets = MarketsView()
        accounts = AccountsView(markets)
        orders = OrdersView(accounts)
        self._depth = DepthView(orders)
        self.views = markets, accounts, self._depth, orders
        self._seen: dict[MarketNo, int] = {}
        self._standing = False
        """Whether there are levels from before the first record that are still to be told."""

    def take_whole(self, views: Views) -> None:
        super().take_whole(views)
        self._depth = views.depth
        self._standing = True

    def event(self, place: Place, event: Any, state: ExchangeState) -> Iterable[Row]:
        if printed(event):
            market = state.markets[event.market].spec.id
            if self.wanted.trades(market):
                side = "buy" if event.aggressor is BUY else "sell"
                yield place.seq, place.at, market, "trade", side, event.price, event.qty

    def step(self, place: Place, events: list[Any], state: ExchangeState) -> Iterator[Row]:
        standing, self._standing = self._standing, False
        for no, market in state.markets.items():
            seen, now = self._seen.get(no, 0), self._depth.seq(no)
            if now == seen:
                continue
            self._seen[no] = now
            found = self._depth.levels(no, now) if standing else self._depth.changes(no, seen)
            name = market.spec.id
            if self.wanted.trades(name):
                for side, levels in zip(("buy", "sell"), found, strict=True):
                    for price, size in levels:
                        yield place.seq, place.at, name, "depth", side, price, size


CANDLES: Final = Table(
    "candles",
    "One row per market and interval in which it traded; `--interval` says how long.",
    (
        Column("start", Kind.TIME, "When it begins."),
        MARKET,
        Column("interval", Kind.TEXT, ""),
        Column("open", Kind.DECIMAL, ""),
        Column("high", Kind.DECIMAL, ""),
        Column("low", Kind.DECIMAL, ""),
        Column("close", Kind.DECIMAL, ""),
        Column("volume", Kind.DECIMAL, "Base units; contracts of inverse markets."),
        Column("quote", Kind.DECIMAL, "What was traded was worth; of inverse contracts in their coin."),
        Column("trades", Kind.WHOLE, ""),
        Column("taker_bought", Kind.DECIMAL, "The part of the volume that takers bought."),
    ),
    CandlesTeller,
)
BOOK_TOP: Final = Table(
    "book_top",
    "One row whenever best bid, best ask or a size there was another after a record.",
    (
        SEQ,
        AT,
        MARKET,
        Column("bid", Kind.DECIMAL, "Empty where nobody buys."),
        Column("bid_qty", Kind.DECIMAL, ""),
        Column("ask", Kind.DECIMAL, "Empty where nobody sells."),
        Column("ask_qty", Kind.DECIMAL, ""),
    ),
    BookTopTeller,
)
TAPE: Final = Table(
    "tape",
    "Every print, and after each record every level that changed. The only table that `npz` is made of.",
    (
        SEQ,
        AT,
        MARKET,
        Column("kind", Kind.TEXT, "`trade` or `depth`."),
        Column("side", Kind.TEXT, "Of a trade the side that took; of a level `buy` for a bid, `sell` for an ask."),
        Column("price", Kind.DECIMAL, ""),
        Column("qty", Kind.DECIMAL, "Of a level its size now; 0: it is gone."),
    ),
    TapeTeller,
)
