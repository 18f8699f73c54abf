"""How often an account may make each call, by its path ("Rate Limit Rules", docs/v5/rate-limit, seen 2026-11).

Figures are those of the page for a unified account without a VIP level. Contracts and spot are counted apart. A batch
has a limit of its own, counted by its orders; where it goes beyond what is left, the first orders are carried out and
the others are refused ("Instructions for batch endpoints"). A path without a row may be asked as often as the address
may ask at all. The trade socket counts with REST; the page has no figures for it.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from simexchange.core.vocabulary.units import MINUTE, SECOND, Nanos
from simexchange.dialects.bybit.common.symbols import SPOT
from simexchange.dialects.contract import Rated

LIMIT_HEADER: Final = "X-Bapi-Limit"
LEFT_HEADER: Final = "X-Bapi-Limit-Status"
RESET_HEADER: Final = "X-Bapi-Limit-Reset-Timestamp"
HEADERS: Final = (LIMIT_HEADER, LEFT_HEADER, RESET_HEADER)

BATCH: Final = "-batch"
"""How the paths of batches end."""


class Rate(msgspec.Struct, frozen=True):
    """What one account may do of one call."""

    limit: int
    spot: int = 0
    """Of spot, where that is another figure; 0: the same, and counted apart all the same where a category is named."""
    span: Nanos = Nanos(SECOND)


def _a_minute(limit: int) -> Rate:
    return Rate(limit, span=Nanos(MINUTE))


RATES: Final[Mapping[str, Rate]] = {
    "/v5/order/create": Rate(10, spot=20),
    "/v5/order/amend": Rate(10),
    "/v5/order/cancel": Rate(10, spot=20),
    "/v5/order/cancel-all": Rate(10, spot=20),
    "/v5/order/create-batch": Rate(10, spot=20),
    "/v5/order/amend-batch": Rate(10, spot=20),
    "/v5/order/cancel-batch": Rate(10, spot=20),
    "/v5/order/disconnected-cancel-all": Rate(5),
    "/v5/order/pre-check": Rate(10, spot=20),
    "/v5/order/realtime": Rate(50),
    "/v5/order/history": Rate(50),
    "/v5/order/spot-borrow-check": Rate(50),
    "/v5/execution/list": Rate(50),
    "/v5/position/list": Rate(50),
    "/v5/position/closed-pnl": Rate(50),
    "/v5/position/get-closed-positions": Rate(50),
    "/v5/position/move-history": Rate(10),
    "/v5/position/set-leverage": Rate(10),
    "/v5/position/switch-mode": Rate(10),
    "/v5/position/trading-stop": Rate(10),
    "/v5/position/set-auto-add-margin": Rate(10),
    "/v5/position/add-margin": Rate(10),
    "/v5/position/confirm-pending-mmr": Rate(10),
    "/v5/position/move-positions": Rate(10),
    "/v5/account/wallet-balance": Rate(50),
    "/v5/account/withdrawal": Rate(50),
    "/v5/account/borrow-history": Rate(50),
    "/v5/account/collateral-info": Rate(50),
    "/v5/account/transaction-log": Rate(25),
    "/v5/account/fee-rate": Rate(5),
    "/v5/account/info": Rate(50),
    "/v5/account/instruments-info": Rate(10),
    "/v5/account/query-dcp-info": Rate(5),
    "/v5/account/smp-group": Rate(5),
    "/v5/account/user-setting-config": Rate(50),
    "/v5/account/mmp-modify": Rate(5),
    "/v5/account/mmp-reset": Rate(5),
    "/v5/account/quick-repayment": Rate(1),
    "/v5/account/set-collateral-switch-batch": Rate(5),
    "/v5/account/set-limit-px-action": Rate(10),
    "/v5/account/set-margin-mode": Rate(5),
    "/v5/account/upgrade-to-uta": Rate(1),
    "/v5/asset/coin-greeks": Rate(50),
    "/v5/asset/transfer/query-asset-info": _a_minute(60),
    "/v5/asset/transfer/query-transfer-coin-list": _a_minute(60),
    "/v5/asset/transfer/query-inter-transfer-list": _a_minute(60),
    "/v5/asset/transfer/query-sub-member-list": _a_minute(60),
    "/v5/asset/transfer/query-universal-transfer-list": Rate(5),
    "/v5/asset/transfer/query-account-coins-balance": Rate(5),
    "/v5/asset/transfer/query-account-coin-balance": Rate(450),
    "/v5/asset/transfer/inter-transfer": _a_minute(60),
    "/v5/asset/transfer/universal-transfer": Rate(5),
    "/v5/asset/withdraw/withdrawable-amount": Rate(300),
    "/v5/asset/withdraw/query-record": _a_minute(300),
    "/v5/asset/withdraw/create": Rate(5),
    "/v5/asset/withdraw/cancel": _a_minute(60),
    "/v5/asset/deposit/query-record": _a_minute(100),
    "/v5/asset/deposit/query-address": _a_minute(300),
    "/v5/asset/coin/query-info": Rate(5),
    "/v5/asset/exchange/order-record": _a_minute(600),
    "/v5/asset/delivery-record": Rate(50),
    "/v5/asset/settlement-record": Rate(50),
    "/v5/user/query-api": Rate(10),
    "/v5/user/query-sub-members": Rate(10),
    "/v5/user/submembers": Rate(5),
    "/v5/user/sub-apikeys": Rate(10),
    "/v5/user/get-member-type": Rate(10),
    "/v5/user/update-api": Rate(5),
    "/v5/user/update-sub-api": Rate(5),
    "/v5/user/delete-api": Rate(5),
    "/v5/user/delete-sub-api": Rate(5),
    "/v5/user/frozen-sub-member": Rate(5),
    "/v5/user/create-sub-member": Rate(1),
    "/v5/user/create-sub-api": Rate(1),
    "/v5/spot-margin-trade/switch-mode": Rate(5),
    "/v5/spot-margin-trade/set-leverage": Rate(5),
    "/v5/spot-margin-trade/state": Rate(50),
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
    """How often one account may make the call in the span of its limit; 0 where it has none of its own."""
    found = RATES.get(path)
    return 0 if found is None else found.limit


def rated(name: str, params: Mapping[str, str], raw: Mapping[str, Any]) -> Rated | None:
    """Which limit a call of that path, or a method of that name, falls under, and how much of it it uses.

    >>> rated("order.create", {"category": "spot"}, {})
    Rated(name='/v5/order/create spot', limit=20, span=1000000000, uses=1, headers=('X-Bapi-Limit', \
'X-Bapi-Limit-Status', 'X-Bapi-Limit-Reset-Timestamp'))
    """
    path = METHOD_PATHS.get(name, name)
    rate = RATES.get(path)
    if rate is None:
        return None
    category = params.get("category", "")
    spot = category == SPOT
    # Inverse and linear contracts share one limit: the page has one figure for both.
    line = f"{path} {'spot' if spot else 'contracts'}" if category else path
    return Rated(line, (rate.spot or rate.limit) if spot else rate.limit, rate.span, _orders(path, raw), HEADERS)


def _orders(path: str, raw: Mapping[str, Any]) -> int:
    """How many orders a batch has; one of anything else, or of what is no batch."""
    orders = raw.get("request") if path.startswith("/v5/order/") and path.endswith(BATCH) else None
    return max(1, len(orders)) if isinstance(orders, list) else 1
