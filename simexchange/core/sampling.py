"""Averages over samples on the one-second grid of exchange time, in closed form between changes.

A value stands until the next one comes, so a stretch of samples is one product: nothing is kept, and nothing is
written, per sample. Seconds are whole seconds since 1970.
"""

from __future__ import annotations

from collections import deque

from simexchange.core.vocabulary.units import SECOND, div_zero


class MovingAverage:
    """The mean of the last so many seconds of a value, one sample a second; the last word in a second is its sample.

    Until the window is full the mean is over what there is. Kept as runs of equal samples: a sample costs what it
    pushes out, however long the window is.
    """

    __slots__ = ("first", "last", "runs", "total")

    def __init__(self) -> None:
        self.runs: deque[tuple[int, int]] = deque()
        """(second, value): from that second on, until the next run's."""
        self.first = 0
        """The second of the oldest sample that counts."""
        self.last = 0
        """The second of the newest."""
        self.total = 0
        """The sum of all of them."""

    def add(self, second: int, value: int, window: int) -> None:
        """At *second* the value is *value*; of what there is now, *window* seconds count."""
        runs = self.runs
        if not runs:
            runs.append((second, value))
            self.first = self.last = second
            self.total = value
            return
        standing = runs[-1][1]
        self.total += standing * (second - self.last) + value - standing
        if second == runs[-1][0]:
            runs[-1] = (second, value)
        elif value != standing:
            runs.append((second, value))
        self.last = second
        oldest = second - window + 1
        while self.first < oldest:
            until = min(oldest, runs[1][0] if len(runs) > 1 else oldest)
            self.total -= runs[0][1] * (until - self.first)
            self.first = until
            if len(runs) > 1 and until == runs[1][0]:
                runs.popleft()

    def with_sample(self, second: int, value: int, window: int) -> int:
        """What the mean would be, toward zero, if the value of *second* were *value*."""
        runs = self.runs
        if not runs:
            return value
        standing = runs[-1][1]
        total = self.total + standing * (second - self.last) + value - standing
        first, oldest, following = self.first, second - window + 1, 1
        while first < oldest:
            until = oldest
            if following < len(runs):
                until = min(oldest, runs[following][0])
            # The sample of *second* itself always counts, so what is pushed out stood before it.
            total -= runs[following - 1][1] * (until - first)
            first = until
            following += 1
        return div_zero(total, second - first + 1)


class SettlementAverage:
    """The mean of an index over the last while before an expiry, one sample a second.

    The samples are taken at the window's start and at each whole second after it, the last one a second before the
    window's end: 1,800 of them in thirty minutes. (Binance since 2024-11-11; 3,600 in sixty minutes before.)
    """

    __slots__ = ("count", "end", "price", "start", "total")

    def __init__(self, start: int, end: int, price: int) -> None:
        self.start = start
        self.end = end
        self.price = price
        """What the index stands at since the last change."""
        self.count = 0
        """How many samples are in the sum: those before the last change."""
        self.total = 0

    def add(self, at: int, price: int) -> None:
        """The index is *price* from *at* on; the samples before *at* had the old one."""
        taken = self._taken(at - 1)
        self.total += (taken - self.count) * self.price
        self.count = taken
        self.price = price

    def sums(self, at: int) -> tuple[int, int]:
        """The sum of the samples up to and with *at*, and how many they are."""
        taken = self._taken(at)
        return self.total + (taken - self.count) * self.price, taken

    def value(self, at: int) -> int:
        """Their mean, toward zero; before the first sample, the index."""
        total, count = self.sums(at)
        return div_zero(total, count) if count else self.price

    def _taken(self, at: int) -> int:
        """How many samples there are up to and with *at*."""
        if at < self.start:
            return self.count
        return (min(at, self.end - SECOND) - self.start) // SECOND + 1


__all__ = ["MovingAverage", "SettlementAverage"]
