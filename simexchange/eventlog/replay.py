"""Replay: fold the events of a log. It trusts the past: nothing is decided again."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

import msgspec

from simexchange.core import canonical
from simexchange.core.invariants import InvariantBroken
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import LogDamaged
from simexchange.eventlog.bases import introductions, state_of
from simexchange.eventlog.checkpoint import Checkpoint, KeptViews, code_of_views, unpack_views
from simexchange.eventlog.log import EventLog, KeepsCheckpoints
from simexchange.eventlog.record import Chain, Record, decode
from simexchange.eventlog.upcasting import UPCASTERS
from simexchange.projections.views import Views


class Folds(Protocol):
    """What can be folded beside the state: views."""

    def apply(self, seq: int, at: Nanos, event: Event) -> None:
        """Take one event in."""
        ...


class _EventsOnly(msgspec.Struct, frozen=True, array_like=True):
    """A record whose command nobody looks at: it stays undecoded."""

    seq: int
    at: Nanos
    source: str
    cause: int
    command: msgspec.Raw
    events: list[Event]


MISFIT: Final = (LookupError, AssertionError, ValueError, TypeError, AttributeError, ArithmeticError)
"""What a fold stumbles over where an event does not fit the state."""
_decode_as_stored = msgspec.json.Decoder(_EventsOnly).decode


def _decode_events(line: bytes) -> _EventsOnly:
    return _decode_as_stored(UPCASTERS.line(line) if UPCASTERS.active else line)


def records(log: EventLog, from_seq: int = 0) -> Iterator[Record]:
    """The records of *log*, decoded, their digests unchecked. Raises LogDamaged."""
    return map(decode, log.read(from_seq))


def beginning(log: EventLog) -> Chain:
    """The end of an empty chain: what the first record of *log* follows."""
    return Chain(log.header.first_seq - 1, log.header.genesis)


def checked_lines(log: EventLog, chain: Chain) -> Iterator[bytes]:
    """The lines after the end of *chain*, each judged before it is handed out. Raises LogDamaged."""
    for line in log.read(chain.seq + 1):
        chain.check(line)
        yield line


class Replay:
    """A fold in progress: the state, and any views, after the record `chain.seq`."""

    def __init__(self, log: EventLog, *views: Folds) -> None:
        self._log = log
        self._views = views
        self._behind = bool(views)
        """Whether the views are still to be brought to where the state stands."""
        self.state: ExchangeState = state_of(log.base(), log.name)
        self.chain = beginning(log)

    def from_checkpoint(self, at_most: int) -> bool:
        """Begin at the newest checkpoint at or below *at_most* that belongs to this log; whether there was one.

        The views follow with the first fold: from what is kept of them, others from the beginning.
        """
        checkpoint = usable_checkpoint(self._log, at_most)
        if checkpoint is None:
            return False
        self.take(checkpoint)
        return True

    def take(self, checkpoint: Checkpoint) -> None:
        """Begin at *checkpoint*, which belongs to this log."""
        self.state = canonical.load(checkpoint.state)
        self.chain = Chain(checkpoint.seq, checkpoint.digest)

    def run(self, to_seq: int | None = None) -> ExchangeState:
        """Fold to *to_seq* or the end. Raises LogDamaged where a record is damaged or does not fit the state."""
        self.fold_views_alone()
        if to_seq is not None and self.chain.seq >= to_seq:
            return self.state
        self._run_on(self._log.read(self.chain.seq + 1), to_seq, [view.apply for view in self._views])
        return self.state

    def _run_on(
        self, lines: Iterator[bytes], to_seq: int | None, views: list[Callable[[int, Nanos, Event], None]]
    ) -> None:
        """As `fold` for each line, judged first, without its questions: restarts and openings go through here."""
        chain, apply = self.chain, self.state.apply
        decode_events = _decode_events if UPCASTERS.active else _decode_as_stored
        for line in lines:
            chain.check(line)
            try:
                record = decode_events(line)
                seq, at = record.seq, record.at
                for event in record.events:
                    apply(event, at)
                    for fold_in in views:
                        fold_in(seq, at, event)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                decode(line)  # says it better
                raise
            except InvariantBroken:
                raise
            except MISFIT as error:
                raise _does_not_fit(chain.seq, error) from error
            if chain.seq == to_seq:
                return

    def fold(self, line: bytes, before: Callable[[Event, ExchangeState], None] | None = None) -> None:
        """Fold one line, already judged; *before* sees each event and the state it is about to be folded into."""
        try:
            record = _decode_events(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            decode(line)  # says it better
            raise
        at, apply = record.at, self.state.apply
        try:
            for event in record.events:
                if before is not None:
                    before(event, self.state)
                apply(event, at)
                for view in self._views:
                    view.apply(record.seq, at, event)
        except InvariantBroken:
            raise
        except MISFIT as error:
            raise _does_not_fit(record.seq, error) from error

    def take_in(self, seq: int, at: Nanos, event: Event) -> None:
        """Fold one event of a record that was told after those of the log, and not read there. For who keeps behind."""
        self.state.apply(event, at)
        for view in self._views:
            view.apply(seq, at, event)

    def fold_views_alone(self) -> None:
        """Bring the views, which have folded nothing, to the checkpoint the state was taken from."""
        if not self._behind:
            return
        self._behind = False
        for view in self._views:
            chain = take_kept(self._log, self.chain.seq, view) if isinstance(view, Views) else None
            fold_alone(self._log, self.chain.seq, view, after=chain)


def fold_alone(log: EventLog, to_seq: int, *views: Folds, after: Chain | None = None) -> None:
    """Fold the records of *log*, up to *to_seq*, into *views*, which need no state. Raises LogDamaged.

    They have folded everything up to the end of *after*, or nothing: then they begin where the log does.
    """
    chain = after
    if chain is None:
        chain = beginning(log)
        _begin(log, views)
    if chain.seq >= to_seq:
        return
    for line in checked_lines(log, chain):
        record = _decode_events(line)
        for event in record.events:
            for view in views:
                view.apply(record.seq, record.at, event)
        if chain.seq == to_seq:
            return


def replay(log: EventLog, *views: Folds, to_seq: int | None = None) -> ExchangeState:
    """The state of *log* after *to_seq* or its last record, and *views* with it, from the nearest checkpoint.

    Raises LogDamaged.
    """
    fold = Replay(log, *views)
    fold.from_checkpoint(log.last_seq if to_seq is None else to_seq)
    return fold.run(to_seq)


def usable_checkpoint(log: EventLog, at_most: int) -> Checkpoint | None:
    """The newest checkpoint of *log* at or below *at_most* that fits its digests and this program."""
    while isinstance(log, KeepsCheckpoints) and at_most >= log.header.first_seq:
        checkpoint = log.load_checkpoint(at_most)
        if checkpoint is None:
            return None
        if _is_of(log, checkpoint) and canonical.readable(checkpoint.state):
            return checkpoint
        at_most = checkpoint.seq - 1
    return None


def take_kept(log: EventLog, at_most: int, views: Views) -> Chain | None:
    """Make *views*, which have folded nothing, the newest that *log* keeps at or below *at_most*; where they stand.

    None where it keeps none that this program has folded and that fit its digests.
    """
    code = code_of_views()
    while code and not views.seq and isinstance(log, KeepsCheckpoints) and at_most >= log.header.first_seq:
        kept = log.load_views(at_most, code)
        if kept is None:
            return None
        if _is_of(log, kept) and kept.load_into(views):
            return Chain(kept.seq, kept.digest)
        at_most = kept.seq - 1
    return None


def _begin(log: EventLog, views: Iterable[Folds]) -> None:
    """What stands on a base begins with what was folded into it; what it cannot take in of that, it begins without.

    Whoever nothing was kept of is told which markets and accounts there are, and of what is set for them nothing.
    """
    base = log.base() if log.header.base is not None else None
    if base is None:
        return
    left = [
        view
        for view in views
        if not (isinstance(view, Views) and (view.seq or unpack_views(base.views, view, of_any_program=True)))
    ]
    if left:
        state = state_of(base, log.name)
        for event in introductions(state):
            for view in left:
                view.apply(base.seq, Nanos(state.now), event)


def _is_of(log: EventLog, kept: Checkpoint | KeptViews) -> bool:
    """Whether the record it was made after is in *log*: another log has other digests at the same seqs."""
    line = next(log.read(kept.seq), b"")
    return line.endswith(b'"%b"]' % kept.digest.hex().encode())


def _does_not_fit(seq: int, error: Exception) -> LogDamaged:
    detail = f"its events do not fit the state: {type(error).__name__} {error}".rstrip()
    return LogDamaged(f"record {seq} cannot be folded: {detail}", seq=seq, kind="ledger", detail=detail)
