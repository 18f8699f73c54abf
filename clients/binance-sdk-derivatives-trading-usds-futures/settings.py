"""All that an unmodified binance-sdk-derivatives-trading-usds-futures has to be told: three addresses and a key."""

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)


def client(
    url: str, ws_url: str, api_key: str, secret: str = "", private_key: str | None = None
) -> DerivativesTradingUsdsFutures:
    """REST, WebSocket API and streams; it opens `/public`, `/market` and `/private` under the last address."""
    keys = {"api_key": api_key, "api_secret": secret, "private_key": private_key}
    return DerivativesTradingUsdsFutures(
        config_rest_api=ConfigurationRestAPI(**keys, base_path=url),
        config_ws_api=ConfigurationWebSocketAPI(**keys, stream_url=f"{ws_url}/ws-fapi/v1"),
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=f"{ws_url}/um"),
    )
