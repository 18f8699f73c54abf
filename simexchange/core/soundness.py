"""Whether what a market is said to be can be reckoned with: which field contradicts itself, and why.

Each function answers in words, ``funding_floor: above funding_cap``, the first fault in the order of the fields; empty
where there is none. A refusal and a configuration error show them as they are.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from simexchange.core.brackets import cumulative
from simexchange.core.vocabulary.markets import MarketKind
from simexchange.core.vocabulary.units import DAY, ONE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simexchange.core.vocabulary.markets import FundingTerms, Market, MarketRules, PriceRules, Tier

LONGEST_WINDOW = DAY
QUARTER = "quarter"
"""The one series there is: its contracts are delivered at the end of a quarter, and two of them are always listed."""


def fault_of_market(spec: Market, at: int) -> str:
    """What is wrong with a market that is to be listed at *at*."""
    return _first(_market_faults(spec, at))


def fault_of_funding(terms: FundingTerms, prices: tuple[PriceRules, ...]) -> str:
    """What is wrong with a perpetual's funding under those rules."""
    return _first(_funding_faults(terms, prices))


def fault_of_rules(rules: MarketRules) -> str:
    """What is wrong with a venue's rules for a market; what they charge is judged by `fees.acceptable`."""
    return _first(_rules_faults(rules))


def _first(faults: Iterable[str]) -> str:
    return next(iter(faults), "")


def _market_faults(spec: Market, at: int) -> Iterator[str]:
    for name in ("base", "quote", "settle"):
        if not getattr(spec, name):
            yield f"{name}: empty"
    if spec.base == spec.quote:
        yield "quote: the same as base"
    for name in ("tick", "step", "contract_size", "impact_notional"):
        if getattr(spec, name) <= 0:
            yield f"{name}: not above zero"
    if spec.kind is MarketKind.SPOT:
        if spec.funding_interval:
            yield "funding_interval: a spot market has no funding"
        return
    if spec.settle != (spec.base if spec.inverse else spec.quote):
        yield f"settle: not the {'base' if spec.inverse else 'quote'} asset"
    yield from _expiry_faults(spec, at)
    yield from _price_faults(spec)
    if spec.funding_interval:
        yield from _funding_faults(spec.funding_terms, spec.prices)


def _expiry_faults(spec: Market, at: int) -> Iterator[str]:
    dated = spec.kind is MarketKind.DATED
    if dated and spec.funding_interval:
        yield "funding_interval: a dated future has no funding"
    if dated and not spec.expiry:
        yield "expiry: a dated future needs one"
    elif dated and spec.expiry <= at:
        yield "expiry: in the past"
    elif spec.expiry and not dated:
        yield "expiry: a perpetual has none"
    if not dated and spec.series:
        yield "series: only dated futures follow each other"
    elif spec.series not in ("", QUARTER):
        yield f"series: it is {QUARTER}, or none"
    if spec.closing < 0 or (spec.closing and not dated):
        yield "closing: below zero" if dated else "closing: only dated futures have an end"


def _price_faults(spec: Market) -> Iterator[str]:
    prices = spec.prices
    for place, (before, after) in enumerate(pairwise(prices), 1):
        if after.since <= before.since:
            yield f"prices[{place}].since: not after that of the rules before"
        if after.formula is not before.formula:
            yield f"prices[{place}].formula: another one than before"
    for place, rules in enumerate(prices):
        for name in ("basis_window", "settlement_window", "premium_every"):
            span = getattr(rules, name)
            if not 0 < span <= LONGEST_WINDOW or span % SECOND:
                yield f"prices[{place}].{name}: not whole seconds of at most a day"
        if rules.damper < 0:
            yield f"prices[{place}].damper: below zero"


def _funding_faults(terms: FundingTerms, prices: tuple[PriceRules, ...]) -> Iterator[str]:
    interval = terms.interval
    if interval < SECOND:
        yield "funding_interval: shorter than a second"
    elif DAY % interval:
        yield "funding_interval: a day is no whole number of them"
    for place, rules in enumerate(prices):
        if interval % rules.premium_every:
            yield f"prices[{place}].premium_every: funding_interval is no whole number of them"
    if terms.floor > terms.cap:
        yield "funding_floor: above funding_cap"
    if max(abs(terms.cap), abs(terms.floor)) > ONE:
        yield "funding_cap: a position would pay more than it is worth"


def _rules_faults(rules: MarketRules) -> Iterator[str]:
    yield from _tier_faults(rules.tiers)
    if not 0 <= rules.liquidation_slippage <= ONE:
        yield "liquidation_slippage: not from 0 to 1"
    if not 0 <= rules.liquidation_fee <= ONE:
        yield "liquidation_fee: not from 0 to 1"
    if rules.delivery_fee is not None and not 0 <= rules.delivery_fee <= ONE:
        yield "delivery_fee: not from 0 to 1"
    if not 0 <= rules.filters.limit_soft <= rules.filters.limit_hard <= ONE:
        yield "filters.limit_soft: not from 0 to limit_hard, and that at most 1"
    if rules.default_leverage < 1:
        yield "default_leverage: below 1"
    if rules.fee_unit < 1:
        yield "fee_unit: not above zero"


def _tier_faults(tiers: tuple[Tier, ...]) -> Iterator[str]:
    """Brackets start at nothing, follow each other without a gap, and ask for more the larger the position is."""
    amounts = cumulative([(tier.floor, tier.maintenance_rate) for tier in tiers])
    for place, tier in enumerate(tiers):
        name, before = f"tiers[{place}]", tiers[place - 1] if place else None
        if tier.floor != (before.cap if before else 0):
            yield f"{name}.floor: not where the bracket before ends" if before else f"{name}.floor: not zero"
        if tier.cap <= tier.floor:
            yield f"{name}.cap: not above the floor"
        if tier.max_leverage < 1:
            yield f"{name}.max_leverage: below 1"
        if not 0 <= tier.maintenance_rate <= ONE:
            yield f"{name}.maintenance_rate: not from 0 to 1"
        if before and tier.max_leverage > before.max_leverage:
            yield f"{name}.max_leverage: above that of the bracket before"
        if before and tier.maintenance_rate < before.maintenance_rate:
            yield f"{name}.maintenance_rate: below that of the bracket before"
        # Each bracket before it may have been rounded to a unit.
        if abs(tier.cum - amounts[place]) > place:
            yield f"{name}.cum: not what makes maintenance margin continuous"
