"""The flagged past of every market: candles of trades, mark, index and premium, and funding rates.

What `simexchange.projections.history.History` asks for. Rows are made when somebody asks; minutes are made from the
index's, hours and days by joining minutes, minutes of the last hour by joining seconds.
"""

from collections.abc import Iterator
from itertools import islice

from simexchange.core.marks import funding_rate
from simexchange.core.vocabulary.events import Event, ExchangeOpened, HistoryDescribed, MarketListed
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.units import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Nanos,
    Rate,
    ceil_to,
    floor_to,
)
from simexchange.feeds.synthetic.marketpast import MarketPast
from simexchange.feeds.synthetic.past import past_of, remember
from simexchange.feeds.synthetic.settings import MODEL, Settings, index_of
from simexchange.projections.candle import Candle, CandleKind, absorb, aggregate, widened
from simexchange.projections.funding import FundingRow

MINUTES_KEPT = 4
"""Days whose minutes are kept once made, of each market and kind."""
HOURS_KEPT = 400
"""Days whose hours are kept."""

Days = dict[tuple[str, CandleKind], dict[int, list[Candle]]]


class SyntheticHistory:
    """The time before the start, from what the log says of it. Pure: the same question always gets the same rows.

    A fold like a projection: it is given the events of the log, of which the opening, the listings and the
    descriptions of history matter to it. Without a description, or with one of a model that this version does not
    make, a market has no rows.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.described: dict[str, HistoryDescribed] = {}
        """What the log says, by index; a later description replaces an earlier one."""
        self._start = Nanos(0)
        self._listed: dict[str, tuple[MarketNo, Market]] = {}
        self._markets: dict[str, MarketPast | None] = {}
        self._minutes: Days = {}
        self._hours: Days = {}

    def apply(self, seq: int, at: Nanos, event: Event) -> None:
        """Take in one event of record *seq*, which happened at *at*."""
        if isinstance(event, HistoryDescribed):
            self.described[event.index] = event
        elif isinstance(event, MarketListed):
            if self.described and event.market.expiry:
                # Listed when the exchange had begun: a contract has no past before its first day.
                return
            self._listed[event.market.id] = (event.no, event.market)
        elif isinstance(event, ExchangeOpened):
            self._start = event.start
        else:
            return
        self._markets.clear()
        self._minutes.clear()
        self._hours.clear()

    def _past(self, market_id: str) -> MarketPast | None:
        """The past of one market, where it has one."""
        if market_id not in self._markets:
            self._markets[market_id] = self._make(market_id)
        return self._markets[market_id]

    def _make(self, market_id: str) -> MarketPast | None:
        if market_id not in self._listed:
            return None
        no, market = self._listed[market_id]
        name = index_of(market)
        description = self.described.get(name)
        if description is None or description.model != MODEL or not self.settings.knows(name):
            return None
        past = past_of(self.settings.index(name), description, self._start)
        return MarketPast(no, market, past, description.seed, self.settings, self._start)

    def candles(
        self, market_id: str, kind: CandleKind, interval_ns: int, start: Nanos, end: Nanos, limit: int
    ) -> list[Candle]:
        """The first *limit* candles that begin in [*start*, *end*); *interval_ns* is a second, minute, hour or day.

        The rows are the caller's. The first hour or day may lack its beginning, the last its end.
        """
        past = self._past(market_id)
        if past is None or (kind is not CandleKind.TRADE and not past.derivative):
            return []
        low = max(start, floor_to(past.begin, interval_ns))
        high = min(end, past.end)
        rows = (row for row in self._rows(past, kind, interval_ns, low, high) if low <= row.start < high)
        return [widened(row, row.start, row.end) for row in islice(rows, max(0, limit))]

    def funding_rates(self, market_id: str, start: Nanos, end: Nanos, limit: int) -> list[FundingRow]:
        """The first *limit* settlements in [*start*, *end*).

        That of the minute in which the exchange began is among them: its own first one is the next.
        """
        past = self._past(market_id)
        if past is None or not past.spec.funding_interval:
            return []
        interval = past.spec.funding_interval
        found: list[FundingRow] = []
        at = ceil_to(max(start, past.begin), interval)
        while at < end and at <= past.end and len(found) < limit:
            premium = Rate(past.average_premium(at - interval, at))
            mark = past.mark_at(at)
            rate = Rate(funding_rate(premium, past.spec, at, interval))
            found.append(FundingRow(past.no, rate, mark, premium, Nanos(at), Nanos(at + interval), before_start=True))
            at += interval
        return found

    def day(self, market_id: str, at: Nanos) -> Candle | None:
        """The 24 hours up to *at* as far as they lie in the past, as one candle; None where none of them does."""
        rows = self.candles(market_id, CandleKind.TRADE, MINUTE, Nanos(ceil_to(at - DAY, MINUTE)), at, 1440)
        if not rows:
            return None
        whole = rows[0]
        for row in rows[1:]:
            absorb(whole, row)
        whole.end = Nanos(rows[-1].end)
        return whole

    # -------------------------------------------------------------------------------------------------------- rows

    def _rows(self, past: MarketPast, kind: CandleKind, interval: int, low: int, high: int) -> Iterator[Candle]:
        """Candles of *interval* around [*low*, *high*), whole days or hours of them at a time."""
        if interval == SECOND:
            for minute in range(max(floor_to(low, MINUTE), past.fine_from), high, MINUTE):
                yield from past.second_rows(kind, minute)
            return
        for day in range(floor_to(low, DAY), high, DAY):
            if interval == MINUTE:
                yield from self._minutes_of(past, kind, day)
            elif interval == HOUR:
                yield from self._hours_of(past, kind, day)
            elif interval == DAY:
                yield from aggregate(self._hours_of(past, kind, day), "1d")
            else:
                raise ValueError(f"no history by {interval} ns")

    def _minutes_of(self, past: MarketPast, kind: CandleKind, day: int) -> list[Candle]:
        kept = self._minutes.setdefault((past.spec.id, kind), {})
        if day not in kept:
            remember(kept, day, past.minute_rows(kind, day), MINUTES_KEPT)
        return kept[day]

    def _hours_of(self, past: MarketPast, kind: CandleKind, day: int) -> list[Candle]:
        kept = self._hours.setdefault((past.spec.id, kind), {})
        if day not in kept:
            remember(kept, day, aggregate(self._minutes_of(past, kind, day), "1h"), HOURS_KEPT)
        return kept[day]
