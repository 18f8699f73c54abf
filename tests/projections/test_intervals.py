"""Where candles begin and end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from simexchange.core.vocabulary.units import MINUTE, SECOND, Nanos
from simexchange.projections.intervals import INTERVALS, back, end_of, start_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanos(moment: datetime) -> Nanos:
    return Nanos((moment - EPOCH) // timedelta(seconds=1) * SECOND)


@pytest.mark.parametrize(
    "interval, begins",
    [
        ("1s", datetime(2024, 2, 29, 17, 47, 31, tzinfo=UTC)),
        ("1m", datetime(2024, 2, 29, 17, 47, tzinfo=UTC)),
        ("15m", datetime(2024, 2, 29, 17, 45, tzinfo=UTC)),
        ("1h", datetime(2024, 2, 29, 17, tzinfo=UTC)),
        ("12h", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("1d", datetime(2024, 2, 29, tzinfo=UTC)),
        ("1w", datetime(2024, 2, 26, tzinfo=UTC)),
        ("1M", datetime(2024, 2, 1, tzinfo=UTC)),
    ],
)
def test_a_candle_begins_on_its_grid(interval: str, begins: datetime) -> None:
    """29 February 2024, 17:47:31, a Thursday."""
    assert start_of(interval, nanos(datetime(2024, 2, 29, 17, 47, 31, tzinfo=UTC))) == nanos(begins)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2399, 12, 31)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_months_are_the_calendars(moment: datetime) -> None:
    """The calendar of the standard library agrees, leap years of centuries included."""
    at = moment.replace(microsecond=0, tzinfo=UTC)
    first = at.replace(day=1, hour=0, minute=0, second=0)
    following = (first + timedelta(days=31)).replace(day=1)

    assert start_of("1M", nanos(at)) == nanos(first)
    assert end_of("1M", nanos(first)) == nanos(following)
    assert back("1M", nanos(following), 1) == nanos(first)


@given(st.sampled_from(list(INTERVALS)), st.integers(0, 4_000_000_000), st.integers(0, 50))
def test_going_back_and_forth_ends_where_it_began(interval: str, second: int, count: int) -> None:
    start = start_of(interval, Nanos(second * SECOND))

    forth = start
    for _ in range(count):
        forth = end_of(interval, forth)
    assert back(interval, forth, count) == start
    assert back(interval, start, -count) == forth
    assert start <= second * SECOND < end_of(interval, start)
    assert start_of(interval, start) == start


@given(st.sampled_from(list(INTERVALS)), st.integers(100_000, 4_000_000_000), st.sampled_from([480, -60, 345, 840]))
def test_a_zone_has_its_own_midnights(interval: str, second: int, minutes: int) -> None:
    """A candle there begins where the one of UTC would, were UTC's clocks as far ahead."""
    at, ahead = Nanos(second * SECOND), minutes * MINUTE

    start = start_of(interval, at, ahead)

    assert start + ahead == start_of(interval, Nanos(at + ahead))
    assert start <= at < end_of(interval, start, ahead)
    assert back(interval, end_of(interval, start, ahead), 1, ahead) == start
