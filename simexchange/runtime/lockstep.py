"""Lockstep: exchange time passes only when every named client waits, and then one client at a time goes on.

A client says that it waits, and until when. When all have said so, exchange time goes to the smallest of those
instants, with everything that is due on the way, and the client that wanted it goes on: of several the one whose name
comes first. The others keep waiting until it waits again. So what each of them does, and in which order, depends on
nothing but what they do: not on the machine, and not on what else runs on it.
"""

import asyncio
from collections.abc import Iterable
from typing import Final, Protocol

from simexchange.core.vocabulary.events import Event, TradeExecuted
from simexchange.core.vocabulary.ids import AccountNo
from simexchange.core.vocabulary.step import Step
from simexchange.core.vocabulary.units import Nanos
from simexchange.errors import StorageFailed
from simexchange.runtime.clock import NEVER, WALL, Mode, Speed
from simexchange.runtime.exchange import Exchange
from simexchange.runtime.jump import Ending

ACCOUNT: Final = "account:"
"""Before the name of an account whose clients are watched, among the names of those that say that they wait."""
TICK: Final = 0.02
"""Wall seconds."""
MILLION: Final = 1_000_000
_ENDS: Final = "the exchange ends"
PATIENCE: Final = 60.0
"""Wall seconds for which nobody's turn may change while others wait."""


class NotYourTurn(Exception):
    """A wait ended without the client's turn: *reason* is one word, the text a sentence."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Turns:
    """Whose turn it is. Bookkeeping alone: no clock, no loop, no thread."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        self._here = dict.fromkeys(self.names)
        """Those that count: all but who has left."""
        self.waiting: dict[str, Nanos] = {}
        """Until when each of those that wait does."""

    def wait(self, name: str, until: Nanos) -> None:
        """*name* waits until *until*; who had left is back."""
        self._here.setdefault(name)
        self.waiting[name] = until

    def stop_waiting(self, name: str) -> None:
        """*name* goes on: it is its turn, or it gave up."""
        self.waiting.pop(name, None)

    def leave(self, name: str) -> None:
        """*name* is through: nobody waits for it any more."""
        self._here.pop(name, None)
        self.waiting.pop(name, None)

    def missing(self) -> list[str]:
        """Who has not said that it waits, in the order they were named in."""
        return [name for name in self.names if name in self._here and name not in self.waiting]

    def left(self) -> list[str]:
        """Who is through."""
        return [name for name in self.names if name not in self._here]

    def next(self) -> tuple[Nanos, str] | None:
        """The instant to go to and whose turn it is there; None while anybody is missing, or nobody is there."""
        if not self.waiting or self.missing():
            return None
        return min((until, name) for name, until in self.waiting.items())


class Ears:
    """Who wants his turn when something happens to an account, and to whom it did. A `Subscriber`."""

    def __init__(self) -> None:
        self._listening: dict[str, AccountNo] = {}
        self._heard: dict[str, None] = {}

    @property
    def listening(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listening)

    @property
    def heard(self) -> bool:
        """Whether anybody who listens has heard something."""
        return bool(self._heard)

    def open(self, name: str, account: AccountNo) -> None:
        """*name* listens for *account*."""
        self._listening[name] = account

    def close(self, name: str) -> None:
        """*name* does not listen any more."""
        self._listening.pop(name, None)
        self._heard.pop(name, None)

    def take(self) -> list[str]:
        """Who has heard something; they do not listen any more."""
        names = list(self._heard)
        for name in names:
            self.close(name)
        return names

    def on_event(self, seq: int, at: Nanos, event: Event) -> None:
        for name, account in self._listening.items():
            if concerns(event, account):
                self._heard[name] = None

    def on_step(self, step: Step) -> None:
        pass

    def on_durable(self, seq: int) -> None:
        pass

    def on_failed(self, seq: int) -> None:
        pass


def concerns(event: Event, account: AccountNo) -> bool:
    """Whether *event* is about *account*: its orders, trades, positions or money."""
    if isinstance(event, TradeExecuted):
        return account in (event.maker.account, event.taker.account)
    return account in (getattr(event, "account", None), getattr(event, "to_account", None))


class Idle(Protocol):
    """Who knows whether clients that say nothing are idle."""

    @property
    def rests(self) -> bool:
        """Whether they are idle now."""
        ...

    async def rest(self) -> None:
        """Wait until they are."""
        ...


class Lockstep:
    """The same over a running exchange, on its loop. The exchange is paused: only waits move its clock.

    Clients that do not say that they wait may be *watched* besides: then exchange time goes from one instant at which
    anything is due to the next, and from each of them only when these are idle. Where nobody says that he waits it
    passes by itself while they are, at most at *pace*.
    """

    def __init__(
        self,
        exchange: Exchange,
        names: Iterable[str],
        patience: float = PATIENCE,
        *,
        idle: Idle | None = None,
        watched: Iterable[str] = (),
        pace: Speed = WALL,
    ) -> None:
        self.turns = Turns(names)
        self.watched = tuple(watched)
        self.patience = patience
        self._exchange = exchange
        self._idle = idle
        self._pace = pace
        self._ears = Ears()
        self._asleep: dict[str, asyncio.Future[Nanos]] = {}
        self._closed = False
        self._going = False
        """Whether exchange time is on its way to somebody's instant."""
        self._moves = 0
        """How often anybody waited, left, or went on: what patience is about."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Let exchange time pass while the watched are idle, where nobody says that he waits. On the running loop."""
        if self._idle is not None and not self.turns.names:
            self._task = asyncio.get_running_loop().create_task(self._pass(self._idle), name="lockstep")

    async def _pass(self, idle: Idle) -> None:
        """Go on by as much as the pace allows for each tick in which everybody was idle, or to the next instant."""
        exchange = self._exchange
        while exchange.failure is None and (exchange.until is None or exchange.now() < exchange.until):
            await idle.rest()
            if self._pace.mode is Mode.RUN:
                await asyncio.sleep(TICK)
                if not idle.rests:
                    continue
            now, following = exchange.now(), exchange.next_instant()
            reach = NEVER if self._pace.mode is Mode.MAX else Nanos(now + int(TICK * self._pace.thousandths * MILLION))
            at = min(reach, reach if following is None else following)
            if at == NEVER:
                await asyncio.sleep(TICK)
            elif (await exchange.travel(at)).ending is Ending.FAILED:
                return

    @property
    def names(self) -> tuple[str, ...]:
        """The clients that have to wait."""
        return self.turns.names

    async def wait(self, name: str, until: Nanos, listen: AccountNo | None = None) -> Nanos:
        """Wait until exchange time is *until* and it is this client's turn; exchange time then.

        With *listen* the turn comes at the instant at which anything happens to that account, where that is before.
        Raises NotYourTurn: ``replaced`` by a later wait of the same name, ``missing`` where somebody else does not
        come, ``over`` where exchange time ends before, ``left``; StorageFailed.
        """
        if self._closed:
            raise NotYourTurn("over", _ENDS)
        self._refuse(name, "replaced", f"{name} waits anew; the wait before it is over")
        turn: asyncio.Future[Nanos] = asyncio.get_running_loop().create_future()
        self._asleep[name] = turn
        self.turns.wait(name, max(until, self._exchange.now()))
        if listen is not None:
            if not self._ears.listening:
                self._exchange.subscribe(self._ears)
            self._ears.open(name, listen)
        self._moved()
        while not turn.done():
            before = self._moves, self._exchange.now()
            await asyncio.wait([turn], timeout=self.patience)
            if not turn.done() and before == (self._moves, self._exchange.now()):
                self._give_up()
        return turn.result()

    def leave(self, name: str) -> None:
        """*name* is through: the others go on without it."""
        self._refuse(name, "left", f"{name} has left while it waited")
        self.turns.leave(name)
        self._moved()

    def close(self) -> None:
        """The exchange ends, or goes back: nobody waits any more, and exchange time is not moved from here."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        for name in list(self._asleep):
            self._refuse(name, "over", _ENDS)

    def _moved(self) -> None:
        self._moves += 1
        if not self._closed and not self._going and self.turns.next() is not None:
            self._going = True
            self._task = asyncio.get_running_loop().create_task(self._go(), name="lockstep")

    async def _go(self) -> None:
        """Bring exchange time to the next instant, and let the one whose turn it is go on."""
        try:
            while (found := self.turns.next()) is not None:
                if await self._hear():
                    continue
                until, name = found
                ending = Ending.REACHED
                if self._idle is not None:
                    await self._idle.rest()
                    following = self._exchange.next_instant()
                    until = until if following is None else min(until, following)
                if until > self._exchange.now() or self._idle is not None:
                    ending = (await self._exchange.travel(until, self._stop)).ending
                if ending is Ending.OVER or ending is Ending.FAILED:
                    self._all_over(ending)
                    return
                # An alarm may stop the clock on the way: then who waits goes on waiting, and time is sent off again.
                # Somebody may also have left, or have waited anew for less, meanwhile.
                if (
                    not self._ears.heard
                    and self.turns.next() == found
                    and self._exchange.now() >= found[0]
                    and (self._idle is None or self._idle.rests)
                ):
                    self._wake(name)
                    return
        finally:
            self._going = False

    def _stop(self) -> bool:
        return self._ears.heard

    async def _hear(self) -> bool:
        """Whoever has heard something wants his turn now, when all that is due at this instant has happened."""
        if not self._ears.heard:
            return False
        await self._exchange.travel(self._exchange.now())
        for name in self._ears.take():
            if name in self.turns.waiting:
                self.turns.wait(name, self._exchange.now())
        self._deafen()
        return True

    def _deafen(self) -> None:
        if not self._ears.listening:
            self._exchange.unsubscribe(self._ears)

    def _wake(self, name: str) -> None:
        self._ears.close(name)
        self._deafen()
        self.turns.stop_waiting(name)
        self._moves += 1
        self._asleep.pop(name).set_result(self._exchange.now())

    def _all_over(self, ending: Ending) -> None:
        for name in list(self._asleep):
            if ending is Ending.FAILED:
                self.turns.stop_waiting(name)
                self._asleep.pop(name).set_exception(
                    self._exchange.failure or StorageFailed("the exchange executes nothing any more")
                )
            else:
                self._refuse(name, "over", "exchange time has come to its end")

    def _give_up(self) -> None:
        """Nobody's turn has changed for too long: everybody who waits is told who is missing."""
        missing = self.turns.missing()
        if missing:
            who = ", ".join(missing)
            text = f"{who} did not wait for {self.patience:g} s, so exchange time stands; end it, or let it leave"
        else:
            who = ", ".join(ACCOUNT + name for name in self.watched) or "the exchange"
            text = f"{who} did not rest for {self.patience:g} s, so exchange time stands"
        for name in list(self._asleep):
            self._refuse(name, "missing", text)

    def _refuse(self, name: str, reason: str, text: str) -> None:
        turn = self._asleep.pop(name, None)
        if turn is not None:
            self._ears.close(name)
            self._deafen()
            self.turns.stop_waiting(name)
            turn.set_exception(NotYourTurn(reason, text))
