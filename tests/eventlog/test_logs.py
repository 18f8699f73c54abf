"""What every event log can do: one case, each implementation a subclass."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from simexchange.core.vocabulary.commands import PassTime
from simexchange.errors import StorageFailed
from simexchange.eventlog.bases import base_of
from simexchange.eventlog.checkpoint import EVERY, Checkpoint
from simexchange.eventlog.durability import ALWAYS, OFF, parse_durability
from simexchange.eventlog.header import Header
from simexchange.eventlog.jsonl import JsonlLog
from simexchange.eventlog.log import EventLog, KeepsCheckpoints, KeepsNotes
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.record import Chain
from simexchange.eventlog.sqlite import SqliteLog
from tests.eventlog.world import HEADER


def fill(log: EventLog, *groups: int) -> list[bytes]:
    """Append groups of so many records; all their lines."""
    chain = Chain(log.last_seq, log.last_digest)
    everything = []
    for size in groups:
        first = chain.seq + 1
        lines = [chain.add(100 + chain.seq, "timer", 0, PassTime(), []) for _ in range(size)]
        log.append(lines, first, chain.seq, chain.digest)
        everything += lines
    return everything


class LogCase:
    """The case. *make* gives an empty log, *again* the same log opened anew for reading."""

    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[EventLog]:
        log = self.make(tmp_path, HEADER)
        yield log
        log.close()

    def make(self, folder: Path, header: Header, base: Checkpoint | None = None) -> EventLog:
        raise NotImplementedError

    def again(self, log: EventLog) -> EventLog:
        raise NotImplementedError

    def test_an_empty_log_ends_with_its_genesis(self, log: EventLog) -> None:
        assert (log.last_seq, log.last_digest) == (0, HEADER.genesis)
        assert list(log.read()) == []

    def test_what_was_appended_is_read_verbatim_and_in_order(self, log: EventLog) -> None:
        """Whatever the grouping was."""
        lines = fill(log, 1, 3, 200, 1)

        assert list(log.read()) == lines
        assert log.last_seq == 205

    def test_reading_can_begin_in_the_middle_of_a_group(self, log: EventLog) -> None:
        lines = fill(log, 2, 5, 2)

        for start in range(1, 11):
            assert list(log.read(start)) == lines[start - 1 :]

    def test_another_reader_sees_header_records_and_end(self, log: EventLog) -> None:
        lines = fill(log, 2, 5)

        reader = self.again(log)

        assert reader.header == log.header
        assert (reader.last_seq, reader.last_digest) == (log.last_seq, log.last_digest)
        assert list(reader.read()) == lines
        reader.close()

    def test_two_reads_at_once_do_not_disturb_each_other(self, log: EventLog) -> None:
        lines = fill(log, 300)
        one, other = log.read(), log.read(2)

        pairs = list(zip(one, other, strict=False))

        assert pairs == list(pairwise(lines))

    def test_records_that_do_not_follow_are_refused(self, log: EventLog) -> None:
        """An append is conditional on where the log ends."""
        lines = fill(log, 2)

        for first in (1, 2, 4):
            with pytest.raises(StorageFailed):
                log.append([lines[0]], first, first, HEADER.genesis)

        assert list(log.read()) == lines

    def test_a_log_on_a_base_begins_after_its_record(self, tmp_path: Path) -> None:
        """Its bytes are kept in the log, and found by whoever reads it."""
        base = Checkpoint(41, b"d" * 16, b'{"state":1}', b"feeds", b"\x00views\n")
        log = self.make(tmp_path, Header(7, HEADER.start, base=base_of(base, root=40)), base)
        assert (log.last_seq, log.last_digest) == (41, b"d" * 16)

        lines = fill(log, 2)

        reader = self.again(log)
        assert list(reader.read(43)) == lines[1:]
        assert list(reader.read()) == lines
        assert (reader.last_seq, reader.header.first_seq) == (43, 42)
        assert reader.base() == base
        reader.close()
        log.close()

    def test_a_log_that_opens_an_exchange_has_no_base(self, log: EventLog) -> None:
        assert log.base() is None

    def test_closing_twice_is_closing_once(self, log: EventLog) -> None:
        log.close()
        log.close()

    def test_the_newest_sound_checkpoint_is_found(self, log: EventLog) -> None:
        """Of many that all stay."""
        if not isinstance(log, KeepsCheckpoints):
            pytest.skip("this log keeps no checkpoints")
        for n in range(1, 30):
            log.save_checkpoint(Checkpoint(n * EVERY, b"d" * 16, b"[%d]" % n, b"f"))

        assert log.load_checkpoint(EVERY - 1) is None
        assert log.load_checkpoint(EVERY) == Checkpoint(EVERY, b"d" * 16, b"[1]", b"f")
        newest = log.load_checkpoint(10**9)
        assert newest == Checkpoint(29 * EVERY, b"d" * 16, b"[29]", b"f")

    def test_a_note_is_kept_beside_the_records(self, log: EventLog) -> None:
        if not isinstance(log, KeepsNotes):
            pytest.skip("this log keeps no notes")
        assert log.note("pace") == ""

        log.set_note("pace", "1")
        log.set_note("pace", "2")

        assert log.note("pace") == "2"


class TestMemoryLog(LogCase):
    """In memory."""

    def make(self, folder: Path, header: Header, base: Checkpoint | None = None) -> EventLog:
        return MemoryLog(header, base)

    def again(self, log: EventLog) -> EventLog:
        return log


@pytest.mark.parametrize("durability", ["always", "interval:5ms", "off"])
class TestSqliteLog(LogCase):
    """In one SQLite file."""

    @pytest.fixture
    def log(self, tmp_path: Path, durability: str) -> Iterator[EventLog]:
        log = SqliteLog.create(tmp_path / "deep" / "er" / "events.sqlite", HEADER, parse_durability(durability))
        yield log
        log.close()

    @pytest.fixture(autouse=True)
    def _each_policy(self, durability: str) -> None:
        """Every test of the case runs under every policy."""

    def make(self, folder: Path, header: Header, base: Checkpoint | None = None) -> EventLog:
        return SqliteLog.create(folder / "events.sqlite", header, OFF, base)

    def again(self, log: EventLog) -> EventLog:
        assert isinstance(log, SqliteLog)
        return SqliteLog.read_only(log.path)


class TestJsonlLog(LogCase):
    """As JSON lines."""

    def make(self, folder: Path, header: Header, base: Checkpoint | None = None) -> EventLog:
        return JsonlLog.create(folder / "run.jsonl", header, ALWAYS, base)

    def again(self, log: EventLog) -> EventLog:
        return JsonlLog.read_only(Path(log.name))
