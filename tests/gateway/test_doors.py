"""A venue alone: at a port of its own, and under the host names its clients have built in."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from simexchange.errors import ConfigError
from simexchange.gateway.doors import led
from simexchange.gateway.hosts import HOSTS
from simexchange.gateway.tls import Authority
from tests.gateway.both import Both, say, serving
from tests.gateway.naming import client

OF_ITS_OWN = (("bybit", 0), ("binance", 0))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("data"))


@asynccontextmanager
async def by_name(authority: Authority, **options: Any) -> AsyncIterator[tuple[Both, aiohttp.ClientSession, int]]:
    """An exchange behind TLS, a client with the venues' names, and the port."""
    async with (
        serving(authority=authority, tls_ports=(0,), proxy_port=0, **options) as world,
        client(authority) as session,
    ):
        yield world, session, world.bound.tls_ports[0]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("/v5/order/create", "/bybit/v5/order/create"),
        ("/v5/market/time?a=/bybit/", "/bybit/v5/market/time?a=/bybit/"),
        ("/bybit/v5/order/create", "/bybit/v5/order/create"),
        ("/bybitten", "/bybit/bybitten"),
        ("/bybit", "/bybit"),
        ("/api/v3/time", "/bybit/api/v3/time"),
        ("/sim/v1/health", "/sim/v1/health"),
        ("/", "/"),
        ("/?a=1", "/?a=1"),
        ("/at/7/v5/market/time", "/at/7/bybit/v5/market/time"),
        ("/at/7", "/at/7"),
        ("*", "*"),
    ],
)
def test_a_path_behind_a_door_has_the_venues_prefix(asked: str, found: str) -> None:
    assert led(asked, "/bybit") == found


async def test_at_its_own_port_a_venue_is_at_the_root_and_alone() -> None:
    """Calls, signed ones, sockets of all kinds; the other venue is not there, the exchange's own paths are."""
    async with serving(venue_ports=OF_ITS_OWN) as world:
        base, ws_base = world.bound.venues["bybit"].url, world.bound.venues["bybit"].ws_url
        assert base == f"http://127.0.0.1:{world.bound.venue_ports['bybit']}" != world.url
        answer, _ = await world.get("/v5/market/time", base=base)
        prefixed, _ = await world.get("/bybit/v5/market/time", base=base)
        other, told = await world.get("/api/v3/time", base=base)
        health, _ = await world.get("/sim/v1/health", base=base)
        for path in ("/v5/public/linear", "/v5/private", "/bybit/v5/trade"):
            async with world.socket(path, base=ws_base) as socket:
                assert await say(socket, op="ping")
        async with world.socket("/v5/private", base=ws_base) as socket:
            assert (await say(socket, **world.log_on()))["success"]

    assert answer["retCode"] == prefixed["retCode"] == 0
    assert told["status"] == "404"
    assert "serverTime" not in other
    assert health["venues"] == ["binance", "bybit"]


async def test_a_venue_that_is_at_the_root_anyway_may_have_a_port_too() -> None:
    async with serving(venue_ports=OF_ITS_OWN) as world:
        where = world.bound.venues["binance"]
        time, _ = await world.get("/api/v3/time", base=where.url)
        strange, told = await world.get("/v5/market/time", base=where.url)
        async with world.socket("/spot/ws", base=where.ws_url) as socket:
            assert await say(socket, method="LIST_SUBSCRIPTIONS", id=1) == {"result": [], "id": 1}

    assert time["serverTime"]
    assert (told["status"], "retCode" in strange) == ("404", False)


async def test_a_past_is_asked_by_the_same_door() -> None:
    async with serving(venue_ports=OF_ITS_OWN) as world:
        base = world.bound.venues["bybit"].url
        past, _ = await world.get(f"/at/{world.exchange.seq}/v5/market/time", base=base)

    assert past["retCode"] == 0


async def test_a_port_of_its_own_speaks_tls_where_that_is_asked_for(authority: Authority) -> None:
    async with serving(authority=authority, tls_ports=(0,), venue_tls_ports=(("bybit", 0),)) as world:
        where = world.bound.venues["bybit"]
        assert where.url == f"{world.url}/bybit"
        assert where.tls_url == f"https://127.0.0.1:{world.bound.venue_tls_ports['bybit']}"
        trust = ssl.create_default_context(cafile=str(authority.ca))
        async with world.session.get(f"{where.tls_url}/v5/market/time", ssl=trust) as answer:
            assert (await answer.json())["retCode"] == 0
        async with world.session.ws_connect(f"{where.tls_ws_url}/v5/public/spot", ssl=trust) as socket:
            assert (await say(socket, op="ping"))["ret_msg"] == "pong"


@pytest.mark.parametrize("host", ["api.bybit.com", "api.bytick.com", "api-testnet.bybit.com", "api.bybit.nl"])
async def test_its_calls_are_answered_under_its_own_host_names(host: str, authority: Authority) -> None:
    async with by_name(authority) as (world, session, port):
        async with session.get(f"https://{host}:{port}/v5/market/time") as answer:
            assert (await answer.json())["retCode"] == 0
        headers = world.stamped("", world.bob)
        async with session.get(f"https://{host}:{port}/v5/nothing?", headers=headers) as answer:
            assert (await answer.json())["retCode"] == 10017


@pytest.mark.parametrize("host", ["stream.bybit.com", "stream-testnet.bybit.com", "stream-demo.bybit.com"])
async def test_its_sockets_are_opened_under_its_own_host_names(host: str, authority: Authority) -> None:
    async with by_name(authority) as (world, session, port):
        for path in ("public/spot", "public/inverse", "trade"):
            async with session.ws_connect(f"wss://{host}:{port}/v5/{path}") as socket:
                assert await say(socket, op="ping")
        async with session.ws_connect(f"wss://{host}:{port}/v5/private") as socket:
            assert (await say(socket, **world.log_on()))["success"]


async def test_the_proxy_leads_its_names_here(authority: Authority) -> None:
    """Where the other venue's lead, too."""
    async with by_name(authority) as (world, session, _):
        proxy = world.bound.proxy_url
        async with session.get("https://api.bybit.com/v5/market/time", proxy=proxy) as answer:
            assert (await answer.json())["retCode"] == 0
        async with session.get("https://api.binance.com/api/v3/time", proxy=proxy) as answer:
            assert (await answer.json())["serverTime"]
        async with session.ws_connect("wss://stream.bybit.com/v5/public/linear", proxy=proxy) as socket:
            assert (await say(socket, op="ping"))["ret_msg"] == "pong"


async def test_names_of_a_venue_that_is_not_served_are_nobodys(authority: Authority) -> None:
    async with by_name(authority, venues=("binance",)) as (world, _, _):
        for name, status in (("api.bybit.com", 403), ("api.binance.com", 200)):
            async with world.session.get(f"{world.url}/api/v3/time", headers={"Host": name}) as answer:
                assert answer.status == status


async def test_a_host_name_of_a_venue_says_nothing_where_nobody_comes_by_name() -> None:
    async with (
        serving() as world,
        world.session.get(f"{world.url}/v5/market/time", headers={"Host": "api.bybit.com"}) as answer,
    ):
        assert answer.status == 403


def test_the_names_of_two_venues_are_different_ones() -> None:
    assert not set(HOSTS["binance"]) & set(HOSTS["bybit"])
    assert "stream.bybit.com" in HOSTS["bybit"]


async def test_a_port_of_a_venue_that_is_not_served_is_refused() -> None:
    with pytest.raises(ConfigError, match="'bybit' is not served"):
        async with serving(venues=("binance",), venue_ports=OF_ITS_OWN):
            pass
