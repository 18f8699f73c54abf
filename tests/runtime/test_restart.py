"""Restart anywhere, and go on as if nothing had happened: engine, timers, feeds, clock."""

import contextlib
from pathlib import Path
from typing import Any

import pytest

from simexchange.core import canonical
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import HOUR, MILLISECOND, ONE, SECOND, Nanos
from simexchange.eventlog.checkpointing import CheckpointMaker, make_checkpoint
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.record import Chain
from simexchange.eventlog.replay import records, usable_checkpoint
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import verify
from simexchange.runtime import writer
from simexchange.runtime.clock import PAUSED, WALL, parse_speed
from simexchange.runtime.exchange import Exchange
from tests.core.world import PERP, SPOT, T0
from tests.runtime.world import HEADER, Crowd, CrowdState, HandWall, after, begin, user_order

END = after(2.5)


def crowds() -> list[Crowd]:
    """One trades spot, one futures and sets the index; at some instants both wake."""
    return [Crowd(), Crowd("futures", 150 * MILLISECOND, PERP, salt=3)]


def script(exchange: Exchange) -> list[tuple[Nanos, cmd.Command]]:
    """What the user does, and when."""
    buy = user_order(exchange, Side.BUY, 3, 101, "early")
    sell = user_order(exchange, Side.SELL, 2, 99, "futures", PERP)
    stay = user_order(exchange, Side.BUY, 1, 20, "stay")
    return [(after(0.5), buy), (after(1.2), sell), (after(1.8), stay)]


def play(exchange: Exchange, end: Nanos = END) -> None:
    """Do what of the script is not in the log yet, at its instants, and come to *end*."""
    exchange.flush()
    done = sum(record.source == "client" for record in records(exchange.log))
    for at, command in script(exchange)[done:]:
        exchange.advance_to(at)
        exchange.submit(command)
    exchange.advance_to(end)
    exchange.close()


def cut(log: EventLog, seq: int) -> MemoryLog:
    """The log as a crash after record *seq* would have left it."""
    shorter = MemoryLog(log.header)
    lines = []
    chain = Chain(0, log.header.genesis)
    for line in log.read():
        if chain.seq == seq:
            break
        chain.check(line)
        lines.append(line)
    shorter.append(lines, 1, seq, chain.digest)
    return shorter


@pytest.fixture(scope="module")
def whole() -> EventLog:
    """The log of an exchange that was never stopped."""
    exchange = begin(feeds=crowds())
    play(exchange)
    assert recheck(exchange.log).ok
    return exchange.log


def started(log: EventLog) -> int:
    """The seq after which both feeds run."""
    notes = [record.seq for record in records(log) if isinstance(record.command, cmd.NoteFeed)]
    return notes[1]


def test_a_restart_anywhere_gives_the_same_log(whole: EventLog) -> None:
    """Stopped after each single record, even in the middle of a feed's step, and begun again: the same final digest."""
    for seq in range(started(whole), whole.last_seq + 1):
        exchange = begin(cut(whole, seq), feeds=crowds())
        play(exchange)

        assert exchange.log.last_digest == whole.last_digest, f"stopped after record {seq}"


def test_restarting_again_and_again_gives_the_same_log(whole: EventLog) -> None:
    """A process that lives for a few records only."""
    log = cut(whole, started(whole))
    for stop in range(int(log.last_seq) + 7, whole.last_seq, 7):
        exchange = begin(log, feeds=crowds())
        play(exchange)
        log = cut(exchange.log, stop)
    exchange = begin(log, feeds=crowds())
    play(exchange)

    assert exchange.log.last_digest == whole.last_digest


def test_a_restart_during_the_opening_is_finished_the_second_time(whole: EventLog) -> None:
    """Setup is asked again for what is missing only."""
    for seq in range(12, started(whole)):
        exchange = begin(cut(whole, seq), feeds=crowds())
        play(exchange)

        accounts = [a.name for a in exchange.state.accounts.values()]
        assert sorted(accounts) == sorted(set(accounts))
        assert verify(exchange.log).ok


def test_the_state_and_the_views_are_those_of_the_stopped_exchange(whole: EventLog) -> None:
    exchange = begin(feeds=crowds())
    play(exchange)

    again = begin(exchange.log, feeds=crowds())

    user = again.state.account_no["user"]
    assert canonical.dump(again.state) == canonical.dump(exchange.state)
    assert again.views.balances.of(user) == exchange.views.balances.of(user)
    assert again.feed_state("crowd") == exchange.feed_state("crowd")
    assert again.now() <= exchange.now()
    assert again.resumed
    assert not exchange.resumed
    again.close()


def test_a_restart_with_nothing_to_do_writes_nothing(whole: EventLog) -> None:
    log = cut(whole, whole.last_seq)

    begin(log, feeds=crowds()).close()

    assert log.last_seq == whole.last_seq


def test_feeds_are_found_from_a_checkpoint_without_running_them_from_the_start(whole: EventLog, tmp_path: Path) -> None:
    """The marks in it hold feed state, wake, and the commands that were not through."""
    for seq in range(started(whole), whole.last_seq, 9):
        before = Exchange(cut(whole, seq), feeds=crowds(), speed=PAUSED, wall=HandWall())
        marks = before._schedule.marks()
        before.close()
        log = cut(whole, whole.last_seq - 5)
        feeds = crowds()
        if seq > log.last_seq:
            break
        # Not through `before`, which may have drained what was pending.
        make_checkpoint(log, seq, marks)
        exchange = begin(log, feeds=feeds)
        asked = feeds[0].steps
        play(exchange)

        assert exchange.log.last_digest == whole.last_digest, f"checkpoint at {seq}"
        assert asked <= sum(1 for record in records(whole) if record.seq > seq) + 1


def test_the_writer_has_checkpoints_made_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a child, from the committed log, with the feeds' marks; a restart begins there and goes on the same."""
    monkeypatch.setattr(writer, "EVERY", 40)
    monkeypatch.setattr(CheckpointMaker, "stop", lambda maker: maker.wait(60))
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    exchange = begin(log, feeds=crowds(), durability=OFF, checkpoints=True)
    exchange.advance_to(after(3))
    exchange.flush()
    exchange._writer._wake()
    exchange.close()

    found = usable_checkpoint(log, log.last_seq)

    assert found is not None
    assert found.seq % 40 == 0
    again = begin(log, feeds=crowds(), durability=OFF)
    again.advance_to(after(4))
    again.close()
    same = begin(feeds=crowds())
    same.advance_to(after(4))
    same.close()
    assert log.last_digest == same.log.last_digest
    log.close()


def test_a_feed_whose_code_changed_is_started_anew_with_a_note() -> None:
    """It would have done otherwise: the log stands, and says so."""
    exchange = begin(feeds=[Crowd()])
    exchange.advance_to(after(3))
    exchange.close()

    again = begin(exchange.log, feeds=[Crowd(salt=99)])
    again.advance_to(after(5))
    again.close()

    notes = [r.command for r in records(again.log) if isinstance(r.command, cmd.NoteFeed)]
    assert [note.what for note in notes] == ["started", "started"]
    assert "differs from record" in notes[1].detail
    assert recheck(again.log).ok
    third = begin(again.log, feeds=[Crowd(salt=99)])
    assert third.seq == again.seq
    third.close()


def test_a_feed_that_is_left_out_is_suspended_and_goes_on_later() -> None:
    """What happened without it is not held against it."""
    exchange = begin(feeds=[Crowd()])
    exchange.advance_to(after(2))
    exchange.close()
    alone = begin(exchange.log)
    alone.submit(user_order(alone, Side.BUY, 1, 20))
    alone.advance_to(after(4))
    alone.close()

    again = begin(exchange.log, feeds=[Crowd()])
    again.advance_to(after(6))
    again.close()

    notes = [r.command.what for r in records(again.log) if isinstance(r.command, cmd.NoteFeed)]
    assert notes == ["started", "suspended", "resumed"]
    state = again.feed_state("crowd")
    assert isinstance(state, CrowdState)
    same = begin(again.log, feeds=[Crowd()])
    assert same.feed_state("crowd") == state
    assert same.seq == again.seq
    same.close()


def test_a_feed_that_fails_is_suspended_and_the_exchange_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    class Stumbling(Crowd):
        def step(self, feed_state: CrowdState, state: Any, at: Nanos) -> Any:
            if feed_state.asked == 5:
                raise ZeroDivisionError("no price")
            return super().step(feed_state, state, at)

    exchange = begin(feeds=[Stumbling()])

    exchange.advance_to(after(3))
    exchange.submit(user_order(exchange, Side.BUY, 1, 20))
    exchange.close()

    notes = [r.command for r in records(exchange.log) if isinstance(r.command, cmd.NoteFeed)]
    said = [(note.what, note.detail) for note in notes]
    assert said == [("started", ""), ("suspended", "ZeroDivisionError: no price")]
    assert "failed and is suspended" in caplog.text
    again = begin(exchange.log, feeds=[Crowd()])
    again.close()
    assert verify(again.log).ok


def test_at_1x_a_restart_catches_up_with_wall_time() -> None:
    """What fell due meanwhile happens at its instants, before anybody is let in; feeds go on from the present."""
    wall = HandWall()
    exchange = begin(feeds=[Crowd()], speed=WALL, wall=wall)
    exchange.advance_to(after(2))
    wall.passes(2 * SECOND)
    exchange.close()

    wall.passes(9 * HOUR)
    again = begin(exchange.log, feeds=[Crowd()], speed=WALL, wall=wall)
    again.advance_to(Nanos(again.now() + SECOND))
    again.close()

    rates = [r.at for r in records(again.log) for event in r.events if isinstance(event, ev.FundingRateSet)]
    sent = [r.at for r in records(again.log) if r.source == "feed:crowd" and r.at > after(2)]
    assert rates == [(T0 // (8 * HOUR) + 1) * 8 * HOUR]
    assert min(sent) > T0 + 9 * HOUR
    assert again.now() >= wall.now()
    assert recheck(again.log).ok
    third = begin(again.log, feeds=[Crowd()])
    assert third.feed_state("crowd") == again.feed_state("crowd")
    third.close()


def test_an_exchange_in_the_past_catches_up_with_its_own_present() -> None:
    """Begun a year ago by --start: a stop of ten minutes is ten minutes."""
    wall = HandWall(T0 + 365 * 24 * HOUR)
    exchange = begin(speed=WALL, wall=wall)
    exchange.close()

    wall.passes(600 * SECOND)
    again = begin(exchange.log, speed=WALL, wall=wall)

    assert again.now() == after(600)
    again.close()


@pytest.mark.parametrize("speed", ["paused", "60x", "max"])
def test_at_other_speeds_a_restart_goes_on_where_it_stopped(speed: str) -> None:
    wall = HandWall()
    exchange = begin(speed=parse_speed("paused"), wall=wall)
    exchange.submit(user_order(exchange, Side.BUY, 1, 20))
    exchange.close()

    wall.passes(HOUR)
    again = begin(exchange.log, speed=parse_speed(speed), wall=wall)

    assert again.now() == T0
    again.close()


@pytest.mark.parametrize("speed", ["paused", "60x", "max"])
def test_exchange_time_does_not_go_back_over_a_restart_though_nothing_happened_last(speed: str) -> None:
    wall = HandWall()
    exchange = begin(speed=parse_speed("60x"), wall=wall)
    exchange.submit(user_order(exchange, Side.BUY, 1, 20))
    wall.passes(10 * SECOND)
    stood = exchange.now()
    exchange.close()

    again = begin(exchange.log, speed=parse_speed(speed), wall=wall)

    assert exchange.state.now < stood == again.now()
    again.close()


def test_a_short_stop_at_1x_is_made_good_by_the_feeds_themselves() -> None:
    """A second is no reason for a note."""
    wall = HandWall()
    exchange = begin(feeds=[Crowd()], speed=WALL, wall=wall)
    exchange.advance_to(after(1))
    wall.passes(SECOND)
    exchange.close()

    wall.passes(SECOND)
    again = begin(exchange.log, feeds=[Crowd()], speed=WALL, wall=wall)
    again.advance_to(after(2))
    again.close()

    same = begin(feeds=[Crowd()])
    same.advance_to(after(2))
    same.close()
    assert again.log.last_digest == same.log.last_digest


def test_money_that_was_acknowledged_is_there_after_a_restart() -> None:
    exchange = begin()
    step = exchange.submit(user_order(exchange, Side.BUY, 2, 90, "mine"))
    exchange.flush()
    with contextlib.closing(begin(exchange.log)) as again:
        user = again.state.accounts[again.state.account_no["user"]]
        order = user.client_ids[again.state.market_no[SPOT], "mine"]

        assert isinstance(step.events[0], ev.OrderAccepted)
        assert (order.id, order.left, order.hold) == (step.events[0].order, 2 * ONE, 180 * ONE)
    exchange.close()
