"""All that an unmodified pybit has to be told: addresses, before a socket is made, and a key.

`simexchange snippet pybit` prints the same lines with the addresses filled in.
"""

from typing import Any

import pybit._websocket_trading
import pybit.unified_trading
from pybit.unified_trading import HTTP


def point_sockets_to(ws_url: str) -> None:
    """The addresses of its sockets are read when one is made; the constructors take none."""
    pybit.unified_trading.PUBLIC_WSS = f"{ws_url}/bybit/v5/public/{{CHANNEL_TYPE}}"
    pybit.unified_trading.PRIVATE_WSS = f"{ws_url}/bybit/v5/private"
    pybit._websocket_trading.TRADE_WSS = f"{ws_url}/bybit/v5/trade"


def session(url: str, key: str, secret: str, **options: Any) -> HTTP:
    """Its REST client; the address is an attribute."""
    made = HTTP(api_key=key, api_secret=secret, **options)
    made.endpoint = f"{url}/bybit"
    return made
