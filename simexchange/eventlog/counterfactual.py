"""What would have been: the commands of a log run again by the engine, with something changed before one of them.

The state is folded to the record before the change; the change is executed there, and then every command of the log
from clients, feeds and the operator, at its own instant. What falls due and what the engine makes necessary is found
anew, so that an account may be liquidated that was not, or be spared. Everybody else does what he did: nobody in the
log answers the change, the agents of a synthetic market neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.core import margin
from simexchange.core.engine import Engine
from simexchange.core.explaining.accounts import explain_margin
from simexchange.core.explaining.figures import Section
from simexchange.core.vocabulary.commands import (
    Command,
    Deposit,
    PassTime,
    PlaceList,
    PlaceOrder,
    SetLeverage,
    SetMarginMode,
)
from simexchange.core.vocabulary.events import CommandRefused, LiquidationStarted, OrderRejected
from simexchange.core.vocabulary.orders import MarginMode
from simexchange.core.vocabulary.units import Amount, Nanos, decimal_text
from simexchange.errors import ConfigError, NotThere
from simexchange.eventlog.explaining import account_of, folded, seq_in
from simexchange.eventlog.inspection import describe
from simexchange.eventlog.recheck import SOURCE_ENGINE, SOURCE_TIMER
from simexchange.eventlog.record import Record, decode
from simexchange.eventlog.replay import records
from simexchange.projections.origins import OriginsView

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.eventlog.log import EventLog

POINTS: Final = 500
"""How many points of an equity path are told; of more, evenly chosen ones, the lowest and the last."""
NOT_MARGIN: Final = ("spot", "funding")
"""Wallets that back no positions."""


class Leverage(msgspec.Struct, frozen=True):
    """The account would have had another leverage in a market."""

    market: str
    leverage: int


class Mode(msgspec.Struct, frozen=True):
    """Its margin in a market would have been isolated, or cross."""

    market: str
    mode: MarginMode


class Extra(msgspec.Struct, frozen=True):
    """It would have had more of an asset in one of its wallets."""

    wallet: str
    asset: str
    amount: Amount


Change = Leverage | Mode | Extra
"""One thing that would have been otherwise."""


class Point(msgspec.Struct, frozen=True):
    """What an account was worth in one asset after a record that changed it."""

    seq: int
    at: int
    asset: str
    equity: str
    """Cash and unrealised profit of all wallets that back positions in it."""


class Fall(msgspec.Struct, frozen=True):
    """A liquidation began."""

    seq: int
    at: int
    wallet: str
    asset: str
    balance: str
    maintenance: str


class Course(msgspec.Struct, frozen=True):
    """How it went for the account from the change on."""

    liquidations: tuple[Fall, ...]
    equity: tuple[Point, ...]
    final: tuple[Section, ...]
    """Its margin at the end, explained."""


class Counterfactual(msgspec.Struct, frozen=True):
    """How it went, and how it would have gone."""

    account: str
    before: int
    """The change comes before this record."""
    change: tuple[dict[str, object], ...]
    """The commands that were put in."""
    until: int
    """The last record of the log that was run again."""
    engine: str
    """The engine revision the log was written under: with another one, more than the change may differ."""
    actual: Course
    instead: Course
    """Its records are numbered as those of a log that goes on from the change."""


def what_if(
    log: EventLog, name: str, change: Sequence[Change | Command], before: int | None = None, until: int | None = None
) -> Counterfactual:
    """Run the commands of *log* again with *change* put in before record *before*, up to record *until*.

    Without *before* it is put in before the account's first order. Raises NotThere where there is no such account,
    market or record, and where *before* is a step of the engine; ConfigError where the engine refuses the change;
    LogDamaged.
    """
    until = seq_in(log, until)
    account = account_of(folded(log, until)[0].state, name).no
    before = _first_order(log, account, until) if before is None else seq_in(log, before)
    if before > until:
        raise NotThere(f"the change before record {before} comes after record {until}, the last one asked for")
    _check_place(log, before)
    fold, origins = folded(log, before - 1)
    if name not in fold.state.account_no:
        raise NotThere(f"{name} has no account yet before record {before}")
    commands = [command_of(each, account, fold.state) for each in change]
    fork = _Fork(fold.state, origins, account, before)
    for command in commands:
        _refuse(fork.put_in(command), command, before)
    actual = _Actual(log, before, account)
    for line in log.read(before):
        record = decode(line)
        if record.seq > until:
            break
        fork.follow(record)
        actual.follow(line, record)
    fork.catch_up(actual.state.now)
    shown = tuple(describe(command) for command in commands)
    return Counterfactual(
        name, before, shown, until, log.header.engine, actual.watch.course(actual.state, actual.origins),
        fork.watch.course(fork.state, fork.origins),
    )  # fmt: skip


def _first_order(log: EventLog, account: AccountNo, until: int) -> int:
    """The record of the first order of *account*. Raises NotThere."""
    for record in records(log):
        if record.seq > until:
            break
        command = record.command
        if isinstance(command, PlaceOrder | PlaceList) and command.account == account:
            return record.seq
    raise NotThere("the account has placed no order: say before which record the change is to be")


def _check_place(log: EventLog, before: int) -> None:
    """A change comes between commands, not into what the engine makes of one. Raises NotThere."""
    record = decode(next(log.read(before)))
    if record.source == SOURCE_ENGINE:
        msg = f"record {before} is a step of the engine: put the change before record {record.cause}, its cause"
        raise NotThere(msg)
    if before == 1:
        raise NotThere(f"nothing can be put in before record {before}: it opens the exchange")


def command_of(change: Change | Command, account: AccountNo, state: ExchangeState) -> Command:
    """What brings a change about. Raises NotThere where its market is unknown, ConfigError for a wallet it has not."""
    if isinstance(change, Extra):
        owner = state.accounts[account]
        has = dict.fromkeys((owner.spot_wallet, owner.linear_wallet, owner.inverse_wallet, "funding"))
        if change.wallet not in has:
            # The engine takes money for any wallet there is, and there no order of this account would find it.
            raise ConfigError(f"{owner.name} has no wallet {change.wallet!r}: {', '.join(has)}")
        return Deposit(account, change.wallet, change.asset, change.amount)
    if not isinstance(change, Leverage | Mode):
        return change
    market = state.market_no.get(change.market)
    if market is None:
        raise NotThere(f"there is no market {change.market!r} at that record")
    if isinstance(change, Leverage):
        return SetLeverage(account, market, change.leverage)
    return SetMarginMode(account, market, change.mode)


def _refuse(events: Iterable[Event], command: Command, before: int) -> None:
    for event in events:
        if isinstance(event, CommandRefused | OrderRejected):
            word = type(command).__name__
            raise ConfigError(f"{word} before record {before} is refused: {event.reason}")


class _Watch:
    """What is kept of one course of things."""

    def __init__(self, account: AccountNo) -> None:
        self._account = account
        self._falls: list[Fall] = []
        self._points: list[Point] = []
        self._last: dict[str, int] = {}

    def look(self, seq: int, at: Nanos, events: Iterable[Event], state: ExchangeState) -> None:
        """A record was made; *state* is how it left things."""
        for event in events:
            if isinstance(event, LiquidationStarted) and event.account == self._account:
                balance, needed = decimal_text(event.balance), decimal_text(event.maintenance)
                self._falls.append(Fall(seq, at, event.wallet, event.asset, balance, needed))
        for asset, equity in equity_of(state, state.accounts[self._account]).items():
            if self._last.get(asset) != equity:
                self._last[asset] = equity
                self._points.append(Point(seq, at, asset, decimal_text(equity)))

    def course(self, state: ExchangeState, origins: OriginsView) -> Course:
        """All of it, at the end."""
        final = explain_margin(state, state.accounts[self._account], origins)
        return Course(tuple(self._falls), _thinned(self._points), final)


def equity_of(state: ExchangeState, account: Account) -> dict[str, int]:
    """Cash and unrealised profit of *account* per asset, over all wallets that back positions."""
    pools = {key: None for key in account.balances if key[0] not in NOT_MARGIN}
    found: dict[str, int] = {}
    for wallet, asset in pools:
        found[asset] = found.get(asset, 0) + margin.equity(state, account, wallet, asset)
    return found


def _thinned(points: Sequence[Point]) -> tuple[Point, ...]:
    """At most about `POINTS` of them, among them the last and the lowest of each asset."""
    if len(points) <= POINTS:
        return tuple(points)
    step = -(-len(points) // POINTS)
    kept = dict.fromkeys(range(0, len(points), step))
    for asset in dict.fromkeys(point.asset for point in points):
        mine = [place for place, point in enumerate(points) if point.asset == asset]
        kept[mine[-1]] = None
        kept[min(mine, key=lambda place: _units(points[place].equity))] = None
    return tuple(points[place] for place in sorted(kept))


def _units(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(f"{whole}{fraction.ljust(8, '0')}")


class _Fork:
    """The exchange as it would have gone on."""

    def __init__(self, state: ExchangeState, origins: OriginsView, account: AccountNo, first: int) -> None:
        self.state = state
        self.origins = origins
        self.watch = _Watch(account)
        self._engine = Engine(state)
        self._seq = first - 1

    def put_in(self, command: Command) -> list[Event]:
        """Execute the change, at the instant of the record before it."""
        return self._execute(command, Nanos(self.state.now))

    def follow(self, record: Record) -> None:
        """Do what *record* did, unless it follows from something else."""
        if record.source == SOURCE_ENGINE:
            return
        if record.source == SOURCE_TIMER:
            self.catch_up(record.at)
            return
        # What falls due at the very instant has a record of its own, before this one or after it.
        self.catch_up(record.at - 1)
        self._execute(record.command, record.at)

    def catch_up(self, at: int) -> None:
        """Pass every instant up to *at* at which something is due."""
        while (due := self.state.next_due()) is not None and due <= at:
            self._execute(PassTime(), Nanos(max(due, self.state.now)))

    def _execute(self, command: Command, at: Nanos) -> list[Event]:
        found: list[Event] = []
        following: Command | None = command
        while following is not None:
            self._seq += 1
            events = self._engine.execute(following, at)
            for event in events:
                self.origins.apply(self._seq, at, event)
            self.watch.look(self._seq, at, events, self.state)
            found += events
            following = self.state.pending()
        return found


class _Actual:
    """The exchange as it went on: the events of the log, folded."""

    def __init__(self, log: EventLog, before: int, account: AccountNo) -> None:
        self._fold, self.origins = folded(log, before - 1)
        self.watch = _Watch(account)

    @property
    def state(self) -> ExchangeState:
        """As it stands."""
        return self._fold.state

    def follow(self, line: bytes, record: Record) -> None:
        """Fold one record."""
        self._fold.chain.check(line)
        self._fold.fold(line)
        self.watch.look(record.seq, record.at, record.events, self.state)
