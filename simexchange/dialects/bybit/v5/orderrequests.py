"""A new order as a client asks for it, read. Nothing here changes anything: a reader gives a command or a refusal.

"Place Order" (docs/v5/order/create-order.mdx, snapshot 2026-07-24, seen 2026-11). On spot, a market
buy counts its quantity in quote unless ``marketUnit`` says otherwise, and the direction of a trigger follows from the
last price.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from simexchange.core.triggers import price_of
from simexchange.core.vocabulary.commands import PlaceOrder
from simexchange.core.vocabulary.ids import key_of
from simexchange.core.vocabulary.orders import OrderKind, Peg, SelfTrade, Side, Slot, Terms, TimeInForce, Trigger
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity, ceil_to, floor_to
from simexchange.dialects.bybit.common import errors as common
from simexchange.dialects.bybit.common.numbers import NotANumber, Overflowed, TooPrecise, parse_decimal, print_plain
from simexchange.dialects.bybit.common.params import is_true
from simexchange.dialects.bybit.common.quantities import qty_of
from simexchange.dialects.bybit.v5 import errors, orderwords as words
from simexchange.dialects.bybit.v5.choosing import account_of, market_of
from simexchange.dialects.contract import ApiError, Call

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.markets import Filters

MOST_TICKS: Final = 10_000
LEAST_PERCENT, MOST_PERCENT = ONE // 100, 10 * ONE


class Wanted:
    """One order on its way to a command: what was sent, and where."""

    __slots__ = ("call", "kind", "market", "params", "side", "spot")

    def __init__(self, call: Call, params: Mapping[str, str], market: "MarketState") -> None:
        self.call, self.params, self.market = call, params, market
        self.side: Side = words.SIDES[params["side"]]
        self.kind: OrderKind = words.KINDS[params["orderType"]]
        self.spot = not market.derivative

    def refused(self, reason: RejectReason) -> ApiError:
        """*reason* in the words of the order's category."""
        return errors.rejection(reason, spot=self.spot)

    def price(self, name: str) -> int:
        """A price that was sent; 0 where none was. Raises what `parse_decimal` does."""
        sent = self.params.get(name)
        return parse_decimal(sent) if sent else 0


def read_order(call: Call, params: Mapping[str, str]) -> PlaceOrder | ApiError:
    """The order, its parameters being good by `orderparams.CREATE`."""
    market = market_of(call, params)
    if isinstance(market, ApiError):
        return market
    wanted = Wanted(call, params, market)
    unserved = _unserved(wanted)
    if unserved is not None:
        return unserved
    try:
        return _read(wanted)
    except TooPrecise as error:
        return wanted.refused(_too_fine(wanted, str(error)))
    except (NotANumber, Overflowed) as error:
        return wanted.refused(too_large(params, str(error)))


def _unserved(wanted: Wanted) -> ApiError | None:
    """What nobody gets here: makers' orders for people at screens, and money that is borrowed."""
    if wanted.params.get("timeInForce") == "RPI":
        return errors.SPOT_RPI if wanted.spot else errors.RPI
    if wanted.spot and wanted.params.get("isLeverage") == "1":
        return errors.NO_BORROWING
    return None


def _too_fine(wanted: Wanted, text: str) -> RejectReason:
    """Which of the numbers has too many places: the quantity, or else a price."""
    return RejectReason.QTY_OFF_STEP if text == wanted.params["qty"] else RejectReason.PRICE_OFF_TICK


def too_large(params: Mapping[str, str], text: str) -> RejectReason:
    """Likewise of a number beyond what can be counted."""
    return RejectReason.QTY_ABOVE_MAX if text == params.get("qty") else RejectReason.PRICE_ABOVE_MAX


def _read(wanted: Wanted) -> PlaceOrder | ApiError:
    params, spot = wanted.params, wanted.spot
    limit = wanted.kind is OrderKind.LIMIT
    slot = Slot.NET if spot else Slot(int(params.get("positionIdx") or 0))
    trigger = _trigger(wanted)
    if isinstance(trigger, ApiError):
        return trigger
    sized = _size(wanted, slot, trigger)
    if isinstance(sized, ApiError):
        return sized
    qty, value, close_all = sized
    prices = attached(wanted)
    if isinstance(prices, ApiError):
        return prices
    tif = words.TIMES_IN_FORCE[params.get("timeInForce") or "GTC"] if limit else TimeInForce.IOC
    bound = _bound(wanted, trigger)
    if isinstance(bound, ApiError):
        return bound
    more = Terms(
        quote_qty=Amount(value),
        reduce_only=not spot and not close_all and (is_true(params, "reduceOnly") or is_true(params, "closeOnTrigger")),
        close_all=close_all,
        slot=slot,
        self_trade=words.SMP_TYPES.get(params.get("smpType", ""), SelfTrade.UNSAID),
        trigger=trigger,
        take_profit=prices[0],
        stop_loss=prices[1],
        peg=_peg(wanted) if limit else None,
        with_position=close_all,
        wire=_wire(wanted, bound.word),
        partial=not spot and prices != NO_PRICES and is_partial(params),
        worst=Price(bound.price),
        unheld=spot and trigger is not None and params.get("orderFilter") != words.TPSL_ORDER,
    )
    price = wanted.price("price") if limit and more.peg is None else 0
    return PlaceOrder(
        account_of(wanted.call), wanted.market.no, wanted.side, wanted.kind, Quantity(qty), Price(price), tif,
        params.get("orderLinkId", ""), None if more == NOTHING else more,
    )  # fmt: skip


NOTHING: Final = Terms()


# How much


def _size(wanted: Wanted, slot: Slot, trigger: Trigger | None) -> tuple[int, int, bool] | ApiError:
    """(quantity, or worth in quote, or whether it closes all there is)."""
    params, spec = wanted.params, wanted.market.spec
    if _counts_quote(wanted):
        if trigger is not None:
            # A sleeping order is no order by value: what it will buy is reckoned at its trigger.
            worth = parse_decimal(params["qty"])
            step = _step(wanted.market, wanted.call)
            return floor_to(worth * ONE // trigger.price, step), 0, False
        return 0, parse_decimal(params["qty"]), False
    qty = qty_of(spec, params["qty"])
    if qty or wanted.spot or not (is_true(params, "reduceOnly") and is_true(params, "closeOnTrigger")):
        return (qty, 0, False) if qty else wanted.refused(RejectReason.QTY_NOT_POSITIVE)
    if trigger is not None and wanted.kind is OrderKind.MARKET:
        return 0, 0, True
    held = wanted.call.state.accounts[account_of(wanted.call)].positions.get(key_of(wanted.market.no, slot))
    closable = 0 if held is None else max(0, -held.qty * wanted.side)
    most = _most(wanted)
    return (min(closable, most) if most else closable, 0, False) if closable else errors.NOTHING_TO_CLOSE


def _counts_quote(wanted: Wanted) -> bool:
    """Whether the quantity is in quote: of spot market orders only, and of buys unless something else is said."""
    if not wanted.spot or wanted.kind is not OrderKind.MARKET:
        return False
    return (wanted.params.get("marketUnit") or ("quoteCoin" if wanted.side is Side.BUY else "baseCoin")) == "quoteCoin"


def _filters(wanted: Wanted) -> "Filters | None":
    owner = wanted.call.state.accounts[account_of(wanted.call)]
    rules = wanted.call.state.rules.get((owner.rules, wanted.market.no))
    return None if rules is None else rules.filters


def _most(wanted: Wanted) -> int:
    """The largest order there can be; 0: there is no bound."""
    limits = _filters(wanted)
    if limits is None:
        return 0
    return limits.market_qty_max or limits.qty_max if wanted.kind is OrderKind.MARKET else limits.qty_max


def _step(market: "MarketState", call: Call) -> int:
    rules = call.state.rules.get((call.state.accounts[account_of(call)].rules, market.no))
    return (rules.filters.step if rules is not None else 0) or market.spec.step


# What it waits for


def _trigger(wanted: Wanted) -> Trigger | ApiError | None:
    params, price = wanted.params, wanted.price("triggerPrice")
    stop_list = wanted.spot and params.get("orderFilter") in (words.STOP_ORDER, words.TPSL_ORDER)
    if not price:
        return errors.rejection(RejectReason.LIST_PRICES_WRONG, spot=True) if stop_list else None
    if wanted.spot:
        last = wanted.market.last
        if price == last:
            return wanted.refused(RejectReason.WOULD_TRIGGER)
        return Trigger(Price(price), rising=price > last)
    way = params.get("triggerDirection")
    if way not in ("1", "2"):
        return common.invalid("triggerDirection invalid")
    return Trigger(Price(price), words.WATCHED[params.get("triggerBy") or "LastPrice"], rising=way == "1")


def would_trigger(call: Call, market: "MarketState", trigger: Trigger) -> ApiError:
    """A condition that is met already, with the figures of both sides."""
    now = price_of(call.state, market, trigger.watches)
    error = errors.RISING if trigger.rising else errors.FALLING
    return errors.filled_in(error, print_plain(trigger.price), print_plain(now), words.WATCHES[trigger.watches])


# What is attached

Prices = tuple[Trigger | None, Trigger | None]
NO_PRICES: Final[Prices] = (None, None)


def attached(wanted: Wanted) -> Prices | ApiError:
    """Take-profit and stop-loss of what the order will open."""
    params = wanted.params
    profit, loss = wanted.price("takeProfit"), wanted.price("stopLoss")
    if not profit and not loss:
        return NO_PRICES
    if wanted.spot and (wanted.kind is OrderKind.MARKET or wanted.price("triggerPrice")):
        return errors.SPOT_UNSERVED
    if is_true(params, "reduceOnly") or is_true(params, "closeOnTrigger"):
        return errors.REDUCING_WITH_PRICES
    wrong = _limits_wrong(params, spot=wanted.spot)
    if wrong is not None:
        return wrong
    buys = wanted.side is Side.BUY
    return _attached(wanted, "tp", profit, rising=buys), _attached(wanted, "sl", loss, rising=not buys)


def is_partial(params: Mapping[str, str]) -> bool:
    """Whether what is attached protects what the order brings, instead of the position whole."""
    return params.get("tpslMode") == "Partial"


def _limits_wrong(params: Mapping[str, str], *, spot: bool) -> ApiError | None:
    """A take-profit or stop-loss by a limit order says so, has a limit, and is of a part, where positions are."""
    for name in ("tp", "sl"):
        if params.get(f"{name}OrderType") != "Limit":
            continue
        if not spot and not is_partial(params):
            return common.invalid(f"{name}OrderType must be Market where tpslMode is Full")
        if not params.get(f"{name}LimitPrice"):
            return common.missing(f"{name}LimitPrice")
    return None


def _attached(wanted: Wanted, name: str, price: int, *, rising: bool) -> Trigger | None:
    if not price:
        return None
    watches = words.WATCHED[wanted.params.get(f"{name}TriggerBy") or "LastPrice"]
    limit = wanted.price(f"{name}LimitPrice") if wanted.params.get(f"{name}OrderType") == "Limit" else 0
    return Trigger(Price(price), watches, rising=rising, limit=Price(limit))


def attached_wrongly(
    call: Call, market: "MarketState", side: Side, price: int, more: Terms | None
) -> ApiError | None:  # fmt: skip
    """Which attached price lies on the wrong side of the price the order would trade at. *price*: its limit, or 0."""
    if more is None:
        return None
    for name, trigger in (("TakeProfit", more.take_profit), ("StopLoss", more.stop_loss)):
        if trigger is None:
            continue
        now = price or price_of(call.state, market, trigger.watches)
        if now and (now >= trigger.price if trigger.rising else now <= trigger.price):
            text = print_plain(trigger.price)
            way = "higher" if trigger.rising else "lower"
            return common.invalid(
                f"{name}:{text} set for {words.SIDE[side]} position should be {way} than "
                f"base_price:{print_plain(now)}??{words.WATCHES[trigger.watches]}"
            )
    return None


# What else is said


class Bound:
    """How far a market order may go by its own word; 0: as far as the venue lets it."""

    __slots__ = ("price", "word")

    def __init__(self, price: int = 0, word: str = "") -> None:
        self.price, self.word = price, word


def _bound(wanted: Wanted, trigger: Trigger | None) -> Bound | ApiError:
    params, market = wanted.params, wanted.market
    kind = params.get("slippageToleranceType") or "UNKNOWN"
    if kind == "UNKNOWN" or wanted.kind is not OrderKind.MARKET:
        return Bound()
    if trigger is not None or params.get("takeProfit") or params.get("stopLoss"):
        return common.invalid("slippageTolerance is not supported here")
    try:
        sent = parse_decimal(params.get("slippageTolerance") or "0", 0 if kind == words.TICK_SIZE else 2)
    except TooPrecise:
        return errors.BAD_TICKS if kind == words.TICK_SIZE else errors.BAD_PERCENT
    if kind == words.TICK_SIZE and not ONE <= sent <= MOST_TICKS * ONE:
        return errors.BAD_TICKS
    if kind == words.PERCENT and not LEAST_PERCENT <= sent <= MOST_PERCENT:
        return errors.BAD_PERCENT
    best = market.book.opposite(wanted.side).best()
    if best is None:
        # Nothing is there: it will be told as any market order is.
        return Bound()
    return Bound(
        _reach(best.price, sent, wanted, ticks=kind == words.TICK_SIZE), f"{kind}={params['slippageTolerance']}"
    )


def _reach(best: int, sent: int, wanted: Wanted, *, ticks: bool) -> int:
    """The worst price: so many ticks, or percent, beyond the best one; never more than was allowed."""
    limits = _filters(wanted)
    tick = (limits.tick if limits is not None else 0) or wanted.market.spec.tick
    side = wanted.side
    if ticks:
        return max(tick, best + side * tick * sent // ONE)
    far = best * (100 * ONE + side * sent)
    return floor_to(far // (100 * ONE), tick) if side is Side.BUY else ceil_to(-(-far // (100 * ONE)), tick)


def _peg(wanted: Wanted) -> Peg | None:
    """The level of the book that is to give the price (BBO orders)."""
    kind = wanted.params.get("bboSideType")
    return Peg(other=kind == "Counterparty", level=int(wanted.params["bboLevel"])) if kind and not wanted.spot else None


def _wire(wanted: Wanted, tolerance: str) -> str:
    """What the core does not need, and answers show again."""
    closes = words.CLOSE_ON_TRIGGER if not wanted.spot and is_true(wanted.params, "closeOnTrigger") else ""
    return words.wire_of(tolerance, closes)
