"""What is remembered of how an account's owner holds positions: whose it is, leverage, margin and position modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simexchange.core.vocabulary import modeevents
from simexchange.core.vocabulary.events import LeverageSet
from simexchange.core.vocabulary.families import FamilyJoined
from simexchange.core.vocabulary.ids import key_of, market_of
from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.orders import MarginMode, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.modeevents import AutoMarginSet, MarginModeSet, PositionModeSet


def apply_joined(state: ExchangeState, event: FamilyJoined, _: int) -> None:
    """An account has a parent."""
    state.accounts[event.account].parent = event.parent


def apply_leverage(state: ExchangeState, event: LeverageSet, _: int) -> None:
    """Leverage of a slot is its own until that of the market is set again: then it holds for both sides."""
    leverage, market = state.accounts[event.account].leverage, event.market
    if not event.slot:
        for slot in (Slot.LONG, Slot.SHORT):
            leverage.pop(key_of(market, slot), None)
    leverage[key_of(market, event.slot)] = event.leverage


def apply_margin_mode(state: ExchangeState, event: MarginModeSet, _: int) -> None:
    """A market becomes isolated for an account, or no longer is; then nothing there is to be helped."""
    account, market = state.accounts[event.account], event.market
    if not market:
        _apply_margin_mode_everywhere(state, account, event.mode)
        return
    if event.mode is MarginMode.ISOLATED:
        account.isolated[market] = None
        return
    account.isolated.pop(market, None)
    for key in [key for key in account.auto_margin if market_of(key) == market]:
        del account.auto_margin[key]


def _apply_margin_mode_everywhere(state: ExchangeState, account: Account, mode: MarginMode) -> None:
    """Every derivative becomes isolated for an account, or none is any longer."""
    account.modes.isolates = mode is MarginMode.ISOLATED
    account.isolated.clear()
    if account.modes.isolates:
        account.isolated.update((no, None) for no, market in state.markets.items() if market.derivative)
    else:
        account.auto_margin.clear()


def apply_position_mode(state: ExchangeState, event: PositionModeSet, _: int) -> None:
    """Positions are called otherwise from now on; what was said of the old ones is forgotten."""
    account = state.accounts[event.account]
    if event.settle:
        account.modes.coins[event.settle] = event.mode
    elif event.market:
        account.modes.markets[event.market] = event.mode
        for key in [key for key in account.auto_margin if market_of(key) == event.market]:
            del account.auto_margin[key]
    else:
        account.position_mode = event.mode
        account.modes.markets.clear()
        account.modes.coins.clear()
        account.auto_margin.clear()


def apply_listed(state: ExchangeState, market: MarketState) -> None:
    """A market is new: it is for each account as that said of markets to be listed."""
    if not market.derivative:
        return
    for account in state.accounts.values():
        if account.modes.isolates:
            account.isolated[market.no] = None
        mode = account.modes.coins.get(market.spec.settle) if hedges_by_coin(market.spec) else None
        if mode is not None:
            account.modes.markets[market.no] = mode


def hedges_by_coin(spec: Market) -> bool:
    """Whether what is said of an asset's contracts is said of this one: a linear perpetual."""
    return spec.kind is MarketKind.PERPETUAL and not spec.inverse


def apply_auto_margin(state: ExchangeState, event: AutoMarginSet, _: int) -> None:
    """A position is to be helped from now on, or no more."""
    key, helped = key_of(event.market, event.slot, event.sub), state.accounts[event.account].auto_margin
    if event.on:
        helped[key] = None
    else:
        helped.pop(key, None)


FOLDS: Final[dict[type, Callable[..., None]]] = {
    FamilyJoined: apply_joined,
    LeverageSet: apply_leverage,
    modeevents.MarginModeSet: apply_margin_mode,
    modeevents.PositionModeSet: apply_position_mode,
    modeevents.AutoMarginSet: apply_auto_margin,
}
"""What `ExchangeState` does of each of these events."""
