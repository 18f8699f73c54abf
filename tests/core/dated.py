"""A small exchange with dated contracts: this quarter's and the next, paid in USDT and paid in coin."""

from __future__ import annotations

from typing import Any

import msgspec

from simexchange.core import calendar
from simexchange.core.delivering import contract
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Filters, Market, MarketKind, MarketRules, MarketStatus, Tier
from simexchange.core.vocabulary.units import MINUTE, ONE, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, T0, World, units

LINEAR = Market(
    "dated:BTC-USDT", MarketKind.DATED, "BTC", "USDT", "USDT", Price(ONE // 100), Quantity(ONE // 1000),
    index="BTC-USDT", series="quarter", closing=Nanos(10 * MINUTE),
)  # fmt: skip
INVERSE = Market(
    "dated:BTC-USD", MarketKind.DATED, "BTC", "USD", "BTC", Price(ONE // 10), Quantity(ONE), inverse=True,
    contract_size=Amount(100 * ONE), index="BTC-USDT", series="quarter", closing=Nanos(10 * MINUTE),
)  # fmt: skip
CURRENT, NEXT = calendar.current_quarter(T0), calendar.next_quarter(T0)
"""29 December 2023 and 29 March 2024."""
LINEAR_NOW, LINEAR_NEXT = "dated:BTC-USDT-231229", "dated:BTC-USDT-240329"
INVERSE_NOW, INVERSE_NEXT = "dated:BTC-USD-231229", "dated:BTC-USD-240329"
RULES = MarketRules(
    Filters(), Rate(units("0.0002")), Rate(units("0.0005")),
    (Tier(Amount(0), Amount(10**9 * ONE), 20, Rate(units("0.01")), Amount(0)),), Rate(0), 10,
)  # fmt: skip


class DatedWorld(World):
    """The world with four contracts; everybody has 1,000,000 USDT and 100 BTC of margin."""

    def __init__(
        self, market: str = LINEAR_NOW, people: tuple[str, ...] = ("maker", "taker", "third"), **given: Any
    ) -> None:
        self.timed: list[tuple[Nanos, Any]] = []
        """All that happened, and when."""
        rules = msgspec.structs.replace(RULES, **given)
        super().__init__(people=())
        # Its funding would make a long way to the expiry.
        self.run(cmd.SetMarketStatus(self.state.market_no[PERP], MarketStatus.DELISTED))
        for expiry in (CURRENT, NEXT):
            for spec in (LINEAR, INVERSE):
                self.run(cmd.ListMarket(contract(spec, expiry, 0)))
                self.run(cmd.SetRules("binance", MarketNo(len(self.state.markets)), rules))
        self.run(cmd.ProvideCapital("coinm", "BTC", Amount(1_000 * ONE)))
        self.people = [self.joins(name, 1_000_000) for name in people]
        self.maker, self.taker, self.third = (*self.people, None, None)[:3]
        for person in self.people:
            self.run(cmd.Deposit(person.no, "coinm", "BTC", Amount(100 * ONE)))
        self.market = self.state.market_no[market]

    def run(self, command: cmd.Command) -> list[Any]:
        """As ever; and when things happened is kept."""
        events = super().run(command)
        self.timed += [(self.at, event) for event in events]
        return events

    def until(self, at: int) -> list[Any]:
        """Let time pass up to *at*."""
        return self.passes(at - self.at)

    def see(self, market: str) -> MarketNo:
        """Trade *market* from now on."""
        self.market = self.state.market_no[market]
        return self.market

    def purse(self, name: str, asset: str) -> int:
        """What a purse of the exchange holds, in units."""
        return self.state.purses.amount(name, asset)
