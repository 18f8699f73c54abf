"""Every parameter of every call that is served in full does something: two values of it, two outcomes."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from simexchange.dialects.binance.coinm.product import CoinmProduct
from simexchange.dialects.binance.spot.product import SpotProduct
from simexchange.dialects.binance.usdm.product import UsdmProduct
from tests.dialects.binance.effects import coinm_day, coinm_rows, spot_day, spot_rows, usdm_day, usdm_rows
from tests.dialects.binance.effects.effect import Effect, Outcome, effects, outcome, parameters
from tests.dialects.binance.effects.shop import Shop

DAYS: Final = {"spot": cache(spot_day.day), "usdm": cache(usdm_day.day), "coinm": cache(coinm_day.day)}


def told_effects() -> Iterator[tuple[str, Effect]]:
    """(product, effect) for everything the tables say."""
    for effect in effects(SpotProduct(), spot_rows.ROWS, spot_day.USUAL, spot_rows.WITHOUT):
        yield "spot", effect
    for effect in effects(UsdmProduct(), usdm_rows.ROWS, usdm_day.USUAL, usdm_rows.WITHOUT):
        yield "usdm", effect
    for effect in effects(CoinmProduct(), coinm_rows.ROWS, coinm_day.USUAL, coinm_rows.WITHOUT):
        yield "coinm", effect


EFFECTS: Final = [
    pytest.param(name, effect, id=f"{effect.call.replace(' ', '-')}-{effect.param}") for name, effect in told_effects()
]
PRODUCTS: Final = ((SpotProduct(), spot_rows), (UsdmProduct(), usdm_rows), (CoinmProduct(), coinm_rows))
WELL: Final = {200, 409}
"""Answered, or a replacement of which one half was done."""


def told(shop: Shop, effect: Effect, value: str) -> Outcome:
    """The outcome with *value*, its places like ``{later}`` filled in from the day's notes."""
    return outcome(
        shop, effect, value, lambda text: re.sub(r"\{([^{}\":]+)\}", lambda found: shop.noted[found[1]], text)
    )


@pytest.mark.parametrize(("name", "effect"), EFFECTS)
def test_a_parameter_has_an_effect(name: str, effect: Effect) -> None:
    shop = DAYS[name]()

    one, other = (told(shop, effect, value) for value in effect.values)

    assert {one[0], other[0]} & WELL, (one, other)
    assert one != other


def test_a_parameter_without_effect_is_one_that_is_read() -> None:
    """The lists of exceptions name nothing that is gone, and give a reason."""
    for product, rows in PRODUCTS:
        assert set(rows.WITHOUT) <= set(parameters(product, rows.ROWS))
        assert all(rows.WITHOUT.values())


def test_what_changes_a_day_leaves_the_next_question_alone() -> None:
    """Each changing call has a day of its own, so their order means nothing."""
    shop = DAYS["usdm"]()
    other = shop.again()
    made = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": 1, "price": 59_000}

    other.does(other.taker, "POST", "/fapi/v1/order", **made)

    assert other.seq == shop.seq + 1
    assert len(other.state.accounts[other.taker.no].orders) == len(shop.state.accounts[shop.taker.no].orders) + 1
