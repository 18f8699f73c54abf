"""What pybit must be told: it takes no address in any constructor.

Read in the source of pybit 5.17.0, and tried with it (seen 2026-11): its HTTP session reads the attribute ``endpoint``
at every call; its sockets read names of their modules when they are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.settings.places import under_prefix

if TYPE_CHECKING:
    from simexchange.settings.places import Place

VENUE: Final = "bybit"


class PybitAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where each part of pybit goes."""

    endpoint: str
    """``HTTP(…).endpoint``."""
    public: str
    """``pybit.unified_trading.PUBLIC_WSS``; pybit puts the kind of market in."""
    private: str
    """``pybit.unified_trading.PRIVATE_WSS``."""
    trade: str
    """``pybit._websocket_trading.TRADE_WSS``."""


def pybit_addresses(url: str, ws_url: str = "") -> PybitAddresses:
    """The addresses of an exchange at *url*, as `simexchange.ccxt_config` takes it.

    >>> pybit_addresses("http://127.0.0.1:8420").public
    'ws://127.0.0.1:8420/bybit/v5/public/{CHANNEL_TYPE}'
    """
    base = url.rstrip("/")
    sockets = under_prefix(ws_url or "ws" + base.removeprefix("http"), VENUE)
    return PybitAddresses(
        endpoint=under_prefix(base, VENUE),
        public=f"{sockets}/v5/public/{{CHANNEL_TYPE}}",
        private=f"{sockets}/v5/private",
        trade=f"{sockets}/v5/trade",
    )


def pybit_lines(place: Place) -> list[str]:
    """Lines of Python. The names of the modules must be set before a socket is made."""
    where = pybit_addresses(place.url, place.ws_url)
    trust = [f'session.client.verify = "{place.ca_file}"'] if place.secure and place.ca_file else []
    return [
        *(["# Its sockets trust what WEBSOCKET_CLIENT_CA_BUNDLE names (simexchange tls env)."] if trust else []),
        "from pybit import _websocket_trading, unified_trading",
        "from pybit.unified_trading import HTTP, WebSocket, WebSocketTrading",
        "",
        f'unified_trading.PUBLIC_WSS = "{where.public}"',
        f'unified_trading.PRIVATE_WSS = "{where.private}"',
        f'_websocket_trading.TRADE_WSS = "{where.trade}"',
        "",
        f'keys = {{"api_key": "{place.api_key}", "api_secret": "{place.secret}"}}',
        "session = HTTP(**keys)",
        f'session.endpoint = "{where.endpoint}"',
        *trust,
        'public = WebSocket(testnet=False, channel_type="linear")',
        'private = WebSocket(testnet=False, channel_type="private", **keys)',
        "orders = WebSocketTrading(testnet=False, **keys)",
    ]
