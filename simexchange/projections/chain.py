"""Candles of one price, kept at a few lengths that make up all others."""

from bisect import bisect_left
from operator import attrgetter
from typing import Final

from simexchange.core.vocabulary.ids import TradeId
from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, SECOND, Amount, Nanos, Price, Quantity
from simexchange.projections.candle import Candle, absorb, widened
from simexchange.projections.intervals import INTERVALS, MONTH, floor
from simexchange.projections.series import Series

LENGTHS: Final = (SECOND, MINUTE, HOUR, DAY)
"""The lengths that are kept. Each is a whole number of the one before."""
KEPT: Final = {SECOND: 3_600, MINUTE: 43_200, HOUR: 26_304, DAY: 3_660}
"""How many candles of each: at least the last hour, 30 days, three years and ten years."""

_START = attrgetter("start")


def made_of(interval: str, ahead: int = 0) -> int:
    """The length that candles of *interval* are made of, in a time zone *ahead* nanoseconds of UTC."""
    span = DAY if interval == MONTH else INTERVALS[interval]
    return next(length for length in reversed(LENGTHS) if length <= span and floor(length, Nanos(ahead)) == ahead)


class _Link:
    """Finished candles of one length, and the running one as far as shorter ones were finished."""

    __slots__ = ("length", "rows", "running")

    def __init__(self, length: int) -> None:
        self.length = length
        self.rows: Series[Candle] = Series(KEPT[length])
        self.running: Candle | None = None


class Chain:
    """Candles of one price at every kept length.

    Only the shortest is written with each price; a finished one is handed up and joined to the next longer.
    """

    __slots__ = ("_links", "_now")

    def __init__(self, shortest: int = SECOND) -> None:
        self._links = [_Link(length) for length in LENGTHS if length >= shortest]
        self._now: Candle | None = None
        """The running candle of the shortest length."""

    def trade(self, at: Nanos, price: Price, qty: Quantity, quote: Amount, trade: TradeId, *, bought: bool) -> None:
        """Take in a print; *bought* where the taker was the buyer."""
        now = self._now
        if now is None or at >= now.end:
            now = self._begin(at, price)
            now.first_id = trade
        else:
            now.close = price
            if price > now.high:
                now.high = price
            elif price < now.low:
                now.low = price
        # This runs with every trade: the casts that would please mypy are calls, and cost as much as the rest.
        now.volume += qty  # type: ignore[assignment]
        now.quote += quote  # type: ignore[assignment]
        now.count += 1
        now.last_id = trade
        if bought:
            now.taker_volume += qty  # type: ignore[assignment]
            now.taker_quote += quote  # type: ignore[assignment]

    def sample(self, at: Nanos, price: Price) -> None:
        """Take in a value that nobody traded at."""
        now = self._now
        if now is None or at >= now.end:
            now = self._begin(at, price)
        else:
            now.close = price
            if price > now.high:
                now.high = price
            elif price < now.low:
                now.low = price
        now.count += 1

    def rows(self, length: int, first: Nanos, until: Nanos) -> list[Candle]:
        """Candles of *length* that begin in [*first*, *until*), those without any price left out."""
        index = self._index(length)
        if index is None:
            return []
        kept = self._links[index].rows.rows
        found = kept[bisect_left(kept, first, key=_START) : bisect_left(kept, until, key=_START)]
        found.extend(row for row in self._unfinished(index) if first <= row.start < until)
        return found

    def before(self, length: int, start: Nanos) -> Candle | None:
        """The last candle of *length* that begins before *start*."""
        index = self._index(length)
        if index is None:
            return None
        for row in reversed(self._unfinished(index)):
            if row.start < start:
                return row
        kept = self._links[index].rows.rows
        place = bisect_left(kept, start, key=_START)
        return kept[place - 1] if place else None

    def first_start(self, length: int) -> Nanos | None:
        """When the oldest candle of *length* begins."""
        index = self._index(length)
        if index is None:
            return None
        kept = self._links[index].rows.rows or self._unfinished(index)
        return kept[0].start if kept else None

    def _index(self, length: int) -> int | None:
        return next((index for index, link in enumerate(self._links) if link.length == length), None)

    def _begin(self, at: Nanos, price: Price) -> Candle:
        if self._now is not None:
            self._finish(0, self._now)
        length = self._links[0].length
        start = floor(length, at)
        now = self._now = Candle(start, Nanos(start + length), price, price, price, price)
        return now

    def _finish(self, index: int, row: Candle) -> None:
        """*row* of link *index* gets no more prices: keep it, and join it to the longer one it belongs to."""
        self._links[index].rows.append(row)
        if index + 1 == len(self._links):
            return
        above = self._links[index + 1]
        if above.running is not None and row.start >= above.running.end:
            self._finish(index + 1, above.running)
            above.running = None
        if above.running is None:
            start = floor(above.length, row.start)
            above.running = widened(row, start, Nanos(start + above.length))
        else:
            absorb(above.running, row)

    def _unfinished(self, index: int) -> list[Candle]:
        """Copies of the candles of link *index* that are not in its rows yet: the running one, and one that is over
        but has not been handed up because nothing came after it.
        """
        if index == 0:
            return [] if self._now is None else [widened(self._now, self._now.start, self._now.end)]
        link = self._links[index]
        found = [] if link.running is None else [widened(link.running, link.running.start, link.running.end)]
        for part in self._unfinished(index - 1):
            if found and part.start < found[-1].end:
                absorb(found[-1], part)
            else:
                start = floor(link.length, part.start)
                found.append(widened(part, start, Nanos(start + link.length)))
        return found
