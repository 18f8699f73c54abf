"""The whole path of a command, stage by stage, beside the bare book; spot and perpetual.

    python -m benchmarks.engine [--commands 20000] [--rounds 5]

Every stage runs the same commands in turn within each round, in slices, so that a neighbour's load falls on all of
them; of each slice the best round counts. That is what the path costs while nobody disturbs it. One thread, CPU time.
"""

import gc
import time
from collections.abc import Callable, Sequence

from benchmarks.flow import PERPETUAL, SPOT, T0, flow, opened
from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows, verdict
from simexchange.core.book import Order, OrderBook
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.ids import MarketNo, OrderId
from simexchange.core.vocabulary.orders import TimeInForce
from simexchange.core.vocabulary.units import ONE, Amount, Nanos
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.recorder import Recorder
from simexchange.projections.views import Views

MARKETS = {"spot": (SPOT, ONE // 100, ONE // 1000), "perpetual": (PERPETUAL, ONE // 10, ONE // 1000)}
FLOORS = {"spot": 60_000, "perpetual": 40_000}
SLICE = 500
GROUP = 64
"""Records to a commit group."""

Seconds = list[float]
"""One figure per slice."""


def timed(commands: list[cmd.Command], run: Callable[[cmd.Command], object]) -> Seconds:
    """What each slice of *commands* takes."""
    taken = []
    for start in range(0, len(commands), SLICE):
        part = commands[start : start + SLICE]
        begun = time.process_time()
        for command in part:
            run(command)
        taken.append(time.process_time() - begun)
    return taken


def bare_book(commands: list[cmd.Command]) -> Seconds:
    """Rest, cancel and match on the ladder alone: no accounts, no money, no events."""
    book, by_id = OrderBook(), dict[str, Order]()

    def run(command: cmd.Command) -> None:
        if isinstance(command, cmd.CancelOrder):
            order = by_id.pop(command.client_id, None)
            if order is not None and order.level is not None:
                book.remove(order)
            return
        assert isinstance(command, cmd.PlaceOrder)
        side = command.side
        order = Order(
            OrderId(1), command.account, MarketNo(1), side, command.kind, command.qty, command.price, command.tif, "",
            Amount(0), None, Nanos(0),
        )  # fmt: skip
        ladder = book.opposite(side)
        while order.left:
            level = ladder.best()
            if level is None or (level.price - command.price) * side > 0:
                break
            maker = level.head
            assert maker is not None
            qty = min(order.left, maker.left)
            order.left -= qty
            book.reduce(maker, qty)
        if order.left and command.tif is TimeInForce.GTC:
            book.add(order)
            by_id[command.client_id] = order

    return timed(commands, run)


def engine_only(commands: list[cmd.Command]) -> Seconds:
    """Checks, matching, ledger, positions, events: no projections, no log."""
    engine, _, _ = world()
    return timed(commands, lambda command: engine.execute(command, T0))


def with_views(commands: list[cmd.Command]) -> Seconds:
    """And every projection folded."""
    engine, views, _ = world()
    execute, apply = engine.execute, views.apply

    def run(command: cmd.Command) -> None:
        for event in execute(command, T0):
            apply(1000, T0, event)

    return timed(commands, run)


def whole_path(commands: list[cmd.Command]) -> Seconds:
    """And the record encoded, chained and handed to a log in memory, a group at a time."""
    engine, views, recorder = world()
    execute, apply, record = engine.execute, views.apply, recorder.record

    def run(command: cmd.Command) -> None:
        events = execute(command, T0)
        seq = record(T0, "client", 0, command, events)
        for event in events:
            apply(seq, T0, event)
        if not seq % GROUP:
            recorder.flush()

    return timed(commands, run)


def world() -> tuple[Engine, Views, Recorder]:
    """A fresh exchange."""
    views, engine = Views(), Engine(ExchangeState())
    recorder = Recorder(MemoryLog(Header(1, T0)))
    for command, at in OPENING:
        events = engine.execute(command, at)
        seq = recorder.record(at, "control", 0, command, events)
        for event in events:
            views.apply(seq, at, event)
    recorder.flush()
    # As a server does once it is up; the worlds before are let go first, or they would fill the caches.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    return engine, views, recorder


OPENING = opened()
STAGES: dict[str, Callable[[list[cmd.Command]], Seconds]] = {
    "bare book": bare_book,
    "engine": engine_only,
    "+ projections": with_views,
    "+ record (whole path)": whole_path,
}


def best_of(commands: list[cmd.Command], rounds: int) -> dict[str, float]:
    """Seconds of each stage: the sum of its slices, each at its best."""
    best: dict[str, Seconds] = {}
    for _ in range(rounds):
        for stage, run in STAGES.items():
            taken = run(commands)
            best[stage] = [min(pair) for pair in zip(best.get(stage, taken), taken, strict=True)]
    return {stage: sum(slices) for stage, slices in best.items()}


def record_bytes(commands: list[cmd.Command]) -> float:
    """Bytes of a record of this flow."""
    engine, _, _ = world()
    recorder = Recorder(log := MemoryLog(Header(1, T0)))
    for command in commands[:5_000]:
        recorder.record(T0, "client", 0, command, engine.execute(command, T0))
    recorder.flush()
    lines = list(log.read())
    return sum(map(len, lines)) / len(lines)


def measure_path(name: str, count: int, rounds: int) -> list[str]:
    """Print the stages of one market; the verdict on its floor."""
    market, tick, step = MARKETS[name]
    commands = flow(count, market, tick, step)
    best = best_of(commands, rounds)
    head(
        f"Engine path, {name}",
        workload=f"{count} commands of 50 accounts: 60 % limits near the touch, 30 % cancels, 10 % marketable IOC",
        connections="none: one thread, its CPU time; log in memory, 64 records to a group",
        record_bytes=f"{record_bytes(commands):.0f}",
        projections="per stage",
    )
    lines, before = [], 0.0
    for stage, seconds in best.items():
        each = seconds / count * 1e6
        added = f"{each - before:.2f}" if stage not in ("bare book", "engine") else f"{each:.2f}"
        share = best["bare book"] / seconds
        lines.append([stage, f"{count / seconds:,.0f}", f"{each:.2f}", added, f"{share:.3f}"])
        before = each
    rows(["stage", "commands/s", "us each", "us of its own", "bare book ="], lines)
    return verdict(f"{name}, whole path, commands/s", count / best["+ record (whole path)"], FLOORS[name])


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("--commands", type=at_least(100), default=20_000)
    parser.add_argument("--rounds", type=at_least(1), default=5)
    given = parser.parse_args(words)
    verdicts = [measure_path(name, given.commands, given.rounds) for name in MARKETS]
    print()
    rows(["floor", "reached", "asked", ""], verdicts)


if __name__ == "__main__":
    main()
