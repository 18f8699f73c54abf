"""What can be wrong with a log in a file: one clear exception each, naming the thing and the remedy."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from simexchange.errors import LogDamaged, LogError, LogInUse, LogNewer, LogUnreadable, StorageFailed
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.header import SCHEMA
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import verify
from tests.eventlog.test_logs import fill
from tests.eventlog.world import HEADER, busy_world

HOLDER = """
import pathlib, sys
from simexchange.eventlog.sqlite import SqliteLog
log = SqliteLog.open(pathlib.Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed log of a small exchange."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    log.close()
    return tmp_path / "events.sqlite"


def test_a_second_writer_is_refused_and_told_who_has_it(path: Path) -> None:
    first = SqliteLog.open(path)

    with pytest.raises(LogInUse, match=f"in use by process {os.getpid()}: stop it"):
        SqliteLog.open(path)

    first.close()
    SqliteLog.open(path).close()


def test_another_process_is_refused_too(path: Path) -> None:
    """The lock is the system's, so it ends with its holder and with nothing else."""
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLDER,
            str(path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        assert child.stdout.readline() == b"open\n"
        with pytest.raises(LogInUse):
            SqliteLog.open(path)
        child.kill()
        child.wait()

        SqliteLog.open(path).close()


def test_readers_see_the_committed_part_while_it_is_being_written(path: Path) -> None:
    """A reader opened before an append reads what was committed when it began to read."""
    writer = SqliteLog.open(path, OFF)
    reader = SqliteLog.read_only(path)
    before = reader.last_seq
    reading = reader.read()
    next(reading)

    fill(writer, 5)

    assert len(list(reading)) == before - 1
    assert len(list(reader.read())) == before + 5
    writer.close()


def test_the_file_is_ordinary_sqlite_with_one_row_per_group(path: Path) -> None:
    """Anybody with an SQLite tool can read it."""
    writer = SqliteLog.open(path, OFF)
    before = writer.last_seq
    fill(writer, 3)

    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as reader:
        first, last, digest, records = reader.execute("SELECT * FROM groups ORDER BY first_seq DESC").fetchone()
    reader.close()

    assert (first, last, digest) == (before + 1, before + 3, writer.last_digest.hex())
    assert [line[: line.index(",")] for line in records.split("\n")] == [f"[{first}", f"[{first + 1}", f"[{last}"]
    writer.close()


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogUnreadable, match="there is no event log at"):
        SqliteLog.open(tmp_path / "events.sqlite")
    with pytest.raises(LogUnreadable, match=r"it holds no events\.sqlite"):
        open_log(str(tmp_path))
    with pytest.raises(LogUnreadable, match="there is no event log at"):
        open_log(str(tmp_path / "none.jsonl"))


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0", b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "events.sqlite").write_bytes(content)

    with pytest.raises(LogError, match=r"events\.sqlite"):
        SqliteLog.open(tmp_path / "events.sqlite")
    with pytest.raises(LogError, match=r"events\.sqlite"):
        SqliteLog.read_only(tmp_path / "events.sqlite")


def test_somebody_elses_database_is_no_log(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "events.sqlite")
    other.execute("CREATE TABLE cats (name TEXT)")
    other.close()

    with pytest.raises(LogUnreadable, match="as an event log"):
        SqliteLog.open(tmp_path / "events.sqlite")


def test_a_log_is_not_begun_twice(path: Path) -> None:
    with pytest.raises(LogUnreadable, match="there is a log at"):
        SqliteLog.create(path, HEADER)

    assert verify(SqliteLog.read_only(path)).ok


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LogUnreadable, match="cannot make the folder"):
        SqliteLog.create(tmp_path / "file" / "events.sqlite", HEADER)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(LogUnreadable, match="change its permissions"):
        SqliteLog.create(tmp_path / "events.sqlite", HEADER)

    tmp_path.chmod(0o700)


def test_a_newer_log_is_refused_with_the_remedy(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute(
            "UPDATE meta SET value = replace(value, ?, ?) WHERE name = 'header'",
            (f'"schema":{SCHEMA}', f'"schema":{SCHEMA + 1}'),
        )
    other.close()

    for opened in (SqliteLog.open, SqliteLog.read_only):
        with pytest.raises(LogNewer, match="update simexchange"):
            opened(path)


def test_a_lock_is_given_back_when_opening_fails(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("UPDATE meta SET value = '{}'")
    other.close()

    for _ in range(2):
        with pytest.raises(LogDamaged, match="header"):
            SqliteLog.open(path)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE groups SET records = replace(records, '\"client\"', '\"control\"') WHERE first_seq = 8", "chain"),
        ("DELETE FROM groups WHERE first_seq = 9", "seq"),
        ("UPDATE groups SET last_seq = last_seq + 1 WHERE first_seq = 9", "seq"),
        ("UPDATE groups SET digest = '00' WHERE first_seq = 9", "chain"),
        ("UPDATE groups SET first_seq = 1000 WHERE first_seq = 9", "seq"),
        ("UPDATE groups SET records = records || char(10) || records WHERE first_seq = 9", "seq"),
    ],
)
def test_an_edited_row_is_found(path: Path, statement: str, kind: str) -> None:
    with sqlite3.connect(path) as other:
        assert other.execute(statement).rowcount == 1
    other.close()

    found = verify(SqliteLog.read_only(path))

    assert not found.ok
    assert found.error is not None
    assert (found.error.kind, found.error.seq in (8, 9, 10)) == (kind, True)
    assert found.last == found.records == found.error.seq - 1


def test_a_truncated_file_is_damage_or_unreadable_but_never_silent(path: Path) -> None:
    """Wherever it was cut."""
    whole = path.read_bytes()
    sound = verify(SqliteLog.read_only(path))
    pages = len(whole) // 4096

    for page in range(pages):
        path.write_bytes(whole[: page * 4096 + 100])
        try:
            log = SqliteLog.read_only(path)
        except LogError:
            continue
        found = verify(log)
        assert not found.ok or found == sound, f"cut in page {page}"


def test_bits_that_flip_in_the_file_are_found_or_harmless(path: Path) -> None:
    """A flip in a record is always found; one in space SQLite does not use changes nothing that is read."""
    whole = path.read_bytes()
    log = SqliteLog.read_only(path)
    lines = list(log.read())
    needle = lines[len(lines) // 2]
    start = whole.index(needle)

    for at in range(start, start + len(needle)):
        flipped = bytearray(whole)
        flipped[at] ^= 1
        path.write_bytes(bytes(flipped))
        assert not verify(SqliteLog.read_only(path)).ok, f"byte {at - start} of the record"


def test_a_log_survives_its_folder_being_copied_while_it_is_written(path: Path, tmp_path: Path) -> None:
    """The write-ahead log goes with it: what was committed is in the copy."""
    writer = SqliteLog.open(path, OFF)
    fill(writer, 3)
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in path.parent.glob("events.sqlite*"):
        shutil.copy(file, copy)

    assert SqliteLog.read_only(copy / "events.sqlite").last_seq == writer.last_seq
    writer.close()


def test_a_full_disk_fails_the_append_and_every_one_after(path: Path) -> None:
    """The file may not grow: nothing of the group is in it, and the log says so."""
    log = SqliteLog.open(path, OFF)
    assert log._writer is not None
    log._writer.execute("PRAGMA max_page_count=1")
    before = log.last_seq

    with pytest.raises(StorageFailed, match="free some space"):
        fill(log, 4000)
    with pytest.raises(StorageFailed, match="takes no more records"):
        fill(log, 1)

    assert log.last_seq == before
    assert len(list(log.read())) == before
    log.close()
    assert verify(SqliteLog.read_only(path)).last == before


def test_a_closed_log_takes_no_records(path: Path) -> None:
    log = SqliteLog.open(path)
    log.close()

    with pytest.raises(StorageFailed, match="closed"):
        fill(log, 1)
    with pytest.raises(StorageFailed, match="closed"):
        fill(SqliteLog.read_only(path), 1)
