"""A small exchange that acknowledges orders as fast as it can until it is killed: engine, runtime and log, no sockets.

Run as ``python kill_child.py LOG ROUNDS SECONDS``. It forks one process a round, kills it with SIGKILL at a moment of
its own choosing, and prints what was acknowledged: one line ``ROUND CLIENT_ID ORDER_ID`` per order.
"""

import os
import random
import select
import signal
import sys
import time
import traceback
from pathlib import Path

from simexchange.core.vocabulary.events import OrderAccepted, OrderRejected
from simexchange.core.vocabulary.orders import Side
from simexchange.eventlog.durability import ALWAYS, OFF
from simexchange.eventlog.sqlite import SqliteLog
from tests.runtime.world import HEADER, Crowd, begin, user_order


def trade(path: Path, turn: int, out: int) -> None:
    """Go on with the log at *path* and acknowledge orders on *out*: each line after its record is durable."""
    policy = ALWAYS if turn % 2 else OFF
    log = SqliteLog.open(path, policy) if path.exists() else SqliteLog.create(path, HEADER, policy)
    exchange = begin(log, feeds=[Crowd()], durability=policy)
    n = 0
    while True:
        n += 1
        side = Side.BUY if n % 2 else Side.SELL
        step = exchange.submit(user_order(exchange, side, 1, 90 + n % 20, f"r{turn}-{n}"))
        answer = step.events[0]
        exchange.flush()
        # Refused or not: it was answered, with an order id.
        assert isinstance(answer, (OrderAccepted, OrderRejected)), answer
        os.write(out, f"{turn} r{turn}-{n} {answer.order}\n".encode())
        # What comes after the acknowledgement may be lost: feeds and timers run ahead of the disk.
        exchange.advance_to(type(step.at)(exchange.now() + 30_000_000))


def dies_opening(turn: int) -> bool:
    """Whether the child of that round is killed while it may still be finding itself again."""
    return turn % 5 == 4


def one_round(path: Path, turn: int, patience: float) -> bytes:
    """Let a child trade, kill it, and return what it said."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            trade(path, turn, writer)
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(3)
    os.close(writer)
    said = b""
    if not dies_opening(turn):
        # The first acknowledgement says that the log was opened; then any moment is as good as another.
        select.select([reader], [], [], 30)
    time.sleep(random.random() * patience)
    os.kill(child, signal.SIGKILL)
    while piece := os.read(reader, 1 << 16):
        said += piece
    os.close(reader)
    os.waitpid(child, 0)
    return said


def main() -> None:
    """All rounds."""
    path, rounds, patience = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    for turn in range(rounds):
        said = one_round(path, turn, patience)
        # A line that was cut off by the kill was not received, so it was not acknowledged.
        sys.stdout.write(said[: said.rfind(b"\n") + 1].decode())
        sys.stdout.flush()


if __name__ == "__main__":
    main()
