"""Opening a long log anywhere: state, views and one read call of a venue answered, from the nearest checkpoint.

    python -m benchmarks.opening [RECORDS] [FOLDER] [--openings 20]

RECORDS is 200000 where nobody says; the ceiling is about a million. A synthetic market at full speed writes the log, in
FOLDER (kept, and used again) or a temporary one, and its checkpoints are made beside it by child processes while it
goes on. Then the log is opened at some records drawn by lot.
"""

import asyncio
import gc
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.sizes import Options, at_least
from benchmarks.table import head, rows, verdict
from simexchange.config.assembling import Assembly, Setup, open_log
from simexchange.core.vocabulary.commands import PassTime
from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.dialects.binance.venue import binance_as_of
from simexchange.dialects.contract import Incoming
from simexchange.errors import SimexchangeError
from simexchange.eventlog.checkpoint import EVERY, code_of_views
from simexchange.eventlog.durability import OFF
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.eventlog.travel import Moment, open_past
from simexchange.feeds.synthetic.history import SyntheticHistory
from simexchange.feeds.synthetic.settings import Settings as Synthetic
from simexchange.gateway.calls import Calls, Target
from simexchange.gateway.http import Paths
from simexchange.gateway.keys import Keys
from simexchange.gateway.listenkeys import ListenKeyTable
from simexchange.gateway.ratelimits import LimitMode, RateLimits
from simexchange.gateway.venues import VENUES
from simexchange.projections.views import Views
from simexchange.runtime.clock import MAX
from simexchange.runtime.exchange import Exchange

START = Nanos(1_790_000_000 * SECOND)
CEILING = 1.0
"""Seconds an opening may take."""
CALL = ("/api/v3/ticker/24hr", "symbol=BTCUSDT")


async def write(log: SqliteLog, records: int) -> tuple[float, int]:
    """Fill *log*, and wait for its checkpoints: seconds to *records* of them, and the newest checkpoint by then."""
    begun = time.perf_counter()
    exchange = Assembly(Setup(speed=MAX, durability=OFF, start=START), log).exchange
    exchange.start()
    while exchange.seq < records:  # noqa: ASYNC110 - the exchange tells nobody of this
        await asyncio.sleep(0.1)
    seconds, wanted = time.perf_counter() - begun, records // EVERY * EVERY
    there = _newest(log, records)
    exchange.pause()
    while _newest(log, wanted) != wanted:
        # On a busy machine the child is behind; the writer goes on for it, at an easier pace.
        exchange.submit(PassTime(), "timer")
        await asyncio.sleep(0.5)
    await exchange.stop()
    return seconds, there


def _newest(log: SqliteLog, seq: int) -> int:
    """The newest record up to *seq* after which views are kept; 0 where there is none."""
    found = log.load_views(seq, code_of_views())
    return found.seq if found is not None else 0


def spots() -> Target:
    """Where a spot call of the venue is answered."""
    dialect, venue = binance_as_of(""), VENUES["binance"]
    product = next(each for each in dialect.products if each.name == "spot")
    return Target(venue, venue.mounts[product.name], dialect, product)


def ask(past: Exchange, target: Target) -> int:
    """One read call as of *past*; its status."""
    wall = past.clock.wall.now
    calls = Calls(past, Keys(), ListenKeyTable(wall, lambda _: None), RateLimits(LimitMode.OFF), "auto", wall)
    _, route, path = Paths([target]).routes["GET", CALL[0]]
    return calls.rest(target, route, Incoming("GET", path, CALL[1], b"", {}), "127.0.0.1").reply.status


def opening(path: Path, seq: int, target: Target) -> tuple[float, float, float, int]:
    """Seconds until the past stands, with the call answered, of those on the processor; and records folded."""
    gc.collect()  # what the opening before left behind is none of this one's
    begun, worked = time.perf_counter(), time.process_time()
    log = SqliteLog.read_only(path)
    past = open_past(log, Moment(seq=seq), lambda: Views(SyntheticHistory(Synthetic())))
    stands = time.perf_counter()
    status = ask(Exchange(log, past=past), target)
    answered, worked = time.perf_counter(), time.process_time() - worked
    assert status == 200
    folded = seq - _newest(log, seq)
    log.close()
    return stands - begun, answered - begun, worked, folded


def sizes(log: SqliteLog, last: int) -> list[list[str]]:
    """Bytes of checkpoints."""
    table = []
    for seq in sorted({EVERY, last // 2 // EVERY * EVERY, last // EVERY * EVERY}):
        state, views = log.load_checkpoint(seq), log.load_views(seq, code_of_views())
        if state is not None and views is not None:
            table.append([f"after record {seq:,}", f"{len(state.state):,}", f"{len(views.body):,}"])
    return table


def main(words: Sequence[str] | None = None) -> None:
    """See what is asked for."""
    parser = Options(__doc__)
    parser.add_argument("records", metavar="RECORDS", nargs="?", type=at_least(1), default=200_000)
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path)
    parser.add_argument("--openings", type=at_least(1), default=20)
    given = parser.parse_args(words)
    if given.openings > given.records:
        parser.error(f"{given.openings} openings are more than there are records, {given.records}")
    folder = given.folder or Path(tempfile.mkdtemp(prefix="opening-"))
    try:
        measure(given.records, given.openings, folder / FILE_NAME)
    except SimexchangeError as error:
        sys.exit(str(error))
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def measure(records: int, openings: int, path: Path) -> None:
    """Write where there is nothing, open, print."""
    made = "made before"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        log = open_log(Setup(speed=MAX, durability=OFF, start=START), path)
        seconds, there = asyncio.run(write(log, records))
        made = f"written in {seconds:.0f} s, checkpoints up to record {there:,} by then"
        log.close()
    log = SqliteLog.read_only(path)
    try:
        table = sizes(log, records)
        log.close()
        target = spots()
        draw = random.Random(7)
        opening(path, min(EVERY, records), target)  # modules and tables that are made once
        found = [(seq, *opening(path, seq, target)) for seq in sorted(draw.sample(range(1, records + 1), openings))]
    finally:
        log.close()
    head(
        "Opening a long log", workload=f"{records:,} records of a synthetic market at full speed, {made}",
        connections="none", record_bytes=f"{path.stat().st_size // records}, checkpoints included", projections="on",
    )  # fmt: skip
    if table:
        rows(["bytes of a checkpoint", "state", "views"], table)
        print()
    each = [
        [f"{seq:,}", f"{folded:,}", f"{stands:.2f}", f"{done:.2f}", f"{worked:.2f}"]
        for seq, stands, done, worked, folded in found
    ]
    rows(["opened at", "records folded", "s to state and views", "s to the answer", "s of CPU"], each)
    print()
    mean = sum(done for _, _, done, _, _ in found) / len(found)
    worst = max(done for _, _, done, _, _ in found)
    busy = max(worked for _, _, _, worked, _ in found)
    ceilings = {"mean, s": mean, "worst, s": worst, "worst, s of CPU": busy}
    table = [verdict(what, reached, CEILING, most=True) for what, reached in ceilings.items()]
    rows(["ceiling", "reached", "asked", ""], table)


if __name__ == "__main__":
    main()
