"""How many hold a contract long and how many short, and how much: every five minutes, as venues publish it.

A sample is the standing just before its instant. Between two samples that differ nothing changed, so only changes are
kept and the rest is read off them.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import TradeExecuted
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.orders import BUY
from simexchange.core.vocabulary.units import Nanos, Quantity
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.intervals import INTERVALS, THIRTY_DAYS, end_of, floor, start_of
from simexchange.projections.markets import MarketsView

GRID: Final = INTERVALS["5m"]
KEPT: Final = THIRTY_DAYS
"""As far back as venues tell it."""
TOP_SHARE: Final = 5
"""One in so many is a top trader."""


class Side(msgspec.Struct, frozen=True, gc=False):
    """Who stands on one side of a contract."""

    accounts: int = 0
    qty: Quantity = Quantity(0)


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Both sides of a contract: of everybody, and of the fifth of the accounts that hold most."""

    at: Nanos
    interest: Quantity
    """What all long positions sum to, the fund's and the house's included."""
    longs: Side = Side()
    shorts: Side = Side()
    top_longs: Side = Side()
    top_shorts: Side = Side()


class CrowdView(Projection):
    """Standings per derivative market. The insurance fund and the house's own accounts are nobody's opinion."""

    __slots__ = ("_accounts", "_held", "_markets", "_next", "_standings")

    def __init__(self, markets: MarketsView, accounts: AccountsView) -> None:
        super().__init__()
        self._markets = markets
        self._accounts = accounts
        self._held: dict[MarketNo, dict[AccountNo, int]] = {}
        self._next: dict[MarketNo, int] = {}
        """The first sample that what happens next does not go into any more."""
        self._standings: dict[MarketNo, list[Standing]] = {}
        self.handlers = {TradeExecuted: self._traded, PositionDelivered: self._delivered}

    def standings(
        self,
        market: MarketNo,
        interval: str,
        *,
        now: Nanos,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 30,
    ) -> list[Standing]:
        """At most *limit* standings at the instants of *interval* up to *now*, ascending, from the first trade on.

        With *start* (inclusive) the oldest that fit, else the newest; *end* is inclusive.
        """
        if market not in self._held:
            return []
        known = [*self._standings.get(market, ()), self._standing(market, Nanos(self._next[market]))]
        first = max(known[0].at, Nanos(now - KEPT), start or Nanos(0))
        instants = list(_instants(interval, first, now if end is None or end > now else end))
        chosen = instants[:limit] if start is not None else instants[-limit:]
        return list(_read_off(known, chosen))

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        if event.market in self._markets.spot:
            return
        held = self._before(event.market, at)
        bought, sold = (event.taker, event.maker) if event.aggressor is BUY else (event.maker, event.taker)
        held[bought.account] = held.get(bought.account, 0) + event.qty
        held[sold.account] = held.get(sold.account, 0) - event.qty

    def _delivered(self, seq: int, at: Nanos, event: PositionDelivered) -> None:
        held = self._before(event.market, at)
        held[event.account] = held.get(event.account, 0) - event.qty

    def _before(self, market: MarketNo, at: Nanos) -> dict[AccountNo, int]:
        """What is held, once the samples that are due before *at* are taken."""
        due = self._next.get(market)
        if due is None:
            self._next[market] = floor(GRID, at) + GRID
            return self._held.setdefault(market, {})
        if at >= due:
            rows = self._standings.setdefault(market, [])
            rows.append(self._standing(market, Nanos(due)))
            if rows[0].at < at - KEPT - KEPT:
                # The newest of those that are too old says what was at the beginning of the time that is kept.
                rows[:] = [row for row, later in pairwise(rows) if later.at > at - KEPT] + rows[-1:]
            self._next[market] = floor(GRID, at) + GRID
        return self._held[market]

    def _standing(self, market: MarketNo, at: Nanos) -> Standing:
        funds, house = self._accounts.funds, self._accounts.house
        interest = Quantity(sum(qty for qty in self._held[market].values() if qty > 0))
        held = [
            (abs(qty), account, qty)
            for account, qty in self._held[market].items()
            if qty and account not in funds and account not in house
        ]
        held.sort(key=_by_size)
        quantities = [qty for _, _, qty in held]
        top = quantities[: len(quantities[::TOP_SHARE])]
        return Standing(at, interest, *_sides(quantities), *_sides(top))


def _by_size(row: tuple[int, AccountNo, int]) -> tuple[int, AccountNo]:
    return -row[0], row[1]


def _sides(quantities: Sequence[int]) -> tuple[Side, Side]:
    longs = [qty for qty in quantities if qty > 0]
    shorts = [-qty for qty in quantities if qty < 0]
    return Side(len(longs), Quantity(sum(longs))), Side(len(shorts), Quantity(sum(shorts)))


def _instants(interval: str, first: Nanos, last: Nanos) -> Iterator[Nanos]:
    """The instants of *interval* from *first* to *last*, both inclusive."""
    at = start_of(interval, first)
    while at <= last:
        if at >= first:
            yield at
        at = end_of(interval, at)


def _read_off(known: list[Standing], instants: list[Nanos]) -> Iterator[Standing]:
    """The standing at each instant: that of the last change before it."""
    place = 0
    for at in instants:
        while place + 1 < len(known) and known[place + 1].at <= at:
            place += 1
        row = known[place]
        yield Standing(at, row.interest, row.longs, row.shorts, row.top_longs, row.top_shorts)
