"""The book a recording describes, rebuilt offline from its snapshot and diffs and nothing else.

It is what the engine's ghosts are compared with, so it is written from the venue's own rules ("How to manage a local
order book correctly", developers.binance.com, seen 2026-11) and shares no code with the engine or the feed's own sync.
"""

from collections.abc import Iterable, Iterator

from simexchange.feeds.recorded.items import Diff, Item, Product, Snapshot


class RebuiltBook:
    """Absolute sizes per price, as of update ``last``; ``last`` is 0 before the first snapshot and after a gap."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.last = 0
        self.gaps = 0
        self._fresh = False

    def restart(self, snapshot: Snapshot) -> None:
        """Stand where *snapshot* stands."""
        self.bids = dict(snapshot.bids)
        self.asks = dict(snapshot.asks)
        self.last = snapshot.last
        self._fresh = True

    def follow(self, diff: Diff) -> bool:
        """Apply *diff* if it is the next one; whether it was applied."""
        if not self.last or diff.last < self.last or (diff.last == self.last and self.product is Product.SPOT):
            return False
        if not self._continues(diff):
            self.last = 0
            self.gaps += 1
            self.bids.clear()
            self.asks.clear()
            return False
        for side, changes in ((self.bids, diff.bids), (self.asks, diff.asks)):
            for price, size in changes:
                if size == 0:
                    side.pop(price, None)
                else:
                    side[price] = size
        self.last = diff.last
        self._fresh = False
        return True

    def _continues(self, diff: Diff) -> bool:
        if self._fresh:
            # Spot: the first diff spans the snapshot's id + 1. Futures: the snapshot's id itself.
            wanted = self.last + 1 if self.product is Product.SPOT else self.last
            return diff.first <= wanted <= diff.last
        if self.product is Product.SPOT:
            return diff.first == self.last + 1
        return diff.previous == self.last

    def best(self) -> tuple[int, int]:
        """(best bid, best ask), 0 for an empty side."""
        return max(self.bids, default=0), min(self.asks, default=0)


def rebuild(product: Product, items: Iterable[tuple[int, Item]]) -> Iterator[RebuiltBook]:
    """The book after each diff that counts, always the same object."""
    book = RebuiltBook(product)
    for _, item in items:
        if isinstance(item, Snapshot):
            book.restart(item)
        elif isinstance(item, Diff) and book.follow(item):
            yield book
