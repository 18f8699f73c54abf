"""One client of ccxt, driven the same way whether its methods block or are awaited."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import ccxt

from clients.proof import same, shown

Row = tuple[str, tuple[Any, ...], Callable[[Any], bool]]


class Desk:
    """Methods by the names ``has`` gives them; which were called is remembered."""

    def __init__(self, client: Any, runner: asyncio.Runner | None, called: set[str]) -> None:
        self.client = client
        self.runner = runner
        self.called = called

    def __call__(self, name: str, *given: Any, **named: Any) -> Any:
        self.called.add(name)
        made = getattr(self.client, name)(*given, **named)
        return made if self.runner is None else self.runner.run(_finished(made))

    def table(self, what: str, rows: Iterable[Row]) -> None:
        """Call every row's method; what it answers must please the row."""
        count = 0
        for name, given, pleases in rows:
            answer = self(name, *given)
            if not pleases(answer):
                raise AssertionError(f"{name}{given}: {answer!r}")
            count += 1
        shown(f"{count} calls of {what}")

    def price(self, symbol: str, percent: float = 0.0) -> float:
        """The last price, so many percent away, on the tick."""
        last = self("fetchTicker", symbol)["last"]
        return float(self.client.price_to_precision(symbol, last * (1 + percent / 100)))


async def _finished(made: Any) -> Any:
    return await made


def raises(what: str, call: Callable[[], Any], kind: str) -> None:
    """*call* must raise ccxt's exception of that name."""
    try:
        answer = call()
    except ccxt.BaseError as error:
        same(what, type(error).__name__, kind)
        return
    raise AssertionError(f"{what}: answered {answer!r}, not refused as {kind}")


class Mover:
    """Somebody else, who trades until something has happened."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def push(self, symbol: str, side: str, amount: float, until: Callable[[], Any], *, most: int = 80) -> Any:
        """Market orders of *amount* until *until* answers something true, which is returned.

        They grow: the market recovers by wall time, and a busy machine leaves it more of that between two of them.
        """
        for count in range(most):
            self._client.create_order(symbol, "market", side, amount * (1 + count // 20))
            if answer := until():
                return answer
            time.sleep(0.05)
        raise AssertionError(f"{symbol} did not go where it was pushed: {most} × {side} {amount}")
