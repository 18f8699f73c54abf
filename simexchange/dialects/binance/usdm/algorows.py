"""A conditional order's row in the venue's words, for the Algo Service and for what comes of it.

The venue keeps conditional orders in a service of their own, under ids of their own: live ones have sixteen digits
from 1000000000000000 up (seen 2026-09), so who asks for one as for an ordinary order is told that there is none.
Field order and which fields there are: recorded answers of 2026-04 and 2026-09.
"""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.orders import EndReason, OrderStatus
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.dialects.binance.common.numbers import print_plain
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.errors import REJECTIONS
from simexchange.dialects.binance.usdm.orderwords import (
    KIND,
    SIDE,
    WATCHED,
    average_text,
    client_id_of,
    match_word,
    position_side,
    rate_text,
    reduces,
    sent_qty,
    tif_word,
    type_word,
)
from simexchange.dialects.binance.usdm.symbols import order_price_text, qty_text

if TYPE_CHECKING:
    from simexchange.core.vocabulary.orders import Terms, Trigger
    from simexchange.projections.orders import OrderRow

Json = dict[str, Any]

FIRST_ALGO_ID: Final = 10**15
REDUCING: Final = (RejectReason.REDUCE_ONLY_REFUSED, RejectReason.REDUCE_ONLY_COVERED)


def algo_id(order: OrderId) -> int:
    """The id under which the Algo Service knows an order."""
    return FIRST_ALGO_ID + order


def order_of(algo: int) -> OrderId:
    """The order the Algo Service knows under *algo*; 0 for an id it never gives."""
    return OrderId(max(0, algo - FIRST_ALGO_ID))


def status(row: "OrderRow") -> str:
    """Where it stands in the Algo Service."""
    if row.end_reason is EndReason.TRIGGER_REFUSED:
        return "REJECTED"
    if row.triggered_at:
        return "TRIGGERED" if row.is_open else "FINISHED"
    if row.is_open:
        return "NEW"
    return "CANCELED" if row.status is OrderStatus.CANCELED else "EXPIRED"


def reason_text(row: "OrderRow") -> str:
    """Why it was refused when its trigger came."""
    reason = row.reject_reason
    if reason is None:
        return ""
    return "Reduce Only reject" if reason in REDUCING else REJECTIONS[reason].text


def order(spec: Market, row: "OrderRow", self_trade: str) -> Json:
    """A conditional order as POST answers it; *self_trade* is its mode, as a word."""
    return {**_head(spec, row), **_tail(spec, row, self_trade)}


def queried_order(spec: Market, row: "OrderRow", self_trade: str) -> Json:
    """A conditional order as queries answer it: with what became of it in the market."""
    shown = _head(spec, row)
    triggered = bool(row.triggered_at) and status(row) != "REJECTED"
    shown.update(
        actualOrderId=str(row.id) if triggered else "",
        actualPrice=average_text(spec, row.cum_quote, row.filled),
        actualQty=qty_text(spec, row.filled if triggered else 0),
        actualType=KIND[row.kind] if triggered else "",
    )
    shown.update(_tail(spec, row, self_trade), tpOrderType="")
    if shown["algoStatus"] == "REJECTED":
        shown["rejectReason"] = reason_text(row)
    return shown


def _condition(row: "OrderRow") -> "tuple[Terms, Trigger]":
    more = row.more
    assert more is not None, "only conditional orders are told here"  # noqa: S101 - contract, never input
    assert more.trigger is not None, "only conditional orders are told here"  # noqa: S101 - contract, never input
    return more, more.trigger


def _head(spec: Market, row: "OrderRow") -> Json:
    more, trigger = _condition(row)
    return {
        "algoId": algo_id(row.id),
        "clientAlgoId": client_id_of(row.id, row.client_id, more, row.accepted_at),
        "algoType": "CONDITIONAL",
        "orderType": type_word(row.side, row.kind, trigger),
        "symbol": symbol_of(spec),
        "side": SIDE[row.side],
        "positionSide": position_side(more),
        "timeInForce": tif_word(row.kind, row.tif, more),
        "quantity": qty_text(spec, sent_qty(row)),
        "algoStatus": status(row),
    }


def _tail(spec: Market, row: "OrderRow", self_trade: str) -> Json:
    more, trigger = _condition(row)
    shown: Json = {
        "triggerPrice": order_price_text(spec, trigger.price),
        "price": order_price_text(spec, row.price),
        "icebergQuantity": None,
        "selfTradePreventionMode": self_trade,
        "workingType": WATCHED[trigger.watches],
        "priceMatch": match_word(more.peg),
        "closePosition": more.close_all,
        "priceProtect": trigger.protect,
        "reduceOnly": reduces(row),
    }
    if trigger.trailing:
        shown.update(activatePrice=order_price_text(spec, trigger.activation), callbackRate=rate_text(trigger))
    shown.update(
        createTime=millis(row.accepted_at),
        updateTime=millis(row.updated_at),
        triggerTime=millis(row.triggered_at),
        goodTillDate=millis(more.good_till),
    )
    return shown


def told(spec: Market, row: "OrderRow", self_trade: str, now: str = "") -> Json:
    """A conditional order as ALGO_UPDATE tells it, at *now* in its life where that is not where its row stands.

    What it did in the market is told of a triggered one only; ``ia`` says whether a trailing one follows the price.
    """
    more, trigger = _condition(row)
    word = now or status(row)
    triggered = word in ("TRIGGERED", "FINISHED")
    shown: Json = {
        "caid": client_id_of(row.id, row.client_id, more, row.accepted_at),
        "aid": algo_id(row.id),
        "at": "CONDITIONAL",
        "o": type_word(row.side, row.kind, trigger),
        "s": symbol_of(spec),
        "S": SIDE[row.side],
        "ps": position_side(more),
        "f": tif_word(row.kind, row.tif, more),
        "q": print_plain(sent_qty(row)),
        "X": word,
        "ai": str(row.id) if triggered else "",
    }
    if triggered:
        shown.update(
            ap=print_plain(display.trade_average(spec, row.cum_quote, row.filled)),
            aq=print_plain(row.filled),
            act=KIND[row.kind],
        )
    shown.update(
        tp=print_plain(trigger.price),
        p=print_plain(row.price),
        V=self_trade,
        wt=WATCHED[trigger.watches],
        pm=match_word(more.peg),
        cp=more.close_all,
        pP=trigger.protect,
        R=reduces(row),
        tt=millis(row.triggered_at),
        gtd=millis(more.good_till),
    )
    if trigger.trailing:
        shown.update(AP=print_plain(trigger.activation), cr=rate_text(trigger))
    if word == "REJECTED":
        shown["rm"] = reason_text(row)
    shown["ia"] = bool(row.trailing_at)
    return shown
