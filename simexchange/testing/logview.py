"""What has happened on an exchange, as a test asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

import msgspec

from simexchange.core.vocabulary.events import AccountOpened, Event, MarketListed, OrderAccepted, TradeExecuted
from simexchange.core.vocabulary.fills import Fill
from simexchange.core.vocabulary.orders import AccountClass, Side
from simexchange.core.vocabulary.units import FINE, ONE, Amount, Cost, Price, Quantity, Rate, decimal_text
from simexchange.errors import ConfigError
from simexchange.eventlog.inspection import describe, iso_time
from simexchange.eventlog.jsonl import export
from simexchange.eventlog.record import Record, decode
from simexchange.testing.words import date_of

if TYPE_CHECKING:
    from simexchange.eventlog.memory import MemoryLog
    from simexchange.testing.inprocess import LocalExchange

GROUPS: Final = {
    "order": (
        "order_accepted", "order_rejected", "order_rested", "order_triggered", "order_amended", "order_modified",
        "order_replenished", "order_canceled", "order_expired", "trailing_started", "list_accepted", "leg_started",
        "list_ended", "position_protected",
    ),
    "fill": ("trade_executed",),
    "liquidation": (
        "liquidation_started", "liquidation_step_decided", "liquidation_fee_charged", "insurance_paid",
        "position_deleveraged", "liquidation_finished",
    ),
    "funding": ("funding_paid",),
}  # fmt: skip
"""What several kinds of events are called together. A call for more margin is no liquidation."""
TAIL: Final = 30
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SCALES: Final = {Price: ONE, Quantity: ONE, Amount: ONE, Rate: ONE, Cost: FINE}


@cache
def snake(kind: type) -> str:
    """``OrderAccepted`` as ``order_accepted``."""
    return _HUMP.sub("_", kind.__name__).lower()


@cache
def kinds() -> frozenset[str]:
    """The names of all events."""
    return frozenset(snake(kind) for kind in get_args(Event))


@cache
def _names() -> frozenset[str]:
    """What a row can be asked for: the fields of all events, and what a row itself says."""
    structs: tuple[Any, ...] = (*get_args(Event), Fill)
    own = ("seq", "at", "source", "cause", "account", "market", "command", "side")
    return frozenset(own).union(*(struct.__struct_fields__ for struct in structs))


@cache
def _scales(kind: type) -> dict[str, int]:
    """Which fields of an event are money, and in parts of what."""
    return {name: _SCALES[hint] for name, hint in get_type_hints(kind).items() if hint in _SCALES}


def value_of(struct: msgspec.Struct, name: str) -> Any:
    """A field of an event or of a fill: money as an exact decimal, everything else as it is."""
    value = getattr(struct, name)
    scale = _scales(type(struct)).get(name)
    return value if scale is None else Decimal(decimal_text(value, scale))


class Row:
    """One event, or one user's side of a trade. Its fields are attributes: ``row.price``, ``row.qty``."""

    def __init__(self, record: Record, event: Event, account: str, market: str, fill: Fill | None = None) -> None:
        self.seq = record.seq
        self.at = date_of(record.at)
        self.source = record.source
        """``client``, ``feed:NAME``, ``timer``, ``engine`` or ``control``."""
        self.cause = record.cause
        self.kind = snake(type(event))
        self.account = account
        """The user's name; empty where the event is nobody's."""
        self.market = market
        """The market's id; empty where it is of none."""
        self.event: Any = event
        self.fill = fill
        """Of a trade: the user's side."""
        self._record = record

    @property
    def command(self) -> dict[str, Any]:
        """What was asked for, readable."""
        return describe(self._record.command)

    @property
    def side(self) -> str:
        """``buy`` or ``sell``. Raises AttributeError where the event has none."""
        event: Any = self.event
        if isinstance(event, TradeExecuted):
            return "buy" if (event.aggressor is Side.BUY) is (self.fill is event.taker) else "sell"
        found: Side | None = getattr(event, "side", None)
        if found is None:
            msg = f"{self.kind} has no side"
            raise AttributeError(msg)
        return "buy" if found is Side.BUY else "sell"

    def __getattr__(self, name: str) -> Any:
        for struct in (self.__dict__.get("fill"), self.__dict__.get("event")):
            if struct is not None and name in struct.__struct_fields__:
                return value_of(struct, name)
        msg = f"{self.__dict__.get('kind', 'a row')} has no {name}"
        raise AttributeError(msg)

    def __repr__(self) -> str:
        words = {name: value for name, value in describe(self.event).items() if value not in (None, "", [], 0)}
        words.pop("type")
        whose = f" {self.account}" if self.account else ""
        return f"<{self.seq} {self.at:%Y-%m-%dT%H:%M:%S} {self.kind}{whose} {words}>"


class LogView:
    """The event log of an exchange under test. What was asked for before the end can be asked for after it."""

    def __init__(self, exchange: LocalExchange) -> None:
        self._exchange = exchange
        self._log: MemoryLog | None = None
        self._forget()

    def _forget(self) -> None:
        self._rows: list[Row] = []
        self._seen = 0
        self._users: dict[int, str] = {}
        self._markets: dict[int, str] = {}
        self._owners: dict[int, int] = {}

    def begin(self) -> None:
        """A new log is there."""
        log: Any = self._exchange.assembly.log
        self._log = log
        self._forget()

    def end(self) -> None:
        """Nothing more will come: read what is left while it can be asked for."""
        self._read()

    def committed(self) -> MemoryLog:
        """The log itself, up to what has just happened. Raises ConfigError where there never was one."""
        if self._log is None:
            msg = "nothing has happened: the exchange was never started"
            raise ConfigError(msg)
        if self._exchange.started:
            self._exchange.do(self._exchange.runtime.flush)
        return self._log

    def where(self, kind: str = "", **fields: Any) -> list[Row]:
        """What happened to users' accounts, oldest first.

        *kind* is a group (order, fill, liquidation, funding) or the name of an event in snake case; empty: everything.
        *fields* are what else a row must have: ``account="alice"``, ``market="perp:BTC-USDT"``, ``side="buy"``. Other
        accounts of the exchange (a ladder, the insurance fund) are not seen; what is nobody's, as a mark, is when it is
        asked for by name. Raises ConfigError for a kind or a field that there is not.
        """
        wanted = self._kinds(kind)
        for name in fields:
            if name not in _names():
                msg = f"no event has a field {name!r}"
                raise ConfigError(msg)
        return [
            row
            for row in self._read()
            if (row.kind in wanted if kind else row.account)
            and all(_same(getattr(row, name, None), value) for name, value in fields.items())
        ]

    @staticmethod
    def _kinds(kind: str) -> tuple[str, ...]:
        if not kind or kind in GROUPS:
            return GROUPS.get(kind, ())
        if kind not in kinds():
            near = [
                name for name in sorted(kinds()) if kind in name or name.split("_")[0] == kind.split("_", maxsplit=1)[0]
            ]
            likely = f"; is it one of {', '.join(near)}?" if near else ""
            msg = f"{kind!r} is neither a group ({', '.join(GROUPS)}) nor an event in snake case{likely}"
            raise ConfigError(msg)
        return (kind,)

    def __iter__(self) -> Iterator[Row]:
        """Every row of users' accounts."""
        return iter(self.where())

    def __len__(self) -> int:
        """How many records there are."""
        return self.committed().last_seq

    def records(self) -> Iterator[Record]:
        """Every record, with its command and all of its events, whoever they are about."""
        return map(decode, self.committed().read())

    @property
    def digest(self) -> str:
        """One value by which two runs can be compared."""
        return self.committed().last_digest.hex()

    def save(self, path: str | Path) -> Path:
        """Write the log to *path* as JSON lines with a header: every command that reads logs reads it."""
        target = Path(path)
        target.write_bytes(b"".join(export(self.committed(), header=True)))
        return target

    def tail(self, count: int = TAIL) -> list[str]:
        """The last *count* records, a line each."""
        log = self.committed()
        return [told(decode(line)) for line in log.read(max(log.header.first_seq, log.last_seq - count + 1))]

    def _read(self) -> list[Row]:
        for line in self.committed().read(self._seen + 1):
            record = decode(line)
            for event in record.events:
                self._rows += self._rows_of(record, event)
            self._seen = record.seq
        return self._rows

    def _rows_of(self, record: Record, event: Event) -> Iterator[Row]:
        if isinstance(event, AccountOpened) and event.account_class is AccountClass.USER:
            self._users[event.no] = event.name
        if isinstance(event, OrderAccepted):
            self._owners[event.order] = event.account
        if isinstance(event, MarketListed):
            self._markets[event.no] = event.market.id
        number = getattr(event, "market", 0)
        market = self._markets.get(number, "") if isinstance(number, int) else number.id
        if isinstance(event, TradeExecuted):
            for side in (event.taker, event.maker):
                if side.account in self._users:
                    yield Row(record, event, self._users[side.account], market, side)
            return
        owner = getattr(event, "account", None)
        if owner is None and hasattr(event, "order"):
            owner = self._owners.get(event.order)
        if isinstance(event, AccountOpened):
            owner = event.no
        if not owner:
            yield Row(record, event, "", market)
        elif owner in self._users:
            yield Row(record, event, self._users[owner], market)


def _same(found: Any, asked: Any) -> bool:
    """Equal; a float is read as the decimal it is written as, a member of a list of words by its name."""
    if isinstance(asked, float):
        asked = Decimal(repr(asked))
    if isinstance(asked, str) and hasattr(found, "name"):
        return asked.lower() in (str(found.name).lower(), str(found).lower())
    return bool(found == asked)


def told(record: Record) -> str:
    """One record on one line."""
    events = ", ".join(_told(event) for event in record.events) or "nothing"
    return f"{record.seq:>6} {iso_time(record.at)} {record.source:<14} {_told(record.command)} -> {events}"


def _told(struct: msgspec.Struct) -> str:
    words = describe(struct)
    name = words.pop("type")
    said = [f"{key}={value}" for key, value in words.items() if value not in (None, "", [], 0, "0") and _short(value)]
    return f"{name}({' '.join(said[:8])})"


def _short(value: Any) -> bool:
    return isinstance(value, str | int | bool) and len(str(value)) <= 40
