"""A log that stands on a base: everything that reads a log begins there, and comes to what the whole log comes to."""

import sqlite3
from io import BytesIO
from pathlib import Path

import pytest
from msgspec.structs import replace

from simexchange.config.logged import opened_with
from simexchange.core import canonical
from simexchange.core.engine import REVISION
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import LogDamaged, LogNewer
from simexchange.eventlog.bases import base_of
from simexchange.eventlog.checkpoint import Checkpoint, pack_views, unpack_views
from simexchange.eventlog.checkpointing import make_checkpoint
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.inspection import inspect
from simexchange.eventlog.jsonl import JsonlLog, export, import_records
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recheck import SOURCE_ENGINE, recheck
from simexchange.eventlog.replay import Replay, fold_alone, records, replay, take_kept
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import verify
from simexchange.projections.views import Views
from simexchange.runtime.exchange import Exchange
from tests.eventlog.world import HEADER, busy_world
from tests.projections.plain import plain


class Blind(Views):
    """No views: these logs say nothing of them."""

    def apply(self, seq: int, at: Nanos, event: Event) -> None:
        pass


@pytest.fixture(scope="module")
def whole() -> EventLog:
    return busy_world().log


def standing(log: EventLog, seq: int) -> tuple[MemoryLog, Checkpoint]:
    """*log* from record *seq* + 1 on, on a base; and the base."""
    fold = Replay(log)
    fold.run(seq)
    found = Checkpoint(seq, fold.chain.digest, canonical.dump(fold.state), b"[]")
    last = next(iter(records(log, seq)))
    root = last.cause if last.source == SOURCE_ENGINE else seq
    cut = MemoryLog(replace(HEADER, base=base_of(found, root)), found)
    lines = list(log.read(seq + 1))
    if lines:
        cut.append(lines, seq + 1, log.last_seq, log.last_digest)
    return cut, found


def test_from_any_record_on_it_comes_to_the_same_state_and_digest(whole: EventLog) -> None:
    """Replay, verify and recheck alike; a base in the middle of the engine's steps is no exception."""
    end = canonical.dump(replay(whole))
    for seq in range(1, whole.last_seq + 1):
        cut, _ = standing(whole, seq)

        found = verify(cut)
        assert (found.ok, found.records, found.last) == (True, whole.last_seq - seq, whole.last_seq)
        assert found.digest == whole.last_digest.hex()
        assert recheck(cut).ok
        assert canonical.dump(replay(cut)) == end


def test_a_record_in_the_middle_is_found_by_its_number(whole: EventLog) -> None:
    """Time travel, inspection and checkpoints: seqs go on where the base ended."""
    seq, later = 10, 20
    cut, base = standing(whole, seq)

    assert canonical.dump(replay(cut, to_seq=later)) == canonical.dump(replay(whole, to_seq=later))
    assert list(inspect(cut, later)) == list(inspect(whole, later))
    assert make_checkpoint(cut, later).digest == make_checkpoint(whole, later).digest
    assert make_checkpoint(cut, seq).state == base.state


def test_an_exchange_goes_on_from_a_base_as_from_the_whole_log(whole: EventLog) -> None:
    """Whatever the base cut through: what was pending is done, with the cause it had."""
    for seq in range(1, whole.last_seq + 1):
        cut, base = standing(whole, seq)
        bare = MemoryLog(cut.header, base)

        for log in (bare, cut):
            exchange = Exchange(log, durability=OFF, make_views=Blind)
            exchange.flush()
            exchange.close()

        assert exchange.resumed
        made = list(bare.read())
        assert made == list(whole.read(seq + 1))[: len(made)]
        assert cut.last_seq == whole.last_seq


def with_views(log: EventLog, seq: int) -> tuple[MemoryLog, Views]:
    """*log* on a base of its first *seq* records that has their views, too; and the views of the whole."""
    cut, base = standing(log, seq)
    before, all_of_it = Views(), Views()
    fold_alone(log, seq, before)
    fold_alone(log, log.last_seq, all_of_it)
    base = replace(base, views=pack_views(before))
    assert cut.header.base is not None
    grown = MemoryLog(replace(cut.header, base=base_of(base, cut.header.base.root)), base)
    grown.append(list(cut.read()), seq + 1, cut.last_seq, cut.last_digest)
    return grown, all_of_it


def test_views_begin_with_those_of_the_base(whole: EventLog) -> None:
    """Read, restarted or made a checkpoint of: they come to what the whole log comes to."""
    for seq in (10, 25, 40):
        grown, all_of_it = with_views(whole, seq)
        views = Views()

        replay(grown, views)
        exchange = Exchange(grown, durability=OFF)
        exchange.close()
        make_checkpoint(grown, grown.last_seq)
        kept = Views()

        assert plain(views) == plain(exchange.views) == plain(all_of_it)
        assert take_kept(grown, grown.last_seq, kept) is not None
        assert plain(kept) == plain(all_of_it)


def test_views_of_another_program_in_a_base_are_taken_as_far_as_they_fit(
    whole: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else is left of the records before. In a checkpoint they are left aside, because they can be folded."""
    grown, all_of_it = with_views(whole, 25)
    monkeypatch.setattr("simexchange.eventlog.checkpoint.code_of_views", lambda: "another")
    views = Views()

    replay(grown, views)

    assert plain(views) == plain(all_of_it)
    base = grown.base()
    assert base is not None
    assert not unpack_views(base.views, Views())
    assert not unpack_views(b"nonsense", Views(), of_any_program=True)


def test_an_export_takes_the_base_along(whole: EventLog, tmp_path: Path) -> None:
    """And an import brings it back, into a file of either kind."""
    cut, base = standing(whole, 17)
    out = b"".join(export(cut))
    source = JsonlLog.from_stream(BytesIO(out))
    target = SqliteLog.create(tmp_path / "events.sqlite", source.header, OFF, source.base())

    count = import_records(source, target)

    assert count == whole.last_seq - 17
    assert (target.base(), target.last_digest) == (base, whole.last_digest)
    assert b"".join(export(target)) == out
    assert recheck(target).ok
    target.close()
    source.close()


def test_other_bytes_than_the_header_names_are_damage(whole: EventLog, tmp_path: Path) -> None:
    """In either file; verify names it, and whoever needs the base is refused."""
    cut, base = standing(whole, 17)
    path = tmp_path / "events.sqlite"
    SqliteLog.create(path, cut.header, OFF, base).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE base SET state = ?", (base.state + b" ",))
    log = SqliteLog.read_only(path)

    found = verify(log)

    assert found.error is not None
    assert (found.ok, found.error.kind, found.error.seq, found.records) == (False, "base", 17, 0)
    with pytest.raises(LogDamaged, match="state are other bytes"):
        replay(log)


@pytest.mark.parametrize("line", [b"{}", b"", b"[1]", b"\xff"])
def test_a_base_that_cannot_be_read_is_damage(whole: EventLog, line: bytes) -> None:
    cut, _ = standing(whole, 17)
    header, _, rest = b"".join(export(cut)).split(b"\n", 2)

    log = JsonlLog.from_stream(BytesIO(b"\n".join((header, line, rest))))
    found = verify(log)
    log.close()

    assert found.error is not None
    assert found.error.kind == "base"


def test_a_base_of_another_form_of_the_state_is_refused_with_the_remedy(whole: EventLog) -> None:
    """Of another engine revision it is taken: what was decided stays."""
    cut, base = standing(whole, 17)
    header = b"[%d,%d," % (canonical.FORMAT, REVISION)
    assert base.state.startswith(header)
    for other, readable in ((b"[%d,%d," % (canonical.FORMAT, 1), True), (b"[999,1,", False)):
        changed = replace(base, state=base.state.replace(header, other, 1))
        log = MemoryLog(replace(cut.header, base=base_of(changed, 17)), changed)
        if readable:
            assert canonical.dump(replay(log)) == base.state
        else:
            with pytest.raises(LogNewer, match="another form"):
                replay(log)


def test_the_markets_are_those_of_the_whole_log(whole: EventLog) -> None:
    """Though they were listed before the base."""
    cut, _ = standing(whole, 17)

    assert opened_with(cut) == opened_with(whole)
