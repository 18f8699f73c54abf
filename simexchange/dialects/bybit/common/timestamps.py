"""Moments on the wire, and whether a request comes in time.

Bybit speaks milliseconds: as numbers at the top of an answer, as text inside it. A request is taken if
``server − recv_window <= stamp < server + 1000`` ("Parameters for authenticated endpoints", docs/v5/guide.mdx, snapshot
2026-07-24, seen 2026-11). Which clock is the server's is the `TimePolicy`.
"""

from datetime import UTC, datetime
from typing import Final

from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.dialects.contract import TimePolicy

DEFAULT_WINDOW: Final = 5_000
"""Milliseconds."""
AHEAD: Final = 1_000


def millis(at: int) -> int:
    """A moment or span in whole milliseconds."""
    return at // MILLISECOND


def text(at: int) -> str:
    """A moment as the rows of an answer have it: ``"1672304486868"``; "0" where there is none."""
    return str(at // MILLISECOND)


def date_text(at: Nanos) -> str:
    """A moment as keys are dated: ``"2022-10-16T02:24:40Z"``."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def nanos(sent: int) -> Nanos:
    """A moment from the wire."""
    return Nanos(sent * MILLISECOND)


def in_time(stamp: int, window: int, policy: TimePolicy) -> bool:
    """Whether a request stamped *stamp* comes in time; both in milliseconds."""
    if policy.mode == "ignore" or _fits(stamp, window, millis(policy.now)):
        return True
    if policy.mode != "lenient":
        return False
    # How long a request is under way is a matter of the connection, so of wall time, whatever the client's clock does.
    wall = millis(policy.wall)
    late = (wall - stamp) * 1_000 // policy.pace
    return _fits(wall - late, window, wall)


def not_run_out(expires: int, policy: TimePolicy) -> bool:
    """Whether a login that was good until *expires* (ms) is so still. A clock in front of ours makes no difference."""
    if policy.mode == "ignore" or expires > millis(policy.now):
        return True
    return policy.mode == "lenient" and expires > millis(policy.wall)


def _fits(stamp: int, window: int, server: int) -> bool:
    return server - window <= stamp < server + AHEAD
