"""What an account with one wallet for everything has, coin by coin and in all: the figures its venue tells of it.

They are the ones that margin is decided by (`margin.wallet_state`), with what isolated positions hold put in. What all
of it comes to is told of accounts whose assets back their positions together; where each position is on its own there
is no such figure. (Bybit v5 account/wallet-balance, and help center "Trading Terms and Formulas in Unified Trading
Account", 2026-03-13: equity without the collateral value ratio, margin balance with it; seen 2026-11.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import collateral, display, margin, totals
from simexchange.core.collateral import UNPRICED
from simexchange.core.marginstates import UNBOUNDED, AccountState, CoinState
from simexchange.core.vocabulary.ids import market_of
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState


def assets_of(state: ExchangeState, account: Account) -> list[str]:
    """The assets *account* has, owes, or has positions or orders settled in, by name."""
    found = {asset: None for (_, asset), money in account.balances.items() if money.free or money.held}
    for key in (*account.positions, *account.exposures):
        found[state.markets[market_of(key)].spec.settle] = None
    return sorted(found)


def coin_state(state: ExchangeState, account: Account, asset: str) -> CoinState:
    """One asset in the wallet that *account* trades linear markets from."""
    place = account.linear_wallet
    money = account.balances.get((place, asset))
    held = 0 if money is None else money.held
    found = totals.totals(state, account, place, asset)
    # What is held is cash of a pool already.
    wallet = found.wallet if account.shares(place) else found.wallet + held
    equity = wallet + found.unrealised
    rates = collateral.rates_of(state, account).get(asset, UNPRICED)
    return CoinState(
        asset=asset,
        wallet=wallet,
        held=held,
        bonus=account.bonus(place, asset),
        unrealised=found.unrealised,
        equity=equity,
        position_initial=found.position_initial,
        order_initial=found.order_initial,
        maintenance=found.maintenance,
        withdrawable=min(found.withdrawable, max(0, wallet - held)),
        value=at_index(equity, rates.price),
    )


def account_state(state: ExchangeState, account: Account) -> AccountState | None:
    """All of it together; None where assets do not back positions together."""
    place = account.linear_wallet
    if not account.shares(place):
        return None
    found, known = margin.sums(state, account, place), collateral.rates_of(state, account)
    pool = collateral.pool(found, known)
    return AccountState(
        equity=sum(at_index(each.equity, known.get(asset, UNPRICED).price) for asset, each in found.items()),
        wallet=pool.cash,
        margin_balance=pool.equity,
        unrealised=pool.equity - pool.cash,
        available=max(0, pool.spare),
        initial=pool.initial,
        maintenance=pool.maintenance,
        initial_rate=_rate(pool.initial, pool.equity),
        maintenance_rate=_rate(pool.maintenance, pool.equity),
    )


def at_index(amount: int, price: int) -> int:
    """What *amount* of an asset is worth at its index, rounded down."""
    return amount * price // ONE


def _rate(part: int, whole: int) -> int:
    if not part:
        return 0
    return display.ratio(part, whole) if whole > 0 else UNBOUNDED


def worth_of(state: ExchangeState, account: Account, asset: str, amount: int) -> int:
    """What *amount* of an asset is worth at its index, in the numéraire; 0 of what is no collateral."""
    return at_index(amount, collateral.rates_of(state, account).get(asset, UNPRICED).price)
