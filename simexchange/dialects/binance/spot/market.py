"""Market data of spot: books, trades, candles, tickers, and what is traded by which rules."""

from typing import Any

from simexchange.core.vocabulary.units import MILLISECOND
from simexchange.dialects.binance.common.limits import SPOT_LIMITS
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.binance.spot import errors, requests, responses, rules
from simexchange.dialects.binance.spot.calls import (
    asked_markets,
    failure,
    limit_of,
    market_of,
    moment,
    spot_markets,
    until,
    zone_of,
)
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.markets import MarketRow

DEEPEST = 5_000
RULES = "binance"
"""Market data shows the filters of the venue's own rules, whatever the rules of the account that asks."""


def ping(_: Call) -> Reply:
    return responses.reply({})


def server_time(call: Call) -> Reply:
    return responses.reply({"serverTime": wire_time(call.now, call.options)})


def exchange_info(call: Call) -> Reply:
    """Symbols, filters and limits. A symbol without this venue's rules is not listed."""
    markets = asked_markets(call)
    if isinstance(markets, ApiError):
        return failure(markets)
    permissions = call.params.get("permissions")
    show_sets = call.params.get("showPermissionSets", "true").lower() == "true"
    symbols = []
    for row in markets if permissions is None or "SPOT" in permissions else ():
        found = call.views.markets.rules(RULES, row.no)
        if found is not None:
            symbols.append(rules.symbol_info(row, found, show_permission_sets=show_sets))
    listed = [symbol["symbol"] for symbol in symbols]
    sors = [row for row in routed_symbols(call) if any(symbol in listed for symbol in row["symbols"])]
    return responses.reply(
        {
            "timezone": "UTC",
            "serverTime": wire_time(call.now, call.options),
            "rateLimits": [limit.shown() for limit in SPOT_LIMITS],
            "exchangeFilters": rules.exchange_filters(call.state.bundles.get(RULES)),
            "symbols": symbols,
            **({"sors": sors} if sors else {}),
        }
    )


def routed_symbols(call: Call) -> list[dict[str, Any]]:
    """Bases whose books are routed over, with their symbols."""
    bundle = call.state.bundles.get(RULES)
    quotes = bundle.routing if bundle is not None else ()
    found: dict[str, list[str]] = {}
    for row in spot_markets(call):
        if row.spec.quote in quotes:
            found.setdefault(row.spec.base, []).append(symbol_of(row.spec))
    return [{"baseAsset": base, "symbols": symbols} for base, symbols in found.items() if len(symbols) > 1]


def execution_rules(call: Call) -> Reply:
    """The rules that are in force; a symbol that was named is listed without any, too."""
    markets = asked_markets(call)
    if isinstance(markets, ApiError):
        return failure(markets)
    named = bool(call.params.get("symbol") or call.params.get("symbols"))
    found = []
    for row in markets:
        of_market = call.views.markets.rules(RULES, row.no)
        shown = [] if of_market is None else rules.execution_rules(of_market.filters)
        if named or shown:
            found.append({"symbol": symbol_of(row.spec), "rules": shown})
    return responses.reply({"symbolRules": found})


def reference_price(call: Call) -> Reply:
    """The price the price range is around: null while there is none, -2043 where the symbol knows none at all."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    averages = call.state.markets[market.no].averages
    if averages is None or not (averages.given or averages.window):
        return failure(errors.NO_REFERENCE_PRICE)
    price = averages.reference(call.now)
    return responses.reply(
        {
            "symbol": symbol_of(market.spec),
            "referencePrice": print_decimal(price) if price else None,
            "timestamp": wire_time(call.now, call.options),
        }
    )


def reference_calculation(call: Call) -> Reply:
    """How that price is made: a mean over buckets of time, or outside of the matching engine."""
    rows = asked_markets(call)
    if isinstance(rows, ApiError):
        return failure(rows)
    averages = call.state.markets[rows[0].no].averages
    if averages is None or not (averages.given or averages.window):
        return failure(errors.NO_REFERENCE_PRICE)
    how: dict[str, object] = {"calculationType": "EXTERNAL", "externalCalculationId": 0}
    if not averages.given:
        how = {
            "calculationType": "ARITHMETIC_MEAN",
            "bucketCount": averages.window,
            "bucketWidthMs": averages.width // MILLISECOND,
        }
    return responses.reply({"symbol": symbol_of(rows[0].spec), **how})


def depth(call: Call) -> Reply:
    """The book. Its number is that of the depth streams, so that a client can join the two."""
    market = _one_market(call)
    if isinstance(market, ApiError):
        return failure(market)
    book = call.views.depth
    bids, asks = book.levels(market.no, limit_of(call, 100, DEEPEST))
    return responses.reply(
        {
            "lastUpdateId": book.seq(market.no),
            "bids": responses.levels(bids),
            "asks": responses.levels(asks),
        }
    )


def _one_market(call: Call) -> MarketRow | ApiError:
    """The market of ``symbol``, its status being the one that was asked for."""
    rows = asked_markets(call)
    return rows if isinstance(rows, ApiError) else rows[0]


def trades(call: Call) -> Reply:
    """The newest prints, or from an id on."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    rows = call.views.trades.tape(market.no, from_id=requests.trade_id(call.params.get("fromId")), limit=limit_of(call))
    return responses.reply([responses.public_trade(row, call.options) for row in rows])


def aggregates(call: Call) -> Reply:
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    first = call.params.get("fromId")
    rows = call.views.trades.aggregates(
        market.no,
        from_id=int(first) if first else None,
        start=moment(call, "startTime"),
        end=until(call),
        limit=limit_of(call),
    )
    return responses.reply([responses.aggregate(row, call.options) for row in rows])


def klines(call: Call) -> Reply:
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    rows = call.views.candles.get(
        market.no,
        call.params["interval"],
        at=call.now,
        start=moment(call, "startTime"),
        end=until(call),
        limit=limit_of(call),
        ahead=zone_of(call),
    )
    return responses.reply([responses.kline(row, call.options) for row in rows])
