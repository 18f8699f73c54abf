"""Why a mark price is what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import marks
from simexchange.core.explaining.figures import Sheet
from simexchange.core.market import settlement_window
from simexchange.core.vocabulary.markets import MarkFormula
from simexchange.core.vocabulary.units import SECOND

if TYPE_CHECKING:
    from simexchange.core.explaining.figures import Origins
    from simexchange.core.market import MarketState
    from simexchange.core.vocabulary.events import MarkSet
    from simexchange.core.vocabulary.markets import PriceRules

LEAST = "0.00000001"
"""No mark is below the smallest price there is."""


def explain_mark(market: MarketState, event: MarkSet, at: int, origins: Origins, *, seq: int, said: bool) -> Sheet:
    """The mark that *event* is about to set at *at*; *said*: by the operator, so that no formula made it."""
    spec = market.spec
    rules = spec.prices_at(at)
    sheet = Sheet(f"the mark: {spec.id}", seq=seq, note=rules.source)
    start, end = settlement_window(spec)
    if said or start <= at < end:
        source = "the operator's word" if said else "average of the index since the settlement window began"
        sheet.fact("mark", event.mark, "price", source, seq)
        return sheet
    sheet.fact("index", event.index, "price", "MarkSet", seq)
    sheet.fact("basis_now", event.basis, "price", "sample taken now", seq)
    average = marks.average_basis(market, rules, event.basis, at)
    seconds = rules.basis_window // SECOND
    sheet.fact("basis", average, "price", f"average of the last {seconds} seconds, samples of every mark in them", seq)
    if rules.formula is MarkFormula.AVERAGE_RATIO:
        sheet.figure("mark", event.mark, "price", f"max({LEAST}, index + zero8(index × basis))", "toward zero to 10⁻⁸")
    elif rules.formula is MarkFormula.AVERAGE_BASIS:
        sheet.figure("mark", event.mark, "price", f"max({LEAST}, index + basis)")
    else:
        _median(sheet, market, event, rules, at, origins)
    return sheet


def _median(sheet: Sheet, market: MarketState, event: MarkSet, rules: PriceRules, at: int, origins: Origins) -> None:
    """The middle one of the index moved by the funding to come, the index with its average basis, the last price."""
    running = market.funding
    first = "index"
    if running is not None:
        settled = origins.settled(market.no) or origins.listed(market.no)
        sheet.fact("funding_rate", running.rate, "rate", "the last funding settlement", settled)
        sheet.fact("left", running.next_at - at, "seconds", "until the next one", settled, scale=SECOND)
        span = running.next_at - running.started_at
        sheet.fact("interval", span, "seconds", "this interval", settled, scale=SECOND)
        first = "index + zero8(zero8(index × funding_rate) × left ÷ interval)"
    last = "last" if market.last else "(index + basis)"
    if market.last:
        sheet.fact("last", market.last, "price", "last trade", origins.last(market.no))
    formula = f"max({LEAST}, median({first}, index + basis, {last}))"
    sheet.figure("mark", event.mark, "price", formula, "toward zero to 10⁻⁸", note="the one in the middle of three")
