"""An account's private events: orders, fills, balances and positions, settings.

Letters as the venue's user-data pages and live frames have them (seen 2026-11). A fill is told three times: TRADE_LITE,
ORDER_TRADE_UPDATE, and, when the step is through, ACCOUNT_UPDATE with what the wallet and the position became.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display, margin
from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import (
    Event,
    Fill,
    FundingPaid,
    FundsDeposited,
    FundsTransferred,
    FundsWithdrawn,
    InsurancePaid,
    LeverageSet,
    LiquidationFeeCharged,
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
from simexchange.dialects.binance.common.symbols import USDM, product_of, symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm import algorows
from simexchange.dialects.binance.usdm.algorows import reason_text
from simexchange.dialects.binance.usdm.figures import short_price
from simexchange.dialects.binance.usdm.orderwords import (
    KIND,
    SIDE,
    WATCHED,
    client_id_of,
    is_conditional,
    is_waiting,
    match_word,
    rate_text,
    reduces,
    self_trade_word,
    sent_qty,
    status_word,
    tif_word,
    type_word,
)
from simexchange.dialects.binance.usdm.responses import encode
from simexchange.projections.income import IncomeKind

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
}
"""The ``er`` of an ended order; the venue has no number for a reached good-till date nor for our own reasons."""
IOC_PREVENTED: Final = 3
"""An immediate-or-cancel order that could not be filled because it met its own account's."""
STOP_TRIGGERED: Final = 8
"""A conditional order that became another one, before the Algo Service: the first of the two expired for that."""
REALISING: Final = (IncomeKind.REALIZED_PNL, IncomeKind.DELIVERED_SETTLEMENT)
"""Income that is a position's profit or loss."""
FORCED: Final = (TradeKind.LIQUIDATION, TradeKind.TAKEOVER, TradeKind.ADL)
"""Trades the venue makes for the account: told as CALCULATED, not as TRADE."""


OrderEvent = OrderAccepted | OrderCanceled | OrderExpired | OrderModified | OrderTriggered | TrailingStarted


def expire_reason(reason: EndReason, row: "OrderRow") -> str:
    """The ``er`` of an order that ended so."""
    prevented_ioc = reason is EndReason.SELF_TRADE and row.tif is TimeInForce.IOC and row.kind is OrderKind.LIMIT
    return str(IOC_PREVENTED if prevented_ioc else EXPIRE_REASONS[reason])


class Change:
    """What one ACCOUNT_UPDATE will tell: balance changes other than profit and commission, and positions."""

    __slots__ = ("assets", "markets")

    def __init__(self) -> None:
        self.assets: dict[str, int] = {}
        self.markets: dict[MarketNo, None] = {}

    def money(self, asset: str, amount: int = 0) -> None:
        self.assets[asset] = self.assets.get(asset, 0) + amount


class UserEvents:
    """One account's private stream of this product."""

    def __init__(self, account: AccountNo, *, algo_service: bool = True) -> None:
        self.account = account
        self._algo_service = algo_service
        self._woken: OrderTriggered | None = None
        """An order that was triggered just now, and that the market may still refuse."""
        self._algo: dict[OrderId, str] = {}
        """Conditional orders of which the Algo Service has news when the step is through."""
        self._changes: dict[str, Change] = {}
        """Reason → change, in the order in which the step made them."""
        self._realised: dict[MarketNo, int] = {}
        """Profit realised so far per market, before fees."""
        self._tell: dict[type, Callable[[Any, Nanos, Views, ExchangeState], Iterable[bytes]]] = {
            OrderAccepted: self._accepted,
            TradeExecuted: self._traded,
            OrderCanceled: self._ended,
            OrderExpired: self._ended,
            OrderModified: self._modified,
            OrderTriggered: self._triggered,
            TrailingStarted: self._follows,
            LeverageSet: self._leverage_set,
            FundingPaid: self._funded,
            FundsDeposited: self._deposited,
            FundsWithdrawn: self._withdrawn,
            FundsTransferred: self._transferred,
            LiquidationFeeCharged: self._liquidation_fee,
            InsurancePaid: self._insured,
            PositionDelivered: self._delivered,
        }

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """Payloads, one per venue event, in the order the venue sends them."""
        tell = self._tell.get(type(event))
        if self._woken is not None:
            return self._after_trigger(self._woken, event, at, views, state)
        return tell(event, at, views, state) if tell is not None else ()

    def end_of_step(self, seq: int, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """What the step left the wallet and the positions at: one ACCOUNT_UPDATE per reason."""
        changes, self._changes = self._changes, {}
        told = list(self._works(at, views, state))
        told += [self._account_update(reason, change, at, views, state) for reason, change in changes.items()]
        if self._algo:
            told += self._algo_news(at, views, state)
        return told

    def _change(self, reason: str) -> Change:
        found = self._changes.get(reason)
        if found is None:
            found = self._changes[reason] = Change()
        return found

    # Orders

    def _spec(self, market: MarketNo, state: "ExchangeState") -> Market | None:
        """The market, if it is one of this product."""
        spec = state.markets[market].spec
        return spec if product_of(spec) == USDM else None

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
        return (_frame("ORDER_TRADE_UPDATE", at, o=self._order(*mine, "NEW", at, state)),)

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
        return (_frame("ORDER_TRADE_UPDATE", at, o=told),)

    def _modified(self, event: OrderModified, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        mine = self._mine_of(event, views, state)
        if mine is None:
            return ()
        return (_frame("ORDER_TRADE_UPDATE", at, o=self._order(*mine, "AMENDMENT", at, state)),)

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
        return (_frame("ORDER_TRADE_UPDATE", at, o=told),)

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
        return (_frame("ORDER_TRADE_UPDATE", at, o=told),)

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
        return _frame("ALGO_UPDATE", at, o=algorows.told(spec, row, mode, status))

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
        change = self._change("ORDER")
        change.money(spec.settle)
        change.money(fill.fee_asset or spec.settle)
        change.markets[event.market] = None
        self._realise(event.market, fill, views)
        row = views.orders.get(fill.order) if fill.order else None
        if row is None:
            return ()
        if self._algo_service and not fill.left and is_conditional(row):
            self._algo.setdefault(row.id, "")
        forced = event.kind in FORCED and row.origin is not Origin.USER
        told = self._order(spec, row, "CALCULATED" if forced else "TRADE", at, state)
        done = row.filled
        told.update(
            ap=print_plain(display.average_price(fill.cum_quote, done)),
            X="PARTIALLY_FILLED" if fill.left else "FILLED",
            l=print_plain(event.qty),
            z=print_plain(done),
            L=print_plain(event.price),
            n=print_decimal(fill.fee),
            N=fill.fee_asset or spec.settle,
            t=event.trade,
            m=is_maker,
            rp=print_decimal(fill.closed.realised) if fill.closed is not None else "0",
        )
        return _trade_lite(told, at), _frame("ORDER_TRADE_UPDATE", at, o=told)

    def _realise(self, market: MarketNo, fill: Fill, views: "Views") -> None:
        """Count realised profit; the sum so far is the income's, as far as it is kept."""
        if market not in self._realised:
            lines = views.income.of(self.account, kind=IncomeKind.REALIZED_PNL, market=market, limit=1_000_000)
            self._realised[market] = sum(line.amount for line in lines)
        elif fill.closed is not None:
            self._realised[market] += fill.closed.realised

    def _order(
        self, spec: Market, row: "OrderRow", execution: str, at: Nanos, state: "ExchangeState"
    ) -> dict[str, Any]:
        """An order's letters around an execution that traded nothing."""
        more = row.more
        exposure = state.accounts[self.account].exposures.get(row.market)
        kind = "LIQUIDATION" if row.origin is Origin.LIQUIDATION else KIND[row.kind]
        told = {
            "s": symbol_of(spec),
            "c": client_id_of(row.id, row.client_id, more, row.accepted_at),
            "S": SIDE[row.side],
            "o": kind,
            "f": tif_word(row.kind, row.tif, more),
            "q": print_plain(row.qty),
            "p": print_plain(row.price),
            "ap": print_plain(display.average_price(row.cum_quote, row.filled)),
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
            "ps": "BOTH",
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
        if more is not None:
            told["gtd"] = millis(more.good_till)
            if more.trigger is not None:
                told.update(_condition(row, more.trigger))
        return told

    # Settings and money

    def _leverage_set(self, event: LeverageSet, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        spec = self._spec(event.market, state) if event.account == self.account else None
        if spec is None:
            return ()
        return (_frame("ACCOUNT_CONFIG_UPDATE", at, ac={"s": symbol_of(spec), "l": event.leverage}),)

    def _mine(self, account: AccountNo, wallet: str, state: "ExchangeState") -> bool:
        """Whether money moved in this account's margin wallet."""
        return account == self.account and wallet == state.accounts[self.account].linear_wallet

    def _funded(self, event: FundingPaid, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        # Cross: the balance only. An isolated position would be told, too.
        if self._mine(event.account, event.wallet, state):
            self._change("FUNDING_FEE").money(event.asset, event.amount)
        return ()

    def _deposited(self, event: FundsDeposited, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        if self._mine(event.account, event.wallet, state):
            self._change("DEPOSIT").money(event.asset, event.amount)
        return ()

    def _withdrawn(self, event: FundsWithdrawn, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        if self._mine(event.account, event.wallet, state):
            self._change("WITHDRAW").money(event.asset, -event.amount)
        return ()

    def _transferred(
        self, event: FundsTransferred, at: Nanos, views: "Views", state: "ExchangeState"
    ) -> Iterable[bytes]:
        """A transfer from or to another wallet is a deposit or withdrawal of this one."""
        if self._mine(event.account, event.wallet, state):
            self._change("WITHDRAW").money(event.asset, -event.amount)
        if self._mine(event.to_account, event.to_wallet, state):
            self._change("DEPOSIT").money(event.asset, event.amount)
        return ()

    def _liquidation_fee(
        self, event: LiquidationFeeCharged, at: Nanos, views: "Views", state: "ExchangeState"
    ) -> Iterable[bytes]:
        if self._mine(event.account, event.wallet, state):
            self._change("INSURANCE_CLEAR").money(event.asset, -event.amount)
        return ()

    def _insured(self, event: InsurancePaid, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        if self._mine(event.account, event.wallet, state):
            self._change("INSURANCE_CLEAR").money(event.asset, event.amount)
        return ()

    def _delivered(
        self, event: PositionDelivered, at: Nanos, views: "Views", state: "ExchangeState"
    ) -> Iterable[bytes]:
        """A delivery has no order here, so only the account update tells of it; it comes as that of an order."""
        spec = self._spec(event.market, state) if event.account == self.account else None
        if spec is not None:
            change = self._change("ORDER")
            change.money(spec.settle)
            change.markets[event.market] = None
            if event.market in self._realised:
                self._realised[event.market] += event.closed.realised
            else:
                lines = views.income.of(self.account, market=event.market, limit=1_000_000)
                self._realised[event.market] = sum(line.amount for line in lines if line.kind in REALISING)
        return ()

    def _account_update(self, reason: str, change: Change, at: Nanos, views: "Views", state: "ExchangeState") -> bytes:
        me = state.accounts[self.account]
        rows = []
        for asset, amount in change.assets.items():
            cash = print_decimal(views.balances.get(self.account, me.linear_wallet, asset).total)
            rows.append({"a": asset, "wb": cash, "cw": cash, "bc": print_plain(amount)})
        positions = [self._position(market, views, state) for market in change.markets]
        return _frame("ACCOUNT_UPDATE", at, a={"B": rows, "P": positions, "m": reason})

    def _position(self, market: MarketNo, views: "Views", state: "ExchangeState") -> dict[str, Any]:
        me = state.accounts[self.account]
        row = views.positions.get(self.account, market)
        qty, cost = (row.qty, row.cost) if row is not None else (0, 0)
        spec = state.markets[market].spec
        taker = views.accounts.fees(self.account, market).taker
        return {
            "s": symbol_of(spec),
            "pa": print_plain(qty),
            "ep": short_price(display.entry_price(qty, cost)),
            "cr": print_plain(self._realised.get(market, 0)),
            "up": print_plain(margin.unrealised_of(me, state.markets[market])),
            "mt": "cross",
            "iw": "0",
            "ps": "BOTH",
            "ma": spec.settle,
            "bep": short_price(display.break_even_price(qty, cost, taker)),
        }


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


def _trigger_reject(spec: Market, row: "OrderRow", at: Nanos) -> bytes:
    """How a refused trigger was told before the Algo Service (retired 2025-12-15)."""
    return _frame(
        "CONDITIONAL_ORDER_TRIGGER_REJECT", at, **{"or": {"s": symbol_of(spec), "i": row.id, "r": reason_text(row)}}
    )


def _frame(name: str, at: Nanos, **parts: Any) -> bytes:
    return encode({"e": name, "T": millis(at), "E": millis(at), **parts})


def _trade_lite(order: dict[str, Any], at: Nanos) -> bytes:
    """The short form of a fill, sent before the long one."""
    return encode({
        "e": "TRADE_LITE",
        "E": millis(at),
        "T": millis(at),
        **{letter: order[letter] for letter in ("s", "q", "p", "m", "c", "S", "L", "l", "t", "i")},
    })  # fmt: skip
