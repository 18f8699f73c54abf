"""Events of a dated contract's end: its delivery price, each position's delivery, and the contract that follows it.

Fields are positional in the log (``array_like``) and are only ever appended, each with a default.
"""

import msgspec

from simexchange.core.vocabulary.fills import Closed
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.orders import Slot
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity, Rate


class DeliveryPriceSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=73):
    """A contract's expiry came: all that is open there is canceled, and every position closed at *price*.

    It is the mean of *samples* values of the index, one a second from *since* on; of none, the price positions were
    valued at.
    """

    market: MarketNo
    price: Price
    samples: int
    since: Nanos


class PositionDelivered(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True, tag=74):
    """One position was closed at the delivery price. Its other side is the market's settlement clearing."""

    account: AccountNo
    market: MarketNo
    qty: Quantity
    """What was held: long above zero, short below."""
    price: Price
    worth: Amount
    """What that is worth at the price, in the asset it settles in, rounded down."""
    closed: Closed
    cleared: Amount
    """What the settlement clearing gave for it, signed; all of them sum to next to nothing."""
    cleared_fine: int
    """The part of that below 10**-8, at 10**-16: of inverse contracts only."""
    wallet: str
    """Where profit and loss go, and the fee is taken: the position's own wallet where its margin is isolated."""
    rate: Rate = Rate(0)
    """Of the delivery fee."""
    fee: Amount = Amount(0)
    """What of *worth* × *rate* the wallet had."""
    slot: Slot = Slot.NET
    sub: int = 0
    """The number of the order that opened the separate position; 0: none."""
    margin: Amount = Amount(0)
    """Below zero: what went back from the position's own wallet into the account's."""
    bonus: Amount = Amount(0)
    """What of its loss and its fee bonus money paid."""


class DeliveryClosed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=75):
    """Every position is delivered; what rounding left in the settlement clearing goes to dust."""

    market: MarketNo
    asset: str
    dust: Amount
    dust_fine: int
    """At 10**-16."""


class ContractFollowed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=76):
    """A contract was listed after another one of its series: accounts with rates of their own there keep them."""

    market: MarketNo
    after: MarketNo
