"""Rules without a limit, which strike message after message: what is done already is not done on top of itself."""

import time

import msgspec

from simexchange.core.vocabulary.units import Nanos
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.gateway.faults.injector import Injector
from simexchange.gateway.faults.plan import Rule, rule_of
from simexchange.gateway.faults.points import REST, Line
from simexchange.gateway.faults.wires import DeadWire, SlowWire
from simexchange.runtime.exchange import Exchange
from tests.gateway.faults.streaming import end_of, news, order, silent
from tests.gateway.real import trading
from tests.gateway.world import hear, served

DEPOSITS = "/spot/ws/deposits"


async def test_what_an_interruption_held_back_comes_though_each_message_began_one() -> None:
    async with served(faults=()) as world, world.socket(DEPOSITS) as socket:
        world.server.faults.add("silence", channel="stream", lasting="150ms")
        for units in (1, 2, 3):
            await world.deposit(units)
        assert [(await hear(socket))["amount"] for _ in range(3)] == [1, 2, 3]


async def test_who_is_silent_for_good_is_so_once() -> None:
    async with served(faults=()) as world, world.socket(DEPOSITS) as dead, world.socket(DEPOSITS) as other:
        world.server.faults.add("silence", channel="stream", connection=1, lasting="50ms", times=1)
        world.server.faults.add("silence", channel="stream", connection=1)
        for units in range(1, 20):
            await world.deposit(units)
        assert [(await hear(other))["amount"] for _ in range(19)] == list(range(1, 20))
        assert (await hear(dead))["amount"] == 1, "the message that the silence comes behind"
        assert await silent(dead)
        (connection, _) = world.server.sockets.open
        assert isinstance(connection.wire, DeadWire)
        assert connection.wire.below is connection.transport


async def test_a_slow_link_is_slow_once_and_carries_everything() -> None:
    async with served(faults=()) as world, world.socket(DEPOSITS) as socket:
        world.server.faults.add("slow", channel="stream", bytes_per_second=10**6)
        for units in range(1, 20):
            await world.deposit(units)
        assert [(await hear(socket))["amount"] for _ in range(19)] == list(range(1, 20))
        (connection,) = world.server.sockets.open
        assert isinstance(connection.wire, SlowWire)
        assert connection.wire.below is connection.transport


async def test_a_slow_link_that_is_interrupted_loses_nothing() -> None:
    async with served(faults=()) as world, world.socket(DEPOSITS) as socket:
        world.server.faults.add("silence", where="now", channel="stream", lasting="100ms")
        world.server.faults.add("slow", where="now", channel="stream", bytes_per_second=10**6)
        for units in (1, 2, 3):
            await world.deposit(units)
        assert [(await hear(socket))["amount"] for _ in range(3)] == [1, 2, 3]


async def test_the_end_of_a_day_is_announced_once() -> None:
    async with trading(faults=()) as world, news(world) as socket:
        world.server.faults.add("day_over", channel="user", notice="200ms")
        await order(world, "BUY", "50000")
        told = [(await hear(socket))["e"] for _ in range(3)]
        assert await end_of(socket) == ("CLOSE", 1001)
    assert sorted(told) == ["executionReport", "outboundAccountPosition", "serverShutdown"]


async def test_neighbours_change_places_where_every_message_is_to() -> None:
    async with served(faults=()) as world, world.socket(DEPOSITS) as socket:
        world.server.faults.add("reorder", channel="stream")
        for units in range(1, 7):
            await world.deposit(units)
        assert [(await hear(socket))["amount"] for _ in range(6)] == [2, 1, 4, 3, 6, 5]


def pinned(count: int) -> list[Rule]:
    """Rules as a long session leaves them: each for one message."""
    rule = rule_of({"kind": "error", "channel": REST, "connection": 1, "ordinal": 1, "times": 1}, "here")
    return [msgspec.structs.replace(rule, name=f"error#{n}", ordinal=n) for n in range(1, count + 1)]


async def test_a_log_of_many_faults_is_done_again_without_looking_at_all_of_them_for_each_message() -> None:
    """20,000 took a quarter of a minute to add, and 14 ms for each message then."""
    injector = Injector(Exchange(MemoryLog(Header(seed=1, start=Nanos(1_700_000_000 * 10**9)))))
    rules, line = pinned(20_000), Line(REST, 1)
    began = time.process_time()
    injector.put(rules)
    struck = [injector.judge(line.hears("GET /x"))[0].rule for _ in range(200)]
    assert time.process_time() - began < 2.0
    assert struck == [f"error#{n}" for n in range(1, 201)]
    injector.exchange.close()


async def test_rules_for_one_message_and_for_many_strike_in_the_order_of_the_plan() -> None:
    injector = Injector(Exchange(MemoryLog(Header(seed=1, start=Nanos(1_700_000_000 * 10**9)))))
    many = rule_of({"kind": "latency", "where": "in", "name": "many"}, "here")
    first, second = pinned(2)
    injector.put([msgspec.structs.replace(second, name="late", ordinal=1), many, first])
    assert [stroke.rule for stroke in injector.judge(Line(REST, 1).hears("GET /x"))] == ["late", "many", "error#1"]
    injector.remove("late")
    line = Line(REST, 1)
    assert [stroke.rule for stroke in injector.judge(line.hears("GET /x"))] == ["many"], "the other one is spent"
    injector.clear()
    assert injector.judge(line.hears("GET /x")) == []
    injector.exchange.close()
