"""What things are called by number.

Order ids are given per account (account × 2**32 + n), so that a fork that changes one account's orders leaves
everybody else's ids alone. Market numbers stand for market ids in records, through MarketListed.
"""

from typing import Final, NewType

AccountNo = NewType("AccountNo", int)
"""1, 2, 3 … in order of opening."""
MarketNo = NewType("MarketNo", int)
"""1, 2, 3 … in order of listing."""
SlotKey = NewType("SlotKey", int)
"""Where in an account a position of a slot is: see `key_of`."""
PositionKey = MarketNo | SlotKey
"""Where in an account a position is: the market's number for the one of one-way mode."""
OrderId = NewType("OrderId", int)
"""account × 2**32 + n, n = 1, 2, 3 … per account."""
TradeId = NewType("TradeId", int)
"""1, 2, 3 … per market."""
PositionId = NewType("PositionId", int)
"""account × 2**32 + n; permanent until the position is flat, then never used again."""

ListId = NewType("ListId", int)
"""account × 2**32 + n, n = 1, 2, 3 … per account: an order list's."""

ORDER_ID_SHIFT: Final = 32
_SLOT_SHIFT, _SUB_SHIFT = 24, 26
_MARKET_MASK, _SLOT_MASK, _NUMBER_MASK = (1 << 24) - 1, 3, (1 << 32) - 1
NO_ORDER: Final = OrderId(0)


def first_id(account: AccountNo) -> int:
    """The number just below an account's first order or position id."""
    return account << ORDER_ID_SHIFT


def key_of(market: MarketNo, slot: int = 0, sub: int = 0) -> PositionKey:
    """The key of a position: *slot* 0 net, 1 long, 2 short; *sub* the order that opened a separate one."""
    return SlotKey(market | slot << _SLOT_SHIFT | sub << _SUB_SHIFT)


def market_of(key: PositionKey) -> MarketNo:
    """The market a position is in."""
    return MarketNo(key & _MARKET_MASK)


def slot_of(key: PositionKey) -> int:
    """Which of an account's positions in a market it is: 0 net, 1 long, 2 short."""
    return key >> _SLOT_SHIFT & _SLOT_MASK


def sub_of(key: PositionKey) -> int:
    """The number of the order that opened a separate position; 0: it is none."""
    return key >> _SUB_SHIFT


def number_of(order: OrderId) -> int:
    """An order's own number within its account."""
    return order & _NUMBER_MASK


def owner_of(order: OrderId) -> AccountNo:
    """The account an order belongs to."""
    return AccountNo(order >> ORDER_ID_SHIFT)
