"""All that an unmodified python-binance has to be told: addresses, before a client is made, and a key.

`simexchange snippet python-binance` prints the same lines with the addresses filled in.
"""

from binance import BinanceSocketManager
from binance.base_client import BaseClient


def point_to(url: str, ws_url: str) -> None:
    """Every address the package knows of the three products; its constructor takes none."""
    BaseClient.API_URL = f"{url}/api"
    BaseClient.MARGIN_API_URL = f"{url}/sapi"
    BaseClient.FUTURES_URL = f"{url}/fapi"
    BaseClient.FUTURES_DATA_URL = f"{url}/futures/data"
    BaseClient.FUTURES_COIN_URL = f"{url}/dapi"
    BaseClient.FUTURES_COIN_DATA_URL = f"{url}/futures/data"
    BaseClient.WS_API_URL = f"{ws_url}/ws-api/v3"
    BaseClient.WS_FUTURES_URL = f"{ws_url}/ws-fapi/v1"
    BinanceSocketManager.STREAM_URL = f"{ws_url}/spot/"
    BinanceSocketManager.FSTREAM_URL = f"{ws_url}/um/"
    BinanceSocketManager.DSTREAM_URL = f"{ws_url}/cm/"
