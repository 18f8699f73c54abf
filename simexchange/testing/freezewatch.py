"""Waits for freezegun, and takes our clock out of what it freezes. Every run of pytest imports it."""

from __future__ import annotations

import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

CLOCK: Final = "simexchange.runtime.clock"
"""The one module that reads the wall clock. freezegun leaves it alone, so that a server's thread lives."""
_CONFIG: Final = "freezegun.config"


def watch() -> None:
    """Do it now where freezegun is there, else when somebody imports it. A second call adds nothing."""
    module = sys.modules.get(_CONFIG)
    if module is not None:
        _spare(module)
    elif not any(isinstance(each, _Watch) for each in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


def _spare(config: ModuleType) -> None:
    # A freezer takes the list when it is made, and a decorator makes one when a test module is imported.
    if CLOCK not in config.settings.default_ignore_list:
        config.configure(extend_ignore_list=[CLOCK])


class _Watch(MetaPathFinder):
    """Finds one module, as the others would, and looks in when it is loaded."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != _CONFIG:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loading(spec.loader)
        return spec


class _Loading(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _spare(module)
