"""A log as somebody holds it in a notebook: tables, accounts, books, each with an HTML form of its own.

::

    import simexchange as sx

    run = sx.Run("my-exchange")
    run.table("fills", account="alice").to_polars()
    run.account("alice")
"""

from __future__ import annotations

from functools import cached_property
from html import escape
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final, Self

from simexchange.core import display, margin
from simexchange.core.vocabulary.ids import market_of, slot_of
from simexchange.core.vocabulary.orders import BUY, SELL, AccountClass, Slot
from simexchange.core.vocabulary.units import ONE, decimal_text
from simexchange.errors import NotThere, UsageError
from simexchange.eventlog.inspection import iso_time
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.replay import replay
from simexchange.eventlog.reporting.gathering import gather
from simexchange.eventlog.reporting.ratios import growth_of, returns_of
from simexchange.eventlog.tables import formats
from simexchange.eventlog.tables.columns import Wanted
from simexchange.eventlog.tables.reading import TABLES, rows_of, table_named
from simexchange.projections.intervals import INTERVALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from simexchange.core.accounts import Account
    from simexchange.core.market import MarketState
    from simexchange.core.state import ExchangeState
    from simexchange.core.vocabulary.ids import PositionKey
    from simexchange.eventlog.header import Header
    from simexchange.eventlog.log import EventLog
    from simexchange.eventlog.tables.columns import Row

SHOWN: Final = 20
"""Rows of a table, and levels of a book, in a notebook."""


class Run:
    """One event log, read only: a data folder, its ``events.sqlite`` or a ``.jsonl`` export."""

    def __init__(self, log: str | PathLike[str] | EventLog) -> None:
        """Raises LogUnreadable, LogNewer, LogDamaged."""
        self.log: EventLog = open_log(fspath(log)) if isinstance(log, (str, PathLike)) else log

    @property
    def header(self) -> Header:
        """What the log says of itself."""
        return self.log.header

    @cached_property
    def state(self) -> ExchangeState:
        """The engine's state after the last record, as it was when it was first asked for: to be read."""
        return replay(self.log)

    @property
    def accounts(self) -> tuple[str, ...]:
        """Names of people's accounts, in order of opening."""
        rows = self.state.accounts.values()
        return tuple(row.name for row in rows if row.account_class is AccountClass.USER)

    @property
    def markets(self) -> tuple[str, ...]:
        """Ids of the markets, in order of listing."""
        return tuple(self.state.market_no)

    def table(
        self, name: str, *, account: str = "", market: str = "", currency: str = "", interval: str = "1m"
    ) -> RunTable:
        """A table of the log, folded when its rows are asked for. Raises UsageError where there is no such one."""
        return RunTable(self.log, name, Wanted(account, market, currency, interval))

    def account(self, name: str) -> RunAccount:
        """An account as it stands at the end. Raises NotThere."""
        no = self.state.account_no.get(name)
        if no is None:
            raise NotThere(f"the log has no account {name!r}; accounts of people: {', '.join(self.accounts) or 'none'}")
        return RunAccount(self.state, self.state.accounts[no])

    def book(self, market: str) -> RunBook:
        """A market's book as it stands at the end. Raises NotThere."""
        no = self.state.market_no.get(market)
        if no is None:
            raise NotThere(f"the log has no market {market!r}; markets: {', '.join(self.markets) or 'none'}")
        return RunBook(self.state.markets[no])

    def returns(self, account: str, every: str = "1d", currency: str = "") -> list[tuple[str, float]]:
        """The growth of an account per period, as (its end, share): for whoever reckons figures of his own.

        Deposits and withdrawals are no growth. *every* is an interval of candles, up to a week; *currency* as in
        the table ``equity``. Raises NotThere, UsageError, ConfigError where the log's base lacks what was before.
        """
        span = INTERVALS.get(every, 0)
        if not span:
            raise UsageError(f"there is no period {every!r}: {', '.join(name for name, of in INTERVALS.items() if of)}")
        points = gather(self.log, account, currency).points
        curve = growth_of([(point.at, point.equity / ONE, point.paid_in / ONE) for point in points])
        grown = returns_of(curve, span)
        return [(iso_time(curve[0][0] + (number + 1) * span), share) for number, share in enumerate(grown)]

    def close(self) -> None:
        """Give up the file."""
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Run({self.log.name!r}, {self.log.last_seq} records)"

    def _repr_html_(self) -> str:
        rows = [
            ("records", self.log.last_seq), ("digest", self.log.last_digest.hex()), ("seed", self.header.seed),
            ("from", iso_time(self.header.start)), ("to", iso_time(self.state.now)),
            ("accounts", ", ".join(self.accounts)), ("markets", ", ".join(self.markets)),
            ("tables", ", ".join(TABLES)),
        ]  # fmt: skip
        return html_table(self.log.name, ("", ""), rows)


class RunTable:
    """One table of one log. Iterated over, it gives each row as a dict of exact text."""

    def __init__(self, log: EventLog, name: str, wanted: Wanted) -> None:
        self._log = log
        self._wanted = wanted
        self.table = table_named(name)

    def rows(self) -> Iterator[Row]:
        """Rows as whole numbers in the units of their columns."""
        return rows_of(self._log, self.table, self._wanted)

    def __iter__(self) -> Iterator[dict[str, str]]:
        for row in self.rows():
            yield dict(zip(self.table.header, formats.shown(self.table, row), strict=True))

    def to_polars(self) -> Any:
        """A polars DataFrame with exact decimals. Raises MissingExtra."""
        return formats.polars_frame(self.table, self.rows())

    def to_pandas(self) -> Any:
        """A pandas DataFrame; decimals are `decimal.Decimal`. Raises MissingExtra."""
        return formats.pandas_frame(self.table, self.rows())

    def __repr__(self) -> str:
        return f"<table {self.table.name} of {self._log.name}>"

    def _repr_html_(self) -> str:
        """The first rows."""
        found: list[list[str]] = []
        more = ""
        for row in self.rows():
            if len(found) == SHOWN:
                more = f", the first {SHOWN} rows"
                break
            found.append(formats.shown(self.table, row))
        return html_table(f"{self.table.name}{more}", self.table.header, found)


class RunAccount:
    """One account at the end of a log."""

    def __init__(self, state: ExchangeState, account: Account) -> None:
        self._state = state
        self.account = account

    @property
    def positions(self) -> list[RunPosition]:
        """What is open."""
        return [RunPosition(self._state, self.account, key) for key in self.account.positions]

    def _repr_html_(self) -> str:
        rows = [
            (wallet, asset, decimal_text(money.free), decimal_text(money.held))
            for (wallet, asset), money in sorted(self.account.balances.items())
            if money.free or money.held
        ]
        text = html_table(self.account.name, ("wallet", "asset", "free", "held"), rows)
        return text + "".join(each._repr_html_() for each in self.positions)


class RunPosition:
    """One open position at the end of a log."""

    def __init__(self, state: ExchangeState, account: Account, key: PositionKey) -> None:
        self.market = state.markets[market_of(key)]
        self.slot = Slot(slot_of(key)).name
        self.figures = margin.position_state(state, account, self.market, key)

    @property
    def distance(self) -> int | None:
        """From the mark to the liquidation price as a share of the mark, 10**-8; None: it cannot be liquidated."""
        return display.liquidation_distance(self.figures.mark, self.figures.liquidation_price)

    def _repr_html_(self) -> str:
        """Its figures, and a bar that is full at the liquidation."""
        of = self.figures
        entry = display.entry_price(of.qty, of.cost, display.contract_of(self.market.spec))
        liquidation = decimal_text(of.liquidation_price) if of.liquidation_price else "none"
        row = (self.slot, decimal_text(of.qty), decimal_text(entry), decimal_text(of.mark), liquidation,
               decimal_text(of.unrealised), f"{of.leverage}x")  # fmt: skip
        head = ("slot", "quantity", "entry", "mark", "liquidation", "unrealised", "leverage")
        text = html_table(self.market.spec.id, head, [row])
        if self.distance is None:
            return text
        percent = decimal_text(self.distance * 100 // 10**6, 100)
        left = max(0, min(1_000, self.distance // 10**5))
        return (
            f'{text}<div title="{percent} % to liquidation" style="width:20em;height:.6em;border:1px solid #888">'
            f'<div style="width:calc({1_000 - left}% / 10);height:100%;background:#c33"></div></div>'
        )


class RunBook:
    """One market's book at the end of a log."""

    def __init__(self, market: MarketState) -> None:
        self.market = market

    def _repr_html_(self) -> str:
        """Asks above bids, the best in the middle."""
        book = self.market.book
        asks = [("", decimal_text(price), decimal_text(size)) for price, size, _ in book.levels(SELL, SHOWN)]
        bids = [(decimal_text(size), decimal_text(price), "") for price, size, _ in book.levels(BUY, SHOWN)]
        return html_table(self.market.spec.id, ("bid", "price", "ask"), [*reversed(asks), *bids])


def html_table(caption: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A plain table; everything in it is text."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header) if any(header) else ""
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(value))}</td>' for value in row)}</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
