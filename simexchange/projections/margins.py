"""Margin that went into and out of isolated positions, movement by movement."""

import msgspec

from simexchange.core.vocabulary.events import Fill, TradeExecuted
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, TradeId
from simexchange.core.vocabulary.modeevents import MarginAdjusted
from simexchange.core.vocabulary.orders import MarginCause, Slot
from simexchange.core.vocabulary.units import Amount, Nanos
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.markets import MarketsView
from simexchange.projections.series import Series, select

NO_TRADE = TradeId(0)


class MarginRow(msgspec.Struct, gc=False):
    """One movement."""

    id: int
    """1, 2, 3 … per account."""
    account: AccountNo
    market: MarketNo
    slot: Slot
    sub: int
    """The number of the order that opened a separate position; 0: it is none."""
    asset: str
    amount: Amount
    """Above zero: into the position; below zero: out of it."""
    at: Nanos
    seq: int
    cause: MarginCause | None = None
    """None: a trade moved it."""
    trade: TradeId = NO_TRADE


class MarginsView(Projection):
    """Movements per USER account; bounded rings."""

    __slots__ = ("_accounts", "_keep", "_markets", "_rows")

    def __init__(self, markets: MarketsView, accounts: AccountsView, *, keep: int = 10_000) -> None:
        """Keep about *keep* movements per account."""
        super().__init__()
        self._markets = markets
        self._accounts = accounts
        self._keep = keep
        self._rows: dict[AccountNo, Series[MarginRow]] = {}
        self.handlers = {TradeExecuted: self._traded, MarginAdjusted: self._adjusted}

    def of(
        self,
        account: AccountNo,
        *,
        market: MarketNo | None = None,
        added: bool | None = None,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 500,
    ) -> list[MarginRow]:
        """At most *limit* movements, ascending by id: with *start* the oldest that fit, else the newest.

        With *added* only those into positions (True), or out of them.
        """
        series = self._rows.get(account)

        def keep(row: MarginRow) -> bool:
            return (market is None or row.market == market) and (added is None or (row.amount > 0) is added)

        return select(series.rows if series is not None else [], start=start, end=end, limit=limit, keep=keep)

    def _add(
        self, seq: int, at: Nanos, event: MarginAdjusted | Fill, market: MarketNo, asset: str, amount: Amount,
        cause: MarginCause | None, trade: TradeId = NO_TRADE,
    ) -> None:  # fmt: skip
        series = self._rows.get(event.account)
        if series is None:
            series = self._rows[event.account] = Series(self._keep)
        number = series.rows[-1].id + 1 if series.rows else 1
        row = MarginRow(number, event.account, market, event.slot, event.sub, asset, amount, at, seq, cause, trade)
        series.append(row)

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        for fill in (event.maker, event.taker):
            if fill.margin and fill.account in self._accounts.users:
                settle = self._markets.by_no[event.market].spec.settle
                self._add(seq, at, fill, event.market, settle, fill.margin, None, event.trade)

    def _adjusted(self, seq: int, at: Nanos, event: MarginAdjusted) -> None:
        if event.account in self._accounts.users:
            self._add(seq, at, event, event.market, event.asset, event.amount, event.cause)
