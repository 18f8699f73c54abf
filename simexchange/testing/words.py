"""Numbers, rates, spans and moments as a test writes them, and as it reads them: exact decimals, UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from simexchange.config.words import decimal, duration, instant
from simexchange.core.vocabulary.units import MICROSECOND, ONE, SECOND, Nanos, decimal_text
from simexchange.errors import ConfigError

Number = Decimal | int | float | str
"""What a test may write for an amount; a float counts as the shortest decimal that is read as it."""
Span = str | int | float | timedelta
"""``"8h"``, ``"1h30m"``, a timedelta, or seconds."""
Moment = str | datetime
"""ISO-8601 text or a datetime; UTC where it names no zone."""
_EXPONENT = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]{1,3}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def units(value: Number, what: str) -> int:
    """*value* in units of 10**-8, exactly. Raises ConfigError naming *what*.

    >>> units(0.1, "qty"), units("60000.10", "price"), units(-1, "qty")
    (10000000, 6000010000000, -100000000)
    """
    text = repr(value) if isinstance(value, float) else str(value)
    if _EXPONENT.fullmatch(text):
        text = format(Decimal(text), "f")
    return decimal(text.replace("_", ""), what)


def rate(value: Number, what: str) -> int:
    """A rate in units of 10**-8: ``"0.01%"``, ``0.0001``. Raises ConfigError naming *what*.

    >>> rate("0.01%", "rate"), rate("-25%", "drop"), rate(0.0001, "rate")
    (10000, -25000000, 10000)
    """
    if isinstance(value, str) and value.endswith("%"):
        return units(format(Decimal(units(value[:-1].strip(), what)) / (100 * ONE), "f"), what)
    return units(value, what)


def span(value: Span, what: str) -> Nanos:
    """A span of time in nanoseconds. Raises ConfigError naming *what*.

    >>> span("8h", "advance"), span(1.5, "advance")
    (28800000000000, 1500000000)
    """
    if isinstance(value, timedelta):
        found = ((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds) * MICROSECOND
    elif isinstance(value, str):
        return duration(value, what)
    else:
        found = units(value, what) * SECOND // ONE
    if found < 0:
        msg = f"{what}: {value!r} goes back, and exchange time never does"
        raise ConfigError(msg)
    return Nanos(found)


def moment(value: Moment, what: str) -> Nanos:
    """A moment in nanoseconds since 1970. Raises ConfigError naming *what*."""
    return instant(value if isinstance(value, str) else value.isoformat(), what)


def exact(value: int) -> Decimal:
    """Units of 10**-8 as the number they are.

    >>> exact(10_000_000), exact(-100_000_000)
    (Decimal('0.1'), Decimal('-1'))
    """
    return Decimal(decimal_text(value))


def date_of(at: int) -> datetime:
    """An instant as a date and time in UTC, to the microsecond."""
    return _EPOCH + timedelta(microseconds=at // MICROSECOND)
