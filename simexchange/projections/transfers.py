"""Money that a person moved between wallets and within a family, and what came in from outside or went out."""

import msgspec

from simexchange.core.vocabulary.events import FundsDeposited, FundsTransferred, FundsWithdrawn
from simexchange.core.vocabulary.families import TransferOrdered
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.units import Amount, Nanos
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.series import Series, select

NOBODY = AccountNo(0)


class TransferRow(msgspec.Struct, frozen=True, gc=False):
    """One transfer."""

    id: int
    """1, 2, 3 … per account that it touches."""
    account: AccountNo
    wallet: str
    to_account: AccountNo
    to_wallet: str
    asset: str
    amount: Amount
    at: Nanos
    seq: int
    by: AccountNo
    """Who asked, where it was a transfer in a family; 0: the owner of both wallets."""
    client_id: str = ""


class OutsideRow(msgspec.Struct, frozen=True, gc=False):
    """Money that came in from outside, or went out."""

    id: int
    """1, 2, 3 … per account."""
    account: AccountNo
    wallet: str
    asset: str
    amount: Amount
    """Above zero: in; below zero: out."""
    at: Nanos
    seq: int


class TransfersView(Projection):
    """Transfers per USER account, in bounded rings; one between two accounts is in the ring of each."""

    __slots__ = ("_accounts", "_keep", "_named", "_ordered", "_outside", "_rows")

    def __init__(self, accounts: AccountsView, *, keep: int = 20_000) -> None:
        """Keep about *keep* transfers per account."""
        super().__init__()
        self._accounts = accounts
        self._keep = keep
        self._rows: dict[AccountNo, Series[TransferRow]] = {}
        self._outside: dict[AccountNo, Series[OutsideRow]] = {}
        self._ordered: tuple[int, TransferOrdered] | None = None
        """What was said of the transfer that follows in the record."""
        self._named: dict[tuple[AccountNo, str], int] = {}
        """(who asked, what he called it) → its record."""
        self.handlers = {
            TransferOrdered: self._order,
            FundsTransferred: self._transferred,
            FundsDeposited: self._deposited,
            FundsWithdrawn: self._withdrawn,
        }

    def of(
        self, account: AccountNo, *, start: Nanos | None = None, end: Nanos | None = None, limit: int = 500
    ) -> list[TransferRow]:
        """At most *limit* transfers that touch *account*: with *start* the oldest that fit, else the newest."""
        series = self._rows.get(account)
        return select(series.rows if series is not None else [], start=start, end=end, limit=limit)

    def outside(
        self, account: AccountNo, *, incoming: bool, start: Nanos | None = None, end: Nanos | None = None,
        limit: int = 500,
    ) -> list[OutsideRow]:  # fmt: skip
        """What came in (*incoming*) or went out of *account*, ascending; bounded as `of` is."""
        series = self._outside.get(account)

        def keep(row: OutsideRow) -> bool:
            return (row.amount > 0) is incoming

        return select(series.rows if series is not None else [], start=start, end=end, limit=limit, keep=keep)

    def named(self, by: AccountNo, client_id: str) -> int:
        """The record of the transfer that *by* called so; 0 where there is none."""
        return self._named.get((by, client_id), 0)

    def _order(self, seq: int, at: Nanos, event: TransferOrdered) -> None:
        self._ordered = seq, event
        if event.client_id:
            self._named[event.by, event.client_id] = seq

    def _transferred(self, seq: int, at: Nanos, event: FundsTransferred) -> None:
        by, client_id = NOBODY, ""
        if self._ordered is not None and self._ordered[0] == seq:
            by, client_id = self._ordered[1].by, self._ordered[1].client_id
        for account in dict.fromkeys((event.account, event.to_account)):
            if account not in self._accounts.users:
                continue
            series = self._rows.get(account)
            if series is None:
                series = self._rows[account] = Series(self._keep)
            number = series.rows[-1].id + 1 if series.rows else 1
            series.append(
                TransferRow(
                    number, event.account, event.wallet, event.to_account, event.to_wallet, event.asset, event.amount,
                    at, seq, by, client_id,
                )
            )  # fmt: skip

    def _deposited(self, seq: int, at: Nanos, event: FundsDeposited) -> None:
        self._note(seq, at, event, event.amount)

    def _withdrawn(self, seq: int, at: Nanos, event: FundsWithdrawn) -> None:
        self._note(seq, at, event, -event.amount)

    def _note(self, seq: int, at: Nanos, event: FundsDeposited | FundsWithdrawn, amount: int) -> None:
        account = event.account
        if account not in self._accounts.users:
            return
        series = self._outside.get(account)
        if series is None:
            series = self._outside[account] = Series(self._keep)
        number = series.rows[-1].id + 1 if series.rows else 1
        series.append(OutsideRow(number, account, event.wallet, event.asset, Amount(amount), at, seq))
