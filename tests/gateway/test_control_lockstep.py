"""Lockstep over the control API."""

import asyncio
from typing import Any

import pytest

from simexchange.core.vocabulary.units import SECOND
from simexchange.runtime.clock import PAUSED
from tests.gateway.world import served

WAIT, LEAVE = "/lockstep/wait", "/lockstep/leave"


async def test_two_clients_take_turns() -> None:
    async with served(speed=PAUSED, lockstep=("a", "b")) as world:
        start = world.exchange.now()
        first = asyncio.create_task(world.control("POST", WAIT, {"client": "a", "for": "2s"}))
        await asyncio.sleep(0.05)
        shown = await world.control("GET", "/lockstep")
        second = await world.control("POST", WAIT, {"client": "b", "until": start + SECOND})
        stands = first.done()
        left = await world.control("POST", LEAVE, {"client": "b"})
        turn = await first

    assert [row["client"] for row in shown["waiting"]] == ["a"]
    assert shown["missing"] == ["b"]
    assert (second["now"]["ns"], stands) == (start + SECOND, False)
    assert left["left"] == ["b"]
    assert (turn["client"], turn["now"]["ns"]) == ("a", start + 2 * SECOND)


async def test_who_waits_for_an_account_has_his_turn_when_something_happens_to_it() -> None:
    async with served(speed=PAUSED, lockstep=("a", "b")) as world:
        start = world.exchange.now()
        hears = asyncio.create_task(world.control("POST", WAIT, {"client": "a", "for": "60s", "account": "alice"}))
        await world.control("POST", WAIT, {"client": "b", "for": "1s"})
        await world.deposit()
        later = asyncio.create_task(world.control("POST", WAIT, {"client": "b", "for": "5s"}))
        turn = await hears
        unknown = await world.control("POST", WAIT, {"client": "a", "for": "1s", "account": "alcie"}, status=404)
        await world.control("POST", LEAVE, {"client": "a"})
        await later

    assert turn["now"]["ns"] == start + SECOND
    assert unknown["error"]["reason"] == "account_unknown"


async def test_a_zero_wait_gives_a_turn_without_time() -> None:
    async with served(speed=PAUSED, lockstep=("a",)) as world:
        start = world.exchange.now()
        turn = await world.control("POST", WAIT, {"client": "a", "for": 0})

    assert turn["now"]["ns"] == start


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"client": "bot-1", "for": "1s"}, 404, "no_such_client"),
        ({"client": "", "for": "1s"}, 404, "no_such_client"),
        ({"client": "bot1"}, 400, "malformed"),
        ({"client": "bot1", "for": "1s", "until": 5}, 400, "malformed"),
        ({"client": "bot1", "for": "soon"}, 400, "malformed"),
        ({"client": "bot1", "for": -1}, 400, "malformed"),
        ({"client": "bot1", "for": 10**30}, 400, "malformed"),
        ({"client": "bot1", "until": "noon"}, 400, "malformed"),
        ({"client": "bot1", "forr": "1s"}, 400, "malformed"),
        ({"for": "1s"}, 400, "malformed"),
    ],
)
async def test_a_wait_that_makes_no_sense_is_refused_and_nobody_waits(
    body: dict[str, Any], status: int, reason: str
) -> None:
    async with served(speed=PAUSED, lockstep=("bot1", "bot2")) as world:
        reply = await world.control("POST", WAIT, body, status=status)
        shown = await world.control("GET", "/lockstep")

    assert reply["error"]["reason"] == reason
    assert shown["waiting"] == []


async def test_who_does_not_come_is_named() -> None:
    async with served(speed=PAUSED, lockstep=("a", "b", "c"), lockstep_patience=0.1) as world:
        reply = await world.control("POST", WAIT, {"client": "a", "for": "1s"}, status=409)

    assert reply["error"]["reason"] == "missing"
    assert reply["error"]["message"].startswith("b, c did not wait for 0.1 s")


async def test_nobody_else_moves_the_clock_and_it_can_be_looked_at() -> None:
    async with served(speed=PAUSED, lockstep=("a", "b")) as world:
        for body in ({"mode": "run"}, {"mode": "pause"}, {"mode": "step"}, {"mode": "jump", "to": "+1h"}):
            reply = await world.control("POST", "/clock", body, status=409)
            assert reply["error"]["reason"] == "lockstep"
        clock = await world.control("GET", "/clock")

    assert clock["mode"] == "pause"


async def test_without_lockstep_each_call_says_how_to_have_it() -> None:
    async with served() as world:
        replies = [
            await world.control("POST", WAIT, {"client": "a", "for": "1s"}, status=409),
            await world.control("POST", LEAVE, {"client": "a"}, status=409),
            await world.control("GET", "/lockstep", status=409),
        ]

    assert {reply["error"]["reason"] for reply in replies} == {"no_lockstep"}


async def test_a_server_that_stops_lets_nobody_hang() -> None:
    async with served(speed=PAUSED, lockstep=("a", "b")) as world:
        waits = asyncio.create_task(world.control("POST", WAIT, {"client": "a", "for": "1s"}, status=409))
        await asyncio.sleep(0.05)
        await world.server.stop()
        reply = await waits

    assert reply["error"]["reason"] == "over"
