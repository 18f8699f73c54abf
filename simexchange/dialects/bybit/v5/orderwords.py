"""An order in the venue's words: tables, and what follows from the neutral facts alone.

"Enums Definitions" of the v5 documentation (docs/v5/enum.mdx, snapshot 2026-07-24, seen 2026-11): orderStatus,
createType, cancelType, rejectReason, stopOrderType, timeInForce, triggerBy. Which ``EC_`` word goes with which end is
not published but for two of them; the others were chosen by what the words say.

What a client said that the core does not need stands in `Terms.wire`, word by word: see `wire_of`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.markets import MarketKind
from simexchange.core.vocabulary.orders import (
    AccountOption,
    EndReason,
    OrderKind,
    OrderStatus,
    Origin,
    SelfTrade,
    Side,
    TimeInForce,
    TriggerPrice,
    closes,
)
from simexchange.dialects.bybit.v5.errors import LATER

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Market
    from simexchange.core.vocabulary.orders import Terms, Trigger
    from simexchange.projections.orders import OrderRow

SIDES: Final = {"Buy": Side.BUY, "Sell": Side.SELL}
SIDE: Final = {side: word for word, side in SIDES.items()}
KINDS: Final = {"Limit": OrderKind.LIMIT, "Market": OrderKind.MARKET}
KIND: Final = {kind: word for word, kind in KINDS.items()}
TIMES_IN_FORCE: Final = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "PostOnly": TimeInForce.POST_ONLY,
}
TIF: Final = {**{tif: word for word, tif in TIMES_IN_FORCE.items()}, TimeInForce.GTD: "GTC"}
WATCHED: Final = {"LastPrice": TriggerPrice.LAST, "MarkPrice": TriggerPrice.MARK, "IndexPrice": TriggerPrice.INDEX}
WATCHES: Final = {price: word for word, price in WATCHED.items()}
SMP_TYPES: Final = {
    "None": SelfTrade.NONE,
    "CancelMaker": SelfTrade.EXPIRE_MAKER,
    "CancelTaker": SelfTrade.EXPIRE_TAKER,
    "CancelBoth": SelfTrade.EXPIRE_BOTH,
}
SMP: Final[Mapping[int, str]] = {mode: word for word, mode in SMP_TYPES.items()}

# Words of `Terms.wire`.
CLOSE_ON_TRIGGER: Final = "closeOnTrigger"
TICK_SIZE, PERCENT = "TickSize", "Percent"
"""The tolerance of a market order: ``TickSize=10``."""
STOP_ORDER, TPSL_ORDER = "StopOrder", "tpslOrder"
"""The two kinds of conditional orders of spot."""


def wire_of(*words: str) -> str:
    """Words of a client as `Terms.wire` keeps them; empty ones are left out."""
    return " ".join(word for word in words if word)


@lru_cache(maxsize=1024)
def said(wire: str) -> Mapping[str, str]:
    """The words of a client: ``{"closeOnTrigger": "", "TickSize": "10"}``."""
    return {name: value for name, _, value in (word.partition("=") for word in wire.split())}


def words_of(more: "Terms | None") -> Mapping[str, str]:
    """What the client of an order said besides."""
    return said(more.wire) if more is not None else {}


# What became of it


def status_word(row: "OrderRow", *, spot: bool) -> str:
    """``orderStatus``. Of an order that ended partly filled spot alone has a word of its own."""
    if row.status in _OPEN:
        return _OPEN[row.status]
    if row.status is OrderStatus.REJECTED or row.end_reason is EndReason.TRIGGER_REFUSED:
        return "Rejected"
    if sleeps(row):
        return "Deactivated"
    return "PartiallyFilledCanceled" if spot and row.filled else "Cancelled"


_OPEN: Final = {
    OrderStatus.NEW: "New",
    OrderStatus.PARTIALLY_FILLED: "PartiallyFilled",
    OrderStatus.FILLED: "Filled",
    OrderStatus.PENDING: "Untriggered",
    OrderStatus.WAITING: "Untriggered",
    OrderStatus.TRIGGERED: "Triggered",
}


def sleeps(row: "OrderRow") -> bool:
    """Whether an order has not been woken by its price: it waits for it, or ended before it came."""
    return row.more is not None and row.more.trigger is not None and not row.triggered_at


def reject_word(row: "OrderRow") -> str:
    """``rejectReason``: why the book did not want it, ``EC_NoError`` where that is not so."""
    if row.status is OrderStatus.REJECTED and row.reject_reason is not None:
        return LATER.get(row.reject_reason, "EC_Others")
    return "EC_NoError" if row.end_reason is None else _REJECTS.get(row.end_reason, "EC_NoError")


_REJECTS: Final[Mapping[EndReason, str]] = {
    EndReason.USER: "EC_PerCancelRequest",
    EndReason.IOC_REMAINDER: "EC_NoImmediateQtyToFill",
    EndReason.FOK_UNFILLED: "EC_CancelForNoFullFill",
    EndReason.POST_ONLY_WOULD_TAKE: "EC_PostOnlyWillTakeLiquidity",
    EndReason.MARKET_UNFILLED: "EC_NoImmediateQtyToFill",
    EndReason.MARKET_BOUND: "EC_NoImmediateQtyToFill",
    EndReason.BANKRUPTCY_PRICE: "EC_ReachRiskPriceLimit",
    EndReason.SELF_TRADE: "EC_BySelfMatch",
    EndReason.TRIGGER_REFUSED: "EC_Others",
    EndReason.PRICE_PROTECTED: "EC_Others",
    EndReason.PRICE_RANGE: "EC_ReachMarketPriceLimit",
    EndReason.AMENDED: "EC_CancelReplaceOrder",
}


def cancel_word(row: "OrderRow") -> str:
    """``cancelType``: whose wish it was; ``UNKNOWN`` of orders that nobody canceled."""
    if row.end_reason is EndReason.LIST_SIBLING and row.more is not None and row.more.trigger is not None:
        takes = takes_profit(row.side, row.more.trigger)
        return "CancelByOCOTpCanceledBySlTriggered" if takes else "CancelByOCOSlCanceledByTpTriggered"
    return "UNKNOWN" if row.end_reason is None else _CANCELS.get(row.end_reason, "UNKNOWN")


_CANCELS: Final[Mapping[EndReason, str]] = {
    EndReason.USER: "CancelByUser",
    EndReason.AMENDED: "CancelByUser",
    EndReason.REDUCE_ONLY: "CancelByReduceOnly",
    EndReason.LIQUIDATION: "CancelAllBeforeLiq",
    EndReason.ADMIN: "CancelByAdmin",
    EndReason.SELF_TRADE: "CancelBySmp",
    EndReason.MARGIN: "CancelByCannotAffordOrderCost",
    EndReason.LIST_SIBLING: "CancelByTpSlTsClear",
    EndReason.LIST_PARENT: "CancelByTpSlTsClear",
    EndReason.POSITION_GONE: "CancelByTpSlTsClear",
    EndReason.DELISTED: "CancelBySettle",
    EndReason.DELEVERAGED: "CancelAllBeforeAdl",
    EndReason.OWNER_GONE: "CancelByDCP",
}


# What it is


def tif_word(row: "OrderRow") -> str:
    """``timeInForce``: a market order is always IOC."""
    return "IOC" if row.kind is OrderKind.MARKET else TIF[row.tif]


def takes_profit(side: Side, trigger: "Trigger") -> bool:
    """Whether what closes a position by an order of *side* closes it with a gain: a sell above, a buy below."""
    return trigger.rising is (side is Side.SELL)


def stop_word(spec: "Market", side: Side, more: "Terms | None") -> str:
    """``stopOrderType``; empty where it is no conditional order."""
    trigger = None if more is None else more.trigger
    if trigger is None or more is None:
        return ""
    if spec.kind is MarketKind.SPOT:
        if more.order_list and not more.parent:
            return "OcoOrder"
        return "Stop" if more.unheld else TPSL_ORDER
    if more.origin is not Origin.TPSL:
        return "Stop"
    if trigger.trails:
        return "TrailingStop"
    name = "TakeProfit" if takes_profit(side, trigger) else "StopLoss"
    return name if more.close_all else f"Partial{name}"


def create_word(spec: "Market", side: Side, more: "Terms | None") -> str:
    """``createType``: who wanted the order. Spot has no such field."""
    origin = Origin.USER if more is None else more.origin
    if origin in _CREATED:
        return _CREATED[origin]
    kind = stop_word(spec, side, more)
    if not kind:
        return "CreateByUser"
    return "CreateByStopOrder" if kind in ("Stop", TPSL_ORDER, "OcoOrder") else f"CreateBy{kind}"


_CREATED: Final = {
    Origin.LIQUIDATION: "CreateByLiq",
    Origin.ADL: "CreateByAdl_PassThrough",
    Origin.EXPIRY: "CreateBySettle",
    Origin.ADMIN: "CreateByAdminClosing",
    Origin.FUND: "CreateByTakeOver_PassThrough",
}


def filter_word(spec: "Market", row: "OrderRow") -> str:
    """``orderFilter``: which of its lists an order is in."""
    kind = stop_word(spec, row.side, row.more)
    if not kind:
        return "Order"
    return kind if kind in (TPSL_ORDER, "OcoOrder") else STOP_ORDER


def reduces(row: "OrderRow") -> bool:
    """``reduceOnly``: whether it can only make a position smaller."""
    return row.more is not None and closes(row.more, row.side)


def closes_on_trigger(more: "Terms | None") -> bool:
    """``closeOnTrigger``."""
    return more is not None and (more.close_all or more.with_position or CLOSE_ON_TRIGGER in words_of(more))


def protects(more: "Terms | None") -> bool:
    """Whether an order closes a position at a profit or a loss because that was said of the position."""
    return more is not None and more.origin is Origin.TPSL


def mode_word(more: "Terms | None") -> str:
    """``tpslMode``: whether prices stand for the whole position or for what one order brought."""
    if more is None:
        return ""
    whole = more.close_all if protects(more) else not more.partial
    return "Full" if whole else "Partial"


def unit_word(spec: "Market", row: "OrderRow") -> str:
    """``marketUnit``: what the quantity of a spot market order counts; empty of others."""
    if spec.kind is not MarketKind.SPOT or row.kind is not OrderKind.MARKET:
        return ""
    return "quoteCoin" if row.quote_qty else "baseCoin"


def smp_word(state: "ExchangeState", row: "OrderRow") -> str:
    """``smpType``: what the order says of self-trades, else what its account chose, else what the rules say."""
    mode = 0 if row.more is None else int(row.more.self_trade)
    if not mode:
        owner = state.accounts[row.account]
        rules = state.rules.get((owner.rules, row.market))
        mode = owner.options.get(AccountOption.SELF_TRADE, 0) or (rules.filters.self_trade_default if rules else 0)
    return SMP.get(mode, "None")
