"""Index, mark price and premium index. They change on a feed's or the operator's word, or on the one-second grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.market import PREMIUM_EVERY
from simexchange.core.state import BASIS_SAMPLES
from simexchange.core.vocabulary.events import IndexSet, MarkSet
from simexchange.core.vocabulary.orders import BUY, SELL
from simexchange.core.vocabulary.units import ONE, SECOND, Price, Rate, div_zero

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simexchange.core.book import Level
    from simexchange.core.engine import Engine
    from simexchange.core.market import Funding, MarketState


def set_index(engine: Engine, name: str, price: int, source: str, *, frozen: bool = False) -> None:
    """An index has a new value; the marks that are made from it follow at once."""
    engine.emit(IndexSet(name, Price(price), source, frozen))
    for market in engine.state.markets.values():
        if market.derivative and market.spec.index == name:
            set_mark(engine, market, price)


def sample(engine: Engine, market: MarketState) -> None:
    """The one-second sample of a market whose index nobody sets: it follows what trades, else stays where it was."""
    price, source = own_index(engine, market)
    if not price:
        price, source = market.index_price, "self"
    index = engine.state.indexes[market.spec.index]
    if index.price != price:
        engine.emit(IndexSet(market.spec.index, Price(price), source))
    set_mark(engine, market, price)


def own_index(engine: Engine, market: MarketState) -> tuple[int, str]:
    """See `ExchangeState.own_index`."""
    return engine.state.own_index(market)


def set_mark(engine: Engine, market: MarketState, index: int, mark: int = 0) -> None:
    """Set the mark of *market* by the formula, or to *mark*."""
    basis = (market.book.mid() or market.last or index) - index
    price = mark or mark_price(market, index, basis, engine.at)
    engine.emit(MarkSet(market.no, Price(price), Price(index), Price(basis), Rate(premium_index(market, index))))
    engine.marked[market.no] = None


def mark_price(market: MarketState, index: int, basis: int, at: int) -> int:
    """Median of the funding-adjusted index, the index with its average basis, and the last price.

    Binance FAQ 360033525071 with the windows in force since 2025-09-18 (30 samples of one second), seen 2026-11.
    Until thirty samples are there the average is over those there are; before the first funding rate the first price
    is the index itself.
    """
    first = index
    funding = market.funding
    if funding is not None and market.spec.funding_interval:
        left = funding.next_at - at
        first += div_zero(div_zero(index * funding.rate, ONE) * left, market.spec.funding_interval)
    second = index + average_basis(market, basis, at)
    last = market.last or second
    # An average basis from before a fall of the index may come out below zero where nobody has traded yet.
    return max(1, sorted((first, second, last))[1])


def average_basis(market: MarketState, basis: int, at: int) -> int:
    """The moving average of the basis with the sample *basis* taken now; seconds without one repeat the one before."""
    samples = market.basis_samples
    if not samples:
        return basis
    gap = at // SECOND - market.basis_last_at // SECOND
    if gap == 0:
        return div_zero(market.basis_sum - samples[-1] + basis, len(samples))
    window = [*samples, *[samples[-1]] * min(gap - 1, BASIS_SAMPLES), basis][-BASIS_SAMPLES:]
    return div_zero(sum(window), len(window))


def premium_index(market: MarketState, index: int) -> int:
    """[max(0, impact bid − index) − max(0, index − impact ask)] ÷ index, toward zero; nothing from an empty side.

    Impact prices are the average price of selling or buying `Market.impact_notional`.
    """
    book, size = market.book, market.spec.impact_notional
    bid = impact_price(book.takeable(SELL, 0), size)
    ask = impact_price(book.takeable(BUY, 0), size)
    above = max(0, bid - index) if bid else 0
    below = max(0, index - ask) if ask else 0
    return div_zero((above - below) * ONE, index)


def impact_price(levels: Iterable[Level], notional: int) -> int:
    """Average fill price of *notional* of quote over *levels*, toward zero; over what is there where it is less."""
    left, qty, paid = notional * ONE, 0, 0
    for level in levels:
        worth = level.price * level.qty
        if worth >= left:
            # The last level is taken in part; kept as a fraction, so that one level's price is exactly itself.
            return notional * ONE * level.price // (qty * level.price + left)
        qty += level.qty
        paid += worth
        left -= worth
    return paid // qty if qty else 0


def predicted_rate(market: MarketState, at: int) -> int:
    """The funding rate if it were settled with the samples taken by *at*; 0 where there is no funding."""
    funding = market.funding
    if funding is None:
        return 0
    average, _ = average_premium(funding, at)
    return funding_rate(average, market)


def average_premium(funding: Funding, at: int) -> tuple[int, int]:
    """The weighted average premium of the interval up to and with *at*, and the weight it rests on."""
    upto = (at - funding.started_at) // PREMIUM_EVERY
    weighted, weight = funding.weighted, funding.weight
    if funding.premium is not None and upto > funding.sampled:
        more = upto * (upto + 1) // 2 - funding.sampled * (funding.sampled + 1) // 2
        weighted += more * funding.premium
        weight += more
    if not weight:
        return funding.premium or 0, 0
    return div_zero(weighted, weight), weight


DAMPER = Rate(50_000)
"""±0.05 %: how far interest may pull the rate."""
EIGHT_HOURS = 8 * 3600 * SECOND


def funding_rate(premium: int, market: MarketState) -> int:
    """F = [P + clamp(I − P, ±0.05 %)] ÷ (8 h ÷ interval), then cap and floor.

    Binance since 2025-09-18 08:01 UTC (the division by 8/N), seen 2026-11.
    """
    spec = market.spec
    pull = max(-DAMPER, min(DAMPER, spec.interest - premium))
    rate = div_zero((premium + pull) * spec.funding_interval, EIGHT_HOURS)
    return max(spec.funding_floor, min(spec.funding_cap, rate))
