"""Orders that follow a price to its extreme and wake when it has come back from there, each by a distance of its own.

Orders with one extreme stand in one group, so a price that goes on moving costs the same for one order as for a
hundred thousand: their common extreme is one number. The groups are a stack whose top is the one nearest the price;
a new extreme swallows the groups it has passed, the smaller into the larger. Only the top's extreme ever moves, so
the other groups stand in an index of the prices at which they wake.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

from sortedcontainers import SortedList

from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simexchange.core.vocabulary.ids import OrderId

Woken = tuple[int, "OrderId"]
"""When an order wakes among those one price wakes: what is reached first is lowest; then the older order."""


class Group:
    """Orders with one extreme, the nearest to waking first."""

    __slots__ = ("extreme", "members")

    def __init__(self, extreme: int) -> None:
        self.extreme = extreme
        self.members: SortedList[tuple[int, OrderId]] = SortedList()
        """(rate, order)."""


class Followers:
    """Orders that follow one price one way: *way* 1 follows the highest, −1 the lowest.

    How far each stays behind is a rate, or, *by_price*, a price; one kind in one set, so that the nearest is the first.

    Inside, prices are multiplied by *way*, so that every extreme is a highest one and orders wake as the price falls.
    """

    __slots__ = ("by_price", "groups", "marks", "of", "way")

    def __init__(self, way: int, *, by_price: bool = False) -> None:
        self.way = way
        self.by_price = by_price
        self.groups: list[Group] = []
        """Extremes falling; the last is the top."""
        self.of: dict[OrderId, Group] = {}
        self.marks: SortedList[tuple[int, int]] = SortedList()
        """(price × 10**8 at which the group's first order wakes, its extreme) of every group but the top."""

    def __iter__(self) -> Iterator[tuple[OrderId, int]]:
        """Each order with its extreme, as a price."""
        return ((order, group.extreme * self.way) for order, group in self.of.items())

    def reach(self, extreme: int, rate: int) -> int:
        """Where an order wakes: extreme × (1 ∓ rate), at 10**-16; by price extreme ∓ that."""
        if self.by_price:
            return (extreme - rate) * ONE
        return extreme * (ONE - self.way * rate)

    def follow(self, order: OrderId, rate: int, price: int) -> None:
        """Begin to follow at *price*. O(log n)."""
        extreme, groups = price * self.way, self.groups
        if not groups or extreme < groups[-1].extreme:
            if groups:
                self._mark(groups[-1])
            group = Group(extreme)
            groups.append(group)
        else:
            at = bisect_left(groups, -extreme, key=_minus_extreme)
            group = groups[at]
            if group.extreme != extreme:
                group = Group(extreme)
                groups.insert(at, group)
            elif at < len(groups) - 1:
                self._unmark(group)
            if at < len(groups) - 1:
                group.members.add((rate, order))
                self.of[order] = group
                self._mark(group)
                return
        group.members.add((rate, order))
        self.of[order] = group

    def leave(self, order: OrderId, rate: int) -> None:
        """Follow no more. O(log n)."""
        group = self.of.pop(order)
        top = group is self.groups[-1]
        if not top:
            self._unmark(group)
        group.members.remove((rate, order))
        if not group.members:
            self._drop(group)
        elif not top:
            self._mark(group)

    def advance(self, price: int) -> None:
        """The price is now *price*: a new extreme for whoever it is one for. Amortised O(1)."""
        price *= self.way
        groups = self.groups
        if not groups or price <= groups[-1].extreme:
            return
        merged = groups.pop()
        while groups and groups[-1].extreme <= price:
            other = groups.pop()
            self._unmark(other)
            if len(other.members) > len(merged.members):
                merged, other = other, merged
            merged.members.update(other.members)
            for _, order in other.members:
                self.of[order] = merged
        merged.extreme = price
        groups.append(merged)

    def take(self, price: int) -> list[Woken]:
        """Take out the orders that *price* wakes (equality wakes). O(1) where there are none."""
        found: list[Woken] = []
        if not self.groups:
            return found
        scaled = price * self.way * ONE
        while self.marks and self.marks[-1][0] >= scaled:
            extreme = self.marks[-1][1]
            group = self.groups[bisect_left(self.groups, -extreme, key=_minus_extreme)]
            self._unmark(group)
            self._take_of(group, scaled, found)
            if group.members:
                self._mark(group)
        # The top last: where it goes, the group below it has been asked already.
        if self.groups:
            self._take_of(self.groups[-1], scaled, found)
        return found

    def fault(self, price: int) -> str | None:
        """What is wrong in here while the price is *price* (0: unknown), in words; None where all is well."""
        groups = self.groups
        if any(after.extreme >= before.extreme for before, after in pairwise(groups)):
            return "the extremes do not fall"
        counted = {order: group for group in groups for _, order in group.members}
        if counted != self.of or len(counted) != sum(len(group.members) for group in groups):
            return "an order does not stand in the group it is said to"
        if list(self.marks) != sorted((self.reach(g.extreme, g.members[0][0]), g.extreme) for g in groups[:-1]):
            return "the index is not what the groups say"
        if not price:
            return None
        price *= self.way
        if groups and groups[-1].extreme < price:
            return "the price is beyond the extreme"
        if any(self.reach(group.extreme, group.members[0][0]) >= price * ONE for group in groups):
            return "an order has been reached and follows still"
        return None

    def _take_of(self, group: Group, scaled: int, found: list[Woken]) -> None:
        members = group.members
        while members:
            rate, order = members[0]
            reach = self.reach(group.extreme, rate)
            if reach < scaled:
                return
            del members[0]
            del self.of[order]
            found.append((-reach, order))
        self._drop(group)

    def _drop(self, group: Group) -> None:
        """An empty group goes; the one below the top becomes the top."""
        groups = self.groups
        if groups[-1] is group:
            groups.pop()
            if groups:
                self._unmark(groups[-1])
        else:
            del groups[bisect_left(groups, -group.extreme, key=_minus_extreme)]

    def _mark(self, group: Group) -> None:
        self.marks.add((self.reach(group.extreme, group.members[0][0]), group.extreme))

    def _unmark(self, group: Group) -> None:
        self.marks.remove((self.reach(group.extreme, group.members[0][0]), group.extreme))


def _minus_extreme(group: Group) -> int:
    return -group.extreme


__all__ = ["Followers", "Group", "Woken"]
