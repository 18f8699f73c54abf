"""Prices and quantities of each kind of market, as text and back."""

import pytest

from simexchange.core.vocabulary.markets import Market, MarketKind
from simexchange.core.vocabulary.units import ONE, Amount, Price, Quantity
from simexchange.dialects.bybit.common.numbers import NotANumber, TooPrecise
from simexchange.dialects.bybit.common.quantities import dollars, price_text, qty_of, qty_text

TENTH, CENT = Price(ONE // 10), Price(ONE // 100)
SPOT = Market("spot:BTC-USDT", MarketKind.SPOT, "BTC", "USDT", "USDT", CENT, Quantity(1_000))
LINEAR = Market("perp:BTC-USDT", MarketKind.PERPETUAL, "BTC", "USDT", "USDT", TENTH, Quantity(100_000))
INVERSE = Market(
    "perp:BTC-USD", MarketKind.PERPETUAL, "BTC", "USD", "BTC", TENTH, Quantity(ONE), True, Amount(100 * ONE)
)


def test_prices_have_the_decimals_of_their_scale() -> None:
    assert price_text(LINEAR, 6_180_020_000_000) == "61800.20"
    assert price_text(INVERSE, 6_180_000_000_000) == "61800.00"
    assert price_text(SPOT, 6_180_020_000_000) == "61800.2"


def test_quantities_have_the_decimals_of_their_step() -> None:
    assert qty_text(LINEAR, 1_000_000) == "0.010"
    assert qty_text(SPOT, 1_000_000) == "0.01"


def test_contracts_of_a_hundred_dollars_are_counted_in_dollars() -> None:
    assert qty_text(INVERSE, 3 * ONE) == "300"
    assert dollars(INVERSE, -3 * ONE) == -300 * ONE
    assert qty_of(INVERSE, "300") == 3 * ONE


def test_a_part_of_a_contract_is_a_quantity_that_its_step_refuses() -> None:
    assert qty_of(INVERSE, "150") % INVERSE.step != 0


@pytest.mark.parametrize("text", ["", "-1", "1e3", "x"])
def test_what_is_no_number_is_told_so(text: str) -> None:
    with pytest.raises(NotANumber):
        qty_of(LINEAR, text)


def test_what_is_finer_than_anything_is_told_so() -> None:
    with pytest.raises(TooPrecise):
        qty_of(INVERSE, "0.00000001")
