"""Heart-beats: who does not say in time that he is still there has his orders canceled, by the clock on the wall."""

import asyncio
from typing import Any

import pytest

from simexchange.runtime.clock import PAUSED
from tests.gateway.real import limit, trading
from tests.gateway.world import WAIT, Served


async def _set(world: Served, milliseconds: int) -> Any:
    return await world.sign("POST", "/fapi/v1/countdownCancelAll", symbol="BTCUSDT", countdownTime=milliseconds)


def _open(world: Served) -> int:
    return len(world.exchange.views.orders.open(world.account))


async def _until_canceled(world: Served) -> None:
    async with asyncio.timeout(WAIT):
        while _open(world):  # noqa: ASYNC110 - what the client of a heart-beat does not hear either
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("speed", ["1x", "paused"])
async def test_orders_are_canceled_when_the_countdown_ends_even_where_time_stands_still(speed: str) -> None:
    """Two bids; 30 ms without a word; both are gone."""
    async with trading() as world:
        if speed == "paused":
            world.exchange.set_speed(PAUSED)
        for price in ("50000", "51000"):
            await world.sign("POST", "/fapi/v1/order", **limit("BUY", "0.1", price))

        answer = await _set(world, 30)

        assert answer == {"symbol": "BTCUSDT", "countdownTime": "30"}
        assert _open(world) == 2
        await _until_canceled(world)


async def test_a_countdown_that_is_set_again_begins_anew() -> None:
    """Set to 200 ms every 30 ms: after ten times nothing is canceled yet."""
    async with trading() as world:
        await world.sign("POST", "/fapi/v1/order", **limit("BUY", "0.1", "50000"))

        for _ in range(10):
            await _set(world, 200)
            await asyncio.sleep(0.03)

        assert _open(world) == 1
        await _until_canceled(world)


async def test_zero_stops_a_countdown() -> None:
    async with trading() as world:
        await world.sign("POST", "/fapi/v1/order", **limit("BUY", "0.1", "50000"))
        await _set(world, 40)

        await _set(world, 0)
        await asyncio.sleep(0.1)

        assert _open(world) == 1


async def test_a_countdown_is_its_owners_and_its_symbols_alone() -> None:
    """Bob's perpetual order and alice's spot order outlive alice's countdown of the perpetual."""
    async with trading() as world:
        await world.sign("POST", "/fapi/v1/order", **limit("BUY", "0.1", "50000"))
        await world.sign("POST", "/fapi/v1/order", key=world.bob, **limit("BUY", "0.1", "50000"))
        await world.sign("POST", "/api/v3/order", **limit("BUY", "0.1", "50000"))

        await _set(world, 20)
        async with asyncio.timeout(WAIT):
            while _open(world) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

        left = world.exchange.views.orders.open(world.account)
        assert [world.exchange.state.markets[row.market].spec.id for row in left] == ["spot:BTC-USDT"]
        assert len(world.exchange.views.orders.open(world.bob.account)) == 1


async def test_a_countdown_that_nobody_can_write_down_harms_nothing() -> None:
    """The disk is full: the orders stay, and what is set later still counts."""
    async with trading() as world:
        await world.sign("POST", "/fapi/v1/order", **limit("BUY", "0.1", "50000"))
        await _set(world, 30)
        world.log.full = True
        await world.sign("POST", "/fapi/v1/order", status=503, **limit("BUY", "0.1", "51000"))
        await asyncio.sleep(0.1)
        before = _open(world)

        await _set(world, 30)
        await asyncio.sleep(0.1)

        assert (before, _open(world)) == (1, 1)
        assert (await world.control("GET", "/health"))["status"] == "storage_failed"
