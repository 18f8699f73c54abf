"""Matches that were prevented because an order would have traded with its own account or trade group."""

from collections import deque

import msgspec

from simexchange.core.vocabulary.events import TradePrevented
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.orders import SelfTrade
from simexchange.core.vocabulary.units import Nanos, Price, Quantity
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection


class PreventedRow(msgspec.Struct, frozen=True, gc=False):
    """One match that was prevented."""

    market: MarketNo
    prevention: int
    """Counted per market from 0."""
    taker: AccountNo
    taker_order: OrderId
    maker: AccountNo
    maker_order: OrderId
    group: int
    """The trade group of both, 0: none."""
    mode: SelfTrade
    price: Price
    taker_qty: Quantity
    """What the taker lost; 0: nothing."""
    maker_qty: Quantity
    at: Nanos
    seq: int


class PreventionsView(Projection):
    """The last prevented matches of every user, per market."""

    __slots__ = ("_accounts", "_keep", "_rows")

    def __init__(self, accounts: AccountsView, *, keep: int = 10_000) -> None:
        """Keep the last *keep* of every user and market."""
        super().__init__()
        self._accounts = accounts
        self._keep = keep
        self._rows: dict[tuple[AccountNo, MarketNo], deque[PreventedRow]] = {}
        self.handlers = {TradePrevented: self._prevented}

    def of(
        self, account: AccountNo, market: MarketNo, *, prevention: int | None = None, order: OrderId | None = None,
        from_prevention: int = 0, limit: int = 500,
    ) -> list[PreventedRow]:  # fmt: skip
        """At most *limit* of the user's in *market*, oldest first: one, those of one order, or from a number on."""
        found: list[PreventedRow] = []
        for row in self._rows.get((account, market), ()):
            if (
                row.prevention >= from_prevention
                and prevention in (None, row.prevention)
                and order in (None, row.taker_order, row.maker_order)
            ):
                found.append(row)
                if len(found) == limit:
                    break
        return found

    def _prevented(self, seq: int, at: Nanos, event: TradePrevented) -> None:
        taker, maker = event.taker, event.maker
        row = PreventedRow(
            event.market, event.prevention, taker.account, taker.order, maker.account, maker.order, event.group,
            event.mode, event.price, taker.qty, maker.qty, at, seq,
        )  # fmt: skip
        for account in dict.fromkeys((taker.account, maker.account)):
            if account in self._accounts.users:
                place = (account, event.market)
                rows = self._rows.get(place)
                if rows is None:
                    rows = self._rows[place] = deque(maxlen=self._keep)
                rows.append(row)
