"""How one course of things differs from another: what a pinned fork tells beside its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from simexchange.core.vocabulary.commands import OpenExchange
from simexchange.core.vocabulary.events import CommandRefused, OrderRejected, TradeExecuted
from simexchange.core.vocabulary.ids import market_of
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import decimal_text
from simexchange.eventlog.inspection import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.commands import Command
    from simexchange.core.vocabulary.events import Event
    from simexchange.core.vocabulary.ids import AccountNo, MarketNo
    from simexchange.eventlog.record import Record

LISTED: Final = 100
"""How many refusals and trades of each kind are listed; all are counted."""


class Differing(msgspec.Struct, frozen=True):
    """The first record of the parent that came out otherwise, with what it made necessary."""

    seq: int
    """In the parent."""
    at: int
    source: str
    command: dict[str, Any]
    was: tuple[dict[str, Any], ...]
    now: tuple[dict[str, Any], ...]


class Flipped(msgspec.Struct, frozen=True):
    """A command of the parent that was accepted in one of the two, and refused in the other."""

    seq: int
    """In the parent."""
    at: int
    account: str
    """Empty where the command is nobody's."""
    command: str
    reason: str


class Traded(msgspec.Struct, frozen=True):
    """A trade that only one of the two has."""

    at: int
    market: str
    price: str
    qty: str
    maker: str
    taker: str


class Volume(msgspec.Struct, frozen=True):
    """Trades of one market in both."""

    market: str
    trades_was: int
    trades_now: int
    qty_was: str
    qty_now: str


class Figure(msgspec.Struct, frozen=True):
    """One amount at the end of both, and what the fork has more."""

    of: str
    """``WALLET.ASSET`` of a balance; of a position its market, with slot and number where there are several."""
    was: str
    now: str
    difference: str


class Owner(msgspec.Struct, frozen=True):
    """An account that ends otherwise."""

    account: str
    balances: tuple[Figure, ...]
    positions: tuple[Figure, ...]


class Divergence(msgspec.Struct, frozen=True):
    """Everything that came out otherwise."""

    parent: str
    fork_at: int
    """The last record that was taken over."""
    until: int
    """The parent's last record that was run again."""
    put_in: tuple[dict[str, Any], ...]
    left_out: int
    """How many commands of the parent were left out."""
    same: bool
    """Whether the two end with the same digest."""
    digest_was: str
    digest_now: str
    records_was: int
    records_now: int
    first: Differing | None
    refused_now: tuple[Flipped, ...]
    refused_now_count: int
    accepted_now: tuple[Flipped, ...]
    accepted_now_count: int
    lost: tuple[Traded, ...]
    lost_count: int
    gained: tuple[Traded, ...]
    gained_count: int
    volumes: tuple[Volume, ...]
    accounts: tuple[Owner, ...]


_Trade = tuple[int, int, int, int, int, int]
"""Instant, market, order of the maker, of the taker, price, quantity: what makes a trade the same in both."""


class Comparison:
    """Takes in both courses record by record, and says at the end how they differ."""

    def __init__(self) -> None:
        self.first: Differing | None = None
        self.flips: dict[bool, list[Flipped]] = {True: [], False: []}
        """By whether they are refused now."""
        self.flip_counts = {True: 0, False: 0}
        self._open: dict[_Trade, list[TradeExecuted]] = {}
        """Trades of the parent that the fork has not made yet."""
        self._extra: dict[_Trade, list[TradeExecuted]] = {}
        """And the other way round."""
        self._sums: dict[MarketNo, list[int]] = {}

    def compare(self, record: Record, was: Sequence[Event], now: Sequence[Event]) -> None:
        """*record* came to *was* in the parent and to *now* in the fork, with the engine's steps after it."""
        for event in was:
            if type(event) is TradeExecuted:
                self._take(record.at, event, self._open, self._extra, 0)
        self.alone(record.at, now)
        if was != now and self.first is None:
            self.first = Differing(
                record.seq, record.at, record.source, describe(record.command), *map(_described, (was, now))
            )

    def alone(self, at: int, events: Iterable[Event]) -> None:
        """The fork has come to *events*."""
        for event in events:
            if type(event) is TradeExecuted:
                self._take(at, event, self._extra, self._open, 1)

    def flip(self, record: Record, was: Sequence[Event], now: Sequence[Event], state: ExchangeState) -> None:
        """Whether *record*'s own command was accepted in one of the two only."""
        before, after = _refusal(was), _refusal(now)
        if (before is None) is (after is None):
            return
        refused = after is not None
        self.flip_counts[refused] += 1
        if len(self.flips[refused]) < LISTED:
            account = state.accounts.get(getattr(record.command, "account", None))  # type: ignore[arg-type]
            self.flips[refused].append(
                Flipped(
                    record.seq, record.at, "" if account is None else account.name, type(record.command).__name__,
                    str(after or before),
                )
            )  # fmt: skip

    def _take(
        self,
        at: int,
        trade: TradeExecuted,
        mine: dict[_Trade, list[TradeExecuted]],
        others: dict[_Trade, list[TradeExecuted]],
        place: int,
    ) -> None:
        sums = self._sums.setdefault(trade.market, [0, 0, 0, 0])
        sums[place] += 1
        sums[place + 2] += trade.qty
        key = (at, trade.market, trade.maker.order, trade.taker.order, trade.price, trade.qty)
        same = others.get(key)
        if same:
            same.pop()
            if not same:
                del others[key]
        else:
            mine.setdefault(key, []).append(trade)

    def lost(self, state: ExchangeState) -> tuple[tuple[Traded, ...], int]:
        """Trades only the parent has; how many there are."""
        return _listed(self._open, state)

    def gained(self, state: ExchangeState) -> tuple[tuple[Traded, ...], int]:
        """Trades only the fork has; how many there are."""
        return _listed(self._extra, state)

    def volumes(self, state: ExchangeState) -> tuple[Volume, ...]:
        """Every market that had a trade in either."""
        return tuple(
            Volume(state.markets[no].spec.id, was, now, decimal_text(qty_was), decimal_text(qty_now))
            for no, (was, now, qty_was, qty_now) in sorted(self._sums.items())
        )


def _refusal(events: Sequence[Event]) -> str | None:
    return next((event.reason for event in events if isinstance(event, CommandRefused | OrderRejected)), None)


def _described(events: Sequence[Event]) -> tuple[dict[str, Any], ...]:
    return tuple(describe(event) for event in events[:LISTED])


def _listed(trades: dict[_Trade, list[TradeExecuted]], state: ExchangeState) -> tuple[tuple[Traded, ...], int]:
    rows = [(key[0], trade) for key, same in trades.items() for trade in same]
    shown = tuple(
        Traded(
            at, state.markets[trade.market].spec.id, decimal_text(trade.price), decimal_text(trade.qty),
            _name(state, trade.maker.account), _name(state, trade.taker.account),
        )
        for at, trade in rows[:LISTED]
    )  # fmt: skip
    return shown, len(rows)


def _name(state: ExchangeState, no: AccountNo) -> str:
    account = state.accounts.get(no)
    return "" if account is None else account.name


def owners(was: ExchangeState, now: ExchangeState) -> tuple[Owner, ...]:
    """The accounts, people first, that have other balances or positions in *now* than in *was*."""
    found = []
    for no in dict.fromkeys((*was.accounts, *now.accounts)):
        balances = _figures(_balances(was, no), _balances(now, no))
        positions = _figures(_positions(was, no), _positions(now, no))
        if balances or positions:
            account = now.accounts.get(no) or was.accounts[no]
            found.append((account.account_class is not AccountClass.USER, Owner(account.name, balances, positions)))
    return tuple(owner for _, owner in sorted(found, key=lambda row: row[0]))


def _balances(state: ExchangeState, no: AccountNo) -> dict[str, int]:
    account = state.accounts.get(no)
    rows = {} if account is None else account.balances
    return {f"{wallet}.{asset}": balance.free + balance.held for (wallet, asset), balance in sorted(rows.items())}


def _positions(state: ExchangeState, no: AccountNo) -> dict[str, int]:
    account = state.accounts.get(no)
    found: dict[str, int] = {}
    for key, position in () if account is None else account.positions.items():
        market = state.markets[market_of(key)]
        name = market.spec.id if key == market.no else f"{market.spec.id}#{key}"
        found[name] = position.qty
    return found


def _figures(was: dict[str, int], now: dict[str, int]) -> tuple[Figure, ...]:
    return tuple(
        Figure(of, decimal_text(before), decimal_text(after), decimal_text(after - before))
        for of in dict.fromkeys((*was, *now))
        if (before := was.get(of, 0)) != (after := now.get(of, 0))
    )


def account_of_command(command: Command) -> AccountNo | None:
    """Whose command it is; None where it is nobody's."""
    found: AccountNo | None = None if isinstance(command, OpenExchange) else getattr(command, "account", None)
    return found
