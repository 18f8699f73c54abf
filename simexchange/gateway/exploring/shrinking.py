"""The fewest steps that still fail: delta debugging, each trial a run of the test.

Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28 (2002): leave out ever smaller
parts; what is left at the end fails, and without any one of its elements it does not.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def shrink(found: Sequence[T], fails: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    """A subsequence of *found* that *fails* and that fails no more without any one of its elements.

    *found* itself fails, which is not asked again.

    >>> shrink("abcdefgh", lambda left: "b" in left and "g" in left)
    ('b', 'g')
    """
    left, parts = tuple(found), 2
    while len(left) > 1:
        size = -(-len(left) // parts)
        for start in range(0, len(left), size):
            less = left[:start] + left[start + size :]
            if less and fails(less):
                left, parts = less, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(2 * parts, len(left))
    return left
