"""How long a fork takes to be written, from a log of the shipped market: copied, and synced to the disk.

python benchmarks/forking.py [RECORDS] [ROUNDS]
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from table import head, rows

from simexchange.config import markets, opening
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.eventlog.checkpoint import EVERY
from simexchange.eventlog.checkpointing import make_checkpoint
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.forking import fork
from simexchange.eventlog.header import Header
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.feeds.synthetic.feed import SyntheticFeed
from simexchange.feeds.synthetic.settings import Settings
from simexchange.runtime.clock import PAUSED
from simexchange.runtime.exchange import Exchange

START = Nanos(1_790_000_000 * SECOND)


def made(path: Path, least: int) -> SqliteLog:
    """A log of at least so many records, in commits as a busy exchange makes them."""
    log = SqliteLog.create(path, Header(seed=3, start=START), OFF)
    exchange = Exchange(log, feeds=[SyntheticFeed(Settings())], speed=PAUSED, durability=OFF)
    for command in opening.opening(markets.preset().values(), exchange.state):
        exchange.submit(command, "control")
    exchange.start_feeds()
    seconds = 0
    while exchange.seq < least:
        seconds += 1
        exchange.advance_to(Nanos(START + seconds * SECOND))
        exchange.flush()
    exchange.close()
    log.close()
    return SqliteLog.read_only(path)


def main(least: int, rounds: int) -> None:
    """Fork at the end, in the middle and at the beginning, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        log = made(Path(folder) / "run" / FILE_NAME, least)
        size = log.path.stat().st_size
        make_checkpoint(log, log.last_seq // EVERY * EVERY, b"[]")
        whole = [(seq, False) for seq in (log.last_seq, log.last_seq // 2, 1)]
        spent: dict[tuple[int, bool], list[float]] = {each: [] for each in (*whole, (log.last_seq, True))}
        for turn in range(rounds):
            for (seq, short), times in spent.items():
                begun = time.perf_counter()
                fork(log, seq, Path(folder) / f"fork-{turn}-{seq}-{short}", short=short)
                times.append(time.perf_counter() - begun)
    head(
        "Writing a fork", workload=f"{log.last_seq:,} records of the synthetic market, {size / 1e6:.1f} MB",
        connections="none", record_bytes=f"{size // log.last_seq}", projections="none",
    )  # fmt: skip
    rows(
        ("fork after record", "", "median ms", "worst ms"),
        [
            (f"{seq:,}", "on a checkpoint" if short else "", f"{median(times) * 1e3:.0f}", f"{max(times) * 1e3:.0f}")
            for (seq, short), times in spent.items()
        ],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 9)
