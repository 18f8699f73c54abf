"""What each order that closed some of a position came to, and what positions brought over all time.

Of accounts that have one wallet for every market: a venue that tells money as one book tells profit by order, too.
"""

import msgspec

from simexchange.core.display import entry_value, exit_cost, portion
from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import Fill, FundingPaid, OrderCanceled, OrderExpired, TradeExecuted
from simexchange.core.vocabulary.fills import Closed
from simexchange.core.vocabulary.ids import NO_ORDER, AccountNo, MarketNo, OrderId, PositionId, PositionKey, key_of
from simexchange.core.vocabulary.orders import BUY, SELL, OrderKind, Origin, Side, TradeKind
from simexchange.core.vocabulary.units import Amount, Cost, Nanos, Price, Quantity
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.markets import MarketsView
from simexchange.projections.orders import OrdersView
from simexchange.projections.series import Series, select

UNORDERED = {TradeKind.TAKEOVER: Origin.LIQUIDATION, TradeKind.ADL: Origin.ADL}
"""Why there was a trade that a side has no order of."""


class ClosingRow(msgspec.Struct, gc=False):
    """One order that made a position smaller, or a delivery. Sums over its fills that did so far."""

    id: int
    """1, 2, 3 … per account."""
    account: AccountNo
    market: MarketNo
    order: OrderId
    """0: a delivery."""
    side: Side
    """Of what closed: selling closes a long."""
    at: Nanos
    """When it first did."""
    kind: OrderKind = OrderKind.MARKET
    origin: Origin = Origin.USER
    order_price: Price = Price(0)
    order_qty: Quantity = Quantity(0)
    leverage: int = 1
    inverse: bool = False
    updated_at: Nanos = Nanos(0)
    seq: int = 0
    qty: Quantity = Quantity(0)
    """What was closed, above zero."""
    cost: Cost = Cost(0)
    """What that had cost to enter, above zero, at 10**-16."""
    realised: Amount = Amount(0)
    """Profit before fees."""
    open_fee: Amount = Amount(0)
    """The part of the fees paid to open that falls to what was closed; cost positive. *close_fee* likewise."""
    close_fee: Amount = Amount(0)
    fills: int = 0
    residue: int = 0
    """What rounding kept of the profit, at 10**-16."""

    @property
    def entry(self) -> Amount:
        """What was closed was worth when it was opened."""
        return Amount(entry_value(self.cost))

    @property
    def exit(self) -> Amount:
        """What it was worth when it was closed: more than at entry where a long gained, of inverse contracts less."""
        gains_above = (self.side is SELL) is not self.inverse
        return Amount(self.entry + self.realised if gains_above else self.entry - self.realised)

    @property
    def exit_fine(self) -> Cost:
        """The same as exactly as it was traded, at 10**-16: what prices are reckoned from."""
        above = (self.side is SELL) is not self.inverse
        return Cost(exit_cost(self.cost, self.realised, self.residue, above=above))

    @property
    def profit(self) -> Amount:
        """Profit after the fees of both ends."""
        return Amount(self.realised - self.open_fee - self.close_fee)


class _Opening(msgspec.Struct, gc=False):
    """What was paid to open the position that is there now, and not yet told with what closed."""

    position: PositionId
    qty: Quantity
    """Above zero."""
    fees: Amount = Amount(0)


class ClosingsView(Projection):
    """Rows per account in bounded rings, and what each of its positions brought over all time."""

    __slots__ = ("_accounts", "_going", "_keep", "_markets", "_openings", "_orders", "_rows", "_since", "_sums")

    def __init__(self, markets: MarketsView, accounts: AccountsView, orders: OrdersView, *, keep: int = 20_000) -> None:
        """Keep about *keep* rows per account."""
        super().__init__()
        self._markets = markets
        self._accounts = accounts
        self._orders = orders
        self._keep = keep
        self._rows: dict[AccountNo, Series[ClosingRow]] = {}
        self._going: dict[OrderId, ClosingRow] = {}
        """The rows of orders that are still open."""
        self._openings: dict[AccountNo, dict[PositionKey, _Opening]] = {}
        self._since: dict[AccountNo, dict[PositionKey, Nanos]] = {}
        self._sums: dict[AccountNo, dict[PositionKey, Amount]] = {}
        self.handlers = {
            TradeExecuted: self._traded,
            PositionDelivered: self._delivered,
            FundingPaid: self._funded,
            OrderCanceled: self._ended,
            OrderExpired: self._ended,
        }

    def of(self, account: AccountNo, *, start: Nanos | None = None, end: Nanos | None = None) -> list[ClosingRow]:
        """Every row that is kept, ascending by id; *start* and *end* are of when they first closed something."""
        series = self._rows.get(account)
        rows = series.rows if series is not None else []
        return select(rows, start=start, end=end, limit=len(rows))

    def brought(self, account: AccountNo, key: PositionKey) -> Amount:
        """What the positions of that key brought over all time: profit and funding, less fees."""
        return self._sums.get(account, {}).get(key, Amount(0))

    def since(self, account: AccountNo, key: PositionKey) -> Nanos:
        """When there first was a position of that key; 0: there never was."""
        return self._since.get(account, {}).get(key, Nanos(0))

    def by_key(self, account: AccountNo) -> dict[PositionKey, Amount]:
        """The same of every key there ever was a position of."""
        return self._sums.get(account, {})

    def _bring(self, account: AccountNo, key: PositionKey, amount: int) -> None:
        mine = self._sums.setdefault(account, {})
        mine[key] = Amount(mine.get(key, 0) + amount)

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        told, maker, taker = self._accounts.one_wallet, event.maker, event.taker
        if (maker.account not in told and taker.account not in told) or event.market in self._markets.spot:
            return
        # Maker first, as the ledger posts it: one account may be on both sides.
        if maker.account in told:
            self._fill(seq, at, event, maker, Side(-event.aggressor))
        if taker.account in told:
            self._fill(seq, at, event, taker, event.aggressor)

    def _fill(self, seq: int, at: Nanos, event: TradeExecuted, fill: Fill, side: Side) -> None:
        key, closed, opened = key_of(event.market, fill.slot, fill.sub), fill.closed, fill.opened
        fee = Amount(0) if fill.fee_price else fill.fee
        realised = Amount(0) if closed is None else closed.realised
        self._bring(fill.account, key, realised - fee)
        to_close = Amount(0)
        if closed is not None:
            to_close = Amount(portion(fee, closed.qty, event.qty))
            row = self._row(at, event, fill, side)
            self._close(seq, at, row, key, closed, to_close)
            if not fill.left:
                self._going.pop(fill.order, None)
        if opened is not None:
            mine = self._openings.setdefault(fill.account, {})
            opening = mine.get(key)
            if opening is None or opening.position != opened.position:
                opening = mine[key] = _Opening(opened.position, Quantity(0))
                self._since.setdefault(fill.account, {}).setdefault(key, at)
            opening.qty = Quantity(abs(opened.qty_after))
            opening.fees = Amount(opening.fees + fee - to_close)

    def _row(self, at: Nanos, event: TradeExecuted, fill: Fill, side: Side) -> ClosingRow:
        """The row of the fill's order; what no order is told of has one for each fill."""
        row = self._going.get(fill.order) if fill.order else None
        if row is not None:
            return row
        key, order = key_of(event.market, fill.slot, fill.sub), self._orders.get(fill.order)
        row = self._new(at, fill.account, event.market, key, fill.order, side)
        row.order_price, row.order_qty = event.price, event.qty
        row.origin = UNORDERED.get(event.kind, Origin.USER)
        if order is not None:
            row.kind, row.origin = order.kind, order.origin
            row.order_price, row.order_qty = order.price or event.price, order.qty
            self._going[fill.order] = row
        return row

    def _new(
        self, at: Nanos, account: AccountNo, market: MarketNo, key: PositionKey, order: OrderId, side: Side
    ) -> ClosingRow:
        series = self._rows.get(account)
        if series is None:
            series = self._rows[account] = Series(self._keep)
        row = ClosingRow(
            id=series.rows[-1].id + 1 if series.rows else 1, account=account, market=market, order=order, side=side,
            at=at, leverage=self._accounts.leverage(account, key), inverse=self._markets.by_no[market].spec.inverse,
        )  # fmt: skip
        series.append(row)
        return row

    def _close(self, seq: int, at: Nanos, row: ClosingRow, key: PositionKey, closed: Closed, fee: Amount) -> None:
        opening = self._openings.get(row.account, {}).get(key)
        paid = Amount(0)
        if opening is not None:
            paid = Amount(portion(opening.fees, closed.qty, opening.qty))
            opening.qty, opening.fees = Quantity(opening.qty - closed.qty), Amount(opening.fees - paid)
        row.qty = Quantity(row.qty + closed.qty)
        row.cost = Cost(row.cost + abs(closed.cost_out))
        row.realised = Amount(row.realised + closed.realised)
        row.residue += closed.residue
        row.open_fee = Amount(row.open_fee + paid)
        row.close_fee = Amount(row.close_fee + fee)
        row.fills += 1
        row.updated_at, row.seq = at, seq

    def _delivered(self, seq: int, at: Nanos, event: PositionDelivered) -> None:
        if event.account not in self._accounts.one_wallet:
            return
        key = key_of(event.market, event.slot, event.sub)
        row = self._new(at, event.account, event.market, key, NO_ORDER, SELL if event.qty > 0 else BUY)
        row.origin, row.order_price, row.order_qty = Origin.EXPIRY, event.price, Quantity(abs(event.qty))
        self._close(seq, at, row, key, event.closed, event.fee)
        self._bring(event.account, key, event.closed.realised - event.fee)

    def _funded(self, seq: int, at: Nanos, event: FundingPaid) -> None:
        if event.account not in self._accounts.one_wallet:
            return
        for key, opening in self._openings.get(event.account, {}).items():
            if opening.position == event.position:
                self._bring(event.account, key, event.amount)

    def _ended(self, seq: int, at: Nanos, event: OrderCanceled | OrderExpired) -> None:
        self._going.pop(event.order, None)
