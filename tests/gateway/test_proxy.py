"""The proxy: tunnels that lead here, and none that leads elsewhere."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from simexchange.gateway.server import new_event_loop
from simexchange.gateway.tls import Authority
from tests.gateway.naming import client
from tests.gateway.real import limit, trading
from tests.gateway.world import Served, hear


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("data"))


@asynccontextmanager
async def proxied(authority: Authority) -> AsyncIterator[tuple[Served, aiohttp.ClientSession, str]]:
    """An exchange with a proxy; a client; the address of the proxy."""
    async with trading(authority=authority, proxy_port=0, tls_ports=(0,)) as world, client(authority) as session:
        assert world.server.bound is not None
        yield world, session, world.server.bound.proxy_url


async def _said(url: str, request: bytes) -> bytes:
    """What the proxy answers to *request*, until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(request)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return answer


async def test_a_rest_call_to_the_venue_is_answered_here(authority: Authority) -> None:
    async with (
        proxied(authority) as (world, session, proxy),
        session.get("https://api.binance.com/api/v3/time", proxy=proxy) as answer,
    ):
        told = await answer.json()

    assert abs(told["serverTime"] - world.now()) < 10_000


async def test_a_stream_of_the_venues_comes_from_here(authority: Authority) -> None:
    async with proxied(authority) as (world, session, proxy):
        address = "wss://fstream.binance.com/ws/btcusdt@bookTicker"
        async with session.ws_connect(address, proxy=proxy) as socket:
            await world.sign("POST", "/fapi/v1/order", **limit("BUY", "0.1", "50000"))
            quote = await hear(socket)

    assert (quote["e"], float(quote["b"])) == ("bookTicker", 50_000)


async def test_spots_port_is_the_venues_other_one(authority: Authority) -> None:
    async with (
        proxied(authority) as (_, session, proxy),
        session.ws_connect("wss://stream.binance.com:9443/ws", proxy=proxy) as socket,
    ):
        await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":7}')
        answer = await hear(socket)

    assert answer == {"result": [], "id": 7}


async def test_our_own_addresses_can_be_asked_through_it_too(authority: Authority) -> None:
    async with proxied(authority) as (world, _, proxy):
        bound = world.server.bound
        assert bound is not None
        head = f"CONNECT 127.0.0.1:{bound.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.rpartition(":")[2]))
        writer.write(head)
        opened = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"GET /api/v3/ping HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()

    assert opened.startswith(b"HTTP/1.1 200 ")
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "request_line",
    [
        b"CONNECT example.com:443 HTTP/1.1",
        b"CONNECT api.binance.com.example.com:443 HTTP/1.1",
        b"CONNECT www.binance.us:443 HTTP/1.1",
        b"CONNECT 127.0.0.1:22 HTTP/1.1",
        b"CONNECT localhost:65536000000 HTTP/1.1",
        b"CONNECT api.binance.com HTTP/1.1",
        b"CONNECT api.binance.com:x HTTP/1.1",
        b"GET http://api.binance.com/api/v3/ping HTTP/1.1",
        b"GET http://example.com/ HTTP/1.1",
        b"POST / HTTP/1.1",
        b"\x16\x03\x01 nonsense",
    ],
)
async def test_everything_else_is_refused_with_a_line_that_says_so(request_line: bytes, authority: Authority) -> None:
    async with proxied(authority) as (_, _, proxy):
        answer = await _said(proxy, request_line + b"\r\nHost: example.com\r\n\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert body.startswith(b"simexchange: ")
    assert body.count(b"\n") == 1


async def test_a_head_without_end_is_refused(authority: Authority) -> None:
    async with proxied(authority) as (_, _, proxy):
        assert (await _said(proxy, b"CONNECT " + b"a" * 9_000)).startswith(b"HTTP/1.1 400 ")


async def test_a_client_that_does_not_trust_the_authority_is_let_go(authority: Authority) -> None:
    async with proxied(authority) as (_, _, proxy), aiohttp.ClientSession() as stranger:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await stranger.get("https://api.binance.com/api/v3/time", proxy=proxy)


async def test_a_server_that_is_told_to_stop_waits_for_no_tunnel(authority: Authority) -> None:
    async with proxied(authority) as (world, _, proxy):
        port = int(proxy.rpartition(":")[2])
        _, silent = await asyncio.open_connection("127.0.0.1", port)
        _, halfway = await asyncio.open_connection("127.0.0.1", port)
        halfway.write(b"CONNECT api.binance.com:443 HTTP/1.1\r\n\r\n")
        await asyncio.sleep(0.05)

        async with asyncio.timeout(5):
            await world.server.stop()
        for writer in (silent, halfway):
            writer.close()


async def test_it_connects_to_nobody(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is asked for leads to no look-up of a name and to no connection but the client's own to it."""
    asked: list[Any] = []
    async with proxied(authority) as (_, session, proxy):
        loop = asyncio.get_running_loop()
        resolve, connect = loop.getaddrinfo, loop.sock_connect

        async def note_name(host: Any, *more: Any, **options: Any) -> Any:
            asked.append(host)
            return await resolve(host, *more, **options)

        async def note_address(sock: socket.socket, address: Any) -> Any:
            asked.append(address[0])
            return await connect(sock, address)

        monkeypatch.setattr(loop, "getaddrinfo", note_name)
        monkeypatch.setattr(loop, "sock_connect", note_address)
        async with session.get("https://api.binance.com/api/v3/ping", proxy=proxy) as answer:
            assert answer.status == 200
        await _said(proxy, b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")

    assert asked
    assert set(asked) == {"127.0.0.1"}


def test_it_serves_on_the_loop_that_the_command_line_serves_on(authority: Authority) -> None:
    """uvloop, where it is installed."""

    async def ask() -> int:
        async with proxied(authority) as (_, session, proxy):
            status = 0
            for _ in range(20):
                async with session.get("https://api.binance.com/api/v3/time", proxy=proxy) as answer:
                    status = answer.status
            return status

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        assert runner.run(ask()) == 200
