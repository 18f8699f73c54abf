"""The disk fails: nothing that was acknowledged is lost, nothing that was not is kept, and reads go on."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from simexchange.core import canonical
from simexchange.core.engine import Engine
from simexchange.core.vocabulary import commands as cmd, events as ev
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import StorageFailed
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import replay
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.eventlog.verify import verify
from simexchange.runtime.clock import MAX, SystemTime
from simexchange.runtime.exchange import Exchange
from tests.core.world import SPOT
from tests.runtime.test_exchange import Listener
from tests.runtime.world import HEADER, Crowd, begin, until, user_order


class FaultyLog(MemoryLog):
    """Fails once it is told to, and would work again after it."""

    def __init__(self) -> None:
        super().__init__(HEADER)
        self.failing = False
        self.left = 0
        self.may_go_on = threading.Event()
        """Cleared: a commit waits before it does anything."""
        self.may_go_on.set()

    def fail_after(self, commits: int) -> None:
        self.failing, self.left = True, commits

    def append(self, lines: Sequence[bytes], first: int, last: int, digest: bytes) -> None:
        self.may_go_on.wait(20)
        if self.failing:
            if not self.left:
                self.failing = False
                raise OSError(28, "No space left on device")
            self.left -= 1
        super().append(lines, first, last, digest)


async def order_on(exchange: Exchange, count: int, acknowledged: list[str]) -> None:
    """Place orders one by one, each after the one before is acknowledged."""
    for n in range(count):
        step = exchange.submit(user_order(exchange, Side.BUY, 1, 20, f"order-{n}"))
        await exchange.durable(step.seq)
        acknowledged.append(f"order-{n}")


def orders_of(exchange: Exchange) -> list[str]:
    state = exchange.state
    return [order.client_id for order in state.accounts[state.account_no["user"]].orders.values()]


@pytest.mark.parametrize("commits", range(5))
async def test_what_was_acknowledged_stays_and_what_was_not_is_gone(commits: int) -> None:
    """Whichever commit fails: state, views and log agree on the orders that were durable, and on nothing more."""
    log = FaultyLog()
    exchange = begin(log)
    exchange.flush()
    log.fail_after(commits)
    acknowledged: list[str] = []

    with pytest.raises(StorageFailed, match="No space left on device"):
        await order_on(exchange, 10, acknowledged)
    await until(lambda: exchange.seq == exchange.durable_seq)

    assert len(acknowledged) == commits
    assert orders_of(exchange) == acknowledged
    assert canonical.dump(exchange.state) == canonical.dump(replay(log))
    assert exchange.seq == exchange.durable_seq == log.last_seq
    user, market = exchange.state.account_no["user"], exchange.state.market_no[SPOT]
    assert [row.client_id for row in exchange.views.orders.open(user, market)] == acknowledged
    assert verify(log).ok
    await exchange.stop()


async def test_after_a_failed_commit_mutations_are_refused_and_reads_answered() -> None:
    """Although the disk would work again: it may have dropped what it could not write."""
    log = FaultyLog()
    exchange = begin(log)
    exchange.flush()
    log.fail_after(0)
    step = exchange.submit(user_order(exchange, Side.BUY, 1, 20))
    with pytest.raises(StorageFailed):
        await exchange.durable(step.seq)
    await until(lambda: exchange.seq == exchange.durable_seq)
    before = log.last_seq

    for _ in range(3):
        with pytest.raises(StorageFailed, match="No space left"):
            exchange.submit(user_order(exchange, Side.BUY, 1, 20))

    assert log.last_seq == before
    assert "No space left" in exchange.health().failure
    assert exchange.state.accounts
    with pytest.raises(StorageFailed):
        await exchange.durable(before + 1)
    await exchange.durable(before)
    await exchange.stop()


async def test_everybody_who_waits_is_told() -> None:
    log = FaultyLog()
    exchange = begin(log)
    exchange.flush()
    log.fail_after(0)
    listener = Listener()
    exchange.subscribe(listener)
    durable = exchange.durable_seq
    # Else the first commit may have failed, and been told of, before the fifth order is placed.
    log.may_go_on.clear()
    waiting = [
        asyncio.create_task(exchange.durable(exchange.submit(user_order(exchange, Side.BUY, 1, 20)).seq))
        for _ in range(5)
    ]
    log.may_go_on.set()

    told = await asyncio.gather(*waiting, return_exceptions=True)
    await until(lambda: listener.heard[-1:] == [("failed", durable)])

    assert [type(each) for each in told] == [StorageFailed] * 5
    assert listener.heard[-1] == ("failed", durable)
    await exchange.stop()


async def test_feeds_stop_with_the_writer() -> None:
    """And the state is that of the log, to the byte."""
    log = FaultyLog()
    exchange = begin(log, feeds=[Crowd()], speed=MAX, wall=SystemTime())
    exchange.flush()
    log.fail_after(3)
    exchange.start()

    assert exchange._task is not None
    async with asyncio.timeout(20):
        await exchange._task
    # The state is found again by a call of the loop, which may come after the task has ended.
    await until(lambda: exchange.seq == exchange.durable_seq)
    await exchange.stop()

    assert canonical.dump(exchange.state) == canonical.dump(replay(log))
    assert exchange.seq == log.last_seq


async def test_an_engine_that_stumbles_stops_the_writer_and_leaves_a_sound_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Half of a command was applied: the log knows nothing of it, and after the rebuild neither does the state."""
    exchange = begin()
    good = exchange.submit(user_order(exchange, Side.BUY, 1, 20, "good"))
    execute = Engine.execute

    def stumbling(engine: Engine, command: cmd.Command, at: Nanos) -> list[ev.Event]:
        execute(engine, command, at)
        raise KeyError("a bug")

    monkeypatch.setattr(Engine, "execute", stumbling)

    with pytest.raises(StorageFailed, match="a bug"):
        exchange.submit(user_order(exchange, Side.BUY, 1, 20, "bad"))
    exchange.restore()

    assert orders_of(exchange) == ["good"]
    assert exchange.seq == exchange.log.last_seq == good.seq
    assert verify(exchange.log).ok
    assert "the engine failed over PlaceOrder" in caplog.text
    exchange.close()


async def test_text_that_cannot_be_written_down_stops_the_writer_and_leaves_a_sound_log() -> None:
    """Half of a surrogate pair is no character: the account was opened, no record says so, and so it is gone again."""
    exchange = begin()
    before = exchange.seq

    with pytest.raises(StorageFailed, match="cannot be written down"):
        exchange.submit(cmd.OpenAccount("\ud800", "binance"))
    exchange.restore()

    assert "\ud800" not in exchange.state.account_no
    assert exchange.seq == exchange.log.last_seq == before
    assert canonical.dump(exchange.state) == canonical.dump(replay(exchange.log))
    exchange.close()


async def test_a_timer_that_stays_due_stops_the_writer_instead_of_spinning(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = begin()
    monkeypatch.setitem(exchange._writer.engine._handlers, cmd.PassTime, lambda _: None)
    due = exchange.state.next_due()
    assert due is not None

    with pytest.raises(StorageFailed, match="left undone"):
        exchange.advance_to(due)

    exchange.close()


async def test_a_full_disk_under_sqlite_is_a_failed_commit_too(tmp_path: Path) -> None:
    log = SqliteLog.create(tmp_path / "events.sqlite", HEADER, OFF)
    exchange = begin(log, durability=OFF)
    exchange.flush()
    assert log._writer is not None
    log._writer.execute("PRAGMA max_page_count=1")
    before, acknowledged = exchange.durable_seq, list[str]()

    with pytest.raises(StorageFailed, match="free some space"):
        await order_on(exchange, 2_000, acknowledged)
    await until(lambda: exchange.seq == exchange.durable_seq)

    durable = before + len(acknowledged)
    assert exchange.seq == durable
    assert canonical.dump(exchange.state) == canonical.dump(replay(log))
    await exchange.stop()
    log.close()
    assert verify(SqliteLog.read_only(log.path)).last == durable
