"""The methods of the COIN-M WebSocket API: reading an account, and listen keys. It has no market data."""

from typing import Final

from simexchange.dialects.binance.coinm import account
from simexchange.dialects.binance.coinm.routes import NOT_TRADED
from simexchange.dialects.contract import Auth, Coverage, Method

METHODS: Final[tuple[Method, ...]] = (
    *(
        Method(name, account.not_traded, Auth.SIGNED, 1, Coverage.NONE, NOT_TRADED)
        for name in (
            "order.place",
            "order.modify",
            "order.cancel",
            "order.status",
            "algoOrder.place",
            "algoOrder.cancel",
        )
    ),
    Method("account.status", account.account, Auth.SIGNED, 5, Coverage.PARTIAL, NOT_TRADED),
    Method("account.balance", account.balance, Auth.SIGNED, 5, Coverage.PARTIAL, NOT_TRADED),
    Method("account.position", account.nothing, Auth.SIGNED, 5, Coverage.PARTIAL, NOT_TRADED),
    Method("userDataStream.start", account.open_listen_key, Auth.KEY, 1),
    Method("userDataStream.ping", account.renew_listen_key, Auth.KEY, 1),
    Method("userDataStream.stop", account.close_listen_key, Auth.KEY, 1),
)
