"""Until when orders are good: the earliest first, at the price of a heap.

An order that ends earlier leaves its place in the heap behind; it is passed over when its turn comes, and the heap is
made anew when most of it is such places. So that nearly all orders, which end long before their time, cost next to
nothing.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simexchange.core.vocabulary.ids import OrderId

_SPARE = 64
"""So many left-over places are never worth the trouble."""


class Deadlines:
    """(instant, order), the earliest first, then the older order. Changed by state.py and its folds only."""

    __slots__ = ("_heap", "_live")

    def __init__(self, rows: Iterable[tuple[int, OrderId]] = ()) -> None:
        self._heap = list(rows)
        heapify(self._heap)
        self._live: dict[OrderId, int] = {order: at for at, order in self._heap}

    def add(self, at: int, order: OrderId) -> None:
        """*order* is good until *at*. It has no other deadline."""
        self._live[order] = at
        heappush(self._heap, (at, order))

    def drop(self, order: OrderId) -> None:
        """*order* ended, if it had a deadline at all."""
        if self._live.pop(order, None) is not None and len(self._heap) > 2 * len(self._live) + _SPARE:
            self._heap = [(at, order) for order, at in self._live.items()]
            heapify(self._heap)

    def first(self) -> tuple[int, OrderId] | None:
        """The earliest deadline and its order; None where there is none."""
        heap, live = self._heap, self._live
        while heap and live.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0] if heap else None

    def __iter__(self) -> Iterator[tuple[int, OrderId]]:
        return iter(sorted([(at, order) for order, at in self._live.items()]))
