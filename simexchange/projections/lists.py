"""Order lists as their owners see them: open ones of everybody, past ones of users."""

from enum import IntEnum
from operator import attrgetter

import msgspec

from simexchange.core.vocabulary.events import LegStarted, ListAccepted, ListEnded
from simexchange.core.vocabulary.ids import AccountNo, ListId, MarketNo, OrderId, owner_of
from simexchange.core.vocabulary.orders import EndReason, ListKind
from simexchange.core.vocabulary.units import Nanos
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.series import select

_ACCEPTED_AT = attrgetter("accepted_at")
_LIST_ID = attrgetter("id")


class Role(IntEnum):
    """What an order is in its list."""

    EXCLUDING = 1
    """One of two that exclude each other, from the start."""
    WORKING = 2
    """The others wait for it."""
    PENDING = 3
    """It waits, or waited, for the working one."""


class ListRow(msgspec.Struct, gc=False):
    """One list and what became of it."""

    id: ListId
    account: AccountNo
    market: MarketNo
    kind: ListKind
    client_id: str
    orders: tuple[OrderId, ...]
    """In the order of the legs: of all but OCO the working one first."""
    accepted_at: Nanos
    updated_at: Nanos
    is_open: bool = True
    started_at: Nanos = Nanos(0)
    """When the legs that waited began; 0: they did not."""
    reason: EndReason | None = None
    """Why the leg ended that ended the list; None: its last one was filled, or it is open."""
    seq: int = 0
    """The record that changed it last."""
    older: ListId = ListId(0)
    """The list before it with the same owner, market and client id."""

    def role(self, order: OrderId) -> Role:
        """What *order* is in this list."""
        if self.kind is ListKind.OCO:
            return Role.EXCLUDING
        return Role.WORKING if order == self.orders[0] else Role.PENDING


class ListsView(Projection):
    """Lists by id, by client id, open and past. Those of agents go when they end."""

    __slots__ = ("_accounts", "_by_client", "_by_id", "_histories", "_keep", "_open")

    def __init__(self, accounts: AccountsView, *, keep: int = 10_000) -> None:
        """Keep about *keep* past lists per user."""
        super().__init__()
        self._accounts = accounts
        self._keep = keep
        self._by_id: dict[ListId, ListRow] = {}
        self._by_client: dict[tuple[AccountNo, MarketNo, str], ListRow] = {}
        self._open: dict[AccountNo, dict[ListId, ListRow]] = {}
        self._histories: dict[AccountNo, list[ListRow]] = {}
        self.handlers = {ListAccepted: self._accepted, LegStarted: self._started, ListEnded: self._ended}

    def get(self, order_list: ListId) -> ListRow | None:
        """The list of that id, whatever its owner; None where it is unknown or no longer kept."""
        return self._by_id.get(order_list)

    def of_order(self, order: OrderId) -> ListRow | None:
        """The open list *order* is a leg of."""
        rows = self._open.get(owner_of(order), {}).values()
        return next((row for row in rows if order in row.orders), None)

    def latest(self, account: AccountNo, market: MarketNo, client_id: str) -> ListRow | None:
        """The newest list of *account* in *market* with that client id."""
        return self._by_client.get((account, market, client_id))

    def named(self, account: AccountNo, client_id: str) -> ListRow | None:
        """The newest list of *account* with that client id, in whatever market."""
        found = [row for key, row in self._by_client.items() if key[0] == account and key[2] == client_id]
        return max(found, key=_LIST_ID, default=None)

    def open(self, account: AccountNo, market: MarketNo | None = None) -> list[ListRow]:
        """Open lists of *account*, ascending by id; in every market where *market* is None."""
        rows = self._open.get(account, {}).values()
        return [row for row in rows if market is None or row.market == market]

    def history(
        self,
        account: AccountNo,
        *,
        from_id: ListId | None = None,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 500,
    ) -> list[ListRow]:
        """At most *limit* lists of a user, open ones included, ascending by id; as `OrdersView.history`."""
        rows = self._histories.get(account, [])
        return select(rows, from_id=from_id, start=start, end=end, limit=limit, keep=None, time_of=_ACCEPTED_AT)

    def _accepted(self, seq: int, at: Nanos, event: ListAccepted) -> None:
        row = ListRow(event.order_list, event.account, event.market, event.kind, event.client_id, event.orders, at, at)
        row.seq = seq
        self._by_id[row.id] = row
        self._open.setdefault(row.account, {})[row.id] = row
        if row.account in self._accounts.users:
            self._histories.setdefault(row.account, []).append(row)
            if row.client_id:
                key = (row.account, row.market, row.client_id)
                before = self._by_client.get(key)
                if before is not None:
                    row.older = before.id
                self._by_client[key] = row

    def _started(self, seq: int, at: Nanos, event: LegStarted) -> None:
        row = self.of_order(event.order)
        if row is not None:
            row.started_at, row.updated_at, row.seq = at, at, seq

    def _ended(self, seq: int, at: Nanos, event: ListEnded) -> None:
        row = self._open[event.account].pop(event.order_list)
        row.is_open, row.reason, row.updated_at, row.seq = False, event.reason, at, seq
        rows = self._histories.get(event.account)
        if rows is None:
            del self._by_id[row.id]
        elif len(rows) - len(self._open[event.account]) > self._keep + (self._keep >> 3):
            self._trim(event.account, rows)

    def _trim(self, account: AccountNo, rows: list[ListRow]) -> None:
        """Let the oldest past lists go, in a block."""
        spare = len(rows) - len(self._open[account]) - self._keep
        kept: list[ListRow] = []
        for row in rows:
            if spare and not row.is_open:
                spare -= 1
                del self._by_id[row.id]
                key = (row.account, row.market, row.client_id)
                if self._by_client.get(key) is row:
                    del self._by_client[key]
            else:
                kept.append(row)
        self._histories[account] = kept
