"""Tables of events as they are, and of what accounts were worth over time."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import NotThere
from simexchange.eventlog.inspection import describe
from simexchange.eventlog.replay import Folds
from simexchange.eventlog.tables.columns import (
    ACCOUNT,
    AT,
    MARKET,
    SEQ,
    Column,
    Kind,
    Place,
    Row,
    Table,
    Teller,
    Wanted,
)
from simexchange.projections.accounts import AccountsView
from simexchange.projections.balances import BalancesView
from simexchange.projections.depth import DepthView
from simexchange.projections.funding import FundingView
from simexchange.projections.markets import MarketsView
from simexchange.projections.orders import OrdersView
from simexchange.projections.portfolio import PortfolioView
from simexchange.projections.positions import PositionsView
from simexchange.projections.trades import TradesView
from simexchange.projections.valuation import Point, currencies, points
from simexchange.projections.views import Views


class EventsTeller(Teller):
    """One row per event."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        self._seq = self._number = 0

    def event(self, place: Place, event: Any, state: ExchangeState) -> Iterable[Row]:
        self._number = self._number + 1 if place.seq == self._seq else 1
        self._seq = place.seq
        owners = {getattr(side, "account", None) for side in (event, *_sides(event))} - {None, 0}
        names = sorted({state.accounts[no].name for no in owners if no in state.accounts})
        known = state.markets.get(MarketNo(getattr(event, "market", None) or 0))
        market = known.spec.id if known is not None else ""
        if (self.wanted.account and self.wanted.account not in names) or not self.wanted.trades(market):
            return
        told = describe(event)
        kind = told.pop("type")
        yield (
            place.seq, place.at, place.source, self._number, kind, ",".join(names), market,
            msgspec.json.encode(told).decode(),
        )  # fmt: skip


def _sides(event: Any) -> tuple[Any, ...]:
    return tuple(getattr(event, side) for side in ("taker", "maker") if hasattr(event, side))


class Portfolios:
    """The projections that a portfolio needs, and itself with every row kept, in the order they are folded."""

    def __init__(self) -> None:
        self.markets = MarketsView()
        self.accounts = AccountsView(self.markets)
        orders = OrdersView(self.accounts)
        depth = DepthView(orders)
        trades = TradesView(self.accounts)
        balances = BalancesView(self.markets, self.accounts)
        self.positions = PositionsView(self.markets, self.accounts)
        funding = FundingView(self.markets)
        self.portfolio = PortfolioView(
            self.markets, self.accounts, balances, self.positions, funding, depth, trades, keep=0
        )
        self.views: tuple[Folds, ...] = (
            self.portfolio, self.markets, self.accounts, depth, orders, trades, balances, self.positions, funding,
        )  # fmt: skip

    def take_whole(self, views: Views) -> None:
        """See `Teller.take_whole`: then rows before the first record are as thin as they were kept."""
        self.markets, self.accounts = views.markets, views.accounts
        self.positions, self.portfolio = views.positions, views.portfolio
        self.views = (views,)

    def currency(self, asked: str) -> str:
        """What to tell worths in. Raises NotThere where no market has it."""
        known = currencies(self.markets)
        if asked and asked not in known:
            raise NotThere(f"no market of the log has {asked!r}: say one of {', '.join(known) or 'none'}")
        return asked or (known[0] if known else "")


class EquityTeller(Teller):
    """Rows of the portfolio over time, account by account."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        self._folded = Portfolios()
        self.views = self._folded.views

    def take_whole(self, views: Views) -> None:
        super().take_whole(views)
        self._folded.take_whole(views)

    def end(self, state: ExchangeState) -> Iterable[Row]:
        currency = self._folded.currency(self.wanted.currency)
        for no, account in state.accounts.items():
            if self.wanted.has(state, no):
                for point in points(self._folded.portfolio.rows(no, Nanos(state.now)), currency):
                    yield _equity(account.name, currency, point)


def _equity(account: str, currency: str, point: Point) -> Row:
    return (
        point.at, point.seq, account, currency, point.equity, point.paid_in, point.result, point.fees, point.funding,
        point.held, point.futures, point.exposure, point.hedge_ratio, ",".join(point.unpriced),
    )  # fmt: skip


EVENTS: Final = Table(
    "events",
    "One row per event of every record.",
    (
        SEQ,
        AT,
        Column("source", Kind.TEXT, "Who asked: `client`, `feed:NAME`, `timer`, `engine`, `control` or `watch`."),
        Column("number", Kind.WHOLE, "1, 2, 3 … in its record."),
        Column("event", Kind.TEXT, "Its type."),
        Column("account", Kind.TEXT, "Whose; both of a trade, with a comma between."),
        MARKET,
        Column("detail", Kind.TEXT, "Its members as one JSON object, as `inspect --json` shows them."),
    ),
    EventsTeller,
)
EQUITY: Final = Table(
    "equity",
    "What each person's account was worth: a row a minute in which a price moved, one for each second in which "
    "something of its own happened, and the end. See the how-to on the portfolio.",
    (
        AT,
        Column("seq", Kind.WHOLE, "The newest record that could have moved it."),
        ACCOUNT,
        Column("currency", Kind.TEXT, "What all money here is told in; `--currency` chooses it."),
        Column("equity", Kind.DECIMAL, "All wallets and what positions gained."),
        Column("paid_in", Kind.DECIMAL, "Brought in less taken out, to date."),
        Column("result", Kind.DECIMAL, "Equity less what was paid in."),
        Column("fees", Kind.DECIMAL, "To date; rebates below zero."),
        Column("funding", Kind.DECIMAL, "Received to date; paid below zero."),
        Column("held", Kind.DECIMAL, "What is held of other assets."),
        Column("futures", Kind.DECIMAL, "What contracts stand for; short below zero."),
        Column("exposure", Kind.DECIMAL, "Both together."),
        Column(
            "hedge_ratio", Kind.DECIMAL, "How much of what is held the contracts are short; empty: nothing is held."
        ),
        Column("unpriced", Kind.TEXT, "Assets that count nothing, for want of a price."),
    ),
    EquityTeller,
)
