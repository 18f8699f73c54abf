"""Limits that grow teeth: 429 with a time to wait, 418 for whoever goes on, each ban twice as long as the last."""

from collections.abc import Mapping
from typing import Final

from simexchange.core.vocabulary.units import DAY
from simexchange.gateway.faults.kinds import Value

LONGEST_BAN: Final = 3 * DAY
TOO_MANY: Final = 429
BANNED: Final = 418


class Throttle:
    """What became of one rule of the kind ``too_many_requests``. Instants are wall time."""

    def __init__(self) -> None:
        self._until = 0
        self._status = 0
        self._refused = 0
        self._ban = 0

    def begin(self, params: Mapping[str, Value], wall: int) -> dict[str, Value]:
        """The first refusal."""
        if params["alone"]:
            return _once(int(params["status"]), int(params["retry_after"]))
        if params["status"] == BANNED:
            return self._banish(params, wall)
        self._status, self._refused = TOO_MANY, 1
        self._until = wall + int(params["retry_after"])
        return _once(TOO_MANY, self._until - wall)

    def goes_on(self, params: Mapping[str, Value], wall: int) -> dict[str, Value] | None:
        """What a further request hears; None where the time is over."""
        if wall >= self._until:
            return None
        if self._status == BANNED:
            return _once(BANNED, self._until - wall)
        self._refused += 1
        if self._refused > int(params["patience"]):
            return self._banish(params, wall)
        return _once(TOO_MANY, self._until - wall)

    def _banish(self, params: Mapping[str, Value], wall: int) -> dict[str, Value]:
        self._ban = min(2 * self._ban, LONGEST_BAN) if self._ban else int(params["ban"])
        self._status, self._until = BANNED, wall + self._ban
        return _once(BANNED, self._ban)


def _once(status: int, wait: int) -> dict[str, Value]:
    return {"status": status, "retry_after": wait, "alone": True}
