"""One ccxt client of any kind, driven the same way whether its calls block or are awaited."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from typing import Any, Final

from tests.clients.served import Served

KINDS: Final = ("sync", "async", "pro")
MODULES: Final = {"sync": "ccxt", "async": "ccxt.async_support", "pro": "ccxt.pro"}
VENUES: Final = {"spot": "binance", "usdm": "binanceusdm"}
"""Product → the class that trades it, of those whose every number is compared with the log."""
CLASSES: Final = {**VENUES, "coinm": "binancecoinm"}
"""The same of all."""
SYMBOLS: Final = {"spot": "BTC/USDT", "usdm": "BTC/USDT:USDT"}


def unmodified(served: Served, kind: str, product: str, name: str, **options: Any) -> Any:
    """ccxt's own class for *product*, told nothing but where the exchange is and whose key it holds."""
    venue = CLASSES[product]
    return getattr(import_module(MODULES[kind]), venue)({**served.config(venue, name), **options})


class Desk:
    """Calls by name that answer at once."""

    def __init__(self, client: Any, runner: asyncio.Runner | None) -> None:
        self.client = client
        self._runner = runner

    def __call__(self, call: str, *arguments: Any, **options: Any) -> Any:
        made = getattr(self.client, call)(*arguments, **options)
        return made if self._runner is None else self._runner.run(made)


@contextmanager
def desk(served: Served, kind: str, product: str, name: str) -> Iterator[Desk]:
    """A desk with its markets loaded."""
    with at_work(unmodified(served, kind, product, name), kind) as desk:
        yield desk


@contextmanager
def at_work(client: Any, kind: str) -> Iterator[Desk]:
    """A desk of *client* with its markets loaded; the client is closed afterwards."""
    if kind == "sync":
        try:
            client.load_markets()
            yield Desk(client, None)
        finally:
            client.session.close()
        return
    with asyncio.Runner() as runner:
        try:
            runner.run(client.load_markets())
            yield Desk(client, runner)
        finally:
            runner.run(client.close())


@asynccontextmanager
async def streaming(served: Served, product: str, name: str, **options: Any) -> AsyncIterator[Any]:
    """A client of ccxt.pro with its markets loaded."""
    client = unmodified(served, "pro", product, name, **options)
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()
