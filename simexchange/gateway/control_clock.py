"""The clock over the control API: pause, run, step and jump."""

import asyncio
from typing import Any

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import ConfigError
from simexchange.gateway import control_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.words import parse_instant, parse_span
from simexchange.runtime.clock import PAUSED, Mode, Speed, parse_speed
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.jump import JumpTo

PATIENCE = 60.0
"""Wall seconds a jump to what may never come may take."""

_MAY_NEVER_COME = (JumpTo.FILL, JumpTo.EXPIRY)
_KINDS = {kind.value: kind for kind in JumpTo}


class ClockActs:
    """The two calls about the clock."""

    def __init__(self, exchange: Exchange, patience: float = PATIENCE) -> None:
        self._exchange = exchange
        self._patience = patience
        self._modes = {"pause": self._pause, "run": self._run, "step": self._step, "jump": self._jump}

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint(
                method="GET", path="/clock", act=self.clock, gives=schemas.Clock, summary="The clock as it stands"
            ),
            Endpoint(
                method="POST",
                path="/clock",
                act=self.set_clock,
                takes=schemas.SetClock,
                gives=schemas.Clock,
                summary="Change how exchange time passes; answers when it is done",
            ),
        )

    async def clock(self, _query: Query, _body: Any) -> schemas.Clock:
        exchange = self._exchange
        return schemas.Clock(now=told.moment(exchange.now()), mode=told.mode(exchange), speed=told.speed(exchange))

    async def set_clock(self, query: Query, body: schemas.SetClock) -> schemas.Clock:
        if body.speed is not None and body.mode != "run":
            raise Refused(400, "malformed", "speed goes with the mode run")
        if body.to is not None and body.mode not in {"jump", "step"}:
            raise Refused(400, "malformed", "to goes with the modes jump and step")
        await self._modes[body.mode](body)
        await self._exchange.durable(self._exchange.seq)
        return await self.clock(query, None)

    async def _pause(self, _body: schemas.SetClock) -> None:
        self._exchange.pause()

    async def _run(self, body: schemas.SetClock) -> None:
        if body.speed is not None:
            self._exchange.set_speed(_speed(body.speed))
        elif self._exchange.clock.speed.mode is Mode.PAUSED:
            self._exchange.resume()

    async def _step(self, body: schemas.SetClock) -> None:
        """Stand still, and move on from there by one thing or to an instant."""
        to = self._goal("event" if body.to is None else body.to)
        if self._exchange.clock.speed.mode is not Mode.PAUSED:
            self._exchange.pause()
        await self._go(to)

    async def _jump(self, body: schemas.SetClock) -> None:
        if body.to is None:
            raise Refused(400, "malformed", "a jump needs to: an instant, +8h, event, fill, funding or expiry")
        await self._go(self._goal(body.to))

    def _goal(self, to: str | int) -> Nanos | JumpTo:
        if isinstance(to, str) and to in _KINDS:
            return _KINDS[to]
        now = self._exchange.now()
        # A plain number of nanoseconds is an instant, "+5s" and "5s" are spans.
        if isinstance(to, str) and to[-1:] in {"s", "m", "h", "d"}:
            return parse_instant(now + parse_span(to))
        at = parse_instant(to)
        if at < now:
            raise Refused(409, "in_the_past", "exchange time never goes back")
        return at

    async def _go(self, to: Nanos | JumpTo) -> None:
        exchange = self._exchange
        if to is JumpTo.FILL and not _may_fill(exchange.state):
            raise Refused(409, "nothing_to_fill", "no account has an open order or a position: no fill can come")
        if not isinstance(to, JumpTo) or to not in _MAY_NEVER_COME:
            await exchange.jump(to)
            return
        try:
            async with asyncio.timeout(self._patience):
                await exchange.jump(to)
        except TimeoutError:
            # Setting the speed it has ends the jump where it is.
            exchange.set_speed(exchange.clock.speed)
            raise Refused(409, "not_reached", f"no {to.value} came; the clock stopped looking") from None


def _may_fill(state: ExchangeState) -> bool:
    users = (account for account in state.accounts.values() if account.account_class is AccountClass.USER)
    return any(account.orders or account.positions for account in users)


def _speed(asked: str | float) -> Speed:
    text = asked if isinstance(asked, str) else f"{asked:.3f}".rstrip("0").rstrip(".") + "x"
    try:
        speed = parse_speed(text)
    except ConfigError as error:
        raise Refused(400, "speed", str(error)) from error
    if speed == PAUSED:
        raise Refused(400, "speed", "to stand still is a mode of its own: pause")
    return speed
