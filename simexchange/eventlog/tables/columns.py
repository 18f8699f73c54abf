"""What a table is: columns with kinds, and a teller that makes rows while a log is folded."""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Any, Final

import msgspec

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import ONE, Nanos
from simexchange.errors import NotThere
from simexchange.eventlog.replay import Folds
from simexchange.projections.views import Views

Row = tuple[Any, ...]
"""Values in the order of the columns: whole numbers where a column is a decimal or a time; None: there is none."""


class Kind(Enum):
    """What stands in a column."""

    TEXT = "text"
    WHOLE = "integer"
    DECIMAL = "decimal, 8 places"
    FINE = "decimal, 16 places"
    TIME = "instant"
    FLAG = "true or false"


SCALES: Final = {Kind.DECIMAL: 8, Kind.FINE: 16}
"""Places of a decimal column: its value is a whole number of that unit."""
UNITS: Final = {Kind.DECIMAL: ONE, Kind.FINE: ONE * ONE}


class Column(msgspec.Struct, frozen=True):
    """One column. Columns are only ever added at the end of a table, never renamed."""

    name: str
    kind: Kind
    note: str


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where in the log an event stands."""

    seq: int
    at: Nanos
    source: str


class Wanted(msgspec.Struct, frozen=True):
    """What somebody wants to see of a table."""

    account: str = ""
    """Only of that account; of every person where it is empty."""
    market: str = ""
    """Only of that market; of every one where it is empty."""
    currency: str = ""
    """What equity is told in; empty: the usual one of the log's markets."""
    interval: str = "1m"
    """Of candles."""

    def has(self, state: ExchangeState, no: AccountNo) -> bool:
        """Whether rows of that account are wanted."""
        account = state.accounts.get(no)
        if account is None:
            return False
        return account.name == self.account if self.account else account.account_class is AccountClass.USER

    def trades(self, market: str) -> bool:
        """Whether rows of that market are wanted."""
        return self.market in ("", market)

    def check(self, state: ExchangeState) -> None:
        """Whether there is what was asked for, at the end of the log. Raises NotThere."""
        if self.account and self.account not in state.account_no:
            names = [each.name for each in state.accounts.values() if each.account_class is AccountClass.USER]
            known = f"; accounts of people: {', '.join(names[:20])}" if names else ""
            raise NotThere(f"the log has no account {self.account!r}{known}")
        if self.market and self.market not in state.market_no:
            known = f"; markets: {', '.join(state.market_no)}" if state.market_no else ""
            raise NotThere(f"the log has no market {self.market!r}{known}")


class Teller:
    """Makes the rows of one table during one fold."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.views: tuple[Folds, ...] = ()
        """What it needs folded beside the state, right after each event."""

    def take_whole(self, views: Views) -> None:
        """The log stands on a base: what it needs folded is in *views*, which know what was before."""
        self.views = (views,)

    def begin(self, state: ExchangeState) -> None:
        """The state before the first record: an empty one, or that of the log's base."""

    def event(self, place: Place, event: Any, state: ExchangeState) -> Iterable[Row]:
        """Rows of an event that is about to be folded into *state*."""
        return ()

    def step(self, place: Place, events: list[Any], state: ExchangeState) -> Iterable[Row]:
        """Rows of a record that was folded."""
        return ()

    def end(self, state: ExchangeState) -> Iterable[Row]:
        """Rows of what was still open at the end."""
        return ()


class Table(msgspec.Struct, frozen=True):
    """A table anybody may ask for."""

    name: str
    note: str
    columns: tuple[Column, ...]
    teller: Callable[[Wanted], Teller]

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)


Rows = Iterator[Row]
SEQ: Final = Column("seq", Kind.WHOLE, "The record.")
AT: Final = Column("at", Kind.TIME, "Its instant of exchange time.")
ACCOUNT: Final = Column("account", Kind.TEXT, "Whose.")
MARKET: Final = Column("market", Kind.TEXT, "Like `perp:BTC-USDT`.")
