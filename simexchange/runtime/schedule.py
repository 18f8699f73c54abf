"""What runs next: the feeds' wakes and the commands they decided, beside the timers of the state.

The rules are those of `simexchange.feeds.contract`; the live exchange and the recovery over a log both go by this code.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.commands import Command
from simexchange.core.vocabulary.units import Nanos
from simexchange.feeds.contract import Feed


class FeedMark(msgspec.Struct, frozen=True, array_like=True):
    """Where one feed stands after a record, as a checkpoint keeps it."""

    name: str
    running: bool
    feed_state: msgspec.Raw
    wake: Nanos | None
    at: Nanos
    queue: list[Command]


_decode_marks = msgspec.json.Decoder(list[FeedMark]).decode


class FeedSlot:
    """One feed with its state, its next wake and what of its last step is still to be executed."""

    def __init__(self, feed: Feed[Any]) -> None:
        self.feed = feed
        self.source = f"feed:{feed.name}"
        self.running = False
        self.state: Any = None
        self.wake: Nanos | None = None
        self.queue: deque[Command] = deque()
        self.at = Nanos(0)
        """The instant of what is in the queue."""
        self.lost_at = 0
        """The record from which on it would do otherwise than it did; 0: none."""
        self.prompt = bool(getattr(feed, "prompt", False))
        """Whether its commands go before a client's: see `contract.AnswersFeed`."""
        self.answers = hasattr(feed, "alert")
        """Whether it may be asked at instants it did not name."""
        self._alert: Callable[[Any, ExchangeState], Nanos | None] | None = getattr(feed, "alert", None)

    def start(self, state: ExchangeState, at: Nanos) -> None:
        """Begin, or begin anew, at *at*."""
        self.queue.clear()
        self.state, self.wake = self.feed.initial(state, at)
        self.running = True
        self.lost_at = 0

    def suspend(self) -> None:
        """Ask it no more."""
        self.running = False

    def resume(self, state: ExchangeState, at: Nanos) -> None:
        """Go on at *at* after time passed without it."""
        self.state, self.wake = self.feed.resume(self.state, state, at)
        self.running = True

    def lose(self, seq: int) -> None:
        """It is not known any more where it stands, since record *seq* (0: it failed)."""
        self.running = False
        self.state = None
        self.queue.clear()
        self.lost_at = seq

    def decide(self, state: ExchangeState, at: Nanos) -> None:
        """Ask it at *at*, its wake instant."""
        self.at = at
        self.state, commands, wake = self.feed.step(self.state, state, at)
        if wake is not None and wake < at:
            raise ValueError(f"{self.source} wants to be asked at {wake}, before {at}")
        self.wake = wake
        self.queue.extend(commands)

    def due(self, state: ExchangeState) -> Nanos | None:
        """When it has to be asked next, or to do what it has decided; None: never."""
        if self.queue:
            return self.at
        if not self.running:
            return None
        if self._alert is None:
            return self.wake
        alert, wake = self._alert(self.state, state), self.wake
        return wake if alert is None or (wake is not None and wake < alert) else alert

    def wake_by(self, state: ExchangeState, at: Nanos) -> Nanos | None:
        """Its wake instant, if it is to be asked at or before *at*."""
        if self.queue or not self.running:
            return None
        wake = self.wake if self._alert is None else self.due(state)
        return wake if wake is not None and wake <= at else None

    def mark(self) -> FeedMark:
        """Where it stands."""
        state = msgspec.Raw(msgspec.json.encode(self.state))
        return FeedMark(self.feed.name, self.running, state, self.wake, self.at, list(self.queue))

    def take(self, mark: FeedMark) -> None:
        """Stand where *mark* says."""
        self.running, self.wake, self.at = mark.running, mark.wake, mark.at
        self.queue = deque(mark.queue)
        if bytes(mark.feed_state) != b"null":
            self.state = msgspec.json.decode(mark.feed_state, type=self.feed.state_type)


class Schedule:
    """All feeds of an exchange, in the order they were given in."""

    def __init__(self, feeds: Iterable[Feed[Any]] = ()) -> None:
        self.slots = [FeedSlot(feed) for feed in feeds]

    def slot(self, name: str) -> FeedSlot | None:
        """The slot of the feed of that name."""
        return next((slot for slot in self.slots if slot.feed.name == name), None)

    def next_instant(self, state: ExchangeState) -> Nanos | None:
        """The next instant at which anything is due: a timer, a feed's wake, or what a feed has still to do."""
        found = state.next_due()
        for slot in self.slots:
            at = slot.at if slot.queue else slot.wake if slot.running else None
            if slot.answers:
                at = slot.due(state)
            if at is not None and (found is None or at < found):
                found = at
        return found

    def decide_due(self, state: ExchangeState, at: Nanos) -> list[tuple[FeedSlot, Exception]]:
        """Ask every feed that is to be asked by *at*: the earliest first, then the order given. Nothing is pending.

        Those that failed, and how: they are not running any more.
        """
        failed: list[tuple[FeedSlot, Exception]] = []
        while True:
            first: tuple[Nanos, FeedSlot] | None = None
            for slot in self.slots:
                wake = slot.wake_by(state, at)
                if wake is not None and (first is None or wake < first[0]):
                    first = (wake, slot)
            if first is None:
                return failed
            wake, slot = first
            try:
                slot.decide(state, wake)
            except Exception as error:  # noqa: BLE001 - one feed's bug stops that feed, not the exchange
                slot.lose(0)
                failed.append((slot, error))

    def next_command(self, *, prompt: bool = False) -> tuple[FeedSlot, Command] | None:
        """The next command a feed has decided on, taken from its queue: the earliest instant, then the order given.

        With *prompt* only of a feed whose commands go before a client's.
        """
        best = None
        for slot in self.slots:
            if slot.queue and (slot.prompt or not prompt) and (best is None or slot.at < best.at):
                best = slot
        return None if best is None else (best, best.queue.popleft())

    @property
    def has_commands(self) -> bool:
        """Whether a feed's step is not through yet."""
        return any(slot.queue for slot in self.slots)

    def marks(self) -> bytes:
        """Where all feeds stand, for a checkpoint."""
        return msgspec.json.encode([slot.mark() for slot in self.slots])

    @staticmethod
    def running(marks: bytes) -> list[str]:
        """The names of the feeds that were running when *marks* were made."""
        return [mark.name for mark in read_marks(marks) if mark.running]

    def fits(self, marks: bytes) -> bool:
        """Whether *marks* are of these feeds: one of the same name may be another one, with another state."""
        slots = {slot.feed.name: slot for slot in self.slots}
        try:
            for mark in read_marks(marks):
                if mark.name in slots and bytes(mark.feed_state) != b"null":
                    msgspec.json.decode(mark.feed_state, type=slots[mark.name].feed.state_type)
        except msgspec.MsgspecError:
            return False
        return True

    def take(self, marks: bytes) -> None:
        """Stand where *marks* say; feeds it does not know of stay as they are."""
        for mark in read_marks(marks):
            slot = self.slot(mark.name)
            if slot is not None:
                slot.take(mark)


def read_marks(marks: bytes) -> Sequence[FeedMark]:
    """Marks as a checkpoint keeps them; none where nobody knew."""
    return _decode_marks(marks) if marks else []
