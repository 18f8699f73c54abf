"""What is otherwise from a fork on, as a person writes it: fees, tiers, leverage, margin modes, money, orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simexchange.config import feefiles
from simexchange.core import feetables
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.errors import ConfigError, LogDamaged, NotThere
from simexchange.eventlog.counterfactual import Change, command_of
from simexchange.runtime.pinning import Given

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from simexchange.core.accounts import Account
    from simexchange.core.feetables import FeeTable
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import Command

_decode_given = msgspec.json.Decoder(Given).decode


class Altering(msgspec.Struct, frozen=True, kw_only=True):
    """All of it but the orders."""

    fees: tuple[FeeTable, ...] = ()
    """The tables there are at the fork: those that ship, and others in their places."""
    new_fees: bool = False
    """Whether every account gets its tier from them anew."""
    tiers: tuple[tuple[str, str], ...] = ()
    """Account and tier."""
    changes: tuple[tuple[str, Change], ...] = ()
    """Account and what else it would have had."""

    @property
    def nothing(self) -> bool:
        """Whether it changes anything at all."""
        return not (self.new_fees or self.tiers or self.changes)

    def commands(self, state: ExchangeState) -> Sequence[Command]:
        """What brings it about. Raises NotThere for an account or market that is not there, ConfigError for a tier."""
        found: list[Command] = []
        given = dict(self.tiers)
        for account in state.accounts.values():
            if self.new_fees and account.account_class is AccountClass.USER and account.name not in given:
                found += self._give(account, tier_of(account, state), state)
        for name, tier in self.tiers:
            found += self._give(_account(state, name), tier, state)
        for name, change in self.changes:
            found.append(command_of(change, _account(state, name).no, state))
        return found

    def _give(self, account: Account, tier: str, state: ExchangeState) -> Iterator[Command]:
        known = feetables.tiers_of(self.fees, account.rules)
        if tier not in known:
            msg = f"account {account.name}: there is no tier {tier!r} under {account.rules}: {', '.join(known)}"
            raise ConfigError(msg)
        yield from feetables.give(self.fees, account.rules, tier, account.no, state)


def tier_of(account: Account, state: ExchangeState) -> str:
    """The shipped tier whose rates *account* pays; the first one where it pays no rates of its own."""
    tables = [table for table in feefiles.preset() if table.rules == account.rules]
    for table in tables:
        for no, own in account.fees.items():
            if table.covers(state.markets[no].spec):
                for name, rates in table.tiers.items():
                    if rates == own.standard:
                        return name
    return next((name for table in tables for name in table.tiers), "")


def _account(state: ExchangeState, name: str) -> Account:
    no = state.account_no.get(name)
    if no is None:
        raise NotThere(f"there is no account {name!r} at the fork")
    return state.accounts[no]


def read_orders(path: Path) -> tuple[Given, ...]:
    """Records as an export prints them: place, instant and command count. Raises ConfigError naming the line."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        msg = f"orders {path}: cannot be read ({error.strerror}); check the path"
        raise ConfigError(msg) from None
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(b"{"):
            continue
        try:
            found.append(_decode_given(line))
        except (msgspec.MsgspecError, UnicodeDecodeError, LogDamaged) as error:
            msg = f"orders {path}, line {number}: {error}; write records as `simexchange export` prints them"
            raise ConfigError(msg) from None
    return tuple(found)
