"""Going back in a running exchange: names of records, and a fork in place that the exchange goes on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import StorageFailed
from simexchange.eventlog.bookmarks import START, bookmarks, fit_name, set_bookmark
from simexchange.eventlog.checkpointing import CheckpointMaker
from simexchange.eventlog.rewinding import Rewound, go_back, place_of
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.runtime.jump import Ending
from simexchange.runtime.schedule import Schedule
from simexchange.runtime.unfinished import Unfinished
from simexchange.runtime.watch import SOURCE_WATCH
from simexchange.runtime.writer import Writer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from simexchange.eventlog.durability import Durability
    from simexchange.eventlog.log import EventLog
    from simexchange.projections.views import Views
    from simexchange.runtime.clock import Clock


class GoesBack:
    """The part of `Exchange` that goes back; what it needs of the rest is named here."""

    log: EventLog
    new_views: Callable[[], Views]
    clock: Clock
    finished: asyncio.Event
    resumed: bool
    _writer: Writer
    _schedule: Schedule
    _durability: Durability
    _checkpoints: bool
    _reached: Nanos
    _until: Nanos | None
    _held: bool
    _offset_note: str | None
    _poke: asyncio.Event

    def start_feeds(self) -> None:
        """See `Exchange`."""
        raise NotImplementedError

    @property
    def read_only(self) -> bool:
        """See `Exchange`."""
        raise NotImplementedError

    def _end_jump(self, ending: Ending) -> None:
        raise NotImplementedError

    def _remember_offset(self) -> None:
        raise NotImplementedError

    def _stand_still(self) -> None:
        raise NotImplementedError

    def _begin_writing(self, loop: asyncio.AbstractEventLoop | None) -> Writer:
        """A writer that has found everything in the log, the feeds' places too."""
        log = self.log
        maker = CheckpointMaker(log.path) if self._checkpoints and isinstance(log, SqliteLog) else None
        return Writer(log, self._schedule, self.new_views, self._durability, maker, loop)

    def checkpoints(self) -> dict[str, int]:
        """The names of records, with their seqs."""
        return bookmarks(self.log)

    def save_checkpoint(self, name: str) -> int:
        """Name the newest record, so that `rewind` finds it; its seq. Raises ConfigError, StorageFailed."""
        seq = self._bookmark(fit_name(name))
        if self.checkpoints().get(name) != seq:
            raise StorageFailed(f"cannot note {name} in {self.log.name}: free some space, or try again")
        self._writer.want_checkpoint()
        return seq

    def let_in(self) -> None:
        """Clients come in from here on: `rewind` goes back to the first such moment by the name ``start``."""
        if not self.read_only and START not in self.checkpoints():
            self._bookmark(START)

    def _bookmark(self, name: str) -> int:
        # Not before the record is in the log for good: a name without a record would lead nowhere.
        self._writer.flush()
        set_bookmark(self.log, name, self._writer.seq)
        return self._writer.seq

    def can_rewind(self, to: int | str) -> None:
        """Raises what `rewind` would, as far as that is known before; nothing changes."""
        if self._writer.failure is not None:
            raise StorageFailed(str(self._writer.failure))
        place_of(self.log, to, self._writer.seq)

    def rewind(self, to: int | str) -> Rewound:
        """Go on from the record *to*, or the one of that name, as if nothing had come after it.

        The log so far is kept under another name. State, views and the clock are new afterwards, feeds stand where
        they stood, whoever waits for something to be durable has it, and subscribers that want to know are told.
        Raises NotThere, ConfigError, LogError: then nothing has changed, unless the log cannot be read any more.
        """
        self.can_rewind(to)
        seq = place_of(self.log, to, self._writer.seq)
        # First what may be refused: the commit thread has nothing to do until this round of the loop is over.
        self._writer.flush()
        kept = go_back(self.log, seq)
        self._end_jump(Ending.INTERRUPTED)
        loop = self._writer.loop
        subscribers = self._writer.retire()
        self._schedule = Schedule(slot.feed for slot in self._schedule.slots)
        self._writer = self._begin_writing(loop)
        self._stand_where_it_ended()
        # Only now: what follows from the record is heard, what was before it is not told again.
        self._writer.subscribers = subscribers
        subscribers.rewound(seq)
        self._do_what_was_left()
        self._poke.set()
        return Rewound(seq, Nanos(self._writer.state.now), self.log.last_digest.hex(), kept)

    def _stand_where_it_ended(self) -> None:
        """Exchange time is that of the newest record, and goes on from there at the speed it has."""
        self.resumed, self._held, self._offset_note = True, False, None
        self._reached = Nanos(max(self._writer.state.now, self.log.header.start))
        self.clock.set(self._reached)
        if self._until is None or self._reached < self._until:
            self.finished.clear()
        self._remember_offset()

    def _do_what_was_left(self) -> None:
        """What the newest record makes necessary, the alarms it sets off, and feeds that are not at work yet."""
        self._finish_step()
        self.start_feeds()

    def _finish_step(self) -> None:
        """The newest step may be in the log without all that follows from it: do and tell the rest."""
        writer = self._writer
        left = Unfinished(self.log, writer.seq, writer.state, writer.views.alarms)
        writer.drain()
        untold = left.untold(writer.state, writer.views.alarms, writer.seq)
        for alarm in untold:
            writer.execute(alarm, self._reached, SOURCE_WATCH, left.step)
        if any(alarm.pause for alarm in untold):
            self._stand_still()
