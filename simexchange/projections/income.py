"""What came into and went out of each user's derivatives wallets, line by line."""

from enum import IntEnum

import msgspec

from simexchange.core.vocabulary.assets import whole_wallet
from simexchange.core.vocabulary.bonuses import BonusExpired, BonusGranted
from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import (
    Fill,
    FundingPaid,
    FundsDeposited,
    FundsTransferred,
    FundsWithdrawn,
    InsurancePaid,
    LiquidationFeeCharged,
    TradeExecuted,
)
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, TradeId
from simexchange.core.vocabulary.poolevents import AssetsExchanged
from simexchange.core.vocabulary.units import Amount, Nanos
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.markets import MarketsView
from simexchange.projections.series import Series, select

NO_MARKET = MarketNo(0)
NO_TRADE = TradeId(0)
SPOT_WALLETS = frozenset({"spot", "funding"})
"""Wallets that back no positions: moves inside and between them are no income."""


class IncomeKind(IntEnum):
    """Why the balance of a derivatives wallet changed."""

    REALIZED_PNL = 1
    COMMISSION = 2
    FUNDING_FEE = 3
    TRANSFER = 4
    INSURANCE_CLEAR = 5
    DEPOSIT = 6
    WITHDRAWAL = 7
    DELIVERED_SETTLEMENT = 8
    """What a dated contract's delivery brought, before its fee."""
    AUTO_EXCHANGE = 9
    """A debt of pooled assets was bought back: a line in each of the two assets."""
    BONUS = 10
    """Bonus money came, or went back."""


class IncomeRow(msgspec.Struct, frozen=True, gc=False):
    """One line. All lines of one wallet and asset sum to its balance, as long as none was let go."""

    id: int
    """1, 2, 3 … per account."""
    account: AccountNo
    kind: IncomeKind
    wallet: str
    asset: str
    amount: Amount
    """Received above zero, paid below."""
    market: MarketNo
    """0 where it belongs to none."""
    at: Nanos
    trade: TradeId
    """0 where it comes from none."""
    seq: int


class IncomeView(Projection):
    """Income lines per USER account; bounded rings."""

    __slots__ = ("_accounts", "_keep", "_last", "_markets", "_rows")

    def __init__(self, markets: MarketsView, accounts: AccountsView, *, keep: int = 50_000) -> None:
        """Keep about *keep* lines per account."""
        super().__init__()
        self._markets = markets
        self._accounts = accounts
        self._keep = keep
        self._rows: dict[AccountNo, Series[IncomeRow]] = {}
        self.handlers = {
            TradeExecuted: self._traded,
            FundingPaid: self._funded,
            FundsTransferred: self._transferred,
            FundsDeposited: self._deposited,
            FundsWithdrawn: self._withdrawn,
            LiquidationFeeCharged: self._liquidation_fee,
            InsurancePaid: self._insured,
            PositionDelivered: self._delivered,
            AssetsExchanged: self._exchanged,
            BonusGranted: self._granted,
            BonusExpired: self._expired,
        }

    def of(
        self,
        account: AccountNo,
        *,
        kind: IncomeKind | None = None,
        market: MarketNo | None = None,
        from_id: int | None = None,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 500,
    ) -> list[IncomeRow]:
        """At most *limit* lines, ascending by id: with *from_id* or *start* the oldest that fit, else the newest."""
        series = self._rows.get(account)
        rows = series.rows if series is not None else []

        def keep(row: IncomeRow) -> bool:
            return (kind is None or row.kind is kind) and (market is None or row.market == market)

        return select(rows, from_id=from_id, start=start, end=end, limit=limit, keep=keep)

    def _add(
        self,
        seq: int,
        at: Nanos,
        account: AccountNo,
        kind: IncomeKind,
        wallet: str,
        asset: str,
        amount: int,
        market: MarketNo = NO_MARKET,
        trade: TradeId = NO_TRADE,
    ) -> None:
        series = self._rows.get(account)
        if series is None:
            series = self._rows[account] = Series(self._keep)
        number = series.rows[-1].id + 1 if series.rows else 1
        series.append(IncomeRow(number, account, kind, wallet, asset, Amount(amount), market, at, trade, seq))

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        if event.market in self._markets.spot:
            return
        users = self._accounts.users
        for fill in (event.maker, event.taker):
            if fill.account in users:
                self._fill(seq, at, event, fill)

    def _fill(self, seq: int, at: Nanos, event: TradeExecuted, fill: Fill) -> None:
        account, market, trade = fill.account, event.market, event.trade
        wallet = self._accounts.margin_wallet(account, market)
        if fill.closed is not None and fill.closed.realised:
            kind, settle = IncomeKind.REALIZED_PNL, self._markets.by_no[market].spec.settle
            self._add(seq, at, account, kind, wallet, settle, fill.closed.realised, market, trade)
        if fill.fee:
            self._add(seq, at, account, IncomeKind.COMMISSION, wallet, fill.fee_asset, -fill.fee, market, trade)

    def _delivered(self, seq: int, at: Nanos, event: PositionDelivered) -> None:
        if event.account not in self._accounts.users:
            return
        account, market, wallet = event.account, event.market, whole_wallet(event.wallet)
        settle = self._markets.by_no[market].spec.settle
        if event.closed.realised:
            kind = IncomeKind.DELIVERED_SETTLEMENT
            self._add(seq, at, account, kind, wallet, settle, event.closed.realised, market)
        if event.fee:
            self._add(seq, at, account, IncomeKind.COMMISSION, wallet, settle, -event.fee, market)

    def _funded(self, seq: int, at: Nanos, event: FundingPaid) -> None:
        if event.account in self._accounts.users:
            kind = IncomeKind.FUNDING_FEE
            self._add(seq, at, event.account, kind, whole_wallet(event.wallet), event.asset, event.amount, event.market)

    def _transferred(self, seq: int, at: Nanos, event: FundsTransferred) -> None:
        users = self._accounts.users
        if event.account in users and event.wallet not in SPOT_WALLETS:
            self._add(seq, at, event.account, IncomeKind.TRANSFER, event.wallet, event.asset, -event.amount)
            self._bonus(seq, at, event.account, event.wallet, event.asset, -event.forfeited)
        if event.to_account in users and event.to_wallet not in SPOT_WALLETS:
            self._add(seq, at, event.to_account, IncomeKind.TRANSFER, event.to_wallet, event.asset, event.amount)

    def _deposited(self, seq: int, at: Nanos, event: FundsDeposited) -> None:
        if event.account in self._accounts.users and event.wallet not in SPOT_WALLETS:
            self._add(seq, at, event.account, IncomeKind.DEPOSIT, event.wallet, event.asset, event.amount)

    def _withdrawn(self, seq: int, at: Nanos, event: FundsWithdrawn) -> None:
        if event.account in self._accounts.users and event.wallet not in SPOT_WALLETS:
            self._add(seq, at, event.account, IncomeKind.WITHDRAWAL, event.wallet, event.asset, -event.amount)
            self._bonus(seq, at, event.account, event.wallet, event.asset, -event.forfeited)

    def _liquidation_fee(self, seq: int, at: Nanos, event: LiquidationFeeCharged) -> None:
        if event.account in self._accounts.users:
            kind = IncomeKind.INSURANCE_CLEAR
            self._add(
                seq, at, event.account, kind, whole_wallet(event.wallet), event.asset, -event.amount, event.market
            )

    def _granted(self, seq: int, at: Nanos, event: BonusGranted) -> None:
        self._bonus(seq, at, event.account, event.wallet, event.asset, event.amount)

    def _expired(self, seq: int, at: Nanos, event: BonusExpired) -> None:
        self._bonus(seq, at, event.account, event.wallet, event.asset, -event.amount)

    def _bonus(self, seq: int, at: Nanos, account: AccountNo, wallet: str, asset: str, amount: int) -> None:
        if amount and account in self._accounts.users:
            self._add(seq, at, account, IncomeKind.BONUS, wallet, asset, amount)

    def _exchanged(self, seq: int, at: Nanos, event: AssetsExchanged) -> None:
        if event.account in self._accounts.users:
            kind, wallet = IncomeKind.AUTO_EXCHANGE, event.wallet
            self._add(seq, at, event.account, kind, wallet, event.asset, -event.amount)
            self._add(seq, at, event.account, kind, wallet, event.to_asset, event.to_amount)

    def _insured(self, seq: int, at: Nanos, event: InsurancePaid) -> None:
        if event.account in self._accounts.users:
            self._add(
                seq,
                at,
                event.account,
                IncomeKind.INSURANCE_CLEAR,
                whole_wallet(event.wallet),
                event.asset,
                event.amount,
            )
