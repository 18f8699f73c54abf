"""REST: routing, signatures, refusals, durability."""

import asyncio
import logging

import msgspec
import pytest

from simexchange.core.vocabulary.units import HOUR, SECOND
from simexchange.gateway.ratelimits import LimitMode
from simexchange.gateway.venues import VENUES
from tests.gateway.toy import signed
from tests.gateway.world import TOKEN, served


async def test_a_route_answers_at_the_root_and_under_the_venues_prefix() -> None:
    async with served() as world:
        root = await world.ask("GET", "/api/v3/hello?name=you")
        prefixed = await world.ask("GET", "/binance/api/v3/hello?name=you")

    assert root == prefixed == {"hello": "you"}


async def test_an_unknown_call_gets_the_products_own_answer_and_is_counted() -> None:
    async with served() as world:
        reply = await world.ask("DELETE", "/binance/api/v3/nothing?x=1", status=404)
        await world.ask("DELETE", "/api/v3/nothing", status=404)
        health = await world.control("GET", "/health")

    assert reply["msg"] == "DELETE /api/v3/nothing"
    assert health["unserved_calls"] == [{"call": "DELETE /api/v3/nothing", "count": 2}]


async def test_a_signed_call_works_with_parameters_in_the_query_or_in_the_body() -> None:
    async with served() as world:
        await world.deposit(5)
        body = signed(world.alice.secret, units=7, timestamp=world.now())
        await world.ask("POST", "/api/v3/deposit", data=body, headers={"X-MBX-APIKEY": world.alice.api_key})

        balance = world.exchange.state.accounts[world.account].free("spot", "USDT")

    assert balance == 12


async def test_a_reply_waits_until_its_record_is_durable() -> None:
    """The commit takes 200 ms; the reply is not there before, and its record is in the log when it comes."""
    async with served() as world:
        world.log.pause = 0.2
        asked = asyncio.create_task(world.deposit())
        await asyncio.sleep(0.1)
        early = asked.done()

        seq = await asked

        assert not early
        assert world.log.last_seq >= seq


async def test_a_read_waits_for_what_it_has_seen() -> None:
    """A read beside an order under way must not tell what a power cut could still undo."""
    async with served() as world:
        world.log.pause = 0.2
        order = asyncio.create_task(world.deposit())
        await world.under_way()
        seen = world.exchange.seq

        await world.ask("GET", "/api/v3/hello")

        assert world.log.last_seq >= seen
        await order


async def test_a_full_disk_is_the_venues_unavailable_answer() -> None:
    """The order under way has an unknown outcome (-1007); the next is refused without being tried (-1001)."""
    async with served() as world:
        world.log.full = True

        lost = await world.sign("POST", "/api/v3/deposit", units=1, status=503)
        refused = await world.sign("POST", "/api/v3/deposit", units=1, status=503)
        read = await world.ask("GET", "/api/v3/hello")
        health = await world.control("GET", "/health")

        assert lost["code"] == -1007
        assert refused["code"] == -1001
        assert read == {"hello": "world"}
        assert health["storage"] == "failed"
        assert world.exchange.state.accounts[world.account].free("spot", "USDT") == 0


@pytest.mark.parametrize("method, path", [("GET", "/api/v3/boom"), ("POST", "/api/v3/boom")])
async def test_a_bug_in_a_handler_is_the_venues_unknown_error(
    method: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The client hears -1000; the diagnostic log has the traceback and no secret."""
    async with served() as world:
        reply = await world.sign(method, path, status=500)
        again = await world.ask("GET", "/api/v3/hello")

        assert reply == {"code": -1000, "msg": "An unknown error occurred while processing the request."}
        assert again == {"hello": "world"}
        assert f"{method} {path}" in caplog.text
        assert "KeyError" in caplog.text
        assert world.alice.secret not in caplog.text


async def test_replies_show_the_weight_and_orders_their_counts() -> None:
    async with served() as world:
        await world.ask("GET", "/api/v3/hello")
        query = signed(world.alice.secret, units=1, timestamp=world.now())
        url = f"{world.url}/api/v3/deposit?{query}"
        async with world.session.post(url, headers={"X-MBX-APIKEY": world.alice.api_key}) as response:
            headers = response.headers

        counts = await world.sign("GET", "/api/v3/counts")

    assert headers["X-MBX-USED-WEIGHT-1M"] == headers["x-mbx-used-weight"] == "2"
    assert headers["X-MBX-ORDER-COUNT-10S"] == headers["X-MBX-ORDER-COUNT-1D"] == "1"
    assert counts["X-MBX-USED-WEIGHT-1M"] == "42"
    assert counts["X-MBX-ORDER-COUNT-1D"] == "1"


async def test_strict_limits_answer_429_with_the_time_to_wait() -> None:
    """Spot's 6,000 a minute are used up; the page of health is no venue's call and answers on."""
    async with served(rate_limits=LimitMode.STRICT) as world:
        spot = VENUES["binance"].mounts["spot"].limits
        world.server.calls.limits.spend(spot, "127.0.0.1", 6_000, world.exchange.clock.wall.now())
        async with world.session.get(f"{world.url}/api/v3/hello") as response:
            status, wait, body = response.status, response.headers["Retry-After"], await response.json()
        await world.control("GET", "/health")

    assert status == 429
    assert 0 < int(wait) <= 60
    assert body["code"] == -1003


async def test_a_body_that_is_too_large_is_refused_unread() -> None:
    async with served(body_max=1_000) as world:
        reply = await world.ask("POST", "/api/v3/deposit", data=b"x" * 2_000, status=413)
        again = await world.ask("GET", "/api/v3/hello")

    assert reply["code"] == -1101
    assert again == {"hello": "world"}


@pytest.mark.parametrize(
    "host, status", [("localhost:1", 200), ("evil.test", 403), ("127.0.0.1.evil.test", 403), ("friend.test", 200)]
)
async def test_only_known_hosts_are_served(host: str, status: int) -> None:
    async with served(allowed_hosts=("friend.test",)) as world:
        found = await world.status("/api/v3/hello", {"Host": host})

    assert found == status


@pytest.mark.parametrize(
    "policy, ago, stamp, status",
    [
        ("auto", 0, 0, 200),
        ("auto", 0, 3_600_000, 400),
        ("auto", HOUR, 0, 200),
        ("auto", HOUR, 3_600_000, 200),
        ("auto", HOUR, 1_800_000, 400),
        ("strict", HOUR, 0, 400),
        ("strict", HOUR, 3_600_000, 200),
        ("ignore", 0, 99_999_999, 200),
    ],
)
async def test_a_timestamp_may_fit_either_clock_unless_they_agree(
    policy: str, ago: int, stamp: int, status: int
) -> None:
    """*stamp* is how many ms before wall time the request says it was signed; the exchange is *ago* behind."""
    async with served(timestamp_policy=policy, ago=ago) as world:
        await world.sign("POST", "/api/v3/deposit", units=1, timestamp=world.now() - stamp, status=status)


async def test_paths_outside_every_venue_are_not_found() -> None:
    async with served() as world:
        found = await world.status("/nothing")

    assert found == 404


async def test_the_page_says_what_runs_and_allows_no_script() -> None:
    async with served() as world, world.session.get(f"{world.url}/") as response:
        text = await response.text()
        policy = response.headers["Content-Security-Policy"]

    assert f"<code>{world.url}/api</code>" in text
    assert f"<code>ws{world.url.removeprefix('http')}/spot/ws</code>" in text
    assert "{{" not in text
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "<script" not in text


async def test_pipelined_requests_are_answered_in_order() -> None:
    """Two requests in one packet."""
    async with served() as world:
        assert world.server.bound is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", world.server.bound.port)
        request = "GET /api/v3/hello?name={} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        writer.write((request.format("a") + request.format("b")).encode())
        seen = b""
        while seen.count(b'"}') < 2:
            seen += await asyncio.wait_for(reader.read(4_096), 5)
        writer.close()
        await writer.wait_closed()

    assert seen.index(b'{"hello":"a"}') < seen.index(b'{"hello":"b"}')


@pytest.mark.parametrize("path", ["/api/v3/deposit", "/sim/v1/clock"])
async def test_a_client_that_leaves_in_the_middle_of_a_body_is_no_error(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Its process ended, or its line broke: nothing happened, and nobody need read about it."""
    async with served() as world:
        assert world.server.bound is not None
        _, writer = await asyncio.open_connection("127.0.0.1", world.server.bound.port)
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        writer.write(f"{head}Content-Length: 100\r\n\r\nunits=".encode())
        await asyncio.sleep(0.1)
        seq = world.exchange.seq
        writer.transport.abort()
        await asyncio.sleep(0.1)
        answered = await world.ask("GET", "/api/v3/hello?name=you")

    assert answered == {"hello": "you"}
    assert world.exchange.seq == seq
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_wall_and_exchange_time_are_those_of_the_clock() -> None:
    async with served(ago=HOUR) as world:
        policy = world.server.calls.policy(world.exchange.clock.wall.now())

    assert policy.mode == "lenient"
    assert abs(policy.wall - policy.now - HOUR) < SECOND


async def test_the_secret_of_a_refused_signature_is_not_told() -> None:
    async with served() as world:
        query = signed("wrong" * 12, units=1, timestamp=world.now())
        reply = await world.ask(
            "POST", f"/api/v3/deposit?{query}", status=400, headers={"X-MBX-APIKEY": world.alice.api_key}
        )

    assert reply["code"] == -1022
    assert world.alice.secret not in msgspec.json.encode(reply).decode()
