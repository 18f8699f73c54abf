"""All that an unmodified nautilus_trader has to be told: two addresses, a key, a kind of account.

`simexchange urls nautilus` prints the same lines with the addresses filled in.
"""

from typing import Any

from nautilus_trader.adapters.binance import (
    BINANCE,
    BinanceDataClientConfig,
    BinanceExecClientConfig,
    BinanceLiveDataClientFactory,
    BinanceLiveExecClientFactory,
)
from nautilus_trader.adapters.binance.common.enums import BinanceAccountType
from nautilus_trader.config import InstrumentProviderConfig, LiveExecEngineConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.identifiers import TraderId

KINDS = {
    "spot": (BinanceAccountType.SPOT, "/spot"),
    "usdm": (BinanceAccountType.USDT_FUTURES, "/um"),
    "coinm": (BinanceAccountType.COIN_FUTURES, "/cm"),
}
"""Its kind of account, and what the stream address ends in."""


def node(product: str, url: str, ws_url: str, keys: tuple[str, str], *, agg: bool, execution: Any) -> Any:
    """A trading node of one product, whole but for its strategy.

    *execution*: more of the execution client's settings; there is no such client where it is None.
    """
    account_type, tail = KINDS[product]
    where: dict[str, Any] = {
        "account_type": account_type,
        "api_key": keys[0],
        "api_secret": keys[1],
        "base_url_http": url,
        "base_url_ws": ws_url + tail,
        "instrument_provider": InstrumentProviderConfig(load_all=True),
    }
    config = TradingNodeConfig(
        trader_id=TraderId("CLIENT-001"),
        logging=LoggingConfig(log_level="OFF"),
        exec_engine=LiveExecEngineConfig(reconciliation=True, convert_quote_qty_to_base=False),
        data_clients={BINANCE: BinanceDataClientConfig(use_agg_trade_ticks=agg, **where)},
        exec_clients={} if execution is None else {BINANCE: BinanceExecClientConfig(**where, **execution)},
        timeout_connection=60.0,
        timeout_reconciliation=30.0,
        timeout_disconnection=10.0,
        timeout_post_stop=0.5,
    )
    made = TradingNode(config=config)
    made.add_data_client_factory(BINANCE, BinanceLiveDataClientFactory)
    made.add_exec_client_factory(BINANCE, BinanceLiveExecClientFactory)
    return made
