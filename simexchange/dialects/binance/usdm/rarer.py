"""Market data few ask for: the book with the orders only retail customers may take, composite indexes, opening hours.

All: developers.binance.com, "USDⓈ-M Futures", Market data, seen 2026-11.
"""

from typing import TYPE_CHECKING, Final

from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import errors, market, responses
from simexchange.dialects.binance.usdm.requests import whole
from simexchange.dialects.contract import Call, Reply

if TYPE_CHECKING:
    from simexchange.core.market import MarketState

RPI_DEPTH: Final = 1000
"""The only ``limit`` that call knows."""


def _rpi_depth(call: Call, of: "MarketState") -> Reply:
    """``GET /fapi/v1/rpiDepth``: there are no such orders here, so it is the book as everybody has it."""
    limit = whole(call.params, "limit") or RPI_DEPTH
    if limit != RPI_DEPTH:
        return responses.refused(errors.filled_in(errors.BAD_DEPTH_LIMIT, limit))
    return responses.ok(market.book(of, call.views, call.now, limit))


rpi_depth: Final = market.of_symbol(_rpi_depth)


def index_info(call: Call) -> Reply:
    """``GET /fapi/v1/indexInfo``: what composite indexes are made of; none is listed here."""
    return responses.refused(errors.BAD_SYMBOL) if call.params.get("symbol") else responses.ok([])


def trading_schedule(call: Call) -> Reply:
    """``GET /fapi/v1/tradingSchedule``: opening hours of shares and commodities; no contract on those is listed."""
    return responses.ok({"updateTime": millis(call.now), "marketSchedules": {}})
