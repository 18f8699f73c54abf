"""What became of contracts, and what stands behind them: deliveries, the insurance fund, where an index comes from.

Pages: "Get Delivery Price", "Get New Delivery Price", "Get Historical Volatility", "Get Insurance Pool", "Get ADL
Alert", "Get Index Price Components" (docs/v5/market, snapshot 2026-07-24, seen 2026-11).
"""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.units import MINUTE, ONE
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.numbers import print_plain
from simexchange.dialects.bybit.common.symbols import INVERSE, LINEAR, OPTION, find_market, listed, symbol_of
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.marketpages import count, page
from simexchange.dialects.bybit.v5.tickers import usd_price
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.intervals import floor

if TYPE_CHECKING:
    from simexchange.core.market import MarketState

Json = dict[str, Any]
WHOLE_POOL: Final = "-1"
"""A drawdown that no contract has while the fund has anything."""


# Deliveries


def delivery_prices(call: Call) -> Reply:
    """``GET /v5/market/delivery-price``: contracts that were delivered, newest first.

    The page has USDC as the coin where none is sent, in which nothing settles here; without one all are told.
    """
    category, symbol, coin = call.params["category"], call.params.get("symbol"), call.params.get("settleCoin")
    found = [] if category == OPTION else _delivered(call, category)
    if symbol:
        if find_market(call.state, category, symbol) is None:
            return responses.refused(call, errors.BAD_SYMBOL)
        found = [market for market in found if symbol_of(market.spec) == symbol]
    if coin:
        found = [market for market in found if market.spec.settle == coin]
    cut = page(call, found, count(call.params, 50, 200), lambda market: symbol_of(market.spec))
    if isinstance(cut, ApiError):
        return responses.refused(call, cut)
    rows = [_delivery(call, market) for market in cut.rows]
    return responses.ok(call, {"category": category, "list": rows, "nextPageCursor": cut.cursor})


def _delivered(call: Call, category: str) -> "list[MarketState]":
    seen = call.views.markets.by_no
    found = [market for market in listed(call.state, category) if market.spec.expiry and seen[market.no].delivery_price]
    return sorted(found, key=lambda market: -market.spec.expiry)


def _delivery(call: Call, market: "MarketState") -> Json:
    return {
        "symbol": symbol_of(market.spec),
        "deliveryPrice": print_plain(call.views.markets.by_no[market.no].delivery_price),
        "deliveryTime": timestamps.text(market.spec.expiry),
    }


def option_deliveries(call: Call) -> Reply:
    """``GET /v5/market/new-delivery-price``: of options, of which there are none."""
    return responses.ok(call, {"category": OPTION, "list": []})


def volatility(call: Call) -> Reply:
    """``GET /v5/market/historical-volatility``: of options, of which there are none. The result is a list itself."""
    if bool(call.params.get("startTime")) is not bool(call.params.get("endTime")):
        return responses.refused(call, errors.invalid("startTime and endTime go together"))
    return responses.bare([], category=OPTION)


# The insurance fund


def insurance(call: Call) -> Reply:
    """``GET /v5/market/insurance``: the fund's cash in each coin, and the contracts it stands behind."""
    coin = call.params.get("coin")
    rows = [_pool(call, asset) for asset in call.views.insurance.assets() if coin in (None, "", asset)]
    return responses.ok(call, {"updatedTime": timestamps.text(floor(MINUTE, call.now)), "list": rows})


def _pool(call: Call, asset: str) -> Json:
    balance = call.views.insurance.balance(asset)
    worth = balance * usd_price(call.state, call.views, asset) // ONE
    symbols = [symbol_of(market.spec) for market in _contracts(call) if market.spec.settle == asset]
    return {"coin": asset, "symbols": ",".join(symbols), "balance": print_plain(balance), "value": print_plain(worth)}


def adl_alerts(call: Call) -> Reply:
    """``GET /v5/market/adlAlert``: what stands between losses and people in profit.

    Positions are reduced here when the fund has nothing left (the venue's second case). Its first case, the drawdown
    of one contract, does not exist: its thresholds are such that they are never met.
    """
    symbol = call.params.get("symbol")
    found = [market for market in _contracts(call) if symbol in (None, "", symbol_of(market.spec))]
    if symbol and not found:
        return responses.refused(call, errors.BAD_SYMBOL)
    rows = [_alert(call, market) for market in found]
    return responses.ok(call, {"updatedTime": timestamps.text(floor(MINUTE, call.now)), "list": rows})


def _alert(call: Call, market: "MarketState") -> Json:
    return {
        "coin": market.spec.settle,
        "symbol": symbol_of(market.spec),
        "balance": print_plain(call.views.insurance.balance(market.spec.settle)),
        "maxBalance": "",
        "insurancePnlRatio": WHOLE_POOL,
        "pnlRatio": "0",
        "adlTriggerThreshold": "0",
        "adlStopRatio": WHOLE_POOL,
    }


def _contracts(call: Call) -> "list[MarketState]":
    """Everything that positions are held in."""
    return [market for category in (LINEAR, INVERSE) for market in listed(call.state, category)]


# Indexes


def index_components(call: Call) -> Reply:
    """``GET /v5/market/index-price-components``: what an index was made of last; one that is set stands for itself."""
    sent = call.params["indexName"]
    name = next((one for one in call.state.indexes if one.replace("-", "") == sent), None)
    index = None if name is None else call.views.funding.index(name)
    if index is None:
        return responses.refused(call, errors.invalid("indexName invalid"))
    whole = sum(share.weight for share in index.shares)
    # Where the index is the median, none of them weighs anything.
    made_of = [(share.source, share.price, share.weight * ONE // whole if whole else 0) for share in index.shares]
    parts = [_component(sent, *part) for part in made_of or [("simexchange", index.price, ONE)]]
    told = {"indexName": sent, "lastPrice": print_plain(index.price), "updateTime": timestamps.text(call.now)}
    return responses.ok(call, {**told, "components": parts})


def _component(name: str, source: str, price: int, weight: int) -> Json:
    text = print_plain(price)
    return {
        "exchange": source,
        "spotPair": name,
        "equivalentPrice": text,
        "multiplier": "1",
        "price": text,
        "weight": print_plain(weight),
    }
