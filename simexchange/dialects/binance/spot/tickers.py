"""Tickers of spot: the rolling day, other rolling windows, the trading day, last and best prices, the average price."""

from collections.abc import Callable
from typing import Any

from simexchange.core import display
from simexchange.core.vocabulary.units import DAY, MINUTE, Nanos
from simexchange.dialects.binance.common.intervals import SPOT_WINDOWS
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.binance.spot import errors, responses
from simexchange.dialects.binance.spot.calls import asked_markets, failure, market_of, zone_of
from simexchange.dialects.binance.spot.responses import Options
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.candle import Candle
from simexchange.projections.markets import MarketRow
from simexchange.projections.tickers import TickerRow
from simexchange.projections.views import Views

AVERAGE_MINUTES = 5
NO_TRADE = -1


def _each(call: Call, row: Callable[[MarketRow], dict[str, Any] | None]) -> Reply:
    """*row* of the one market that was asked for, or in an array of those that were; None is left out."""
    markets = asked_markets(call)
    if isinstance(markets, ApiError):
        return failure(markets)
    rows = [found for found in map(row, markets) if found is not None]
    if not call.params.get("symbol"):
        return responses.reply(rows)
    return responses.reply(rows[0]) if rows else failure(errors.NO_TRADING_WINDOW)


def price(call: Call) -> Reply:
    """The last price; a market that never traded has none."""

    def row(market: MarketRow) -> dict[str, Any] | None:
        last = call.views.tickers.get(market.no, at=call.now).last
        return {"symbol": symbol_of(market.spec), "price": print_decimal(last)} if last else None

    return _each(call, row)


def book(call: Call) -> Reply:
    """The best bid and ask; zeros where there is none."""

    def row(market: MarketRow) -> dict[str, Any]:
        return {"symbol": symbol_of(market.spec), **best_prices(call.views, market)}

    return _each(call, row)


def best_prices(views: Views, market: MarketRow) -> dict[str, str]:
    bid, bid_qty, ask, ask_qty = map(print_decimal, views.depth.best(market.no))
    return {"bidPrice": bid, "bidQty": bid_qty, "askPrice": ask, "askQty": ask_qty}


def day(call: Call) -> Reply:
    """The last 24 hours."""
    mini = call.params.get("type") == "MINI"

    def row(market: MarketRow) -> dict[str, Any]:
        figures = call.views.tickers.get(market.no, at=call.now)
        return mini_day(market, figures, call.now, call.options) if mini else _full_day(call, market, figures)

    return _each(call, row)


def mini_day(market: MarketRow, row: TickerRow, now: Nanos, options: Options) -> dict[str, Any]:
    return {
        "symbol": symbol_of(market.spec),
        "openPrice": print_decimal(row.open),
        "highPrice": print_decimal(row.high),
        "lowPrice": print_decimal(row.low),
        "lastPrice": print_decimal(row.last),
        "volume": print_decimal(row.volume),
        "quoteVolume": print_decimal(row.quote),
        "openTime": wire_time(row.start, options),
        "closeTime": wire_time(now, options),
        "firstId": row.first_id or NO_TRADE,
        "lastId": row.last_id or NO_TRADE,
        "count": row.count,
    }


def _full_day(call: Call, market: MarketRow, row: TickerRow) -> dict[str, Any]:
    return {
        "symbol": symbol_of(market.spec),
        "priceChange": print_decimal(row.change),
        "priceChangePercent": responses.percent(row.change, row.open),
        "weightedAvgPrice": print_decimal(display.average_price(row.quote, row.volume)),
        "prevClosePrice": print_decimal(row.previous_close),
        "lastPrice": print_decimal(row.last),
        "lastQty": print_decimal(row.last_qty),
        **best_prices(call.views, market),
        "openPrice": print_decimal(row.open),
        "highPrice": print_decimal(row.high),
        "lowPrice": print_decimal(row.low),
        "volume": print_decimal(row.volume),
        "quoteVolume": print_decimal(row.quote),
        "openTime": wire_time(row.start, call.options),
        "closeTime": wire_time(call.now, call.options),
        "firstId": row.first_id or NO_TRADE,
        "lastId": row.last_id or NO_TRADE,
        "count": row.count,
    }


def trading_day(call: Call) -> Reply:
    """The day that began at midnight, in UTC or in ``timeZone``."""
    mini = call.params.get("type") == "MINI"

    def row(market: MarketRow) -> dict[str, Any] | None:
        found = call.views.candles.get(market.no, "1d", at=call.now, limit=1, ahead=zone_of(call))
        if not found:
            return None
        closes = wire_time(Nanos(found[-1].start + DAY), call.options) - 1
        return _window(market, found[-1], found[-1].close, closes, call.options, mini=mini)

    return _each(call, row)


def rolling(call: Call) -> Reply:
    """The last ``windowSize``; it begins with a whole minute and ends now."""
    window = SPOT_WINDOWS[call.params.get("windowSize") or "1d"]
    mini = call.params.get("type") == "MINI"

    def row(market: MarketRow) -> dict[str, Any]:
        figures = call.views.tickers.get(market.no, at=call.now, window=window)
        return _window(market, figures, figures.last, wire_time(call.now, call.options), call.options, mini=mini)

    return _each(call, row)


def _window(
    market: MarketRow, figures: Candle | TickerRow, last: int, closes: int, options: Options, *, mini: bool
) -> dict[str, Any]:
    """What both kinds of window say; *closes* is a time of the wire."""
    change = last - figures.open
    changes = {
        "priceChange": print_decimal(change),
        "priceChangePercent": responses.percent(change, figures.open),
        "weightedAvgPrice": print_decimal(display.average_price(figures.quote, figures.volume)),
    }
    return {
        "symbol": symbol_of(market.spec),
        **({} if mini else changes),
        "openPrice": print_decimal(figures.open),
        "highPrice": print_decimal(figures.high),
        "lowPrice": print_decimal(figures.low),
        "lastPrice": print_decimal(last),
        "volume": print_decimal(figures.volume),
        "quoteVolume": print_decimal(figures.quote),
        "openTime": wire_time(figures.start, options),
        "closeTime": closes,
        "firstId": figures.first_id or NO_TRADE,
        "lastId": figures.last_id or NO_TRADE,
        "count": figures.count,
    }


def average_price(call: Call) -> Reply:
    """What was paid per unit in the last five minutes; the last price where nothing was."""
    market = market_of(call)
    if isinstance(market, ApiError):
        return failure(market)
    last = call.views.trades.last(market.no)
    return responses.reply(
        {
            "mins": AVERAGE_MINUTES,
            "price": print_decimal(average_of(market, call.now, call.views)),
            "closeTime": wire_time(last.at if last is not None else call.now, call.options),
        }
    )


def average_of(market: MarketRow, now: Nanos, views: Views) -> int:
    """The price per unit over the last `AVERAGE_MINUTES`; the last price where nothing was traded."""
    since = Nanos(now - AVERAGE_MINUTES * MINUTE)
    rows = views.candles.get(market.no, "1m", at=now, start=since, limit=AVERAGE_MINUTES + 1)
    quote, volume = sum(row.quote for row in rows), sum(row.volume for row in rows)
    return display.average_price(quote, volume) or views.tickers.get(market.no, at=now).last
