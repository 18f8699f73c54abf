"""What an account's own alarm looks at: the worst figure of its pools or positions, by the formulas of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simexchange.core import display, margin
from simexchange.core.ledger import pool_of
from simexchange.core.vocabulary.assets import whole_wallet
from simexchange.core.vocabulary.ids import MarketNo, market_of
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState

EVERY_MARKET: Final = MarketNo(0)
NOTHING_LEFT: Final = 1_000 * ONE
"""The margin ratio of a pool whose balance is used up."""


class Found(NamedTuple):
    """A figure, 10**-8, and whose it is."""

    value: int
    wallet: str
    market: MarketNo


def worst_ratio(state: ExchangeState, account: Account, wallet: str = "", market: MarketNo = EVERY_MARKET) -> Found:
    """The highest margin ratio of the account's pools, of the first one where several tie; zero where there is none.

    Only of pools in *wallet* (that of the account, or an isolated position's own), and with a position in *market*.
    """
    worst = Found(0, wallet, market)
    for (name, asset), keys in margin.pools_of(state, account).items():
        if wallet not in ("", name, whole_wallet(name)) or (market and market not in map(market_of, keys)):
            continue
        balance, maintained = margin.standing(state, account, name, asset, keys)
        ratio = display.margin_ratio(maintained, balance)
        value = NOTHING_LEFT if ratio is None else min(ratio, NOTHING_LEFT)
        if value > worst.value:
            worst = Found(value, name, market or market_of(keys[0]))
    return worst


def least_distance(
    state: ExchangeState, account: Account, wallet: str = "", market: MarketNo = EVERY_MARKET
) -> Found | None:
    """The position that is nearest to its liquidation, the older of two; None where none can be liquidated."""
    nearest: Found | None = None
    for key in account.positions:
        there = state.markets[market_of(key)]
        name, _ = pool_of(there, account, key)
        if wallet not in ("", name, whole_wallet(name)) or market not in (EVERY_MARKET, there.no):
            continue
        price = margin.liquidation_price(state, account, there, key)
        value = display.liquidation_distance(margin.price_of(there), price)
        if value is not None and (nearest is None or value < nearest.value):
            nearest = Found(value, name, there.no)
    return nearest


def back_below(value: int, bound: int) -> bool:
    """Whether it is back below by a tenth of the bound."""
    return value * 10 <= bound * 9


def back_above(value: int, bound: int) -> bool:
    """Whether a figure that is dangerous when low is back above by a tenth of the bound."""
    return value * 10 >= bound * 11
