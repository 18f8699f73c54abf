"""Public calls: contracts, books, trades, candles, tickers, funding. Read from views; nothing here changes anything."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display, marks
from simexchange.core.margin import price_of
from simexchange.core.market import settlement_average, settlement_window
from simexchange.core.vocabulary.ids import TradeId
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.units import HOUR, ONE, Nanos
from simexchange.dialects.binance.changes import ONE_UNIVERSE
from simexchange.dialects.binance.common.numbers import print_decimal, print_fixed, print_plain
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.requests import last_moment, moment, whole
from simexchange.dialects.binance.usdm.symbols import (
    EVERY,
    RULES,
    Contracts,
    contract_type,
    contracts_of,
    find,
    listed,
    pair_of,
    price_text,
    qty_text,
)
from simexchange.dialects.contract import ApiError, Call, Handler, Reply
from simexchange.projections.candle import CandleKind
from simexchange.projections.funding import FundingRow
from simexchange.projections.trades import TradeRow

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.projections.candle import Candle
    from simexchange.projections.tickers import TickerRow
    from simexchange.projections.views import Views

Json = dict[str, Any]

DEPTH_LIMITS: Final = (5, 10, 20, 50, 100, 500, 1000)


def ping(call: Call) -> Reply:
    return responses.ok({})


def time(call: Call) -> Reply:
    return responses.ok({"serverTime": millis(call.now)})


def exchange_info(call: Call) -> Reply:
    """``GET /fapi/v1/exchangeInfo``: every contract the venue's rules speak of."""
    rules = call.state.rules
    contracts = [(market.spec, market.status, rules[RULES, market.no]) for market in listed(call)]
    bundle = call.state.bundles.get(RULES)
    return responses.ok(responses.exchange_info(call.now, contracts, () if bundle is None else bundle.collateral))


def of_symbol(work: "Callable[[Call, MarketState], Reply]") -> Handler:
    """A call about one contract, which ``symbol`` names."""

    def handler(call: Call) -> Reply:
        market = find(call, call.params["symbol"])
        return responses.refused(errors.BAD_SYMBOL) if market is None else work(call, market)

    return handler


def one_or_all(row: "Callable[[MarketState, Call], Json]") -> Handler:
    """A call that answers one contract's row, or without ``symbol`` everybody's in an array."""

    def handler(call: Call) -> Reply:
        symbol = call.params.get("symbol")
        if not symbol:
            return responses.ok([row(market, call) for market in listed(call)])
        market = find(call, symbol)
        return responses.refused(errors.BAD_SYMBOL) if market is None else responses.ok(row(market, call))

    return handler


# Book and trades


def depth_of(call: Call, market: "MarketState") -> Reply:
    """``GET /fapi/v1/depth``: the best levels, with the update id that streams go on from."""
    limit = whole(call.params, "limit") or 500
    if limit not in DEPTH_LIMITS:
        return responses.refused(errors.filled_in(errors.BAD_DEPTH_LIMIT, limit))
    return responses.ok(book(market, call.views, call.now, limit))


def book(market: "MarketState", views: "Views", now: Nanos, limit: int) -> Json:
    """A snapshot of the best *limit* levels."""
    spec, seen = market.spec, views.depth
    bids, asks = seen.levels(market.no, limit)
    return {
        "lastUpdateId": seen.seq(market.no),
        "E": millis(now),
        "T": millis(seen.changed_at(market.no)),
        "bids": levels(spec, bids),
        "asks": levels(spec, asks),
    }


def levels(spec: Market, rows: Iterable[tuple[int, int]]) -> list[list[str]]:
    """Levels as pairs of texts."""
    return [[price_text(spec, price), qty_text(spec, qty)] for price, qty in rows]


def trades_of(call: Call, market: "MarketState") -> Reply:
    """``GET /fapi/v1/trades``."""
    return responses.ok([responses.public_trade(market.spec, row) for row in tape_of(call, market)])


def historical_trades_of(call: Call, market: "MarketState") -> Reply:
    """``GET /fapi/v1/historicalTrades``."""
    rows = tape_of(call, market, whole(call.params, "fromId"))
    return responses.ok([responses.public_trade(market.spec, row) for row in rows])


def tape_of(call: Call, market: "MarketState", from_id: int | None = None) -> list[TradeRow]:
    """The newest prints, or those from an id on."""
    return call.views.trades.tape(
        market.no, from_id=None if from_id is None else TradeId(from_id), limit=whole(call.params, "limit") or 500
    )


def aggregate_trades_of(call: Call, market: "MarketState") -> Reply:
    """``GET /fapi/v1/aggTrades``: the newest, or from an id or a time on."""
    from_id = whole(call.params, "fromId")
    start, end = moment(call.params, "startTime"), last_moment(call.params)
    if from_id is not None and (start is not None or end is not None):
        return responses.refused(errors.BAD_COMBINATION)
    rows = call.views.trades.aggregates(
        market.no, from_id=from_id, start=start, end=end, limit=whole(call.params, "limit") or 500
    )
    return responses.ok([responses.aggregate(market.spec, row) for row in rows])


# Prices


def premium_index_row(market: "MarketState", call: Call) -> Json:
    """``GET /fapi/v1/premiumIndex``: mark, index and the running estimate of the next funding rate."""
    spec = market.spec
    funding = market.funding
    return {
        "symbol": symbol_of(spec),
        "markPrice": print_decimal(price_of(market)),
        "indexPrice": print_decimal(market.index_price or price_of(market)),
        "estimatedSettlePrice": print_decimal(estimated_settle_price(market, call)),
        "lastFundingRate": print_decimal(marks.predicted_rate(market, call.now)) if funding is not None else "",
        "interestRate": print_decimal(spec.interest) if funding is not None else "",
        "nextFundingTime": millis(Nanos(funding.next_at)) if funding is not None else 0,
        "time": millis(call.now),
    }


def estimated_settle_price(market: "MarketState", call: Call) -> int:
    """What a dated contract would be delivered at were it now; before its last half hour, the index."""
    index, (start, _) = call.state.indexes.get(market.spec.index), settlement_window(market.spec)
    if index is not None and start and call.now >= start:
        return settlement_average(market, index).value(call.now)
    return market.index_price or price_of(market)


def price_row(market: "MarketState", call: Call) -> Json:
    """``GET /fapi/v1/ticker/price`` and ``v2``: the last trade's price."""
    row = call.views.tickers.get(market.no, at=call.now)
    return {
        "symbol": symbol_of(market.spec),
        "price": price_text(market.spec, row.last),
        "time": millis(row.last_at or call.now),
    }


def book_ticker_row(market: "MarketState", call: Call) -> Json:
    """``GET /fapi/v1/ticker/bookTicker``: the best of each side, zeros where there is none."""
    spec, seen = market.spec, call.views.depth
    bid, bid_qty, ask, ask_qty = seen.best(market.no)
    return {
        "symbol": symbol_of(spec),
        "bidPrice": price_text(spec, bid),
        "bidQty": qty_text(spec, bid_qty),
        "askPrice": price_text(spec, ask),
        "askQty": qty_text(spec, ask_qty),
        "time": millis(seen.changed_at(market.no)),
        "lastUpdateId": seen.seq(market.no),
    }


def ticker_row(market: "MarketState", call: Call) -> Json:
    """``GET /fapi/v1/ticker/24hr``: the last 24 hours. There is no best bid or ask in it on futures."""
    spec = market.spec
    row = call.views.tickers.get(market.no, at=call.now)
    return {
        "symbol": symbol_of(spec),
        **day_figures(spec, row),
        "openTime": millis(row.start),
        "closeTime": millis(call.now),
        "firstId": row.first_id or -1,
        "lastId": row.last_id or -1,
        "count": row.count,
    }


def day_figures(spec: Market, row: "TickerRow") -> Json:
    """Prices and volumes of the rolling day."""
    change = row.change
    return {
        "priceChange": price_text(spec, change),
        "priceChangePercent": print_fixed(display.percent(change, row.open), 3),
        "weightedAvgPrice": price_text(
            spec, display.trade_average(spec, row.quote * (ONE if spec.inverse else 1), row.volume)
        ),
        "lastPrice": price_text(spec, row.last),
        "lastQty": qty_text(spec, row.last_qty),
        "openPrice": price_text(spec, row.open),
        "highPrice": price_text(spec, row.high),
        "lowPrice": price_text(spec, row.low),
        "volume": qty_text(spec, row.volume),
        "quoteVolume": print_plain(row.quote),
    }


# Candles


def candles_of(kind: CandleKind, find_by: "Callable[[Call], MarketState | ApiError]") -> Handler:
    """A call for candles of one kind of price of the market that *find_by* finds."""

    def handler(call: Call) -> Reply:
        market = find_by(call)
        if isinstance(market, ApiError):
            return responses.refused(market)
        start, end = moment(call.params, "startTime"), last_moment(call.params)
        if start is not None and end is not None and start > end:
            return responses.refused(errors.BAD_START_TIME)
        rows = call.views.candles.get(
            market.no,
            call.params["interval"],
            kind=kind,
            at=call.now,
            start=start,
            end=end,
            limit=whole(call.params, "limit") or 500,
        )
        return responses.ok([candle(market.spec, kind, row) for row in rows])

    return handler


def candle(spec: Market, kind: CandleKind, row: "Candle") -> list[Any]:
    """One candle as twelve elements; of prices nobody trades only the count means anything."""
    if kind is CandleKind.TRADE:
        texts = [price_text(spec, p) for p in (row.open, row.high, row.low, row.close)]
        tail = [print_plain(row.quote), row.count, qty_text(spec, row.taker_volume), print_plain(row.taker_quote), "0"]
        return [millis(row.start), *texts, qty_text(spec, row.volume), millis(row.end) - 1, *tail]
    texts = [print_decimal(p) for p in (row.open, row.high, row.low, row.close)]
    return [millis(row.start), *texts, "0", millis(row.end) - 1, "0", row.count, "0", "0", "0"]


CONTRACT_TYPES: Final = ("PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER", "TRADIFI_PERPETUAL")


def universe(call: Call) -> tuple[Contracts, ...]:
    """Whose contracts calls for candles know: since 2026-06-30 either product knows those of both, its own first."""
    own = contracts_of(call)
    if ONE_UNIVERSE in call.options:
        return (own,)
    return (own, *(other for other in EVERY if other is not own))


def by_symbol(call: Call) -> "MarketState | ApiError":
    """The contract that ``symbol`` names."""
    found = (contracts.find(call.state, call.params["symbol"]) for contracts in universe(call))
    return next((market for market in found if market is not None), errors.BAD_SYMBOL)


def by_pair(call: Call) -> "MarketState | ApiError":
    """The perpetual of a pair."""
    return fitting(call, "PERPETUAL", universe(call))


def by_pair_and_type(call: Call) -> "MarketState | ApiError":
    """The contract of a pair that lives as long as asked for."""
    kind = call.params["contractType"]
    return fitting(call, kind, universe(call)) if kind in CONTRACT_TYPES else errors.BAD_CONTRACT_TYPE


def fitting(call: Call, kind: str, universe: Iterable[Contracts]) -> "MarketState | ApiError":
    """The contract of the pair that was sent and of that type."""
    for contracts in universe:
        for market in contracts.listed(call.state):
            if pair_of(market.spec) == call.params["pair"] and contract_type(market.spec, call.now) == kind:
                return market
    return errors.BAD_PAIR


# Funding and interest


def settled_rates(call: Call) -> Reply:
    """``GET /fapi/v1/fundingRate``: settled rates, ascending; without ``symbol`` those of every contract."""
    symbol = call.params.get("symbol")
    market = find(call, symbol) if symbol else None
    if symbol and market is None:
        return responses.refused(errors.BAD_SYMBOL)
    start, end = moment(call.params, "startTime"), last_moment(call.params)
    if start is not None and end is not None and start > end:
        return responses.refused(errors.BAD_START_TIME)
    limit = whole(call.params, "limit") or 100
    chosen = [market] if market is not None else list(listed(call))
    rates = call.views.funding.rates
    rows = [(row, one.spec) for one in chosen for row in rates(one.no, start=start, end=end, limit=limit)]
    rows.sort(key=lambda pair: pair[0].at)
    shown = rows[:limit] if start is not None else rows[-limit:]
    return responses.ok([funding_row(spec, row) for row, spec in shown])


def funding_row(spec: Market, row: FundingRow) -> Json:
    """One settlement. USDⓈ-M says of which kind: special ones are for dividends of shares, and none are listed."""
    return {
        "symbol": symbol_of(spec),
        "fundingTime": millis(row.at),
        "fundingRate": print_decimal(row.rate),
        "markPrice": print_decimal(row.mark),
        **({} if spec.inverse else {"rateType": "Regular"}),
    }


def rate_limits(call: Call) -> Reply:
    """``GET /fapi/v1/fundingInfo``: caps, floors and intervals of contracts that have funding."""
    return responses.ok([
        {
            "symbol": symbol_of(market.spec),
            "adjustedFundingRateCap": print_decimal(market.spec.funding_cap),
            "adjustedFundingRateFloor": print_decimal(market.spec.funding_floor),
            "fundingIntervalHours": market.spec.funding_interval // HOUR,
            "disclaimer": False,
            "updateTime": millis(market.spec.onboard),
        }
        for market in listed(call)
        if market.funding is not None
    ])  # fmt: skip


def open_interest_of(call: Call, market: "MarketState") -> Reply:
    """``GET /fapi/v1/openInterest``: the sum of all long positions."""
    interest = call.views.positions.open_interest(market.no)
    return responses.ok({
        "symbol": symbol_of(market.spec),
        "openInterest": qty_text(market.spec, interest),
        "time": millis(call.now),
    })  # fmt: skip


PERIODS: Final = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")


def constituents_of(call: Call, market: "MarketState") -> Reply:
    """``GET /fapi/v1/constituents``."""
    return responses.ok({"symbol": symbol_of(market.spec), **index_parts(call, market)})


def index_parts(call: Call, market: "MarketState") -> Json:
    """What a contract's index was made of last; one that is set stands for itself."""
    index = call.views.funding.index(market.spec.index)
    shares = index.shares if index is not None else ()
    whole = sum(share.weight for share in shares)
    made_of: list[tuple[str, int, int]] = [
        # Where the index is the median, none of them weighs anything.
        (share.source, share.price, share.weight * ONE // whole if whole else 0)
        for share in shares
    ] or [("simexchange", market.index_price, ONE)]
    return {
        "time": millis(call.now),
        "constituents": [
            {
                "exchange": source,
                "symbol": pair_of(market.spec),
                "price": print_decimal(price),
                "weight": print_decimal(weight),
            }
            for source, price, weight in made_of
        ],
    }


# The calls of both products, or of USDⓈ-M alone

depth = of_symbol(depth_of)
trades = of_symbol(trades_of)
historical_trades = of_symbol(historical_trades_of)
aggregate_trades = of_symbol(aggregate_trades_of)
open_interest = of_symbol(open_interest_of)
constituents = of_symbol(constituents_of)
premium_index = one_or_all(premium_index_row)
price = one_or_all(price_row)
book_ticker = one_or_all(book_ticker_row)
ticker = one_or_all(ticker_row)
klines = candles_of(CandleKind.TRADE, by_symbol)
continuous_klines = candles_of(CandleKind.TRADE, by_pair_and_type)
mark_klines = candles_of(CandleKind.MARK, by_symbol)
index_klines = candles_of(CandleKind.INDEX, by_pair)
premium_klines = candles_of(CandleKind.PREMIUM, by_symbol)
