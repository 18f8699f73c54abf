"""Recordings of Binance streams: lines of ``<receive time ns> <json>``.

The JSON is a combined-stream frame (``{"stream": …, "data": …}``), the bare event, or a REST depth snapshot. Field
names are Binance's. Nothing here knows what is done with a frame.
"""

from collections.abc import Iterator
from typing import IO

import msgspec

from simexchange.core.vocabulary.orders import Side
from simexchange.core.vocabulary.units import MILLISECOND
from simexchange.feeds.recorded.items import (
    Diff,
    Item,
    MarkSample,
    Print,
    Product,
    Snapshot,
    TapeUnreadable,
    Touch,
    units,
)

Rows = tuple[tuple[str, str], ...]


class Wire(msgspec.Struct, gc=False):
    """Any event of the streams we read. A letter means what the event says it means."""

    e: str = ""
    E: int = 0
    T: int = 0
    s: str = ""
    U: int = 0
    u: int = 0
    pu: int | None = None
    b: Rows | str | int = ()
    a: Rows | str | int = ()
    B: str = ""
    A: str = ""
    t: int = 0
    p: str = ""
    q: str = ""
    m: bool = False
    i: str | int = ""


class Frame(Wire, gc=False):
    """A line's JSON: a combined frame has ``data``, a REST snapshot ``lastUpdateId``, a bare event neither."""

    data: Wire | None = None
    last_update_id: int | None = msgspec.field(default=None, name="lastUpdateId")
    bids: Rows = ()
    asks: Rows = ()


_decode = msgspec.json.Decoder(Frame).decode


class StreamReader:
    """One recording's items, in file order. Unknown events are counted and passed over."""

    def __init__(self, name: str, product: Product, *, prints: str = "trade") -> None:
        self.name = name
        self.product = product
        self.prints = prints
        """Which event is a print: ``trade``, or ``aggTrade`` where the recording has no other."""
        self.unknown = 0
        self.receive_lag: list[int] = []
        """Exchange minus receive time of the first frames, ns: only for the report."""

    def read(self, file: IO[bytes]) -> Iterator[tuple[int, Item]]:
        """(line number, item). Raises TapeUnreadable at a line that is no frame."""
        for number, line in enumerate(file, 1):
            item = self._item(number, line)
            if item is not None:
                yield number, item

    def _item(self, number: int, line: bytes) -> Item | None:
        received, _, text = line.partition(b" ")
        if not text.strip():
            if not received.strip():
                return None
            raise TapeUnreadable(f"{self.name}, line {number}: not '<receive time ns> <json>'")
        if self.product is Product.SPOT and b"@bookTicker" in text[:80]:
            return None  # it bears no exchange time (rule 1)
        try:
            frame = _decode(text)
            if frame.last_update_id is not None:
                return _snapshot(frame)
            wire = frame.data if frame.data is not None else frame
            item = self._event(wire)
        except (msgspec.MsgspecError, TapeUnreadable) as error:
            raise TapeUnreadable(f"{self.name}, line {number}: {error}") from None
        if item is not None and len(self.receive_lag) < 1000 and received.isdigit():
            self.receive_lag.append(item.at - int(received))
        return item

    def _event(self, wire: Wire) -> Item | None:
        match wire.e:
            case "depthUpdate":
                return _diff(wire)
            case self.prints:
                return _print(wire)
            case "bookTicker" if wire.T:
                return _touch(wire)
            case "markPriceUpdate" if wire.p:
                index = units(wire.i) if isinstance(wire.i, str) and wire.i else 0
                return MarkSample(wire.E * MILLISECOND, units(wire.p), index)
            case _:
                self.unknown += 1
                return None


def _snapshot(frame: Frame) -> Snapshot:
    assert frame.last_update_id is not None  # noqa: S101 - the caller asked
    at = (frame.T or frame.E) * MILLISECOND
    return Snapshot(at, frame.last_update_id, _levels(frame.bids), _levels(frame.asks))


def _diff(wire: Wire) -> Diff:
    at = (wire.T or wire.E) * MILLISECOND
    previous = -1 if wire.pu is None else wire.pu
    return Diff(at, wire.U, wire.u, previous, _levels(wire.b), _levels(wire.a))


def _print(wire: Wire) -> Print | None:
    price, qty = units(wire.p), units(wire.q)
    if price == 0 or qty == 0:
        return None  # the venue announces some insurance fund trades so, with "X": "NA"
    return Print(wire.T * MILLISECOND, wire.t, price, qty, Side.SELL if wire.m else Side.BUY)


def _touch(wire: Wire) -> Touch:
    if not isinstance(wire.b, str) or not isinstance(wire.a, str):
        raise TapeUnreadable("a bookTicker whose b or a is no price")
    return Touch(wire.T * MILLISECOND, wire.u, units(wire.b), units(wire.B), units(wire.a), units(wire.A))


def _levels(rows: Rows | str | int) -> tuple[tuple[int, int], ...]:
    if isinstance(rows, str | int):
        raise TapeUnreadable("depth levels that are no list")
    return tuple([(units(price), units(size)) for price, size in rows])
