"""Rings and pages."""

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import given, strategies as st

from simexchange.core.vocabulary.units import Nanos
from simexchange.projections.series import Series, select


class Row(NamedTuple):
    id: int
    at: Nanos


@given(st.integers(1, 20), st.integers(0, 100))
def test_a_series_keeps_the_newest(cap: int, count: int) -> None:
    series: Series[int] = Series(cap)
    for number in range(count):
        series.append(number)

    kept = len(series.rows)
    assert series.rows == list(range(count - kept, count))
    assert min(cap, count) <= kept <= cap + cap // 8


def is_even(row: Row) -> bool:
    return row.id % 2 == 0


@given(
    st.lists(st.integers(0, 2), max_size=30),
    st.none() | st.integers(0, 32),
    st.none() | st.integers(0, 40),
    st.none() | st.integers(0, 40),
    st.integers(0, 8),
    st.sampled_from([None, is_even]),
)
def test_a_page_is_what_filtering_every_row_gives(
    gaps: list[int],
    from_id: int | None,
    start: int | None,
    end: int | None,
    limit: int,
    keep: Callable[[Row], bool] | None,
) -> None:
    rows = [Row(number, Nanos(sum(gaps[: number + 1]))) for number in range(len(gaps))]

    found = select(
        rows, from_id=from_id, start=None if start is None else Nanos(start), end=None if end is None else Nanos(end),
        limit=limit, keep=keep,
    )  # fmt: skip

    fitting = [
        row
        for row in rows
        if (from_id is None or row.id >= from_id)
        and (start is None or row.at >= start)
        and (end is None or row.at <= end)
        and (keep is None or keep(row))
    ]
    newest = from_id is None and start is None
    assert found == (fitting[max(0, len(fitting) - limit) :] if newest else fitting[:limit])
