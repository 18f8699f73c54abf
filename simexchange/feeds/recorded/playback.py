"""Several recordings side by side, read as they are played."""

from collections.abc import Generator, Iterator, Sequence
from heapq import merge

import msgspec

from simexchange.core.vocabulary.units import Price, Quantity
from simexchange.feeds.recorded.archive import ArchiveReader
from simexchange.feeds.recorded.items import RANKS, Item
from simexchange.feeds.recorded.ordering import Sorter
from simexchange.feeds.recorded.sources import Kind, Source, opened
from simexchange.feeds.recorded.streams import StreamReader

Row = tuple[int, int, int, int, Item]
"""(exchange time, rank, tape, how many items of that tape came before, item)."""


class Reading(msgspec.Struct):
    """What was noticed while reading one recording, for the report. Not part of any state."""

    late: int = 0
    unknown: int = 0
    receive_lag: int = 0
    """Exchange time minus receive time, median of the first frames, ns."""


def items_of(
    source: Source, tick: Price, step: Quantity, reading: Reading | None = None
) -> Generator[tuple[int, Item], None, None]:
    """(exchange time, item) of one recording, in order of exchange time."""
    sorter = Sorter()
    with opened(source.path) as file:
        if source.kind is Kind.STREAM:
            streams = StreamReader(source.path, source.product, prints=source.prints)
            yield from sorter.sort(streams.read(file))
            if reading is not None:
                reading.unknown = streams.unknown
                reading.receive_lag = sorted(streams.receive_lag or [0])[len(streams.receive_lag) // 2]
        else:
            yield from sorter.sort(ArchiveReader(source.path, source.kind, tick, step).read(file))
    if reading is not None:
        reading.late = sorter.late


class Playback:
    """The merged tapes at one position: what comes next, and when."""

    def __init__(self, tapes: Sequence[tuple[Source, Price, Quantity]], *, skip: int = 0) -> None:
        self.readings = [Reading() for _ in tapes]
        self.position = 0
        """How many items were taken."""
        self._parts = [
            _rows(items_of(source, tick, step, reading), number)
            for number, ((source, tick, step), reading) in enumerate(zip(tapes, self.readings, strict=True))
        ]
        self._rows: Iterator[Row] = merge(*self._parts)
        self.next: Row | None = next(self._rows, None)
        """What comes next, or None at the end."""
        for _ in range(skip):
            self.take()

    def take(self) -> Row:
        """The next item. There is one."""
        taken = self.next
        assert taken is not None  # noqa: S101 - the caller looked
        self.next = next(self._rows, None)
        self.position += 1
        return taken

    def close(self) -> None:
        """Close the files."""
        for part in self._parts:
            part.close()


def _rows(items: Generator[tuple[int, Item], None, None], tape: int) -> Generator[Row, None, None]:
    try:
        for number, (at, item) in enumerate(items):
            yield at, RANKS[type(item)], tape, number, item
    finally:
        items.close()
