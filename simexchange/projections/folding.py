"""How a projection is folded: one handler per event type, found in a dict, and nothing for the other types."""

from collections.abc import Callable
from typing import Any

from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.units import Nanos

Handler = Callable[[int, Nanos, Any], None]
"""Called with the record's seq, its instant and one event of the handler's type."""


class Projection:
    """A fold of events. What it knows is a pure function of the events it was given, in order.

    Rows a read method returns are the projection's own and change with later events: read them, never write
    to them, and copy what must outlive the step.
    """

    __slots__ = ("handlers",)

    def __init__(self) -> None:
        self.handlers: dict[type, Handler] = {}
        """Event type → what to do with it. `Views` joins the tables of all projections into one."""

    def apply(self, seq: int, at: Nanos, event: Event) -> None:
        """Take in one event of record *seq*, which happened at *at*."""
        handler = self.handlers.get(type(event))
        if handler is not None:
            handler(seq, at, event)
