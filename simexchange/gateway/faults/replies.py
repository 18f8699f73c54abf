"""Replies and what private streams tell of the same thing: which comes first."""

import asyncio
from fnmatch import fnmatchcase

from simexchange.gateway.faults.injector import Injector, Stroke
from simexchange.gateway.faults.points import USER, Point


def await_told(injector: Injector, stroke: Stroke) -> asyncio.Future[bool] | None:
    """For a late reply, look out from now on for the private event it waits for; for an early one let those wait."""
    if stroke.kind == "early_reply":
        injector.holds.park(stroke.point.account)
    if stroke.kind != "late_reply":
        return None
    account, pattern = stroke.point.account, str(stroke.params["event"])

    def wanted(passing: Point) -> bool:
        return passing.channel == USER and passing.account == account and fnmatchcase(passing.name, pattern)

    return injector.holds.expect(wanted)
