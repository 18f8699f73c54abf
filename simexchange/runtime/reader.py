"""In the place of the one writer where a past is looked at: it has state and views, and executes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from simexchange.errors import ReadOnly, StorageFailed
from simexchange.runtime.subscribers import Subscribers

if TYPE_CHECKING:
    from simexchange.core.vocabulary.commands import Command
    from simexchange.core.vocabulary.units import Nanos
    from simexchange.eventlog.travel import Past

REFUSAL = "a past is looked at here, and it can no longer be changed; an exchange that goes on takes orders"


class Reader:
    """Has the face of `Writer`. What the state has pending stays so."""

    def __init__(self, past: Past) -> None:
        self.subscribers = Subscribers()
        self.failure: StorageFailed | None = None
        self.running_feeds: list[str] = []
        self.stand(past)

    def stand(self, past: Past) -> None:
        """Show *past* from now on."""
        self.state, self.views = past.state, past.views
        self.seq = self.durable_seq = past.seq

    def execute(self, command: Command, at: Nanos, source: str, cause: int = 0) -> NoReturn:
        """Raises ReadOnly."""
        raise ReadOnly(REFUSAL)

    def fail(self, why: str) -> NoReturn:
        """Raises StorageFailed."""
        raise StorageFailed(why)

    def drain(self) -> None:
        """Nothing is done any more."""

    def has_room(self) -> bool:
        """Nothing waits for the disk."""
        return True

    @property
    def awaited(self) -> bool:
        """Nobody waits."""
        return False

    async def durable(self, seq: int) -> None:
        """Everything is."""

    def flush(self, seq: int | None = None) -> None:
        """There is nothing to write."""

    async def next_commit(self) -> None:
        """There is none."""

    def attach(self) -> None:
        """There is no commit thread that would have to find the loop."""

    def restore(self) -> None:
        """Nothing has failed."""

    def close(self) -> None:
        """Nothing is open."""
