"""Parts of events: what a trade does to a position, and what was kept from trading.

Fields are positional in the log (``array_like``) and are only ever appended, each with a default.
"""

import msgspec

from simexchange.core.vocabulary.ids import AccountNo, OrderId, PositionId
from simexchange.core.vocabulary.units import Amount, Cost, Quantity


class Closed(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The part of a fill that closed some of a position."""

    position: PositionId
    qty: Quantity
    """How much was closed, above zero."""
    realised: Amount
    """Profit (loss below zero) before fees; already in the wallet."""
    cost_out: Cost
    """The entry cost that left the position, signed as the position."""
    residue: int = 0
    """What rounding left, at 10**-16; to the dust account."""


class Opened(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The part of a fill that opened or grew a position."""

    position: PositionId
    qty_after: Quantity
    """The whole position afterwards, signed."""
    cost_after: Cost
    """Its whole entry cost afterwards, signed as the quantity."""


class Prevented(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One side of a match that was prevented."""

    account: AccountNo
    order: OrderId
    qty: Quantity
    """How much of the order will not trade any more; 0: it stays as it is."""
    left: Quantity
    """What of it may still trade: its size less what was filled and what was prevented so far."""
    released: Amount = Amount(0)
    """Spot: how much of its hold this used up or freed, in the held asset."""
