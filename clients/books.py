"""Whether a book that a client kept from depth diffs is the engine's: at every update id it had, level by level.

The script of a client writes one line per state of its book, `Kept`; afterwards the log is folded again, and where the
book stands at one of those ids, the ladder of orders of the engine is read. Nothing of what clients were sent is used.
"""

import json
import os
import time
from collections.abc import Collection, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

KEPT = "SIMEXCHANGE_BOOKS"
"""Environment variable: the file the client's script writes."""
SECONDS = "SIMEXCHANGE_SECONDS"
"""Environment variable: how long it listens, in wall seconds."""

Side = dict[Decimal, Decimal]
Book = tuple[Side, Side]


class Kept:
    """Writes down what a client's book looked like at each update id."""

    def __init__(self) -> None:
        self._file: TextIO = Path(os.environ[KEPT]).open("a", encoding="ascii")  # noqa: SIM115 - open while it runs
        self.until = time.monotonic() + float(os.environ[SECONDS])

    def over(self) -> bool:
        """Whether it has listened long enough."""
        return time.monotonic() > self.until

    def note(self, market: str, update: int, bids: Iterable[Any], asks: Iterable[Any], *, best: int = 0) -> None:
        """A book of *market* (as the engine names it); rows are (price, size). *best*: only so many levels are kept."""
        sides = [[[str(row[0]), str(row[1])] for row in rows] for rows in (bids, asks)]
        self._file.write(json.dumps([market, update, best, *sides]) + "\n")

    def close(self) -> None:
        self._file.close()


def side_of(rows: Iterable[Any]) -> Side:
    """Price → size, without what is empty."""
    return {Decimal(price): Decimal(size) for price, size in rows if Decimal(size)}


def truth(log: str, market: str, wanted: Collection[int]) -> dict[int, Book]:
    """The engine's book of *market* at the book sequence numbers *wanted*, as far as a record ended there."""
    from simexchange.core.vocabulary.orders import BUY, SELL
    from simexchange.core.vocabulary.units import decimal_text
    from simexchange.eventlog.locate import open_log
    from simexchange.eventlog.replay import Replay, checked_lines
    from simexchange.projections.views import Views

    found: dict[int, Book] = {}
    opened = open_log(log)
    try:
        views = Views()
        fold = Replay(opened, views)
        for line in checked_lines(opened, fold.chain):
            fold.fold(line)
            no = fold.state.market_no.get(market)
            seq = 0 if no is None else views.depth.seq(no)
            if no is not None and seq in wanted and seq not in found:
                book = fold.state.markets[no].book
                bids, asks = (
                    {
                        Decimal(decimal_text(price)): Decimal(decimal_text(qty))
                        for price, qty, _ in book.levels(side, 10**6)
                    }
                    for side in (BUY, SELL)
                )
                found[seq] = (bids, asks)
    finally:
        opened.close()
    return found


def compare(log: str, kept: Path) -> str:
    """All that was kept beside the truth; in a sentence. Raises AssertionError at the first book that differs."""
    lines = [json.loads(line) for line in kept.read_text(encoding="ascii").splitlines()]
    counts = []
    for market in sorted({line[0] for line in lines}):
        rows = [line for line in lines if line[0] == market]
        true = truth(log, market, {row[1] for row in rows})
        within = 0
        for _, update, best, bids, asks in rows:
            if update not in true:
                within += 1  # in the middle of a record: the engine shows its books between records
                continue
            for name, side, mine, highest in (("bids", 0, bids, True), ("asks", 1, asks, False)):
                engine = true[update][side]
                if best:
                    engine = dict(sorted(engine.items(), reverse=highest)[:best])
                if side_of(mine) != engine:
                    raise AssertionError(f"{market} at {update}: {name} {_difference(side_of(mine), engine)}")
        ids = {row[1] for row in rows}
        assert len(true) > 0, f"{market}: nothing to compare"
        counts.append(f"{market}: {len(rows) - within} books at {len(ids & true.keys())} update ids of {len(ids)}")
    return "; ".join(counts)


def _difference(mine: Side, engine: Side) -> str:
    """Client and engine where they differ."""
    rows = sorted(mine.keys() | engine.keys())
    return str([(str(p), str(mine.get(p)), str(engine.get(p))) for p in rows if mine.get(p) != engine.get(p)])
