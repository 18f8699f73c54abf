"""The exchange for your own tests: context manager, decorator, start and stop, unittest, and a pytest plugin.

::

    from simexchange.testing import exchange, running

    with running(scenario="calm") as ex:          # served on a port of its own
        bot = MyBot(ex.url, *ex.credentials())

    @exchange(scenario="flash_crash")
    def test_my_bot(ex): ...
"""

from typing import TYPE_CHECKING

from simexchange.lazily import lazily

if TYPE_CHECKING:
    from simexchange.testing.accounts import Refused
    from simexchange.testing.inprocess import LocalExchange
    from simexchange.testing.served import ServedExchange
    from simexchange.testing.styles import ExchangeCase, exchange, local, running, server

__all__ = ["ExchangeCase", "LocalExchange", "Refused", "ServedExchange", "exchange", "local", "running", "server"]

# The pytest plugin is in this package, and pytest imports it for everybody: nothing is loaded before it is used.
__getattr__ = lazily(
    __name__,
    {
        "ExchangeCase": "simexchange.testing.styles",
        "LocalExchange": "simexchange.testing.inprocess",
        "Refused": "simexchange.testing.accounts",
        "ServedExchange": "simexchange.testing.served",
        "exchange": "simexchange.testing.styles",
        "local": "simexchange.testing.styles",
        "running": "simexchange.testing.styles",
        "server": "simexchange.testing.styles",
    },
)
