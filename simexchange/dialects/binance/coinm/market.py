"""Public calls of COIN-M. Tickers and premium indexes are arrays here, also where a symbol is named."""

from typing import TYPE_CHECKING

from simexchange.dialects.binance.coinm import errors, responses
from simexchange.dialects.binance.coinm.symbols import CONTRACTS, find, listed
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.usdm import market as linear
from simexchange.dialects.binance.usdm.requests import whole
from simexchange.dialects.binance.usdm.symbols import RULES, pair_of
from simexchange.dialects.contract import Call, Handler, Reply
from simexchange.projections.candle import CandleKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.market import MarketState

ping = linear.ping
time = linear.time


def exchange_info(call: Call) -> Reply:
    """``GET /dapi/v1/exchangeInfo``."""
    rules = call.state.rules
    contracts = [(m.spec, m.status, rules.get((RULES, m.no), responses.NO_RULES)) for m in listed(call.state)]
    return responses.ok(responses.exchange_info(call.now, contracts))


def rows_of(row: "Callable[[MarketState, Call], responses.Json]") -> Handler:
    """A call that always answers an array: of one symbol, of one pair, or of all."""

    def handler(call: Call) -> Reply:
        symbol, pair = call.params.get("symbol"), call.params.get("pair")
        if symbol and find(call.state, symbol) is None:
            return responses.refused(errors.BAD_SYMBOL)
        chosen = [
            market
            for market in listed(call.state)
            if (not symbol or market is find(call.state, symbol)) and (not pair or pair_of(market.spec) == pair)
        ]
        return responses.ok([responses.with_pair(market.spec, row(market, call)) for market in chosen])

    return handler


def depth_of(call: Call, market: "MarketState") -> Reply:
    """``GET /dapi/v1/depth``."""
    limit = whole(call.params, "limit") or 500
    if limit not in linear.DEPTH_LIMITS:
        return responses.refused(errors.bad_depth_limit(limit))
    book = linear.book(market, call.views, call.now, limit)
    return responses.ok({**book, "symbol": symbol_of(market.spec), "pair": pair_of(market.spec)})


def trades_of(call: Call, market: "MarketState") -> Reply:
    """``GET /dapi/v1/trades``."""
    return responses.ok([responses.public_trade(market.spec, row) for row in linear.tape_of(call, market)])


def historical_trades_of(call: Call, market: "MarketState") -> Reply:
    """``GET /dapi/v1/historicalTrades``."""
    rows = linear.tape_of(call, market, whole(call.params, "fromId"))
    return responses.ok([responses.public_trade(market.spec, row) for row in rows])


def ticker_row(market: "MarketState", call: Call) -> responses.Json:
    """One contract's day: volumes are contracts, and the coin they were worth."""
    row = linear.ticker_row(market, call)
    row["baseVolume"] = row.pop("quoteVolume")
    return row


_finders = linear.Finders(CONTRACTS)

depth = linear.of_symbol(depth_of, CONTRACTS)
trades = linear.of_symbol(trades_of, CONTRACTS)
historical_trades = linear.of_symbol(historical_trades_of, CONTRACTS)
aggregate_trades = linear.of_symbol(linear.aggregate_trades_of, CONTRACTS)
open_interest = linear.of_symbol(linear.open_interest_of, CONTRACTS)
premium_index = rows_of(linear.premium_index_row)
price = rows_of(linear.price_row)
book_ticker = rows_of(linear.book_ticker_row)
ticker = rows_of(ticker_row)
klines = linear.candles_of(CandleKind.TRADE, _finders.by_symbol)
continuous_klines = linear.candles_of(CandleKind.TRADE, _finders.by_pair_and_type)
mark_klines = linear.candles_of(CandleKind.MARK, _finders.by_symbol)
index_klines = linear.candles_of(CandleKind.INDEX, _finders.by_pair)
premium_klines = linear.candles_of(CandleKind.PREMIUM, _finders.by_symbol)
settled_rates = linear.funding_rates(CONTRACTS)
rate_limits = linear.funding_info(CONTRACTS)
