"""Orders as their owners see them: open ones of everybody, closed ones of users."""

from collections import deque
from collections.abc import Callable
from operator import attrgetter
from typing import Final

import msgspec

from simexchange.core.vocabulary.events import (
    Fill,
    LegStarted,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderModified,
    OrderRejected,
    OrderReplenished,
    OrderRested,
    OrderTriggered,
    TradeExecuted,
    TradePrevented,
    TrailingStarted,
)
from simexchange.core.vocabulary.fills import Prevented
from simexchange.core.vocabulary.ids import NO_ORDER, AccountNo, ListId, MarketNo, OrderId, TradeId
from simexchange.core.vocabulary.orders import (
    OPEN_STATUSES,
    EndReason,
    OrderKind,
    OrderStatus,
    Origin,
    Peg,
    Side,
    Terms,
    TimeInForce,
)
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.series import select
from simexchange.projections.trades import TradesView

# Every order meets these, and on CPython 3.11 a member costs 0.1 µs to name: see `core.vocabulary.orders`.
_PARTLY: Final = OrderStatus.PARTIALLY_FILLED
_FILLED: Final = OrderStatus.FILLED
_CANCELED: Final = OrderStatus.CANCELED
_EXPIRED: Final = OrderStatus.EXPIRED

_ORDER_ID = attrgetter("id")
_ACCEPTED_AT = attrgetter("accepted_at")


class Amendment(msgspec.Struct, frozen=True, gc=False):
    """One change of an open order: what it was, and what it is since."""

    at: Nanos
    seq: int
    client_id: str
    """The one it had before."""
    new_client_id: str
    qty: Quantity
    new_qty: Quantity
    price: Price
    new_price: Price
    peg: Peg | None = None
    """The level of the book that gave the new price, if one did."""
    label: int = 0
    """The client's own number for it; 0: none."""


class OrderRow(msgspec.Struct, gc=False):
    """One order and what became of it. Amounts are sums over its fills so far.

    Of orders that are no user's, only what the book and the open orders need is kept up: fees, profit and the last fill
    stay empty.
    """

    id: OrderId
    account: AccountNo
    market: MarketNo
    side: Side
    kind: OrderKind
    tif: TimeInForce
    price: Price
    """Limit price; 0 for a market order."""
    qty: Quantity
    left: Quantity
    """What is unfilled; of an order that ended, what was when it ended."""
    client_id: str
    more: Terms | None
    accepted_at: Nanos
    updated_at: Nanos
    working_at: Nanos
    """Since when it takes part in the market; 0 while it sleeps."""
    status: OrderStatus = OrderStatus.NEW
    end_reason: EndReason | None = None
    reject_reason: RejectReason | None = None
    resting: bool = False
    """Whether it is in the book now."""
    cum_quote: Amount = Amount(0)
    fee: Amount = Amount(0)
    """Sum of fees, cost positive, in ``last_fee_asset``."""
    realised: Amount = Amount(0)
    """Sum of realised profit, before fees."""
    trades: int = 0
    """How many fills it had."""
    last_trade_id: TradeId = TradeId(0)
    last_price: Price = Price(0)
    last_qty: Quantity = Quantity(0)
    last_quote: Amount = Amount(0)
    last_fee: Amount = Amount(0)
    last_fee_asset: str = ""
    last_realised: Amount = Amount(0)
    last_is_maker: bool = False
    last_allocation: int = 0
    """The number of its last fill as an allocation of smart order routing; 0: that was a trade."""
    hold: Amount = Amount(0)
    """Spot: what was held when it was accepted, in quote for a buy and in base for a sell."""
    seq: int = 0
    """The record that changed it last."""
    older: OrderId = NO_ORDER
    """The order before it with the same owner, market and client id."""
    triggered_at: Nanos = Nanos(0)
    """When its trigger came; 0: it has none, or sleeps."""
    trailing_at: Nanos = Nanos(0)
    """When it began to follow the price; 0: it does not."""
    trailing_from: Price = Price(0)
    """The price at which it began."""
    hidden: Quantity = Quantity(0)
    """What of `left` the book does not show: the rest of an iceberg."""
    prevented: Quantity = Quantity(0)
    """What will not trade because it would have with its own account or group: qty = filled + prevented + left."""
    prevention: int = -1
    """The last match that was prevented for it; −1: none was."""
    last_prevented: Quantity = Quantity(0)
    """What that one took from it."""
    amendments: tuple[Amendment, ...] = ()
    """How it was changed while it was open, oldest first."""
    price_then: Price = Price(0)
    """The last price of its market when it was accepted, where it is a user's; 0: nobody had traded."""

    @property
    def filled(self) -> Quantity:
        """How much of it was filled."""
        return Quantity(self.qty - self.left - self.prevented)

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.status in OPEN_STATUSES

    @property
    def reduce_only(self) -> bool:
        """Whether it may only make a position smaller."""
        return self.more is not None and self.more.reduce_only

    @property
    def peg(self) -> Peg | None:
        """The level of the book that its price is from: as the last change says, else as it was placed."""
        if self.amendments:
            return self.amendments[-1].peg
        return self.more.peg if self.more is not None else None

    @property
    def quote_qty(self) -> Amount:
        """The value a market order by value asked for, else 0."""
        return self.more.quote_qty if self.more is not None else Amount(0)

    @property
    def order_list(self) -> ListId:
        """The list it is a leg of; 0: none."""
        return ListId(self.more.order_list if self.more is not None else 0)

    @property
    def origin(self) -> Origin:
        """Who wanted it."""
        return self.more.origin if self.more is not None else Origin.USER


class _History:
    """A user's orders in one market, ascending by id: the open ones and a ring of closed ones."""

    __slots__ = ("closed", "rows")

    def __init__(self) -> None:
        self.rows: list[OrderRow] = []
        self.closed = 0


class OrdersView(Projection):
    """Orders by id, by client id, open and past. Orders of agents, tapes and the fund go when they end."""

    __slots__ = (
        "_accounts", "_by_client", "_by_id", "_histories", "_keep", "_open", "_rejected", "_rejected_keep", "_trades",
    )  # fmt: skip

    def __init__(
        self,
        accounts: AccountsView,
        trades: TradesView | None = None,
        *,
        keep: int = 50_000,
        keep_rejected: int = 1_000,
    ) -> None:
        """Keep about *keep* closed orders per user and market and *keep_rejected* refusals per user.

        *trades* say what prices were when orders came; without them that is not told.
        """
        super().__init__()
        self._accounts, self._trades = accounts, trades
        self._keep = keep
        self._rejected_keep = keep_rejected
        self._by_id: dict[OrderId, OrderRow] = {}
        self._by_client: dict[tuple[AccountNo, MarketNo, str], OrderRow] = {}
        self._open: dict[AccountNo, dict[OrderId, OrderRow]] = {}
        self._histories: dict[tuple[AccountNo, MarketNo], _History] = {}
        self._rejected: dict[AccountNo, deque[OrderRow]] = {}
        self.handlers = {
            OrderAccepted: self._accepted,
            OrderRested: self._rested,
            TradeExecuted: self._traded,
            OrderCanceled: self._canceled,
            OrderExpired: self._expired,
            OrderRejected: self._refused,
            OrderTriggered: self._triggered,
            TrailingStarted: self._trailing,
            OrderReplenished: self._replenished,
            TradePrevented: self._prevented,
            LegStarted: self._leg_started,
            OrderAmended: self._amended,
            OrderModified: self._modified,
        }

    def get(self, order: OrderId) -> OrderRow | None:
        """The order of that id, whatever its owner; None where it is unknown, refused or no longer kept."""
        return self._by_id.get(order)

    def latest(self, account: AccountNo, market: MarketNo, client_id: str) -> OrderRow | None:
        """The newest order of *account* in *market* with that client id."""
        row = self._by_client.get((account, market, client_id))
        if row is None and account not in self._accounts.users:
            # Clients of agents do not exist, so their client ids are not indexed: only their open orders are left.
            return next((row for row in self.open(account, market) if row.client_id == client_id), None)
        return row

    def with_client_id(self, account: AccountNo, market: MarketNo, client_id: str) -> list[OrderRow]:
        """Every order of *account* in *market* with that client id, newest first."""
        found = []
        row = self.latest(account, market, client_id)
        while row is not None:
            found.append(row)
            row = self._by_id.get(row.older)
        return found

    def open(self, account: AccountNo, market: MarketNo | None = None) -> list[OrderRow]:
        """Open orders of *account*, ascending by id; in every market where *market* is None."""
        rows = self._open.get(account, {}).values()
        return [row for row in rows if market is None or row.market == market]

    def history(
        self,
        account: AccountNo,
        market: MarketNo | None = None,
        *,
        from_id: OrderId | None = None,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 500,
        keep: Callable[[OrderRow], bool] | None = None,
    ) -> list[OrderRow]:
        """At most *limit* orders of a user, open ones included, ascending by id.

        With *from_id* or *start* (inclusive) the oldest that fit, else the newest. Times are those of acceptance;
        *end* is inclusive; of rows that *keep* does not want none is counted. Orders of other accounts have no history.
        """
        rows = self._rows_of(account, market)
        return select(rows, from_id=from_id, start=start, end=end, limit=limit, keep=keep, time_of=_ACCEPTED_AT)

    def rejected(self, account: AccountNo, market: MarketNo | None = None) -> list[OrderRow]:
        """The user's last refused orders, ascending by id, with `OrderRow.reject_reason`."""
        rows = self._rejected.get(account, ())
        return [row for row in rows if market is None or row.market == market]

    def _rows_of(self, account: AccountNo, market: MarketNo | None) -> list[OrderRow]:
        if market is not None:
            history = self._histories.get((account, market))
            return history.rows if history is not None else []
        rows = [row for key, history in self._histories.items() if key[0] == account for row in history.rows]
        rows.sort(key=_ORDER_ID)
        return rows

    def _accepted(self, seq: int, at: Nanos, event: OrderAccepted) -> None:
        more = event.more
        row = OrderRow(
            event.order, event.account, event.market, event.side, event.kind, event.tif, event.price, event.qty,
            event.qty, event.client_id, more, at, at, at,
        )  # fmt: skip
        row.hold, row.seq = event.hold, seq
        if more is not None and more.trigger is not None:
            row.status, row.working_at = OrderStatus.PENDING, Nanos(0)
        if more is not None and more.parent and more.order_list:
            row.status, row.working_at = OrderStatus.WAITING, Nanos(0)
        self._by_id[row.id] = row
        mine = self._open.get(row.account)
        if mine is None:
            mine = self._open[row.account] = {}
        mine[row.id] = row
        if row.account in self._accounts.users:
            self._remember(row)

    def _remember(self, row: OrderRow) -> None:
        # Not the newest print: that would take rows off the shelf where a fold goes on from a checkpoint.
        last = None if self._trades is None else self._trades.last_aggregate(row.market)
        if last is not None:
            row.price_then = last.price
        place = (row.account, row.market)
        history = self._histories.get(place)
        if history is None:
            history = self._histories[place] = _History()
        history.rows.append(row)
        if row.client_id:
            key = (row.account, row.market, row.client_id)
            before = self._by_client.get(key)
            if before is not None:
                row.older = before.id
            self._by_client[key] = row

    def _rested(self, seq: int, at: Nanos, event: OrderRested) -> None:
        row = self._by_id.get(event.order)
        if row is not None:
            row.left, row.resting, row.seq = event.left, True, seq
            if row.more is not None and row.more.iceberg_qty:
                row.hidden = Quantity(max(0, row.left - row.more.iceberg_qty))

    def _replenished(self, seq: int, at: Nanos, event: OrderReplenished) -> None:
        row = self._by_id.get(event.order)
        if row is not None:
            row.hidden, row.seq = Quantity(event.left - event.shown), seq

    def _prevented(self, seq: int, at: Nanos, event: TradePrevented) -> None:
        self._lessen(event.maker, event.prevention, at, seq)
        self._lessen(event.taker, event.prevention, at, seq)

    def _amended(self, seq: int, at: Nanos, event: OrderAmended) -> None:
        row = self._by_id.get(event.order)
        if row is not None:
            self._note(row, seq, at, event.client_id, event.qty, row.price, row.peg)
            row.left, row.hidden = event.left, event.hidden
            if event.more is not None:
                row.more = event.more
            if event.client_id != row.client_id:
                self._rename(row, event.client_id)

    def _modified(self, seq: int, at: Nanos, event: OrderModified) -> None:
        row = self._by_id.get(event.order)
        if row is not None:
            self._note(row, seq, at, row.client_id, event.qty, event.price, event.peg, event.label)
            row.left, row.hidden, row.resting = event.left, Quantity(0), False
            if event.more is not None:
                row.more = event.more

    def _note(
        self,
        row: OrderRow,
        seq: int,
        at: Nanos,
        client_id: str,
        qty: Quantity,
        price: Price,
        peg: Peg | None,
        label: int = 0,
    ) -> None:
        change = Amendment(at, seq, row.client_id, client_id, row.qty, qty, row.price, price, peg, label)
        row.amendments = (*row.amendments, change)
        row.qty, row.price = qty, price
        row.updated_at, row.seq = at, seq

    def _rename(self, row: OrderRow, client_id: str) -> None:
        """The order is found by its new client id; by the old one, the order before it that had it."""
        place = (row.account, row.market)
        if self._by_client.get((*place, row.client_id)) is row:
            older = self._by_id.get(row.older)
            if older is None:
                del self._by_client[*place, row.client_id]
            else:
                self._by_client[*place, row.client_id] = older
        row.client_id, row.older = client_id, NO_ORDER
        if row.account in self._accounts.users:
            before = self._by_client.get((*place, client_id))
            if before is not None:
                row.older = before.id
            self._by_client[*place, client_id] = row

    def _lessen(self, side: Prevented, prevention: int, at: Nanos, seq: int) -> None:
        row = self._by_id.get(side.order)
        if row is None or not side.qty:
            return
        row.left = side.left
        row.prevented = Quantity(row.prevented + side.qty)
        row.prevention, row.last_prevented = prevention, side.qty
        row.updated_at, row.seq = at, seq
        if not side.left:
            row.hidden = Quantity(0)

    def _triggered(self, seq: int, at: Nanos, event: OrderTriggered) -> None:
        row = self._by_id.get(event.order)
        if row is not None:
            row.status, row.kind, row.price, row.hold = OrderStatus.NEW, event.kind, event.price, event.hold
            row.qty = row.left = event.qty
            row.working_at = row.triggered_at = row.updated_at = at
            row.seq = seq

    def _trailing(self, seq: int, at: Nanos, event: TrailingStarted) -> None:
        row = self._by_id.get(event.order)
        if row is not None:
            row.trailing_at, row.trailing_from, row.seq = at, event.price, seq

    def _leg_started(self, seq: int, at: Nanos, event: LegStarted) -> None:
        row = self._by_id.get(event.order)
        if row is None:
            return
        row.qty = row.left = event.qty
        row.hold, row.updated_at, row.seq = event.hold, at, seq
        row.price = event.price or row.price
        if row.more is not None and row.more.trigger is not None:
            row.status = OrderStatus.PENDING
        else:
            row.status, row.working_at = OrderStatus.NEW, at

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        row = self._by_id.get(event.maker.order)
        if row is not None:
            self._fill(row, event, event.maker, at, seq)
            row.last_is_maker = True
        row = self._by_id.get(event.taker.order)
        if row is not None:
            self._fill(row, event, event.taker, at, seq)
            row.last_is_maker = False

    def _fill(self, row: OrderRow, event: TradeExecuted, fill: Fill, at: Nanos, seq: int) -> None:
        row.left = fill.left
        row.cum_quote = fill.cum_quote
        row.updated_at = at
        row.seq = seq
        row.trades += 1
        if row.account in self._accounts.users:
            self._detail(row, event, fill)
        if fill.left:
            row.status = _PARTLY
        else:
            row.status = _FILLED
            self._close(row)

    def _detail(self, row: OrderRow, event: TradeExecuted, fill: Fill) -> None:
        row.last_trade_id = event.trade
        row.last_allocation = event.allocation if fill is event.taker else 0
        row.last_price = event.price
        row.last_qty = event.qty
        row.last_quote = event.quote
        row.last_fee = fill.fee
        row.last_fee_asset = fill.fee_asset
        row.fee = Amount(row.fee + fill.fee)
        row.last_realised = fill.closed.realised if fill.closed is not None else Amount(0)
        row.realised = Amount(row.realised + row.last_realised)

    def _canceled(self, seq: int, at: Nanos, event: OrderCanceled) -> None:
        self._end(seq, at, event, _CANCELED)

    def _expired(self, seq: int, at: Nanos, event: OrderExpired) -> None:
        if event.refused is not None:
            row = self._by_id.get(event.order)
            if row is not None:
                row.reject_reason = event.refused
        self._end(seq, at, event, _EXPIRED)

    def _end(self, seq: int, at: Nanos, event: OrderCanceled | OrderExpired, status: OrderStatus) -> None:
        row = self._by_id.get(event.order)
        if row is not None:
            row.left, row.status, row.end_reason = event.left, status, event.reason
            row.updated_at, row.seq = at, seq
            self._close(row)

    def _close(self, row: OrderRow) -> None:
        row.resting = False
        self._open[row.account].pop(row.id, None)
        history = self._histories.get((row.account, row.market)) if row.account in self._accounts.users else None
        if history is None:
            del self._by_id[row.id]
            return
        history.closed += 1
        if history.closed > self._keep + (self._keep >> 3):
            self._trim(history)

    def _trim(self, history: _History) -> None:
        """Let the oldest closed orders go, in a block, so that each order costs a constant amount."""
        spare = history.closed - self._keep
        rows: list[OrderRow] = []
        for row in history.rows:
            if spare and not row.is_open:
                spare -= 1
                self._forget(row)
            else:
                rows.append(row)
        history.rows = rows
        history.closed = self._keep

    def _forget(self, row: OrderRow) -> None:
        del self._by_id[row.id]
        key = (row.account, row.market, row.client_id)
        if self._by_client.get(key) is row:
            del self._by_client[key]

    def _refused(self, seq: int, at: Nanos, event: OrderRejected) -> None:
        if event.account not in self._accounts.users:
            return
        row = OrderRow(
            event.order, event.account, event.market, event.side, event.kind, event.tif, event.price, event.qty,
            event.qty, event.client_id, event.more, at, at, Nanos(0), OrderStatus.REJECTED,
        )  # fmt: skip
        row.reject_reason, row.seq = event.reason, seq
        rows = self._rejected.get(row.account)
        if rows is None:
            rows = self._rejected[row.account] = deque(maxlen=self._rejected_keep)
        rows.append(row)


def is_closed(row: OrderRow) -> bool:
    return not row.is_open
