"""What a wallet of derivatives in which spot trades settle lets spot orders do.

Where an account has one wallet for everything, what it sells on spot backs its positions until it is gone. So an order
holds only what neither positions nor open orders need, and no trade may leave a pool worth less than nothing: else
friends could trade the collateral away below its price and the insurance fund would pay for the positions.
(Bybit, "Trading Terms and Formulas in Unified Trading Account", 2026-03-13, seen 2026-11, takes what an order would
lose of the margin balance, its haircut, from what is available; here all that it holds is, which is more.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import anchors, collateral, margin
from simexchange.core.collateral import Sums
from simexchange.core.vocabulary.orders import BUY
from simexchange.core.vocabulary.units import ONE, div_up

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.book import Order
    from simexchange.core.engine import Engine
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState


def backs_nothing(account: Account, wallet: str) -> bool:
    """Whether nothing rests on the money in a shared *wallet*: neither positions nor orders, and nothing is owed."""
    if account.positions or account.exposures:
        return False
    return all(money.free >= 0 for (place, _), money in account.balances.items() if place == wallet)


def lets_go(state: ExchangeState, account: Account, asset: str, amount: int) -> bool:
    """Whether a spot order may hold *amount* more of *asset*: then what is left still bears the initial margin.

    What is no collateral may always be sold. Where nothing is pooled, what is held is gone from the margin of its
    asset, as if it had left the wallet: it may be what could.
    """
    wallet = account.spot_wallet
    if account.trades_spot_alone(wallet) or backs_nothing(account, wallet):
        return True
    if not account.shares(wallet):
        return amount <= margin.wallet_state(state, account, wallet, asset).withdrawable
    found, known = margin.sums(state, account, wallet), collateral.rates_of(state, account)
    before = collateral.pool(found, known).spare
    found.setdefault(asset, Sums()).aside += amount
    after = collateral.pool(found, known).spare
    return after >= 0 or after >= before


def spot_bankrupts(engine: Engine, order: Order, market: MarketState, qty: int, quote: int) -> bool:
    """Whether a trade of *qty* for *quote* takes worth from the pool of *order*'s owner that is not there (rule L1).

    Asked with the positions at their marks, and at their indexes.
    """
    state = engine.state
    account = state.accounts[order.account]
    wallet, spec = account.spot_wallet, market.spec
    if not account.shares(wallet) or backs_nothing(account, wallet):
        return False
    found, known = margin.sums(state, account, wallet), collateral.rates_of(state, account)
    before = collateral.pool(found, known).equity
    charge = max(engine.charge(account.no, market.no)[:2])
    gives, out, gets, into = spec.quote, quote, spec.base, qty
    if order.side is not BUY:
        gives, out, gets, into = gets, into, gives, out
    found.setdefault(gives, Sums()).cash -= out
    found.setdefault(gets, Sums()).cash += into - max(0, div_up(into * charge, ONE))
    after = collateral.pool(found, known).equity
    if after >= before:
        return False
    return after < 0 or collateral.pool(anchors.sums_at_index(state, account, wallet, found), known).equity < 0


def holds(engine: Engine, account: Account) -> None:
    """Have the margin of an account looked at whose spot order is to hold more, where that is margin no longer."""
    wallet = account.spot_wallet
    if not account.trades_spot_alone(wallet) and not account.shares(wallet):
        engine.touch(account.no)


def touch(engine: Engine, *orders: Order) -> None:
    """Have the margin of pools looked at whose spot *orders* have traded."""
    for order in orders:
        account = engine.state.accounts[order.account]
        if account.shares(account.spot_wallet):
            engine.touch(account.no)
