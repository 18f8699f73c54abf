"""Clients that do not say that they wait: exchange time stands while they are at work, as far as that can be seen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from simexchange.runtime.clock import MAX, PAUSED, parse_speed
from tests.gateway.world import Served, served

ALICE = ("account:alice",)
QUIET = 1.0
"""Wall seconds: a busy machine lets a client wait between two requests."""


@asynccontextmanager
async def hammering(world: Served, name: str | None) -> AsyncIterator[None]:
    """Somebody who asks again as soon as he is answered."""
    headers = {}
    if name is not None:
        key = next(key for key in world.keys if key.account == world.exchange.state.account_no[name])
        headers["X-MBX-APIKEY"] = key.api_key

    async def ask() -> None:
        async with aiohttp.ClientSession(headers=headers) as session:
            while True:
                async with session.get(f"{world.url}/api/v3/nothing") as reply:
                    await reply.read()
                await asyncio.sleep(0.005)

    task = asyncio.create_task(ask())
    await asyncio.sleep(0.2)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def stands(world: Served) -> bool:
    """Whether exchange time stands for a while."""
    before = world.exchange.now()
    await asyncio.sleep(0.3)
    return world.exchange.now() == before


async def passes(world: Served) -> None:
    """Wait until exchange time passes."""
    before = world.exchange.now()
    async with asyncio.timeout(20):
        while world.exchange.now() == before:  # noqa: ASYNC110 - time tells nobody that it passes
            await asyncio.sleep(0.01)


async def test_time_passes_while_they_are_idle_and_stands_while_they_are_at_work() -> None:
    async with served(speed=PAUSED, lockstep=ALICE, lockstep_pace=parse_speed("10x"), lockstep_quiet=QUIET) as world:
        await passes(world)
        async with hammering(world, "alice"):
            assert await stands(world)
        await passes(world)


async def test_who_has_another_key_holds_up_nobody_and_who_has_none_does() -> None:
    async with served(speed=PAUSED, lockstep=ALICE, lockstep_quiet=QUIET) as world:
        async with hammering(world, "bob"):
            await passes(world)
        async with hammering(world, None):
            assert await stands(world)


async def test_a_message_on_a_socket_is_work_for_its_client() -> None:
    async with served(speed=PAUSED, lockstep=ALICE, lockstep_quiet=QUIET) as world:
        await passes(world)
        async with world.socket("/spot/ws/deposits") as socket:
            await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":1}')
            await socket.receive(timeout=10)

            assert await stands(world)
        await passes(world)


async def test_at_max_speed_time_goes_from_one_thing_to_the_next() -> None:
    async with served(speed=PAUSED, lockstep=ALICE, lockstep_pace=MAX) as world:
        assert await stands(world)
        assert world.exchange.next_instant() is None


async def test_who_says_that_he_waits_waits_for_those_that_do_not_too() -> None:
    async with served(speed=PAUSED, lockstep=("bot", *ALICE), lockstep_quiet=QUIET) as world:
        async with hammering(world, "alice"):
            waits = asyncio.create_task(world.control("POST", "/lockstep/wait", {"client": "bot", "for": "1s"}))
            await asyncio.sleep(0.2)
            waited = not waits.done()
        turn = await waits
        shown = await world.control("GET", "/lockstep")

    assert waited
    assert turn["now"]["ns"] == world.exchange.now()
    assert shown["watched"] == ["alice"]


@pytest.mark.parametrize("body", [{"client": "account:alice", "for": "1s"}, {"client": "alice", "for": "1s"}])
async def test_one_that_is_watched_does_not_say_that_it_waits(body: dict[str, Any]) -> None:
    async with served(speed=PAUSED, lockstep=ALICE) as world:
        reply = await world.control("POST", "/lockstep/wait", body, status=404)

    assert "account:alice" in reply["error"]["message"]
