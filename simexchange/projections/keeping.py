"""Views as bytes and back, so that a fold may go on from a record instead of beginning at the first.

What is kept is what was folded, and nothing else: the rows and sums of every projection. What a bundle was given when
it was made (a history before the start) is not in it: the bundle that takes the bytes has its own, and tells it the
events it was told before.

The bytes are a pickle that may name only rows and small containers of this room and words of the core: whatever else
one names is refused before it is looked up, so reading bytes of anybody else runs nothing of theirs. They mean
something only to the code that wrote them; who keeps them has to know which code that was.
"""

import pickle
from collections import deque
from enum import Enum
from io import BytesIO
from typing import Any, Final

import msgspec

from simexchange.core.pricelist import PriceList
from simexchange.projections.folding import Projection
from simexchange.projections.views import Views

_OURS: Final = "simexchange.projections."
_CORE: Final = "simexchange.core."
"""Whose classes may be named: containers of ours, rows and words of both."""
_OWN: Final = frozenset({"handlers", "history"})
"""What a projection was made with, beside other projections: bound to itself, or given from outside."""
_PLAIN: Final = (PriceList,)
"""Classes of the core that are neither rows nor words, and are held all the same."""
_PROTOCOL: Final = 5


class Misfit(ValueError):
    """Bytes that are no views of this program."""


def dump(views: Views) -> bytes:
    """What *views* have folded. The same bundle gives the same reads again, not always the same bytes."""
    bundle = _bundle(views)
    kept = {name: _folded(view) for name, view in bundle.items()}
    return pickle.dumps((views.seq, views.at, views.told, kept), _PROTOCOL)


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
