"""The search: run a test under one schedule after another until it fails, then find the fewest steps that do it.

A run is whatever *trial* does with a schedule. Nothing here knows how: a process with pytest, or a coroutine.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from simexchange.errors import CheckFailed
from simexchange.feeds.synthetic.draws import bits, stream
from simexchange.gateway.exploring.shrinking import shrink
from simexchange.gateway.exploring.steps import Choice, Met, Schedule, in_order, options

BEYOND: Final = 3
"""Random schedules also strike that many messages further than a run without faults came: whoever retries goes on."""
MOST_STEPS: Final = 6
"""Of a random schedule."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one run."""

    failed: bool
    why: str = ""
    """Its failure in one line."""
    met: tuple[Met, ...] = ()
    """The messages that passed, in order."""
    struck: int = 0
    """How many steps of the schedule were met."""
    told: str = ""
    """Where the run's trace is."""
    endless: bool = False
    """Whether it failed by not coming to an end in time, and not by what it found."""


Trial = Callable[[Schedule], Outcome]


class Limits(msgspec.Struct, frozen=True):
    """How far a search goes."""

    bound: int = 2
    """Steps of a schedule that is enumerated."""
    trials: int = 200
    seconds: float = 600.0


class Found(msgspec.Struct, frozen=True):
    """What a search came to."""

    trials: int
    """Runs in all, with those of the shrinking."""
    schedules: int
    """Schedules that were tried before one failed."""
    exhausted: bool
    """Whether every schedule within the bound was tried."""
    first: Schedule = ()
    """The first that failed; empty: none did."""
    least: Schedule = ()
    outcome: Outcome | None = None
    """Of a run under *least*."""
    shaky: int = 0
    """Schedules that failed once and not again."""


class Search:
    """One search."""

    def __init__(
        self,
        trial: Trial,
        limits: Limits = Limits(),  # noqa: B008 - it is frozen
        say: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] | None = None,
        known: dict[Schedule, Outcome] | None = None,
    ) -> None:
        """*say* is told how it goes. *known*: what another search of the same trial has seen."""
        self._trial = trial
        self._limits = limits
        self._say = say
        self._clock = clock or time.monotonic
        self._until = self._clock() + limits.seconds
        self._runs = 0
        self._schedules = 0
        self._shaky = 0
        self._known: dict[Schedule, Outcome] = {} if known is None else known

    def baseline(self) -> Outcome:
        """The run without a fault. Raises CheckFailed where already that fails."""
        outcome = self._run(())
        if outcome.failed:
            msg = f"the test fails without any fault: {outcome.why}"
            raise CheckFailed(msg)
        if not outcome.met:
            msg = "no message passed: the test does not use an exchange of this process's environment"
            raise CheckFailed(msg)
        return outcome

    def orderings(self, menu: Iterable[Choice]) -> Found:
        """Try every schedule of up to `Limits.bound` steps, those of fewer first."""
        return self._until_it_fails(self._enumerated(tuple(menu)))

    def random(self, menu: Iterable[Choice], seed: int) -> Found:
        """Try schedules drawn from *seed*, without end but for the limits."""
        return self._until_it_fails(self._drawn(tuple(menu), seed))

    def _until_it_fails(self, schedules: Iterator[Schedule]) -> Found:
        for schedule in schedules:
            if self._spent():
                return self._found(exhausted=False)
            self._schedules += 1
            outcome = self._run(schedule)
            if not outcome.failed:
                continue
            self._say(f"schedule {self._schedules} fails: {outcome.why}")
            if not self._run(schedule, again=True).failed:
                self._shaky += 1
                self._say("…but not a second time: the test is not the same each time it runs")
                continue
            return self._shrunk(schedule)
        return self._found(exhausted=True)

    def _enumerated(self, menu: tuple[Choice, ...]) -> Iterator[Schedule]:
        """Breadth first; a step is added behind the last one, at a message of the run under the steps before it."""
        waiting: deque[Schedule] = deque([()])
        while waiting:
            before = waiting.popleft()
            outcome = self._known.get(before) or self._run(before)
            order = in_order(outcome.met)
            last = max((order.get(step.place, -1) for step in before), default=-1)
            for step in options(menu, outcome.met):
                if order[step.place] > last:
                    schedule = (*before, step)
                    yield schedule
                    if len(schedule) < self._limits.bound:
                        waiting.append(schedule)

    def _drawn(self, menu: tuple[Choice, ...], seed: int) -> Iterator[Schedule]:
        steps = tuple(options(menu, tuple(_reaching(self.baseline().met))))
        key, n = stream(seed, "explore"), 0
        if not steps:
            return
        while True:
            picked = {}
            for _ in range(1 + bits(key, n) % MOST_STEPS):
                n += 1
                step = steps[bits(key, n) % len(steps)]
                picked[step.place] = step
            n += 1
            yield tuple(sorted(picked.values(), key=lambda step: step.place))

    def _shrunk(self, schedule: Schedule) -> Found:
        endless = self._known[schedule].endless

        def fails(less: Schedule) -> bool:
            """On a busy machine any run may be too late: what failed by a finding must go on failing by one."""
            if self._spent(grace=2.0):
                return False
            outcome = self._run(less)
            return outcome.failed and outcome.endless == endless

        least = shrink(schedule, fails)
        outcome = self._run(least)
        self._say(f"shrunk from {len(schedule)} to {len(least)} steps")
        return self._found(exhausted=False, first=schedule, least=least, outcome=outcome)

    def _run(self, schedule: Schedule, *, again: bool = False) -> Outcome:
        """The outcome under *schedule*; remembered, unless it is to be seen *again*."""
        known = self._known.get(schedule)
        if known is not None and not again:
            return known
        self._runs += 1
        outcome = self._known[schedule] = self._trial(schedule)
        return outcome

    def _spent(self, grace: float = 1.0) -> bool:
        """Whether the limits are reached; shrinking has as much again."""
        limits = self._limits
        return self._runs >= limits.trials * grace or self._clock() > self._until + (grace - 1.0) * limits.seconds

    def _found(
        self, *, exhausted: bool, first: Schedule = (), least: Schedule = (), outcome: Outcome | None = None
    ) -> Found:
        return Found(self._runs, self._schedules, exhausted, first, least, outcome, self._shaky)


def _reaching(met: tuple[Met, ...]) -> Iterator[Met]:
    """*met*, and for each connection and direction a few messages more like its last one."""
    last: dict[tuple[str, int, str], Met] = {}
    for one in met:
        last[one.channel, one.connection, one.direction] = one
    yield from met
    for one in last.values():
        for more in range(1, BEYOND + 1):
            yield msgspec.structs.replace(one, ordinal=one.ordinal + more)
