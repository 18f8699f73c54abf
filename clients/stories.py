"""What the stories of all products are told with: calls by the venue's own names, and somebody who moves the price."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from clients.exchange import Exchange
from clients.proof import money, shown

Json = dict[str, Any]
MOVED = ("immediately", "relationship of the prices", "liquidity is too low", "No depth matches")
"""Words of refusals that a price has moved between looking and placing, or that the book is thin for a moment."""


class Desk:
    """One client's calls, by the venue's name of each: ``desk("POST order", symbol=…)`` answers what JSON would hold.

    A client that has no call of that name is not asked; what it lacks is told at the end.
    """

    def __init__(self, client: str, calls: Mapping[str, Callable[..., Any]], cannot: Collection[str] = ()) -> None:
        """*cannot*: parameters that the client does not let through."""
        self.client = client
        self._calls = calls
        self.cannot = cannot
        self.lacks: set[str] = set()
        self.asked: dict[str, int] = {}
        """Call → how often it was made."""

    def has(self, call: str) -> bool:
        """Whether the client can be asked for *call*."""
        if call not in self._calls:
            self.lacks.add(call)
        return call in self._calls

    def __call__(self, call: str, **params: Any) -> Any:
        self.asked[call] = self.asked.get(call, 0) + 1
        return self._calls[call](**params)

    def told(self) -> None:
        """Say what the story could not ask of this client."""
        if self.lacks:
            shown(f"{self.client} has no call for: {', '.join(sorted(self.lacks))}")


class Mover:
    """The other account, without any client: it trades so that prices move."""

    def __init__(self, exchange: Exchange, name: str = "bob") -> None:
        self._exchange = exchange
        self._key, self._secret = exchange.keys(name)

    def ask(self, method: str, path: str, **params: Any) -> Any:
        """A signed call. A refusal of the venue is raised as OSError with its text."""
        query = urllib.parse.urlencode({**params, "timestamp": int(time.time() * 1000), "recvWindow": 60_000})
        signature = hmac.new(self._secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self._exchange.url}{path}?{query}&signature={signature}",
            method=method,
            headers={"X-MBX-APIKEY": self._key},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise OSError(error.read().decode()) from None

    def push(self, path: str, symbol: str, side: str, qty: str, until: Callable[[], Any], *, most: int = 150) -> Any:
        """Market orders of *qty* until *until* answers something true, which is returned."""
        for _ in range(most):
            self.ask("POST", path, symbol=symbol, side=side, type="MARKET", quantity=qty)
            if answer := until():
                return answer
        raise AssertionError(f"{symbol} did not go where it was pushed: {most} × {side} {qty}")


def again(attempt: Callable[[], Json]) -> Json:
    """What *attempt* answers; it is made anew where the price moved between looking and placing."""
    for _ in range(20):
        try:
            return attempt()
        except Exception as error:
            if not any(words in str(error) for words in MOVED):
                raise
            time.sleep(0.3)
    return attempt()


def near(price: Any, percent: str, tick: str) -> str:
    """*price* and *percent* of it, on the tick."""
    wanted = money(price) * (100 + Decimal(percent)) / 100
    return str((wanted / Decimal(tick)).to_integral_value() * Decimal(tick))
