"""How much of a position under liquidation is sold before the rest is taken over: venue policies over plain numbers.

``one_ioc`` (Binance FAQ 360033525271, seen 2026-11): one order. Selling x costs its fee and what it slips; it frees the
maintenance margin of x. So where the bracket asks no more than the fee, no part would help and the whole is sold; else
the smallest part after which the rest is margined again. ``by_tier`` (Bybit help centre, isolated margin, seen
2026-11): one bracket down an order, again and again; in the lowest bracket nothing is sold, it is taken over.
"""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from simexchange.core import valuing
from simexchange.core.brackets import maintenance
from simexchange.core.vocabulary.liquidations import SizeReason
from simexchange.core.vocabulary.units import ONE, div_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simexchange.core.vocabulary.markets import Market, MarketRules, Tier


class Shortfall(NamedTuple):
    """A pool that does not hold enough, as one of its positions sees it. Money in 10**-8 of what the pool counts in."""

    spec: Market
    mark: int
    qty: int
    """How much of the position may be sold, above zero."""
    beside: int
    """How much of it may not: what the other side of a hedging account covers."""
    tiers: Sequence[Tier]
    balance: int
    """Margin balance of the pool."""
    others: int
    """Maintenance margin of its other positions."""
    fee: int
    """Liquidation fee, a part of what is sold, 10**-8."""
    slippage: int
    """What a sale is reckoned to lose beside it, likewise."""
    step: int
    """Orders are whole multiples of this, or the whole position."""
    unit: int = ONE
    """What one of the settle asset counts for in the pool, 10**-8: one, unless several assets share it."""
    apart: int = 0
    """What is set aside to close the whole position, in the settle asset: part of its maintenance margin."""


class Cut(NamedTuple):
    """How much is sold, why, and what is expected of it."""

    qty: int
    why: SizeReason
    charge: int
    """Fee and slippage of it, at the mark, rounded up."""
    balance: int
    """Margin balance afterwards."""
    maintenance: int
    """Maintenance margin of the pool afterwards."""


def step_of(spec: Market, rules: MarketRules | None) -> int:
    """The step of market orders: what a liquidation sells fits both steps a venue knows."""
    if rules is None:
        return spec.step
    step: int = rules.filters.step or spec.step
    return lcm(step, rules.filters.market_step) if rules.filters.market_step else step


def after(case: Shortfall, qty: int, why: SizeReason) -> Cut:
    """What selling *qty* at the mark would leave."""
    charge = div_up(valuing.worth(case.spec, case.mark, qty) * (case.fee + case.slippage), ONE)
    rest = valuing.worth(case.spec, case.mark, case.qty + case.beside - qty)
    held = maintenance(case.tiers, rest)
    if case.apart:
        whole = case.qty + case.beside
        held += div_up(case.apart * (whole - qty), whole)
    needed = div_up(held * case.unit, ONE) + case.others
    return Cut(qty, why, charge, case.balance - div_up(charge * case.unit, ONE), needed)


def one_order(case: Shortfall) -> Cut:
    """The whole, or the smallest part that is enough.

    What a part leaves grows with the part as long as the bracket that shrinks asks for more than selling costs, and
    falls from there on: so the part is searched for by halving between nothing and that place. More than enough is
    asked for, not just enough: a balance equal to the maintenance margin is liquidated.
    """
    whole, tiers = case.qty, case.tiers
    worth = valuing.worth(case.spec, case.mark, whole + case.beside)
    place = _place(tiers, worth)
    if not tiers or tiers[place].maintenance_rate <= case.fee:
        return after(case, whole, SizeReason.FEE_ABOVE_RATE)
    while place >= 0 and tiers[place].maintenance_rate > case.fee + case.slippage:
        place -= 1
    kept = _holds(case, tiers[place].cap) if place >= 0 else 0
    low, high = 0, min(-(-(whole + case.beside - kept) // case.step), whole // case.step)
    if high <= 0 or not _enough(case, high * case.step):
        return after(case, whole, SizeReason.ENOUGH if _enough(case, whole) else SizeReason.NOT_ENOUGH)
    while high - low > 1:
        middle = (low + high) // 2
        if _enough(case, middle * case.step):
            high = middle
        else:
            low = middle
    return after(case, high * case.step, SizeReason.ENOUGH)


def by_tier(case: Shortfall) -> Cut | None:
    """As much as brings the position into the next lower bracket; None in the lowest: there nothing is sold."""
    whole = case.qty + case.beside
    place = _place(case.tiers, valuing.worth(case.spec, case.mark, whole))
    if place <= 0:
        return None
    size = whole - _holds(case, case.tiers[place - 1].cap)
    size = min(case.qty, -(-size // case.step) * case.step)
    return after(case, size, SizeReason.NEXT_BRACKET)


def _place(tiers: Sequence[Tier], worth: int) -> int:
    for place, tier in enumerate(tiers):
        if worth <= tier.cap:
            return place
    return len(tiers) - 1


def _holds(case: Shortfall, cap: int) -> int:
    """The largest quantity that is worth no more than *cap* at the mark."""
    if case.spec.inverse:
        return cap * case.mark // case.spec.contract_size
    return cap * ONE // case.mark


def _enough(case: Shortfall, qty: int) -> bool:
    left = after(case, qty, SizeReason.ENOUGH)
    return left.balance > left.maintenance
