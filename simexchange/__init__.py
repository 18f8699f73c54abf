"""A crypto exchange on your own machine.

Commands go in, events come out, everything else is a fold or a translation.
"""

from typing import TYPE_CHECKING

from simexchange.lazily import lazily

if TYPE_CHECKING:
    from simexchange.eventlog.runs import Run
    from simexchange.settings.ccxt import ccxt_config

__version__ = "0.1.0"

__all__ = ["Run", "__version__", "ccxt_config"]

# Settings for a client need no engine; and whoever has this package in an environment, and so its pytest plugin,
# imports it at every start of pytest.
__getattr__ = lazily(__name__, {"Run": "simexchange.eventlog.runs", "ccxt_config": "simexchange.settings.ccxt"})
