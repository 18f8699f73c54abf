"""Replay: records a second folded from a log, the state alone and with every projection; beside decoding alone.

    python -m benchmarks.replay [COMMANDS] [ROUNDS]

The log is made first, in memory, from the same flow as engine.py. Measured in turn within each round, best of each.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.engine import OPENING
from benchmarks.flow import PERPETUAL, SPOT, T0, flow
from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows, verdict
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.ids import MarketNo
from simexchange.core.vocabulary.units import ONE
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.eventlog.record import Record, decode
from simexchange.eventlog.recorder import Recorder
from simexchange.eventlog.replay import replay
from simexchange.projections.views import Views


def log_of(count: int, market: MarketNo, tick: int) -> MemoryLog:
    """A log of the opening and *count* commands."""
    log = MemoryLog(Header(1, T0))
    recorder, engine = Recorder(log), Engine(ExchangeState())
    for command, at in OPENING:
        recorder.record(at, "control", 0, command, engine.execute(command, at))
    for command in flow(count, market, tick, ONE // 1000):
        recorder.record(T0, "client", 0, command, engine.execute(command, T0))
    recorder.flush()
    return log


def decoded(lines: Sequence[bytes]) -> list[Record]:
    """Read every line and fold none."""
    return [decode(line) for line in lines]


def with_views(log: MemoryLog) -> None:
    """Fold state and projections."""
    replay(log, Views())


def timed(run: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    begun = time.process_time()
    run()
    return time.process_time() - begun


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("commands", metavar="COMMANDS", nargs="?", type=at_least(1), default=100_000)
    parser.add_argument("rounds", metavar="ROUNDS", nargs="?", type=at_least(1), default=3)
    given = parser.parse_args(words)
    count = given.commands
    table: list[list[str]] = []
    floors: list[list[str]] = []
    size = 0.0
    for name, market, tick in (("spot", SPOT, ONE // 100), ("perpetual", PERPETUAL, ONE // 10)):
        log = log_of(count, market, tick)
        lines = list(log.read())
        size = sum(map(len, lines)) / len(lines)
        runs: dict[str, Callable[[], object]] = {
            "decode": partial(decoded, lines),
            "state": partial(replay, log),
            "state + projections": partial(with_views, log),
        }
        best = dict.fromkeys(runs, float("inf"))
        for _ in range(given.rounds):
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
