"""TLS, and the venue's own host names."""

import asyncio
import ssl
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509

from simexchange.errors import ConfigError
from simexchange.gateway.hosts import HOSTS
from simexchange.gateway.keys import Keys
from simexchange.gateway.server import Server
from simexchange.gateway.settings import Settings
from simexchange.gateway.tls import Authority, AuthorityInvalid, environment
from tests.gateway.naming import client
from tests.gateway.real import limit, trading
from tests.gateway.world import Served, hear, served

QUOTED = {"spot": "/api/v3/order", "usdm": "/fapi/v1/order"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("data"))


@asynccontextmanager
async def by_name(authority: Authority, **options: Any) -> AsyncIterator[tuple[Served, aiohttp.ClientSession, int]]:
    """Spot and USDⓈ-M behind TLS, a client with the venue's names, and the port."""
    async with trading(authority=authority, tls_ports=(0, 0), **options) as world, client(authority) as session:
        assert world.server.bound is not None
        yield world, session, world.server.bound.tls_ports[1]


async def test_tls_is_spoken_on_every_port_asked_for_beside_plain_http(authority: Authority) -> None:
    async with by_name(authority) as (world, session, _):
        bound = world.server.bound
        assert bound is not None
        found = [bound.url, bound.tls_url, *(f"https://localhost:{port}" for port in bound.tls_ports)]
        answers = [(await session.get(f"{url}/api/v3/ping")).status for url in found]

    assert bound.tls_url == f"https://127.0.0.1:{bound.tls_ports[0]}"
    assert bound.tls_ws_url == f"wss://127.0.0.1:{bound.tls_ports[0]}"
    assert answers == [200] * 4


@pytest.mark.parametrize(
    "host, path",
    [
        ("api.binance.com", "/api/v3/time"),
        ("api4.binance.com", "/api/v3/exchangeInfo"),
        ("data-api.binance.vision", "/api/v3/depth?symbol=BTCUSDT"),
        ("fapi.binance.com", "/fapi/v1/time"),
        ("demo-fapi.binance.com", "/fapi/v1/premiumIndex"),
        ("testnet.binancefuture.com", "/fapi/v1/ping"),
    ],
)
async def test_the_venues_own_rest_addresses_are_answered(host: str, path: str, authority: Authority) -> None:
    async with (
        by_name(authority) as (_, session, port),
        session.get(f"https://{host}:{port}{path}") as answer,
    ):
        assert answer.status == 200


@pytest.mark.parametrize(
    "host, path, product",
    [
        ("stream.binance.com", "/ws/btcusdt@bookTicker", "spot"),
        ("stream.binance.com", "/ws/btcusdt@bookTicker/0", "spot"),
        ("stream.testnet.binance.vision", "/ws/btcusdt@bookTicker", "spot"),
        ("fstream.binance.com", "/ws/btcusdt@bookTicker", "usdm"),
        ("fstream.binance.com", "/public/ws/btcusdt@bookTicker", "usdm"),
        ("fstream.binancefuture.com", "/ws/btcusdt@bookTicker", "usdm"),
    ],
)
async def test_streams_are_at_the_root_of_their_host(host: str, path: str, product: str, authority: Authority) -> None:
    """The path is the same text for both products; a quote of spot has no event time, one of contracts has."""
    async with (
        by_name(authority) as (world, session, port),
        session.ws_connect(f"wss://{host}:{port}{path}") as socket,
    ):
        for order in QUOTED.values():
            await world.sign("POST", order, **limit("BUY", "0.1", "50000"))
        quote = await hear(socket)

    assert quote["s"] == "BTCUSDT"
    assert ("spot" if "e" not in quote else "usdm") == product


async def test_a_combined_stream_at_the_root_names_its_streams(authority: Authority) -> None:
    names = "btcusdt@bookTicker/btcusdt@trade"
    async with (
        by_name(authority) as (world, session, port),
        session.ws_connect(f"wss://stream.binance.com:{port}/stream?streams={names}") as socket,
    ):
        await world.sign("POST", QUOTED["spot"], **limit("BUY", "0.1", "50000"))
        message = await hear(socket)

    assert message["stream"] == "btcusdt@bookTicker"


async def test_the_websocket_api_has_its_own_hosts(authority: Authority) -> None:
    async with by_name(authority) as (_, session, port):
        for host, path in (("ws-api", "/ws-api/v3"), ("ws-fapi", "/ws-fapi/v1")):
            async with session.ws_connect(f"wss://{host}.binance.com:{port}{path}") as socket:
                await socket.send_str('{"id":1,"method":"nonsense"}')
                answer = await hear(socket)
            assert answer["id"] == 1
            assert answer["status"] == 400


async def test_what_is_not_served_is_told_so_here_and_counted(authority: Authority) -> None:
    async with by_name(authority) as (world, session, port):
        async with session.get(f"https://api.binance.com:{port}/sapi/v1/nonsense") as answer:
            known = answer.status
        async with session.get(f"https://eapi.binance.com:{port}/eapi/v1/ping") as answer:
            unknown = answer.status
        unserved = world.server.calls.unserved

    assert (known, unknown) == (404, 404)
    assert "GET /sapi/v1/nonsense" in unserved


async def test_without_an_authority_a_name_of_the_venues_is_no_name_of_ours() -> None:
    async with served() as world:
        assert await world.status("/api/v3/hello", headers={"Host": "api.binance.com"}) == 403


async def test_a_page_of_the_venues_may_not_open_a_socket_here(authority: Authority) -> None:
    """Its names are good for clients that ask under them, not for pages in somebody's browser."""
    async with by_name(authority) as (_, session, port):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(
                f"wss://stream.binance.com:{port}/ws/btcusdt@trade", headers={"Origin": "https://www.binance.com"}
            )

    assert refused.value.status == 403


async def test_a_client_may_name_where_it_connects_to_as_its_origin(authority: Authority) -> None:
    """As websocket-client always does, and so pybit and the connectors that are built on it."""
    async with by_name(authority) as (_, session, port):
        where = f"stream.binance.com:{port}"
        async with session.ws_connect(f"wss://{where}/ws/btcusdt@trade", headers={"Origin": f"https://{where}"}) as ws:
            assert not ws.closed


async def test_the_certificate_is_good_for_every_name_of_the_table(authority: Authority) -> None:
    async with by_name(authority, allowed_hosts=("exchange.test",)) as (_, _, port):
        pem = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
    alternatives = x509.load_pem_x509_certificate(pem.encode()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    names = set(alternatives.value.get_values_for_type(x509.DNSName))
    addresses = {str(address) for address in alternatives.value.get_values_for_type(x509.IPAddress)}

    assert names == {*HOSTS["binance"], "localhost", "exchange.test"}
    assert addresses == {"127.0.0.1", "::1"}


async def test_a_server_that_is_told_to_stop_waits_for_no_handshake(authority: Authority) -> None:
    async with by_name(authority) as (world, _, port):
        _, silent = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.05)

        async with asyncio.timeout(5):
            await world.server.stop()
        silent.close()


async def test_tls_without_an_authority_is_refused() -> None:
    async with served() as world:
        with pytest.raises(ConfigError):
            Server(world.exchange, [], Keys(), Settings(control_token="t", tls_ports=(0,)))


# The authority


def test_the_authority_stays_the_same_for_as_long_as_its_folder_does(tmp_path: Path) -> None:
    first = Authority(tmp_path).ca.read_bytes()

    assert Authority(tmp_path).ca.read_bytes() == first


def test_only_the_owner_can_read_what_signs(tmp_path: Path) -> None:
    folder = Authority(tmp_path).folder

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "ca-key.pem").stat().st_mode) == 0o600


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    key = Authority(tmp_path).folder / "ca-key.pem"
    key.chmod(0o644)

    with pytest.raises(AuthorityInvalid, match="chmod 600"):
        Authority(tmp_path)


def test_a_broken_authority_is_one_clear_error_that_repeats_nothing_of_it(tmp_path: Path) -> None:
    (Authority(tmp_path).folder / "ca-key.pem").write_text("SECRET")

    with pytest.raises(AuthorityInvalid, match="remove the folder") as error:
        Authority(tmp_path)
    assert "SECRET" not in str(error.value)


def test_a_host_that_no_certificate_can_name_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(AuthorityInvalid, match="no certificate"):
        Authority(tmp_path).context(["under_score" * 30])


def test_the_bundle_is_what_was_trusted_before_and_the_authority(tmp_path: Path) -> None:
    """A bundle exported earlier is not taken for what the machine trusts: it would grow with every call."""
    before = tmp_path / "company.pem"
    before.write_text("-----BEGIN CERTIFICATE-----\ncompany\n-----END CERTIFICATE-----\n")
    authority = Authority(tmp_path / "data")
    bundle = authority.write_bundle({"SSL_CERT_FILE": str(before)})
    both = bundle.read_text()

    assert both == before.read_text() + authority.ca.read_text()
    assert authority.write_bundle({"SSL_CERT_FILE": str(bundle), "CURL_CA_BUNDLE": str(before)}) == bundle
    assert bundle.read_text() == both


def test_a_variable_that_replaces_what_is_trusted_names_the_bundle() -> None:
    values = environment(Path("ca.pem"), Path("bundle.pem"))

    assert [name for name, path in values.items() if path == "ca.pem"] == ["NODE_EXTRA_CA_CERTS"]
