"""Why a funding rate is what it is, and what each position paid or received by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from simexchange.core import funding, marks, valuing
from simexchange.core.explaining.figures import FINE, WHOLE, Sheet
from simexchange.core.vocabulary.markets import FundingRounding
from simexchange.core.vocabulary.units import SECOND, Rate

if TYPE_CHECKING:
    from simexchange.core.explaining.figures import Origins
    from simexchange.core.market import Funding, MarketState
    from simexchange.core.vocabulary.events import FundingPaid
    from simexchange.core.vocabulary.markets import Market

TO_ZERO = "toward zero to 10⁻⁸"
UNBOUNDED = 1 << 62
ROUNDINGS = {
    FundingRounding.PAYER_UP: ("floor8", "down to 10⁻⁸: whoever pays is rounded up, whoever receives down"),
    FundingRounding.TRUNCATED: ("zero8", "toward zero to 10⁻⁸, as the venue shows it"),
}
"""The function of a payment's formula, and what it does, by the market's rule."""


def explain_rate(market: MarketState, at: int, origins: Origins, *, seq: int = 0) -> Sheet:
    """The rate of the running interval if it is settled at *at*, before it is; *seq*: the record in which it was."""
    running, spec = market.funding, market.spec
    assert running is not None
    name = f"{spec.id}: funding rate" if seq else f"{spec.id}: predicted funding rate"
    rules = spec.prices_at(at)
    sheet = Sheet(name, seq=seq, note=rules.source)
    _premium(sheet, market, running, at, origins)
    span = running.next_at - running.started_at
    listed = origins.listed(market.no)
    sheet.fact("interval", span, "seconds", "this interval", origins.settled(market.no) or listed, scale=SECOND)
    sheet.fact("interest", spec.interest, "rate", "the market, per eight hours", listed)
    sheet.fact("damper", rules.damper, "rate", "the market's price rules", listed)
    premium, _ = marks.average_premium(running, at)
    interest, used = marks.interest_of(spec, at, span), "interest"
    if not rules.divided:
        used = "interest_part"
        sheet.figure(
            used, interest, "rate", "zero8(interest × interval ÷ 28800)", TO_ZERO, note="interest goes by time"
        )
    pull = max(-rules.damper, min(rules.damper, interest - premium))
    sheet.figure("pull", pull, "rate", f"max(−damper, min(damper, {used} − premium_average))")
    free = replace(spec, funding_cap=Rate(UNBOUNDED), funding_floor=Rate(-UNBOUNDED))
    unbounded = marks.funding_rate(premium, free, at, span)
    if rules.divided:
        formula = "zero8((premium_average + pull) × interval ÷ 28800)"
        sheet.figure("unbounded", unbounded, "rate", formula, TO_ZERO, note="the eight-hour rate goes by time")
    else:
        sheet.figure("unbounded", unbounded, "rate", "premium_average + pull")
    sheet.fact("cap", spec.funding_cap, "rate", "the market", listed)
    sheet.fact("floor", spec.funding_floor, "rate", "the market", listed)
    rate = marks.funding_rate(premium, spec, at, span)
    sheet.figure("funding_rate", rate, "rate", "max(floor, min(cap, unbounded))")
    return sheet


def _premium(sheet: Sheet, market: MarketState, running: Funding, at: int, origins: Origins) -> None:
    """The average of the premium samples, the i-th with weight i."""
    marked, first = origins.mark(market.no), origins.sampled_from(market.no)
    seq, source = origins.settled(market.no) or origins.listed(market.no), "since this interval began"
    sheet.fact("passed", at - running.started_at, "seconds", source, seq, scale=SECOND)
    sheet.fact("every", running.every, "seconds", "the market's price rules", origins.listed(market.no), scale=SECOND)
    sheet.fact("sampled", running.sampled, "samples", "those before the last mark", marked, scale=WHOLE)
    span = f"the marks of records {first} to {marked}" if first else "no mark in it so far"
    sheet.fact("sum_before", running.weighted, "", f"Σ weight × premium of {span}", marked)
    sheet.fact("weight_before", running.weight, "", f"Σ weight of {span}", marked, scale=WHOLE)
    sheet.fact("premium", running.premium or 0, "rate", "MarkSet: the premium since the last mark", marked)
    upto = (at - running.started_at) // running.every
    sheet.figure("samples", upto, "samples", "down_to(passed ÷ every, 1)", "down to whole ones", scale=WHOLE)
    weighted, weight = marks.premium_sums(running, at)
    more = weight - running.weight
    if running.premium is None:
        sheet.figure("weight_since", more, "", "0", note="there is no premium yet", scale=WHOLE)
    else:
        triangle = "samples × (samples + 1) ÷ 2 − sampled × (sampled + 1) ÷ 2"
        sheet.figure("weight_since", more, "", f"max(0, {triangle})", note="the i-th sample weighs i", scale=WHOLE)
    sheet.figure("premium_sum", weighted, "", "sum_before + weight_since × premium")
    sheet.figure("weight", weight, "", "weight_before + weight_since", scale=WHOLE)
    average, _ = marks.average_premium(running, at)
    if weight:
        sheet.figure("premium_average", average, "rate", "zero8(premium_sum ÷ weight)", TO_ZERO)
    else:
        sheet.figure("premium_average", average, "rate", "premium", note="no sample has been taken")


def explain_payment(
    event: FundingPaid, spec: Market, who: str, at: int, *, seq: int, settled: int, traded: int, listed: int
) -> Sheet:
    """What one position of *who* received or paid in record *seq*, by the rate set in record *settled*."""
    sheet = Sheet(f"{spec.id}: payment of {who}", seq=seq, note="above zero received, below zero paid")
    sheet.fact("qty", event.qty, "contracts" if spec.inverse else spec.base, "last trade of the position", traded)
    sheet.fact("mark", event.mark, "price", "FundingRateSet", settled)
    sheet.fact("funding_rate", event.rate, "rate", "FundingRateSet", settled)
    formula, rounding = "qty × mark", ""
    if spec.inverse:
        sheet.fact("contract_size", spec.contract_size, spec.quote, "the market", listed)
        formula, rounding = "zero16(qty × contract_size ÷ mark)", "toward zero to 10⁻¹⁶"
    value = valuing.value(spec, event.mark, event.qty)
    sheet.figure("value", value, event.asset, formula, rounding, scale=FINE)
    rule = spec.prices_at(at).rounding
    function, rounding = ROUNDINGS[rule]
    amount = funding.payment(value, event.rate, rule)
    sheet.figure("payment", amount, event.asset, f"{function}(−value × funding_rate)", rounding)
    return sheet


__all__ = ["explain_payment", "explain_rate"]
