"""A crypto exchange on your own machine.

Commands go in, events come out, everything else is a fold or a translation.
"""

__version__ = "0.1.0"

from simexchange.settings.ccxt import ccxt_config
from simexchange.settings.later import __getattr__ as __getattr__

__all__ = ["Run", "__version__", "ccxt_config"]
