"""Funding statements: what each user's positions paid and received, settlement by settlement, and what it comes to."""

import msgspec

from simexchange.core.vocabulary.events import FundingPaid, FundingRateSet
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity, Rate
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.markets import MarketsView
from simexchange.projections.series import Series, select


class StatementRow(msgspec.Struct, frozen=True, gc=False):
    """One settlement of one position."""

    id: int
    """1, 2, 3 … per account."""
    market: MarketNo
    position: PositionId
    qty: Quantity
    """Held at the instant; long above zero."""
    wallet: str
    asset: str
    amount: Amount
    """Received above zero, paid below."""
    rate: Rate
    mark: Price
    started_at: Nanos
    """When the interval it pays for began."""
    at: Nanos
    """When that ended: the instant of the settlement."""
    seq: int


class StatementTotal(msgspec.Struct, gc=False):
    """What funding has come to for one position, in one asset."""

    market: MarketNo
    position: PositionId
    asset: str
    received: Amount = Amount(0)
    paid: Amount = Amount(0)
    """Below zero."""
    settlements: int = 0
    first_at: Nanos = Nanos(0)
    last_at: Nanos = Nanos(0)

    @property
    def net(self) -> Amount:
        """Received less paid."""
        return Amount(self.received + self.paid)


class StatementsView(Projection):
    """Rows per USER account in bounded rings, and sums over all of its time per (market, position, asset)."""

    __slots__ = ("_accounts", "_keep", "_markets", "_rows", "_settled", "_totals")

    def __init__(self, markets: MarketsView, accounts: AccountsView, *, keep: int = 20_000) -> None:
        """Keep about *keep* rows per account."""
        super().__init__()
        self._markets = markets
        self._accounts = accounts
        self._keep = keep
        self._rows: dict[AccountNo, Series[StatementRow]] = {}
        self._totals: dict[AccountNo, dict[tuple[MarketNo, PositionId, str], StatementTotal]] = {}
        self._settled: dict[MarketNo, tuple[Nanos, Nanos]] = {}
        """Start and end of the interval settled last."""
        self.handlers = {FundingRateSet: self._rate_set, FundingPaid: self._paid}

    def of(
        self,
        account: AccountNo,
        *,
        market: MarketNo | None = None,
        position: PositionId | None = None,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 500,
    ) -> list[StatementRow]:
        """At most *limit* settlements, ascending by time: with *start* the oldest that fit, else the newest."""
        series = self._rows.get(account)

        def keep(row: StatementRow) -> bool:
            return market in (None, row.market) and position in (None, row.position)

        return select(series.rows if series is not None else [], start=start, end=end, limit=limit, keep=keep)

    def totals(self, account: AccountNo, market: MarketNo | None = None) -> list[StatementTotal]:
        """The sums of every position that ever was settled, by market, position and asset."""
        found = sorted(self._totals.get(account, {}).items(), key=lambda item: item[0])
        return [total for _, total in found if market in (None, total.market)]

    def _rate_set(self, seq: int, at: Nanos, event: FundingRateSet) -> None:
        before = self._settled.get(event.market)
        if before is not None:
            started = before[1]
        else:
            started = Nanos(at - self._markets.by_no[event.market].spec.funding_interval)
        self._settled[event.market] = (started, at)

    def _paid(self, seq: int, at: Nanos, event: FundingPaid) -> None:
        account = event.account
        if account not in self._accounts.users:
            return
        series = self._rows.get(account)
        if series is None:
            series = self._rows[account] = Series(self._keep)
            self._totals[account] = {}
        number = series.rows[-1].id + 1 if series.rows else 1
        started, ended = self._settled.get(event.market, (at, at))
        series.append(
            StatementRow(
                number, event.market, event.position, event.qty, event.wallet, event.asset, event.amount, event.rate,
                event.mark, started, ended, seq,
            )
        )  # fmt: skip
        totals, key = self._totals[account], (event.market, event.position, event.asset)
        total = totals.get(key)
        if total is None:
            total = totals[key] = StatementTotal(*key, first_at=ended)
        if event.amount >= 0:
            total.received = Amount(total.received + event.amount)
        else:
            total.paid = Amount(total.paid + event.amount)
        total.settlements += 1
        total.last_at = ended
