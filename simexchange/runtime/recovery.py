"""How an exchange finds itself again in its log: the state by folding, the feeds by running them over it."""

import logging
from collections.abc import Iterable

from simexchange.core.vocabulary.commands import NoteFeed
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.recheck import SOURCE_ENGINE
from simexchange.eventlog.record import Record, decode
from simexchange.eventlog.replay import Folds, Replay, checked_lines, usable_checkpoint
from simexchange.feeds.contract import NOTE_RESUMED, NOTE_STARTED, NOTE_SUSPENDED
from simexchange.runtime.schedule import FeedSlot, Schedule

_LOG = logging.getLogger(__name__)
SOURCE_CONTROL = "control"
SOURCE_FEED = "feed:"


class Recovery:
    """Folds a log into *views* and a state, and brings *schedule* to where it stood after the last record."""

    def __init__(self, log: EventLog, schedule: Schedule, views: Iterable[Folds]) -> None:
        """Raises LogDamaged."""
        self.fold = Replay(log, *views)
        self.schedule = schedule
        self.root = 0
        """The seq of the newest record that was no engine step."""
        self.running: dict[str, None] = {}
        """Names of the feeds that were running at the end, given or not."""
        checkpoint = usable_checkpoint(log, log.last_seq)
        base = log.base()
        if checkpoint is not None and (checkpoint.feeds or not schedule.slots) and schedule.fits(checkpoint.feeds):
            self.fold.take(checkpoint)
            self._take_feeds(checkpoint.feeds)
        elif base is not None and schedule.fits(base.feeds):
            self._take_feeds(base.feeds)
        self.fold.fold_views_alone()
        for line in checked_lines(log, self.fold.chain):
            self._take(decode(line), line)
        if not self.root and log.last_seq >= log.header.first_seq:
            self._find_root(decode(next(log.read(log.last_seq))))
        elif not self.root and log.header.base is not None:
            self.root = log.header.base.root

    def _take_feeds(self, marks: bytes) -> None:
        self.schedule.take(marks)
        self.running = dict.fromkeys(self.schedule.running(marks))

    def _take(self, record: Record, line: bytes) -> None:
        if self.schedule.slots:
            self._decide_before(record)
        self.fold.fold(line)
        self._find_root(record)
        if isinstance(record.command, NoteFeed) and record.source == SOURCE_CONTROL:
            self._note(record.command, record)

    def _find_root(self, record: Record) -> None:
        self.root = record.cause if record.source == SOURCE_ENGINE else record.seq

    def _decide_before(self, record: Record) -> None:
        """What was decided live before *record* was executed; and *record* itself, if a feed sent it."""
        state = self.fold.state
        if state.pending() is None:
            for slot in self.schedule.slots:
                # Each on its own, so that one that stumbles stops nobody else.
                self._decide(slot, record)
        if record.source.startswith(SOURCE_FEED):
            found = self.schedule.slot(record.source[len(SOURCE_FEED) :])
            if found is not None and found.running:
                self._executed(found, record)

    def _decide(self, slot: FeedSlot, record: Record) -> None:
        try:
            while (wake := slot.wake_by(self.fold.state, record.at)) is not None:
                slot.decide(self.fold.state, wake)
        except Exception:  # noqa: BLE001 - whatever it stumbles over, the exchange goes on without its past
            _LOG.exception("%s cannot be run over the log again", slot.source)
            self._lose(slot, record)

    def _executed(self, slot: FeedSlot, record: Record) -> None:
        if slot.queue and slot.queue[0] == record.command:
            slot.queue.popleft()
        else:
            self._lose(slot, record)

    def _lose(self, slot: FeedSlot, record: Record) -> None:
        """The feed would do otherwise now: its code or its data changed. It is begun anew, with a logged note."""
        _LOG.warning("%s differs from record %d of the log: it will be started anew", slot.source, record.seq)
        slot.lose(record.seq)

    def _note(self, note: NoteFeed, record: Record) -> None:
        slot = self.schedule.slot(note.feed)
        if note.what in (NOTE_STARTED, NOTE_RESUMED):
            self.running[note.feed] = None
        elif note.what == NOTE_SUSPENDED:
            self.running.pop(note.feed, None)
        if slot is None:
            return
        if note.what == NOTE_STARTED:
            slot.start(self.fold.state, record.at)
        elif note.what == NOTE_SUSPENDED:
            slot.suspend()
        elif note.what == NOTE_RESUMED and slot.state is not None:
            slot.resume(self.fold.state, record.at)
