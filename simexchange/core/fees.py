"""What a fill costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.vocabulary.ids import MarketNo

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState

ALL_MARKETS = MarketNo(0)


def rates(state: ExchangeState, account: Account, market: MarketNo) -> tuple[int, int]:
    """(maker, taker) rates of *account* in *market*: its own, else its rules'; nothing for the tape and the fund."""
    if not account.margined:
        return 0, 0
    if account.fees:
        own = account.fees.get(market) or account.fees.get(ALL_MARKETS)
        if own is not None:
            return own
    rules = state.rules.get((account.rules, market))
    return (0, 0) if rules is None else (rules.maker, rules.taker)
