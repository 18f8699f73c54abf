"""Which liquidations there were: of whom, when they began and ended."""

import msgspec

from simexchange.core.vocabulary.events import LiquidationFinished, LiquidationStarted
from simexchange.core.vocabulary.ids import AccountNo, first_id
from simexchange.core.vocabulary.liquidations import NO_LIQUIDATION, LiquidationId
from simexchange.core.vocabulary.units import Nanos
from simexchange.projections.folding import Projection


class LiquidationRow(msgspec.Struct, gc=False):
    """One liquidation."""

    id: LiquidationId
    """account × 2**32 + n, n = 1, 2, 3 … per account."""
    account: AccountNo
    wallet: str
    asset: str
    started: int
    """The record it began in."""
    at: Nanos
    finished: int = 0
    """The record it ended in; 0: it has not."""

    @property
    def number(self) -> int:
        """The how manieth of its account it is."""
        return self.id - first_id(self.account)


class LiquidationsView(Projection):
    """Liquidations by id, in order of their beginning."""

    __slots__ = ("_counts", "_open", "by_id")

    def __init__(self) -> None:
        super().__init__()
        self.by_id: dict[LiquidationId, LiquidationRow] = {}
        self._open: dict[tuple[AccountNo, str, str], LiquidationRow] = {}
        self._counts: dict[AccountNo, int] = {}
        self.handlers = {LiquidationStarted: self._started, LiquidationFinished: self._finished}

    def of(self, account: AccountNo) -> list[LiquidationRow]:
        """Those of one account."""
        return [row for row in self.by_id.values() if row.account == account]

    def _started(self, seq: int, at: Nanos, event: LiquidationStarted) -> None:
        count = self._counts[event.account] = self._counts.get(event.account, 0) + 1
        # Logs of before liquidations were numbered get the numbers they would have.
        number = LiquidationId(first_id(event.account) + count)
        if event.liquidation != NO_LIQUIDATION:
            number = event.liquidation
        row = LiquidationRow(number, event.account, event.wallet, event.asset, seq, at)
        self.by_id[number] = row
        self._open[event.account, event.wallet, event.asset] = row

    def _finished(self, seq: int, at: Nanos, event: LiquidationFinished) -> None:
        row = self._open.pop((event.account, event.wallet, event.asset), None)
        if row is not None:
            row.finished = seq
