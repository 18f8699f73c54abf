"""Candles of trades, marks, indexes and premiums, of any interval, before and after the start."""

from typing import TYPE_CHECKING

from simexchange.core.vocabulary.events import IndexSet, MarkSet, TapePrinted, TradeExecuted
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.orders import OFF_TAPE
from simexchange.core.vocabulary.units import MINUTE, Nanos, Price
from simexchange.projections.candle import Candle, CandleKind, aggregate, fill
from simexchange.projections.chain import Chain, made_of
from simexchange.projections.folding import Projection
from simexchange.projections.intervals import back, end_of, start_of
from simexchange.projections.markets import MarketsView

if TYPE_CHECKING:
    from simexchange.projections.history import History

_NO_CHAIN = Chain()


class CandlesView(Projection):
    """One-minute candles and what is made of them exactly; seconds of the last hour of trades."""

    __slots__ = ("_indexes", "_markets", "_marks", "_premiums", "_trades", "history")

    def __init__(self, markets: MarketsView) -> None:
        super().__init__()
        self._markets = markets
        self._trades: dict[MarketNo, Chain] = {}
        self._marks: dict[MarketNo, Chain] = {}
        self._premiums: dict[MarketNo, Chain] = {}
        self._indexes: dict[str, Chain] = {}
        self.history: History | None = None
        """What stands for the time before the start, where anything does."""
        self.handlers = {
            TradeExecuted: self._traded,
            TapePrinted: self._printed,
            MarkSet: self._marked,
            IndexSet: self._indexed,
        }

    def get(
        self,
        market: MarketNo,
        interval: str,
        *,
        at: Nanos,
        kind: CandleKind = CandleKind.TRADE,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 500,
        ahead: int = 0,
    ) -> list[Candle]:
        """At most *limit* candles that begin in [*start*, *end*], ascending, the one running at *at* included.

        With *start* the oldest that fit, else the newest. *at* is the exchange's time now; *interval* is a name of
        `intervals.INTERVALS`, else KeyError; candles begin as in a time zone *ahead* nanoseconds of UTC, a whole number
        of minutes. A candle without a trade is flat at the close before it and has no volume; before the first price
        there are none.
        """
        until = at if end is None else min(at, end)
        last = start_of(interval, until, ahead)
        if start is None:
            first = back(interval, last, limit - 1, ahead)
        else:
            first = self._first(market, kind, interval, start, ahead)
            last = min(last, back(interval, first, 1 - limit, ahead))
        if first > last or limit <= 0:
            return []
        length = made_of(interval, ahead)
        rows = self.rows(market, kind, length, first, end_of(interval, last, ahead))
        before = self.before(market, kind, length, first)
        close = before.close if before is not None else None
        return fill(aggregate(rows, interval, ahead), interval, first, last, close, ahead)

    def rows(self, market: MarketNo, kind: CandleKind, length: int, first: Nanos, until: Nanos) -> list[Candle]:
        """Candles of one of the kept lengths (`chain.LENGTHS`) that begin in [*first*, *until*), empty ones left out.

        Where the start lies inside a candle there are two of it: the part before and the part after.
        """
        past = self._past(market, kind, length, first, until)
        return past + self._chain(market, kind).rows(length, first, until)

    def before(self, market: MarketNo, kind: CandleKind, length: int, start: Nanos) -> Candle | None:
        """The last candle of a kept length that begins before *start*."""
        row = self._chain(market, kind).before(length, start)
        if row is None:
            past = self._past(market, kind, length, Nanos(min(start, self._markets.start) - length), start)
            row = past[-1] if past else None
        return row

    def _first(self, market: MarketNo, kind: CandleKind, interval: str, start: Nanos, ahead: int) -> Nanos:
        """The first candle that begins at or after *start*, but not before there is anything."""
        length = made_of(interval, ahead)
        past = self._past(market, kind, length, Nanos(0), self._markets.start, 1) if start < self._markets.start else []
        oldest = past[0].start if past else self._chain(market, kind).first_start(length)
        if oldest is not None and start <= oldest:
            return start_of(interval, oldest, ahead)
        first = start_of(interval, start, ahead)
        return first if first == start else end_of(interval, first, ahead)

    def _past(
        self, market: MarketNo, kind: CandleKind, length: int, first: Nanos, until: Nanos, limit: int | None = None
    ) -> list[Candle]:
        row = self._markets.by_no.get(market)
        until = min(until, self._markets.start)
        if self.history is None or row is None or first >= until:
            return []
        return self.history.candles(row.id, kind, length, first, until, _ALL if limit is None else limit)

    def _chain(self, market: MarketNo, kind: CandleKind) -> Chain:
        if kind == CandleKind.TRADE:
            return self._trades.get(market, _NO_CHAIN)
        if kind == CandleKind.MARK:
            return self._marks.get(market, _NO_CHAIN)
        if kind == CandleKind.PREMIUM:
            return self._premiums.get(market, _NO_CHAIN)
        row = self._markets.by_no.get(market)
        return self._indexes.get(row.spec.index, _NO_CHAIN) if row is not None else _NO_CHAIN

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        if event.kind not in OFF_TAPE:
            self._printed(seq, at, event)

    def _printed(self, seq: int, at: Nanos, event: TradeExecuted | TapePrinted) -> None:
        chain = self._trades.get(event.market)
        if chain is None:
            chain = self._trades[event.market] = Chain()
        chain.trade(at, event.price, event.qty, event.quote, event.trade, bought=event.aggressor > 0)

    def _marked(self, seq: int, at: Nanos, event: MarkSet) -> None:
        marks = self._marks.get(event.market)
        if marks is None:
            marks = self._marks[event.market] = Chain(MINUTE)
            self._premiums[event.market] = Chain(MINUTE)
        marks.sample(at, event.mark)
        # A candle's fields are typed as prices, whatever it is a candle of.
        self._premiums[event.market].sample(at, Price(event.premium))

    def _indexed(self, seq: int, at: Nanos, event: IndexSet) -> None:
        chain = self._indexes.get(event.index)
        if chain is None:
            chain = self._indexes[event.index] = Chain(MINUTE)
        chain.sample(at, event.price)


_ALL = 1_000_000
"""More candles than any span of history has."""
