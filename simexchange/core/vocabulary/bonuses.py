"""Bonus money: what it is granted and taken away by, and what a venue lets it pay.

Fields are positional in the log (``array_like``) and are only ever appended, each with a default.
"""

from enum import IntEnum

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import Amount


class BonusPolicy(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """What bonus money in a wallet is good for, beside being margin; it is never taken out.

    What is named here it pays before the account's own money does. Whatever own money cannot pay it pays in any case.
    """

    wallets: tuple[str, ...]
    """Where there may be some."""
    losses: bool = False
    fees: bool = False
    """Trading and liquidation fees in the asset of the bonus."""
    funding: bool = False
    forfeited: bool = False
    """Whether all of it is gone when own money leaves the wallet."""
    source: str = ""
    """Where this is from and the date it was seen."""


class BonusEnd(IntEnum):
    """Why bonus money was taken away."""

    EXPIRED = 1
    FORFEITED = 2
    """Own money left the wallet."""


class BonusGranted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=59):
    """An account was given bonus money: from marketing, into a wallet."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount


class BonusExpired(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=60):
    """Bonus money went back to marketing, as far as it was still there."""

    account: AccountNo
    wallet: str
    asset: str
    amount: Amount
    reason: BonusEnd


BonusEvent = BonusGranted | BonusExpired
