"""Checkpoints: the canonical state, who keeps it, who believes it, and who makes it."""

import sqlite3
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
from simexchange.core.vocabulary.units import Nanos
from simexchange.eventlog.checkpoint import EVERY, Checkpoint, thin
from simexchange.eventlog.checkpointing import CheckpointMaker, make_checkpoint
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import Replay, records, replay, usable_checkpoint
from simexchange.eventlog.sqlite import SqliteLog
from tests.eventlog.world import HEADER, LoggedWorld, busy_world

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
    """Of a log that somebody else holds for writing; what the feeds are at comes along."""
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    maker = CheckpointMaker(log.path)

    assert maker.start(40, b"[]")
    assert maker.wait(60)

    found = usable_checkpoint(log, log.last_seq)
    assert found is not None
    assert (found.seq, found.feeds) == (40, b"[]")
    assert found.state == canonical.dump(Replay(log).run(40))
    log.close()


def test_one_child_at_a_time_and_none_after_the_end(tmp_path: Path) -> None:
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    busy_world(log)
    maker = CheckpointMaker(log.path)

    assert maker.start(20, b"")
    assert not maker.start(30, b"")

    maker.stop()
    assert not maker.busy
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
