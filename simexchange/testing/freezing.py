"""A test's frozen time: where it stands, and how it goes along with the exchange's.

freezegun 1.5 and time-machine 3.6, looked at only where the test has imported them (seen 2026-11).
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, timedelta
from typing import Any

from simexchange.core.vocabulary.units import MICROSECOND, SECOND, Nanos
from simexchange.testing.words import moment


def frozen_at() -> Nanos | None:
    """Where the test's time stands; None where nothing has frozen or moved it."""
    freezer = _freezegun()
    if freezer is not None:
        return moment(freezer().replace(tzinfo=UTC), "the frozen time")
    traveller = _time_machine()
    return None if traveller is None else Nanos(int(traveller.time_ns()))


def will_be_frozen_at(function: Any) -> Nanos | None:
    """Where time will stand inside *function*; None where no decorator of it freezes or moves it.

    Fixtures are set up before a decorator freezes: what it will do can only be read off it, where it keeps itself.
    """
    found = None
    while function is not None:
        function = getattr(function, "__func__", function)
        for cell in getattr(function, "__closure__", None) or ():
            with suppress(ValueError):
                found = _set_to(cell.cell_contents) or found
        function = getattr(function, "__wrapped__", None)
    return found


def _set_to(freezer: Any) -> Nanos | None:
    """The moment a freezer of either library was made with."""
    package = type(freezer).__module__.partition(".")[0]
    if package == "freezegun" and hasattr(freezer, "time_to_freeze"):
        return moment(freezer.time_to_freeze.replace(tzinfo=UTC), "the frozen time")
    if package == "time_machine" and hasattr(freezer, "destination_timestamp_ns"):
        return Nanos(int(freezer.destination_timestamp_ns))
    return None


def pass_time(span: int) -> None:
    """Let a frozen time go on by *span* nanoseconds, as the exchange's did."""
    freezer, traveller = _freezegun(), _time_machine()
    if freezer is not None:
        freezer.tick(timedelta(microseconds=span // MICROSECOND))
    if traveller is not None:
        traveller.shift(span / SECOND)


def _freezegun() -> Any:
    """The newest of the freezers at work."""
    api = sys.modules.get("freezegun.api")
    working = getattr(api, "freeze_factories", None)
    return working[-1] if working else None


def _time_machine() -> Any:
    """The newest of the travels under way."""
    module = sys.modules.get("time_machine")
    # `coordinates_stack` before 3.4.
    travels = getattr(module, "traveller_stack", None) or getattr(module, "coordinates_stack", None)
    return travels[-1] if travels else None
