"""Pages that go on after a row, whatever comes in front of it."""

import pytest
from hypothesis import given, strategies as st

from simexchange.dialects.bybit.common import cursors


@given(st.lists(st.integers(0, 10**19), unique=True, max_size=60), st.integers(1, 20), st.integers(0, 5))
def test_pages_together_are_the_list_though_it_grows_in_front(numbers: list[int], limit: int, grows: int) -> None:
    rows = sorted(numbers, reverse=True)
    found: list[int] = []
    cursor, newest = "", 10**20
    while True:
        page, cursor = cursors.page(rows, lambda row: (row,), limit, cursor)
        assert len(page) <= limit
        found += page
        if not cursor:
            break
        rows = [*range(newest + grows, newest, -1), *rows]
        newest += grows
    assert found == sorted(numbers, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "!!", "a" * 500, "MTp4", "MTA=", "page_token%3D39380%26", "ÄÖ", "\x00"])
def test_a_text_that_no_list_gave_out_is_refused(cursor: str) -> None:
    with pytest.raises(cursors.BadCursor):
        cursors.read(cursor)
