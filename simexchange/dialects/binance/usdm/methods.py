"""The methods of the USDⓈ-M WebSocket API: the same handlers as REST, under their own names.

Names: developers.binance.com, "USDⓈ-M Futures, WebSocket API", seen 2026-11; klines and trades.historical are asked
for by ccxt without being documented there.
"""

from typing import Final

from msgspec.structs import replace

from simexchange.dialects.binance.changes import ALGO_SERVICE, CALLBACK_TO_TWENTY, ApiAsOf
from simexchange.dialects.binance.common import logon
from simexchange.dialects.binance.common.params import Param, checker, integer
from simexchange.dialects.binance.common.symbols import USDM
from simexchange.dialects.binance.usdm import account, algo, market, modifying, sessions, trading
from simexchange.dialects.binance.usdm.conditions import (
    ONE_ALGO_ORDER,
    check_algo_order,
    check_algo_order_to_ten,
    check_any_order,
    one_algo_order,
)
from simexchange.dialects.binance.usdm.requests import ONE_ORDER, SYMBOL, check_new_order, one_of_two
from simexchange.dialects.binance.usdm.routes import CANDLES, DEPTH, KLINES, NO_RPI, limit, per_symbol
from simexchange.dialects.contract import Auth, Coverage, Method

NEEDED: Final = SYMBOL.needed()
PARTIAL: Final = Coverage.PARTIAL

METHODS: Final[tuple[Method, ...]] = (
    Method("ping", market.ping, weight=1),
    Method("time", market.time, weight=1),
    Method("exchangeInfo", market.exchange_info, weight=1),
    Method("depth", market.depth, weight=DEPTH, check=checker(NEEDED, Param("limit", integer()))),
    Method("klines", market.klines, weight=KLINES, check=checker(NEEDED, *CANDLES)),
    Method(
        "trades.historical",
        market.historical_trades,
        Auth.NONE,
        20,
        PARTIAL,
        "reaches back as far as prints are kept",
        checker(NEEDED, limit(1000), Param("fromId", integer())),
    ),
    Method("ticker.price", market.price, weight=per_symbol(1, 2), check=checker(SYMBOL)),
    Method("ticker.book", market.book_ticker, weight=per_symbol(2, 5), check=checker(SYMBOL)),
    Method(
        "order.place",
        trading.place,
        Auth.SIGNED,
        0,
        PARTIAL,
        NO_RPI,
        check_new_order,
    ),
    Method("order.status", trading.status, Auth.SIGNED, 1, check=checker(*ONE_ORDER, then=one_of_two)),
    Method("order.cancel", trading.cancel, Auth.SIGNED, 1, check=checker(*ONE_ORDER, then=one_of_two)),
    Method("order.modify", modifying.modify, Auth.SIGNED, 0, check=modifying.check_modify),
    Method("algoOrder.place", algo.place, Auth.SIGNED, 0, check=check_algo_order),
    Method("algoOrder.cancel", algo.cancel, Auth.SIGNED, 1, check=checker(*ONE_ALGO_ORDER, then=one_algo_order)),
    Method("account.status", account.account_v2, Auth.SIGNED, 5),
    Method("v2/account.status", account.account_v3, Auth.SIGNED, 5),
    Method("account.balance", account.balance, Auth.SIGNED, 5),
    Method("v2/account.balance", account.balance, Auth.SIGNED, 5),
    Method("account.position", account.positions_v2, Auth.SIGNED, 5, check=checker(SYMBOL)),
    Method("v2/account.position", account.positions_v3, Auth.SIGNED, 5, check=checker(SYMBOL)),
    *logon.methods(streams=False),
    Method("userDataStream.start", sessions.open_listen_key, Auth.KEY, 1),
    Method("userDataStream.ping", sessions.renew_listen_key, Auth.KEY, 1),
    Method("userDataStream.stop", sessions.close_listen_key, Auth.KEY, 1),
)


def before_algo_service(methods: tuple[Method, ...]) -> tuple[Method, ...]:
    """The methods as they were when conditional orders were ordinary ones."""
    return tuple(
        replace(method, check=check_any_order) if method.name == "order.place" else method
        for method in methods
        if not method.name.startswith("algoOrder")
    )


def methods_as_of(as_of: ApiAsOf) -> tuple[Method, ...]:
    """The methods as they were then."""
    methods = METHODS if as_of.has(ALGO_SERVICE, USDM) else before_algo_service(METHODS)
    if as_of.has(CALLBACK_TO_TWENTY, USDM):
        return methods
    return tuple(
        replace(method, check=check_algo_order_to_ten) if method.name == "algoOrder.place" else method
        for method in methods
    )
