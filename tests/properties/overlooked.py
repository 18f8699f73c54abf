"""The scan that the index of risk saves: what a look at everybody finds that nothing was done about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import collateral, margin
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.ids import market_of

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState

Finding = tuple[str, margin.PoolName, str]
"""Whose pool, which, and what is wrong with it."""


def overlooked(state: ExchangeState) -> list[Finding]:
    """Pools that hold too little or come close without a word, and those that were called and are not close."""
    found: list[Finding] = []
    for account in state.accounts.values():
        if not account.margined:
            continue
        pools = margin.pools_of(state, account)
        ratio = margin.call_ratio(state, account)
        for name, keys in pools.items():
            frozen = any(state.indexes[state.markets[market_of(key)].spec.index].frozen for key in keys)
            frozen = frozen or (name[1] == ALL_ASSETS and collateral.stale(state, account))
            if frozen or name in account.liquidating:
                continue
            balance = margin.equity(state, account, *name)
            needed = margin.maintenance_total(state, account, *name)
            if balance <= needed:
                found.append((account.name, name, f"holds {balance} and needs {needed}"))
            elif (name in account.called) is not (ratio > 0 and margin.called(balance, needed, ratio)):
                found.append((account.name, name, f"holds {balance}, needs {needed}, called: {name in account.called}"))
        found += [(account.name, name, "called for nothing") for name in account.called if name not in pools]
    return found
