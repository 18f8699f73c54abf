"""Names of the package that are loaded when somebody asks for them: settings for a client need no engine."""

from importlib import import_module
from typing import Any, Final

HOMES: Final = {"Run": "simexchange.eventlog.runs"}
"""Name → where it is."""


def __getattr__(name: str) -> Any:
    """What the package hands out under *name*."""
    home = HOMES.get(name)
    if home is None:
        msg = f"module 'simexchange' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(home), name)
