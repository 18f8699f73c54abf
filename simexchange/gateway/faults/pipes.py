"""Frames on their way to sockets: each passes its point before it may wait for its record.

Used once faults have begun; before that the fan-out writes by itself. A frame that is given here is looked at in the
same round of the loop, after whatever is being executed: a note of a fault is a command, and none may be submitted
while the events of another are told. Frames of one socket keep their order, unless a fault changes it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec

from simexchange.core.vocabulary.ids import AccountNo
from simexchange.errors import StorageFailed
from simexchange.gateway.connection import Connection
from simexchange.gateway.faults.injector import Injector, Stroke
from simexchange.gateway.faults.kinds import CUT
from simexchange.gateway.faults.points import NOBODY, USER, Point

FILLS: Final = "fills"
FOR_EVER: Final = float("inf")


class Frame(msgspec.Struct):
    """One finished frame, and what it is."""

    channel: str
    """Empty for what belongs to no channel (an acknowledgement, a pong): it only keeps its place."""
    name: str
    account: AccountNo
    seq: int
    """The record that must be durable before it goes out."""
    data: bytes
    telling: str = ""
    order: str = ""
    """What it tells and of which order: see `Point`."""
    point: Point | None = None
    strokes: tuple[Stroke, ...] = ()
    """For a reply, which was judged when it was made: where it is, and what strikes it."""
    told: asyncio.Future[bool] | None = None
    """Done when a late reply may go out."""
    unknown: Callable[[], bytes] | None = None
    """For a reply: the one that leaves open what became of the request."""
    strike: Stroke | None = None
    """No frame, but a fault that strikes the socket when it is this one's turn."""


class Late(msgspec.Struct):
    """A frame that others are to overtake."""

    frame: Frame
    point: Point
    until: float
    """When it goes on at the latest, by the loop's clock."""
    behind: int = 0
    """How many messages still go before it; 0: as many as come."""
    order: str = ""
    """The order whose fill it waits for."""

    def follows(self, point: Point) -> bool:
        """Whether *point* was the last message it had to wait for."""
        if point == self.point:
            return False
        if self.order:
            return point.order == self.order and point.telling == FILLS
        self.behind -= 1
        return self.behind == 0


class Pipe:
    """What waits for one socket, in order."""

    __slots__ = ("connection", "due", "frames", "held", "late", "stopped", "waking")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.frames: deque[Frame] = deque()
        """Not looked at yet."""
        self.held: deque[tuple[float, Frame, Point | None]] = deque()
        """Looked at, each with the instant of the loop's clock before which it does not go on."""
        self.late: list[Late] = []
        """Taken out of the order."""
        self.stopped = False
        """Whether something is being done to the socket, before which nothing more goes on."""
        self.due = 0.0
        """No frame goes on before the one in front of it."""
        self.waking: asyncio.TimerHandle | None = None


Apply = Callable[["Pipes", Pipe, Frame, Stroke], Iterable[Frame]]
"""What a fault makes of a frame: nothing, the frame, two of them… It may delay the pipe."""
Deliver = Callable[[Connection, int, bytes], None]
Strike = Callable[[Connection, Stroke], Awaitable[None]]


class Pipes:
    """The pipes of one server."""

    def __init__(self, injector: Injector, deliver: Deliver, strike: Strike) -> None:
        """*deliver* has a frame wait for its record, and then written. *strike* does a fault to a socket."""
        self.injector = injector
        self._deliver = deliver
        self._strike = strike
        self._tasks: set[asyncio.Task[None]] = set()
        self._pipes: dict[Connection, Pipe] = {}
        self._ready: dict[Connection, Pipe] = {}
        """With frames that were not looked at."""
        self._due = False
        injector.holds.when_unparked(self._look_at_all)

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
        self._ripen(pipe)
        if not frame.channel:
            pipe.held.append((pipe.due, frame, None))
            return
        point, judged = self._judge(pipe, frame)
        frames: list[Frame] = [frame]
        strikes: list[Frame] = []
        for stroke in judged:
            frame.seq = max(frame.seq, stroke.seq)
            if stroke.kind in APPLY:
                frames = [made for each in frames for made in APPLY[stroke.kind](self, pipe, each, stroke)]
            else:
                strikes.append(strike(stroke))
        if frame.channel == USER and (until := self.injector.holds.parked(frame.account)):
            pipe.late.extend(Late(each, point, until) for each in frames)
        else:
            pipe.held.extend((pipe.due, each, point) for each in frames)
        for late in [each for each in pipe.late if each.follows(point)]:
            pipe.late.remove(late)
            pipe.held.append((pipe.due, late.frame, late.point))
        pipe.held.extend((pipe.due, each, None) for each in strikes)

    def _judge(self, pipe: Pipe, frame: Frame) -> tuple[Point, Iterable[Stroke]]:
        if frame.point is not None:
            return frame.point, frame.strokes
        line = self.injector.lines.of(frame.channel, pipe.connection)
        point = line.tells(frame.name, frame.account, frame.telling, frame.order)
        # While one message is to come after others, these do not change places once more: with every message taken out
        # of the order they would all come in it, only later.
        swapping = any(late.behind > 0 for late in pipe.late)
        return point, self.injector.judge(point, spared="reorder" if swapping else "")

    def _ripen(self, pipe: Pipe) -> None:
        """Have late frames that have waited long enough go on."""
        if not pipe.late:
            return
        now = asyncio.get_running_loop().time()
        for late in [each for each in pipe.late if min(each.until, self._parked_until(each)) <= now]:
            pipe.late.remove(late)
            pipe.held.append((pipe.due, late.frame, late.point))

    def _parked_until(self, late: Late) -> float:
        """Until when a frame is parked that waits for a reply and nothing else."""
        if late.until != FOR_EVER:
            return late.until
        return self.injector.holds.parked(late.frame.account)

    def _let_go(self, pipe: Pipe) -> None:
        """Deliver what is due, and see that the rest is later."""
        self._ripen(pipe)
        held, now = pipe.held, asyncio.get_running_loop().time()
        if pipe.connection.gone:
            held.clear()
            pipe.late.clear()
        while held and held[0][0] <= now and not pipe.stopped:
            _, frame, point = held.popleft()
            if frame.strike is not None:
                self._do(pipe, frame.strike)
                continue
            self._go_on(pipe.connection, frame, point)
        self._wake_later(pipe)

    def _go_on(self, connection: Connection, frame: Frame, point: Point | None) -> None:
        self._deliver(connection, frame.seq, frame.data)
        if point is not None:
            self.injector.holds.passed(point)

    def set_aside(self, connection: Connection, frame: Frame, told: asyncio.Future[bool], at_most: float) -> None:
        """Let *frame* go on once *told* is done, or after *at_most* seconds; others pass by meanwhile."""

        async def go_on_later() -> None:
            await self.injector.holds.wait(told, at_most)
            if not connection.gone:
                self._go_on(connection, frame, None)

        self._begin(go_on_later())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Let nothing wait any more."""
        for task in self._tasks:
            task.cancel()

    def _do(self, pipe: Pipe, stroke: Stroke) -> None:
        """Do a fault to the socket once what went before it is written; until then nothing else goes on."""
        pipe.stopped = True
        self._begin(self._do_in_turn(pipe, stroke))

    async def _do_in_turn(self, pipe: Pipe, stroke: Stroke) -> None:
        with suppress(StorageFailed):
            await self.injector.exchange.durable(stroke.seq)
            while pipe.connection.waits and not pipe.connection.gone:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0)
            await self._strike(pipe.connection, stroke)
        pipe.stopped = False
        self._let_go(pipe)

    def _wake_later(self, pipe: Pipe) -> None:
        if pipe.waking is not None:
            pipe.waking.cancel()
            pipe.waking = None
        times = [late.until for late in pipe.late if late.until != FOR_EVER]
        if pipe.held and not pipe.stopped:
            times.append(pipe.held[0][0])
        if times:
            pipe.waking = asyncio.get_running_loop().call_at(min(times), self._wake, pipe)

    def _wake(self, pipe: Pipe) -> None:
        pipe.waking = None
        self._let_go(pipe)

    def _look_at_all(self) -> None:
        """Private messages need not wait for a reply any more."""
        for pipe in list(self._pipes.values()):
            if pipe.late:
                self._let_go(pipe)


def _drop(_pipes: Pipes, _pipe: Pipe, _frame: Frame, _stroke: Stroke) -> Iterable[Frame]:
    return ()


def _latency(pipes: Pipes, pipe: Pipe, frame: Frame, stroke: Stroke) -> Iterable[Frame]:
    pipes.delay(pipe, stroke.span("delay"))
    return (frame,)


def _twice(_pipes: Pipes, _pipe: Pipe, frame: Frame, _stroke: Stroke) -> Iterable[Frame]:
    return (frame, frame)


def _copies(_pipes: Pipes, _pipe: Pipe, frame: Frame, stroke: Stroke) -> Iterable[Frame]:
    return [frame] * (1 + int(stroke.params["copies"]))


def _reorder(_pipes: Pipes, pipe: Pipe, frame: Frame, stroke: Stroke) -> Iterable[Frame]:
    until = asyncio.get_running_loop().time() + stroke.span("at_most")
    pipe.late.append(Late(frame, stroke.point, until, int(stroke.params["behind"])))
    return ()


def _after_fill(_pipes: Pipes, pipe: Pipe, frame: Frame, stroke: Stroke) -> Iterable[Frame]:
    until = asyncio.get_running_loop().time() + stroke.span("at_most")
    pipe.late.append(Late(frame, stroke.point, until, order=stroke.point.order))
    return ()


def _silence(_pipes: Pipes, _pipe: Pipe, frame: Frame, stroke: Stroke) -> Iterable[Frame]:
    return (strike(stroke),) if stroke.params.get("how", CUT) == CUT else ()


def _unknown(_pipes: Pipes, _pipe: Pipe, frame: Frame, _stroke: Stroke) -> Iterable[Frame]:
    if frame.unknown is not None:
        frame.data = frame.unknown()
    return (frame,)


def _late_reply(pipes: Pipes, pipe: Pipe, frame: Frame, stroke: Stroke) -> Iterable[Frame]:
    if frame.told is None:
        return (frame,)
    pipes.set_aside(pipe.connection, frame, frame.told, stroke.span("at_most"))
    return ()


def _as_it_is(_pipes: Pipes, _pipe: Pipe, frame: Frame, _stroke: Stroke) -> Iterable[Frame]:
    return (frame,)


APPLY: Final[Mapping[str, Apply]] = {
    "drop": _drop,
    "latency": _latency,
    "duplicate": _copies,
    "duplicate_fill": _twice,
    "reorder": _reorder,
    "ws_gap": _drop,
    "ack_after_fill": _after_fill,
    "timeout_unknown_status": _silence,
    "reset_after": _silence,
    "unknown_status": _unknown,
    "late_reply": _late_reply,
    "early_reply": _as_it_is,
}
"""What each kind does to a frame; those that are not here strike its socket."""


def strike(stroke: Stroke) -> Frame:
    """What does a fault to the socket behind the frames before it, once the log has its note."""
    return Frame("", "", NOBODY, stroke.seq, b"", strike=stroke)


def plain(seq: int, data: bytes) -> Frame:
    """A frame that is no message of any channel."""
    return Frame("", "", NOBODY, seq, data)
