"""A log as it is kept for comparison: what users did and what became of it, free of what differs from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

import msgspec

from simexchange.core import display, margin
from simexchange.core.accounts import Account
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import AdoptBundle, ListMarket, SetRules
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.ids import AccountNo, market_of, slot_of
from simexchange.core.vocabulary.orders import AccountClass, Slot
from simexchange.core.vocabulary.units import decimal_text
from simexchange.errors import ConfigError
from simexchange.eventlog.inspection import describe, iso_time
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import Record, decode
from simexchange.eventlog.replay import Replay

EXACT: Final = "exact"
BUSINESS: Final = "business"
FINAL: Final = "final"
LEVELS: Final = (EXACT, BUSINESS, FINAL)

Telling = dict[str, Any]
"""One line: ``seq``, ``at``, ``source``, ``cause``, ``root`` (the record an engine's step comes from), ``command``,
``events``, ``after`` (what its users have then), ``figures`` (made from it)."""
COMPARED: Final = {
    EXACT: ("seq", "at", "source", "cause", "command", "events", "after"),
    BUSINESS: ("at", "command", "events", "after"),
    FINAL: ("account", "balances", "positions", "orders"),
}
"""What has to be the same, level by level; the rest is told where something is not."""

_COUNTED: Final = (
    "no",
    "order",
    "trade",
    "position",
    "liquidation",
    "prevention",
    "order_list",
    "parent",
    "replaces",
    "list",
)
"""Numbers that the exchange gives out: others' orders move them, so they are told by when they came up first."""
_NAMED: Final = ("client_id", "new_client_id", "list_client_id", "cancel_id")
"""What clients call things: their libraries draw such names by chance."""
_LONG: Final = (AdoptBundle, ListMarket, SetRules)


def tell(log: EventLog, level: str) -> list[Telling]:
    """*log* at one level of detail. Raises ConfigError for a level that there is not, LogDamaged."""
    if level not in LEVELS:
        msg = f"golden level {level!r} is not one of {', '.join(LEVELS)}"
        raise ConfigError(msg)
    teller = _Teller(log, level)
    lines = list(teller.lines())
    return teller.final() if level == FINAL else lines


class _Teller:
    """A fold of a log that tells as it goes."""

    def __init__(self, log: EventLog, level: str) -> None:
        self._log = log
        self._level = level
        self._fold = Replay(log)
        self._numbers: dict[tuple[str, Any], str] = {}
        self._counts: dict[str, int] = {}
        self._root: Record | None = None
        """The newest record that was no engine step: what those after it come from."""

    @property
    def _state(self) -> ExchangeState:
        return self._fold.state

    def lines(self) -> Iterator[Telling]:
        """Every record that belongs to the level."""
        for line in self._log.read():
            self._fold.chain.check(line)
            self._fold.fold(line)
            if self._level == FINAL:
                continue
            record = decode(line)
            if not record.cause:
                self._root = record
            touched = self._touched(record)
            if self._level == EXACT or touched:
                yield self._line(record, touched)

    def _line(self, record: Record, touched: list[Account]) -> Telling:
        events = record.events
        if self._level == BUSINESS:
            events = [event for event in events if self._users_of(event)]
        root = self._root if record.cause else None
        found = {
            "seq": record.seq,
            "at": iso_time(record.at),
            "source": record.source,
            "cause": record.cause,
            "command": self._described(record.command),
            "events": [self._described(event) for event in events],
            "after": {account.name: self._holdings(account) for account in touched},
            "figures": {account.name: ratios(self._state, account) for account in touched},
        }
        if root is not None:
            found["root"] = [root.seq, root.source, iso_time(root.at), self._described(root.command)]
        return found

    def final(self) -> list[Telling]:
        """Every user at the end."""
        return [
            {"account": account.name, **self._holdings(account), "orders": self._orders(account)}
            for account in self._state.accounts.values()
            if account.account_class is AccountClass.USER
        ]

    # Whose it is

    def _touched(self, record: Record) -> list[Account]:
        found = dict.fromkeys(no for event in record.events for no in self._users_of(event))
        return [self._state.accounts[no] for no in found]

    def _users_of(self, event: Event) -> list[AccountNo]:
        """The users an event is about."""
        named = [getattr(event, name, None) for name in ("account", "no", "to_account")]
        named += [side.account for side in (getattr(event, "taker", None), getattr(event, "maker", None)) if side]
        accounts = self._state.accounts
        return [
            AccountNo(no)
            for no in named
            if isinstance(no, int) and no in accounts and accounts[AccountNo(no)].account_class is AccountClass.USER
            and not (no == getattr(event, "no", None) and hasattr(event, "market"))
        ]  # fmt: skip

    # In words

    def _described(self, struct: msgspec.Struct) -> dict[str, Any]:
        if isinstance(struct, _LONG) or type(struct).__name__ in ("BundleAdopted", "MarketListed", "RulesSet"):
            digest = blake2b(msgspec.json.encode(struct), digest_size=8).hexdigest()
            return {"type": type(struct).__name__, "digest": digest}
        words = describe(struct)
        return self._plain(words) if self._level == BUSINESS else words

    def _plain(self, words: dict[str, Any]) -> dict[str, Any]:
        """Names instead of numbers that depend on what others did; of a trade only the user's side."""
        found: dict[str, Any] = {}
        for name, value in words.items():
            if name in ("taker", "maker") and isinstance(value, dict) and not self._is_user(value.get("account")):
                continue
            if isinstance(value, dict):
                found[name] = self._plain(value)
            elif isinstance(value, list):
                found[name] = [self._plain(each) if isinstance(each, dict) else each for each in value]
            elif value not in ("", None):
                found[name] = self._word(name, value)
        return found

    def _word(self, name: str, value: Any) -> Any:
        if name in ("account", "to_account") and isinstance(value, int):
            known = self._state.accounts.get(value)  # type: ignore[call-overload]  # a number from the log
            return known.name if known is not None else value
        if name == "market" and isinstance(value, int):
            market = self._state.markets.get(value)  # type: ignore[call-overload]
            return market.spec.id if market is not None else value
        if (name in _COUNTED and value) or name in _NAMED:
            return self._number("client" if name in _NAMED else name, value)
        return value

    def _number(self, kind: str, value: Any) -> str:
        known = self._numbers.get((kind, value))
        if known is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            known = self._numbers[kind, value] = f"{kind}#{self._counts[kind]}"
        return known

    def _is_user(self, number: Any) -> bool:
        account = self._state.accounts.get(number)
        return account is not None and account.account_class is AccountClass.USER

    # What there is

    def _holdings(self, account: Account) -> dict[str, dict[str, str]]:
        return {
            "balances": {
                f"{wallet}.{asset}": decimal_text(money.free + money.held)
                for (wallet, asset), money in sorted(account.balances.items())
                if money.free or money.held
            },
            "positions": dict(self._positions(account)),
        }

    def _positions(self, account: Account) -> Iterator[tuple[str, str]]:
        for key, position in sorted(account.positions.items()):
            if position.qty:
                spec = self._state.markets[market_of(key)].spec
                slot = Slot(slot_of(key)).name.lower()
                entry = display.entry_price(position.qty, position.cost, display.contract_of(spec))
                name = spec.id if slot == "net" else f"{spec.id} {slot}"
                yield name, f"{decimal_text(position.qty)} at {decimal_text(entry)}"

    def _orders(self, account: Account) -> list[str]:
        return [
            f"{order.side.name.lower()} {decimal_text(order.left)} of {self._state.markets[order.market].spec.id}"
            f" at {decimal_text(order.price) if order.price else 'market'}"
            for order in account.orders.values()
        ]


def ratios(state: ExchangeState, account: Account) -> dict[str, str]:
    """The margin ratio of each pool that backs positions, as a percentage."""
    found = {}
    for wallet, asset in margin.pools_of(state, account):
        balance = margin.equity(state, account, wallet, asset)
        needed = margin.maintenance_total(state, account, wallet, asset)
        ratio = display.margin_ratio(needed, balance)
        found[f"margin ratio of {wallet} {asset}"] = "none left" if ratio is None else decimal_text(ratio)
    return found
