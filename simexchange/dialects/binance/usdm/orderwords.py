"""An order in the venue's words: the tables, and the words that follow from an order's row."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from simexchange.core import display
from simexchange.core.book import position_key
from simexchange.core.selftrade import allowed
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionKey
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.orders import (
    AccountOption,
    EndReason,
    OrderKind,
    OrderStatus,
    Origin,
    SelfTrade,
    Side,
    Slot,
    TimeInForce,
    TriggerPrice,
    closes,
)
from simexchange.core.vocabulary.units import ONE, Nanos
from simexchange.dialects.binance.common.numbers import print_fixed, print_plain
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.symbols import price_decimals, qty_decimals

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.orders import Peg, Terms, Trigger
    from simexchange.projections.orders import OrderRow

SIDE: Final = {Side.BUY: "BUY", Side.SELL: "SELL"}
TIF: Final = {
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.POST_ONLY: "GTX",
    TimeInForce.GTD: "GTD",
}
KIND: Final = {OrderKind.LIMIT: "LIMIT", OrderKind.MARKET: "MARKET"}
STATUS: Final = {
    OrderStatus.NEW: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.REJECTED: "REJECTED",
    OrderStatus.PENDING: "NEW",
    OrderStatus.TRIGGERED: "NEW",
    OrderStatus.WAITING: "NEW",
}
_CHOSEN: Final = AccountOption.SELF_TRADE
SELF_TRADE: Final[Mapping[int, str]] = {
    SelfTrade.UNSAID: "NONE",
    SelfTrade.NONE: "NONE",
    SelfTrade.EXPIRE_TAKER: "EXPIRE_TAKER",
    SelfTrade.EXPIRE_MAKER: "EXPIRE_MAKER",
    SelfTrade.EXPIRE_BOTH: "EXPIRE_BOTH",
    SelfTrade.DECREMENT: "DECREMENT",
    SelfTrade.TRANSFER: "TRANSFER",
}
POSITION_SIDE: Final = {Slot.NET: "BOTH", Slot.LONG: "LONG", Slot.SHORT: "SHORT"}
WATCHED: Final = {
    TriggerPrice.LAST: "CONTRACT_PRICE",
    TriggerPrice.MARK: "MARK_PRICE",
    TriggerPrice.INDEX: "INDEX_PRICE",
}


def status_word(status: OrderStatus, reason: EndReason | None) -> str:
    """The venue's status: a pure function of status and end reason. What a liquidation takes out has expired."""
    if reason is EndReason.SELF_TRADE:
        return "EXPIRED_IN_MATCH"
    return "EXPIRED" if reason is EndReason.LIQUIDATION else STATUS[status]


def tif_word(kind: OrderKind, tif: TimeInForce, more: "Terms | None" = None) -> str:
    """How long it lives: a market order is shown as GTC, and one that ends with its position as GTE_GTC."""
    if more is not None and more.with_position:
        return "GTE_GTC"
    return "GTC" if kind is OrderKind.MARKET and tif is not TimeInForce.GTD else TIF[tif]


def self_trade_word(state: "ExchangeState", account: AccountNo, market: MarketNo, more: "Terms | None") -> str:
    """What an order does about self-trades: what it says, else what its account chose, else what the rules say."""
    if more is not None and more.self_trade:
        return SELF_TRADE[more.self_trade]
    owner = state.accounts[account]
    rules = state.rules.get((owner.rules, market))
    # Every order answered and told is asked this, and few accounts have chosen anything.
    chosen = owner.options.get(_CHOSEN, 0) if owner.options else 0
    if chosen and allowed(rules.filters.self_trade_modes if rules is not None else (), chosen):
        return SELF_TRADE[chosen]
    return SELF_TRADE[rules.filters.self_trade_default if rules is not None else 0]


def client_id_of(order_id: int, client_id: str, more: "Terms | None", accepted_at: Nanos) -> str:
    """The client's id; of the venue's own orders the spelling by which clients tell them."""
    if client_id:
        return client_id
    origin = more.origin if more is not None else Origin.USER
    if origin is Origin.LIQUIDATION:
        return f"autoclose-{millis(accepted_at)}{order_id % 1_000_000:06d}"
    if origin is Origin.ADMIN:
        return f"settlement_autoclose-{millis(accepted_at)}{order_id % 1_000_000:06d}"
    return "adl_autoclose" if origin is Origin.ADL else f"sim-{order_id}"


def average_text(spec: Market, quote: int, qty: int) -> str:
    """An average price, three decimals finer than prices (five of BTCUSDT: 61800.20000).

    On COIN-M, whose coins are cut so fine that it is no round number, as fine as it is ("0.0", "11661.2").
    """
    average = display.trade_average(spec, quote, qty)
    if spec.inverse:
        return short_price(average)
    return print_fixed(average, min(8, price_decimals(spec) + 3))


def short_price(value: int) -> str:
    """A price with at least one decimal and no zeros after that ("0.0", "22185.2")."""
    text = print_plain(value)
    return text if "." in text else f"{text}.0"


def quote_text(spec: Market, quote: int) -> str:
    """A sum of price × quantity: as many decimals as that product has. Of coins, which are finer here: cut at eight."""
    if spec.inverse:
        return print_plain(quote // ONE)
    return print_fixed(quote, min(8, price_decimals(spec) + qty_decimals(spec)))


# Conditional orders


def reduces(row: "OrderRow") -> bool:
    """Whether it can only make a position smaller.

    What closes a whole one is told as reduce-only, too (2026-09), and so is what sells a LONG or buys a SHORT: the
    venue makes such orders reduce-only by itself (ccxt issue 8304).
    """
    return row.more is not None and closes(row.more, row.side)


def position_side(more: "Terms | None") -> str:
    """Which of a hedging account's positions it works on; BOTH: the one of one-way mode."""
    return POSITION_SIDE[more.slot] if more is not None else "BOTH"


def position_of(row: "OrderRow") -> PositionKey:
    """The position it works on."""
    if row.more is None or not row.more.slot:
        return row.market
    return position_key(row.market, row.more, row.id)


def is_conditional(row: "OrderRow") -> bool:
    """Whether the order waited, or waits, for a price."""
    return row.more is not None and row.more.trigger is not None


def is_waiting(row: "OrderRow") -> bool:
    """Whether it has not come to the market: no ordinary order yet, and none ever if it ended so."""
    return is_conditional(row) and (not row.triggered_at or row.end_reason is EndReason.TRIGGER_REFUSED)


def type_word(side: Side, kind: OrderKind, trigger: "Trigger") -> str:
    """What kind of conditional order it is: one that waits for the price to go its own way is a stop."""
    if trigger.trailing:
        return "TRAILING_STOP_MARKET"
    name = "STOP" if trigger.rising is (side is Side.BUY) else "TAKE_PROFIT"
    return name if kind is OrderKind.LIMIT else f"{name}_MARKET"


def match_word(peg: "Peg | None") -> str:
    """How the price was, or will be, taken from the book."""
    if peg is None:
        return "NONE"
    name = "OPPONENT" if peg.other else "QUEUE"
    return name if peg.level == 1 else f"{name}_{peg.level}"


def rate_text(trigger: "Trigger") -> str:
    """The callback rate in percent: ``1.0``."""
    return print_fixed(trigger.trailing * 100, 1)


def sent_qty(row: "OrderRow") -> int:
    """The quantity as it was sent: of one that closes a whole position none, however much that was."""
    return 0 if row.more is not None and row.more.close_all else row.qty
