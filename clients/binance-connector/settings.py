"""All that an unmodified binance-connector has to be told: an address for each of its clients, and a key."""

from collections.abc import Callable
from typing import Any

from binance.spot import Spot
from binance.websocket.spot.websocket_api import SpotWebsocketAPIClient
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient


def rest(url: str, api_key: str, secret: str, **more: Any) -> Spot:
    return Spot(api_key, secret, base_url=url, **more)


def websocket_api(ws_url: str, api_key: str, secret: str, on_message: Callable[[Any, str], None]) -> Any:
    return SpotWebsocketAPIClient(
        stream_url=f"{ws_url}/ws-api/v3", api_key=api_key, api_secret=secret, on_message=on_message
    )


def streams(ws_url: str, on_message: Callable[[Any, str], None], **more: Any) -> SpotWebsocketStreamClient:
    return SpotWebsocketStreamClient(stream_url=f"{ws_url}/spot", on_message=on_message, **more)
