"""All that unmodified connectors of hummingbot have to be told: constants of their modules, before one is built.

Its addresses are built in. `docs/how-to/fixed-host-names.md` says how to reach it without even this.
"""

import sys
from typing import Any

from hummingbot.connector.derivative.binance_perpetual import binance_perpetual_constants as perpetual
from hummingbot.connector.derivative.binance_perpetual.binance_perpetual_derivative import BinancePerpetualDerivative
from hummingbot.connector.exchange.binance import binance_constants as spot
from hummingbot.connector.exchange.binance.binance_exchange import BinanceExchange

PAIR = "BTC-USDT"
# Its own way of being run without the whole application: warnings go to the log alone.
sys.argv.append("unittest")


def point_to(url: str, ws_url: str) -> None:
    """Every address of the two connectors."""
    spot.REST_URL = f"{url}/api/"
    spot.WSS_URL = f"{ws_url}/spot/ws"
    spot.WSS_API_URL = f"{ws_url}/ws-api/v3"
    perpetual.PERPETUAL_BASE_URL = f"{url}/fapi/"
    perpetual.PERPETUAL_WS_URL = f"{ws_url}/um/"


def connector(product: str, keys: tuple[str, str]) -> Any:
    """The connector of a product, for one pair."""
    if product == "spot":
        return BinanceExchange(*keys, trading_pairs=[PAIR])
    return BinancePerpetualDerivative(
        binance_perpetual_api_key=keys[0], binance_perpetual_api_secret=keys[1], trading_pairs=[PAIR]
    )
