"""Who makes checkpoints: a child process that folds the log, never the writer.

Run as ``python -m simexchange.eventlog.checkpointing PATH``; which seqs are wanted comes on standard input, with what
the runtime knows of its feeds at each.
"""

import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from simexchange.core import canonical
from simexchange.errors import SimexchangeError
from simexchange.eventlog.checkpoint import Checkpoint, KeptViews, code_of_views
from simexchange.eventlog.log import EventLog, KeepsCheckpoints
from simexchange.eventlog.replay import Replay
from simexchange.eventlog.sqlite import SqliteLog
from simexchange.projections.views import Views

WAITING_MAX: Final = 1_024
"""Checkpoints that wait for a child at most, some kilobytes each: of more, the oldest are let go.

What is let go is never made later, and a market at full speed on a busy machine is a million records ahead of the child
in minutes.
"""

Wanted = tuple[int, bytes]
"""A seq, and what the feeds are at there."""


def make_checkpoint(log: EventLog, seq: int, feeds: bytes = b"") -> Checkpoint:
    """Fold *log* to *seq*, keep the checkpoint and the views in it where it has room for them, and return it.

    Raises LogDamaged; StorageFailed.
    """
    return next(make_checkpoints(log, [(seq, feeds)]))


def make_checkpoints(log: EventLog, wanted: Sequence[Wanted]) -> Iterator[Checkpoint]:
    """The same for several seqs, in ascending order, in one fold."""
    base = log.base()
    # On a base that nobody gave views to there is nothing to fold them on.
    views = Views() if base is None or base.views else None
    fold = Replay(log) if views is None else Replay(log, views)
    for number, (seq, feeds) in enumerate(wanted):
        if not number:
            fold.from_checkpoint(seq)
        fold.run(seq)
        checkpoint = Checkpoint(fold.chain.seq, fold.chain.digest, canonical.dump(fold.state), feeds)
        if isinstance(log, KeepsCheckpoints):
            log.save_checkpoint(checkpoint)
            if views is not None and code_of_views():
                log.save_views(KeptViews.of(views, fold.chain.seq, fold.chain.digest))
        yield checkpoint


class CheckpointMaker:
    """At most one child at a time; what is wanted while one is at work waits for the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: deque[Wanted] = deque(maxlen=WAITING_MAX)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def wanted(self) -> int:
        """How many checkpoints wait for a child."""
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Whether a child is at work."""
        return self._child is not None and self._child.poll() is None

    def want(self, seq: int, feeds: bytes) -> None:
        """Have a checkpoint made after record *seq*, above all that were wanted before, once it is committed."""
        self._waiting.append((seq, feeds))

    def start(self, durable: int) -> bool:
        """Have those made that are wanted at or below *durable*; whether a child was started."""
        wanted = [each for each in self._waiting if each[0] <= durable]
        if not wanted or self.busy:
            return False
        for _ in wanted:
            self._waiting.popleft()
        command = [sys.executable, "-m", "simexchange.eventlog.checkpointing", str(self._path)]
        try:
            with tempfile.TemporaryFile() as told:
                told.write(msgspec.msgpack.encode(wanted))
                told.seek(0)
                self._child = subprocess.Popen(  # noqa: S603 - our own module
                    command, stdin=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
        except OSError:
            # A checkpoint is a convenience; a machine that cannot start a process has other worries.
            return False
        return True

    def wait(self, seconds: float) -> bool:
        """Wait for the child at work, if there is one; whether it is done."""
        if self._child is None:
            return True
        try:
            return self._child.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False

    def stop(self) -> None:
        """End the child at work: the next start of the exchange folds a little longer."""
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()


def main(arguments: list[str]) -> int:
    """The child. 0 where all of them were made."""
    path = Path(arguments[0])
    wanted = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Wanted])
    if hasattr(os, "nice"):
        # The writer comes first.
        os.nice(10)
    try:
        log = SqliteLog.read_only(path)
        for _ in make_checkpoints(log, wanted):
            pass
    except SimexchangeError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
