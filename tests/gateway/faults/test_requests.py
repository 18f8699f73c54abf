"""Faults of REST requests, seen by a client that is nothing but HTTP; what the log tells of them; what they change."""

import asyncio
import time
from typing import Any

import aiohttp
import msgspec
import pytest

from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.events import OrderAccepted
from simexchange.core.vocabulary.notes import FaultApplied
from simexchange.eventlog.recheck import recheck
from simexchange.eventlog.replay import records
from tests.gateway.real import limit, trading
from tests.gateway.world import Served

ORDER = "/api/v3/order"
SOON = 1.0
"""Seconds after which a client of these tests has waited long enough."""


def applied(world: Served) -> list[FaultApplied]:
    """The faults the log tells of."""
    world.exchange.flush()
    return [event for record in records(world.log) for event in record.events if isinstance(event, FaultApplied)]


def accepted(world: Served) -> int:
    """How many orders the log tells of."""
    world.exchange.flush()
    return sum(isinstance(event, OrderAccepted) for record in records(world.log) for event in record.events)


async def buy(world: Served, status: int = 200, **more: Any) -> Any:
    return await world.sign("POST", ORDER, status=status, **limit("BUY", "0.01", "50000"), **more)


async def test_without_a_plan_nothing_is_counted_and_nothing_noted() -> None:
    async with trading() as world:
        await buy(world)
        assert not world.server.faults.begun
        assert applied(world) == []


async def test_an_error_is_the_venues_and_changes_nothing() -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("error", status=400, code=-2010, text="No.", match="orders", times=1)
        assert await buy(world, status=400) == {"code": -2010, "msg": "No."}
        assert accepted(world) == 0
        assert (await buy(world))["status"] == "NEW"
        (fault,) = applied(world)
        assert (fault.kind, fault.channel, fault.name) == ("error", "rest", f"POST {ORDER}")
        assert (fault.connection, fault.direction, fault.ordinal) == (1, "in", 1)
        assert fault.account == world.account
        recheck(world.log)


@pytest.mark.parametrize("how", ["hang", "cut"])
async def test_an_order_whose_answer_never_comes_was_placed_once(how: str) -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("timeout_unknown_status", times=1, how=how)
        with pytest.raises((TimeoutError, aiohttp.ClientError)):
            async with asyncio.timeout(SOON):
                await buy(world, newClientOrderId="mine")
        assert accepted(world) == 1
        found = await world.sign("GET", ORDER, symbol="BTCUSDT", origClientOrderId="mine")
        assert found["status"] == "NEW"
        (fault,) = applied(world)
        assert (fault.direction, fault.ordinal, fault.name) == ("out", 1, f"POST {ORDER}")
        recheck(world.log)


@pytest.mark.parametrize("how", ["hang", "cut"])
async def test_an_order_that_is_lost_on_its_way_was_not_placed(how: str) -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("timeout_not_applied", times=1, how=how)
        with pytest.raises((TimeoutError, aiohttp.ClientError)):
            async with asyncio.timeout(SOON):
                await buy(world)
        assert accepted(world) == 0
        assert (await buy(world))["status"] == "NEW"


async def test_latency_takes_its_time_and_the_log_says_how_much() -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("latency", delay="80ms", spread="40ms", distribution="uniform", times=1)
        began = time.perf_counter()
        await world.ask("GET", "/api/v3/ping")
        took = time.perf_counter() - began
        (fault,) = applied(world)
        delay = msgspec.json.decode(fault.detail)["delay"]
        assert delay.endswith("ns")
        assert 0.04 <= int(delay[:-2]) / 1e9 <= took


async def test_the_note_is_in_the_log_before_the_fault_is_done() -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("error", times=1)
        await world.ask("GET", "/api/v3/ping", status=500)
        assert world.log.last_seq == world.exchange.seq
        assert len(applied(world)) == 1


async def test_the_log_of_a_lost_answer_has_the_order_first_and_the_note_behind_it() -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("timeout_unknown_status", times=1, how="cut")
        with pytest.raises(aiohttp.ClientError):
            await buy(world)
        world.exchange.flush()
        last = list(records(world.log))[-2:]
        assert isinstance(last[0].command, PlaceOrder)
        assert [event.kind for event in last[1].events if isinstance(event, FaultApplied)] == ["timeout_unknown_status"]
        assert last[1].source == "gateway"
