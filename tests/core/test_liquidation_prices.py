"""Where a position stops being worth more than it must maintain, by hand; and from both sides where there are two."""

from __future__ import annotations

import pytest

from simexchange.core import brackets
from simexchange.core.brackets import inverse_liquidation_price, linear_liquidation_price, liquidation_bounds
from simexchange.core.vocabulary.markets import Tier
from simexchange.core.vocabulary.units import ONE, Amount, Rate, show
from tests.core.world import TIERS, units

FLAT = (Tier(Amount(0), Amount(10**30), 125, Rate(400_000), Amount(0)),)
"""0.4 %, whatever the size."""


def linear(qty: str, entry: int) -> brackets.Leg:
    """A position in base units entered at one price."""
    return units(qty), units(qty) * entry * ONE


def inverse(contracts: int, size: int, entry: int) -> brackets.Leg:
    """A position in contracts of *size* USD entered at one price; its cost in coin at 10**-16, toward zero."""
    cost = abs(contracts) * size * ONE * ONE // entry
    return contracts * ONE, cost if contracts > 0 else -cost


def around(backing: str, *legs: brackets.Leg, mark: int, tiers: tuple[Tier, ...] = FLAT, size: int = 0) -> object:
    """The two prices around a mark as text cut to two places; "-" for none."""
    found = liquidation_bounds(units(backing), legs, tiers, mark * ONE, size * ONE)
    return found and tuple(show(price, 2) if price else "-" for price in found)


def test_a_long_falls_below_and_a_short_above() -> None:
    """One coin at 60,000 on 3,000: (60,000 − 3,000) ÷ 0.996 and (60,000 + 3,000) ÷ 1.004."""
    assert around("3000", linear("1", 60_000), mark=60_000) == ("57228.91", "-")
    assert around("3000", linear("-1", 60_000), mark=60_000) == ("-", "62749.00")


def test_a_hedged_account_falls_above_whatever_happens_below() -> None:
    """1 long and 1 short gain nothing, and maintenance grows with the price: 1,000 = 0.008 × 125,000."""
    legs = linear("1", 60_000), linear("-1", 60_000)
    assert around("1000", *legs, mark=60_000) == ("-", "125000.00")
    assert linear_liquidation_price(1_000 * ONE, legs, FLAT) == 125_000 * ONE


def test_a_hedged_account_falls_above_although_it_is_net_long() -> None:
    """1,000 − 0.005 × 60,000 = (0.004 × 1.995 − 0.005) × price, so 700 ÷ 0.00298."""
    legs = linear("1", 60_000), linear("-0.995", 60_000)
    assert around("1000", *legs, mark=60_000) == ("-", "234899.32")
    assert linear_liquidation_price(1_000 * ONE, legs, FLAT) == 700 * ONE * ONE // 298_000


def test_two_prices_are_possible() -> None:
    """10 long, 9 short: the small brackets let it gain as the price rises, the large ones do not.

    Below 100: 60 − 10 × 80 + 9 × 80 + p = 0.19 p, so p = 20 ÷ 0.81. Both in the second bracket (above 111.11):
    −20 + p = 0.95 p − 80, which always holds; so brackets of 1 % and 10 % are needed (90 comes off):
    −20 + p = 1.9 p − 180, so p = 160 ÷ 0.9.
    """
    steep = (TIERS[0], Tier(Amount(1_000 * ONE), Amount(10**30), 5, Rate(10_000_000), Amount(90 * ONE)))
    legs = linear("10", 80), linear("-9", 80)
    assert around("60", *legs, mark=80, tiers=TIERS) == ("24.69", "-")
    assert around("60", *legs, mark=80, tiers=steep) == ("24.69", "177.77")
    # The nearer one is shown.
    assert linear_liquidation_price(60 * ONE, legs, steep, 80 * ONE) == 20 * ONE * 100 // 81
    assert linear_liquidation_price(60 * ONE, legs, steep, 170 * ONE) == 160 * ONE * 10 // 9


def test_what_needs_too_much_at_every_price_has_no_price() -> None:
    legs = linear("1", 60_000), linear("-1", 59_000)
    assert around("999", *legs, mark=60_000) is None
    assert linear_liquidation_price(999 * ONE, legs, FLAT) == 0


def test_a_mark_that_is_already_beyond_has_no_room_around_it() -> None:
    """The price is the same all the same."""
    assert around("3000", linear("1", 60_000), mark=57_228) is None
    assert around("3000", linear("1", 60_000), mark=57_229) == ("57228.91", "-")


def test_the_bracket_is_that_of_the_answer_not_of_the_entry() -> None:
    """14 at 80 are worth 1,120, in the bracket of 5 % (40 comes off); they fall in that of 1 %.

    100 + 14 p − 1,120 = 0.14 p, so p = 1,020 ÷ 13.86 = 73.59, worth 1,030: no. In the second:
    100 + 14 p − 1,120 = 0.7 p − 40, so p = 980 ÷ 13.3 = 73.68, worth 1,031.6: yes. With 150: 970 ÷ 13.86 = 69.99.
    """
    assert around("100", linear("14", 80), mark=80, tiers=TIERS) == ("73.68", "-")
    assert around("150", linear("14", 80), mark=80, tiers=TIERS) == ("69.98", "-")


def test_several_positions_of_one_side_have_brackets_of_their_own() -> None:
    """Three times 10 at 80 on 300 each stay in the bracket of 1 %; one of 30 would not.

    900 + 30 p − 2,400 = 0.3 p, so p = 1,500 ÷ 29.7.
    """
    assert around("900", *[linear("10", 80)] * 3, mark=80, tiers=TIERS) == ("50.50", "-")
    assert around("900", linear("30", 80), mark=80, tiers=TIERS) == ("51.22", "-")


def test_an_inverse_short_at_one_times_never_falls() -> None:
    """Ten contracts of 100 USD sold at 50,000 on the 0.02 coins they are worth: a balance of 1,000 USD, for ever."""
    short = inverse(-10, 100, 50_000)
    assert around("0.02", short, mark=50_000, size=100) == ("-", "-")
    assert inverse_liquidation_price(2_000_000, [(-1_000 * ONE, short[1])], FLAT) == 0


def test_an_inverse_long_at_one_times_falls_at_half_the_price() -> None:
    """E × (1 + m) ÷ 2."""
    assert around("0.02", inverse(10, 100, 50_000), mark=50_000, size=100) == ("25100.00", "-")


def test_an_inverse_short_with_less_than_its_worth_falls_above() -> None:
    """0.01 + 1,000 ÷ p − 0.02 = 0.004 × 1,000 ÷ p, so p = 996 ÷ 0.01."""
    assert around("0.01", inverse(-10, 100, 50_000), mark=50_000, size=100) == ("-", "99600.00")


def test_hedged_inverse_contracts_fall_below() -> None:
    """Coins are worth less as the price falls: 0.0016 = 0.004 × 2,000 ÷ p, so p = 5,000."""
    legs = inverse(10, 100, 50_000), inverse(-10, 100, 50_000)
    assert around("0.0016", *legs, mark=50_000, size=100) == ("5000.00", "-")


def test_without_brackets_a_position_falls_when_nothing_is_left() -> None:
    assert around("3000", linear("1", 60_000), mark=60_000, tiers=()) == ("57000.00", "-")


@pytest.mark.parametrize("mark", [50, 70, 90, 110, 130])
def test_brackets_that_jump_stop_at_the_jump(mark: int) -> None:
    """A table whose second bracket forgot what comes off: at 1,000 the margin leaps from 10 to 50, and may not fit.

    10 short at 80 on 230: 230 + 800 − 10 p = 0.1 p, so p = 101.98; but above 100 it is 1,030 − 10 p = 0.5 p, 98.10,
    so from 100 on it is not enough.
    """
    jumping = (TIERS[0], Tier(Amount(1_000 * ONE), Amount(10**30), 5, Rate(5_000_000), Amount(0)))
    expected = ("-", "100.00") if mark < 100 else None
    assert around("230", linear("-10", 80), mark=mark, tiers=jumping) == expected
