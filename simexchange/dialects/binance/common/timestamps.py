"""Moments on the wire, and whether a request comes in time.

Binance speaks milliseconds, and microseconds where asked; a client's stamp may be either. A request is taken if
``stamp < server + 1000 ms`` and ``server − stamp <= recvWindow`` (default 5000, at most 60000, up to three decimals).
Which clock is the server's is the `TimePolicy`: clients stamp with the wall clock while exchange time may be another.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from simexchange.core.calendar import date_of
from simexchange.core.vocabulary.units import DAY, HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND, Nanos
from simexchange.dialects.binance.common import errors
from simexchange.dialects.binance.common.numbers import INTEGER_PATTERN, NUMBER_PATTERN
from simexchange.dialects.contract import ApiError, TimePolicy

DEFAULT_WINDOW: Final = Nanos(5_000 * MILLISECOND)
LONGEST_WINDOW: Final = Nanos(60_000 * MILLISECOND)
AHEAD: Final = SECOND
MICROSECONDS_FROM: Final = 10**14
"""A greater stamp is in microseconds: as milliseconds it would lie past the year 5000."""

MICRO_OPTION: Final = "timeUnit"
"""The key in `Call.options`; its value is MICROSECOND where asked for."""

ZONES: Final = (-12 * HOUR, 14 * HOUR)
"""The first and the last time zone candles can be asked for in ("Kline/Candlestick data", spot, seen 2026-11)."""

_zone = re.compile(r"([+-]?)([0-9]{1,2})(?::([0-9]{2}))?", re.ASCII).fullmatch
_stamp = re.compile(r"[0-9]{1,20}", re.ASCII).fullmatch
_window = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,3}))?", re.ASCII).fullmatch


def millis(at: Nanos) -> int:
    """A moment as the wire has it."""
    return at // MILLISECOND


def nanos(sent: int) -> Nanos:
    """A moment from the wire, in milliseconds or microseconds."""
    return Nanos(sent * MICROSECOND if sent >= MICROSECONDS_FROM else sent * MILLISECOND)


def date_text(at: Nanos) -> str:
    """A moment as some old calls spell it, in UTC: ``2019-10-12 11:12:02``."""
    (year, month, day), rest = date_of(at // DAY), at % DAY
    return f"{year}-{month:02d}-{day:02d} {rest // HOUR:02d}:{rest % HOUR // MINUTE:02d}:{rest % MINUTE // SECOND:02d}"


def wire_time(at: Nanos, options: Mapping[str, str]) -> int:
    """A moment in the unit the client asked for."""
    return at // MICROSECOND if options.get(MICRO_OPTION) == "MICROSECOND" else at // MILLISECOND


def parse_zone(text: str) -> int | None:
    """How many nanoseconds a zone (``-1:00``, ``05:45``, ``8``) is ahead of UTC; None where there is none such."""
    match = _zone(text)
    if match is None or int(match[3] or 0) >= 60:
        return None
    ahead = int(match[2]) * HOUR + int(match[3] or 0) * MINUTE
    ahead = -ahead if match[1] == "-" else ahead
    return ahead if ZONES[0] <= ahead <= ZONES[1] else None


@lru_cache(maxsize=64)
def parse_window(text: str) -> Nanos | ApiError:
    """recvWindow, in milliseconds with up to three decimals. Remembered: a client sends the same one every time."""
    match = _window(text)
    if match is None:
        return errors.illegal_characters("recvWindow", NUMBER_PATTERN)
    window = int(match[1]) * MILLISECOND + int((match[2] or "").ljust(3, "0")) * MICROSECOND
    return Nanos(window) if window <= LONGEST_WINDOW else errors.RECV_WINDOW_TOO_LONG


def judge_shape(params: Mapping[str, str]) -> ApiError | None:
    """What is wrong with timestamp or recvWindow as texts."""
    stamp = params.get("timestamp")
    if not stamp:
        return errors.mandatory("timestamp")
    if _stamp(stamp) is None:
        return errors.illegal_characters("timestamp", INTEGER_PATTERN)
    window = parse_window(params["recvWindow"]) if params.get("recvWindow") else None
    return window if isinstance(window, ApiError) else None


def judge_time(params: Mapping[str, str], policy: TimePolicy) -> ApiError | None:
    """Whether a request comes in time, its shape being good. Where both clocks refuse, exchange time words it."""
    if policy.mode == "ignore":
        return None
    stamp = nanos(int(params["timestamp"]))
    sent = params.get("recvWindow")
    window = parse_window(sent) if sent else DEFAULT_WINDOW
    if isinstance(window, ApiError):
        return window
    refusal = _outside(stamp, window, policy.now)
    if refusal is None or policy.mode != "lenient":
        return refusal
    # How long a request is under way is a matter of the connection, so of wall time, whatever the client's clock does.
    late = (policy.wall - stamp) * 1_000 // policy.pace
    return refusal if _outside(Nanos(policy.wall - late), window, policy.wall) else None


def _outside(stamp: Nanos, window: Nanos, server: Nanos) -> ApiError | None:
    if stamp >= server + AHEAD:
        return errors.EARLY_TIMESTAMP
    return errors.STALE_TIMESTAMP if server - stamp > window else None
