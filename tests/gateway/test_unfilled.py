"""Orders that trade come off the count of new ones. The examples are the venue's (FAQ, seen 2026-11)."""

import msgspec

from tests.gateway.real import limit, trading
from tests.gateway.world import Served, hear


async def _count(world: Served) -> list[int]:
    """Alice's unfilled orders in ten seconds and in a day; a test never lasts so long that a day ends."""
    rows = await world.sign("GET", "/api/v3/rateLimit/order")
    return [row["count"] for row in rows]


async def _day(world: Served) -> int:
    return (await _count(world))[1]


async def _place(world: Served, side: str, qty: str, price: str, **more: str) -> int:
    order: int = (await world.sign("POST", "/api/v3/order", **limit(side, qty, price, **more)))["orderId"]
    return order


async def test_an_order_that_takes_comes_off_by_one_and_only_once() -> None:
    """Example 1: A waits, B takes a part and later trades on, C waits, D takes all it wants."""
    async with trading() as world:
        counts = [await _day(world)]
        await _place(world, "BUY", "0.1", "50000")
        counts.append(await _day(world))
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("SELL", "0.01", "60000"))
        await _place(world, "BUY", "0.03", "60000")
        counts.append(await _day(world))
        await _place(world, "BUY", "0.1", "50001")
        counts.append(await _day(world))
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("SELL", "0.02", "60000"))
        counts.append(await _day(world))
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("SELL", "0.01", "61000"))
        await _place(world, "BUY", "0.01", "61000")
        counts.append(await _day(world))

    assert counts == [0, 1, 1, 2, 2, 2]


async def test_an_order_that_had_waited_comes_off_by_five() -> None:
    """Example 2: five wait, one of them trades a part, and there are none; two more, another one trades, none again."""
    async with trading() as world:
        for n in range(5):
            await _place(world, "SELL", "0.02", str(60_000 + n))
        counts = [await _day(world)]
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.01", "60000"))
        counts.append(await _day(world))
        for n in range(2):
            await _place(world, "SELL", "0.01", str(61_000 + n))
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.01", "60000"))
        counts.append(await _day(world))
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("BUY", "0.01", "60001"))
        counts.append(await _day(world))

    assert counts == [5, 0, 2, 0]


async def test_cancels_and_expiries_change_nothing() -> None:
    async with trading() as world:
        order = await _place(world, "BUY", "0.1", "50000")
        await world.sign("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=str(order))
        await _place(world, "BUY", "0.1", "50000", timeInForce="FOK")
        count = await _day(world)

    assert count == 2


async def test_the_answer_of_an_order_that_took_counts_it_still() -> None:
    """It comes off a moment later."""
    async with trading() as world, world.socket("/ws-api/v3") as socket:
        await world.sign("POST", "/api/v3/order", key=world.bob, **limit("SELL", "0.01", "60000"))
        order = world.params(**limit("BUY", "0.01", "60000"))
        await socket.send_str(msgspec.json.encode({"id": 1, "method": "order.place", "params": order}).decode())
        reply = await hear(socket)
        after = await _count(world)

    told = {row["interval"]: row["count"] for row in reply["rateLimits"] if row["rateLimitType"] == "ORDERS"}
    assert (reply["result"]["status"], told) == ("FILLED", {"SECOND": 1, "DAY": 1})
    assert after == [0, 0]
