"""What a tape is made of, whatever file it came from. Times are ns of the venue's own clock, numbers are 10**-8."""

from enum import IntEnum
from functools import lru_cache
from typing import Final

import msgspec

from simexchange.core.vocabulary.orders import Side
from simexchange.errors import ConfigError

PLACES: Final = 8


class TapeUnreadable(ConfigError):
    """A recording cannot be played: the text names the file, the line where it is known, and what is wrong."""


class Product(IntEnum):
    """Which of the venue's products a tape is of. It decides how diffs follow a snapshot."""

    SPOT = 1
    USDM = 2
    COINM = 3


class Rank(IntEnum):
    """What goes first among items of one instant (replay rule 1: trade, best price, depth)."""

    PRINT = 0
    TOUCH = 1
    SNAPSHOT = 2
    """Before the diffs that build on it."""
    DIFF = 3
    MARK = 4


class Diff(msgspec.Struct, frozen=True, gc=False):
    """One depth update: absolute sizes per price, 0 removes. It spans update ids *first* to *last*."""

    at: int
    first: int
    last: int
    previous: int
    """Futures: the last id of the update before; −1 on spot, where ids follow one another."""
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """A whole book as it stood after update *last*."""

    at: int
    last: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


class Print(msgspec.Struct, frozen=True, gc=False):
    """One public trade."""

    at: int
    id: int
    price: int
    qty: int
    aggressor: Side


class Touch(msgspec.Struct, frozen=True, gc=False):
    """The best bid and ask after update *last*."""

    at: int
    last: int
    bid: int
    bid_size: int
    ask: int
    ask_size: int


class MarkSample(msgspec.Struct, frozen=True, gc=False):
    """What the venue said its mark and index prices were."""

    at: int
    mark: int
    index: int


Item = Diff | Snapshot | Print | Touch | MarkSample

RANKS: Final[dict[type, Rank]] = {
    Print: Rank.PRINT,
    Touch: Rank.TOUCH,
    Snapshot: Rank.SNAPSHOT,
    Diff: Rank.DIFF,
    MarkSample: Rank.MARK,
}


@lru_cache(maxsize=1 << 16)
def units(text: str) -> int:
    """Decimal *text* in units of 10**-8, exactly. Cached: a book says the same numbers over and over.

    Raises TapeUnreadable if it is no plain decimal, or has more than eight places that mean something.

    >>> units("61837.64000000"), units("0.001"), units("12")
    (6183764000000, 100000, 1200000000)
    """
    whole, _, fraction = text.partition(".")
    if len(fraction) > PLACES:
        fraction = fraction[:PLACES] + fraction[PLACES:].rstrip("0")
    digits = whole + fraction.ljust(PLACES, "0")
    if not whole or len(fraction) > PLACES or not (digits.isascii() and digits.isdecimal()):
        raise TapeUnreadable(f"{text!r} is no decimal number of at most {PLACES} places")
    return int(digits)
