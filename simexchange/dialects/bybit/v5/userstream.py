"""Private topics: what happens to an account's orders, executions, positions and wallet."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.dialects.contract import UserStream
    from simexchange.projections.views import Views


class Quiet:
    """A private topic with nothing to say; the topics override what they have. Implements `UserStream`."""

    def __init__(self, account: "AccountNo", topic: str) -> None:
        self.account = account
        self.topic = topic

    def on_event(
        self, seq: int, at: "Nanos", event: "Event", views: "Views", state: "ExchangeState"
    ) -> Iterable[bytes]:
        return ()

    def end_of_step(self, seq: int, at: "Nanos", views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        return ()


TOPICS: "Final[Mapping[str, Callable[[AccountNo, str], UserStream]]]" = {}
"""What makes the stream of each topic."""


def private_stream(account: "AccountNo", topic: str) -> "UserStream":
    """The stream of one of `TOPICS`."""
    return TOPICS[topic](account, topic)
