"""Frames on their way to sockets: each passes its point before it may wait for its record.

Used once faults have begun; before that the fan-out writes by itself. A frame that is given here is looked at in the
same round of the loop, after whatever is being executed: a note of a fault is a command, and none may be submitted
while the events of another are told. Frames of one socket keep their order, unless a fault changes it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.gateway.connection import Connection
from simexchange.gateway.faults.injector import Injector, Stroke
from simexchange.gateway.faults.points import NOBODY, Point


class Frame(msgspec.Struct):
    """One finished frame, and what it is."""

    channel: str
    """Empty for what belongs to no channel (an acknowledgement, a pong): it only keeps its place."""
    name: str
    account: AccountNo
    seq: int
    """The record that must be durable before it goes out."""
    data: bytes


class Pipe:
    """What waits for one socket, in order."""

    __slots__ = ("connection", "due", "frames", "held", "waking")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.frames: deque[Frame] = deque()
        """Not looked at yet."""
        self.held: deque[tuple[float, Frame, Point | None]] = deque()
        """Looked at, each with the instant of the loop's clock before which it does not go on."""
        self.due = 0.0
        """No frame goes on before the one in front of it."""
        self.waking: asyncio.TimerHandle | None = None


Apply = Callable[["Pipes", Pipe, Frame, Stroke], Iterable[Frame]]
"""What a fault makes of a frame: nothing, the frame, two of them… It may delay the pipe."""
Deliver = Callable[[Connection, int, bytes], None]


class Pipes:
    """The pipes of one server."""

    def __init__(self, injector: Injector, deliver: Deliver) -> None:
        """*deliver* has a frame wait for its record, and then written."""
        self.injector = injector
        self._deliver = deliver
        self._pipes: dict[Connection, Pipe] = {}
        self._ready: dict[Connection, Pipe] = {}
        """With frames that were not looked at."""
        self._due = False

    def put(self, connection: Connection, frame: Frame) -> None:
        """Send *frame* on its way."""
        pipe = self._pipes.get(connection)
        if pipe is None:
            pipe = self._pipes[connection] = Pipe(connection)
        pipe.frames.append(frame)
        self._ready[connection] = pipe
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._work)

    def forget(self, connection: Connection) -> None:
        """The socket is gone."""
        self._ready.pop(connection, None)
        self.injector.lines.forget(connection)
        pipe = self._pipes.pop(connection, None)
        if pipe is not None and pipe.waking is not None:
            pipe.waking.cancel()

    def delay(self, pipe: Pipe, seconds: float) -> None:
        """Let the frame that is being looked at, and those behind it, go on so much later."""
        pipe.due = max(pipe.due, asyncio.get_running_loop().time() + seconds)

    def _work(self) -> None:
        self._due = False
        ready, self._ready = self._ready, {}
        for pipe in ready.values():
            while pipe.frames:
                self._pass(pipe, pipe.frames.popleft())
            self._let_go(pipe)

    def _pass(self, pipe: Pipe, frame: Frame) -> None:
        point = None
        frames: list[Frame] = [frame]
        if frame.channel:
            point = self.injector.lines.of(frame.channel, pipe.connection).tells(frame.name, frame.account)
            for stroke in self.injector.judge(point):
                frame.seq = max(frame.seq, stroke.seq)
                frames = [made for each in frames for made in APPLY[stroke.kind](self, pipe, each, stroke)]
        pipe.held.extend((pipe.due, each, point) for each in frames)

    def _let_go(self, pipe: Pipe) -> None:
        """Deliver what is due, and see that the rest is later."""
        loop = asyncio.get_running_loop()
        held, now = pipe.held, loop.time()
        while held and held[0][0] <= now:
            _, frame, point = held.popleft()
            self._deliver(pipe.connection, frame.seq, frame.data)
            if point is not None:
                self.injector.holds.passed(point)
        if held and pipe.waking is None:
            pipe.waking = loop.call_at(held[0][0], self._wake, pipe)

    def _wake(self, pipe: Pipe) -> None:
        pipe.waking = None
        self._let_go(pipe)


def _drop(_pipes: Pipes, _pipe: Pipe, _frame: Frame, _stroke: Stroke) -> Iterable[Frame]:
    return ()


def _latency(pipes: Pipes, pipe: Pipe, frame: Frame, stroke: Stroke) -> Iterable[Frame]:
    pipes.delay(pipe, stroke.span("delay"))
    return (frame,)


APPLY: Final[Mapping[str, Apply]] = {
    "drop": _drop,
    "latency": _latency,
}
"""What each kind does to a frame."""


def plain(seq: int, data: bytes) -> Frame:
    """A frame that is no message of any channel."""
    return Frame("", "", NOBODY, seq, data)
