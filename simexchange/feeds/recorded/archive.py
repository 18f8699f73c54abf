"""Plain CSV files of the venue's public archive: aggTrades, trades and klines.

Layouts as in the archive's README (github.com/binance/binance-public-data, seen 2026-11): spot stamps are µs from
2025-01-01 on, so the unit is read from the number of digits; futures files have a header line from 2022 on; booleans
are spelt ``True`` or ``true``; rows may be out of order, which is mended within `ordering.WINDOW` and counted.
"""

from collections.abc import Iterator
from typing import IO

from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import MICROSECOND, MILLISECOND, floor_to
from simexchange.feeds.recorded.items import Item, Print, Snapshot, TapeUnreadable, units
from simexchange.feeds.recorded.sources import Kind

MS_DIGITS = 13
US_DIGITS = 16
# (id, price, quantity, time, buyer-is-maker) by column; spot and futures differ in what comes after or between.
_COLUMNS = {Kind.AGG_TRADES: (0, 1, 2, 5, 6), Kind.TRADES: (0, 1, 2, 4, 5)}
_BOOLEANS = {b"true": True, b"false": False}


class ArchiveReader:
    """One CSV file's items, in file order: the prints of an instant, then a plain book made up around the last."""

    def __init__(self, name: str, kind: Kind, tick: int, step: int) -> None:
        self.name = name
        self.kind = kind
        self.tick = tick
        self.step = step

    def read(self, file: IO[bytes]) -> Iterator[tuple[int, Item]]:
        """(row number, item). Raises TapeUnreadable at a row that is none."""
        last: Print | None = None
        mean = spread = 0
        for number, trade, width in self._prints(file):
            if last is not None and trade.at != last.at:
                yield number, made_up_book(last, spread, mean, self.tick, self.step)
            mean = trade.qty if last is None else (7 * mean + trade.qty) // 8
            spread, last = width, trade
            yield number, trade
        if last is not None:
            yield number, made_up_book(last, spread, mean, self.tick, self.step)

    def _prints(self, file: IO[bytes]) -> Iterator[tuple[int, Print, int]]:
        """(row number, print, half-spread to quote around it)."""
        for number, line in enumerate(file, 1):
            if not line.strip() or (number == 1 and not line[:1].isdigit()):
                continue
            cells = line.strip().split(b",")
            try:
                if self.kind is not Kind.KLINES:
                    yield number, _print(cells, _COLUMNS[self.kind]), self.tick
                    continue
                for trade, width in _bar(cells, self.step):
                    yield number, trade, width
            except (IndexError, KeyError, ValueError, TapeUnreadable) as error:
                raise TapeUnreadable(f"{self.name}, line {number}: no row of {self.kind} ({error})") from None


def made_up_book(last: Print, half_spread: int, size: int, tick: int, step: int) -> Snapshot:
    """Five levels each side of a print, evenly spaced: a tape without depth still needs somebody to trade with."""
    gap = max(tick, floor_to(half_spread, tick))
    depth = max(step, floor_to(size, step))
    near = floor_to(last.price, tick)
    bids = tuple((near - n * gap, depth) for n in range(1, 6) if near > n * gap)
    asks = tuple((near + n * gap, depth) for n in range(1, 6))
    return Snapshot(last.at, last.at, bids, asks)


def nanos(stamp: bytes) -> int:
    """A stamp of 13 digits is ms, of 16 µs; anything else is no stamp.

    >>> nanos(b"1723161257440"), nanos(b"1735689600000001")
    (1723161257440000000, 1735689600000001000)
    """
    if not stamp.isdigit() or len(stamp) not in (MS_DIGITS, US_DIGITS):
        raise TapeUnreadable(f"{stamp.decode('ascii', 'replace')!r} is no time in ms or µs")
    return int(stamp) * (MILLISECOND if len(stamp) == MS_DIGITS else MICROSECOND)


def _print(cells: list[bytes], columns: tuple[int, int, int, int, int]) -> Print:
    trade, price, qty, time, maker = (cells[column] for column in columns)
    sold = _BOOLEANS[maker.lower()]
    return Print(nanos(time), int(trade), units(price.decode()), units(qty.decode()), Side.SELL if sold else Side.BUY)


def _bar(cells: list[bytes], step: int) -> Iterator[tuple[Print, int]]:
    """A bar as the path open → nearer extreme → other extreme → close (``ohlc-path``): a guess, and labelled one.

    A quarter of the volume at each, the odd steps with the close; the half-spread is a fiftieth of the bar's range.
    A move up was bought, a move down sold.
    """
    opened, closed = nanos(cells[0]), nanos(cells[6])
    first, high, low, last, volume = (units(cell.decode()) for cell in cells[1:6])
    if not low <= min(first, last) <= max(first, last) <= high:
        raise TapeUnreadable("open and close are not between low and high")
    third = (closed - opened) // 3
    times = (opened, opened + third, opened + 2 * third, closed)
    extremes = (high, low) if high - first < first - low else (low, high)
    quarter = floor_to(volume // 4, step)
    volumes = (quarter, quarter, quarter, volume - 3 * quarter)
    before = 2 * first - extremes[0]
    for at, price, qty in zip(times, (first, *extremes, last), volumes, strict=True):
        if qty:
            aggressor = Side.BUY if price >= before else Side.SELL
            yield Print(at, 0, price, qty, aggressor), (high - low) // 50
        before = price
