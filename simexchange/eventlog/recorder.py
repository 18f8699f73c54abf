"""Writes records to a log one after the other, without a thread: for tests, tools and imports."""

from collections.abc import Sequence

from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.events import Event
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import Chain


class Recorder:
    """Encodes and chains; `flush` commits what was recorded since the last one as one group."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._chain = Chain(log.last_seq, log.last_digest)
        self._lines: list[bytes] = []

    def record(self, at: int, source: str, cause: int, command: Command, events: Sequence[Event]) -> int:
        """Add one step; its seq."""
        self._lines.append(self._chain.add(at, source, cause, command, events))
        return self._chain.seq

    def flush(self) -> None:
        """Commit. Raises StorageFailed."""
        if self._lines:
            first = self._log.last_seq + 1
            self._log.append(self._lines, first, self._chain.seq, self._chain.digest)
            self._lines = []
