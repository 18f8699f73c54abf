"""Accounts that no longer hold enough, as the state keeps them. The folds are called by state.py alone."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, NamedTuple

from simexchange.core.ledger import wallet_of
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.commands import Deleverage
from simexchange.core.vocabulary.ids import key_of, market_of, slot_of, sub_of
from simexchange.core.vocabulary.liquidations import NO_LIQUIDATION, LiquidationPart
from simexchange.core.vocabulary.orders import Slot
from simexchange.core.vocabulary.units import HOUR, ONE

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary import events as ev
    from simexchange.core.vocabulary.ids import AccountNo, PositionKey
    from simexchange.core.vocabulary.liquidations import LiquidationId

NEVER_ENOUGH = (1 << 63) - 1
"""The margin ratio of a pool that is worth nothing."""


class Deleveraging(NamedTuple):
    """A position that the other side is to take."""

    price: int
    liquidation: LiquidationId
    """0: it is the fund's own."""


class FundPolicy(NamedTuple):
    """What the insurance fund may lose of an asset, and how long it keeps a position."""

    floor: int
    patience: int


FUND_POLICY = FundPolicy(0, 8 * HOUR)
"""Where nothing else was said: it takes over as long as it owes nothing, and tries for one funding interval to sell."""


def policy_of(state: ExchangeState, asset: str) -> FundPolicy:
    """How the insurance fund deals with *asset*."""
    return state.fund_policies.get(asset, FUND_POLICY)


def bars(account: Account, market: MarketState, key: PositionKey) -> bool:
    """Whether a pool that an order for *key* draws on, or works in, is under liquidation."""
    if not market.derivative:
        return account.shares(account.spot_wallet) and (account.spot_wallet, ALL_ASSETS) in account.liquidating
    wallets = (wallet_of(market, account), wallet_of(market, account, key))
    return any(wallet in wallets and asset in (market.spec.settle, ALL_ASSETS) for wallet, asset in account.liquidating)


def next_deleveraging(state: ExchangeState) -> Deleverage:
    """The step that gives the first of them to the other side."""
    no, key = next(iter(state.deleveragings))
    return Deleverage(no, market_of(key), Slot(slot_of(key)), sub_of(key))


def apply_started(state: ExchangeState, event: ev.LiquidationStarted, _: int) -> None:
    """A pool waits for its liquidation; the riskiest are first."""
    account = state.accounts[event.account]
    account.liquidating[event.wallet, event.asset] = event.liquidation
    if event.cover:
        account.covers[event.wallet, event.asset] = event.cover
    account.liquidations_made = max(account.liquidations_made, event.liquidation)
    ratio = event.maintenance * ONE // event.balance if event.balance > 0 else NEVER_ENOUGH
    insort(state.liquidations, (-ratio, event.account, event.wallet, event.asset))


def apply_finished(state: ExchangeState, event: ev.LiquidationFinished, _: int) -> None:
    """A pool is out of it; what was tried is forgotten."""
    account = state.accounts[event.account]
    account.liquidating.pop((event.wallet, event.asset))
    account.covers.pop((event.wallet, event.asset), None)
    for key in [key for key in account.tried if _belongs(state, account, key, event.wallet, event.asset)]:
        del account.tried[key]
    done = (event.account, event.wallet, event.asset)
    # Nearly always it is the first: that one is worked on.
    del state.liquidations[next(place for place, row in enumerate(state.liquidations) if row[1:] == done)]


def _belongs(state: ExchangeState, account: Account, key: PositionKey, wallet: str, asset: str) -> bool:
    market = state.markets[market_of(key)]
    return asset in (market.spec.settle, ALL_ASSETS) and wallet_of(market, account, key) == wallet


def apply_step(state: ExchangeState, event: ev.LiquidationStepDecided, _: int) -> None:
    """What was decided stands until it is done: a part that is to remain, a position that the other side is to take."""
    risk = event.position
    key = key_of(risk.market, risk.slot, risk.sub)
    if event.part is LiquidationPart.REDUCE:
        state.accounts[event.account].tried[key] = abs(risk.qty) - event.qty
    elif event.part is LiquidationPart.TAKE_OVER and event.cover != event.cover_after:
        state.accounts[event.account].covers[event.wallet, event.asset] = event.cover_after
    elif event.part is LiquidationPart.DELEVERAGE:
        state.deleveragings[event.account, key] = Deleveraging(event.price, event.liquidation)
        if event.liquidation == NO_LIQUIDATION:
            # The fund stops trying.
            market = state.markets[risk.market]
            market.fund_due = market.fund_until = 0
            market.fund_waits = False
            state.apply_schedule_changed()


def apply_gone(state: ExchangeState, account: AccountNo, key: PositionKey) -> None:
    """A position is no more: nobody need take it."""
    state.deleveragings.pop((account, key), None)


def apply_called(state: ExchangeState, event: ev.MarginCallIssued, _: int) -> None:
    """Its owner knows."""
    state.accounts[event.account].called[event.wallet, event.asset] = None


def apply_call_ended(state: ExchangeState, event: ev.MarginCallEnded, _: int) -> None:
    """The next crossing is told of again."""
    state.accounts[event.account].called.pop((event.wallet, event.asset), None)


def apply_policy(state: ExchangeState, event: ev.FundPolicySet, _: int) -> None:
    """The fund goes by this from now on; what it holds already is kept as long as was said when it came."""
    state.fund_policies[event.asset] = FundPolicy(event.floor, event.patience)
