"""Settings for pybit, as data and as lines to paste."""

import ast
from collections.abc import Callable
from typing import Any

import pytest

from simexchange.settings import pybit_addresses, pybit_lines
from simexchange.settings.places import Place

URL = "http://127.0.0.1:8420"


def test_every_part_of_it_is_told_where_to_go() -> None:
    where = pybit_addresses(URL + "/")

    assert where.endpoint == f"{URL}/bybit"
    assert where.private == "ws://127.0.0.1:8420/bybit/v5/private"
    assert where.trade == "ws://127.0.0.1:8420/bybit/v5/trade"
    assert where.public.replace("{CHANNEL_TYPE}", "linear") == "ws://127.0.0.1:8420/bybit/v5/public/linear"


def test_an_address_with_the_venues_prefix_is_taken_as_it_is() -> None:
    assert pybit_addresses(f"{URL}/bybit") == pybit_addresses(URL)


def test_by_tls_it_is_told_what_to_trust() -> None:
    place = Place(url="https://127.0.0.1:8443", ws_url="wss://127.0.0.1:8443", ca_file="/ca.pem")
    lines = pybit_lines(place)

    ast.parse("\n".join(lines))
    assert 'session.client.verify = "/ca.pem"' in lines
    assert not any("127.0.0.1:8443" in line and line.startswith(("http:", "ws:")) for line in lines)


@pytest.mark.clients
def test_the_lines_are_python_that_it_takes(exchange_factory: Callable[..., Any]) -> None:
    """As they are pasted, against an exchange: three sockets open, and a call is answered."""
    pytest.importorskip("pybit")
    server = exchange_factory(venues=("bybit",))
    key, secret = server.credentials()
    before = dict(vars(unified_trading()))
    found: dict[str, Any] = {}
    try:
        exec("\n".join(pybit_lines(Place(url=server.url, ws_url=server.ws_url, api_key=key, secret=secret))), found)  # noqa: S102
        assert found["session"].get_server_time()["retCode"] == 0
        assert [found[name].is_connected() for name in ("public", "private", "orders")] == [True] * 3
        assert all("127.0.0.1" in found[name].endpoint for name in ("public", "private", "orders"))
    finally:
        for name in ("public", "private", "orders"):
            if name in found:
                found[name].exit()
        vars(unified_trading()).update({name: before[name] for name in ("PUBLIC_WSS", "PRIVATE_WSS")})
        trading = pytest.importorskip("pybit._websocket_trading")
        trading.TRADE_WSS = "wss://{SUBDOMAIN}.{DOMAIN}.{TLD}/v5/trade"


def unified_trading() -> Any:
    return pytest.importorskip("pybit.unified_trading")


@pytest.mark.clients
def test_the_names_that_are_set_are_those_that_it_reads() -> None:
    """A name that a version of pybit does not have would be set in vain, and its sockets would go to the venue."""
    trading = pytest.importorskip("pybit._websocket_trading")
    unified = pytest.importorskip("pybit.unified_trading")

    assert "/v5/trade" in trading.TRADE_WSS
    assert "/v5/private" in unified.PRIVATE_WSS
    assert "{CHANNEL_TYPE}" in unified.PUBLIC_WSS
    assert unified.HTTP().endpoint == "https://api.bybit.com"
