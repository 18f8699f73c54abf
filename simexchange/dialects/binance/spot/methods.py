"""The methods of the spot WebSocket API: the same handlers as REST, under their own names.

Names and weights: "WebSocket API" of binance/binance-spot-api-docs (2026-07-21).
"""

from typing import Final

from simexchange.dialects.binance.common import logon
from simexchange.dialects.binance.spot import (
    account,
    amends,
    lists,
    listshapes,
    market,
    orders,
    replacing,
    requests,
    sessions,
    tickers,
    trading,
)
from simexchange.dialects.binance.spot.routes import (
    depth_weight,
    execution_rules_weight,
    my_trades_weight,
    open_orders_weight,
    prevented_weight,
    price_weight,
    test_order_weight,
    ticker_weight,
    trading_day_weight,
)
from simexchange.dialects.contract import Auth, Coverage, Method

_SIGNED, _PARTIAL = Auth.SIGNED, Coverage.PARTIAL

METHODS: Final[tuple[Method, ...]] = (
    Method("ping", market.ping, weight=1, check=requests.NO_PARAMETERS),
    Method("time", market.server_time, weight=1, check=requests.NO_PARAMETERS),
    Method("exchangeInfo", market.exchange_info, weight=20, check=requests.EXCHANGE_INFO),
    Method("executionRules", market.execution_rules, weight=execution_rules_weight, check=requests.EXECUTION_RULES),
    Method("referencePrice", market.reference_price, weight=2, check=requests.ONE_SYMBOL),
    Method("referencePrice.calculation", market.reference_calculation, weight=2,
           check=requests.REFERENCE_CALCULATION),
    Method("depth", market.depth, weight=depth_weight, check=requests.DEPTH),
    Method("trades.recent", market.trades, weight=25, check=requests.TRADES),
    Method("trades.historical", market.trades, weight=25, check=requests.HISTORICAL_TRADES),
    Method("trades.aggregate", market.aggregates, weight=4, check=requests.AGGREGATES),
    Method("klines", market.klines, weight=2, check=requests.KLINES),
    Method("uiKlines", market.klines, Auth.NONE, 2, _PARTIAL, "The same candles as klines.", requests.KLINES),
    Method("avgPrice", tickers.average_price, weight=2, check=requests.ONE_SYMBOL),
    Method("ticker.24hr", tickers.day, weight=ticker_weight, check=requests.TICKER),
    Method("ticker.tradingDay", tickers.trading_day, weight=trading_day_weight, check=requests.TRADING_DAY),
    Method("ticker", tickers.rolling, weight=trading_day_weight, check=requests.ROLLING),
    Method("ticker.price", tickers.price, weight=price_weight, check=requests.PRICE),
    Method("ticker.book", tickers.book, weight=price_weight, check=requests.PRICE),
    *logon.methods(streams=True),
    Method("session.subscriptions", sessions.subscriptions),
    Method("userDataStream.subscribe", sessions.subscribe_logged_on, check=requests.NO_PARAMETERS),
    Method("userDataStream.subscribe.signature", sessions.subscribe, _SIGNED, check=requests.SIGNED_ONLY),
    Method("userDataStream.unsubscribe", sessions.unsubscribe, check=requests.SUBSCRIPTION),
    Method("order.place", trading.new_order, _SIGNED, 1, check=requests.NEW_ORDER),
    Method("order.test", trading.check_order, _SIGNED, test_order_weight, check=requests.TEST_ORDER),
    Method("order.status", orders.query_order, _SIGNED, 4, check=requests.QUERY_ORDER),
    Method("order.cancel", trading.cancel_order, _SIGNED, 1, check=requests.CANCEL_ORDER),
    Method(
        "order.cancelReplace", replacing.cancel_replace, _SIGNED, 1, check=requests.CANCEL_REPLACE
    ),
    Method("order.amend.keepPriority", amends.amend, _SIGNED, 4, check=requests.AMEND),
    Method("order.amendments", amends.amendments, _SIGNED, 4, check=requests.AMENDMENTS),
    Method("sor.order.place", trading.new_routed_order, _SIGNED, 1, check=requests.ROUTED_ORDER),
    Method("sor.order.test", trading.check_routed_order, _SIGNED, test_order_weight, check=requests.ROUTED_TEST),
    Method("myAllocations", orders.my_allocations, _SIGNED, 20, check=requests.ALLOCATIONS),
    Method("orderList.place", lists.places(listshapes.OCO, old=True), _SIGNED, 1, check=listshapes.OLD_OCO),
    Method("orderList.place.oco", lists.places(listshapes.OCO), _SIGNED, 1, check=listshapes.NEW_OCO),
    Method("orderList.place.oto", lists.places(listshapes.OTO), _SIGNED, 1, check=listshapes.NEW_OTO),
    Method("orderList.place.otoco", lists.places(listshapes.OTOCO), _SIGNED, 1, check=listshapes.NEW_OTOCO),
    Method("orderList.place.opo", lists.places(listshapes.OPO), _SIGNED, 1, check=listshapes.NEW_OPO),
    Method("orderList.place.opoco", lists.places(listshapes.OPOCO), _SIGNED, 1, check=listshapes.NEW_OPOCO),
    Method("orderList.cancel", lists.cancel_list, _SIGNED, 1, check=listshapes.CANCEL_LIST),
    Method("orderList.status", lists.query_list, _SIGNED, 4, check=listshapes.QUERY_LIST),
    Method("allOrderLists", lists.all_lists, _SIGNED, 20, check=listshapes.ALL_LISTS),
    Method("openOrderLists.status", lists.open_lists, _SIGNED, 6, check=listshapes.OPEN_LISTS),
    Method("openOrders.status", orders.open_orders, _SIGNED, open_orders_weight, check=requests.OPEN_ORDERS),
    Method("openOrders.cancelAll", trading.cancel_open_orders, _SIGNED, 1, check=requests.CANCEL_ALL),
    Method("myPreventedMatches", orders.prevented_matches, _SIGNED, prevented_weight, check=requests.PREVENTED),
    Method("allOrders", orders.all_orders, _SIGNED, 20, check=requests.ALL_ORDERS),
    Method("myTrades", orders.my_trades, _SIGNED, my_trades_weight, check=requests.MY_TRADES),
    Method("account.status", account.account, _SIGNED, 20, check=requests.ACCOUNT),
    Method("account.commission", account.commission, _SIGNED, 20, check=requests.COMMISSION),
    Method("myFilters", account.my_filters, _SIGNED, 40, check=requests.COMMISSION),
    Method("account.rateLimits.orders", account.order_limits, _SIGNED, 40, check=requests.SIGNED_ONLY),
)  # fmt: skip
