"""A venue's fee table: what its tiers pay, as data with a date and a source; and how an account is given one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from simexchange.core import fees
from simexchange.core.vocabulary.commands import SetFees
from simexchange.core.vocabulary.markets import Commission, MarketKind

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.core.vocabulary.markets import Market


class FeeTable(msgspec.Struct, frozen=True):
    """What one venue's tiers pay in markets of one kind, from a date on."""

    rules: str
    kind: MarketKind
    """SPOT, or PERPETUAL for derivatives, dated ones too."""
    date: str
    source: str
    tiers: dict[str, Commission]
    """By name, as the venue lists them."""
    inverse: bool = False
    """Of derivatives: those that are paid in coin; else the others."""

    def covers(self, market: Market) -> bool:
        """Whether it says what *market* costs."""
        if market.kind is MarketKind.SPOT or self.kind is MarketKind.SPOT:
            return market.kind is self.kind
        return market.inverse is self.inverse

    def sound(self, discount: int) -> bool:
        """Whether nobody can print money by trading between two tiers (money rule L13)."""
        return fees.sound([(tier, fees.NOTHING, fees.NOTHING) for tier in self.tiers.values()], discount)


def tiers_of(tables: Iterable[FeeTable], rules: str) -> list[str]:
    """The names of the tiers that accounts under *rules* can be given."""
    return list(dict.fromkeys(name for table in tables if table.rules == rules for name in table.tiers))


def give(tables: Iterable[FeeTable], rules: str, tier: str, no: AccountNo, state: ExchangeState) -> list[SetFees]:
    """The commands that give an account under *rules* a tier, in each market of a kind that has a table."""
    found: list[SetFees] = []
    for table in tables:
        rates = table.tiers.get(tier) if table.rules == rules else None
        if rates is None:
            continue
        found += [
            SetFees(no, market.no, rates.maker, rates.taker, rates.buyer, rates.seller)
            for market in state.markets.values()
            if table.covers(market.spec) and (rules, market.no) in state.rules
        ]
    return found
