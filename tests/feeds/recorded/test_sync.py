"""Which update follows which, by product: the feed's rules, and the offline book that checks them."""

import pytest

from simexchange.feeds.recorded.items import Diff, Item, Product, Snapshot
from simexchange.feeds.recorded.rebuilt import RebuiltBook, rebuild
from simexchange.feeds.recorded.sync import Fit, Sync

SPOT, USDM = Product.SPOT, Product.USDM
# Snapshot 10, then (first, last, previous) of the updates, and how each fits.
CASES = [
    (SPOT, [(9, 10)], [Fit.OLD], "spot: what the snapshot has"),
    (SPOT, [(9, 11)], [Fit.NEXT], "spot: the first spans 11"),
    (SPOT, [(11, 12)], [Fit.NEXT], "spot: or begins there"),
    (SPOT, [(12, 13)], [Fit.GAP], "spot: 11 is missing"),
    (SPOT, [(11, 12), (13, 13)], [Fit.NEXT, Fit.NEXT], "spot: each begins where the last ended"),
    (SPOT, [(11, 12), (14, 15)], [Fit.NEXT, Fit.GAP], "spot: 13 is missing"),
    (USDM, [(5, 9, 4)], [Fit.OLD], "futures: before the snapshot"),
    (USDM, [(5, 10, 4)], [Fit.NEXT], "futures: the first spans 10 itself"),
    (USDM, [(8, 14, 7)], [Fit.NEXT], "futures: and goes on"),
    (USDM, [(11, 14, 10)], [Fit.GAP], "futures: the one that spans 10 is missing"),
    (USDM, [(8, 14, 7), (20, 25, 14)], [Fit.NEXT, Fit.NEXT], "futures: pu is the last u; ids may jump"),
    (USDM, [(8, 14, 7), (20, 25, 19)], [Fit.NEXT, Fit.GAP], "futures: pu is another"),
]
TABLE = pytest.mark.parametrize("product, ids, fits", [case[:3] for case in CASES], ids=[case[3] for case in CASES])


def diffs(ids: list[tuple[int, ...]]) -> list[Diff]:
    return [Diff(0, each[0], each[1], each[2] if len(each) == 3 else -1, ((each[1], 1),), ()) for each in ids]


@TABLE
def test_the_feed_knows_which_update_fits(product: Product, ids: list[tuple[int, ...]], fits: list[Fit]) -> None:
    """Old ones are dropped, the next one is taken, a missing one is a gap."""
    sync = Sync()
    sync.restart(Snapshot(0, 10, (), ()))

    assert [sync.follow(diff, product) for diff in diffs(ids)] == fits
    assert sync.synced is (fits[-1] is not Fit.GAP)


@TABLE
def test_the_offline_book_takes_the_same_updates(product: Product, ids: list[tuple[int, ...]], fits: list[Fit]) -> None:
    """Written apart, from the venue's rules; after a gap it holds nothing."""
    items: list[tuple[int, Item]] = [(0, Snapshot(0, 10, ((1, 1),), ()))]
    items += [(0, diff) for diff in diffs(ids)]

    books = [book.last for book in rebuild(product, items)]

    assert len(books) == fits.count(Fit.NEXT)


def test_before_a_snapshot_and_after_a_gap_everything_is_old() -> None:
    """There is no book that an update could change."""
    sync, book = Sync(), RebuiltBook(SPOT)
    [diff] = diffs([(1, 2)])

    assert sync.follow(diff, SPOT) is Fit.OLD
    assert not book.follow(diff)


def test_the_offline_book_is_what_it_was_told() -> None:
    """Sizes are absolute, 0 removes."""
    book = RebuiltBook(SPOT)
    book.restart(Snapshot(0, 1, ((99, 5), (98, 1)), ((101, 5),)))

    book.follow(Diff(0, 2, 2, -1, ((99, 0), (97, 3)), ((100, 2),)))

    assert (book.bids, book.asks) == ({98: 1, 97: 3}, {101: 5, 100: 2})
    assert book.best() == (98, 100)
