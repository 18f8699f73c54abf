"""A disk that fails at the k-th call, for every k of a session: errors, short writes, a full disk, death in the middle.

The calls are those that change files of the log: write, pwrite, fsync, fdatasync, ftruncate, rename, unlink. A small
shared library (`failing_disk.c`, compiled here with the system's C compiler) counts them and does wrong at one.
"""

import ctypes
import os
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.crashing import REFUSED, TRACEBACK, Books, Told, ended, forked, trade
from benchmarks.kill_loop import Found
from simexchange.eventlog import sqlite
from simexchange.eventlog.archive import archive
from simexchange.eventlog.durability import ALWAYS, OFF, Durability
from simexchange.eventlog.forking import fork
from simexchange.eventlog.locate import open_log
from simexchange.eventlog.sqlite import FILE_NAME, SqliteLog
from simexchange.eventlog.verify import verify

SOURCE = Path(__file__).with_name("failing_disk.c")
KINDS = {
    "an error once": 1,
    "errors from then on": 2,
    "a full disk from then on": 3,
    "a short write, then a full disk": 4,
    "death before": 5,
    "death after half of a write": 6,
    "death after": 7,
}
ORDERS = 12
"""How many a session places."""
PAGES = 6
"""The write-ahead log is carried over after so many, so that a short session does it too."""
Session = Callable[[Path, int], None]


@dataclass
class Tally:
    """What every k of one kind came to."""

    kind: str
    calls: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    """How the session with the fault ended, and how the start after it went."""
    found: Found = field(default_factory=Found)

    def __str__(self) -> str:
        ends = ", ".join(f"{count} {name}" for name, count in sorted(self.ends.items()))
        found = self.found
        wrong = len(found.wrong)
        acknowledged = found.orders + found.cancels
        return (
            f"{self.kind}: {found.rounds} of {self.calls} calls; {acknowledged} acknowledged, {len(found.lost)} lost,"
            f" {len(found.twice)} twice, {wrong} wrong; {ends}"
        )


def build(folder: Path) -> Path | None:
    """The shared library, or None where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    made = folder / "failing_disk.so"
    line = [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(SOURCE), "-ldl"]
    subprocess.run(line, check=True, capture_output=True)
    return made


def arm(folder: Path, kind: int, k: int) -> None:
    """Do wrong in this process at the *k*-th call below *folder*. The library must have been loaded with LD_PRELOAD."""
    ctypes.CDLL(None).failing_disk_arm(str(folder).encode(), kind, ctypes.c_long(k))


def calls() -> int:
    """How many calls this process has made since it was armed."""
    count = ctypes.CDLL(None).failing_disk_calls
    count.restype = ctypes.c_long
    return int(count())


@contextmanager
def small_pages() -> Iterator[None]:
    """A short write-ahead log, for whoever is forked in here."""
    before, sqlite._PAGES_IN_WAL = sqlite._PAGES_IN_WAL, PAGES  # type: ignore[misc]
    try:
        yield
    finally:
        sqlite._PAGES_IN_WAL = before  # type: ignore[misc]


def trading(policy: Durability, resend: list[str], turn: str) -> Session:
    """A session that opens or begins the log in a folder and trades a little."""
    return lambda folder, out: trade(folder / FILE_NAME, policy, out, turn, resend, ORDERS)


def with_fault(session: Session, folder: Path, kind: int, k: int) -> Told:
    """Run *session* in a process of its own with that fault."""

    def work(out: int) -> None:
        arm(folder, kind, k)
        session(folder, out)
        os.write(out, f"K {calls()}\n".encode())

    return ended(*forked(work))


def count_calls(session: Session, folder: Path) -> int:
    """How many calls *session* makes where nothing fails."""
    told = with_fault(session, folder, 0, 0)
    assert told.status == 0, told.notes
    return int(told.notes[-1].split()[1])


def every_call(folder: Path, name: str, kind: int, *, step: int = 1, policy: Durability = ALWAYS) -> Tally:
    """A session with that fault at each *step*-th call, then another on the same log where nothing fails."""
    tally = Tally(name)
    with small_pages():
        tally.calls = count_calls(trading(policy, [], "a"), folder / "counted")
        shutil.rmtree(folder / "counted")
        for k in range(1, tally.calls + 1, step):
            place = folder / f"{kind}-{k}"
            books = Books(place / FILE_NAME, tally.found)
            tally.found.rounds += 1
            hurt = with_fault(trading(policy, [], "a"), place, kind, k)
            books.hold(hurt)
            again = ended(*forked(lambda out, p=place, b=books: trading(policy, b.doubtful, "b")(p, out)))  # type: ignore[misc]
            books.hold(again)
            _judge(tally, k, hurt, again)
            books.close()
            shutil.rmtree(place)
    return tally


def _judge(tally: Tally, k: int, hurt: Told, again: Told) -> None:
    ends = {0: "ended well", REFUSED: "refused with its reason", -9: "died"}
    tally.ends[ends.get(hurt.status, f"ended with {hurt.status}")] += 1
    if again.status:
        # Nothing fails any more: it has to find itself again.
        tally.found.wrong.append(f"{tally.kind}, call {k}: no start afterwards: {again.notes}")
    if hurt.status == TRACEBACK or hurt.status not in ends:
        tally.found.wrong.append(f"{tally.kind}, call {k}: {hurt.status} {hurt.notes}")


def every_size(folder: Path, sizes: range, policy: Durability = OFF) -> Tally:
    """A session in which no file may grow beyond so many bytes, for each of *sizes*; then one without that limit."""
    tally = Tally("no file beyond a size", calls=len(sizes))
    with small_pages():
        for size in sizes:
            place = folder / f"size-{size}"
            books = Books(place / FILE_NAME, tally.found)
            tally.found.rounds += 1

            def work(out: int, size: int = size, place: Path = place) -> None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
                trading(policy, [], "a")(place, out)

            hurt = ended(*forked(work))
            books.hold(hurt)
            again = ended(*forked(lambda out, p=place, b=books: trading(policy, b.doubtful, "b")(p, out)))  # type: ignore[misc]
            books.hold(again)
            _judge(tally, size, hurt, again)
            books.close()
            shutil.rmtree(place)
    return tally


def every_call_of_an_archive(folder: Path, name: str, kind: int, *, step: int = 1) -> Tally:
    """Archive half of a log with that fault at each *step*-th call; log and archives must be what the log was."""

    def session(place: Path, _: int) -> None:
        archive(place / FILE_NAME, 2 * ORDERS)

    return _beside_the_log(folder, Tally(name), kind, step, session)


def every_call_of_a_fork(folder: Path, name: str, kind: int, *, step: int = 1) -> Tally:
    """Fork a log with that fault at each *step*-th call: the log stays as it was, the fork is whole or not there."""

    def session(place: Path, _: int) -> None:
        with closing(SqliteLog.read_only(place / FILE_NAME)) as log:
            fork(log, None, place / "fork")

    return _beside_the_log(folder, Tally(name), kind, step, session)


def _beside_the_log(folder: Path, tally: Tally, kind: int, step: int, session: Session) -> Tally:
    """What is done with a log that nobody serves, with that fault; then an exchange goes on with the log."""
    whole = folder / "whole"
    with small_pages():
        assert ended(*forked(lambda out: trade(whole / FILE_NAME, OFF, out, "a", [], 4 * ORDERS))).status == 0
        lines = _lines(whole)
        shutil.copytree(whole, folder / "counted")
        tally.calls = count_calls(session, folder / "counted")
        shutil.rmtree(folder / "counted")
        for k in range(1, tally.calls + 1, step):
            place = folder / f"{kind}-{k}"
            shutil.copytree(whole, place)
            tally.found.rounds += 1
            hurt = with_fault(session, place, kind, k)
            made = [each for each in (place, place / "fork") if each.exists()]
            tally.found.lost += [f"{tally.kind}, call {k}: records of {each}" for each in made if _lines(each) != lines]
            again = ended(*forked(lambda out, p=place: trade(p / FILE_NAME, OFF, out, "b", [], 1)))  # type: ignore[misc]
            _judge(tally, k, hurt, again)
            if _lines(place)[: len(lines)] != lines:
                tally.found.lost.append(f"{tally.kind}, call {k}: records, after the next start")
            shutil.rmtree(place)
    shutil.rmtree(whole)
    return tally


def _lines(folder: Path) -> list[bytes]:
    """Everything of a log and its archives, where it verifies; else nothing."""
    with closing(open_log(str(folder))) as log:
        return list(log.read()) if verify(log).ok else []
