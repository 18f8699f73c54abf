"""Streams of the book: what changed, the best levels, the best price. And what all market streams have."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.market import levels
from simexchange.dialects.binance.usdm.responses import encode
from simexchange.dialects.binance.usdm.symbols import pair_of, price_text, qty_text

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.projections.views import Views

Json = dict[str, Any]


def stream_type(spec: Market) -> int:
    """The ``st`` of a payload: 1 for USDⓈ-M, 2 for COIN-M, whose streams were merged on 2026-06-30."""
    return 2 if spec.inverse else 1


class Stream:
    """What all market streams have: a name, a rhythm, and nothing to say until they override it."""

    def __init__(self, name: str, every: Nanos) -> None:
        self.name = name
        self.every = every

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        """Payloads this event causes now."""
        return ()

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        """Payloads that are due by the clock."""
        return ()


class DepthDiff(Stream):
    """Changed levels since the message before. Each ``pu`` is the ``u`` before it, at whatever speed."""

    def __init__(self, name: str, every: Nanos, market: "MarketState", views: "Views") -> None:
        super().__init__(name, every)
        self._market = market
        self._sent = views.depth.seq(market.no)

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        return () if self.every else self.flush(at, views)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        no, before = self._market.no, self._sent
        newest = views.depth.seq(no)
        if newest == before:
            return ()
        self._sent = newest
        try:
            bids, asks = views.depth.changes(no, before)
        except LookupError:
            # So much happened that it is no longer known. The chain breaks, and clients fetch a snapshot.
            return ()
        return (encode(_depth_update(self._market, at, before, newest, bids, asks)),)


class PartialDepth(Stream):
    """The best levels, whole, whenever they may have changed."""

    def __init__(self, name: str, every: Nanos, market: "MarketState", depth: int) -> None:
        super().__init__(name, every)
        self._market = market
        self._depth = depth
        self._sent = -1

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        return () if self.every else self.flush(at, views)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        no = self._market.no
        newest = views.depth.seq(no)
        if newest == self._sent:
            return ()
        before = newest if self._sent < 0 else self._sent
        self._sent = newest
        bids, asks = views.depth.levels(no, self._depth)
        return (encode(_depth_update(self._market, at, before, newest, bids, asks)),)


def _depth_update(
    market: "MarketState",
    at: Nanos,
    before: int,
    newest: int,
    bids: Iterable[tuple[int, int]],
    asks: Iterable[tuple[int, int]],
) -> Json:
    return {
        "e": "depthUpdate",
        "E": millis(at),
        "T": millis(at),
        "s": symbol_of(market.spec),
        "ps": pair_of(market.spec),
        "U": min(before + 1, newest),
        "u": newest,
        "pu": before,
        "b": levels(market.spec, bids),
        "a": levels(market.spec, asks),
        "st": stream_type(market.spec),
    }


class BookTicker(Stream):
    """The best bid and ask, each time either changes; of one market or of all."""

    def __init__(self, name: str, markets: "Iterable[MarketState]") -> None:
        super().__init__(name, Nanos(0))
        self._markets = {market.no: market for market in markets}
        self._seen = dict.fromkeys(self._markets, -1)
        self._best: dict[int, tuple[int, int, int, int]] = {}

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        told = []
        for no, market in self._markets.items():
            newest = views.depth.seq(no)
            if newest == self._seen[no]:
                continue
            self._seen[no] = newest
            best = views.depth.best(no)
            if best != self._best.get(no):
                self._best[no] = best
                told.append(_book_ticker(market, at, newest, *best))
        return told


def _book_ticker(
    market: "MarketState", at: Nanos, newest: int, bid: int, bid_qty: int, ask: int, ask_qty: int
) -> bytes:
    spec = market.spec
    return encode({
        "e": "bookTicker",
        "u": newest,
        "s": symbol_of(spec),
        "ps": pair_of(spec),
        "b": price_text(spec, bid),
        "B": qty_text(spec, bid_qty),
        "a": price_text(spec, ask),
        "A": qty_text(spec, ask_qty),
        "T": millis(at),
        "E": millis(at),
        "st": stream_type(spec),
    })  # fmt: skip
