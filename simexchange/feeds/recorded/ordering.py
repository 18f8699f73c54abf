"""Putting a tape into the order of the venue's own clock, without reading it whole.

Frames of several streams arrive in the order the network liked: in the recordings we have, up to 166 ms late.
"""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from simexchange.core.vocabulary.units import SECOND
from simexchange.feeds.recorded.items import RANKS, Diff, Item, Snapshot

WINDOW = 2 * SECOND
"""How late an item may be and still find its place."""


class Sorter:
    """Items by (exchange time, rank, line). Holds what lies within WINDOW of the newest item, no more."""

    def __init__(self) -> None:
        self.late = 0
        """Items that came too late for their place; they are played as soon as they are seen."""
        self._heap: list[tuple[int, int, int, Item]] = []

    def sort(self, items: Iterable[tuple[int, Item]]) -> Iterator[tuple[int, Item]]:
        """(exchange time, item) in order, from (line, item). A time never goes back."""
        heap = self._heap
        newest = given = 0
        for line, item in items:
            at = self._place(item, newest) if type(item) is Snapshot else item.at
            newest = max(newest, at)
            if at < given:
                self.late += 1
                at = given
            heappush(heap, (at, RANKS[type(item)], line, item))
            while heap[0][0] <= newest - WINDOW:
                given, _, _, first = heappop(heap)
                yield given, first
        while heap:
            given, _, _, first = heappop(heap)
            yield given, first

    def _place(self, snapshot: Snapshot, newest: int) -> int:
        """When a snapshot is due: before the first update it does not contain.

        It was asked for over another connection and, on spot, bears no time; updates after it may have come first.
        """
        at = snapshot.at or newest
        for due, _, _, item in self._heap:
            if type(item) is Diff and item.last > snapshot.last and due < at:
                at = due
        return at
