"""Exact decimal text, both ways. Binance prints money as strings with a fixed number of decimals.

What a client sends must match `NUMBER_PATTERN` (the pattern the venue itself shows in its -1100 text) and have no more
decimals than the asset has (-1111) or fit into 64 bits at eight of them (-1108); nothing is ever rounded on the way in.
"""

from typing import Final

from simexchange.dialects.decimals import (
    LARGEST,
    NotANumber,
    Overflowed,
    TooPrecise,
    decimals_of,
    parse_decimal,
    parse_integer,
    print_decimal,
    print_fixed,
    print_plain,
)

NUMBER_PATTERN: Final = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
INTEGER_PATTERN: Final = r"^[0-9]{1,20}$"

__all__ = [
    "INTEGER_PATTERN",
    "LARGEST",
    "NUMBER_PATTERN",
    "NotANumber",
    "Overflowed",
    "TooPrecise",
    "decimals_of",
    "parse_decimal",
    "parse_integer",
    "print_decimal",
    "print_fixed",
    "print_plain",
]
