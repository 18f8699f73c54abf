"""Exact decimal text, both ways: what a client sends, and what a venue prints. Units are 10**-8; nothing is rounded.

Which numbers are printed with how many decimals, and what is said to a number that is none, is each venue's own.
"""

import re
from functools import lru_cache
from typing import Final

from simexchange.core.vocabulary.units import ONE

_number = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,20}))?", re.ASCII).fullmatch
_integer = re.compile(r"[0-9]{1,20}", re.ASCII).fullmatch

LARGEST: Final = 2**63 - 1
"""Venues' numbers are 64-bit."""


class NotANumber(ValueError):
    """The text is no plain decimal number: digits, and a point with digits after it."""


class TooPrecise(ValueError):
    """The text has more decimals than allowed."""


class Overflowed(ValueError):
    """The number does not fit into 64 bits at eight decimals."""


@lru_cache(maxsize=4096)
def parse_decimal(text: str, decimals: int = 8) -> int:
    """*text* in units of 10**-8, exactly: "0.015" is 1_500_000. Remembered: it is judged first and read afterwards.

    Raises NotANumber, TooPrecise (zeros beyond *decimals* are no precision) or Overflowed.

    >>> parse_decimal("60000.10")
    6000010000000
    """
    match = _number(text)
    if match is None:
        raise NotANumber(text)
    whole, fraction = match.groups()
    if fraction is None:
        value = int(whole) * ONE
    else:
        if len(fraction) > decimals and fraction[decimals:].strip("0"):
            raise TooPrecise(text)
        value = int(whole) * ONE + int(fraction[:8].ljust(8, "0"))
    if value > LARGEST:
        raise Overflowed(text)
    return value


def parse_integer(text: str) -> int:
    """A whole number of at most 64 bits. Raises NotANumber or Overflowed."""
    if _integer(text) is None:
        raise NotANumber(text)
    value = int(text)
    if value > LARGEST:
        raise Overflowed(text)
    return value


def decimals_of(unit: int) -> int:
    """How many decimals a tick, step or precision of *unit* (in 10**-8) has: 0.01 has 2, 10 has 0."""
    decimals = 8
    while decimals and unit % 10 == 0:
        unit //= 10
        decimals -= 1
    return decimals


def print_decimal(value: int) -> str:
    """*value* with all eight decimals, "60000.10000000"."""
    if value > 0:
        return f"{value // ONE}.{value % ONE:08d}"
    return f"-{-value // ONE}.{-value % ONE:08d}" if value else "0.00000000"


def print_fixed(value: int, decimals: int) -> str:
    """*value* with exactly *decimals* places; what lies beyond is cut off toward zero.

    >>> print_fixed(6_000_010_000_000, 2)
    '60000.10'
    """
    text = print_decimal(value)
    return text[:-9] if decimals == 0 else text[: len(text) - 8 + decimals]


def print_plain(value: int) -> str:
    """*value* without trailing zeros: "0.001", "5"."""
    text = print_decimal(value).rstrip("0")
    return text[:-1] if text[-1] == "." else text
