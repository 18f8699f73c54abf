"""Folds of what a trade does to a position. Called by state.py alone, but for the working copies of `whatif`."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from simexchange.core import distress
from simexchange.core.ledger import Purses
from simexchange.core.moves import apply_margin_leg
from simexchange.core.positions import Position
from simexchange.core.vocabulary.ids import AccountNo, key_of
from simexchange.core.vocabulary.units import SECOND

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Fill
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.core.vocabulary.units import Nanos

FUND = AccountNo(1)
"""The insurance fund's account: opened with the exchange."""


def apply_fill(state: ExchangeState, market: MarketState, fill: Fill, at: Nanos) -> None:
    """A position is what the fill says; a flat one is gone, and so are its place among the holders and its wallet."""
    account = state.accounts[fill.account]
    key: PositionKey = market.no
    if fill.slot:
        key = key_of(market.no, fill.slot, fill.sub)
    closed, opened = fill.closed, fill.opened
    positions = account.positions
    if closed is not None:
        position = positions[key]
        position.close(closed.qty, closed.cost_out, at)
        if not position.qty:
            del positions[key]
            market.holders.pop((fill.account, key), None)
            if fill.wallet:
                account.forget_wallet(fill.wallet, market.spec.settle)
            if fill.sub:
                account.forget_sub(key)
            if state.deleveragings:
                distress.apply_gone(state, fill.account, key)
            if fill.account == FUND:
                market.fund_due, market.fund_until, market.fund_waits = 0, 0, False
                state.apply_schedule_changed()
    if opened is not None:
        held = positions.get(key)
        if held is None:
            held = positions[key] = Position(opened.position, key, at)
            account.positions_made = max(account.positions_made, opened.position)
            market.holders[fill.account, key] = None
        held.grow(opened.qty_after, opened.cost_after, at)
        if fill.account == FUND and not market.fund_due:
            market.fund_due = (at // SECOND + 1) * SECOND
            if not market.fund_until:
                patience = distress.policy_of(state, market.spec.settle).patience
                market.fund_until = at + patience if patience else 0
            state.apply_schedule_changed()


def imagined(account: Account, market: MarketState, fill: Fill, at: Nanos) -> Account:
    """A working copy of *account* with *fill* booked; *account* and the exchange's purses stay as they are."""
    twin = copy(account)
    twin.balances = {name: copy(balance) for name, balance in account.balances.items()}
    twin.positions = {key: copy(position) for key, position in account.positions.items()}
    apply_margin_leg(twin, Purses(), market, fill)
    key: PositionKey = key_of(market.no, fill.slot, fill.sub)
    if fill.closed is not None:
        twin.positions[key].close(fill.closed.qty, fill.closed.cost_out, at)
        if not twin.positions[key].qty:
            del twin.positions[key]
    if fill.opened is not None:
        if key not in twin.positions:
            twin.positions[key] = Position(fill.opened.position, key, at)
        twin.positions[key].grow(fill.opened.qty_after, fill.opened.cost_after, at)
    return twin
