"""Views as bytes and back, so that a fold may go on from a record instead of beginning at the first.

What is kept is what was folded, and nothing else: the rows and sums of every projection. What a bundle was given when
it was made (a history before the start) is not in it: the bundle that takes the bytes has its own, and tells it the
events it was told before.

Of long rows that happened and stay as they are (trades, candles) only the newest is at hand afterwards; the others stay
shelved, as bytes, until somebody asks: most pasts are opened for something else.

The bytes are a pickle that may name only rows and small containers of this room and words of the core: whatever else
one names is refused before it is looked up, so reading bytes of anybody else runs nothing of theirs. They mean
something only to the code that wrote them; who keeps them has to know which code that was.
"""

import pickle
import zlib
from collections import deque
from enum import Enum
from io import BytesIO
from typing import Any, Final

import msgspec

from simexchange.core.pricelist import PriceList
from simexchange.projections.candle import Candle
from simexchange.projections.folding import Projection
from simexchange.projections.series import Row, Series, most_of
from simexchange.projections.trades import AggregateRow
from simexchange.projections.views import Views

_OURS: Final = "simexchange.projections."
_CORE: Final = "simexchange.core."
"""Whose classes may be named: containers of ours, rows and words of both."""
_OWN: Final = frozenset({"handlers", "history"})
"""What a projection was made with, beside other projections: bound to itself, or given from outside."""
_PLAIN: Final = (PriceList,)
"""Classes of the core that are neither rows nor words, and are held all the same."""
_PROTOCOL: Final = 5
_WORTH: Final = 256
"""Fewer rows than these are not worth a shelf."""
_DONE: Final = (Candle, AggregateRow)
"""Rows that may be written to, and are not any more once another one has come after them in their series."""
_QUICK: Final = 1


class Misfit(ValueError):
    """Bytes that are no views of this program."""


def dump(views: Views) -> bytes:
    """What *views* have folded. The same bundle gives the same reads again, not always the same bytes."""
    bundle = _bundle(views)
    kept = {name: _folded(view) for name, view in bundle.items()}
    out = BytesIO()
    writer = pickle.Pickler(out, _PROTOCOL)
    writer.dispatch_table = {Series: _shelve, Shelved: _shelve}
    writer.dump((views.seq, views.at, views.told, kept))
    return out.getvalue()


def load(data: bytes, views: Views, *, whatever_fits: bool = False) -> None:
    """Make *views*, which have folded nothing, what the dumped ones were; *data* came from `dump` of the same code.

    *whatever_fits*: it came from other code; projections that are not in it, or of another shape, stay empty.
    Raises Misfit, and then *views* have still folded nothing.
    """
    bundle = _bundle(views)
    try:
        seq, at, told, kept = _Reader(BytesIO(data)).load()
        fitting = {name: kept[name] for name, view in bundle.items() if _fits(kept.get(name), view)}
        whole = kept.keys() == bundle.keys() == fitting.keys()
        ours = isinstance(seq, int) and isinstance(at, int) and isinstance(told, list)
    except Exception as error:  # noqa: BLE001 - damaged bytes may stumble over anything
        raise Misfit(f"these are no views: {type(error).__name__} {error}") from None
    if not ours or not (whole or whatever_fits):
        raise Misfit("these are views of other projections")
    for name, slots in fitting.items():
        for slot, value in slots.items():
            setattr(bundle[name], slot, value)
    views.go_on(seq, at, told)


def _fits(slots: Any, view: Projection) -> bool:
    return isinstance(slots, dict) and slots.keys() <= _names(view)


def _bundle(views: Views) -> dict[str, Projection]:
    """The projections of *views* by name."""
    found = ((name, getattr(views, name)) for name in Views.__slots__ if not name.startswith("_"))
    return {name: view for name, view in found if isinstance(view, Projection)}


def _names(view: Projection) -> set[str]:
    """What *view* may keep something under."""
    slots = {slot for kind in type(view).__mro__ for slot in getattr(kind, "__slots__", ())}
    return (slots | set(getattr(view, "__dict__", ()))) - _OWN


def _folded(view: Projection) -> dict[str, object]:
    held = {name: getattr(view, name) for name in sorted(_names(view)) if hasattr(view, name)}
    return {name: value for name, value in held.items() if not isinstance(value, Projection)}


class Shelved(Series[Row]):
    """A series whose older rows are bytes until somebody asks for its rows; then it is a plain one again.

    Newer ones are added meanwhile. It has what a series has, so that it can become one.
    """

    __slots__ = ()

    def __init__(self, cap: int, shelf: bytes, newest: Row) -> None:
        self.cap, self._most = cap, most_of(cap)
        _ROWS.__set__(self, (shelf, [newest]))

    def append(self, row: Row) -> None:
        _ROWS.__get__(self)[1].append(row)

    @property
    def rows(self) -> list[Row]:  # type: ignore[override]  # nobody assigns it
        """All of them, as if each had been appended to the older ones. Raises Misfit."""
        shelf, newer = _ROWS.__get__(self)
        older = _taken_off(shelf)
        # As many as a series keeps that lets the oldest go in blocks.
        over = len(older) + len(newer) - self._most
        keep = self.cap + over % (self._most - self.cap) if over >= 0 else self._most
        rows = [*older, *newer][-keep:]
        _ROWS.__set__(self, rows)
        self.__class__ = Series  # type: ignore[assignment]
        return rows


_ROWS: Final[Any] = Series.__dict__["rows"]
"""Where a series has them, below the property of the same name."""


def _taken_off(shelf: bytes) -> list[Any]:
    try:
        rows = _Reader(BytesIO(zlib.decompress(shelf))).load()
    except Exception as error:  # noqa: BLE001 - damaged bytes may stumble over anything
        raise Misfit(f"these are no rows: {type(error).__name__} {error}") from None
    if not isinstance(rows, list):
        raise Misfit("these are no rows")
    return rows


def _shelve(series: Series[Any]) -> Any:
    """How a series is written: the last row as it is, those before on a shelf where that is worth it."""
    rows = series.rows
    newest = rows[-1] if len(rows) >= _WORTH else None
    done = isinstance(newest, msgspec.Struct) and (newest.__struct_config__.frozen or isinstance(newest, _DONE))
    if not done:
        return series.__reduce_ex__(_PROTOCOL)
    return Shelved, (series.cap, zlib.compress(pickle.dumps(rows[:-1], _PROTOCOL), _QUICK), newest)


class _Reader(pickle.Unpickler):
    """Finds no class but those that may be named."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "deque"):
            return deque
        if module.startswith((_OURS, _CORE)) and name.isidentifier():
            found = super().find_class(module, name)
            # A class that the module made itself, and that only holds values: no function, no projection.
            if isinstance(found, type) and found.__module__ == module and _holds_values(found):
                return found
        raise Misfit(f"{module}.{name} is nothing that views hold")


def _holds_values(kind: type) -> bool:
    if issubclass(kind, msgspec.Struct | Enum):
        return True
    plain = kind.__module__.startswith(_OURS) and hasattr(kind, "__slots__")
    return kind in _PLAIN or (plain and not issubclass(kind, Projection | Views | pickle.Unpickler))
