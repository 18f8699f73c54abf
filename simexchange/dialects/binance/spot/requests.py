"""What spot calls may be sent: a table of parameters per call.

Names, mandatory ones and combinations: "REST API" of binance/binance-spot-api-docs (2026-07-21). `/api` counts its
parameters and refuses unknown ones; `/sapi` tolerates them.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from simexchange.core.vocabulary.ids import TradeId
from simexchange.core.vocabulary.units import DAY
from simexchange.dialects.binance.common import errors as common
from simexchange.dialects.binance.common.intervals import SPOT_INTERVALS, SPOT_WINDOWS
from simexchange.dialects.binance.common.params import (
    Param,
    Surplus,
    anything,
    boolean,
    checker,
    decimal,
    integer,
    one_of,
    text,
)
from simexchange.dialects.binance.common.timestamps import nanos, parse_zone
from simexchange.dialects.binance.spot import errors
from simexchange.dialects.binance.spot.entry import SELF_TRADE_MODES
from simexchange.dialects.binance.spot.shapes import ALONE, CLIENT_ID_PATTERN, ROUTED
from simexchange.dialects.contract import ApiError, Check

SYMBOL_PATTERN: Final = r"^[A-Z0-9-_.]{1,20}$"
STATUSES: Final = ("TRADING", "HALT", "BREAK", "CANCEL_ONLY")

_client_id = text(CLIENT_ID_PATTERN)
_symbol = Param("symbol", text(SYMBOL_PATTERN))
_symbols = Param("symbols", anything)
_symbol_status = Param("symbolStatus", one_of(STATUSES, errors.BAD_SYMBOL_STATUS))
_limit = Param("limit", integer(1))
_times = (Param("startTime", integer()), Param("endTime", integer()))
_ticker_type = Param("type", one_of(("FULL", "MINI"), errors.BAD_TICKER_TYPE))


_zone_text = text(r"^[+-]?[0-9]{1,2}(:[0-9]{2})?$")


def _time_zone(name: str, value: str) -> ApiError | None:
    """Hours, or hours and minutes, from -12:00 to +14:00."""
    return _zone_text(name, value) or (errors.BAD_TIME_ZONE if parse_zone(value) is None else None)


def _public(*params: Param, then: Check | None = None) -> Check:
    return checker(*params, surplus=Surplus.COUNTED, then=then)


def _private(*params: Param, then: Check | None = None, words: Sequence[str] = ()) -> Check:
    return checker(*params, surplus=Surplus.UNREAD, then=then, words=words)


# Market data


def _one_or_many(params: Mapping[str, str]) -> ApiError | None:
    if params.get("symbol") and params.get("symbols"):
        return errors.BAD_COMBINATION
    if params.get("symbols"):
        listed = symbol_list(params["symbols"])
        return listed if isinstance(listed, ApiError) else None
    return None


def _some_symbols(params: Mapping[str, str]) -> ApiError | None:
    if not params.get("symbol") and not params.get("symbols"):
        return common.either("symbol", "symbols")
    return _one_or_many(params)


def _exchange_info_combination(params: Mapping[str, str]) -> ApiError | None:
    named = bool(params.get("symbol") or params.get("symbols"))
    if named and (params.get("permissions") or params.get("symbolStatus")):
        return errors.BAD_COMBINATION
    return _one_or_many(params)


def symbol_list(sent: str) -> list[str] | ApiError:
    """``["BTCUSDT","ETHUSDT"]`` as a list; nothing else will do."""
    try:
        names = json.loads(sent)
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        return common.illegal_characters("symbols", r'^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$')
    if len(set(names)) < len(names):
        return errors.DUPLICATE_SYMBOLS
    return names


NO_PARAMETERS: Final = _public()
EXCHANGE_INFO: Final = _public(
    _symbol,
    _symbols,
    Param("permissions", anything),
    Param("showPermissionSets", boolean),
    _symbol_status,
    then=_exchange_info_combination,
)
DEPTH: Final = _public(_symbol.needed(), _limit, _symbol_status)
TRADES: Final = _public(_symbol.needed(), _limit)
HISTORICAL_TRADES: Final = _public(_symbol.needed(), _limit, Param("fromId", integer()))
AGGREGATES: Final = _public(_symbol.needed(), _limit, Param("fromId", integer()), *_times)
KLINES: Final = _public(
    _symbol.needed(),
    Param("interval", one_of(tuple(SPOT_INTERVALS), errors.BAD_INTERVAL), required=True),
    *_times,
    Param("timeZone", _time_zone),
    _limit,
)
ONE_SYMBOL: Final = _public(_symbol.needed())
TICKER: Final = _public(_symbol, _symbols, _ticker_type, _symbol_status, then=_one_or_many)
TRADING_DAY: Final = _public(
    _symbol, _symbols, Param("timeZone", _time_zone), _ticker_type, _symbol_status, then=_some_symbols
)
ROLLING: Final = _public(
    _symbol, _symbols, Param("windowSize", one_of(tuple(SPOT_WINDOWS))), _ticker_type, _symbol_status,
    then=_some_symbols,
)  # fmt: skip


def _only_one(params: Mapping[str, str]) -> ApiError | None:
    if sum(1 for name in ("symbol", "symbols", "symbolStatus") if params.get(name)) > 1:
        return errors.BAD_COMBINATION
    return _one_or_many(params)


REFERENCE_CALCULATION: Final = _public(_symbol.needed(), _symbol_status)
EXECUTION_RULES: Final = _public(_symbol, _symbols, _symbol_status, then=_only_one)
PRICE: Final = _public(_symbol, _symbols, _symbol_status, then=_one_or_many)

# Orders


def _sent(params: Mapping[str, str], *names: str) -> str | None:
    for name in names:
        if params.get(name):
            return name
    return None


_how = (
    Param("newOrderRespType", one_of(("ACK", "RESULT", "FULL"))),
    Param("selfTradePreventionMode", one_of(tuple(SELF_TRADE_MODES))),
)
_order_params = (_symbol.needed(), *ALONE.known("side", "type"), *_how)
_words = ALONE.words()
_compute_rates = Param("computeCommissionRates", boolean)
NEW_ORDER: Final = _private(*_order_params, then=ALONE.check, words=_words)
TEST_ORDER: Final = _private(*_order_params, _compute_rates, then=ALONE.check, words=_words)


def _routed(params: Mapping[str, str]) -> ApiError | None:
    if params["type"] not in ("LIMIT", "MARKET"):
        return errors.BAD_ORDER_TYPE
    return ROUTED.check(params)


_routed_params = (_symbol.needed(), *ROUTED.known("side", "type", "quantity"), *_how)
ROUTED_ORDER: Final = _private(*_routed_params, then=_routed, words=ROUTED.words())
ROUTED_TEST: Final = _private(*_routed_params, _compute_rates, then=_routed, words=ROUTED.words())


def _replaced(params: Mapping[str, str]) -> ApiError | None:
    if not _sent(params, "cancelOrderId", "cancelOrigClientOrderId"):
        return common.either("cancelOrigClientOrderId", "cancelOrderId")
    return ALONE.check(params)


_restrictions = Param(
    "cancelRestrictions", one_of(("ONLY_NEW", "ONLY_PARTIALLY_FILLED"), errors.BAD_CANCEL_RESTRICTIONS)
)
CANCEL_REPLACE: Final = _private(
    *_order_params,
    Param("cancelReplaceMode", one_of(("STOP_ON_FAILURE", "ALLOW_FAILURE")), required=True),
    Param("cancelNewClientOrderId", _client_id),
    Param("cancelOrigClientOrderId", _client_id),
    Param("cancelOrderId", integer()),
    Param("orderRateLimitExceededMode", one_of(("DO_NOTHING", "CANCEL_ONLY"))),
    _restrictions,
    then=_replaced,
    words=_words,
)


def _either_id(params: Mapping[str, str]) -> ApiError | None:
    if not _sent(params, "orderId", "origClientOrderId"):
        return common.either("origClientOrderId", "orderId")
    return None


_order_ids = (_symbol.needed(), Param("orderId", integer()), Param("origClientOrderId", _client_id))
QUERY_ORDER: Final = _private(*_order_ids, then=_either_id)
CANCEL_ORDER: Final = _private(
    *_order_ids,
    Param("newClientOrderId", _client_id),
    _restrictions,
    then=_either_id,
)
AMEND: Final = _private(
    *_order_ids,
    Param("newClientOrderId", _client_id),
    Param("newQty", decimal(), required=True),
    then=_either_id,
)
AMENDMENTS: Final = _private(
    _symbol.needed(), Param("orderId", integer(), required=True), Param("fromExecutionId", integer()), _limit
)
CANCEL_ALL: Final = _private(_symbol.needed())
OPEN_ORDERS: Final = _private(_symbol)


def within_a_day(params: Mapping[str, str]) -> ApiError | None:
    """startTime and endTime are at most 24 hours apart."""
    start, end = params.get("startTime"), params.get("endTime")
    if start and end and nanos(int(end)) - nanos(int(start)) > DAY:
        return errors.TOO_LONG_SPAN
    return None


def _my_trades_combination(params: Mapping[str, str]) -> ApiError | None:
    """The combinations the documentation lists; the symbol is always there."""
    sent = frozenset(name for name in ("orderId", "fromId", "startTime", "endTime") if params.get(name))
    if "orderId" in sent and sent - {"orderId", "fromId"}:
        return errors.BAD_COMBINATION
    if "fromId" in sent and sent - {"orderId", "fromId"}:
        return errors.BAD_COMBINATION
    return within_a_day(params)


def _prevented_combination(params: Mapping[str, str]) -> ApiError | None:
    """One match, or those of an order."""
    sent = frozenset(
        name for name in ("preventedMatchId", "orderId", "fromPreventedMatchId", "limit") if params.get(name)
    )
    if not sent & {"preventedMatchId", "orderId"}:
        return common.either("preventedMatchId", "orderId")
    fits = sent == {"preventedMatchId"} or ("orderId" in sent and "preventedMatchId" not in sent)
    return None if fits else errors.BAD_COMBINATION


PREVENTED: Final = _private(
    _symbol.needed(),
    Param("preventedMatchId", integer()),
    Param("orderId", integer()),
    Param("fromPreventedMatchId", integer()),
    _limit,
    then=_prevented_combination,
)


def _allocations_combination(params: Mapping[str, str]) -> ApiError | None:
    """Times by themselves, or an id on, or those of an order."""
    sent = frozenset(name for name in ("orderId", "fromAllocationId", "startTime", "endTime") if params.get(name))
    if sent & {"orderId", "fromAllocationId"} and sent & {"startTime", "endTime"}:
        return errors.BAD_COMBINATION
    return within_a_day(params)


ALLOCATIONS: Final = _private(
    _symbol.needed(),
    *_times,
    Param("fromAllocationId", integer()),
    _limit,
    Param("orderId", integer()),
    then=_allocations_combination,
)
ALL_ORDERS: Final = _private(_symbol.needed(), Param("orderId", integer()), *_times, _limit, then=within_a_day)
MY_TRADES: Final = _private(
    _symbol.needed(),
    Param("orderId", integer()),
    *_times,
    Param("fromId", integer()),
    _limit,
    then=_my_trades_combination,
)
ACCOUNT: Final = _private(Param("omitZeroBalances", boolean))
COMMISSION: Final = _private(_symbol.needed())
SIGNED_ONLY: Final = _private()
LISTEN_KEY: Final = checker(Param("listenKey", anything, required=True))

# /sapi

_ASSET = Param("asset", text(r"^[A-Za-z0-9]{1,20}$"))
BURN: Final = checker(Param("spotBNBBurn", boolean), Param("interestBNBBurn", boolean))
TRADE_FEE: Final = checker(_symbol)
USER_ASSETS: Final = checker(_ASSET)
FUNDING_ASSETS: Final = checker(_ASSET, Param("needBtcValuation", boolean))
SUBSCRIPTION: Final = checker(Param("subscriptionId", integer()))


def trade_id(sent: str | None) -> TradeId | None:
    """``fromId`` where it was sent."""
    return TradeId(int(sent)) if sent else None
