"""Decimal text, durations, instants and speeds as a person writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from simexchange.core.vocabulary.units import DAY, HOUR, MILLISECOND, MINUTE, ONE, SECOND, Nanos
from simexchange.errors import ConfigError

_SPANS: Final = {"ms": MILLISECOND, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,8})?)(ms|s|m|h|d|w)", re.ASCII)
_DECIMAL = re.compile(r"(-?)(\d{1,18})(?:\.(\d{1,8}))?", re.ASCII)
_LATEST: Final = 9_000_000_000 * SECOND
"""Some day in 2255: nothing later fits in the nanoseconds of a log."""


def decimal(text: str, what: str) -> int:
    """Exact decimal text in units of 10**-8. Raises ConfigError naming *what*."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        msg = f"{what}: {text!r} is no decimal number of at most eighteen digits and eight places, like 0.001"
        raise ConfigError(msg)
    sign, whole, fraction = found.groups()
    value = int(whole) * ONE + int((fraction or "").ljust(8, "0"))
    return -value if sign else value


def duration(text: str, what: str) -> Nanos:
    """A span like 20s, 8h, 2d, 1h30m. Raises ConfigError naming *what*."""
    parts = _SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        msg = f"{what}: {text!r} is no duration; write it like 20s, 90m, 8h or 2d"
        raise ConfigError(msg)
    total = 0
    for number, unit in parts:
        total += decimal(number, what) * _SPANS[unit] // ONE
    return Nanos(total)


def instant(text: str, what: str) -> Nanos:
    """An ISO-8601 moment, UTC where it names no zone. Raises ConfigError naming *what*."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{what}: {text!r} is no ISO-8601 moment, like 2026-01-31T12:00:00Z"
        raise ConfigError(msg) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    span = moment - datetime(1970, 1, 1, tzinfo=UTC)
    nanos = (span.days * 86_400 + span.seconds) * SECOND + span.microseconds * 1_000
    if not 0 < nanos <= _LATEST:
        msg = f"{what}: {text!r} is not between 1970 and 2255"
        raise ConfigError(msg)
    return Nanos(nanos)
