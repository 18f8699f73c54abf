"""The whole path of a command, stage by stage, beside the bare book; spot and perpetual.

    python benchmarks/engine.py [COMMANDS] [ROUNDS]

Stages are measured in turn within each round, so that a neighbour's load falls on all of them; the best round of
each is shown. One core, one thread.
"""

from __future__ import annotations

import gc
import platform
import sys
import sysconfig
import time
from typing import TYPE_CHECKING

from flow import T0, flow, opened

from simexchange.core.book import Order, OrderBook
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.orders import TimeInForce
from simexchange.core.vocabulary.units import ONE
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recorder import Recorder
from simexchange.projections.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable

MARKETS = {"spot": (1, ONE // 100, ONE // 1000), "perpetual": (3, ONE // 10, ONE // 1000)}


def bare_book(commands: list[cmd.Command]) -> float:
    """Rest, cancel and match on the ladder alone: no accounts, no money, no events."""
    book, by_id, made = OrderBook(), {}, 0
    begun = time.process_time()
    for command in commands:
        if type(command) is cmd.CancelOrder:
            order = by_id.pop(command.client_id, None)
            if order is not None and order.level is not None:
                book.remove(order)
            continue
        made += 1
        side = command.side
        price, qty = command.price, command.qty
        order = Order(made, command.account, 1, side, command.kind, qty, price, command.tif, "", 0, None, 0)
        ladder = book.opposite(side)
        while order.left:
            level = ladder.best()
            if level is None or (level.price - command.price) * side > 0:
                break
            maker = level.head
            qty = min(maker.left, order.left)
            order.left -= qty
            book.reduce(maker, qty)
        if order.left and command.tif is TimeInForce.GTC:
            book.add(order)
            by_id[command.client_id] = order
    return time.process_time() - begun


def engine_only(commands: list[cmd.Command]) -> float:
    """Checks, matching, ledger, positions, events: no projections, no log."""
    engine, _, _ = world()
    begun = time.process_time()
    for command in commands:
        engine.execute(command, T0)
    return time.process_time() - begun


def with_views(commands: list[cmd.Command]) -> float:
    """And every projection folded."""
    engine, views, _ = world()
    apply, seq = views.apply, 1000
    begun = time.process_time()
    for command in commands:
        seq += 1
        for event in engine.execute(command, T0):
            apply(seq, T0, event)
    return time.process_time() - begun


def whole_path(commands: list[cmd.Command]) -> float:
    """And the record encoded, chained and handed to a log in memory, 64 to a group."""
    engine, views, recorder = world()
    apply, record = views.apply, recorder.record
    begun = time.process_time()
    for number, command in enumerate(commands):
        events = engine.execute(command, T0)
        seq = record(T0, "client", 0, command, events)
        for event in events:
            apply(seq, T0, event)
        if not number & 63:
            recorder.flush()
    recorder.flush()
    return time.process_time() - begun


def world() -> tuple[Engine, Views, Recorder]:
    """A fresh exchange."""
    views = Views()
    engine = Engine(ExchangeState())
    recorder = Recorder(MemoryLog(Header(1, T0)))
    for command, at in OPENING:
        events = engine.execute(command, at)
        seq = recorder.record(at, "control", 0, command, events)
        for event in events:
            views.apply(seq, at, event)
    return engine, views, recorder


OPENING = opened()
STAGES: dict[str, Callable[[list[cmd.Command]], float]] = {
    "bare book": bare_book,
    "engine": engine_only,
    "engine + projections": with_views,
    "engine + projections + record": whole_path,
}


def main() -> None:
    """Measure and print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    build = sysconfig.get_config_var("CONFIG_ARGS") or ""
    pgo = "PGO" if "--enable-optimizations" in build else "no PGO"
    print(f"CPython {platform.python_version()} ({pgo}), {count} commands, 50 accounts, best of {rounds} rounds")
    print("60 % limits near the touch, 30 % cancels, 10 % marketable IOC; memory log; one thread, its CPU time")
    for name, (market, tick, step) in MARKETS.items():
        commands = flow(count, market, tick, step)
        best = dict.fromkeys(STAGES, float("inf"))
        for _ in range(rounds):
            for stage, run in STAGES.items():
                gc.collect()
                best[stage] = min(best[stage], run(commands))
        print(f"\n{name:<32} commands/s      us each   share of bare book")
        for stage, seconds in best.items():
            ratio = best["bare book"] / seconds
            print(f"{stage:<32} {count / seconds:>10,.0f} {seconds / count * 1e6:>12.2f} {ratio:>20.3f}")


if __name__ == "__main__":
    main()
