"""What a USDⓈ-M client may ask, judged and read.

Nothing here changes anything: a reader gives a command or a refusal.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import OrderKind, Peg, PositionMode, SelfTrade, Side, Slot, Terms, TimeInForce
from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos, Price, Quantity
from simexchange.dialects.binance.common import errors as common
from simexchange.dialects.binance.common.errors import either, mandatory, not_required
from simexchange.dialects.binance.common.numbers import (
    NotANumber,
    Overflowed,
    TooPrecise,
    parse_decimal,
    parse_integer,
)
from simexchange.dialects.binance.common.params import (
    UNREADABLE,
    Judge,
    Param,
    Surplus,
    anything,
    boolean,
    check_params,
    integer,
    is_true,
    one_of,
    token_text,
)
from simexchange.dialects.binance.usdm import errors
from simexchange.dialects.binance.usdm.symbols import INVERSE, Contracts, price_decimals, qty_decimals
from simexchange.dialects.contract import ApiError

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState

SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
KINDS: Final = {"LIMIT": OrderKind.LIMIT, "MARKET": OrderKind.MARKET}
ALGO_TYPES: Final = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
"""Types that left this call for the Algo service on 2025-12-09; they answer -4120 here."""
TIMES_IN_FORCE: Final = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.POST_ONLY,
    "GTD": TimeInForce.GTD,
}
SELF_TRADE: Final = {
    "NONE": SelfTrade.NONE,
    "EXPIRE_TAKER": SelfTrade.EXPIRE_TAKER,
    "EXPIRE_MAKER": SelfTrade.EXPIRE_MAKER,
    "EXPIRE_BOTH": SelfTrade.EXPIRE_BOTH,
}
PEGS: Final = {
    "OPPONENT": Peg(other=True),
    "OPPONENT_5": Peg(other=True, level=5),
    "OPPONENT_10": Peg(other=True, level=10),
    "OPPONENT_20": Peg(other=True, level=20),
    "QUEUE": Peg(),
    "QUEUE_5": Peg(level=5),
    "QUEUE_10": Peg(level=10),
    "QUEUE_20": Peg(level=20),
}
"""Price match: the n-th level of the other side, or of the order's own."""
SLOTS: Final = {"BOTH": Slot.NET, "LONG": Slot.LONG, "SHORT": Slot.SHORT}
"""Which position an order is for; whether its account has such a one is the core's to say."""
PRICE_MATCHES: Final = ("NONE", *PEGS)
RESPONSE_TYPES: Final = ("ACK", "RESULT")
LATEST_GOOD_TILL_MS: Final = 253_402_300_799_000
SOONEST_GOOD_TILL: Final = 600 * SECOND
MOST_BATCHED: Final = 5
MOST_CANCELED: Final = 10

_client_id = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}").fullmatch
_signed = re.compile(r"-([0-9]{1,20})(\.[0-9]{1,20})?", re.ASCII).fullmatch


def number(not_positive: ApiError, too_great: ApiError) -> Judge:
    """A decimal above zero. How precise it may be depends on the market, so that is judged later."""

    def judge(name: str, value: str) -> ApiError | None:
        if _signed(value) is not None:
            return not_positive
        try:
            found = parse_decimal(value)
        except NotANumber:
            return mandatory(name)
        except TooPrecise:
            return errors.BAD_PRECISION
        except Overflowed:
            return too_great
        return None if found else not_positive

    return judge


def client_id(_name: str, value: str) -> ApiError | None:
    """An id of the client's own: letters, digits and ``.:/_-``, at most 36 of them."""
    if _client_id(value) is not None:
        return None
    return errors.CLIENT_ID_TOO_LONG if len(value) > 36 else errors.BAD_CLIENT_ID


def order_type(_name: str, value: str) -> ApiError | None:
    if value in KINDS:
        return None
    return errors.USE_ALGO_ORDERS if value in ALGO_TYPES else errors.BAD_ORDER_TYPE


QUANTITY: Final = number(errors.QTY_NOT_POSITIVE, errors.QTY_TOO_GREAT)
PRICE: Final = number(errors.PRICE_NOT_POSITIVE, errors.PRICE_TOO_GREAT)
STAMP: Final = integer(0, LATEST_GOOD_TILL_MS)
SYMBOL: Final = Param("symbol", anything)
POSITION_SIDE: Final = Param("positionSide", one_of(tuple(SLOTS), errors.BAD_POSITION_SIDE))

NEW_ORDER: Final = {
    param.name: param
    for param in (
        SYMBOL.needed(),
        Param("side", one_of(tuple(SIDES), errors.BAD_SIDE), required=True),
        Param("type", order_type, required=True),
        POSITION_SIDE,
        Param("quantity", QUANTITY),
        Param("price", PRICE),
        Param("timeInForce", one_of(tuple(TIMES_IN_FORCE), errors.BAD_TIME_IN_FORCE)),
        Param("reduceOnly", boolean),
        Param("closePosition", boolean),
        Param("newClientOrderId", client_id),
        Param("newOrderRespType", one_of(RESPONSE_TYPES, errors.BAD_RESPONSE_TYPE)),
        Param("goodTillDate", STAMP),
        Param("priceMatch", one_of(PRICE_MATCHES, errors.BAD_PRICE_MATCH)),
        Param("selfTradePreventionMode", one_of(tuple(SELF_TRADE), errors.BAD_SELF_TRADE_MODE)),
        Param("workingType", one_of(("MARK_PRICE", "CONTRACT_PRICE"), errors.BAD_WORKING_TYPE)),
    )
}


def check_new_order(params: Mapping[str, str]) -> ApiError | None:
    """What is wrong with a new order by its parameters alone."""
    return check_params(NEW_ORDER, Surplus.TOLERATED, params) or _check_together(params)


def _check_together(params: Mapping[str, str]) -> ApiError | None:
    """Parameters that call for or exclude each other."""
    kind = params["type"]
    if is_true(params, "closePosition"):
        return errors.close_position(kind)
    if not params.get("quantity"):
        return mandatory("quantity")
    if params.get("stopPrice"):
        return not_required("stopPrice")
    if kind == "MARKET":
        unwanted = next((name for name in ("timeInForce", "price", "goodTillDate") if params.get(name)), None)
        if unwanted is not None:
            return not_required(unwanted)
        return errors.PRICE_MATCH_ORDER_TYPE if matched(params) else None
    if not params.get("timeInForce"):
        return mandatory("timeInForce")
    if matched(params):
        if params.get("price"):
            return not_required("price")
    elif not params.get("price"):
        return mandatory("price")
    if params["timeInForce"] == "GTD":
        return None if params.get("goodTillDate") else mandatory("goodTillDate")
    return not_required("goodTillDate") if params.get("goodTillDate") else None


def matched(params: Mapping[str, str]) -> bool:
    """Whether the price is to be taken from the book."""
    return params.get("priceMatch", "NONE") != "NONE"


def read_new_order(
    params: Mapping[str, str], contracts: Contracts, state: "ExchangeState", account: AccountNo, now: Nanos
) -> PlaceOrder | ApiError:
    """The order, its parameters being good by `check_new_order`; refused for what depends on market and time."""
    market = contracts.find(state, params["symbol"])
    if market is None:
        return errors.BAD_SYMBOL
    sizes = read_sizes(params, market)
    if isinstance(sizes, ApiError):
        return sizes
    tif = TIMES_IN_FORCE[params.get("timeInForce") or "IOC"]
    more = reducing_refused(params, state, account) or _terms(params, contracts, tif, now)
    if isinstance(more, ApiError):
        return more
    qty, price = sizes
    own = params.get("newClientOrderId") or made_client_id(account, state.accounts[account].orders_made)
    return PlaceOrder(
        account, market.no, SIDES[params["side"]], KINDS[params["type"]], Quantity(qty), Price(price), tif, own, more
    )


def read_sizes(params: Mapping[str, str], market: "MarketState") -> tuple[int, int] | ApiError:
    """Quantity and price (0 for none) in no more decimals than the contract has."""
    try:
        qty = parse_decimal(params["quantity"], qty_decimals(market.spec))
        price = parse_decimal(params["price"], price_decimals(market.spec)) if params.get("price") else 0
    except TooPrecise:
        return errors.BAD_PRECISION
    return qty, price


def _terms(params: Mapping[str, str], contracts: Contracts, tif: TimeInForce, now: Nanos) -> Terms | ApiError | None:
    """The rarer terms; None where there are none."""
    good_till = good_till_of(params, contracts, tif, now)
    if isinstance(good_till, ApiError):
        return good_till
    reduce_only, self_trade, peg = is_true(params, "reduceOnly"), self_trade_of(params), peg_of(params)
    slot = slot_of(params)
    if not (good_till or reduce_only or self_trade or peg or slot):
        return None
    return Terms(reduce_only=reduce_only, slot=slot, good_till=good_till, self_trade=self_trade, peg=peg)


def slot_of(params: Mapping[str, str]) -> Slot:
    """The position that was named; where none was, the one of one-way mode."""
    return SLOTS[params.get("positionSide") or "BOTH"]


def reducing_refused(params: Mapping[str, str], state: "ExchangeState", account: AccountNo) -> ApiError | None:
    """In hedge mode the position says whether an order reduces: ``reduceOnly`` is not to be sent.

    The words are those a client met (nautilus_trader issue 4231, 2026-06).
    """
    if params.get("reduceOnly") and state.accounts[account].position_mode is not PositionMode.ONE_WAY:
        return not_required("reduceonly")
    return None


def good_till_of(params: Mapping[str, str], contracts: Contracts, tif: TimeInForce, now: Nanos) -> Nanos | ApiError:
    """When a GTD order ends, in whole seconds as the venue keeps it; 0 for others. COIN-M has no such orders."""
    if tif is not TimeInForce.GTD:
        return Nanos(0)
    if contracts is INVERSE:
        return errors.BAD_TIME_IN_FORCE
    good_till = Nanos(int(params["goodTillDate"]) // 1_000 * SECOND)
    if good_till <= now + SOONEST_GOOD_TILL or good_till // MILLISECOND >= LATEST_GOOD_TILL_MS:
        return errors.BAD_GOOD_TILL
    return good_till


def self_trade_of(params: Mapping[str, str]) -> SelfTrade:
    """What was said of self-trades; where nothing was, the market's rules speak."""
    said = params.get("selfTradePreventionMode")
    return SELF_TRADE[said] if said else SelfTrade.UNSAID


def peg_of(params: Mapping[str, str]) -> Peg | None:
    """The level of the book that is to give the price, if one is."""
    return PEGS[params["priceMatch"]] if matched(params) else None


def made_client_id(account: AccountNo, orders_made: int) -> str:
    """The id the venue gives an order that came without one: 22 letters and digits, the same on every replay."""
    return blake2b(b"usdm %d %d" % (account, orders_made), digest_size=11).hexdigest()


ONE_ORDER: Final = (SYMBOL.needed(), Param("orderId", integer()), Param("origClientOrderId", anything))


def one_of_two(params: Mapping[str, str]) -> ApiError | None:
    """An order is named by the venue's id or by the client's."""
    if params.get("orderId") or params.get("origClientOrderId"):
        return None
    return either("origClientOrderId", "orderid")


_elements = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_list = msgspec.json.Decoder(list[msgspec.Raw])


BATCH_COUNT: Final = 5
"""What a batch counts on the 10 s limit of new orders, however long it is ("Place Multiple Orders", seen 2026-11)."""


def read_batch(text: str) -> list[dict[str, str]] | ApiError:
    """The orders of a batch, each as parameters; numbers and booleans may be JSON's or texts."""
    try:
        orders = [{name: token_text(token) for name, token in order.items()} for order in _elements.decode(text)]
    except UNREADABLE:
        return common.invalid("batchOrders")
    return orders if 0 < len(orders) <= MOST_BATCHED else errors.BAD_BATCH_SIZE


def read_cancel_list(params: Mapping[str, str]) -> list[dict[str, str]] | ApiError:
    """Which orders a batch cancel names. ccxt writes the parameter in lower case, the venue in camel case."""
    by_id = params.get("orderIdList") or params.get("orderidlist")
    by_client = params.get("origClientOrderIdList") or params.get("origclientorderidlist")
    if not by_id and not by_client:
        return either("orderIdList", "origClientOrderIdList")
    name = "orderId" if by_id else "origClientOrderId"
    try:
        values = [token_text(token) for token in _list.decode(by_id or by_client or "")]
        if by_id:
            values = [str(parse_integer(value)) for value in values]
    except (*UNREADABLE, NotANumber, Overflowed):
        return common.invalid(f"{name}List")
    return [{name: value} for value in values] if 0 < len(values) <= MOST_CANCELED else errors.BAD_CANCEL_BATCH_SIZE


def moment(params: Mapping[str, str], name: str) -> Nanos | None:
    """A time parameter, its shape being good; None where it was not sent."""
    sent = params.get(name)
    return Nanos(int(sent) * MILLISECOND) if sent else None


def last_moment(params: Mapping[str, str]) -> Nanos | None:
    """endTime, to its last nanosecond: what happened within that millisecond belongs to it."""
    end = moment(params, "endTime")
    return None if end is None else Nanos(end + MILLISECOND - 1)


def whole(params: Mapping[str, str], name: str) -> int | None:
    """A whole number, its shape being good; None where it was not sent."""
    sent = params.get(name)
    return int(sent) if sent else None


def span(params: Mapping[str, str], most: Nanos, now: Nanos) -> tuple[Nanos, Nanos | None] | ApiError:
    """startTime and endTime of a query over at most *most*; without a start, *most* before the end or *now*."""
    start, end = moment(params, "startTime"), last_moment(params)
    if start is not None and end is not None:
        if start > end:
            return errors.BAD_START_TIME
        if end - start > most + MILLISECOND:
            return errors.filled_in(errors.BAD_TIME_SPAN, most // (86_400 * SECOND))
        return start, end
    if start is not None:
        return start, Nanos(start + most)
    return Nanos(max(0, (now if end is None else end) - most)), end
