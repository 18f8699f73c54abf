"""A repair makes a new log of what is sound; the damaged file and what it held are all still there."""

import shutil
import sqlite3
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import msgspec
import pytest

from simexchange.core.vocabulary.notes import NoteRepair
from simexchange.errors import ConfigError, LogDamaged, LogUnreadable
from simexchange.eventlog.bases import base_of
from simexchange.eventlog.checkpoint import Checkpoint
from simexchange.eventlog.checkpointing import make_checkpoint
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.header import Header, encode_header
from simexchange.eventlog.jsonl import JsonlLog
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.record import decode
from simexchange.eventlog.repair import NOTE, Repaired, pending_note, repair
from simexchange.eventlog.replay import records
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import verify
from simexchange.runtime.exchange import Exchange
from tests.eventlog.test_integrity import LINES, WHOLE, as_jsonl, as_sqlite, copy, edited
from tests.eventlog.world import HEADER, busy_world

__all__ = ["copy"]


def mended(damaged: Path, new: Path) -> Repaired:
    with closing(open_log(str(damaged))) as log:
        return repair(log, new)


def on_base() -> tuple[Header, Checkpoint]:
    """A log that begins after record 20."""
    base = make_checkpoint(busy_world().log, 20)
    return msgspec.structs.replace(HEADER, base=base_of(base, 20)), base


def served_once(folder: Path) -> None:
    """Open the exchange on the log in *folder* and end it."""
    with closing(SqliteLog.open(folder / "events.sqlite")) as log:
        Exchange(log).close()


def test_a_torn_end_is_put_aside_and_the_file_left_as_it_is(tmp_path: Path) -> None:
    torn = as_jsonl(tmp_path / "torn.jsonl", LINES)
    torn.write_bytes(torn.read_bytes()[:-30])
    before = torn.read_bytes()
    last_line = before[before.rindex(b"\n") + 1 :]

    done = mended(torn, tmp_path / "new.jsonl")

    aside = Path(done.put_aside).read_bytes()
    assert (done.what, done.last, done.records) == ("torn", WHOLE - 1, WHOLE - 1)
    assert aside == last_line
    assert (done.put_aside_bytes, done.put_aside_digest) == (len(aside), blake2b(aside, digest_size=16).hexdigest())
    assert torn.read_bytes() == before
    with closing(JsonlLog.read_only(tmp_path / "new.jsonl")) as log:
        assert verify(log).ok
        assert list(log.read()) == LINES[:-1]


@pytest.mark.parametrize("kept", [as_jsonl, as_sqlite])
def test_what_stands_behind_the_damage_is_put_aside_verbatim(kept: object, tmp_path: Path) -> None:
    damaged = as_sqlite if kept is as_sqlite else as_jsonl
    file = damaged(tmp_path / "damaged.log", edited(LINES))

    done = mended(file, tmp_path / "new")

    assert (done.what, done.last) == ("edited", 20)
    assert done.digest == decode(LINES[19]).digest
    assert Path(done.put_aside).read_bytes() == b"".join(line + b"\n" for line in edited(LINES)[20:])
    with closing(open_log(str(tmp_path / "new"))) as log:
        assert verify(log).ok
        assert list(log.read()) == LINES[:20]


def test_the_first_record_of_a_mended_log_tells_of_the_repair(tmp_path: Path) -> None:
    """What was wrong, after which record, how many bytes with which digest, and where they are."""
    done = mended(as_sqlite(tmp_path / "damaged.log", edited(LINES)), tmp_path / "new")

    served_once(tmp_path / "new")

    with closing(open_log(str(tmp_path / "new"))) as log:
        told = [r for r in records(log, 21) if isinstance(r.command, NoteRepair)]
        first = next(r for r in records(log, 21) if r.source != "engine")
        assert (verify(log).ok, recheck(log).ok) == (True, True)
    assert told == [first]
    note = first.command
    assert isinstance(note, NoteRepair)
    assert (note.what, note.seq, first.source) == ("edited", 20, "control")
    for part in (str(done.put_aside_bytes), done.put_aside_digest, "damaged-after-20.rest"):
        assert part in note.detail


def test_it_is_told_once_however_often_the_log_is_served(tmp_path: Path) -> None:
    """Also where the process dies between writing the record down and crossing it off."""
    mended(as_sqlite(tmp_path / "damaged.log", edited(LINES)), tmp_path / "new")
    with closing(SqliteLog.read_only(tmp_path / "new" / "events.sqlite")) as log:
        noted = log.note(NOTE)
    served_once(tmp_path / "new")
    served_once(tmp_path / "new")
    with closing(SqliteLog.open(tmp_path / "new" / "events.sqlite")) as log:
        assert log.note(NOTE) == ""
        log.set_note(NOTE, noted)
        assert pending_note(log) is None

    served_once(tmp_path / "new")

    with closing(open_log(str(tmp_path / "new"))) as log:
        assert sum(isinstance(r.command, NoteRepair) for r in records(log)) == 1


def test_a_mended_log_has_the_digests_it_had(tmp_path: Path) -> None:
    """Anchors that were written down of the damaged log hold for the mended one."""
    mended(as_sqlite(tmp_path / "damaged.log", edited(LINES)), tmp_path / "new")

    with closing(open_log(str(tmp_path / "new"))) as log:
        assert verify(log, anchors={seq: decode(LINES[seq - 1]).digest for seq in (5, 20)}).ok


def test_commits_that_sqlite_lost_are_put_aside_with_the_write_ahead_log(copy: Path, tmp_path: Path) -> None:
    wal = Path(f"{copy}-wal")
    hurt = bytearray(wal.read_bytes())
    hurt[32 + 16_408 * 3 + 700] ^= 1
    wal.write_bytes(bytes(hurt))

    done = mended(copy, tmp_path / "new")

    assert done.what == "edited"
    assert 40 <= done.last < WHOLE
    assert Path(done.put_aside).read_bytes() == bytes(hurt) == wal.read_bytes()
    served_once(tmp_path / "new")


def test_a_hurt_file_is_mended_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    """A page overwritten with zeros takes what is on it; what comes before is sound."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    for n in range(1, WHOLE + 1):
        log.append([LINES[n - 1]], n, n, bytes.fromhex(decode(LINES[n - 1]).digest))
    log.close()
    file = tmp_path / "events.sqlite"
    data = bytearray(file.read_bytes())
    at = data.index(LINES[-2]) // 16_384 * 16_384
    data[at : at + 16_384] = bytes(16_384)
    file.write_bytes(bytes(data))

    done = mended(file, tmp_path / "new")

    assert (done.what, 0 < done.last < WHOLE) == ("edited", True)
    assert file.read_bytes() == bytes(data)
    served_once(tmp_path / "new")


def test_a_damaged_checkpoint_is_left_out(tmp_path: Path) -> None:
    log = SqliteLog.create(tmp_path / "old" / "events.sqlite", HEADER, OFF)
    busy_world(log)
    log.close()
    with closing(sqlite3.connect(tmp_path / "old" / "events.sqlite")) as database, database:
        database.execute("INSERT INTO checkpoints (seq, digest, check_sum, state, feeds) VALUES (9, x'', '', x'', x'')")

    done = mended(tmp_path / "old", tmp_path / "new")

    assert (done.last, done.put_aside_bytes) == (WHOLE, 0)
    with closing(open_log(str(tmp_path / "new"))) as mended_log:
        assert verify(mended_log).ok


def test_a_log_on_a_base_is_mended_on_it(tmp_path: Path) -> None:
    header, base = on_base()
    target = SqliteLog.create(tmp_path / "old" / "events.sqlite", header, base=base)
    for seq in range(21, WHOLE + 1):
        target.append([LINES[seq - 1]], seq, seq, bytes.fromhex(decode(LINES[seq - 1]).digest))
    target.close()
    with closing(sqlite3.connect(tmp_path / "old" / "events.sqlite")) as database, database:
        database.execute("UPDATE groups SET records = replace(records, 'client', 'feeder') WHERE first_seq = 40")

    done = mended(tmp_path / "old", tmp_path / "new")

    assert (done.last, done.records) == (39, 19)
    with closing(open_log(str(tmp_path / "new"))) as again:
        assert verify(again).ok
        assert again.header == header


def test_without_its_base_nothing_can_be_mended(tmp_path: Path) -> None:
    header, base = on_base()
    SqliteLog.create(tmp_path / "old" / "events.sqlite", header, base=base).close()
    with closing(sqlite3.connect(tmp_path / "old" / "events.sqlite")) as database, database:
        database.execute("UPDATE base SET state = x'00'")

    with closing(open_log(str(tmp_path / "old"))) as old:
        error = verify(old).error
        assert error is not None
        assert (error.kind, error.name) == ("base", "edited")
        with pytest.raises(LogDamaged, match="restore it from a copy"):
            repair(old, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_sound_log_is_not_mended(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is nothing to repair"):
        mended(as_jsonl(tmp_path / "log.jsonl", LINES), tmp_path / "new")

    assert not (tmp_path / "new").exists()


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    damaged = as_jsonl(tmp_path / "log.jsonl", edited(LINES))
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "note.txt").write_text("mine")
    shutil.copy(damaged, tmp_path / "new.jsonl")

    for place in ("new", "new.jsonl", "log.jsonl"):
        with pytest.raises(ConfigError, match="exists"):
            mended(damaged, tmp_path / place)
    (tmp_path / "file").write_text("")
    with pytest.raises(LogUnreadable, match="choose another place"):
        mended(damaged, tmp_path / "file" / "new")

    assert [path.name for path in (tmp_path / "new").iterdir()] == ["note.txt"]


@pytest.mark.parametrize("name", ["new", "new.jsonl"])
def test_a_repair_that_fails_leaves_nothing_and_can_be_tried_again(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a log would be in the way of the next try."""
    damaged = as_jsonl(tmp_path / "torn.jsonl", edited(LINES))
    before = sorted(tmp_path.rglob("*"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("simexchange.eventlog.repair.os.fsync", full)
        with pytest.raises(LogUnreadable, match="No space left on device"):
            mended(damaged, tmp_path / name)
    with monkeypatch.context() as disk:
        disk.setattr("simexchange.eventlog.repair._sound", full)
        with pytest.raises((LogUnreadable, OSError), match="No space left on device"):
            mended(damaged, tmp_path / name)

    assert sorted(tmp_path.rglob("*")) == before
    assert mended(damaged, tmp_path / name).last == 20


def test_of_two_repairs_to_one_place_the_second_leaves_the_first_alone(tmp_path: Path) -> None:
    damaged = as_jsonl(tmp_path / "torn.jsonl", edited(LINES))
    other = tmp_path / "new.damaged-after-20.rest"
    other.write_bytes(b"of the first")

    with pytest.raises(LogUnreadable, match="File exists"):
        mended(damaged, tmp_path / "new.jsonl")

    assert other.read_bytes() == b"of the first"


def test_a_damaged_first_record_leaves_a_log_without_records(tmp_path: Path) -> None:
    """It has the header still, and whoever serves it begins the exchange."""
    damaged = as_jsonl(tmp_path / "log.jsonl", [LINES[0].replace(b'"client"', b'"Client"'), *LINES[1:]])

    done = mended(damaged, tmp_path / "new")

    assert (done.last, done.records) == (0, 0)
    assert done.digest == HEADER.genesis.hex()
    assert encode_header(HEADER) in damaged.read_bytes()
    served_once(tmp_path / "new")
    with closing(open_log(str(tmp_path / "new"))) as log:
        assert [type(r.command).__name__ for r in records(log)][:2] == ["OpenExchange", "NoteRepair"]
