"""Views as plain values, so that two bundles can be compared whole: every row, and which rows are one and the same."""

from collections import deque
from enum import Enum
from typing import Any

import msgspec

from simexchange.projections.folding import Projection
from simexchange.projections.views import Views

CACHES = {"_finished"}
"""What a read leaves behind, and the next read makes again."""


def plain(views: Views) -> dict[str, object]:
    """Everything *views* have folded, projection by projection."""
    bundle = {name: getattr(views, name) for name in Views.__slots__ if not name.startswith("_")}
    names = {id(view): name for name, view in bundle.items() if isinstance(view, Projection)}
    told: dict[str, object] = {"seq": views.seq, "at": views.at, "told": _plain(views.told, {}, names)}
    for name, view in bundle.items():
        if isinstance(view, Projection):
            seen: dict[int, int] = {}
            told[name] = {slot: _plain(value, seen, names) for slot, value in _slots(view).items()}
    return told


def _slots(thing: Any) -> dict[str, Any]:
    slots = {slot for kind in type(thing).__mro__ for slot in getattr(kind, "__slots__", ())}
    names = slots | set(getattr(thing, "__dict__", ()))
    return {
        name: getattr(thing, name)
        for name in sorted(names - {"handlers", "history"} - CACHES)
        if hasattr(thing, name)
    }  # fmt: skip


def _plain(thing: Any, seen: dict[int, int], names: dict[int, str]) -> object:
    if id(thing) in names:
        return names[id(thing)]
    if isinstance(thing, Enum):
        return f"{type(thing).__name__}.{thing.name}"
    if isinstance(thing, (int, str, bytes, type(None))):
        return thing
    if isinstance(thing, (tuple, frozenset)):
        return tuple(_plain(each, seen, names) for each in thing)
    if isinstance(thing, msgspec.Struct) and thing.__struct_config__.frozen:
        # Whether two of these are one and the same makes no difference to anybody.
        return type(thing).__name__, [_plain(getattr(thing, name), seen, names) for name in thing.__struct_fields__]
    if id(thing) in seen:
        return "seen", seen[id(thing)]
    seen[id(thing)] = len(seen)
    if isinstance(thing, dict):
        return [(_plain(key, seen, names), _plain(value, seen, names)) for key, value in thing.items()]
    if isinstance(thing, (list, deque)):
        return [getattr(thing, "maxlen", 0), *(_plain(each, seen, names) for each in thing)]
    if isinstance(thing, set):
        return "set", sorted(thing)
    if isinstance(thing, msgspec.Struct):
        fields = {name: getattr(thing, name) for name in thing.__struct_fields__}
    else:
        fields = _slots(thing)
    return type(thing).__name__, [(name, _plain(value, seen, names)) for name, value in fields.items()]
