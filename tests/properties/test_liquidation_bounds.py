"""The prices between which a position is safe, against reckoning with fractions and with the engine's own roundings."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, strategies as st

from simexchange.core import brackets
from simexchange.core.brackets import liquidation_bounds
from simexchange.core.vocabulary.markets import Tier
from simexchange.core.vocabulary.units import ONE, Amount, Rate, div_zero

ROUNDED = 3
"""The units of money by which the roundings of one position may come out below the exact figure."""


@st.composite
def tables(draw: st.DrawFn) -> tuple[Tier, ...]:
    """Brackets; some that make the margin continuous, some that do not."""
    caps = sorted(draw(st.sets(st.integers(1, 10**6), min_size=1, max_size=5)))
    rates = [draw(st.integers(0, ONE // 2)) for _ in caps]
    if draw(st.booleans()):
        rates.sort()
    amounts = brackets.cumulative(list(zip([0, *(cap * ONE for cap in caps)], rates, strict=False)))
    if draw(st.integers(0, 3)) == 0:
        amounts = [0, *(draw(st.integers(0, 10**4)) * ONE for _ in caps[1:])]
    floors = [0, *caps]
    return tuple(
        Tier(Amount(floor * ONE), Amount(cap * ONE), 1, Rate(rate), Amount(amount))
        for floor, cap, rate, amount in zip(floors, caps, rates, amounts, strict=False)
    )


quantities = st.integers(-(10**12), 10**12) | st.integers(-(10**4), 10**4)
prices = st.integers(1, 10**13)
legs_of = st.lists(st.tuples(quantities.filter(bool), prices), min_size=1, max_size=4)


def exact(backing: int, legs: list[brackets.Leg], tiers: tuple[Tier, ...], price: int, contract: int) -> Fraction:
    """Balance less maintenance at 10**-8, nothing rounded but worth where it chooses the bracket."""
    total = Fraction(backing)
    for qty, cost in legs:
        value = Fraction(qty * contract * ONE, price) if contract else Fraction(qty * price)
        worth = abs(value) / ONE
        tier = brackets.tier_of(tiers, int(worth))
        total += (cost - value if contract else value - cost) / ONE - worth * tier.maintenance_rate / ONE + tier.cum
    return total


def decided(backing: int, legs: list[brackets.Leg], tiers: tuple[Tier, ...], price: int, contract: int) -> int:
    """The same as the engine decides it, in whole units."""
    total = backing
    for qty, cost in legs:
        if contract:
            value, worth = div_zero(qty * contract * ONE, price), abs(qty) * contract // price
        else:
            value, worth = qty * price, abs(qty) * price // ONE
        total += div_zero(cost - value if contract else value - cost, ONE) - brackets.maintenance(tiers, worth)
    return total


@given(st.integers(-(10**14), 10**14), legs_of, tables(), prices, st.sampled_from([0, ONE, 100 * ONE, 3]), st.data())
def test_between_the_bounds_it_is_safe_and_at_them_it_is_not(
    backing: int, entered: list[tuple[int, int]], tiers: tuple[Tier, ...], mark: int, contract: int, data: st.DataObject
) -> None:
    legs = [(qty, div_zero(qty * contract * ONE, price) if contract else qty * price) for qty, price in entered]
    # Not so rich that nothing matters, nor so poor.
    backing += int(-exact(0, legs, tiers, mark, contract)) if data.draw(st.booleans()) else 0
    found = liquidation_bounds(backing, legs, tiers, mark, contract)
    if found is None:
        assert exact(backing, legs, tiers, mark, contract) <= 0
        return
    lower, upper = found
    assert exact(backing, legs, tiers, mark, contract) > 0
    assert lower < mark
    assert not upper or mark < upper
    top = upper or 10**15
    inside = [lower + 1, top - 1, mark, *data.draw(st.lists(st.integers(lower + 1, top - 1), max_size=8))]
    for price in inside:
        assert exact(backing, legs, tiers, price, contract) > 0
        assert decided(backing + ROUNDED * len(legs), legs, tiers, price, contract) > 0
    # Exactly there, or at the edge of a bracket that asks for more at once.
    if lower:
        assert exact(backing, legs, tiers, lower, contract) <= 0
    if upper:
        assert exact(backing, legs, tiers, upper, contract) <= 0


@given(st.integers(-(10**14), 10**14), legs_of, tables(), prices)
def test_the_price_shown_is_one_of_the_two_bounds(
    backing: int, entered: list[tuple[int, int]], tiers: tuple[Tier, ...], mark: int
) -> None:
    legs = [(qty, qty * price) for qty, price in entered]
    rates = [tier.maintenance_rate for tier in tiers]
    amounts = brackets.cumulative([(tier.floor, tier.maintenance_rate) for tier in tiers])
    found = liquidation_bounds(backing, legs, tiers, mark)
    if found is None or rates != sorted(rates) or amounts != [tier.cum for tier in tiers]:
        return
    lower, upper = found
    shown = brackets.linear_liquidation_price(backing, legs, tiers, mark)
    assert shown in {lower, upper, upper - 1}
    if lower and upper:
        assert abs(shown - mark) <= min(mark - lower, upper - mark)
    else:
        assert bool(shown) == bool(lower or upper)
