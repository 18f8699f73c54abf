"""What the state remembers of pooled assets: who pools them, and whose debts are to be bought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simexchange.core.accounts import apply_reserves
from simexchange.core.market import Index
from simexchange.core.vocabulary import poolevents

if TYPE_CHECKING:
    from collections.abc import Callable

    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.markets import Bundle


def apply_mode(state: ExchangeState, event: poolevents.CollateralModeSet, _: int) -> None:
    """An account pools its assets from now on, or no longer."""
    state.accounts[event.account].unified = event.unified
    found = [no for no, account in state.accounts.items() if account.unified]
    state.unified = dict.fromkeys(sorted(found))


def apply_bundle(state: ExchangeState, bundle: Bundle) -> None:
    """A bundle is adopted; the indexes that price what its accounts may pool can be set from now on."""
    state.bundles[bundle.name] = bundle
    apply_reserves(state, bundle.name)
    for row in bundle.collateral:
        if row.index and row.index not in state.indexes:
            state.indexes[row.index] = Index(row.index)


def apply_started(state: ExchangeState, event: poolevents.ExchangeStarted, _: int) -> None:
    """Debts are to be bought back next."""
    state.exchanges[event.account, event.wallet] = event.reason, event.asset


def apply_finished(state: ExchangeState, event: poolevents.ExchangeFinished, _: int) -> None:
    """They are."""
    del state.exchanges[event.account, event.wallet]


FOLDS: Final[dict[type, Callable[..., None]]] = {
    poolevents.CollateralModeSet: apply_mode,
    poolevents.ExchangeStarted: apply_started,
    poolevents.ExchangeFinished: apply_finished,
}
"""What `ExchangeState` does of each of these events."""
