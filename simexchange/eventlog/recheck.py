"""Recheck: run the commands of a log again and demand the same events, byte for byte.

Bytes that differ only in fields that were appended since, and have their default, are the same.

Any user's log is a regression test: equal means the engine still decides as it did; unequal names the first record
it would decide differently now.
"""

import msgspec
from msgspec.structs import replace

from simexchange.core import canonical
from simexchange.core.engine import Engine
from simexchange.core.vocabulary.commands import PassTime
from simexchange.core.vocabulary.events import CommandRefused, Event
from simexchange.eventlog.bases import state_of
from simexchange.eventlog.header import SCHEMA
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import Record, decode, encode_body, split
from simexchange.eventlog.replay import Replay, beginning, checked_lines

SOURCE_ENGINE = "engine"
SOURCE_TIMER = "timer"


class Difference(msgspec.Struct, frozen=True):
    """A record that would be otherwise now. *kind* is ``events``, ``pending``, ``due``, ``cause`` or ``time``."""

    seq: int
    kind: str
    recorded: str
    now: str


class RecheckResult(msgspec.Struct, frozen=True):
    """What came of it."""

    records: int
    differing: int
    first_difference: Difference | None
    engine: str
    """The engine revision the log was written under; empty where it does not say."""

    @property
    def ok(self) -> bool:
        """Whether every record would be made again as it is."""
        return self.differing == 0


def recheck(log: EventLog) -> RecheckResult:
    """Run every command of *log* again.

    After a difference the recorded events are believed, so that each further difference is one of its own.
    Raises LogDamaged where the log itself cannot be read.
    """
    run = _Rerun(log)
    records = differing = 0
    first: Difference | None = None
    for line in checked_lines(log, beginning(log)):
        records += 1
        difference = run.step(line)
        if difference is not None:
            differing += 1
            first = first or difference
    return RecheckResult(records, differing, first, log.header.engine)


class _Rerun:
    """An engine given the commands of a log; beside it, from the first difference on, the fold of its events."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._same_schema = log.header.schema == SCHEMA
        self._engine = Engine(state_of(log.base(), log.name))
        self._believed: Replay | None = None
        self._root = 0 if log.header.base is None else log.header.base.root
        """The newest record that was no engine step: the cause of those after it."""

    def step(self, line: bytes) -> Difference | None:
        """Run one record again; how it came out otherwise, or None."""
        record = decode(line)
        difference = self._out_of_turn(record) or self._other_events(record, line)
        if record.source != SOURCE_ENGINE:
            self._root = record.seq
        if self._believed is not None:
            self._believed.fold(line)
        if difference is not None:
            self._believe(record.seq)
        return difference

    def _out_of_turn(self, record: Record) -> Difference | None:
        """Whether another step was due before this one."""
        state = self._engine.state
        pending, due = state.pending(), state.next_due()
        if record.source == SOURCE_ENGINE:
            if pending != record.command:
                return _difference(record.seq, "pending", record.command, pending)
            if record.cause != self._root:
                return _difference(record.seq, "cause", record.cause, self._root)
            return None
        if pending is not None:
            return _difference(record.seq, "pending", record.command, pending)
        if record.at < state.now:
            return _difference(record.seq, "time", record.at, state.now)
        if record.source == SOURCE_TIMER:
            expected = None if due is None else (max(due, state.now), PassTime())
            return (
                None
                if (record.at, record.command) == expected
                else _difference(record.seq, "due", [record.at, record.command], expected)
            )
        if due is not None and due < record.at:
            return _difference(record.seq, "due", [record.at, record.command], [due, PassTime()])
        return None

    def _other_events(self, record: Record, line: bytes) -> Difference | None:
        try:
            events = self._engine.execute(record.command, record.at)
        except Exception as error:  # noqa: BLE001 - an engine that stumbles over a logged command is the finding
            return Difference(record.seq, "events", _text(record.events), f"{type(error).__name__}: {error}")
        if self._same_schema:
            now = encode_body(record.seq, record.at, record.source, record.cause, record.command, events)
            parts = split(line)
            recorded = b"" if parts is None else parts[0]
            if recorded != now:
                # A field that was appended since is not in the line, and means what it means by default.
                recorded = encode_body(
                    record.seq, record.at, record.source, record.cause, record.command, record.events
                )
        else:
            # An older schema lacks fields that were appended since, and says of refusals what was said then: what
            # counts is what they mean.
            now, recorded = (
                encode_body(record.seq, record.at, record.source, record.cause, record.command, _unworded(each))
                for each in (events, record.events)
            )
        return None if now == recorded else _difference(record.seq, "events", record.events, events)

    def _believe(self, seq: int) -> None:
        """Go on from the recorded events up to *seq*."""
        if self._believed is None:
            self._believed = Replay(self._log)
            self._believed.run(seq)
        self._engine = Engine(canonical.load(canonical.dump(self._believed.state)))


def _unworded(events: list[Event]) -> list[Event]:
    """*events* without the words that explain a refusal."""
    return [replace(event, detail="") if isinstance(event, CommandRefused) else event for event in events]


def _difference(seq: int, kind: str, recorded: object, now: object) -> Difference:
    return Difference(seq, kind, _text(recorded), _text(now))


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
