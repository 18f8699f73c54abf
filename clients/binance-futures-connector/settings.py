"""All that an unmodified binance-futures-connector has to be told: an address for each of its clients, and a key."""

from collections.abc import Callable
from typing import Any

from binance.cm_futures import CMFutures
from binance.um_futures import UMFutures
from binance.websocket.cm_futures.websocket_client import CMFuturesWebsocketClient
from binance.websocket.um_futures.websocket_client import UMFuturesWebsocketClient

CLIENTS = {"um": UMFutures, "cm": CMFutures}


def rest(product: str, url: str, api_key: str, secret: str, **more: Any) -> Any:
    """*product*: ``um`` or ``cm``."""
    return CLIENTS[product](api_key, secret, base_url=url, **more)


def streams(product: str, ws_url: str, on_message: Callable[[Any, str], None], branch: str = "", **more: Any) -> Any:
    """The package adds ``/ws`` or ``/stream``; of USDⓈ-M its user says which *branch* (``/public``, ``/market`` …)."""
    if product == "cm":
        return CMFuturesWebsocketClient(stream_url=f"{ws_url}/cm", on_message=on_message, **more)
    return UMFuturesWebsocketClient(stream_url=f"{ws_url}/um{branch}", on_message=on_message, **more)
