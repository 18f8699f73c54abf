"""Calls of spot that weigh nothing where they go well, since 2026-04-02: those that place and cancel orders.

"CHANGELOG" of binance/binance-spot-api-docs, 2026-03-27 and 2026-04-02. An amended order is charged still, unless the
amendment ends it, which it does not do here.
"""

from typing import Final

from msgspec.structs import replace

from simexchange.dialects.contract import Method, Route

ROUTES: Final = frozenset(
    {
        ("POST", "/api/v3/order"),
        ("POST", "/api/v3/sor/order"),
        ("DELETE", "/api/v3/order"),
        ("DELETE", "/api/v3/openOrders"),
        ("POST", "/api/v3/order/cancelReplace"),
        ("POST", "/api/v3/order/oco"),
        ("POST", "/api/v3/orderList/oco"),
        ("POST", "/api/v3/orderList/oto"),
        ("POST", "/api/v3/orderList/otoco"),
        ("POST", "/api/v3/orderList/opo"),
        ("POST", "/api/v3/orderList/opoco"),
        ("DELETE", "/api/v3/orderList"),
    }
)
METHODS: Final = frozenset(
    {
        "order.place",
        "sor.order.place",
        "order.cancel",
        "openOrders.cancelAll",
        "order.cancelReplace",
        "orderList.place",
        "orderList.place.oco",
        "orderList.place.oto",
        "orderList.place.otoco",
        "orderList.place.opo",
        "orderList.place.opoco",
        "orderList.cancel",
    }
)


def free_routes(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    """*routes*, those of the table free."""
    return tuple(replace(route, free=True) if (route.method, route.path) in ROUTES else route for route in routes)


def free_methods(methods: tuple[Method, ...]) -> tuple[Method, ...]:
    """*methods*, those of the table free."""
    return tuple(replace(method, free=True) if method.name in METHODS else method for method in methods)
