"""Messages of streams that come twice, late, in another order or not at all, to a client of nothing but sockets."""

import asyncio
from contextlib import AsyncExitStack, suppress

import aiohttp
import pytest

from simexchange.config import faultplans
from simexchange.eventlog.recheck import recheck
from simexchange.gateway.faults.plan import again
from tests.gateway.faults.streaming import DEPTH, Book, news, order, places, reports, silent, truth
from tests.gateway.faults.test_requests import applied
from tests.gateway.real import trading
from tests.gateway.world import Served, hear, served


async def three_deposits(world: Served, socket: aiohttp.ClientWebSocketResponse, count: int) -> list[int]:
    """What a socket hears of three deposits, by their amounts: *count* messages, and not one more."""
    for units in (1, 2, 3):
        await world.deposit(units)
    heard = [(await hear(socket))["amount"] for _ in range(count)]
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.1)
    return heard


@pytest.mark.parametrize(
    "kind, params, heard",
    [
        ("drop", {}, [2, 3]),
        ("duplicate", {}, [1, 1, 2, 3]),
        ("duplicate", {"copies": 3}, [1, 1, 1, 1, 2, 3]),
        ("reorder", {}, [2, 1, 3]),
        ("reorder", {"behind": 2}, [2, 3, 1]),
        ("reorder", {"behind": 9, "at_most": "100ms"}, [2, 3, 1]),
        ("latency", {"delay": "50ms"}, [1, 2, 3]),
    ],
)
async def test_a_message_is_mixed_up(kind: str, params: dict[str, object], heard: list[int]) -> None:
    async with served(faults=()) as world, world.socket("/spot/ws/deposits") as socket:
        world.server.faults.add(kind, channel="stream", times=1, **params)

        assert await three_deposits(world, socket, len(heard)) == heard

        assert places(world) == [(kind, "stream", 1, "out", 1)]
        recheck(world.log)


async def test_within_a_window_the_place_is_drawn_and_stands_in_the_log() -> None:
    async with served(faults=()) as world, world.socket("/spot/ws/deposits") as socket:
        world.server.faults.add("reorder", window=3, times=1)
        heard = await three_deposits(world, socket, 3)

    assert sorted(heard) == [1, 2, 3]
    assert heard in ([2, 1, 3], [2, 3, 1])


async def test_a_fill_is_told_twice_and_nothing_else_is() -> None:
    async with trading(faults=()) as world, news(world) as socket:
        world.server.faults.add("duplicate_fill")
        await order(world, "SELL", "60000", world.bob)
        await order(world, "BUY", "60000")

        assert await reports(socket, 3) == ["NEW", "TRADE", "TRADE"]

        (fault,) = places(world)
        assert fault[:4] == ("duplicate_fill", "user", 1, "out")


async def test_the_acknowledgement_comes_after_the_fill() -> None:
    async with trading(faults=()) as world, news(world) as socket:
        world.server.faults.add("ack_after_fill")
        await order(world, "SELL", "60000", world.bob)
        await order(world, "BUY", "60000")

        assert await reports(socket, 2) == ["TRADE", "NEW"]


async def test_the_acknowledgement_of_an_order_that_rests_is_only_late() -> None:
    async with trading(faults=()) as world, news(world) as socket:
        world.server.faults.add("ack_after_fill", at_most="60ms")
        await order(world, "BUY", "50000")

        assert await reports(socket, 1) == ["NEW"]


async def test_a_gap_makes_the_local_book_begin_anew_and_come_right() -> None:
    """Each message tells which change it goes on from; with one of them missing a snapshot is the way back."""
    async with trading(faults=()) as world, world.socket(f"/spot/ws/{DEPTH}") as socket:
        world.server.faults.add("ws_gap", after=1, times=1)
        book = Book(world, socket)
        following = asyncio.create_task(book.follow(8))
        for price in range(50_000, 50_008):
            await order(world, "BUY", str(price), quantity="0.001")
            await asyncio.sleep(0.11)
        await following

        assert book.snapshots == 2
        assert (book.last, book.sides) == await truth(world)
        (fault,) = places(world)
        assert fault == ("ws_gap", "stream", 1, "out", 2)


async def test_a_gap_strikes_books_only() -> None:
    async with trading(faults=()) as world, world.socket("/spot/ws/btcusdt@depth5@100ms") as socket:
        world.server.faults.add("ws_gap")
        await order(world, "BUY", "50000")

        assert (await hear(socket))["lastUpdateId"] >= 0
        assert places(world) == []


async def test_a_stale_snapshot_is_older_than_the_stream_and_a_client_asks_again() -> None:
    async with trading(faults=()) as world:
        world.server.faults.add("stale_snapshot", age="600s", times=2)
        for price in range(50_000, 50_004):
            await order(world, "BUY", str(price), quantity="0.001")
        async with world.socket(f"/spot/ws/{DEPTH}") as socket:
            book = Book(world, socket)
            await order(world, "BUY", "50010", quantity="0.001")
            await book.follow(5)

        assert book.too_old == 2
        assert book.snapshots == 3
        assert (book.last, book.sides) == await truth(world)


async def test_a_reply_goes_before_the_stream_tells() -> None:
    async with trading(faults=()) as world, news(world) as socket:
        world.server.faults.add("early_reply", lead="500ms")
        reply = await order(world, "BUY", "50000")

        assert reply["status"] == "NEW"
        assert await silent(socket)
        assert await reports(socket, 1) == ["NEW"]


async def test_a_reply_waits_for_the_stream() -> None:
    async with trading(faults=()) as world, news(world) as socket:
        world.server.faults.add("late_reply", event="executionReport")
        asking = asyncio.create_task(order(world, "BUY", "50000"))
        told = await reports(socket, 1)

        assert told == ["NEW"]
        assert (await asking)["status"] == "NEW"
        assert [fault[0] for fault in places(world)] == ["late_reply"]


async def test_which_comes_first_is_drawn_and_done_again_as_it_fell() -> None:
    async with trading(faults=()) as world, news(world):
        world.server.faults.add("shuffled", lead="5ms", at_most="20ms")
        for price in range(50_000, 50_012):
            await order(world, "BUY", str(price), quantity="0.001")
        drawn = [fault.kind for fault in applied(world)]
        rules = [again(fault, number) for number, fault in enumerate(applied(world), 1)]

    async with trading(faults=rules) as world, news(world):
        for price in range(50_000, 50_012):
            await order(world, "BUY", str(price), quantity="0.001")
        assert [fault.kind for fault in applied(world)] == drawn

    assert set(drawn) == {"early_reply", "late_reply"}


async def test_messages_of_other_accounts_are_not_held_back() -> None:
    async with trading(faults=()) as world, news(world) as alice, news(world, world.bob) as bob:
        world.server.faults.add("early_reply", account="alice", lead="300ms")
        await order(world, "BUY", "50000")
        await order(world, "BUY", "50000", world.bob)

        assert await reports(bob, 1) == ["NEW"]
        assert not alice.closed


async def test_a_fault_of_nobodys_stream_strikes_nobody() -> None:
    async with trading(faults=()) as world, news(world) as socket:
        world.server.faults.add("drop", channel="user", account="bob")
        await order(world, "BUY", "50000")

        assert await reports(socket, 1) == ["NEW"]
        assert places(world) == []


@pytest.mark.parametrize("plan", ["messy-streams", "broken-sockets"])
async def test_under_a_shipped_plan_the_exchange_does_what_it_would_do_without(plan: str) -> None:
    """Whatever a client hears: each order is filled at its price, and the log holds."""
    prices = range(59_990, 60_010)
    async with trading(faults=faultplans.read((plan,))) as world, AsyncExitStack() as sockets:
        for listening in (news(world), world.socket(f"/spot/ws/{DEPTH}")):
            with suppress(aiohttp.ClientError):
                await sockets.enter_async_context(listening)
        for price in prices:
            await order(world, "SELL", str(price), world.bob, "0.001")
            await order(world, "BUY", str(price), quantity="0.001")
        trades = await world.sign("GET", "/api/v3/myTrades", symbol="BTCUSDT")

        assert [float(row["price"]) for row in trades] == [float(price) for price in prices]
        recheck(world.log)
