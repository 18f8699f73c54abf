"""Families: accounts under a parent, and money that moves between them.

A parent has no parent itself, so a family is two generations, as venues have it. Money leaves an account as it would to
another of its own wallets: own free funds, less what positions and orders need (money rule L14).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simexchange.core import bonuses
from simexchange.core.settings import removable
from simexchange.core.vocabulary.assets import WALLETS
from simexchange.core.vocabulary.events import FundsTransferred
from simexchange.core.vocabulary.families import FamilyJoined, TransferOrdered
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.rejections import RejectReason

if TYPE_CHECKING:
    from simexchange.core.accounts import Account
    from simexchange.core.engine import Engine
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.families import JoinFamily, TransferInFamily

NO_PARENT = AccountNo(0)


def head_of(account: Account) -> AccountNo:
    """The parent of a sub-account; any other account itself."""
    return account.parent or account.no


def join(engine: Engine, command: JoinFamily) -> None:
    """Make an account of a person a sub-account of another's, once and for good."""
    state = engine.state
    account, parent = state.accounts.get(command.account), state.accounts.get(command.parent)
    if account is None or parent is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
    elif account.parent == parent.no:
        engine.refuse(command, account.no, RejectReason.SETTING_UNCHANGED)
    elif not _may_join(state, account, parent):
        engine.refuse(command, account.no, RejectReason.ACCOUNT_NOT_RELATED, "a family has two generations")
    else:
        engine.emit(FamilyJoined(account.no, parent.no))


def _may_join(state: ExchangeState, account: Account, parent: Account) -> bool:
    persons = account.account_class is parent.account_class is AccountClass.USER
    fresh = not account.parent and not parent.parent and account is not parent
    return persons and fresh and all(other.parent != account.no for other in state.accounts.values())


def transfer(engine: Engine, command: TransferInFamily) -> None:
    """Move money within a family, as far as nothing needs it where it is."""
    accounts = engine.state.accounts
    source, target, by = (accounts.get(no) for no in (command.account, command.to_account, command.by))
    if source is None or target is None or by is None:
        engine.refuse(command, command.account, RejectReason.ACCOUNT_UNKNOWN)
        return
    reason = _reason_against(engine, command, source, target, by)
    if reason is not None:
        engine.refuse(command, source.no, reason)
        return
    engine.emit(TransferOrdered(source.no, target.no, by.no, command.client_id))
    gone = bonuses.forfeit(engine, source, command.wallet, command.asset)
    engine.emit(
        FundsTransferred(
            source.no, command.wallet, target.no, command.to_wallet, command.asset, command.amount, gone
        )
    )  # fmt: skip
    engine.touch(source.no)
    engine.touch(target.no)


def _reason_against(
    engine: Engine, command: TransferInFamily, source: Account, target: Account, by: Account
) -> RejectReason | None:
    if not (head_of(source) == head_of(target) == head_of(by)) or by.no not in (source.no, target.no, head_of(source)):
        return RejectReason.ACCOUNT_NOT_RELATED
    if command.wallet not in WALLETS or command.to_wallet not in WALLETS:
        return RejectReason.WALLET_UNKNOWN
    if source is target and command.wallet == command.to_wallet:
        return RejectReason.WALLET_UNKNOWN
    if not command.asset:
        return RejectReason.ASSET_UNKNOWN
    if command.amount <= 0:
        return RejectReason.AMOUNT_NOT_POSITIVE
    if command.amount > removable(engine, source, command.wallet, command.asset):
        return RejectReason.TRANSFER_INSUFFICIENT
    return None
