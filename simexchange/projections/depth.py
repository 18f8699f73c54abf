"""The book as anybody outside sees it: one size per price, and what changed since one looked last."""

from bisect import bisect_left, insort

from simexchange.core.vocabulary.events import (
    BookAdjusted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderModified,
    OrderReplenished,
    OrderRested,
    TapePrinted,
    TradeExecuted,
    TradePrevented,
)
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.orders import BUY, SELL, Side, TradeKind
from simexchange.core.vocabulary.units import Nanos
from simexchange.projections.folding import Projection
from simexchange.projections.orders import OrdersView

PriceLevels = list[tuple[int, int]]
"""(price, size), best first. Where it tells a change, size 0 means that the level is gone."""

_OFF_BOOK = (TradeKind.TAKEOVER, TradeKind.ADL, TradeKind.DELIVERY)
"""Trades between two accounts that the exchange brings together: nothing leaves the book."""


class _SideLevels:
    """One side. Keys are prices of bids and negated prices of asks, so that the best is always the last key."""

    __slots__ = ("ghosts", "keys", "sizes")

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        """Key → size of all orders there."""
        self.keys: list[int] = []
        """Ascending. Most changes happen near the best price, hence near the end, where inserting is cheap."""
        self.ghosts: dict[int, int] = {}
        """Key → the part of the size that is the tape's."""

    def change(self, key: int, delta: int) -> None:
        """Add *delta* to the size at *key*."""
        size = self.sizes.get(key)
        if size is None:
            if delta > 0:
                self.sizes[key] = delta
                insort(self.keys, key)
        elif size + delta > 0:
            self.sizes[key] = size + delta
        else:
            del self.sizes[key]
            if self.keys[-1] == key:
                self.keys.pop()
            else:
                del self.keys[bisect_left(self.keys, key)]


class _Book:
    """Both sides of one market and the journal of what changed."""

    __slots__ = ("asks", "bids", "changed_at", "journal", "seq")

    def __init__(self) -> None:
        self.bids = _SideLevels()
        self.asks = _SideLevels()
        self.seq = 0
        self.journal: list[int] = []
        """Keys in the order they changed; the last one is change number ``seq``."""
        self.changed_at = Nanos(0)


class DepthView(Projection):
    """Levels per market, tape and everybody else together.

    It asks `OrdersView` of an order as it stood *before* an event that ends it, so it is folded before that one.
    """

    __slots__ = ("_books", "_keep", "_orders")

    def __init__(self, orders: OrdersView, *, keep: int = 65_536) -> None:
        """Remember at least the last *keep* changes of each market."""
        super().__init__()
        self._orders = orders
        self._keep = keep
        self._books: dict[MarketNo, _Book] = {}
        self.handlers = {
            OrderRested: self._rested,
            OrderCanceled: self._ended,
            OrderExpired: self._ended,
            OrderReplenished: self._replenished,
            TradePrevented: self._prevented,
            OrderAmended: self._amended,
            OrderModified: self._modified,
            TradeExecuted: self._traded,
            TapePrinted: self._printed,
            BookAdjusted: self._adjusted,
        }

    def seq(self, market: MarketNo) -> int:
        """How many level changes the market has seen: the book sequence that venues' update ids are made from."""
        book = self._books.get(market)
        return book.seq if book is not None else 0

    def changed_at(self, market: MarketNo) -> Nanos:
        """When a level changed last; 0 = never."""
        book = self._books.get(market)
        return book.changed_at if book is not None else Nanos(0)

    def levels(self, market: MarketNo, limit: int) -> tuple[PriceLevels, PriceLevels]:
        """The best *limit* bids and asks, best first."""
        book = self._books.get(market)
        if book is None or limit <= 0:
            return [], []
        bids, asks = book.bids.sizes, book.asks.sizes
        last = -limit - 1
        return (
            [(key, bids[key]) for key in book.bids.keys[:last:-1]],
            [(-key, asks[key]) for key in book.asks.keys[:last:-1]],
        )

    def best(self, market: MarketNo) -> tuple[int, int, int, int]:
        """(bid, its size, ask, its size); zeros where a side is empty."""
        book = self._books.get(market)
        if book is None:
            return 0, 0, 0, 0
        bids, asks = book.bids, book.asks
        bid = bids.keys[-1] if bids.keys else 0
        ask = asks.keys[-1] if asks.keys else 0
        return bid, bids.sizes.get(bid, 0), -ask, asks.sizes.get(ask, 0)

    def size(self, market: MarketNo, side: Side, price: int) -> int:
        """The size that stands at *price* on *side*."""
        book = self._books.get(market)
        if book is None:
            return 0
        return book.bids.sizes.get(price, 0) if side == BUY else book.asks.sizes.get(-price, 0)

    def changes(self, market: MarketNo, since: int) -> tuple[PriceLevels, PriceLevels]:
        """Bids and asks that changed after book sequence *since*, each once, with their sizes as they stand now.

        A reader keeps the sequence it has seen and asks again with it: applied in turn, the answers rebuild the book.
        Raises LookupError where *since* lies further back than is remembered: then a fresh snapshot is due.
        """
        book = self._books.get(market)
        if book is None or since >= book.seq:
            return [], []
        begin = len(book.journal) - (book.seq - since)
        if begin < 0:
            raise LookupError(f"the changes of market {market} since {since} are no longer known")
        touched = sorted(dict.fromkeys(book.journal[begin:]), reverse=True)
        bids, asks = book.bids.sizes, book.asks.sizes
        return (
            [(key, bids.get(key, 0)) for key in touched if key > 0],
            [(-key, asks.get(key, 0)) for key in touched if key < 0],
        )

    def _book(self, market: MarketNo) -> _Book:
        book = self._books.get(market)
        if book is None:
            book = self._books[market] = _Book()
        return book

    def _change(self, market: MarketNo, side: int, price: int, delta: int, at: Nanos) -> _Book:
        book = self._books.get(market)
        if book is None:
            book = self._book(market)
        if side > 0:
            book.bids.change(price, delta)
            book.journal.append(price)
        else:
            book.asks.change(-price, delta)
            book.journal.append(-price)
        book.seq += 1
        book.changed_at = at
        if len(book.journal) >= self._keep + self._keep:
            del book.journal[: self._keep]
        return book

    def _rested(self, seq: int, at: Nanos, event: OrderRested) -> None:
        order = self._orders.get(event.order)
        if order is not None:
            more = order.more
            shown = event.left
            if more is not None and more.iceberg_qty and more.iceberg_qty < shown:
                shown = more.iceberg_qty
            self._change(event.market, order.side, order.price, shown, at)

    def _ended(self, seq: int, at: Nanos, event: OrderCanceled | OrderExpired) -> None:
        order = self._orders.get(event.order)
        if order is not None and order.resting and event.left:
            self._change(event.market, order.side, order.price, order.hidden - event.left, at)

    def _replenished(self, seq: int, at: Nanos, event: OrderReplenished) -> None:
        order = self._orders.get(event.order)
        if order is not None:
            self._change(event.market, order.side, order.price, event.shown, at)

    def _amended(self, seq: int, at: Nanos, event: OrderAmended) -> None:
        order = self._orders.get(event.order)
        if order is not None and order.resting:
            less = event.left - event.hidden - order.left + order.hidden
            if less:
                self._change(event.market, order.side, order.price, less, at)

    def _modified(self, seq: int, at: Nanos, event: OrderModified) -> None:
        order = self._orders.get(event.order)
        if order is not None and order.resting:
            self._change(event.market, order.side, order.price, order.hidden - order.left, at)

    def _prevented(self, seq: int, at: Nanos, event: TradePrevented) -> None:
        order = self._orders.get(event.maker.order)
        qty = event.maker.qty
        if order is not None and qty:
            hidden = 0 if event.maker.left else order.hidden
            self._change(event.market, order.side, order.price, hidden - qty, at)

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        if event.kind in _OFF_BOOK:
            return
        side = -event.aggressor
        book = self._change(event.market, side, event.price, -event.qty, at)
        if not event.maker.order:
            self._less_ghosts(book, side, event.price, event.qty)

    def _printed(self, seq: int, at: Nanos, event: TapePrinted) -> None:
        if event.ghosts:
            side = -event.aggressor
            book = self._change(event.market, side, event.price, -event.ghosts, at)
            self._less_ghosts(book, side, event.price, event.ghosts)

    def _less_ghosts(self, book: _Book, side: int, price: int, qty: int) -> None:
        key, ghosts = (price, book.bids.ghosts) if side > 0 else (-price, book.asks.ghosts)
        left = ghosts.get(key, 0) - qty
        if left > 0:
            ghosts[key] = left
        else:
            ghosts.pop(key, None)

    def _adjusted(self, seq: int, at: Nanos, event: BookAdjusted) -> None:
        book = self._book(event.market)
        for side, ghosts, levels in (
            (BUY, book.bids.ghosts, event.bids),
            (SELL, book.asks.ghosts, event.asks),
        ):
            if event.snapshot:
                self._clear_unnamed(event.market, side, ghosts, levels, at)
            for price, size in levels:
                key = price if side > 0 else -price
                before = ghosts.get(key, 0)
                if size == before:
                    continue
                if size:
                    ghosts[key] = size
                else:
                    del ghosts[key]
                self._change(event.market, side, price, size - before, at)

    def _clear_unnamed(self, market: MarketNo, side: int, ghosts: dict[int, int], levels: Levels, at: Nanos) -> None:
        named = dict(levels)
        for key in list(ghosts):
            price = key if side > 0 else -key
            if price not in named:
                self._change(market, side, price, -ghosts.pop(key), at)
