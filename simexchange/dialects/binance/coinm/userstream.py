"""An account's private events of COIN-M: none, as long as nothing can happen to it here."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.projections.views import Views


class UserEvents:
    """One account's private stream of this product. Implements `UserStream`."""

    def on_event(
        self, seq: int, at: "Nanos", event: "Event", views: "Views", state: "ExchangeState"
    ) -> Iterable[bytes]:
        return ()

    def end_of_step(self, seq: int, at: "Nanos", views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        return ()
