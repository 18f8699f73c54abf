"""Delivery days, against the calendar of the standard library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from simexchange.core import calendar
from simexchange.core.vocabulary.units import DAY, SECOND

EPOCH = date(1970, 1, 1)
dates = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 1, 1))
moments = st.dates(min_value=date(1971, 1, 1), max_value=date(2254, 1, 1)).flatmap(
    lambda day: st.times().map(lambda time: datetime.combine(day, time, tzinfo=UTC))
)


def nanos(moment: datetime) -> int:
    span = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (span.days * 86_400 + span.seconds) * SECOND + span.microseconds * 1_000


def deliveries(year: int) -> list[int]:
    """The last Fridays of the quarters of *year*, as the standard library finds them."""
    found = []
    for month in (3, 6, 9, 12):
        day = date(year + (month == 12), month % 12 + 1, 1) - timedelta(days=1)
        while day.weekday() != 4:
            day -= timedelta(days=1)
        found.append(nanos(datetime(day.year, day.month, day.day, 8, tzinfo=UTC)))
    return found


@given(dates)
def test_days_are_counted_as_the_standard_library_counts_them(day: date) -> None:
    number = (day - EPOCH).days

    assert calendar.day_of(day.year, day.month, day.day) == number
    assert calendar.date_of(number) == (day.year, day.month, day.day)


@given(moments)
def test_the_quarters_around_a_moment_are_the_last_fridays_at_eight(moment: datetime) -> None:
    at = nanos(moment)
    known = [at for year in (moment.year - 1, moment.year, moment.year + 1) for at in deliveries(year)]
    after = [each for each in known if each > at]

    assert calendar.current_quarter(at) == after[0]
    assert calendar.next_quarter(at) == after[1]
    assert calendar.quarter_before(at) == max(each for each in known if each < at)


@given(moments)
def test_a_day_is_called_by_its_date_and_found_by_it(moment: datetime) -> None:
    text = calendar.symbol_date(nanos(moment))

    assert text == moment.strftime("%y%m%d")
    assert calendar.of_symbol_date(text) // DAY == calendar.day_of(2000 + moment.year % 100, moment.month, moment.day)


def test_the_quarters_of_2026() -> None:
    """27 March, 26 June, 25 September and 25 December, all of them Fridays."""
    start = nanos(datetime(2026, 1, 1, tzinfo=UTC))
    found = []
    for _ in range(4):
        start = calendar.current_quarter(start)
        found.append(calendar.symbol_date(start))

    assert found == ["260327", "260626", "260925", "261225"]


def test_at_the_instant_of_a_delivery_the_next_one_is_current() -> None:
    at = nanos(datetime(2026, 12, 25, 8, tzinfo=UTC))

    assert calendar.current_quarter(at - 1) == at
    assert calendar.symbol_date(calendar.current_quarter(at)) == "270326"
    assert calendar.quarter_before(at) == nanos(datetime(2026, 9, 25, 8, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "26122", "2612255", "261325", "260230", "26-2-5", "２６１２２５", "PERP"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert calendar.of_symbol_date(text) == 0
