"""Sockets: streams, private streams, the WebSocket API, and how they end."""

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest

from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, SECOND, Nanos
from simexchange.gateway import connection as connections
from simexchange.gateway.connection import Connection
from simexchange.gateway.ratelimits import LimitMode
from simexchange.gateway.venues import VENUES, SocketRules
from simexchange.runtime.clock import WallTime
from tests.gateway.world import Served, hear, served

BINANCE = VENUES["binance"]
SPOT = BINANCE.mounts["spot"]
SUBSCRIBE = {"method": "SUBSCRIBE", "params": ["deposits"], "id": 1}


class MovedWall:
    """Wall time moved forward by hand; the monotonic clock stays true."""

    def __init__(self, wall: WallTime) -> None:
        self._wall = wall
        self.ahead = 0

    def now(self) -> Nanos:
        return Nanos(self._wall.now() + self.ahead)

    def monotonic(self) -> Nanos:
        return self._wall.monotonic()


class Transport:
    """Takes frames and forgets them."""

    def write(self, data: bytes) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


def _move_wall(world: Served, ahead: int) -> None:
    """Let the gateway see a wall clock *ahead* of the true one."""
    calls = world.server.calls
    moved = MovedWall(world.exchange.clock.wall)
    moved.ahead = ahead
    calls.wall = moved.now
    calls.listen_keys._wall = moved.now


async def _say(socket: aiohttp.ClientWebSocketResponse, **message: Any) -> None:
    await socket.send_str(msgspec.json.encode(message).decode())


@pytest.mark.parametrize("path", ["/spot/ws/deposits", "/spot/stream/ws/deposits", "/binance/spot/ws/deposits/0"])
async def test_a_raw_socket_gets_bare_payloads(path: str) -> None:
    async with served() as world, world.socket(path) as socket:
        seq = await world.deposit(5)

        message = await hear(socket)

    assert message == {"seq": seq, "amount": 5, "pad": ""}


async def test_a_combined_socket_gets_them_in_an_envelope() -> None:
    async with served() as world, world.socket("/spot/stream?streams=deposits/unknown") as socket:
        seq = await world.deposit(5)

        message = await hear(socket)

    assert message == {"stream": "deposits", "data": {"seq": seq, "amount": 5, "pad": ""}}


async def test_a_stream_nobody_has_is_silent_and_counted() -> None:
    """As on the venue it is acknowledged and says nothing; health tells why. A dead listen key is not shown."""
    async with served() as world, world.socket(f"/spot/ws/nothing@here/{'k' * 64}/deposits"):
        health = await world.control("GET", "/health")

    assert health["unserved_calls"] == [{"call": "STREAM nothing@here", "count": 1}]


async def test_subscribing_is_acknowledged_first_and_never_in_an_envelope() -> None:
    async with served() as world, world.socket("/spot/stream") as socket:
        await _say(socket, **SUBSCRIBE)
        ack = await hear(socket)
        await world.deposit()
        first = await hear(socket)
        await _say(socket, method="LIST_SUBSCRIPTIONS", id="list")
        names = await hear(socket)
        await _say(socket, method="UNSUBSCRIBE", params=["deposits"], id=None)
        left = await hear(socket)
        await world.deposit()
        await _say(socket, method="LIST_SUBSCRIPTIONS", id=3)
        nothing = await hear(socket)

    assert ack == {"result": None, "id": 1}
    assert first["stream"] == "deposits"
    assert names == {"result": ["deposits"], "id": "list"}
    assert left == {"result": None, "id": None}
    assert nothing == {"result": [], "id": 3}


async def test_the_envelope_can_be_switched_on() -> None:
    async with served() as world, world.socket("/spot/ws/deposits") as socket:
        await _say(socket, method="GET_PROPERTY", params=["combined"], id=1)
        before = await hear(socket)
        await _say(socket, method="SET_PROPERTY", params=["combined", True], id=2)
        await hear(socket)
        await world.deposit()
        message = await hear(socket)

    assert before["result"] is False
    assert message["stream"] == "deposits"


async def test_what_is_no_request_gets_an_error_and_the_socket_lives() -> None:
    async with served() as world, world.socket("/spot/ws/deposits") as socket:
        errors = []
        for text in ("", "{", "[]", "null", '{"method":"DANCE","id":1}', '{"method":"SUBSCRIBE","params":5,"id":1}'):
            await socket.send_str(text)
            errors.append(await hear(socket))
        await socket.send_bytes(b"\xff\xfe")
        errors.append(await hear(socket))
        await world.deposit()
        message = await hear(socket)

    assert all("error" in error for error in errors)
    assert message["amount"] == 1


async def test_nothing_is_sent_before_its_record_is_durable() -> None:
    async with served() as world, world.socket("/spot/ws/deposits") as socket:
        world.log.pause = 0.2
        order = asyncio.create_task(world.deposit())

        message = await hear(socket)

        assert world.log.last_seq >= message["seq"]
        await order


async def test_what_was_never_durable_is_never_sent() -> None:
    """The disk is full: listeners are cut off without having heard of it."""
    async with served() as world, world.socket("/spot/ws/deposits") as socket:
        world.log.full = True
        await world.sign("POST", "/api/v3/deposit", units=1, status=503)

        message = await socket.receive(timeout=5)

    assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}


async def test_many_sockets_hear_one_stream_in_the_same_order() -> None:
    async with served() as world:
        sockets = [await world.session.ws_connect(f"{world.ws_url}/spot/ws/deposits") for _ in range(5)]
        made = [await world.deposit(n) for n in range(1, 6)]

        heard = [[(await hear(socket))["seq"] for _ in made] for socket in sockets]

        for socket in sockets:
            await socket.close()
    assert heard == [made] * 5


async def test_a_periodic_stream_is_flushed_by_the_wall_clock() -> None:
    """Ten times a second, also while exchange time stands still."""
    async with served() as world, world.socket("/spot/ws/ticks@100ms") as socket:
        world.exchange.pause()
        begin = asyncio.get_running_loop().time()

        ticks = [(await hear(socket))["tick"] for _ in range(4)]

        took = asyncio.get_running_loop().time() - begin
    assert ticks == [1, 2, 3, 4]
    assert 0.25 < took < 2


async def test_a_stream_that_fails_ends_alone(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as world, world.socket("/spot/ws/broken/deposits") as socket:
        await world.deposit()
        await world.deposit()

        heard = [(await hear(socket))["amount"] for _ in range(2)]

    assert heard == [1, 1]
    assert caplog.text.count("and was ended") == 1


async def test_a_client_that_does_not_read_is_dropped_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its share of the kernel's and the transport's buffers is all it gets."""
    monkeypatch.setattr(connections, "BUFFER_MAX", 1_000_000)
    async with served() as world:
        assert world.server.bound is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", world.server.bound.port, limit=1)
        writer.write(
            b"GET /spot/ws/big HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await reader.readexactly(12)
        for _ in range(100):
            await world.deposit()
            if not world.server.sockets.count:
                break

        dropped = world.server.sockets.count == 0
        reply = await world.ask("GET", "/api/v3/hello")
        writer.close()

    assert dropped
    assert reply == {"hello": "world"}


@pytest.mark.parametrize("path", ["/spot/ws", "/ws-api/v3"])
async def test_pings_are_answered(path: str) -> None:
    async with served() as world, world.socket(path, autoping=False) as socket:
        await socket.ping(b"are you there")

        message = await socket.receive(timeout=5)

    assert (message.type, message.data) == (aiohttp.WSMsgType.PONG, b"are you there")


async def test_the_server_pings_and_closes_who_stays_silent() -> None:
    """Spot: a ping after 20 s, the end a minute after a ping without answer."""
    async with served() as world, world.socket("/spot/ws", autoping=False) as socket:
        _move_wall(world, 20 * SECOND)
        world.server.sockets.beat()
        ping = await socket.receive(timeout=5)
        _move_wall(world, 79 * SECOND)
        world.server.sockets.beat()
        still_open = world.server.sockets.count
        _move_wall(world, 81 * SECOND)
        world.server.sockets.beat()
        end = await socket.receive(timeout=5)

    assert ping.type is aiohttp.WSMsgType.PING
    assert still_open == 1
    assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, 1008)


async def test_a_socket_that_answers_pings_lives_for_a_day() -> None:
    async with served() as world, world.socket("/spot/ws") as socket:
        heard = asyncio.create_task(socket.receive(timeout=5))
        _move_wall(world, 20 * SECOND)
        world.server.sockets.beat()
        for connection in list(world.server.sockets._open):
            async with asyncio.timeout(5):
                while connection.ponged < connection.pinged:  # noqa: ASYNC110 - a connection tells nobody
                    await asyncio.sleep(0.005)
        _move_wall(world, DAY - 10 * MINUTE)
        world.server.sockets.beat()
        announced = await heard
        last = asyncio.create_task(socket.receive(timeout=5))
        _move_wall(world, DAY + SECOND)
        world.server.sockets.beat()

        end = await last

    assert msgspec.json.decode(announced.data)["e"] == "serverShutdown"
    assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, 1001)


async def test_a_listen_key_opens_a_private_stream() -> None:
    """Only one's own deposits, and the word that ends each record."""
    async with served() as world:
        headers = {"X-MBX-APIKEY": world.alice.api_key}
        key = (await world.ask("POST", "/api/v3/userDataStream", headers=headers))["listenKey"]
        async with world.socket(f"/spot/ws/{key}") as raw, world.socket("/spot/stream") as combined:
            await _say(combined, method="SUBSCRIBE", params=[key], id=1)
            await hear(combined)
            await world.deposit(key=world.bob)
            seq = await world.deposit()

            heard = [await hear(raw), await hear(raw)]
            enveloped = await hear(combined)

    assert heard == [{"e": "deposit", "seq": seq}, {"e": "end", "seq": seq}]
    assert enveloped == {"stream": key, "data": {"e": "deposit", "seq": seq}}


async def test_a_listen_key_that_runs_out_says_so_and_falls_silent() -> None:
    async with served() as world:
        headers = {"X-MBX-APIKEY": world.alice.api_key}
        key = (await world.ask("POST", "/api/v3/userDataStream", headers=headers))["listenKey"]
        async with world.socket(f"/spot/stream?streams={key}/deposits") as socket:
            _move_wall(world, HOUR)
            world.server.sockets.beat()
            last = await hear(socket)
            await world.deposit()
            after = await hear(socket)

    assert last["stream"] == key
    assert (last["data"]["e"], last["data"]["listenKey"]) == ("listenKeyExpired", key)
    assert after["stream"] == "deposits"


async def test_a_private_stream_ends_when_its_key_is_closed() -> None:
    async with served() as world:
        headers = {"X-MBX-APIKEY": world.alice.api_key}
        key = (await world.ask("POST", "/api/v3/userDataStream", headers=headers))["listenKey"]
        async with world.socket(f"/spot/ws/{key}/deposits") as socket:
            await world.ask("DELETE", "/api/v3/userDataStream", headers=headers)
            await world.deposit()

            message = await hear(socket)

    assert "amount" in message


async def test_a_foreign_page_cannot_open_a_socket() -> None:
    async with served() as world:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await world.session.ws_connect(f"{world.ws_url}/spot/ws", headers={"Origin": "http://evil.test"})

    assert refusal.value.status == 403


async def test_more_streams_than_the_venue_allows_end_the_socket() -> None:
    async with served() as world, world.socket("/spot/ws") as socket:
        for start in (0, 1_000):
            await _say(socket, method="SUBSCRIBE", params=[f"s{start + n}" for n in range(1_000)], id=1)
        await hear(socket)
        await hear(socket)

        end = await socket.receive(timeout=5)

    assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, 1008)


async def test_strict_limits_end_a_socket_that_talks_too_much() -> None:
    """Spot takes five messages a second; by default nobody is cut off for that."""
    async with served(rate_limits=LimitMode.STRICT) as strict, served() as lenient:
        ends = []
        for world in (strict, lenient):
            async with world.socket("/spot/ws") as socket:
                for _ in range(12):
                    await _say(socket, method="LIST_SUBSCRIPTIONS", id=1)
                kinds = [(await socket.receive(timeout=5)).type for _ in range(12)]
                ends.append(aiohttp.WSMsgType.CLOSE in kinds)

    assert ends == [True, False]


async def test_stopping_the_server_says_goodbye() -> None:
    async with served() as world, world.socket("/spot/ws") as socket:
        heard = asyncio.create_task(socket.receive(timeout=5))
        await asyncio.sleep(0)
        await world.server.sockets.stop()

        announced = await heard
        end = await socket.receive(timeout=5)

    assert set(msgspec.json.decode(announced.data)) == {"e", "E"}
    assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, 1001)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/spot/stream", {"stream": "!serverShutdown", "data": {"e": "serverShutdown"}}),
        ("/ws-api/v3", {"event": {"e": "serverShutdown"}}),
    ],
)
async def test_the_end_is_announced_as_each_kind_of_socket_carries_it(path: str, told: dict[str, Any]) -> None:
    """Forms: "Server Shutdown" of WebSocket Streams and WebSocket API (2026-07-21)."""
    async with served() as world, world.socket(path) as socket:
        heard = asyncio.create_task(socket.receive(timeout=5))
        await asyncio.sleep(0)
        await world.server.sockets.stop()

        announced = msgspec.json.decode((await heard).data)

    (announced.get("data") or announced["event"]).pop("E")
    assert announced == told


async def test_unsolicited_pongs_keep_a_futures_socket_alive_and_no_spot_one() -> None:
    """Spot: "allowed, but will not prevent disconnection"; futures: the other way round (both pages seen 2026-11)."""
    spot = SocketRules(Nanos(20 * SECOND), Nanos(60 * SECOND), 5)
    futures = SocketRules(Nanos(180 * SECOND), Nanos(600 * SECOND), 10, any_pong=True)
    ends = []
    for rules in (spot, futures):
        transport: Any = Transport()
        connection = Connection(transport, rules, 0, combined=False)
        assert connection.beat(rules.ping_every) is None
        connection.hear_pong(b"", rules.ping_every + SECOND)
        ends.append(connection.beat(rules.ping_every + rules.pong_within))

    assert ends == [1008, None]


async def test_private_events_can_be_chosen_in_the_address() -> None:
    """``events=`` names those wanted; market streams on the same socket are not touched by it."""
    async with served() as world:
        headers = {"X-MBX-APIKEY": world.alice.api_key}
        key = (await world.ask("POST", "/api/v3/userDataStream", headers=headers))["listenKey"]
        async with world.socket(f"/spot/stream?listenKey={key}&events=end&streams=deposits") as socket:
            seq = await world.deposit()

            heard = [await hear(socket) for _ in range(2)]

    assert {one["stream"]: one["data"] for one in heard}[key] == {"e": "end", "seq": seq}


async def test_one_address_may_name_several_listen_keys() -> None:
    async with served() as world:
        keys = []
        for who in (world.alice, world.bob):
            headers = {"X-MBX-APIKEY": who.api_key}
            keys.append((await world.ask("POST", "/api/v3/userDataStream", headers=headers))["listenKey"])
        async with world.socket(f"/spot/stream?listenKey={keys[0]}&listenKey={keys[1]}&events=end") as socket:
            await world.deposit(key=world.bob)
            await world.deposit()

            heard = [(await hear(socket))["stream"] for _ in range(2)]

    assert heard == [keys[1], keys[0]]


async def test_strict_limits_refuse_the_301st_connection_in_five_minutes() -> None:
    """Of one address; by default it is only counted."""
    async with served(rate_limits=LimitMode.STRICT) as strict, served() as lenient:
        answers = []
        for world in (strict, lenient):
            limits = world.server.calls.limits
            for _ in range(299):
                limits.connect(SPOT, BINANCE.refusals, "127.0.0.1", "StreamAddress", world.server.calls.wall())
            await (await world.session.ws_connect(f"{world.ws_url}/spot/ws")).close()
            try:
                await (await world.session.ws_connect(f"{world.ws_url}/spot/ws")).close()
                answers.append(101)
            except aiohttp.WSServerHandshakeError as refused:
                answers.append(refused.status)
            await (await world.session.ws_connect(f"{world.ws_url}/ws-api/v3")).close()

    assert answers == [429, 101]


async def test_strict_limits_count_no_calls_of_a_websocket_api() -> None:
    """The five messages a second are those of market-data sockets; calls have weights."""
    async with served(rate_limits=LimitMode.STRICT) as world, world.socket("/ws-api/v3") as socket:
        for number in range(12):
            await _say(socket, id=number, method="hello")

        answers = [(await hear(socket))["status"] for _ in range(12)]

    assert answers == [200] * 12


async def test_a_client_that_goes_before_its_handshake_is_answered_is_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def goes(request: Any, _: Any) -> None:
        request.transport.close()

    async with served() as world:
        monkeypatch.setattr(world.server.sockets, "_too_many", goes)
        with pytest.raises(aiohttp.ClientError):
            async with world.socket("/spot/ws/deposits"):
                pass
        monkeypatch.undo()

        async with world.socket("/spot/ws/deposits") as socket:
            await world.deposit(5)
            assert (await hear(socket))["amount"] == 5

    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
