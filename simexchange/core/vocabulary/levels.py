"""Price levels as the log keeps them: a tape's frame carries up to hundreds, so they are the bulk of a replay's log.

Whole units and differences instead of full prices make a frame a quarter as long: ``60000.10 × 0.5, 60000.00 × 2``
is ``[10000000, 50000000, [600001, 1, -1, 4]]``. Nothing is lost, and no market table is needed to read it.
"""

from collections.abc import Iterable, Iterator
from math import gcd
from typing import Final

import msgspec


class Levels(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """(price, size) pairs in 10**-8, in the order given. Iterating gives the pairs; a price stands at most once."""

    price_unit: int
    """The greatest common divisor of the prices."""
    size_unit: int
    """The greatest common divisor of the sizes."""
    steps: tuple[int, ...]
    """Price minus the price before (in price units), size (in size units), and so on by turns."""

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> "Levels":
        """*pairs* as they are kept."""
        given = tuple(pairs)
        if not given:
            return NO_LEVELS
        prices, sizes = zip(*given, strict=True)
        price_unit = gcd(*prices) or 1
        size_unit = gcd(*sizes) or 1
        steps: list[int] = []
        before = 0
        for price, size in given:
            whole = price // price_unit
            steps.append(whole - before)
            steps.append(size // size_unit)
            before = whole
        return cls(price_unit, size_unit, tuple(steps))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        steps, price_unit, size_unit = iter(self.steps), self.price_unit, self.size_unit
        price = 0
        for step, size in zip(steps, steps, strict=True):
            price += step * price_unit
            yield price, size * size_unit

    def __len__(self) -> int:
        return len(self.steps) // 2


NO_LEVELS: Final = Levels(1, 1, ())
