"""Lockstep: time passes when every named client waits, and one at a time goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.markets import Bundle
from simexchange.core.vocabulary.units import SECOND, Amount, Nanos
from simexchange.eventlog.memory import MemoryLog
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.lockstep import Lockstep, NotYourTurn, Turns
from tests.core.world import T0
from tests.runtime.world import HEADER, HandWall


def at(seconds: float) -> Nanos:
    return Nanos(T0 + int(seconds * SECOND))


@asynccontextmanager
async def steps(
    *names: str, patience: float = 5.0, until: Nanos | None = None
) -> AsyncIterator[tuple[Lockstep, Exchange]]:
    exchange = Exchange(MemoryLog(HEADER), speed=PAUSED, wall=HandWall(), until=until)
    exchange.start()
    lockstep = Lockstep(exchange, names, patience)
    try:
        yield lockstep, exchange
    finally:
        lockstep.close()
        await exchange.stop()


def test_the_smallest_instant_comes_first_and_of_several_the_first_name() -> None:
    turns = Turns(["b", "a", "c"])
    for name, until in (("b", 5), ("a", 5)):
        turns.wait(name, Nanos(until))
    before = turns.next()
    turns.wait("c", Nanos(4))

    order = []
    while (found := turns.next()) is not None:
        order.append(found)
        turns.leave(found[1])

    assert before is None
    assert order == [(4, "c"), (5, "a"), (5, "b")]
    assert turns.left() == ["b", "a", "c"]


async def test_nobody_goes_on_before_everybody_waits() -> None:
    async with steps("a", "b") as (lockstep, exchange):
        first = asyncio.create_task(lockstep.wait("a", at(1)))
        await asyncio.sleep(0.05)
        stands = (first.done(), exchange.now())

        second = asyncio.create_task(lockstep.wait("b", at(2)))
        now = await first

        assert stands == (False, at(0))
        assert now == exchange.now() == at(1)
        assert not second.done()


async def test_one_at_a_time_goes_on_in_order_of_instant_and_name() -> None:
    async with steps("a", "b", "c") as (lockstep, _):
        seen: list[tuple[str, float]] = []
        acting = 0

        async def live(name: str, naps: list[float]) -> None:
            nonlocal acting
            when = await lockstep.wait(name, at(0))
            for nap in naps:
                assert acting == 0
                acting += 1
                seen.append((name, (when - T0) / SECOND))
                await asyncio.sleep(0.001)
                acting -= 1
                when = await lockstep.wait(name, Nanos(when + int(nap * SECOND)))
            lockstep.leave(name)

        async with asyncio.timeout(5):
            await asyncio.gather(live("c", [1, 1]), live("b", [2, 1]), live("a", [1, 1]))

        assert seen == [("a", 0), ("b", 0), ("c", 0), ("a", 1), ("c", 1), ("b", 2)]


async def test_who_does_not_come_is_named_to_those_that_wait_and_they_may_wait_again() -> None:
    async with steps("a", "b", "c", patience=0.05) as (lockstep, exchange):
        with pytest.raises(NotYourTurn, match=r"^b, c did not wait for 0\.05 s") as missed:
            await lockstep.wait("a", at(1))
        lockstep.leave("b")
        lockstep.leave("c")

        assert missed.value.reason == "missing"
        assert exchange.now() == at(0)
        assert await lockstep.wait("a", at(1)) == at(1)


async def test_a_client_that_is_slow_but_comes_costs_nobody_his_patience() -> None:
    async with steps("a", "b", patience=0.3) as (lockstep, _):
        waits = asyncio.create_task(lockstep.wait("a", at(9)))
        for second in range(4):
            await asyncio.sleep(0.2)
            await lockstep.wait("b", at(second))

        assert not waits.done()
        lockstep.leave("b")
        assert await waits == at(9)


async def test_a_second_wait_of_a_client_takes_the_place_of_the_first() -> None:
    async with steps("a", "b") as (lockstep, _):
        first = asyncio.create_task(lockstep.wait("a", at(5)))
        await asyncio.sleep(0)
        second = asyncio.create_task(lockstep.wait("a", at(1)))
        await asyncio.sleep(0)
        lockstep.leave("b")

        with pytest.raises(NotYourTurn, match="waits anew"):
            await first
        assert await second == at(1)


async def test_where_exchange_time_ends_everybody_is_told() -> None:
    async with steps("a", until=at(3)) as (lockstep, _):
        with pytest.raises(NotYourTurn, match="come to its end") as over:
            await lockstep.wait("a", at(4))

        assert over.value.reason == "over"


async def test_who_waits_when_the_exchange_ends_is_told() -> None:
    async with steps("a", "b") as (lockstep, _):
        waits = asyncio.create_task(lockstep.wait("a", at(5)))
        await asyncio.sleep(0)
        lockstep.close()

        with pytest.raises(NotYourTurn, match="the exchange ends"):
            await waits


async def test_who_listens_has_his_turn_when_something_happens_to_his_account() -> None:
    async with steps("a", "b") as (lockstep, exchange):
        exchange.submit(cmd.AdoptBundle(Bundle("binance")))
        for name in ("alice", "bob"):
            exchange.submit(cmd.OpenAccount(name, "binance"))
        alice, bob = (exchange.state.account_no[name] for name in ("alice", "bob"))
        waits = asyncio.create_task(lockstep.wait("a", at(60), alice))

        await lockstep.wait("b", at(3))
        exchange.submit(cmd.Deposit(bob, "usdm", "USDT", Amount(1)))
        await lockstep.wait("b", at(4))
        nothing = waits.done()
        exchange.submit(cmd.Deposit(alice, "usdm", "USDT", Amount(1)))
        later = asyncio.create_task(lockstep.wait("b", at(9)))
        now = await waits

        assert not nothing
        assert now == at(4)
        lockstep.leave("a")
        assert await later == at(9)


async def test_one_that_is_watched_and_does_not_rest_is_named() -> None:
    class Restless:
        rests = False

        async def rest(self) -> None:
            await asyncio.sleep(60)

    exchange = Exchange(MemoryLog(HEADER), speed=PAUSED, wall=HandWall())
    exchange.start()
    lockstep = Lockstep(exchange, ["a"], 0.05, idle=Restless(), watched=["alice"])

    with pytest.raises(NotYourTurn, match=r"^account:alice did not rest for 0\.05 s"):
        await lockstep.wait("a", at(1))

    lockstep.close()
    await exchange.stop()


async def test_an_instant_that_has_passed_is_now() -> None:
    async with steps("a") as (lockstep, _):
        await lockstep.wait("a", at(5))

        assert await lockstep.wait("a", at(1)) == at(5)


async def test_nobody_waits_at_a_lockstep_that_is_over() -> None:
    """Who comes while the exchange goes back must not send its time off from there."""
    async with steps("a") as (lockstep, exchange):
        lockstep.close()
        with pytest.raises(NotYourTurn, match="ends"):
            await lockstep.wait("a", at(5))
        lockstep.leave("a")
        await asyncio.sleep(0.05)

        assert exchange.now() == at(0)
