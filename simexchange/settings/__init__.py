"""Ready-made settings for clients: every URL of theirs, pointed here."""

from simexchange.settings.ccxt import ccxt_config
from simexchange.settings.environment import environment
from simexchange.settings.pybit import pybit_addresses, pybit_lines
from simexchange.settings.python_binance import python_binance_lines

__all__ = ["ccxt_config", "environment", "pybit_addresses", "pybit_lines", "python_binance_lines"]
