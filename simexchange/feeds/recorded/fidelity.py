"""How true a replay was: a fold of the log, told as rows and as text (replay rule 14).

What a plain replayer would have got wrong is counted beside what users got, and why they got it.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from simexchange.core.vocabulary.commands import AdjustBook, Command, NoteFeed, PrintTrade
from simexchange.core.vocabulary.events import BookAdjusted, Event, MarketListed, TapePrinted, TradeExecuted
from simexchange.core.vocabulary.ids import NO_ORDER, MarketNo
from simexchange.core.vocabulary.orders import Side, TradeKind
from simexchange.core.vocabulary.units import show


class Cause(StrEnum):
    """Why a user's order traded with the tape."""

    QUEUE = "queue"
    """It had come to the front at the print's price."""
    THROUGH = "through"
    """A print went through its price (rule 4)."""
    CROSSED = "crossed"
    """A recorded level came through its price (rule 6)."""
    TAKEN = "taken"
    """It took from the tape's orders (rule 8)."""


class Tally(msgspec.Struct):
    """How often, and how much (10**-8 of the base)."""

    count: int = 0
    qty: int = 0

    def add(self, qty: int) -> None:
        """Once more."""
        self.count += 1
        self.qty += qty


class MarketFidelity(msgspec.Struct):
    """One market's replay."""

    market: str
    frames: int = 0
    """Depth updates and snapshots played."""
    touches: int = 0
    """Best prices played."""
    prints: Tally = msgspec.field(default_factory=Tally)
    """All prints, what users got of them included."""
    unseen: Tally = msgspec.field(default_factory=Tally)
    """Prints without any ghost at their price, and all volume that came from no ghost (rule 5)."""
    stale: Tally = msgspec.field(default_factory=Tally)
    """Prints while better ghosts still stood; the volume that would have traded at a wrong price (rule 3)."""
    stale_levels: int = 0
    suppressed: int = 0
    """Levels kept out of the book because they would have crossed a user's order, each time they were (rule 6)."""
    users: dict[str, Tally] = msgspec.field(default_factory=lambda: {cause.value: Tally() for cause in Cause})
    """What users traded with the tape, by cause."""


class Fidelity:
    """Folds commands with their events."""

    def __init__(self) -> None:
        self._markets: dict[MarketNo, MarketFidelity] = {}
        self._ghosts: dict[tuple[MarketNo, Side], dict[int, int]] = {}
        self.notes: list[str] = []
        """What the feed said of itself."""

    def fold(self, command: Command, events: Sequence[Event]) -> None:
        """One record."""
        if isinstance(command, NoteFeed):
            self.notes.append(f"{command.what}: {command.detail}")
        elif isinstance(command, PrintTrade):
            self._count_print(command, events)
        elif isinstance(command, AdjustBook) and command.market in self._markets:
            row = self._markets[command.market]
            row.frames += not command.touch
            row.touches += command.touch
        for event in events:
            self._follow(event)

    def rows(self) -> list[MarketFidelity]:
        """The markets in which a tape was played, in order of listing."""
        return [row for row in self._markets.values() if row.frames]

    def _count_print(self, command: PrintTrade, events: Sequence[Event]) -> None:
        row = self._markets.get(command.market)
        if row is None:
            return
        row.prints.add(command.qty)
        hit = Side.SELL if command.aggressor is Side.BUY else Side.BUY
        ghosts = self._sizes(command.market, hit)
        better = [
            ghosts.get(price, 0)
            for event in events
            if isinstance(event, BookAdjusted)
            for price, size in (event.asks if hit is Side.SELL else event.bids)
            if not size and (price - command.price) * hit > 0
        ]
        if better:
            row.stale.add(min(sum(better), command.qty))
            row.stale_levels += len(better)
        if not ghosts.get(command.price):
            row.unseen.count += 1
        for event in events:
            if isinstance(event, TapePrinted):
                row.unseen.qty += event.qty - event.ghosts
            elif isinstance(event, TradeExecuted):
                cause = Cause.QUEUE if event.price == command.price else Cause.THROUGH
                row.users[cause.value].add(event.qty)

    def _follow(self, event: Event) -> None:
        match event:
            case MarketListed():
                self._markets[event.no] = MarketFidelity(event.market.id)
            case BookAdjusted():
                self._adjust(event)
            case TapePrinted():
                hit = Side.SELL if event.aggressor is Side.BUY else Side.BUY
                self._lessen(event.market, hit, event.price, event.ghosts)
            case TradeExecuted() if event.kind is TradeKind.CROSSED:
                self._markets[event.market].users[Cause.CROSSED.value].add(event.qty)
            case TradeExecuted() if event.maker.order == NO_ORDER and event.market in self._markets:
                hit = Side.SELL if event.aggressor is Side.BUY else Side.BUY
                self._lessen(event.market, hit, event.price, event.qty)
                self._markets[event.market].users[Cause.TAKEN.value].add(event.qty)

    def _adjust(self, event: BookAdjusted) -> None:
        for side, levels, apart in (
            (Side.BUY, event.bids, event.suppressed_bids),
            (Side.SELL, event.asks, event.suppressed_asks),
        ):
            sizes = self._sizes(event.market, side)
            if event.snapshot:
                sizes.clear()
            for price, size in levels:
                if size:
                    sizes[price] = size
                else:
                    sizes.pop(price, None)
            self._markets[event.market].suppressed += sum(1 for price, _ in apart if price not in sizes)

    def _lessen(self, market: MarketNo, side: Side, price: int, qty: int) -> None:
        sizes = self._sizes(market, side)
        left = sizes.get(price, 0) - qty
        if left > 0:
            sizes[price] = left
        else:
            sizes.pop(price, None)

    def _sizes(self, market: MarketNo, side: Side) -> dict[int, int]:
        return self._ghosts.setdefault((market, side), {})

    def text(self) -> str:
        """The report for a person."""
        lines = ["Replay fidelity", *(f"  {note}" for note in self.notes)]
        for row in self.rows():
            lines += _lines(row)
        return "\n".join(lines)


def _lines(row: MarketFidelity) -> list[str]:
    prints, volume = row.prints.count, row.prints.qty
    unseen = f"{_share(row.unseen.count, prints)}, volume {_share(row.unseen.qty, volume)}"
    stale = f"{_share(row.stale.count, prints)}, volume {_share(row.stale.qty, volume)}"
    lines = [
        f"{row.market}: {row.frames} depth frames, {row.touches} best prices, {prints} prints of {show(volume)}",
        f"  prints with no ghost at the price {unseen}",
        f"  prints while better ghosts stood {stale} ({row.stale_levels} levels removed)",
        f"  levels kept out for a user's order {row.suppressed}",
    ]
    fills = ", ".join(f"{cause} {tally.count} ({show(tally.qty)})" for cause, tally in row.users.items())
    return [*lines, f"  user fills: {fills}"]


def _share(part: int, whole: int) -> str:
    """Percent with one place, cut off: for reading only."""
    permille = part * 1000 // whole if whole else 0
    return f"{permille // 10}.{permille % 10} %"
