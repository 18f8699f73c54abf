"""Cases of liquidation that break naive formulas (mechanics §0b), and the published COIN-M position, exact."""

from __future__ import annotations

import pytest

from simexchange.core import brackets, valuing
from simexchange.core.vocabulary.markets import Tier
from simexchange.core.vocabulary.units import ONE, Amount, Rate, show
from tests.golden.derivatives import coin_margined, tier, u

SMALLEST = tier("0.004")
HUNDRED = coin_margined(100)


def inverse_price(wallet: int, contracts: int, entry: str, rate: str = "0.004") -> int:
    """Of so many contracts of 100 USD on *wallet*, in 10**-8; short below zero."""
    cost = valuing.value(HUNDRED, u(entry), contracts * ONE)
    return brackets.inverse_liquidation_price(wallet, [(contracts * 100 * ONE, cost)], tier(rate))


def test_the_published_position_is_matched_to_the_last_place() -> None:
    """Two contracts at 37,643.10000021 on 0.00268058 BTC fall at 25,119.97445760.

    Its cost needs its sixteen places: rounded to eight, 0.00531306, the price would be 25,119.9704 (rounded).
    """
    assert valuing.value(HUNDRED, u("37643.10000021"), 2 * ONE) == 53_130_587_012_994
    assert show(inverse_price(u("0.00268058"), 2, "37643.10000021")) == "25119.97445760"
    coarse = [(200 * ONE, u("0.00531306") * ONE)]
    assert show(brackets.inverse_liquidation_price(u("0.00268058"), coarse, SMALLEST), 4) == "25119.9703"


@pytest.mark.parametrize("entry", ["10000", "50000", "37643.1"])
def test_an_inverse_short_at_one_times_has_no_price(entry: str) -> None:
    """Its wallet is what it sold: the denominator is zero, or a rounding unit beside it."""
    wallet = valuing.worth(HUNDRED, u(entry), 10 * ONE)
    found = inverse_price(wallet, -10, entry)

    assert found == 0 or found > u(entry) * 10**6


@pytest.mark.parametrize(("entry", "falls"), [("50000", "25100"), ("40000", "20080")])
def test_an_inverse_long_at_one_times_falls_at_half_of_its_entry(entry: str, falls: str) -> None:
    """E × (1 + m) ÷ 2."""
    assert inverse_price(valuing.worth(HUNDRED, u(entry), 10 * ONE), 10, entry) == u(falls)


def test_a_bracket_at_whose_edge_an_iteration_would_not_end_gives_one_price() -> None:
    """14 at 60,000 on 50,000: the bracket of the entry gives 56,689.91, and what that is worth is in the one below."""
    rows = (
        ("0", "300000", "0.004", "0"),
        ("300000", "800000", "0.005", "300"),
        ("800000", "3000000", "0.0065", "1500"),
    )
    tiers = [Tier(Amount(u(a)), Amount(u(b)), 1, Rate(u(c)), Amount(u(d))) for a, b, c, d in rows]
    leg = (14 * ONE, 14 * ONE * u("60000"))

    assert show(brackets.linear_liquidation_price(u("50000"), [leg], tiers), 2) == "56690.59"
    assert show(brackets.linear_liquidation_price(u("50000"), [leg], tiers[2:]), 2) == "56689.91"


@pytest.mark.parametrize("leverage", [2, 5, 20, 50, 100, 125])
def test_a_margin_call_comes_a_thousandth_of_the_price_before_the_end(leverage: int) -> None:
    """E(1 − 1 ÷ L) ÷ (1 − m ÷ 0.8) and ÷ (1 − m): the same 0.10 % at every leverage."""
    leg, backing = (ONE, ONE * u("60000")), brackets.initial(u("60000"), leverage)
    call, falls = (
        brackets.linear_liquidation_price(backing, [leg], SMALLEST, share=share) for share in (u("0.8"), ONE)
    )

    assert (call - falls) * 100_000 // falls == 100
    if leverage == 20:
        assert (show(call, 0), show(falls, 2)) == ("57286", "57228.91")
