"""Topics of what stands between losses and people in profit: ``insurance.USDT`` and ``adlAlert.USDT``.

"Insurance Pool" and "ADL Alert" (docs/v5/websocket/public, snapshot 2026-07-24, seen 2026-11). The venue is silent
about pools that stand behind several contracts. Here one fund stands behind all contracts of a coin, and it is told of
all the same: nothing else could be heard.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.symbols import INVERSE, LINEAR, listed, symbol_of
from simexchange.dialects.bybit.common.timestamps import millis, text
from simexchange.dialects.bybit.v5.bookstreams import Stream
from simexchange.dialects.bybit.v5.responses import Json, encode
from simexchange.dialects.bybit.v5.statistics import WHOLE_POOL

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.projections.views import Views

EVERY: Final = Nanos(SECOND)
COINS: Final = ("USDT", "USDC")
"""What linear contracts settle in."""


def contracts(state: "ExchangeState", group: str, category: str) -> "list[MarketState] | None":
    """The contracts a topic is about, ``insurance.{group}``; None where *category* has no such group."""
    if category == INVERSE:
        return list(listed(state, INVERSE)) if group == "inverse" else None
    if category != LINEAR or group not in COINS:
        return None
    return [market for market in listed(state, LINEAR) if market.spec.settle == group]


class Pools(Stream):
    """What the fund has: whole for who comes, then the coins of which it has more or less."""

    def __init__(self, name: str, group: str, category: str, state: "ExchangeState") -> None:
        super().__init__(name, EVERY)
        self._group = group
        self._category = category
        self._state = state
        self._told: dict[str, int] = {}

    def opening(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        """What was told so far."""
        self._told = self._told or self._balances(views)
        return (self._payload("snapshot", at, self._told),)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        before, self._told = self._told, self._balances(views)
        changed = {coin: balance for coin, balance in self._told.items() if before.get(coin) != balance}
        return (self._payload("delta", at, changed),) if changed else ()

    def _markets(self) -> "list[MarketState]":
        return contracts(self._state, self._group, self._category) or []

    def _balances(self, views: "Views") -> dict[str, int]:
        coins = dict.fromkeys(market.spec.settle for market in self._markets())
        return {coin: views.insurance.balance(coin) for coin in coins}

    def _payload(self, kind: str, at: Nanos, balances: dict[str, int]) -> bytes:
        markets = self._markets()
        rows = [
            {
                "coin": coin,
                "symbols": ",".join(symbol_of(market.spec) for market in markets if market.spec.settle == coin),
                "balance": print_plain(balance),
                "updateTime": text(at),
            }
            for coin, balance in balances.items()
        ]
        return encode({"topic": self.name, "type": kind, "ts": millis(at), "data": rows})


class Alerts(Stream):
    """Each second, of each contract: the fund, and thresholds that are never met, for drawdowns reduce nobody here."""

    def __init__(self, name: str, group: str, category: str, state: "ExchangeState") -> None:
        super().__init__(name, EVERY)
        self._group = group
        self._category = category
        self._state = state

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        markets = contracts(self._state, self._group, self._category) or []
        rows = [_alert(market, views) for market in markets]
        return (encode({"topic": self.name, "type": "snapshot", "ts": millis(at), "data": rows}),) if rows else ()


def _alert(market: "MarketState", views: "Views") -> Json:
    return {
        "c": market.spec.settle,
        "s": symbol_of(market.spec),
        "b": print_plain(views.insurance.balance(market.spec.settle)),
        "mb": "",
        "i_pr": WHOLE_POOL,
        "pr": "0",
        "adl_tt": "0",
        "adl_sr": WHOLE_POOL,
    }
