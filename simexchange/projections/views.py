"""All projections in one bundle, folded event by event right after the engine."""

from simexchange.core.vocabulary.events import Event, ExchangeOpened, HistoryDescribed, MarketListed
from simexchange.core.vocabulary.units import Nanos
from simexchange.projections.accounts import AccountsView
from simexchange.projections.alarms import AlarmsView
from simexchange.projections.balances import BalancesView
from simexchange.projections.candles import CandlesView
from simexchange.projections.cashbook import CashbookView
from simexchange.projections.closings import ClosingsView
from simexchange.projections.crowd import CrowdView
from simexchange.projections.deliveries import DeliveriesView
from simexchange.projections.depth import DepthView
from simexchange.projections.folding import Handler, Projection
from simexchange.projections.funding import FundingView
from simexchange.projections.history import History
from simexchange.projections.income import IncomeView
from simexchange.projections.insurance import InsuranceView
from simexchange.projections.lists import ListsView
from simexchange.projections.margins import MarginsView
from simexchange.projections.markets import MarketsView
from simexchange.projections.orders import OrdersView
from simexchange.projections.portfolio import PortfolioView
from simexchange.projections.positions import PositionsView
from simexchange.projections.preventions import PreventionsView
from simexchange.projections.statements import StatementsView
from simexchange.projections.tickers import TickersView
from simexchange.projections.trades import TradesView
from simexchange.projections.transfers import TransfersView

_TOLD_TO_HISTORY = (ExchangeOpened, MarketListed, HistoryDescribed)


class Views:
    """What dialects read. A pure function of the events folded so far, and of the history it was given."""

    __slots__ = (
        "_handlers", "accounts", "alarms", "at", "balances", "candles", "cashbook", "closings", "crowd", "deliveries",
        "depth", "funding", "history", "income", "insurance", "lists", "margins", "markets", "orders", "portfolio",
        "positions", "preventions", "seq", "statements", "tickers", "told", "trades", "transfers",
    )  # fmt: skip

    def __init__(self, history: History | None = None) -> None:
        """*history* stands for the time before the start; it is told the events it needs as they are folded."""
        self.seq = 0
        """The record whose events were folded last; 0 = none yet."""
        self.at = Nanos(0)
        """The instant of that record."""
        self.history = history
        self.told: list[tuple[int, Nanos, Event]] = []
        """What a history needs to hear, as far as it was folded: for one that comes later."""
        self.markets = MarketsView()
        self.accounts = AccountsView(self.markets)
        self.trades = TradesView(self.accounts)
        self.orders = OrdersView(self.accounts, self.trades)
        self.lists = ListsView(self.accounts)
        self.depth = DepthView(self.orders)
        self.preventions = PreventionsView(self.accounts)
        self.deliveries = DeliveriesView(self.accounts)
        self.balances = BalancesView(self.markets, self.accounts)
        self.positions = PositionsView(self.markets, self.accounts)
        self.cashbook = CashbookView(self.markets, self.accounts, self.orders, self.positions)
        self.closings = ClosingsView(self.markets, self.accounts, self.orders)
        self.crowd = CrowdView(self.markets, self.accounts)
        self.income = IncomeView(self.markets, self.accounts)
        self.margins = MarginsView(self.markets, self.accounts)
        self.transfers = TransfersView(self.accounts)
        self.insurance = InsuranceView(self.markets, self.accounts)
        self.funding = FundingView(self.markets)
        self.statements = StatementsView(self.markets, self.accounts)
        self.candles = CandlesView(self.markets)
        self.tickers = TickersView(self.candles, self.trades, self.depth)
        self.alarms = AlarmsView()
        self.portfolio = PortfolioView(
            self.markets, self.accounts, self.balances, self.positions, self.funding, self.depth, self.trades
        )
        self.funding.history = self.candles.history = history
        self._handlers = self._join()

    def apply(self, seq: int, at: Nanos, event: Event) -> None:
        """Fold one event of record *seq*, which happened at *at*. Events come in the order of the log, none twice."""
        self.seq = seq
        self.at = at
        for handle in self._handlers.get(type(event), ()):
            handle(seq, at, event)

    def _in_order(self) -> tuple[Projection, ...]:
        """The portfolio before all others, for it tells how things stood until now; markets and accounts next, because
        the others ask them; depth before orders, see there.
        """
        return (
            self.portfolio, self.markets, self.accounts, self.depth, self.orders, self.lists, self.trades,
            self.preventions, self.deliveries, self.balances, self.positions, self.cashbook, self.closings, self.crowd,
            self.income, self.margins, self.insurance, self.funding, self.statements, self.transfers, self.candles,
            self.tickers, self.alarms,
        )  # fmt: skip

    def _join(self) -> dict[type, tuple[Handler, ...]]:
        """One table for all: event type → what the projections that care do with it, in order."""
        joined: dict[type, tuple[Handler, ...]] = {}
        for view in self._in_order():
            for kind, handler in view.handlers.items():
                joined[kind] = (*joined.get(kind, ()), handler)
        for kind in _TOLD_TO_HISTORY:
            joined[kind] = (*joined.get(kind, ()), self._tell_history)
        return joined

    def _tell_history(self, seq: int, at: Nanos, event: Event) -> None:
        self.told.append((seq, at, event))
        if self.history is not None:
            self.history.apply(seq, at, event)
            self.tickers.forget()

    def go_on(self, seq: int, at: Nanos, told: list[tuple[int, Nanos, Event]]) -> None:
        """After the projections were given what others had folded up to record *seq*: go on from there."""
        self.seq, self.at, self.told = seq, at, told
        if self.history is not None:
            for each in told:
                self.history.apply(*each)
        self.tickers.forget()
