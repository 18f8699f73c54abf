"""Lockstep for bots and their tests: sleep in exchange time, one client at a time, without a race.

A bot that calls `sleep` of a `Stepper` instead of `time.sleep` has its turn when exchange time is there; while it has
it, exchange time stands and nobody else acts. For a bot that cannot be changed, `sleeping` replaces `time.sleep` of its
thread and `asyncio.sleep` of its loop for as long as a block lasts. Two kinds of `Stepper`: over HTTP, to an exchange
started with ``serve --lockstep``; and in this process, without sockets.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, Self

from simexchange.core.vocabulary.units import SECOND, Nanos
from simexchange.errors import SimexchangeError
from simexchange.runtime.lockstep import PATIENCE, Ears, NotYourTurn, Turns
from simexchange.testing.sleeping import Sleeping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simexchange.core.vocabulary.ids import AccountNo
    from simexchange.runtime.exchange import Exchange

SLACK: Final = 30.0
"""Wall seconds a request may take beyond the exchange's own patience."""


class LockstepEnded(SimexchangeError):
    """A wait ended without the client's turn; *reason* is ``missing``, ``over``, ``replaced`` or another one word."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Stepper(ABC):
    """One client of a lockstep. Used from one thread at a time."""

    def __init__(self, client: str) -> None:
        self.client = client
        self._now: Nanos | None = None

    @abstractmethod
    def _wait(self, until: Nanos | None, span: int, account: str) -> Nanos:
        """Wait until *until*, or without one for *span* nanoseconds, or until *account* hears; exchange time then."""

    @abstractmethod
    def leave(self) -> None:
        """Be through: the others go on without this client."""

    @property
    def now(self) -> Nanos:
        """Exchange time in this client's turn. Before its first turn this waits for one."""
        if self._now is None:
            self.sleep(0)
        assert self._now is not None  # noqa: S101 - a turn has come
        return self._now

    def sleep(self, seconds: float) -> Nanos:
        """What a bot calls instead of `time.sleep`; exchange time afterwards. Raises LockstepEnded.

        The first call of each client is best one of 0 seconds, before it does anything: so that what clients do at
        their start has an order, too.
        """
        span = round(seconds * SECOND)
        if span < 0:
            raise ValueError("sleep length must be non-negative")
        self._now = self._wait(None if self._now is None else Nanos(self._now + span), span, "")
        return self._now

    def wait_for(self, account: str, seconds: float) -> bool:
        """Wait until anything happens to *account*: a fill, an expiry, funding, a liquidation; for *seconds* at most.

        Whether it did. What the client did in its own turn does not count. Raises LockstepEnded.
        """
        until = Nanos(self.now + round(seconds * SECOND))
        self._now = self._wait(until, 0, account)
        return self._now < until

    def sleep_until(self, at: Nanos) -> Nanos:
        """Until an instant of exchange time, in nanoseconds since 1970. Raises LockstepEnded."""
        self._now = self._wait(at, 0, "")
        return self._now

    def sleeping(self) -> Sleeping:
        """A block in which `time.sleep` of this thread and `asyncio.sleep` of its loops are this stepper's."""
        return Sleeping(self)

    def __enter__(self) -> Self:
        """Wait for the first turn."""
        self.sleep(0)
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


class HttpStepper(Stepper):
    """A client of a served exchange, by its address and control token (both are in the ready file)."""

    def __init__(self, url: str, control_token: str, client: str, patience: float = PATIENCE) -> None:
        super().__init__(client)
        self._url = url.rstrip("/")
        self._token = control_token
        self._timeout = 2 * patience + SLACK

    def leave(self) -> None:
        self._post("leave", client=self.client)

    def _wait(self, until: Nanos | None, span: int, account: str) -> Nanos:
        when = {"for": span} if until is None else {"until": until}
        return Nanos(self._post("wait", client=self.client, account=account, **when)["now"]["ns"])

    def _post(self, path: str, **body: object) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the exchange's own address
            f"{self._url}/sim/v1/lockstep/{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            told = json.loads(error.read())["error"]
            raise LockstepEnded(told["reason"], told["message"]) from None
        except (urllib.error.URLError, OSError) as error:
            raise LockstepEnded("gone", f"{self._url} gives no answer ({error}); does the exchange run?") from None


class LocalLockstep:
    """Clients in threads of this process over an exchange without sockets, which nobody else moves.

    *advance* brings exchange time to an instant, *now* tells it; of an `Exchange` they are its `advance_to` and `now`.
    """

    def __init__(
        self,
        advance: Callable[[Nanos], object],
        now: Callable[[], Nanos],
        names: Iterable[str],
        patience: float = PATIENCE,
        exchange: Exchange | None = None,
    ) -> None:
        """*exchange* is for those that wait for something to happen to an account."""
        self._exchange = exchange
        self._ears = Ears()
        if exchange is not None:
            exchange.subscribe(self._ears)
        self._advance = advance
        self._exchange_now = now
        self._turns = Turns(names)
        self._patience = patience
        self._moved = threading.Condition()
        self._moves = 0
        self._whose = ""
        """Whose turn has come and who has not noticed yet."""
        self._refused: dict[str, LockstepEnded] = {}

    @classmethod
    def over(cls, exchange: Exchange, names: Iterable[str], patience: float = PATIENCE) -> LocalLockstep:
        """Over an exchange that no loop runs."""
        made = cls(exchange.advance_to, exchange.now, names, patience, exchange)
        made._advance = lambda at: exchange.advance_to(at, lambda: made._ears.heard)
        return made

    def client(self, name: str) -> Stepper:
        """The stepper of one of the named clients. Raises LockstepEnded where it is none of them."""
        if name not in self._turns.names:
            raise LockstepEnded("no_such_client", f"{name!r} is not one of {', '.join(self._turns.names)}")
        return _LocalStepper(self, name)

    def wait(self, name: str, until: Nanos | None, span: int, account: str = "") -> Nanos:
        """Wait for the turn of *name*, or for *account* to hear. Raises LockstepEnded."""
        with self._moved:
            now = self._exchange_now()
            self._turns.wait(name, max(now, Nanos(now + span) if until is None else until))
            if account:
                self._ears.open(name, self._number(account))
            self._go()
            while self._whose != name:
                if name in self._refused:
                    raise self._refused.pop(name)
                moves = self._moves
                self._moved.wait(self._patience)
                if self._whose != name and self._moves == moves:
                    self._give_up()
            self._whose = ""
            return self._exchange_now()

    def _number(self, account: str) -> AccountNo:
        found = None if self._exchange is None else self._exchange.state.account_no.get(account)
        if found is None:
            raise LockstepEnded("account_unknown", f"there is no account {account!r} here")
        return found

    def leave(self, name: str) -> None:
        """*name* is through."""
        with self._moved:
            self._ears.close(name)
            self._turns.leave(name)
            self._go()

    def _go(self) -> None:
        self._moves += 1
        while not self._whose and (found := self._turns.next()) is not None:
            until, name = found
            # In the thread of whoever came last: the others wait, so nobody else is at the exchange.
            if self._hear():
                continue
            before = self._exchange_now()
            if before < until:
                self._advance(until)
                if self._ears.heard or before < self._exchange_now() < until:
                    continue
            self._ears.close(name)
            self._turns.stop_waiting(name)
            self._whose = name
        self._moved.notify_all()

    def _hear(self) -> bool:
        """Whoever has heard something wants his turn now, when all that is due at this instant has happened."""
        if not self._ears.heard or self._exchange is None:
            return False
        now = self._exchange_now()
        self._exchange.advance_to(now)
        for name in self._ears.take():
            if name in self._turns.waiting:
                self._turns.wait(name, now)
        return True

    def _give_up(self) -> None:
        who = ", ".join(self._turns.missing())
        text = f"{who} did not wait for {self._patience:g} s, so exchange time stands; end it, or let it leave"
        for name in list(self._turns.waiting):
            self._turns.stop_waiting(name)
            self._refused[name] = LockstepEnded("missing", text)
        self._moves += 1
        self._moved.notify_all()


class _LocalStepper(Stepper):
    def __init__(self, lockstep: LocalLockstep, client: str) -> None:
        super().__init__(client)
        self._lockstep = lockstep

    def _wait(self, until: Nanos | None, span: int, account: str) -> Nanos:
        return self._lockstep.wait(self.client, until, span, account)

    def leave(self) -> None:
        self._lockstep.leave(self.client)


__all__ = ["HttpStepper", "LocalLockstep", "LockstepEnded", "NotYourTurn", "Stepper"]
