"""Market data that anybody may ask for: the time, books, trades, candles. Tickers, instruments and statistics are
beside it.

"Market" of the v5 documentation (docs/v5/market, snapshot 2026-07-24, seen 2026-11).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.orders import BUY
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.dialects.bybit.common import errors, ids, timestamps
from simexchange.dialects.bybit.common.intervals import INTERVALS
from simexchange.dialects.bybit.common.numbers import print_fixed, print_plain
from simexchange.dialects.bybit.common.quantities import price_text, qty_text
from simexchange.dialects.bybit.common.symbols import LINEAR, OPTION, SPOT, category_of, find_market, listed, symbol_of
from simexchange.dialects.bybit.v5 import responses, standings, tickers
from simexchange.dialects.bybit.v5.instruments import TRADING, status_of
from simexchange.dialects.bybit.v5.marketpages import count, span
from simexchange.dialects.bybit.v5.pricelimits import price_limit_of
from simexchange.dialects.contract import ApiError, Call, Handler, Reply
from simexchange.projections.candle import CandleKind
from simexchange.projections.intervals import start_of

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.markets import Market
    from simexchange.projections.candle import Candle
    from simexchange.projections.trades import TradeRow
    from simexchange.projections.views import Views

Json = dict[str, Any]
DEPTH: Final = 1_000
FULL_DEPTH: Final = 10_000
RPI_DEPTH: Final = 50
PREMIUM_PLACES: Final = 6


def server_time(call: Call) -> Reply:
    """``GET /v5/market/time``."""
    return responses.ok(call, {"timeSecond": str(call.now // SECOND), "timeNano": str(call.now)})


def of_market(work: "Callable[[Call, MarketState], Json | ApiError]", default: str = LINEAR) -> Handler:
    """A call about one market; without a category it is one of *default*."""

    def handler(call: Call) -> Reply:
        market = find_market(call.state, call.params.get("category") or default, call.params["symbol"])
        result = errors.BAD_SYMBOL if market is None else work(call, market)
        return responses.refused(call, result) if isinstance(result, ApiError) else responses.ok(call, result)

    return handler


# Books


def book_of(call: Call, market: "MarketState") -> Json:
    """``GET /v5/market/orderbook``: without a limit the best of spot, 25 levels of a contract."""
    limit = count(call.params, 1 if category_of(market.spec) == SPOT else 25, DEPTH)
    return book(market, call.views, call.now, limit)


def full_book_of(call: Call, market: "MarketState") -> Json:
    """``GET /v5/market/full_orderbook``."""
    return book(market, call.views, call.now, FULL_DEPTH)


def rpi_book_of(call: Call, market: "MarketState") -> Json:
    """``GET /v5/market/rpi_orderbook``: each level with what of it only retail could take, which is nothing here."""
    snapshot = book(market, call.views, call.now, count(call.params, RPI_DEPTH, RPI_DEPTH))
    nothing = qty_text(market.spec, 0)
    return {**snapshot, **{side: [[*level, nothing] for level in snapshot[side]] for side in ("b", "a")}}


def book(market: "MarketState", views: "Views", now: Nanos, limit: int) -> Json:
    """The best *limit* levels. ``u`` counts changes of levels, ``seq`` is the last record that the book was made of."""
    spec, seen = market.spec, views.depth
    bids, asks = seen.levels(market.no, limit)
    return {
        "s": symbol_of(spec),
        "b": levels(spec, bids),
        "a": levels(spec, asks),
        "ts": timestamps.millis(now),
        "u": max(1, seen.seq(market.no)),
        "seq": views.seq,
        "cts": timestamps.millis(seen.changed_at(market.no) or now),
    }


def levels(spec: "Market", rows: Sequence[tuple[int, int]]) -> list[list[str]]:
    """Levels as pairs of texts."""
    return [[price_text(spec, price), qty_text(spec, qty)] for price, qty in rows]


# Trades


def recent_trades(call: Call) -> Reply:
    """``GET /v5/market/recent-trade``: the newest first."""
    category = call.params["category"]
    if category == OPTION:
        return responses.ok(call, {"category": category, "list": []})
    symbol = call.params.get("symbol", "")
    if not symbol:
        return responses.refused(call, errors.missing("symbol"))
    market = find_market(call.state, category, symbol)
    if market is None:
        return responses.refused(call, errors.BAD_SYMBOL)
    limit = count(call.params, 60, 60) if category == SPOT else count(call.params, 500, 1_000)
    rows = call.views.trades.tape(market.no, limit=limit)
    return responses.ok(call, {"category": category, "list": [trade(market.spec, row) for row in reversed(rows)]})


def trade(spec: "Market", row: "TradeRow") -> Json:
    """One print."""
    return {
        "execId": ids.execution_id(row.market, row.id),
        "symbol": symbol_of(spec),
        "price": price_text(spec, row.price),
        "size": qty_text(spec, row.qty),
        "side": "Buy" if row.aggressor is BUY else "Sell",
        "time": timestamps.text(row.at),
        "isBlockTrade": False,
        "isRPITrade": False,
        "seq": str(row.seq),
    }


# Candles


def candles_of(kind: CandleKind) -> "Callable[[Call, MarketState], Json | ApiError]":
    """Candles of one kind of price, newest first.

    With a start alone the oldest from the one that holds it on, otherwise the newest: which of them the venue leaves
    out where more than the limit lie between start and end is not published.
    """

    def candles(call: Call, market: "MarketState") -> Json | ApiError:
        interval, asked = INTERVALS[call.params["interval"]], span(call.params, "start", "end")
        if isinstance(asked, ApiError):
            return asked
        start, end = asked
        first = None if start is None else start_of(interval, start)
        rows = call.views.candles.get(
            market.no, interval, kind=kind, at=call.now, start=first if end is None else None, end=end,
            limit=count(call.params, 200, 1_000),
        )  # fmt: skip
        shown = [candle(market.spec, kind, row) for row in reversed(rows) if first is None or row.start >= first]
        return {"symbol": symbol_of(market.spec), "category": category_of(market.spec), "list": shown}

    return candles


def candle(spec: "Market", kind: CandleKind, row: "Candle") -> list[str]:
    """One candle; of prices nobody trades there are no volumes."""
    prices = (row.open, row.high, row.low, row.close)
    if kind is CandleKind.PREMIUM:
        return [timestamps.text(row.start), *(print_fixed(price, PREMIUM_PLACES) for price in prices)]
    texts = [timestamps.text(row.start), *(price_text(spec, price) for price in prices)]
    return [*texts, qty_text(spec, row.volume), print_plain(row.quote)] if kind is CandleKind.TRADE else texts


# Tickers


def tickers_of(call: Call) -> Reply:
    """``GET /v5/market/tickers``: one market, or all of a category that trade."""
    category, symbol, state = call.params["category"], call.params.get("symbol"), call.state
    if category == OPTION:
        return _option_tickers(call)
    found = [one for one in listed(state, category) if status_of(one) == TRADING]
    if symbol:
        market = find_market(state, category, symbol)
        if market is None:
            return responses.refused(call, errors.BAD_SYMBOL)
        found = [market]
    rows = [tickers.row_of(market, state, call.views, call.now) for market in found]
    return responses.ok(call, {"category": category, "list": rows})


def _option_tickers(call: Call) -> Reply:
    if call.params.get("symbol"):
        return responses.refused(call, errors.BAD_SYMBOL)
    if not call.params.get("baseCoin"):
        return responses.refused(call, errors.missing("symbol or baseCoin"))
    return responses.ok(call, {"category": OPTION, "list": []})


order_book = of_market(book_of)
full_order_book = of_market(full_book_of)
rpi_order_book = of_market(rpi_book_of)
candles = of_market(candles_of(CandleKind.TRADE))
mark_candles = of_market(candles_of(CandleKind.MARK))
index_candles = of_market(candles_of(CandleKind.INDEX))
premium_candles = of_market(candles_of(CandleKind.PREMIUM))
funding_history = of_market(standings.funding_history_of)
open_interest = of_market(standings.open_interest_of)
account_ratio = of_market(standings.account_ratio_of)
price_limit = of_market(price_limit_of)
