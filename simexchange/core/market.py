"""What the engine keeps of one market, one index, and the funding of a perpetual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.book import OrderBook
from simexchange.core.vocabulary.assets import CLR_FUNDING, CLR_PNL, CLR_PNL_FINE, FEE
from simexchange.core.vocabulary.markets import Market, MarketKind, MarketStatus
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import SECOND

if TYPE_CHECKING:
    from simexchange.core.averages import Averages
    from simexchange.core.state import ExchangeState
    from simexchange.core.tape import TapeState
    from simexchange.core.triggers import TriggerTable
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionKey

Holder = tuple["AccountNo", "PositionKey"]
"""Whose position, and which of his."""

BASIS_SAMPLES = 30
"""Length of the moving average in the mark price: 30 samples of one second (Binance, in force since 2025-09-18)."""
PREMIUM_EVERY = 5 * SECOND
"""How often the premium index is sampled (Binance: every five seconds)."""


class Funding:
    """The premium samples of the running interval, in closed form: there is no record per sample.

    Samples are taken every five seconds from the start of the interval, the i-th with weight i. Between two
    changes the premium is constant, so a stretch of samples is one product.
    """

    __slots__ = ("mark", "next_at", "premium", "rate", "sampled", "started_at", "weight", "weighted")

    def __init__(self, started_at: int, next_at: int) -> None:
        self.started_at = started_at
        self.next_at = next_at
        self.rate = 0
        """The rate last settled."""
        self.mark = 0
        self.premium: int | None = None
        """The premium index now; None before the first sample."""
        self.sampled = 0
        """How many sample instants of this interval are in the sums (or passed before there was a premium)."""
        self.weighted = 0
        self.weight = 0

    def sample(self, at: int, premium: int) -> None:
        """The premium is *premium* from *at* on; the sample instants before *at* had the old one."""
        upto = (at - 1 - self.started_at) // PREMIUM_EVERY
        if upto > self.sampled:
            if self.premium is not None:
                # i from sampled + 1 to upto, each with weight i.
                weight = upto * (upto + 1) // 2 - self.sampled * (self.sampled + 1) // 2
                self.weighted += weight * self.premium
                self.weight += weight
            self.sampled = upto
        self.premium = premium


class MarketState:
    """One market as the engine sees it."""

    __slots__ = (
        "allocations", "averages", "basis_last_at", "basis_samples", "basis_sum", "book", "clr_funding", "clr_pnl",
        "clr_pnl_fine", "derivative", "fee_purse", "fund_due", "fund_waits", "funding", "holders", "index_price",
        "inverse", "last", "mark", "mark_at", "mark_due", "mark_stirred", "no", "preventions", "round", "spec",
        "status", "tape", "trades", "triggers",
    )  # fmt: skip

    def __init__(self, no: MarketNo, spec: Market) -> None:
        self.no = no
        self.spec = spec
        self.derivative = spec.kind is not MarketKind.SPOT
        self.inverse = spec.inverse
        self.status = MarketStatus.TRADING
        self.book = OrderBook()
        self.trades = 0
        """The last trade id given."""
        self.preventions = 0
        """How many matches were prevented here."""
        self.allocations = 0
        """The last number given to an allocation of a routed order."""
        self.last = 0
        self.mark = 0
        self.mark_at = 0
        self.index_price = 0
        self.mark_due = 0
        """When the mark is to be sampled next; 0: nothing it is made from has changed."""
        self.mark_stirred = 0
        """When one of its inputs changed last."""
        self.basis_samples: list[int] = []
        self.basis_sum = 0
        self.basis_last_at = 0
        self.funding: Funding | None = None
        self.holders: dict[Holder, None] = {}
        """Positions here, in order of opening."""
        self.round: list[Holder] = []
        """Positions this funding round has still to pay, last first."""
        self.fund_due = 0
        """When the insurance fund tries next to sell what it took over; 0: it holds nothing."""
        self.fund_waits = False
        """The fund holds something here and found nobody to sell it to."""
        self.averages: Averages | None = None
        """Prices over a while, where any rules of this market ask for them."""
        self.tape: TapeState | None = None
        self.triggers: TriggerTable | None = None
        """None until an order sleeps here."""
        self.fee_purse = f"{FEE}:{spec.id}"
        self.clr_pnl = f"{CLR_PNL}{spec.id}"
        self.clr_pnl_fine = f"{CLR_PNL_FINE}{spec.id}"
        self.clr_funding = f"{CLR_FUNDING}{spec.id}"

    def refusal(self) -> RejectReason:
        """Why it takes no order while it does not trade."""
        delisted = self.status is MarketStatus.DELISTED
        return RejectReason.MARKET_DELISTED if delisted else RejectReason.MARKET_NOT_TRADING


class Index:
    """The value derivatives of one pair are measured against."""

    __slots__ = ("fed", "frozen", "name", "price", "set_at")

    def __init__(self, name: str) -> None:
        self.name = name
        self.price = 0
        self.set_at = 0
        self.fed = False
        """True once a feed or the operator has set it: then nothing else does."""
        self.frozen = False


def apply_basis(market: MarketState, basis: int, at: int) -> None:
    """Add one sample a second; seconds without one stood where the one before stood."""
    samples = market.basis_samples
    if samples:
        gap = at // SECOND - market.basis_last_at // SECOND
        if gap == 0:
            market.basis_sum += basis - samples[-1]
            samples[-1] = basis
            return
        samples.extend([samples[-1]] * min(gap - 1, BASIS_SAMPLES))
    samples.append(basis)
    del samples[:-BASIS_SAMPLES]
    market.basis_sum = sum(samples)
    market.basis_last_at = at


def apply_stirs(state: ExchangeState) -> None:
    """Who follows whom: a derivative its own book, and the spot market of its pair, until a feed sets its index."""
    found: dict[MarketNo, list[MarketState]] = {no: [] for no in state.markets}
    for market in state.markets.values():
        index = state.indexes.get(market.spec.index)
        if index is None or index.fed:
            continue
        found[market.no].append(market)
        spot = state.spot_of(index.name)
        if spot is not None:
            found[spot.no].append(market)
    state.stirs = {no: tuple(markets) for no, markets in found.items() if markets}
