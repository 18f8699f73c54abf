"""Where a jump of the clock ends: at an instant, or at the next thing of a kind."""

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.deliveries import DeliveryPriceSet
from simexchange.core.vocabulary.events import Event, FundingRateSet, OrderExpired, TradeExecuted
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.liquidations import LiquidationStarted, LiquidationStepDecided
from simexchange.core.vocabulary.notes import AlarmRaised
from simexchange.core.vocabulary.orders import AccountClass, EndReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import DAY, Nanos

_LIQUIDATIONS: Final = (LiquidationStarted, LiquidationStepDecided)
LOOK_AHEAD: Final = 30 * DAY
"""How far a jump goes for a thing that may never come; then it ends there."""


class JumpTo(Enum):
    """A kind of thing to jump to."""

    RECORD = "record"
    """The next record that nobody asks for: of a timer, or the next command of a feed."""
    EVENT = "event"
    """The next instant at which anything is due."""
    FILL = "fill"
    """The next trade of a user's order."""
    FUNDING = "funding"
    """The next funding settlement of any market."""
    EXPIRY = "expiry"
    """The next order to reach the end of its life, or contract to be delivered."""
    LIQUIDATION = "liquidation"
    """The next step of a user's liquidation."""
    ALARM = "alarm"
    """The next alarm of an account that goes off."""


class Ending(Enum):
    """How a jump ended."""

    REACHED = "reached"
    NOT_FOUND = "not found"
    """Nothing of the kind came within the look-ahead, or nothing is to come at all."""
    INTERRUPTED = "interrupted"
    """Somebody else jumped, paused or set a speed meanwhile."""
    ALARM = "alarm"
    """An alarm that stops the clock went off."""
    OVER = "over"
    """Exchange time came to its end (``--until``)."""
    FAILED = "failed"
    """The exchange stopped: it was told to, or the log could not be written."""


class Arrival(NamedTuple):
    """Where a jump ended, and how."""

    at: Nanos
    ending: Ending


class Goal:
    """A jump under way. *until* is how far it may go at most."""

    def __init__(
        self,
        to: Nanos | JumpTo,
        now: Nanos,
        next_instant: Nanos | None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        """*stop* is asked after each step whether the jump ends there, whatever it is to."""
        self._stop = stop
        self.over = asyncio.Event()
        self.ending = Ending.FAILED
        """How it ended, once it has."""
        self._to = to
        if isinstance(to, JumpTo):
            self.until = Nanos(now + LOOK_AHEAD)
            if to is JumpTo.EVENT or (to is JumpTo.RECORD and next_instant is None):
                self.until = now if next_instant is None else max(now, next_instant)
        else:
            self.until = max(now, to)

    @property
    def by_record(self) -> bool:
        """Whether it goes no farther than one record."""
        return self._to is JumpTo.RECORD

    def arrived(self, at: int) -> Ending:
        """How it ends at *at* where nothing is due any more up to its end, or to that of exchange time."""
        if at < self.until:
            return Ending.OVER
        return Ending.REACHED if self._to is JumpTo.EVENT or not isinstance(self._to, JumpTo) else Ending.NOT_FOUND

    def met_by(self, step: Step, state: ExchangeState) -> bool:
        """Whether *step* is what the jump was for."""
        to = self._to
        if to is JumpTo.RECORD or (self._stop is not None and self._stop()):
            return True
        if to is JumpTo.ALARM:
            return any(isinstance(event, AlarmRaised) for event in step.events)
        if to is JumpTo.LIQUIDATION:
            return any(isinstance(event, _LIQUIDATIONS) and _a_user(event.account, state) for event in step.events)
        if to is JumpTo.FILL:
            return any(isinstance(event, TradeExecuted) and _of_a_user(event, state) for event in step.events)
        if to is JumpTo.FUNDING:
            return any(isinstance(event, FundingRateSet) for event in step.events)
        return to is JumpTo.EXPIRY and any(map(_expired, step.events))


def _of_a_user(trade: TradeExecuted, state: ExchangeState) -> bool:
    return any(_a_user(fill.account, state) for fill in (trade.maker, trade.taker))


def _a_user(account: AccountNo, state: ExchangeState) -> bool:
    return state.accounts[account].account_class is AccountClass.USER


def _expired(event: Event) -> bool:
    if isinstance(event, OrderExpired):
        return event.reason is EndReason.GOOD_TILL
    return isinstance(event, DeliveryPriceSet)
