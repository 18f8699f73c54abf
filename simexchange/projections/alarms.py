"""Which alarms accounts have set, which of them went off, and when."""

from typing import Final

import msgspec

from simexchange.core.vocabulary.ids import AccountNo, MarketNo
from simexchange.core.vocabulary.notes import AlarmRaised, AlarmSet
from simexchange.core.vocabulary.units import Nanos, Rate
from simexchange.projections.folding import Projection
from simexchange.projections.series import Series, select

MARGIN_RATIO: Final = "margin_ratio"
LIQUIDATION_DISTANCE: Final = "liquidation_distance"
KINDS: Final = {
    MARGIN_RATIO: "maintenance margin as a share of the margin balance of a pool; goes off when it rises to the bound",
    LIQUIDATION_DISTANCE: "the way from the mark to the liquidation price as a share of the mark; goes off when it "
    "falls to the bound",
}
"""What an alarm may watch."""


class AlarmRow(msgspec.Struct, gc=False):
    """One alarm as it stands."""

    account: AccountNo
    name: str
    kind: str
    bound: Rate
    wallet: str
    market: MarketNo
    pause: bool
    set_at: Nanos
    seq: int
    """The record that set it."""
    raised_at: Nanos = Nanos(0)
    """When it went off last; 0: it never did."""
    armed: bool = True
    """It may go off: since it last did, the figure was back behind the bound by a tenth of it."""


class RaisedRow(msgspec.Struct, frozen=True, gc=False):
    """One time an alarm went off, or was over."""

    id: int
    """1, 2, 3 … over all accounts."""
    account: AccountNo
    name: str
    kind: str
    bound: Rate
    value: Rate
    wallet: str
    market: MarketNo
    over: bool
    paused: bool
    at: Nanos
    seq: int


class AlarmsView(Projection):
    """Alarms per account and name, and a bounded ring of when they went off."""

    __slots__ = ("_raised", "any", "rows")

    def __init__(self, *, keep: int = 10_000) -> None:
        """Keep about *keep* times that one went off."""
        super().__init__()
        self.rows: dict[tuple[AccountNo, str], AlarmRow] = {}
        """In order of setting."""
        self.any = False
        """Whether there is one."""
        self._raised: Series[RaisedRow] = Series(keep)
        self.handlers = {AlarmSet: self._set, AlarmRaised: self._went_off}

    def of(self, account: AccountNo | None = None) -> list[AlarmRow]:
        """The alarms of *account*, or everybody's, in order of setting."""
        return [row for row in self.rows.values() if account in (None, row.account)]

    def raised(
        self,
        account: AccountNo | None = None,
        *,
        start: Nanos | None = None,
        end: Nanos | None = None,
        limit: int = 500,
    ) -> list[RaisedRow]:
        """At most *limit* times one went off, ascending: with *start* the oldest that fit, else the newest."""
        return select(
            self._raised.rows, start=start, end=end, limit=limit, keep=lambda row: account in (None, row.account)
        )

    def _set(self, seq: int, at: Nanos, event: AlarmSet) -> None:
        self.rows.pop((event.account, event.name), None)
        if event.kind:
            self.rows[event.account, event.name] = AlarmRow(
                event.account, event.name, event.kind, event.bound, event.wallet, event.market, event.pause, at, seq
            )
        self.any = bool(self.rows)

    def _went_off(self, seq: int, at: Nanos, event: AlarmRaised) -> None:
        number = self._raised.rows[-1].id + 1 if self._raised.rows else 1
        self._raised.append(
            RaisedRow(
                number, event.account, event.name, event.kind, event.bound, event.value, event.wallet, event.market,
                event.over, event.pause, at, seq,
            )
        )  # fmt: skip
        row = self.rows.get((event.account, event.name))
        if row is not None:
            row.armed = event.over
            if not event.over:
                row.raised_at = at
