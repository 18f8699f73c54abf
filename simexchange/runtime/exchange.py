"""The exchange at work: commands from outside, what falls due, and what the feeds bring, one after the other.

Exchange time goes as far as the clock lets it, and never past an instant at which something is still to be done.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, cast

import msgspec

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command, NoteFeed, OpenExchange, PassTime
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import MILLISECOND, SECOND, Nanos
from simexchange.errors import StorageFailed
from simexchange.eventlog.durability import ALWAYS, Durability
from simexchange.eventlog.log import EventLog, KeepsNotes
from simexchange.eventlog.recheck import SOURCE_TIMER
from simexchange.eventlog.repair import forget_note, pending_note
from simexchange.eventlog.travel import Past
from simexchange.feeds.contract import NOTE_RESUMED, NOTE_STARTED, NOTE_SUSPENDED, Feed
from simexchange.projections.views import Views
from simexchange.runtime.clock import NEVER, PAUSED, WALL, Clock, Mode, Speed, WallTime
from simexchange.runtime.jump import Arrival, Ending, Goal, JumpTo
from simexchange.runtime.reader import Reader
from simexchange.runtime.recovery import SOURCE_CONTROL
from simexchange.runtime.rewinding import GoesBack
from simexchange.runtime.schedule import Schedule
from simexchange.runtime.subscribers import Subscriber
from simexchange.runtime.watch import SOURCE_WATCH, Watch
from simexchange.runtime.writer import Writer

_LOG = logging.getLogger(__name__)
SOURCE_CLIENT: Final = "client"
SLICE: Final = MILLISECOND
"""How long feeds and timers may keep the loop before clients are looked at."""
CATCH_UP_AFTER: Final = 5 * SECOND
"""A stop longer than this is caught up without the feeds; they are told when they go on."""
_OFFSET_NOTE: Final = "wall_offset"
_STOOD_NOTE: Final = "stood_at"


class Health(msgspec.Struct, frozen=True):
    """What somebody who watches the exchange wants to know."""

    now: Nanos
    asked_speed: str
    reached_speed: float
    seq: int
    durable_seq: int
    failure: str
    """Why mutations are refused; empty while they are not."""


class Exchange(GoesBack):
    """The one writer of one log. Belongs to one thread; `run` drives it on an event loop, `advance_to` without one."""

    def __init__(
        self,
        log: EventLog,
        *,
        feeds: Iterable[Feed[Any]] = (),
        speed: Speed = WALL,
        durability: Durability = ALWAYS,
        make_views: Callable[[], Views] = Views,
        wall: WallTime | None = None,
        checkpoints: bool = False,
        until: Nanos | None = None,
        past: Past | None = None,
    ) -> None:
        """Find the state in *log*, or begin it. *until* is an instant that exchange time never passes.

        With *past*, a past of *log*, it stands there: it is asked, executes nothing, writes nothing, and is not run.

        Raises LogDamaged.
        """
        self.log = log
        self.new_views = make_views
        """Makes views that have folded nothing yet, with the same past before the start."""
        self._durability = durability
        self._checkpoints = checkpoints
        self._schedule = Schedule(feeds)
        self._reader = None if past is None else Reader(past)
        """What is in the writer's place, where a past is looked at."""
        if self._reader is None:
            self._writer = self._begin_writing(None)
        else:
            self._writer, speed = cast("Writer", self._reader), PAUSED
        self._until = until
        self._goal: Goal | None = None
        self._offset_note: str | None = None
        """What the log was told last of wall time."""
        self._held = False
        """Whether time stands still within an instant: what else is due at it waits for the next jump, or a speed."""
        self._poke = asyncio.Event()
        self._alarm = Nanos(0)
        """For which instant `run` sleeps; 0 while it does not."""
        self._watch = Watch()
        self._stood_still = 0
        """How often an alarm has stopped the clock."""
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self.finished = asyncio.Event()
        """Set when exchange time has come to *until*."""
        self.resumed = self._writer.seq > 0
        """Whether the log had records already."""
        self._reached = self._stood_at() if past is None else past.now
        self.clock = Clock(self._reached, speed, wall)
        self._last_pace = speed if speed.mode is not Mode.PAUSED else WALL
        if not self.resumed:
            self._writer.execute(OpenExchange(log.header.seed, log.header.start), self._reached, SOURCE_CONTROL)
        else:
            self._take_up_offset()
        self._finish_step()
        self._tell_of_repair()

    def _tell_of_repair(self) -> None:
        """A log that was mended says so in its first record afterwards."""
        note = pending_note(self.log)
        if note is not None:
            self._writer.execute(note, self._reached, SOURCE_CONTROL)
            self._writer.drain()
            self._writer.flush()
            forget_note(self.log)

    # What others look at

    @property
    def state(self) -> ExchangeState:
        """The engine's state: to be read, never kept (a failed commit replaces it)."""
        return self._writer.state

    @property
    def views(self) -> Views:
        """The projections, folded to the newest event: to be read, never kept."""
        return self._writer.views

    @property
    def seq(self) -> int:
        """The seq of the newest record, durable or not: what an answer made now has to wait for."""
        return self._writer.seq

    @property
    def durable_seq(self) -> int:
        """The seq of the newest record that is in the log for good."""
        return self._writer.durable_seq

    @property
    def failure(self) -> StorageFailed | None:
        """Why mutations are refused, if they are."""
        return self._writer.failure

    @property
    def until(self) -> Nanos | None:
        """Where exchange time ends, if it does."""
        return self._until

    @property
    def read_only(self) -> bool:
        """Whether it stands in the past."""
        return self._reader is not None

    @property
    def sets_index(self) -> bool:
        """Whether a feed sets index prices, so that nobody else may."""
        return any(slot.feed.sets_index for slot in self._schedule.slots)

    @property
    def feeds(self) -> list[Feed[Any]]:
        """The feeds, in the order they were given in."""
        return [slot.feed for slot in self._schedule.slots]

    def feed_state(self, name: str) -> Any:
        """What the feed of that name keeps: for its report; None where it has not started."""
        slot = self._schedule.slot(name)
        return None if slot is None else slot.state

    def next_instant(self) -> Nanos | None:
        """The next instant at which anything is due; None: nothing is."""
        return self._schedule.next_instant(self.state)

    def now(self) -> Nanos:
        """Exchange time: as far as the clock lets it go, but not past what is still to be done."""
        limit = self._present()
        instant = self._schedule.next_instant(self.state)
        if instant is not None and instant < limit:
            limit = instant
        self._reached = max(self._reached, limit)
        return self._reached

    def health(self) -> Health:
        failure = self._writer.failure
        return Health(
            self.now(),
            str(self.clock.speed),
            self.clock.reached_speed(),
            self.seq,
            self.durable_seq,
            "" if failure is None else str(failure),
        )

    # Commands

    def submit(self, command: Command, source: str = SOURCE_CLIENT, cause: int = 0) -> Step:
        """Run the timers that are due, execute *command* now, then what it makes necessary.

        The answer may leave the process once `durable` of its seq is. Raises StorageFailed.
        """
        writer = self._writer
        writer.drain()
        self._run_timers()
        step = writer.execute(command, self._reached, source, cause)
        self._follow(step)
        # Who sleeps is woken only for what comes before the alarm: else each order would cost a round of `run` too.
        due = self._schedule.next_instant(self.state)
        if due is not None and due < self._alarm:
            self._poke.set()
        return step

    def durable(self, seq: int) -> Coroutine[None, None, None]:
        """Wait until record *seq* is in the log for good. Raises StorageFailed where it never will be."""
        return self._writer.durable(seq)

    def flush(self) -> None:
        """Block until everything is in the log for good. For use without a loop. Raises StorageFailed."""
        self._writer.flush()

    def subscribe(self, subscriber: Subscriber) -> None:
        """From now on *subscriber* hears every event."""
        self._writer.subscribers.add(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """*subscriber* hears no more."""
        self._writer.subscribers.remove(subscriber)

    # Beginning and end

    def catch_up(self) -> None:
        """At the pace of wall time: come to the present after a stop, due timers in order, before anybody is let in."""
        gap = self.clock.limit() - self.state.now if self.resumed and self.clock.speed == WALL else 0
        running = set(self._writer.running_feeds)
        given = {slot.feed.name for slot in self._schedule.slots}
        if gap > CATCH_UP_AFTER:
            while (found := self._schedule.next_command()) is not None:
                slot, command = found
                self._follow(self._writer.execute(command, max(slot.at, self._reached), slot.source))
        for name in sorted(running if gap > CATCH_UP_AFTER else running - given):
            self._writer.execute(NoteFeed(name, NOTE_SUSPENDED), self._reached, SOURCE_CONTROL)
            left = self._schedule.slot(name)
            if left is not None:
                left.suspend()
        if gap > CATCH_UP_AFTER:
            self.advance_to(self.clock.limit())

    def start_feeds(self) -> None:
        """Start every feed that is not running: with its setup where it is new or lost, else from where it stood."""
        for slot in self._schedule.slots:
            if slot.running:
                continue
            name = slot.feed.name
            if slot.state is not None:
                step = self.submit(NoteFeed(name, NOTE_RESUMED), SOURCE_CONTROL)
                slot.resume(self.state, step.at)
                continue
            for command in slot.feed.setup(self.state):
                self.submit(command, slot.source)
            why = f"differs from record {slot.lost_at}" if slot.lost_at else ""
            step = self.submit(NoteFeed(name, NOTE_STARTED, why), SOURCE_CONTROL)
            slot.start(self.state, step.at)
        self._remember_offset()

    def start(self) -> None:
        """Begin to `run`, on the running loop."""
        self._writer.attach()
        self._task = asyncio.get_running_loop().create_task(self.run(), name="exchange")

    async def stop(self) -> None:
        """Stop running and commit everything. The log stays open. A second call does nothing."""
        self._stopping = True
        self._poke.set()
        if self._task is not None:
            await self._task
            self._task = None
        self.close()

    def close(self) -> None:
        """Commit everything and end the commit thread, without a loop. The log stays open."""
        self._writer.close()
        if isinstance(self.log, KeepsNotes) and self._reached > self.state.now and not self.read_only:
            self.log.set_note(_STOOD_NOTE, str(self._reached))

    def restore(self) -> None:
        """After a failed commit: make the state what the log says. With a loop this happens by itself."""
        self._writer.restore()

    def stand(self, past: Past) -> None:
        """Of an exchange that stands in the past: stand at another one. Whoever listens is cut off."""
        if self._reader is None:
            raise TypeError("an exchange that goes on stands nowhere")
        self._reader.stand(past)
        self._reached = past.now
        self.clock.set(past.now)
        self._reader.subscribers.failed(past.seq)

    # The clock

    def set_speed(self, speed: Speed) -> None:
        """Go on at *speed* from now; a jump under way ends."""
        now = self.now()
        self._end_jump(Ending.INTERRUPTED)
        self._held = False
        self.clock.set(now, speed)
        if speed.mode is not Mode.PAUSED:
            self._last_pace = speed
        self._remember_offset()
        self._poke.set()

    def pause(self) -> None:
        """Let exchange time stand still. Commands are executed at the instant it stands at."""
        self.set_speed(PAUSED)

    def resume(self) -> None:
        """Go on at the speed there was before the pause."""
        self.set_speed(self._last_pace)

    async def jump(self, to: Nanos | JumpTo) -> Nanos:
        """Run as fast as can be to an instant, or to the next thing of a kind; where it ended. `run` is running.

        Afterwards time goes on as before, from there. Nothing is left out on the way.
        """
        return (await self.travel(to)).at

    async def travel(self, to: Nanos | JumpTo, stop: Callable[[], bool] | None = None) -> Arrival:
        """The same, and how it ended: where *stop* is true after a step, too. One under way is interrupted."""
        if self._stopping or self._writer.failure is not None:
            return Arrival(self._reached, Ending.FAILED)
        self.now()
        self._end_jump(Ending.INTERRUPTED)
        self._held = False
        goal = self._goal = Goal(to, self._reached, self._schedule.next_instant(self.state), stop)
        self._poke.set()
        await goal.over.wait()
        return Arrival(self._reached, goal.ending)

    def leap(self, to: Nanos | JumpTo) -> Nanos:
        """`jump` at once and without a loop; where it ended."""
        self.now()
        self._end_jump(Ending.INTERRUPTED)
        self._held = False
        goal = self._goal = Goal(to, self._reached, self._schedule.next_instant(self.state))
        while self._goal is goal and self._advance(goal.until):
            if not self._writer.has_room():
                self._writer.flush()
        if self._goal is goal:
            self._reached = Nanos(max(self._reached, self._bounded(goal.until)))
            self._end_jump(goal.arrived(self._reached))
        return self._reached

    def advance_to(self, at: Nanos, stop: Callable[[], bool] | None = None) -> None:
        """Run everything due up to *at*, and come to it, at once and without a loop; an alarm may stop it before.

        Where *stop* is true after a step it ends at that step's instant, with what else is due then still to be done.
        """
        stood_still = self._stood_still
        while self._advance(at):
            if self._stood_still != stood_still:
                return
            if stop is not None and stop():
                at = self._reached
                break
            if not self._writer.has_room():
                self._writer.flush()
        self._reached = Nanos(max(self._reached, at))
        if self.clock.speed.mode is not Mode.RUN or self.clock.limit() < self._reached:
            self.clock.set(self._reached)

    # Running

    async def run(self) -> None:
        """Let time pass until `stop` or a failed commit; at *until* it stands."""
        self._writer.attach()
        try:
            await self._run()
        except StorageFailed:
            _LOG.info("the exchange executes nothing any more")
        finally:
            self._end_jump(Ending.FAILED)

    async def _run(self) -> None:
        while not self._stopping and self._writer.failure is None:
            self._poke.clear()
            more = self._slice()
            self.clock.reached(self.now())
            if self._until is not None and self._reached >= self._until and not more:
                self.finished.set()
            if not self._writer.has_room() or (more and self._writer.awaited):
                # Clients first: while one waits for the disk, feeds get a slice for each commit, and the commit thread
                # need not fight for the interpreter.
                await self._writer.next_commit()
            elif more:
                await asyncio.sleep(0)
            else:
                await self._sleep()

    def _slice(self) -> bool:
        """Do what is due, for as long as one slice; whether there may be more."""
        monotonic = self.clock.wall.monotonic
        end = monotonic() + SLICE
        while self._writer.has_room() and not self._held:
            if not self._advance(self._horizon()):
                return self._arrive()
            if monotonic() >= end:
                return True
        return not self._held

    def _advance(self, limit: Nanos) -> bool:
        """Execute the next thing due at or before *limit*; whether there was one.

        At one instant feeds decide first, then timers run, then the feeds' commands go: see `feeds.contract`.
        """
        instant = self._schedule.next_instant(self.state)
        if instant is None or instant > limit:
            return False
        at = self._come_to(instant)
        if not self._run_timer(at):
            self._run_feed(at)
        return True

    def _run_feed(self, at: Nanos, *, prompt: bool = False) -> bool:
        """Execute the next command a feed has decided on; with *prompt* only of one that answers before clients."""
        found = self._schedule.next_command(prompt=prompt)
        if found is None:
            return False
        self._follow(self._writer.execute(found[1], at, found[0].source))
        return True

    def _run_timers(self) -> None:
        """Come to the present, as far as feeds let time pass; their commands are left for `run`."""
        limit = self._present()
        while (instant := self._schedule.next_instant(self.state)) is not None and instant <= limit:
            stood_still, at = self._stood_still, self._come_to(instant)
            if not self._run_timer(at) and not self._run_feed(at, prompt=True) and self._schedule.has_commands:
                return
            if self._stood_still != stood_still:
                return
        self._reached = Nanos(max(limit, self._reached))

    def _come_to(self, instant: Nanos) -> Nanos:
        """Exchange time is *instant* now, and the feeds that wake by then have decided."""
        at = self._reached = Nanos(max(instant, self._reached))
        for slot, error in self._schedule.decide_due(self.state, at):
            _LOG.error("%s failed and is suspended", slot.source, exc_info=error)
            note = NoteFeed(slot.feed.name, NOTE_SUSPENDED, f"{type(error).__name__}: {error}")
            self._writer.execute(note, at, SOURCE_CONTROL)
        return at

    def _run_timer(self, at: Nanos) -> bool:
        """Let the engine do what is due by *at*, and what that makes necessary; whether anything was."""
        due = self.state.next_due()
        if due is None or due > at:
            return False
        self._follow(self._writer.execute(PassTime(), at, SOURCE_TIMER))
        if self.state.next_due() == due:
            self._writer.fail(f"the engine left undone what was due at {due}")
        return True

    def _present(self) -> Nanos:
        """How far time may go by itself before somebody's command: not at all while it jumps from thing to thing."""
        if self._goal is not None:
            return self._reached
        limit = self.clock.limit()
        return self._reached if limit == NEVER else self._bounded(limit)

    def _horizon(self) -> Nanos:
        """How far `run` may go."""
        return self._bounded(self.clock.limit() if self._goal is None else self._goal.until)

    def _bounded(self, limit: Nanos) -> Nanos:
        return limit if self._until is None or limit < self._until else self._until

    def _arrive(self) -> bool:
        """Nothing is due any more; a jump to an instant, or with nothing left to come, ends here."""
        horizon = self._horizon()
        if horizon != NEVER:
            self._reached = Nanos(max(self._reached, horizon))
        if self._goal is None:
            return False
        self._end_jump(self._goal.arrived(self._reached))
        return True

    def _follow(self, step: Step) -> None:
        """Do what *step* makes necessary; whoever wanted to hear of a figure of his account hears of it."""
        self._note(step)
        writer = self._writer
        hear = None if self._goal is None else self._note
        if not writer.views.alarms.any:
            writer.drain(hear)
            return
        # Figures are looked at before a liquidation changes them, and told as soon as nothing else has to come first.
        found = self._watch.look(writer.state, writer.views.alarms, step.events)
        writer.drain(hear)
        if writer.seq != step.seq and not found:
            found = self._watch.look(writer.state, writer.views.alarms)
        for alarm in found:
            self._note(writer.execute(alarm, self._reached, SOURCE_WATCH, step.seq))
        if any(alarm.pause for alarm in found):
            self._stand_still()

    def _stand_still(self) -> None:
        """An alarm stops the clock at this very instant, whatever jump is under way."""
        self._stood_still += 1
        self._end_jump(Ending.ALARM)
        self.clock.set(self._reached, PAUSED)
        self._remember_offset()

    def _note(self, step: Step) -> None:
        """Look whether a step is what a jump was for."""
        goal = self._goal
        if goal is not None and goal.met_by(step, self.state):
            self._held = goal.by_record and self.clock.speed.mode is Mode.PAUSED
            self._end_jump(Ending.REACHED)

    def _end_jump(self, ending: Ending) -> None:
        goal, self._goal = self._goal, None
        if goal is not None:
            self.clock.set(self._reached)
            self._remember_offset()
            goal.ending = ending
            goal.over.set()

    async def _sleep(self) -> None:
        """Until the next instant at which something is due, or somebody pokes."""
        instant = self._schedule.next_instant(self.state)
        if self._until is not None and not self.finished.is_set():
            instant = self._until if instant is None else min(instant, self._until)
        # Whoever asked for the time may have brought it to that instant already: then there is work, and no wait.
        over = self._until is not None and self._reached >= self._until
        wait = None if instant is None or over else self.clock.seconds_until(instant)
        self._alarm = NEVER if instant is None else instant
        try:
            async with asyncio.timeout(wait):
                await self._poke.wait()
        except TimeoutError:
            return
        finally:
            self._alarm = Nanos(0)

    # Time across a restart

    def _stood_at(self) -> Nanos:
        """Where exchange time stood when it was left in order: after the last record, if nothing happened since."""
        noted = self.log.note(_STOOD_NOTE) if isinstance(self.log, KeepsNotes) else ""
        return Nanos(max(self.state.now, self.log.header.start, int(noted or 0)))

    def _take_up_offset(self) -> None:
        """At the pace of wall time, go on as far behind it as before the stop."""
        if self.clock.speed != WALL or not isinstance(self.log, KeepsNotes):
            return
        note = self.log.note(_OFFSET_NOTE)
        if note:
            present = self.clock.wall.now() - int(note)
            self.clock.set(Nanos(max(present, self._reached)))

    def _remember_offset(self) -> None:
        if isinstance(self.log, KeepsNotes) and self._writer.failure is None and not self.read_only:
            offset = self.clock.offset()
            text = "" if offset is None else str(offset)
            if text != self._offset_note:
                self._offset_note = text
                self.log.set_note(_OFFSET_NOTE, text)
