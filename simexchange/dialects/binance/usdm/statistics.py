"""Statistics under ``/futures/data``: one path for both products, told apart by what is named.

A symbol is one of USDⓈ-M; COIN-M names a pair and a type of contract. What cannot be read from our own records is the
venue's empty list, never a made-up figure.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from simexchange.core import valuing
from simexchange.core.margin import price_of
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.errors import either, mandatory
from simexchange.dialects.binance.common.numbers import print_decimal, print_plain
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.basis import contract
from simexchange.dialects.binance.usdm.market import CONTRACT_TYPES, PERIODS, fitting
from simexchange.dialects.binance.usdm.requests import last_moment, moment, whole
from simexchange.dialects.binance.usdm.symbols import EVERY, find, pair_of, qty_text
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.intervals import start_of

if TYPE_CHECKING:
    from simexchange.core.market import MarketState

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
    """``GET /futures/data/openInterestHist``: the present value, at the newest full period; the past is not kept.

    Its value is that of the contracts at the mark, on COIN-M in coins.
    """
    market = _named(call)
    if isinstance(market, ApiError):
        return responses.refused(market)
    at = start_of(call.params["period"], call.now)
    start, end = moment(call.params, "startTime"), last_moment(call.params)
    if (start is not None and at < start) or (end is not None and at > end):
        return responses.ok([])
    spec, interest = market.spec, call.views.positions.open_interest(market.no)
    return responses.ok([{
        **_name(call, market),
        "sumOpenInterest": qty_text(spec, interest) if spec.inverse else print_decimal(interest),
        "sumOpenInterestValue": print_decimal(valuing.worth(spec, price_of(market), interest)),
        "timestamp": millis(at),
    }])  # fmt: skip


def taker_volumes(call: Call) -> Reply:
    """``GET /futures/data/takerBuySellVol``: what takers bought and sold in each period, in contracts and in coins.

    ``ALL`` is every contract of the pair together.
    """
    markets = _contracts(call)
    if isinstance(markets, ApiError):
        return responses.refused(markets)
    limit = whole(call.params, "limit") or LIMIT
    sums: dict[int, tuple[int, int, int, int]] = {}
    for market in markets:
        for row in call.views.candles.get(
            market.no,
            call.params["period"],
            at=call.now,
            start=moment(call.params, "startTime"),
            end=last_moment(call.params),
            limit=limit,
        ):
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
            "timestamp": millis(Nanos(start)),
        }
        for start, (bought, all_of, paid, worth) in sorted(sums.items())[-limit:]
    ])  # fmt: skip


def _contracts(call: Call) -> "list[MarketState] | ApiError":
    """The contract of the pair and type that are named, or all of the pair."""
    if call.params["contractType"] != ALL:
        market = contract(call)
        return market if isinstance(market, ApiError) else [market]
    found = [fitting(call, kind, EVERY) for kind in CONTRACT_TYPES]
    markets = [market for market in found if not isinstance(market, ApiError)]
    return markets or next(market for market in found if isinstance(market, ApiError))


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
