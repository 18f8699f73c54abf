"""What the engine keeps of one market, one index, and the funding of a perpetual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from simexchange.core.book import OrderBook
from simexchange.core.sampling import MovingAverage, SettlementAverage
from simexchange.core.triggers import apply_price
from simexchange.core.vocabulary.assets import (
    CLR_FUNDING,
    CLR_PNL,
    CLR_PNL_FINE,
    CLR_SETTLEMENT,
    CLR_SETTLEMENT_FINE,
    FEE,
)
from simexchange.core.vocabulary.markets import FundingTerms, Market, MarketKind, MarketStatus
from simexchange.core.vocabulary.orders import TriggerPrice
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import SECOND

if TYPE_CHECKING:
    from simexchange.core.averages import Averages
    from simexchange.core.deliveries import Delivery
    from simexchange.core.indexes import Sources
    from simexchange.core.state import ExchangeState
    from simexchange.core.tape import TapeState
    from simexchange.core.triggers import TriggerTable
    from simexchange.core.vocabulary import events as ev, priceevents
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionKey

Holder = tuple["AccountNo", "PositionKey"]
"""Whose position, and which of his."""

MARK = TriggerPrice.MARK
NEVER = (1 << 63) - 1


class Funding:
    """The premium samples of the running interval, in closed form: there is no record per sample.

    Samples are taken every so often from the start of the interval, the i-th with weight i. Between two changes the
    premium is constant, so a stretch of samples is one product.
    """

    __slots__ = (
        "coming", "every", "mark", "next_at", "premium", "rate", "sampled", "started_at", "weight", "weighted",
    )  # fmt: skip

    def __init__(self, started_at: int, next_at: int, every: int) -> None:
        self.started_at = started_at
        self.next_at = next_at
        self.every = every
        """How far apart the samples of this interval are."""
        self.coming: FundingTerms | None = None
        """What is to be when this interval ends, where that is something else."""
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
        upto = (at - 1 - self.started_at) // self.every
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
        "allocations", "anchor", "averages", "basis", "book", "closes_at", "clr_funding", "clr_pnl", "clr_pnl_fine",
        "delivery", "derivative", "expires", "fee_purse", "fund_due", "fund_until", "fund_waits", "funding", "holders",
        "index_price", "inverse", "last", "mark", "mark_at", "mark_due", "mark_stirred", "no", "preventions", "round",
        "settling", "spec", "status", "tape", "trades", "triggers",
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
        self.mark = self.mark_at = 0
        self.index_price = 0
        self.anchor = 0
        """The index, where nobody who trades here makes it or the mark: what positions are worth beside their mark.

        In a settlement window the mark, which is an average of it. 0: the mark was told, or it follows the trades of
        this exchange alone.
        """
        self.mark_due = 0
        """When the mark is to be sampled next; 0: nothing it is made from has changed."""
        self.mark_stirred = 0
        """When one of its inputs changed last."""
        self.basis = MovingAverage()
        self.settling: SettlementAverage | None = None
        """The index since the settlement window of a dated future began; None until it changes in there."""
        self.funding: Funding | None = None
        self.holders: dict[Holder, None] = {}
        """Positions here, in order of opening."""
        self.round: list[Holder] = []
        """Positions this funding round has still to pay, last first."""
        self.fund_due = 0
        """When the insurance fund tries next to sell what it took over; 0: it holds nothing."""
        self.fund_until = 0
        """When the fund gives up what it holds to the other side; 0: it holds nothing, or waits for ever."""
        self.fund_waits = False
        """The fund holds something here and found nobody to sell it to."""
        self.averages: Averages | None = None
        """Prices over a while, where any rules of this market ask for them."""
        self.tape: TapeState | None = None
        self.triggers: TriggerTable | None = None
        """None until an order sleeps here."""
        self.expires: int = spec.expiry
        """When it is to be delivered; 0: never, or it was."""
        self.closes_at: int = spec.expiry - spec.closing if spec.closing else spec.expiry or NEVER
        """From when on positions may only be closed."""
        self.delivery: Delivery | None = None
        """None until its expiry came."""
        self.fee_purse = f"{FEE}:{spec.id}"
        self.clr_pnl = f"{CLR_PNL}{spec.id}"
        self.clr_pnl_fine = f"{CLR_PNL_FINE}{spec.id}"
        self.clr_funding = f"{CLR_FUNDING}{spec.id}"

    @property
    def clr_settlement(self) -> str:
        """Through which delivered positions are paid."""
        return f"{CLR_SETTLEMENT}{self.spec.id}"

    @property
    def clr_settlement_fine(self) -> str:
        """The same below 10**-8."""
        return f"{CLR_SETTLEMENT_FINE}{self.spec.id}"

    @property
    def unsettled(self) -> bool:
        """Whether a market that is closed for good has still to be cleared up, apart from its orders."""
        return bool(self.holders) or self.status is not MarketStatus.DELISTED

    def refusal(self) -> RejectReason:
        """Why it takes no order while it does not trade."""
        delisted = self.status is MarketStatus.DELISTED
        return RejectReason.MARKET_DELISTED if delisted else RejectReason.MARKET_NOT_TRADING


class Index:
    """The value derivatives of one pair are measured against."""

    __slots__ = ("fed", "frozen", "name", "price", "set_at", "sources")

    def __init__(self, name: str) -> None:
        self.name = name
        self.price = 0
        self.set_at = 0
        self.fed = False
        """True once a feed or the operator has set it: then nothing else does."""
        self.frozen = False
        self.sources: Sources | None = None
        """What it is made of, where it is made of anything."""


def settlement_window(spec: Market) -> tuple[int, int]:
    """From when to when the index is averaged for the delivery of a dated future; (0, 0) for anything else."""
    expiry = spec.expiry
    return (expiry - spec.prices_at(expiry).settlement_window, expiry) if expiry else (0, 0)


def settlement_average(market: MarketState, index: Index) -> SettlementAverage:
    """The average that a dated future is delivered at, as far as it has come; also where the index stood still."""
    start, end = settlement_window(market.spec)
    return market.settling or SettlementAverage(start, end, index.price)


# Folding


def apply_settling(state: ExchangeState, index: Index, price: int, at: int) -> None:
    """*index* is about to stand at *price*: the averages of dated futures in their settlement window hear of it."""
    for market in state.markets.values():
        if market.spec.expiry and market.spec.index == index.name:
            start, end = settlement_window(market.spec)
            if start <= at < end:
                if market.settling is None:
                    market.settling = SettlementAverage(start, end, index.price or price)
                market.settling.add(at, price)


def apply_mark_set(state: ExchangeState, event: ev.MarkSet, at: int) -> None:
    """A market has a new mark; what it was made from is sampled."""
    market = state.markets[event.market]
    market.mark = event.mark
    market.mark_at = at
    if market.triggers is not None:
        apply_price(state, market, MARK, event.mark)
    market.index_price = event.index
    window = market.spec.prices_at(at).basis_window
    market.basis.add(at // SECOND, event.basis, window // SECOND)
    if market.funding is not None:
        market.funding.sample(at, event.premium)
    if market.fund_waits:
        apply_fund_wakes(state, market, at)
    index = state.indexes.get(market.spec.index)
    start, end = settlement_window(market.spec)
    from_outside = index is not None and index.fed and not event.told
    market.anchor = 0 if not from_outside else event.mark if start <= at < end else event.index
    due = next_mark(market, at, window, frozen=index is not None and index.frozen)
    if due != market.mark_due:
        market.mark_due = due
        state.apply_schedule_changed()


def next_mark(market: MarketState, at: int, window: int, *, frozen: bool) -> int:
    """When a market whose mark was set at *at* is to be sampled next; 0: not before something changes.

    *frozen* is its index: what goes by a source that is quiet waits for it, as liquidation does.
    """
    following = (at // SECOND + 1) * SECOND
    start, end = settlement_window(market.spec)
    if start <= at < end:
        # The average moves by itself once the index has moved in the window.
        return following if market.settling is not None and following < end and not frozen else 0
    # After the length of the moving average without news, the next sample would be like the last.
    if market.mark_due and at - market.mark_stirred < window:
        return min(following, start) if at < start else following
    return start if at < start else 0


def apply_fund_wakes(state: ExchangeState, market: MarketState, at: int) -> None:
    """Something changed where the fund found nobody to sell to: it tries again on the next second."""
    market.fund_waits = False
    market.fund_due = (at // SECOND + 1) * SECOND
    state.apply_schedule_changed()


def funding_of(spec: Market, at: int) -> Funding | None:
    """The funding of a market that is listed at *at*: its first interval ends on the next point of the grid."""
    interval = spec.funding_interval
    if not interval:
        return None
    due = (at // interval + 1) * interval
    return Funding(due - interval, due, spec.prices_at(at).premium_every)


def apply_funding_rate_set(state: ExchangeState, event: ev.FundingRateSet, at: int) -> None:
    """An interval ended and the next begins; everybody who holds something is to pay or receive."""
    market = state.markets[event.market]
    before = market.funding
    assert before is not None
    funding = market.funding = Funding(at, event.next_at, market.spec.prices_at(at).premium_every)
    funding.rate = event.rate
    funding.mark = event.mark
    funding.premium = before.premium
    funding.coming = before.coming
    market.round = sorted(market.holders, reverse=True)
    if market.round:
        state.rounds[market.no] = None
    state.apply_schedule_changed()


def apply_terms_set(state: ExchangeState, event: priceevents.FundingTermsSet, at: int) -> None:
    """The funding is to change with the next interval."""
    funding = state.markets[event.market].funding
    assert funding is not None
    funding.coming = event.terms


def apply_terms_began(state: ExchangeState, event: priceevents.FundingTermsBegan, at: int) -> None:
    """The interval that begins has other terms."""
    market, terms = state.markets[event.market], event.terms
    assert market.funding is not None
    market.funding.coming = None
    market.spec = replace(
        market.spec, funding_interval=terms.interval, funding_cap=terms.cap, funding_floor=terms.floor,
        interest=terms.interest,
    )  # fmt: skip


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
