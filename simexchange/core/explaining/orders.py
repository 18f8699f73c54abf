"""One order from its beginning to its end: what stood in front of it, who traded, and why it did or did not fill.

Nothing is decided here: events are told in the order they happened, and the queue is counted in the book as the fold
has it after each record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simexchange.core.book import Order
from simexchange.core.explaining.figures import Section, Sheet
from simexchange.core.explaining.whyrefused import END_WORDS, words_for
from simexchange.core.vocabulary.events import (
    BookAdjusted,
    Event,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderModified,
    OrderRejected,
    OrderReplenished,
    OrderRested,
    OrderTriggered,
    TapePrinted,
    TradeExecuted,
    TradePrevented,
    TrailingStarted,
)
from simexchange.core.vocabulary.ids import NO_ORDER, AccountNo, OrderId, owner_of
from simexchange.core.vocabulary.orders import BUY, EndReason, Side, TradeKind
from simexchange.core.vocabulary.units import decimal_text

if TYPE_CHECKING:
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import MarketNo
    from simexchange.core.vocabulary.rejections import RejectReason

QUEUE_ROWS: Final = 200
"""How many changes of the queue are told one by one; of more, the newest."""
_OUT_OF_BOOK: Final = {
    TradeKind.TAKEOVER: "the fund took over a position",
    TradeKind.ADL: "a position was taken from its holder (auto-deleveraging)",
    TradeKind.DELIVERY: "a contract was delivered",
}
"""Trades that no book matched: no order could have been part of them."""
_COUNTED: Final = 1


class OrderStory:
    """Told event by event, before each is folded, and asked to settle after each record."""

    def __init__(self, order: OrderId) -> None:
        self.order = order
        self.ended = False
        self._market: MarketNo | None = None
        self._side: Side = BUY
        self._price = 0
        self._qty = 0
        self._name = ""
        self._sections: list[Section] = []
        self._queue: list[Section] = []
        self._let_go = 0
        self._front: tuple[tuple[int, int], ...] = ()
        """(order id, what it shows) of everything before it at its price, as last settled."""
        self._resting = False
        self._causes: list[str] = []
        self._touched = False
        """Whether the record did anything in its market: else nothing in front of it can have changed."""
        self._fills = 0
        self._filled = 0
        self._traded_here = 0
        self._traded_before = 0
        self._through = 0
        self._last_fill = 0
        self._outcome = ""

    # Told before each event is folded

    def tell(self, seq: int, event: Event, state: ExchangeState) -> None:
        """*event* of record *seq* is about to be folded into *state*."""
        if isinstance(event, OrderAccepted | OrderRejected):
            if event.order == self.order:
                self._begun(seq, event, state)
        elif self._market is None or self.ended:
            return
        self._touched = self._touched or getattr(event, "market", None) == self._market
        self._about(seq, event, state)

    def _about(self, seq: int, event: Event, state: ExchangeState) -> None:
        if isinstance(event, OrderAccepted | OrderRejected):
            return
        if isinstance(event, TradeExecuted):
            self._traded(seq, event, state)
        elif isinstance(event, TapePrinted):
            if event.market == self._market:
                self._printed(seq, event)
        elif isinstance(event, BookAdjusted):
            if event.market == self._market:
                self._causes.append("the tape changed what it offers")
        elif isinstance(event, TradePrevented):
            if self.order in (event.taker.order, event.maker.order):
                self._note(
                    seq, "self-trade prevented", f"it met an order of its own account or group: {event.mode.name}"
                )
        elif hasattr(event, "order"):
            self._of_an_order(seq, event, state)

    def _begun(self, seq: int, event: OrderAccepted | OrderRejected, state: ExchangeState) -> None:
        self._market, self._side, self._price, self._qty = event.market, event.side, event.price, event.qty
        self._name = _account(state, event.account)
        market = state.markets.get(event.market)
        sheet = Sheet(
            "accepted" if isinstance(event, OrderAccepted) else "rejected", seq=seq, note=self._described(event, market)
        )
        sheet.fact("qty", event.qty, "", type(event).__name__, seq)
        if event.price:
            sheet.fact("price", event.price, "price", type(event).__name__, seq)
        if market is not None:
            _best(sheet, market)
        if isinstance(event, OrderRejected):
            self._end(seq, f"rejected: {words_for(event.reason, event.qty, event.price, market)}")
        elif event.more is not None and event.more.trigger is not None:
            sheet.fact("trigger", event.more.trigger.price, "price", "OrderAccepted", seq)
        self._sections.append(sheet.made())

    def _described(self, event: OrderAccepted | OrderRejected, market: MarketState | None) -> str:
        where = "an unknown market" if market is None else market.spec.id
        client = f", client id {event.client_id}" if event.client_id else ""
        return f"{event.side.name} {event.kind.name} {event.tif.name} of {self._name} in {where}{client}"

    def _traded(self, seq: int, event: TradeExecuted, state: ExchangeState) -> None:
        if self.order in (event.taker.order, event.maker.order):
            self._fill(seq, event, state)
            return
        if event.market != self._market or not self._resting:
            return
        if event.kind in _OUT_OF_BOOK:
            if self._better_for_others(event.price):
                self._note(
                    seq,
                    "out of the book",
                    f"{_OUT_OF_BOOK[event.kind]} at {decimal_text(event.price)}: no order takes part",
                )
            return
        worth = decimal_text(event.qty)
        who = f"{_account(state, event.taker.account)} with {_account(state, event.maker.account)}"
        if event.price == self._price and event.aggressor is not self._side:
            self._traded_here += event.qty
            self._causes.append(f"{worth} traded in front ({who})")
        elif self._better_for_others(event.price):
            self._through += event.qty
            self._note(seq, "traded through", f"{worth} at {decimal_text(event.price)} ({who})")
        elif event.aggressor is not self._side:
            self._traded_before += event.qty

    def _better_for_others(self, price: int) -> bool:
        """Whether a trade at *price* went past the order: lower than a bid, higher than an offer."""
        return price < self._price if self._side is BUY else price > self._price

    def _printed(self, seq: int, event: TapePrinted) -> None:
        if not self._resting:
            return
        text = f"{decimal_text(event.qty)} at {decimal_text(event.price)}"
        if event.price == self._price:
            self._traded_here += event.qty
            self._causes.append(f"the tape printed {text}")
        elif self._better_for_others(event.price):
            self._through += event.qty
            why = "both sides are the tape's, and none of it was left to trade with this order"
            self._note(seq, "printed through", f"the tape printed {text}: {why}")

    def _fill(self, seq: int, event: TradeExecuted, state: ExchangeState) -> None:
        taking = event.taker.order == self.order
        mine, other = (event.taker, event.maker) if taking else (event.maker, event.taker)
        role = "taker" if taking else "maker"
        kind = "" if event.kind is TradeKind.TRADE else f", {event.kind.name}"
        sheet = Sheet("fill", seq=seq, note=f"as {role}, with {_account(state, other.account)}{kind}")
        sheet.fact("price", event.price, "price", "TradeExecuted", seq)
        sheet.fact("qty", event.qty, "", "TradeExecuted", seq)
        sheet.fact("left", mine.left, "", "TradeExecuted", seq)
        sheet.fact("fee", mine.fee, mine.fee_asset, "TradeExecuted", seq)
        self._sections.append(sheet.made())
        self._fills, self._filled, self._last_fill = self._fills + 1, self._filled + event.qty, seq
        if not mine.left:
            self._end(seq, f"filled: {decimal_text(self._filled)} in {self._fills} trades")

    def _of_an_order(self, seq: int, event: Event, state: ExchangeState) -> None:
        if getattr(event, "order", NO_ORDER) == self.order:
            self._own(seq, event, state)
            return
        number = getattr(event, "order", NO_ORDER)
        if number == NO_ORDER or not any(number == each for each, _ in self._front):
            return
        who = _account(state, AccountNo(getattr(event, "account", 0)))
        if isinstance(event, OrderCanceled):
            self._causes.append(f"{who} cancelled {decimal_text(event.left)} in front")
        elif isinstance(event, OrderExpired):
            self._causes.append(f"{decimal_text(event.left)} of {who} in front expired ({event.reason.name})")
        elif isinstance(event, OrderAmended):
            self._causes.append(f"{who} made an order in front smaller")
        elif isinstance(event, OrderModified):
            self._causes.append(f"{who} took an order in front elsewhere")

    def _own(self, seq: int, event: Event, state: ExchangeState) -> None:
        if isinstance(event, OrderCanceled | OrderExpired):
            market = state.markets[event.market]
            self._ended_without(seq, event, market)
        elif isinstance(event, OrderTriggered):
            self._price, self._qty = event.price, event.qty
            self._note(seq, "woke", f"its trigger came: it is a {event.kind.name} order from now on")
        elif isinstance(event, TrailingStarted):
            self._note(seq, "trails", f"it follows the price from {decimal_text(event.price)} on")
        elif isinstance(event, OrderAmended):
            self._qty = event.qty
            self._note(seq, "made smaller", f"to {decimal_text(event.qty)}, and keeps its place")
        elif isinstance(event, OrderModified):
            self._qty, self._price = event.qty, event.price
            at = decimal_text(event.price)
            self._note(seq, "modified", f"to {decimal_text(event.qty)} at {at}: it works anew, behind everything there")
        elif isinstance(event, OrderReplenished):
            self._note(seq, "next slice", f"{decimal_text(event.shown)} more are shown, behind everything at its price")
        elif isinstance(event, OrderRested):
            self._resting = True

    def _ended_without(self, seq: int, event: OrderCanceled | OrderExpired, market: MarketState) -> None:
        sheet = Sheet(
            "canceled" if isinstance(event, OrderCanceled) else "expired", seq=seq, note=END_WORDS[event.reason]
        )
        sheet.fact("left", event.left, "", type(event).__name__, seq)
        _best(sheet, market)
        self._sections.append(sheet.made())
        why = END_WORDS[event.reason]
        refused: RejectReason | None = getattr(event, "refused", None)
        if refused is not None:
            why = f"{why}: {words_for(refused, self._qty, self._price, market)}"
        if event.reason in (EndReason.IOC_REMAINDER, EndReason.FOK_UNFILLED, EndReason.MARKET_UNFILLED):
            why = f"{why}; {self._opposite(market)}"
        elif self._resting:
            why = f"{why}; {self._waiting()}"
        self._end(seq, f"{'partly filled, then ' if self._filled else 'not filled: '}{why}")

    def _end(self, seq: int, why: str) -> None:
        self.ended = True
        self._outcome = f"{why} [record {seq}]"

    def _note(self, seq: int, name: str, text: str) -> None:
        self._sections.append(Section(name, seq, text, (), ()))

    # Asked after each record

    def settle(self, seq: int, state: ExchangeState) -> None:
        """Record *seq* is folded: count what stands in front now, and tell where that changed."""
        causes, self._causes = self._causes, []
        touched, self._touched = self._touched, False
        if self.ended or self._market is None or not self._resting or not touched:
            return
        order = self._open(state)
        if order is None or order.level is None:
            return
        front = tuple(_in_front(order))
        if front == self._front and self._queue:
            return
        first = not self._queue and not self._let_go
        self._front = front
        note = "; ".join(causes) if causes else ("it rests in the book" if first else "")
        self._queue.append(self._queued(seq, order, state.markets[self._market], note))
        if len(self._queue) > QUEUE_ROWS:
            # The first says where it began; the newest say how it came to stand where it does.
            del self._queue[1]
            self._let_go += 1

    def _queued(self, seq: int, order: Order, market: MarketState, note: str) -> Section:
        sheet = Sheet("queue", seq=seq, note=note)
        sheet.fact("ahead", sum(shown for _, shown in self._front), "", "the book", seq)
        sheet.fact("orders_ahead", len(self._front), "orders", "the book", seq, scale=_COUNTED)
        sheet.fact("ahead_at_better_prices", _better(order, market), "", "the book", seq)
        sheet.fact("left", order.left, "", "the book", seq)
        return sheet.made()

    def _open(self, state: ExchangeState) -> Order | None:
        account = state.accounts.get(owner_of(self.order))
        return None if account is None else account.orders.get(self.order)

    def sections(self, seq: int, state: ExchangeState) -> tuple[Section, ...]:
        """The whole story up to record *seq*, with how it stands in the last section."""
        told = sorted([*self._sections, *self._queue], key=lambda section: section.seq)
        return (*told, self._standing(seq, state))

    def _standing(self, seq: int, state: ExchangeState) -> Section:
        sheet = Sheet("outcome", note=self._outcome or self._open_words(state))
        sheet.fact("filled", self._filled, "", "TradeExecuted", self._last_fill)
        sheet.fact("traded_at_its_price_in_front", self._traded_here, "", "TradeExecuted", seq)
        sheet.fact("traded_at_better_prices", self._traded_before, "", "TradeExecuted", seq)
        sheet.fact("traded_through_its_price", self._through, "", "TradeExecuted", seq)
        if self._let_go:
            sheet.fact("queue_changes_left_out", self._let_go, "changes", "the book", seq, scale=_COUNTED)
        return sheet.made()

    def _open_words(self, state: ExchangeState) -> str:
        order = self._open(state)
        if order is None or self._market is None:
            return "it is not open"
        if order.asleep:
            return "open: it sleeps until its trigger comes, and stands in no queue"
        if order.level is None:
            return "open"
        return f"open: {self._waiting()}; {self._opposite(state.markets[self._market])}"

    def _waiting(self) -> str:
        ahead = sum(shown for _, shown in self._front)
        front = f"{decimal_text(ahead)} stood in front of it at its price" if ahead else "it stood first at its price"
        taken = "nothing" if not self._traded_here else decimal_text(self._traded_here)
        return f"{front}, and {taken} was traded there before its turn"

    def _opposite(self, market: MarketState) -> str:
        price = market.book.best_ask() if self._side is BUY else market.book.best_bid()
        side = "offer" if self._side is BUY else "bid"
        return f"the best {side} is {decimal_text(price)}" if price else f"there is no {side}"


def _in_front(order: Order) -> list[tuple[int, int]]:
    """(order id, what it shows) of everything that stands before *order* at its price, oldest first."""
    found: list[tuple[int, int]] = []
    each = order.prev
    while each is not None:
        found.append((each.id, each.left - each.hidden))
        each = each.prev
    found.reverse()
    return found


def _better(order: Order, market: MarketState) -> int:
    """What is shown on its own side at prices that trade before its own."""
    total = 0
    for level in market.book.side(order.side):
        if level.price == order.price:
            break
        total += level.qty
    return total


def _best(sheet: Sheet, market: MarketState) -> None:
    for name, price in (("best_bid", market.book.best_bid()), ("best_ask", market.book.best_ask())):
        if price:
            sheet.fact(name, price, "price", "the book", 0)


def _account(state: ExchangeState, number: AccountNo) -> str:
    found = state.accounts.get(number)
    return "nobody" if found is None else found.name
