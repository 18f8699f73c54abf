"""The calendar as whole numbers: the days on which contracts are delivered, and what those days are called.

Days are counted in the proleptic Gregorian calendar, without leap seconds, as the exchange's own time is. A quarter's
contracts are delivered on the last Friday of March, June, September and December at 08:00:00 UTC (Binance delivery
rules a3401595, seen 2026-11).
"""

from __future__ import annotations

from typing import Final

from simexchange.core.vocabulary.units import DAY, HOUR, Nanos

DELIVERY_TIME: Final = 8 * HOUR
"""After midnight UTC."""
QUARTERS: Final = (3, 6, 9, 12)
FRIDAY: Final = 1
"""1970-01-01 was a Thursday: days since then modulo 7 are 0 on Thursdays."""
_ERA, _CENTURY, _FOUR_YEARS, _YEAR = 146_097, 36_524, 1_461, 365
"""Days of 400, 100, 4 years and of one, each without a leap day that may be missing at its end."""
_TO_EPOCH: Final = 719_468
"""Days from 0000-03-01 to 1970-01-01."""


def day_of(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a date.

    Years are counted from March, so that the leap day is the last one (Hinnant, "chrono-compatible low-level date
    algorithms", seen 2026-11).
    """
    if month <= 2:
        year -= 1
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * _ERA + of_era * _YEAR + of_era // 4 - of_era // 100 + of_year - _TO_EPOCH


def date_of(day: int) -> tuple[int, int, int]:
    """The year, month and day of the month that is *day* days after 1970-01-01."""
    era, of_era = divmod(day + _TO_EPOCH, _ERA)
    year = (of_era - of_era // (_FOUR_YEARS - 1) + of_era // _CENTURY - of_era // (_ERA - 1)) // _YEAR
    of_year = of_era - (_YEAR * year + year // 4 - year // 100)
    from_march = (5 * of_year + 2) // 153
    month = from_march + (3 if from_march < 10 else -9)
    return year + era * 400 + (month <= 2), month, of_year - (153 * from_march + 2) // 5 + 1


def last_friday(year: int, month: int) -> int:
    """The day, counted from 1970-01-01, of the last Friday of a month."""
    after = day_of(year + (month == 12), month % 12 + 1, 1)
    last = after - 1
    return last - (last - FRIDAY) % 7


def delivery(year: int, month: int) -> Nanos:
    """When the contracts of that month are delivered."""
    return Nanos(last_friday(year, month) * DAY + DELIVERY_TIME)


def current_quarter(at: int) -> Nanos:
    """The first delivery of a quarter after *at*: at the very instant of one it is the next."""
    year, month, _ = date_of(at // DAY)
    for ends in QUARTERS:
        if ends >= month:
            found = delivery(year, ends)
            if found > at:
                return found
    return delivery(year + 1, QUARTERS[0])


def next_quarter(at: int) -> Nanos:
    """The second delivery of a quarter after *at*."""
    return current_quarter(current_quarter(at))


def quarter_before(at: int) -> Nanos:
    """The last delivery of a quarter before *at*."""
    # No quarter is longer than 98 days or shorter than 84, so going back 100 lands before one of the two before it.
    found = current_quarter(at - 100 * DAY)
    while (later := current_quarter(found)) < at:
        found = later
    return found


def symbol_date(at: int) -> str:
    """The day of *at* as contracts are called by it: ``261225``."""
    year, month, day = date_of(at // DAY)
    return f"{year % 100:02d}{month:02d}{day:02d}"


def of_symbol_date(text: str) -> Nanos:
    """When a contract called by the day *text* (``261225``, this century) is delivered; 0 where it is no such day."""
    if len(text) != 6 or not (text.isascii() and text.isdecimal()):
        return Nanos(0)
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return Nanos(0)
    days = day_of(year, month, day)
    return Nanos(days * DAY + DELIVERY_TIME) if date_of(days) == (year, month, day) else Nanos(0)
