"""Bytes that are no good request: a refusal, never a 500, and nothing changes."""

import asyncio

import pytest

from simexchange.gateway.server import new_event_loop
from tests.gateway.world import WAIT, Served, hear, served

HEAD = b"POST /api/v3/deposit HTTP/1.1\r\nHost: localhost\r\n"
CONTROL = b"POST /sim/v1/deposit HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer control-token-of-a-test\r\n"


async def _send(world: Served, data: bytes) -> bytes:
    """What comes back for *data* on a connection of its own, until it is closed or silent."""
    assert world.server.bound is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", world.server.bound.port)
    writer.write(data)
    seen = b""
    try:
        while chunk := await asyncio.wait_for(reader.read(65_536), 0.3):
            seen += chunk
    except TimeoutError:
        pass
    writer.close()
    return seen


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /api/v3/hello\r\n\r\n",
        b"GET /api/v3/hello HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /api/v3/hello HTTP/1.1\r\n\r\n",
        b"GET /api/v3/hello HTTP/1.1\r\nHost: evil\r\n\r\n",
        b"GET http://localhost/api/v3/hello HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/v3/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/v3/hello?name=\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/v3/%ff%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /spot/ws HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /spot/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HEAD + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: x\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nunits=1\r\n0\r\n\r\n",
        HEAD + b"X-MBX-APIKEY: \xff\xfe\r\nContent-Length: 4\r\n\r\na=\xff\xfe",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
        CONTROL + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"GET /sim/v1/keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    ],
)  # fmt: skip
async def test_malformed_http_is_refused_and_the_server_lives(data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with served() as world:
        seq = world.exchange.seq
        seen = await _send(world, data)
        reply = await world.ask("GET", "/api/v3/hello")

        assert b" 500 " not in seen[:40]
        assert reply == {"hello": "world"}
        assert world.exchange.seq == seq
        assert caplog.text == ""


async def test_a_key_of_bytes_that_are_no_text_is_told_among_those_refused() -> None:
    """It would have kept the other ninety-nine from being told."""
    async with served() as world:
        body = b"units=1&timestamp=1&signature=a"
        await _send(world, HEAD + b"X-MBX-APIKEY: \xff\xfe\r\nContent-Length: 31\r\n\r\n" + body)
        (call,) = (await world.control("GET", "/refused"))["calls"]

    assert (call["api_key"], call["why"]) == ("??", "key_malformed")


async def test_a_client_that_waits_to_go_on_is_told_to() -> None:
    """``Expect: 100-continue``, as command-line clients send it with longer bodies."""
    async with served() as world:
        data = HEAD + b"Expect: 100-continue\r\nContent-Length: 7\r\nConnection: close\r\n\r\nunits=1"
        seen = await _send(world, data)

    assert seen.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 4")


async def test_a_message_that_is_too_large_ends_the_socket() -> None:
    async with served(frame_max=1_000) as world, world.socket("/spot/ws") as socket:
        await socket.send_str("x" * 2_000)

        end = await socket.receive(timeout=WAIT)

    assert end.data == 1009


def test_everything_works_on_the_loop_that_is_used_when_serving() -> None:
    """uvloop, where it is installed."""

    async def live() -> tuple[int, int]:
        async with served() as world, world.socket("/spot/ws/deposits") as socket:
            made = await world.deposit()
            return made, (await hear(socket))["seq"]

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        made, heard = runner.run(live())

    assert made == heard
