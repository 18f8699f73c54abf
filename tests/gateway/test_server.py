"""Listening, and ending."""

import asyncio
import socket

import pytest

from simexchange.dialects.binance.venue import BinanceDialect
from simexchange.errors import AddressTaken, ConfigError
from simexchange.gateway.keys import Keys
from simexchange.gateway.server import Server
from simexchange.gateway.settings import Settings
from tests.gateway.toy import Toy
from tests.gateway.world import served


async def test_a_port_in_use_is_one_clear_error() -> None:
    async with served() as world:
        assert world.server.bound is not None
        port = world.server.bound.port
        second = Server(world.exchange, [], Keys(), Settings(control_token="t"))

        with pytest.raises(AddressTaken) as error:
            await second.start("127.0.0.1", port)

    assert str(error.value) == (
        f"cannot listen on 127.0.0.1:{port}: something else does; choose another --port (0 = any free one)"
    )


@pytest.mark.parametrize("host, port", [("192.0.2.1", 0), ("no.such.host.invalid", 0), ("127.0.0.1", 70_000)])
async def test_an_address_that_is_not_ours_is_one_clear_error(host: str, port: int) -> None:
    async with served() as world:
        second = Server(world.exchange, [], Keys(), Settings(control_token="t"))

        with pytest.raises(AddressTaken, match="cannot listen on"):
            await second.start(host, port)


async def test_urls_have_neither_slash_nor_path() -> None:
    async with served() as world:
        bound = world.server.bound

    assert bound is not None
    assert bound.url == f"http://127.0.0.1:{bound.port}"
    assert bound.ws_url == f"ws://127.0.0.1:{bound.port}"


async def test_a_stopped_server_frees_its_port() -> None:
    async with served() as world:
        bound = world.server.bound
        assert bound is not None
        await world.server.stop()

        with socket.socket() as other:
            other.bind(("127.0.0.1", bound.port))


async def test_a_request_under_way_is_answered_before_the_end() -> None:
    async with served() as world:
        world.log.pause = 0.2
        order = asyncio.create_task(world.deposit())
        await asyncio.sleep(0.1)

        await world.server.stop()

        assert await order == world.exchange.seq


async def test_the_name_it_listens_under_is_a_host_it_knows() -> None:
    async with served(host="localhost") as world:
        status = await world.status("/api/v3/hello")

    assert world.url.startswith("http://localhost:")
    assert status == 200


async def test_a_venue_without_a_place_is_refused() -> None:
    class Nowhere(BinanceDialect):
        name = "nowhere"

    async with served() as world:
        with pytest.raises(ConfigError, match="nowhere"):
            Server(world.exchange, [Nowhere([Toy()])], Keys(), Settings(control_token="t"))
