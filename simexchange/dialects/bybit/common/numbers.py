"""Exact decimal text, both ways. Bybit prints numbers as strings, prices and quantities as their market's steps go.

A client may write a number with or without trailing zeros; nothing is ever rounded on the way in. Empty text stands for
"none" both ways.
"""

from simexchange.dialects.decimals import (
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

__all__ = [
    "NotANumber",
    "Overflowed",
    "TooPrecise",
    "decimals_of",
    "parse_decimal",
    "parse_integer",
    "print_decimal",
    "print_fixed",
    "print_or_empty",
    "print_plain",
]


def print_or_empty(value: int) -> str:
    """*value* without trailing zeros; nothing where there is none."""
    return print_plain(value) if value else ""
