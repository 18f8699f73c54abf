"""Death, errors, short writes and a full disk, again and again, under a small exchange without sockets.

    python -m benchmarks.torture [ROUNDS] [--seed N] [--step K] [--minutes M]

First ROUNDS processes are killed with SIGKILL at a moment of the seed's choosing, while they open the log, trade, carry
the write-ahead log over or have a checkpoint made by another process, which is killed too. Then the disk fails at every
call a session makes, or at every K-th, in seven ways; then at every call of an archiving and of a fork; then no file
may grow beyond a size, for each size. After each the log is read as it was left, and another process goes on with it:
what was acknowledged must be there, nothing twice, every digest and every unit of money in place, and whatever refuses
must say why in one line.

Exit code 1 where anything was lost, twice or wrong.
"""

import logging
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.crashing import Books, ended, forked, moments, trade
from benchmarks.failingdisk import (
    KINDS,
    Tally,
    build,
    every_call,
    every_call_of_a_fork,
    every_call_of_an_archive,
    every_size,
    small_pages,
)
from benchmarks.kill_loop import Found
from benchmarks.sizes import Options, at_least
from benchmarks.table import ROOT
from simexchange.eventlog.checkpointing import make_checkpoint
from simexchange.eventlog.durability import ALWAYS, OFF
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog

ROUNDS_A_LOG = 50
"""Then another one is begun, so that a round stays short."""
LONGEST = 0.06
"""Wall seconds from the first acknowledgement to the kill, at most."""
DIES_OPENING = 5
"""Every so many-th process is killed while it may still be finding itself again."""
CHECKPOINTS = 4
"""In every so many-th round another process makes a checkpoint, and is killed."""


def checkpointing(path: Path) -> tuple[int, int]:
    """A process that makes a checkpoint of what is committed, again and again."""

    def work(_: int) -> None:
        while True:
            log = SqliteLog.read_only(path)
            if log.last_seq:
                make_checkpoint(log, log.last_seq)
            log.close()

    return forked(work)


def one_round(books: Books, turn: int, draw: random.Random) -> None:
    """Let a process trade, kill it, and hold what it said against the log."""
    policy = ALWAYS if turn % 2 else OFF
    resend, path = books.doubtful, books.path
    child, reader = forked(lambda out: trade(path, policy, out, f"r{turn}", resend, 10**6))
    others = []
    wait = next(moments(draw, LONGEST))
    if turn % DIES_OPENING != DIES_OPENING - 1:
        select.select([reader], [], [], 30)
        if turn % CHECKPOINTS == 0:
            others.append(checkpointing(path))
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    for number, _ in others:
        time.sleep(draw.random() * LONGEST / 4)
        os.kill(number, signal.SIGKILL)
    told = ended(child, reader)
    for number, pipe in others:
        ended(number, pipe)
    books.hold(told)


def kills(folder: Path, rounds: int, seed: int, minutes: float) -> Found:
    """Up to *rounds* kills, none begun after *minutes*; the first thing wrong ends it."""
    draw, found = random.Random(seed), Found()
    begun = time.monotonic()
    books = Books(folder / "log-0" / FILE_NAME, found)
    with small_pages():
        while found.rounds < rounds and time.monotonic() - begun < minutes * 60:
            if found.rounds and found.rounds % ROUNDS_A_LOG == 0:
                books.close()
                shutil.rmtree(books.path.parent)
                books = Books(folder / f"log-{found.rounds}" / FILE_NAME, found)
            found.rounds += 1
            one_round(books, found.rounds, draw)
            if found.rounds % 500 == 0:
                print(f"{found} ({found.unanswered} under way; {time.monotonic() - begun:.0f} s)", flush=True)
            if found.lost or found.twice or found.wrong:
                print(*found.lost, *found.twice, *found.wrong, sep="\n")
                break
    books.close()
    return found


def failures(folder: Path, step: int) -> list[Tally]:
    """Every kind of fault at every *step*-th call, with and without syncs, and a limit on the size of files."""
    tallies = []
    for policy in (ALWAYS, OFF):
        for name, kind in KINDS.items():
            tallies.append(every_call(folder, f"{name} ({policy})", kind, step=step, policy=policy))
            print(tallies[-1], flush=True)
    for name, kind in KINDS.items():
        tallies.append(every_call_of_an_archive(folder, f"{name} (archiving)", kind, step=step))
        print(tallies[-1], flush=True)
        tallies.append(every_call_of_a_fork(folder, f"{name} (forking)", kind, step=step))
        print(tallies[-1], flush=True)
    tallies.append(every_size(folder, range(0, 320 * 1024, 4096 * step)))
    print(tallies[-1], flush=True)
    return tallies


def main(words: Sequence[str] | None = None) -> int:
    """All of it, and what it came to."""
    parser = Options(__doc__)
    parser.add_argument("rounds", metavar="ROUNDS", nargs="?", type=at_least(1), default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step", type=at_least(1), default=1, help="let only every K-th call fail")
    parser.add_argument("--minutes", type=float, default=120, help="kill no process after so many")
    given = parser.parse_args(words)
    if "failing_disk" not in os.environ.get("LD_PRELOAD", ""):
        return again_with_the_library(sys.argv[1:] if words is None else words)
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    logging.disable()
    begun = time.monotonic()
    found = kills(folder, given.rounds, given.seed, given.minutes)
    print(f"{found} ({found.unanswered} under way; {time.monotonic() - begun:.0f} s)", flush=True)
    tallies = failures(folder, given.step)
    everything = [found, *(tally.found for tally in tallies)]
    for line in [line for each in everything for line in (*each.lost, *each.twice, *each.wrong)][:20]:
        print(line)
    wrong = any(each.lost or each.twice or each.wrong for each in everything) or not found.orders
    if wrong:
        print(f"seed {given.seed}; what is left is in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def again_with_the_library(words: Sequence[str]) -> int:
    """This program once more, with the disk that can fail loaded before everything else."""
    with suppress(OSError), tempfile.TemporaryDirectory() as folder:
        library = build(Path(folder))
        if library is not None:
            line = [sys.executable, "-m", "benchmarks.torture", *words]
            env = {**os.environ, "LD_PRELOAD": str(library)}
            return subprocess.run(line, check=False, cwd=ROOT, env=env).returncode
    print("a C compiler on Linux is needed to make the disk fail")
    return 1


if __name__ == "__main__":
    sys.exit(main())
