"""Events of what an operator sets by hand: a market's reference price, an account's limit.

Fields are positional in the log (``array_like``) and are only ever appended, each with a default.
"""

import msgspec

from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.units import Amount, Price


class ReferencePriceSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=44):
    """A market's reference price was set; 0: it is what its trades say again."""

    market: MarketNo
    price: Price


class AssetLimitSet(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=47):
    """What one order of an account may move of an asset was bounded; 0: no more."""

    account: AccountNo
    asset: str
    most: Amount
