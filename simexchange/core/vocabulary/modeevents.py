"""Events of margin and position modes, and of the margin of isolated positions; part of `events.Event`."""

import msgspec

from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId
from simexchange.core.vocabulary.orders import MarginCause, MarginMode, PositionMode, Slot
from simexchange.core.vocabulary.units import Amount


class MarginModeSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=49):
    """Whose money backs the positions of an account in a market was changed."""

    account: AccountNo
    market: MarketNo
    """0: in every derivative, those listed later, too."""
    mode: MarginMode


class PositionModeSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=50):
    """How many positions an account has in each market was changed, whatever was said of one before; or in one."""

    account: AccountNo
    mode: PositionMode
    market: MarketNo = MarketNo(0)
    """Only here; 0: everywhere, or as *settle* says."""
    settle: str = ""
    """Only in linear perpetuals settled in it, and only in those listed later."""


class MarginAdjusted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=51):
    """Margin went from an account's wallet into the own one of an isolated position; below zero: out of it."""

    account: AccountNo
    market: MarketNo
    slot: Slot
    sub: int
    position: PositionId
    """0: it is gone."""
    source: str
    """The account's wallet."""
    wallet: str
    """The position's own."""
    asset: str
    amount: Amount
    most: Amount
    """How much might have been moved that way."""
    balance: Amount
    """What the position's own wallet holds from now on."""
    cause: MarginCause = MarginCause.OWNER


class AutoMarginSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=52):
    """Whether an isolated position is helped before it is liquidated was changed."""

    account: AccountNo
    market: MarketNo
    slot: Slot
    sub: int
    on: bool
