"""Memory per resting order and per account, log bytes per record and per tape hour, and time to listening.

    python benchmarks/footprint.py [TAPE …]

TAPE: recordings for the sizes of a tape's log; without any, only the synthetic market's are shown.
"""

import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from flow import SPOT, T0, flow, opened
from table import head, rows, verdict

from simexchange.config import markets, opening
from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary import commands as cmd
from simexchange.core.vocabulary.units import HOUR, MINUTE, ONE, Nanos
from simexchange.eventlog.header import Header
from simexchange.eventlog.memory import MemoryLog
from simexchange.feeds.contract import Feed
from simexchange.feeds.recorded.feed import RecordedFeed
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.projections.views import Views
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange


def memory() -> list[list[str]]:
    """What one resting order and one account cost, state and projections together."""
    engine, views = Engine(ExchangeState()), Views()

    def run(command: cmd.Command) -> None:
        for event in engine.execute(command, T0):
            views.apply(1, T0, event)

    for command, _ in opened(accounts=60):
        run(command)
    limits = [
        c for c in flow(60_000, SPOT, ONE // 100, ONE // 1000, 60) if isinstance(c, cmd.PlaceOrder) and c.tif == 1
    ]
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for command in limits[:10_000]:
        run(command)
    after, _ = tracemalloc.get_traced_memory()
    resting = sum(len(account.orders) for account in engine.state.accounts.values())
    for number in range(5_000):
        run(cmd.OpenAccount(f"more{number}", "binance"))
    last, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return [
        ["bytes per resting order", f"{(after - before) / resting:,.0f}"],
        ["bytes per account", f"{(last - after) / 5_000:,.0f}"],
    ]


def log_size(name: str, feed: Feed, span: Nanos) -> list[str]:
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


def start_up(rounds: int = 5) -> tuple[float, float]:
    """Best wall time to a ready file, and of importing aiohttp and msgspec alone."""
    listening = imports = float("inf")
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            ready = Path(folder) / "ready.json"
            line = [sys.executable, "-m", "simexchange", "serve", "--feed", "none", "--port", "0", "--for", "20s"]
            begun = time.perf_counter()
            child = subprocess.Popen([*line, "--ready-file", str(ready)], stdout=subprocess.DEVNULL)
            while not ready.exists() and child.poll() is None:
                time.sleep(0.002)
            listening = min(listening, time.perf_counter() - begun)
            child.terminate()
            child.wait(20)
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import aiohttp, msgspec"], check=True)
        imports = min(imports, time.perf_counter() - begun)
    return listening, imports


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parent.parent))
    listening, imports = start_up()
    head("Footprint", workload="see rows", connections="none", record_bytes="see rows", projections="on in memory rows")
    rows(["", "measured"], memory())
    print()
    sizes = [log_size("synthetic, 10 minutes", SyntheticFeed(), Nanos(10 * MINUTE))]
    sizes += [log_size(Path(tape).name, RecordedFeed(tape), Nanos(6 * MINUTE)) for tape in sys.argv[1:]]
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
