"""What events move. Called where they are folded, alone.

The two moves that every trade is made of are written out: they do what `ledger.postings` says of a trade, without
making a list of it first (tests/replays/test_written_out.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.ledger import bonus_lines, postings, wallet_of
from simexchange.core.vocabulary.assets import DUST_FINE, whole_wallet

if TYPE_CHECKING:
    from simexchange.core.accounts import Account, Balance
    from simexchange.core.ledger import Purses
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Event, Fill, InsurancePaid, LiquidationFeeCharged
    from simexchange.core.vocabulary.modeevents import MarginAdjusted


def apply_postings(state: ExchangeState, event: Event, _: int) -> None:
    """Whatever `ledger.postings` says of *event*."""
    accounts, purses = state.accounts, state.purses
    for no, wallet, asset, gained in bonus_lines(event, state):
        accounts[no].balance(wallet, asset).bonus += gained
        accounts[no].bonused = True
    for owner, wallet, asset, free, held in postings(event, state):
        if isinstance(owner, str):
            purses.move(owner, asset, free)
            continue
        account = accounts[owner]
        balance = account.balances.get((wallet, asset)) or account.balance(wallet, asset)
        balance.free += free
        balance.held += held
        if account.bonused:
            _bonus_pays(balance, 0)


def apply_own_wallet(
    state: ExchangeState, event: InsurancePaid | LiquidationFeeCharged | MarginAdjusted, at: int
) -> None:
    """Money goes into or out of the own wallet of an isolated position, perhaps of one that is gone."""
    apply_postings(state, event, at)
    if event.wallet != whole_wallet(event.wallet):
        state.accounts[event.account].forget_wallet(event.wallet, event.asset)


def apply_spot_leg(
    account: Account, purses: Purses, market: MarketState, fill: Fill, gives: str, out: int, gets: str, into: int
) -> None:
    """One side of a spot trade: *out* of what it *gives* for *into* of what it *gets*, and the fee."""
    balances, wallet = account.balances, account.spot_wallet
    released = fill.released
    given = balances.get((wallet, gives)) or account.balance(wallet, gives)
    given.free += released - out
    given.held -= released
    gotten = balances.get((wallet, gets)) or account.balance(wallet, gets)
    gotten.free += into
    if fill.fee:
        paid = gotten if fill.fee_asset == gets else account.balance(wallet, fill.fee_asset)
        paid.free -= fill.fee
        purses.move(market.fee_purse, fill.fee_asset, fill.fee)
        if fill.subsidy:
            purses.subsidise(market.fee_purse, fill.fee_asset, fill.subsidy)


def apply_margin_leg(account: Account, purses: Purses, market: MarketState, fill: Fill) -> None:
    """One side of a derivative trade: what it realised, and the fee."""
    closed, fee = fill.closed, fill.fee
    if closed is None and not fee and not fill.margin:
        return
    asset = market.spec.settle
    wallet = wallet_of(market, account)
    balance = account.balances.get((wallet, asset)) or account.balance(wallet, asset)
    if fill.margin:
        balance.free -= fill.margin
        account.balance(fill.wallet, asset).free += fill.margin
    if closed is not None:
        own = account.balance(fill.wallet, asset) if fill.wallet else balance
        own.free += closed.realised
        purses.move(market.clr_pnl, asset, -closed.realised)
        if closed.residue:
            purses.move(DUST_FINE, asset, closed.residue)
            purses.move(market.clr_pnl_fine, asset, -closed.residue)
    if fee:
        paid = balance if fill.fee_asset == asset else account.balance(wallet, fill.fee_asset)
        paid.free -= fee
        purses.move(market.fee_purse, fill.fee_asset, fee)
        if fill.subsidy:
            purses.subsidise(market.fee_purse, fill.fee_asset, fill.subsidy)
    if account.bonused:
        _bonus_pays(balance, fill.bonus)
        if fee:
            _bonus_pays(paid, 0)


def _bonus_pays(balance: Balance, amount: int) -> None:
    """Bonus money paid *amount* of what has left *balance*, and whatever own money could not."""
    balance.bonus = max(0, min(balance.bonus - amount, balance.free))
