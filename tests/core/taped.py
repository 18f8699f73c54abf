"""A small exchange with a tape playing in it: frames and prints in small numbers, and queues one can read."""

from collections.abc import Mapping

from simexchange.core.tape import TapeSide
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.levels import Levels
from simexchange.core.vocabulary.orders import AccountClass, Side, TradeKind
from simexchange.core.vocabulary.units import Nanos, Price, Quantity
from tests.core.world import SPOT, World, show, units

Sizes = Mapping[float, float]
FOR_GOOD = -1


class TapedWorld(World):
    """A world whose market follows a tape."""

    def __init__(self, market: str = SPOT, people: tuple[str, ...] = ("ann", "bob"), *, resilience: int = 0) -> None:
        self.told: list[tuple[Nanos, ev.Event]] = []
        """Everything that ever happened here."""
        super().__init__(market, people)
        self.resilience = resilience
        self.run(cmd.OpenAccount(f"house:{market}", "", AccountClass.HOUSE))
        self.house = self.state.account_no[f"house:{market}"]
        self.ann, self.bob = self.people[0], self.people[1]

    def run(self, command: cmd.Command) -> list[ev.Event]:
        """Execute *command* as the world does, and remember its events."""
        events = super().run(command)
        self.told += [(self.at, event) for event in events]
        return events

    def frame(self, bids: Sizes | None = None, asks: Sizes | None = None) -> list[ev.Event]:
        """A depth frame: absolute sizes per price, 0 removes."""
        return self.run(cmd.AdjustBook(self.market, _levels(bids), _levels(asks)))

    def snapshot(self, bids: Sizes | None = None, asks: Sizes | None = None) -> list[ev.Event]:
        """A whole book."""
        resilience = Nanos(self.resilience)
        command = cmd.AdjustBook(self.market, _levels(bids), _levels(asks), snapshot=True, resilience=resilience)
        return self.run(command)

    def touch(self, bid: Sizes | None = None, ask: Sizes | None = None) -> list[ev.Event]:
        """The best prices alone."""
        return self.run(cmd.AdjustBook(self.market, _levels(bid), _levels(ask), touch=True))

    def sold(self, qty: float, at: float) -> list[ev.Event]:
        """A print of somebody who sold."""
        return self._print(qty, at, Side.SELL)

    def bought(self, qty: float, at: float) -> list[ev.Event]:
        """A print of somebody who bought."""
        return self._print(qty, at, Side.BUY)

    def _print(self, qty: float, at: float, side: Side) -> list[ev.Event]:
        return self.run(cmd.PrintTrade(self.market, Price(units(at)), Quantity(units(qty)), side))

    def queue(self, at: float) -> str:
        """Who stands at a price, first come first, sizes with names; the tape's orders are ``tape``."""
        book = self.state.markets[self.market].book
        level = book.bids.levels.get(units(at)) or book.asks.levels.get(units(at))
        names = {person.no: person.name for person in self.people} | {self.house: "tape"}
        return ", ".join(f"{names[order.account]} {show(order.left)}" for order in level) if level else ""

    @property
    def recorded(self) -> dict[str, dict[float, float]]:
        """What the tape says stands in the book."""
        return {
            name: {show(price): show(size) for price, size in sorted(side.recorded.items())}
            for name, side in zip(("bids", "asks"), self.sides, strict=True)
        }

    @property
    def sides(self) -> tuple[TapeSide, TapeSide]:
        """The engine's own bids and asks of the tape."""
        tape = self.state.markets[self.market].tape
        assert tape is not None
        return tape.bids, tape.asks

    @property
    def last(self) -> float:
        """The last price."""
        return show(self.state.markets[self.market].last)


def _levels(sizes: Sizes | None) -> Levels:
    return Levels.of([(units(price), units(size)) for price, size in (sizes or {}).items()])


def told(events: list[ev.Event]) -> list[str]:
    """Trades and prints in words, e.g. ``crossed 2 @ 100`` (with a user), ``print 3 @ 99`` (of the tape alone)."""
    words = {TradeKind.TRADE: "trade", TradeKind.CROSSED: "crossed"}
    found = []
    for event in events:
        if isinstance(event, ev.TradeExecuted):
            found.append(f"{words[event.kind]} {show(event.qty)} @ {show(event.price)}")
        elif isinstance(event, ev.TapePrinted):
            found.append(f"print {show(event.qty)} @ {show(event.price)}")
    return found


def playing(market: str = SPOT, *, resilience: int = 0) -> TapedWorld:
    """Bids 99 × 5 and 98 × 9, asks 101 × 5 and 102 × 9."""
    world = TapedWorld(market, resilience=resilience)
    world.snapshot({99: 5, 98: 9}, {101: 5, 102: 9})
    return world
