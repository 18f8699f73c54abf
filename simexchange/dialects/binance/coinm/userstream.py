"""An account's private events of COIN-M: those of USDⓈ-M, told in coins and headed with the account's short name.

There is no TRADE_LITE, and orders name their margin asset (``ma``). Letters: the venue's own client
(derivatives-trading-coin-futures 14.1.0), seen 2026-11.
"""

from typing import TYPE_CHECKING

from simexchange.dialects.binance.usdm import userstream as linear
from simexchange.dialects.binance.usdm.symbols import INVERSE

if TYPE_CHECKING:
    from simexchange.core.vocabulary.ids import AccountNo


class UserEvents(linear.UserEvents):
    """One account's private stream of this product. Implements `UserStream`."""

    def __init__(self, account: "AccountNo", *, algo_service: bool = True) -> None:
        super().__init__(account, INVERSE, algo_service=algo_service)
