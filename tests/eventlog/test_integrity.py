"""What befell a log is told by its name, wherever and however it was hurt."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from simexchange.core.vocabulary.commands import NoteFeed, OpenExchange
from simexchange.core.vocabulary.events import ExchangeOpened, FeedNoted
from simexchange.core.vocabulary.units import DAY, Nanos
from simexchange.errors import LogDamaged, LogError, LogUnreadable
from simexchange.eventlog.checkpointing import make_checkpoint
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.header import Header, encode_header
from simexchange.eventlog.integrity import read_anchors
from simexchange.eventlog.jsonl import JsonlLog, export
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.record import Chain, decode, split
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import Verification, VerifyError, verify
from tests.eventlog.world import HEADER, LoggedWorld, busy_world

LINES = list(busy_world().log.read())
OTHER_HEADER = Header(seed=8, start=Nanos(HEADER.start + DAY))
WHOLE = len(LINES)


def other_lines() -> list[bytes]:
    """Records of another exchange, a day later, whose digests are sound in their own log."""
    log = MemoryLog(OTHER_HEADER)
    chain = Chain(0, OTHER_HEADER.genesis)
    for record in map(decode, LINES):
        at, events = Nanos(record.at + DAY), record.events
        command = record.command
        if isinstance(command, OpenExchange):
            command = OpenExchange(8, at)
            events = [ExchangeOpened(8, at) if isinstance(event, ExchangeOpened) else event for event in events]
        line = chain.add(at, record.source, record.cause, command, events)
        log.append([line], chain.seq, chain.seq, chain.digest)
    return list(log.read())


OTHER = other_lines()


def rechained(lines: Sequence[bytes], header: Header = HEADER) -> list[bytes]:
    """The same records with sound digests of their own."""
    chain = Chain(0, header.genesis)
    return [chain.add(r.at, r.source, r.cause, r.command, r.events) for r in map(decode, lines)]


def as_jsonl(path: Path, lines: Sequence[bytes], header: Header = HEADER) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in (encode_header(header), *lines)))
    return path


def as_sqlite(path: Path, lines: Sequence[bytes], header: Header = HEADER) -> Path:
    """One group of three a row, whatever the records say of themselves."""
    log = SqliteLog.create(path, header, OFF)
    log.close()
    with closing(sqlite3.connect(path)) as database, database:
        for at in range(0, len(lines), 3):
            group = lines[at : at + 3]
            parts = split(group[-1])
            digest = "" if parts is None else parts[1].hex()
            row = (at + 1, at + len(group), digest, b"\n".join(group).decode("utf-8", "replace"))
            database.execute("INSERT INTO groups VALUES (?, ?, ?, ?)", row)
    return path


def judged(path: Path, anchors: dict[int, str] | None = None) -> Verification:
    with closing(open_log(str(path))) as log:
        return verify(log, anchors=anchors)


def error_of(found: Verification) -> VerifyError:
    assert found.error is not None
    assert not found.ok
    assert found.last == found.records
    assert found.error.remedy
    return found.error


def edited(lines: list[bytes]) -> list[bytes]:
    return [*lines[:20], lines[20].replace(b'"client"', b'"feeder"'), *lines[21:]]


def edited_and_signed(lines: list[bytes]) -> list[bytes]:
    """One record changed with a digest that follows, so that the next one does not."""
    record, before = decode(lines[20]), split(lines[19])
    assert before is not None
    chain = Chain(20, before[1])
    line = chain.add(Nanos(record.at), "feed:x", record.cause, record.command, record.events)
    return [*lines[:20], line, *lines[21:]]


DAMAGES: list[tuple[str, int, str, Callable[[list[bytes]], list[bytes]]]] = [
    ("two records swapped", 21, "reordered", lambda x: [*x[:20], x[21], x[20], *x[22:]]),
    ("two groups swapped", 22, "reordered", lambda x: [*x[:21], *x[24:27], *x[21:24], *x[27:]]),
    ("two far apart swapped", 11, "reordered", lambda x: [*x[:10], x[40], *x[11:40], x[10], *x[41:]]),
    ("the last two swapped", WHOLE - 1, "reordered", lambda x: [*x[:-2], x[-1], x[-2]]),
    ("a record twice", 22, "reordered", lambda x: [*x[:21], x[20], *x[21:]]),
    ("an earlier record again", 31, "reordered", lambda x: [*x[:30], x[4], *x[30:]]),
    ("a record left out", 21, "truncated", lambda x: [*x[:20], *x[21:]]),
    ("a group left out", 22, "truncated", lambda x: [*x[:21], *x[24:]]),
    ("the beginning left out", 1, "truncated", lambda x: x[3:]),
    ("a record edited", 21, "edited", edited),
    ("the last record edited", WHOLE, "edited", lambda x: [*x[:-1], x[-1].replace(b'"client"', b'"feeder"')]),
    ("a record edited and signed anew", 22, "edited", edited_and_signed),
    ("a record overwritten", 21, "edited", lambda x: [*x[:20], b"\0" * len(x[20]), *x[21:]]),
    ("a digest edited", 21, "edited", lambda x: [*x[:20], x[20][:-4] + b'00"]', *x[21:]]),
    ("a group of another log", 22, "foreign", lambda x: [*x[:21], *OTHER[21:24], *x[24:]]),
    ("a record of another log", 22, "foreign", lambda x: [*x[:21], OTHER[21], *x[22:]]),
    ("a record of another log put in", 22, "foreign", lambda x: [*x[:21], OTHER[40], *x[21:]]),
    ("an end of another log", 22, "foreign", lambda x: [*x[:21], *OTHER[21:]]),
    ("all of another log", 1, "foreign", lambda _: OTHER),
    ("a torn end", WHOLE, "torn", lambda x: [*x[:-1], x[-1][:-20]]),
]


@pytest.mark.parametrize("kept", [as_jsonl, as_sqlite])
@pytest.mark.parametrize(("seq", "name", "hurt"), [row[1:] for row in DAMAGES], ids=[row[0] for row in DAMAGES])
def test_what_befell_a_log_is_named(
    seq: int, name: str, hurt: Callable[[list[bytes]], list[bytes]], kept: Callable[..., Path], tmp_path: Path
) -> None:
    """With the first record that cannot be trusted, and all before it sound."""
    if kept is as_sqlite and name == "reordered" and hurt(LINES)[-1] == LINES[-1] and len(hurt(LINES)) > WHOLE:
        pytest.skip("rows are numbered: a record more in the middle is another number for all behind it")

    error = error_of(judged(kept(tmp_path / "a.log", hurt(LINES))))

    assert (error.name, error.seq) == (name, seq)


def test_a_header_of_another_log_is_foreign(tmp_path: Path) -> None:
    """Its own genesis is right, and the records are of another seed."""
    for kept in (as_jsonl, as_sqlite):
        error = error_of(judged(kept(tmp_path / f"{kept.__name__}.log", LINES, OTHER_HEADER)))

        assert (error.seq, error.name) == (1, "foreign")
        assert "seed 8" in error.damage
        assert "seed 7" in error.damage


def test_a_log_written_anew_is_told_by_its_anchors_only(tmp_path: Path) -> None:
    """An edit with every digest made anew holds in itself. Who wrote down a digest knows, and knows since when."""
    record = decode(LINES[30])
    forged = rechained(
        [*LINES[:30], msgspec.json.encode(msgspec.structs.replace(record, source="feed:x")), *LINES[31:]]
    )
    path = as_jsonl(tmp_path / "log.jsonl", forged)
    anchors = {seq: decode(LINES[seq - 1]).digest for seq in (10, 25, 40, 50)}

    alone, anchored = judged(path), error_of(judged(path, anchors))

    assert alone.ok
    assert (anchored.kind, anchored.name, anchored.seq) == ("anchor", "edited", 40)
    assert "between records 25 and 40" in anchored.damage
    assert judged(as_jsonl(tmp_path / "own.jsonl", LINES), anchors).ok


def test_a_log_cut_off_between_records_is_told_by_its_anchors_only(tmp_path: Path) -> None:
    """A sound shorter log is a sound log."""
    for kept in (as_jsonl, as_sqlite):
        path = kept(tmp_path / f"{kept.__name__}.log", LINES[:42])
        anchors = {WHOLE: decode(LINES[-1]).digest}

        assert judged(path).ok
        error = error_of(judged(path, anchors))
        assert (error.name, error.seq) == ("truncated", 43)


def test_the_genesis_is_an_anchor_too(tmp_path: Path) -> None:
    path = as_jsonl(tmp_path / "log.jsonl", LINES)

    assert judged(path, {0: HEADER.genesis.hex()}).ok
    assert error_of(judged(path, {0: OTHER_HEADER.genesis.hex()})).name == "edited"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "has no anchor"),
        ("# nothing\n\n", "has no anchor"),
        ("7", "line 1 of a.txt is no anchor"),
        (f"7 {'ab' * 15}", "32 hex digits"),
        (f"7 {'AB' * 16}", "32 hex digits"),
        (f"-7 {'ab' * 16}", "line 1"),
        (f"7 {'ab' * 16}\n7 {'cd' * 16}", "another digest for record 7"),
    ],
)
def test_what_is_no_anchor_is_named_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_anchors(text, "a.txt")


def test_anchors_may_be_commented() -> None:
    assert read_anchors(f"7 {'ab' * 16}  # Monday\n", "a.txt") == {7: "ab" * 16}


# Checkpoints


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed log of a small exchange, with a checkpoint in it."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    make_checkpoint(log, 30)
    log.close()
    return tmp_path / "events.sqlite"


def changed(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        assert database.execute(statement, values).rowcount > 0


def test_a_checkpoint_of_another_log_is_foreign(path: Path, tmp_path: Path) -> None:
    """It is never believed: its digest is another. Everything else is sound."""
    other = SqliteLog.create(tmp_path / "other.sqlite", OTHER_HEADER, OFF)
    for seq, line in enumerate(OTHER, 1):
        parts = split(line)
        assert parts is not None
        other.append([line], seq, seq, parts[1])
    checkpoint = make_checkpoint(other, 30)
    other.close()
    log = SqliteLog.open(path, OFF)
    log.save_checkpoint(checkpoint)
    log.close()

    found = judged(path)

    assert (error_of(found).kind, error_of(found).name, found.last) == ("checkpoint", "foreign", WHOLE)


def test_an_edited_checkpoint_is_named_even_where_its_check_sum_was_made_anew(path: Path) -> None:
    """Of all lies the one that would be believed."""
    log = SqliteLog.open(path, OFF)
    checkpoint, world = log.load_checkpoint(30), LoggedWorld()
    assert checkpoint is not None
    log.save_checkpoint(msgspec.structs.replace(checkpoint, state=make_checkpoint(world.log, 3).state))
    log.close()

    found = judged(path)

    assert (error_of(found).kind, error_of(found).name, found.last) == ("checkpoint", "edited", WHOLE)
    assert "not what the records come to" in error_of(found).damage


def test_a_damaged_checkpoint_is_named(path: Path) -> None:
    changed(path, "UPDATE checkpoints SET feeds = x'00'")

    assert (error_of(judged(path)).kind, error_of(judged(path)).name) == ("checkpoint", "edited")


def test_damaged_views_beside_a_checkpoint_are_named(path: Path) -> None:
    """They are never believed, and not what was written."""
    assert judged(path).ok
    changed(path, "UPDATE kept_views SET body = x'00'")

    error = error_of(judged(path))

    assert (error.kind, error.name, error.seq) == ("checkpoint", "edited", 30)
    assert "views" in error.damage


def test_a_log_that_ends_before_its_checkpoint_was_cut_off(path: Path) -> None:
    """Nobody makes a checkpoint of a record that is not there; it is not gone on with either."""
    changed(path, "DELETE FROM groups WHERE first_seq > 20")

    error = error_of(judged(path))

    assert (error.name, error.seq) == ("truncated", 21)
    with pytest.raises(LogDamaged, match="has a checkpoint of 30"):
        SqliteLog.open(path)


# The write-ahead log


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a log that is being written, its last records in the write-ahead log only, one a commit."""
    path = tmp_path / "events.sqlite"
    for first, last in ((1, 40), (41, WHOLE)):
        writer = SqliteLog.create(path, HEADER) if first == 1 else SqliteLog.open(path)
        for seq in range(first, last + 1):
            parts = split(LINES[seq - 1])
            assert parts is not None
            writer.append([LINES[seq - 1]], seq, seq, parts[1])
        if first > 1:
            (tmp_path / "copy").mkdir()
            for end in ("", "-wal"):
                shutil.copy(f"{path}{end}", tmp_path / "copy")
        writer.close()
    return tmp_path / "copy" / path.name


def test_a_write_ahead_log_that_was_cut_off_is_a_shorter_log(copy: Path) -> None:
    """Cut within a commit, that commit never was: as after a power cut."""
    wal = Path(f"{copy}-wal")
    frames = [32 + n * (16_384 + 24) for n in range(1, 5)]
    whole = wal.read_bytes()
    seen = []
    for end in frames:
        wal.write_bytes(whole[: end - 100])
        Path(f"{copy}-shm").unlink(missing_ok=True)
        found = judged(copy)
        seen.append((found.ok, found.last))

    assert all(ok for ok, _ in seen)
    assert seen == sorted(seen)


def test_commits_behind_damage_in_the_write_ahead_log_are_told(copy: Path) -> None:
    """SQLite passes over them in silence; a log that lost them so is not gone on with."""
    wal = Path(f"{copy}-wal")
    whole = wal.read_bytes()
    for place in (3, 20, 32 + 9, 32 + 500, 32 + 16_408 + 600):
        hurt = bytearray(whole)
        hurt[place] ^= 4
        wal.write_bytes(bytes(hurt))
        Path(f"{copy}-shm").unlink(missing_ok=True)

        error = error_of(judged(copy))

        assert (error.name, error.kind) == ("edited", "bytes")
        assert "write-ahead log" in error.damage
        with pytest.raises(LogDamaged, match="commits behind it are lost"):
            SqliteLog.open(copy)


def test_damage_between_reading_and_writing_costs_nothing_of_the_file(copy: Path) -> None:
    """Looking at a hurt log leaves the write-ahead log as it is."""
    wal = Path(f"{copy}-wal")
    hurt = bytearray(wal.read_bytes())
    hurt[600] ^= 1
    wal.write_bytes(bytes(hurt))

    judged(copy)
    with pytest.raises(LogDamaged):
        SqliteLog.open(copy)

    assert wal.read_bytes() == bytes(hurt)


def test_a_write_ahead_log_that_died_while_it_was_begun_anew_has_lost_nothing(path: Path) -> None:
    """Half of its new header is written; all that was in it had been carried over before."""
    writer = SqliteLog.open(path, OFF)
    seq = len(LINES)
    chain = Chain(seq, writer.last_digest)
    line = chain.add(decode(LINES[-1]).at, "control", 0, NoteFeed("x", "started"), [FeedNoted("x", "started")])
    writer.append([line], chain.seq, chain.seq, chain.digest)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(PASSIVE)")
    copy = path.parent / "died"
    copy.mkdir()
    for end in ("", "-wal"):
        shutil.copy(f"{path}{end}", copy)
    writer.close()
    wal = copy / f"{path.name}-wal"
    whole = bytearray(wal.read_bytes())
    whole[12:16] = (int.from_bytes(whole[12:16], "big") + 1).to_bytes(4, "big")
    wal.write_bytes(bytes(whole))

    found = judged(copy / path.name)

    assert (found.ok, found.last) == (True, seq + 1), found.error
    SqliteLog.open(copy / path.name).close()


# Wherever it is cut, whatever bit flips


def outcome(path: Path) -> tuple[str, Verification | None, Header | None]:
    """How a log is met: refused with a clear reason, or judged."""
    try:
        log = open_log(str(path))
    except LogError as refused:
        return (type(refused).__name__ if str(path) in str(refused) else ""), None, None
    with closing(log):
        return "", verify(log), log.header


def test_wherever_the_last_bytes_are_cut_off_it_is_told(path: Path) -> None:
    """The last 300 bytes of either kind of file."""
    sound = judged(path)
    lines = path.with_name("log.jsonl")
    with closing(SqliteLog.read_only(path)) as log:
        lines.write_bytes(b"".join(export(log, header=True)))
    text, pages = lines.read_bytes(), path.read_bytes()
    for cut in range(1, 301):
        lines.write_bytes(text[:-cut])
        _, found, _ = outcome(lines)
        assert found is not None
        boundary = cut == 1 or b"\n" in (text[-cut - 1 : -cut], text[-cut : len(text) - cut + 1])
        assert found.ok == boundary, f"cut off {cut}"
        assert found.ok or error_of(found).name == "torn", f"cut off {cut}"
        path.write_bytes(pages[:-cut])
        refused, found, _ = outcome(path)
        assert refused or found is not None
        assert found is None or (found.ok and found == sound) or error_of(found).name == "truncated", f"cut off {cut}"


def flip_bits(path: Path, times: int, seed: int) -> None:
    """*times* flips of one bit each: found and told without a traceback, or nothing that is read is changed."""
    whole, draw = path.read_bytes(), random.Random(seed)
    sound = outcome(path)
    assert sound[1] is not None
    assert sound[1].ok
    found = 0
    for _ in range(times):
        at = draw.randrange(len(whole) * 8)
        hurt = bytearray(whole)
        hurt[at // 8] ^= 1 << at % 8
        path.write_bytes(bytes(hurt))
        now = outcome(path)
        if now != sound:
            assert now[0] or (now[1] is not None and not now[1].ok), f"bit {at} of {path.name} changed {now[1]}"
            found += 1
    assert found > times // 20


@pytest.mark.parametrize(
    ("times", "seed"), [(150, 1), pytest.param(3000, 2, marks=pytest.mark.slow)], ids=["some", "3000"]
)
@pytest.mark.parametrize("kind", ["sqlite", "jsonl"])
def test_a_bit_that_flips_is_found_or_harmless(kind: str, times: int, seed: int, path: Path, tmp_path: Path) -> None:
    if kind == "jsonl":
        with closing(SqliteLog.read_only(path)) as log:
            path = tmp_path / "log.jsonl"
            path.write_bytes(b"".join(export(log, header=True)))

    flip_bits(path, times, seed)


@pytest.mark.parametrize("name", ["log.jsonl", "log.sqlite"])
@pytest.mark.parametrize("content", [b"", b"\n", b"hello\n", b"{}\n", b"[1]\n", b"\0" * 500, b"SQLite format 3\0"])
def test_what_is_no_log_is_refused_by_name(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)

    refused, found, _ = outcome(tmp_path / name)

    assert refused
    assert found is None


def test_a_folder_without_a_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogUnreadable):
        open_log(str(tmp_path))


def test_a_log_of_a_stream_is_judged_like_its_file(tmp_path: Path) -> None:
    torn = [*LINES[:-1], LINES[-1][:-9]]
    path = as_jsonl(tmp_path / "log.jsonl", torn)

    with path.open("rb") as stream, closing(JsonlLog.from_stream(stream)) as log:
        assert error_of(verify(log)).name == "torn"
