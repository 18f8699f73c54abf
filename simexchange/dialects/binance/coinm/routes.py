"""Every COIN-M REST call that is served: those of USDⓈ-M under ``/dapi``, and those that are different.

Weights and parameters: docstrings of the venue's own client (derivatives-trading-coin-futures 14.1.0) and, for the Algo
Service, live answers told by ccxt 4.5.90; seen 2026-11.
"""

from typing import Final

from msgspec.structs import replace

from simexchange.dialects.binance.changes import ALGO_SERVICE, FLAT_WEIGHTS, MODIFY_BOTH, ApiAsOf
from simexchange.dialects.binance.coinm import account, market
from simexchange.dialects.binance.coinm.requests import INCOME_TYPE, MARGIN_ASSET, PAIR, not_both, one_name
from simexchange.dialects.binance.common.params import Param, checker, integer
from simexchange.dialects.binance.common.symbols import COINM
from simexchange.dialects.binance.usdm import income, modifying, routes as linear, trading
from simexchange.dialects.binance.usdm.conditions import check_algo_order_to_ten
from simexchange.dialects.binance.usdm.market import rate_limits, settled_rates
from simexchange.dialects.binance.usdm.requests import SYMBOL
from simexchange.dialects.binance.usdm.routes import NEEDED, TIMES, limit, per_symbol, public, signed
from simexchange.dialects.contract import Auth, Coverage, Handler, Route, Weight

LINEAR, INVERSE = "/fapi", "/dapi"
ALGO_CALLS: Final = (
    ("POST", "algoOrder"),
    ("DELETE", "algoOrder"),
    ("GET", "algoOrder"),
    ("GET", "openAlgoOrders"),
    ("GET", "allAlgoOrders"),
    ("DELETE", "algoOpenOrders"),
)
SAME: Final = (
    *ALGO_CALLS,
    *(
        ("GET", name)
        for name in (
            "ping",
            "time",
            "aggTrades",
            "klines",
            "continuousKlines",
            "markPriceKlines",
            "indexPriceKlines",
            "premiumIndexKlines",
            "order",
            "openOrder",
            "orderAmendment",
            "adlQuantile",
            "positionSide/dual",
            "positionMargin/history",
            "commissionRate",
        )
    ),
    *(("POST", name) for name in ("order", "batchOrders", "countdownCancelAll", "leverage", "marginType")),
    *(("POST", name) for name in ("positionSide/dual", "positionMargin", "listenKey")),
    *(("PUT", name) for name in ("order", "batchOrders", "listenKey")),
    *(("DELETE", name) for name in ("order", "batchOrders", "allOpenOrders", "listenKey")),
)
"""Calls of ``/fapi/v1`` that COIN-M has with the same parameters and weights."""


def under_dapi(names: tuple[tuple[str, str], ...]) -> tuple[Route, ...]:
    """Those calls of USDⓈ-M as calls of COIN-M."""
    known = {(route.method, route.path): route for route in linear.ROUTES}
    found = [known[method, f"{LINEAR}/v1/{name}"] for method, name in names]
    return tuple(replace(route, path=INVERSE + route.path.removeprefix(LINEAR)) for route in found)


def many(path: str, handler: Handler, one: int, every: int) -> Route:
    """A public call that answers an array: of a symbol, of a pair, or of all."""
    check = checker(SYMBOL, PAIR, then=not_both)
    return Route("GET", path, handler, Auth.NONE, per_symbol(one, every), check=check)


MARKET_DATA: Final = (
    public("/dapi/v1/exchangeInfo", market.exchange_info),
    public("/dapi/v1/depth", market.depth, NEEDED, Param("limit", integer()), weight=linear.DEPTH),
    public("/dapi/v1/trades", market.trades, NEEDED, limit(1000), weight=5),
    Route(
        "GET",
        "/dapi/v1/historicalTrades",
        market.historical_trades,
        Auth.KEY,
        200,
        Coverage.PARTIAL,
        "reaches back as far as prints are kept",
        checker(NEEDED, limit(1000), Param("fromId", integer())),
    ),
    many("/dapi/v1/premiumIndex", market.premium_index, 10, 10),
    public("/dapi/v1/fundingRate", settled_rates, SYMBOL, *TIMES, limit(1000)),
    public("/dapi/v1/fundingInfo", rate_limits),
    many("/dapi/v1/ticker/24hr", market.ticker, 1, 40),
    many("/dapi/v1/ticker/price", market.price, 1, 2),
    many("/dapi/v1/ticker/bookTicker", market.book_ticker, 2, 5),
    public("/dapi/v1/openInterest", market.open_interest, NEEDED),
    public("/dapi/v1/constituents", market.constituents, NEEDED),
)


def past_of(path: str, handler: Handler, *params: Param, weight: Weight) -> Route:
    """A question about the past of a symbol or of a pair."""
    return signed("GET", path, handler, SYMBOL, PAIR, *params, *TIMES, limit(1000), weight=weight, then=one_name)


TRADING: Final = (
    signed("GET", "/dapi/v1/openOrders", trading.open_orders, SYMBOL, PAIR, weight=per_symbol(1, 40), then=not_both),
    past_of("/dapi/v1/allOrders", trading.all_orders, Param("orderId", integer()), weight=5),
    past_of(
        "/dapi/v1/userTrades",
        trading.user_trades,
        Param("orderId", integer()),
        Param("fromId", integer()),
        weight=5,
    ),
    signed(
        "GET",
        "/dapi/v1/forceOrders",
        trading.forced_orders,
        SYMBOL,
        linear.AUTO_CLOSE,
        *TIMES,
        limit(100),
        weight=per_symbol(20, 50),
    ),
)

ACCOUNT: Final = (
    signed("GET", "/dapi/v1/account", account.account, weight=5),
    signed("GET", "/dapi/v1/balance", account.balance),
    signed("GET", "/dapi/v1/positionRisk", account.positions, MARGIN_ASSET, PAIR),
    signed("GET", "/dapi/v1/leverageBracket", account.pair_bracket, PAIR),
    signed("GET", "/dapi/v2/leverageBracket", account.leverage_bracket, SYMBOL, weight=per_symbol(1, 2)),
    signed("GET", "/dapi/v1/income", income.income, SYMBOL, INCOME_TYPE, *TIMES, limit(1000), weight=20),
)

OTHERWISE: Final = {("POST", "/dapi/v1/algoOrder"): check_algo_order_to_ten}
"""Calls that judge what was sent otherwise than those of USDⓈ-M do."""
ROUTES: Final = MARKET_DATA + TRADING + ACCOUNT + linear.checked(under_dapi(SAME), OTHERWISE)

OLD_WEIGHTS: Final = {
    "/dapi/v1/allOrders": per_symbol(20, 40),
    "/dapi/v1/userTrades": per_symbol(20, 40),
    "/dapi/v1/forceOrders": 20,
    "/dapi/v2/leverageBracket": 1,
}
"""Before 2026-06-30."""


def routes_as_of(as_of: ApiAsOf) -> tuple[Route, ...]:
    """The calls as they were then."""
    routes = ROUTES
    if not as_of.has(ALGO_SERVICE, COINM):
        routes = linear.before_algo_service(routes)
    if not as_of.has(MODIFY_BOTH, COINM):
        routes = linear.checked(routes, {("PUT", "/dapi/v1/order"): modifying.check_either})
    if not as_of.has(FLAT_WEIGHTS, COINM):
        routes = tuple(replace(route, weight=OLD_WEIGHTS.get(route.path, route.weight)) for route in routes)
    return routes
