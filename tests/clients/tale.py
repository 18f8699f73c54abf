"""The event log told once more, naively: what every number of a client must equal.

It reads what `simexchange inspect --json` prints, in exact decimals, and shares no code with the exchange's own
projections: balances are added up from the money in the events, the book from what rests in it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from typing import Any, Final

Record = dict[str, Any]
Event = dict[str, Any]

UNIT: Final = Decimal("0.00000001")
NONE: Final = Decimal(0)
OFF_BOOK: Final = {"TAKEOVER", "ADL", "DELIVERY"}


def millis(moment: str | None) -> int:
    """An ISO time of the log in whole milliseconds, as venues tell it; nanoseconds are cut off."""
    if moment is None:
        return 0
    whole, _, fraction = moment.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole + "+00:00").timestamp())
    return seconds * 1000 + int(fraction.ljust(3, "0")[:3] or 0)


def down(value: Decimal, unit: Decimal = UNIT) -> Decimal:
    return value.quantize(unit, ROUND_DOWN)


def up(value: Decimal, unit: Decimal = UNIT) -> Decimal:
    return value.quantize(unit, ROUND_CEILING)


@dataclass
class Fill:
    """One side of a TradeExecuted."""

    trade: int
    order: int
    price: Decimal
    qty: Decimal
    quote: Decimal
    fee: Decimal
    fee_asset: str
    realised: Decimal
    side: str
    maker: bool
    at: int


@dataclass
class Order:
    """One OrderAccepted and what became of it."""

    id: int
    account: int
    market: int
    side: str
    kind: str
    tif: str
    price: Decimal
    qty: Decimal
    client_id: str
    accepted: int
    updated: int
    left: Decimal
    reduce_only: bool
    cum_quote: Decimal = NONE
    status: str = "open"
    """As ccxt says it: open, closed, canceled or expired."""
    rested: bool = False
    fills: list[Fill] = field(default_factory=list)

    @property
    def filled(self) -> Decimal:
        return self.qty - self.left

    @property
    def average(self) -> Decimal:
        """Unrounded; 0 for nothing."""
        return self.cum_quote / self.filled if self.filled else NONE

    @property
    def fee(self) -> Decimal:
        return sum((fill.fee for fill in self.fills), NONE)


@dataclass
class Trade:
    """One TradeExecuted as the public sees it."""

    id: int
    price: Decimal
    qty: Decimal
    quote: Decimal
    side: str
    """The taker's."""
    at: int
    seq: int
    taker: int


@dataclass
class Aggregate:
    """What one order took at one price in one record."""

    id: int
    price: Decimal
    qty: Decimal
    quote: Decimal
    side: str
    at: int


@dataclass
class Position:
    """What the fills of an account add up to in one market, signed."""

    qty: Decimal = NONE
    cost: Decimal = NONE
    updated: int = 0
    mark: Decimal = NONE
    """The mark price when a fill changed it last."""


@dataclass
class Balance:
    """What the postings of an account add up to."""

    free: Decimal = NONE
    held: Decimal = NONE
    updated: int = 0


@dataclass
class Candle:
    """Prices of one span of time."""

    start: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = NONE


class Tale:
    """Everything the records say, folded in order."""

    def __init__(self, records: list[Record]) -> None:
        self.listed: dict[str, int] = {}
        self.markets: dict[int, dict[str, Any]] = {}
        self.rules: dict[int, dict[str, Any]] = {}
        self.accounts: dict[str, int] = {}
        self.orders: dict[int, Order] = {}
        self.entered: dict[int, Order] = {}
        """Orders as they stood at the end of the record that took them in."""
        self.refused: list[Event] = []
        self.tape: dict[int, list[Trade]] = {}
        self.balances: dict[tuple[int, str, str], Balance] = {}
        self.positions: dict[tuple[int, int], Position] = {}
        self.books: dict[int, dict[str, dict[Decimal, Decimal]]] = {}
        self.ghosts: dict[int, dict[str, dict[Decimal, Decimal]]] = {}
        """What of the books is a tape's."""
        self.book_seq: dict[int, int] = {}
        self.book_at: dict[int, int] = {}
        self.best_at: dict[int, int] = {}
        """When the best bid or ask, or its size, changed last."""
        self.leverage: dict[tuple[int, int], int] = {}
        self.marks: dict[int, list[tuple[int, Event]]] = {}
        self.indexes: dict[str, list[tuple[int, Decimal]]] = {}
        self.rates: dict[int, list[tuple[int, Event]]] = {}
        self.income: dict[int, list[tuple[str, Decimal, int]]] = {}
        """Account → (what for, amount, when) in the wallet of linear contracts."""
        for record in records:
            self._seq, self._at = record["seq"], millis(record["at"])
            taken: list[int] = []
            for event in record["events"]:
                handle = getattr(self, "_on_" + event["type"], None)
                if handle is not None:
                    handle(event)
                if event["type"] == "OrderAccepted":
                    taken.append(event["order"])
            for order in taken:
                self.entered[order] = replace(self.orders[order], fills=list(self.orders[order].fills))

    # Asking

    def of(self, account: int, market: int, *statuses: str) -> list[Order]:
        """The orders of an account in a market, ascending."""
        mine = [order for order in self.orders.values() if (order.account, order.market) == (account, market)]
        return sorted((order for order in mine if not statuses or order.status in statuses), key=lambda o: o.id)

    def fills(self, account: int, market: int) -> list[Fill]:
        return sorted((fill for order in self.of(account, market) for fill in order.fills), key=lambda f: f.trade)

    def balance(self, account: int, wallet: str, asset: str) -> Balance:
        return self.balances.setdefault((account, wallet, asset), Balance())

    def levels(self, market: int, side: str) -> list[tuple[Decimal, Decimal]]:
        """(price, size), best first."""
        return sorted(self.books[market][side].items(), reverse=side == "BUY")

    def aggregates(self, market: int) -> list[Aggregate]:
        found: list[Aggregate] = []
        before: object = None
        for trade in self.tape[market]:
            key = (trade.seq, trade.taker, trade.price)
            if key == before:
                found[-1].qty += trade.qty
                found[-1].quote += trade.quote
            else:
                row = Aggregate(len(found) + 1, trade.price, trade.qty, trade.quote, trade.side, trade.at)
                found.append(row)
            before = key
        return found

    def candles(self, market: int, length: int, now: int) -> list[Candle]:
        """Candles of *length* milliseconds from the first trade to *now*; without a trade flat at the close before."""
        made: list[Candle] = []
        for trade in self.tape[market]:
            _extend(made, trade.at, length, trade.price, trade.qty)
        _fill(made, length, now)
        return made

    def mark_candles(self, market: int, length: int, now: int) -> list[Candle]:
        made: list[Candle] = []
        for at, mark in self.marks[market]:
            _extend(made, at, length, Decimal(mark["mark"]), NONE)
        _fill(made, length, now)
        return made

    # Folding

    def _on_MarketListed(self, event: Event) -> None:  # noqa: N802 - named for the event
        self.listed[event["market"]["id"]] = event["no"]
        self.markets[event["no"]] = event["market"]
        self.books[event["no"]] = {"BUY": {}, "SELL": {}}
        self.ghosts[event["no"]] = {"BUY": {}, "SELL": {}}
        self.tape[event["no"]] = []
        self.book_seq[event["no"]] = 0

    def _on_RulesSet(self, event: Event) -> None:  # noqa: N802
        # Other venues have rules of their own for the same markets.
        if event["bundle"] == "binance":
            self.rules[event["market"]] = event["rules"]

    def _on_AccountOpened(self, event: Event) -> None:  # noqa: N802
        self.accounts[event["name"]] = event["no"]

    def _on_FundsDeposited(self, event: Event) -> None:  # noqa: N802
        self._move(event["account"], event["wallet"], event["asset"], Decimal(event["amount"]))
        if event["wallet"] == "usdm":
            self._earn(event["account"], "deposit", Decimal(event["amount"]))

    def _on_LeverageSet(self, event: Event) -> None:  # noqa: N802
        self.leverage[event["account"], event["market"]] = event["leverage"]

    def _on_MarkSet(self, event: Event) -> None:  # noqa: N802
        self.marks.setdefault(event["market"], []).append((self._at, event))

    def _on_IndexSet(self, event: Event) -> None:  # noqa: N802
        self.indexes.setdefault(event["index"], []).append((self._at, Decimal(event["price"])))

    def _on_FundingRateSet(self, event: Event) -> None:  # noqa: N802
        self.rates.setdefault(event["market"], []).append((self._at, event))

    def _on_FundingPaid(self, event: Event) -> None:  # noqa: N802
        self._move(event["account"], event["wallet"], event["asset"], Decimal(event["amount"]))
        self._earn(event["account"], "funding", Decimal(event["amount"]))

    def _on_OrderRejected(self, event: Event) -> None:  # noqa: N802
        self.refused.append(event)

    def _on_OrderAccepted(self, event: Event) -> None:  # noqa: N802
        more = event["more"] or {}
        qty = Decimal(event["qty"])
        order = Order(
            event["order"], event["account"], event["market"], event["side"], event["kind"], event["tif"],
            Decimal(event["price"]), qty, event["client_id"], self._at, self._at, qty,
            bool(more.get("reduce_only")),
        )  # fmt: skip
        self.orders[order.id] = order
        self._hold(order, Decimal(event["hold"]))

    def _on_OrderRested(self, event: Event) -> None:  # noqa: N802
        order = self.orders[event["order"]]
        order.rested = True
        self._level(order.market, order.side, order.price, Decimal(event["left"]))

    def _on_BookAdjusted(self, event: Event) -> None:  # noqa: N802
        for side, name in (("BUY", "bids"), ("SELL", "asks")):
            ghosts = self.ghosts[event["market"]][side]
            said = {Decimal(price): Decimal(size) for price, size in event[name]}
            gone = {price: NONE for price in ghosts if price not in said} if event["snapshot"] else {}
            for price, size in {**gone, **said}.items():
                self._ghost(event["market"], side, price, size - ghosts.get(price, NONE))

    def _on_TapePrinted(self, event: Event) -> None:  # noqa: N802
        self._print(event, taker=0)
        side = "SELL" if event["aggressor"] == "BUY" else "BUY"
        self._ghost(event["market"], side, Decimal(event["price"]), -Decimal(event["ghosts"]))

    def _on_OrderCanceled(self, event: Event) -> None:  # noqa: N802
        self._ended(event, "canceled")

    def _on_OrderExpired(self, event: Event) -> None:  # noqa: N802
        self._ended(event, "expired")

    def _on_TradeExecuted(self, event: Event) -> None:  # noqa: N802
        other = "SELL" if event["aggressor"] == "BUY" else "BUY"
        if event["kind"] != "TAKEOVER":
            self._print(event, event["taker"]["order"])
        if event["kind"] not in OFF_BOOK:
            price, qty = Decimal(event["price"]), Decimal(event["qty"])
            take = self._level if event["maker"]["order"] else self._ghost
            take(event["market"], other, price, -qty)
        for name, side in (("taker", event["aggressor"]), ("maker", other)):
            self._fill(event, event[name], side, maker=name == "maker")

    def _print(self, event: Event, taker: int) -> None:
        price, qty, quote = (Decimal(event[name]) for name in ("price", "qty", "quote"))
        row = Trade(event["trade"], price, qty, quote, event["aggressor"], self._at, self._seq, taker)
        self.tape[event["market"]].append(row)

    def _fill(self, event: Event, said: Event, side: str, *, maker: bool) -> None:
        """What one side of a trade did to its order, its money and its position."""
        market = self.markets[event["market"]]
        qty, quote, fee = Decimal(event["qty"]), Decimal(event["quote"]), Decimal(said["fee"])
        closed, opened = said["closed"], said["opened"]
        realised = Decimal(closed["realised"]) if closed else NONE
        fill = Fill(
            event["trade"], said["order"], Decimal(event["price"]), qty, quote, fee, said["fee_asset"], realised,
            side, maker, self._at,
        )  # fmt: skip
        order = self.orders.get(said["order"])
        if order is not None:
            order.left, order.cum_quote, order.updated = Decimal(said["left"]), Decimal(said["cum_quote"]), self._at
            order.status = order.status if order.left else "closed"
            order.fills.append(fill)
        if market["kind"] == "SPOT":
            self._spot_money(said, market, fill)
            return
        if closed:
            self._move(said["account"], "usdm", market["settle"], realised)
            self._earn(said["account"], "profit", realised)
        self._move(said["account"], "usdm", market["settle"], -fee)
        self._earn(said["account"], "fee", -fee)
        self._position(said["account"], event["market"], fill, closed, opened)

    def _spot_money(self, said: Event, market: dict[str, Any], fill: Fill) -> None:
        released = Decimal(said["released"])
        got, gave = (market["base"], market["quote"]) if fill.side == "BUY" else (market["quote"], market["base"])
        received, paid = (fill.qty, fill.quote) if fill.side == "BUY" else (fill.quote, fill.qty)
        self._move(said["account"], "spot", gave, released - paid, -released)
        self._move(said["account"], "spot", got, received)
        self._move(said["account"], "spot", fill.fee_asset, -fill.fee)

    def _position(self, account: int, market: int, fill: Fill, closed: Event | None, opened: Event | None) -> None:
        position = self.positions.setdefault((account, market), Position())
        position.updated = self._at
        position.mark = Decimal(self.marks[market][-1][1]["mark"])
        if closed:
            position.qty += Decimal(closed["qty"]) * (1 if fill.side == "BUY" else -1)
            position.cost -= Decimal(closed["cost_out"])
        if opened:
            position.qty, position.cost = Decimal(opened["qty_after"]), Decimal(opened["cost_after"])

    def _ended(self, event: Event, status: str) -> None:
        order = self.orders[event["order"]]
        order.status, order.updated = status, self._at
        if order.rested:
            self._level(order.market, order.side, order.price, -order.left)
        self._hold(order, -Decimal(event["released"]))

    def _hold(self, order: Order, amount: Decimal) -> None:
        """Spot orders hold what they may cost."""
        if amount:
            market = self.markets[order.market]
            asset = market["quote"] if order.side == "BUY" else market["base"]
            self._move(order.account, "spot", asset, -amount, amount)

    def _move(self, account: int, wallet: str, asset: str, free: Decimal, held: Decimal = NONE) -> None:
        balance = self.balance(account, wallet, asset)
        balance.free += free
        balance.held += held
        balance.updated = self._at

    def _earn(self, account: int, what: str, amount: Decimal) -> None:
        if amount:
            self.income.setdefault(account, []).append((what, amount, self._at))

    def _ghost(self, market: int, side: str, price: Decimal, delta: Decimal) -> None:
        """What the tape offers at a price changed."""
        if delta:
            ghosts = self.ghosts[market][side]
            ghosts[price] = ghosts.get(price, NONE) + delta
            if not ghosts[price]:
                del ghosts[price]
            self._level(market, side, price, delta)

    def _level(self, market: int, side: str, price: Decimal, delta: Decimal) -> None:
        """A level of the book changed; each change has the next number."""
        levels = self.books[market][side]
        better = max if side == "BUY" else min
        if not levels or better(price, better(levels)) == price:
            self.best_at[market] = self._at
        levels[price] = levels.get(price, NONE) + delta
        if not levels[price]:
            del levels[price]
        self.book_seq[market] += 1
        self.book_at[market] = self._at


def _extend(made: list[Candle], at: int, length: int, price: Decimal, qty: Decimal) -> None:
    start = at - at % length
    if not made or made[-1].start != start:
        if made:
            _fill(made, length, start - 1)
        made.append(Candle(start, price, price, price, price))
    row = made[-1]
    row.high, row.low, row.close = max(row.high, price), min(row.low, price), price
    row.volume += qty


def _fill(made: list[Candle], length: int, until: int) -> None:
    """Go on, flat, up to the candle that *until* lies in."""
    while made and made[-1].start + length <= until:
        close = made[-1].close
        made.append(Candle(made[-1].start + length, close, close, close, close))
