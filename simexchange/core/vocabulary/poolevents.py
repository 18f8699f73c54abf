"""Events of accounts whose assets back their positions together.

Fields are positional in the log (``array_like``) and are only ever appended, each with a default.
"""

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import ExchangeReason
from simexchange.core.vocabulary.units import Amount, Price, Rate


class CollateralModeSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=55):
    """An account's assets back its positions together from now on, or each its own."""

    account: AccountNo
    unified: bool


class ExchangeStarted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=56):
    """An account owes too much in a shared wallet: it is bought back next, with what else is there."""

    account: AccountNo
    wallet: str
    reason: ExchangeReason
    asset: str
    """What is owed beyond its threshold; `ALL_ASSETS` where it is all debts together that count."""
    balance: Amount
    """Below zero: how much of *asset* (in the numéraire where it is all of them)."""
    bound: Amount
    """What it may not fall below; of all debts together the collateral they stand against."""


class AssetsExchanged(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=57):
    """Part of one asset was changed into another, to pay what was owed there; nobody stands on the other side."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount
    """Given."""
    to_asset: str
    to_amount: Amount
    """Got."""
    fee: Amount
    """What of the given was the price of it, beyond what both are worth at their indexes."""
    price: Price
    """Index price of what was given, in the numéraire, and *to_price* that of what was got."""
    to_price: Price
    index: str
    """Where *price* is from; empty: that asset counts one to one. *to_index* likewise."""
    to_index: str
    bid_buffer: Rate
    """It was sold at index × (1 − this)."""
    ask_buffer: Rate
    """It was bought at index × (1 + this)."""
    reason: ExchangeReason


class ExchangeFinished(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=58):
    """What could be bought back is."""

    account: AccountNo
    wallet: str


PoolEvent = CollateralModeSet | ExchangeStarted | AssetsExchanged | ExchangeFinished
