"""What a new order list may be sent: its legs under their names, and which types go together.

Parameters and compositions: "Order lists" of the REST API; codes: "Error codes" (binance/binance-spot-api-docs,
2026-07-21).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from simexchange.core.vocabulary.orders import ListKind
from simexchange.dialects.binance.common import errors as common
from simexchange.dialects.binance.common.params import Param, Surplus, anything, checker, decimal, integer, one_of, text
from simexchange.dialects.binance.spot import errors
from simexchange.dialects.binance.spot.entry import SELF_TRADE_MODES
from simexchange.dialects.binance.spot.requests import within_a_day
from simexchange.dialects.binance.spot.shapes import CLIENT_ID_PATTERN, JUDGES, LEAST_STRATEGY_TYPE, Leg
from simexchange.dialects.contract import ApiError, Check

WORKING_TYPES: Final = ("LIMIT", "LIMIT_MAKER")
PAIR_TYPES: Final = ("LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")

_shared = {"side": "side", "quantity": "quantity"}
_pending_shared = {"side": "pendingSide", "quantity": "pendingQuantity"}
_unsized = {"side": "pendingSide", "quantity": ""}
ABOVE: Final = Leg("above", **_shared)
BELOW: Final = Leg("below", **_shared)
WORKING: Final = Leg("working", stopPrice="", trailingDelta="")
"""The leg the others wait for: a limit order, so nothing triggers it."""
PENDING: Final = Leg("pending")
PENDING_ABOVE: Final = Leg("pendingAbove", **_pending_shared)
PENDING_BELOW: Final = Leg("pendingBelow", **_pending_shared)
PAID: Final = Leg("pending", quantity="")
"""A leg whose quantity is what another one brings."""
PAID_ABOVE: Final = Leg("pendingAbove", **_unsized)
PAID_BELOW: Final = Leg("pendingBelow", **_unsized)


class Form(msgspec.Struct, frozen=True):
    """One kind of list: its legs, and whether two of them exclude each other."""

    kind: ListKind
    working: Leg | None
    """The one the others wait for."""
    pending: tuple[Leg, ...]
    """Those that wait or, where none works, the pair: above, then below."""

    @property
    def legs(self) -> tuple[Leg, ...]:
        return self.pending if self.working is None else (self.working, *self.pending)

    @property
    def pair(self) -> tuple[Leg, ...]:
        """The two that exclude each other, above then below; empty where there are none."""
        return self.pending if len(self.pending) == 2 else ()


OCO: Final = Form(ListKind.OCO, None, (ABOVE, BELOW))
OTO: Final = Form(ListKind.OTO, WORKING, (PENDING,))
OTOCO: Final = Form(ListKind.OTOCO, WORKING, (PENDING_ABOVE, PENDING_BELOW))
OPO: Final = Form(ListKind.OPO, WORKING, (PAID,))
OPOCO: Final = Form(ListKind.OPOCO, WORKING, (PAID_ABOVE, PAID_BELOW))


def check_form(form: Form, params: Mapping[str, str]) -> ApiError | None:
    """Types that do not go together first, then what is wrong with each leg."""
    if form.working is not None and form.working.type(params) not in WORKING_TYPES:
        return common.invalid(form.working.name("type"))
    if form.pair:
        above, below = form.pair
        error = check_pair(above, below, params)
        if error is not None:
            return error
    if form.kind in (ListKind.OPO, ListKind.OPOCO):
        error = _check_paid(params)
        if error is not None:
            return error
    return next((error for leg in form.legs if (error := leg.check(params)) is not None), None)


def check_pair(above: Leg, below: Leg, params: Mapping[str, str]) -> ApiError | None:
    """Of two that exclude each other one stops a loss, the other takes a profit or is a limit, each on its side."""
    kinds = (above.type(params), below.type(params))
    buys = above.get(params, "side") == "BUY"
    if any(kind not in PAIR_TYPES for kind in kinds):
        return errors.NOT_IN_OCO
    if kinds == ("LIMIT_MAKER", "LIMIT_MAKER"):
        return errors.BOTH_LIMITS
    wrong = kinds[0] if buys else kinds[1]
    # To buy, a loss is stopped above the market and a profit taken below it; to sell, the other way round.
    if wrong == "LIMIT_MAKER":
        return errors.BUY_LIMIT_ABOVE if buys else errors.SELL_LIMIT_BELOW
    if wrong.startswith("TAKE_PROFIT"):
        return errors.BUY_PROFIT_ABOVE if buys else errors.SELL_PROFIT_BELOW
    if (kinds[1] if buys else kinds[0]).startswith("STOP_LOSS"):
        return errors.BUY_STOP_BELOW if buys else errors.SELL_STOP_ABOVE
    return None


def _check_paid(params: Mapping[str, str]) -> ApiError | None:
    if params["workingSide"] != "BUY":
        return errors.PAYING_MUST_BUY
    if params["pendingSide"] != "SELL":
        return errors.PAID_MUST_SELL
    return errors.not_of_paid("pendingQuantity") if params.get("pendingQuantity") else None


_client_id = text(CLIENT_ID_PATTERN)
_symbol = Param("symbol", text(r"^[A-Z0-9-_.]{1,20}$"), required=True)
_list_params = (
    _symbol,
    Param("listClientOrderId", _client_id),
    Param("newOrderRespType", one_of(("ACK", "RESULT", "FULL"))),
    Param("selfTradePreventionMode", one_of(tuple(SELF_TRADE_MODES))),
)


def _known(form: Form) -> tuple[Param, ...]:
    """The parameters of the legs, those of several legs once."""
    found = {param.name: param for leg in form.legs for param in leg.known("type", "side")}
    for leg in form.legs:
        for plain in ("side", "quantity"):
            name = leg.name(plain)
            if name:
                found[name] = Param(name, JUDGES[plain], required=True)
    if form.working is not None:
        # Only the price of a pegged one may be left out, and `Leg.check` knows that.
        found.setdefault("pendingQuantity", Param("pendingQuantity", anything))
    return tuple(found.values())


def _checked(form: Form) -> Check:
    def check(params: Mapping[str, str]) -> ApiError | None:
        return check_form(form, params)

    words = [word for leg in form.legs for word in (*leg.words(), leg.name("side"))]
    return checker(*_list_params, *_known(form), surplus=Surplus.UNREAD, then=check, words=tuple(dict.fromkeys(words)))


NEW_OCO: Final = _checked(OCO)
NEW_OTO: Final = _checked(OTO)
NEW_OTOCO: Final = _checked(OTOCO)
NEW_OPO: Final = _checked(OPO)
NEW_OPOCO: Final = _checked(OPOCO)

# The form of before: one limit leg and one stop-loss leg, under names of their own.

_OLD_NAMES: Final[Mapping[str, str]] = {
    "limitClientOrderId": "newClientOrderId",
    "price": "price",
    "limitIcebergQty": "icebergQty",
    "limitStrategyId": "strategyId",
    "limitStrategyType": "strategyType",
}
_OLD_STOP_NAMES: Final[Mapping[str, str]] = {
    "stopClientOrderId": "newClientOrderId",
    "stopPrice": "stopPrice",
    "stopLimitPrice": "price",
    "stopLimitTimeInForce": "timeInForce",
    "trailingDelta": "trailingDelta",
    "stopIcebergQty": "icebergQty",
    "stopStrategyId": "strategyId",
    "stopStrategyType": "strategyType",
}
_AS_IS: Final = (
    "symbol", "side", "quantity", "listClientOrderId", "newOrderRespType", "selfTradePreventionMode",
)  # fmt: skip


def renamed(params: Mapping[str, str]) -> dict[str, str]:
    """A list in the form of before, in the names of today's: to sell, the limit is the one above."""
    limit, stop = (ABOVE, BELOW) if params["side"] == "SELL" else (BELOW, ABOVE)
    found = {name: params[name] for name in _AS_IS if params.get(name)}
    found[limit.name("type")] = "LIMIT_MAKER"
    found[stop.name("type")] = "STOP_LOSS_LIMIT" if params.get("stopLimitPrice") else "STOP_LOSS"
    for leg, names in ((limit, _OLD_NAMES), (stop, _OLD_STOP_NAMES)):
        found |= {leg.name(plain): params[old] for old, plain in names.items() if params.get(old)}
    return found


def _old_oco(params: Mapping[str, str]) -> ApiError | None:
    if params.get("stopLimitPrice"):
        if not params.get("stopLimitTimeInForce"):
            return common.mandatory("stopLimitTimeInForce")
        if params.get("stopIcebergQty") and params["stopLimitTimeInForce"] != "GTC":
            return errors.iceberg_not_gtc("stopIcebergQty", "stopLimitTimeInForce")
    else:
        surplus = next((name for name in ("stopLimitTimeInForce", "stopIcebergQty") if params.get(name)), None)
        if surplus is not None:
            return common.not_required(surplus)
    types = [params.get(name) for name in ("limitStrategyType", "stopStrategyType")]
    low = any(sent and int(sent) < LEAST_STRATEGY_TYPE for sent in types)
    return errors.BAD_STRATEGY_TYPE if low else None


def _old_known() -> Sequence[Param]:
    names = {**_OLD_NAMES, **_OLD_STOP_NAMES}
    needed = ("price", "stopPrice")
    return [Param(old, JUDGES[plain], required=old in needed) for old, plain in names.items()]


OLD_OCO: Final = checker(
    *_list_params,
    Param("side", JUDGES["side"], required=True),
    Param("quantity", decimal(), required=True),
    *_old_known(),
    surplus=Surplus.UNREAD,
    then=_old_oco,
)

# Asking for lists and ending them


def _private(*params: Param, then: Callable[[Mapping[str, str]], ApiError | None] | None = None) -> Check:
    return checker(*params, surplus=Surplus.UNREAD, then=then)


def _one_id(first: str, second: str) -> Check:
    def check(params: Mapping[str, str]) -> ApiError | None:
        return None if params.get(first) or params.get(second) else common.either(first, second)

    return check


def _from_or_within(params: Mapping[str, str]) -> ApiError | None:
    times = [params[name] for name in ("startTime", "endTime") if params.get(name)]
    if params.get("fromId") and times:
        return errors.BAD_COMBINATION
    return within_a_day(params)


CANCEL_LIST: Final = _private(
    _symbol,
    Param("orderListId", integer()),
    Param("listClientOrderId", _client_id),
    Param("newClientOrderId", _client_id),
    then=_one_id("orderListId", "listClientOrderId"),
)
QUERY_LIST: Final = _private(
    Param("orderListId", integer()),
    Param("origClientOrderId", _client_id),
    then=_one_id("orderListId", "origClientOrderId"),
)
ALL_LISTS: Final = _private(
    Param("fromId", integer()),
    Param("startTime", integer()),
    Param("endTime", integer()),
    Param("limit", integer(1)),
    then=_from_or_within,
)
OPEN_LISTS: Final = _private()
