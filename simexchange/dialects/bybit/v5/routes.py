"""Every REST call that is served, and what of it is missing.

How often an account may make each of them: `common.limits`.
"""

from typing import Final

from simexchange.dialects.bybit.common.limits import rate_of
from simexchange.dialects.bybit.common.params import Param, checker
from simexchange.dialects.bybit.v5 import instruments, market, notices, statistics
from simexchange.dialects.bybit.v5.marketrequests import (
    ANNOUNCING,
    ANY_MARKET,
    BASE_COIN,
    CANDLES,
    COIN,
    CONTRACT_OR_LINEAR,
    DELIVERIES,
    FUTURE,
    FUTURE_OR_LINEAR,
    GROUP,
    ID,
    INDEX_NAME,
    LINEAR_ONLY,
    LISTING,
    MARKET_OR_LINEAR,
    OPTION_ASSET,
    OPTIONS_ONLY,
    PRODUCT_TYPE,
    ROWS,
    SINCE,
    STANDINGS,
    STATE,
    UNTIL,
    VOLATILITY,
    period,
)  # fmt: skip
from simexchange.dialects.bybit.v5.requests import CATEGORY, CONTRACTS, CURSOR, SYMBOL
from simexchange.dialects.contract import Auth, Check, Coverage, Handler, Route


def public(path: str, handler: Handler, *params: Param, doc: str = "", then: Check | None = None) -> Route:
    """A call anybody may make. *doc*: what of it is missing."""
    coverage = Coverage.PARTIAL if doc else Coverage.FULL
    return Route("GET", path, handler, Auth.NONE, 0, coverage, doc, checker(*params, then=then))


def signed(method: str, path: str, handler: Handler, *params: Param, doc: str = "", then: Check | None = None) -> Route:
    """A call of an account's owner."""
    coverage = Coverage.PARTIAL if doc else Coverage.FULL
    check = checker(*params, then=then)
    return Route(method, path, handler, Auth.SIGNED, 0, coverage, doc, check, rate=rate_of(path))


NO_OPTIONS: Final = "there are no options: the list is empty"
NO_GROUPS: Final = "groups are for Pro levels, which nobody is on: the list is empty"
NO_NEWS: Final = "nothing is announced: the list is empty"

MARKET: Final = (
    public("/v5/market/time", market.server_time),
    public("/v5/market/kline", market.candles, MARKET_OR_LINEAR, *CANDLES),
    public("/v5/market/mark-price-kline", market.mark_candles, CONTRACT_OR_LINEAR, *CANDLES),
    public("/v5/market/index-price-kline", market.index_candles, FUTURE_OR_LINEAR, *CANDLES),
    public("/v5/market/premium-index-price-kline", market.premium_candles, LINEAR_ONLY, *CANDLES),
    public("/v5/market/instruments-info", instruments.instruments, CATEGORY, *LISTING),
    public("/v5/market/orderbook", market.order_book, CATEGORY, SYMBOL.needed(), ROWS),
    public("/v5/market/full_orderbook", market.full_order_book, ANY_MARKET, SYMBOL.needed()),
    public("/v5/market/rpi_orderbook", market.rpi_order_book, MARKET_OR_LINEAR, SYMBOL.needed(), ROWS.needed()),
    public("/v5/market/tickers", market.tickers_of, CATEGORY, SYMBOL, BASE_COIN),
    public("/v5/market/recent-trade", market.recent_trades, CATEGORY, SYMBOL, BASE_COIN, ROWS),
    public("/v5/market/funding/history", market.funding_history, FUTURE, SYMBOL.needed(), SINCE, UNTIL, ROWS),
    public("/v5/market/open-interest", market.open_interest, FUTURE, period("intervalTime"), *STANDINGS),
    public("/v5/market/account-ratio", market.account_ratio, FUTURE, period("period"), *STANDINGS),
    public("/v5/market/risk-limit", instruments.risk_limits, FUTURE, SYMBOL, CURSOR),
    public("/v5/market/price-limit", market.price_limit, MARKET_OR_LINEAR, SYMBOL.needed()),
    public("/v5/market/delivery-price", statistics.delivery_prices, CONTRACTS, *DELIVERIES),
    public("/v5/market/new-delivery-price", statistics.option_deliveries, OPTIONS_ONLY, *OPTION_ASSET, doc=NO_OPTIONS),
    public("/v5/market/historical-volatility", statistics.volatility, OPTIONS_ONLY, *VOLATILITY, doc=NO_OPTIONS),
    public("/v5/market/insurance", statistics.insurance, COIN),
    public("/v5/market/adlAlert", statistics.adl_alerts, SYMBOL),
    public("/v5/market/index-price-components", statistics.index_components, INDEX_NAME),
    public("/v5/market/fee-group-info", notices.fee_groups, PRODUCT_TYPE, GROUP, doc=NO_GROUPS),
    public("/v5/announcements/index", notices.announcements, *ANNOUNCING, doc=NO_NEWS),
    public("/v5/system/status", notices.system_status, ID, STATE),
)  # fmt: skip

ORDERS: Final[tuple[Route, ...]] = ()

POSITIONS: Final[tuple[Route, ...]] = ()

ACCOUNT: Final[tuple[Route, ...]] = ()

ASSET: Final[tuple[Route, ...]] = ()

USER: Final[tuple[Route, ...]] = ()

ROUTES: Final = (*MARKET, *ORDERS, *POSITIONS, *ACCOUNT, *ASSET, *USER)
