"""The REST calls of spot, with their weights, and what of them is served.

Weights: "REST API" of binance/binance-spot-api-docs (2026-07-21). Calls whose coverage is none are known to the venue
and answered with its own words for a symbol that does not have the feature.
"""

from collections.abc import Mapping
from typing import Final

from simexchange.dialects.binance import families, familyfigures, familytransfers
from simexchange.dialects.binance.spot import (
    account,
    amends,
    lists,
    listshapes,
    market,
    movements,
    orders,
    replacing,
    requests,
    sessions,
    tickers,
    trading,
    wallet,
)
from simexchange.dialects.binance.spot.calls import failure
from simexchange.dialects.contract import ApiError, Auth, Call, Coverage, Handler, Reply, Route

NONE, PARTIAL = Coverage.NONE, Coverage.PARTIAL


def depth_weight(params: Mapping[str, str]) -> int:
    """By levels: up to 100, 500, 1000, 5000."""
    sent = params.get("limit") or "100"
    limit = int(sent) if sent.isdecimal() else 100
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1_000 else 250


def ticker_weight(params: Mapping[str, str]) -> int:
    """By number of symbols; asking for all costs most."""
    if params.get("symbol"):
        return 2
    listed = params.get("symbols", "").count(",") + 1 if params.get("symbols") else 101
    return 2 if listed <= 20 else 40 if listed <= 100 else 80


def price_weight(params: Mapping[str, str]) -> int:
    return 2 if params.get("symbol") else 4


def execution_rules_weight(params: Mapping[str, str]) -> int:
    """2 for each symbol, at most 40, which is also the price of all."""
    if params.get("symbol"):
        return 2
    return min(2 * (params["symbols"].count(",") + 1), 40) if params.get("symbols") else 40


def prevented_weight(params: Mapping[str, str]) -> int:
    """One match costs less than those of an order."""
    return 2 if params.get("preventedMatchId") else 20


def trading_day_weight(params: Mapping[str, str]) -> int:
    """4 for each symbol, at most 200. Other windows cost the same."""
    return min(4 * (params.get("symbols", "").count(",") + 1), 200)


def open_orders_weight(params: Mapping[str, str]) -> int:
    return 6 if params.get("symbol") else 80


def my_trades_weight(params: Mapping[str, str]) -> int:
    return 5 if params.get("orderId") else 20


def test_order_weight(params: Mapping[str, str]) -> int:
    return 20 if params.get("computeCommissionRates", "").lower() == "true" else 1


def refuses(error: ApiError) -> Handler:
    """A handler that always says *error*."""

    def handler(_: Call) -> Reply:
        return failure(error)

    return handler


_KEY, _SIGNED = Auth.KEY, Auth.SIGNED
_UI_KLINES = "The same candles as klines: nothing is changed for presentation."

_MARKET_DATA: Final = (
    Route("GET", "/api/v3/ping", market.ping, check=requests.NO_PARAMETERS),
    Route("GET", "/api/v3/time", market.server_time, check=requests.NO_PARAMETERS),
    Route("GET", "/api/v3/exchangeInfo", market.exchange_info, weight=20, check=requests.EXCHANGE_INFO),
    Route("GET", "/api/v3/executionRules", market.execution_rules, weight=execution_rules_weight,
          check=requests.EXECUTION_RULES),
    Route("GET", "/api/v3/referencePrice", market.reference_price, weight=2, check=requests.ONE_SYMBOL),
    Route("GET", "/api/v3/referencePrice/calculation", market.reference_calculation, weight=2,
          check=requests.REFERENCE_CALCULATION),
    Route("GET", "/api/v3/depth", market.depth, weight=depth_weight, check=requests.DEPTH),
    Route("GET", "/api/v3/trades", market.trades, weight=25, check=requests.TRADES),
    Route("GET", "/api/v3/historicalTrades", market.trades, weight=25, check=requests.HISTORICAL_TRADES),
    Route("GET", "/api/v3/aggTrades", market.aggregates, weight=4, check=requests.AGGREGATES),
    Route("GET", "/api/v3/klines", market.klines, weight=2, check=requests.KLINES),
    Route("GET", "/api/v3/uiKlines", market.klines, Auth.NONE, 2, PARTIAL, _UI_KLINES, requests.KLINES),
    Route("GET", "/api/v3/avgPrice", tickers.average_price, weight=2, check=requests.ONE_SYMBOL),
    Route("GET", "/api/v3/ticker/24hr", tickers.day, weight=ticker_weight, check=requests.TICKER),
    Route("GET", "/api/v3/ticker/tradingDay", tickers.trading_day, weight=trading_day_weight,
          check=requests.TRADING_DAY),
    Route("GET", "/api/v3/ticker", tickers.rolling, weight=trading_day_weight, check=requests.ROLLING),
    Route("GET", "/api/v3/ticker/price", tickers.price, weight=price_weight, check=requests.PRICE),
    Route("GET", "/api/v3/ticker/bookTicker", tickers.book, weight=price_weight, check=requests.PRICE),
)  # fmt: skip

_TRADING: Final = (
    Route("POST", "/api/v3/order", trading.new_order, _SIGNED, 1, check=requests.NEW_ORDER),
    Route(
        "POST", "/api/v3/order/test", trading.check_order, _SIGNED, test_order_weight,
        check=requests.TEST_ORDER,
    ),
    Route("GET", "/api/v3/order", orders.query_order, _SIGNED, 4, check=requests.QUERY_ORDER),
    Route("DELETE", "/api/v3/order", trading.cancel_order, _SIGNED, check=requests.CANCEL_ORDER),
    Route("GET", "/api/v3/openOrders", orders.open_orders, _SIGNED, open_orders_weight, check=requests.OPEN_ORDERS),
    Route("DELETE", "/api/v3/openOrders", trading.cancel_open_orders, _SIGNED, check=requests.CANCEL_ALL),
    Route("GET", "/api/v3/myPreventedMatches", orders.prevented_matches, _SIGNED, prevented_weight,
          check=requests.PREVENTED),
    Route("GET", "/api/v3/allOrders", orders.all_orders, _SIGNED, 20, check=requests.ALL_ORDERS),
    Route("GET", "/api/v3/myTrades", orders.my_trades, _SIGNED, my_trades_weight, check=requests.MY_TRADES),
    Route("GET", "/api/v3/account", account.account, _SIGNED, 20, check=requests.ACCOUNT),
    Route("GET", "/api/v3/account/commission", account.commission, _SIGNED, 20, check=requests.COMMISSION),
    Route("GET", "/api/v3/myFilters", account.my_filters, _SIGNED, 40, check=requests.COMMISSION),
    Route("GET", "/api/v3/rateLimit/order", account.order_limits, _SIGNED, 40, check=requests.SIGNED_ONLY),
    Route(
        "POST", "/api/v3/order/cancelReplace", replacing.cancel_replace, _SIGNED, 1,
        check=requests.CANCEL_REPLACE,
    ),
    Route("PUT", "/api/v3/order/amend/keepPriority", amends.amend, _SIGNED, 4, check=requests.AMEND),
    Route("GET", "/api/v3/order/amendments", amends.amendments, _SIGNED, 4, check=requests.AMENDMENTS),
    Route("POST", "/api/v3/sor/order", trading.new_routed_order, _SIGNED, check=requests.ROUTED_ORDER),
    Route("POST", "/api/v3/sor/order/test", trading.check_routed_order, _SIGNED, test_order_weight,
          check=requests.ROUTED_TEST),
    Route("GET", "/api/v3/myAllocations", orders.my_allocations, _SIGNED, 20, check=requests.ALLOCATIONS),
    Route("POST", "/api/v3/order/oco", lists.places(listshapes.OCO, old=True), _SIGNED, check=listshapes.OLD_OCO),
    Route("POST", "/api/v3/orderList/oco", lists.places(listshapes.OCO), _SIGNED, check=listshapes.NEW_OCO),
    Route("POST", "/api/v3/orderList/oto", lists.places(listshapes.OTO), _SIGNED, check=listshapes.NEW_OTO),
    Route("POST", "/api/v3/orderList/otoco", lists.places(listshapes.OTOCO), _SIGNED, check=listshapes.NEW_OTOCO),
    Route("POST", "/api/v3/orderList/opo", lists.places(listshapes.OPO), _SIGNED, check=listshapes.NEW_OPO),
    Route("POST", "/api/v3/orderList/opoco", lists.places(listshapes.OPOCO), _SIGNED, check=listshapes.NEW_OPOCO),
    Route("DELETE", "/api/v3/orderList", lists.cancel_list, _SIGNED, check=listshapes.CANCEL_LIST),
    Route("GET", "/api/v3/orderList", lists.query_list, _SIGNED, 4, check=listshapes.QUERY_LIST),
    Route("GET", "/api/v3/allOrderList", lists.all_lists, _SIGNED, 20, check=listshapes.ALL_LISTS),
    Route("GET", "/api/v3/openOrderList", lists.open_lists, _SIGNED, 6, check=listshapes.OPEN_LISTS),
)  # fmt: skip

_LISTEN_KEYS: Final = (
    Route("POST", "/api/v3/userDataStream", sessions.open_listen_key, _KEY, 2),
    Route("PUT", "/api/v3/userDataStream", sessions.renew_listen_key, _KEY, 2, check=requests.LISTEN_KEY),
    Route("DELETE", "/api/v3/userDataStream", sessions.close_listen_key, _KEY, 2, check=requests.LISTEN_KEY),
)

_GONE = "Gone since 2026-02-20; private streams come by the WebSocket API."
_NO_NETWORKS = "Nothing goes in or out over the API: each coin has one network, switched off."
_NO_CHAIN = "What an operator gave or took, on no chain: address is empty."
_NO_MARGIN_WALLETS = "Between SPOT, USDT_FUTURE and COIN_FUTURE."
_NO_MARGIN_INTEREST = "interestBNBBurn stays off: there is no margin trading."
_NOBODY_LOCKED = "No account is locked for its ratios of orders; there are no indicators."
_NO_MARGIN = "Always empty: there is no margin trading."
# What these weigh, and of what, is in `walletweights`.
_WALLET: Final = (
    Route("GET", "/sapi/v1/system/status", wallet.system_status),
    Route("GET", "/sapi/v1/capital/config/getall", wallet.coins, _SIGNED, 1, PARTIAL, _NO_NETWORKS),
    Route("GET", "/sapi/v1/margin/allPairs", wallet.none_listed, _KEY, 1, PARTIAL, _NO_MARGIN),
    Route("GET", "/sapi/v1/margin/isolated/allPairs", wallet.none_listed, _KEY, 1, PARTIAL, _NO_MARGIN),
    Route("GET", "/sapi/v1/asset/tradeFee", wallet.trade_fees, _SIGNED, check=requests.TRADE_FEE),
    Route("POST", "/sapi/v1/asset/transfer", movements.transfer, _SIGNED, check=movements.TRANSFER),
    Route("GET", "/sapi/v1/asset/transfer", movements.transfers, _SIGNED, check=movements.TRANSFERS),
    Route("GET", "/sapi/v1/capital/deposit/hisrec", movements.deposits, _SIGNED, 1, PARTIAL, _NO_CHAIN,
          movements.DEPOSITS),
    Route("GET", "/sapi/v1/capital/withdraw/history", movements.withdrawals, _SIGNED, 1, PARTIAL, _NO_CHAIN,
          movements.WITHDRAWALS),
    Route("POST", "/sapi/v1/asset/get-funding-asset", wallet.funding_assets, _SIGNED, 1, PARTIAL, "btcValuation is 0.",
          requests.FUNDING_ASSETS),
    Route("POST", "/sapi/v3/asset/getUserAsset", wallet.user_assets, _SIGNED, 1, PARTIAL, "btcValuation is 0.",
          requests.USER_ASSETS),
    Route("GET", "/sapi/v1/account/status", wallet.account_status, _SIGNED),
    Route("GET", "/sapi/v1/account/info", wallet.account_info, _SIGNED),
    Route("GET", "/sapi/v1/account/apiTradingStatus", wallet.trading_status, _SIGNED, 1, PARTIAL, _NOBODY_LOCKED),
    Route("GET", "/sapi/v1/asset/assetDetail", wallet.asset_details, _SIGNED, 1, PARTIAL, _NO_NETWORKS,
          movements.OF_ASSET),
    Route("GET", "/sapi/v1/asset/assetDividend", wallet.no_rows, _SIGNED, 10, PARTIAL, "Always empty: none is paid."),
    Route("GET", "/sapi/v1/asset/dribblet", wallet.no_dust, _SIGNED, 1, PARTIAL, "Always empty: none is converted."),
    Route("GET", "/sapi/v1/account/apiRestrictions", wallet.key_restrictions, _SIGNED),
    Route("GET", "/sapi/v1/bnbBurn", wallet.bnb_burn, _SIGNED),
    Route("POST", "/sapi/v1/bnbBurn", wallet.set_bnb_burn, _SIGNED, 1, PARTIAL, _NO_MARGIN_INTEREST, requests.BURN),
    Route("GET", "/sapi/v1/spot/delist-schedule", wallet.none_listed, _KEY, 1, PARTIAL, "Always empty."),
)  # fmt: skip

_SUB: Final = "/sapi/v1/sub-account"
_FAMILY: Final = (
    Route("GET", f"{_SUB}/list", families.listed, _SIGNED, check=families.LIST),
    Route("GET", f"{_SUB}/status", families.status, _SIGNED, check=families.STATUS),
    Route("POST", f"{_SUB}/virtualSubAccount", families.open_virtual, _SIGNED, check=families.VIRTUAL_ACCOUNT),
    Route("POST", f"{_SUB}/universalTransfer", familytransfers.universal, _SIGNED, 1, PARTIAL, _NO_MARGIN_WALLETS,
          familytransfers.UNIVERSAL),
    Route("GET", f"{_SUB}/universalTransfer", familytransfers.universal_history, _SIGNED,
          check=familytransfers.UNIVERSAL_HISTORY),
    Route("POST", f"{_SUB}/futures/transfer", familytransfers.futures_transfer, _SIGNED,
          check=familytransfers.FUTURES),
    Route("POST", f"{_SUB}/futures/internalTransfer", familytransfers.internal, _SIGNED,
          check=familytransfers.INTERNAL),
    Route("GET", f"{_SUB}/futures/internalTransfer", familytransfers.internal_history, _SIGNED,
          check=familytransfers.INTERNAL_HISTORY),
    Route("GET", f"{_SUB}/sub/transfer/history", familytransfers.spot_history, _SIGNED,
          check=familytransfers.SPOT_HISTORY),
    Route("POST", f"{_SUB}/transfer/subToMaster", familytransfers.to_master, _SIGNED, check=familytransfers.TO_MASTER),
    Route("POST", f"{_SUB}/transfer/subToSub", familytransfers.to_sister, _SIGNED, check=familytransfers.TO_SISTER),
    Route("GET", f"{_SUB}/transfer/subUserHistory", familytransfers.own_history, _SIGNED,
          check=familytransfers.OWN_HISTORY),
    Route("GET", "/sapi/v3/sub-account/assets", familyfigures.assets_v3, _SIGNED, check=familyfigures.OF_ONE),
    Route("GET", "/sapi/v4/sub-account/assets", familyfigures.assets_v4, _SIGNED, check=familyfigures.OF_ONE),
    Route("GET", f"{_SUB}/futures/account", familyfigures.account_v1, _SIGNED, check=familyfigures.OF_ONE),
    Route("GET", "/sapi/v2/sub-account/futures/account", familyfigures.account_v2, _SIGNED,
          check=familyfigures.OF_ONE_TYPED),
    Route("GET", f"{_SUB}/futures/accountSummary", familyfigures.summary_v1, _SIGNED, check=familyfigures.SUMMARY),
    Route("GET", "/sapi/v2/sub-account/futures/accountSummary", familyfigures.summary_v2, _SIGNED,
          check=familyfigures.SUMMARY_TYPED),
    Route("GET", f"{_SUB}/futures/positionRisk", familyfigures.positions_v1, _SIGNED, check=familyfigures.OF_ONE),
    Route("GET", "/sapi/v2/sub-account/futures/positionRisk", familyfigures.positions_v2, _SIGNED,
          check=familyfigures.OF_ONE_TYPED),
)  # fmt: skip

ROUTES: Final[tuple[Route, ...]] = (*_MARKET_DATA, *_TRADING, *_LISTEN_KEYS, *_WALLET, *_FAMILY)


def without_listen_keys(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    """The calls since 2026-02-20: of those that gave listen keys only a notice is left."""
    return tuple(
        Route(route.method, route.path, sessions.gone, doc=_GONE, coverage=NONE) if route in _LISTEN_KEYS else route
        for route in routes
    )
