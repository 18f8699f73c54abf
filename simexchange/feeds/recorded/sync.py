"""Which diffs follow which snapshot: the venue's rules per product, as a small state that is kept with the feed.

Spot: drop what the snapshot contains (``u`` <= its id); the first diff spans its id + 1, each next one begins where the
last ended + 1. Futures: drop ``u`` < its id; the first spans the id itself, each next one's ``pu`` is the last one's
``u``. (Spot and USDⓈ-M "How to manage a local order book correctly", developers.binance.com, seen 2026-11.)
"""

from enum import IntEnum

import msgspec

from simexchange.feeds.recorded.items import Diff, Product, Snapshot


class Fit(IntEnum):
    """How a diff fits the book as it stands."""

    NEXT = 1
    OLD = 2
    """The book has it already, or there is no book yet."""
    GAP = 3
    """Something between is missing: the book is worth nothing until the next snapshot."""


class Sync(msgspec.Struct):
    """Where a tape's book stands."""

    last: int = 0
    """The last update id in the book."""
    synced: bool = False
    fresh: bool = False
    """Nothing came after the snapshot yet."""

    def restart(self, snapshot: Snapshot) -> None:
        """The book is *snapshot*."""
        self.last, self.synced, self.fresh = snapshot.last, True, True

    def lose(self) -> None:
        """There is no book until the next snapshot."""
        self.synced = self.fresh = False

    def follow(self, diff: Diff, product: Product) -> Fit:
        """Whether *diff* is the next update; if so the book has it now."""
        spot = product is Product.SPOT
        if not self.synced or diff.last < self.last or (spot and diff.last == self.last):
            return Fit.OLD
        if self.fresh:
            wanted = self.last + spot
            fits = diff.first <= wanted <= diff.last
        else:
            fits = diff.first == self.last + 1 if spot else diff.previous == self.last
        if not fits:
            self.lose()
            return Fit.GAP
        self.last, self.fresh = diff.last, False
        return Fit.NEXT
