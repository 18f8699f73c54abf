"""The markets of COIN-M: all inverse contracts, traded or kept as market data only."""

from typing import Final

from simexchange.dialects.binance.common.symbols import COINM
from simexchange.dialects.binance.usdm.symbols import Contracts

CONTRACTS: Final = Contracts(COINM, traded=False)
find = CONTRACTS.find
listed = CONTRACTS.listed
