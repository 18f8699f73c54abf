"""Which tables there are, and the rows of one, folded from a log."""

from collections.abc import Iterator
from typing import Any, Final

from simexchange.core.state import ExchangeState
from simexchange.errors import ConfigError, UsageError
from simexchange.eventlog.checkpoint import unpack_views
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.record import decode
from simexchange.eventlog.replay import Replay, checked_lines
from simexchange.eventlog.tables import accounts, money, prices, trading
from simexchange.eventlog.tables.columns import Place, Row, Table, Teller, Wanted
from simexchange.projections.views import Views

EVERYTHING: Final = Wanted()
TABLES: Final = {
    table.name: table
    for table in (
        trading.FILLS, trading.ORDERS, trading.POSITIONS, money.FUNDING, money.TRANSFERS, accounts.EQUITY,
        prices.CANDLES, prices.BOOK_TOP, prices.TAPE, accounts.EVENTS, money.LEDGER,
    )
}  # fmt: skip
"""Every table by its name."""


def table_named(name: str) -> Table:
    """The table of that name. Raises UsageError."""
    found = TABLES.get(name)
    if found is None:
        raise UsageError(f"there is no table {name!r}: {', '.join(TABLES)}")
    return found


def rows_of(log: EventLog, table: Table, wanted: Wanted = EVERYTHING) -> Iterator[Row]:
    """The rows of *table*, in order of the log.

    Raises NotThere where there is no such account, market or currency, UsageError for an unknown interval, ConfigError
    where the log stands on a base and the table needs what was before, LogDamaged.
    """
    return _folded(log, table.teller(wanted), table.name)


def _folded(log: EventLog, teller: Teller, name: str) -> Iterator[Row]:
    replay = begun(log, teller, name)
    teller.begin(replay.state)
    for line in checked_lines(log, replay.chain):
        record = decode(line)
        place = Place(record.seq, record.at, record.source)
        found: list[Row] = []

        def tell(event: Any, state: ExchangeState, place: Place = place, found: list[Row] = found) -> None:
            found.extend(teller.event(place, event, state))

        replay.fold(line, before=tell)
        yield from found
        yield from teller.step(place, record.events, replay.state)
    teller.wanted.check(replay.state)
    yield from teller.end(replay.state)


def begun(log: EventLog, teller: Teller, name: str) -> Replay:
    """A fold of *log* with what *teller* needs, at its beginning. Raises ConfigError where a base lacks that."""
    base = log.base() if teller.views and log.header.base is not None else None
    if base is not None:
        whole = Views()
        if not unpack_views(base.views, whole, of_any_program=True):
            msg = (
                f"{log.name} stands on a base without views, and {name} needs what was before: ask it of the log before"
            )
            raise ConfigError(msg)
        teller.take_whole(whole)
    replay = Replay(log, *teller.views)
    replay.fold_views_alone()
    return replay
