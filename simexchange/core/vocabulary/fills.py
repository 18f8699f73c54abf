"""Parts of events: what a trade does to a position, and what was kept from trading.

Fields are positional in the log (``array_like``) and are only ever appended, each with a default.
"""

import msgspec

from simexchange.core.vocabulary.ids import AccountNo, OrderId, PositionId
from simexchange.core.vocabulary.orders import Slot
from simexchange.core.vocabulary.units import Amount, Cost, Price, Quantity


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


class Fill(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """One side of a trade."""

    account: AccountNo
    order: OrderId
    left: Quantity
    """What of the order is still unfilled."""
    cum_quote: Amount
    """Quote traded by the order so far, this trade included; of inverse contracts coin, at 10**-16."""
    fee: Amount
    """Cost positive, rebate negative."""
    fee_asset: str
    released: Amount = Amount(0)
    """Spot: how much of the order's hold this fill used up or freed, in the held asset."""
    closed: Closed | None = None
    opened: Opened | None = None
    fee_price: Price = Price(0)
    """Where the discount asset paid the fee: its price in quote that the fee was converted at."""
    subsidy: Amount = Amount(0)
    """The part of a rebate that no fee of the same trade pays for; it comes from marketing money."""
    slot: Slot = Slot.NET
    """Which of the account's positions in the market it worked on."""
    sub: int = 0
    """The number of the order that opened the separate position it worked on; 0: none."""
    wallet: str = ""
    """The position's own wallet, where margin is isolated: what it realised goes there. Empty: margin is cross."""
    margin: Amount = Amount(0)
    """What went from the account's wallet into the position's own, with it; below zero: out of it."""
    bonus: Amount = Amount(0)
    """What of its loss and its fee bonus money paid."""


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
