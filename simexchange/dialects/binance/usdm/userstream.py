"""An account's private events: orders, fills, balances and positions, settings.

Letters as the venue's user-data pages and live frames have them (seen 2026-11). A fill is told three times: TRADE_LITE,
ACCOUNT_UPDATE with what the wallet and the position became, ORDER_TRADE_UPDATE. That order is a live one (ccxt's
node-binance-api, issue 948 of 2025-07-27; unicorn-binance-websocket-api, pull request 445 of 2026-05-21); the venue's
pages promise one only within a kind of event.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display
from simexchange.core.vocabulary.events import (
    Event,
    Fill,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderModified,
    OrderTriggered,
    TradeExecuted,
    TrailingStarted,
)
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, OrderId
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.orders import EndReason, OrderKind, Origin, TimeInForce, TradeKind, Trigger
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.numbers import print_decimal, print_plain
from simexchange.dialects.binance.common.symbols import product_of, symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import algorows
from simexchange.dialects.binance.usdm.accountnews import AccountNews, frame, heading
from simexchange.dialects.binance.usdm.algorows import reason_text
from simexchange.dialects.binance.usdm.orderwords import (
    KIND,
    SIDE,
    WATCHED,
    client_id_of,
    is_conditional,
    is_waiting,
    match_word,
    position_of,
    position_side,
    rate_text,
    reduces,
    self_trade_word,
    sent_qty,
    status_word,
    tif_word,
    type_word,
)
from simexchange.dialects.binance.usdm.responses import encode, trade_id
from simexchange.dialects.binance.usdm.symbols import LINEAR, Contracts

if TYPE_CHECKING:
    from simexchange.core.state import ExchangeState
    from simexchange.projections.orders import OrderRow
    from simexchange.projections.views import Views

EXPIRE_REASONS: Final = {
    EndReason.USER: 0,
    EndReason.IOC_REMAINDER: 2,
    EndReason.FOK_UNFILLED: 10,
    EndReason.POST_ONLY_WOULD_TAKE: 11,
    EndReason.MARKET_UNFILLED: 9,
    EndReason.MARKET_BOUND: 9,
    EndReason.GOOD_TILL: 0,
    EndReason.REDUCE_ONLY: 4,
    EndReason.LIQUIDATION: 5,
    EndReason.DELEVERAGED: 5,
    EndReason.BANKRUPTCY_PRICE: 9,
    EndReason.ADMIN: 0,
    EndReason.SELF_TRADE: 1,
    EndReason.MARGIN: 0,
    EndReason.LIST_SIBLING: 0,
    EndReason.LIST_PARENT: 0,
    EndReason.TRIGGER_REFUSED: 8,
    EndReason.POSITION_GONE: 6,
    EndReason.PRICE_PROTECTED: 8,
    EndReason.DELISTED: 7,
    EndReason.AMENDED: 0,
    EndReason.PRICE_RANGE: 9,
    EndReason.OWNER_GONE: 0,
}
"""The ``er`` of an ended order; the venue has no number for a reached good-till date nor for our own reasons."""
IOC_PREVENTED: Final = 3
"""An immediate-or-cancel order that could not be filled because it met its own account's."""
STOP_TRIGGERED: Final = 8
"""A conditional order that became another one, before the Algo Service: the first of the two expired for that."""
FORCED: Final = (TradeKind.LIQUIDATION, TradeKind.TAKEOVER, TradeKind.ADL)
"""Trades the venue makes for the account: told as CALCULATED, not as TRADE."""


OrderEvent = OrderAccepted | OrderCanceled | OrderExpired | OrderModified | OrderTriggered | TrailingStarted


def expire_reason(reason: EndReason, row: "OrderRow") -> str:
    """The ``er`` of an order that ended so."""
    prevented_ioc = reason is EndReason.SELF_TRADE and row.tif is TimeInForce.IOC and row.kind is OrderKind.LIMIT
    return str(IOC_PREVENTED if prevented_ioc else EXPIRE_REASONS[reason])


class UserEvents:
    """One account's private stream of this product."""

    def __init__(self, account: AccountNo, contracts: Contracts = LINEAR, *, algo_service: bool = True) -> None:
        self.account = account
        self._contracts = contracts
        self._head = heading(contracts, account)
        self._algo_service = algo_service
        self._woken: OrderTriggered | None = None
        """An order that was triggered just now, and that the market may still refuse."""
        self._algo: dict[OrderId, str] = {}
        """Conditional orders of which the Algo Service has news when the step is through."""
        self._news = AccountNews(account, contracts)
        """What happened to its money, its positions and its settings."""
        self._tell: dict[type, Callable[[Any, Nanos, Views, ExchangeState], Iterable[bytes]]] = {
            OrderAccepted: self._accepted,
            TradeExecuted: self._traded,
            OrderCanceled: self._ended,
            OrderExpired: self._ended,
            OrderModified: self._modified,
            OrderTriggered: self._triggered,
            TrailingStarted: self._follows,
            **self._news.tell,
        }

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """Payloads, one per venue event, in the order the venue sends them."""
        tell = self._tell.get(type(event))
        if self._woken is not None:
            return self._after_trigger(self._woken, event, at, views, state)
        return tell(event, at, views, state) if tell is not None else ()

    def end_of_step(self, seq: int, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """What the step left the wallet and the positions at: one ACCOUNT_UPDATE per reason."""
        told = list(self._works(at, views, state))
        told += self._news.end_of_step(at, views, state)
        if self._algo:
            told += self._algo_news(at, views, state)
        return told

    # Orders

    def _spec(self, market: MarketNo, state: "ExchangeState") -> Market | None:
        """The market, if it is one of this product."""
        spec = state.markets[market].spec
        return spec if product_of(spec) == self._contracts.product else None

    def _mine_of(self, event: "OrderEvent", views: "Views", state: "ExchangeState") -> tuple[Market, "OrderRow"] | None:
        """The order an event is about, if it is the account's and of this product."""
        if event.account != self.account:
            return None
        spec, row = self._spec(event.market, state), views.orders.get(event.order)
        return None if spec is None or row is None else (spec, row)

    def _accepted(self, event: OrderAccepted, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        mine = self._mine_of(event, views, state)
        if mine is None:
            return ()
        if self._algo_service and is_conditional(mine[1]):
            return (self._algo_update(*mine, at, state),)
        return (frame("ORDER_TRADE_UPDATE", at, **self._head, o=self._order(*mine, "NEW", at, state)),)

    def _ended(
        self, event: OrderCanceled | OrderExpired, at: Nanos, views: "Views", state: "ExchangeState"
    ) -> Iterable[bytes]:
        mine = self._mine_of(event, views, state)
        if mine is None:
            return ()
        spec, row = mine
        if self._algo_service and is_conditional(row):
            if is_waiting(row):
                return (self._algo_update(spec, row, at, state),)
            self._algo.setdefault(row.id, "")
        canceled = status_word(row.status, event.reason) == "CANCELED"
        told = self._order(spec, row, "CANCELED" if canceled else "EXPIRED", at, state)
        told["er"] = expire_reason(event.reason, row)
        return (frame("ORDER_TRADE_UPDATE", at, **self._head, o=told),)

    def _modified(self, event: OrderModified, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        mine = self._mine_of(event, views, state)
        if mine is None:
            return ()
        told = self._order(*mine, "AMENDMENT", at, state)
        if event.label:
            # As a text: so the venue's own client has it (14.1.0, seen 2026-11).
            told["M"] = str(event.label)
        return (frame("ORDER_TRADE_UPDATE", at, **self._head, o=told),)

    # Conditional orders: their trigger comes, they work, and the Algo Service says what became of them

    def _triggered(self, event: OrderTriggered, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        mine = self._mine_of(event, views, state)
        if mine is None:
            return ()
        self._woken = event
        if self._algo_service:
            return (self._algo_update(*mine, at, state, "TRIGGERING"),)
        # Before, the conditional order expired, and came back under the same id as what it had become.
        told = self._order(*mine, "EXPIRED", at, state)
        told.update(o=told["ot"], X="EXPIRED", er=str(STOP_TRIGGERED))
        return (frame("ORDER_TRADE_UPDATE", at, **self._head, o=told),)

    def _after_trigger(
        self, woken: OrderTriggered, event: Event, at: Nanos, views: "Views", state: "ExchangeState"
    ) -> Iterable[bytes]:
        """What comes next says whether the market took the order."""
        if isinstance(event, OrderExpired) and event.order == woken.order and event.refused is not None:
            self._woken = None
            mine = self._mine_of(event, views, state)
            if mine is None:
                return ()
            return (self._algo_update(*mine, at, state) if self._algo_service else _trigger_reject(*mine, at),)
        told = list(self._works(at, views, state))
        tell = self._tell.get(type(event))
        if tell is not None:
            told.extend(tell(event, at, views, state))
        return told

    def _works(self, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """A triggered order that the market took is an ordinary one from now on."""
        woken, self._woken = self._woken, None
        mine = None if woken is None else self._mine_of(woken, views, state)
        if mine is None:
            return ()
        spec, row = mine
        if self._algo_service:
            self._algo[row.id] = "TRIGGERED"
        told = self._order(spec, row, "NEW", at, state)
        told.update(X="NEW", z="0", ap="0")
        return (frame("ORDER_TRADE_UPDATE", at, **self._head, o=told),)

    def _follows(self, event: TrailingStarted, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        mine = self._mine_of(event, views, state)
        if mine is None or not self._algo_service:
            return ()
        return (self._algo_update(*mine, at, state),)

    def _algo_news(self, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """TRIGGERED comes after what the order did at once, FINISHED when it is at its end (clients report so)."""
        news, self._algo = self._algo, {}
        for order, status in news.items():
            row = views.orders.get(order)
            if row is None:
                continue
            spec = state.markets[row.market].spec
            if status:
                yield self._algo_update(spec, row, at, state, status)
            if not row.is_open:
                yield self._algo_update(spec, row, at, state)

    def _algo_update(self, spec: Market, row: "OrderRow", at: Nanos, state: "ExchangeState", status: str = "") -> bytes:
        mode = self_trade_word(state, row.account, row.market, row.more)
        return frame("ALGO_UPDATE", at, o=algorows.told(spec, row, mode, status))

    def _traded(self, event: TradeExecuted, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        if self.account not in (event.maker.account, event.taker.account):
            return ()
        spec = self._spec(event.market, state)
        if spec is None:
            return ()
        told: list[bytes] = []
        for fill, is_maker in ((event.maker, True), (event.taker, False)):
            if fill.account == self.account:
                told.extend(self._filled(spec, event, fill, is_maker, at, views, state))
        return told

    def _filled(
        self,
        spec: Market,
        event: TradeExecuted,
        fill: Fill,
        is_maker: bool,
        at: Nanos,
        views: "Views",
        state: "ExchangeState",
    ) -> Iterable[bytes]:
        """One side of a trade. A takeover has no order, so only the account update tells of it."""
        self._news.filled(spec, event.market, fill, views)
        row = views.orders.get(fill.order) if fill.order else None
        if row is None:
            return ()
        if self._algo_service and not fill.left and is_conditional(row):
            self._algo.setdefault(row.id, "")
        forced = event.kind in FORCED and row.origin is not Origin.USER
        told = self._order(spec, row, "CALCULATED" if forced else "TRADE", at, state)
        done = row.filled
        told.update(
            ap=print_plain(display.trade_average(spec, fill.cum_quote, done)),
            X="PARTIALLY_FILLED" if fill.left else "FILLED",
            l=print_plain(event.qty),
            z=print_plain(done),
            L=print_plain(event.price),
            n=print_decimal(fill.fee),
            N=fill.fee_asset or spec.settle,
            t=event.trade or _off_tape(event, is_maker, self.account, views),
            m=is_maker,
            rp=print_decimal(fill.closed.realised) if fill.closed is not None else "0",
        )
        money = self._news.tell_now("ORDER", at, views, state)
        lite = () if spec.inverse else (_trade_lite(told, at),)
        return (*lite, *money, frame("ORDER_TRADE_UPDATE", at, **self._head, o=told))

    def _order(
        self, spec: Market, row: "OrderRow", execution: str, at: Nanos, state: "ExchangeState"
    ) -> dict[str, Any]:
        """An order's letters around an execution that traded nothing."""
        more = row.more
        exposure = state.accounts[self.account].exposures.get(position_of(row))
        kind = "LIQUIDATION" if row.origin is Origin.LIQUIDATION else KIND[row.kind]
        told = {
            "s": symbol_of(spec),
            "c": client_id_of(row.id, row.client_id, more, row.accepted_at),
            "S": SIDE[row.side],
            "o": kind,
            "f": tif_word(row.kind, row.tif, more),
            "q": print_plain(row.qty),
            "p": print_plain(row.price),
            "ap": print_plain(display.trade_average(spec, row.cum_quote, row.filled)),
            "sp": "0",
            "x": execution,
            "X": status_word(row.status, row.end_reason),
            "i": row.id,
            "l": "0",
            "z": print_plain(row.filled),
            "L": "0",
            "n": "0",
            "N": spec.settle,
            "T": millis(at),
            "t": 0,
            "b": print_plain(exposure.bid_value) if exposure is not None else "0",
            "a": print_plain(exposure.ask_value) if exposure is not None else "0",
            "m": False,
            "R": reduces(row),
            "wt": "CONTRACT_PRICE",
            "ot": kind,
            "ps": position_side(more),
            "cp": False,
            "rp": "0",
            "pP": False,
            "si": 0,
            "ss": 0,
            "V": self_trade_word(state, row.account, row.market, more),
            "pm": match_word(row.peg),
            "gtd": 0,
            "er": "0",
        }
        if spec.inverse:
            told["ma"] = spec.settle
        if more is not None:
            told["gtd"] = millis(more.good_till)
            if more.trigger is not None:
                told.update(_condition(row, more.trigger))
        return told


def _condition(row: "OrderRow", trigger: Trigger) -> dict[str, Any]:
    """The letters of an order that waited for a price; ``AP`` and ``cr`` of trailing ones only."""
    name = type_word(row.side, row.kind, trigger)
    letters: dict[str, Any] = {
        "o": KIND[row.kind] if row.triggered_at else name,
        "q": print_plain(row.qty if row.triggered_at else sent_qty(row)),
        "sp": print_plain(trigger.price),
        "wt": WATCHED[trigger.watches],
        "ot": name,
        "cp": row.more is not None and row.more.close_all,
        "pP": trigger.protect,
    }
    if trigger.trailing:
        letters.update(AP=print_plain(trigger.activation), cr=rate_text(trigger))
    return letters


def _off_tape(event: TradeExecuted, is_maker: bool, account: AccountNo, views: "Views") -> int:
    """The number of a trade beside the tape: that of its row, which is the newest (of both sides, the two newest)."""
    rows = views.trades.fills(account, event.market, limit=2)
    return next((trade_id(row) for row in reversed(rows) if row.is_maker is is_maker), 0)


def _trigger_reject(spec: Market, row: "OrderRow", at: Nanos) -> bytes:
    """How a refused trigger was told before the Algo Service (retired 2025-12-15)."""
    return frame(
        "CONDITIONAL_ORDER_TRIGGER_REJECT", at, **{"or": {"s": symbol_of(spec), "i": row.id, "r": reason_text(row)}}
    )


def _trade_lite(order: dict[str, Any], at: Nanos) -> bytes:
    """The short form of a fill, sent before the long one."""
    return encode({
        "e": "TRADE_LITE",
        "E": millis(at),
        "T": millis(at),
        **{letter: order[letter] for letter in ("s", "q", "p", "m", "c", "S", "L", "l", "t", "i")},
    })  # fmt: skip
