"""Calls and methods in groups, as a fault plan may name them: what places orders, what cancels, what asks.

Patterns of names, ``METHOD path`` on REST; ``*`` stands for anything, slashes too. Calls that only test an order are
in none of them.
"""

from collections.abc import Mapping
from typing import Final

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": (
        "POST */order", "POST */order/oco", "POST */order/cancelReplace", "POST */orderList/*", "POST */batchOrders",
        "POST */algoOrder", "PUT */order", "PUT */batchOrders", "PUT */order/amend/keepPriority",
        "order.place", "order.modify", "order.cancelReplace", "order.amend.keepPriority", "orderList.place*",
        "sor.order.place", "algoOrder.place",
    ),
    "cancels": (
        "DELETE */order", "DELETE */openOrders", "DELETE */orderList", "DELETE */batchOrders",
        "DELETE */allOpenOrders", "DELETE */algoOrder", "DELETE */algoOpenOrders",
        "order.cancel", "openOrders.cancelAll", "orderList.cancel", "algoOrder.cancel",
    ),
    "reads": (
        "GET */order", "GET */openOrder", "GET */openOrders", "GET */allOrders", "GET */orderList",
        "GET */allOrderList", "GET */openOrderList", "GET */algoOrder", "GET */openAlgoOrders", "GET */allAlgoOrders",
        "GET */myTrades", "GET */userTrades", "GET */myAllocations", "GET */order/amendments", "GET */income",
        "GET */v?/account", "GET */v?/balance", "GET */v?/positionRisk",
        "order.status", "openOrders.status", "allOrders", "orderList.status", "openOrderLists.status",
        "allOrderLists", "myTrades", "myAllocations", "account.status", "account.balance", "account.position",
        "v2/account.*",
    ),
    "snapshots": ("GET */depth", "depth"),
}  # fmt: skip
