"""What spot answers look like: rows of the views as the venue's JSON.

All money is text with eight decimals. Field names and their order: "REST API" of binance/binance-spot-api-docs
(2026-07-21); conditional fields appear where their condition holds.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from simexchange.core import display
from simexchange.core.vocabulary.events import Event, TradeExecuted
from simexchange.core.vocabulary.ids import AccountNo, OrderId
from simexchange.core.vocabulary.markets import Market, MarketRules, MarketStatus
from simexchange.core.vocabulary.orders import BUY, FOK, GTC, GTD, IOC, MARKET, POST_ONLY, SELL, EndReason, OrderStatus
from simexchange.core.vocabulary.units import Nanos, Rate
from simexchange.dialects.binance.common.errors import JSON_HEADERS
from simexchange.dialects.binance.common.numbers import LARGEST, decimals_of, print_decimal, print_fixed
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.contract import Reply
from simexchange.projections.accounts import FeeRates
from simexchange.projections.balances import BalanceRow
from simexchange.projections.candle import Candle
from simexchange.projections.markets import MarketRow
from simexchange.projections.orders import OrderRow
from simexchange.projections.trades import AggregateRow, FillRow, TradeRow

Options = Mapping[str, str]

SELF_TRADE: Final = EndReason.SELF_TRADE
EXPIRED: Final = OrderStatus.EXPIRED

ZERO: Final = "0.00000000"
NO_LIST: Final = -1
SIDES: Final = {BUY: "BUY", SELL: "SELL"}
TIMES_IN_FORCE: Final = {
    GTC: "GTC",
    IOC: "IOC",
    FOK: "FOK",
    # LIMIT_MAKER is shown as GTC; GTD does not exist on spot.
    POST_ONLY: "GTC",
    GTD: "GTC",
}
STATUSES: Final = {
    OrderStatus.NEW: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.REJECTED: "REJECTED",
    OrderStatus.PENDING: "NEW",
    OrderStatus.TRIGGERED: "NEW",
    OrderStatus.WAITING: "PENDING_NEW",
}
EXPIRY_REASONS: Final = {
    EndReason.USER: "NONE",
    EndReason.IOC_REMAINDER: "UNFILLED_IOC_QUANTITY_EXPIRED",
    EndReason.FOK_UNFILLED: "UNFILLED_FOK_ORDER_EXPIRED",
    EndReason.POST_ONLY_WOULD_TAKE: "REJECTED",
    EndReason.MARKET_UNFILLED: "INSUFFICIENT_LIQUIDITY",
    EndReason.MARKET_BOUND: "EXECUTION_RULE_PRICE_RANGE_EXCEEDED",
    EndReason.GOOD_TILL: "EXCHANGE_CANCELED",
    EndReason.REDUCE_ONLY: "EXCHANGE_CANCELED",
    EndReason.LIQUIDATION: "EXCHANGE_CANCELED",
    EndReason.BANKRUPTCY_PRICE: "EXCHANGE_CANCELED",
    EndReason.ADMIN: "EXCHANGE_CANCELED",
    EndReason.SELF_TRADE: "NONE",
    EndReason.MARGIN: "EXCHANGE_CANCELED",
    EndReason.LIST_SIBLING: "OCO_TRIGGER",
    EndReason.LIST_PARENT: "OTO_PHASE_ONE_EXPIRED",
    EndReason.TRIGGER_REFUSED: "REJECTED",
    EndReason.POSITION_GONE: "EXCHANGE_CANCELED",
    EndReason.PRICE_PROTECTED: "EXCHANGE_CANCELED",
    EndReason.DELISTED: "EXCHANGE_CANCELED",
    EndReason.AMENDED: "NONE",
    EndReason.PRICE_RANGE: "EXECUTION_RULE_PRICE_RANGE_EXCEEDED",
}
MARKET_STATUSES: Final = {
    MarketStatus.TRADING: "TRADING",
    MarketStatus.HALT: "HALT",
    MarketStatus.CANCEL_ONLY: "CANCEL_ONLY",
    MarketStatus.SETTLING: "BREAK",
    MarketStatus.DELISTED: "BREAK",
    MarketStatus.BREAK: "BREAK",
}

_ALPHABET: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LETTERS: Final = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
"""A letter or digit for every byte."""

encode = msgspec.json.Encoder().encode


def reply(result: Any, *, order_count: int = 0) -> Reply:
    """*result* as a good answer."""
    return Reply(200, encode(result), JSON_HEADERS, order_count)


# Orders


def made_client_id(account: AccountNo, number: int, what: str = "order") -> str:
    """The id an order or a cancel gets when the client gave none: 22 letters and digits, the same on every replay."""
    digest = sha256(f"{what}:{account}:{number}".encode()).digest()
    return digest[:22].translate(_LETTERS).decode()


def cancel_id(account: AccountNo, order: OrderId) -> str:
    """The id a cancel has where the client gave none, in its answer and in the private stream alike."""
    return made_client_id(account, order, "cancel")


def order_type(row: OrderRow) -> str:
    if row.kind is MARKET:
        return "MARKET"
    return "LIMIT_MAKER" if row.tif is POST_ONLY else "LIMIT"


def time_in_force(row: OrderRow) -> str:
    """A market order is shown as GTC."""
    return "GTC" if row.kind is MARKET else TIMES_IN_FORCE[row.tif]


def status(row: OrderRow) -> str:
    return "EXPIRED_IN_MATCH" if row.end_reason is SELF_TRADE else STATUSES[row.status]


def expiry_reason(row: OrderRow) -> str | None:
    """Why it expired; None where it did not."""
    if row.end_reason is None or row.status is not EXPIRED:
        return None
    return EXPIRY_REASONS[row.end_reason]


def _conditional(row: OrderRow) -> dict[str, Any]:
    """Fields that are there only where they say something."""
    found: dict[str, Any] = {}
    if row.more is not None and row.more.strategy_id:
        found["strategyId"] = row.more.strategy_id
    if row.more is not None and row.more.strategy_type:
        found["strategyType"] = row.more.strategy_type
    reason = expiry_reason(row)
    if reason is not None:
        found["expiryReason"] = reason
    return found


def acknowledged(row: OrderRow, symbol: str, at: Nanos, options: Options) -> dict[str, Any]:
    """The answer of ``newOrderRespType=ACK``."""
    return {
        "symbol": symbol,
        "orderId": row.id,
        "orderListId": NO_LIST,
        "clientOrderId": row.client_id,
        "transactTime": wire_time(at, options),
    }


def resulted(row: OrderRow, symbol: str, at: Nanos, options: Options) -> dict[str, Any]:
    """The answer of ``newOrderRespType=RESULT``."""
    return {
        **acknowledged(row, symbol, at, options),
        **_amounts(row),
        "workingTime": wire_time(row.working_at, options),
        "selfTradePreventionMode": "NONE",
        **_conditional(row),
    }


def _amounts(row: OrderRow) -> dict[str, Any]:
    return {
        "price": print_decimal(row.price),
        "origQty": print_decimal(row.qty),
        "executedQty": print_decimal(row.qty - row.left),
        "origQuoteOrderQty": print_decimal(row.quote_qty),
        "cummulativeQuoteQty": print_decimal(row.cum_quote),
        "status": status(row),
        "timeInForce": time_in_force(row),
        "type": order_type(row),
        "side": SIDES[row.side],
    }


def fills_of(order: OrderId, events: Sequence[Event]) -> list[dict[str, Any]]:
    """The trades an order made as it came in, for newOrderRespType FULL."""
    return [
        {
            "price": print_decimal(event.price),
            "qty": print_decimal(event.qty),
            "commission": print_decimal(event.taker.fee),
            "commissionAsset": event.taker.fee_asset,
            "tradeId": event.trade,
        }
        for event in events
        if isinstance(event, TradeExecuted) and event.taker.order == order
    ]


def queried(row: OrderRow, symbol: str, options: Options) -> dict[str, Any]:
    """An order as openOrders, allOrders and order queries show it."""
    return {
        "symbol": symbol,
        "orderId": row.id,
        "orderListId": NO_LIST,
        "clientOrderId": row.client_id,
        "price": print_decimal(row.price),
        "origQty": print_decimal(row.qty),
        "executedQty": print_decimal(row.qty - row.left),
        "cummulativeQuoteQty": print_decimal(row.cum_quote),
        "status": status(row),
        "timeInForce": time_in_force(row),
        "type": order_type(row),
        "side": SIDES[row.side],
        "stopPrice": ZERO,
        "icebergQty": ZERO,
        "time": wire_time(row.accepted_at, options),
        "updateTime": wire_time(row.updated_at, options),
        "isWorking": row.working_at > 0,
        "origQuoteOrderQty": print_decimal(row.quote_qty),
        "workingTime": wire_time(row.working_at, options) if row.working_at else -1,
        "selfTradePreventionMode": "NONE",
        **_conditional(row),
    }


def canceled(row: OrderRow, symbol: str, client_id: str, at: Nanos, options: Options) -> dict[str, Any]:
    """An order as its cancel answers; *client_id* is that of the cancel."""
    return {
        "symbol": symbol,
        "origClientOrderId": row.client_id,
        "orderId": row.id,
        "orderListId": NO_LIST,
        "clientOrderId": client_id,
        "transactTime": wire_time(at, options),
        **_amounts(row),
        "selfTradePreventionMode": "NONE",
        **_conditional(row),
    }


def my_trade(row: FillRow, symbol: str, options: Options) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "id": row.id,
        "orderId": row.order,
        "orderListId": NO_LIST,
        "price": print_decimal(row.price),
        "qty": print_decimal(row.qty),
        "quoteQty": print_decimal(row.quote),
        "commission": print_decimal(row.fee),
        "commissionAsset": row.fee_asset,
        "time": wire_time(row.at, options),
        "isBuyer": row.is_buyer,
        "isMaker": row.is_maker,
        "isBestMatch": True,
    }


# Market data


def public_trade(row: TradeRow, options: Options) -> dict[str, Any]:
    return {
        "id": row.id,
        "price": print_decimal(row.price),
        "qty": print_decimal(row.qty),
        "quoteQty": print_decimal(row.quote),
        "time": wire_time(row.at, options),
        "isBuyerMaker": row.aggressor is SELL,
        "isBestMatch": True,
    }


def aggregate(row: AggregateRow, options: Options) -> dict[str, Any]:
    return {
        "a": row.id,
        "p": print_decimal(row.price),
        "q": print_decimal(row.qty),
        "f": row.first,
        "l": row.last,
        "T": wire_time(row.at, options),
        "m": row.aggressor is SELL,
        "M": True,
    }


def levels(rows: Sequence[tuple[int, int]]) -> list[tuple[str, str]]:
    """Price and size of each level, best first."""
    return [(print_decimal(price), print_decimal(qty)) for price, qty in rows]


def kline(candle: Candle, options: Options) -> list[Any]:
    """The twelve elements of a candle; it closes one unit before the next begins."""
    return [
        wire_time(candle.start, options),
        print_decimal(candle.open),
        print_decimal(candle.high),
        print_decimal(candle.low),
        print_decimal(candle.close),
        print_decimal(candle.volume),
        wire_time(candle.end, options) - 1,
        print_decimal(candle.quote),
        candle.count,
        print_decimal(candle.taker_volume),
        print_decimal(candle.taker_quote),
        "0",
    ]


def percent(change: int, of: int) -> str:
    """A change in percent with three decimals."""
    return print_fixed(display.percent(change, of), 3)


# exchangeInfo


def filters(spec: Market, rules: MarketRules) -> list[dict[str, Any]]:
    """The filters of one symbol, as its rules are enforced; a bound that is off is shown as the largest number."""
    f = rules.filters
    found: list[dict[str, Any]] = [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": print_decimal(f.price_min),
            "maxPrice": print_decimal(f.price_max or LARGEST),
            "tickSize": print_decimal(f.tick or spec.tick),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": print_decimal(f.qty_min),
            "maxQty": print_decimal(f.qty_max or LARGEST),
            "stepSize": print_decimal(f.step or spec.step),
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": print_decimal(f.market_qty_min),
            "maxQty": print_decimal(f.market_qty_max or f.qty_max or LARGEST),
            "stepSize": print_decimal(f.market_step),
        },
    ]
    if f.bid_up or f.bid_down or f.ask_up or f.ask_down:
        found.append(
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": _plain(f.bid_up),
                "bidMultiplierDown": _plain(f.bid_down),
                "askMultiplierUp": _plain(f.ask_up),
                "askMultiplierDown": _plain(f.ask_down),
                # The last trade is the reference, which the venue writes as an average over no minutes.
                "avgPriceMins": 0,
            }
        )
    found.append(
        {
            "filterType": "NOTIONAL",
            "minNotional": print_decimal(f.notional_min),
            "applyMinToMarket": f.notional_min_applies_to_market,
            "maxNotional": print_decimal(f.notional_max or LARGEST),
            "applyMaxToMarket": f.notional_max_applies_to_market,
            "avgPriceMins": 0,
        }
    )
    if f.max_position:
        found.append({"filterType": "MAX_POSITION", "maxPosition": print_decimal(f.max_position)})
    found.append({"filterType": "MAX_NUM_ORDERS", "maxNumOrders": f.max_orders})
    return found


def _plain(value: int) -> str:
    return print_fixed(value, decimals_of(value))


def symbol_info(row: MarketRow, rules: MarketRules, *, show_permission_sets: bool) -> dict[str, Any]:
    """One symbol of exchangeInfo. What is not traded here yet is not allowed, so that clients do not try."""
    spec = row.spec
    return {
        "symbol": symbol_of(spec),
        "status": MARKET_STATUSES[row.status],
        "baseAsset": spec.base,
        "baseAssetPrecision": 8,
        "quoteAsset": spec.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": False,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters(spec, rules),
        "permissions": [],
        "permissionSets": [["SPOT"]] if show_permission_sets else [],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }


# Account

NO_FEES: Final = FeeRates(Rate(0), Rate(0))
DISCOUNT: Final = {
    "enabledForAccount": False,
    "enabledForSymbol": False,
    "discountAsset": "BNB",
    "discount": "0.75000000",
}
"""Fees are not paid in BNB here."""


def balance(row: BalanceRow) -> dict[str, str]:
    return {"asset": row.asset, "free": print_decimal(row.free), "locked": print_decimal(row.held)}


def order_rates(fees: FeeRates) -> dict[str, str]:
    return {"maker": print_decimal(fees.maker), "taker": print_decimal(fees.taker)}


def commission_rates(fees: FeeRates) -> dict[str, str]:
    return {
        "maker": print_decimal(fees.maker),
        "taker": print_decimal(fees.taker),
        "buyer": ZERO,
        "seller": ZERO,
    }
