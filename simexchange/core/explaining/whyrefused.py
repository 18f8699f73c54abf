"""In words: why an order was refused, and why one ended. In nobody's dialect, with the numbers of the market."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary.orders import EndReason
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import decimal_text

if TYPE_CHECKING:
    from simexchange.core.market import MarketState

END_WORDS: Final[dict[EndReason, str]] = {
    EndReason.USER: "its owner cancelled it",
    EndReason.IOC_REMAINDER: "immediate or cancel: what could not trade at once ended",
    EndReason.FOK_UNFILLED: "fill or kill: it could not trade whole at once",
    EndReason.POST_ONLY_WOULD_TAKE: "post only: it would have taken",
    EndReason.MARKET_UNFILLED: "a market order took all there was, and the rest ended",
    EndReason.MARKET_BOUND: "a market order came to the bound that protects it",
    EndReason.GOOD_TILL: "its time was over",
    EndReason.REDUCE_ONLY: "reduce only: there was nothing more to reduce",
    EndReason.LIQUIDATION: "its account was liquidated, and its orders were cancelled first",
    EndReason.BANKRUPTCY_PRICE: "a liquidation came to the bankruptcy price",
    EndReason.ADMIN: "whoever runs the exchange took it out",
    EndReason.SELF_TRADE: "it met an order of its own account or group",
    EndReason.MARGIN: "when it worked again there was not enough margin for it",
    EndReason.LIST_SIBLING: "another order of its list began to work, or traded",
    EndReason.LIST_PARENT: "the order it waited for ended without being filled",
    EndReason.TRIGGER_REFUSED: "its trigger came, and it failed the checks of a new order",
    EndReason.POSITION_GONE: "there was nothing left to close",
    EndReason.PRICE_PROTECTED: "its trigger came while last price and mark stood too far apart",
    EndReason.DELISTED: "the market was closed for good",
    EndReason.AMENDED: "it was made smaller than what was filled of it",
    EndReason.PRICE_RANGE: "the next trade would have been outside the market's price range",
    EndReason.OWNER_GONE: "its owner was gone for as long as he had said",
    EndReason.DELEVERAGED: "its account's position was taken to meet what a liquidation left",
}
_WORDS: Final[dict[RejectReason, str]] = {
    RejectReason.ACCOUNT_UNKNOWN: "there is no such account",
    RejectReason.MARKET_UNKNOWN: "there is no such market",
    RejectReason.ACCOUNT_LIQUIDATING: "its account is being liquidated",
    RejectReason.MARKET_DELISTED: "the market is closed for good",
    RejectReason.MARKET_NOT_TRADING: "the market is not trading",
    RejectReason.ORDER_SHAPE_INVALID: "its parts do not go together",
    RejectReason.POSITION_SLOT_MISMATCH: "it names a side of a position that the account's mode does not have",
    RejectReason.QTY_NOT_POSITIVE: "its quantity is not above zero",
    RejectReason.PRICE_NOT_POSITIVE: "its price is not above zero",
    RejectReason.PEG_LEVEL_MISSING: "the book does not have the level it takes its price from",
    RejectReason.PRICE_BELOW_MIN: "price {price} is below the least the market takes",
    RejectReason.PRICE_ABOVE_MAX: "price {price} is above the most the market takes",
    RejectReason.PRICE_OFF_TICK: "price {price} is no multiple of the tick {tick}",
    RejectReason.PRICE_ABOVE_BAND: "price {price} is above the band around the market's reference price",
    RejectReason.PRICE_BELOW_BAND: "price {price} is below the band around the market's reference price",
    RejectReason.QTY_BELOW_MIN: "quantity {qty} is below the least the market takes",
    RejectReason.QTY_ABOVE_MAX: "quantity {qty} is above the most the market takes",
    RejectReason.QTY_OFF_STEP: "quantity {qty} is no multiple of the step {step}",
    RejectReason.MARKET_QTY_BELOW_MIN: "quantity {qty} is below the least of a market order",
    RejectReason.MARKET_QTY_ABOVE_MAX: "quantity {qty} is above the most of a market order",
    RejectReason.MARKET_QTY_OFF_STEP: "quantity {qty} is no multiple of the step of market orders",
    RejectReason.NOTIONAL_BELOW_MIN: "{qty} at {price} is worth less than the market takes",
    RejectReason.NOTIONAL_ABOVE_MAX: "{qty} at {price} is worth more than the market takes",
    RejectReason.POSITION_ABOVE_MAX: "its account would hold more of the asset than the market allows",
    RejectReason.TOO_MANY_ORDERS: "its account has as many open orders in the market as it may",
    RejectReason.TOO_MANY_CONDITIONAL: "its account has as many sleeping orders in the market as it may",
    RejectReason.CLIENT_ID_DUPLICATE: "its client id is that of an open order",
    RejectReason.GOOD_TILL_INVALID: "the end of its time is not one it may have",
    RejectReason.WOULD_TRIGGER: "its trigger had come already",
    RejectReason.POSITION_MISSING: "there is no position it could close",
    RejectReason.CLOSE_ALL_EXISTS: "there is such an order for the whole position already",
    RejectReason.NO_LIQUIDITY: "nobody stood on the other side",
    RejectReason.MARK_BAND_EMPTY: "there is no price within the band around the mark",
    RejectReason.POST_ONLY_WOULD_TAKE: "post only: it would have taken",
    RejectReason.FOK_NOT_FILLABLE: "fill or kill: there was not enough on the other side at its price",
    RejectReason.REDUCE_ONLY_REFUSED: "reduce only: there is nothing it could reduce",
    RejectReason.REDUCE_ONLY_COVERED: "reduce only: other orders reduce all there is",
    RejectReason.CONTRACT_CLOSING: "the contract is about to be delivered: positions may only be closed",
    RejectReason.LEVERAGE_CAP_EXCEEDED: "with its account's leverage a position of that size is not allowed",
    RejectReason.BALANCE_INSUFFICIENT: "its account's free balance is less than it takes",
    RejectReason.MARGIN_INSUFFICIENT: "its account's available margin is less than it takes",
}


def words_for(reason: RejectReason, qty: int, price: int, market: MarketState | None) -> str:
    """*reason* as half a sentence, with the numbers of the order and its market; what has none says its own name."""
    text = _WORDS.get(reason, reason.value.replace("_", " "))
    tick, step = ("?", "?") if market is None else (decimal_text(market.spec.tick), decimal_text(market.spec.step))
    return text.format(qty=decimal_text(qty), price=decimal_text(price), tick=tick, step=step)
