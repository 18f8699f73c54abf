"""What one command became: the word that the runtime answers with and dialects read."""

import msgspec

from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.units import Nanos


class Step(msgspec.Struct, frozen=True):
    """What one command became: its record's seq and instant, and its events in order."""

    seq: int
    at: Nanos
    events: list[Event]
