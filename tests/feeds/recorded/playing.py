"""A feed and an engine and nothing else: what the runtime does with them, in a dozen lines."""

from collections.abc import Callable, Iterator
from typing import Any

from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, OpenExchange, PassTime
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.units import Nanos
from simexchange.feeds.contract import Feed

START = Nanos(1_700_000_000_000_000_000)
Step = tuple[int, Command, list[Event]]


class Stage:
    """An exchange with one feed on it. ``steps`` yields (instant, command, events) as they happen."""

    def __init__(self, feed: Feed[Any], start: Nanos = START) -> None:
        self.feed = feed
        self.state = ExchangeState()
        self.engine = Engine(self.state)
        self.now = start
        self.before_start: list[Command] = []
        self.engine.execute(OpenExchange(1, start), start)
        self.feed_state: Any = None
        self.wake: Nanos | None = None

    def open(self, *commands: Command) -> "Stage":
        """Execute *commands*, then let the feed set itself up."""
        for command in commands:
            self.engine.execute(command, self.now)
        for command in self.feed.setup(self.state):
            self.engine.execute(command, self.now)
        self.feed_state, self.wake = self.feed.initial(self.state, self.now)
        return self

    def steps(self, until: Callable[[int], bool] = lambda _: False) -> Iterator[Step]:
        """Run the feed to its end, or until an instant for which *until* is true."""
        while self.wake is not None and not until(self.wake):
            yield from self._due(self.wake)
            at = self.now = self.wake
            self.feed_state, commands, self.wake = self.feed.step(self.feed_state, self.state, at)
            for command in commands:
                yield at, command, self.engine.execute(command, at)
                yield from self._pending(at)

    def _due(self, at: Nanos) -> Iterator[Step]:
        while (due := self.state.next_due()) is not None and due <= at:
            yield due, PassTime(), self.engine.execute(PassTime(), due)
            yield from self._pending(due)

    def _pending(self, at: Nanos) -> Iterator[Step]:
        while (command := self.state.pending()) is not None:
            yield at, command, self.engine.execute(command, at)
