"""What an order can say: sides, kinds, times in force, and the rarer terms."""

from enum import IntEnum
from typing import Final

import msgspec

from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity, Rate


class Side(IntEnum):
    """Buy is +1 and sell is −1, so that a signed quantity needs no branch."""

    BUY = 1
    SELL = -1


class OrderKind(IntEnum):
    """What is done with an order that reaches the book."""

    LIMIT = 1
    MARKET = 2


class TimeInForce(IntEnum):
    """How long, and how, an order may live."""

    GTC = 1
    IOC = 2
    FOK = 3
    POST_ONLY = 4
    GTD = 5


class Slot(IntEnum):
    """The position an order works on: one signed position, or one of two of a hedging account."""

    NET = 0
    LONG = 1
    SHORT = 2


class Intent(IntEnum):
    """Whether an order opens, closes, or does what its side and the position say."""

    AUTO = 0
    OPEN = 1
    CLOSE = 2


class TriggerPrice(IntEnum):
    """Which price wakes a sleeping order."""

    LAST = 1
    MARK = 2
    INDEX = 3


class SelfTrade(IntEnum):
    """What happens where an order would trade with its own account or group."""

    NONE = 0
    EXPIRE_TAKER = 1
    EXPIRE_MAKER = 2
    EXPIRE_BOTH = 3
    DECREMENT = 4
    TRANSFER = 5


class Origin(IntEnum):
    """Who wanted the order."""

    USER = 0
    LIQUIDATION = 1
    ADL = 2
    TPSL = 3
    EXPIRY = 4
    COPY = 5
    ADMIN = 6
    FUND = 7


class OrderStatus(IntEnum):
    """Where an order stands. What a venue calls it is a pure function of this, the end reason and the fills."""

    NEW = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 4
    EXPIRED = 5
    REJECTED = 6
    PENDING = 7
    TRIGGERED = 8


OPEN_STATUSES = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.PENDING, OrderStatus.TRIGGERED)


class EndReason(IntEnum):
    """Why an order ended without being filled, in nobody's dialect."""

    USER = 1
    IOC_REMAINDER = 2
    FOK_UNFILLED = 3
    POST_ONLY_WOULD_TAKE = 4
    MARKET_UNFILLED = 5
    MARKET_BOUND = 6
    GOOD_TILL = 7
    REDUCE_ONLY = 8
    LIQUIDATION = 9
    BANKRUPTCY_PRICE = 10
    ADMIN = 11
    SELF_TRADE = 12
    MARGIN = 13


class TradeKind(IntEnum):
    """Why two sides traded."""

    TRADE = 1
    LIQUIDATION = 2
    TAKEOVER = 3
    ADL = 4
    DELIVERY = 5
    FUND = 6
    CROSSED = 7
    """A recorded level came through a user's price: a real trade that does not move the last price."""


class AccountClass(IntEnum):
    """The only thing by which the engine knows who an account is."""

    USER = 1
    AGENT = 2
    HOUSE = 3
    FUND = 4


class MarginMode(IntEnum):
    """Whose money backs a position."""

    CROSS = 1
    ISOLATED = 2


class PositionMode(IntEnum):
    """One signed position per market, or a long and a short."""

    ONE_WAY = 1
    HEDGE = 2


# The members every order is asked about, under names of their own: on CPython 3.11 the metaclass of enums has a
# `__getattr__`, so `Side.BUY` takes the slow way (0.1 µs, fifteen times a module's name) some thirty times an order.
BUY: Final = Side.BUY
SELL: Final = Side.SELL
LIMIT: Final = OrderKind.LIMIT
MARKET: Final = OrderKind.MARKET
GTC: Final = TimeInForce.GTC
IOC: Final = TimeInForce.IOC
FOK: Final = TimeInForce.FOK
POST_ONLY: Final = TimeInForce.POST_ONLY
GTD: Final = TimeInForce.GTD
TRADE: Final = TradeKind.TRADE


class Trigger(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """What wakes a sleeping order."""

    price: Price
    watches: TriggerPrice = TriggerPrice.LAST
    rising: bool = True
    activation: Price = Price(0)
    trailing: Rate = Rate(0)


class Terms(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """The rarer terms of an order. A plain limit order carries none of them."""

    quote_qty: Amount = Amount(0)
    """A market order by value: spend (buy) or receive (sell) about this much quote."""
    reduce_only: bool = False
    close_all: bool = False
    intent: Intent = Intent.AUTO
    slot: Slot = Slot.NET
    sub_position: int = 0
    good_till: Nanos = Nanos(0)
    self_trade: SelfTrade = SelfTrade.NONE
    trade_group: int = 0
    iceberg_qty: Quantity = Quantity(0)
    trigger: Trigger | None = None
    take_profit: Trigger | None = None
    stop_loss: Trigger | None = None
    parent: int = 0
    order_list: int = 0
    origin: Origin = Origin.USER
    strategy_id: int = 0
    strategy_type: int = 0
    wire: str = ""
    """The venue's own spelling of the order type where two spellings mean the same, e.g. ``LIMIT_MAKER``."""
