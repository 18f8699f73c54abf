"""Frames on their way to sockets: dropped, late, counted, and otherwise exactly as without a plan."""

import time

from simexchange.core.vocabulary.notes import FaultApplied
from simexchange.core.vocabulary.units import Nanos
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.replay import records
from simexchange.gateway.faults.injector import Injector
from simexchange.gateway.faults.plan import rule_of
from simexchange.runtime.exchange import Exchange
from tests.gateway.faults.test_requests import applied
from tests.gateway.real import limit, trading
from tests.gateway.world import hear, served


async def test_with_an_empty_plan_frames_come_as_ever() -> None:
    async with served(faults=()) as world, world.socket("/spot/ws/deposits") as one, world.socket("/spot/ws") as other:
        await other.send_json({"method": "SUBSCRIBE", "params": ["deposits"], "id": 1})
        assert await hear(other) == {"result": None, "id": 1}
        for units in (1, 2, 3):
            await world.deposit(units)
        for socket in (one, other):
            assert [(await hear(socket))["amount"] for _ in range(3)] == [1, 2, 3]
        assert applied(world) == []


async def test_a_dropped_message_is_missing_and_the_next_is_there() -> None:
    path = "/spot/ws/deposits"
    async with served(faults=()) as world, world.socket(path) as one, world.socket(path) as two:
        world.server.faults.add("drop", match="deposits", connection=2, after=1, times=1)
        for units in (1, 2, 3):
            await world.deposit(units)
        assert [(await hear(one))["amount"] for _ in range(3)] == [1, 2, 3]
        assert [(await hear(two))["amount"] for _ in range(2)] == [1, 3]
        (fault,) = applied(world)
        assert (fault.kind, fault.channel, fault.name) == ("drop", "stream", "deposits")
        assert (fault.connection, fault.direction, fault.ordinal) == (2, "out", 2)


async def test_late_messages_keep_their_order() -> None:
    async with served(faults=()) as world, world.socket("/spot/ws/deposits") as socket:
        world.server.faults.add("latency", channel="stream", delay="80ms", times=1)
        began = time.perf_counter()
        await world.deposit(1)
        await world.deposit(2)
        assert [(await hear(socket))["amount"] for _ in range(2)] == [1, 2]
        assert time.perf_counter() - began >= 0.08


async def test_counting_that_begins_late_is_told() -> None:
    async with served() as world, world.socket("/spot/ws/deposits") as socket:
        await world.deposit(1)
        await hear(socket)
        world.server.faults.add("drop", times=1)
        await world.deposit(2)
        await world.deposit(3)
        assert (await hear(socket))["amount"] == 3
        begun, dropped = applied(world)
        assert (begun.kind, begun.name) == ("faults_begun", "late")
        assert (dropped.connection, dropped.ordinal) == (1, 1)


async def test_an_exchange_that_is_begun_again_says_that_it_counts_anew() -> None:
    log = MemoryLog(Header(seed=1, start=Nanos(1_700_000_000 * 10**9)))
    first = Exchange(log)
    Injector(first).begin()
    first.close()
    second = Exchange(log)
    Injector(second).begin()
    second.flush()
    told = [event for record in records(log) for event in record.events if isinstance(event, FaultApplied)]
    assert [(event.kind, event.name) for event in told] == [("faults_begun", "resumed")]
    second.close()


async def test_after_the_exchange_has_gone_back_its_plan_begins_anew_with_its_numbers_and_its_past() -> None:
    plan = (rule_of({"kind": "read_lag", "lag": "60s", "match": "GET /api/v3/openOrders"}, "here"),)
    async with trading(faults=plan) as world:
        await world.control("POST", "/checkpoints", {"name": "here"})
        await world.sign("POST", "/api/v3/order", **limit("BUY", "0.01", "50000"))
        world.server.faults.add("error")
        for _ in range(2):
            await world.control("POST", "/rewind", {"to": "here"})

            assert await world.sign("GET", "/api/v3/openOrders", symbol="BTCUSDT") == []
            begun, last = applied(world)
            assert (begun.kind, begun.name) == ("faults_begun", "resumed")
            assert (last.kind, last.connection, last.ordinal) == ("read_lag", 1, 1)
