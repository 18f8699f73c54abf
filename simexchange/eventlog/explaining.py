"""Questions to a log: why a margin, a funding rate, a liquidation or an order is what it is.

The state at a record is folded from the nearest checkpoint; beside it goes what remembers which record set what. The
explanations themselves are `core.explaining`.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from simexchange.core.explaining.accounts import explain_margin
from simexchange.core.explaining.figures import Explanation, Sheet, total
from simexchange.core.explaining.funding import explain_payment, explain_rate
from simexchange.core.explaining.liquidations import LiquidationStory
from simexchange.core.explaining.orders import OrderStory
from simexchange.core.vocabulary.commands import Deleverage, Liquidate, SetMark
from simexchange.core.vocabulary.events import (
    Event,
    FundingPaid,
    FundingRateSet,
    LiquidationStarted,
    MarkSet,
    OrderAccepted,
    OrderRejected,
)
from simexchange.core.vocabulary.ids import NO_ORDER, OrderId
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import NotThere
from simexchange.eventlog.record import Record, decode
from simexchange.eventlog.replay import Replay, fold_alone, replay
from simexchange.projections.accounts import AccountsView
from simexchange.projections.folding import Projection
from simexchange.projections.liquidations import LiquidationRow, LiquidationsView
from simexchange.projections.markets import MarketsView
from simexchange.projections.origins import OriginsView

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo
    from simexchange.eventlog.log import EventLog

PAYMENTS: Final = 100
"""How many payments one answer shows."""
DIGITS: Final = 20
"""No number of an order has so many."""
HOW_TO_SAY: Final = "say its number, the id the venue gave it, or ACCOUNT:CLIENT-ID"


def margin(log: EventLog, name: str, seq: int | None = None) -> Explanation:
    """The margin of the account *name* after record *seq*, or the last one. Raises NotThere, LogDamaged."""
    seq = seq_in(log, seq)
    state, origins = state_at(log, seq)
    account = account_of(state, name)
    return Explanation(f"margin {name}", seq, state.now, explain_margin(state, account, origins))


def funding(log: EventLog, subject: str, seq: int | None = None) -> Explanation:
    """The last funding by record *seq*: of a market its rate, payments and what is predicted; what an account paid.

    Raises NotThere, LogDamaged.
    """
    seq = seq_in(log, seq)
    origins = OriginsView()
    story = _Payments(subject, origins)
    state = state_at(log, seq, origins, story)[0]
    no = state.market_no.get(subject)
    if no is None:
        if subject not in state.account_no:
            raise NotThere(f"{subject!r} is neither a market nor an account at record {seq}")
        sheets = [*story.sheets(), *story.totals()]
        return Explanation(f"funding {subject}", seq, state.now, tuple(sheet.made() for sheet in sheets))
    market = state.markets[no]
    if market.funding is None:
        raise NotThere(f"{subject} has no funding")
    settled = origins.settled(no)
    sheets = [_settlement(log, settled, no)] if settled else []
    sheets += [*story.sheets(), explain_rate(market, state.now, origins)]
    return Explanation(f"funding {subject}", seq, state.now, tuple(sheet.made() for sheet in sheets))


def liquidation(log: EventLog, which: str, seq: int | None = None) -> Explanation:
    """One liquidation from its beginning to its end, or as far as it had come by record *seq*.

    *which* is its id, or ``NAME:N``, the n-th of an account. Raises NotThere, LogDamaged.
    """
    seq = seq_in(log, seq)
    row, name = _row_of(log, which, seq)
    fold, origins = folded(log, row.started - 1)
    story = LiquidationStory(row.account, row.wallet, row.asset, origins)
    last = min(seq, row.finished or seq)
    for line in log.read(row.started):
        record = decode(line)
        if record.seq > last:
            break
        fold.chain.check(line)
        fold.fold(line, _teller(story, row, record))
    return Explanation(f"liquidation {name}:{row.number}", last, fold.state.now, story.sections())


def liquidations(log: EventLog, seq: int | None = None) -> list[tuple[str, LiquidationRow]]:
    """Every liquidation by record *seq* with the name of its account, in order of their beginning."""
    seq = seq_in(log, seq)
    accounts, view = AccountsView(MarketsView()), LiquidationsView()
    fold_alone(log, seq, accounts, view)
    return [(accounts.by_no[row.account].name, row) for row in view.by_id.values()]


def _row_of(log: EventLog, which: str, seq: int) -> tuple[LiquidationRow, str]:
    rows = liquidations(log, seq)
    for name, row in rows:
        if which in (str(row.id), f"{name}:{row.number}"):
            return row, name
    if not rows:
        raise NotThere(f"there is no liquidation {which!r} by record {seq}: there was none at all")
    known = ", ".join(f"{name}:{row.number}" for name, row in rows[-5:])
    raise NotThere(f"there is no liquidation {which!r} by record {seq}; the newest are {known}")


def _teller(
    story: LiquidationStory, row: LiquidationRow, record: Record
) -> Callable[[Event, ExchangeState], None] | None:
    """What to do with the events of a record: those of the liquidation's own steps are told, and its beginning."""
    command = record.command
    pool = (row.account, row.wallet, row.asset)
    mine = (isinstance(command, Liquidate) and (command.account, command.wallet, command.asset) == pool) or (
        isinstance(command, Deleverage) and command.account == row.account
    )

    def tell(event: Event, state: ExchangeState) -> None:
        if isinstance(event, MarkSet) and record.seq == row.started:
            said = isinstance(command, SetMark) and command.market == event.market
            story.mark(record.seq, event, state, record.at, said=said)
        begins = isinstance(event, LiquidationStarted) and (event.account, event.wallet, event.asset) == pool
        if mine or begins:
            story.tell(record.seq, event, state)

    return tell


def order(log: EventLog, which: str, seq: int | None = None, meant: Iterable[OrderId] = ()) -> Explanation:
    """One order from its beginning to its end, or as far as it had come by record *seq*.

    *which* is its number, or ``ACCOUNT:CLIENT-ID``, the newest of that client id; or a venue's name of it, of which
    *meant* has what numbers it may mean. Raises NotThere, LogDamaged, LogUnreadable.
    """
    seq = seq_in(log, seq)
    number, begun = _order_of(log, which, seq, meant)
    fold = Replay(log)
    fold.from_checkpoint(begun - 1)
    fold.run(begun - 1)
    story = OrderStory(number)
    for line in log.read(begun):
        if fold.chain.seq == seq or story.ended:
            break
        fold.chain.check(line)
        fold.fold(line, partial(story.tell, fold.chain.seq))
        story.settle(fold.chain.seq, fold.state)
    return Explanation(f"order {number}", fold.chain.seq, fold.state.now, story.sections(fold.chain.seq, fold.state))


def _order_of(log: EventLog, which: str, seq: int, meant: Iterable[OrderId]) -> tuple[OrderId, int]:
    """The number of the order *which* and the record that answered it."""
    names = replay(log, to_seq=seq).account_no
    owned = [(no, which[len(name) + 1 :]) for name, no in names.items() if which.startswith(f"{name}:")]
    own = [OrderId(int(which))] if which.isascii() and which.isdecimal() and len(which) < DIGITS else []
    found = _Answered({*own, *meant}, owned)
    fold_alone(log, seq, found)
    if found.seq:
        return found.order, found.seq
    newest = f"; the newest is {found.newest}" if found.newest else ""
    first = log.header.first_seq
    if first > 1:
        # An archive that is missing is named by who reads there.
        next(log.read(1), None)
        newest += f"; what was placed before record {first} is not in this log, but in the one it began with"
    raise NotThere(f"there is no order {which!r} by record {seq}{newest}: {HOW_TO_SAY}")


class _Answered(Projection):
    """Finds the record in which an order was accepted or rejected; of a client id that was used again, the newest."""

    def __init__(self, numbers: Collection[OrderId], owned: Sequence[tuple[AccountNo, str]]) -> None:
        super().__init__()
        self.order = NO_ORDER
        self.seq = 0
        self.newest = NO_ORDER
        """The last order anybody placed who has client ids: for a hint."""
        self._numbers = numbers
        self._owned = owned
        self.handlers = {OrderAccepted: self._answered, OrderRejected: self._answered}

    def _answered(self, seq: int, _: Nanos, event: OrderAccepted | OrderRejected) -> None:
        self.newest = event.order
        if event.order in self._numbers and event.order != NO_ORDER and not self._owned:
            # What was refused before it got a number is nobody's answer to a name that is none.
            self.order, self.seq = event.order, seq
        elif (event.account, event.client_id) in self._owned:
            self.order, self.seq = event.order, seq


def state_at(log: EventLog, seq: int, *views: Projection) -> tuple[ExchangeState, OriginsView]:
    """The state after *seq*, and which record set what of it; *views*, folded beside, may bring an `OriginsView`."""
    fold, origins = folded(log, seq, *views)
    return fold.state, origins


def folded(log: EventLog, seq: int, *views: Projection) -> tuple[Replay, OriginsView]:
    """A fold that stands after *seq*, and goes on from there."""
    own = next((view for view in views if isinstance(view, OriginsView)), None)
    origins = own or OriginsView()
    fold = Replay(log, *(views if own else (origins, *views)))
    fold.from_checkpoint(seq)
    if fold.chain.seq < seq:
        fold.run(seq)
    else:
        fold.fold_views_alone()
    return fold, origins


def account_of(state: ExchangeState, name: str) -> Account:
    """The account of a person, or the fund, of that name. Raises NotThere."""
    account = _named(state, name)
    if account is None:
        raise NotThere(f"there is no account {name!r} at this record")
    if account.account_class not in (AccountClass.USER, AccountClass.FUND):
        raise NotThere(f"{name} belongs to a feed: its wallets and positions are not explained")
    return account


def _named(state: ExchangeState, name: str) -> Account | None:
    no = state.account_no.get(name)
    return None if no is None else state.accounts[no]


def seq_in(log: EventLog, seq: int | None) -> int:
    """*seq*, if the log has it; its last one where nothing was said."""
    first, last = log.header.first_seq, log.last_seq
    if last < first:
        raise NotThere(f"{log.name} has no records yet")
    if seq is None:
        return last
    if not first <= seq <= last:
        # An archive that is missing is named by who reads there.
        next(log.read(max(seq, 1)), None)
        raise NotThere(f"there is no record {seq} in {log.name}: it has {first} to {last}")
    return seq


def _settlement(log: EventLog, seq: int, no: MarketNo) -> Sheet:
    """How the rate set in record *seq* came about: as things stood just before it was."""
    fold, origins = folded(log, seq - 1)
    line = next(log.read(seq))
    fold.chain.check(line)
    at = decode(line).at
    found: list[Sheet] = []

    def look(event: Event, state: ExchangeState) -> None:
        if isinstance(event, FundingRateSet) and event.market == no:
            found.append(explain_rate(state.markets[no], at, origins, seq=seq))

    fold.fold(line, look)
    return found[0]


class _Payment(msgspec.Struct, frozen=True):
    """One payment of funding, and the records its numbers stand in."""

    seq: int
    at: Nanos
    event: FundingPaid
    traded: int
    settled: int


class _Payments(Projection):
    """The payments of the last settlement of a market, or the last ones of an account: of whatever has that name."""

    def __init__(self, name: str, origins: OriginsView) -> None:
        super().__init__()
        self._name = name
        self._origins = origins
        self.kept: deque[_Payment] = deque(maxlen=PAYMENTS)
        self.count = 0
        """How many there were, those let go included."""
        self.handlers = {FundingRateSet: self._settled, FundingPaid: self._paid}

    def _settled(self, seq: int, at: Nanos, event: FundingRateSet) -> None:
        if self._origins.market(event.market).id == self._name:
            self.kept.clear()
            self.count = 0

    def _paid(self, seq: int, at: Nanos, event: FundingPaid) -> None:
        origins = self._origins
        if self._name in (origins.market(event.market).id, origins.account(event.account).name):
            self.count += 1
            settled = origins.settled(event.market)
            self.kept.append(_Payment(seq, at, event, origins.position(event.position), settled))

    def sheets(self) -> list[Sheet]:
        """Each payment explained, in the order they were made."""
        origins = self._origins
        return [
            explain_payment(
                each.event, origins.market(each.event.market).spec, origins.account(each.event.account).name, each.at,
                seq=each.seq, settled=each.settled, traded=each.traded, listed=origins.listed(each.event.market),
            )
            for each in self.kept
        ]  # fmt: skip

    def totals(self) -> Iterator[Sheet]:
        """What they come to, by asset."""
        rows = list(zip(self.kept, self.sheets(), strict=True))
        for asset in dict.fromkeys(each.event.asset for each in self.kept):
            mine = [(each, sheet) for each, sheet in rows if each.event.asset == asset]
            note = "" if self.count == len(rows) else f"the newest {len(rows)} of {self.count} payments"
            summed = Sheet(f"all payments in {asset}", note=note)
            for number, (_, sheet) in enumerate(mine, 1):
                summed.borrow(f"payment_{number}", sheet, "payment")
            names = [f"payment_{number}" for number in range(1, len(mine) + 1)]
            summed.figure("funding", sum(each.event.amount for each, _ in mine), asset, total(names))
            yield summed
