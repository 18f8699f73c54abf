"""All that an unmodified binance-sdk-spot has to be told: three addresses and a key."""

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_spot.spot import Spot


def client(url: str, ws_url: str, api_key: str, secret: str = "", private_key: str | None = None) -> Spot:
    """REST, WebSocket API and market streams of spot."""
    keys = {"api_key": api_key, "api_secret": secret, "private_key": private_key}
    return Spot(
        config_rest_api=ConfigurationRestAPI(**keys, base_path=url),
        config_ws_api=ConfigurationWebSocketAPI(**keys, stream_url=f"{ws_url}/ws-api/v3"),
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=f"{ws_url}/spot"),
    )
