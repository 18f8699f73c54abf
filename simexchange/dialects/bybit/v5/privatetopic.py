"""What all private topics have: an account, a name, perhaps a category, and one message a record."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from simexchange.dialects.bybit.common.sockets import private_event
from simexchange.dialects.bybit.common.symbols import category_of
from simexchange.dialects.bybit.v5.responses import Json

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.projections.views import Views

NOTHING: Final = ()
TOPICS: Final = 16
"""More than tell of one record."""


class Topic:
    """A private topic with nothing to say; the topics override what they have. Implements `UserStream` and `Ranked`."""

    rank = 0
    """Lower ones speak first of a record."""

    def __init__(self, account: "AccountNo", topic: str, category: str = "") -> None:
        """*category*: the only one it tells of; empty: it tells of all."""
        self.account = account
        self.topic = topic
        self._category = category
        self._hear: Mapping[type, Callable[[Any, Nanos, Views, ExchangeState], None]] = {}
        """What is done with the events that count, by type."""

    def on_event(
        self, seq: int, at: "Nanos", event: "Event", views: "Views", state: "ExchangeState"
    ) -> Iterable[bytes]:
        """Nothing is told before the record is whole."""
        hear = self._hear.get(type(event))
        if hear is not None:
            hear(event, at, views, state)
        return NOTHING

    def end_of_step(self, seq: int, at: "Nanos", views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """One message with the rows of the record, where there are any."""
        rows = self._rows(seq, at, views, state)
        return (private_event(seq * TOPICS + self.rank, self.topic, at, rows),) if rows else NOTHING

    def _rows(self, seq: int, at: "Nanos", views: "Views", state: "ExchangeState") -> list[Json]:
        """What the record came to; what was remembered for it is forgotten."""
        return []

    def _told_of(self, market: "MarketNo", state: "ExchangeState") -> bool:
        """Whether the topic tells of that market."""
        return not self._category or category_of(state.markets[market].spec) == self._category
