"""Memory per resting order and per account, log bytes per record and per tape hour, and time to listening.

    python -m benchmarks.footprint [TAPE …] [--orders 10000] [--accounts 5000] [--span 600] [--starts 5]

TAPE: recordings for the sizes of a tape's log; without any, only the synthetic market's are shown.
"""

import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.flow import SPOT, T0, flow, opened
from benchmarks.sizes import Options, at_least, seconds
from benchmarks.table import ROOT, head, rows, verdict
from simexchange.config import markets, opening
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, SECOND, Nanos
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.feeds.contract import Feed
from simexchange.feeds.recorded.feed import RecordedFeed
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.projections.views import Views
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange


def memory(orders: int, accounts: int) -> list[list[str]]:
    """What one resting order and one account cost, state and projections together."""
    engine, views = Engine(ExchangeState()), Views()

    def run(command: cmd.Command) -> None:
        for event in engine.execute(command, T0):
            views.apply(1, T0, event)

    for command, _ in opened(accounts=60):
        run(command)
    limits = [
        c for c in flow(6 * orders, SPOT, ONE // 100, ONE // 1000, 60) if isinstance(c, cmd.PlaceOrder) and c.tif == 1
    ]
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for command in limits[:orders]:
        run(command)
    after, _ = tracemalloc.get_traced_memory()
    resting = sum(len(account.orders) for account in engine.state.accounts.values())
    for number in range(accounts):
        run(cmd.OpenAccount(f"more{number}", "binance"))
    last, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return [
        ["bytes per resting order", f"{(after - before) / resting:,.0f}"],
        ["bytes per account", f"{(last - after) / accounts:,.0f}"],
    ]


def log_size(name: str, feed: Feed[Any], span: Nanos) -> list[str]:
    """A feed alone for *span*: records, bytes a record, megabytes, and megabytes an hour."""
    log = MemoryLog(Header(1, T0))
    exchange = Exchange(log, feeds=[feed], speed=PAUSED)
    listings = [x for x in markets.preset().values() if not hasattr(feed, "specs")]
    for command in opening.opening(listings, exchange.state):
        exchange.submit(command, "control")
    exchange.start_feeds()
    begun = time.process_time()
    exchange.advance_to(Nanos(T0 + span))
    exchange.flush()
    spent = time.process_time() - begun
    exchange.close()
    size = sum(len(line) for line in log.read())
    return [
        name, f"{log.last_seq:,}", f"{size / log.last_seq:.0f}", f"{size / 1e6:.2f}", f"{size / 1e6 * HOUR / span:.1f}",
        f"{span / 1e9 / spent:,.0f}x",
    ]  # fmt: skip


def start_up(rounds: int) -> tuple[float, float]:
    """Best wall time to a ready file, and of importing aiohttp and msgspec alone."""
    listening = imports = float("inf")
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            ready = Path(folder) / "ready.json"
            line = [sys.executable, "-m", "simexchange", "serve", "--feed", "none", "--port", "0", "--for", "20s"]
            begun = time.perf_counter()
            child = subprocess.Popen([*line, "--ready-file", str(ready)], stdout=subprocess.DEVNULL, cwd=ROOT)
            while not ready.exists() and child.poll() is None:
                time.sleep(0.002)
            listening = min(listening, time.perf_counter() - begun)
            if not ready.exists():
                sys.exit(f"the server did not come up (exit code {child.poll()})")
            child.terminate()
            child.wait(20)
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import aiohttp, msgspec"], check=True)
        imports = min(imports, time.perf_counter() - begun)
    return listening, imports


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("tapes", metavar="TAPE", nargs="*", type=Path)
    parser.add_argument("--orders", type=at_least(1), default=10_000)
    parser.add_argument("--accounts", type=at_least(1), default=5_000)
    parser.add_argument("--span", type=seconds, default=600, help="seconds of the synthetic market")
    parser.add_argument("--starts", type=at_least(1), default=5)
    given = parser.parse_args(words)
    missing = [str(tape) for tape in given.tapes if not tape.exists()]
    if missing:
        parser.error(f"there is no tape at {', '.join(missing)}")
    listening, imports = start_up(given.starts)
    head("Footprint", workload="see rows", connections="none", record_bytes="see rows", projections="on in memory rows")
    rows(["", "measured"], memory(given.orders, given.accounts))
    print()
    sizes = [log_size(f"synthetic, {given.span:.0f} s", SyntheticFeed(), Nanos(int(given.span * SECOND)))]
    sizes += [log_size(tape.name, RecordedFeed(str(tape)), Nanos(6 * MINUTE)) for tape in given.tapes]
    rows(["log of", "records", "bytes each", "MB", "MB an hour", "CPU: times real time"], sizes)
    print()
    rows(
        ["start-up", "reached", "asked", ""],
        [
            verdict("seconds to listening", listening, 1.0, most=True),
            [f"import aiohttp, msgspec alone: {imports:.2f} s", f"{listening / imports:.2f}", "", "times that"],
        ],
    )


if __name__ == "__main__":
    main()
