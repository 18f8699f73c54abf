"""Orders as answers and the private topic show them: one row, whoever asks.

"Get Open & Closed Orders" and "Order" of the private stream (docs/v5/order/open-order.mdx, websocket/private/order.mdx,
snapshot 2026-07-24, seen 2026-11); which fields spot lacks, and how numbers are printed, as a unified account answers
(recorded in ccxt, seen 2026-11). The bound of a market order is not kept: "0". The last price at an order's creation is
empty where nobody had traded.
"""

from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display
from simexchange.core.vocabulary.ids import OrderId
from simexchange.core.vocabulary.markets import MarketKind
from simexchange.core.vocabulary.orders import AccountOption
from simexchange.core.vocabulary.units import ONE
from simexchange.dialects.bybit.common import ids, timestamps
from simexchange.dialects.bybit.common.numbers import print_or_empty, print_plain
from simexchange.dialects.bybit.common.quantities import dollars
from simexchange.dialects.bybit.common.symbols import category_of, symbol_of
from simexchange.dialects.bybit.v5 import orderwords as words
from simexchange.dialects.bybit.v5.spotbrackets import brought

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Market
    from simexchange.core.vocabulary.orders import Trigger
    from simexchange.projections.orders import OrderRow
    from simexchange.projections.views import Views

Json = dict[str, Any]
NONE_SAID: Final = "UNKNOWN"


def order_id(spec: "Market", number: int) -> str:
    """What an order of *spec* is called outside; empty for none."""
    return ids.order_id(number, spot=spec.kind is MarketKind.SPOT) if number else ""


def qty_text(spec: "Market", qty: int) -> str:
    """A quantity as rows have it: without zeros at its end; of inverse contracts dollars."""
    return print_plain(dollars(spec, qty))


def order(row: "OrderRow", state: "ExchangeState", views: "Views") -> Json:
    """One order as REST shows it."""
    spec = state.markets[row.market].spec
    spot = spec.kind is MarketKind.SPOT
    more, told = row.more, words.words_of(row.more)
    tolerance = next((name for name in (words.TICK_SIZE, words.PERCENT) if name in told), NONE_SAID)
    shown: Json = {
        "orderId": order_id(spec, row.id),
        "orderLinkId": row.client_id,
        "parentOrderLinkId": _parent(row, views),
        "blockTradeId": "",
        "symbol": symbol_of(spec),
        "price": print_plain(row.price),
        "qty": print_plain(row.quote_qty) if row.quote_qty else qty_text(spec, row.qty),
        "side": words.SIDE[row.side],
        "isLeverage": "0" if spot else "",
        "positionIdx": int(more.slot) if more is not None else 0,
        "orderStatus": words.status_word(row, spot=spot),
        "createType": words.create_word(spec, row.side, more),
        "cancelType": words.cancel_word(row),
        "rejectReason": words.reject_word(row),
        **_amounts(spec, row),
        "timeInForce": words.tif_word(row),
        "orderType": words.KIND[row.kind],
        "stopOrderType": words.stop_word(spec, row.side, more),
        "orderIv": "",
        "marketUnit": words.unit_word(spec, row),
        "slippageToleranceType": tolerance,
        "slippageTolerance": told.get(tolerance, "0"),
        **_prices(spec, row, views),
        "ocoTriggerBy": "",
        "reduceOnly": words.reduces(row),
        "closeOnTrigger": words.closes_on_trigger(more),
        "placeType": "",
        "smpType": words.smp_word(state, row),
        "smpGroup": state.accounts[row.account].options.get(AccountOption.TRADE_GROUP, 0),
        "smpOrderId": "",
        "createdTime": timestamps.text(row.accepted_at),
        "updatedTime": timestamps.text(row.updated_at),
        "cumFeeDetail": {row.last_fee_asset: print_plain(row.fee)} if row.trades and row.last_fee_asset else {},
        "extraFees": "",
    }
    if spot:
        del shown["createType"], shown["tpslMode"]
        return {**shown, "basePrice": print_or_empty(row.price_then)}
    return {**shown, "lastPriceOnCreated": print_or_empty(row.price_then)}


def order_news(row: "OrderRow", state: "ExchangeState", views: "Views") -> Json:
    """The same as the private topic has it."""
    spec = state.markets[row.market].spec
    return {
        "category": category_of(spec),
        **order(row, state, views),
        "closedPnl": print_plain(row.realised - row.fee) if row.realised else "0",
        "feeCurrency": row.last_fee_asset if spec.kind is MarketKind.SPOT else "",
        "rpiTakerAccess": False,
        "rpiMatchedQty": "0",
    }


def placed(spec: "Market", number: int, client_id: str) -> Json:
    """What is said of an order that was taken in, changed or canceled."""
    return {"orderId": order_id(spec, number), "orderLinkId": client_id}


def _amounts(spec: "Market", row: "OrderRow") -> Json:
    """What of it is filled and what is left; nothing is left of an order that ended."""
    worth = row.cum_quote // ONE if spec.inverse else row.cum_quote
    left = row.left if row.is_open and not row.quote_qty else 0
    average = display.trade_average(spec, row.cum_quote, row.filled)
    return {
        "avgPrice": print_or_empty(average),
        "leavesQty": qty_text(spec, left),
        "leavesValue": print_plain(_worth(spec, row.price, left)),
        "cumExecQty": qty_text(spec, row.filled),
        "cumExecValue": print_plain(worth),
        "cumExecFee": print_plain(row.fee),
    }


def _worth(spec: "Market", price: int, qty: int) -> int:
    return display.coins(spec, price, qty) if spec.inverse else price * qty // ONE


def _prices(spec: "Market", row: "OrderRow", views: "Views") -> Json:
    """What it waits for, and what is attached to it."""
    more = row.more
    trigger = None if more is None else more.trigger
    profit, loss = brought(row, views)
    attached = profit is not None or loss is not None
    return {
        "triggerPrice": _trigger_price(spec, trigger),
        "takeProfit": print_plain(profit.price) if profit is not None else "",
        "stopLoss": print_plain(loss.price) if loss is not None else "",
        "tpslMode": words.mode_word(more) if attached or words.protects(more) else "",
        "tpLimitPrice": _limit_price(spec, profit),
        "slLimitPrice": _limit_price(spec, loss),
        "tpTriggerBy": words.WATCHES[profit.watches] if profit is not None else "",
        "slTriggerBy": words.WATCHES[loss.watches] if loss is not None else "",
        "triggerDirection": 0 if trigger is None else 1 if trigger.rising else 2,
        "triggerBy": words.WATCHES[trigger.watches] if trigger is not None else "",
    }


def _trigger_price(spec: "Market", trigger: "Trigger | None") -> str:
    """Of an order that trails, the price at which it begins to."""
    price = 0 if trigger is None else trigger.activation if trigger.trails else trigger.price
    return print_plain(price) if price else ""


def _limit_price(spec: "Market", trigger: "Trigger | None") -> str:
    """The limit of the order that an attached price becomes; "0" where it becomes a market order."""
    return print_plain(trigger.limit) if trigger is not None and trigger.limit else "0"


def _parent(row: "OrderRow", views: "Views") -> str:
    """The client's own name for the order that brought this one along."""
    parent = views.orders.get(OrderId(row.more.parent)) if row.more is not None and row.more.parent else None
    return "" if parent is None else parent.client_id


__all__ = ["Json", "order", "order_id", "order_news", "placed"]
