"""The insurance fund's book: what came in, what went out, and what it had each time."""

from enum import IntEnum

import msgspec

from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.events import (
    CapitalProvided,
    Fill,
    FundingPaid,
    InsurancePaid,
    LiquidationFeeCharged,
    TradeExecuted,
)
from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.units import Amount, Nanos
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.markets import MarketsView
from simexchange.projections.series import Series, select

NOBODY = AccountNo(0)
NOWHERE = MarketNo(0)


class FundKind(IntEnum):
    """Why the fund's cash changed."""

    CAPITAL = 1
    LIQUIDATION_FEE = 2
    LEFT_OVER = 3
    """What rounding to the tick left in a wallet whose position was taken over."""
    SHORTFALL = 4
    """A wallet below zero that it made good."""
    REALIZED_PNL = 5
    """What positions it had taken over came to when they were sold."""
    COMMISSION = 6
    FUNDING_FEE = 7
    DELIVERY = 8


class FundRow(msgspec.Struct, frozen=True, gc=False):
    """One line of one asset's book."""

    id: int
    """1, 2, 3 … per asset."""
    kind: FundKind
    asset: str
    amount: Amount
    """In above zero, out below."""
    balance: Amount
    """The fund's cash of the asset afterwards, in all its wallets."""
    account: AccountNo
    """Whose wallet it came from or went to; 0: nobody's."""
    market: MarketNo
    """0 where it belongs to none."""
    at: Nanos
    seq: int


class InsuranceView(Projection):
    """Lines per asset, in a bounded ring, and what there is now."""

    __slots__ = ("_accounts", "_balances", "_keep", "_markets", "_rows")

    def __init__(self, markets: MarketsView, accounts: AccountsView, *, keep: int = 50_000) -> None:
        """Keep about *keep* lines per asset."""
        super().__init__()
        self._markets = markets
        self._accounts = accounts
        self._keep = keep
        self._rows: dict[str, Series[FundRow]] = {}
        self._balances: dict[str, Amount] = {}
        self.handlers = {
            CapitalProvided: self._provided,
            LiquidationFeeCharged: self._charged,
            InsurancePaid: self._paid,
            TradeExecuted: self._traded,
            FundingPaid: self._funded,
            PositionDelivered: self._delivered,
        }

    def balance(self, asset: str) -> Amount:
        """The fund's cash of *asset*."""
        return self._balances.get(asset, Amount(0))

    def assets(self) -> list[str]:
        """The assets it ever had, in order of coming."""
        return list(self._rows)

    def of(
        self,
        asset: str,
        *,
        kind: FundKind | None = None,
        from_id: int | None = None,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 500,
    ) -> list[FundRow]:
        """At most *limit* lines, ascending by id: with *from_id* or *start* the oldest that fit, else the newest."""
        series = self._rows.get(asset)
        rows = series.rows if series is not None else []
        keep = None if kind is None else (lambda row: row.kind is kind)
        return select(rows, from_id=from_id, start=start, end=end, limit=limit, keep=keep)

    def _add(
        self,
        seq: int,
        at: Nanos,
        kind: FundKind,
        asset: str,
        amount: int,
        account: AccountNo = NOBODY,
        market: MarketNo = NOWHERE,
    ) -> None:
        series = self._rows.get(asset)
        if series is None:
            series = self._rows[asset] = Series(self._keep)
        number = series.rows[-1].id + 1 if series.rows else 1
        balance = self._balances[asset] = Amount(self.balance(asset) + amount)
        series.append(FundRow(number, kind, asset, Amount(amount), balance, account, market, at, seq))

    def _provided(self, seq: int, at: Nanos, event: CapitalProvided) -> None:
        self._add(seq, at, FundKind.CAPITAL, event.asset, event.amount)

    def _charged(self, seq: int, at: Nanos, event: LiquidationFeeCharged) -> None:
        self._add(seq, at, FundKind.LIQUIDATION_FEE, event.asset, event.amount, event.account, event.market)

    def _paid(self, seq: int, at: Nanos, event: InsurancePaid) -> None:
        kind = FundKind.SHORTFALL if event.amount > 0 else FundKind.LEFT_OVER
        self._add(seq, at, kind, event.asset, -event.amount, event.account)

    def _traded(self, seq: int, at: Nanos, event: TradeExecuted) -> None:
        if event.market in self._markets.spot:
            return
        for fill, other in ((event.maker, event.taker), (event.taker, event.maker)):
            if fill.account in self._accounts.funds:
                self._fill(seq, at, event.market, fill, other.account)

    def _fill(self, seq: int, at: Nanos, market: MarketNo, fill: Fill, other: AccountNo) -> None:
        if fill.closed is not None and fill.closed.realised:
            settle = self._markets.by_no[market].spec.settle
            self._add(seq, at, FundKind.REALIZED_PNL, settle, fill.closed.realised, other, market)
        if fill.fee:
            self._add(seq, at, FundKind.COMMISSION, fill.fee_asset, -fill.fee, market=market)

    def _funded(self, seq: int, at: Nanos, event: FundingPaid) -> None:
        if event.account in self._accounts.funds and event.amount:
            self._add(seq, at, FundKind.FUNDING_FEE, event.asset, event.amount, market=event.market)

    def _delivered(self, seq: int, at: Nanos, event: PositionDelivered) -> None:
        amount = event.closed.realised - event.fee
        if event.account in self._accounts.funds and amount:
            settle = self._markets.by_no[event.market].spec.settle
            self._add(seq, at, FundKind.DELIVERY, settle, amount, market=event.market)
