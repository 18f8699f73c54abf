"""Who hears of what happens, and when."""

import logging
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos

_LOG = logging.getLogger(__name__)


class Subscriber(Protocol):
    """Hears every event at once, before it is durable: what leaves the process waits for `on_durable`.

    Called on the loop, in order; must not block, and must not submit commands from within.
    """

    def on_event(self, seq: int, at: Nanos, event: Event) -> None:
        """One event happened; the views are folded to exactly it."""
        ...

    def on_step(self, step: Step) -> None:
        """All events of a record were told."""
        ...

    def on_durable(self, seq: int) -> None:
        """Everything up to *seq* is in the log for good."""
        ...

    def on_failed(self, seq: int) -> None:
        """A commit failed: nothing after *seq* happened, and nothing more will."""
        ...


@runtime_checkable
class HearsRewinds(Protocol):
    """A subscriber that keeps something of the past: state and views are new objects after a rewind."""

    def on_rewound(self, seq: int) -> None:
        """Everything after *seq* did not happen; exchange time has gone back."""
        ...


class Subscribers:
    """Tells them in the order they came. One that fails is dropped: it must not stop the writer."""

    def __init__(self) -> None:
        self._all: tuple[Subscriber, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, subscriber: Subscriber) -> None:
        """From now on it hears everything."""
        self._all = (*self._all, subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """It hears no more. A second call does nothing."""
        self._all = tuple(each for each in self._all if each is not subscriber)

    def event(self, seq: int, at: Nanos, event: Event) -> None:
        """Tell of one event."""
        for each in self._all:
            try:
                each.on_event(seq, at, event)
            except Exception:  # noqa: BLE001 - see the class
                self._drop(each)

    def step(self, step: Step) -> None:
        """Tell that a step is complete."""
        for each in self._all:
            try:
                each.on_step(step)
            except Exception:  # noqa: BLE001 - see the class
                self._drop(each)

    def durable(self, seq: int) -> None:
        """Tell that everything up to *seq* is durable."""
        self._tell(lambda each: each.on_durable(seq))

    def failed(self, seq: int) -> None:
        """Tell that nothing after *seq* will be."""
        self._tell(lambda each: each.on_failed(seq))

    def rewound(self, seq: int) -> None:
        """Tell that the exchange goes on from *seq*, whatever was told of what came after."""
        self._tell(lambda each: each.on_rewound(seq) if isinstance(each, HearsRewinds) else None)

    def _tell(self, tell: Callable[[Subscriber], None]) -> None:
        for each in self._all:
            try:
                tell(each)
            except Exception:  # noqa: BLE001 - see the class
                self._drop(each)

    def _drop(self, subscriber: Subscriber) -> None:
        _LOG.exception("a subscriber failed and hears no more: %r", subscriber)
        self.remove(subscriber)
