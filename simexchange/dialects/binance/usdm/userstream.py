"""An account's private events: orders, fills, balances and positions, settings.

Letters as the venue's user-data pages and live frames have them (seen 2026-11). A fill is told three times: TRADE_LITE,
ORDER_TRADE_UPDATE, and, when the step is through, ACCOUNT_UPDATE with what the wallet and the position became.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from simexchange.core import display, margin
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
    TradeExecuted,
)
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.markets import Market
from simexchange.core.vocabulary.orders import EndReason, Origin, SelfTrade, TradeKind
from simexchange.core.vocabulary.units import Nanos
from simexchange.dialects.binance.common.numbers import print_decimal, print_plain
from simexchange.dialects.binance.common.symbols import USDM, product_of, symbol_of
from simexchange.dialects.binance.common.timestamps import millis
from simexchange.dialects.binance.usdm.figures import short_price
from simexchange.dialects.binance.usdm.responses import (
    KIND,
    SELF_TRADE,
    SIDE,
    client_id_of,
    encode,
    status_word,
    tif_word,
)
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
FORCED: Final = (TradeKind.LIQUIDATION, TradeKind.TAKEOVER, TradeKind.ADL)
"""Trades the venue makes for the account: told as CALCULATED, not as TRADE."""


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

    def __init__(self, account: AccountNo) -> None:
        self.account = account
        self._changes: dict[str, Change] = {}
        """Reason → change, in the order in which the step made them."""
        self._realised: dict[MarketNo, int] = {}
        """Profit realised so far per market, before fees."""
        self._tell: dict[type, Callable[[Any, Nanos, Views, ExchangeState], Iterable[bytes]]] = {
            OrderAccepted: self._accepted,
            TradeExecuted: self._traded,
            OrderCanceled: self._ended,
            OrderExpired: self._ended,
            LeverageSet: self._leverage_set,
            FundingPaid: self._funded,
            FundsDeposited: self._deposited,
            FundsWithdrawn: self._withdrawn,
            FundsTransferred: self._transferred,
            LiquidationFeeCharged: self._liquidation_fee,
            InsurancePaid: self._insured,
        }

    def on_event(self, seq: int, at: Nanos, event: Event, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """Payloads, one per venue event, in the order the venue sends them."""
        tell = self._tell.get(type(event))
        return tell(event, at, views, state) if tell is not None else ()

    def end_of_step(self, seq: int, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        """What the step left the wallet and the positions at: one ACCOUNT_UPDATE per reason."""
        changes, self._changes = self._changes, {}
        return [self._account_update(reason, change, at, views, state) for reason, change in changes.items()]

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

    def _accepted(self, event: OrderAccepted, at: Nanos, views: "Views", state: "ExchangeState") -> Iterable[bytes]:
        if event.account != self.account:
            return ()
        spec, row = self._spec(event.market, state), views.orders.get(event.order)
        if spec is None or row is None:
            return ()
        told = self._order(spec, row, "NEW", at, state)
        return (_frame("ORDER_TRADE_UPDATE", at, o=told),)

    def _ended(
        self, event: OrderCanceled | OrderExpired, at: Nanos, views: "Views", state: "ExchangeState"
    ) -> Iterable[bytes]:
        if event.account != self.account:
            return ()
        spec, row = self._spec(event.market, state), views.orders.get(event.order)
        if spec is None or row is None:
            return ()
        canceled = status_word(row.status, event.reason) == "CANCELED"
        told = self._order(spec, row, "CANCELED" if canceled else "EXPIRED", at, state)
        told["er"] = str(EXPIRE_REASONS[event.reason])
        return (_frame("ORDER_TRADE_UPDATE", at, o=told),)

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
        forced = event.kind in FORCED and row.origin is not Origin.USER
        told = self._order(spec, row, "CALCULATED" if forced else "TRADE", at, state)
        done = row.qty - fill.left
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
        return {
            "s": symbol_of(spec),
            "c": client_id_of(row.id, row.client_id, more, row.accepted_at),
            "S": SIDE[row.side],
            "o": kind,
            "f": tif_word(row.kind, row.tif),
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
            "R": row.reduce_only,
            "wt": "CONTRACT_PRICE",
            "ot": kind,
            "ps": "BOTH",
            "cp": False,
            "rp": "0",
            "pP": False,
            "si": 0,
            "ss": 0,
            "V": SELF_TRADE[more.self_trade if more is not None else SelfTrade.UNSAID],
            "pm": "NONE",
            "gtd": millis(more.good_till) if more is not None else 0,
            "er": "0",
        }

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
