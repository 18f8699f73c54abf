"""How long a fork takes to be written, and synced to the disk.

    python -m benchmarks.forking [--records 100000] [--rounds 9]
    python -m benchmarks.forking --log FOLDER [--drawn 15] [--at RECORD] [--rounds 25]

The first writes a log of the shipped market and forks it at its end, in the middle and at its beginning, in turn, and
at its end once more on a checkpoint. The second reads a log that is there, such as opening.py keeps, and writes short
forks of it, which stand on its checkpoints: at records drawn by lot, and at RECORD (its last) so many times.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows
from simexchange.config import markets, opening
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.errors import NotThere, SimexchangeError
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
Spent = dict[tuple[str, str], list[float]]
"""After which record, and on what: seconds of each fork."""


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


def forked(log: SqliteLog, seq: int, *, short: bool) -> float:
    """Seconds of a fork after record *seq*, which is removed again."""
    with tempfile.TemporaryDirectory() as place:
        begun = time.perf_counter()
        fork(log, seq, Path(place) / "fork", short=short)
        return time.perf_counter() - begun


def of_a_new_log(log: SqliteLog, rounds: int) -> Spent:
    """Fork at the end, in the middle and at the beginning, in turn."""
    make_checkpoint(log, log.last_seq // EVERY * EVERY or log.last_seq - 1, b"[]")
    asked = [(seq, False) for seq in (log.last_seq, log.last_seq // 2, 1)]
    spent: Spent = {}
    for _ in range(rounds):
        for seq, short in (*asked, (log.last_seq, True)):
            what = f"{seq:,}", "on a checkpoint" if short else ""
            spent.setdefault(what, []).append(forked(log, seq, short=short))
    return spent


def of_a_kept_log(log: SqliteLog, drawn: int, at: int, rounds: int) -> Spent:
    """Short forks: each of *drawn* records once, then record *at* again and again."""
    first = log.last_seq
    while (found := log.load_checkpoint(first - 1)) is not None:
        first = found.seq
    if drawn > log.last_seq - first:
        raise NotThere(f"{log.name} has no {drawn} records behind its first checkpoint")
    chosen = Random(7).sample(range(first + 1, log.last_seq + 1), drawn)
    return {
        (f"{drawn} drawn by lot", "on a checkpoint"): [forked(log, seq, short=True) for seq in chosen],
        (f"{at:,}", "on a checkpoint"): [forked(log, at, short=True) for _ in range(rounds)],
    }


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Options(__doc__)
    parser.add_argument("--records", type=at_least(1), default=100_000)
    parser.add_argument("--rounds", type=at_least(1), default=9)
    parser.add_argument("--log", metavar="FOLDER", type=Path)
    parser.add_argument("--drawn", type=at_least(1), default=15)
    parser.add_argument("--at", metavar="RECORD", type=at_least(1))
    given = parser.parse_args(words)
    try:
        if given.log is None:
            with tempfile.TemporaryDirectory() as folder, closing(made(Path(folder) / FILE_NAME, given.records)) as log:
                tell(log, of_a_new_log(log, given.rounds))
        else:
            with closing(SqliteLog.read_only(given.log / FILE_NAME)) as log:
                tell(log, of_a_kept_log(log, given.drawn, given.at or log.last_seq, given.rounds))
    except SimexchangeError as error:
        sys.exit(str(error))


def tell(log: SqliteLog, spent: Spent) -> None:
    """Print what was found."""
    size = log.path.stat().st_size
    head(
        "Writing a fork", workload=f"{log.last_seq:,} records of the synthetic market, {size / 1e6:.1f} MB",
        connections="none", record_bytes=f"{size // log.last_seq}, checkpoints included", projections="none",
    )  # fmt: skip
    table = []
    for (seq, how), times in spent.items():
        table.append([seq, how, str(len(times)), f"{median(times) * 1e3:.0f}", f"{max(times) * 1e3:.0f}"])
    rows(["fork after record", "", "forks", "median ms", "worst ms"], table)


if __name__ == "__main__":
    main()
