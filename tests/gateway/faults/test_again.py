"""What a log tells of stream faults is done again to the same script: at the same connection, direction and message."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from simexchange.core.vocabulary.notes import FaultApplied
from simexchange.gateway.faults.kinds import FRAMES, SOCKETS
from simexchange.gateway.faults.plan import again
from tests.gateway.faults.streaming import DEPTH, end_of, news, order
from tests.gateway.faults.test_requests import applied
from tests.gateway.real import trading
from tests.gateway.world import Served, hear

BY_THE_CLOCK = {"pongs_lost"}
"""What is heard until the socket ends depends on how busy the machine is."""
OTHERS = {"latency", "early_reply", "stale_snapshot"}
LISTENS = 0.15
"""Seconds the script listens at its end."""

Heard = list[tuple[str, str]]


async def _hear_all(name: str, socket: aiohttp.ClientWebSocketResponse, heard: Heard) -> None:
    """Note what each message is, and how the socket ends."""
    async for message in socket:
        told = message.json()
        heard.append((name, f"{told.get('e')} {told.get('x', '')}".strip()))
    heard.append((name, f"end {socket.close_code}"))


async def script(world: Served, pause: float) -> Heard:
    """Two sockets; three orders, of which the second is filled. A socket that is refused is asked for once more."""
    heard: Heard = []
    async with news(world) as private:
        try:
            public = await world.session.ws_connect(f"{world.ws_url}/spot/ws/{DEPTH}")
        except aiohttp.ClientError:
            heard.append(("public", "refused"))
            public = await world.session.ws_connect(f"{world.ws_url}/spot/ws/{DEPTH}")
        listening = [
            asyncio.create_task(_hear_all(name, socket, heard))
            for name, socket in (("private", private), ("public", public))
        ]
        await order(world, "SELL", "60000", world.bob)
        for price in ("50000", "60000", "50001"):
            await order(world, "BUY", price)
            await asyncio.sleep(pause)
        book = await world.ask("GET", "/api/v3/depth?symbol=BTCUSDT")
        heard.append(("public", f"snapshot {book['lastUpdateId']}"))
        await asyncio.sleep(LISTENS)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        await public.close()
    # How many messages a book's changes come in depends on the clock.
    return [each for each in heard if each[0] == "private"] + sorted({each for each in heard if each[0] == "public"})


CASES: dict[str, dict[str, Any]] = {
    "drop": {"channel": "user", "after": 1},
    "duplicate": {"channel": "user", "after": 2},
    "reorder": {"channel": "user", "window": 4, "chance": "0.5"},
    "ws_gap": {"after": 1},
    "duplicate_fill": {},
    "ack_after_fill": {"after": 1},
    "close": {"channel": "user", "after": 1},
    "day_over": {"channel": "user", "after": 1},
    "silence": {"channel": "user", "after": 1},
    "slow": {"channel": "user", "after": 1, "bytes_per_second": 100_000},
    "no_pings": {"channel": "user"},
    "pongs_lost": {"channel": "user", "within": "20ms"},
    "listen_key_expired": {"after": 2},
    "refused": {"connection": 2},
    "early_reply": {"channel": "rest", "lead": "20ms", "after": 1},
    "stale_snapshot": {"age": "600s"},
    "latency": {"channel": "user", "distribution": "uniform", "delay": "20ms", "spread": "10ms"},
}


def test_every_kind_is_done_again() -> None:
    assert set(CASES) == {kind.name for kind in (*FRAMES, *SOCKETS)} | OTHERS


@pytest.mark.parametrize("kind", CASES)
async def test_the_same_script_meets_the_same_fault_at_the_same_message(kind: str) -> None:
    once = CASES[kind] if "chance" in CASES[kind] else {"times": 1, **CASES[kind]}
    # Changes of books are told ten times a second.
    pause = 0.11 if kind == "ws_gap" else 0.02
    first, told = await _run(pause, lambda world: world.server.faults.add(kind, **once))
    rules = [again(fault, number) for number, fault in enumerate(told, 1)]
    second, told_again = await _run(pause, lambda world: world.server.faults.put(rules))

    assert told
    assert [_placed(fault) for fault in told_again] == [_placed(fault) for fault in told]
    assert second == first or kind in BY_THE_CLOCK


async def test_what_was_done_at_once_is_done_again_after_the_same_message() -> None:
    """Two messages came before it: an acknowledgement, and the balances."""
    async with trading(faults=()) as world, news(world) as socket:
        await order(world, "BUY", "50000")
        assert [(await hear(socket))["e"] for _ in range(2)] == ["executionReport", "outboundAccountPosition"]
        world.server.faults.add("close", channel="user", where="now")
        assert await end_of(socket) == ("CLOSE", 1001)
        told = [fault for fault in applied(world) if fault.channel == "user"]
    async with trading(faults=[again(told[0], 1)]) as world, news(world) as socket:
        await order(world, "BUY", "50000")
        assert [(await hear(socket))["e"] for _ in range(2)] == ["executionReport", "outboundAccountPosition"]
        assert await end_of(socket) == ("CLOSE", 1001)

        assert [_placed(fault)[1:5] for fault in applied(world)] == [("user", 1, "out", 2)]


def _placed(fault: FaultApplied) -> tuple[object, ...]:
    return fault.kind, fault.channel, fault.connection, fault.direction, fault.ordinal, fault.name, fault.detail


async def _run(pause: float, plan: Callable[[Served], object]) -> tuple[Heard, list[FaultApplied]]:
    async with trading(faults=()) as world:
        plan(world)
        heard = await script(world, pause)
        return heard, applied(world)
