"""What each person's account is made of over time: every wallet, its positions, what it paid in, fees and funding.

A row is kept for each minute of exchange time in which a price moved, and for each second in which something of the
account's own happened, as it stood at the end of it. Old rows are thinned: the older, the further apart (`thinned`).
Rows say amounts and prices; what that is worth in a currency is `valuation`'s to say, by the formulas of the core.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

import msgspec

from simexchange.core import display, valuing
from simexchange.core.pricelist import Pair, PriceList
from simexchange.core.vocabulary.assets import whole_wallet
from simexchange.core.vocabulary.bonuses import BonusExpired, BonusGranted
from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import (
    FundingPaid,
    FundsDeposited,
    FundsTransferred,
    FundsWithdrawn,
    IndexSet,
    InsurancePaid,
    LiquidationFeeCharged,
    MarkSet,
    TapePrinted,
    TradeExecuted,
    TradePrevented,
)
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.poolevents import AssetsExchanged
from simexchange.core.vocabulary.units import MINUTE, SECOND, Nanos
from simexchange.projections.accounts import AccountsView
from simexchange.projections.balances import BalancesView
from simexchange.projections.depth import DepthView
from simexchange.projections.folding import Projection
from simexchange.projections.funding import FundingView
from simexchange.projections.intervals import floor, part
from simexchange.projections.markets import MarketRow, MarketsView
from simexchange.projections.positions import PositionsView
from simexchange.projections.trades import TradesView

NEVER: Final = Nanos((1 << 63) - 1)
KEEP: Final = 2_048
"""Rows of an account at most."""


class WalletLine(msgspec.Struct, frozen=True, gc=False):
    """One asset in one wallet, its isolated positions included."""

    wallet: str
    asset: str
    cash: int
    """Free and held."""
    unrealised: int
    """Of the positions that settle in it there, at their marks."""


class AssetLine(msgspec.Struct, frozen=True, gc=False):
    """One asset over the whole account."""

    asset: str
    futures: int
    """How much of it the account's contracts stand for at their marks: long above zero."""
    paid_in: int
    """Brought in from outside less taken out, to date; bonus money and money of other accounts included."""
    fees: int
    """Paid to date: of trades, deliveries, liquidations and exchanges; rebates below zero."""
    funding: int
    """Received to date; paid below zero."""


class PortfolioRow(msgspec.Struct, frozen=True, gc=False):
    """An account at one instant."""

    at: Nanos
    seq: int
    """The newest record that could have moved it."""
    wallets: tuple[WalletLine, ...]
    """In order of first movement; nothing of what is empty."""
    assets: tuple[AssetLine, ...]
    """In alphabetical order."""
    prices: PriceList


class _Sums:
    """What an account paid in, paid and received so far, of one asset."""

    __slots__ = ("fees", "funding", "paid_in")

    def __init__(self) -> None:
        self.paid_in = self.fees = self.funding = 0


class PortfolioView(Projection):
    """Rows per USER account. Folded before the other projections, so that it sees what was before each event."""

    __slots__ = (
        "_accounts", "_balances", "_depth", "_due", "_funding", "_keep", "_markets", "_minute", "_positions", "_rows",
        "_seq", "_sums", "_touched", "_trades",
    )  # fmt: skip

    def __init__(
        self,
        markets: MarketsView,
        accounts: AccountsView,
        balances: BalancesView,
        positions: PositionsView,
        funding: FundingView,
        depth: DepthView,
        trades: TradesView,
        *,
        keep: int = KEEP,
    ) -> None:
        """Keep at most *keep* rows per account; 0: all of them."""
        super().__init__()
        self._markets = markets
        self._accounts = accounts
        self._balances = balances
        self._positions = positions
        self._funding = funding
        self._depth = depth
        self._trades = trades
        self._keep = keep
        self._rows: dict[AccountNo, list[PortfolioRow]] = {}
        self._sums: dict[AccountNo, dict[str, _Sums]] = {}
        self._touched: dict[AccountNo, None] = {}
        """Accounts of which something happened in the second that ends at `_due`."""
        self._due = NEVER
        """When the next row is to be taken."""
        self._minute = NEVER
        """When one of every account is."""
        self._seq = 0
        self.handlers = {
            TradeExecuted: self._traded,
            TapePrinted: self._moved,
            MarkSet: self._moved,
            IndexSet: self._moved,
            TradePrevented: self._prevented,
            FundingPaid: self._funded,
            FundsDeposited: self._deposited,
            FundsWithdrawn: self._withdrawn,
            FundsTransferred: self._transferred,
            LiquidationFeeCharged: self._liquidation_fee,
            InsurancePaid: self._insured,
            PositionDelivered: self._delivered,
            AssetsExchanged: self._exchanged,
            BonusGranted: self._granted,
            BonusExpired: self._expired,
        }

    def rows(self, account: AccountNo, at: Nanos, *, end: Nanos | None = None) -> list[PortfolioRow]:
        """The rows up to *at*, which is now, and how it stands at *at*; ascending by time, up to *end* inclusive."""
        rows = [*self._rows.get(account, ()), *self._row(account, at, self._prices())]
        return [row for row in rows if end is None or row.at <= end]

    # Sampling

    def _moved(self, seq: int, at: Nanos, _event: Any) -> None:
        """A price is about to move, or money: whatever is due is taken as it stands before that."""
        while at >= self._due:
            self._sample()
        if self._minute == NEVER or at >= self._minute:
            self._minute = Nanos(floor(MINUTE, at) + MINUTE)
            self._due = min(self._due, self._minute)
        self._seq = seq

    def _touch(self, account: AccountNo, at: Nanos) -> None:
        """Something of the account's own is about to happen."""
        if not self._touched:
            self._due = min(Nanos(floor(SECOND, at) + SECOND), self._minute)
        self._touched[account] = None

    def _sample(self) -> None:
        """Take what is due. Between the last event that counted and this one nothing moved."""
        due, prices = self._due, self._prices()
        everybody = due == self._minute
        for no in self._accounts.by_no if everybody else self._touched:
            if no in self._accounts.users:
                self._keep_rows(no, self._row(no, due, prices))
        self._touched.clear()
        # A second ended: the minute may still be to come, or have passed in silence, which needs no row.
        self._due = NEVER if everybody else self._minute
        if everybody:
            self._minute = NEVER

    def _keep_rows(self, account: AccountNo, rows: Iterable[PortfolioRow]) -> None:
        kept = self._rows.setdefault(account, [])
        kept.extend(rows)
        if self._keep and len(kept) > self._keep:
            self._rows[account] = thinned(kept, self._keep)

    def _row(self, account: AccountNo, at: Nanos, prices: PriceList) -> list[PortfolioRow]:
        """How *account* stands; nothing where it never had anything."""
        wallets: dict[tuple[str, str], list[int]] = {}
        for row in self._balances.of(account):
            wallets.setdefault((whole_wallet(row.wallet), row.asset), [0, 0])[0] += row.total
        futures: dict[str, int] = {}
        for held in self._positions.of(account):
            market = self._markets.by_no[held.market]
            spec, price = market.spec, self._mark(market)
            wallet = self._accounts.margin_wallet(account, held.market)
            wallets.setdefault((wallet, spec.settle), [0, 0])[1] += valuing.unrealised(spec, held.qty, held.cost, price)
            stands_for = valuing.money(spec, price, held.qty) if spec.inverse else held.qty
            futures[spec.base] = futures.get(spec.base, 0) + stands_for
        if not wallets:
            return []
        sums = self._sums.get(account, {})
        nothing = _Sums()
        assets = sorted({asset for _, asset in wallets} | set(futures) | set(sums))
        return [
            PortfolioRow(
                at,
                self._seq,
                tuple(WalletLine(*name, *line) for name, line in wallets.items() if any(line)),
                tuple(
                    AssetLine(name, futures.get(name, 0), each.paid_in, each.fees, each.funding)
                    for name in assets
                    for each in (sums.get(name, nothing),)
                ),
                prices,
            )
        ]

    def _mark(self, market: MarketRow) -> int:
        """What positions are valued at: the mark, or the last trade before there is one."""
        row = self._funding.mark(market.no)
        if row is not None and row.mark:
            return row.mark
        last = self._trades.last(market.no)
        return 0 if last is None else last.price

    def _prices(self) -> PriceList:
        """Indexes first, then what spot markets say: the mid of best bid and ask, else the last trade."""
        found: dict[Pair, int] = {}
        for market in self._markets.by_no.values():
            spec = market.spec
            index = self._funding.index(spec.index) if spec.index else None
            if index is not None and index.price:
                found.setdefault((spec.base, spec.quote), index.price)
        for market in self._markets.by_no.values():
            pair = market.spec.base, market.spec.quote
            if market.is_spot and pair not in found:
                price = self._mid(market)
                if price:
                    found[pair] = price
        return PriceList(found)

    def _mid(self, market: MarketRow) -> int:
        bid, _, ask, _ = self._depth.best(market.no)
        if bid and ask:
            return display.mid(bid, ask)
        last = self._trades.last(market.no)
        return 0 if last is None else last.price

    # What an account paid in, paid and received

    def _of(self, seq: int, at: Nanos, account: AccountNo, asset: str) -> _Sums:
        """The sums of an asset of a person's account, of which something is about to happen."""
        self._touch(account, at)
        return self._sums.setdefault(account, {}).setdefault(asset, _Sums())

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        self._moved(seq, at, event)
        users = self._accounts.users
        for fill in (event.taker, event.maker):
            if fill.account in users:
                self._of(seq, at, fill.account, fill.fee_asset).fees += fill.fee

    def _prevented(self, seq: int, at: Nanos, event: TradePrevented) -> None:
        """Between two accounts of a trade group something may change hands nevertheless."""
        if not event.moved:
            return
        self._moved(seq, at, event)
        for side in (event.taker, event.maker):
            if side.account in self._accounts.users:
                self._touch(side.account, at)

    def _funded(self, seq: int, at: Nanos, event: FundingPaid) -> None:
        self._moved(seq, at, event)
        if event.account in self._accounts.users:
            self._of(seq, at, event.account, event.asset).funding += event.amount

    def _paid(self, seq: int, at: Nanos, account: AccountNo, asset: str, amount: int) -> None:
        if account in self._accounts.users:
            self._of(seq, at, account, asset).paid_in += amount

    def _deposited(self, seq: int, at: Nanos, event: FundsDeposited) -> None:
        self._moved(seq, at, event)
        self._paid(seq, at, event.account, event.asset, event.amount)

    def _withdrawn(self, seq: int, at: Nanos, event: FundsWithdrawn) -> None:
        self._moved(seq, at, event)
        self._paid(seq, at, event.account, event.asset, -event.amount - event.forfeited)

    def _transferred(self, seq: int, at: Nanos, event: FundsTransferred) -> None:
        self._moved(seq, at, event)
        self._paid(seq, at, event.account, event.asset, -event.amount - event.forfeited)
        self._paid(seq, at, event.to_account, event.asset, event.amount)

    def _granted(self, seq: int, at: Nanos, event: BonusGranted) -> None:
        self._moved(seq, at, event)
        self._paid(seq, at, event.account, event.asset, event.amount)

    def _expired(self, seq: int, at: Nanos, event: BonusExpired) -> None:
        self._moved(seq, at, event)
        self._paid(seq, at, event.account, event.asset, -event.amount)

    def _liquidation_fee(self, seq: int, at: Nanos, event: LiquidationFeeCharged) -> None:
        self._moved(seq, at, event)
        if event.account in self._accounts.users:
            self._of(seq, at, event.account, event.asset).fees += event.amount

    def _insured(self, seq: int, at: Nanos, event: InsurancePaid) -> None:
        self._moved(seq, at, event)
        if event.account in self._accounts.users:
            self._touch(event.account, at)

    def _delivered(self, seq: int, at: Nanos, event: PositionDelivered) -> None:
        self._moved(seq, at, event)
        if event.account in self._accounts.users:
            asset = self._markets.by_no[event.market].spec.settle
            self._of(seq, at, event.account, asset).fees += event.fee

    def _exchanged(self, seq: int, at: Nanos, event: AssetsExchanged) -> None:
        self._moved(seq, at, event)
        if event.account in self._accounts.users:
            self._of(seq, at, event.account, event.asset).fees += event.fee


def thinned(rows: list[PortfolioRow], keep: int) -> list[PortfolioRow]:
    """Fewer of *rows*: those stay that are further apart than a small part of their age; the first and the last do.

    Should that leave more than seven eighths of *keep*, every second one goes, too.
    """
    first, now = rows[0], rows[-1].at
    kept = [first]
    for row, after in pairwise(rows[1:]):
        if after.at - kept[-1].at > part(now - row.at, keep >> 3):
            kept.append(row)
    kept.append(rows[-1])
    if len(kept) > keep - (keep >> 3):
        del kept[1:-1:2]
    return kept
