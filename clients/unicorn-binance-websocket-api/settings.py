"""All that an unmodified unicorn-binance-websocket-api has to be told, and the depth cache that is made of it.

The manager takes addresses of sockets in its constructor. The depth cache makes a manager of its own, which takes none;
the REST manager of both chooses addresses by the name of the exchange: the tables of the package are told first.
"""

from typing import Any

from unicorn_binance_local_depth_cache import BinanceLocalDepthCacheManager
from unicorn_binance_rest_api import BinanceRestApiManager
from unicorn_binance_websocket_api.connection_settings import CONNECTION_SETTINGS, Exchanges
from unicorn_binance_websocket_api.manager import BinanceWebSocketApiManager

SPOT, USDM = Exchanges.BINANCE, Exchanges.BINANCE_FUTURES


def point_to(url: str, ws_url: str) -> None:
    """Addresses of spot and USDⓈ-M."""
    CONNECTION_SETTINGS[SPOT] = (1024, f"{ws_url}/spot/", f"{ws_url}/ws-api/v3")
    CONNECTION_SETTINGS[USDM] = (200, f"{ws_url}/um/", f"{ws_url}/ws-fapi/v1")
    BinanceRestApiManager.API_URL = f"{url}/api"
    BinanceRestApiManager.MARGIN_API_URL = f"{url}/sapi"
    BinanceRestApiManager.FUTURES_URL = f"{url}/fapi"
    BinanceRestApiManager.FUTURES_DATA_URL = f"{url}/futures/data"


def rest(api_key: str = "", secret: str = "") -> BinanceRestApiManager:
    """Without the name of an exchange it keeps the addresses it has; it asks for the time at once."""
    return BinanceRestApiManager(api_key, secret, exchange="", tld="com", warn_on_update=False)


def sockets(exchange: Exchanges, ubra: BinanceRestApiManager, **more: Any) -> BinanceWebSocketApiManager:
    manager = BinanceWebSocketApiManager(
        exchange=exchange.value, ubra_manager=ubra, output_default="dict", warn_on_update=False, **more
    )
    # What fetches listen keys would make a REST manager of its own, which asks the venue itself.
    manager.restclient.ubra = ubra
    return manager


def books(exchange: Exchanges, ubra: BinanceRestApiManager, **more: Any) -> BinanceLocalDepthCacheManager:
    return BinanceLocalDepthCacheManager(exchange=exchange.value, ubra_manager=ubra, warn_on_update=False, **more)
