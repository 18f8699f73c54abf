"""An exchange as it was: after any record, at any instant, from whatever checkpoint is nearest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simexchange.core import canonical
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import NotThere
from simexchange.eventlog.checkpointing import make_checkpoint
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.jsonl import JsonlLog, export
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import Replay, fold_alone, records
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.travel import END, Moment, end_of, find, open_past, seq_at, state_at
from simexchange.projections.views import Views
from tests.core.world import T0
from tests.eventlog.world import HEADER, busy_world
from tests.projections.plain import plain


@pytest.fixture(params=["memory", "sqlite", "small groups", "jsonl"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    """The busy world's, in a log of each kind."""
    made: EventLog
    if request.param == "memory":
        made = busy_world().log
    elif request.param == "jsonl":
        path = tmp_path / "log.jsonl"
        path.write_bytes(b"".join(export(busy_world().log, header=True)))
        made = JsonlLog.read_only(path)
    else:
        made = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
        if request.param == "small groups":
            busy_world(made)
        else:
            source = busy_world().log
            made.append(list(source.read()), 1, source.last_seq, source.last_digest)
    yield made
    made.close()


def test_an_instant_means_the_last_record_at_or_before_it(log: EventLog) -> None:
    every = list(records(log))
    for instant in sorted({at for record in every for at in (record.at, record.at + 1)}):
        assert seq_at(log, Nanos(instant)) == max(record.seq for record in every if record.at <= instant)

    with pytest.raises(NotThere, match="its first record is later"):
        seq_at(log, Nanos(every[0].at - 1))
    assert seq_at(log, Nanos(1 << 62)) == log.last_seq


def test_a_past_is_what_the_exchange_was(log: EventLog) -> None:
    """State and views after any record, with a checkpoint below it or none."""
    make_checkpoint(log, 20)
    for seq in (1, 19, 20, 21, 40, log.last_seq):
        past = open_past(log, Moment(seq=seq), Views)

        views = Views()
        fold_alone(log, seq, views)
        assert (past.seq, past.now) == (seq, past.state.now)
        assert canonical.dump(past.state) == canonical.dump(Replay(log).run(seq))
        assert plain(past.views) == plain(views)
        assert state_at(log, Moment(seq=seq))[0] == seq


def test_exchange_time_stands_at_the_instant_that_was_asked_for(log: EventLog) -> None:
    """Between two records, and after the last one; at a record, at the record's."""
    later = next(record for record in records(log) if record.at > T0)

    past = open_past(log, Moment(at=Nanos(later.at - 1)), Views)
    after = open_past(log, Moment(at=Nanos(1 << 61)), Views)
    both = open_past(log, Moment(seq=5, at=Nanos(later.at - 1)), Views)

    assert (past.seq, past.now) == (later.seq - 1, later.at - 1)
    assert (after.seq, after.now) == (log.last_seq, 1 << 61)
    assert (both.seq, both.now) == (5, later.at - 1)
    assert open_past(log, END, Views).seq == log.last_seq


def test_what_is_not_there_is_named(log: EventLog) -> None:
    for seq in (0, log.last_seq + 1, 10**9):
        with pytest.raises(NotThere, match=f"there is no record {seq} in .*: it has 1 to {log.last_seq}"):
            find(log, Moment(seq=seq))
    with pytest.raises(NotThere, match="has no records yet"):
        find(MemoryLog(HEADER), END)


def test_of_a_log_that_is_being_written_its_end_moves(tmp_path: Path) -> None:
    """A reader in another process asks again; the pasts it has stay what they are."""
    writer = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    source = busy_world().log
    lines = list(source.read())
    writer.append(lines[:30], 1, 30, bytes.fromhex(next(records(source, 30)).digest))
    reader = SqliteLog.read_only(writer.path)
    early = open_past(reader, END, Views)

    writer.append(lines[30:], 31, source.last_seq, source.last_digest)

    assert early.seq == 30
    assert end_of(reader) == source.last_seq
    assert open_past(reader, END, Views).seq == source.last_seq
    assert canonical.dump(early.state) == canonical.dump(Replay(source).run(30))
    reader.close()
    writer.close()


def test_reading_a_finished_log_leaves_nothing_behind(tmp_path: Path) -> None:
    """No index of a write-ahead log that is not there."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    make_checkpoint(log, 20)
    log.close()
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}

    reader = SqliteLog.read_only(log.path)
    open_past(reader, Moment(seq=30), Views)
    reader.close()

    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
