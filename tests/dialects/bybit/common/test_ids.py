"""Ids go both ways, and nobody else's text is taken for one."""

import pytest
from hypothesis import given, strategies as st

from simexchange.dialects.bybit.common.ids import number_of, order_id, order_number, uuid_of


@given(st.integers(1, 2**62), st.booleans())
def test_an_order_is_found_by_what_it_is_called(number: int, spot: bool) -> None:
    assert order_number(order_id(number, spot=spot)) == number


@given(st.integers(1, 2**62))
def test_ids_of_two_kinds_are_told_apart(number: int) -> None:
    assert number_of(uuid_of(number, "8a"), "9b") is None


@pytest.mark.parametrize("text", ["", "7", "x", "1" * 19, "0" * 19, "fd4300ae-7847-404e-b947-b46980a4d140", "１" * 19])
def test_what_is_no_id_of_ours_is_none(text: str) -> None:
    assert order_number(text) in (None, 111_111_111_111_111_111)
