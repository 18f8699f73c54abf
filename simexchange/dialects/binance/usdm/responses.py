"""What USDⓈ-M and COIN-M answer orders and trades with: rows of views and figures of the core, in the venue's words.

Field order is the venue's (live answers, seen 2026-11). Prices have ``pricePrecision`` decimals, quantities
``quantityPrecision``, averages and quote sums five more or less as the venue cuts them, money eight.
"""

from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.core import display
from simexchange.core.vocabulary.markets import Market, MarketStatus
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.errors import JSON_HEADERS, error_reply
from simexchange.dialects.binance.common.limits import FUTURES_LIMITS
from simexchange.dialects.binance.common.numbers import decimals_of, print_decimal, print_fixed, print_plain
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.orderwords import (
    KIND,
    POSITION_SIDE,
    SIDE,
    WATCHED,
    average_text,
    client_id_of,
    match_word,
    position_side,
    quote_text,
    rate_text,
    reduces,
    sent_qty,
    status_word,
    tif_word,
    type_word,
)
from simexchange.dialects.binance.usdm.symbols import (
    PERPETUAL_DELIVERY_MS,
    contract_type,
    order_price_text,
    pair_of,
    price_decimals,
    price_text,
    qty_decimals,
    qty_text,
)
from simexchange.dialects.contract import ApiError, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.vocabulary.markets import Collateral, MarketRules
    from simexchange.projections.orders import OrderRow
    from simexchange.projections.trades import AggregateRow, FillRow, TradeRow

Json = dict[str, Any]

MARKET_STATUS: Final = {
    MarketStatus.TRADING: "TRADING",
    MarketStatus.HALT: "PENDING_TRADING",
    MarketStatus.CANCEL_ONLY: "PRE_SETTLE",
    MarketStatus.SETTLING: "SETTLING",
    MarketStatus.DELISTED: "CLOSE",
    MarketStatus.BREAK: "PENDING_TRADING",
}
"""Words of the contract status enum; which of them a halt has on the venue is not published."""

encode = msgspec.json.Encoder().encode


def ok(value: Any, *, order_count: int = 0) -> Reply:
    return Reply(200, encode(value), JSON_HEADERS, order_count)


def done(text: str = "success") -> Reply:
    """The venue's way to say that something was done."""
    return ok({"code": 200, "msg": text})


def refused(error: ApiError) -> Reply:
    return error_reply(error)


def inline(error: ApiError) -> Json:
    """A refusal as one element of a batch."""
    return {"code": error.code, "msg": error.text}


# Orders


def order(spec: Market, row: "OrderRow", self_trade: str) -> Json:
    """An order as it stands, as POST and DELETE answer it."""
    filled = row.filled
    shown = _terms_of(spec, row, self_trade)
    shown.update(
        status=status_word(row.status, row.end_reason),
        avgPrice=average_text(spec, row.cum_quote, filled),
        executedQty=qty_text(spec, filled),
        cumQty=qty_text(spec, filled),
        updateTime=millis(row.updated_at),
    )
    shown["cumBase" if spec.inverse else "cumQuote"] = quote_text(spec, row.cum_quote)
    return shown


def new_order(spec: Market, row: "OrderRow", self_trade: str) -> Json:
    """An order as it was when it was taken in: what ACK answers, whatever has become of it since."""
    shown = _terms_of(spec, row, self_trade)
    shown.update(updateTime=millis(row.accepted_at))
    return shown


def queried_order(spec: Market, row: "OrderRow", self_trade: str) -> Json:
    """An order as it stands, as queries answer it."""
    shown = order(spec, row, self_trade)
    del shown["cumQty"]
    shown["time"] = millis(row.accepted_at)
    return shown


def _terms_of(spec: Market, row: "OrderRow", self_trade: str) -> Json:
    """An order's terms around the figures of one that has not traded; *self_trade* is its mode, as a word."""
    more = row.more
    kind = KIND[row.kind]
    nothing, no_price = qty_text(spec, 0), order_price_text(spec, 0)
    shown: Json = {
        "orderId": row.id,
        "symbol": symbol_of(spec),
        "status": "NEW",
        "clientOrderId": client_id_of(row.id, row.client_id, more, row.accepted_at),
        "price": order_price_text(spec, row.price),
        "avgPrice": average_text(spec, 0, 0),
        "origQty": qty_text(spec, row.qty),
        "executedQty": nothing,
        "cumQty": nothing,
        "cumQuote": quote_text(spec, 0),
        "timeInForce": tif_word(row.kind, row.tif, more),
        "type": kind,
        "reduceOnly": reduces(row),
        "closePosition": False,
        "side": SIDE[row.side],
        "positionSide": position_side(more),
        "stopPrice": no_price,
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": kind,
        "priceMatch": match_word(row.peg),
        "selfTradePreventionMode": self_trade,
        "goodTillDate": 0,
    }
    if spec.inverse:
        shown["pair"] = pair_of(spec)
        shown["cumBase"] = shown.pop("cumQuote")
    if more is None:
        return shown
    shown["goodTillDate"] = millis(more.good_till)
    trigger = more.trigger
    if trigger is None:
        return shown
    name = type_word(row.side, row.kind, trigger)
    shown.update(
        type=kind if row.triggered_at else name,
        origType=name,
        origQty=qty_text(spec, row.qty if row.triggered_at else sent_qty(row)),
        closePosition=more.close_all,
        stopPrice=order_price_text(spec, trigger.price),
        workingType=WATCHED[trigger.watches],
        priceProtect=trigger.protect,
    )
    if trigger.trailing:
        shown.update(activatePrice=order_price_text(spec, trigger.activation), priceRate=rate_text(trigger))
    return shown


FIRST_OFF_TAPE: Final = 10**15
"""The venue numbers what it trades by itself (takeovers, deleveraging) in one row with the trades of the book. Here the
tape has a row for itself, and an account's fills beside it have another from here on: no number is given twice.
"""


def trade_id(row: "FillRow") -> int:
    """The number of the trade that a fill is a side of."""
    return FIRST_OFF_TAPE + row.nameless if row.nameless else row.id


def user_trade(spec: Market, row: "FillRow") -> Json:
    """One fill of an account. A cost is a commission above zero, as in live answers (the documentation differs)."""
    shown = {
        "symbol": symbol_of(spec),
        "id": trade_id(row),
        "orderId": row.order,
        "side": SIDE[row.side],
        "price": price_text(spec, row.price),
        "qty": qty_text(spec, row.qty),
        "realizedPnl": print_decimal(row.realised),
        "quoteQty": quote_text(spec, row.quote),
        "commission": print_decimal(row.fee),
        "commissionAsset": row.fee_asset,
        "time": millis(row.at),
        "positionSide": POSITION_SIDE[row.slot],
        "buyer": row.is_buyer,
        "maker": row.is_maker,
    }
    if spec.inverse:
        del shown["quoteQty"]
        shown.update(
            pair=pair_of(spec), marginAsset=spec.settle, baseQty=print_decimal(display.coins(spec, row.price, row.qty))
        )
    return shown


# Market data


def exchange_info(
    now: Nanos, contracts: list[tuple[Market, MarketStatus, "MarketRules"]], counted: "Sequence[Collateral]"
) -> Json:
    """Everything a client learns about this product before it trades."""
    # From which debt on an asset is bought back in multi-assets mode; 0: it is not by itself.
    exchanged = {row.asset: print_plain(row.exchange_threshold) for row in counted if row.exchange_threshold}
    assets = sorted({*(spec.settle for spec, _, _ in contracts), *(row.asset for row in counted)})
    return {
        "timezone": "UTC",
        "serverTime": millis(now),
        "futuresType": "U_MARGINED",
        "rateLimits": [limit.shown() for limit in FUTURES_LIMITS],
        "exchangeFilters": [],
        "assets": [
            # A text, as readers with types want it (usdm/test_typed_readers.py); examples have a number.
            {"asset": asset, "marginAvailable": True, "autoAssetExchange": exchanged.get(asset, "0")}
            for asset in assets
        ],
        "symbols": [contract(now, *one) for one in contracts],
    }


def contract(now: Nanos, spec: Market, status: MarketStatus, rules: "MarketRules") -> Json:
    """One contract of exchangeInfo. The two margin percents are the venue's constants, to be ignored."""
    return {
        "symbol": symbol_of(spec),
        "pair": pair_of(spec),
        "contractType": contract_type(spec, now),
        "deliveryDate": millis(spec.expiry) if spec.expiry else PERPETUAL_DELIVERY_MS,
        "onboardDate": millis(spec.onboard),
        "status": MARKET_STATUS[status],
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": spec.base,
        "quoteAsset": spec.quote,
        "marginAsset": spec.settle,
        "pricePrecision": price_decimals(spec),
        "quantityPrecision": qty_decimals(spec),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": print_fixed(rules.filters.trigger_protect, 4),
        "liquidationFee": print_fixed(rules.liquidation_fee, 6),
        "marketTakeBound": print_fixed(
            rules.filters.market_take_bound, max(2, decimals_of(rules.filters.market_take_bound or 1))
        ),
        "maxMoveOrderLimit": rules.filters.max_amends,
        "filters": filters(spec, rules),
        "orderTypes": [
            "LIMIT",
            "MARKET",
            "STOP",
            "STOP_MARKET",
            "TAKE_PROFIT",
            "TAKE_PROFIT_MARKET",
            "TRAILING_STOP_MARKET",
        ],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
        "permissionSets": ["GRID", "COPY"],
    }


def filters(spec: Market, rules: "MarketRules") -> list[Json]:
    """The limits on orders. A bound the rules leave open is shown as the venue shows one that binds nobody."""
    f = rules.filters
    step = f.step or spec.step
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": price_text(spec, f.price_min or spec.tick),
            "maxPrice": price_text(spec, f.price_max),
            "tickSize": price_text(spec, f.tick or spec.tick),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": print_plain(f.qty_min or step),
            "maxQty": print_plain(f.qty_max),
            "stepSize": print_plain(step),
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": print_plain(f.market_qty_min or f.qty_min or step),
            "maxQty": print_plain(f.market_qty_max or f.qty_max),
            "stepSize": print_plain(f.market_step or step),
        },
        {"filterType": "MAX_NUM_ORDERS", "limit": f.max_orders},
        {"filterType": "MIN_NOTIONAL", "notional": print_plain(f.notional_min)},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": print_fixed(f.bid_up, 4),
            "multiplierDown": print_fixed(f.ask_down, 4),
            "multiplierDecimal": "4",
        },
    ]


def public_trade(spec: Market, row: "TradeRow") -> Json:
    """One print. Nobody places retail orders here, so none is a trade with one."""
    return {
        "id": row.id,
        "price": price_text(spec, row.price),
        "qty": qty_text(spec, row.qty),
        "quoteQty": print_plain(row.quote),
        "time": millis(row.at),
        "isBuyerMaker": row.aggressor is Side.SELL,
        "isRPITrade": False,
    }


def aggregate(spec: Market, row: "AggregateRow") -> Json:
    """Prints of one taker at one price; on USDⓈ-M with what of it was not with retail orders, which is all."""
    qty = qty_text(spec, row.qty)
    return {
        "a": row.id,
        "p": price_text(spec, row.price),
        "q": qty,
        **({} if spec.inverse else {"nq": qty}),
        "f": row.first,
        "l": row.last,
        "T": millis(row.at),
        "m": row.aggressor is Side.SELL,
    }
