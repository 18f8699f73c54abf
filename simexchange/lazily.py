"""Names that a package hands out without loading what they are in before somebody asks for them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """A module's ``__getattr__``: each name of *places* from the module named beside it. Raises AttributeError."""

    def find(name: str) -> Any:
        if name in places:
            return getattr(import_module(places[name]), name)
        msg = f"module {package!r} has no attribute {name!r}"
        raise AttributeError(msg)

    return find
