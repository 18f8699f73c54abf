"""Several exchanges in one process: nothing that one of them changes belongs to a module."""

import importlib
import pkgutil
import threading
import weakref
from collections import deque
from types import ModuleType
from typing import Any

import simexchange
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from tests.runtime.test_restart import crowds, play
from tests.runtime.world import HEADER, HandWall, begin

ROOMS = ("core", "projections", "eventlog", "feeds", "runtime", "dialects", "gateway", "config")
_CHANGEABLE = (dict, list, set, deque, weakref.WeakKeyDictionary)
CACHES: frozenset[str] = frozenset()
"""Module-level containers that may change: pure functions' memories, the same for everybody."""


def modules() -> list[ModuleType]:
    """Every module an exchange is made of."""
    found = []
    for room in ROOMS:
        package = importlib.import_module(f"simexchange.{room}")
        names = [each.name for each in pkgutil.walk_packages(package.__path__, f"simexchange.{room}.")]
        found += [package, *map(importlib.import_module, names)]
    return found


def sizes() -> dict[str, Any]:
    """Of every mutable container that is a module's or a class's own: how much is in it."""
    rows: dict[str, Any] = {}
    for module in modules():
        owners = [("", module), *((f"{name}.", each) for name, each in vars(module).items() if isinstance(each, type))]
        for prefix, owner in owners:
            if isinstance(owner, type) and owner.__module__ != module.__name__:
                continue
            for name, value in vars(owner).items():
                if isinstance(value, dict | list | set | deque | weakref.WeakKeyDictionary) and not name.startswith(
                    "__"
                ):
                    rows[f"{module.__name__}.{prefix}{name}"] = len(value)
    return rows


def run(seed: int) -> bytes:
    exchange = begin(MemoryLog(Header(seed=seed, start=HEADER.start, engine=HEADER.engine)), crowds(), wall=HandWall())
    play(exchange)
    return exchange.log.last_digest


def test_an_exchange_leaves_nothing_in_a_module() -> None:
    """What modules and classes hold is the same after one as before it."""
    assert simexchange.__name__ == "simexchange"
    before = sizes()

    run(1)

    changed = {name for name, size in sizes().items() if before.get(name) != size}
    assert changed <= CACHES


def test_two_threads_come_to_what_each_comes_to_alone() -> None:
    """Each with an exchange, and a commit thread, of its own."""
    alone = [run(seed) for seed in (1, 2)]
    found: dict[int, bytes] = {}
    threads = [threading.Thread(target=lambda seed=seed: found.update({seed: run(seed)})) for seed in (1, 2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [found[seed] for seed in (1, 2)] == alone
