"""Index, mark price and premium index. They change on a feed's or the operator's word, or on the one-second grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core.market import settlement_window
from simexchange.core.vocabulary.events import IndexSet, MarkSet
from simexchange.core.vocabulary.markets import MarketStatus, MarkFormula
from simexchange.core.vocabulary.orders import BUY, SELL
from simexchange.core.vocabulary.units import FINE, HOUR, ONE, SECOND, Price, Rate, div_zero

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simexchange.core.book import Level
    from simexchange.core.engine import Engine
    from simexchange.core.market import Funding, MarketState
    from simexchange.core.vocabulary.indexes import Share
    from simexchange.core.vocabulary.markets import Market, PriceRules

MEDIAN, AVERAGE_RATIO = MarkFormula.MEDIAN, MarkFormula.AVERAGE_RATIO


def set_index(
    engine: Engine, name: str, price: int, source: str, *, frozen: bool = False, shares: tuple[Share, ...] = ()
) -> None:
    """An index has a new value; the marks that are made from it follow at once."""
    before = engine.state.indexes[name].price
    if before:
        engine.moved.setdefault(name, before)
    engine.emit(IndexSet(name, Price(price), source, frozen, shares))
    for no in engine.state.unified:
        if engine.state.accounts[no].at_stake():
            engine.touch(no)
    for market in engine.state.markets.values():
        if market.derivative and market.spec.index == name and market.status is not MarketStatus.DELISTED:
            set_mark(engine, market, price)


def sample(engine: Engine, market: MarketState) -> None:
    """The one-second sample of a mark that moves without being told: it follows what trades where nobody sets its
    index, and in a settlement window the running average.
    """
    index = engine.state.indexes[market.spec.index]
    if index.fed:
        set_mark(engine, market, index.price)
        return
    price, source = own_index(engine, market)
    if not price:
        price, source = market.index_price, "self"
    if index.price != price:
        engine.emit(IndexSet(market.spec.index, Price(price), source))
    set_mark(engine, market, price)


def own_index(engine: Engine, market: MarketState) -> tuple[int, str]:
    """See `ExchangeState.own_index`."""
    return engine.state.own_index(market)


def set_mark(engine: Engine, market: MarketState, index: int, mark: int = 0) -> None:
    """Set the mark of *market* by the formula, or to *mark*."""
    impact = impact_prices(market)
    basis = basis_of(market, index, impact, engine.at)
    price = mark or mark_price(market, index, basis, engine.at)
    premium = premium_index(impact, index)
    engine.emit(MarkSet(market.no, Price(price), Price(index), Price(basis), Rate(premium), mark > 0))
    engine.marked[market.no] = None


def basis_of(market: MarketState, index: int, impact: tuple[int, int], at: int) -> int:
    """What the market's moving average is taken over, as it is now: how far the book is from the index.

    A difference of prices, or for `MarkFormula.AVERAGE_RATIO` the impact mid's distance as a part of the index. Without
    both sides the last price stands for the middle, and before a first trade the index.
    """
    if market.spec.prices_at(at).formula is AVERAGE_RATIO:
        bid, ask = impact
        middle = (bid + ask) // 2 if bid and ask else market.book.mid() or market.last or index
        return div_zero((middle - index) * ONE, index)
    return (market.book.mid() or market.last or index) - index


def mark_price(market: MarketState, index: int, basis: int, at: int) -> int:
    """The mark by the formula in force, with *basis* as the sample taken now. See `MarkFormula`.

    Perpetuals: the median of the funding-adjusted index, the index with its average basis, and the last price
    (Binance FAQ 360033525071, seen 2026-11; Bybit's has the same shape and a window of five minutes). Until the window
    is full the average is over what there is; before the first funding rate the first price is the index itself.
    """
    rules = market.spec.prices_at(at)
    if rules.formula is not MEDIAN:
        return dated_mark(market, rules, index, basis, at)
    first = index
    funding = market.funding
    if funding is not None:
        left, span = funding.next_at - at, funding.next_at - funding.started_at
        first += div_zero(div_zero(index * funding.rate, ONE) * left, span)
    second = index + average_basis(market, rules, basis, at)
    last = market.last or second
    # An average basis from before a fall of the index may come out below zero where nobody has traded yet.
    return max(1, sorted((first, second, last))[1])


def dated_mark(market: MarketState, rules: PriceRules, index: int, basis: int, at: int) -> int:
    """The mark of a dated future: in its settlement window what it would be delivered at now, before it the index with
    its average distance.
    """
    start, end = settlement_window(market.spec)
    if start <= at < end:
        average = market.settling
        return average.value(at) if average is not None else index
    average_distance = average_basis(market, rules, basis, at)
    if rules.formula is AVERAGE_RATIO:
        return max(1, index + div_zero(index * average_distance, ONE))
    return max(1, index + average_distance)


def average_basis(market: MarketState, rules: PriceRules, basis: int, at: int) -> int:
    """The moving average of the basis with the sample *basis* taken now; seconds without one repeat the one before."""
    return market.basis.with_sample(at // SECOND, basis, rules.basis_window // SECOND)


def impact_prices(market: MarketState) -> tuple[int, int]:
    """The average price of selling and of buying `Market.impact_notional`; 0 for an empty side."""
    book, spec = market.book, market.spec
    price = inverse_impact_price if spec.inverse else impact_price
    size = spec.impact_notional * ONE // spec.contract_size if spec.inverse else spec.impact_notional
    return price(book.takeable(SELL, 0), size), price(book.takeable(BUY, 0), size)


def premium_index(impact: tuple[int, int], index: int) -> int:
    """[max(0, impact bid − index) − max(0, index − impact ask)] ÷ index, toward zero; nothing from an empty side."""
    bid, ask = impact
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


def inverse_impact_price(levels: Iterable[Level], contracts: int) -> int:
    """The same of an inverse market, whose contracts are worth fixed amounts of quote: their harmonic mean.

    The price at which *contracts* at once would cost the coin that they cost level by level, toward zero.
    """
    left, taken, coin = contracts, 0, 0
    for level in levels:
        part = min(left, level.qty)
        if part == contracts:
            return level.price
        taken += part
        # Of one level's price to 10**-24: the eight places of the result are exact but for a tie.
        coin += part * FINE * ONE // level.price
        left -= part
        if not left:
            break
    return taken * FINE * ONE // coin if coin else 0


def impact_notional(max_leverage: int, margin: int = 200 * ONE) -> int:
    """The size of impact prices: *margin* ÷ the initial margin rate at the highest leverage (Binance funding FAQ)."""
    return margin * max_leverage


def predicted_rate(market: MarketState, at: int) -> int:
    """The funding rate if it were settled with the samples taken by *at*; 0 where there is no funding."""
    funding = market.funding
    if funding is None:
        return 0
    average, _ = average_premium(funding, at)
    return funding_rate(average, market.spec, at, funding.next_at - funding.started_at)


def premium_sums(funding: Funding, at: int) -> tuple[int, int]:
    """The weighted premium samples of the interval up to and with *at*, added up, and the sum of their weights."""
    upto = (at - funding.started_at) // funding.every
    weighted, weight = funding.weighted, funding.weight
    if funding.premium is not None and upto > funding.sampled:
        more = upto * (upto + 1) // 2 - funding.sampled * (funding.sampled + 1) // 2
        weighted += more * funding.premium
        weight += more
    return weighted, weight


def average_premium(funding: Funding, at: int) -> tuple[int, int]:
    """The weighted average premium of the interval up to and with *at*, and the weight it rests on."""
    weighted, weight = premium_sums(funding, at)
    if not weight:
        return funding.premium or 0, 0
    return div_zero(weighted, weight), weight


EIGHT_HOURS = 8 * HOUR


def funding_rate(premium: int, spec: Market, at: int, span: int) -> int:
    """The rate of an interval of *span* by the rules in force at *at*, toward zero, then cap and floor.

    Divided: F = [P + clamp(I − P, ±damper)] ÷ (8 h ÷ span), I per eight hours (Binance since 2025-09-18 08:01 UTC).
    Else F = P + clamp(I ÷ (8 h ÷ span) − P, ±damper): only interest goes by time (Binance before, Bybit help
    000001123). Both seen 2026-11.
    """
    rules = spec.prices_at(at)
    rate = premium + max(-rules.damper, min(rules.damper, interest_of(spec, at, span) - premium))
    if rules.divided:
        rate = div_zero(rate * span, EIGHT_HOURS)
    return max(spec.funding_floor, min(spec.funding_cap, rate))


def interest_of(spec: Market, at: int, span: int) -> int:
    """The interest of an interval of *span*: still that of eight hours where the whole rate is divided later."""
    return spec.interest if spec.prices_at(at).divided else div_zero(spec.interest * span, EIGHT_HOURS)


def funding_bound(maintenance_rate: int, multiplier: int) -> int:
    """A cap of funding rates, rounded down: so many times the maintenance rate at the highest leverage.

    (Binance: 0.75 times for most contracts, 1 or another factor for some; what counts is the figure in
    ``GET /fapi/v1/fundingInfo``, so a market carries cap and floor themselves.)
    """
    return maintenance_rate * multiplier // ONE
