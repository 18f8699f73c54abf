"""Public calls of COIN-M. Tickers and premium indexes are arrays here, also where a symbol is named."""

from typing import TYPE_CHECKING

from simexchange.dialects.binance.coinm import responses
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, market as linear
from simexchange.dialects.binance.usdm.choosing import chosen
from simexchange.dialects.binance.usdm.requests import whole
from simexchange.dialects.binance.usdm.symbols import RULES, contract_type, listed, pair_of, qty_text
from simexchange.dialects.contract import ApiError, Call, Handler, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.market import MarketState


def exchange_info(call: Call) -> Reply:
    """``GET /dapi/v1/exchangeInfo``."""
    rules = call.state.rules
    contracts = [(market.spec, market.status, rules[RULES, market.no]) for market in listed(call)]
    return responses.ok(responses.exchange_info(call.now, contracts))


def rows_of(row: "Callable[[MarketState, Call], responses.Json]") -> Handler:
    """A call that always answers an array: of one symbol, of one pair, or of all."""

    def handler(call: Call) -> Reply:
        markets = chosen(call)
        if isinstance(markets, ApiError):
            return responses.refused(markets)
        return responses.ok([row(market, call) for market in markets])

    return handler


def depth_of(call: Call, market: "MarketState") -> Reply:
    """``GET /dapi/v1/depth``."""
    limit = whole(call.params, "limit") or 500
    if limit not in linear.DEPTH_LIMITS:
        return responses.refused(errors.filled_in(errors.BAD_DEPTH_LIMIT, limit))
    book = linear.book(market, call.views, call.now, limit)
    return responses.ok({**book, "symbol": symbol_of(market.spec), "pair": pair_of(market.spec)})


def trades_of(call: Call, market: "MarketState") -> Reply:
    """``GET /dapi/v1/trades``."""
    return responses.ok([responses.public_trade(market.spec, row) for row in linear.tape_of(call, market)])


def historical_trades_of(call: Call, market: "MarketState") -> Reply:
    """``GET /dapi/v1/historicalTrades``."""
    rows = linear.tape_of(call, market, whole(call.params, "fromId"))
    return responses.ok([responses.public_trade(market.spec, row) for row in rows])


def premium_index_row(market: "MarketState", call: Call) -> responses.Json:
    """``GET /dapi/v1/premiumIndex``."""
    return responses.with_pair(market.spec, linear.premium_index_row(market, call))


def price_row(market: "MarketState", call: Call) -> responses.Json:
    """``GET /dapi/v1/ticker/price``: the pair is called ``ps`` here."""
    return {**linear.price_row(market, call), "ps": pair_of(market.spec)}


def book_ticker_row(market: "MarketState", call: Call) -> responses.Json:
    """``GET /dapi/v1/ticker/bookTicker``."""
    return responses.with_pair(market.spec, linear.book_ticker_row(market, call))


def ticker_row(market: "MarketState", call: Call) -> responses.Json:
    """One contract's day: volumes are contracts, and the coin they were worth."""
    row = responses.with_pair(market.spec, linear.ticker_row(market, call))
    row["baseVolume"] = row.pop("quoteVolume")
    return row


def open_interest_of(call: Call, market: "MarketState") -> Reply:
    """``GET /dapi/v1/openInterest``: the sum of all long positions, in contracts."""
    spec = market.spec
    return responses.ok({
        "symbol": symbol_of(spec),
        "pair": pair_of(spec),
        "openInterest": qty_text(spec, call.views.positions.open_interest(market.no)),
        "contractType": contract_type(spec, call.now),
        "time": millis(call.now),
    })  # fmt: skip


def constituents(call: Call) -> Reply:
    """``GET /dapi/v1/constituents``: what the index of a pair is made of; ``symbol`` is the pair."""
    found = next((market for market in listed(call) if pair_of(market.spec) == call.params["symbol"]), None)
    if found is None:
        return responses.refused(errors.BAD_SYMBOL)
    return responses.ok({"symbol": call.params["symbol"], **linear.index_parts(call, found)})


depth = linear.of_symbol(depth_of)
trades = linear.of_symbol(trades_of)
historical_trades = linear.of_symbol(historical_trades_of)
open_interest = linear.of_symbol(open_interest_of)
premium_index = rows_of(premium_index_row)
price = rows_of(price_row)
book_ticker = rows_of(book_ticker_row)
ticker = rows_of(ticker_row)
