"""What the feed remembers from one step to the next, and what it sees of a market in one step."""

from dataclasses import dataclass

import msgspec

from simexchange.core.accounts import Account
from simexchange.core.market import MarketState
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.markets import Filters, MarketKind
from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import ONE, Nanos, Price, Quantity, ceil_to, floor_to
from simexchange.feeds.synthetic.index import IndexState

MARGIN_OF_MINIMUM = 1.02
"""Orders are at least this much above the least worth a market takes, as its reference price is not theirs."""


class MarketMind(msgspec.Struct):
    """What the participants of one market remember."""

    made: int = 0
    """How many orders with a client id they have made."""
    impact: list[float] = []
    """Basis points by which recent flow has moved the maker's fair value, forgotten at different speeds."""
    impact_at: Nanos = Nanos(0)
    seen: Quantity = Quantity(0)
    """The maker's holding when it last looked."""
    excitement: float = 0.0
    """Taker orders a second that earlier ones have caused."""
    children: int = 0
    """What is left of the parent order being worked off."""
    buying: bool = True
    homes: list[Quantity] = []
    """What maker, taker and noise account held of the base asset at the start (spot)."""
    market: int = 0
    """The market they have opened, where they come to it on a beat of their own: a dated one is another some day."""


class SyntheticState(msgspec.Struct):
    """The feed's state. Everything else that matters stands in the exchange's own state."""

    opened: bool
    indexes: list[IndexState]
    """In the order of the settings."""
    minds: list[MarketMind]
    """One per market, in the order of the settings; those of markets that are not listed stay blank."""


@dataclass(slots=True)
class Outlook:
    """One market as its participants see it in one step."""

    market: MarketState
    filters: Filters
    fair: float
    """In units of 10**-8."""
    agitation: float
    size: float
    """How much is offered and traded here, 1 being BTC."""
    at: Nanos
    basis: float = 0.0
    """How far it belongs above its index, as a part of it (dated)."""

    @property
    def closing(self) -> bool:
        """Whether positions may only be closed."""
        return self.at >= self.market.closes_at

    @property
    def no(self) -> MarketNo:
        """The market's number."""
        return self.market.no

    @property
    def spot(self) -> bool:
        """Whether base is held, not a position."""
        return self.market.spec.kind is MarketKind.SPOT

    def price(self, side: Side, distance: float) -> Price:
        """The price *distance* basis points on *side*'s own side of fair value, on the tick away from it."""
        tick = self.filters.tick or self.market.spec.tick
        raw = int(self.fair * (1.0 - side * distance * 0.0001))
        return Price(max(tick, floor_to(raw, tick) if side is Side.BUY else ceil_to(raw, tick)))

    def distance(self, side: Side, price: int) -> float:
        """How far *price* is on *side*'s own side of fair value, in basis points; below zero beyond it."""
        return (self.fair - price) * side / self.fair * 10_000.0

    def qty(self, worth: float) -> Quantity:
        """The quantity worth about *worth* of quote currency, within this market's limits."""
        filters, spec = self.filters, self.market.spec
        step = max(filters.step, spec.step, filters.market_step)
        least = filters.notional_min * MARGIN_OF_MINIMUM
        wanted = int(max(worth * ONE, least) / (spec.contract_size if spec.inverse else self.fair) * ONE)
        qty = max(ceil_to(wanted, step), filters.qty_min, filters.market_qty_min)
        for most in (filters.qty_max, filters.market_qty_max):
            if most:
                qty = min(qty, floor_to(most, step))
        return Quantity(qty)

    def holding(self, account: Account, home: Quantity) -> Quantity:
        """What *account* holds more than at the start: base of a spot market, the position of another."""
        if self.spot:
            return Quantity(base_of(account, self.market.spec.base) - home)
        position = account.positions.get(self.no)
        return Quantity(0 if position is None else position.qty)

    def worth(self, qty: Quantity) -> float:
        """*qty* in quote currency at fair value."""
        spec = self.market.spec
        return qty * (spec.contract_size if spec.inverse else self.fair) / (ONE * ONE)

    def closable(self, account: Account, side: Side) -> Quantity:
        """What orders of *side* may come to in the last minutes: what they close of *account*'s position."""
        return Quantity(max(0, -self.holding(account, Quantity(0)) * side))


def base_of(account: Account, asset: str) -> Quantity:
    """How much of *asset* the spot wallet of *account* holds, be it free or held."""
    balance = account.balances.get((account.spot_wallet, asset))
    return Quantity(0 if balance is None else balance.free + balance.held)
