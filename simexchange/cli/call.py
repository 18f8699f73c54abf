"""``python -m simexchange.cli.call WHERE NAME …``: call one function, of a file or a module, as a run of a search.

A coroutine function is run to its end. What follows stands in ``sys.argv``.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from typing import Any


def call(where: str, name: str) -> None:
    """Call the function *name* of *where*, ``bot.py`` or ``package.module``; it fails by raising."""
    made = getattr(_module(where), name)()
    if inspect.isawaitable(made):
        asyncio.run(_wait(made))


def _module(where: str) -> Any:
    if not where.endswith(".py"):
        return importlib.import_module(where)
    # What stands beside the file can be imported from it, as if it were run itself.
    sys.path.insert(0, str(Path(where).resolve().parent))
    spec = importlib.util.spec_from_file_location(Path(where).stem, where)
    if spec is None or spec.loader is None:
        msg = f"{where} cannot be imported"
        raise ImportError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


async def _wait(made: Any) -> None:
    await made


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.argv = [words[0], *words[2:]]
    call(words[0], words[1])
