"""Going back in a running exchange: everything after a rewind is that of an exchange that never went beyond it."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from simexchange.config import markets
from simexchange.config.opening import opening
from simexchange.core import canonical
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.errors import ConfigError, LogError, LogUnreadable, NotThere, StorageFailed
from simexchange.eventlog.archive import archive
from simexchange.eventlog.checkpointing import CheckpointMaker
from simexchange.eventlog.durability import ALWAYS, OFF
from simexchange.eventlog.header import Header
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.replay import records
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.eventlog.verify import verify
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.settings import Settings
from simexchange.projections import keeping
from simexchange.runtime.clock import PAUSED, WALL
from simexchange.runtime.exchange import Exchange
from tests.core.world import PERP
from tests.runtime.test_restart import END, crowds, play, script
from tests.runtime.world import HEADER, HandWall, after, begin, user_order


def log_of(kind: str, folder: Path) -> EventLog:
    if kind == "memory":
        return MemoryLog(HEADER)
    return SqliteLog.create(folder / FILE_NAME, HEADER, {"always": ALWAYS, "off": OFF}[kind])


def on(exchange: Exchange, end: Nanos = END) -> None:
    """Do the rest of the script, and come to *end*."""
    exchange.flush()
    done = sum(record.source == "client" for record in records(exchange.log))
    for at, command in script(exchange)[done:]:
        exchange.advance_to(at)
        exchange.submit(command)
    exchange.advance_to(end)
    exchange.flush()


def seen(exchange: Exchange) -> tuple[bytes, bytes, Nanos]:
    """All there is to see: state, views, time."""
    return canonical.dump(exchange.state), keeping.dump(exchange.views), exchange.now()


@pytest.mark.parametrize("kind", ["memory", "always", "off"])
def test_a_rewind_and_the_same_commands_again_come_to_the_same_digest(kind: str, tmp_path: Path) -> None:
    """From anywhere, again and again, with feeds and timers at work."""
    exchange = begin(log_of(kind, tmp_path), crowds(), wall=HandWall())
    begun = exchange.seq
    on(exchange)
    digest, last = exchange.log.last_digest, exchange.seq
    draw = random.Random(3)
    assert last > begun + 100

    for seq in draw.sample(range(begun, last), 6 if kind == "memory" else 3):
        back = exchange.rewind(seq)
        assert (back.seq, exchange.seq, exchange.log.last_seq) == (seq, seq, seq)
        on(exchange)

        assert (exchange.seq, exchange.log.last_digest) == (last, digest), f"went back to {seq}"
    assert verify(exchange.log).ok
    assert recheck(exchange.log).ok
    exchange.close()
    exchange.log.close()


def test_everything_is_as_in_an_exchange_that_never_went_beyond(tmp_path: Path) -> None:
    """State, views, feeds and time; and so it stays when something else is done."""
    seq = 160
    once = begin(log_of("memory", tmp_path), crowds(), wall=HandWall())
    on(once)
    once.rewind(seq)
    never = begin(_cut(once.log, seq), crowds(), wall=HandWall())

    assert seen(once) == seen(never)
    assert [once.feed_state(feed.name) for feed in once.feeds] == [never.feed_state(feed.name) for feed in never.feeds]

    for exchange in (once, never):
        exchange.submit(user_order(exchange, Side.SELL, 1, 95, "other", PERP))
        exchange.advance_to(after(9))
        exchange.close()
    assert seen(once) == seen(never)
    assert once.log.last_digest == never.log.last_digest


def test_nothing_is_cut_off(tmp_path: Path) -> None:
    """What went on is kept whole, under a name of its own, and the header says which."""
    exchange = begin(log_of("always", tmp_path), crowds(), wall=HandWall())
    on(exchange)
    whole = list(exchange.log.read())

    first, second = exchange.rewind(150), exchange.rewind(140)

    assert [first.kept, second.kept] == ["events-1.sqlite", "events-2.sqlite"]
    kept = SqliteLog.read_only(tmp_path / "events-1.sqlite")
    assert list(kept.read()) == whole
    assert verify(kept).ok
    assert SqliteLog.read_only(tmp_path / "events-2.sqlite").last_seq == 150
    parent = exchange.log.header.parent
    assert parent is not None
    assert (parent.name, parent.seq) == ("events-2.sqlite", 140)
    exchange.close()
    exchange.log.close()
    assert list(SqliteLog.read_only(tmp_path / FILE_NAME).read()) == whole[:140]
    assert not list(tmp_path.glob("*.rewound"))


def test_names_lead_back_and_go_along(tmp_path: Path) -> None:
    """Those of later records are those of the log that was kept; ``start`` is where clients were let in."""
    exchange = begin(log_of("always", tmp_path), crowds(), wall=HandWall())
    exchange.let_in()
    start = exchange.seq
    exchange.advance_to(after(1))
    early = exchange.save_checkpoint("early")
    exchange.advance_to(after(2))
    late = exchange.save_checkpoint("late")
    exchange.let_in()

    assert exchange.checkpoints() == {"start": start, "early": early, "late": late}
    assert exchange.rewind("early").seq == early
    assert exchange.checkpoints() == {"start": start, "early": early}
    with pytest.raises(NotThere, match="there are start, early"):
        exchange.rewind("late")
    exchange.save_checkpoint("late")
    assert exchange.rewind("start").seq == start
    assert exchange.checkpoints() == {"start": start}
    exchange.close()
    exchange.log.close()


@pytest.mark.parametrize("name", ["", "start", "12", "a b", "x" * 65, "a/b", "é"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    exchange = begin()
    with pytest.raises(ConfigError):
        exchange.save_checkpoint(name)
    exchange.close()


def test_what_cannot_be_gone_back_to_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    exchange = begin(log_of("always", tmp_path), crowds(), wall=HandWall())
    exchange.let_in()
    on(exchange)
    before, last = seen(exchange), exchange.seq

    for to, error in ((last + 1, NotThere), (exchange.checkpoints()["start"] - 1, ConfigError), ("nowhere", NotThere)):
        with pytest.raises(error):
            exchange.rewind(to)
    reader = SqliteLog.read_only(tmp_path / FILE_NAME).read()
    next(reader)

    assert (seen(exchange), exchange.seq) == (before, last)
    assert [each.name for each in tmp_path.glob("events*.sqlite")] == [FILE_NAME]
    exchange.close()
    exchange.log.close()


def test_a_file_somebody_reads_is_not_exchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An open snapshot holds the write-ahead log: nothing changes, and it can be tried again."""
    exchange = begin(log_of("off", tmp_path), crowds(), wall=HandWall())
    on(exchange)
    last = exchange.seq
    with sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM groups").fetchone()
        exchange.submit(user_order(exchange, Side.BUY, 1, 20, "more"))
        monkeypatch.setattr("simexchange.eventlog.sqlite._READERS_HAVE", 50)
        with pytest.raises(StorageFailed, match="try again"):
            exchange.rewind(150)
        other.execute("ROLLBACK")
    other.close()
    assert exchange.seq > last
    exchange.submit(user_order(exchange, Side.BUY, 1, 20, "still"))

    assert exchange.rewind(150).seq == exchange.seq == 150
    exchange.close()
    exchange.log.close()


def test_who_reads_meanwhile_is_not_told_of_damage(tmp_path: Path) -> None:
    """What was read goes on in the kept log, and not in the one that has its name now."""
    exchange = begin(log_of("off", tmp_path), crowds(), wall=HandWall())
    on(exchange)
    reader = SqliteLog.read_only(tmp_path / FILE_NAME)
    lines = reader.read()
    begun = [next(lines) for _ in range(3)]
    exchange.rewind(150)

    with pytest.raises(LogUnreadable, match="rewound or archived while it was being read: read it again"):
        list(lines)
    again = list(reader.read())
    assert (again[:3], len(again)) == (begun, exchange.seq)
    assert verify(reader).ok
    exchange.close()
    exchange.log.close()


async def test_a_running_exchange_goes_on_from_there_and_nobody_waits_for_ever(tmp_path: Path) -> None:
    """Who waits for a record to be durable has it; a jump ends; time passes from the record's instant on."""
    wall = HandWall()
    exchange = begin(log_of("always", tmp_path), crowds(), speed=WALL, wall=wall)
    exchange.start()
    for _ in range(20):
        wall.passes(100_000_000)
        await asyncio.sleep(0.005)
    exchange.flush()
    seq = exchange.seq - 50
    at = next(iter(records(exchange.log, seq))).at
    exchange.pause()
    step = exchange.submit(user_order(exchange, Side.BUY, 1, 20, "lost"))
    waiting = asyncio.create_task(exchange.durable(step.seq))
    jump = asyncio.create_task(exchange.jump(Nanos(exchange.now() + 3600 * SECOND)))
    await asyncio.sleep(0)

    exchange.rewind(seq)

    await asyncio.wait_for(asyncio.gather(waiting, jump), 5)
    assert exchange.state.account_no["user"] in exchange.state.accounts
    assert exchange.now() < at + 3600 * SECOND
    exchange.resume()
    for _ in range(10):
        wall.passes(100_000_000)
        await asyncio.sleep(0.005)
    assert exchange.seq > seq
    assert at < exchange.now() <= at + 2 * SECOND
    await exchange.stop()
    assert recheck(exchange.log).ok
    exchange.log.close()


class Ears:
    """Hears everything."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def on_event(self, seq: int, at: Nanos, event: object) -> None:
        pass

    def on_step(self, step: object) -> None:
        self.told.append(("step", step.seq))  # type: ignore[attr-defined]

    def on_durable(self, seq: int) -> None:
        pass

    def on_failed(self, seq: int) -> None:
        pass

    def on_rewound(self, seq: int) -> None:
        self.told.append(("rewound", seq))


def test_subscribers_hear_of_it_and_of_what_comes_after() -> None:
    exchange = begin(None, crowds())
    exchange.advance_to(after(1))
    ears = Ears()
    exchange.subscribe(ears)

    exchange.rewind(90)
    exchange.submit(user_order(exchange, Side.BUY, 1, 20))

    assert ears.told == [("rewound", 90), ("step", 91)]
    exchange.close()


def test_two_exchanges_in_one_process_share_nothing() -> None:
    """Step by step beside each other, one of them rewound meanwhile, each comes to what it comes to alone."""
    headers = [HEADER, Header(seed=8, start=HEADER.start, engine=HEADER.engine)]
    alone = []
    for header in headers:
        exchange = begin(MemoryLog(header), crowds(), wall=HandWall())
        play(exchange)
        alone.append(exchange.log.last_digest)

    together = [begin(MemoryLog(header), crowds(), wall=HandWall()) for header in headers]
    for tenth in range(1, 11):
        for exchange in together:
            exchange.advance_to(after(tenth / 25))
    together[1].rewind(together[1].seq - 30)
    for exchange in together:
        on(exchange)
        exchange.close()

    assert [exchange.log.last_digest for exchange in together] == alone
    assert alone[0] != alone[1]


def test_a_disk_that_fails_is_told_of_and_it_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the write-ahead log is carried over, while a name is given: nothing has changed, and no name is left."""

    class Fails:
        """The writer's connection, on a disk that is full when the file is to be whole."""

        def __init__(self, real: Any) -> None:
            self.real = real

        def execute(self, statement: str, *given: Any) -> Any:
            if "wal_checkpoint" in statement:
                raise sqlite3.OperationalError("database or disk is full")
            return self.real.execute(statement, *given)

    exchange = begin(log_of("always", tmp_path), crowds(), wall=HandWall())
    on(exchange)
    before, log = seen(exchange), exchange.log
    assert isinstance(log, SqliteLog)
    log._writer = Fails(log._writer)  # type: ignore[assignment]
    with pytest.raises(StorageFailed, match="disk is full; free some space"):
        exchange.rewind(150)
    log._writer = log._writer.real  # type: ignore[union-attr]
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(LogError):
            exchange.rewind(150)

    assert (seen(exchange), [each.name for each in tmp_path.glob("*.sqlite")]) == (before, [FILE_NAME])
    assert exchange.rewind(150).seq == 150
    exchange.close()
    exchange.log.close()


def test_a_log_that_was_left_with_two_names_has_one_when_it_goes_on(tmp_path: Path) -> None:
    """As after a kill between the two steps: a second name would be a log that grows under somebody's hands."""
    exchange = begin(log_of("always", tmp_path), crowds(), wall=HandWall())
    on(exchange)
    exchange.rewind(150)
    exchange.close()
    exchange.log.close()
    path = tmp_path / FILE_NAME
    for name in ("events-2.sqlite", "events-copy.sqlite"):
        (tmp_path / name).hardlink_to(path)

    SqliteLog.open(path).close()

    assert sorted(each.name for each in tmp_path.glob("*.sqlite")) == [
        "events-1.sqlite", "events-copy.sqlite", FILE_NAME,
    ]  # fmt: skip


def test_in_an_archived_log_the_start_is_the_first_record_there_is(tmp_path: Path) -> None:
    """Names of records in the archive lead nowhere any more; what was archived is still read before what goes on."""
    exchange = begin(log_of("always", tmp_path), crowds(), wall=HandWall())
    exchange.let_in()
    exchange.save_checkpoint("archived")
    exchange.advance_to(after(0.4))
    exchange.flush()
    maker = CheckpointMaker(tmp_path / FILE_NAME)
    maker.want(exchange.seq, exchange._schedule.marks())
    assert maker.start(exchange.seq)
    assert maker.wait(60)
    first = exchange.seq + 1
    on(exchange)
    digest, last = exchange.log.last_digest, exchange.seq
    exchange.close()
    exchange.log.close()
    archive(tmp_path / FILE_NAME, first)

    again = begin(SqliteLog.open(tmp_path / FILE_NAME), crowds(), wall=HandWall())
    again.let_in()
    for _ in range(2):
        assert again.checkpoints() == {"start": first}
        with pytest.raises(ConfigError, match="in an archive or a parent"):
            again.rewind(first - 1)
        assert again.rewind("start").seq == first
        on(again)
        assert (again.seq, again.log.last_digest) == (last, digest)
    again.close()
    again.log.close()
    with closing(open_log(str(tmp_path))) as whole:
        assert (whole.header.first_seq, verify(whole).ok, recheck(whole).ok) == (1, True, True)


def test_a_name_that_cannot_be_noted_is_not_called_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = begin(log_of("always", tmp_path), crowds(), wall=HandWall())
    monkeypatch.setattr(SqliteLog, "set_note", lambda *_: None)
    with pytest.raises(StorageFailed, match="cannot note here"):
        exchange.save_checkpoint("here")
    exchange.close()
    exchange.log.close()


def _cut(log: EventLog, seq: int) -> MemoryLog:
    shorter = MemoryLog(log.header)
    lines = list(log.read())[:seq]
    rows = list(records(log))[:seq]
    shorter.append(lines, 1, seq, bytes.fromhex(rows[-1].digest))
    return shorter


def test_the_shipped_market_goes_on_with_its_own_streams() -> None:
    """The same feed objects, rewound: what they decide rests on their state alone."""
    exchange = Exchange(MemoryLog(HEADER), feeds=[SyntheticFeed(Settings(history=Nanos(0)))], speed=PAUSED)
    for command in opening(markets.preset().values(), exchange.state):
        exchange.submit(command, "control")
    exchange.start_feeds()
    begun = exchange.seq
    exchange.advance_to(after(6))
    exchange.flush()
    last, digest = exchange.seq, exchange.log.last_digest

    for seq in random.Random(9).sample(range(begun, last), 3):
        exchange.rewind(seq)
        exchange.advance_to(after(6))
        exchange.flush()

        assert (exchange.seq, exchange.log.last_digest) == (last, digest), f"went back to {seq}"
    exchange.close()
