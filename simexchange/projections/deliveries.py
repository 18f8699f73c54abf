"""What users' positions were delivered at, one row for each."""

import msgspec

from simexchange.core.vocabulary.deliveries import PositionDelivered
from simexchange.core.vocabulary.ids import AccountNo, MarketNo, PositionId
from simexchange.core.vocabulary.orders import Slot
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity, Rate
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.series import Series, select


class DeliveryRow(msgspec.Struct, frozen=True, gc=False):
    """One position that was closed at a delivery price."""

    id: int
    """1, 2, 3 … per account."""
    account: AccountNo
    market: MarketNo
    position: PositionId
    qty: Quantity
    """What was held: long above zero."""
    price: Price
    worth: Amount
    """Of it at that price, in the asset it settles in."""
    realised: Amount
    """Profit before the fee."""
    fee: Amount
    rate: Rate
    """Of the fee."""
    slot: Slot
    at: Nanos
    seq: int


class DeliveriesView(Projection):
    """Deliveries per USER account; bounded rings."""

    __slots__ = ("_accounts", "_keep", "_rows")

    def __init__(self, accounts: AccountsView, *, keep: int = 10_000) -> None:
        """Keep about *keep* rows per account."""
        super().__init__()
        self._accounts = accounts
        self._keep = keep
        self._rows: dict[AccountNo, Series[DeliveryRow]] = {}
        self.handlers = {PositionDelivered: self._delivered}

    def of(
        self, account: AccountNo, *, start: Nanos | None = None, end: Nanos | None = None, limit: int = 500
    ) -> list[DeliveryRow]:
        """At most *limit* rows, ascending by time: with *start* the oldest that fit, else the newest."""
        series = self._rows.get(account)
        return select(series.rows if series is not None else [], start=start, end=end, limit=limit)

    def _delivered(self, seq: int, at: Nanos, event: PositionDelivered) -> None:
        if event.account not in self._accounts.users:
            return
        series = self._rows.get(event.account)
        if series is None:
            series = self._rows[event.account] = Series(self._keep)
        number = series.rows[-1].id + 1 if series.rows else 1
        series.append(
            DeliveryRow(
                number, event.account, event.market, event.closed.position, event.qty, event.price, event.worth,
                event.closed.realised, event.fee, event.rate, event.slot, at, seq,
            )
        )  # fmt: skip
