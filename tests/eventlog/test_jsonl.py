"""JSON lines: exports, imports, and what can be wrong with them."""

import io
from contextlib import closing
from pathlib import Path

import pytest

from simexchange.errors import LogDamaged, LogError, LogInUse, LogUnreadable, StorageFailed
from simexchange.eventlog.header import Header, Parent
from simexchange.eventlog.jsonl import JsonlLog, export, import_records
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import verify
from tests.eventlog.test_logs import fill
from tests.eventlog.world import HEADER, busy_world


def exported(*, header: bool = False) -> bytes:
    return b"".join(export(busy_world().log, header=header))


def test_an_export_is_the_stored_records_verbatim_one_a_line() -> None:
    log = busy_world().log

    text = b"".join(export(log))

    assert text.splitlines() == list(log.read())
    assert text.endswith(b"\n")


@pytest.mark.parametrize("header", [True, False])
def test_an_export_verifies_like_its_log(tmp_path: Path, header: bool) -> None:
    """With the header or without: then seed and start are in the first record."""
    (tmp_path / "run.jsonl").write_bytes(exported(header=header))

    with closing(open_log(str(tmp_path / "run.jsonl"))) as log:
        found = verify(log)

    assert found == verify(busy_world().log)


def test_a_forks_header_is_always_exported() -> None:
    """Nobody could tell without it what the first digest follows."""
    log = MemoryLog(Header(7, HEADER.start, parent=Parent("run", 9, "ab" * 16)))

    lines = list(export(log))

    assert lines[0].startswith(b'{"seed":7')


def test_standard_input_is_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO(exported())
    monkeypatch.setattr("simexchange.eventlog.locate.standard_input", lambda: stream)

    log = open_log("-")

    assert verify(log).ok
    assert len(list(log.read())) == len(list(log.read()))
    log.close()


def test_an_import_gives_the_same_digest(tmp_path: Path) -> None:
    source = busy_world().log
    target = SqliteLog.create(tmp_path / "events.sqlite", source.header)

    count = import_records(source, target, group=7)

    assert (count, target.last_digest) == (source.last_seq, source.last_digest)
    assert verify(target) == verify(source)
    target.close()


def test_damage_is_not_imported() -> None:
    source, target = MemoryLog(HEADER), MemoryLog(HEADER)
    lines = list(busy_world().log.read())
    lines[30] = lines[30].replace(b'"client"', b'"Client"')
    source._lines = lines

    with pytest.raises(LogDamaged):
        import_records(source, target, group=8)

    assert target.last_seq <= 30


def test_every_truncation_point_of_the_tail_is_found(tmp_path: Path) -> None:
    """Cut inside the last two lines: the records before are sound, the cut one is named; cut between lines is a log."""
    text = exported(header=True)
    path = tmp_path / "run.jsonl"
    ends = [at + 1 for at, byte in enumerate(text) if byte == 10]
    whole = verify(busy_world().log).last

    for end in range(ends[-3] + 1, len(text)):
        path.write_bytes(text[:end])
        log = JsonlLog.read_only(path)
        found = verify(log)
        log.close()
        complete = text[:end].count(b"\n") - 1
        missing_newline = end + 1 in ends
        if end in ends or missing_newline:
            assert found.ok, f"cut at {end}"
            assert found.last == complete + missing_newline
        else:
            assert found.error is not None, f"cut at {end}"
            assert (found.error.seq, found.last) == (complete + 1, complete)
    assert whole == len(ends) - 1


def test_every_truncation_point_of_the_head_is_refused(tmp_path: Path) -> None:
    """A header that was cut is none."""
    text = exported(header=True)
    path = tmp_path / "run.jsonl"

    for end in range(text.index(b"\n")):
        path.write_bytes(text[:end])
        with pytest.raises(LogError):
            JsonlLog.read_only(path)


def test_a_torn_tail_is_not_written_on(tmp_path: Path) -> None:
    """JSON lines are opened for writing only when they are begun."""
    (tmp_path / "run.jsonl").write_bytes(exported(header=True)[:-5])

    with pytest.raises(LogUnreadable, match="cannot begin"):
        JsonlLog.create(tmp_path / "run.jsonl", HEADER)
    with (
        pytest.raises(StorageFailed, match="opened for reading"),
        closing(JsonlLog.read_only(tmp_path / "run.jsonl")) as log,
    ):
        fill(log, 1)


def test_two_writers_of_one_file_are_one_too_many(tmp_path: Path) -> None:
    first = JsonlLog.create(tmp_path / "run.jsonl", HEADER)

    with pytest.raises(LogInUse):
        JsonlLog.create(tmp_path / "run.jsonl", HEADER)

    first.close()


def test_an_empty_file_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_bytes(b"")

    with pytest.raises(LogUnreadable, match="empty"):
        open_log(str(tmp_path / "run.jsonl"))


def test_a_folder_its_file_and_its_export_are_the_same_log(tmp_path: Path) -> None:
    """Whatever LOG is typed."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER)
    busy_world(log)
    (tmp_path / "run.jsonl").write_bytes(b"".join(export(log)))
    log.close()

    results = []
    for name in ("", "events.sqlite", "run.jsonl"):
        with closing(open_log(str(tmp_path / name))) as opened:
            results.append(verify(opened))

    assert results[0].ok
    assert results == [results[0]] * 3
