"""What was traded: the public tape, its aggregates, and the fills of each user."""

from collections.abc import Sequence
from typing import Final

import msgspec

from simexchange.core.vocabulary.events import Fill, TapePrinted, TradeExecuted
from simexchange.core.vocabulary.ids import NO_ORDER, AccountNo, MarketNo, OrderId, PositionId, TradeId
from simexchange.core.vocabulary.orders import BUY, OFF_TAPE, SELL, Side, Slot, TradeKind
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.series import Series, select

_NOTHING: Final = Amount(0)
_NONE: Final = Quantity(0)
_SPOT: Final = PositionId(0)
_BEGINNING: Final = Nanos(0)


class TradeRow(msgspec.Struct, frozen=True, gc=False):
    """One print of the public tape."""

    id: TradeId
    market: MarketNo
    price: Price
    qty: Quantity
    quote: Amount
    at: Nanos
    aggressor: Side
    """The taker's side; the buyer was the maker where it is SELL."""
    kind: TradeKind
    seq: int


class AggregateRow(msgspec.Struct, gc=False):
    """What one taker traded at one price in one step. Whole as soon as a record above ``seq`` is folded."""

    id: int
    """1, 2, 3 … per market."""
    market: MarketNo
    price: Price
    qty: Quantity
    quote: Amount
    first: TradeId
    last: TradeId
    at: Nanos
    aggressor: Side
    taker: OrderId
    """The taker's order; 0 where the tape took."""
    seq: int


class FillRow(msgspec.Struct, frozen=True, gc=False):
    """One side of a trade, as its owner sees it."""

    id: TradeId
    account: AccountNo
    market: MarketNo
    order: OrderId
    side: Side
    price: Price
    qty: Quantity
    quote: Amount
    fee: Amount
    """Cost positive, rebate negative."""
    fee_asset: str
    is_maker: bool
    realised: Amount
    """Profit before fees; 0 where nothing was closed."""
    position: PositionId
    """The position it worked on (the new one, where it crossed zero); 0 on spot."""
    kind: TradeKind
    at: Nanos
    seq: int
    allocation: int = 0
    """Of a routed order: the number of this allocation in its market, from 1; 0: an ordinary trade."""
    slot: Slot = Slot.NET
    """Which of the owner's positions in the market it worked on."""
    closed: Quantity = Quantity(0)
    """How much of that position it closed."""
    left: Quantity = Quantity(0)
    """What of the order was unfilled after it."""
    nameless: int = 0
    """Of a trade off the tape, which has no id: which such one of its owner in this market it is, from 1."""

    @property
    def is_buyer(self) -> bool:
        """Whether the owner bought."""
        return self.side is BUY


class TradesView(Projection):
    """Tape and aggregates per market, fills per user and market; bounded rings."""

    __slots__ = (
        "_accounts", "_aggregates", "_allocations", "_fills", "_keep_fills", "_keep_tape", "_nameless", "_newest",
        "_tape",
    )  # fmt: skip

    def __init__(self, accounts: AccountsView, *, keep_tape: int = 20_000, keep_fills: int = 50_000) -> None:
        """Keep about *keep_tape* prints and aggregates per market, *keep_fills* fills per user and market."""
        super().__init__()
        self._accounts = accounts
        self._keep_tape = keep_tape
        self._keep_fills = keep_fills
        self._tape: dict[MarketNo, Series[TradeRow]] = {}
        self._aggregates: dict[MarketNo, Series[AggregateRow]] = {}
        self._newest: dict[MarketNo, AggregateRow] = {}
        """The last of each, which may still grow: rows that were kept are not looked at for it."""
        self._fills: dict[tuple[AccountNo, MarketNo], Series[FillRow]] = {}
        self._allocations: dict[tuple[AccountNo, MarketNo], Series[FillRow]] = {}
        self._nameless: dict[tuple[AccountNo, MarketNo], int] = {}
        """How many fills without a trade id each user had."""
        self.handlers = {TradeExecuted: self._traded, TapePrinted: self._printed}

    def tape(
        self,
        market: MarketNo,
        *,
        from_id: TradeId | None = None,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 500,
    ) -> list[TradeRow]:
        """At most *limit* prints, ascending: with *from_id* or *start* the oldest that fit, else the newest."""
        series = self._tape.get(market)
        return select(series.rows if series else (), from_id=from_id, start=start, end=end, limit=limit)

    def aggregates(
        self,
        market: MarketNo,
        *,
        from_id: int | None = None,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 500,
    ) -> list[AggregateRow]:
        """At most *limit* aggregates, ascending: with *from_id* or *start* the oldest that fit, else the newest."""
        series = self._aggregates.get(market)
        return select(series.rows if series else (), from_id=from_id, start=start, end=end, limit=limit)

    def fills(
        self,
        account: AccountNo,
        market: MarketNo | None = None,
        *,
        from_id: TradeId | None = None,
        from_nameless: int | None = None,
        start: Nanos | None = None,
        end: Nanos | None = None,
        order: OrderId | None = None,
        limit: int = 500,
    ) -> list[FillRow]:
        """At most *limit* fills of a user, as they happened: ascending by trade id, in every market by time.

        With *from_id* (a trade id, so only with *market*) or *start* the oldest that fit, else the newest; *order*
        leaves only that order's. Takeovers and deliveries are fills too, though not on the tape: those after the trade
        before *from_id* belong to it, and *from_nameless* goes on from such a one by its number.
        """
        keep = None if order is None else lambda row: row.order == order
        rows = self._fills_of(account, market)
        if from_nameless is not None:
            rows, start = rows[_first_nameless(rows, from_nameless) :], start or _BEGINNING
        elif from_id is not None and (account, market) in self._nameless:
            rows, from_id, start = rows[_first(rows, from_id) :], None, start or _BEGINNING
        return select(rows, from_id=from_id, start=start, end=end, limit=limit, keep=keep)

    def allocations(
        self,
        account: AccountNo,
        market: MarketNo,
        *,
        from_id: TradeId | None = None,
        start: Nanos | None = None,
        end: Nanos | None = None,
        order: OrderId | None = None,
        limit: int = 500,
    ) -> list[FillRow]:
        """What a user's routed orders sent to *market* were given, ascending by number of the allocation, from 1.

        Such a fill is no trade of that market: it is here, and not among `fills`. A row's id is its number.
        """
        keep = None if order is None else lambda row: row.order == order
        series = self._allocations.get((account, market))
        rows = series.rows if series is not None else []
        return select(rows, from_id=from_id, start=start, end=end, limit=limit, keep=keep)

    def last(self, market: MarketNo) -> TradeRow | None:
        """The newest print."""
        series = self._tape.get(market)
        return series.rows[-1] if series else None

    def last_aggregate(self, market: MarketNo) -> AggregateRow | None:
        """The newest aggregate; it may still grow while its own record is folded."""
        return self._newest.get(market)

    def _fills_of(self, account: AccountNo, market: MarketNo | None) -> list[FillRow]:
        if market is not None:
            series = self._fills.get((account, market))
            return series.rows if series is not None else []
        rows = [row for key, series in self._fills.items() if key[0] == account for row in series.rows]
        rows.sort(key=lambda row: (row.seq, row.market, row.id))
        return rows

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        if event.kind not in OFF_TAPE:
            taker = NO_ORDER if event.taker.account in self._accounts.house else event.taker.order
            self._print(seq, at, event, event.kind, taker)
        users = self._accounts.users
        if event.maker.account in users:
            self._fill(seq, at, event, event.maker, is_maker=True)
        if event.taker.account in users:
            self._fill(seq, at, event, event.taker, is_maker=False)

    def _printed(self, seq: int, at: Nanos, event: TapePrinted) -> None:
        self._print(seq, at, event, TradeKind.TRADE, NO_ORDER)

    def _print(self, seq: int, at: Nanos, event: TradeExecuted | TapePrinted, kind: TradeKind, taker: OrderId) -> None:
        market = event.market
        tape = self._tape.get(market)
        if tape is None:
            tape = self._tape[market] = Series(self._keep_tape)
            self._aggregates[market] = Series(self._keep_tape)
        tape.append(TradeRow(event.trade, market, event.price, event.qty, event.quote, at, event.aggressor, kind, seq))
        last = self._newest.get(market)
        if (
            last is not None
            and last.seq == seq
            and last.price == event.price
            and last.taker == taker
            and last.aggressor == event.aggressor
        ):
            # As in `Chain.trade`: a cast is a call, and this runs with every trade.
            last.qty += event.qty  # type: ignore[assignment]
            last.quote += event.quote  # type: ignore[assignment]
            last.last = event.trade
            return
        row = AggregateRow(
            last.id + 1 if last is not None else 1, market, event.price, event.qty, event.quote, event.trade,
            event.trade, at, event.aggressor, taker, seq,
        )  # fmt: skip
        self._newest[market] = row
        self._aggregates[market].append(row)

    def _fill(self, seq: int, at: Nanos, event: TradeExecuted, fill: Fill, *, is_maker: bool) -> None:
        closed, opened = fill.closed, fill.opened
        position = _SPOT
        if opened is not None:
            position = opened.position
        elif closed is not None:
            position = closed.position
        buyer = (event.aggressor is BUY) is not is_maker
        # A routed taker is told of its own market, and of an allocation there.
        market = event.routed if event.routed and not is_maker else event.market
        allocation = 0 if is_maker else event.allocation
        place, nameless = (fill.account, market), 0
        if not event.trade:
            nameless = self._nameless[place] = self._nameless.get(place, 0) + 1
        row = FillRow(
            TradeId(allocation or event.trade), fill.account, market, fill.order, BUY if buyer else SELL, event.price,
            event.qty, event.quote, fill.fee, fill.fee_asset, is_maker,
            closed.realised if closed is not None else _NOTHING, position, event.kind, at, seq,
            allocation, fill.slot, _NONE if closed is None else closed.qty, fill.left, nameless,
        )  # fmt: skip
        kept = self._allocations if allocation else self._fills
        series = kept.get(place)
        if series is None:
            series = kept[place] = Series(self._keep_fills)
        series.append(row)


def _first(rows: Sequence[FillRow], from_id: int) -> int:
    """Where the fills begin that are younger than the last trade before *from_id*.

    Of somebody who had some off the tape: what has no id stands between those that have, and no search by ids finds it.
    """
    return next((place for place in range(len(rows), 0, -1) if 0 < rows[place - 1].id < from_id), 0)


def _first_nameless(rows: Sequence[FillRow], number: int) -> int:
    """Where the fill off the tape of that *number* stands, or what came after the one before it."""
    for place, row in enumerate(rows):
        if row.nameless >= number:
            return place
    before = number - 1
    return next((place for place in range(len(rows), 0, -1) if 0 < rows[place - 1].nameless == before), len(rows))
