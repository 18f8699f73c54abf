"""Accounts that belong together, and an account that begins anew: what is asked, and what happened.

Fields are positional in the log (``array_like``) and are only ever appended, each with a default.
"""

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import Amount

# Commands


class JoinFamily(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=58):
    """Make an account a sub-account of *parent*, for good."""

    account: AccountNo
    parent: AccountNo


class Holding(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How much of an asset a wallet is to have."""

    wallet: str
    asset: str
    amount: Amount


class ResetAccount(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=59):
    """Cancel everything that is open and give an account what it is to begin with anew.

    Positions are handed to the insurance fund at their marks, if they may be *closed*; else there must be none.
    """

    account: AccountNo
    holdings: tuple[Holding, ...]
    """What is not named here it has nothing of."""
    closed: bool = False


class TransferInFamily(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=60):
    """Move money between accounts of one family, or between wallets of one of its accounts."""

    account: AccountNo
    wallet: str
    to_account: AccountNo
    to_wallet: str
    asset: str
    amount: Amount
    by: AccountNo
    """The account that asks: one of the two, or the parent of both."""
    client_id: str = ""
    """What it calls the transfer."""


FamilyCommand = JoinFamily | ResetAccount | TransferInFamily

# Events


class FamilyJoined(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=77):
    """An account is a sub-account of *parent* from now on."""

    account: AccountNo
    parent: AccountNo


class AccountReset(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=78):
    """An account begins anew: the events after this one in its record end what was open and set its balances."""

    account: AccountNo
    orders: int
    """How many are canceled."""
    positions: int
    """How many the insurance fund takes at their marks."""


class TransferOrdered(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=79):
    """Who asked for the transfer that follows in this record, and what he calls it."""

    account: AccountNo
    to_account: AccountNo
    by: AccountNo
    client_id: str


FamilyEvent = FamilyJoined | AccountReset | TransferOrdered
