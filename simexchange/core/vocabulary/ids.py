"""What things are called by number.

Order ids are given per account (account × 2**32 + n), so that a fork that changes one account's orders leaves
everybody else's ids alone. Market numbers stand for market ids in records, through MarketListed.
"""

from typing import Final, NewType

AccountNo = NewType("AccountNo", int)
"""1, 2, 3 … in order of opening."""
MarketNo = NewType("MarketNo", int)
"""1, 2, 3 … in order of listing."""
OrderId = NewType("OrderId", int)
"""account × 2**32 + n, n = 1, 2, 3 … per account."""
TradeId = NewType("TradeId", int)
"""1, 2, 3 … per market."""
PositionId = NewType("PositionId", int)
"""account × 2**32 + n; permanent until the position is flat, then never used again."""

ListId = NewType("ListId", int)
"""account × 2**32 + n, n = 1, 2, 3 … per account: an order list's."""

ORDER_ID_SHIFT: Final = 32
NO_ORDER: Final = OrderId(0)


def first_id(account: AccountNo) -> int:
    """The number just below an account's first order or position id."""
    return account << ORDER_ID_SHIFT


def owner_of(order: OrderId) -> AccountNo:
    """The account an order belongs to."""
    return AccountNo(order >> ORDER_ID_SHIFT)
