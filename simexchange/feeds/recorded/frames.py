"""One tape's items as commands: a depth frame is one AdjustBook, a print one PrintTrade.

Best prices (bookTicker) are played only where they matter: the newest is put before the first print that follows, if
the book says otherwise, and forgotten when a depth update overtakes it. Two thirds of a futures recording are best
prices; as records of their own they would double the log and show nobody anything that the next depth update, a few
milliseconds later, does not show.
"""

from collections.abc import Iterator

from simexchange.core.market import MarketState
from simexchange.core.vocabulary.commands import (
    AdjustBook,
    Command,
    NoteFeed,
    PrintTrade,
    SetIndex,
    SetMark,
    SetMarketStatus,
)
from simexchange.core.vocabulary.levels import NO_LEVELS, Levels
from simexchange.core.vocabulary.markets import MarketStatus
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import Nanos, Price, Quantity
from simexchange.feeds.recorded.items import Diff, Item, MarkSample, Print, Product, Snapshot, Touch
from simexchange.feeds.recorded.state import TapeProgress
from simexchange.feeds.recorded.sync import Fit

NOTE_GAP = "gap"


class Player:
    """Turns the items of one tape into commands for one market."""

    def __init__(self, feed: str, product: Product, resilience: int) -> None:
        self.feed = feed
        self.product = product
        self.resilience = Nanos(resilience)

    def play(self, item: Item, progress: TapeProgress, market: MarketState, at: int) -> Iterator[Command]:
        """What *item* makes happen in *market*; *progress* is brought forward."""
        match item:
            case Print():
                yield from self._print(item, progress, market, at)
            case Touch():
                progress.touch = item
            case Diff():
                yield from self._diff(item, progress, market, at)
            case Snapshot():
                yield from self._snapshot(item, progress, market, at)
            case MarkSample():
                yield from _mark(item, progress, market)

    def read_along(self, item: Item, progress: TapeProgress) -> None:
        """Count *item* of a tape that no market is there for."""
        match item:
            case Print():
                progress.prints += 1
            case Snapshot():
                progress.sync.restart(item)
            case Diff():
                fit = progress.sync.follow(item, self.product)
                progress.frames += fit is Fit.NEXT
                progress.dropped += fit is Fit.OLD
                progress.gaps += fit is Fit.GAP

    def _print(self, item: Print, progress: TapeProgress, market: MarketState, at: int) -> Iterator[Command]:
        if not progress.sync.synced:
            progress.early += 1
            return
        touch = progress.touch
        if touch is not None:
            progress.touch = None
            if touch.last > progress.sync.last and not stands(market, touch):
                progress.touches += 1
                bids, asks = Levels.of([(touch.bid, touch.bid_size)]), Levels.of([(touch.ask, touch.ask_size)])
                yield AdjustBook(market.no, bids, asks, touch=True)
        progress.prints += 1
        progress.changed_at = at
        yield PrintTrade(market.no, Price(item.price), Quantity(item.qty), item.aggressor)

    def _diff(self, item: Diff, progress: TapeProgress, market: MarketState, at: int) -> Iterator[Command]:
        fit = progress.sync.follow(item, self.product)
        if fit is Fit.OLD:
            progress.dropped += 1
            return
        progress.touch = None
        if fit is Fit.GAP:
            progress.gaps += 1
            yield NoteFeed(self.feed, NOTE_GAP, f"{market.spec.id}: an update before {item.first} is missing")
            yield AdjustBook(market.no, NO_LEVELS, NO_LEVELS, snapshot=True, resilience=self.resilience)
            if not progress.halted:
                progress.halted = True
                yield SetMarketStatus(market.no, MarketStatus.HALT)
            return
        progress.frames += 1
        progress.changed_at = at
        yield AdjustBook(market.no, Levels.of(item.bids), Levels.of(item.asks))

    def _snapshot(self, item: Snapshot, progress: TapeProgress, market: MarketState, at: int) -> Iterator[Command]:
        progress.sync.restart(item)
        progress.touch = None
        progress.changed_at = at
        if progress.halted:
            # First, so that users whose prices the snapshot has passed trade with it.
            progress.halted = False
            yield SetMarketStatus(market.no, MarketStatus.TRADING)
        bids = Levels.of([pair for pair in item.bids if pair[1]])
        asks = Levels.of([pair for pair in item.asks if pair[1]])
        yield AdjustBook(market.no, bids, asks, snapshot=True, resilience=self.resilience)


def stands(market: MarketState, touch: Touch) -> bool:
    """Whether the book's best prices and sizes are these already."""
    book = market.book
    bid, ask = book.levels(Side.BUY, 1), book.levels(Side.SELL, 1)
    if not bid or not ask:
        return False
    return (*bid[0][:2], *ask[0][:2]) == (touch.bid, touch.bid_size, touch.ask, touch.ask_size)


def _mark(item: MarkSample, progress: TapeProgress, market: MarketState) -> Iterator[Command]:
    if not market.derivative:
        return
    if item.index and market.spec.index:
        progress.indexed = True
        yield SetIndex(market.spec.index, Price(item.index))
    yield SetMark(market.no, Price(item.mark))
