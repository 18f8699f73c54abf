"""How often one account may make one call: rolling spans of wall time, each call by itself.

`ratelimits` counts what an address spends in a pool; this counts calls one by one, for venues that limit them so. What
a call's limit is, and how much of it a batch uses, its dialect says (`Rated`).
"""

from collections import deque
from collections.abc import Iterator

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import MILLISECOND
from simexchange.dialects.contract import Rated
from simexchange.gateway.ratelimits import LimitMode

UNDER_WAY = 200 * MILLISECOND
"""How long an answer may be on its way. Who is refused is told an instant that is still to come then: pybit sleeps
until there is room, and fails where that was before its clock looked (5.17.0)."""
_KEPT = 10_000
"""Counters before all of them are let go of: an account begins anew then, to its advantage."""


class Grant(msgspec.Struct, frozen=True):
    """What one call was granted."""

    allowed: int
    """How much of what it asked for it may have; 0: the call is refused."""
    left: int
    """What is left of the limit afterwards."""
    reset: int
    """An instant at which there is room again, where the limit was gone beyond; else now."""


class CallRates:
    """The counters of one server."""

    def __init__(self, mode: LimitMode) -> None:
        self.mode = mode
        self._used: dict[tuple[AccountNo, str], deque[int]] = {}
        """When each use was, as far as it still counts."""
        self.most: dict[str, tuple[Rated, int]] = {}
        """The most that one account used of a limit in its span."""

    def use(self, account: AccountNo, rated: Rated, wall: int) -> Grant:
        """Count a call of *account*. Only in strict mode anything is refused; what is refused does not count."""
        used = self._of(account, rated)
        while used and used[0] <= wall - rated.span:
            used.popleft()
        free = rated.limit - len(used)
        strict = self.mode is LimitMode.STRICT
        allowed = min(rated.uses, free) if strict else rated.uses
        # Of those beyond the limit, where they are carried out all the same, the newest stay.
        used.extend([wall] * min(allowed, rated.limit))
        self._note(rated, len(used))
        beyond = rated.uses > free
        reset = max(used[0] + rated.span, wall + UNDER_WAY) if beyond else wall
        return Grant(allowed, rated.limit - len(used), reset)

    def uses(self) -> Iterator[tuple[str, Rated, int]]:
        """Every limit that was used: its name, what it is, and the most that one account used in its span."""
        for name in sorted(self.most):
            yield (name, *self.most[name])

    def _of(self, account: AccountNo, rated: Rated) -> deque[int]:
        used = self._used.get((account, rated.name))
        if used is None or used.maxlen != rated.limit:
            if len(self._used) >= _KEPT:
                self._used.clear()
            used = self._used[account, rated.name] = deque(used or (), maxlen=rated.limit)
        return used

    def _note(self, rated: Rated, used: int) -> None:
        known = self.most.get(rated.name)
        if known is None or used > known[1]:
            self.most[rated.name] = rated, used


def headers_of(rated: Rated, grant: Grant) -> dict[str, str]:
    """How the venue shows it, in its own headers: the limit, what is left, and when there is room again (ms)."""
    limit, left, reset = rated.headers
    return {limit: str(rated.limit), left: str(grant.left), reset: str(-(-grant.reset // MILLISECOND))}
