"""The clock over the control API: pause, run, step and jump. There is one clock: whoever moves it last is obeyed."""

import asyncio
from collections.abc import Sequence
from typing import Any

from simexchange.core.state import ExchangeState
from simexchange.core.vocabulary.orders import AccountClass
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import ConfigError
from simexchange.gateway import control_schemas as schemas, told
from simexchange.gateway.control import Endpoint, Query, Refused
from simexchange.gateway.words import Malformed, iso, parse_instant, parse_span
from simexchange.runtime.clock import PAUSED, Mode, Speed, parse_speed
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.jump import Arrival, Ending, JumpTo

PATIENCE = 60.0
"""Wall seconds a jump to what may never come may take, and any other without exchange time passing."""

_MAY_NEVER_COME = (JumpTo.FILL, JumpTo.EXPIRY, JumpTo.LIQUIDATION, JumpTo.ALARM)
_KINDS = {kind.value: kind for kind in JumpTo}


class ClockActs:
    """The two calls about the clock."""

    def __init__(self, exchange: Exchange, patience: float = PATIENCE, owners: Sequence[str] = ()) -> None:
        """*owners*: the clients that move the clock by waiting, where there are any; then nobody else may."""
        self._exchange = exchange
        self._owners = owners
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
        if self._owners:
            who = ", ".join(self._owners)
            raise Refused(409, "lockstep", f"exchange time passes when {who} wait, and not otherwise")
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
            raise Refused(400, "malformed", f"a jump needs to: an instant, +8h, or one of {', '.join(_KINDS)}")
        await self._go(self._goal(body.to))

    def _goal(self, to: str | int) -> Nanos | JumpTo:
        if isinstance(to, str) and to in _KINDS:
            return _KINDS[to]
        now = self._exchange.now()
        # A plain number of nanoseconds is an instant, "+5s" and "5s" are spans.
        if isinstance(to, str) and to[-1:] in {"s", "m", "h", "d"}:
            return parse_instant(now + parse_span(to))
        try:
            at = parse_instant(to)
        except Malformed as error:
            raise Malformed(f"{error}, nor a span like +8h, nor one of {', '.join(_KINDS)}") from None
        if at < now:
            raise Refused(409, "in_the_past", f"exchange time is {iso(now)} and never goes back, but by a rewind")
        return at

    async def _go(self, to: Nanos | JumpTo) -> None:
        exchange = self._exchange
        if to is JumpTo.FILL and not _may_fill(exchange.state):
            raise Refused(409, "nothing_to_fill", "no account has an open order or a position: no fill can come")
        if to is JumpTo.ALARM and not exchange.views.alarms.any:
            raise Refused(409, "no_alarm", "no alarm is set: none can go off")
        if not isinstance(to, JumpTo) and exchange.until is not None and to > exchange.until:
            raise Refused(409, "beyond_the_end", f"exchange time ends at {told.moment(exchange.until).iso}")
        travelling = asyncio.ensure_future(exchange.travel(to))
        while not await self._arrived(travelling, to):
            pass
        if travelling.result().ending is Ending.FAILED:
            raise exchange.failure or Refused(503, "stopping", "the exchange stops: its time passes no more")
        _judge(travelling.result(), to)

    async def _arrived(self, travelling: "asyncio.Future[Arrival]", to: Nanos | JumpTo) -> bool:
        """Wait for so long as patience goes; where nothing came of it, end the jump where it is."""
        exchange, before = self._exchange, self._exchange.now()
        done, _ = await asyncio.wait([travelling], timeout=self._patience)
        if done:
            return True
        may_never_come = isinstance(to, JumpTo) and to in _MAY_NEVER_COME
        if exchange.now() > before and not may_never_come:
            return False
        # Setting the speed it has ends the jump where it is.
        exchange.set_speed(exchange.clock.speed)
        await travelling
        if may_never_come:
            raise Refused(409, "not_reached", f"no {_name(to)} came; the clock stopped looking")
        where = told.moment(before).iso
        raise Refused(
            409, "stuck", f"exchange time has not passed {where} for {self._patience:g} s: a feed holds it there"
        )


def _judge(arrival: Arrival, to: Nanos | JumpTo) -> None:
    """Refuse to call a jump done that ended otherwise. Whatever was on the way has happened all the same."""
    ending, where = arrival.ending, told.moment(arrival.at).iso
    if ending is Ending.NOT_FOUND:
        raise Refused(409, "not_reached", f"no {_name(to)} came by {where}; the clock stopped looking")
    if ending is Ending.INTERRUPTED:
        raise Refused(409, "interrupted", f"somebody else moved the clock when it was at {where}")
    if ending is Ending.ALARM:
        raise Refused(409, "alarm", f"an alarm stopped the clock at {where}")
    if ending is Ending.OVER:
        raise Refused(409, "over", f"exchange time came to its end at {where}")


def _name(to: Nanos | JumpTo) -> str:
    return to.value if isinstance(to, JumpTo) else "instant"


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
