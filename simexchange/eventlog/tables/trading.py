"""Tables of trading: fills, orders from beginning to end, positions from opening to flat."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from simexchange.core import display
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import events as ev
from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.ids import NO_ORDER, MarketNo, OrderId, PositionId, market_of, slot_of
from simexchange.core.vocabulary.orders import Side, Slot
from simexchange.eventlog.tables.columns import ACCOUNT, AT, MARKET, SEQ, Column, Kind, Place, Row, Table, Teller


class FillsTeller(Teller):
    """One row per wanted account and side of a trade; a delivery is one, too."""

    def event(self, place: Place, event: Any, state: ExchangeState) -> Iterable[Row]:
        if isinstance(event, ev.TradeExecuted):
            for fill, role in ((event.taker, "taker"), (event.maker, "maker")):
                if self.wanted.has(state, fill.account):
                    yield from self._fill(place, event, fill, role, state)
        elif isinstance(event, PositionDelivered) and self.wanted.has(state, event.account):
            yield from self._delivery(place, event, state)

    def _fill(
        self, place: Place, event: ev.TradeExecuted, fill: ev.Fill, role: str, state: ExchangeState
    ) -> Iterator[Row]:
        spec = state.markets[event.market].spec
        if not self.wanted.trades(spec.id):
            return
        account = state.accounts[fill.account]
        order = account.orders.get(fill.order)
        side = event.aggressor if role == "taker" else -event.aggressor
        closed, opened = fill.closed, fill.opened
        position = opened.position if opened is not None else closed.position if closed is not None else 0
        quote = state.markets[event.routed].spec.quote if event.routed and role == "taker" else spec.quote
        yield (
            place.seq, place.at, account.name, spec.id, event.trade, fill.order,
            "" if order is None else order.client_id,
            Side(side).name.lower(), role, event.price, event.qty, event.quote, spec.base, quote,
            0 if closed is None else closed.realised, spec.settle if state.markets[event.market].derivative else "",
            fill.fee, fill.fee_asset, position, fill.slot.name, event.kind.name.lower(), fill.left,
        )  # fmt: skip

    def _delivery(self, place: Place, event: PositionDelivered, state: ExchangeState) -> Iterator[Row]:
        spec = state.markets[event.market].spec
        if self.wanted.trades(spec.id):
            side = Side.SELL if event.qty > 0 else Side.BUY
            yield (
                place.seq, place.at, state.accounts[event.account].name, spec.id, 0, NO_ORDER, "", side.name.lower(),
                "", event.price, abs(event.qty), event.worth, spec.base, spec.quote, event.closed.realised, spec.settle,
                event.fee, spec.settle, event.closed.position, event.slot.name, "delivery", 0,
            )  # fmt: skip


class _Open(msgspec.Struct):
    """An order as far as it has come."""

    seq: int
    at: int
    account: str
    market: MarketNo
    client_id: str
    side: Side
    kind: str
    tif: str
    qty: int
    price: int
    trigger: int
    reduce_only: bool
    origin: str
    filled: int = 0
    cum_quote: int = 0
    trades: int = 0


class OrdersTeller(Teller):
    """One row per order, when it has ended; open ones at the end of the log."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._open: dict[OrderId, _Open] = {}

    def begin(self, state: ExchangeState) -> None:
        """Of orders that were open before the log's first record, what was filled before counts."""
        for account in state.accounts.values():
            for order in account.orders.values():
                if self.wanted.has(state, account.no):
                    self._take(state, order, 0, order.accepted_at)
                    found = self._open[order.id]
                    found.filled, found.cum_quote = order.qty - order.left - order.prevented, order.cum_quote

    def _take(self, state: ExchangeState, said: Any, seq: int, at: int) -> None:
        more = said.more
        trigger = 0 if more is None or more.trigger is None else more.trigger.price
        order = said.id if hasattr(said, "id") else said.order
        self._open[order] = _Open(
            seq, at, state.accounts[said.account].name, said.market, said.client_id, said.side,
            said.kind.name.lower(), said.tif.name.lower(), said.qty, said.price, trigger,
            more is not None and more.reduce_only, "user" if more is None else more.origin.name.lower(),
        )  # fmt: skip

    def event(self, place: Place, event: Any, state: ExchangeState) -> Iterable[Row]:
        kind = type(event)
        if kind is ev.OrderAccepted:
            if self.wanted.has(state, event.account):
                self._take(state, event, place.seq, place.at)
        elif kind is ev.OrderRejected:
            if self.wanted.has(state, event.account):
                self._take(state, event, place.seq, place.at)
                yield from self._done(event.order, "rejected", str(event.reason), place, state)
        elif kind is ev.TradeExecuted:
            yield from self._traded(place, event, state)
        elif kind in (ev.OrderCanceled, ev.OrderExpired):
            reason = getattr(event, "refused", None) or event.reason.name.lower()
            status = "canceled" if kind is ev.OrderCanceled else "expired"
            yield from self._done(event.order, status, str(reason), place, state)
        elif kind in (ev.OrderAmended, ev.OrderModified, ev.OrderTriggered):
            self._changed(event)

    def _traded(self, place: Place, event: ev.TradeExecuted, state: ExchangeState) -> Iterator[Row]:
        for fill in (event.taker, event.maker):
            found = self._open.get(fill.order)
            if found is not None:
                found.filled += event.qty
                found.cum_quote = fill.cum_quote
                found.trades += 1
                if not fill.left:
                    yield from self._done(fill.order, "filled", "", place, state)

    def _changed(self, event: Any) -> None:
        found = self._open.get(event.order)
        if found is None:
            return
        found.qty = event.qty
        if isinstance(event, (ev.OrderModified, ev.OrderTriggered)):
            found.price = event.price
        if isinstance(event, ev.OrderTriggered):
            found.kind = event.kind.name.lower()
        if isinstance(event, ev.OrderAmended):
            found.client_id = event.client_id

    def _done(self, order: OrderId, status: str, reason: str, place: Place, state: ExchangeState) -> Iterator[Row]:
        found = self._open.pop(order, None)
        if found is not None:
            yield from self._row(order, found, status, reason, place.at, place.seq, state)

    def _row(
        self, order: OrderId, found: _Open, status: str, reason: str, at: int | None, seq: int | None,
        state: ExchangeState,
    ) -> Iterator[Row]:  # fmt: skip
        market = state.markets.get(found.market)
        name = "" if market is None else market.spec.id
        if not self.wanted.trades(name):
            return
        average = None
        if market is not None and found.filled:
            average = display.trade_average(market.spec, found.cum_quote, found.filled)
        yield (
            found.seq, found.at, found.account, name, order, found.client_id, found.side.name.lower(), found.kind,
            found.tif, found.qty, found.price or None, found.trigger or None, found.reduce_only, found.origin,
            found.filled, average, found.trades, status, reason, at, seq,
        )  # fmt: skip

    def end(self, state: ExchangeState) -> Iterable[Row]:
        for order, found in self._open.items():
            yield from self._row(order, found, "open", "", None, None, state)


class _Held(msgspec.Struct):
    """A position as far as it has come."""

    seq: int
    at: int
    account: str
    market: MarketNo
    slot: Slot
    long: bool
    qty: int = 0
    """Without sign; *cost* at 10**-16, signed as the position."""
    cost: int = 0
    largest: int = 0
    entry_qty: int = 0
    entry_cost: int = 0
    """What was bought into it over its life, and what it cost."""
    exit_qty: int = 0
    realised: int = 0
    fees: int = 0
    funding: int = 0
    fills: int = 0


class PositionsTeller(Teller):
    """One row per position, when it is flat; open ones at the end of the log."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._held: dict[PositionId, _Held] = {}

    def begin(self, state: ExchangeState) -> None:
        """Positions that were open before the log's first record begin with what they stood at."""
        for account in state.accounts.values():
            for key, position in account.positions.items():
                if self.wanted.has(state, account.no):
                    market, slot = market_of(key), Slot(slot_of(key))
                    self._held[position.id] = _Held(
                        0, position.opened_at, account.name, market, slot, position.qty > 0, abs(position.qty),
                        position.cost, abs(position.qty), abs(position.qty), position.cost,
                    )  # fmt: skip

    def event(self, place: Place, event: Any, state: ExchangeState) -> Iterable[Row]:
        if isinstance(event, ev.TradeExecuted):
            for fill in (event.maker, event.taker):
                if fill.closed is not None or fill.opened is not None:
                    yield from self._fill(place, event.market, fill, state)
        elif isinstance(event, ev.FundingPaid):
            held = self._held.get(event.position)
            if held is not None:
                held.funding += event.amount
        elif isinstance(event, PositionDelivered):
            held = self._held.get(event.closed.position)
            if held is not None:
                held.realised += event.closed.realised
                held.fees += event.fee
                held.exit_qty += held.qty
                yield from self._flat(event.closed.position, place, state)

    def _fill(self, place: Place, market: MarketNo, fill: ev.Fill, state: ExchangeState) -> Iterator[Row]:
        if not self.wanted.has(state, fill.account):
            return
        closed, opened = fill.closed, fill.opened
        settle = state.markets[market].spec.settle
        fee = fill.fee if fill.fee_asset == settle else 0
        if closed is not None and closed.position in self._held:
            held = self._held[closed.position]
            held.realised += closed.realised
            held.exit_qty += closed.qty
            held.qty -= closed.qty
            held.cost -= closed.cost_out
            if opened is None:
                held.fees += fee
                held.fills += 1
            if not held.qty:
                yield from self._flat(closed.position, place, state)
        if opened is not None:
            self._grown(place, market, fill, opened, fee, state)

    def _grown(
        self, place: Place, market: MarketNo, fill: ev.Fill, opened: Any, fee: int, state: ExchangeState
    ) -> None:
        held = self._held.get(opened.position)
        if held is None:
            name = state.accounts[fill.account].name
            held = self._held[opened.position] = _Held(
                place.seq, place.at, name, market, fill.slot, opened.qty_after > 0
            )
        size = abs(opened.qty_after)
        held.entry_qty += size - held.qty
        held.entry_cost += opened.cost_after - held.cost
        held.qty, held.cost = size, opened.cost_after
        held.largest = max(held.largest, size)
        held.fees += fee
        held.fills += 1

    def _flat(self, position: PositionId, place: Place, state: ExchangeState) -> Iterator[Row]:
        held = self._held.pop(position)
        yield from self._row(position, held, place.at, place.seq, state)

    def _row(
        self, position: PositionId, held: _Held, at: int | None, seq: int | None, state: ExchangeState
    ) -> Iterator[Row]:
        spec = state.markets[held.market].spec
        if not self.wanted.trades(spec.id):
            return
        sign = 1 if held.long else -1
        entry = display.entry_price(held.entry_qty * sign, held.entry_cost, display.contract_of(spec))
        left = 0 if at is not None else held.qty * sign
        yield (
            held.seq, held.at, held.account, spec.id, position, "long" if held.long else "short", held.slot.name,
            held.largest, held.entry_qty, entry, left, held.realised, held.fees, held.funding, spec.settle, held.fills,
            at, seq,
        )  # fmt: skip

    def end(self, state: ExchangeState) -> Iterable[Row]:
        for position, held in self._held.items():
            yield from self._row(position, held, None, None, state)


ORDER: Final = Column("order", Kind.WHOLE, "Its id.")
SIDE: Final = Column("side", Kind.TEXT, "`buy` or `sell`.")
SLOT: Final = Column("slot", Kind.TEXT, "`NET`, or `LONG` and `SHORT` of a hedging account.")
FILLS: Final = Table(
    "fills",
    "One row per person and side of a trade; a delivery of a dated contract is one, too.",
    (
        SEQ,
        AT,
        ACCOUNT,
        MARKET,
        Column("trade", Kind.WHOLE, "Its number in the market; 0: a delivery."),
        ORDER,
        Column("client_id", Kind.TEXT, "What its owner calls the order."),
        SIDE,
        Column("role", Kind.TEXT, "`taker`, `maker`, or empty for a delivery."),
        Column("price", Kind.DECIMAL, ""),
        Column("qty", Kind.DECIMAL, "Base units; contracts of inverse markets."),
        Column(
            "quote", Kind.DECIMAL, "What it was worth, in the quote asset; of inverse contracts in the settled one."
        ),
        Column("base_asset", Kind.TEXT, ""),
        Column("quote_asset", Kind.TEXT, "Of a routed order that of its own market."),
        Column("realised", Kind.DECIMAL, "Profit before fees of what it closed; contracts only."),
        Column("realised_asset", Kind.TEXT, "Empty on spot, where base and quote change hands."),
        Column("fee", Kind.DECIMAL, "Paid; a rebate is below zero."),
        Column("fee_asset", Kind.TEXT, ""),
        Column("position", Kind.WHOLE, "The position it worked on; 0 on spot."),
        SLOT,
        Column("kind", Kind.TEXT, "`trade`, `liquidation`, `takeover`, `adl`, `fund`, `crossed` or `delivery`."),
        Column("left", Kind.DECIMAL, "What of the order is still unfilled."),
    ),
    FillsTeller,
)
ORDERS: Final = Table(
    "orders",
    "One row per order of a person, in order of their ends; open ones last.",
    (
        Column("seq", Kind.WHOLE, "The record it came in; 0: before the log's first."),
        AT,
        ACCOUNT,
        MARKET,
        ORDER,
        Column("client_id", Kind.TEXT, ""),
        SIDE,
        Column("kind", Kind.TEXT, "`limit` or `market`; of one that slept what it was when it woke."),
        Column("tif", Kind.TEXT, "`gtc`, `ioc`, `fok`, `post_only` or `gtd`."),
        Column("qty", Kind.DECIMAL, ""),
        Column("price", Kind.DECIMAL, "Empty for a market order."),
        Column("trigger_price", Kind.DECIMAL, "Empty where it did not sleep."),
        Column("reduce_only", Kind.FLAG, ""),
        Column("origin", Kind.TEXT, "`user`, `liquidation`, `tpsl` and so on."),
        Column("filled", Kind.DECIMAL, ""),
        Column("average_price", Kind.DECIMAL, "Toward zero; empty where nothing was filled."),
        Column("trades", Kind.WHOLE, ""),
        Column("status", Kind.TEXT, "`filled`, `canceled`, `expired`, `rejected` or `open`."),
        Column("reason", Kind.TEXT, "Why it was refused or ended; empty where it was filled or is open."),
        Column("done_at", Kind.TIME, "Empty where it is open."),
        Column("done_seq", Kind.WHOLE, "The record it ended in."),
    ),
    OrdersTeller,
)
POSITIONS: Final = Table(
    "positions",
    "One row per position of a person from opening to flat, in order of their ends; open ones last.",
    (
        Column("seq", Kind.WHOLE, "The record it was opened in; 0: before the log's first."),
        AT,
        ACCOUNT,
        MARKET,
        Column("position", Kind.WHOLE, "Its id."),
        Column("direction", Kind.TEXT, "`long` or `short`."),
        SLOT,
        Column("largest", Kind.DECIMAL, "The most it ever was."),
        Column("entered", Kind.DECIMAL, "All that went into it."),
        Column("entry_price", Kind.DECIMAL, "Average over all of that, toward zero."),
        Column("left", Kind.DECIMAL, "What is still open; below zero for a short."),
        Column("realised", Kind.DECIMAL, "Profit before fees and funding."),
        Column("fees", Kind.DECIMAL, "Of its fills, as far as paid in the settled asset."),
        Column("funding", Kind.DECIMAL, "Received; paid below zero."),
        Column("asset", Kind.TEXT, "What it settles in."),
        Column("fills", Kind.WHOLE, ""),
        Column("closed_at", Kind.TIME, "Empty where it is open."),
        Column("closed_seq", Kind.WHOLE, ""),
    ),
    PositionsTeller,
)
