"""Ids outside and inside. Inside everything has a number; Bybit shows UUIDs, and long numbers for spot orders.

Each is made of the number by a rule that goes both ways, so nothing has to be remembered and a replay shows the same
ids. The rule spreads neighbours apart, for nobody to count on their order.
"""

from typing import Final

_MASK: Final = (1 << 64) - 1
_SPREAD: Final = 0x9E3779B97F4A7C15
"""Odd, so that multiplying by it modulo 2**64 can be undone."""
_GATHER: Final = pow(_SPREAD, -1, 1 << 64)
_SPOT_FROM: Final = 1_000_000_000_000_000_000
"""Spot orders are numbers of nineteen digits."""
_SPOT_MOST: Final = 8 * _SPOT_FROM


def order_id(number: int, *, spot: bool) -> str:
    """What an order is called outside.

    >>> order_id(7, spot=True)
    '1000000000000000007'
    """
    return str(_SPOT_FROM + number) if spot else uuid_of(number, "8a")


def order_number(text: str) -> int | None:
    """The number of the order that is called *text*; None where none could be.

    >>> order_number(order_id(7, spot=False))
    7
    """
    if text.isascii() and text.isdecimal() and len(text) == 19:
        number = int(text) - _SPOT_FROM
        return number if 0 < number < _SPOT_MOST else None
    return number_of(text, "8a")


def uuid_of(number: int, kind: str) -> str:
    """A UUID made of *number*; *kind*: two hex digits that tell ids of different things apart."""
    spread = f"{number * _SPREAD & _MASK:016x}"
    check = f"{(number * _GATHER ^ int(kind, 16)) & 0xFFFFFFFFFFFF:012x}"
    return f"{spread[:8]}-{spread[8:12]}-4{spread[12:15]}-{kind}{spread[15]}{check[0]}-{check}"


def number_of(text: str, kind: str) -> int | None:
    """The number that `uuid_of` made *text* of; None where it did not."""
    parts = text.lower().split("-")
    if [len(part) for part in parts] != [8, 4, 4, 4, 12]:
        return None
    try:
        spread = int(parts[0] + parts[1] + parts[2][1:] + parts[3][2], 16)
    except ValueError:
        return None
    number = spread * _GATHER & _MASK
    return number if uuid_of(number, kind) == text.lower() else None


def execution_id(market: int, trade: int) -> str:
    """What a trade is called, to everybody and to its two owners. *trade* is its number in *market*."""
    return uuid_of(market << 44 | trade, "5a")


def nameless_id(account: int, market: int, number: int) -> str:
    """The same of a fill off the tape, which no trade of the market is; *number*: which such one of its owner it is."""
    return uuid_of(account << 44 | market << 24 | number, "5e")


def funding_id(account: int, number: int) -> str:
    """What a payment of funding is called as an execution; *number*: which one of its account's it was."""
    return uuid_of(account << 44 | number, "5b")


def delivery_id(account: int, number: int) -> str:
    """The same of a delivery."""
    return uuid_of(account << 44 | number, "5c")
