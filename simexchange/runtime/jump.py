"""Where a jump of the clock ends: at an instant, or at the next thing of a kind."""

import asyncio
from enum import Enum
from typing import Final

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.deliveries import DeliveryPriceSet
from simexchange.core.vocabulary.events import Event, FundingRateSet, OrderExpired, TradeExecuted
from simexchange.core.vocabulary.orders import AccountClass, EndReason
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import DAY, Nanos

LOOK_AHEAD: Final = 30 * DAY
"""How far a jump goes for a thing that may never come; then it ends there."""


class JumpTo(Enum):
    """A kind of thing to jump to."""

    EVENT = "event"
    """The next instant at which anything is due."""
    FILL = "fill"
    """The next trade of a user's order."""
    FUNDING = "funding"
    """The next funding settlement of any market."""
    EXPIRY = "expiry"
    """The next order to reach the end of its life, or contract to be delivered."""


class Goal:
    """A jump under way. *until* is how far it may go at most."""

    def __init__(self, to: Nanos | JumpTo, now: Nanos, next_instant: Nanos | None) -> None:
        self.reached = asyncio.Event()
        self._to = to
        if isinstance(to, JumpTo):
            self.until = Nanos(now + LOOK_AHEAD)
            if to is JumpTo.EVENT:
                self.until = now if next_instant is None else max(now, next_instant)
        else:
            self.until = max(now, to)

    def met_by(self, step: Step, state: ExchangeState) -> bool:
        """Whether *step* is what the jump was for."""
        to = self._to
        if to is JumpTo.FILL:
            return any(isinstance(event, TradeExecuted) and _of_a_user(event, state) for event in step.events)
        if to is JumpTo.FUNDING:
            return any(isinstance(event, FundingRateSet) for event in step.events)
        return to is JumpTo.EXPIRY and any(map(_expired, step.events))


def _of_a_user(trade: TradeExecuted, state: ExchangeState) -> bool:
    return any(state.accounts[fill.account].account_class is AccountClass.USER for fill in (trade.maker, trade.taker))


def _expired(event: Event) -> bool:
    if isinstance(event, OrderExpired):
        return event.reason is EndReason.GOOD_TILL
    return isinstance(event, DeliveryPriceSet)
