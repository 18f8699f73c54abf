"""The newest step of a log: a rewind, a fork or a crash may have left what it made necessary, or told, behind.

After a step come the engine's own steps, then the alarms it set off, each a record. Whoever goes on from a record in
between has to come to the same ones, so alarms are looked for where they were looked for then.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from simexchange.eventlog.recheck import SOURCE_ENGINE
from simexchange.eventlog.record import decode
from simexchange.eventlog.replay import Replay
from simexchange.projections.views import Views
from simexchange.runtime.watch import SOURCE_WATCH, Watch

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.notes import NoteAlarm
    from simexchange.eventlog.log import EventLog
    from simexchange.eventlog.record import Record
    from simexchange.projections.alarms import AlarmsView


class Unfinished:
    """What the newest step of a log set off, and how much of it is told."""

    def __init__(self, log: EventLog, seq: int, state: ExchangeState, alarms: AlarmsView) -> None:
        """*state* and *alarms* stand after record *seq* of *log*. Raises LogDamaged."""
        self.step = seq
        """The seq of the newest record that follows from no other."""
        self._found: list[NoteAlarm] = []
        self._told = 0
        record = _step_of(log, seq) if alarms.any else None
        if record is None:
            return
        self.step = record.seq
        if record.seq == seq:
            self._found = Watch().look(state, alarms, record.events)
        else:
            self._look_back(log, record, seq)

    def untold(self, state: ExchangeState, alarms: AlarmsView, newest: int) -> list[NoteAlarm]:
        """The alarms that are still to be told once all that is necessary is done: record *newest* was the last of it.

        *state* and *alarms* stand there.
        """
        found = self._found
        if alarms.any and not found and newest != self.step:
            found = Watch().look(state, alarms)
        return found[self._told :]

    def _look_back(self, log: EventLog, record: Record, seq: int) -> None:
        """Find what was found right after *record*; else, where something is told, what was found before that."""
        after = [decode(line) for line in islice(log.read(record.seq + 1), seq - record.seq)]
        told = [each.seq for each in after if each.source == SOURCE_WATCH]
        self._told = len(told)
        base = log.base()
        if base is not None and not base.views:
            return
        views = Views()
        fold = Replay(log, views)
        fold.from_checkpoint(record.seq)
        fold.run(record.seq)
        self._found = Watch().look(fold.state, views.alarms, record.events)
        if not self._found and told:
            fold.run(told[0] - 1)
            self._found = Watch().look(fold.state, views.alarms)


def _step_of(log: EventLog, seq: int) -> Record | None:
    """The newest record up to *seq* that follows from no other; None where it is not in the log any more."""
    while seq >= log.header.first_seq:
        record = decode(next(log.read(seq)))
        if record.source not in (SOURCE_ENGINE, SOURCE_WATCH):
            return record
        seq = record.cause
    return None
