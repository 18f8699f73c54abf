"""A pinned fork: the same flow of the market against other orders, fees or settings.

After the fork's record the parent's commands from feeds, clients and the operator are executed again at their
instants; what falls due and what the engine makes necessary is made anew. With nothing changed that makes the parent's
records again, to the last digit. Nobody in the log answers a change: the further the two have come apart, the less the
flow is what it would have been, and the divergence says how far that is.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.core.engine import Engine
from simexchange.core.vocabulary.commands import Command, PassTime
from simexchange.core.vocabulary.events import CommandRefused, OrderRejected
from simexchange.core.vocabulary.notes import NoteAlarm, SetAlarm
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import ConfigError, NotThere
from simexchange.eventlog.forking import parent_name
from simexchange.eventlog.inspection import describe
from simexchange.eventlog.recheck import SOURCE_ENGINE, SOURCE_TIMER
from simexchange.eventlog.record import Chain, Record, decode
from simexchange.eventlog.recorder import Recorder
from simexchange.eventlog.replay import Replay, checked_lines, fold_alone
from simexchange.projections.alarms import AlarmsView
from simexchange.runtime.divergence import Comparison, Divergence, account_of_command, owners
from simexchange.runtime.recovery import SOURCE_CONTROL
from simexchange.runtime.unfinished import Unfinished
from simexchange.runtime.watch import SOURCE_WATCH, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Event
    from simexchange.eventlog.log import EventLog

SOURCE_CLIENT: Final = "client"
_SET_ALARM: Final = f"[{SetAlarm.__struct_config__.tag},".encode()
_NEVER: Final = 2**63 - 1
_Stored = tuple[Record, bytes]
GROUP: Final = 512
"""Records of the fork in one commit."""


class Given(msgspec.Struct, frozen=True, array_like=True):
    """An order of one's own: a record as an export prints it, of which only these count."""

    seq: int
    """Executed where the parent's record of that number was, not at all where that is in the fork; 0: by its instant,
    after all that came by then."""
    at: Nanos
    source: str
    cause: int
    command: Command


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is otherwise in the fork."""

    without: tuple[str, ...] = ()
    """Accounts whose commands, those that came from clients, are left out."""
    without_clients: bool = False
    """Everybody's are."""
    orders: tuple[Given, ...] = ()
    """What is executed beside the rest."""
    at_fork: Callable[[ExchangeState], Sequence[Command]] | None = None
    """What is executed first, from the operator: fees, leverage, money. Given the state at the fork."""


NOTHING: Final = Changes()


def pinned(parent: EventLog, target: EventLog, seq: int, changes: Changes = NOTHING) -> Divergence:
    """Go on in *target*, which has the records of *parent* up to *seq*, with the rest of the parent's flow.

    Raises NotThere where an account to be left out is not in the log; ConfigError where the engine refuses what is
    put in at the fork; LogDamaged, StorageFailed.
    """
    return _Run(parent, target, seq, changes).to_end()


def put_in(state: ExchangeState, log: EventLog, commands: Sequence[Command]) -> None:
    """Write *commands*, from the operator, to *log*, whose end *state* is. Raises ConfigError, StorageFailed."""
    fork = _Fork(state, log, _root(log, log.last_seq), _alarms(log, log.last_seq))
    fork.finish(log, log.last_seq)
    for command in commands:
        _refuse(fork.execute(command, Nanos(state.now), SOURCE_CONTROL), command, log.last_seq)
    fork.flush()


def _refuse(events: Sequence[Event], command: Command, seq: int) -> None:
    for event in events:
        if isinstance(event, CommandRefused | OrderRejected):
            detail = f" ({event.detail})" if isinstance(event, CommandRefused) and event.detail else ""
            msg = f"{type(command).__name__} at record {seq} is refused: {event.reason}{detail}"
            raise ConfigError(msg)


class _Run:
    """Both courses, side by side."""

    def __init__(self, parent: EventLog, target: EventLog, seq: int, changes: Changes) -> None:
        self._parent = parent
        self._seq = seq
        self._changes = changes
        self._actual = _folded(parent, seq)
        self._chain = Chain(seq, self._actual.chain.digest)
        self._fork = _Fork(_folded(parent, seq).state, target, _root(parent, seq), _alarms(parent, seq))
        self._pending = self._fork.finish(parent, seq)
        """What the record before the fork had still made necessary."""
        self._comparison = Comparison()
        # What has its place before the fork is in it already: once more would be twice.
        self._placed = deque(sorted((each for each in changes.orders if each.seq > seq), key=lambda each: each.seq))
        self._timed = deque(sorted((each for each in changes.orders if not each.seq), key=lambda each: each.at))
        self._left_out = 0

    def to_end(self) -> Divergence:
        """Run it all, and say how they differ."""
        put_in = self._put_in()
        for group in self._groups():
            self._follow(group)
        self._hand_in(_NEVER, Nanos(_NEVER))
        self._comparison.alone(self._actual.state.now, self._fork.catch_up(self._actual.state.now))
        self._fork.flush()
        unknown = [name for name in self._changes.without if name not in self._actual.state.account_no]
        if unknown:
            raise NotThere(f"there is no account {', '.join(unknown)} in {self._parent.name}")
        return self._told(put_in)

    def _put_in(self) -> tuple[dict[str, Any], ...]:
        fork, state = self._fork, self._fork.state
        if self._changes.at_fork is None:
            return ()
        commands = self._changes.at_fork(state)
        for command in commands:
            _refuse(fork.execute(command, Nanos(state.now), SOURCE_CONTROL), command, self._seq)
        return tuple(describe(command) for command in commands)

    def _groups(self) -> Iterator[list[_Stored]]:
        """The parent's records, each that is no engine step and no alarm with those that follow from it."""
        group: list[_Stored] = []
        for line in checked_lines(self._parent, self._chain):
            record = decode(line)
            if group and record.source not in (SOURCE_ENGINE, SOURCE_WATCH):
                yield group
                group = []
            group.append((record, line))
        if group:
            yield group

    def _follow(self, group: list[_Stored]) -> None:
        record = group[0][0]
        was = [event for each, _ in group for event in each.events]
        now = self._again(record)
        self._comparison.compare(record, was, now)
        if record.source not in (SOURCE_ENGINE, SOURCE_WATCH, SOURCE_TIMER):
            self._comparison.flip(record, record.events, now[: self._fork.own], self._fork.state)
        for _, line in group:
            self._actual.fold(line)

    def _again(self, record: Record) -> list[Event]:
        """Execute what *record* did; what came of it, and what that made necessary."""
        fork = self._fork
        if record.source in (SOURCE_ENGINE, SOURCE_WATCH):
            return self._pending
        self._hand_in(record.seq, record.at)
        if record.source == SOURCE_TIMER:
            return fork.catch_up(record.at)
        self._comparison.alone(record.at, fork.catch_up(record.at - 1))
        if self._is_left_out(record):
            fork.own = 0
            return []
        return fork.execute(record.command, record.at, record.source)

    def _is_left_out(self, record: Record) -> bool:
        if record.source != SOURCE_CLIENT:
            return False
        account = account_of_command(record.command)
        found = None if account is None else self._fork.state.accounts.get(account)
        out = self._changes.without_clients or (found is not None and found.name in self._changes.without)
        self._left_out += out
        return out

    def _hand_in(self, seq: int, at: Nanos) -> None:
        """Execute what was given for the place of record *seq*, and for instants before *at*."""
        while self._placed and self._placed[0].seq <= seq:
            self._give(self._placed.popleft())
        while self._timed and self._timed[0].at < at:
            self._give(self._timed.popleft())

    def _give(self, given: Given) -> None:
        fork = self._fork
        at = Nanos(max(given.at, fork.state.now))
        self._comparison.alone(at, fork.catch_up(at - 1))
        self._comparison.alone(at, fork.execute(given.command, at, SOURCE_CLIENT))

    def _told(self, put_in: tuple[dict[str, Any], ...]) -> Divergence:
        found, state, chain = self._comparison, self._fork.state, self._chain
        lost, lost_count = found.lost(self._actual.state)
        gained, gained_count = found.gained(state)
        last, digest = self._fork.end
        return Divergence(
            parent=parent_name(self._parent),
            fork_at=self._seq,
            until=chain.seq,
            put_in=put_in,
            left_out=self._left_out,
            same=chain.digest == digest,
            digest_was=chain.digest.hex(),
            digest_now=digest.hex(),
            records_was=chain.seq - self._seq,
            records_now=last - self._seq,
            first=found.first,
            refused_now=tuple(found.flips[True]),
            refused_now_count=found.flip_counts[True],
            accepted_now=tuple(found.flips[False]),
            accepted_now_count=found.flip_counts[False],
            lost=lost,
            lost_count=lost_count,
            gained=gained,
            gained_count=gained_count,
            volumes=found.volumes(state),
            accounts=owners(self._actual.state, state),
        )


class _Fork:
    """The exchange as it goes on, recorded."""

    def __init__(self, state: ExchangeState, target: EventLog, root: int, alarms: AlarmsView) -> None:
        self.state = state
        self.own = 0
        """How many events were those of the last command itself."""
        self._engine = Engine(state)
        self._alarms = alarms
        self._watch = Watch()
        self._target = target
        self._recorder = Recorder(target)
        self._root = root
        self._waiting = 0

    @property
    def end(self) -> tuple[int, bytes]:
        """The last record and its digest, once all is flushed."""
        return self._target.last_seq, self._target.last_digest

    def execute(self, command: Command, at: Nanos, source: str) -> list[Event]:
        """Do *command*, not before the newest record's instant, and what it makes necessary."""
        at = Nanos(max(at, self.state.now))
        events = self._engine.execute(command, at)
        self.own = len(events)
        seq = self._root = self._record(at, source, 0, command, events)
        if not self._alarms.any:
            return [*events, *self.drain()]
        # As the live exchange does it: figures are looked at before a liquidation changes them, and told after it.
        found = self._watch.look(self.state, self._alarms, events)
        steps = self.drain()
        if steps and not found:
            found = self._watch.look(self.state, self._alarms)
        return [*events, *steps, *self._tell(found, seq)]

    def finish(self, log: EventLog, seq: int) -> list[Event]:
        """Do and tell what record *seq* of *log*, the newest here, had still to be followed by."""
        left = Unfinished(log, seq, self.state, self._alarms)
        steps = self.drain()
        newest = seq + len(steps)
        return [*steps, *self._tell(left.untold(self.state, self._alarms, newest), left.step)]

    def _tell(self, alarms: Sequence[NoteAlarm], cause: int) -> list[Event]:
        at = Nanos(self.state.now)
        told: list[Event] = []
        for alarm in alarms:
            said = self._engine.execute(alarm, at)
            self._root = self._record(at, SOURCE_WATCH, cause, alarm, said)
            told += said
        return told

    def drain(self) -> list[Event]:
        """Do what was made necessary."""
        found: list[Event] = []
        while (command := self.state.pending()) is not None:
            at = Nanos(self.state.now)
            events = self._engine.execute(command, at)
            self._record(at, SOURCE_ENGINE, self._root, command, events)
            found += events
        return found

    def catch_up(self, at: int) -> list[Event]:
        """Pass every instant up to *at* at which something is due."""
        found: list[Event] = []
        while (due := self.state.next_due()) is not None and due <= at:
            found += self.execute(PassTime(), Nanos(due), SOURCE_TIMER)
        return found

    def flush(self) -> None:
        """Commit what was recorded."""
        self._recorder.flush()
        self._waiting = 0

    def _record(self, at: Nanos, source: str, cause: int, command: Command, events: list[Event]) -> int:
        self._waiting += 1
        if self._waiting > GROUP:
            self.flush()
        seq = self._recorder.record(at, source, cause, command, events)
        for event in events:
            self._alarms.apply(seq, at, event)
        return seq


def _folded(log: EventLog, seq: int) -> Replay:
    """A fold that stands after record *seq*."""
    fold = Replay(log)
    fold.from_checkpoint(seq)
    if fold.chain.seq < seq:
        fold.run(seq)
    return fold


def _alarms(log: EventLog, seq: int) -> AlarmsView:
    """The alarms that are set after record *seq*."""
    found = AlarmsView()
    if any(_SET_ALARM in line for line in log.read()):
        fold_alone(log, seq, found)
    return found


def _root(log: EventLog, seq: int) -> int:
    """The newest record up to *seq* that is no engine step."""
    record = decode(next(log.read(seq)))
    return record.cause if record.source == SOURCE_ENGINE else seq
