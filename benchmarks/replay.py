"""Replay: records a second folded from a log, the state alone and with every projection; beside decoding alone.

    python benchmarks/replay.py [COMMANDS] [ROUNDS]

The log is made first, in memory, from the same flow as engine.py. Measured in turn within each round, best of each.
"""

import sys
import time

from engine import OPENING
from flow import PERPETUAL, SPOT, T0, flow
from table import head, rows, verdict

from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.units import ONE
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.record import decode
from simexchange.eventlog.recorder import Recorder
from simexchange.eventlog.replay import replay
from simexchange.projections.views import Views


def log_of(count: int, market: int, tick: int) -> MemoryLog:
    """A log of the opening and *count* commands."""
    log = MemoryLog(Header(1, T0))
    recorder, engine = Recorder(log), Engine(ExchangeState())
    for command, at in OPENING:
        recorder.record(at, "control", 0, command, engine.execute(command, at))
    for command in flow(count, market, tick, ONE // 1000):
        recorder.record(T0, "client", 0, command, engine.execute(command, T0))
    recorder.flush()
    return log


def timed(run: object) -> float:
    """CPU seconds of one call."""
    begun = time.process_time()
    run()  # type: ignore[operator]
    return time.process_time() - begun


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    table: list[list[str]] = []
    floors: list[list[str]] = []
    size = 0.0
    for name, market, tick in (("spot", SPOT, ONE // 100), ("perpetual", PERPETUAL, ONE // 10)):
        log = log_of(count, market, tick)
        lines = list(log.read())
        size = sum(map(len, lines)) / len(lines)
        runs = {
            "decode": lambda lines=lines: [decode(line) for line in lines],
            "state": lambda log=log: replay(log),
            "state + projections": lambda log=log: replay(log, Views()),
        }
        best = dict.fromkeys(runs, float("inf"))
        for _ in range(rounds):
            for stage, run in runs.items():
                best[stage] = min(best[stage], timed(run))
        for stage, seconds in best.items():
            rate = len(lines) / seconds
            table.append([f"{name}: {stage}", f"{rate:,.0f}", f"{best['decode'] / seconds:.2f}"])
        floors.append(verdict(f"{name}: state replay, records/s", len(lines) / best["state"], 120_000))
    head(
        "Replay", workload=f"{count} commands of the flow of engine.py, chain checked", connections="none",
        record_bytes=f"{size:.0f} (perpetual)", projections="off, then on",
    )  # fmt: skip
    rows(["", "records/s", "share of decode"], table)
    print()
    rows(["floor", "reached", "asked", ""], floors)


if __name__ == "__main__":
    main()
