"""Spans of candles: the only place where projections divide, and they divide moments, never money.

An interval is called as most venues call it: ``1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M``. All are
aligned to UTC: days and below to 1970-01-01, three days too, weeks to Monday, months to the first. Of a time zone whose
clocks are *ahead* nanoseconds of UTC (behind, where negative), they are aligned to the same points of its own calendar.
"""

from typing import Final

from simexchange.core.vocabulary.units import DAY, HOUR, MINUTE, SECOND, Nanos

MONTH: Final = "1M"
WEEK: Final = 7 * DAY
THIRTY_DAYS: Final = 30 * DAY
MONDAY: Final = 4 * DAY
"""1970-01-05 was the first Monday."""

INTERVALS: Final[dict[str, int]] = {
    "1s": SECOND,
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "4h": 4 * HOUR,
    "6h": 6 * HOUR,
    "8h": 8 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
    "3d": 3 * DAY,
    "1w": WEEK,
    MONTH: 0,
}
"""Name → nanoseconds; 0 for the month, which has no fixed length."""


def start_of(interval: str, at: Nanos, ahead: int = 0) -> Nanos:
    """When the candle that holds *at* begins. Raises KeyError for a name not in `INTERVALS`."""
    if interval == MONTH:
        return Nanos(_month_start(_month_of(Nanos(at + ahead))) - ahead)
    return Nanos(floor(INTERVALS[interval], Nanos(at + ahead)) - ahead)


def end_of(interval: str, start: Nanos, ahead: int = 0) -> Nanos:
    """The first instant after the candle that begins at *start*."""
    return back(interval, start, -1, ahead)


def back(interval: str, start: Nanos, count: int, ahead: int = 0) -> Nanos:
    """When the candle *count* candles before the one at *start* begins."""
    if interval == MONTH:
        return Nanos(_month_start(_month_of(Nanos(start + ahead)) - count) - ahead)
    return Nanos(start - count * INTERVALS[interval])


def part(span: int, parts: int) -> int:
    """One of so many equal *parts* of a span, down."""
    return span // parts


def floor(span: int, at: Nanos) -> Nanos:
    """The last multiple of *span* not after *at*; of a week, the last Monday."""
    if span == WEEK:
        return Nanos(at - (at - MONDAY) % WEEK)
    return Nanos(at - at % span)


def _month_of(at: Nanos) -> int:
    """Months since January 1970. Days are counted from 1 March 0000, so that leap days come last (H. Hinnant's
    civil_from_days, howardhinnant.github.io/date_algorithms.html, seen 2026-11).
    """
    days = at // DAY + 719_468
    era = days // 146_097
    day_of_era = days - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    return (year_of_era + era * 400 - 1970) * 12 + month_from_march + 2


def _month_start(month: int) -> Nanos:
    """The first instant of *month*, counted from January 1970."""
    march_month = month - 2
    year = 1970 + march_month // 12
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (march_month % 12) + 2) // 5
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return Nanos((era * 146_097 + day_of_era - 719_468) * DAY)
