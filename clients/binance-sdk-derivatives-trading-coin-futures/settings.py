"""All that an unmodified binance-sdk-derivatives-trading-coin-futures has to be told: three addresses and a key."""

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_derivatives_trading_coin_futures.derivatives_trading_coin_futures import (
    DerivativesTradingCoinFutures,
)


def client(
    url: str, ws_url: str, api_key: str, secret: str = "", private_key: str | None = None
) -> DerivativesTradingCoinFutures:
    """REST, WebSocket API and streams of COIN-M."""
    keys = {"api_key": api_key, "api_secret": secret, "private_key": private_key}
    return DerivativesTradingCoinFutures(
        config_rest_api=ConfigurationRestAPI(**keys, base_path=url),
        config_ws_api=ConfigurationWebSocketAPI(**keys, stream_url=f"{ws_url}/ws-dapi/v1"),
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=f"{ws_url}/cm"),
    )
