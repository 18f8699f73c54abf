"""Events of accounts that no longer hold enough, and what they were decided on.

Fields are positional in the log (``array_like``) and are only ever appended, each with a default.
"""

from enum import IntEnum
from typing import Final, NewType

import msgspec

from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId
from simexchange.core.vocabulary.orders import Slot
from simexchange.core.vocabulary.units import Amount, Cost, Nanos, Price, Quantity, Rate

LiquidationId = NewType("LiquidationId", int)
"""account × 2**32 + n, n = 1, 2, 3 … per account."""
NO_LIQUIDATION: Final = LiquidationId(0)


class LiquidationPart(IntEnum):
    """What a step of a liquidation does with a position."""

    REDUCE = 1
    """One immediate order in the book, at the bankruptcy price or better."""
    TAKE_OVER = 2
    """The insurance fund takes it at the bankruptcy price."""
    DELEVERAGE = 3
    """The other side takes it at the bankruptcy price, by rank."""


class SizeReason(IntEnum):
    """Why so much."""

    WHOLE = 1
    """What is taken over or deleveraged is taken whole."""
    FEE_ABOVE_RATE = 2
    """The whole: its bracket asks no more than selling costs, so that selling a part would not help."""
    ENOUGH = 3
    """The smallest part after which the rest is margined again."""
    NOT_ENOUGH = 4
    """The whole: no part of it would be enough."""
    NEXT_BRACKET = 5
    """As much as brings it down by one bracket."""
    LOWEST_BRACKET = 6
    """The whole: there is no bracket below."""
    FUND_SHORT = 7
    """The whole goes to the other side: what the fund would lose on it would bring it below its floor."""
    FUND_WAITED = 8
    """The whole: the fund has found nobody to sell it to for as long as it waits."""
    MARK_ASTRAY = 9
    """The whole goes to the other side: at the index its pool is worth less than nothing, and no jump of it did so."""
    FUND_PAYS = 10
    """The whole: the fund gives it up before a funding that would cost it more than the interest."""


class PositionRisk(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One position of a pool at its mark, as it was valued."""

    market: MarketNo
    slot: Slot
    sub: int
    qty: Quantity
    """Signed."""
    cost: Cost
    """At 10**-16, signed as the quantity."""
    mark: Price
    worth: Amount
    """|qty| × mark (inverse: × contract size ÷ mark), rounded down."""
    unrealised: Amount
    """What it is worth less what it cost (inverse: the other way round), toward zero."""
    rate: Rate
    """Maintenance rate of the bracket *worth* is in."""
    cum: Amount
    """Maintenance amount of that bracket."""
    maintenance: Amount
    """worth × rate, rounded up, − cum + closing_fee + at_entry."""
    closing_fee: Amount = Amount(0)
    """What of it is set aside to close the position."""
    at_entry: Amount = Amount(0)
    """What of it rules reckon on the entry: then rate and cum are nothing."""


class LiquidationStarted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=23):
    """The margin balance of one of an account's pools fell to its maintenance margin or below.

    balance = cash + what the positions have gained, maintenance = the sum of theirs.
    """

    account: AccountNo
    wallet: str
    balance: Amount
    maintenance: Amount
    asset: str
    liquidation: LiquidationId = NO_LIQUIDATION
    cash: Amount = Amount(0)
    positions: tuple[PositionRisk, ...] = ()
    """What the pool backs, in order of opening."""
    cover: Amount = Amount(0)
    """What its positions lost by the move of their indexes in this record; so much of a debt is the fund's to bear."""


class LiquidationFeeCharged(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=24):
    """The fee on a liquidated part went to the insurance fund."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount
    market: MarketNo
    fund: AccountNo
    bonus: Amount = Amount(0)
    """What the account's bonus paid of it."""
    fund_wallet: str = ""
    """Where the fund keeps it; empty: in the wallet of the same name."""
    sold: Amount = Amount(0)
    """What the liquidated part was worth."""
    rate: Rate = Rate(0)
    left: Amount = Amount(0)
    """The margin balance after the fill: amount = min(sold × rate rounded down, left), never below zero."""


class InsurancePaid(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=25):
    """The insurance fund made good a wallet below zero (above zero) or took what a takeover left over (below zero)."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount
    fund: AccountNo
    fund_wallet: str = ""
    """The fund's own wallet; empty: the wallet of the same name."""


class LiquidationFinished(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=26):
    """The account holds enough again, or nothing at all."""

    account: AccountNo
    wallet: str
    asset: str
    liquidation: LiquidationId = NO_LIQUIDATION
    balance: Amount = Amount(0)
    maintenance: Amount = Amount(0)


class LiquidationStepDecided(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=61):
    """What is done next with a position under liquidation, how much of it, and the numbers that say so.

    balance = cash + the position's own unrealised profit + *others*; what follows in the same record does it. Of what
    the fund gives up itself the account is the fund, and *price* the mark, or its bound before a funding.
    """

    account: AccountNo
    wallet: str
    asset: str
    liquidation: LiquidationId
    part: LiquidationPart
    position: PositionRisk
    qty: Quantity
    """How much of it, above zero."""
    price: Price
    """Bankruptcy price: mark ∓ balance ÷ quantity, to the tick in favour of the account; others stay at their marks."""
    why: SizeReason
    cash: Amount
    others: Amount
    """Unrealised profit of the pool's other positions."""
    balance: Amount
    others_maintenance: Amount
    maintenance: Amount
    fee_rate: Rate = Rate(0)
    slippage: Rate = Rate(0)
    """What a sale is reckoned to lose, beside the fee."""
    charge: Amount = Amount(0)
    """worth of *qty* at mark × (fee_rate + slippage), rounded up."""
    balance_after: Amount = Amount(0)
    """balance − charge: what is to be left after the sale."""
    maintenance_after: Amount = Amount(0)
    """What the rest of the pool is to need then."""
    short: Amount = Amount(0)
    """What the fund would lose by taking it over, at the mark."""
    fund_balance: Amount = Amount(0)
    """The fund's cash and unrealised profit. It takes over where fund_balance − short is not below *floor*."""
    floor: Amount = Amount(0)
    index: Price = Price(0)
    """The index the position is valued at beside its mark; 0: the mark stands for itself."""
    beside: Amount = Amount(0)
    """What the position is worth more there than at its mark, toward zero."""
    short_at_index: Amount = Amount(0)
    """What the fund would lose by taking it over, with this position at its index."""
    cover: Amount = Amount(0)
    """How much of that a jump of the indexes explains. The fund takes over where short_at_index is not above it."""
    cover_after: Amount = Amount(0)
    """What is left of that for the pool's other positions."""


class PositionDeleveraged(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=62):
    """A position of the other side was chosen to take some of what a liquidation leaves; the trade follows.

    score = gained ÷ max(wallet, least) × maintenance ÷ balance, at 10**-8, toward zero; 0 without gain or balance.
    """

    account: AccountNo
    market: MarketNo
    slot: Slot
    sub: int
    position: PositionId
    qty: Quantity
    """How much of it is closed, above zero."""
    price: Price
    liquidation: LiquidationId
    """The liquidation it is done for; 0: the fund's own position."""
    place: int
    """Its place in the queue, from 1."""
    score: int
    gained: Amount
    """Its unrealised profit at the mark, never below zero."""
    wallet: Amount
    """Cash of its pool."""
    least: Amount
    """One USD in the asset of the pool: a wallet below that counts as that."""
    balance: Amount
    """Margin balance of its pool."""
    maintenance: Amount
    """Maintenance margin of its pool."""


class MarginCallIssued(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=63):
    """A pool's maintenance margin came to so much of its margin balance that its owner is told, once per crossing."""

    account: AccountNo
    wallet: str
    asset: str
    balance: Amount
    maintenance: Amount
    ratio: Rate
    """maintenance ÷ balance, rounded up."""
    threshold: Rate


class MarginCallEnded(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=64):
    """It is less again: the next crossing is told of again."""

    account: AccountNo
    wallet: str
    asset: str
    balance: Amount
    maintenance: Amount


class FundPolicySet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=65):
    """What the insurance fund may lose of an asset, and how long it keeps positions, was set."""

    asset: str
    floor: Amount
    patience: Nanos
