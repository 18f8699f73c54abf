"""Who makes checkpoints: a child process that folds the log, never the writer.

Run as ``python -m simexchange.eventlog.checkpointing PATH SEQ``; what the runtime knows of its feeds at that seq
comes on standard input.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from simexchange.core import canonical
from simexchange.errors import SimexchangeError
from simexchange.eventlog.checkpoint import Checkpoint
from simexchange.eventlog.log import EventLog, KeepsCheckpoints
from simexchange.eventlog.replay import Replay
from simexchange.eventlog.sqlite import SqliteLog


def make_checkpoint(log: EventLog, seq: int, feeds: bytes = b"") -> Checkpoint:
    """Fold *log* to *seq*, keep the checkpoint in it where it has room for them, and return it.

    Raises LogDamaged; StorageFailed.
    """
    fold = Replay(log)
    fold.from_checkpoint(seq)
    if fold.chain.seq < seq:
        fold.run(seq)
    checkpoint = Checkpoint(fold.chain.seq, fold.chain.digest, canonical.dump(fold.state), feeds)
    if isinstance(log, KeepsCheckpoints):
        log.save_checkpoint(checkpoint)
    return checkpoint


class CheckpointMaker:
    """At most one child at a time; while one is at work, further requests are let go: a later one will do."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def busy(self) -> bool:
        """Whether a child is at work."""
        return self._child is not None and self._child.poll() is None

    def start(self, seq: int, feeds: bytes) -> bool:
        """Have the checkpoint at *seq* made, which is committed; whether a child was started."""
        if self.busy:
            return False
        command = [sys.executable, "-m", "simexchange.eventlog.checkpointing", str(self._path), str(seq)]
        try:
            with tempfile.TemporaryFile() as told:
                told.write(feeds)
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
    """The child. 0 where the checkpoint was made."""
    path, seq = Path(arguments[0]), int(arguments[1])
    feeds = sys.stdin.buffer.read()
    if hasattr(os, "nice"):
        # The writer comes first.
        os.nice(10)
    try:
        log = SqliteLog.read_only(path)
        make_checkpoint(log, seq, feeds)
    except SimexchangeError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
