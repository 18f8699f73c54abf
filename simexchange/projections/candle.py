"""A candle, and how candles are joined into longer ones: by comparing and adding only, so joining is exact."""

from collections.abc import Iterable
from enum import IntEnum

import msgspec

from simexchange.core.vocabulary.ids import TradeId
from simexchange.core.vocabulary.units import Amount, Nanos, Price, Quantity
from simexchange.projections.intervals import end_of, start_of


class CandleKind(IntEnum):
    """Of which price."""

    TRADE = 1
    MARK = 2
    INDEX = 3
    PREMIUM = 4
    """Not a price but the premium index, a `Rate`, which may be below zero."""


class Candle(msgspec.Struct, gc=False):
    """What a price did from ``start`` to just before ``end``. All but trade candles have no volumes."""

    start: Nanos
    end: Nanos
    """The first instant after it."""
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Quantity = Quantity(0)
    quote: Amount = Amount(0)
    count: int = 0
    """Trades, or samples of a mark or index; 0 = flat at the close before."""
    taker_volume: Quantity = Quantity(0)
    """The part of ``volume`` that takers bought."""
    taker_quote: Amount = Amount(0)
    first_id: TradeId = TradeId(0)
    """Its first trade; 0 where it has none, or only such as were never printed here."""
    last_id: TradeId = TradeId(0)
    before_start: bool = False
    """Made up: (part of) it lies before the exchange's start."""


def flat(start: Nanos, end: Nanos, price: Price) -> Candle:
    """A candle in which nothing happened."""
    return Candle(start, end, price, price, price, price)


def widened(row: Candle, start: Nanos, end: Nanos) -> Candle:
    """A copy of *row* as the beginning of the longer candle from *start* to *end*."""
    return Candle(
        start, end, row.open, row.high, row.low, row.close, row.volume, row.quote, row.count, row.taker_volume,
        row.taker_quote, row.first_id, row.last_id, row.before_start,
    )  # fmt: skip


def absorb(whole: Candle, part: Candle) -> None:
    """Add *part*, which is not earlier than anything in *whole*, to *whole*."""
    whole.high = max(whole.high, part.high)
    whole.low = min(whole.low, part.low)
    whole.close = part.close
    whole.volume = Quantity(whole.volume + part.volume)
    whole.quote = Amount(whole.quote + part.quote)
    whole.count += part.count
    whole.taker_volume = Quantity(whole.taker_volume + part.taker_volume)
    whole.taker_quote = Amount(whole.taker_quote + part.taker_quote)
    if part.last_id:
        whole.last_id = part.last_id
        whole.first_id = whole.first_id or part.first_id
    whole.before_start = whole.before_start or part.before_start


def aggregate(rows: Iterable[Candle], interval: str, ahead: int = 0) -> list[Candle]:
    """Candles of *interval* (a name of `intervals.INTERVALS`) made of *rows*, ascending ones of a shorter or equal one.

    They begin as in a time zone *ahead* nanoseconds of UTC. Candles without any row are left out: see `fill`.
    """
    joined: list[Candle] = []
    end = Nanos(0)
    for row in rows:
        if joined and row.start < end:
            absorb(joined[-1], row)
        else:
            start = start_of(interval, row.start, ahead)
            end = end_of(interval, start, ahead)
            joined.append(widened(row, start, end))
    return joined


def fill(
    rows: list[Candle], interval: str, first: Nanos, last: Nanos, close: Price | None, ahead: int = 0
) -> list[Candle]:
    """*rows* with a flat candle wherever one is missing from *first* to *last* (both candle starts, inclusive).

    A flat one stands at the close before it; before the first row that is *close*, and where that is None nothing is
    put there.
    """
    whole: list[Candle] = []
    start = first
    for row in rows:
        while start < row.start and close is not None:
            end = end_of(interval, start, ahead)
            whole.append(flat(start, end, close))
            start = end
        whole.append(row)
        close, start = row.close, row.end
    while start <= last and close is not None:
        end = end_of(interval, start, ahead)
        whole.append(flat(start, end, close))
        start = end
    return whole
