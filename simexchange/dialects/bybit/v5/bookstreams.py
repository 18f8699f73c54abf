"""Topics of the book, ``orderbook.50.BTCUSDT``: where it stands for a newcomer, then what changed of its best levels.

Depths, rhythms and the order of fields: "Orderbook" and "RPI Orderbook" (docs/v5/websocket/public, snapshot 2026-07-24,
seen 2026-11). What counts is what a subscriber has been told: each delta is the difference between that and the book as
it stands, so a level that is pushed out of the depth is told as gone, and one that comes into it with its whole size.

``u`` counts the messages of a topic one by one; ``seq`` is the last record of the log that the book was made of, the
same number that trades and executions carry.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.dialects.bybit.common.quantities import price_text, qty_text
from simexchange.dialects.bybit.common.symbols import SPOT, category_of, symbol_of
from simexchange.dialects.bybit.common.timestamps import millis
from simexchange.dialects.bybit.v5.responses import Json, encode

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.ids import MarketNo
    from simexchange.projections.views import Views

RHYTHMS: Final = {
    1: Nanos(10 * MILLISECOND),
    50: Nanos(20 * MILLISECOND),
    200: Nanos(100 * MILLISECOND),
    1000: Nanos(200 * MILLISECOND),
}
"""Levels of each side → how often changes are told, of spot and of contracts alike."""
RPI_DEPTH: Final = 50
RPI_EVERY: Final = Nanos(100 * MILLISECOND)
QUIET: Final = Nanos(3 * SECOND)
"""After so long without a change the best level is told once more."""

Levels = dict[int, int]
"""Price → size, best first."""


class Stream:
    """What all public topics have: a name, a rhythm, and nothing to say until they override it."""

    def __init__(self, name: str, every: Nanos, follows: "Collection[MarketNo] | None" = ()) -> None:
        self.name = name
        self.every = every
        self.follows = follows

    def on_event(self, seq: int, at: Nanos, event: "Event", views: "Views") -> Iterable[bytes]:
        """Payloads this event causes now."""
        return ()

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        """Payloads that are due by the clock."""
        return ()


class Depth(Stream):
    """The best levels of both sides: a snapshot for who comes, then deltas; size 0 means that the level is gone."""

    def __init__(self, name: str, market: "MarketState", depth: int, views: "Views", every: Nanos) -> None:
        super().__init__(name, every)
        self._market = market
        self._depth = depth
        self._early = depth == 1 or category_of(market.spec) == SPOT
        """The venue has the time before the type in these, and behind it in others."""
        self._look(views)
        # Each message tells of one change or more, so none that was ever sent under this name has a greater number.
        self._number = self._newest + 1

    def opening(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        """What was told so far, whole: the next delta builds on it."""
        return (self._payload("snapshot", at, self._bids.items(), self._asks.items()),)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        moved = self._moved(views)
        if moved is None:
            return ()
        bids, asks = moved
        return (self._payload("delta", at, sorted(bids, reverse=True), sorted(asks)),)

    def _moved(self, views: "Views") -> tuple[list[tuple[int, int]], list[tuple[int, int]]] | None:
        """Bids and asks that are others than was told; from now on they are told. None: there are none."""
        if views.depth.seq(self._market.no) == self._newest:
            return None
        bids, asks = self._bids, self._asks
        self._look(views)
        moved = _difference(bids, self._bids), _difference(asks, self._asks)
        if moved == ([], []):
            # What changed lies deeper, or is as it was.
            return None
        self._number += 1
        return moved

    def _look(self, views: "Views") -> None:
        """Take the book as it stands for what was told."""
        no = self._market.no
        bids, asks = views.depth.levels(no, self._depth)
        self._bids, self._asks = dict(bids), dict(asks)
        self._newest, self._seq, self._changed = views.depth.seq(no), views.seq, views.depth.changed_at(no)

    def _payload(
        self, kind: str, at: Nanos, bids: "Iterable[tuple[int, int]]", asks: "Iterable[tuple[int, int]]"
    ) -> bytes:
        spec = self._market.spec
        data = {
            "s": symbol_of(spec),
            "b": [self._row(price, size) for price, size in bids],
            "a": [self._row(price, size) for price, size in asks],
            "u": self._number,
            "seq": self._seq,
        }
        head: Json = {"topic": self.name}
        head |= {"ts": millis(at), "type": kind} if self._early else {"type": kind, "ts": millis(at)}
        return encode({**head, "data": data, "cts": millis(self._changed or at)})

    def _row(self, price: int, size: int) -> list[str]:
        spec = self._market.spec
        return [price_text(spec, price), qty_text(spec, size) if size else "0"]


class Best(Depth):
    """The best level: a snapshot each time it changes, and the last one once more after three seconds of quiet."""

    def __init__(self, name: str, market: "MarketState", views: "Views", every: Nanos) -> None:
        super().__init__(name, market, 1, views, every)
        self._told: Nanos | None = None

    def opening(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        self._told = at if self._told is None else self._told
        return super().opening(at, views)

    def flush(self, at: Nanos, views: "Views") -> Iterable[bytes]:
        if self._moved(views) is None and (self._told is None or at - self._told < QUIET):
            return ()
        self._told = at
        return super().opening(at, views)


class RetailDepth(Depth):
    """The same with the size of retail price improvements beside each, which nobody can place here: it is always 0."""

    def __init__(self, name: str, market: "MarketState", views: "Views") -> None:
        super().__init__(name, market, RPI_DEPTH, views, RPI_EVERY)
        self._early = True

    def _row(self, price: int, size: int) -> list[str]:
        return [*super()._row(price, size), "0"]


def _difference(before: Levels, now: Levels) -> list[tuple[int, int]]:
    """Levels that are others now, with their sizes; those that are gone with 0."""
    if before == now:
        return []
    changed = [(price, size) for price, size in now.items() if before.get(price) != size]
    return changed + [(price, 0) for price in before if price not in now]


def book_stream(name: str, depth: str, market: "MarketState", views: "Views") -> "Stream | None":
    """``orderbook.{depth}.{symbol}``: a number of levels that the venue has, or ``rpi``."""
    if depth == "rpi":
        return RetailDepth(name, market, views)
    every = RHYTHMS.get(int(depth)) if depth in _DEPTHS else None
    if every is None:
        return None
    levels = int(depth)
    return Best(name, market, views, every) if levels == 1 else Depth(name, market, levels, views, every)


_DEPTHS: Final = frozenset(str(depth) for depth in RHYTHMS)
