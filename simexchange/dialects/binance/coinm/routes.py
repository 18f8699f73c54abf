"""Every COIN-M REST call that is served. Shapes and weights as USDⓈ-M, except where `responses` says otherwise."""

from typing import Final

from simexchange.dialects.binance.coinm import account, market
from simexchange.dialects.binance.coinm.requests import ANY_PAIR, NEEDED, SYMBOL
from simexchange.dialects.binance.common.params import Param, checker, integer
from simexchange.dialects.binance.usdm.routes import CANDLES, CONTRACT_TYPE, DEPTH, KLINES, PAIR, TIMES, limit, public
from simexchange.dialects.contract import Auth, Coverage, Handler, Route, Weight

MARKET_DATA: Final = (
    public("/dapi/v1/ping", market.ping),
    public("/dapi/v1/time", market.time),
    public("/dapi/v1/exchangeInfo", market.exchange_info),
    public("/dapi/v1/depth", market.depth, NEEDED, Param("limit", integer()), weight=DEPTH),
    public("/dapi/v1/trades", market.trades, NEEDED, limit(1000), weight=5),
    Route(
        "GET",
        "/dapi/v1/historicalTrades",
        market.historical_trades,
        Auth.KEY,
        20,
        Coverage.PARTIAL,
        "reaches back as far as prints are kept",
        checker(NEEDED, limit(1000), Param("fromId", integer())),
    ),
    public(
        "/dapi/v1/aggTrades",
        market.aggregate_trades,
        NEEDED,
        Param("fromId", integer()),
        *TIMES,
        limit(1000),
        weight=20,
    ),
    public("/dapi/v1/klines", market.klines, NEEDED, *CANDLES, weight=KLINES),
    public("/dapi/v1/continuousKlines", market.continuous_klines, PAIR, CONTRACT_TYPE, *CANDLES, weight=KLINES),
    public("/dapi/v1/markPriceKlines", market.mark_klines, NEEDED, *CANDLES, weight=KLINES),
    public("/dapi/v1/indexPriceKlines", market.index_klines, PAIR, *CANDLES, weight=KLINES),
    public("/dapi/v1/premiumIndexKlines", market.premium_klines, NEEDED, *CANDLES, weight=KLINES),
    public("/dapi/v1/premiumIndex", market.premium_index, SYMBOL, ANY_PAIR, weight=10),
    public("/dapi/v1/fundingRate", market.settled_rates, SYMBOL, *TIMES, limit(1000)),
    public("/dapi/v1/fundingInfo", market.rate_limits),
    public("/dapi/v1/ticker/24hr", market.ticker, SYMBOL, ANY_PAIR, weight=40),
    public("/dapi/v1/ticker/price", market.price, SYMBOL, ANY_PAIR, weight=2),
    public("/dapi/v1/ticker/bookTicker", market.book_ticker, SYMBOL, ANY_PAIR, weight=5),
    public("/dapi/v1/openInterest", market.open_interest, NEEDED),
)

NOT_TRADED: Final = "inverse contracts are market data only until they can be traded"


def signed(path: str, handler: Handler, *params: Param, weight: Weight = 5) -> Route:
    """A question about an account that has no positions and orders here."""
    return Route("GET", path, handler, Auth.SIGNED, weight, Coverage.PARTIAL, NOT_TRADED, checker(*params))


def unserved(method: str, path: str) -> Route:
    """A trading call: it answers with the venue's own "not supported"."""
    return Route(method, path, account.not_traded, Auth.SIGNED, 1, Coverage.NONE, NOT_TRADED, checker())


ACCOUNT: Final = (
    signed("/dapi/v1/account", account.account),
    signed("/dapi/v1/balance", account.balance, weight=1),
    signed("/dapi/v1/positionRisk", account.nothing, weight=1),
    signed("/dapi/v1/adlQuantile", account.nothing, SYMBOL),
    signed("/dapi/v1/leverageBracket", account.leverage_bracket, SYMBOL, weight=1),
    signed("/dapi/v2/leverageBracket", account.leverage_bracket, SYMBOL, weight=1),
    signed("/dapi/v1/positionSide/dual", account.position_mode, weight=30),
    signed("/dapi/v1/openOrders", account.nothing, SYMBOL),
    signed("/dapi/v1/allOrders", account.nothing, SYMBOL, weight=20),
    signed("/dapi/v1/userTrades", account.nothing, SYMBOL, weight=20),
    signed("/dapi/v1/forceOrders", account.nothing, SYMBOL, weight=20),
    signed("/dapi/v1/income", account.nothing, SYMBOL, weight=20),
    signed("/dapi/v1/openAlgoOrders", account.nothing, SYMBOL, weight=1),
    signed("/dapi/v1/allAlgoOrders", account.nothing, SYMBOL),
    signed("/dapi/v1/order", account.no_such_order, NEEDED, weight=1),
    signed("/dapi/v1/openOrder", account.no_such_order, NEEDED, weight=1),
    *(
        unserved(method, f"/dapi/v1/{name}")
        for method, name in (
            ("POST", "order"),
            ("PUT", "order"),
            ("DELETE", "order"),
            ("POST", "batchOrders"),
            ("PUT", "batchOrders"),
            ("DELETE", "batchOrders"),
            ("DELETE", "allOpenOrders"),
            ("POST", "algoOrder"),
            ("DELETE", "algoOrder"),
            ("GET", "algoOrder"),
            ("DELETE", "algoOpenOrders"),
            ("POST", "countdownCancelAll"),
            ("POST", "leverage"),
            ("POST", "marginType"),
            ("POST", "positionMargin"),
            ("POST", "positionSide/dual"),
            ("GET", "commissionRate"),
        )
    ),
    Route("POST", "/dapi/v1/listenKey", account.open_listen_key, Auth.KEY),
    Route("PUT", "/dapi/v1/listenKey", account.renew_listen_key, Auth.KEY),
    Route("DELETE", "/dapi/v1/listenKey", account.close_listen_key, Auth.KEY),
)

ROUTES: Final = MARKET_DATA + ACCOUNT
