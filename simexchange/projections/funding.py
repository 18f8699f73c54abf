"""Settled funding rates, and the mark and index as last set."""

from typing import TYPE_CHECKING

import msgspec

from simexchange.core.vocabulary.events import FundingRateSet, IndexSet, MarkSet
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.units import Nanos, Price, Rate
from simexchange.projections.folding import Projection
from simexchange.projections.markets import MarketsView
from simexchange.projections.series import Series, select

if TYPE_CHECKING:
    from simexchange.projections.history import History


class FundingRow(msgspec.Struct, frozen=True, gc=False):
    """One settlement of one market."""

    market: MarketNo
    rate: Rate
    mark: Price
    premium: Rate
    """Weighted average premium the rate was made from."""
    at: Nanos
    next_at: Nanos
    before_start: bool = False
    """Made up: before the exchange's start."""


class MarkRow(msgspec.Struct, gc=False):
    """The mark of one market as last set."""

    market: MarketNo
    mark: Price
    index: Price
    premium: Rate
    at: Nanos
    seq: int


class FundingView(Projection):
    """Settlements per market (a bounded ring), newest mark per market, newest value per index."""

    __slots__ = ("_indexes", "_keep", "_markets", "_marks", "_rows", "history")

    def __init__(self, markets: MarketsView, *, keep: int = 10_000) -> None:
        """Keep about *keep* settlements per market."""
        super().__init__()
        self._markets = markets
        self._keep = keep
        self._rows: dict[MarketNo, Series[FundingRow]] = {}
        self._marks: dict[MarketNo, MarkRow] = {}
        self._indexes: dict[str, IndexSet] = {}
        self.history: History | None = None
        """Rates before the start, where there are any."""
        self.handlers = {FundingRateSet: self._settled, MarkSet: self._marked, IndexSet: self._indexed}

    def rates(
        self, market: MarketNo, *, start: Nanos | None = None, end: Nanos | None = None, limit: int = 500
    ) -> list[FundingRow]:
        """At most *limit* settlements, ascending by time: with *start* the oldest that fit, else the newest."""
        series = self._rows.get(market)
        live = series.rows if series is not None else []
        if start is None and end is None and len(live) >= limit:
            return live[len(live) - limit :]
        rows = self._before(market, start, end) + live
        return select(rows, start=start, end=end, limit=limit)

    def last(self, market: MarketNo) -> FundingRow | None:
        """The newest settlement, be it one before the start; None where there was none."""
        rows = self.rates(market, limit=1)
        return rows[-1] if rows else None

    def mark(self, market: MarketNo) -> MarkRow | None:
        """The mark as last set; None before the first."""
        return self._marks.get(market)

    def index(self, name: str) -> IndexSet | None:
        """The index (``BTC-USDT``) as last set; None before the first."""
        return self._indexes.get(name)

    def _before(self, market: MarketNo, start: Nanos | None, end: Nanos | None) -> list[FundingRow]:
        begin = self._markets.start
        row = self._markets.by_no.get(market)
        if self.history is None or row is None or (start is not None and start > begin):
            return []
        # Who begins on the instant of a settlement has the next one as the first of its own.
        until = Nanos(begin + 1 if end is None else min(begin, end) + 1)
        return self.history.funding_rates(row.id, start or Nanos(0), until, self._keep)

    def _settled(self, seq: int, at: Nanos, event: FundingRateSet) -> None:
        series = self._rows.get(event.market)
        if series is None:
            series = self._rows[event.market] = Series(self._keep)
        series.append(FundingRow(event.market, event.rate, event.mark, event.premium, at, event.next_at))

    def _marked(self, seq: int, at: Nanos, event: MarkSet) -> None:
        self._marks[event.market] = MarkRow(event.market, event.mark, event.index, event.premium, at, seq)

    def _indexed(self, seq: int, at: Nanos, event: IndexSet) -> None:
        self._indexes[event.index] = event
