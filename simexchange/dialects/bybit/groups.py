"""Calls and methods in groups, as a fault plan may name them: what places orders, what cancels, what asks.

Patterns of names, ``METHOD path`` on REST; ``*`` stands for anything, slashes too.
"""

from collections.abc import Mapping
from typing import Final

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": (
        "POST */order/create", "POST */order/amend", "POST */order/create-batch", "POST */order/amend-batch",
        "order.create", "order.amend", "order.create-batch", "order.amend-batch",
    ),
    "cancels": (
        "POST */order/cancel", "POST */order/cancel-all", "POST */order/cancel-batch",
        "order.cancel", "order.cancel-batch",
    ),
    "reads": (
        "GET */order/realtime", "GET */order/history", "GET */execution/list", "GET */position/*", "GET */account/*",
    ),
    "snapshots": ("GET */market/orderbook",),
}  # fmt: skip
