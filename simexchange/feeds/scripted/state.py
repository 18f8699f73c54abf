"""What the feed keeps between two steps: prices and counters only, so that it can be stored and found again."""

import msgspec

from simexchange.core.vocabulary.units import Nanos, Price, Rate
from simexchange.feeds.scripted.timeline import Path


class Way(msgspec.Struct, frozen=True):
    """An index on its way from one price to another."""

    start: Price
    end: Price
    began: Nanos
    over: Nanos
    path: Path
    every: Nanos

    def later(self, by: int) -> "Way":
        """The same, so much later."""
        return msgspec.structs.replace(self, began=Nanos(self.began + by))


class IndexState(msgspec.Struct):
    """One index."""

    price: Price
    before: Price
    """Where it stood before its last move: what a recovery goes back to."""
    way: Way | None = None


class MarketShape(msgspec.Struct):
    """How one market's ladder stands."""

    premium: Rate = Rate(0)
    spread: Rate = Rate(0)
    depth: Rate = Rate(100_000_000)


class ScriptedState(msgspec.Struct):
    """The whole feed."""

    began: Nanos
    """When the timeline began, or began again."""
    indexes: dict[str, IndexState]
    shapes: dict[str, MarketShape] = {}
    """By market id; what is not in it is as usual."""
    opened: dict[str, Nanos] = {}
    """The markets it quotes, and since when."""
    behind: dict[str, None] = {}
    """Markets that did not trade when their ladder was to move."""
    place: int = 0
    """Which step of the timeline comes next, from 0."""
    timeline: str = ""
    """Of which timeline: its name and a digest."""
    asked: Nanos = Nanos(0)
    """When it looked last."""
    listed: int = 0
    """How many markets there were when it looked last."""
