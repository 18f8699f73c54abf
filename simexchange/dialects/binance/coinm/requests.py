"""What a COIN-M client may send: as for USDⓈ-M, and a pair where that names a symbol."""

from typing import Final

from simexchange.dialects.binance.common.params import Param, anything
from simexchange.dialects.binance.usdm.requests import SYMBOL

NEEDED: Final = SYMBOL.needed()
ANY_PAIR: Final = Param("pair", anything)
"""Tickers of every contract of a pair."""

__all__ = ["ANY_PAIR", "NEEDED", "SYMBOL"]
