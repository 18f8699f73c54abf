"""Which record set each number last: what explanations name beside it."""

from simexchange.core.vocabulary.events import (
    BundleAdopted,
    FeesSet,
    FundingRateSet,
    IndexSet,
    LeverageSet,
    MarketListed,
    MarkSet,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderModified,
    OrderRested,
    OrderTriggered,
    RulesSet,
    TapePrinted,
    TradeExecuted,
)
from simexchange.core.vocabulary.ids import (
    AccountNo,
    MarketNo,
    OrderId,
    PositionId,
    PositionKey,
    key_of,
    market_of,
    slot_of,
)
from simexchange.core.vocabulary.orders import OFF_TAPE, Slot, TradeKind
from simexchange.core.vocabulary.units import Nanos
from simexchange.projections.accounts import EVERY_MARKET, AccountRow, AccountsView
from simexchange.projections.balances import BalancesView
from simexchange.projections.folding import Handler, Projection
from simexchange.projections.markets import MarketRow, MarketsView

_Changed = OrderAccepted | OrderRested | OrderAmended | OrderModified | OrderTriggered
_UNPRICED = (*OFF_TAPE, TradeKind.CROSSED)
"""Trades that do not set the last price."""


class OriginsView(Projection):
    """Seqs by what they set, 0 where nothing did. Wallets only of USER and FUND accounts."""

    __slots__ = (
        "_accounts",
        "_balances",
        "_bundles",
        "_fees",
        "_indexes",
        "_joined",
        "_lasts",
        "_leverage",
        "_listed",
        "_markets",
        "_marks",
        "_orders",
        "_positions",
        "_rules",
        "_sampled_from",
        "_settled",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._markets = MarketsView()
        self._accounts = AccountsView(self._markets)
        self._balances = BalancesView(self._markets, self._accounts)
        self._positions: dict[PositionId, int] = {}
        self._marks: dict[MarketNo, int] = {}
        self._indexes: dict[str, int] = {}
        self._bundles: dict[str, int] = {}
        self._lasts: dict[MarketNo, int] = {}
        self._listed: dict[MarketNo, int] = {}
        self._rules: dict[tuple[str, MarketNo], int] = {}
        self._orders: dict[OrderId, int] = {}
        self._leverage: dict[tuple[AccountNo, PositionKey], int] = {}
        self._fees: dict[tuple[AccountNo, MarketNo], int] = {}
        self._settled: dict[MarketNo, int] = {}
        self._sampled_from: dict[MarketNo, int] = {}
        own: dict[type, Handler] = {
            MarkSet: self._marked,
            IndexSet: self._indexed,
            BundleAdopted: self._adopted,
            TapePrinted: self._printed,
            TradeExecuted: self._traded,
            MarketListed: self._described,
            RulesSet: self._ruled,
            LeverageSet: self._levered,
            FeesSet: self._charged,
            FundingRateSet: self._paid,
            OrderCanceled: self._ended,
            OrderExpired: self._ended,
            **dict.fromkeys((OrderAccepted, OrderRested, OrderAmended, OrderModified, OrderTriggered), self._changed),
        }
        tables = (self._markets.handlers, self._accounts.handlers, self._balances.handlers, own)
        kinds = dict.fromkeys(kind for table in tables for kind in table)
        self._joined = {kind: tuple(table[kind] for table in tables if kind in table) for kind in kinds}
        self.handlers = dict.fromkeys(kinds, self._told)

    def market(self, market: MarketNo) -> MarketRow:
        """A market as it stands."""
        return self._markets.by_no[market]

    def account(self, account: AccountNo) -> AccountRow:
        """An account as it stands."""
        return self._accounts.by_no[account]

    def wallet(self, account: AccountNo, wallet: str, asset: str) -> int:
        """The last movement of a wallet."""
        return self._balances.get(account, wallet, asset).seq

    def position(self, position: PositionId) -> int:
        """The last trade that changed a position."""
        return self._positions.get(position, 0)

    def order(self, order: OrderId) -> int:
        """The last change of an open order."""
        return self._orders.get(order, 0)

    def leverage(self, account: AccountNo, key: PositionKey) -> int:
        """The last choice of a leverage, for the position's slot, else for its market."""
        market = market_of(key)
        found = self._leverage
        own = found.get((account, key)) or found.get((account, key_of(market, slot_of(key))))
        return own or found.get((account, market), 0)

    def fees(self, account: AccountNo, market: MarketNo) -> int:
        """The last time an account got rates of its own."""
        return self._fees.get((account, market)) or self._fees.get((account, EVERY_MARKET), 0)

    def mark(self, market: MarketNo) -> int:
        """The last mark price."""
        return self._marks.get(market, 0)

    def last(self, market: MarketNo) -> int:
        """The last trade that set a price."""
        return self._lasts.get(market, 0)

    def rules(self, bundle: str, market: MarketNo) -> int:
        """The last setting of a bundle's rules for a market."""
        return self._rules.get((bundle, market), 0)

    def listed(self, market: MarketNo) -> int:
        """The record in which the market's facts were set."""
        return self._listed.get(market, 0)

    def index(self, name: str) -> int:
        """The last value of an index."""
        return self._indexes.get(name, 0)

    def bundle(self, name: str) -> int:
        """The record in which a venue's rules for accounts were last adopted."""
        return self._bundles.get(name, 0)

    def settled(self, market: MarketNo) -> int:
        """The last funding settlement."""
        return self._settled.get(market, 0)

    def sampled_from(self, market: MarketNo) -> int:
        """The first mark, and with it premium, since the last funding settlement."""
        return self._sampled_from.get(market, 0)

    def _told(self, seq: int, at: Nanos, event: object) -> None:
        for handle in self._joined[type(event)]:
            handle(seq, at, event)

    def _marked(self, seq: int, at: Nanos, event: MarkSet) -> None:
        self._marks[event.market] = seq
        self._sampled_from.setdefault(event.market, seq)

    def _indexed(self, seq: int, at: Nanos, event: IndexSet) -> None:
        self._indexes[event.index] = seq

    def _adopted(self, seq: int, at: Nanos, event: BundleAdopted) -> None:
        self._bundles[event.bundle.name] = seq

    def _printed(self, seq: int, at: Nanos, event: TapePrinted) -> None:
        self._lasts[event.market] = seq

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        if event.kind not in _UNPRICED:
            self._lasts[event.market] = seq
        for fill in (event.maker, event.taker):
            if fill.closed is not None:
                self._positions[fill.closed.position] = seq
            if fill.opened is not None:
                self._positions[fill.opened.position] = seq
            if fill.left:
                self._orders[fill.order] = seq
            else:
                self._orders.pop(fill.order, None)

    def _described(self, seq: int, at: Nanos, event: MarketListed) -> None:
        self._listed[event.no] = seq

    def _ruled(self, seq: int, at: Nanos, event: RulesSet) -> None:
        self._rules[event.bundle, event.market] = seq

    def _levered(self, seq: int, at: Nanos, event: LeverageSet) -> None:
        if not event.slot:
            # Said of the market it holds for both its slots.
            for slot in (Slot.LONG, Slot.SHORT):
                self._leverage.pop((event.account, key_of(event.market, slot)), None)
        self._leverage[event.account, key_of(event.market, event.slot)] = seq

    def _charged(self, seq: int, at: Nanos, event: FeesSet) -> None:
        self._fees[event.account, event.market] = seq

    def _paid(self, seq: int, at: Nanos, event: FundingRateSet) -> None:
        self._settled[event.market] = seq
        self._sampled_from.pop(event.market, None)

    def _changed(self, seq: int, at: Nanos, event: _Changed) -> None:
        self._orders[event.order] = seq

    def _ended(self, seq: int, at: Nanos, event: OrderCanceled | OrderExpired) -> None:
        self._orders.pop(event.order, None)
