"""Every shape that was ever stored reads as it did, a shape of a later program is refused, and upcasters work."""

import json
import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from simexchange.core.vocabulary.commands import Command, OpenAccount
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import LogDamaged, LogNewer
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.record import Chain, decode
from simexchange.eventlog.replay import Replay, records, replay
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.upcasting import MEMBERS, UPCASTERS, Stored
from simexchange.eventlog.verify import verify
from tests.eventlog.make_shapes import LOGS, SHAPES, reads, shape, stored_in
from tests.eventlog.test_samples import still_there
from tests.eventlog.world import HEADER, busy_world

FROZEN = [json.loads(line) for line in SHAPES.read_text().splitlines()]


@pytest.mark.parametrize("sample", FROZEN, ids=lambda row: f"{row['from']}-{row['reads']['type']}-{len(row['stored'])}")
def test_a_stored_shape_reads_as_it_did(sample: dict[str, Any]) -> None:
    """Whatever was appended since: what was said then is said now, and what was not said has its default."""
    assert still_there(sample["reads"], reads(sample["kind"], sample["stored"]))


def test_every_stored_shape_is_frozen() -> None:
    """Whoever keeps logs of a format that is about to change runs `python -m tests.eventlog.make_shapes`."""
    frozen = {shape(row["kind"], json.loads(row["stored"])) for row in FROZEN}

    assert {shape(kind, stored) for _, kind, stored in stored_in(LOGS)} <= frozen
    assert len(frozen) == len(FROZEN)


def test_every_kind_of_shape_is_known_by_its_members() -> None:
    assert len(MEMBERS) == len(get_args(Command)) + len(get_args(Event))
    assert {(row["kind"], json.loads(row["stored"])[0]) for row in FROZEN} <= set(MEMBERS)


def test_every_released_format_is_among_the_fixtures() -> None:
    """One folder a format: the oldest shapes are really old bytes, not made today."""
    folders = {where for where, _, _ in stored_in(LOGS)}
    assert folders >= {"schema_1", "schema_2", "schema_3", "revision_3", "revision_4"}
    assert {row["from"] for row in FROZEN} >= {"schema_1", "schema_2", "schema_3"}


# What a later program wrote


def lengthened(line: bytes, change: Any) -> list[bytes]:
    """The busy log up to *line*'s record, which is changed and chained anew."""
    log = busy_world().log
    chain, lines = Chain(0, HEADER.genesis), []
    for each in log.read():
        row = json.loads(each)
        if each == line:
            change(row)
        body = msgspec.json.encode(row[:-1])[:-1]
        chain.digest = chain_digest(chain.digest, body)
        chain.seq += 1
        lines.append(b'%b,"%b"]' % (body, chain.digest.hex().encode()))
        if each == line:
            break
    return lines


def chain_digest(key: bytes, body: bytes) -> bytes:

    return blake2b(body, digest_size=16, key=key).digest()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda row: row.__setitem__(4, [999, 1]), "command 999"),
        (lambda row: row[5].append([998]), "event 998"),
        (lambda row: row[4].append("more"), "member"),
        (lambda row: row[5][0].append("more"), "member"),
    ],
    ids=["command", "event", "member of a command", "member of an event"],
)
def test_what_a_later_program_wrote_is_refused_not_skipped(change: Any, said: str) -> None:
    """Also under a header that does not tell: half of what was written is not what was written."""
    line = list(busy_world().log.read())[12]
    log = MemoryLog(HEADER)
    for seq, each in enumerate(lengthened(line, change), 1):
        log.append([each], seq, seq, b"")

    with pytest.raises(LogNewer, match=f"record 13 has .*{said}.*update simexchange"):
        verify(log)


def test_a_log_that_a_later_program_went_on_with_is_refused(tmp_path: Path) -> None:
    """Its header is ours, because a header is never rewritten; the program says in the file that it wrote there."""

    SqliteLog.create(tmp_path / "events.sqlite", HEADER).close()
    with sqlite3.connect(tmp_path / "events.sqlite") as database:
        database.execute("INSERT INTO meta VALUES ('written', '99')")
    database.close()

    with pytest.raises(LogNewer, match="log format 99"):
        open_log(str(tmp_path))


# Upcasters


@pytest.fixture
def renamed() -> Iterator[None]:
    """As if the name of a user had been stored in capitals once, in a shape with one member less."""
    UPCASTERS.add("command", 5, 3, lambda stored: [*in_small_letters(stored, 1), 1])
    UPCASTERS.add("event", 5, 4, lambda stored: [*in_small_letters(stored, 2), 1])
    yield
    UPCASTERS.remove("command", 5)
    UPCASTERS.remove("event", 5)


def in_small_letters(stored: Stored, place: int) -> Stored:
    return [value.lower() if at == place else value for at, value in enumerate(stored)]


def old_log() -> MemoryLog:
    """A log in which users are named in capitals, in the old shape."""
    log, chain = MemoryLog(HEADER), Chain(0, HEADER.genesis)
    for line in busy_world().log.read():
        row = json.loads(line)
        for stored, place in ((row[4], 1), *((event, 2) for event in row[5])):
            if stored[0] == 5 and stored[-1] == 1:
                stored[place] = stored[place].upper()
                del stored[-1]
        body = msgspec.json.encode(row[:-1])[:-1]
        chain.digest = chain_digest(chain.digest, body)
        chain.seq += 1
        log.append([b'%b,"%b"]' % (body, chain.digest.hex().encode())], chain.seq, chain.seq, chain.digest)
    return log


@pytest.mark.usefixtures("renamed")
def test_an_older_shape_is_read_as_what_it_means_today() -> None:
    """Commands and events, by everybody who reads; the stored bytes and their digests stay what they were."""
    log = old_log()
    stored = list(log.read())

    state = replay(log)
    names = [r.command.name for r in records(log) if isinstance(r.command, OpenAccount)]

    assert set(state.account_no) >= {"maker", "taker", "third"}
    assert {"maker", "taker", "third"} <= set(names)
    assert verify(log).ok
    assert list(log.read()) == stored
    assert b'"MAKER"' in b"".join(stored)


def test_without_the_upcaster_the_same_log_cannot_be_read() -> None:
    """So the test above can fail."""
    with pytest.raises(LogDamaged, match="record 8 cannot be read"):
        replay(old_log())


@pytest.mark.usefixtures("renamed")
def test_a_shape_of_today_goes_through_no_upcaster() -> None:
    log = busy_world().log

    fold = Replay(log)
    fold.run()

    assert set(fold.state.account_no) >= {"maker", "taker", "third", "poor"}
    assert decode(next(log.read())).at == Nanos(HEADER.start)


def test_upcasters_are_applied_one_after_the_other() -> None:
    """A shape two versions old becomes one a version old, then today's."""
    tag = 5
    UPCASTERS.add("command", tag, 2, lambda stored: [*stored, "binance"])
    UPCASTERS.add("command", tag, 3, lambda stored: [*stored, 1])
    try:
        line = b'[1,5,"client",0,[5,"a"],[],"00"]'
        assert json.loads(UPCASTERS.line(line))[4] == [5, "a", "binance", 1]
        assert json.loads(UPCASTERS.line(line.replace(b'"a"', b'"a","x"')))[4] == [5, "a", "x", 1]
    finally:
        UPCASTERS.remove("command", tag)
    assert not UPCASTERS.active
