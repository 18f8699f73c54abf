"""Old records move into a file beside the log; both are read as one, and nothing is lost wherever that is cut off."""

import gzip
import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from simexchange.core import canonical
from simexchange.core.vocabulary.commands import NoteFeed
from simexchange.errors import ConfigError, LogDamaged, LogInUse, LogUnreadable, StorageFailed
from simexchange.eventlog import archive as archiving
from simexchange.eventlog.archive import WholeLog, archive, archives_of
from simexchange.eventlog.checkpointing import make_checkpoint
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.jsonl import export
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.record import decode
from simexchange.eventlog.replay import replay
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import verify
from simexchange.projections.views import Views
from simexchange.runtime.exchange import Exchange
from tests.eventlog.test_integrity import LINES, WHOLE
from tests.eventlog.world import HEADER, busy_world


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed log, its records in groups of three."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    for at in range(0, WHOLE, 3):
        group = LINES[at : at + 3]
        last = decode(group[-1])
        log.append(group, at + 1, last.seq, bytes.fromhex(last.digest))
    log.close()
    return tmp_path / "events.sqlite"


def opened(path: Path) -> closing[EventLog]:
    return closing(open_log(str(path)))


def is_all_there(path: Path) -> None:
    """Every record, its bytes, its chain, and what the engine makes of it, in the log and its archives as one."""
    with opened(path) as log:
        assert list(log.read()) == LINES
        assert (log.header, log.last_seq) == (HEADER, WHOLE)
        found = verify(log)
        assert (found.ok, found.first, found.last) == (True, 1, WHOLE), found.error
        assert recheck(log).ok


def test_who_reads_while_it_is_archived_is_not_told_of_damage(path: Path) -> None:
    """The next groups are of another log than the first ones; whoever begins again has the one that is there now."""
    log = SqliteLog.read_only(path)
    lines = log.read()
    assert next(lines) == LINES[0]
    archive(path, 32)

    with pytest.raises(LogUnreadable, match="archived while it was being read: read it again"):
        list(lines)
    assert (list(log.read()), log.header.first_seq) == (LINES[31:], 32)
    with opened(path) as whole:
        archive(path, 40)
        with pytest.raises(LogUnreadable, match="read it again"):
            list(whole.read())
    is_all_there(path)


def test_old_records_move_into_a_file_and_both_are_read_as_one(path: Path) -> None:
    """In the middle of a group as well."""
    done = archive(path, 32)

    assert (done.first, done.last, done.records) == (1, 31, 31)
    assert Path(done.file).name == "events.1-31.jsonl.gz"
    is_all_there(path)
    with closing(SqliteLog.read_only(path)) as alone:
        assert list(alone.read()) == LINES[31:]
        assert (verify(alone).ok, recheck(alone).ok) == (True, True)


def test_an_archive_is_a_log_by_itself(path: Path) -> None:
    """An export, compressed: anybody can read it without this program."""
    done = archive(path, 32)

    with opened(Path(done.file)) as log:
        assert list(log.read()) == LINES[:31]
        assert verify(log).digest == done.digest
    with gzip.open(done.file) as lines:
        assert lines.read().splitlines()[1:] == LINES[:31]


def test_the_same_records_make_the_same_file(path: Path, tmp_path: Path) -> None:
    """No name and no time in it."""
    shutil.copytree(tmp_path, tmp_path / "copy")

    first, second = archive(path, 32), archive(tmp_path / "copy" / "events.sqlite", 32)

    assert Path(first.file).read_bytes() == Path(second.file).read_bytes()


def test_a_log_is_archived_again_and_again(path: Path) -> None:
    for before in (10, 32, WHOLE, WHOLE + 1):
        archive(path, before)
        is_all_there(path)

    with closing(SqliteLog.read_only(path)) as log:
        assert [(each.first, each.last) for each in archives_of(log)] == [
            (1, 9), (10, 31), (32, WHOLE - 1), (WHOLE, WHOLE),
        ]  # fmt: skip
        assert list(log.read()) == []


def test_an_exchange_goes_on_after_its_archive(path: Path) -> None:
    """With the log alone; what it adds chains on."""
    done = archive(path, 32)
    aside = shutil.move(done.file, path.parent / "elsewhere")
    with closing(SqliteLog.open(path)) as log:
        exchange = Exchange(log)
        exchange.submit(NoteFeed("x", "started"), "control")
        state = canonical.dump(exchange.state)
        exchange.close()
    shutil.move(aside, done.file)

    with opened(path) as log:
        assert log.last_seq > WHOLE
        assert (verify(log).ok, recheck(log).ok) == (True, True)
        assert canonical.dump(replay(log)) == state


def test_views_are_the_same_with_the_archive_and_without(path: Path) -> None:
    """The log stands on what the projections had folded."""
    archive(path, 32)

    views = [Views(), Views(), Views()]
    replay(busy_world().log, views[0])
    with opened(path) as log:
        replay(log, views[1])
    with closing(SqliteLog.read_only(path)) as alone:
        replay(alone, views[2])

    names = [sorted(view.accounts.by_no) for view in views]
    assert names[0] == names[1] == names[2]


def test_the_past_is_read_across(path: Path) -> None:
    """As of any record, whatever file it is in."""
    archive(path, 20)
    archive(path, 40)

    with opened(path) as log:
        for seq in (1, 19, 20, 39, 40, WHOLE):
            assert canonical.dump(replay(log, to_seq=seq)) == canonical.dump(replay(busy_world().log, to_seq=seq))
            assert next(log.read(seq)) == LINES[seq - 1]
        assert b"".join(export(log, header=True)).splitlines()[1:] == LINES


def test_a_missing_archive_is_named(path: Path) -> None:
    """What is there is read; who asks for more hears which file it is in."""
    first, second = archive(path, 20), archive(path, 40)
    Path(first.file).unlink()

    with opened(path) as log:
        assert list(log.read()) == LINES[19:]
        assert verify(log).ok
        with pytest.raises(LogUnreadable, match=r"records 1 to 19 .* are in events\.1-19\.jsonl\.gz.*put it there"):
            list(log.read(5))
    Path(second.file).unlink()
    with opened(path) as log:
        assert list(log.read()) == LINES[39:]
        with pytest.raises(LogUnreadable, match=r"events\.20-39"):
            log.read(25)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_archive_is_named_and_the_log_is_not_lost(place: float, path: Path) -> None:
    done = archive(path, 40)
    data = bytearray(Path(done.file).read_bytes())
    data[int(len(data) * place)] ^= 255
    Path(done.file).write_bytes(bytes(data))

    try:
        with opened(path) as log:
            found = verify(log)
        assert not found.ok
        assert found.last < 40
    except (LogDamaged, LogUnreadable) as refused:
        assert "events.1-39.jsonl.gz" in str(refused)  # noqa: PT017 - either way is right
    with closing(SqliteLog.read_only(path)) as alone:
        assert verify(alone).ok


def test_an_archive_of_another_log_is_foreign(path: Path) -> None:
    """Its last digest is not the one the log goes on from."""
    done = archive(path, 32)
    text = gzip.decompress(Path(done.file).read_bytes())
    forged = text.replace(b'"third"', b'"thurd"')
    lines = forged.splitlines(keepends=True)
    other = SqliteLog.create(path.parent / "other" / "events.sqlite", HEADER, OFF)
    from tests.eventlog.test_integrity import rechained

    chained = rechained([line.rstrip(b"\n") for line in lines[1:]])
    other.close()
    Path(done.file).write_bytes(gzip.compress(lines[0] + b"".join(line + b"\n" for line in chained)))

    with opened(path) as log:
        found = verify(log)

    assert found.error is not None
    assert not found.ok
    assert found.error.name in ("foreign", "edited")


# Checkpoints


def test_checkpoints_are_thinned_here_and_nowhere_else(path: Path) -> None:
    """Of archived records; those of records that stay all stay."""
    log = SqliteLog.open(path, OFF)
    for seq in (5, 10, 15, 20, 25, 30, 45, 50):
        make_checkpoint(log, seq)
    log.close()
    shutil.copytree(path.parent, path.parent / "all")
    shutil.copytree(path.parent / "all", path.parent / "none")

    def kept(folder: Path, keep: str) -> list[int]:
        archive(folder / "events.sqlite", 31, keep)
        with closing(SqliteLog.read_only(folder / "events.sqlite")) as log:
            return log.checkpoint_seqs()

    assert kept(path.parent, "thinned") == [5, 30, 45, 50]
    assert kept(path.parent / "all", "all") == [5, 10, 15, 20, 25, 30, 45, 50]
    assert kept(path.parent / "none", "none") == [45, 50]
    for folder in (path.parent, path.parent / "all", path.parent / "none"):
        is_all_there(folder / "events.sqlite")


def test_where_feeds_were_at_work_the_cut_is_at_a_checkpoint(path: Path) -> None:
    """It knows how they stood; without one the log could not go on."""
    log = SqliteLog.open(path, OFF)
    make_checkpoint(log, 25, b"[]")
    log.close()

    assert archive(path, 40).last == 25


def test_without_a_checkpoint_of_the_feeds_nothing_is_moved(tmp_path: Path) -> None:
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    world = busy_world(log)
    world.run(NoteFeed("synthetic", "started"))
    noted = log.last_seq
    world.run(NoteFeed("synthetic", "suspended"))
    log.close()

    with pytest.raises(ConfigError, match="says how the feeds stood: none does yet; serve it, and have one made"):
        archive(tmp_path / "events.sqlite", noted + 1)
    log = SqliteLog.open(tmp_path / "events.sqlite", OFF)
    make_checkpoint(log, noted + 1, b"[]")
    log.close()
    with pytest.raises(ConfigError, match=f"is of record {noted + 1}; say --before {noted + 2} or later"):
        archive(tmp_path / "events.sqlite", noted + 1)

    assert not list(tmp_path.glob("*.gz*"))
    assert archive(tmp_path / "events.sqlite", noted + 2).last == noted + 1


# Refusals


def test_a_log_in_use_is_not_archived(path: Path) -> None:
    with closing(SqliteLog.open(path)), pytest.raises(LogInUse):
        archive(path, 32)

    is_all_there(path)


def test_where_nothing_is_to_be_moved_nothing_is(path: Path) -> None:
    for before in (0, 1, WHOLE + 2):
        with pytest.raises(ConfigError, match=r"nothing of .* is to be moved"):
            archive(path, before)
    archive(path, 32)
    with pytest.raises(ConfigError, match="it has 32 to"):
        archive(path, 20)


def test_a_damaged_log_is_not_archived(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE groups SET records = replace(records, 'client', 'feeder') WHERE first_seq = 10")

    with pytest.raises(LogDamaged):
        archive(path, 32)

    assert [each.name for each in path.parent.glob("*.gz")] == []


def test_a_whole_log_is_read_only(path: Path) -> None:
    archive(path, 32)

    with opened(path) as log:
        assert isinstance(log, WholeLog)
        with pytest.raises(StorageFailed, match="for reading"):
            log.append([b""], WHOLE + 1, WHOLE + 1, b"")


# Interrupted


STEPS = ["_write", "_read_back", "_take_out", "_sync_folder", "_check_sum", "put_on_base", "_dropped"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_wherever_it_is_killed_no_record_is_lost(step: str, when: str, path: Path) -> None:
    """In a process of its own, killed before and after each step; then it is done again."""
    child = os.fork()
    if not child:
        holder: object = archiving._Mover if hasattr(archiving._Mover, step) else archiving
        real = getattr(holder, step)

        def dies(*given: object) -> object:
            if when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            done = real(*given)
            os.kill(os.getpid(), signal.SIGKILL)
            return done

        setattr(holder, step, dies)
        try:
            archive(path, 32)
        finally:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

    is_all_there(path)
    with closing(SqliteLog.read_only(path)) as log:
        again = archives_of(log) == []
    if again:
        archive(path, 32)
        is_all_there(path)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A disk that has no room for the file."""

    def fails(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    yield
    monkeypatch.undo()


@pytest.mark.usefixtures("full")
def test_a_full_disk_leaves_the_log_as_it_was(path: Path) -> None:
    with pytest.raises(LogUnreadable, match="free some space"):
        archive(path, 32)

    with closing(SqliteLog.read_only(path)) as log:
        assert list(log.read()) == LINES
