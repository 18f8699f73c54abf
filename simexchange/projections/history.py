"""What stands in for the time before the start, so that indicators and bots can warm up."""

from typing import Protocol

from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.units import Nanos
from simexchange.projections.candle import Candle, CandleKind
from simexchange.projections.funding import FundingRow


class History(Protocol):
    """Flagged candles and funding rates before the first record. Never a book, never a fill.

    Answers are pure functions of the events it was told and the question, so a view may ask again at any time. Whoever
    implements it may make rows on demand and cache them. Markets it does not know have no rows. The rows are the
    caller's.
    """

    def apply(self, seq: int, at: Nanos, event: Event) -> None:
        """Take in an ExchangeOpened, MarketListed or HistoryDescribed: `Views` hands those on as it folds them."""
        ...

    def candles(
        self, market_id: str, kind: CandleKind, interval_ns: int, start: Nanos, end: Nanos, limit: int
    ) -> list[Candle]:
        """The first *limit* candles of *market_id* (``spot:BTC-USDT``) that begin in [*start*, *end*), ascending.

        *interval_ns* is `SECOND`, `MINUTE`, `HOUR` or `DAY`; longer ones are made here by `candle.aggregate`. Each
        begins at a multiple of *interval_ns* since 1970 and has `Candle.before_start` set, ``first_id`` and
        ``last_id`` 0. No gaps: a quiet minute is a flat candle. Nothing at or after the exchange's start is in
        them, so the first and the last may cover less than their interval: the last is joined with the first live
        one by `candle.absorb`. Seconds may be there for the last hour only. *kind* INDEX and MARK have ``volume``,
        ``quote`` and taker sums 0. The close of the last TRADE candle is the price the first live trade follows.
        """
        ...

    def funding_rates(self, market_id: str, start: Nanos, end: Nanos, limit: int) -> list[FundingRow]:
        """Settlements in [*start*, *end*) before the exchange's start, ascending, at most *limit*: the first."""
        ...
