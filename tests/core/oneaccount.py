"""An exchange where two venues' accounts meet: some have a wallet for each kind of market, some one for all of them."""

from __future__ import annotations

from typing import Any

from simexchange.core import margin
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.assets import ALL_ASSETS
from simexchange.core.vocabulary.markets import Bundle, Collateral, Filters, Market, MarketKind, MarketRules
from simexchange.core.vocabulary.units import HOUR, ONE, Amount, Nanos, Price, Quantity, Rate
from tests.core.world import PERP, SPOT, TIERS, Person, World, show, units

COIN = "perp:BTC-USD"
INVERSE = Market(
    COIN, MarketKind.PERPETUAL, "BTC", "USD", "BTC", Price(ONE // 100), Quantity(ONE), inverse=True,
    contract_size=Amount(ONE), funding_interval=Nanos(8 * HOUR), index="BTC-USDT", impact_notional=Amount(100 * ONE),
)  # fmt: skip
WALLET = "unified"
RULES = Bundle(
    "one",
    linear_wallet=WALLET,
    inverse_wallet=WALLET,
    spot_wallet=WALLET,
    pooled=True,
    liquidation="by_tier",
    market_order="plain",
    collateral=(Collateral("USDT"), Collateral("BTC", "BTC-USDT", ratio=Rate(units("0.9")))),
)
"""USDT counts in full, BTC 90 %, and what is owed as much as it is."""


class TwoVenues(World):
    """Makers of one venue, and people of another who have one wallet. Index and marks stand at 100."""

    def __init__(
        self, bundle: Bundle = RULES, *, maker_fee: str = "0", taker_fee: str = "0", liquidation_fee: str = "0"
    ) -> None:
        super().__init__(market=PERP, maker_fee=maker_fee, taker_fee=taker_fee)
        self.run(cmd.ListMarket(INVERSE))
        self.run(cmd.AdoptBundle(bundle))
        rates = (Rate(units(maker_fee)), Rate(units(taker_fee)))
        for no, market in self.state.markets.items():
            tiers = TIERS if market.derivative else ()
            rules = MarketRules(Filters(), *rates, tiers, Rate(units(liquidation_fee)), 10)
            self.run(cmd.SetRules(bundle.name, no, rules))
            self.run(cmd.SetRules("binance", no, rules))
        self.run(cmd.ProvideCapital("coinm", "BTC", Amount(1_000 * ONE)))
        for person in self.people:
            self.run(cmd.Deposit(person.no, "coinm", "BTC", Amount(1_000 * ONE)))
        self.rules = bundle.name
        self.index(100)

    def opens(self, name: str, **money: float | str) -> Member:
        """Open an account of one wallet with *money* in it."""
        self.run(cmd.OpenAccount(name, self.rules))
        member = Member(self, name)
        for asset, amount in money.items():
            self.run(cmd.Deposit(member.no, WALLET, asset, Amount(units(amount))))
        return member

    def at_market(self, market: str) -> TwoVenues:
        """What people do next they do in *market*."""
        self.market = self.state.market_no[market]
        return self

    def all_at(self, price: float | str) -> Any:
        """The index and every mark come to *price*."""
        found = self.index(price)
        for no, market in self.state.markets.items():
            if market.derivative:
                found += self.run(cmd.SetMark(no, Price(units(price))))
        return found

    def swap(self, buyer: Person, seller: Person, qty: float | str, at: float | str, market: str = PERP) -> Any:
        """One trade between two people."""
        self.at_market(market)
        seller.sells(qty, at=at)
        return buyer.buys(qty, at=at)


class Member(Person):
    """Somebody with one wallet for everything."""

    @property
    def money(self) -> dict[str, tuple[Any, Any]]:
        """(free, held) of every asset there is any of."""
        account = self.world.state.accounts[self.no]
        return {
            asset: (show(balance.free), show(balance.held))
            for (wallet, asset), balance in sorted(account.balances.items())
            if wallet == WALLET and (balance.free or balance.held)
        }

    def pool(self, asset: str = ALL_ASSETS) -> margin.WalletState:
        """The pool, or one asset of it."""
        state = self.world.state
        return margin.wallet_state(state, state.accounts[self.no], WALLET, asset)

    def moves(self, asset: str, amount: float | str, *, out: bool = True) -> Any:
        """Move money to the funding wallet, or back."""
        places = (WALLET, "funding") if out else ("funding", WALLET)
        return self.world.run(cmd.Transfer(self.no, places[0], places[1], asset, Amount(units(amount))))


__all__ = ["COIN", "PERP", "RULES", "SPOT", "WALLET", "Member", "TwoVenues"]
