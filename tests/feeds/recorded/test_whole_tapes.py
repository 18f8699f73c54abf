"""The recordings we have, with no user about: the engine's book is the recorded one at every update.

Each from its beginning in every run, and whole with ``-m slow``.
"""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest

from simexchange.core.book import OrderBook
from simexchange.core.tape import fault
from simexchange.core.vocabulary.commands import AdjustBook
from simexchange.core.vocabulary.events import BookAdjusted, Event, TapePrinted, TradeExecuted
from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.units import ONE, Price, Quantity
from simexchange.feeds.recorded import RecordedFeed
from simexchange.feeds.recorded.items import Item, Print, Snapshot
from simexchange.feeds.recorded.playback import items_of
from simexchange.feeds.recorded.rebuilt import RebuiltBook, rebuild
from tests.feeds.recorded.playing import Stage

# Contracts cannot be traded yet, so the book of the COIN-M recording is played as if its contracts were a base asset.
AS_IF_LINEAR = Market("perp:BTC-USD", MarketKind.PERPETUAL, "BTC", "USD", "USD", Price(ONE // 10), Quantity(ONE))
WHOLE_BOOK_EVERY = 200
"""Frames between two comparisons of every level; between them, every level that anybody named."""

TAPES = [("spot_btcusdt", 3_449, 9_756), ("usdm_btcusdt", 6_547, 21_309), ("coinm_btcusd_perp", 26_824, 2_285)]
BEGINNING = 1_000
"""Updates of each that every run plays."""
ITEMS_THERE = 40_000
"""Items of a recording that have more of them."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "until", [BEGINNING, pytest.param(None, marks=pytest.mark.slow)], ids=["from its beginning", "whole"]
)
@pytest.mark.parametrize("name, updates, prints", TAPES, ids=[name for name, _, _ in TAPES])
def test_with_no_user_the_engines_book_is_the_rebuilt_one_at_every_update(
    shared_data: Path, name: str, updates: int, prints: int, until: int | None
) -> None:
    """Best bid, best ask and all ghost sizes at 100 % of depth updates; every print once, whole, at its price."""
    feed = RecordedFeed(str(shared_data / "binance_streams" / f"{name}.gz"), markets={AS_IF_LINEAR.id: AS_IF_LINEAR})
    stage = Stage(feed).open()
    [market] = stage.state.markets.values()
    items = list(islice(items_of(feed.sources[0], Price(1), Quantity(1)), until and ITEMS_THERE))
    recorded = rebuild(feed.sources[0].product, items)
    compared = 0
    named: dict[int, None] = {}
    printed: list[tuple[int, int, int, int]] = []

    for at, command, events in stage.steps():
        named.update(dict.fromkeys(_prices(events)))
        printed += [(at, e.price, e.qty, e.aggressor) for e in events if isinstance(e, TapePrinted)]
        assert not any(isinstance(event, TradeExecuted) for event in events)
        if isinstance(command, AdjustBook) and not command.touch and not command.snapshot:
            compared += 1
            expected = next(recorded)
            named.update(dict.fromkeys(price for side in (command.bids, command.asks) for price, _ in side))
            if compared == 1 or compared % WHOLE_BOOK_EVERY == 0:
                named.update(dict.fromkeys([*expected.bids, *expected.asks, *_standing(market.book)]))
            assert _differences(market.book, expected, named) == {}, f"at update {compared}"
            named.clear()
            if compared == until:
                break

    assert compared == (until or updates)
    wanted = _recorded_prints(items, stage.feed_state.shift)
    if until is None:
        assert next(recorded, None) is None
        assert printed == wanted
        assert len(printed) == prints
    else:
        assert printed == wanted[: len(printed)]
        assert [at for at, *_ in wanted[len(printed) :]][:1] >= [stage.now]
    assert fault(market) is None
    feed.close()


def _prices(events: Iterable[Event]) -> Iterable[int]:
    for event in events:
        if isinstance(event, BookAdjusted):
            yield from (price for side in (event.bids, event.asks) for price, _ in side)
        elif isinstance(event, TapePrinted):
            yield event.price


def _standing(book: OrderBook) -> list[int]:
    return [*book.bids.levels, *book.asks.levels]


def _differences(book: OrderBook, expected: RebuiltBook, named: Iterable[int]) -> dict[str, object]:
    """What is not as it should be: sizes at the prices that were named, and the best prices."""
    found: dict[str, object] = {}
    for word, ladder, sizes in (("bid", book.bids, expected.bids), ("ask", book.asks, expected.asks)):
        for price in named:
            level = ladder.levels.get(price)
            size = 0 if level is None else sum(order.left for order in level)
            if size != sizes.get(price, 0):
                found[f"{word} {price}"] = (size, sizes.get(price, 0))
    best = (book.best_bid(), book.best_ask())
    if best != expected.best():
        found["best"] = (best, expected.best())
    return found


def _recorded_prints(items: list[tuple[int, Item]], shift: int) -> list[tuple[int, int, int, int]]:
    """What the recording says was traded, after its snapshot."""
    begun = next(number for number, (_, item) in enumerate(items) if isinstance(item, Snapshot))
    return [(at + shift, item.price, item.qty, item.aggressor) for at, item in items[begun:] if isinstance(item, Print)]
