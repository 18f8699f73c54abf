"""ccxt's own class for Bybit, of any kind, on one served exchange: what its tests share."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from tests.clients.desk import MODULES, Desk, at_work
from tests.clients.served import Served

SYMBOLS: Final = {"spot": "BTC/USDT", "linear": "BTC/USDT:USDT", "inverse": "BTC/USD:BTC"}
QTY: Final = {"spot": 0.01, "linear": 0.02, "inverse": 1000}
"""Of one order; of an inverse contract in dollars."""
SETTLED: Final = {"spot": "USDT", "linear": "USDT", "inverse": "BTC"}
TRADERS: Final = ("alice", "carol", "dave", "erin")
OPTIONS: Final = (
    "--seed", "5", "--history", "2h",
    *(word for name in TRADERS for word in ("--account", f"{name}@bybit:USDT=1000000,BTC=10")),
    "--account", "bob:USDT=10000000,BTC=100",
)  # fmt: skip


@contextmanager
def bybit(served: Served, kind: str, name: str, **options: Any) -> Iterator[Desk]:
    """A desk with its markets loaded; *kind*: ``sync``, ``async`` or ``pro``."""
    client = import_module(MODULES[kind]).bybit({**served.config("bybit", name), **options})
    with at_work(client, kind) as desk:
        yield desk


def near(desk: Desk, symbol: str, percent: float) -> float:
    """The last price and *percent* of it, on the tick."""
    last = desk("fetch_ticker", symbol)["last"]
    return float(desk.client.price_to_precision(symbol, last * (1 + percent / 100)))
