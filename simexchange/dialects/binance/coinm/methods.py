"""The methods of the COIN-M WebSocket API: orders, accounts and listen keys. It has no market data.

Those of USDⓈ-M with an account in one version only. Conditional orders are taken over REST alone: so say the venue's
own client and ccxt 4.5.90.
"""

from typing import Final

from msgspec.structs import replace

from simexchange.dialects.binance.changes import ALGO_SERVICE, MODIFY_BOTH, ApiAsOf
from simexchange.dialects.binance.coinm import account
from simexchange.dialects.binance.coinm.requests import MARGIN_ASSET, PAIR
from simexchange.dialects.binance.common.params import checker
from simexchange.dialects.binance.common.symbols import COINM
from simexchange.dialects.binance.usdm import methods as linear, modifying
from simexchange.dialects.contract import Auth, Method

SAME: Final = (
    "order.place",
    "order.modify",
    "order.cancel",
    "order.status",
    "userDataStream.start",
    "userDataStream.ping",
    "userDataStream.stop",
)
METHODS: Final[tuple[Method, ...]] = (
    *(method for method in linear.METHODS if method.name in SAME),
    Method("account.status", account.account, Auth.SIGNED, 5),
    Method("account.balance", account.balance, Auth.SIGNED, 5),
    Method("account.position", account.positions, Auth.SIGNED, 5, check=checker(MARGIN_ASSET, PAIR)),
)


def methods_as_of(as_of: ApiAsOf) -> tuple[Method, ...]:
    """The methods as they were then."""
    methods = METHODS if as_of.has(ALGO_SERVICE, COINM) else linear.before_algo_service(METHODS)
    if not as_of.has(MODIFY_BOTH, COINM):
        methods = tuple(
            replace(method, check=modifying.check_either) if method.name == "order.modify" else method
            for method in methods
        )
    return methods
