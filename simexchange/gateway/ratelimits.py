"""Rate limits: request weight and requests per address, new orders per account, in fixed windows of wall time.

Limits of single calls are `callrates`.

``off`` counts nothing, ``headers`` (the default) counts and shows, ``strict`` also refuses as the venue does: 429
above the limit, 418 for whoever goes on all the same. The most that was used in a window is kept for the report.
"""

from collections.abc import Hashable
from enum import StrEnum

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import DAY, MINUTE, SECOND
from simexchange.dialects.contract import ApiError
from simexchange.gateway.venues import Limits, Mount, OrderLimit, Refusals, RequestLimit

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
    until: int = 0
    """The instant after which it may ask again."""
    banned: bool = False


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
        self.most: dict[Hashable, int] = {}
        """The most that was used in a window: of a pool's weight, of its requests and of its orders by window."""
        self._bans: dict[tuple[str, str], _Ban] = {}

    def spend(self, limits: Limits, address: str, weight: int, wall: int) -> int:
        """Count *weight* for *address*; what it has used this minute. Where nothing weighs, requests are counted."""
        if not limits.weight:
            if self.mode is not LimitMode.STRICT:
                self._requests(limits, address, wall, "")
            return 0
        used = self._add((limits.pool, address), weight, wall // MINUTE)
        if used > self.most.get(limits.pool, 0):
            self.most[limits.pool] = used
        return used

    def refusal(self, limits: Limits, address: str, wall: int, path: str = "") -> Refusal | None:
        """In strict mode, why *address* may not ask now. Asking on in vain earns a ban. *path*: for shared quotas."""
        if self.mode is not LimitMode.STRICT:
            return None
        ban = self._bans.get((limits.pool, address))
        if ban is not None and wall < ban.until:
            return _banned(limits, address, ban.until, wall)
        asked = self._requests(limits, address, wall, path)
        if asked is not None:
            return asked
        if not limits.weight or self._add((limits.pool, address), 0, wall // MINUTE) < limits.weight:
            return None
        ban = self._bans.setdefault((limits.pool, address), _Ban())
        if ban.window != wall // MINUTE:
            ban.window, ban.refused = wall // MINUTE, 0
        ban.refused += 1
        if ban.refused > _PATIENCE:
            ban.until, ban.length = wall + ban.length, min(2 * ban.length, _LONGEST_BAN)
            ban.refused = 0
            return _banned(limits, address, ban.until, wall)
        error = limits.too_heavy
        return _until(error, error.text.format(limit=limits.weight, address=address), MINUTE - wall % MINUTE, wall)

    def _requests(self, limits: Limits, address: str, wall: int, path: str) -> Refusal | None:
        """Count one request; why it is one too many."""
        counted: list[tuple[str, RequestLimit]] = [("", limits.requests)] if limits.requests is not None else []
        counted += [(quota.paths[0], quota.limit) for quota in limits.quotas if path in quota.paths]
        for name, limit in counted:
            used = self._add((limits.pool, "requests", name, address), 1, wall // limit.window)
            if used > self.most.get((limits.pool, "requests", name), 0):
                self.most[limits.pool, "requests", name] = used
            if used > limit.limit:
                text = limit.error.text.format(limit=limit.limit, address=address)
                if limit.ban and self.mode is LimitMode.STRICT:
                    ban = self._bans.setdefault((limits.pool, address), _Ban())
                    ban.until = wall + limit.ban
                    return _banned(limits, address, ban.until, wall)
                return _until(limit.error, text, limit.window - wall % limit.window, wall)
        return None

    def connect(self, mount: Mount, refusals: Refusals, address: str, door: str, wall: int) -> Refusal | None:
        """Count a connection that *address* opens; in strict mode, why it may not. *door*: which kind of socket."""
        rules = mount.socket
        if not rules.connections or self.mode is LimitMode.OFF:
            return None
        kind = mount.limits.pool if rules.together else (mount.streams, door)
        opened = self._add(("connections", kind, address), 1, wall // rules.connections_in)
        if self.mode is not LimitMode.STRICT or opened <= rules.connections:
            return None
        error = refusals.too_many_connections
        text = error.text.format(limit=rules.connections, window=f"{rules.connections_in // MINUTE} MINUTE")
        return _until(error, text, rules.connections_in - wall % rules.connections_in, wall)

    def order_refusal(self, limits: Limits, refusals: Refusals, account: AccountNo, wall: int) -> Refusal | None:
        """In strict mode, why *account* may not place an order now."""
        if self.mode is not LimitMode.STRICT:
            return None
        for limit in limits.orders:
            if self._add(_order_key(limits, limit, account), 0, wall // limit.window) >= limit.limit:
                error = refusals.too_many_orders
                text = error.text.format(limit=limit.limit, window=_spelt(limit))
                return _until(error, text, limit.window - wall % limit.window, wall)
        return None

    def used(self, limits: Limits, address: str, wall: int) -> int:
        """What *address* has used this minute."""
        return self._add((limits.pool, address), 0, wall // MINUTE)

    def weight_headers(self, limits: Limits, used: int) -> dict[str, str]:
        """The headers of every reply."""
        if self.mode is LimitMode.OFF:
            return {}
        return dict.fromkeys(limits.headers, str(used))

    def order_headers(self, limits: Limits, account: AccountNo, orders: int, wall: int) -> dict[str, str]:
        """Count *orders* new orders; the headers of an order's reply."""
        if self.mode is LimitMode.OFF:
            return {}
        headers = {}
        for limit in limits.orders:
            more = min(orders, 1) if limit.by_call else orders
            used = self._add(_order_key(limits, limit, account), more, wall // limit.window)
            if used > self.most.get((limits.pool, limit.letter), 0):
                self.most[limits.pool, limit.letter] = used
            headers[limits.order_header + limit.letter] = str(used)
        return headers

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


def _banned(limits: Limits, address: str, until: int, wall: int) -> Refusal:
    error = limits.banned
    text = error.text.format(until=until // 1_000_000, address=address)
    return Refusal(ApiError(error.status, error.code, text), _seconds(until - wall), until, banned=True)


def _until(error: ApiError, text: str, rest: int, wall: int) -> Refusal:
    """A refusal that holds for *rest* nanoseconds more."""
    return Refusal(ApiError(error.status, error.code, text), _seconds(rest), wall + rest)


def _seconds(span: int) -> int:
    return -(-span // SECOND)


def _spelt(limit: OrderLimit) -> str:
    """The window as the venue's sentence names it: ``10 SECOND``."""
    names = {"S": "SECOND", "M": "MINUTE", "D": "DAY"}
    return f"{limit.letter[:-1]} {names[limit.letter[-1]]}"
