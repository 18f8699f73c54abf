"""One asset of a derivatives wallet with everything in it: cross margin, and the own wallets of isolated positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.core import margin
from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary.ids import market_of

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState


class Totals(msgspec.Struct, frozen=True):
    """Figures of one asset, 10**-8. What backs new orders and may be taken out is of the cross part alone."""

    wallet: int
    """Cash: the cross wallet and every isolated position's own."""
    cross_wallet: int
    unrealised: int
    cross_unrealised: int
    margin_balance: int
    """wallet + unrealised."""
    maintenance: int
    position_initial: int
    order_initial: int
    available: int
    withdrawable: int


def totals(state: ExchangeState, account: Account, wallet: str, asset: str) -> Totals:
    """Everything *account* has of *asset* in *wallet*, the account's own one; with `ALL_ASSETS` in the numéraire."""
    cross = margin.wallet_state(state, account, wallet, asset)
    own = gained = held = maintained = 0
    for key in account.positions if account.isolated else ():
        market = state.markets[market_of(key)]
        if market.no not in account.isolated or market.spec.settle != asset or wallet_of(market, account) != wallet:
            continue
        own += account.free(wallet_of(market, account, key), asset)
        gained += margin.unrealised_of(account, market, key)
        held += margin.position_initial(state, account, market, key)
        maintained += margin.maintenance_of(state, account, market, key)
    return Totals(
        wallet=cross.wallet + own,
        cross_wallet=cross.wallet,
        unrealised=cross.unrealised + gained,
        cross_unrealised=cross.unrealised,
        margin_balance=cross.margin_balance + own + gained,
        maintenance=cross.maintenance + maintained,
        position_initial=cross.position_initial + held,
        order_initial=cross.order_initial,
        available=cross.available,
        withdrawable=cross.withdrawable,
    )
