"""The private events of spot: executionReport, listStatus, balanceUpdate, outboundAccountPosition.

Order of events: the execution reports of a step as they happened, then one outboundAccountPosition with every asset
the step may have changed ("User Data Streams" of binance/binance-spot-api-docs, 2026-07-21). A list is told when all
its orders are, and when the last of them has ended; the documentation leaves open what comes first. A refused order
has an event only where another one was canceled to make room for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from simexchange.core.vocabulary.events import (
    Event,
    Fill,
    FundsDeposited,
    FundsTransferred,
    FundsWithdrawn,
    LegStarted,
    ListAccepted,
    ListEnded,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderRejected,
    OrderTriggered,
    ProceedsLocked,
    TradeExecuted,
    TradePrevented,
)
from simexchange.core.vocabulary.ids import AccountNo, ListId, MarketNo, OrderId
from simexchange.core.vocabulary.orders import EndReason, Terms
from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.core.vocabulary.units import Nanos, Quantity, notional
from simexchange.dialects.binance.common.numbers import print_decimal
from simexchange.dialects.binance.common.symbols import symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.spot import answers, listing, responses
from simexchange.projections.orders import OrderRow

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.projections.views import Views

WALLET: Final = "spot"
SELF_TRADE: Final = EndReason.SELF_TRADE
REJECT_REASONS: Final[Mapping[RejectReason, str]] = {
    RejectReason.BALANCE_INSUFFICIENT: "INSUFFICIENT_BALANCES",
    RejectReason.WOULD_TRIGGER: "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
    RejectReason.POST_ONLY_WOULD_TAKE: "WOULD_MATCH_IMMEDIATELY",
    RejectReason.LIST_PRICES_WRONG: "OCO_BAD_PRICES",
}
"""Reasons that have a word of their own in an execution report ("Order Reject Reason")."""


class SpotUserStream:
    """One account's private events. Implements `UserStream`."""

    def __init__(self, account: AccountNo) -> None:
        self._account = account
        self._seq = 0
        self._place = 0
        self._lists: dict[ListId, tuple[OrderId, ...]] = {}
        """Lists whose orders are just being taken in."""
        self._changed: dict[str, None] = {}
        """Assets this step may have changed, in order of first mention."""
        self._tell: dict[type, Callable[[int, Nanos, Any, Views], Iterable[bytes]]] = {
            OrderAccepted: self._accepted,
            TradeExecuted: self._traded,
            OrderCanceled: self._canceled,
            OrderExpired: self._expired,
            OrderTriggered: self._triggered,
            TradePrevented: self._prevented,
            OrderAmended: self._amended,
            OrderRejected: self._refused,
            ListAccepted: self._listed,
            LegStarted: self._started,
            ListEnded: self._list_ended,
            ProceedsLocked: self._put_aside,
            FundsDeposited: self._deposited,
            FundsWithdrawn: self._withdrawn,
            FundsTransferred: self._transferred,
        }

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """The venue's events for one of ours, the views being folded to exactly it."""
        tell = self._tell.get(type(event))
        if tell is None:
            return ()
        self._place = self._place + 2 if seq == self._seq else 0
        self._seq = seq
        return tell(seq, at, event, views)

    def end_of_step(self, seq: int, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """One outboundAccountPosition, where anything may have changed."""
        if not self._changed:
            return ()
        rows = [views.balances.get(self._account, WALLET, asset) for asset in self._changed]
        self._changed.clear()
        position = {
            "e": "outboundAccountPosition",
            "E": millis(at),
            "u": millis(at),
            "B": [{"a": row.asset, "f": print_decimal(row.free), "l": print_decimal(row.held)} for row in rows],
        }
        return (responses.encode(position),)

    # Orders

    def _accepted(self, seq: int, at: Nanos, event: OrderAccepted, views: "Views") -> Iterable[bytes]:
        row = self._mine(event.account, event.market, event.order, views)
        if row is None:
            return ()
        report = self._report(seq, at, row, views, {"x": "NEW", "w": row.working_at > 0})
        found = self._lists.get(row.order_list) if row.order_list else None
        if found is None or row.id != found[-1]:
            return (report,)
        # All its orders are taken in before any of them works: now the list can name them.
        del self._lists[row.order_list]
        return (report, *self._list_status(at, row.order_list, views))

    # Lists

    def _listed(self, seq: int, at: Nanos, event: ListAccepted, views: "Views") -> Iterable[bytes]:
        """Told after the last of its orders, whose client ids it names."""
        if event.account == self._account and event.market in views.markets.spot:
            self._lists[event.order_list] = event.orders
        return ()

    def _started(self, seq: int, at: Nanos, event: LegStarted, views: "Views") -> Iterable[bytes]:
        """An order that had waited for another is new now; one with a trigger sleeps on."""
        row = self._mine(event.account, event.market, event.order, views)
        if row is None:
            return ()
        return (self._report(seq, at, row, views, {"x": "NEW", "w": row.working_at > 0}),)

    def _list_ended(self, seq: int, at: Nanos, event: ListEnded, views: "Views") -> Iterable[bytes]:
        if event.account != self._account or event.market not in views.markets.spot:
            return ()
        return self._list_status(at, event.order_list, views)

    def _put_aside(self, seq: int, at: Nanos, event: ProceedsLocked, views: "Views") -> Iterable[bytes]:
        """Money moved from free to locked: the closing message of the step tells."""
        row = self._mine(event.account, event.market, event.order, views)
        if row is not None:
            self._changed[views.markets.by_no[row.market].spec.base] = None
        return ()

    def _list_status(self, at: Nanos, number: ListId, views: "Views", word: str = "") -> Iterable[bytes]:
        found = views.lists.get(number)
        if found is None:
            return ()
        symbol = symbol_of(views.markets.by_no[found.market].spec)
        rows = [row for order in found.orders if (row := views.orders.get(order)) is not None]
        status = {
            "e": "listStatus",
            "E": millis(at),
            "s": symbol,
            "g": number,
            "c": listing.CONTINGENCIES[found.kind],
            "l": word or ("EXEC_STARTED" if found.is_open else "ALL_DONE"),
            "L": "EXECUTING" if found.is_open else "ALL_DONE",
            "r": "NONE",
            "C": found.client_id,
            "T": millis(at),
            "O": [{"s": symbol, "i": row.id, "c": row.client_id} for row in rows],
        }
        return (responses.encode(status),)

    # What becomes of orders

    def _triggered(self, seq: int, at: Nanos, event: OrderTriggered, views: "Views") -> Iterable[bytes]:
        """A stop order that wakes is new once more, on the book now."""
        row = self._mine(event.account, event.market, event.order, views)
        if row is None:
            return ()
        return (self._report(seq, at, row, views, {"x": "NEW", "w": True}),)

    def _canceled(self, seq: int, at: Nanos, event: OrderCanceled, views: "Views") -> Iterable[bytes]:
        row = self._mine(event.account, event.market, event.order, views)
        if row is None:
            return ()
        ids = {"c": event.cancel_id or responses.cancel_id(row.account, row.id), "C": row.client_id}
        return (self._report(seq, at, row, views, {**ids, "x": "CANCELED"}),)

    def _amended(self, seq: int, at: Nanos, event: OrderAmended, views: "Views") -> Iterable[bytes]:
        """A smaller order in the same place; its list is told where it names the order by another id now."""
        row = self._mine(event.account, event.market, event.order, views)
        if row is None:
            return ()
        before = row.amendments[-1].client_id
        said = {"x": "REPLACED", "C": before, "w": row.working_at > 0}
        report = self._report(seq, at, row, views, said)
        if not row.order_list or before == row.client_id:
            return (report,)
        return (report, *self._list_status(at, row.order_list, views, "UPDATED"))

    def _refused(self, seq: int, at: Nanos, event: OrderRejected, views: "Views") -> Iterable[bytes]:
        """Told only where another order was canceled for it; of any other its answer is enough. No money moved."""
        if event.account != self._account or event.more is None or not event.more.replaces:
            return ()
        rows = views.orders.rejected(event.account, event.market) if event.market in views.markets.spot else []
        if not rows:
            return ()
        changed = dict(self._changed)
        report = self._report(
            seq, at, rows[-1], views, {"x": "REJECTED", "r": REJECT_REASONS.get(event.reason, "NONE")}
        )
        self._changed = changed
        return (report,)

    def _expired(self, seq: int, at: Nanos, event: OrderExpired, views: "Views") -> Iterable[bytes]:
        row = self._mine(event.account, event.market, event.order, views)
        if row is None:
            return ()
        if event.reason is SELF_TRADE:
            # TRADE_PREVENTION has said so already.
            return ()
        said = {"x": "EXPIRED", "eR": answers.expiry_reason(row)}
        if event.refused is not None:
            said["r"] = REJECT_REASONS.get(event.refused, "NONE")
        return (self._report(seq, at, row, views, said),)

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted, views: "Views") -> Iterator[bytes]:
        """The maker's report stands before the taker's, as the venue's execution ids tell."""
        for fill, is_maker in ((event.maker, True), (event.taker, False)):
            # A routed order hears of itself in the market it was sent to, whatever book it took from.
            market = event.market if is_maker or not event.routed else event.routed
            row = self._mine(fill.account, market, fill.order, views)
            if row is not None:
                said = {"I": self._execution_id(seq, second=not is_maker), **_trade(event, fill, is_maker=is_maker)}
                yield self._report(seq, at, row, views, said)

    def _prevented(self, seq: int, at: Nanos, event: TradePrevented, views: "Views") -> Iterator[bytes]:
        """The maker's report before the taker's. An order with nothing left has expired by it, whatever follows."""
        for side, counter in ((event.maker, event.taker), (event.taker, event.maker)):
            row = self._mine(side.account, event.market, side.order, views) if side.qty else None
            if row is None:
                continue
            match = _matched(event, views)
            said = {
                "I": self._execution_id(seq, second=side is event.taker),
                "x": "TRADE_PREVENTION",
                "w": row.resting and side.left > 0,
                "B": print_decimal(side.qty),
                "u": event.group or answers.NO_GROUP,
                "U": counter.order,
                "Cs": symbol_of(views.markets.by_no[event.market].spec),
                "pl": print_decimal(match),
                "pL": print_decimal(event.price),
                "pY": print_decimal(notional(event.price, match)),
            }
            if not side.left:
                said["X"] = "EXPIRED_IN_MATCH"
            yield self._report(seq, at, row, views, said)

    def _mine(self, account: AccountNo, market: MarketNo, order: Any, views: "Views") -> OrderRow | None:
        """The row of an order of this account and of a spot market."""
        if account != self._account or market not in views.markets.spot:
            return None
        return views.orders.get(order)

    def _report(self, seq: int, at: Nanos, row: OrderRow, views: "Views", said: dict[str, Any]) -> bytes:
        spec = views.markets.by_no[row.market].spec
        self._changed[spec.base] = self._changed[spec.quote] = None
        report: dict[str, Any] = {
            "e": "executionReport",
            "E": millis(at),
            "s": symbol_of(spec),
            "c": row.client_id,
            "S": responses.SIDES[row.side],
            "o": answers.order_type(row),
            "f": answers.time_in_force(row),
            "q": print_decimal(row.qty),
            "p": print_decimal(answers.price(row)),
            "P": print_decimal(answers.stop_price(row)),
            "F": print_decimal(row.more.iceberg_qty) if row.more is not None else responses.ZERO,
            "g": answers.list_id(row),
            "C": "",
            "x": "",
            "X": answers.status(row),
            "r": "NONE",
            "i": row.id,
            "l": responses.ZERO,
            "z": print_decimal(row.filled),
            "L": responses.ZERO,
            "n": "0",
            "N": None,
            "T": millis(at),
            "t": -1,
            "I": self._execution_id(seq),
            "w": False,
            "m": False,
            "M": False,
            "O": millis(row.accepted_at),
            "Z": print_decimal(row.cum_quote),
            "Y": responses.ZERO,
            "Q": print_decimal(row.quote_qty),
            "V": answers.self_trade_mode(row),
        }
        if row.working_at:
            report["W"] = millis(row.working_at)
        if row.more is not None:
            report.update(_of_terms(row, row.more))
        if row.prevention >= 0:
            report["v"] = row.prevention
            report["A"] = print_decimal(row.prevented)
        report.update(said)
        return responses.encode(report)

    def _execution_id(self, seq: int, *, second: bool = False) -> int:
        """The number of what an event did to an order, or to the second order that it names."""
        return seq * responses.EXECUTIONS_PER_RECORD + self._place + second

    # Money

    def _deposited(self, seq: int, at: Nanos, event: FundsDeposited, views: "Views") -> Iterable[bytes]:
        return self._moved(at, event.account, event.wallet, event.asset, event.amount)

    def _withdrawn(self, seq: int, at: Nanos, event: FundsWithdrawn, views: "Views") -> Iterable[bytes]:
        return self._moved(at, event.account, event.wallet, event.asset, -event.amount)

    def _transferred(self, seq: int, at: Nanos, event: FundsTransferred, views: "Views") -> Iterator[bytes]:
        yield from self._moved(at, event.account, event.wallet, event.asset, -event.amount)
        yield from self._moved(at, event.to_account, event.to_wallet, event.asset, event.amount)

    def _moved(self, at: Nanos, account: AccountNo, wallet: str, asset: str, delta: int) -> Iterable[bytes]:
        if account != self._account or wallet != WALLET:
            return ()
        self._changed[asset] = None
        update = {"e": "balanceUpdate", "E": millis(at), "a": asset, "d": print_decimal(delta), "T": millis(at)}
        return (responses.encode(update),)


def _matched(event: TradePrevented, views: "Views") -> Quantity:
    """How much the two would have traded: what the smaller of them had left."""
    before = []
    for side in (event.maker, event.taker):
        row = views.orders.get(side.order)
        before.append(side.qty + (row.left if row is not None else side.left))
    return Quantity(min(before))


def _of_terms(row: OrderRow, more: Terms) -> dict[str, Any]:
    """Conditional fields of what was asked for."""
    found: dict[str, Any] = {}
    if more.trigger is not None and more.trigger.trailing:
        found["d"] = answers.trailing_delta(row)
        if row.trailing_at:
            found["D"] = millis(row.trailing_at)
    if more.strategy_id:
        found["j"] = more.strategy_id
    if more.strategy_type:
        found["J"] = more.strategy_type
    if more.peg is not None:
        found["gP"] = answers.peg_type(more.peg)
        if more.peg.level > 1:
            found["gOT"], found["gOV"] = "PRICE_LEVEL", more.peg.level - 1
        if row.working_at:
            found["gp"] = print_decimal(row.price)
    if more.routed:
        found["k"] = answers.working_floor(row)
        found["uS"] = True
    return found


def _trade(event: TradeExecuted, fill: Fill, *, is_maker: bool) -> dict[str, Any]:
    """What a TRADE report says beside the order's own state. Only a maker with something left is on the book."""
    return {
        "x": "TRADE",
        "l": print_decimal(event.qty),
        "L": print_decimal(event.price),
        "n": print_decimal(fill.fee),
        "N": fill.fee_asset or None,
        **(
            {"t": -1, "b": "ONE_PARTY_TRADE_REPORT", "a": event.allocation - 1}
            if event.allocation and not is_maker
            else {"t": event.trade}
        ),
        "w": is_maker and fill.left > 0,
        "m": is_maker,
        "M": True,
        "Y": print_decimal(event.quote),
    }
