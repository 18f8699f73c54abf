"""Replay, verify and recheck over a log in which much has happened."""

from pathlib import Path

import msgspec
import pytest

from simexchange.core import canonical
from simexchange.core.engine import Engine
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import LogDamaged
from simexchange.eventlog.header import Header
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.record import Record
from simexchange.eventlog.recorder import Recorder
from simexchange.eventlog.replay import records, replay
from simexchange.eventlog.verify import verify
from tests.eventlog.world import HEADER, LoggedWorld, busy_world


def rewritten(log: EventLog, change: dict[int, Record | None], header: Header = HEADER) -> MemoryLog:
    """The same log with some records changed or left out, and a sound chain over the forgery."""
    forged = MemoryLog(header)
    recorder = Recorder(forged)
    for record in records(log):
        new = change.get(record.seq, record)
        if new is not None:
            recorder.record(new.at, new.source, new.cause, new.command, new.events)
    recorder.flush()
    return forged


def first_of(log: EventLog, kind: type) -> Record:
    """The first record with an event of that kind."""
    return next(record for record in records(log) if any(isinstance(event, kind) for event in record.events))


class Heard:
    """A view that only remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, Nanos, ev.Event]] = []

    def apply(self, seq: int, at: Nanos, event: ev.Event) -> None:
        self.told.append((seq, at, event))


def test_a_replayed_state_is_the_live_one_byte_for_byte() -> None:
    world = busy_world()

    state = replay(world.log)

    assert canonical.dump(state) == canonical.dump(world.state)


def test_replay_stops_where_it_is_asked_to() -> None:
    """Time travel: the state after each record is that of a world that stopped there."""
    world = busy_world()
    half = world.log.last_seq // 2

    states = {seq: canonical.dump(replay(world.log, to_seq=seq)) for seq in (half, half + 1)}

    shorter = rewritten(world.log, dict.fromkeys(range(half + 1, world.log.last_seq + 1)))
    assert canonical.dump(replay(shorter)) == states[half]
    assert states[half] != states[half + 1]


def test_views_are_folded_event_by_event_with_seq_and_instant() -> None:
    world = busy_world()
    heard = Heard()

    replay(world.log, heard)

    assert heard.told == [(r.seq, r.at, event) for r in records(world.log) for event in r.events]


def test_a_sound_log_verifies_and_says_where_it_ends() -> None:
    world = busy_world()

    found = verify(world.log)

    assert (found.records, found.first, found.last, found.ok, found.error) == (
        world.log.last_seq, 1, world.log.last_seq, True, None,
    )  # fmt: skip
    assert found.digest == world.log.last_digest.hex()
    assert msgspec.json.encode(found).startswith(b'{"records":')
    assert b"error" not in msgspec.json.encode(found)


def test_an_empty_log_verifies() -> None:
    found = verify(MemoryLog(HEADER))

    assert (found.records, found.first, found.last, found.ok) == (0, 0, 0, True)


def test_verify_tells_its_progress() -> None:
    seen: list[int] = []

    verify(busy_world().log, seen.append)

    assert seen == list(range(1, len(seen) + 1))


def test_money_out_of_nothing_is_found_by_verify() -> None:
    """The forger kept the chain whole, but the ledger does not add up."""
    world = busy_world()
    record = first_of(world.log, ev.TradeExecuted)
    trade = next(event for event in record.events if isinstance(event, ev.TradeExecuted))
    maker = msgspec.structs.replace(trade.maker, released=trade.maker.released + 1)
    richer = msgspec.structs.replace(trade, maker=maker)
    events = [richer if event is trade else event for event in record.events]

    found = verify(rewritten(world.log, {record.seq: msgspec.structs.replace(record, events=events)}))

    assert found.error is not None
    assert found.error.kind == "ledger"


def test_events_that_do_not_fit_the_state_are_found_by_verify() -> None:
    """A trade whose order was never accepted."""
    world = busy_world()
    accepted = first_of(world.log, ev.OrderRested)

    found = verify(rewritten(world.log, {accepted.seq: None}))

    assert found.error is not None
    assert found.error.kind == "ledger"
    assert found.last < world.log.last_seq


def test_time_that_goes_back_is_found_by_verify() -> None:
    world = busy_world()
    last = list(records(world.log))[-1]

    found = verify(rewritten(world.log, {last.seq: msgspec.structs.replace(last, at=Nanos(5))}))

    assert found.error is not None
    assert (found.error.seq, found.error.kind) == (last.seq, "schema")


def test_replay_names_the_record_that_does_not_fit() -> None:
    world = busy_world()
    accepted = first_of(world.log, ev.OrderRested)

    with pytest.raises(LogDamaged, match="cannot be folded"):
        replay(rewritten(world.log, {accepted.seq: None}))


def test_a_sound_log_rechecks() -> None:
    """The engine decides the same again, record by record."""
    world = busy_world()

    found = recheck(world.log)

    assert (found.records, found.differing, found.first_difference, found.ok) == (world.log.last_seq, 0, None, True)


def test_an_edited_event_is_found_by_recheck() -> None:
    """The chain is whole and the ledger adds up, but the engine would not have said that."""
    world = busy_world()
    record = first_of(world.log, ev.OrderRejected)
    refused = record.events[0]
    assert isinstance(refused, ev.OrderRejected)
    other = msgspec.structs.replace(refused, client_id="edited")
    forged = rewritten(world.log, {record.seq: msgspec.structs.replace(record, events=[other])})

    found = recheck(forged)

    assert verify(forged).ok
    assert found.differing == 1
    assert found.first_difference is not None
    assert (found.first_difference.seq, found.first_difference.kind) == (record.seq, "events")
    assert "edited" in found.first_difference.recorded
    assert "edited" not in found.first_difference.now


def test_a_left_out_engine_step_is_found_by_recheck() -> None:
    """What a step makes necessary is done before anything else."""
    world = busy_world()
    step = [record for record in records(world.log) if record.source == "engine"][-1]
    forged = rewritten(world.log, {step.seq: None})

    found = recheck(forged)

    assert found.first_difference is not None
    assert (found.first_difference.seq, found.first_difference.kind) == (step.seq, "pending")


def test_a_wrong_cause_is_found_by_recheck() -> None:
    world = busy_world()
    step = next(record for record in records(world.log) if record.source == "engine")

    found = recheck(rewritten(world.log, {step.seq: msgspec.structs.replace(step, cause=1)}))

    assert found.first_difference is not None
    assert (found.first_difference.seq, found.first_difference.kind) == (step.seq, "cause")


def test_a_due_instant_that_was_jumped_over_is_found_by_recheck() -> None:
    """The funding instant passed, and no timer ran."""
    world = busy_world()
    timers = [record for record in records(world.log) if record.source == "timer"]

    found = recheck(rewritten(world.log, {timers[0].seq: None}))

    assert found.first_difference is not None
    assert (found.first_difference.seq, found.first_difference.kind) == (timers[0].seq, "due")


def test_a_timer_at_another_instant_is_found_by_recheck() -> None:
    world = busy_world()
    timer = next(record for record in records(world.log) if record.source == "timer")
    early = msgspec.structs.replace(timer, at=Nanos(timer.at - 1))

    found = recheck(rewritten(world.log, {timer.seq: early}))

    assert found.first_difference is not None
    assert (found.first_difference.seq, found.first_difference.kind) == (timer.seq, "due")


def test_after_a_difference_recheck_believes_the_log_and_goes_on() -> None:
    """So the count is of records that are wrong themselves, not of everything that follows from one."""
    world = LoggedWorld(people=("a",))
    person = world.people[0]
    for n in range(6):
        person.buys(1, at=90 - n)
    rested = [r for r in records(world.log) if any(isinstance(e, ev.OrderRested) for e in r.events)]
    change: dict[int, Record | None] = {}
    for record in rested[:4:2]:
        refused = msgspec.structs.replace(record, events=record.events[:1])
        change[record.seq] = refused

    found = recheck(rewritten(world.log, change))

    assert found.differing == 2


def test_an_engine_that_stumbles_over_a_command_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no crash: a log shows the bug, and the check goes on."""
    world = busy_world()
    leverage = first_of(world.log, ev.LeverageSet)
    execute = Engine.execute

    def stumbling(engine: Engine, command: cmd.Command, at: Nanos) -> list[ev.Event]:
        if isinstance(command, cmd.SetLeverage):
            raise KeyError("gone")
        return execute(engine, command, at)

    monkeypatch.setattr(Engine, "execute", stumbling)

    found = recheck(world.log)

    assert found.differing == 1
    assert found.first_difference is not None
    assert (found.first_difference.seq, found.first_difference.now) == (leverage.seq, "KeyError: 'gone'")


@pytest.mark.parametrize("check", [recheck, replay])
def test_a_broken_chain_stops_replay_and_recheck(check: object, tmp_path: Path) -> None:
    """They read nothing they cannot trust."""
    log = busy_world().log
    assert isinstance(log, MemoryLog)
    log._lines[20] = log._lines[20].replace(b'"client"', b'"Client"')

    with pytest.raises(LogDamaged) as found:
        check(log)  # type: ignore[operator]

    assert found.value.seq == 21
    error = verify(log).error
    assert error is not None
    assert (error.seq, error.kind, error.detail) == (21, found.value.kind, found.value.detail)
