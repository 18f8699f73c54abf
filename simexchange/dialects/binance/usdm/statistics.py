"""Statistics under ``/futures/data``: one path for both products, told apart by what is named.

A symbol is one of USDⓈ-M; COIN-M names a pair and a type of contract. Everything is read from our own records; what
they do not tell is the venue's empty list, never a made-up figure. Shapes: pages "Market Data" of both, seen 2026-11.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from simexchange.core import valuing
from simexchange.core.vocabulary.units import ONE, Nanos
from simexchange.dialects.binance.common.errors import either, mandatory
from simexchange.dialects.binance.common.numbers import print_decimal, print_fixed, print_plain
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.basis import contract
from simexchange.dialects.binance.usdm.market import CONTRACT_TYPES, PERIODS, fitting
from simexchange.dialects.binance.usdm.requests import last_moment, moment, whole
from simexchange.dialects.binance.usdm.symbols import EVERY, find, pair_of, qty_text
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.candle import Candle, CandleKind
from simexchange.projections.crowd import Standing

if TYPE_CHECKING:
    from simexchange.core.market import MarketState

T = TypeVar("T")

Json = dict[str, Any]
LIMIT: Final = 30
ALL: Final = "ALL"


def check_named(params: Mapping[str, str]) -> ApiError | None:
    """A symbol, or a pair with its type of contract; and a period that there is."""
    if params.get("symbol"):
        pass
    elif not params.get("pair"):
        return either("symbol", "pair")
    elif not params.get("contractType"):
        return mandatory("contractType")
    return _check_period(params)


def check_either_name(params: Mapping[str, str]) -> ApiError | None:
    """A symbol or a pair, and a period that there is."""
    named = params.get("symbol") or params.get("pair")
    return _check_period(params) if named else either("symbol", "pair")


def _check_period(params: Mapping[str, str]) -> ApiError | None:
    return None if params.get("period") in PERIODS else mandatory("period")


def open_interest_history(call: Call) -> Reply:
    """``GET /futures/data/openInterestHist``: contracts held as each period began, and what they were worth.

    Their worth is that at the mark, on COIN-M in coins.
    """
    market = _named(call)
    if isinstance(market, ApiError):
        return responses.refused(market)
    spec, asked = market.spec, _asked(call)
    marks = {row.start: row.open for row in _candles(call, market, CandleKind.MARK)}
    return responses.ok([
        {
            **_name(call, market),
            "sumOpenInterest": qty_text(spec, row.interest) if spec.inverse else print_decimal(row.interest),
            "sumOpenInterestValue": print_decimal(valuing.worth(spec, marks[row.at], row.interest)),
            "timestamp": millis(row.at),
        }
        for row in call.views.crowd.standings(market.no, **asked)
        if row.at in marks
    ])  # fmt: skip


def accounts_ratio(call: Call) -> Reply:
    """``GET /futures/data/globalLongShortAccountRatio``: accounts that hold the contract long, and those short.

    Of a pair, those of all its contracts: who holds two is counted twice. Where one side has nobody there is no ratio
    and no row, as in all of these.
    """
    return _ratios(call, lambda row: (row.longs.accounts, row.shorts.accounts), "Account")


def top_accounts_ratio(call: Call) -> Reply:
    """``GET /futures/data/topLongShortAccountRatio``: as of all accounts, of the fifth that holds most."""
    return _ratios(call, lambda row: (row.top_longs.accounts, row.top_shorts.accounts), "Account")


def top_positions_ratio(call: Call) -> Reply:
    """``GET /futures/data/topLongShortPositionRatio``: what the fifth that holds most has long and short."""
    shares = "Position" if not call.params.get("symbol") else "Account"
    return _ratios(call, lambda row: (row.top_longs.qty, row.top_shorts.qty), shares)


def _ratios(call: Call, sides: Callable[[Standing], tuple[int, int]], shares: str) -> Reply:
    markets = _all_named(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    totals: dict[Nanos, tuple[int, int]] = {}
    for market in markets:
        for row in call.views.crowd.standings(market.no, **_asked(call)):
            longs, shorts = totals.get(row.at, (0, 0))
            more_longs, more_shorts = sides(row)
            totals[row.at] = (longs + more_longs, shorts + more_shorts)
    named = {"symbol": call.params["symbol"]} if call.params.get("symbol") else {"pair": call.params["pair"]}
    return responses.ok([
        {
            **named,
            "longShortRatio": print_fixed(longs * ONE // shorts, 4),
            f"long{shares}": print_fixed(longs * ONE // (longs + shorts), 4),
            f"short{shares}": print_fixed(shorts * ONE // (longs + shorts), 4),
            "timestamp": millis(at),
        }
        for at, (longs, shorts) in _chosen(call, totals)
        if longs and shorts
    ])  # fmt: skip


def taker_ratio(call: Call) -> Reply:
    """``GET /futures/data/takerlongshortRatio``: what takers bought in each period beside what they sold."""
    market = _named(call)
    if isinstance(market, ApiError):
        return responses.refused(market)
    rows = [(row.start, row.taker_volume, row.volume - row.taker_volume) for row in _candles(call, market)]
    return responses.ok([
        {
            "buySellRatio": print_fixed(bought * ONE // sold, 4),
            "buyVol": print_fixed(bought, 4),
            "sellVol": print_fixed(sold, 4),
            "timestamp": millis(at),
        }
        for at, bought, sold in rows
        if sold
    ])  # fmt: skip


def taker_volumes(call: Call) -> Reply:
    """``GET /futures/data/takerBuySellVol``: what takers bought and sold in each period, in contracts and in coins.

    ``ALL`` is every contract of the pair together.
    """
    markets = _contracts(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    sums: dict[Nanos, tuple[int, int, int, int]] = {}
    for market in markets:
        for row in _candles(call, market):
            bought, all_of, paid, worth = sums.get(row.start, (0, 0, 0, 0))
            sums[row.start] = (
                bought + row.taker_volume, all_of + row.volume, paid + row.taker_quote, worth + row.quote,
            )  # fmt: skip
    spec = markets[0].spec
    return responses.ok([
        {
            **_name(call, markets[0]),
            "takerBuyVol": qty_text(spec, bought),
            "takerSellVol": qty_text(spec, all_of - bought),
            "takerBuyVolValue": print_plain(paid),
            "takerSellVolValue": print_plain(worth - paid),
            "timestamp": millis(start),
        }
        for start, (bought, all_of, paid, worth) in _chosen(call, sums)
    ])  # fmt: skip


def _contracts(call: Call) -> "list[MarketState] | ApiError":
    """The contract of the pair and type that are named, or all of the pair."""
    if call.params["contractType"] != ALL:
        market = contract(call)
        return market if isinstance(market, ApiError) else [market]
    found = [fitting(call, kind, EVERY) for kind in CONTRACT_TYPES]
    markets = [market for market in found if not isinstance(market, ApiError)]
    return markets or next(market for market in found if isinstance(market, ApiError))


def _chosen(call: Call, sums: dict[Nanos, T]) -> list[tuple[Nanos, T]]:
    """The periods that are told of several contracts: with startTime the oldest that fit, else the newest.

    Each contract was asked for as many of its own, and one listed later has later ones: beyond these a sum lacks those
    that have no further rows.
    """
    limit = whole(call.params, "limit") or LIMIT
    rows = sorted(sums.items())
    return rows[-limit:] if moment(call.params, "startTime") is None else rows[:limit]


def _candles(call: Call, market: "MarketState", kind: CandleKind = CandleKind.TRADE) -> list[Candle]:
    period = call.params["period"]
    start, end = moment(call.params, "startTime"), last_moment(call.params)
    limit = whole(call.params, "limit") or LIMIT
    return call.views.candles.get(market.no, period, at=call.now, kind=kind, start=start, end=end, limit=limit)


def _asked(call: Call) -> dict[str, Any]:
    """Of which instants standings are asked."""
    return {
        "interval": call.params["period"],
        "now": call.now,
        "start": moment(call.params, "startTime"),
        "end": last_moment(call.params),
        "limit": whole(call.params, "limit") or LIMIT,
    }


def _all_named(call: Call) -> "list[MarketState] | ApiError":
    """The market of a symbol, or every contract of a pair of COIN-M."""
    if call.params.get("symbol"):
        market = _named(call)
        return market if isinstance(market, ApiError) else [market]
    pair = call.params["pair"]
    every = (market for contracts in EVERY for market in contracts.listed(call.state))
    found = [market for market in every if pair_of(market.spec) == pair]
    return found or errors.BAD_PAIR


def _named(call: Call) -> "MarketState | ApiError":
    symbol = call.params.get("symbol")
    if not symbol:
        return contract(call)
    market = find(call, symbol)
    return errors.BAD_SYMBOL if market is None else market


def _name(call: Call, market: "MarketState") -> Json:
    """What a row is headed with: the words it was asked for with."""
    if call.params.get("symbol"):
        return {"symbol": symbol_of(market.spec)}
    return {"pair": pair_of(market.spec), "contractType": call.params["contractType"]}
