"""A fork has its parent's records up to one of them, byte for byte, whatever file the parent is."""

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from simexchange.core import canonical
from simexchange.errors import ConfigError, LogDamaged, LogNewer, NotThere
from simexchange.eventlog import explaining
from simexchange.eventlog.bookmarks import PREFIX, bookmarks
from simexchange.eventlog.checkpoint import code_of_views
from simexchange.eventlog.checkpointing import make_checkpoint
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.forking import fork
from simexchange.eventlog.header import Parent
from simexchange.eventlog.jsonl import JsonlLog, export
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.recorder import Recorder
from simexchange.eventlog.replay import records, replay
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.eventlog.verify import verify
from simexchange.projections.views import Views
from tests.core.world import PERP
from tests.eventlog.test_bases import standing
from tests.eventlog.world import HEADER, busy_world
from tests.projections.plain import plain


def as_sqlite(log: EventLog, folder: Path, *groups: int) -> SqliteLog:
    """The same log in a data folder, committed in groups of those sizes, in turn."""
    made = SqliteLog.create(folder / FILE_NAME, HEADER, OFF)
    lines = list(log.read())
    all_records = list(records(log))
    at, turn = 0, 0
    while at < len(lines):
        size = groups[turn % len(groups)]
        group = lines[at : at + size]
        digest = bytes.fromhex(all_records[at + len(group) - 1].digest)
        made.append(group, at + 1, at + len(group), digest)
        at, turn = at + size, turn + 1
    return made


@pytest.fixture(scope="module")
def whole() -> EventLog:
    return busy_world().log


def test_a_fork_after_any_record_is_the_parent_up_to_it(whole: EventLog, tmp_path: Path) -> None:
    """Wherever a commit group is cut; its header says where it left whom, and it verifies and rechecks."""
    parent = as_sqlite(whole, tmp_path / "run", 1, 7, 3)
    lines = list(whole.read())

    for seq in range(1, whole.last_seq + 1):
        made = fork(parent, seq, tmp_path / f"fork-{seq}")

        log = open_log(made.folder)
        assert list(log.read()) == lines[:seq]
        assert log.header.parent == Parent("run", seq, log.last_digest.hex())
        assert (made.parent, made.seq, made.records) == ("run", seq, seq)
        assert verify(log).ok
        log.close()
    assert recheck(open_log(str(tmp_path / f"fork-{whole.last_seq}"))).ok
    parent.close()


def test_the_parent_may_be_running_and_is_not_touched(whole: EventLog, tmp_path: Path) -> None:
    """Its writer holds the lock and goes on; what it writes afterwards is not in the fork."""
    parent = as_sqlite(whole, tmp_path / "run", 5)
    before = list(parent.read())
    recorder = Recorder(parent)

    made = fork(open_log(str(tmp_path / "run")), 30, tmp_path / "other")
    last = list(records(whole))[-1]
    recorder.record(last.at, "client", 0, last.command, [])
    recorder.flush()

    assert list(parent.read())[:-1] == before
    assert open_log(made.folder).last_seq == 30
    parent.close()


def test_lines_are_forked_as_rows_are(whole: EventLog, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(export(whole, header=True)))
    log = JsonlLog.read_only(path)

    made = fork(log, 40, tmp_path / "fork")

    found = open_log(made.folder)
    assert list(found.read()) == list(whole.read())[:40]
    assert found.header.parent == Parent("run.jsonl", 40, found.last_digest.hex())
    log.close()


def test_a_fork_of_a_fork_and_of_a_log_on_a_base_stands_on_what_its_parent_does(
    whole: EventLog, tmp_path: Path
) -> None:
    cut, base = standing(whole, 17)

    first = fork(cut, 60, tmp_path / "first")
    second = fork(open_log(first.folder), 50, tmp_path / "second")

    found = open_log(second.folder)
    assert (found.base(), found.header.first_seq, found.last_seq) == (base, 18, 50)
    assert list(found.read()) == list(whole.read())[17:50]
    assert verify(found).ok
    with pytest.raises(NotThere, match="it has 18 to 60"):
        fork(open_log(first.folder), 17, tmp_path / "third")


def test_a_fork_can_be_gone_on_with(whole: EventLog, tmp_path: Path) -> None:
    """Given the parent's further records it comes to the parent's digest."""
    made = fork(whole, 33, tmp_path / "fork")
    log = SqliteLog.open(Path(made.folder) / FILE_NAME, OFF)
    recorder = Recorder(log)

    for record in records(whole, 34):
        recorder.record(record.at, record.source, record.cause, record.command, record.events)
    recorder.flush()

    assert log.last_digest == whole.last_digest
    log.close()


def test_files_and_bookmarks_are_taken_along(whole: EventLog, tmp_path: Path) -> None:
    """Names of records up to the fork; whatever else the program noted is the parent's own."""
    parent = as_sqlite(whole, tmp_path / "run", 5)
    parent.set_note(f"{PREFIX}early", "20")
    parent.set_note(f"{PREFIX}late", "40")
    parent.set_note("wall_offset", "1")
    keys = tmp_path / "run" / "keys.json"
    keys.write_text("{}")
    keys.chmod(0o600)

    made = fork(parent, 30, tmp_path / "fork", [keys, tmp_path / "missing"])

    log = SqliteLog.read_only(Path(made.folder) / FILE_NAME)
    assert [log.note(name) for name in (f"{PREFIX}early", f"{PREFIX}late", "wall_offset")] == ["20", "", ""]
    assert (tmp_path / "fork" / "keys.json").stat().st_mode & 0o777 == 0o600
    parent.close()


def test_who_can_read_the_parent_is_who_can_read_the_fork(whole: EventLog, tmp_path: Path) -> None:
    """An older log that was gone on with by a later program says so, and so do its forks."""
    as_sqlite(whole, tmp_path / "run", 5).close()
    with sqlite3.connect(tmp_path / "run" / FILE_NAME) as connection:
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('written', '999')")
    parent = SqliteLog(tmp_path / "run" / FILE_NAME, HEADER, None, None)

    made = fork(parent, 30, tmp_path / "fork")

    with pytest.raises(LogNewer):
        open_log(made.folder)


def test_the_newest_checkpoint_and_views_are_taken_along(whole: EventLog, tmp_path: Path) -> None:
    """So that the fork is opened as quickly as its parent."""
    parent = as_sqlite(whole, tmp_path / "run", 5)
    for seq in (10, 20, 40):
        make_checkpoint(SqliteLog.read_only(parent.path), seq, b"[]")

    made = fork(parent, 30, tmp_path / "fork")

    log = SqliteLog.read_only(Path(made.folder) / FILE_NAME)
    found, views = log.load_checkpoint(10**9), log.load_views(10**9, code_of_views())
    assert found == parent.load_checkpoint(30)
    assert views == parent.load_views(30, code_of_views())
    assert found is not None
    assert views is not None
    assert (found.seq, views.seq) == (20, 20)
    parent.close()


def test_a_short_fork_stands_on_the_newest_checkpoint(whole: EventLog, tmp_path: Path) -> None:
    """It has the records after it, the views of before, and comes to the same; wherever a commit group is cut."""
    parent = as_sqlite(whole, tmp_path / "run", 7, 3)
    parent.set_note(f"{PREFIX}early", "5")
    for seq in (12, 20, 40):
        make_checkpoint(SqliteLog.read_only(parent.path), seq, b"[]")
    last = whole.last_seq
    all_of_it = Views()
    replay(whole, all_of_it)

    for seq, base in ((13, 12), (21, 20), (40, 20), (41, 40), (last, 40)):
        made = fork(parent, seq, tmp_path / f"short-{seq}", short=True)

        log = open_log(made.folder)
        assert (log.header.first_seq, log.last_seq, made.records) == (base + 1, seq, seq - base)
        assert list(log.read()) == list(whole.read())[base:seq]
        assert verify(log).ok
        assert recheck(log).ok
    views = Views()
    assert canonical.dump(replay(log, views)) == canonical.dump(replay(whole))
    assert plain(views) == plain(all_of_it)
    assert bookmarks(log) == {}
    with pytest.raises(NotThere, match="leave out --short"):
        fork(parent, 12, tmp_path / "none", short=True)
    parent.close()


@pytest.mark.parametrize("table", ["checkpoints", "kept_views"])
@pytest.mark.parametrize("damage", ["check_sum = 'x'", "digest = x'00'", "{big} = substr({big}, 2)", "{big} = 7"])
def test_a_short_fork_stands_on_nothing_damaged(whole: EventLog, tmp_path: Path, table: str, damage: str) -> None:
    """It takes the checkpoint before, and its header says so."""
    parent = as_sqlite(whole, tmp_path / "run", 7)
    for seq in (20, 40):
        make_checkpoint(SqliteLog.read_only(parent.path), seq, b"[]")
    with sqlite3.connect(parent.path) as other:
        big = "state" if table == "checkpoints" else "body"
        other.execute(f"UPDATE {table} SET {damage.format(big=big)} WHERE seq = 40")  # noqa: S608 - our own words
    other.close()

    log = open_log(fork(parent, 45, tmp_path / "short", short=True).folder)

    assert log.header.base is not None
    assert log.header.base.seq == 20
    assert canonical.dump(replay(log)) == canonical.dump(replay(whole, to_seq=45))
    parent.close()


def test_a_short_fork_explains_what_it_knows(whole: EventLog, tmp_path: Path) -> None:
    """Of what was set before its checkpoint it names no record."""
    parent = as_sqlite(whole, tmp_path / "run", 7)
    make_checkpoint(SqliteLog.read_only(parent.path), 40, b"[]")
    made = fork(parent, None, tmp_path / "short", short=True)
    log = open_log(made.folder)

    found, full = (explaining.margin(each, "taker") for each in (log, whole))

    assert [section.name for section in found.sections] == [section.name for section in full.sections]
    assert explaining.funding(log, PERP).sections
    assert explaining.liquidations(log) is not None
    parent.close()


def test_what_cannot_be_forked_is_refused_and_leaves_nothing(whole: EventLog, tmp_path: Path) -> None:
    parent = as_sqlite(whole, tmp_path / "run", 5)
    with pytest.raises(NotThere, match="there is no record 0 "):
        fork(parent, 0, tmp_path / "fork")
    with pytest.raises(NotThere, match=f"it has 1 to {whole.last_seq}"):
        fork(parent, whole.last_seq + 1, tmp_path / "fork")
    with pytest.raises(ConfigError, match="something at"):
        fork(parent, 5, tmp_path / "run")
    parent.close()
    shutil.copytree(tmp_path / "run", tmp_path / "gap")
    with sqlite3.connect(tmp_path / "gap" / FILE_NAME) as connection:
        connection.execute("DELETE FROM groups WHERE first_seq = 11")
    with pytest.raises(LogDamaged, match="missing"):
        fork(open_log(str(tmp_path / "gap")), 30, tmp_path / "fork")

    assert sorted(each.name for each in tmp_path.iterdir()) == ["gap", "run"]


def test_an_edited_line_is_not_forked(whole: EventLog, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    lines = b"".join(export(whole, header=True)).split(b"\n")
    place = random.Random(1).randrange(5, 30)
    path.write_bytes(b"\n".join([*lines[:place], lines[place].replace(b"0", b"1", 1), *lines[place + 1 :]]))

    log = JsonlLog.read_only(path)
    with pytest.raises(LogDamaged):
        fork(log, 40, tmp_path / "fork")
    log.close()

    assert not (tmp_path / "fork").exists()
