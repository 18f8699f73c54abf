"""By which rules a symbol is traded: its entry in exchangeInfo, its filters as they are enforced, execution rules.

Filters: "Filters" of binance/binance-spot-api-docs (2026-07-21). What is off is not listed, and a bound that is off in
a filter that is on is shown as the largest number.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from simexchange.core.vocabulary.markets import Bundle, Filters, Market, MarketRules
from simexchange.core.vocabulary.orders import SelfTrade
from simexchange.core.vocabulary.units import MINUTE
from simexchange.dialects.binance.common.numbers import LARGEST, decimals_of, print_decimal, print_fixed
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.spot.entry import BIP, SELF_TRADE_MODES
from simexchange.dialects.binance.spot.responses import MARKET_STATUSES
from simexchange.dialects.binance.spot.shapes import SHAPES
from simexchange.projections.markets import MarketRow

MODES: Final[Mapping[SelfTrade, str]] = {mode: name for name, mode in SELF_TRADE_MODES.items()}
"""How the venue writes a self-trade mode."""


def filters(spec: Market, rules: MarketRules) -> list[dict[str, Any]]:
    """The filters of one symbol, as its rules are enforced."""
    f = rules.filters
    return [*_price_and_size(spec, f), *_bands(f), _notional(f), *_counts(f)]


def _price_and_size(spec: Market, f: Filters) -> Iterable[dict[str, Any]]:
    yield {
        "filterType": "PRICE_FILTER",
        "minPrice": print_decimal(f.price_min),
        "maxPrice": print_decimal(f.price_max or LARGEST),
        "tickSize": print_decimal(f.tick or spec.tick),
    }
    yield {
        "filterType": "LOT_SIZE",
        "minQty": print_decimal(f.qty_min),
        "maxQty": print_decimal(f.qty_max or LARGEST),
        "stepSize": print_decimal(f.step or spec.step),
    }
    if f.iceberg_parts:
        yield {"filterType": "ICEBERG_PARTS", "limit": f.iceberg_parts}
    yield {
        "filterType": "MARKET_LOT_SIZE",
        "minQty": print_decimal(f.market_qty_min),
        "maxQty": print_decimal(f.market_qty_max or f.qty_max or LARGEST),
        "stepSize": print_decimal(f.market_step),
    }


def _bands(f: Filters) -> Iterable[dict[str, Any]]:
    if f.trailing_above_max or f.trailing_below_max or f.trailing_above_min or f.trailing_below_min:
        yield {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": f.trailing_above_min // BIP,
            "maxTrailingAboveDelta": (f.trailing_above_max or LARGEST) // BIP,
            "minTrailingBelowDelta": f.trailing_below_min // BIP,
            "maxTrailingBelowDelta": (f.trailing_below_max or LARGEST) // BIP,
        }
    if f.bid_up or f.bid_down or f.ask_up or f.ask_down:
        yield {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": _plain(f.bid_up),
            "bidMultiplierDown": _plain(f.bid_down),
            "askMultiplierUp": _plain(f.ask_up),
            "askMultiplierDown": _plain(f.ask_down),
            "avgPriceMins": _minutes(f),
        }


def _notional(f: Filters) -> dict[str, Any]:
    return {
        "filterType": "NOTIONAL",
        "minNotional": print_decimal(f.notional_min),
        "applyMinToMarket": f.notional_min_applies_to_market,
        "maxNotional": print_decimal(f.notional_max or LARGEST),
        "applyMaxToMarket": f.notional_max_applies_to_market,
        "avgPriceMins": _minutes(f),
    }


def _minutes(f: Filters) -> int:
    """Over how long prices are averaged; where the last trade is the reference the venue writes 0."""
    return f.average_span // MINUTE


def _counts(f: Filters) -> Iterable[dict[str, Any]]:
    if f.max_position:
        yield {"filterType": "MAX_POSITION", "maxPosition": print_decimal(f.max_position)}
    counts = (
        ("MAX_NUM_ORDERS", "maxNumOrders", f.max_orders),
        ("MAX_NUM_ORDER_LISTS", "maxNumOrderLists", f.max_order_lists),
        ("MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", f.max_conditional_orders),
        ("MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", f.max_iceberg_orders),
        ("MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends", f.max_amends),
    )
    yield from ({"filterType": name, field: most} for name, field, most in counts if most)


def exchange_filters(bundle: Bundle | None) -> list[dict[str, Any]]:
    """What an account may have open over all symbols."""
    if bundle is None:
        return []
    counts = (
        ("EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders", bundle.max_orders),
        ("EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", bundle.max_conditional_orders),
        ("EXCHANGE_MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", bundle.max_iceberg_orders),
        ("EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists", bundle.max_order_lists),
    )
    return [{"filterType": name, field: most} for name, field, most in counts if most]


def _plain(value: int) -> str:
    return print_fixed(value, decimals_of(value))


def execution_rules(f: Filters) -> list[dict[str, Any]]:
    """The price range, with the multipliers that are in force; none where there is no range."""
    multipliers = {
        "bidLimitMultUp": f.range_bid_up,
        "bidLimitMultDown": f.range_bid_down,
        "askLimitMultUp": f.range_ask_up,
        "askLimitMultDown": f.range_ask_down,
    }
    shown = {name: _plain(value) for name, value in multipliers.items() if value}
    return [{"ruleType": "PRICE_RANGE", **shown}] if shown else []


def self_trade_modes(f: Filters) -> tuple[SelfTrade, ...]:
    """The modes an order may ask for."""
    return tuple(SelfTrade(mode) for mode in f.self_trade_modes) or tuple(MODES)


def default_self_trade_mode(f: Filters) -> SelfTrade:
    """The mode of an order that asks for none."""
    return SelfTrade(f.self_trade_default) or SelfTrade.NONE


def symbol_info(row: MarketRow, rules: MarketRules, *, show_permission_sets: bool) -> dict[str, Any]:
    """One symbol of exchangeInfo. What is not traded here yet is not allowed, so that clients do not try."""
    spec, f = row.spec, rules.filters
    return {
        "symbol": symbol_of(spec),
        "status": MARKET_STATUSES[row.status],
        "baseAsset": spec.base,
        "baseAssetPrecision": 8,
        "quoteAsset": spec.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(SHAPES),
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters(spec, rules),
        "permissions": [],
        "permissionSets": [["SPOT"]] if show_permission_sets else [],
        "defaultSelfTradePreventionMode": MODES[default_self_trade_mode(f)],
        "allowedSelfTradePreventionModes": [MODES[mode] for mode in self_trade_modes(f)],
    }
