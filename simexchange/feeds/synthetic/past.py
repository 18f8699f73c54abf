"""The path of one index before the start: a pure function of seed, join price and time.

It is made from the end backwards, so that it ends where the market began: first the price at each midnight, then the
minutes of a day when somebody asks for them, bridged from midnight to midnight; the last hour's minutes likewise from
seconds. Volatility is the live one run backwards: an Ornstein-Uhlenbeck process looks the same both ways, and that it
is at its mean at the start only means that what the start foretells of a time is taken off there.
"""

from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from math import sqrt
from typing import TypeVar

from simexchange.core.vocabulary.commands import DescribeHistory
from simexchange.core.vocabulary.events import HistoryDescribed
from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, ONE, SECOND, Nanos, floor_to
from simexchange.feeds.synthetic.draws import Stream, heaviness, normal, stream, uniform
from simexchange.feeds.synthetic.index import per_second, published, shared_shock
from simexchange.feeds.synthetic.series import exp, log
from simexchange.feeds.synthetic.settings import MODEL, IndexSettings
from simexchange.feeds.synthetic.volatility import DEVIATIONS, MEMORIES, NORM, fading, season

FINE_SPAN = HOUR
"""How much of the past has rows of one second."""
MEAN_OF_DAY = exp(0.5 * DEVIATIONS[1] * DEVIATIONS[1])
"""What is left of what the faster factors add to the volatility of a whole day."""

DAYS_KEPT = 8
"""Days whose minutes are kept once made."""

Ohlc = tuple[int, int, int, int, int]
"""Open time, open, high, low, close."""


class PastFactor:
    """A mean-reverting process before *end*, zero there: knots at fixed spacing, straight lines between.

    A knot is a weighted sum of its own and the knots' draws before it, so that any of them can be had alone.
    """

    def __init__(self, chance: Stream, memory: float, deviation: float, spacing: int, end: int) -> None:
        self._chance = chance
        self._memory = memory
        self._deviation = deviation
        self._spacing = spacing
        self._kept, new = fading(memory, spacing / SECOND)
        self._terms = int(5.0 * memory * SECOND / spacing) + 1
        self._new = deviation * new
        self._knots: dict[int, float] = {}
        self._end = end
        self._at_end = self._between(end)

    def at(self, at: int) -> float:
        """The process at *at* ≤ end."""
        return self._between(at) - exp(-(self._end - at) / SECOND / self._memory) * self._at_end

    def _between(self, at: int) -> float:
        n, into = divmod(at, self._spacing)
        before, after = self._knot(n), self._knot(n + 1)
        return before + (after - before) * (into / self._spacing)

    def _knot(self, n: int) -> float:
        known = self._knots.get(n)
        if known is None:
            known = 0.0
            for k in range(n - self._terms, n + 1):
                known = self._kept * known + self._new * normal(self._chance, k)
            self._knots[n] = known
        return known


class IndexPast:
    """One index from *start* − *span* to *start*, both on whole minutes, ending at *settings.price*."""

    def __init__(self, settings: IndexSettings, seed: int, start: int, span: int) -> None:
        self.settings = settings
        self.end = floor_to(start, MINUTE)
        self.begin = floor_to(self.end - span, MINUTE)
        self.fine_from = max(self.begin, self.end - FINE_SPAN)
        self._own = stream(seed, f"past/{settings.name}")
        self._common = stream(seed, "past/common")
        self._within = stream(seed, f"past/{settings.name}/within")
        self._extremes = stream(seed, f"past/{settings.name}/extremes")
        self._fast = stream(seed, f"past/{settings.name}/fast")
        self._slow = PastFactor(stream(seed, "past/slow"), MEMORIES[2], DEVIATIONS[2], DAY, self.end)
        middle = stream(seed, f"past/{settings.name}/middle")
        self._middle = PastFactor(middle, MEMORIES[1], DEVIATIONS[1], HOUR, self.end)
        self._levels = {self.end: log(settings.price / ONE)}
        self._days: dict[int, tuple[list[Ohlc], list[float]]] = {}
        self._seconds: dict[int, list[Ohlc]] = {}
        for left in range(floor_to(self.end - 1, DAY), floor_to(self.begin, DAY) - 1, -DAY):
            right = min(left + DAY, self.end)
            self._levels[left] = self._levels[right] - self._day_move(left, right)

    def minutes(self, day: int) -> list[Ohlc]:
        """Every minute of the UTC day that begins at *day*, as far as it lies before the end."""
        return self._day(day)[0]

    def agitations(self, day: int) -> list[float]:
        """Volatility against its base in each of those minutes, the hour of day included."""
        return self._day(day)[1]

    def seconds(self, minute: int) -> list[Ohlc]:
        """The sixty seconds of a minute of the last hour."""
        if minute not in self._seconds:
            self._make_day(floor_to(minute, DAY))
        return self._seconds[minute]

    def is_fine(self, minute: int) -> bool:
        """Whether there are rows of one second for *minute*."""
        return minute >= self.fine_from

    def usual_move(self, agitation: float) -> float:
        """The deviation of the logarithm of the price over a minute."""
        return per_second(self.settings) * sqrt(60.0) * agitation

    def digest(self) -> str:
        """32 hex digits that stand for the path: the price at every midnight and every minute of its last day."""
        ends = [published(self._levels[at], self.settings) for at in sorted(self._levels)]
        rows = self.minutes(floor_to(self.end - 1, DAY))
        return blake2b(repr((ends, rows)).encode(), digest_size=16).hexdigest()

    # ---------------------------------------------------------------------------------------------------- the making

    def _day_move(self, left: int, right: int) -> float:
        """What a day does to the logarithm of the price."""
        n = left // DAY
        middle = (left + right) // 2
        agitation = MEAN_OF_DAY * exp(self._slow.at(middle)) * season(Nanos(floor_to(middle, DAY) + 10 * HOUR))
        shock = shared_shock(self.settings.loading, normal(self._common, -n), normal(self._own, -n))
        return per_second(self.settings) * sqrt((right - left) / SECOND) * agitation * shock

    def _day(self, left: int) -> tuple[list[Ohlc], list[float]]:
        if left not in self._days:
            remember(self._days, left, self._make_day(left), DAYS_KEPT)
        return self._days[left]

    def _make_day(self, left: int) -> tuple[list[Ohlc], list[float]]:
        right = min(left + DAY, self.end)
        count = (right - left) // MINUTE
        agitations = self._day_agitations(left, count)
        sigmas = [self.usual_move(agitation) for agitation in agitations]
        moves = []
        for i in range(count):
            k = left // MINUTE + i
            shock = shared_shock(self.settings.loading, normal(self._common, 4 * k), normal(self._own, k))
            moves.append(sigmas[i] * heaviness(self._common, 4 * k + 1) * shock)
        levels = bridge(self._levels[left], self._levels[right], moves, sigmas)
        rows: list[Ohlc] = []
        for i in range(count):
            minute = left + i * MINUTE
            if self.is_fine(minute):
                rows.append(joined(self._make_seconds(minute, levels[i], levels[i + 1], sigmas[i])))
            else:
                rows.append(self._row(minute, levels[i], levels[i + 1], sigmas[i], minute // MINUTE))
        return rows, agitations

    def _day_agitations(self, left: int, count: int) -> list[float]:
        """Volatility against its base, minute by minute; the fast factor is warmed up on the fifty minutes before."""
        kept, new = fading(MEMORIES[0], 60.0)
        first = left // MINUTE
        fast = 0.0
        values = []
        for i in range(-50, count):
            fast = kept * fast + DEVIATIONS[0] * new * normal(self._fast, first + i)
            if i >= 0:
                at = left + i * MINUTE
                values.append(NORM * exp(self._slow.at(at) + self._middle.at(at) + fast) * season(Nanos(at)))
        return values

    def _make_seconds(self, minute: int, begin: float, end: float, sigma: float) -> list[Ohlc]:
        each = sigma / sqrt(60.0)
        first = minute // SECOND
        moves = [each * normal(self._within, first + i) for i in range(60)]
        levels = bridge(begin, end, moves, [each] * 60)
        # Counted from the other side of zero, so that no second shares its draws with a minute.
        rows = [self._row(minute + i * SECOND, levels[i], levels[i + 1], each, -(first + i)) for i in range(60)]
        self._seconds[minute] = rows
        return rows

    def _row(self, opened: int, begin: float, end: float, sigma: float, k: int) -> Ohlc:
        """A candle from *begin* to *end*, its extremes those of a Brownian bridge of deviation *sigma*."""
        gap = (end - begin) * (end - begin)
        up = sqrt(gap - 2.0 * sigma * sigma * log(uniform(self._extremes, 2 * k)))
        down = sqrt(gap - 2.0 * sigma * sigma * log(uniform(self._extremes, 2 * k + 1)))
        total = begin + end
        prices = [published(level, self.settings) for level in (begin, 0.5 * (total + up), 0.5 * (total - down), end)]
        return opened, prices[0], max(prices), min(prices), prices[3]


Kept = TypeVar("Kept")


def remember(rows: dict[int, Kept], key: int, value: Kept, most: int) -> None:
    """Keep *value*, letting the oldest go where there would be more than *most*: what is let go can be made again."""
    while len(rows) >= most:
        del rows[next(iter(rows))]
    rows[key] = value


def bridge(begin: float, end: float, moves: list[float], sigmas: list[float]) -> list[float]:
    """The levels *moves* lead through, bent so that they lead from *begin* to *end* exactly.

    What is missing is shared out by variance, which is what conditioning a Gaussian walk on its end does.
    """
    total = variance = 0.0
    for move, sigma in zip(moves, sigmas, strict=True):
        total += move
        variance += sigma * sigma
    missing = end - begin - total
    levels = [begin]
    for move, sigma in zip(moves, sigmas, strict=True):
        levels.append(levels[-1] + move + missing * sigma * sigma / variance)
    levels[-1] = end
    return levels


def joined(rows: list[Ohlc]) -> Ohlc:
    """One candle of several that follow each other."""
    return (
        rows[0][0], rows[0][1], max(row[2] for row in rows), min(row[3] for row in rows), rows[-1][4],
    )  # fmt: skip


@lru_cache(maxsize=8)
def index_past(settings: IndexSettings, seed: int, start: int, span: int) -> IndexPast:
    """The past of one index; one object for all who ask, as they would make the same rows."""
    return IndexPast(settings, seed, start, span)


def describe(settings: IndexSettings, seed: int, start: Nanos, span: Nanos) -> DescribeHistory:
    """The command that writes down from what the past of one index is made."""
    digest = index_past(settings, seed, start, span).digest()
    return DescribeHistory(settings.name, seed, MODEL, span, settings.price, digest)


def past_of(settings: IndexSettings, described: HistoryDescribed, start: Nanos) -> IndexPast:
    """The past a description speaks of."""
    return index_past(replace(settings, price=described.join), described.seed, start, described.span)
