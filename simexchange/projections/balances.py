"""What users and the insurance fund hold: free and held, per wallet and asset."""

import msgspec

from simexchange.core.vocabulary.assets import whole_wallet
from simexchange.core.vocabulary.bonuses import BonusExpired, BonusGranted
from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import (
    CapitalProvided,
    Fill,
    FundingPaid,
    FundsDeposited,
    FundsTransferred,
    FundsWithdrawn,
    InsurancePaid,
    LegStarted,
    LiquidationFeeCharged,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderModified,
    OrderTriggered,
    ProceedsLocked,
    TradeExecuted,
    TradePrevented,
)
from simexchange.core.vocabulary.ids import AccountNo, OrderId
from simexchange.core.vocabulary.modeevents import MarginAdjusted
from simexchange.core.vocabulary.orders import BUY
from simexchange.core.vocabulary.poolevents import AssetsExchanged
from simexchange.core.vocabulary.units import Amount, Nanos
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.markets import MarketsView


class BalanceRow(msgspec.Struct, gc=False):
    """One asset in one wallet of one account."""

    account: AccountNo
    wallet: str
    asset: str
    free: Amount = Amount(0)
    held: Amount = Amount(0)
    """What open spot orders hold back."""
    updated_at: Nanos = Nanos(0)
    seq: int = 0
    """The record that changed it last."""

    @property
    def total(self) -> Amount:
        """Free and held together: the wallet balance."""
        return Amount(self.free + self.held)


class BalancesView(Projection):
    """Balances of USER and FUND accounts; those of agents and tapes are in the engine's state only."""

    __slots__ = ("_accounts", "_holds", "_markets", "_rows", "_updated")

    def __init__(self, markets: MarketsView, accounts: AccountsView) -> None:
        super().__init__()
        self._markets = markets
        self._accounts = accounts
        self._rows: dict[AccountNo, dict[tuple[str, str], BalanceRow]] = {}
        self._holds: dict[OrderId, str] = {}
        """Open orders that hold something → the asset they hold."""
        self._updated: dict[AccountNo, Nanos] = {}
        self.handlers = {
            FundsDeposited: self._deposited,
            FundsWithdrawn: self._withdrawn,
            FundsTransferred: self._transferred,
            CapitalProvided: self._deposited,
            OrderAccepted: self._accepted,
            OrderCanceled: self._released,
            OrderExpired: self._released,
            OrderTriggered: self._triggered,
            OrderModified: self._triggered,
            TradeExecuted: self._traded,
            TradePrevented: self._prevented,
            OrderAmended: self._amended,
            FundingPaid: self._funded,
            LiquidationFeeCharged: self._liquidation_fee,
            InsurancePaid: self._insured,
            MarginAdjusted: self._adjusted,
            LegStarted: self._leg_started,
            ProceedsLocked: self._proceeds_locked,
            PositionDelivered: self._delivered,
            AssetsExchanged: self._exchanged,
            BonusGranted: self._granted,
            BonusExpired: self._expired,
        }

    def get(self, account: AccountNo, wallet: str, asset: str) -> BalanceRow:
        """The balance, all zeros where nothing ever moved."""
        row = self._rows.get(account, {}).get((wallet, asset))
        return row if row is not None else BalanceRow(account, wallet, asset)

    def of(self, account: AccountNo, wallet: str | None = None) -> list[BalanceRow]:
        """Every balance *account* ever had in *wallet* (None: in all), in order of first movement, zeros included."""
        rows = self._rows.get(account, {}).values()
        return [row for row in rows if wallet is None or row.wallet == wallet]

    def updated_at(self, account: AccountNo) -> Nanos:
        """When anything last moved in *account*; 0 = never."""
        return self._updated.get(account, Nanos(0))

    def _add(self, seq: int, at: Nanos, account: AccountNo, wallet: str, asset: str, free: int, held: int = 0) -> None:
        mine = self._rows.get(account)
        if mine is None:
            mine = self._rows[account] = {}
        row = mine.get((wallet, asset))
        if row is None:
            row = mine[wallet, asset] = BalanceRow(account, wallet, asset)
        # As in `Chain.trade`: a cast is a call, and a user's every fill moves four of these.
        row.free += free  # type: ignore[assignment]
        row.held += held  # type: ignore[assignment]
        row.updated_at, row.seq = at, seq
        self._updated[account] = at

    def _hold(self, seq: int, at: Nanos, account: AccountNo, asset: str, amount: int) -> None:
        """An open spot order holds *amount* more; below zero: less."""
        self._add(seq, at, account, self._accounts.by_no[account].spot_wallet, asset, -amount, amount)

    def _forget(self, account: AccountNo, wallet: str, asset: str) -> None:
        """The own wallet of a separate position (``usdm:3:LONG:7``) that is empty will never be used again."""
        if wallet.count(":") == 3 and not self.get(account, wallet, asset).free:
            self._rows[account].pop((wallet, asset), None)

    def _deposited(self, seq: int, at: Nanos, event: FundsDeposited | CapitalProvided) -> None:
        if event.account in self._accounts.kept:
            self._add(seq, at, event.account, event.wallet, event.asset, event.amount)

    def _withdrawn(self, seq: int, at: Nanos, event: FundsWithdrawn) -> None:
        if event.account in self._accounts.kept:
            self._add(seq, at, event.account, event.wallet, event.asset, -event.amount - event.forfeited)

    def _transferred(self, seq: int, at: Nanos, event: FundsTransferred) -> None:
        if event.account in self._accounts.kept:
            self._add(seq, at, event.account, event.wallet, event.asset, -event.amount - event.forfeited)
        if event.to_account in self._accounts.kept:
            self._add(seq, at, event.to_account, event.to_wallet, event.asset, event.amount)

    def _accepted(self, seq: int, at: Nanos, event: OrderAccepted) -> None:
        # A leg of a list, and what sleeps, may hold nothing yet, and something later.
        later = event.more is not None and (event.more.order_list or event.more.unheld)
        if (event.hold or later) and event.account in self._accounts.kept:
            spec = self._markets.by_no[event.market].spec
            asset = spec.quote if event.side is BUY else spec.base
            self._holds[event.order] = asset
            if event.hold:
                self._hold(seq, at, event.account, asset, event.hold)

    def _leg_started(self, seq: int, at: Nanos, event: LegStarted) -> None:
        self._put_aside(seq, at, event, event.held)

    def _proceeds_locked(self, seq: int, at: Nanos, event: ProceedsLocked) -> None:
        self._put_aside(seq, at, event, event.amount)

    def _put_aside(self, seq: int, at: Nanos, event: LegStarted | ProceedsLocked, amount: Amount) -> None:
        asset = self._holds.get(event.order)
        if asset is not None and amount:
            self._hold(seq, at, event.account, asset, amount)

    def _released(self, seq: int, at: Nanos, event: OrderCanceled | OrderExpired) -> None:
        asset = self._holds.pop(event.order, None)
        if asset is not None and event.released:
            self._hold(seq, at, event.account, asset, -event.released)

    def _triggered(self, seq: int, at: Nanos, event: OrderTriggered | OrderModified) -> None:
        asset = self._holds.get(event.order)
        if event.released and asset is not None:
            self._hold(seq, at, event.account, asset, -event.released)

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        kept = self._accounts.kept
        if event.maker.account in kept:
            self._fill(seq, at, event, event.maker, -event.aggressor)
        if event.taker.account in kept:
            self._fill(seq, at, event, event.taker, event.aggressor)

    def _fill(self, seq: int, at: Nanos, event: TradeExecuted, fill: Fill, side: int) -> None:
        account = fill.account
        if event.market not in self._markets.spot:
            self._margin_fill(seq, at, event, fill)
            return
        # A routed taker settles in the quote of the market it was sent to.
        routed = event.routed and fill is event.taker
        spec = self._markets.by_no[event.routed if routed else event.market].spec
        released, wallet = fill.released, self._accounts.by_no[account].spot_wallet
        if side > 0:
            self._add(seq, at, account, wallet, spec.quote, released - event.quote, -released)
            self._add(seq, at, account, wallet, spec.base, event.qty)
        else:
            self._add(seq, at, account, wallet, spec.base, released - event.qty, -released)
            self._add(seq, at, account, wallet, spec.quote, event.quote)
        if fill.fee:
            self._add(seq, at, account, wallet, fill.fee_asset, -fill.fee)
        if not fill.left:
            self._holds.pop(fill.order, None)

    def _amended(self, seq: int, at: Nanos, event: OrderAmended) -> None:
        asset = self._holds.get(event.order)
        if asset is not None and event.released:
            self._hold(seq, at, event.account, asset, -event.released)

    def _prevented(self, seq: int, at: Nanos, event: TradePrevented) -> None:
        """Holds that have no more use go back; what TRANSFER moved changes hands."""
        kept, spec = self._accounts.kept, self._markets.by_no[event.market].spec
        for side, way in ((event.maker, -event.aggressor), (event.taker, event.aggressor)):
            if side.account not in kept:
                continue
            if side.released:
                asset = spec.quote if way > 0 else spec.base
                self._hold(seq, at, side.account, asset, -side.released)
            if event.moved:
                signed_quote, signed_base = (-event.quote, event.moved) if way > 0 else (event.quote, -event.moved)
                wallet = self._accounts.by_no[side.account].spot_wallet
                self._add(seq, at, side.account, wallet, spec.quote, signed_quote)
                self._add(seq, at, side.account, wallet, spec.base, signed_base)

    def _margin_fill(self, seq: int, at: Nanos, event: TradeExecuted, fill: Fill) -> None:
        wallet = self._accounts.margin_wallet(fill.account, event.market)
        settle = self._markets.by_no[event.market].spec.settle
        if fill.margin:
            self._add(seq, at, fill.account, wallet, settle, -fill.margin)
            self._add(seq, at, fill.account, fill.wallet, settle, fill.margin)
        if fill.closed is not None:
            self._add(seq, at, fill.account, fill.wallet or wallet, settle, fill.closed.realised)
        if fill.fee:
            self._add(seq, at, fill.account, wallet, fill.fee_asset, -fill.fee)
        if fill.sub:
            self._forget(fill.account, fill.wallet, settle)

    def _delivered(self, seq: int, at: Nanos, event: PositionDelivered) -> None:
        if event.account not in self._accounts.kept:
            return
        settle = self._markets.by_no[event.market].spec.settle
        gained = event.closed.realised - event.fee + event.margin
        self._add(seq, at, event.account, event.wallet, settle, gained)
        if event.margin:
            wallet = self._accounts.margin_wallet(event.account, event.market)
            self._add(seq, at, event.account, wallet, settle, -event.margin)
        self._forget(event.account, event.wallet, settle)

    def _funded(self, seq: int, at: Nanos, event: FundingPaid) -> None:
        if event.account in self._accounts.kept:
            self._add(seq, at, event.account, event.wallet, event.asset, event.amount)

    def _liquidation_fee(self, seq: int, at: Nanos, event: LiquidationFeeCharged) -> None:
        if event.account in self._accounts.kept:
            self._add(seq, at, event.account, event.wallet, event.asset, -event.amount)
        if event.fund in self._accounts.kept:
            wallet = event.fund_wallet or whole_wallet(event.wallet)
            self._add(seq, at, event.fund, wallet, event.asset, event.amount)

    def _granted(self, seq: int, at: Nanos, event: BonusGranted) -> None:
        if event.account in self._accounts.kept:
            self._add(seq, at, event.account, event.wallet, event.asset, event.amount)

    def _expired(self, seq: int, at: Nanos, event: BonusExpired) -> None:
        if event.account in self._accounts.kept:
            self._add(seq, at, event.account, event.wallet, event.asset, -event.amount)

    def _exchanged(self, seq: int, at: Nanos, event: AssetsExchanged) -> None:
        if event.account in self._accounts.kept:
            self._add(seq, at, event.account, event.wallet, event.asset, -event.amount)
            self._add(seq, at, event.account, event.wallet, event.to_asset, event.to_amount)

    def _insured(self, seq: int, at: Nanos, event: InsurancePaid) -> None:
        if event.account in self._accounts.kept:
            self._add(seq, at, event.account, event.wallet, event.asset, event.amount)
            self._forget(event.account, event.wallet, event.asset)
        if event.fund in self._accounts.kept:
            wallet = event.fund_wallet or whole_wallet(event.wallet)
            self._add(seq, at, event.fund, wallet, event.asset, -event.amount)

    def _adjusted(self, seq: int, at: Nanos, event: MarginAdjusted) -> None:
        if event.account in self._accounts.kept:
            self._add(seq, at, event.account, event.source, event.asset, -event.amount)
            self._add(seq, at, event.account, event.wallet, event.asset, event.amount)
            self._forget(event.account, event.wallet, event.asset)
