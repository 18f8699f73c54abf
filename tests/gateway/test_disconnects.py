"""Cancel on disconnect: an account may have everything canceled when nobody listens for it any more."""

import asyncio
from typing import Any

from tests.gateway.real import limit, trading
from tests.gateway.world import WAIT, Served


async def _listen_key(world: Served, key: Any = None) -> str:
    who = key or world.alice
    made = await world.ask("POST", "/fapi/v1/listenKey", headers={"X-MBX-APIKEY": who.api_key})
    return str(made["listenKey"])


async def _bids(world: Served) -> None:
    """Alice bids on the perpetual and on spot."""
    await world.sign("POST", "/fapi/v1/order", **limit("BUY", "0.1", "50000"))
    await world.sign("POST", "/api/v3/order", **limit("BUY", "0.1", "50000"))


async def _wants_it(world: Served) -> None:
    await world.control("POST", "/options", {"account": "alice", "cancel_on_disconnect": True})


def _open(world: Served) -> int:
    return len(world.exchange.views.orders.open(world.account))


async def _until_canceled(world: Served) -> None:
    async with asyncio.timeout(WAIT):
        while _open(world):  # noqa: ASYNC110 - nobody is there to be told
            await asyncio.sleep(0.005)


async def test_the_orders_of_every_market_go_with_the_last_private_stream() -> None:
    async with trading() as world:
        await _bids(world)
        await _wants_it(world)
        key = await _listen_key(world)

        async with world.socket(f"/um/private/ws?listenKey={key}"):
            assert _open(world) == 2

        await _until_canceled(world)


async def test_nothing_is_canceled_while_another_stream_goes_on() -> None:
    """Two sockets: the first may go, the second may not."""
    async with trading() as world:
        await _bids(world)
        await _wants_it(world)
        key = await _listen_key(world)

        async with world.socket(f"/um/private/ws?listenKey={key}"):
            async with world.socket(f"/um/private/ws?listenKey={key}"):
                pass
            await asyncio.sleep(0.05)
            assert _open(world) == 2

        await _until_canceled(world)


async def test_a_closed_listen_key_ends_the_stream_as_a_lost_socket_does() -> None:
    async with trading() as world:
        await _bids(world)
        await _wants_it(world)
        key = await _listen_key(world)

        async with world.socket(f"/um/private/ws?listenKey={key}"):
            await world.ask("DELETE", "/fapi/v1/listenKey", headers={"X-MBX-APIKEY": world.alice.api_key})
            await _until_canceled(world)


async def test_who_did_not_ask_for_it_keeps_his_orders() -> None:
    async with trading() as world:
        await _bids(world)
        key = await _listen_key(world)

        async with world.socket(f"/um/private/ws?listenKey={key}"):
            pass
        await asyncio.sleep(0.05)

        assert _open(world) == 2


async def test_market_data_and_other_peoples_streams_do_not_count() -> None:
    """Bob's stream and a trade stream end; alice's orders stay."""
    async with trading() as world:
        await _bids(world)
        await _wants_it(world)
        key = await _listen_key(world, world.bob)

        async with world.socket(f"/um/private/ws?listenKey={key}"), world.socket("/um/public/ws/btcusdt@trade"):
            pass
        await asyncio.sleep(0.05)

        assert _open(world) == 2


async def test_a_server_that_stops_is_no_disconnect_of_the_client() -> None:
    async with trading() as world:
        await _bids(world)
        await _wants_it(world)
        key = await _listen_key(world)

        async with world.socket(f"/um/private/ws?listenKey={key}"):
            await world.server.stop()

        assert _open(world) == 2


async def test_a_stream_that_is_given_up_ends_as_well() -> None:
    """The socket stays, the client unsubscribes from its listen key."""
    async with trading() as world:
        await _bids(world)
        await _wants_it(world)
        key = await _listen_key(world)

        async with world.socket("/um/private/ws") as socket:
            await socket.send_json({"method": "SUBSCRIBE", "params": [key], "id": 1})
            await socket.receive_json(timeout=WAIT)
            await socket.send_json({"method": "UNSUBSCRIBE", "params": [key], "id": 2})
            await _until_canceled(world)
