"""Time travel: an exchange as it was after any record of its log, or at any instant. Nothing is written.

The nearest checkpoint at or below, and the records from there on: a long log is opened anywhere in the same time. Of a
log that is being written, what was committed when the question came is its whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.errors import NotThere
from simexchange.eventlog.checkpoint import collector_at_rest
from simexchange.eventlog.inspection import iso_time
from simexchange.eventlog.log import FindsInstants
from simexchange.eventlog.record import instant_of
from simexchange.eventlog.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.state import ExchangeState
    from simexchange.eventlog.log import EventLog
    from simexchange.projections.views import Views

SEQS_BELOW: Final = 1_000_000 * SECOND
"""A whole number below it is a seq, any other an instant: no log has so many records, and 1970 is long past."""


class Moment(msgspec.Struct, frozen=True):
    """Which past is meant: after a record, or at an instant; both: after it, at a later instant; neither: the end."""

    seq: int | None = None
    at: Nanos | None = None


END: Final = Moment()


class Past:
    """State and views after record *seq*; to be read, never changed, and never folded on by anybody else."""

    __slots__ = ("now", "seq", "state", "views")

    def __init__(self, seq: int, now: Nanos, state: ExchangeState, views: Views) -> None:
        self.seq = seq
        self.now = now
        """Exchange time there: the instant that was asked for, else that of the record."""
        self.state = state
        self.views = views


def seq_at(log: EventLog, at: Nanos) -> int:
    """The seq of the last record of *log* at or before *at*. Raises NotThere where its first is later; LogDamaged."""
    first = log.header.first_seq
    seq = log.seq_at(at) if isinstance(log, FindsInstants) else _read_to(log, at)
    if seq < first:
        raise NotThere(f"{log.name} has nothing at {iso_time(at)} yet: its first record is later")
    return seq


def find(log: EventLog, moment: Moment) -> tuple[int, Nanos | None]:
    """The record that *moment* stands after, and the instant it names, if it names one.

    Raises NotThere where *log* has none, saying what it has; LogDamaged.
    """
    first, last = log.header.first_seq, end_of(log)
    if last < first:
        raise NotThere(f"{log.name} has no records yet")
    if moment.seq is not None:
        if not first <= moment.seq <= last:
            raise NotThere(f"there is no record {moment.seq} in {log.name}: it has {first} to {last}")
        return moment.seq, moment.at
    if moment.at is not None:
        return min(seq_at(log, moment.at), last), moment.at
    return last, None


def open_past(log: EventLog, moment: Moment, new_views: Callable[[], Views]) -> Past:
    """The exchange of *log* as it was at *moment*; *new_views* makes views that have folded nothing.

    Raises NotThere, LogDamaged.
    """
    seq, at = find(log, moment)
    views = new_views()
    fold = folded(log, seq, views)
    return Past(seq, Nanos(max(at or 0, fold.state.now)), fold.state, views)


def state_at(log: EventLog, moment: Moment) -> tuple[int, ExchangeState]:
    """The same without views: the seq, and the state after it. Raises NotThere, LogDamaged."""
    seq, _ = find(log, moment)
    return seq, folded(log, seq).state


def folded(log: EventLog, seq: int, *views: Views) -> Replay:
    """A fold that stands after record *seq*, which *log* has. Raises LogDamaged."""
    with collector_at_rest():
        fold = Replay(log, *views)
        fold.from_checkpoint(seq)
        fold.run(seq)
    return fold


def end_of(log: EventLog) -> int:
    """The last record there is by now: a reader of a log that is being written learns of it when it reads."""
    log.read(log.last_seq)
    return log.last_seq


def _read_to(log: EventLog, at: Nanos) -> int:
    seq = log.header.first_seq - 1
    for line in log.read():
        if instant_of(line) > at:
            break
        seq += 1
    return seq
