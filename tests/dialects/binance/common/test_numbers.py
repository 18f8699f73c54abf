"""Decimal text in and out, exactly."""

import pytest
from hypothesis import given, strategies as st

from simexchange.core.vocabulary.units import ONE
from simexchange.dialects.binance.common.numbers import (
    NotANumber,
    Overflowed,
    TooPrecise,
    decimals_of,
    parse_decimal,
    print_decimal,
    print_fixed,
    print_plain,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("1", ONE),
        ("0.015", 1_500_000),
        ("60000.10", 6_000_010_000_000),
        ("007.5", 750_000_000),
        ("0.00000001", 1),
        ("1.000000000000", ONE),
    ],
)
def test_a_decimal_is_read_exactly(text: str, value: int) -> None:
    """Zeros at either end change nothing."""
    assert parse_decimal(text) == value


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".5", "-1", "+1", "1e5", "1,5", " 1", "1 ", "0x1", "nan", "١", "1.2.3", "1" * 21]
)
def test_what_is_no_plain_decimal_is_no_number(text: str) -> None:
    """The venue's own pattern: digits, and after a point digits."""
    with pytest.raises(NotANumber):
        parse_decimal(text)


@pytest.mark.parametrize(("text", "decimals"), [("0.000000001", 8), ("0.01", 1), ("5.5", 0)])
def test_a_decimal_too_many_is_found_where_it_comes_in(text: str, decimals: int) -> None:
    """Not three rooms later as a rounding."""
    with pytest.raises(TooPrecise):
        parse_decimal(text, decimals)


def test_what_does_not_fit_into_64_bits_overflows() -> None:
    """92233720368.54775807 is the greatest number there is."""
    assert parse_decimal("92233720368.54775807") == 2**63 - 1
    with pytest.raises(Overflowed):
        parse_decimal("92233720368.54775808")


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_what_is_printed_reads_back(value: int) -> None:
    """Both spellings mean the same number."""
    assert parse_decimal(print_decimal(value)) == value
    assert parse_decimal(print_plain(value)) == value


@pytest.mark.parametrize(
    ("value", "full", "plain", "two"),
    [
        (0, "0.00000000", "0", "0.00"),
        (-1, "-0.00000001", "-0.00000001", "-0.00"),
        (-150_000_000, "-1.50000000", "-1.5", "-1.50"),
        (10 * ONE, "10.00000000", "10", "10.00"),
        (123_456_789, "1.23456789", "1.23456789", "1.23"),
    ],
)
def test_a_number_is_printed_in_three_ways(value: int, full: str, plain: str, two: str) -> None:
    """With all decimals, without idle zeros, and cut off toward zero."""
    assert (print_decimal(value), print_plain(value), print_fixed(value, 2)) == (full, plain, two)


@pytest.mark.parametrize(("unit", "decimals"), [(1, 8), (ONE, 0), (10 * ONE, 0), (1_000_000, 2), (50_000, 4)])
def test_a_step_has_as_many_decimals_as_it_needs(unit: int, decimals: int) -> None:
    """0.0005 needs four; ten needs none."""
    assert decimals_of(unit) == decimals
