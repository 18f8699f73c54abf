"""Checkpoints: the canonical state, who keeps it, who believes it, and who makes it."""

import pickle
import sqlite3
import zlib
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sortedcontainers import SortedList

from simexchange.core import canonical
from simexchange.core.accounts import Balance
from simexchange.core.deadlines import Deadlines
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import PassTime
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.units import Nanos
from simexchange.eventlog.checkpoint import EVERY, Checkpoint, KeptViews, code_of_views, digest_of, thin
from simexchange.eventlog.checkpointing import WAITING_MAX, CheckpointMaker, make_checkpoint
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import Replay, fold_alone, records, replay, take_kept, usable_checkpoint
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.projections.views import Views
from tests.eventlog.world import HEADER, LoggedWorld, busy_world
from tests.projections.plain import plain

# What a loaded state may lack: caches, and tables of its own methods.
DERIVED = {"_due", "_apply", "_derived"}


def contents(thing: Any, seen: dict[int, str], path: str = "state") -> Iterable[tuple[str, object]]:
    """Every value reachable from *thing*, with the way there: what no canonical form may lose."""
    if isinstance(thing, (int, str, bool, bytes, type(None), msgspec.Struct)):
        yield path, thing
        return
    if id(thing) in seen:
        yield path, f"see {seen[id(thing)]}"
        return
    seen[id(thing)] = path
    if isinstance(thing, dict):
        # A balance of nothing says as much as none.
        thing = {key: each for key, each in thing.items() if not isinstance(each, Balance) or each.free or each.held}
        yield f"{path}.keys", sorted(map(repr, thing))
        for key in sorted(thing, key=repr):
            yield from contents(thing[key], seen, f"{path}[{key!r}]")
    elif isinstance(thing, (list, tuple, deque, SortedList, Deadlines)):
        for i, each in enumerate(thing):
            yield from contents(each, seen, f"{path}[{i}]")
    else:
        names = getattr(type(thing), "__slots__", None) or vars(thing)
        for name in sorted(set(names) - DERIVED):
            yield from contents(getattr(thing, name), seen, f"{path}.{name}")


def test_a_loaded_state_has_everything_the_dumped_one_had() -> None:
    """Attribute by attribute through the whole of it, so that none that is added later is forgotten."""
    state = replay(busy_world().log)

    loaded = canonical.load(canonical.dump(state))

    before, after = dict(contents(state, {})), dict(contents(loaded, {}))
    assert {path: (value, after.get(path)) for path, value in before.items() if after.get(path) != value} == {}
    assert set(before) == set(after)
    assert len(before) > 500


def test_the_canonical_form_is_the_same_whichever_way_the_state_was_reached() -> None:
    """Folded from the beginning, or from any checkpoint on."""
    log = busy_world().log
    end = canonical.dump(replay(log))

    for seq in range(1, log.last_seq):
        fold = Replay(log)
        digest = bytes.fromhex(next(records(log, seq)).digest)
        fold.take(Checkpoint(seq, digest, canonical.dump(replay(log, to_seq=seq))))
        assert canonical.dump(fold.run()) == end, f"from record {seq}"


def test_an_engine_goes_on_from_a_loaded_state_as_from_the_live_one() -> None:
    """Restart anywhere, same events: each record of the log, executed on a state that was just loaded."""
    log = busy_world().log
    state = ExchangeState()

    for record in records(log):
        engine = Engine(canonical.load(canonical.dump(state)))
        assert engine.execute(record.command, record.at) == record.events, f"record {record.seq}"
        for event in record.events:
            state.apply(event, record.at)


def test_a_checkpoint_is_the_fold_up_to_its_record_byte_for_byte(tmp_path: Path) -> None:
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    first = make_checkpoint(log, 30)

    second = make_checkpoint(log, 45)

    assert second.state == canonical.dump(Replay(log).run(45))
    assert (first.seq, second.seq) == (30, 45)
    assert usable_checkpoint(log, 50) == second
    assert usable_checkpoint(log, 44) == first
    assert usable_checkpoint(log, 29) is None
    log.close()


def test_checkpoints_are_a_cache_that_may_be_deleted(tmp_path: Path) -> None:
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    world = busy_world(log)
    make_checkpoint(log, 40)
    with_it = canonical.dump(replay(log))
    with sqlite3.connect(log.path) as other:
        other.execute("DELETE FROM checkpoints")
    other.close()

    assert canonical.dump(replay(log)) == with_it == canonical.dump(world.state)
    log.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE checkpoints SET state = replace(state, '1', '2')",
        "UPDATE checkpoints SET digest = x'00'",
        "UPDATE checkpoints SET feeds = 'x'",
        "UPDATE checkpoints SET check_sum = ''",
        "UPDATE checkpoints SET state = NULL WHERE 0",
        "UPDATE checkpoints SET seq = seq + 1",
    ],
)
def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, damage: str) -> None:
    """The fold begins further back; nobody believes what the log does not say."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    world = busy_world(log)
    make_checkpoint(log, 40)
    with sqlite3.connect(log.path) as other:
        other.execute(damage)
    other.close()

    assert canonical.dump(replay(log)) == canonical.dump(world.state)
    log.close()


def test_a_checkpoint_of_another_log_or_program_is_passed_over() -> None:
    """Same seq, another digest; or a state in a form this program does not write."""
    log = busy_world().log
    assert isinstance(log, MemoryLog)
    good = make_checkpoint(log, 20)

    log.save_checkpoint(Checkpoint(30, b"x" * 16, good.state))
    log.save_checkpoint(Checkpoint(35, bytes.fromhex(next(records(log, 35)).digest), b"[999,1]"))

    assert usable_checkpoint(log, log.last_seq) == good


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"[1]", b"\xff", b'["1",1]'])
def test_what_is_no_canonical_state_is_not_readable(data: bytes) -> None:
    assert not canonical.readable(data)


def test_a_child_process_makes_the_checkpoint(tmp_path: Path) -> None:
    """Of a log that somebody else holds for writing; what the feeds are at comes along. What is not committed waits."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    maker = CheckpointMaker(log.path)

    maker.want(20, b"[1]")
    maker.want(40, b"[2]")
    maker.want(50, b"")

    assert maker.start(45)
    assert maker.wait(60)

    found = usable_checkpoint(log, log.last_seq)
    assert found is not None
    assert (found.seq, found.feeds) == (40, b"[2]")
    assert found.state == canonical.dump(Replay(log).run(40))
    older = usable_checkpoint(log, 39)
    assert older is not None
    assert (older.seq, older.feeds) == (20, b"[1]")
    views = Views()
    assert take_kept(log, log.last_seq, views) is not None
    assert plain(views) == plain(views_at(log, 40))
    assert maker.wanted == 1
    log.close()


def test_one_child_at_a_time_and_none_after_the_end(tmp_path: Path) -> None:
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    maker = CheckpointMaker(log.path)

    assert not maker.start(50)
    maker.want(20, b"")
    assert maker.start(50)
    maker.want(30, b"")
    assert not maker.start(50)

    maker.stop()
    assert not maker.busy
    assert maker.wanted == 1
    log.close()


def test_many_that_nobody_makes_do_not_pile_up(tmp_path: Path) -> None:
    maker = CheckpointMaker(tmp_path / "events.sqlite")

    for n in range(WAITING_MAX + 10):
        maker.want(n, b"")

    assert maker.wanted == WAITING_MAX
    assert WAITING_MAX * EVERY >= 20_000_000  # records: a day at full speed of which none may be left out


def views_at(log: EventLog, seq: int) -> Views:
    """Folded from the start."""
    views = Views()
    fold_alone(log, seq, views)
    return views


class Counted(Views):
    """Views that count what is folded into them."""

    folds = 0

    def apply(self, seq: int, at: Nanos, event: Event) -> None:
        self.folds += 1
        super().apply(seq, at, event)


@pytest.mark.parametrize("seq", [20, 29, 30, 31, 45, None])
def test_views_go_on_from_what_is_kept_of_them(tmp_path: Path, seq: int | None) -> None:
    """And only the events after it are folded."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    make_checkpoint(log, 20)
    make_checkpoint(log, 30)
    views = Counted()

    state = replay(log, views, to_seq=seq)

    last = log.last_seq if seq is None else seq
    assert plain(views) == plain(views_at(log, last))
    assert canonical.dump(state) == canonical.dump(Replay(log).run(last))
    assert views.folds == sum(len(each.events) for each in records(log, 31 if last >= 30 else 21) if each.seq <= last)
    log.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE kept_views SET body = x'00'",
        "UPDATE kept_views SET body = 7",
        "UPDATE kept_views SET digest = x'00'",
        "UPDATE kept_views SET check_sum = ''",
        "UPDATE kept_views SET code = 'of another program'",
        "UPDATE kept_views SET seq = seq - 1",
        "UPDATE kept_views SET body = substr(body, 1, length(body) - 1)",
        "DELETE FROM kept_views",
        "DROP TABLE kept_views",
    ],
)
def test_damaged_and_foreign_views_are_left_aside(tmp_path: Path, damage: str) -> None:
    """An older program's, another log's, or none at all, as in a file from before they were kept."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    make_checkpoint(log, 40)
    with sqlite3.connect(log.path) as other:
        other.execute(damage)
    other.close()
    views = Counted()

    replay(log, views)

    assert plain(views) == plain(views_at(log, log.last_seq))
    assert views.folds == sum(len(each.events) for each in records(log))
    log.close()


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", zlib.compress(b"nonsense"), zlib.compress(pickle.dumps(Path("/"))), zlib.compress(b"(lp0\n.")],
    ids=range(5),
)
def test_views_whose_check_sum_is_right_and_that_are_none_are_left_aside(body: bytes) -> None:
    """Somebody wrote them by hand: the ones before them are taken, and nothing is run."""
    log = busy_world().log
    assert isinstance(log, MemoryLog)
    make_checkpoint(log, 20)
    digest = bytes.fromhex(next(records(log, 40)).digest)
    log.save_views(KeptViews(40, digest, code_of_views(), body))
    views = Counted()

    replay(log, views)

    assert plain(views) == plain(views_at(log, log.last_seq))
    assert views.folds == sum(len(each.events) for each in records(log, 21))


def test_views_that_were_summed_as_before_are_believed(tmp_path: Path) -> None:
    """Until 2026-11 their bytes stood in the check sum themselves."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    make_checkpoint(log, 20)
    made = log.load_views(20, code_of_views())
    assert made is not None
    before = digest_of(msgspec.json.encode([20, made.digest.hex(), made.code]), made.body)
    with sqlite3.connect(log.path) as other:
        other.execute("UPDATE kept_views SET check_sum = ?", (before,))
    other.close()

    assert log.load_views(20, code_of_views()) == made
    assert log.sound_views(20, made.digest)
    log.close()


def test_every_checkpoint_stays_until_somebody_archives(tmp_path: Path) -> None:
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)

    for seq in range(5, 50, 5):
        make_checkpoint(log, seq)

    for seq in range(5, 50):
        found = log.load_checkpoint(seq)
        kept = log.load_views(seq, code_of_views())
        assert found is not None
        assert kept is not None
        assert found.seq == kept.seq == seq - seq % 5
    log.close()


def test_of_many_checkpoints_the_newest_and_a_few_old_ones_stay() -> None:
    kept: list[int] = []
    for n in range(1, 1_000):
        kept.append(n * EVERY)
        kept = [seq for seq in kept if seq not in thin(kept)]

        assert kept[-1] == n * EVERY
        assert len(kept) <= 12

    assert min(kept) <= 512 * EVERY


def test_an_idle_exchange_has_a_canonical_form_too() -> None:
    """Nothing has happened but the opening."""
    world = LoggedWorld(people=(), capital=0)
    world.run(PassTime())

    assert canonical.dump(canonical.load(canonical.dump(world.state))) == canonical.dump(world.state)
    assert canonical.load(canonical.dump(world.state)).now == Nanos(world.at)
