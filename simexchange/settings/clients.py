"""How each client is told where the exchange is: its own spelling, as lines to paste.

Read in the clients' sources, and tried with them, in the versions of 2026-11: python-binance 1.0.37, binance-connector
3.13, binance-futures-connector 4.2.0, the official SDKs (spot 13.3.0, USDⓈ-M 18.1.0, COIN-M 14.1.0), freqtrade 2026.9,
hummingbot 20260922, nautilus_trader 1.221, unicorn-binance-websocket-api 2.16.1, pybit 5.17.0.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from simexchange.errors import ConfigError
from simexchange.settings.ccxt import BYBIT, HOMES, ccxt_config
from simexchange.settings.places import Place
from simexchange.settings.pybit import pybit_lines
from simexchange.settings.python_binance import python_binance_lines

_PLAIN: Final = (
    "Over http some of ccxt's exceptions are coarser than at the venue, because it chooses them by how the address",
    "begins (-2019 is ExchangeError instead of InsufficientFunds). Serve with --tls, and they are the same.",
)


def _ccxt(place: Place, venue: str = "binance") -> list[str]:
    """As Python: the one table of addresses that everything points to is written once."""
    config = ccxt_config(venue, place.url, place.api_key, place.secret, place.ws_url, place.ca_file)
    urls = config.pop("urls")
    return [
        *([] if place.secure or venue == BYBIT else [f"# {line}" for line in _PLAIN]),
        "import ccxt",
        "",
        f"api = {json.dumps(urls['api'], indent=4)}",
        f"exchange = ccxt.{venue}(",
        "    {",
        f'        "urls": {{{", ".join(f"{json.dumps(name)}: api" for name in urls)}}},',
        *(f"        {json.dumps(name)}: {_literal(value)}," for name, value in config.items()),
        "    }",
        ")",
    ]


def _literal(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _ccxt_js(place: Place, venue: str = "binance") -> list[str]:
    """fetch of Node refuses a user name in an address, so over TLS the addresses are the plain ones."""
    config = ccxt_config(venue, place.url, place.api_key, place.secret, place.ws_url, exact=False)
    return [
        "// Node adds what NODE_EXTRA_CA_CERTS names to what it trusts; it is read when Node starts."
        if place.secure
        else "// For ws:// addresses the proxy agents must be loaded once before the first stream.",
        "import ccxt from 'ccxt';",
        f"const exchange = new ccxt.pro.{venue}({json.dumps(config, indent=4)});",
        *([] if place.secure else ["await exchange.loadHttpProxyAgent();"]),
    ]


def _python_binance(place: Place) -> list[str]:
    return python_binance_lines(place.url, place.ws_url, place.api_key, place.secret)


def _connector(place: Place) -> list[str]:
    return [
        "from binance.spot import Spot",
        "from binance.websocket.spot.websocket_api import SpotWebsocketAPIClient",
        "from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient",
        "",
        f'client = Spot("{place.api_key}", "{place.secret}", base_url="{place.url}")',
        f'streams = SpotWebsocketStreamClient(stream_url="{place.ws_url}/spot")',
        "api = SpotWebsocketAPIClient(",
        f'    stream_url="{place.ws_url}/ws-api/v3", api_key="{place.api_key}", api_secret="{place.secret}"',
        ")",
    ]


def _futures_connector(place: Place) -> list[str]:
    return [
        "# The same import name as binance-connector and python-binance: one environment for each.",
        "from binance.cm_futures import CMFutures",
        "from binance.um_futures import UMFutures",
        "from binance.websocket.um_futures.websocket_client import UMFuturesWebsocketClient",
        "",
        f'client = UMFutures("{place.api_key}", "{place.secret}", base_url="{place.url}")',
        f'coin = CMFutures("{place.api_key}", "{place.secret}", base_url="{place.url}")',
        f'streams = UMFuturesWebsocketClient(stream_url="{place.ws_url}/um")',
    ]


def _sdk(place: Place) -> list[str]:
    rest, api, streams = "ConfigurationRestAPI", "ConfigurationWebSocketAPI", "ConfigurationWebSocketStreams"
    keys = f'api_key="{place.api_key}", api_secret="{place.secret}"'
    return [
        f"from binance_common.configuration import {rest}, {api}, {streams}",
        "from binance_sdk_spot.spot import Spot",
        "",
        f'rest = {rest}({keys}, base_path="{place.url}")',
        f'api = {api}({keys}, stream_url="{place.ws_url}/ws-api/v3")  # /ws-fapi/v1, /ws-dapi/v1',
        f'streams = {streams}(stream_url="{place.ws_url}/spot")  # /um, /cm',
        "client = Spot(config_rest_api=rest, config_ws_api=api, config_ws_streams=streams)",
    ]


def freqtrade_settings(place: Place, venue: str = "binance") -> dict[str, Any]:
    """The part of freqtrade's config.json that names the exchange: merged into its three instances of ccxt."""
    config = ccxt_config(venue, place.url, ws_url=place.ws_url, ca_file=place.ca_file)
    return {"exchange": {"name": venue, "key": place.api_key, "secret": place.secret, "ccxt_config": config}}


def _freqtrade(place: Place, venue: str = "binance") -> list[str]:
    return json.dumps(freqtrade_settings(place, venue), indent=4).splitlines()


def _hummingbot(place: Place, venue: str = "binance") -> list[str]:
    proxy = place.proxy_url or "http://127.0.0.1:PROXY_PORT"
    return [
        "# Its addresses are built in and it looks at no proxy: lead the venue's names here (serve with --tls",
        "# --tls-port 443 --tls-port 9443) by `simexchange tls hosts`, and start it with what `simexchange tls env`",
        f"# prints. Programs that follow a proxy need no hosts file: HTTPS_PROXY={proxy}",
        f"# connect {venue}: key {place.api_key}, secret {place.secret}",
    ]


def _nautilus(place: Place) -> list[str]:
    return [
        "from nautilus_trader.adapters.binance import BinanceDataClientConfig, BinanceExecClientConfig",
        "from nautilus_trader.adapters.binance.common.enums import BinanceAccountType",
        "",
        "# USDT_FUTURES takes the stream address that ends in /um, SPOT the one that ends in /spot.",
        "where = {",
        '    "account_type": BinanceAccountType.USDT_FUTURES,',
        f'    "api_key": "{place.api_key}",',
        f'    "api_secret": "{place.secret}",',
        f'    "base_url_http": "{place.url}",',
        f'    "base_url_ws": "{place.ws_url}/um",',
        "}",
        "data, execution = BinanceDataClientConfig(**where), BinanceExecClientConfig(**where)",
    ]


def _unicorn(place: Place) -> list[str]:
    return [
        "from unicorn_binance_websocket_api import BinanceWebSocketApiManager",
        "",
        "manager = BinanceWebSocketApiManager(",
        '    exchange="binance.com",',
        f'    websocket_base_uri="{place.ws_url}/spot/",  # /um/ with exchange="binance.com-futures"',
        f'    websocket_api_base_uri="{place.ws_url}/ws-api/v3",',
        ")",
        "# Private streams of contracts ask the venue's REST before any address can be set: use the proxy or the hosts",
        "# file for them (simexchange tls env).",
    ]


CLIENTS: Final[dict[str, Callable[[Place], list[str]]]] = {
    "ccxt": _ccxt,
    "ccxt-js": _ccxt_js,
    "python-binance": _python_binance,
    "binance-connector": _connector,
    "binance-futures-connector": _futures_connector,
    "binance-sdk": _sdk,
    "freqtrade": _freqtrade,
    "hummingbot": _hummingbot,
    "nautilus": _nautilus,
    "pybit": pybit_lines,
    "unicorn": _unicorn,
}
"""What is printed for each client, where no venue is asked for."""
_OF_ANY_VENUE: Final[dict[str, Callable[[Place, str], list[str]]]] = {
    "ccxt": _ccxt,
    "ccxt-js": _ccxt_js,
    "freqtrade": _freqtrade,
    "hummingbot": _hummingbot,
}
"""Clients of several venues; the others are of one."""
_HOMES: Final = {"pybit": BYBIT}
"""The venue of a client, where it is not the first one."""


def venue_of(client: str, asked: str = "") -> str:
    """The venue, as ccxt calls it, that settings of *client* are for. Raises ConfigError where it is of another one."""
    home = _HOMES.get(client, "binance")
    if client not in _OF_ANY_VENUE and asked and HOMES[asked] != home:
        msg = f"there are no settings of {client} for {asked}: it is a client of {home}"
        raise ConfigError(msg)
    return asked or home


def client_lines(client: str, place: Place, venue: str = "") -> list[str]:
    """Lines to paste for *client*; *venue* is the class of ccxt. Raises ConfigError as `venue_of`."""
    chosen = venue_of(client, venue)
    several = _OF_ANY_VENUE.get(client)
    return CLIENTS[client](place) if several is None else several(place, chosen)
