"""What a key must be allowed for each call.

The venue marks its calls TRADE, USER_DATA or USER_STREAM: trading is what changes something with POST, PUT or DELETE
("Endpoint security type", spot and derivatives; seen 2026-11). `/sapi` names the option a key needs, call by call
("User Universal Transfer": Permits Universal Transfer; "Universal Transfer" of sub-accounts: internal transfer;
"Transfer to Master": Spot & Margin Trading; seen 2026-11).
"""

from typing import Final

from simexchange.dialects.contract import Auth, Method, Permission, Route

READING: Final = Permission.READING

SAPI: Final = {
    ("POST", "/sapi/v1/asset/transfer"): Permission.UNIVERSAL_TRANSFER,
    ("POST", "/sapi/v1/sub-account/universalTransfer"): Permission.INTERNAL_TRANSFER,
    ("POST", "/sapi/v1/sub-account/futures/transfer"): Permission.INTERNAL_TRANSFER,
    ("POST", "/sapi/v1/sub-account/futures/internalTransfer"): Permission.INTERNAL_TRANSFER,
    ("POST", "/sapi/v1/sub-account/virtualSubAccount"): Permission.SPOT_TRADING,
    ("POST", "/sapi/v1/sub-account/transfer/subToMaster"): Permission.SPOT_TRADING,
    ("POST", "/sapi/v1/sub-account/transfer/subToSub"): Permission.SPOT_TRADING,
}
"""Calls of `/sapi` that need more than to read."""

TRADING: Final = {
    "/api": Permission.SPOT_TRADING,
    "/fapi": Permission.FUTURES,
    "/dapi": Permission.FUTURES,
}
QUESTIONS: Final = frozenset({
    "order.status", "order.amendments", "orderList.status", "openOrders.status", "openOrderLists.status",
})  # fmt: skip
"""Methods whose names begin like those that trade, and that only ask."""
TRADE_WORDS: Final = ("order.", "orderList.", "openOrders.", "openOrderLists.", "sor.", "algoOrder.")


def of_route(route: Route) -> Permission | None:
    """What *route* asks of a key; None where it needs no key."""
    if route.auth is Auth.NONE:
        return None
    if route.auth is Auth.KEY or route.method == "GET":
        return READING
    prefix = f"/{route.path.split('/', 2)[1]}"
    return TRADING.get(prefix) or SAPI.get((route.method, route.path), READING)


def of_method(method: Method, product: str) -> Permission | None:
    """The same of a method of the WebSocket API."""
    if method.auth is Auth.NONE:
        return None
    if method.auth is Auth.KEY or method.name in QUESTIONS or not method.name.startswith(TRADE_WORDS):
        return READING
    return Permission.SPOT_TRADING if product == "spot" else Permission.FUTURES
