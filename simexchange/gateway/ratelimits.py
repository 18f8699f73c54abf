"""Rate limits: request weight per address, new orders per account, in fixed windows of wall time.

``off`` counts nothing, ``headers`` (the default) counts and shows, ``strict`` also refuses as the venue does: 429
above the limit, 418 for whoever goes on all the same.
"""

from collections.abc import Hashable
from enum import StrEnum

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import DAY, MINUTE, SECOND
from simexchange.dialects.contract import ApiError
from simexchange.gateway.venues import Limits, Mount, OrderLimit, Refusals

# A venue bans whoever goes on after being told; how soon is not published. The ban grows from 2 minutes to 3 days.
_PATIENCE = 20
_FIRST_BAN = 2 * MINUTE
_LONGEST_BAN = 3 * DAY
_ADDRESSES = 10_000
"""Counters kept before stale ones are swept."""


class LimitMode(StrEnum):
    """What is done about the limits."""

    OFF = "off"
    HEADERS = "headers"
    STRICT = "strict"


class Refusal(msgspec.Struct, frozen=True):
    """Too much: the venue's words and how long to wait."""

    error: ApiError
    retry_after: int
    """Seconds."""


class _Window:
    """What was used in the running window of one limit."""

    __slots__ = ("number", "used")

    def __init__(self) -> None:
        self.number = -1
        self.used = 0

    def add(self, amount: int, number: int) -> int:
        """Use *amount* in window *number*; what is used there by now."""
        if number != self.number:
            self.number = number
            self.used = 0
        self.used += amount
        return self.used


class _Ban:
    __slots__ = ("length", "refused", "until", "window")

    def __init__(self) -> None:
        self.length = _FIRST_BAN
        self.refused = 0
        self.until = 0
        self.window = -1


class RateLimits:
    """The counters of one server."""

    def __init__(self, mode: LimitMode = LimitMode.HEADERS) -> None:
        self.mode = mode
        self._windows: dict[Hashable, _Window] = {}
        self._bans: dict[tuple[str, str], _Ban] = {}

    def spend(self, limits: Limits, address: str, weight: int, wall: int) -> int:
        """Count *weight* for *address*; what it has used this minute."""
        return self._add((limits.pool, address), weight, wall // MINUTE)

    def refusal(self, limits: Limits, refusals: Refusals, address: str, wall: int) -> Refusal | None:
        """In strict mode, why *address* may not ask now. Asking on in vain earns a ban."""
        if self.mode is not LimitMode.STRICT:
            return None
        ban = self._bans.get((limits.pool, address))
        if ban is not None and wall < ban.until:
            return _banned(refusals, ban.until, wall)
        if self._add((limits.pool, address), 0, wall // MINUTE) < limits.weight:
            return None
        ban = self._bans.setdefault((limits.pool, address), _Ban())
        if ban.window != wall // MINUTE:
            ban.window, ban.refused = wall // MINUTE, 0
        ban.refused += 1
        if ban.refused > _PATIENCE:
            ban.until, ban.length = wall + ban.length, min(2 * ban.length, _LONGEST_BAN)
            ban.refused = 0
            return _banned(refusals, ban.until, wall)
        error = refusals.too_heavy
        text = error.text.format(limit=limits.weight)
        return Refusal(ApiError(error.status, error.code, text), _seconds(MINUTE - wall % MINUTE))

    def connect(self, mount: Mount, refusals: Refusals, address: str, door: str, wall: int) -> Refusal | None:
        """Count a connection that *address* opens; in strict mode, why it may not. *door*: which kind of socket."""
        rules = mount.socket
        if not rules.connections or self.mode is LimitMode.OFF:
            return None
        opened = self._add((mount.streams, door, address), 1, wall // rules.connections_in)
        if self.mode is not LimitMode.STRICT or opened <= rules.connections:
            return None
        error = refusals.too_many_connections
        text = error.text.format(limit=rules.connections, window=f"{rules.connections_in // MINUTE} MINUTE")
        rest = rules.connections_in - wall % rules.connections_in
        return Refusal(ApiError(error.status, error.code, text), _seconds(rest))

    def order_refusal(self, limits: Limits, refusals: Refusals, account: AccountNo, wall: int) -> Refusal | None:
        """In strict mode, why *account* may not place an order now."""
        if self.mode is not LimitMode.STRICT:
            return None
        for limit in limits.orders:
            if self._add(_order_key(limits, limit, account), 0, wall // limit.window) >= limit.limit:
                error = refusals.too_many_orders
                text = error.text.format(limit=limit.limit, window=_spelt(limit))
                return Refusal(ApiError(error.status, error.code, text), _seconds(limit.window - wall % limit.window))
        return None

    def weight_headers(self, used: int) -> dict[str, str]:
        """The headers of every reply."""
        if self.mode is LimitMode.OFF:
            return {}
        text = str(used)
        return {"X-MBX-USED-WEIGHT": text, "X-MBX-USED-WEIGHT-1M": text}

    def order_headers(self, limits: Limits, account: AccountNo, orders: int, wall: int) -> dict[str, str]:
        """Count *orders* new orders; the headers of an order's reply."""
        if self.mode is LimitMode.OFF:
            return {}
        return {
            f"X-MBX-ORDER-COUNT-{limit.letter}": str(
                self._add(_order_key(limits, limit, account), orders, wall // limit.window)
            )
            for limit in limits.orders
        }

    def filled(self, limits: Limits, account: AccountNo, orders: int, wall: int) -> None:
        """Take *orders* off what the account has sent in the running windows; never below none."""
        for limit in limits.orders:
            window = self._windows.get(_order_key(limits, limit, account))
            if window is not None and window.number == wall // limit.window:
                window.used = max(0, window.used - orders)

    def _add(self, key: Hashable, amount: int, number: int) -> int:
        window = self._windows.get(key)
        if window is None:
            if len(self._windows) >= _ADDRESSES:
                self._windows.clear()
            window = self._windows[key] = _Window()
        return window.add(amount, number)


def _order_key(limits: Limits, limit: OrderLimit, account: AccountNo) -> Hashable:
    return limits.pool, limit.letter, account


def _banned(refusals: Refusals, until: int, wall: int) -> Refusal:
    error = refusals.banned
    text = error.text.format(until=until // 1_000_000)
    return Refusal(ApiError(error.status, error.code, text), _seconds(until - wall))


def _seconds(span: int) -> int:
    return -(-span // SECOND)


def _spelt(limit: OrderLimit) -> str:
    """The window as the venue's sentence names it: ``10 SECOND``."""
    names = {"S": "SECOND", "M": "MINUTE", "D": "DAY"}
    return f"{limit.letter[:-1]} {names[limit.letter[-1]]}"
