"""How often an account may make each call in a second, by its path ("Rate Limit Rules", docs/v5, seen 2026-11).

Figures are those of the page for a unified account without a VIP level. A batch counts its orders against the same
limit as single ones. A path without a row may be asked as often as the address may ask at all.
"""

from collections.abc import Mapping
from typing import Final

LIMIT_HEADER: Final = "X-Bapi-Limit"
LEFT_HEADER: Final = "X-Bapi-Limit-Status"
RESET_HEADER: Final = "X-Bapi-Limit-Reset-Timestamp"

RATES: Final[Mapping[str, int]] = {
    "/v5/order/create": 10,
    "/v5/order/amend": 10,
    "/v5/order/cancel": 10,
    "/v5/order/cancel-all": 10,
    "/v5/order/create-batch": 10,
    "/v5/order/amend-batch": 10,
    "/v5/order/cancel-batch": 10,
    "/v5/order/realtime": 50,
    "/v5/order/history": 50,
    "/v5/execution/list": 50,
    "/v5/position/list": 50,
    "/v5/position/closed-pnl": 50,
    "/v5/position/set-leverage": 10,
    "/v5/account/wallet-balance": 50,
    "/v5/account/fee-rate": 10,
    "/v5/account/transaction-log": 30,
    "/v5/asset/transfer/query-account-coins-balance": 5,
    "/v5/asset/coin/query-info": 5,
    "/v5/asset/transfer/inter-transfer": 20,
}
METHOD_PATHS: Final[Mapping[str, str]] = {
    "order.create": "/v5/order/create",
    "order.amend": "/v5/order/amend",
    "order.cancel": "/v5/order/cancel",
    "order.create-batch": "/v5/order/create-batch",
    "order.amend-batch": "/v5/order/amend-batch",
    "order.cancel-batch": "/v5/order/cancel-batch",
}
"""The call whose limit a method of the trade socket has."""


def rate_of(path: str) -> int:
    """Calls a second; 0 where there is no limit of its own."""
    return RATES.get(path, 0)
