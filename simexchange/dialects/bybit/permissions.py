"""What a key must be allowed for each call.

Bybit's keys have groups of rights: orders and positions of contracts, spot trading, transfers between the account's own
wallets, withdrawals; what is asked by GET needs a key that reads ("API key", docs/v5/user/apikey-info.mdx, snapshot
2026-07-24, seen 2026-11). Which group an order needs is said by its category, so a call about orders asks for either.
"""

from typing import Final

from simexchange.dialects.bybit.common.symbols import SPOT
from simexchange.dialects.contract import Auth, Method, Permission, Route

READING: Final = Permission.READING
TRADING: Final = ("/v5/order/", "/v5/position/", "/v5/account/", "/v5/spot-margin-trade/")
TRANSFERS: Final = {
    "/v5/asset/transfer/inter-transfer": Permission.UNIVERSAL_TRANSFER,
    "/v5/asset/transfer/universal-transfer": Permission.INTERNAL_TRANSFER,
    "/v5/asset/transfer/save-transfer-sub-member": Permission.INTERNAL_TRANSFER,
    "/v5/user/create-sub-member": Permission.INTERNAL_TRANSFER,
    "/v5/asset/withdraw/create": Permission.WITHDRAWALS,
}


def of_route(route: Route) -> Permission | None:
    """What *route* asks of a key; None where it needs no key. Of an order's own category see `of_category`."""
    if route.auth is Auth.NONE:
        return None
    if route.method == "GET":
        return READING
    if route.path.startswith(TRADING):
        return Permission.FUTURES
    return TRANSFERS.get(route.path, READING)


def of_method(method: Method) -> Permission | None:
    """The same of a method of a socket."""
    if method.auth is Auth.NONE:
        return None
    return Permission.FUTURES if method.name.startswith("order.") else READING


def of_category(needed: Permission, category: str) -> Permission:
    """What is asked of a key where a call that trades names its category."""
    return Permission.SPOT_TRADING if needed is Permission.FUTURES and category == SPOT else needed
