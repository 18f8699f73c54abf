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

    UNSAID = 0
    """What the account chose counts, else what the market's rules say, else they trade."""
    EXPIRE_TAKER = 1
    EXPIRE_MAKER = 2
    EXPIRE_BOTH = 3
    DECREMENT = 4
    TRANSFER = 5
    NONE = 6
    """They trade."""


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
    """It sleeps until its trigger wakes it."""
    TRIGGERED = 8
    WAITING = 9
    """A leg of a list that begins when another one is filled."""


OPEN_STATUSES = (
    OrderStatus.NEW,
    OrderStatus.PARTIALLY_FILLED,
    OrderStatus.PENDING,
    OrderStatus.TRIGGERED,
    OrderStatus.WAITING,
)


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
    LIST_SIBLING = 14
    """Another leg of its list began to work, or traded."""
    LIST_PARENT = 15
    """The leg it waited for ended without being filled."""
    TRIGGER_REFUSED = 16
    """When its trigger came, it failed the checks of a new order."""
    POSITION_GONE = 17
    """There is nothing left to close."""
    PRICE_PROTECTED = 18
    """When its trigger came, last price and mark stood too far apart."""
    DELISTED = 19
    AMENDED = 20
    """It was made smaller than what was filled of it."""
    PRICE_RANGE = 21
    """The next trade would have been outside the market's price range."""
    DELEVERAGED = 22
    """Its account's position there was taken to meet what a liquidation left."""
    OWNER_GONE = 23
    """Nobody watched over it any more."""


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


class ListKind(IntEnum):
    """How the orders of a list hang together: one cancels the other, one triggers the other, one pays for the other."""

    OCO = 1
    OTO = 2
    OTOCO = 3
    OPO = 4
    OPOCO = 5


class AccountOption(IntEnum):
    """What an account may choose for itself; the value is a whole number."""

    TRADE_GROUP = 1
    """Accounts of one group count as one in self-trade prevention; 0: none."""
    SELF_TRADE = 2
    """The `SelfTrade` of orders that say nothing; UNSAID: that of the market's rules."""
    DISCOUNT_SPOT = 3
    """1: fees of spot are paid in the discount asset where there is enough of it."""
    DISCOUNT_FUTURES = 4
    CANCEL_ON_DISCONNECT = 5
    """1: open orders are canceled when the last private stream of the account ends."""
    LIMIT_SPOT = 6
    """Orders beyond the price limit: 1, they are taken in at it; 2, they are refused; 0: as the market's rules say."""
    LIMIT_DERIVATIVES = 7
    DISCONNECT_SPOT = 8
    """Spot orders are canceled so many wall seconds after the last private stream that watched over them ended."""
    DISCONNECT_DERIVATIVES = 9


class AccountClass(IntEnum):
    """The only thing by which the engine knows who an account is."""

    USER = 1
    AGENT = 2
    HOUSE = 3
    FUND = 4


class ExchangeReason(IntEnum):
    """Why debts of a shared wallet were bought back."""

    THRESHOLD = 1
    """One asset fell below what the rules let it."""
    LIQUIDATION = 2
    IDLE = 3
    """Nothing is open, and all debts together come near what stands against them."""


class MarginMode(IntEnum):
    """Whose money backs a position."""

    CROSS = 1
    ISOLATED = 2


class PositionMode(IntEnum):
    """One signed position per market, or a long and a short, or any number of separate ones in each slot."""

    ONE_WAY = 1
    HEDGE = 2
    SEPARATE = 3


class MarginCause(IntEnum):
    """Why margin went into or out of an isolated position's own wallet, beside its trades."""

    OWNER = 0
    AUTO = 1
    """It was about to be liquidated, and its owner had it helped."""
    LEFT_OVER = 2
    """The position is gone: what it left is its owner's."""


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
OFF_TAPE: Final = (TradeKind.TAKEOVER, TradeKind.ADL, TradeKind.DELIVERY)
"""Trades nobody outside hears of: they are no prices."""


class Trigger(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """What wakes a sleeping order."""

    price: Price
    watches: TriggerPrice = TriggerPrice.LAST
    rising: bool = True
    """Wakes at or above the price; else at or below. A trailing one: it follows the lowest price, else the highest."""
    activation: Price = Price(0)
    """Trailing: begins to follow when this price is reached; 0: at once."""
    trailing: Rate = Rate(0)
    """How far the price must come back from its extreme; 0: it does not trail."""
    activation_rising: bool = False
    """Trailing: begins at or above *activation*; else at or below."""
    protect: bool = False
    """Ends instead of waking where last price and mark are further apart than the market's trigger protection."""
    distance: Price = Price(0)
    """How far the price must come back from its extreme where that is said as a price instead of a rate."""
    limit: Price = Price(0)
    """Of what protects a position: the limit price of the order it becomes; 0: it closes at market."""

    @property
    def trails(self) -> bool:
        """Whether it follows the price to its extreme."""
        return self.trailing > 0 or self.distance > 0


class Peg(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """The price is taken from the book once, when the order enters it: that of one level."""

    other: bool = False
    """A level of the other side; else of the order's own."""
    level: int = 1
    """1 is the best."""
    guard: Price = Price(0)
    """The price that was sent beside it; 0: none. Both must pass the filters."""


class Terms(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """The rarer terms of an order. A plain limit order carries none of them."""

    quote_qty: Amount = Amount(0)
    """A market order by value: spend (buy) or receive (sell) about this much quote."""
    reduce_only: bool = False
    close_all: bool = False
    intent: Intent = Intent.AUTO
    slot: Slot = Slot.NET
    sub_position: int = 0
    """A separate position in its slot: the number of the order that opened it; −1: a new one, by this order."""
    good_till: Nanos = Nanos(0)
    self_trade: SelfTrade = SelfTrade.UNSAID
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
    peg: Peg | None = None
    with_position: bool = False
    """Ends when the position it would close is gone (``GTE_GTC``)."""
    routed: bool = False
    """Smart order routing: takes from the books of other quote assets too."""
    replaces: int = 0
    """The order that was canceled to make room for this one; its owner is told of a refusal in his private stream."""
    partial: bool = False
    """What is attached protects what this order brings to the position, fill by fill; else the position whole."""
    worst: Price = Price(0)
    """A market order trades at no worse a price; 0: at any its market's rules let it."""
    unheld: bool = False
    """On spot: nothing is held for it while it sleeps; what it needs must be there when it wakes."""


def closes(terms: Terms, side: Side) -> bool:
    """Whether an order of *side* can only make a position smaller: it says so, or its slot is of the other way."""
    if terms.reduce_only or terms.close_all:
        return True
    return bool(terms.slot) and (terms.slot is Slot.LONG) is (side is SELL)
