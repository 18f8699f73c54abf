"""Topics of figures: ``tickers.BTCUSDT`` and ``priceLimit.BTCUSDT``.

"Ticker" and "Order Price Limit" (docs/v5/websocket/public, snapshot 2026-07-24, seen 2026-11). Rows are those of REST;
of contracts the first message has all fields, and each after it those that are others since the one before.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.ids import TradeId
from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.dialects.bybit.common.timestamps import millis
from simexchange.dialects.bybit.v5.bookstreams import Stream
from simexchange.dialects.bybit.v5.pricelimits import price_limits
from simexchange.dialects.bybit.v5.responses import Json, encode
from simexchange.dialects.bybit.v5.tickers import row_of
from simexchange.dialects.bybit.v5.tradestreams import Direction

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.projections.views import Views

TICKER_EVERY: Final = Nanos(100 * MILLISECOND)
SPOT_TICKER_EVERY: Final = Nanos(50 * MILLISECOND)
LIMITS_EVERY: Final = Nanos(300 * MILLISECOND)

SPOT_FIELDS: Final = (
    "symbol", "lastPrice", "highPrice24h", "lowPrice24h", "prevPrice24h", "volume24h", "turnover24h", "price24hPcnt",
    "usdIndexPrice",
)  # fmt: skip
DATED_FIELDS: Final = (
    "deliveryTime", "basisRate", "deliveryFeeRate", "predictedDeliveryPrice", "basis", "basisRateYear",
)  # fmt: skip
PERPETUAL_FIELDS: Final = ("fundingIntervalHour", "fundingCap", "preOpenPrice", "preQty", "curPreListingPhase")
"""What one kind of contract has and the other has not."""


class SpotTicker(Stream):
    """The day of a spot market: always whole, whenever anything of it changed."""

    def __init__(self, name: str, market: "MarketState", state: "ExchangeState") -> None:
        super().__init__(name, SPOT_TICKER_EVERY)
        self._market = market
        self._state = state
        self._told: Json = {}

    def opening(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        """The newest there is; who is here already hears nothing of it."""
        if not self._told:
            self._told = self._row(at, views)
        return (self._payload(at, views),)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        row = self._row(at, views)
        if row == self._told:
            return ()
        self._told = row
        return (self._payload(at, views),)

    def _row(self, at: Nanos, views: "Views") -> Json:
        row = row_of(self._market, self._state, views, at)
        return {name: row[name] for name in SPOT_FIELDS}

    def _payload(self, at: Nanos, views: "Views") -> bytes:
        told = {"topic": self.name, "ts": millis(at), "type": "snapshot", "cs": views.seq, "data": self._told}
        return encode(told)


class Ticker(Stream):
    """The day of a contract: whole for who comes, then what changed of it."""

    def __init__(self, name: str, market: "MarketState", state: "ExchangeState", views: "Views") -> None:
        super().__init__(name, TICKER_EVERY)
        self._market = market
        self._state = state
        self._direction = Direction(market.no, views)
        self._trade = self._newest(views)
        self._seq = views.seq
        self._told: Json = {}

    def opening(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        """What was told so far, whole: the next delta says what is another since."""
        if not self._told:
            self._told = self._row(at, views)
        return (self._payload("snapshot", at, self._told),)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        row = self._row(at, views)
        changed = {name: value for name, value in row.items() if self._told.get(name) != value}
        if not changed:
            return ()
        self._told, self._seq = row, views.seq
        return (self._payload("delta", at, {"symbol": row["symbol"], **changed}),)

    def _newest(self, views: "Views") -> int:
        last = views.trades.last(self._market.no)
        return 0 if last is None else last.id

    def _row(self, at: Nanos, views: "Views") -> Json:
        spec = self._market.spec
        newest = self._newest(views)
        if newest != self._trade:
            first = TradeId(self._trade + 1)
            for trade in views.trades.tape(self._market.no, from_id=first, limit=newest - self._trade):
                self._direction.goes(trade.price)
            self._trade = newest
        row = row_of(self._market, self._state, views, at)
        for name in PERPETUAL_FIELDS if spec.expiry else DATED_FIELDS:
            del row[name]
        if spec.expiry:
            row["deliveryTime"] = datetime.fromtimestamp(spec.expiry // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"symbol": row.pop("symbol"), "tickDirection": self._direction.word, **row}

    def _payload(self, kind: str, at: Nanos, data: Json) -> bytes:
        return encode({"topic": self.name, "type": kind, "data": data, "cs": self._seq, "ts": millis(at)})


class PriceLimits(Stream):
    """Between which prices an order may be, whenever that changed."""

    def __init__(self, name: str, market: "MarketState", state: "ExchangeState") -> None:
        super().__init__(name, LIMITS_EVERY)
        self._market = market
        self._state = state
        self._told: Json = {}

    def opening(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        """What was told last."""
        self._told = self._told or price_limits(self._market, self._state, at)
        return (self._payload(at),)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        row = price_limits(self._market, self._state, at)
        if row == self._told:
            return ()
        self._told = row
        return (self._payload(at),)

    def _payload(self, at: Nanos) -> bytes:
        return encode({"topic": self.name, "data": self._told, "ts": millis(at)})
