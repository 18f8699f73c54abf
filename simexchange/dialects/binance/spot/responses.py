"""What spot answers look like: rows of the views as the venue's JSON.

All money is text with eight decimals. Field names and their order: "REST API" of binance/binance-spot-api-docs
(2026-07-21); conditional fields appear where their condition holds.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from simexchange.core import display
from simexchange.core.vocabulary.ids import AccountNo, OrderId
from simexchange.core.vocabulary.markets import Commission, MarketStatus
from simexchange.core.vocabulary.orders import BUY, FOK, GTC, GTD, IOC, POST_ONLY, SELL, EndReason, OrderStatus, Side
from simexchange.core.vocabulary.units import Rate
from simexchange.dialects.binance.common.errors import JSON_HEADERS
from simexchange.dialects.binance.common.numbers import print_decimal, print_fixed
from simexchange.dialects.binance.common.timestamps import wire_time
from simexchange.dialects.contract import Reply
from simexchange.projections.accounts import FeeRates
from simexchange.projections.balances import BalanceRow
from simexchange.projections.candle import Candle
from simexchange.projections.trades import AggregateRow, FillRow, TradeRow

Options = Mapping[str, str]

ZERO: Final = "0.00000000"
NO_LIST: Final = -1
EXECUTIONS_PER_RECORD: Final = 1_000_000
"""Execution ids are record × this + place in the record: they grow, and a replay gives the same.

Everybody counts everybody's: a trade has two, the maker's and then the taker's (the venue's sample of a market order,
seen 2026-11, tells the taker 62, 63, 65, 67).
"""
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
    EndReason.DELEVERAGED: "EXCHANGE_CANCELED",
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
    EndReason.OWNER_GONE: "EXCHANGE_CANCELED",
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


# Ids


def made_client_id(account: AccountNo, number: int, what: str = "order") -> str:
    """The id an order or a cancel gets when the client gave none: 22 letters and digits, the same on every replay."""
    digest = sha256(f"{what}:{account}:{number}".encode()).digest()
    return digest[:22].translate(_LETTERS).decode()


def cancel_id(account: AccountNo, order: OrderId) -> str:
    """The id a cancel has where the client gave none, in its answer and in the private stream alike."""
    return made_client_id(account, order, "cancel")


# Fills


def my_trade(row: FillRow, symbol: str, list_id: int, options: Options) -> dict[str, Any]:
    """A fill; *list_id* is that of its order's list, −1: none."""
    return {
        "symbol": symbol,
        "id": row.id,
        "orderId": row.order,
        "orderListId": list_id,
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


# Account

NO_FEES: Final = FeeRates(Rate(0), Rate(0))
FREE: Final = Commission()


def balance(row: BalanceRow) -> dict[str, str]:
    return {"asset": row.asset, "free": print_decimal(row.free), "locked": print_decimal(row.held)}


def standard_of(fees: FeeRates) -> Commission:
    """The standard part of what an account pays."""
    return Commission(fees.maker, fees.taker, fees.buyer, fees.seller)


def order_rates(part: Commission, side: Side) -> dict[str, str]:
    """One kind of commission for an order of *side*: that of the buyer or seller is in it already."""
    own = part.buyer if side is BUY else part.seller
    return {"maker": print_decimal(part.maker + own), "taker": print_decimal(part.taker + own)}


def commission_rates(part: Commission) -> dict[str, str]:
    return {
        "maker": print_decimal(part.maker),
        "taker": print_decimal(part.taker),
        "buyer": print_decimal(part.buyer),
        "seller": print_decimal(part.seller),
    }
