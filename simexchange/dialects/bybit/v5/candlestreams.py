"""``kline.1.BTCUSDT``: the running candle while it changes, and each one once more when it is over.

"Kline" (docs/v5/websocket/public, snapshot 2026-07-24, seen 2026-11): pushed each second to each minute. Here: each
second in which something was traded, and once a minute where nothing is.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.units import MINUTE, SECOND, Nanos
from simexchange.dialects.bybit.common.intervals import INTERVALS
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.quantities import price_text, qty_text
from simexchange.dialects.bybit.common.timestamps import millis
from simexchange.dialects.bybit.v5.bookstreams import Stream
from simexchange.dialects.bybit.v5.responses import Json, encode

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.projections.candle import Candle
    from simexchange.projections.views import Views

EVERY: Final = Nanos(SECOND)
AT_LEAST_EVERY: Final = Nanos(MINUTE)
MOST: Final = 1_000
"""Candles that are told of after a long silence."""


class Candles(Stream):
    """Candles of trades."""

    def __init__(self, name: str, market: "MarketState", interval: str) -> None:
        super().__init__(name, EVERY)
        self._market = market
        self._interval = interval
        self._start: Nanos | None = None
        self._count = -1
        self._told = Nanos(0)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        interval, no = INTERVALS[self._interval], self._market.no
        if self._start is None:
            rows = views.candles.get(no, interval, at=at, limit=1)
        else:
            rows = views.candles.get(no, interval, at=at, start=self._start, end=at, limit=MOST)
        told = []
        for row in rows:
            over = row.end <= at
            if over or (row.start, row.count) != (self._start, self._count) or at - self._told >= AT_LEAST_EVERY:
                told.append(self._payload(row, at, views, over=over))
                self._told = at
        if rows:
            newest = rows[-1]
            # One that was over just now is not told again: the next one is waited for.
            self._start, self._count = (newest.end, -1) if newest.end <= at else (newest.start, newest.count)
        return told

    def _payload(self, row: "Candle", at: Nanos, views: "Views", *, over: bool) -> bytes:
        spec = self._market.spec
        figures: Json = {
            "start": millis(row.start),
            "end": millis(row.end) - 1,
            "interval": self._interval,
            "open": price_text(spec, row.open),
            "close": price_text(spec, row.close),
            "high": price_text(spec, row.high),
            "low": price_text(spec, row.low),
            "volume": qty_text(spec, row.volume),
            "turnover": print_plain(row.quote),
            "confirm": over,
            "timestamp": millis(self._traded_at(row, views)),
        }
        return encode({"topic": self.name, "data": [figures], "ts": millis(at), "type": "snapshot"})

    def _traded_at(self, row: "Candle", views: "Views") -> Nanos:
        """When its last trade was; its beginning where it has none, for which the venue has no word."""
        last = views.trades.tape(self._market.no, from_id=row.last_id, limit=1) if row.last_id else []
        return last[0].at if last else row.start
