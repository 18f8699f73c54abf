"""The exchange as it was a while ago: a second state and views that take each event in when it is old enough.

So an old answer is the venue's own answer to the same question, whole: no order in it is newer than the balance
beside it. It costs a fold from the newest checkpoint when such a rule is added, and each event once more from then on.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.events import Event
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos
from simexchange.eventlog.replay import Replay
from simexchange.gateway.faults.injector import Injector
from simexchange.projections.views import Views
from simexchange.runtime.exchange import Exchange

AGES: Final[Mapping[str, str]] = {"read_lag": "lag", "stale_snapshot": "age"}
"""The kinds that answer from the past, and their parameter that says from how far back."""


class Behind:
    """One state and views, *lag* behind; never older than when they were made. Hears events as a subscriber."""

    def __init__(self, exchange: Exchange, lag: int) -> None:
        self._wall: Callable[[], Nanos] = exchange.clock.wall.now
        self._lag = lag
        self._waiting: deque[tuple[int, int, Nanos, Event]] = deque()
        # What is not in the log yet cannot be folded.
        exchange.flush()
        self.views = exchange.new_views()
        self._fold = Replay(exchange.log, self.views)
        self._fold.from_checkpoint(exchange.log.last_seq)
        self._fold.run()

    @property
    def state(self) -> ExchangeState:
        return self._fold.state

    def catch_up(self) -> None:
        """Take in what is old enough by now."""
        waiting, until = self._waiting, self._wall() - self._lag
        while waiting and waiting[0][0] <= until:
            self._fold.take_in(*waiting.popleft()[1:])

    def on_event(self, seq: int, at: Nanos, event: Event) -> None:
        self._waiting.append((self._wall(), seq, at, event))

    def on_step(self, _step: Step) -> None:
        self.catch_up()

    def on_durable(self, _seq: int) -> None:
        """An answer about the past is in the log long since."""

    def on_failed(self, _seq: int) -> None:
        """What waits did not happen."""
        self._waiting.clear()


class Past:
    """As many pasts as the plan asks for."""

    def __init__(self, injector: Injector) -> None:
        self._injector = injector
        self._exchange = injector.exchange
        self._behind: dict[int, Behind] = {}
        injector.when_changed(self._follow_plan)

    def ago(self, lag: int) -> tuple[ExchangeState, Views]:
        """State and views as they were *lag* ago."""
        behind = self._keep(lag)
        behind.catch_up()
        return behind.state, behind.views

    def _follow_plan(self) -> None:
        wanted = {
            int(each.rule.params[AGES[each.rule.kind]]) for each in self._injector.standing if each.rule.kind in AGES
        }  # fmt: skip
        for lag in sorted(wanted):
            self._keep(lag)
        for lag in self._behind.keys() - wanted:
            self._exchange.unsubscribe(self._behind.pop(lag))

    def _keep(self, lag: int) -> Behind:
        behind = self._behind.get(lag)
        if behind is None:
            behind = self._behind[lag] = Behind(self._exchange, lag)
            self._exchange.subscribe(behind)
        return behind
