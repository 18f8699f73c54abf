"""Conditional orders as a USDⓈ-M client asks for them, judged and read.

They go to the Algo Service since 2025-12-09 and were ordinary orders before: the same conditions under other names,
``stopPrice`` for ``triggerPrice``, ``activationPrice`` for ``activatePrice``. Rules: developers.binance.com, "New Algo
Order" and "New Order"; codes beside the error page as clients meet them (-2007, -4130, -4509), seen 2026-11.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import OrderKind, Side, Slot, Terms, TimeInForce, Trigger, TriggerPrice
from simexchange.core.vocabulary.units import ONE, Nanos, Price, Quantity, Rate
from simexchange.dialects.binance.common import errors as common
from simexchange.dialects.binance.common.errors import mandatory, not_required
from simexchange.dialects.binance.common.numbers import NotANumber, Overflowed, TooPrecise, parse_decimal
from simexchange.dialects.binance.common.params import (
    Judge,
    Param,
    Surplus,
    anything,
    boolean,
    check_params,
    integer,
    is_true,
    one_of,
)
from simexchange.dialects.binance.usdm import errors
from simexchange.dialects.binance.usdm.requests import (
    POSITION_SIDE,
    PRICE,
    PRICE_MATCHES,
    QUANTITY,
    RESPONSE_TYPES,
    SELF_TRADE,
    SIDES,
    STAMP,
    SYMBOL,
    check_new_order,
    client_id,
    good_till_of,
    made_client_id,
    matched,
    number,
    peg_of,
    reducing_refused,
    self_trade_of,
    slot_of,
)
from simexchange.dialects.binance.usdm.symbols import Contracts, price_decimals, qty_decimals
from simexchange.dialects.contract import ApiError

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState


class Condition(msgspec.Struct, frozen=True):
    """What a type of conditional order is."""

    kind: OrderKind
    """What it becomes when its condition is met."""
    with_the_price: bool = True
    """Whether it waits for the price to go its own way (a stop), or against it (a take-profit)."""
    trails: bool = False


class Names(msgspec.Struct, frozen=True):
    """What the parameters of a condition are called."""

    trigger: str
    activation: str
    own_id: str


ALGO: Final = Names("triggerPrice", "activatePrice", "clientAlgoId")
ORDINARY: Final = Names("stopPrice", "activationPrice", "newClientOrderId")
STOP, TAKE_PROFIT = "STOP", "TAKE_PROFIT"
STOP_MARKET, TAKE_PROFIT_MARKET = "STOP_MARKET", "TAKE_PROFIT_MARKET"
TRAILING = "TRAILING_STOP_MARKET"
CONDITIONS: Final[Mapping[str, Condition]] = {
    STOP: Condition(OrderKind.LIMIT),
    TAKE_PROFIT: Condition(OrderKind.LIMIT, with_the_price=False),
    STOP_MARKET: Condition(OrderKind.MARKET),
    TAKE_PROFIT_MARKET: Condition(OrderKind.MARKET, with_the_price=False),
    TRAILING: Condition(OrderKind.MARKET, trails=True),
}
CLOSING: Final = (STOP_MARKET, TAKE_PROFIT_MARKET)
"""Types that may close a whole position."""
WATCHED: Final = {"CONTRACT_PRICE": TriggerPrice.LAST, "MARK_PRICE": TriggerPrice.MARK}
GTE: Final = "GTE_GTC"
"""Good till expired or canceled: it ends with the position it would close."""
TIMES_IN_FORCE: Final = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.POST_ONLY,
    "GTD": TimeInForce.GTD,
    GTE: TimeInForce.GTC,
}
LEAST_CALLBACK, CALLBACK_STEP = ONE // 10, ONE // 10
"""In percent; anything between two steps is refused as well (clients report -2007 for 0.68)."""
TEN, TWENTY = 10 * ONE, 20 * ONE
"""By how much an order may trail: USDⓈ-M took ten percent until 2026-10-23, and COIN-M still does (change log)."""

TRIGGER_PRICE: Final = number(errors.TRIGGER_NOT_POSITIVE, errors.TRIGGER_TOO_GREAT)
ACTIVATION_PRICE: Final = number(errors.BAD_ACTIVATION, errors.BAD_ACTIVATION)


def callback_rate(most: int) -> Judge:
    """A percentage from 0.1 to *most* in steps of 0.1."""

    def judge(name: str, value: str) -> ApiError | None:
        try:
            rate = parse_decimal(value)
        except NotANumber:
            return mandatory(name) if not value.startswith("-") else errors.BAD_CALLBACK_RATE
        except (TooPrecise, Overflowed):
            return errors.BAD_CALLBACK_RATE
        good = LEAST_CALLBACK <= rate <= most and rate % CALLBACK_STEP == 0
        return None if good else errors.BAD_CALLBACK_RATE

    return judge


def _params(names: Names, most_callback: int, *more: Param) -> Mapping[str, Param]:
    """The table of a call that takes conditional orders."""
    every = (
        *more,
        SYMBOL.needed(),
        Param("side", one_of(tuple(SIDES), errors.BAD_SIDE), required=True),
        Param("type", one_of(tuple(CONDITIONS), errors.BAD_ORDER_TYPE), required=True),
        POSITION_SIDE,
        Param("quantity", QUANTITY),
        Param("price", PRICE),
        Param(names.trigger, TRIGGER_PRICE),
        Param(names.activation, ACTIVATION_PRICE),
        Param("callbackRate", callback_rate(most_callback)),
        Param("timeInForce", one_of(tuple(TIMES_IN_FORCE), errors.BAD_TIME_IN_FORCE)),
        Param("workingType", one_of(tuple(WATCHED), errors.BAD_WORKING_TYPE)),
        Param("priceProtect", boolean),
        Param("reduceOnly", boolean),
        Param("closePosition", boolean),
        Param(names.own_id, client_id),
        Param("goodTillDate", STAMP),
        Param("priceMatch", one_of(PRICE_MATCHES, errors.BAD_PRICE_MATCH)),
        Param("selfTradePreventionMode", one_of(tuple(SELF_TRADE), errors.BAD_SELF_TRADE_MODE)),
    )
    return {param.name: param for param in every}


ALGO_TYPE: Final = Param("algoType", one_of(("CONDITIONAL",)))
ALGO_ORDER: Final = _params(ALGO, TWENTY, ALGO_TYPE.needed())
ALGO_ORDER_TO_TEN: Final = _params(ALGO, TEN, ALGO_TYPE.needed())
STOP_ORDER: Final = _params(ORDINARY, TEN, Param("newOrderRespType", one_of(RESPONSE_TYPES, errors.BAD_RESPONSE_TYPE)))
ONE_ALGO_ORDER: Final = (Param("algoId", integer()), Param("clientAlgoId", anything))


def one_algo_order(params: Mapping[str, str]) -> ApiError | None:
    """A conditional order is named by the venue's id or by the client's."""
    return None if params.get("algoId") or params.get("clientAlgoId") else common.either("algoId", "clientAlgoId")


def check_algo_order(params: Mapping[str, str]) -> ApiError | None:
    """What is wrong with a new conditional order by its parameters alone."""
    return check_params(ALGO_ORDER, Surplus.TOLERATED, params) or _check_together(params, ALGO)


def check_algo_order_to_ten(params: Mapping[str, str]) -> ApiError | None:
    """The same where an order may trail by ten percent at most."""
    return check_params(ALGO_ORDER_TO_TEN, Surplus.TOLERATED, params) or _check_together(params, ALGO)


def check_any_order(params: Mapping[str, str]) -> ApiError | None:
    """As `check_new_order`, before the Algo Service: conditional orders are ordinary ones."""
    if params.get("type") not in CONDITIONS:
        return check_new_order(params)
    return check_params(STOP_ORDER, Surplus.TOLERATED, params) or _check_together(params, ORDINARY)


def _check_together(params: Mapping[str, str], names: Names) -> ApiError | None:
    """Parameters that call for or exclude each other."""
    name = params["type"]
    condition = CONDITIONS[name]
    return (
        _check_size(params, name)
        or _check_condition(params, names, trails=condition.trails)
        or _check_price(params, condition.kind)
        or _check_time_in_force(params, condition.kind)
    )


def _check_size(params: Mapping[str, str], name: str) -> ApiError | None:
    """A quantity, or everything there is; the one excludes the other."""
    if not is_true(params, "closePosition"):
        return None if params.get("quantity") else mandatory("quantity")
    if name not in CLOSING:
        return errors.close_position(name)
    if params.get("quantity"):
        return errors.CLOSE_WITH_QUANTITY
    if params.get("reduceOnly"):
        return not_required("reduceonly") if is_true(params, "reduceOnly") else errors.CLOSE_NOT_REDUCING
    return None


def _check_condition(params: Mapping[str, str], names: Names, *, trails: bool) -> ApiError | None:
    needed = "callbackRate" if trails else names.trigger
    if not params.get(needed):
        return mandatory(needed)
    unwanted = (names.trigger,) if trails else ("callbackRate", names.activation)
    return next((not_required(name) for name in unwanted if params.get(name)), None)


def _check_price(params: Mapping[str, str], kind: OrderKind) -> ApiError | None:
    if kind is OrderKind.MARKET:
        if matched(params):
            return errors.PRICE_MATCH_ORDER_TYPE
        return not_required("price") if params.get("price") else None
    if matched(params):
        return not_required("price") if params.get("price") else None
    return None if params.get("price") else mandatory("price")


def _check_time_in_force(params: Mapping[str, str], kind: OrderKind) -> ApiError | None:
    """GTC where nothing is said. A market order cannot be post-only."""
    tif = params.get("timeInForce")
    if kind is OrderKind.MARKET and tif == "GTX":
        return errors.BAD_TIME_IN_FORCE
    if tif == "GTD":
        return None if params.get("goodTillDate") else mandatory("goodTillDate")
    return not_required("goodTillDate") if params.get("goodTillDate") else None


def read_algo_order(
    params: Mapping[str, str], contracts: Contracts, state: "ExchangeState", account: AccountNo, now: Nanos
) -> PlaceOrder | ApiError:
    """The order, its parameters being good by `check_algo_order`."""
    return _read(params, ALGO, contracts, state, account, now)


def read_stop_order(
    params: Mapping[str, str], contracts: Contracts, state: "ExchangeState", account: AccountNo, now: Nanos
) -> PlaceOrder | ApiError:
    """The order, its parameters being good by `check_any_order`."""
    return _read(params, ORDINARY, contracts, state, account, now)


def _read(
    params: Mapping[str, str],
    names: Names,
    contracts: Contracts,
    state: "ExchangeState",
    account: AccountNo,
    now: Nanos,
) -> PlaceOrder | ApiError:
    """The order; refused for what depends on market, position and time."""
    market = contracts.find(state, params["symbol"])
    if market is None:
        return errors.BAD_SYMBOL
    side, condition = SIDES[params["side"]], CONDITIONS[params["type"]]
    try:
        qty = parse_decimal(params.get("quantity") or "0", qty_decimals(market.spec))
        price = _price(params, "price", market)
        trigger = _trigger(params, names, market, side, condition)
    except TooPrecise:
        return errors.BAD_PRECISION
    close_all, slot = is_true(params, "closePosition"), slot_of(params)
    refused = reducing_refused(params, state, account)
    if refused is None and close_all and slot and (slot is Slot.LONG) is (side is Side.BUY):
        refused = errors.CLOSE_WRONG_SIDE
    if refused is not None:
        return refused
    wanted = params.get("timeInForce") or "GTC"
    tif = TIMES_IN_FORCE[wanted]
    good_till = good_till_of(params, contracts, tif, now)
    if isinstance(good_till, ApiError):
        return good_till
    more = Terms(
        reduce_only=is_true(params, "reduceOnly"),
        close_all=close_all,
        slot=slot,
        good_till=good_till,
        self_trade=self_trade_of(params),
        trigger=trigger,
        peg=peg_of(params),
        # What closes a whole position ends with it: such orders are told as GTE_GTC (live frames, seen 2026-09).
        with_position=close_all or wanted == GTE,
    )
    if condition.kind is OrderKind.MARKET and tif is not TimeInForce.GTD:
        tif = TimeInForce.IOC
    own = params.get(names.own_id) or made_client_id(account, state.accounts[account].orders_made)
    return PlaceOrder(account, market.no, side, condition.kind, Quantity(qty), Price(price), tif, own, more)


def _price(params: Mapping[str, str], name: str, market: "MarketState") -> int:
    """A price in no more decimals than the contract has; 0 where none was sent. Raises TooPrecise."""
    return parse_decimal(params[name], price_decimals(market.spec)) if params.get(name) else 0


def _trigger(
    params: Mapping[str, str], names: Names, market: "MarketState", side: Side, condition: Condition
) -> Trigger:
    watches = WATCHED[params.get("workingType") or "CONTRACT_PRICE"]
    buys = side is Side.BUY
    if condition.trails:
        # A sell follows the highest price once that has come to the activation, a buy the lowest.
        return Trigger(
            Price(0),
            watches,
            rising=buys,
            activation=Price(_price(params, names.activation, market)),
            trailing=Rate(parse_decimal(params["callbackRate"]) // 100),
            activation_rising=not buys,
            protect=is_true(params, "priceProtect"),
        )
    return Trigger(
        Price(_price(params, names.trigger, market)),
        watches,
        rising=buys is condition.with_the_price,
        protect=is_true(params, "priceProtect"),
    )
