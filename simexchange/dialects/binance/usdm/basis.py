"""What dated contracts are worth above their index, and what they were delivered at: ``/futures/data``."""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display
from simexchange.core.vocabulary.markets import Market
from simexchange.dialects.binance.common.errors import mandatory
from simexchange.dialects.binance.common.numbers import print_decimal, print_fixed
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, responses
from simexchange.dialects.binance.usdm.figures import as_number
from simexchange.dialects.binance.usdm.market import CONTRACT_TYPES, PERIODS, fitting
from simexchange.dialects.binance.usdm.requests import last_moment, moment, whole
from simexchange.dialects.binance.usdm.symbols import EVERY, RULES, pair_of, price_text
from simexchange.dialects.contract import ApiError, Call, Reply
from simexchange.projections.candle import CandleKind

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.projections.candle import Candle

Json = dict[str, Any]
LIMIT: Final = 30


def contract(call: Call) -> "MarketState | ApiError":
    """The contract of the pair and type that are named: these calls are the same for both products."""
    kind = call.params["contractType"]
    return fitting(call, kind, EVERY) if kind in CONTRACT_TYPES else errors.BAD_CONTRACT_TYPE


def basis(call: Call) -> Reply:
    """``GET /futures/data/basis``: contract and index as each period began, ascending.

    The rate is (contract − index) ÷ index; a year's is that × 365 days ÷ what was left to the expiry, and empty for a
    perpetual.
    """
    market = contract(call)
    if isinstance(market, ApiError):
        return responses.refused(market)
    period = call.params["period"]
    if period not in PERIODS:
        return responses.refused(mandatory("period"))
    start, end, limit = moment(call.params, "startTime"), last_moment(call.params), whole(call.params, "limit") or LIMIT
    futures, indexes = (
        call.views.candles.get(market.no, period, at=call.now, kind=kind, start=start, end=end, limit=limit)
        for kind in (CandleKind.TRADE, CandleKind.INDEX)
    )
    spot = {row.start: row for row in indexes}
    kind = call.params["contractType"]
    return responses.ok([_basis_row(market.spec, kind, row, spot[row.start]) for row in futures if row.start in spot])


def _basis_row(spec: Market, kind: str, future: "Candle", index: "Candle") -> Json:
    price, spot = future.open, index.open
    yearly = display.annual_basis_rate(price, spot, spec.expiry - future.start) if spec.expiry else None
    return {
        "indexPrice": print_decimal(spot),
        "contractType": kind,
        "basisRate": print_fixed(display.basis_rate(price, spot), 4),
        "futuresPrice": price_text(spec, price),
        "annualizedBasisRate": "" if yearly is None else print_fixed(yearly, 4),
        "basis": print_decimal(price - spot),
        "pair": pair_of(spec),
        "timestamp": millis(future.start),
    }


def delivery_prices(call: Call) -> Reply:
    """``GET /futures/data/delivery-price``: of the pair's contracts that were delivered, the newest first."""
    rows = [
        row for row in call.views.markets.all(RULES) if row.delivery_price and pair_of(row.spec) == call.params["pair"]
    ]
    rows.sort(key=lambda row: -row.spec.expiry)
    return responses.ok(
        [{"deliveryTime": millis(row.spec.expiry), "deliveryPrice": as_number(row.delivery_price)} for row in rows]
    )
