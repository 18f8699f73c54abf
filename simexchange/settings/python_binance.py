"""What python-binance must be told before its client is made: it takes no address in its constructor."""

from __future__ import annotations

import json


def python_binance_lines(url: str, ws_url: str, api_key: str, secret: str) -> list[str]:
    """Lines of Python. The class attributes must be set before construction, because the constructor pings."""
    return [
        "from binance import BinanceSocketManager, Client",
        "from binance.base_client import BaseClient",
        "",
        f'BaseClient.API_URL = "{url}/api"',
        f'BaseClient.MARGIN_API_URL = "{url}/sapi"',
        f'BaseClient.FUTURES_URL = "{url}/fapi"',
        f'BaseClient.FUTURES_DATA_URL = "{url}/futures/data"',
        f'BaseClient.FUTURES_COIN_URL = "{url}/dapi"',
        f'BaseClient.FUTURES_COIN_DATA_URL = "{url}/futures/data"',
        f'BaseClient.WS_API_URL = "{ws_url}/ws-api/v3"',
        f'BaseClient.WS_FUTURES_URL = "{ws_url}/ws-fapi/v1"',
        f'BinanceSocketManager.STREAM_URL = "{ws_url}/spot/"',
        f'BinanceSocketManager.FSTREAM_URL = "{ws_url}/um/"',
        f'BinanceSocketManager.DSTREAM_URL = "{ws_url}/cm/"',
        f"client = Client({json.dumps(api_key)}, {json.dumps(secret)})",
    ]
