"""Every USDⓈ-M REST call that is served, with its weight and what of it is missing.

Weights: developers.binance.com, "USDⓈ-M Futures", seen 2026-11; orders weigh nothing and are counted instead.
"""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from simexchange.dialects.binance.changes import ALGO_SERVICE, ANY_SYMBOL, CALLBACK_TO_TWENTY, ApiAsOf
from simexchange.dialects.binance.common.intervals import FUTURES_INTERVALS
from simexchange.dialects.binance.common.params import Param, anything, boolean, checker, integer, one_of
from simexchange.dialects.binance.common.symbols import USDM
from simexchange.dialects.binance.usdm import (
    account,
    algo,
    basis,
    collateral,
    errors,
    income,
    insurance,
    market,
    modifying,
    rarer,
    sessions,
    settings,
    statistics,
    trading,
)
from simexchange.dialects.binance.usdm.conditions import (
    ALGO_TYPE,
    ONE_ALGO_ORDER,
    check_algo_order,
    check_algo_order_to_ten,
    check_any_order,
    one_algo_order,
)
from simexchange.dialects.binance.usdm.requests import (
    ONE_ORDER,
    POSITION_SIDE,
    STAMP,
    SYMBOL,
    check_new_order,
    one_of_two,
)
from simexchange.dialects.contract import Auth, Check, Coverage, Handler, Route, Weight

NEEDED: Final = SYMBOL.needed()
TIMES: Final = (Param("startTime", STAMP), Param("endTime", STAMP))


def limit(most: int) -> Param:
    return Param("limit", integer(1, most))


LONGEST_COUNTDOWN_MS: Final = 365 * 86_400_000
"""The venue names no bound; a year is one nobody meets."""


def weigh(*steps: tuple[int, int], above: int, default: int) -> Callable[[Mapping[str, str]], int]:
    """A weight that grows with ``limit``: (up to, weight) …, then *above*; *default* is the limit if none is sent."""

    def weight(params: Mapping[str, str]) -> int:
        sent = params.get("limit") or ""
        asked = int(sent) if sent.isascii() and sent.isdecimal() else default
        return next((cost for most, cost in steps if asked <= most), above)

    return weight


def per_symbol(one: int, every: int) -> Callable[[Mapping[str, str]], int]:
    """A weight that depends on whether a symbol is named."""

    def weight(params: Mapping[str, str]) -> int:
        return one if params.get("symbol") else every

    return weight


KLINES: Final = weigh((99, 1), (499, 2), (1000, 5), above=10, default=500)
DEPTH: Final = weigh((50, 2), (100, 5), (500, 10), above=20, default=500)
INTERVAL: Final = Param("interval", one_of(tuple(FUTURES_INTERVALS), errors.BAD_INTERVAL), required=True)
PAIR: Final = Param("pair", anything, required=True)
CANDLES: Final = (INTERVAL, *TIMES, limit(1500))
CONTRACT_TYPE: Final = Param("contractType", anything, required=True)
TOP_BY_SIZE: Final = "the fifth of the accounts with the greatest positions, not with the greatest balances"
STATISTICS: Final = (SYMBOL, Param("pair", anything), Param("period", anything), *TIMES, limit(500))
PERIOD: Final = Param("period", one_of(market.PERIODS), required=True)


def public(path: str, handler: Handler, *params: Param, weight: Weight = 1, doc: str = "") -> Route:
    """A call anybody may make."""
    coverage = Coverage.PARTIAL if doc else Coverage.FULL
    return Route("GET", path, handler, Auth.NONE, weight, coverage, doc, checker(*params))


def signed(
    method: str,
    path: str,
    handler: Handler,
    *params: Param,
    weight: Weight = 1,
    doc: str = "",
    check: Check | None = None,
    then: Check | None = None,
) -> Route:
    """A call of an account's owner."""
    coverage = Coverage.PARTIAL if doc else Coverage.FULL
    return Route(method, path, handler, Auth.SIGNED, weight, coverage, doc, check or checker(*params, then=then))


MARKET_DATA: Final = (
    public("/fapi/v1/ping", market.ping),
    public("/fapi/v1/time", market.time),
    public("/fapi/v1/exchangeInfo", market.exchange_info),
    public("/fapi/v1/depth", market.depth, NEEDED, Param("limit", integer()), weight=DEPTH),
    public("/fapi/v1/rpiDepth", rarer.rpi_depth, NEEDED, Param("limit", integer()), weight=20),
    public("/fapi/v1/trades", market.trades, NEEDED, limit(1000), weight=5),
    Route(
        "GET",
        "/fapi/v1/historicalTrades",
        market.historical_trades,
        Auth.KEY,
        200,
        Coverage.PARTIAL,
        "reaches back as far as prints are kept",
        checker(NEEDED, limit(1000), Param("fromId", integer())),
    ),
    public(
        "/fapi/v1/aggTrades",
        market.aggregate_trades,
        NEEDED,
        Param("fromId", integer()),
        *TIMES,
        limit(1000),
        weight=20,
    ),
    public("/fapi/v1/klines", market.klines, NEEDED, *CANDLES, weight=KLINES),
    public("/fapi/v1/continuousKlines", market.continuous_klines, PAIR, CONTRACT_TYPE, *CANDLES, weight=KLINES),
    public("/fapi/v1/markPriceKlines", market.mark_klines, NEEDED, *CANDLES, weight=KLINES),
    public("/fapi/v1/indexPriceKlines", market.index_klines, PAIR, *CANDLES, weight=KLINES),
    public("/fapi/v1/premiumIndexKlines", market.premium_klines, NEEDED, *CANDLES, weight=KLINES),
    public("/fapi/v1/premiumIndex", market.premium_index, SYMBOL, weight=per_symbol(1, 10)),
    public("/fapi/v1/fundingRate", market.settled_rates, SYMBOL, *TIMES, limit(1000), weight=0),
    public("/fapi/v1/fundingInfo", market.rate_limits, weight=0),
    public("/fapi/v1/ticker/24hr", market.ticker, SYMBOL, weight=per_symbol(1, 40)),
    public("/fapi/v1/ticker/price", market.price, SYMBOL, weight=per_symbol(1, 2)),
    public("/fapi/v2/ticker/price", market.price, SYMBOL, weight=per_symbol(1, 2)),
    public("/fapi/v1/ticker/bookTicker", market.book_ticker, SYMBOL, weight=per_symbol(2, 5)),
    public("/fapi/v1/openInterest", market.open_interest, NEEDED),
    public("/fapi/v1/symbolAdlRisk", insurance.adl_risk, SYMBOL, doc="by the insurance fund and the open interest"),
    public("/fapi/v1/constituents", market.constituents, NEEDED, weight=2),
    public("/fapi/v1/assetIndex", collateral.asset_index, SYMBOL, weight=per_symbol(1, 10)),
    public("/fapi/v1/indexInfo", rarer.index_info, SYMBOL),
    public("/fapi/v1/tradingSchedule", rarer.trading_schedule, weight=5),
    public("/fapi/v1/insuranceBalance", insurance.balance, SYMBOL),
    Route(
        "GET",
        "/futures/data/openInterestHist",
        statistics.open_interest_history,
        weight=0,
        check=checker(*STATISTICS, Param("contractType", anything), then=statistics.check_named),
    ),
    public(
        "/futures/data/takerBuySellVol",
        statistics.taker_volumes,
        PAIR,
        CONTRACT_TYPE,
        PERIOD,
        *TIMES,
        limit(500),
        weight=0,
    ),
    public("/futures/data/takerlongshortRatio", statistics.taker_ratio, NEEDED, PERIOD, *TIMES, limit(500), weight=0),
    public(
        "/futures/data/basis",
        basis.basis,
        PAIR,
        CONTRACT_TYPE,
        Param("period", anything, required=True),
        *TIMES,
        limit(500),
        weight=0,
    ),
    public("/futures/data/delivery-price", basis.delivery_prices, PAIR, weight=0),
    *(
        Route(
            "GET",
            f"/futures/data/{name}",
            handler,
            weight=0,
            coverage=Coverage.PARTIAL if lacks else Coverage.FULL,
            doc=lacks,
            check=checker(*STATISTICS, then=statistics.check_either_name),
        )
        for name, handler, lacks in (
            ("topLongShortAccountRatio", statistics.top_accounts_ratio, TOP_BY_SIZE),
            ("topLongShortPositionRatio", statistics.top_positions_ratio, TOP_BY_SIZE),
            ("globalLongShortAccountRatio", statistics.accounts_ratio, ""),
        )
    ),
)

AUTO_CLOSE: Final = Param("autoCloseType", one_of(tuple(trading.FORCED)))
NO_RPI: Final = "no RPI orders"
TRADING: Final = (
    signed(
        "POST",
        "/fapi/v1/order",
        trading.place,
        weight=0,
        check=check_new_order,
        doc=NO_RPI,
    ),
    signed("POST", "/fapi/v1/order/test", trading.place_test, check=check_new_order, doc="as POST order"),
    signed("GET", "/fapi/v1/order", trading.status, *ONE_ORDER, then=one_of_two),
    signed("DELETE", "/fapi/v1/order", trading.cancel, *ONE_ORDER, then=one_of_two),
    signed("PUT", "/fapi/v1/order", modifying.modify, weight=0, check=modifying.check_modify),
    signed(
        "POST",
        "/fapi/v1/batchOrders",
        trading.place_batch,
        Param("batchOrders", anything, required=True),
        weight=5,
        doc="as POST order",
    ),
    signed("DELETE", "/fapi/v1/batchOrders", trading.cancel_batch, NEEDED),
    signed(
        "PUT",
        "/fapi/v1/batchOrders",
        modifying.modify_batch,
        Param("batchOrders", anything, required=True),
        weight=5,
    ),
    signed(
        "GET",
        "/fapi/v1/orderAmendment",
        modifying.history,
        *ONE_ORDER,
        *TIMES,
        limit(100),
        then=one_of_two,
    ),
    signed("GET", "/fapi/v1/openOrder", trading.open_order, *ONE_ORDER, then=one_of_two),
    signed("GET", "/fapi/v1/openOrders", trading.open_orders, SYMBOL, weight=per_symbol(1, 40)),
    signed(
        "GET",
        "/fapi/v1/allOrders",
        trading.all_orders,
        SYMBOL,
        Param("orderId", integer()),
        *TIMES,
        limit(1000),
        weight=5,
    ),
    signed("DELETE", "/fapi/v1/allOpenOrders", trading.cancel_all, NEEDED),
    signed(
        "GET",
        "/fapi/v1/userTrades",
        trading.user_trades,
        NEEDED,
        Param("orderId", integer()),
        Param("fromId", integer()),
        *TIMES,
        limit(1000),
        weight=5,
    ),
    signed(
        "GET",
        "/fapi/v1/forceOrders",
        trading.forced_orders,
        SYMBOL,
        AUTO_CLOSE,
        *TIMES,
        limit(100),
        weight=per_symbol(20, 50),
    ),
    signed(
        "POST",
        "/fapi/v1/countdownCancelAll",
        trading.countdown,
        NEEDED,
        Param("countdownTime", integer(0, LONGEST_COUNTDOWN_MS), required=True),
        weight=10,
    ),
    signed("POST", "/fapi/v1/algoOrder", algo.place, weight=0, check=check_algo_order),
    signed("DELETE", "/fapi/v1/algoOrder", algo.cancel, *ONE_ALGO_ORDER, then=one_algo_order),
    signed("GET", "/fapi/v1/algoOrder", algo.status, *ONE_ALGO_ORDER, then=one_algo_order),
    signed(
        "GET",
        "/fapi/v1/openAlgoOrders",
        algo.open_orders,
        SYMBOL,
        ALGO_TYPE,
        Param("algoId", integer()),
        weight=per_symbol(1, 40),
    ),
    signed(
        "GET",
        "/fapi/v1/allAlgoOrders",
        algo.all_orders,
        NEEDED,
        Param("algoId", integer()),
        *TIMES,
        Param("page", integer(1)),
        limit(1000),
        weight=5,
    ),
    signed("DELETE", "/fapi/v1/algoOpenOrders", algo.cancel_all, NEEDED),
)

ACCOUNT: Final = (
    signed("GET", "/fapi/v3/account", account.account_v3, weight=5),
    signed("GET", "/fapi/v2/account", account.account_v2, weight=5),
    signed("GET", "/fapi/v3/balance", account.balance, weight=5),
    signed("GET", "/fapi/v2/balance", account.balance, weight=5),
    signed("GET", "/fapi/v3/positionRisk", account.positions_v3, SYMBOL, weight=5),
    signed("GET", "/fapi/v2/positionRisk", account.positions_v2, SYMBOL, weight=5),
    signed("GET", "/fapi/v1/adlQuantile", account.adl_quantile, SYMBOL, weight=5),
    signed("GET", "/fapi/v1/leverageBracket", account.leverage_bracket, SYMBOL),
    signed("POST", "/fapi/v1/leverage", settings.leverage, NEEDED, Param("leverage", integer(), required=True)),
    signed(
        "POST",
        "/fapi/v1/marginType",
        settings.margin_type,
        NEEDED,
        Param("marginType", one_of(("ISOLATED", "CROSSED")), required=True),
    ),
    signed("GET", "/fapi/v1/positionSide/dual", settings.position_mode, weight=30),
    signed(
        "POST",
        "/fapi/v1/positionSide/dual",
        settings.set_position_mode,
        Param("dualSidePosition", boolean, required=True),
    ),
    signed("GET", "/fapi/v1/multiAssetsMargin", collateral.multi_assets, weight=30),
    signed(
        "POST",
        "/fapi/v1/multiAssetsMargin",
        collateral.set_multi_assets,
        Param("multiAssetsMargin", boolean, required=True),
    ),
    signed(
        "POST",
        "/fapi/v1/positionMargin",
        settings.position_margin,
        NEEDED,
        POSITION_SIDE,
        Param("amount", settings.amount, required=True),
        settings.MARGIN_WAY.needed(),
    ),
    signed(
        "GET",
        "/fapi/v1/positionMargin/history",
        settings.position_margin_history,
        NEEDED,
        settings.MARGIN_WAY,
        *TIMES,
        limit(500),
    ),
    signed(
        "GET",
        "/fapi/v1/income",
        income.income,
        SYMBOL,
        Param("incomeType", one_of((*income.INCOME, *income.OTHER_INCOME))),
        *TIMES,
        Param("page", integer(1)),
        limit(1000),
        weight=30,
    ),
    signed("GET", "/fapi/v1/commissionRate", account.commission_rate, NEEDED, weight=20),
    signed("GET", "/fapi/v1/symbolConfig", account.symbol_config, SYMBOL, weight=5),
    signed("GET", "/fapi/v1/accountConfig", account.account_config, weight=5),
    signed(
        "GET",
        "/fapi/v1/apiTradingStatus",
        account.trading_status,
        SYMBOL,
        weight=per_symbol(1, 10),
        doc="no indicators",
    ),
    signed("GET", "/fapi/v1/feeBurn", settings.fee_burn, weight=30),
    signed("POST", "/fapi/v1/feeBurn", settings.set_fee_burn, Param("feeBurn", boolean, required=True)),
    signed("GET", "/fapi/v1/rateLimit/order", account.order_rate_limits),
    Route("POST", "/fapi/v1/listenKey", sessions.open_listen_key, Auth.KEY),
    Route("PUT", "/fapi/v1/listenKey", sessions.renew_listen_key, Auth.KEY),
    Route("DELETE", "/fapi/v1/listenKey", sessions.close_listen_key, Auth.KEY),
)

ROUTES: Final = MARKET_DATA + TRADING + ACCOUNT


def before_algo_service(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    """The calls as they were when conditional orders were ordinary ones: there is no Algo Service."""
    return tuple(
        replace(route, check=check_any_order) if route.path in TAKE_ANY and route.method == "POST" else route
        for route in routes
        if "lgo" not in route.path.rpartition("/")[2]
    )


TAKE_ANY: Final = ("/fapi/v1/order", "/fapi/v1/order/test", "/dapi/v1/order")
ALL_ORDERS_OF_ONE: Final = checker(NEEDED, Param("orderId", integer()), *TIMES, limit(1000))


def routes_as_of(as_of: ApiAsOf) -> tuple[Route, ...]:
    """The calls as they were then."""
    routes = ROUTES if as_of.has(ALGO_SERVICE, USDM) else before_algo_service(ROUTES)
    checks: dict[tuple[str, str], Check] = {}
    if not as_of.has(ANY_SYMBOL, USDM):
        checks["GET", "/fapi/v1/allOrders"] = ALL_ORDERS_OF_ONE
    if not as_of.has(CALLBACK_TO_TWENTY, USDM):
        checks["POST", "/fapi/v1/algoOrder"] = check_algo_order_to_ten
    return checked(routes, checks)


def checked(routes: tuple[Route, ...], checks: Mapping[tuple[str, str], Check]) -> tuple[Route, ...]:
    """*routes*, of which those named by method and path judge their parameters otherwise."""
    return tuple(replace(route, check=checks.get((route.method, route.path), route.check)) for route in routes)
