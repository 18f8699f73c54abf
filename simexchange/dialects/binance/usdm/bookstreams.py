"""Streams of the book: what changed, the best levels, the best price. And what all market streams have."""

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.market import levels
from simexchange.dialects.binance.usdm.responses import encode
from simexchange.dialects.binance.usdm.symbols import INVERSE, Contracts, delivered, pair_of, price_text, qty_text

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.dialects.contract import MarketStream
    from simexchange.projections.views import Views

Json = dict[str, Any]

ALWAYS_PAIRED: Final = re.compile(r"!contractInfo|.*@continuousKline_.*").fullmatch
NOBODY: Final = (0, 0, 0, 0)
"""The best prices of an empty book."""
MOST_CHANGES: Final = 16_384
"""Changes of a book that are told at the latest, however long the interval: four times as many are remembered."""


def stream_type(spec: Market) -> int:
    """The ``st`` of a payload: 1 for USDⓈ-M, 2 for COIN-M, whose streams were merged on 2026-06-30."""
    return 2 if spec.inverse else 1


class Universe:
    """The contracts a stream speaks of: one, those of a pair, or all that are listed, those that will be included."""

    def __init__(
        self,
        state: "ExchangeState",
        products: tuple[Contracts, ...],
        only: "MarketState | None" = None,
        *,
        pair: str = "",
    ) -> None:
        self._state = state
        self._products = products
        self._only = only
        self._pair = pair
        self.follows: Collection[MarketNo] | None = None if only is None else (only.no,)

    def all(self) -> "Iterable[MarketState]":
        """Product by product, in order of listing."""
        if self._only is not None:
            return (self._only,)
        listed = (market for contracts in self._products for market in contracts.listed(self._state))
        return (market for market in listed if self._pair in ("", pair_of(market.spec)))

    def get(self, no: object) -> "MarketState | None":
        """The contract of that number, if it is one of them."""
        if self._only is not None:
            return self._only if self._only.no == no else None
        market = self._state.markets.get(MarketNo(no)) if isinstance(no, int) else None
        if market is None or delivered(market) or self._pair not in ("", pair_of(market.spec)):
            return None
        return market if any(contracts.has(self._state, market) for contracts in self._products) else None


class Stream:
    """What all market streams have: a name, a rhythm, and nothing to say until they override it."""

    def __init__(self, name: str, every: Nanos, follows: Collection[MarketNo] | None = ()) -> None:
        self.name = name
        self.every = every
        self.follows = follows

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        """Payloads this event causes now."""
        return ()

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        """Payloads that are due by the clock."""
        return ()


class Before:
    """A stream as it was before both products became one universe: ``st`` was on none of its payloads, and ``ps`` on
    those of COIN-M and those that name a pair only (connector changes of 2026-06-29). Implements `MarketStream`.
    """

    def __init__(self, stream: "MarketStream", own: Contracts) -> None:
        self.name = stream.name
        self.every = stream.every
        self.follows = stream.follows
        self._stream = stream
        self._gone = ("st",) if own is INVERSE or ALWAYS_PAIRED(stream.name) else ("st", "ps")

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        return map(self._stripped, self._stream.on_event(seq, at, event, views))

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        return map(self._stripped, self._stream.flush(at, views))

    def _stripped(self, payload: bytes) -> bytes:
        told = msgspec.json.decode(payload)
        rows = told if isinstance(told, list) else [told]
        # A liquidation has its order under ``o``; a ticker the price it opened at.
        orders = [row["o"] for row in rows if isinstance(row.get("o"), dict)]
        for row in (*rows, *orders):
            for letter in self._gone:
                row.pop(letter, None)
        return encode(told)


class DepthDiff(Stream):
    """Changed levels since the message before. Each ``pu`` is the ``u`` before it, at whatever speed."""

    def __init__(self, name: str, every: Nanos, market: "MarketState", views: "Views") -> None:
        super().__init__(name, every, (market.no,))
        self._market = market
        self._sent = views.depth.seq(market.no)

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        """Much may happen between two flushes, above all where exchange time runs fast: none of it is lost."""
        if self.every and views.depth.seq(self._market.no) - self._sent < MOST_CHANGES:
            return ()
        return self.flush(at, views)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        no, before = self._market.no, self._sent
        newest = views.depth.seq(no)
        if newest == before:
            return ()
        self._sent = newest
        try:
            bids, asks = views.depth.changes(no, before)
        except LookupError:
            # One event changed more than is remembered. The chain breaks, and clients fetch a snapshot.
            return ()
        return (encode(_depth_update(self._market, at, before, newest, bids, asks)),)


class PartialDepth(Stream):
    """The best levels, whole, whenever they may have changed."""

    def __init__(self, name: str, every: Nanos, market: "MarketState", depth: int) -> None:
        super().__init__(name, every, () if every else (market.no,))
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

    def __init__(self, name: str, universe: Universe) -> None:
        super().__init__(name, Nanos(0), universe.follows)
        self._universe = universe
        self._seen: dict[int, int] = {}
        self._best: dict[int, tuple[int, int, int, int]] = {}

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views") -> Iterable[bytes]:
        market = self._universe.get(getattr(event, "market", None))
        if market is None:
            return ()
        no, newest = market.no, views.depth.seq(market.no)
        if newest == self._seen.get(no):
            return ()
        self._seen[no] = newest
        best = views.depth.best(no)
        if best == self._best.get(no, NOBODY):
            return ()
        self._best[no] = best
        return (_book_ticker(market, at, newest, *best),)


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
