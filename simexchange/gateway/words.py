"""How the control API spells instants, spans and money: ISO-8601 or integer nanoseconds, ``+8h``, decimal strings."""

import re
from datetime import UTC, datetime, timedelta

from simexchange.core.vocabulary.units import DAY, HOUR, MILLISECOND, MINUTE, ONE, SECOND, Nanos, show
from simexchange.eventlog.travel import SEQS_BELOW, Moment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPANS = {"ns": 1, "us": 1_000, "ms": MILLISECOND, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_SPAN = re.compile(r"(\d{1,15})(ns|us|ms|s|m|h|d)", re.ASCII)
_DECIMAL = re.compile(r"(\d{1,18})(?:\.(\d{1,8})0*)?", re.ASCII)
_FRACTION = re.compile(r"\.(\d+)")
_LATEST = 9_000_000_000 * SECOND
"""Some day in 2255: nothing later fits in the nanoseconds of a log."""


class Malformed(ValueError):
    """A text does not say what it should."""


def iso(at: int) -> str:
    """*at* as ISO-8601 in UTC, with as many of its nine decimals as it needs.

    >>> iso(1_700_000_000_123_000_000)
    '2023-11-14T22:13:20.123Z'
    """
    seconds, rest = divmod(at, SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:09d}".rstrip("0").rstrip(".") + "Z"


def parse_instant(value: str | int) -> Nanos:
    """An instant: integer nanoseconds (also as text) or ISO-8601, UTC where it names no zone. Raises Malformed.

    >>> parse_instant("2023-11-14T22:13:20.123Z"), parse_instant("1700000000123000000")
    (1700000000123000000, 1700000000123000000)
    """
    if isinstance(value, int) or (value.isascii() and value.isdecimal()):
        at = int(value) if len(str(value)) < 25 else _LATEST + 1
    else:
        at = _parse_iso(value)
    if not 0 <= at <= _LATEST:
        raise Malformed(f"{value!r} is no instant between 1970 and 2255")
    return Nanos(at)


def _parse_iso(text: str) -> int:
    # The fraction is read apart: datetime stops at microseconds.
    fraction = _FRACTION.search(text)
    digits = fraction.group(1) if fraction else ""
    try:
        moment = datetime.fromisoformat(_FRACTION.sub("", text))
    except ValueError:
        raise Malformed(f"{text!r} is neither an ISO-8601 time nor integer nanoseconds") from None
    if len(digits) > 9:
        raise Malformed(f"{text!r} is finer than a nanosecond")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    span = moment - _EPOCH
    return (span.days * 86_400 + span.seconds) * SECOND + int(digits.ljust(9, "0"))


def parse_moment(text: str) -> Moment:
    """A past: the seq of a record, or an instant as `parse_instant` reads it. Raises Malformed.

    >>> parse_moment("4200"), parse_moment("2023-11-14T22:13:20Z")
    (Moment(seq=4200, at=None), Moment(seq=None, at=1700000000000000000))
    """
    if text.isascii() and text.isdecimal() and len(text) < 25 and int(text) < SEQS_BELOW:
        return Moment(seq=int(text))
    return Moment(at=parse_instant(text))


def parse_span(text: str) -> Nanos:
    """A span of time: ``8h``, ``1h30m``, ``250ms``; a leading ``+`` is tolerated. Raises Malformed.

    >>> parse_span("+1h30m") // 60_000_000_000
    90
    """
    rest, total = text.removeprefix("+"), 0
    while rest:
        match = _SPAN.match(rest)
        if match is None:
            break
        total += int(match.group(1)) * _SPANS[match.group(2)]
        rest = rest[match.end() :]
    if rest or text in {"", "+"} or total > _LATEST:
        raise Malformed(f"{text!r} is no span of time such as +8h, 1h30m or 250ms")
    return Nanos(total)


def parse_amount(text: str) -> int:
    """A decimal string, zero or above, in units of 10**-8, exactly. Raises Malformed.

    >>> parse_amount("0.015")
    1500000
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise Malformed(f"{text!r} is no decimal number with at most eight places")
    whole, fraction = match.groups()
    return int(whole) * ONE + int((fraction or "").ljust(8, "0"))


def decimal(value: int) -> str:
    """*value* as exact decimal text without needless zeros.

    >>> decimal(6_000_010_000_000), decimal(-100_000_000)
    ('60000.1', '-1')
    """
    return show(value).rstrip("0").rstrip(".")
