"""What can be traded, and its limits: ``instruments-info`` and ``risk-limit``.

"Get Instruments Info" and "Get Risk Limit" (docs/v5/market, snapshot 2026-07-24, seen 2026-11). The venue has no word
for a market that pauses: it stays ``Trading``, and orders are refused. A bound that the rules do not have is the
greatest number there is. Leverages are whole numbers here, so their step is one.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.markets import Market, MarketKind, MarketRules, MarketStatus
from simexchange.core.vocabulary.units import MINUTE, ONE, div_up
from simexchange.dialects.bybit.common import errors, timestamps
from simexchange.dialects.bybit.common.numbers import print_fixed, print_plain
from simexchange.dialects.bybit.common.quantities import price_scale, price_text, qty_text
from simexchange.dialects.bybit.common.symbols import (
    CATEGORIES,
    INVERSE,
    LINEAR,
    OPTION,
    RULES,
    SPOT,
    find_market,
    listed,
    symbol_of,
)
from simexchange.dialects.bybit.v5 import responses
from simexchange.dialects.bybit.v5.marketpages import count, page
from simexchange.dialects.bybit.v5.tickers import delivery_fee
from simexchange.dialects.contract import ApiError, Call, Reply

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Tier

Json = dict[str, Any]
MOST: Final = 2**63 - 1
"""Stands for "as much as you like"."""
STATUS: Final = {MarketStatus.SETTLING: "Delivering", MarketStatus.DELISTED: "Closed"}
TRADING: Final = "Trading"
STATUSES: Final = ("PreLaunch", TRADING, "Delivering", "Closed")
TYPES: Final = {
    (MarketKind.PERPETUAL, False): "LinearPerpetual",
    (MarketKind.PERPETUAL, True): "InversePerpetual",
    (MarketKind.DATED, False): "LinearFutures",
    (MarketKind.DATED, True): "InverseFutures",
}
RISK_PAGE: Final = 15
"""Symbols whose risk limits are told at once."""
QUOTE_PRECISION: Final = "0.00000001"


def instruments(call: Call) -> Reply:
    """``GET /v5/market/instruments-info``."""
    found = chosen(call)
    if isinstance(found, ApiError):
        return responses.refused(call, found)
    category = call.params["category"]
    if category == SPOT:
        # Spot has no pages.
        return responses.ok(call, {"category": category, "list": [row_of(market, call.state) for market in found]})
    cut = page(call, found, count(call.params, 500, 1_000), lambda market: symbol_of(market.spec))
    if isinstance(cut, ApiError):
        return responses.refused(call, cut)
    rows = [row_of(market, call.state) for market in cut.rows]
    return responses.ok(call, {"category": category, "list": rows, "nextPageCursor": cut.cursor})


def chosen(call: Call) -> "list[MarketState] | ApiError":
    """The markets that category, symbol, base coin and status leave."""
    params, state = call.params, call.state
    category, symbol = params["category"], params.get("symbol")
    if symbol and category != OPTION:
        market = find_market(state, category, symbol)
        if market is None:
            return errors.BAD_SYMBOL
        found = [market]
    else:
        found = list(_of_category(state, category, params.get("baseCoin", "")))
    status = params.get("status") or TRADING
    # Nothing belongs to one of the venue's special kinds of symbols.
    return [] if params.get("symbolType") else [one for one in found if status_of(one) == status]


def _of_category(state: "ExchangeState", category: str, base: str) -> "Iterator[MarketState]":
    """With a base coin, contracts of both kinds, whichever was asked for ("Get Instruments Info")."""
    if category == OPTION:
        return iter(())
    if base and category != SPOT:
        both = (market for one in (LINEAR, INVERSE) for market in listed(state, one))
        return (market for market in both if market.spec.base == base)
    return listed(state, category)


def status_of(market: "MarketState") -> str:
    """The venue's word for whether it trades."""
    return STATUS.get(market.status, TRADING)


def row_of(market: "MarketState", state: "ExchangeState") -> Json:
    """One instrument."""
    rules = state.rules[RULES, market.no]
    if market.spec.kind is MarketKind.SPOT:
        return _spot(market, rules)
    return _contract(market, rules, state)


def _spot(market: "MarketState", rules: MarketRules) -> Json:
    spec, limits = market.spec, rules.filters
    most = qty_text(spec, limits.qty_max or MOST)
    return {
        "symbol": symbol_of(spec),
        "symbolId": market.no,
        "baseCoin": spec.base,
        "quoteCoin": spec.quote,
        "innovation": "0",
        "symbolType": "",
        "status": status_of(market),
        "marginTrading": "none",
        "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": qty_text(spec, limits.step or spec.step),
            "quotePrecision": QUOTE_PRECISION,
            "minOrderQty": qty_text(spec, limits.qty_min or limits.step or spec.step),
            "maxOrderQty": most,
            "minOrderAmt": print_plain(limits.notional_min),
            "maxOrderAmt": print_plain(limits.notional_max or MOST),
            "maxLimitOrderQty": most,
            "maxMarketOrderQty": qty_text(spec, limits.market_qty_max or limits.qty_max or MOST),
            "postOnlyMaxLimitOrderSize": most,
        },
        "priceFilter": {"tickSize": price_text(spec, limits.tick or spec.tick)},
        "riskParameters": _band(rules),
    }


def _contract(market: "MarketState", rules: MarketRules, state: "ExchangeState") -> Json:
    spec = market.spec
    return {
        "symbol": symbol_of(spec),
        "symbolId": market.no,
        "contractType": TYPES[spec.kind, spec.inverse],
        "status": status_of(market),
        "baseCoin": spec.base,
        "quoteCoin": spec.quote,
        "symbolType": "",
        "launchTime": timestamps.text(spec.onboard or state.start),
        "deliveryTime": timestamps.text(spec.expiry),
        "deliveryFeeRate": delivery_fee(market, state),
        "priceScale": str(price_scale(spec)),
        "leverageFilter": _leverages(rules),
        "priceFilter": _prices(spec, rules),
        "lotSizeFilter": _lots(spec, rules),
        "unifiedMarginTrade": True,
        "fundingInterval": spec.funding_interval // MINUTE,
        "settleCoin": spec.settle,
        "copyTrading": "none",
        "upperFundingRate": print_plain(spec.funding_cap) if spec.funding_interval else "",
        "lowerFundingRate": print_plain(spec.funding_floor) if spec.funding_interval else "",
        "isPreListing": False,
        "preListingInfo": None,
        "riskParameters": _band(rules),
        "displayName": "",
        "forbidUplWithdrawal": False,
    }


def _leverages(rules: MarketRules) -> Json:
    most = rules.tiers[0].max_leverage if rules.tiers else 1
    return {"minLeverage": "1", "maxLeverage": f"{most}.00", "leverageStep": "1"}


def _prices(spec: Market, rules: MarketRules) -> Json:
    limits = rules.filters
    tick = limits.tick or spec.tick
    return {
        "minPrice": price_text(spec, limits.price_min or tick),
        "maxPrice": price_text(spec, limits.price_max or MOST),
        "tickSize": price_text(spec, tick),
    }


def _lots(spec: Market, rules: MarketRules) -> Json:
    limits = rules.filters
    step = limits.step or spec.step
    most = qty_text(spec, limits.qty_max or MOST // spec.contract_size * ONE)
    return {
        "maxOrderQty": most,
        # ccxt takes the least quantity of an inverse contract for the size of one, which is a dollar at the venue. One
        # of here may be larger: then the step says so.
        "minOrderQty": "1" if spec.inverse else qty_text(spec, limits.qty_min or step),
        "qtyStep": qty_text(spec, step),
        "postOnlyMaxOrderQty": most,
        "maxMktOrderQty": qty_text(spec, limits.market_qty_max) if limits.market_qty_max else most,
        "minNotionalValue": print_plain(limits.notional_min),
    }


def _least(spec: Market, least: int, step: int) -> str:
    """The smallest order. Of inverse contracts "1" where the step says more: a dollar, which is what one is worth.

    ccxt takes ``minOrderQty`` of an inverse contract for its size, and reckons what positions are worth by it.
    """
    return "1" if spec.inverse and least <= step else qty_text(spec, least)


def _band(rules: MarketRules) -> Json:
    """How far a limit may be from the market (`core.pricelimits`): beside what index and book say, and at most."""
    limits = rules.filters
    x, y = (print_plain(ratio) if limits.limit_hard else "" for ratio in (limits.limit_soft, limits.limit_hard))
    return {"priceLimitRatioX": x, "priceLimitRatioY": y}


# Risk limits


def risk_limits(call: Call) -> Reply:
    """``GET /v5/market/risk-limit``: the brackets of each contract, fifteen contracts at a time."""
    params, state = call.params, call.state
    category, symbol = params["category"], params.get("symbol")
    if category not in CATEGORIES or category == SPOT:
        return responses.refused(call, errors.BAD_CATEGORY)
    found = [one for one in listed(state, category) if status_of(one) == TRADING]
    if symbol:
        market = find_market(state, category, symbol)
        if market is None:
            return responses.refused(call, errors.BAD_SYMBOL)
        found = [market]
    cut = page(call, found, RISK_PAGE, lambda market: symbol_of(market.spec))
    if isinstance(cut, ApiError):
        return responses.refused(call, cut)
    rows = [row for market in cut.rows for row in brackets(market, state)]
    return responses.ok(call, {"category": category, "list": rows, "nextPageCursor": cut.cursor})


def brackets(market: "MarketState", state: "ExchangeState") -> list[Json]:
    """The risk limits of one contract, the lowest first; ``id`` counts them, as ``riskId`` of a position does."""
    tiers = state.rules[RULES, market.no].tiers
    return [_bracket(market.spec, tier, number) for number, tier in enumerate(tiers, 1)]


def _bracket(spec: Market, tier: "Tier", number: int) -> Json:
    return {
        "id": number,
        "symbol": symbol_of(spec),
        "riskLimitValue": print_plain(tier.cap),
        "maintenanceMargin": print_plain(tier.maintenance_rate),
        "initialMargin": print_plain(div_up(ONE, tier.max_leverage)),
        "isLowestRisk": 1 if number == 1 else 0,
        "maxLeverage": print_fixed(tier.max_leverage * ONE, 2),
        "mmDeduction": print_plain(tier.cum) if tier.cum else "",
    }
