"""The one writer: executes a command, chains its record, tells everybody inside, and queues it for the commit thread.

State runs ahead, outputs wait: whoever sends anything out waits for `durable` of the newest seq it has seen.
"""

import asyncio
import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from typing import Final, NoReturn

import msgspec

from simexchange.core.engine import Engine
from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import LogError, StorageFailed
from simexchange.eventlog.checkpoint import EVERY
from simexchange.eventlog.checkpointing import CheckpointMaker
from simexchange.eventlog.committer import Committer
from simexchange.eventlog.durability import ALWAYS, Durability
from simexchange.eventlog.log import EventLog
from simexchange.eventlog.recheck import SOURCE_ENGINE
from simexchange.projections.views import Views
from simexchange.runtime.recovery import Recovery
from simexchange.runtime.schedule import Schedule
from simexchange.runtime.subscribers import Subscribers

_LOG = logging.getLogger(__name__)
RECORDS_UNDER_WAY: Final = 512
BYTES_UNDER_WAY: Final = 1 << 20
"""With so much uncommitted, feeds wait and clients are served."""


class Writer:
    """Belongs to one thread, that of the loop; only the seq of the last durable record is written by another."""

    def __init__(
        self,
        log: EventLog,
        schedule: Schedule,
        make_views: Callable[[], Views] = Views,
        durability: Durability = ALWAYS,
        checkpoints: CheckpointMaker | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Find the state in *log*. *loop* is told of commits, where another one than the first that runs it was before.

        Raises LogDamaged.
        """
        self.log = log
        self.subscribers = Subscribers()
        self.failure: StorageFailed | None = None
        """Set once a commit has failed: then nothing is executed any more."""
        self._failure_told = False
        self.durable_seq = log.last_seq
        self._schedule = schedule
        self._make_views = make_views
        self._checkpoints = checkpoints
        self._loop = loop
        self._committed = asyncio.Event()
        self._waiters: list[tuple[int, int, asyncio.Future[None]]] = []
        self._ticket = itertools.count()
        self._progress = threading.Condition()
        self.state: ExchangeState
        self.views: Views
        self.running_feeds: list[str] = []
        self._half_done = False
        """Whether the engine stumbled in the middle of a command: then the state is in no record."""
        self._recover(schedule)
        self._committer = Committer(log, self._on_durable, self._on_failed, durability)
        self._held: list[bytes] = []
        """Lines of this round of the loop, not with the commit thread yet."""
        self._held_bytes = 0

    def _recover(self, schedule: Schedule) -> None:
        self.views = self._make_views()
        found = Recovery(self.log, schedule, [self.views])
        self.state = found.fold.state
        self.engine = Engine(self.state)
        self._chain = found.fold.chain
        self._root = found.root
        self.running_feeds = list(found.running)

    @property
    def seq(self) -> int:
        """The seq of the newest record, durable or not."""
        return self._chain.seq

    def execute(self, command: Command, at: Nanos, source: str, cause: int = 0) -> Step:
        """Execute *command* at *at*, which is not before the newest record's instant. Nothing else is pending.

        Raises StorageFailed once a commit has failed.
        """
        if self.failure is not None:
            raise self._refusal()
        try:
            events = self.engine.execute(command, at)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing may be executed after it
            # What the engine had applied by then is in no record: only the log knows what is true.
            _LOG.exception("the engine failed over %r", command)
            self._half_done = True
            self.fail(f"the engine failed over {type(command).__name__}: {error!r}")
        try:
            line = self._chain.add(at, source, cause, command, events)
        except (ValueError, TypeError, msgspec.MsgspecError) as error:
            # Text or a number that cannot be written down: what was applied is in no record.
            self._half_done = True
            self.fail(f"{type(command).__name__} cannot be written down: {error!r}")
        seq = self._chain.seq
        if source != SOURCE_ENGINE:
            self._root = seq
        self._put(line)
        step = Step(seq, at, events)
        self._tell(step)
        if seq % EVERY == 0 and self._checkpoints is not None:
            self._checkpoints.want(seq, self._schedule.marks())
        return step

    def _put(self, line: bytes) -> None:
        """Queue *line* for the commit thread; on a running loop, together with all others of this round of it.

        Else the thread would wake for the first of many orders that came in at once, sync it alone, and fight the loop
        for the interpreter over each of the others.
        """
        loop = self._loop
        if loop is None or not loop.is_running():
            self._committer.put(line)
            return
        if not self._held:
            loop.call_soon(self._hand_over)
        self._held.append(line)
        self._held_bytes += len(line)

    def _hand_over(self) -> None:
        """Give the commit thread what was held for it."""
        held, self._held, self._held_bytes = self._held, [], 0
        if held and self.failure is None:
            self._committer.put(*held)

    def _tell(self, step: Step) -> None:
        seq, at, apply, subscribers = step.seq, step.at, self.views.apply, self.subscribers
        if not subscribers:
            for event in step.events:
                apply(seq, at, event)
            return
        for event in step.events:
            apply(seq, at, event)
            subscribers.event(seq, at, event)
        subscribers.step(step)

    def fail(self, why: str) -> NoReturn:
        """Execute nothing any more, because of *why*: a bug of ours. Raises StorageFailed."""
        self._on_failed(StorageFailed(why))
        raise self._refusal()

    def drain(self, hear: Callable[[Step], None] | None = None) -> None:
        """Execute what the steps before made necessary, one record each, until nothing is; *hear* is told of each."""
        while (command := self.state.pending()) is not None:
            step = self.execute(command, Nanos(self.state.now), SOURCE_ENGINE, self._root)
            if hear is not None:
                hear(step)

    def has_room(self) -> bool:
        """Whether feeds may go on: not too much is waiting for the disk."""
        return (
            self._chain.seq - self.durable_seq < RECORDS_UNDER_WAY
            and self._committer.bytes_under_way + self._held_bytes < BYTES_UNDER_WAY
            and self.failure is None
        )

    def flush(self, seq: int | None = None) -> None:
        """Block until *seq*, or the newest record, is durable. For use without a loop. Raises StorageFailed."""
        wanted = self._chain.seq if seq is None else seq
        self._hand_over()
        with self._progress:
            self._progress.wait_for(lambda: self.durable_seq >= wanted or self.failure is not None)
        if self.durable_seq < wanted:
            raise self._refusal()

    async def durable(self, seq: int) -> None:
        """Wait until *seq* is durable. Raises StorageFailed where it never will be."""
        if seq <= self.durable_seq:
            return
        loop = self.attach()
        if self.failure is not None:
            raise self._refusal()
        waiter: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._waiters, (seq, next(self._ticket), waiter))
        # It may have become durable, or failed, between the first look and now.
        if seq <= self.durable_seq or self.failure is not None:
            self._wake()
        await waiter

    @property
    def awaited(self) -> bool:
        """Whether anybody waits for something to be durable."""
        return bool(self._waiters)

    async def next_commit(self) -> None:
        """Wait until more of what is under way is durable, or a commit has failed."""
        self.attach()
        self._committed.clear()
        if self._chain.seq > self.durable_seq and self.failure is None:
            await self._committed.wait()

    def attach(self) -> asyncio.AbstractEventLoop:
        """The loop to tell of commits: the running one, from now on."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            if self.failure is not None:
                # It failed while there was no loop to tell.
                self._loop.call_soon(self._after_failure)
        return self._loop

    def want_checkpoint(self) -> None:
        """Have a checkpoint made after the newest record, which is durable, if that can be."""
        if self._checkpoints is not None:
            self._checkpoints.want(self.seq, self._schedule.marks())
            self._checkpoints.start(self.durable_seq)

    def retire(self) -> Subscribers:
        """Commit everything, let go of whoever waits, and end; who listened is handed over. Raises StorageFailed.

        The loop it told of commits has to be given to its successor.
        """
        self.flush()
        self._wake()
        self.close()
        subscribers, self.subscribers = self.subscribers, Subscribers()
        return subscribers

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop that is told of commits, if any is."""
        return self._loop

    def close(self) -> None:
        """Commit what is queued and end the commit thread. The log stays open."""
        self._hand_over()
        self._committer.close()
        if self._checkpoints is not None:
            self._checkpoints.stop()

    # From the commit thread

    def _on_durable(self, seq: int) -> None:
        with self._progress:
            self.durable_seq = seq
            self._progress.notify_all()
        self._call_loop(self._wake)

    def _on_failed(self, failure: StorageFailed) -> None:
        with self._progress:
            if self.failure is not None:
                return
            self.failure = failure
            self._progress.notify_all()
        _LOG.error("%s", failure)
        self._call_loop(self._after_failure)

    def _call_loop(self, call: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(call)
            except RuntimeError:
                # The loop has ended; nobody is waiting any more.
                return

    # On the loop

    def _wake(self) -> None:
        """Tell those who waited, and start a checkpoint that became possible."""
        durable = self.durable_seq
        waiters = self._waiters
        while waiters and waiters[0][0] <= durable:
            waiter = heapq.heappop(waiters)[2]
            if not waiter.done():
                waiter.set_result(None)
        self._committed.set()
        self.subscribers.durable(durable)
        if self._checkpoints is not None and self._checkpoints.wanted:
            self._checkpoints.start(durable)
        if self.failure is not None:
            self._fail_waiters()

    def _after_failure(self) -> None:
        """Forget what is not durable: find the state again in the log; only then reads are answered."""
        self._wake()
        if self._failure_told:
            return
        self._failure_told = True
        self.subscribers.failed(self.durable_seq)
        try:
            self.restore()
        except LogError:
            _LOG.exception("the state cannot be found again in the log")

    def restore(self) -> None:
        """Make the state what the log says, after a failure. *state* and *views* are new objects afterwards.

        Raises LogError where the log cannot even be read.
        """
        self._committer.close()
        self._held, self._held_bytes = [], 0
        if self._half_done or self._chain.seq > self.durable_seq:
            # Feeds are of no use any more: nothing will be executed.
            self._recover(Schedule())
            self._half_done = False

    def _fail_waiters(self) -> None:
        waiters, self._waiters = self._waiters, []
        for _, _, waiter in waiters:
            if not waiter.done():
                waiter.set_exception(self._refusal())

    def _refusal(self) -> StorageFailed:
        return StorageFailed(str(self.failure))
