"""How stories name the venue's calls: by verb and path, without what all paths of a product begin with.

``GET /api/v3/depth`` and ``GET /fapi/v1/depth`` are ``GET depth``; a later version keeps its number (``v3``);
statistics are ``GET data/basis``, the wallet is ``GET sapi bnbBurn``.
"""

import re

_PRODUCT = re.compile(r"^/(?:api/v3/|(?:fapi|dapi)/(?P<version>v\d)/|futures/(?P<data>data)/|(?P<sapi>sapi)/v\d/)")


def call_name(verb: str, path: str) -> str:
    """The name of a REST call; empty where it is of none of the products."""
    product = _PRODUCT.match(path)
    if product is None:
        return ""
    version = product["version"] or ""
    before = "data/" if product["data"] else "sapi " if product["sapi"] else f"{version}/"
    return f"{verb} {'' if before in {'/', 'v1/'} else before}{path[product.end() :]}"


WS_NAMES = {
    "ping": "GET ping",
    "time": "GET time",
    "exchangeInfo": "GET exchangeInfo",
    "executionRules": "GET executionRules",
    "referencePrice": "GET referencePrice",
    "referencePrice.calculation": "GET referencePrice/calculation",
    "depth": "GET depth",
    "trades.recent": "GET trades",
    "trades.historical": "GET historicalTrades",
    "trades.aggregate": "GET aggTrades",
    "klines": "GET klines",
    "uiKlines": "GET uiKlines",
    "avgPrice": "GET avgPrice",
    "ticker.24hr": "GET ticker/24hr",
    "ticker.tradingDay": "GET ticker/tradingDay",
    "ticker": "GET ticker",
    "ticker.price": "GET ticker/price",
    "ticker.book": "GET ticker/bookTicker",
    "order.place": "POST order",
    "order.test": "POST order/test",
    "order.status": "GET order",
    "order.cancel": "DELETE order",
    "order.modify": "PUT order",
    "order.cancelReplace": "POST order/cancelReplace",
    "order.amend.keepPriority": "PUT order/amend/keepPriority",
    "order.amendments": "GET order/amendments",
    "openOrders.status": "GET openOrders",
    "openOrders.cancelAll": "DELETE openOrders",
    "orderList.place": "POST order/oco",
    "orderList.place.oco": "POST orderList/oco",
    "orderList.place.oto": "POST orderList/oto",
    "orderList.place.otoco": "POST orderList/otoco",
    "orderList.place.opo": "POST orderList/opo",
    "orderList.place.opoco": "POST orderList/opoco",
    "orderList.cancel": "DELETE orderList",
    "orderList.status": "GET orderList",
    "allOrderLists": "GET allOrderList",
    "openOrderLists.status": "GET openOrderList",
    "sor.order.place": "POST sor/order",
    "sor.order.test": "POST sor/order/test",
    "allOrders": "GET allOrders",
    "myTrades": "GET myTrades",
    "myPreventedMatches": "GET myPreventedMatches",
    "myAllocations": "GET myAllocations",
    "myFilters": "GET myFilters",
    "account.status": "GET account",
    "account.commission": "GET account/commission",
    "account.rateLimits.orders": "GET rateLimit/order",
    "algoOrder.place": "POST algoOrder",
    "algoOrder.cancel": "DELETE algoOrder",
    "account.balance": "GET balance",
    "account.position": "GET positionRisk",
    "v2/account.balance": "GET v3/balance",
    "v2/account.position": "GET v3/positionRisk",
    "v2/account.status": "GET v3/account",
    "userDataStream.start": "POST listenKey",
    "userDataStream.ping": "PUT listenKey",
    "userDataStream.stop": "DELETE listenKey",
}
"""A method of a WebSocket API → the REST call that says the same."""
