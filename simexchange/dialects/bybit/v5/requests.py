"""Parameters that many calls have, as rows of their tables."""

from typing import Final

from simexchange.dialects.bybit.common import errors
from simexchange.dialects.bybit.common.params import Param, anything, integer, one_of, text
from simexchange.dialects.bybit.common.symbols import CATEGORIES, OPTION

CATEGORY: Final = Param("category", one_of((*CATEGORIES, OPTION), errors.BAD_CATEGORY), required=True)
CONTRACTS: Final = Param("category", one_of(("linear", "inverse", OPTION), errors.BAD_CATEGORY), required=True)
SYMBOL: Final = Param("symbol", text(r"[A-Z0-9-]{1,40}", errors.BAD_SYMBOL))
CURSOR: Final = Param("cursor", anything)
STAMP: Final = integer(0, 2**63 // 1_000_000)
"""Milliseconds that fit into nanoseconds of 64 bits."""


def limit(most: int) -> Param:
    """How many rows are asked for."""
    return Param("limit", integer(1, most))
