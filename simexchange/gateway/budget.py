"""What clients asked for and what it weighed: the budget of a run, call by call.

Windows are minutes of wall time, as those of the limits are.
"""

from collections.abc import Iterator

import msgspec

from simexchange.core.vocabulary.units import MINUTE, SECOND
from simexchange.gateway.callrates import CallRates
from simexchange.gateway.ratelimits import RateLimits
from simexchange.gateway.venues import Limits


class Spent:
    """One call, as often as it was asked for."""

    __slots__ = ("_calls_now", "_minute", "_weight_now", "calls", "most_calls", "most_weight", "refused", "weight")

    def __init__(self) -> None:
        self.calls = 0
        self.weight = 0
        """Of all calls together."""
        self.most_calls = 0
        """In one minute."""
        self.most_weight = 0
        """In one minute."""
        self.refused = 0
        """Calls that a limit turned away."""
        self._minute = -1
        self._calls_now = 0
        self._weight_now = 0

    def add(self, weight: int, calls: int, minute: int) -> None:
        """*calls* calls of *weight* together."""
        if minute != self._minute:
            self._minute, self._calls_now, self._weight_now = minute, 0, 0
        self.calls += calls
        self.weight += weight
        self._calls_now += calls
        self._weight_now += weight
        self.most_calls = max(self.most_calls, self._calls_now)
        self.most_weight = max(self.most_weight, self._weight_now)


class PoolUse(msgspec.Struct, frozen=True):
    """The most that was used of one limit in one of its windows."""

    pool: str
    limit: str
    """``weight 1M``, ``orders 10S``, ``requests 5S``; of a call that is limited by itself its name."""
    allowed: int
    most: int


class Budget:
    """What was spent, by product and call."""

    def __init__(self, limits: RateLimits, rates: CallRates | None = None) -> None:
        """*rates*: the counts of calls that have limits of their own."""
        self._limits = limits
        self._rates = rates
        self._spent: dict[tuple[str, str, str], Spent] = {}
        self._pools: dict[str, Limits] = {}

    def spend(
        self, product: str, limits: Limits, method: str, path: str, weight: int, wall: int, calls: int = 1
    ) -> None:
        """Count one call; none where it was counted and turns out to weigh more."""
        self._of(product, limits, method, path).add(weight, calls, wall // MINUTE)

    def refuse(self, product: str, limits: Limits, method: str, path: str) -> None:
        """Count one call that a limit turned away."""
        self._of(product, limits, method, path).refused += 1

    def calls(self) -> Iterator[tuple[str, str, Spent]]:
        """Product, call and what was spent on it, the heaviest first."""
        rows = sorted(self._spent.items(), key=lambda row: (-row[1].weight, -row[1].calls, row[0]))
        for (product, method, path), spent in rows:
            yield product, f"{method} {path}", spent

    def pools(self) -> Iterator[PoolUse]:
        """Every limit of the pools that were asked, with the most that was used."""
        most = self._limits.most
        for pool, limits in self._pools.items():
            if limits.weight:
                yield PoolUse(pool, "weight 1M", limits.weight, most.get(pool, 0))
            elif limits.requests is not None:
                window = f"requests {limits.requests.window // SECOND}S"
                yield PoolUse(pool, window, limits.requests.limit, most.get((pool, "requests", ""), 0))
            for order in limits.orders:
                yield PoolUse(pool, f"orders {order.letter}", order.limit, most.get((pool, order.letter), 0))
        for name, rated, used in () if self._rates is None else self._rates.uses():
            yield PoolUse("calls", f"{name} {rated.span // SECOND}S", rated.limit, used)

    def _of(self, product: str, limits: Limits, method: str, path: str) -> Spent:
        spent = self._spent.get((product, method, path))
        if spent is None:
            self._pools.setdefault(limits.pool, limits)
            spent = self._spent[product, method, path] = Spent()
        return spent


def report(budget: Budget, unserved: dict[str, int]) -> list[str]:
    """The lines a run ends with: limits, calls by weight, and what was asked for and is not served."""
    lines = ["limits: most used in one window of wall time"]
    uses = list(budget.pools())
    wide = max((len(use.limit) for use in uses), default=0)
    lines += [f"  {use.pool:<8} {use.limit:<{wide}} {use.most:>8,} of {use.allowed:,}" for use in uses]
    lines.append("calls: number, weight, most calls and weight in a minute, turned away")
    lines += [
        f"  {product:<6} {call:<44} {spent.calls:>8,} {spent.weight:>9,} {spent.most_calls:>7,} {spent.most_weight:>7,}"
        + (f" {spent.refused:>6,}" if spent.refused else "")
        for product, call, spent in budget.calls()
    ]
    return lines + unserved_lines(unserved)


def unserved_lines(unserved: dict[str, int]) -> list[str]:
    """What clients asked for and is not served, the most frequent first."""
    if not unserved:
        return []
    rows = sorted(unserved.items(), key=lambda row: (-row[1], row[0]))
    return ["asked for and not served:", *(f"  {count:>6,} x {call}" for call, count in rows)]
