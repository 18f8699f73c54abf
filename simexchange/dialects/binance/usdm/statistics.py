"""Statistics under ``/futures/data``: one path for both products, told apart by what is named.

A symbol is one of USDⓈ-M; COIN-M names a pair and a type of contract. What cannot be read from our own records is the
venue's empty list, never a made-up figure.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from simexchange.core import valuing
from simexchange.core.margin import price_of
from simexchange.dialects.binance.common.errors import either, mandatory
from simexchange.dialects.binance.common.numbers import print_decimal, print_plain
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.basis import contract
from simexchange.dialects.binance.usdm.market import PERIODS
from simexchange.dialects.binance.usdm.requests import last_moment, moment, whole
from simexchange.dialects.binance.usdm.symbols import find, pair_of, qty_text
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.intervals import start_of

if TYPE_CHECKING:
    from simexchange.core.market import MarketState

Json = dict[str, Any]
LIMIT: Final = 30


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
    """``GET /futures/data/takerBuySellVol``: what takers bought and sold in each period, in contracts and in coins."""
    market = contract(call)
    if isinstance(market, ApiError):
        return responses.refused(market)
    rows = call.views.candles.get(
        market.no,
        call.params["period"],
        at=call.now,
        start=moment(call.params, "startTime"),
        end=last_moment(call.params),
        limit=whole(call.params, "limit") or LIMIT,
    )
    spec = market.spec
    return responses.ok([
        {
            **_name(call, market),
            "takerBuyVol": qty_text(spec, row.taker_volume),
            "takerSellVol": qty_text(spec, row.volume - row.taker_volume),
            "takerBuyVolValue": print_plain(row.taker_quote),
            "takerSellVolValue": print_plain(row.quote - row.taker_quote),
            "timestamp": millis(row.start),
        }
        for row in rows
    ])  # fmt: skip


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
