"""Frames that wait, and how they leave."""

import asyncio

from simexchange.core.vocabulary.units import SECOND
from simexchange.gateway.connection import Connection
from simexchange.gateway.venues import VENUES

RULES = VENUES["binance"].mounts["spot"].socket


class Wire(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


def test_what_became_durable_together_leaves_in_one_write() -> None:
    wire = Wire()
    connection = Connection(wire, RULES, 0, combined=False)
    for seq, data in ((1, b"a"), (1, b"b"), (2, b"c"), (3, b"d")):
        connection.waiting.append((seq, data))

    done = connection.release(2)

    assert wire.writes == [b"abc"]
    assert not done
    assert connection.waiting[0][0] == 3


def test_nothing_leaves_on_a_wire_that_is_closing() -> None:
    wire = Wire()
    connection = Connection(wire, RULES, 0, combined=False)
    connection.waiting.append((1, b"a"))
    wire.closed = True

    done = connection.release(1)

    assert wire.writes == []
    assert done
    assert not connection.waits


def test_messages_are_counted_by_the_second() -> None:
    """Five a second are heard, the sixth is too much, and the next second is a new one."""
    connection = Connection(Wire(), RULES, 0, combined=False)

    heard = [connection.hears_too_much(SECOND) for _ in range(6)]

    assert heard == [False] * 5 + [True]
    assert not connection.hears_too_much(2 * SECOND)
