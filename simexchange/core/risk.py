"""Which accounts may have to be liquidated after a price or their own money moved.

An index of liquidation prices, derived from the state and rebuilt from it at any time: it only saves work, the
decision is made exactly afterwards. An account with one position is found by its price; one with several is
looked at on each move, since its price in one market depends on the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sortedcontainers import SortedList

from simexchange.core import margin
from simexchange.core.vocabulary.ids import market_of
from simexchange.core.vocabulary.units import ONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo


class RiskIndex:
    """Accounts by the mark price at which they fall."""

    def __init__(self, state: ExchangeState) -> None:
        self._state = state
        self._longs: dict[MarketNo, SortedList[tuple[int, AccountNo]]] = {}
        """Fall when the mark is at or below the price."""
        self._shorts: dict[MarketNo, SortedList[tuple[int, AccountNo]]] = {}
        """Fall when the mark is at or above the price."""
        self._places: dict[AccountNo, tuple[MarketNo, bool, int]] = {}
        self._several: dict[AccountNo, None] = {}
        self._stale: dict[AccountNo, None] = {}
        self._built = False

    def suspects(self, touched: Iterable[AccountNo], marked: Iterable[MarketNo]) -> list[Account]:
        """Accounts to look at exactly, by number: those touched, and those the marks have reached.

        Touched accounts are placed anew only when a mark moves: between two marks they may trade often.
        """
        accounts = self._state.accounts
        found: dict[AccountNo, None] = {}
        for no in touched:
            if accounts[no].margined:
                self._stale[no] = None
                found[no] = None
        moved = list(marked)
        if moved:
            self._refresh()
            for market in moved:
                self._reached(market, found)
            for no in self._several:
                found[no] = None
        return [accounts[no] for no in sorted(found)]

    def _refresh(self) -> None:
        if not self._built:
            self._build()
        for no in self._stale:
            self._place(self._state.accounts[no])
        self._stale.clear()

    def _build(self) -> None:
        self._built = True
        for account in self._state.accounts.values():
            if account.margined and account.positions:
                self._place(account)

    def _reached(self, market: MarketNo, found: dict[AccountNo, None]) -> None:
        mark = margin.price_of(self._state.markets[market])
        longs, shorts = self._longs.get(market), self._shorts.get(market)
        if longs:
            for _, no in longs.irange((mark, 0), None):
                found[no] = None
        if shorts:
            for _, no in shorts.irange(None, (mark + 1, 0), inclusive=(True, False)):
                found[no] = None

    def _place(self, account: Account) -> None:
        """Put *account* where its positions say."""
        no = account.no
        old = self._places.pop(no, None)
        if old is not None:
            market, long, price = old
            (self._longs if long else self._shorts)[market].discard((price, no))
        self._several.pop(no, None)
        if not account.positions or account.unified:
            return
        if len(account.positions) > 1 or self._state.markets[market_of(next(iter(account.positions)))].inverse:
            self._several[no] = None
            return
        (key, position) = next(iter(account.positions.items()))
        market = market_of(key)
        price = margin.liquidation_price(self._state, account, self._state.markets[market], key)
        if not price:
            # No price above zero: a long that nothing can hurt, or a rule set without brackets.
            self._several[no] = None
            return
        long = position.qty > 0
        side = self._longs if long else self._shorts
        # The decision is made in whole units of money, which a small position turns into many units of price.
        slack = 1 + 4 * ONE // abs(position.qty)
        price += slack if long else -slack
        rows = side.get(market)
        if rows is None:
            rows = side[market] = SortedList()
        rows.add((price, no))
        self._places[no] = (market, long, price)
