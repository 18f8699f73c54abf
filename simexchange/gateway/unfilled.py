"""Orders that trade count less against the limit on new ones, where a venue limits *unfilled* orders.

Binance spot takes an order off the account's counts when it is filled for the first time, and more than one where it
had been waiting in the book. The figures are those of the examples in its "Unfilled Order Count Rules" (seen 2026-11).
"""

from collections.abc import Callable, Iterable

from simexchange.core.vocabulary.events import Event, Fill, TradeExecuted
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos
from simexchange.gateway.ratelimits import RateLimits
from simexchange.gateway.venues import Limits
from simexchange.runtime.exchange import Exchange


class Unfilled:
    """Hears of first fills, and lowers the counts of whoever had them. Implements `Subscriber`."""

    def __init__(
        self, exchange: Exchange, counts: RateLimits, limits: Iterable[Limits], wall: Callable[[], Nanos]
    ) -> None:
        """*limits*: those of the spot products; the ones that do not count by fills are left alone."""
        self._exchange = exchange
        self._counts = counts
        self._limits = [each for each in limits if each.first_fill_taker or each.first_fill_maker]
        self._wall = wall
        self._filled: list[tuple[AccountNo, bool]] = []
        """Account and whether it was the maker, of first fills that have still to be counted."""
        self.waiting = False
        """A call is being carried out whose own orders are counted at its end, and before their fills."""

    def start(self) -> None:
        if self._limits:
            self._exchange.subscribe(self)

    def stop(self) -> None:
        self._exchange.unsubscribe(self)

    def on_event(self, seq: int, at: Nanos, event: Event) -> None:
        """Note whose order was filled for the first time."""
        if type(event) is TradeExecuted and event.market in self._exchange.views.markets.spot:
            self._note(event.maker, is_maker=True)
            self._note(event.taker, is_maker=False)

    def _note(self, fill: Fill, *, is_maker: bool) -> None:
        views = self._exchange.views
        if fill.account in views.accounts.users:
            row = views.orders.get(fill.order)
            if row is not None and row.trades == 1:
                self._filled.append((fill.account, is_maker))

    def on_step(self, step: Step) -> None:
        """Count what was noted, unless a call does it at its end."""
        if not self.waiting:
            self.count()

    def on_durable(self, seq: int) -> None:
        """Counts are the process's own; nothing waits for the disk."""

    def on_failed(self, seq: int) -> None:
        """Whatever was counted stays counted: no order is taken any more."""

    def count(self) -> None:
        """Lower the counts by what was noted."""
        self.waiting = False
        if not self._filled:
            return
        wall = self._wall()
        for account, is_maker in self._filled:
            for limits in self._limits:
                orders = limits.first_fill_maker if is_maker else limits.first_fill_taker
                self._counts.filled(limits, account, orders, wall)
        self._filled.clear()
